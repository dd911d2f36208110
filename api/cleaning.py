"""Free what runs, layers and old machine code take on disk; named plans and new runs stay."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..topology.compiled import FLOORS, kernel_directory
from ..topology.project import Project
from .runs import RunStore

__all__ = ["Removable", "clean_up", "what_could_go"]


@dataclass(frozen=True, slots=True)
class Removable:
    """What could be deleted: paths with their size in bytes, the oldest first."""

    runs: tuple[tuple[Path, int], ...]
    layers: tuple[tuple[Path, int], ...]

    def to_dict(self) -> dict[str, list[dict[str, object]]]:
        """Return the lists as plain data."""
        return {
            "runs": [{"path": str(path), "bytes": size} for path, size in self.runs],
            "layers": [{"path": str(path), "bytes": size} for path, size in self.layers],
        }


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def what_could_go(
    project: Project, cache: Path | None, *, keep: int, cache_bytes: int
) -> Removable:
    """List unnamed runs beyond the newest ``keep``, layers unused for longest, and old kernels.

    Parameters
    ----------
    cache
        The cache directory; None lists no layers.
    keep
        Newest unnamed runs that stay.
    cache_bytes
        Size to which the cache of layers would be cut.
    """
    store = RunStore(project)
    named = set(store.names().values())
    unnamed = [run for run in store.all() if run.run_id not in named]
    old = unnamed[: max(0, len(unnamed) - keep)]
    runs = [(run.directory, _size(run.directory)) for run in old]
    # Directories of runs that were cut short while they were written.
    runs += [(path, _size(path)) for path in store.directory.glob(".new-*")]
    runs += [(path, _size(path)) for path in store.directory.glob(".old-*")]
    layers = []
    if cache is not None and (cache / "kernels").is_dir():
        current = {kernel_directory(floor) for floor in FLOORS}
        stale = [path for path in (cache / "kernels").iterdir() if path not in current]
        layers += [(path, _size(path)) for path in stale if path.is_dir()]
    if cache is not None and (cache / "layers").is_dir():
        files = [(file, file.stat()) for file in (cache / "layers").rglob("*.npy")]
        files.sort(key=lambda entry: entry[1].st_mtime, reverse=True)
        total = 0
        for file, stat in files:
            total += stat.st_size
            if total > cache_bytes:
                layers.append((file, stat.st_size))
    return Removable(tuple(runs), tuple(reversed(layers)))


def clean_up(found: Removable) -> int:
    """Delete what was listed and return the bytes freed."""
    freed = 0
    for path, size in found.runs:
        shutil.rmtree(path, ignore_errors=True)
        freed += size
    for path, size in found.layers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        freed += size
    return freed
