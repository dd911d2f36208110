"""The port: which address is opened, what refuses, and how it stops."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest

from ngbw.api.serve import listening_socket, serve
from ngbw.topology.errors import MissingExtraError, SurroundingsError, UsageError

SERVER = """
import sys
from pathlib import Path
from ngbw.api.serve import serve
from ngbw.topology.project import Project
from ngbw.topology.settings import Settings

settings = Settings(name="x", headline_service="s", crs="EPSG:32651", services={"s": {}})
serve(Project(Path(sys.argv[1]), settings), port=0, ready=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.168.1.10", "fe80::1"],  # noqa: S104 - refused
)
def test_without_accounts_only_this_machine_may_reach_the_port(district: Any, host: str) -> None:
    with pytest.raises(UsageError, match="nobody can sign in yet; make an account") as refused:
        serve(district.project(), host=host, port=0)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("host", ["example.org", "", "localhost.example.org", "127.1 "])
def test_a_host_that_is_no_address_is_refused(district: Any, host: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        serve(district.project(), host=host, port=0)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.9"])
def test_loopback_addresses_are_opened(host: str) -> None:
    with listening_socket(host, 0) as listening:
        assert listening.getsockname()[0].startswith("127.0.0.")


def test_a_busy_port_is_an_error_of_the_surroundings(district: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SurroundingsError, match=f"port {port} .*another --port") as busy:
            serve(district.project(), port=port)
    assert busy.value.exit_code == 6


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(UsageError, match="out of range"):
        listening_socket("127.0.0.1", port)


def test_a_missing_part_says_how_to_install_it(
    district: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"ngbw\[web\]"):
        serve(district.project(), port=0)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_ends_well(district: Any, stop: signal.Signals) -> None:
    district.add_run()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVER, str(district.directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = urlsplit(process.stdout.readline().strip())
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    connection.request("HEAD", "/")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read() == b""
    # The connection lives on after HEAD, so nothing was sent after the headers.
    connection.request("GET", "/healthz")
    assert connection.getresponse().read().startswith(b'{"status":"ok"')
    connection.close()
    process.send_signal(stop)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out, errors) == (0, "ended\n", "")
