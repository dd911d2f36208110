"""ngbw in a bare container: no home, no cache that could be written, no compiled kernels."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_plans_without_home_or_cache(tmp_path):
    project = tmp_path / "yangpu"
    command = [sys.executable, "-P", "-m", "ngbw"]
    subprocess.run([*command, "init", project, "--example", "yangpu"], check=True)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "VIRTUAL_ENV")}
    # Not even root can make a directory below /proc.
    bare = {
        "HOME": "/proc/no-home", "NGBW_CACHE_DIR": "/proc/no-cache",
        "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C",
    }  # fmt: skip
    done = subprocess.run(
        [*command, "plan", project], env=kept | bare, cwd="/", capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "target met" in done.stdout
    assert "compiling kernels" in done.stderr
    assert done.stderr.count("no cache") == 1
    assert not list((tmp_path / "yangpu").rglob("*.nbc"))
