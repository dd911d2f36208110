"""How long a pipeline waits for ``ngbw check`` of the Yangpu example, start of Python included.

Run as ``python -P benchmarks/check_example.py``. Processor time of the command and its least wall
time over several runs; the cold run has an empty cache, as a fresh container has.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ngbw.examples import copy_example


def run(project: Path, cache: Path, *options: str) -> tuple[float, float]:
    """Return wall and processor seconds of one check."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ngbw", "check", str(project), *options],
        env={**os.environ, "NGBW_CACHE_DIR": str(cache)}, capture_output=True, check=False,
    )  # fmt: skip
    wall = time.perf_counter() - started
    assert done.returncode == 0, done.stderr.decode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    pairs = ("--only", "any-two-links")
    with tempfile.TemporaryDirectory() as scratch:
        project, cache = Path(scratch) / "yangpu", Path(scratch) / "cache"
        copy_example("yangpu", project)
        rows = [("structure alone, empty cache", [run(project, cache, *pairs)])]
        rows.append(("everything, empty cache", [run(project, cache)]))
        rows.append(("everything, warm", [run(project, cache) for _ in range(5)]))
        rows.append(("structure alone", [run(project, cache, *pairs) for _ in range(5)]))
    print("| check of the example | wall | processor |\n|---|---|---|")
    for name, runs in rows:
        print(f"| {name} | {min(w for w, _ in runs):.1f} s | {min(c for _, c in runs):.1f} s |")


if __name__ == "__main__":
    main()
