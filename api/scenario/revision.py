"""A project as it was at a git revision, put into a directory of its own for a while."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...topology.errors import MissingError, SurroundingsError, UsageError
from ...topology.settings import SETTINGS_FILE

__all__ = ["project_at"]


def _git(directory: Path, *arguments: str) -> bytes:
    """Run git without a shell, a pager or a question, and return what it prints."""
    command = ["git", "--no-pager", "-C", str(directory), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - no shell; revisions are verified below
    except FileNotFoundError:
        raise SurroundingsError(
            "git is not installed; give two project directories instead of --git"
        ) from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"git in {directory}: {lines[-1] if lines else 'failed'}")
    return done.stdout


@contextmanager
def project_at(revision: str, project: Path) -> Iterator[Path]:
    """Give the project directory as it was committed at a revision.

    Parameters
    ----------
    revision
        A branch, tag or commit, as git understands it.
    project
        The directory in its working tree.

    Raises
    ------
    UsageError
        The directory is not in a git repository, or there is no such revision.
    MissingError
        There was no project at that revision.
    SurroundingsError
        git is not installed.
    """
    if not (project / SETTINGS_FILE).is_file():
        raise MissingError(f"{project} is not an ngbw project (it has no {SETTINGS_FILE})")
    # --end-of-options: a revision that begins with a dash must not become an option.
    verify = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    _git(project, "rev-parse", "--is-inside-work-tree")
    try:
        commit = _git(project, *verify).decode().strip()
    except UsageError:
        raise UsageError(
            f"--git {revision[:80]!r} is no revision of the repository of {project}; name a "
            "branch, a tag or a commit"
        ) from None
    prefix = _git(project, "rev-parse", "--show-prefix").decode().strip().rstrip("/")
    tree = f"{commit}:{prefix}" if prefix else commit
    top = Path(_git(project, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    try:
        archive = _git(top, "archive", "--format=tar", tree)
    except UsageError:
        raise MissingError(f"{project} did not exist at {revision}") from None
    with tempfile.TemporaryDirectory(prefix="ngbw-") as scratch:
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(scratch, filter="data")
        if not (Path(scratch) / SETTINGS_FILE).is_file():
            raise MissingError(f"{project} was no ngbw project at {revision}")
        yield Path(scratch)
