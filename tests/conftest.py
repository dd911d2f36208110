"""What several tests share: the outside test data, and how a test says what it needs."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray

from ngbw.topology.formats.gdal_cage import load_gdal

# GDAL reads what it may not do once, while it starts: the first import in a test process, be it
# by geopandas in some other test, must be the caged one.
load_gdal()

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("ngbw", deadline=None)
hypothesis.settings.load_profile("ngbw")

ROOT = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("NGBW_TEST_REQUIRE_ALL") == "1"
"""Set by ``.ci/run``: a test that would skip fails instead."""


def need(reason: str) -> None:
    """Skip the test with the reason, or fail where everything must run."""
    if REQUIRE_ALL:
        pytest.fail(f"{reason} (skips are failures here)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the directory of official and recorded test data (docs/vectors.md)."""
    path = Path(os.environ.get("NGBW_SHARED", ROOT.parent / "shared"))
    if not (path / "vectors").is_dir():
        need("no outside test data; docs/vectors.md says where to put it")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the Chromium program."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    need("no Chromium; install it with: apt-get install -y chromium fonts-noto-cjk")
    raise AssertionError


@pytest.fixture
def requests():
    """Count connections to a local port."""
    seen = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    stop = threading.Event()

    def listen():
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            seen.append(connection.recv(100))
            connection.close()

    listener = threading.Thread(target=listen)
    listener.start()
    yield server.getsockname()[1], seen
    stop.set()
    listener.join()
    server.close()


def _sector_cuts(tilt_deg: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cuts of TR 36.814's sector of 65 degrees through its beam, at whole degrees."""
    off = (np.arange(360.0) + 180) % 360 - 180
    horizontal = np.minimum(12 * (off / 65) ** 2, 20)
    down = np.where(np.abs(off) <= 90, off, np.where(off > 90, 180 - off, -180 - off))
    vertical = np.minimum(12 * ((down - tilt_deg) / 10) ** 2, 20)
    return horizontal, np.where(np.abs(off) <= 90, vertical, np.minimum(vertical + 20, 25))


def _msi_text(
    *,
    tilt_deg: float = 0.0,
    gain: str = "15 dBi",
    freq_mhz: float = 698,
    stated_tilt: str | None = None,
    rows: Mapping[int, str | None] | None = None,
) -> str:
    """Return the sector as an MSI Planet file; ``rows`` replaces rows of its horizontal cut."""
    horizontal, vertical = _sector_cuts(tilt_deg)
    lines = [
        "NAME Sector 65",
        f"FREQUENCY {freq_mhz:g}",
        f"GAIN {gain}",
        f"TILT {f'ELECTRICAL {tilt_deg:g}' if stated_tilt is None else stated_tilt}",
        "HORIZONTAL 360",
    ]
    cut = [f"{degree} {value:.4f}" for degree, value in enumerate(horizontal)]
    lines += [row for n, text in enumerate(cut) if (row := (rows or {}).get(n, text)) is not None]
    lines.append("VERTICAL 360")
    lines += [f"{degree} {value:.4f}" for degree, value in enumerate(vertical)]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def sector_cuts():
    """Return the function that samples the built-in sector: ``sector_cuts(tilt_deg)``."""
    return _sector_cuts


@pytest.fixture(scope="session")
def msi_text():
    """Return the function that writes the built-in sector as an MSI Planet file."""
    return _msi_text
