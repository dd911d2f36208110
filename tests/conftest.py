"""What several tests share: the outside test data, and how a test says what it needs."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path

import hypothesis
import pytest

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
