"""Start the rig, run programs in its namespaces, and end it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .addresses import NAMESPACES, NAT64_PREFIX
from .authority import Authority
from .daemons import PROGRAMS, ROOM, cables, daemons, files

_KEEPER = Path(__file__).with_name("keeper.py")


class RigError(Exception):
    """The rig cannot stand here; says why."""


class Rig:
    """Five hosts, their routers and their daemons, in namespaces that nobody else sees.

    Parameters
    ----------
    form
        ``root`` or ``user`` (an unprivileged user namespace).

    Attributes
    ----------
    without_nat64
        Why there is no translator; "" where there is.
    keeper
        Its first process, by the number it has outside.
    built_s
        How long building took.

    Raises
    ------
    RigError
        A program is missing, or this system forbids the namespaces.
    """

    ca_file = f"{ROOM}/ca.pem"
    """The root that the websites' certificates lead to, seen from inside."""

    def __init__(self, form: str = "root") -> None:
        lacking = [program for program in PROGRAMS if shutil.which(program, path=_path()) is None]
        if lacking:
            raise RigError(f"not installed: {', '.join(lacking)}")
        if form == "root" and os.geteuid() != 0:
            raise RigError("namespaces as root need root")
        self.form = form
        self._beside: list[subprocess.Popen[str]] = []
        ours = ["--user", "--map-root-user"] if form == "user" else []
        self._unshare = subprocess.Popen(
            ["unshare", *ours, "--net", "--mount", "--pid", "--fork", "--kill-child",
             sys.executable, "-SE", str(_KEEPER)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=_environment(),
        )  # fmt: skip
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        self.authority = Authority()
        plan = {
            "room": ROOM,
            "namespaces": NAMESPACES,
            "files": files(self.authority),
            "cables": cables(),
            "daemons": daemons(),
            "translator": [
                ["ip", "link", "set", "nat64", "up"],
                ["ip", "addr", "add", "198.51.100.128/32", "dev", "nat64"],
                ["ip", "-6", "addr", "add", "2001:db8:65::2/128", "dev", "nat64"],
                ["ip", "route", "add", "198.51.100.160/27", "dev", "nat64"],
                f"ip -6 route add {NAT64_PREFIX} dev nat64".split(),
            ],
        }
        assert self._unshare.stdin is not None
        assert self._unshare.stdout is not None
        assert self._unshare.stderr is not None
        try:
            self._unshare.stdin.write(json.dumps(plan) + "\n")
            self._unshare.stdin.flush()
            line = self._unshare.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RigError(f"no namespaces here: {self._unshare.stderr.read().strip()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RigError(reply["error"])
        self.without_nat64 = reply["nat64"]
        self.built_s = reply["seconds"]
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        self.keeper = children.read_text().split()[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything: the first process, all with it, and what entered to run beside."""
        assert self._unshare.stdin is not None
        try:
            self._unshare.stdin.close()
            self._unshare.wait(timeout=10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._unshare.kill()
            self._unshare.wait()
        for pipe in (self._unshare.stdout, self._unshare.stderr):
            assert pipe is not None
            pipe.close()
        for (
            process
        ) in self._beside:  # which could not be ended first: it is outside, its child inside
            process.kill()
            process.communicate()

    def command(self, namespace: str, *command: str) -> list[str]:
        """Return a command as it runs inside a namespace (``cli``, ``r1``, ``r2``, ``srv``, ``bh``)."""
        assert namespace in NAMESPACES
        user = ["--user", "--preserve-credentials"] if self.form == "user" else []
        outer = [
            "nsenter",
            "--target",
            self.keeper,
            *user,
            "--mount",
            "--pid",
            f"--wd={Path.cwd()}",
        ]
        return [*outer, "nsenter", f"--net=/run/netns/v6-{namespace}", "--", *command]

    def run(
        self, namespace: str, *command: str, timeout_s: float = 60.0, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside a namespace and return how it ended."""
        return subprocess.run(
            self.command(namespace, *command),
            input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False,
            env=_environment(),
        )  # fmt: skip

    def python(self, namespace: str, source: str, *arguments: str, timeout_s: float = 60.0) -> Any:
        """Run a Python program inside a namespace; return the JSON it prints.

        The program sees ``ngbw`` and whatever this interpreter sees; arguments are in ``sys.argv``.
        """
        done = self.run(
            namespace, sys.executable, "-c", source, *arguments, timeout_s=timeout_s
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, namespace: str, *command: str) -> subprocess.Popen[str]:
        """Start a program inside a namespace, with pipes; it ends with the rig at the latest."""
        process = subprocess.Popen(
            self.command(namespace, *command),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=_environment(),
        )  # fmt: skip
        self._beside.append(process)
        return process

    def counters(self) -> list[int]:
        """Return how many packets each rule of ``r2`` has dropped, in the order of the rules."""
        listed = json.loads(self.run("r2", "nft", "-j", "list", "table", "ip6", "rig").stdout)
        rules = (row["rule"]["expr"] for row in listed["nftables"] if "rule" in row)
        return [part["counter"]["packets"] for rule in rules for part in rule if "counter" in part]


def _path() -> str:
    """Return where programs are sought: daemons lie in directories that only root searches."""
    return f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _path()}
