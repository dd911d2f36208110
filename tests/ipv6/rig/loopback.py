"""The last resort of the rig: pairs of servers on 127.0.0.1 and ::1, without any namespace.

It cannot tell anything of routers, and its hanging site is no black hole: a smaller segment does
not help it, so that a checker must say *stalls, cause unknown*.
"""

from __future__ import annotations

import contextlib
import http.server
import socket
import struct
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from .daemons import pages

_HANGS_AFTER = 1000
_NAMES = ("good", "diff", "refused", "slow", "hang")


def has_ipv6_loopback() -> bool:
    """Return whether ::1 is there."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    released: threading.Event

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.socket.bind(self.server_address)  # the base class would ask for our name
        self.server_name, self.server_port = "rig", self.socket.getsockname()[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that leave are part of the test."""


class _Six(_Server):
    address_family = socket.AF_INET6


def _handler(
    folder: str, *, late_s: float, hangs: bool
) -> type[http.server.BaseHTTPRequestHandler]:
    documents = pages()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(late_s)
            path = self.path.lstrip("/") or "index.html"
            body = documents.get(f"{folder}/{path}", "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if hangs and len(body) > _HANGS_AFTER:
                self.wfile.write(body[:_HANGS_AFTER])
                self.wfile.flush()
                self.server.released.wait(30.0)  # type: ignore[attr-defined]
                return
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


def _port_of_both() -> int:
    """Return a port that is free in both families."""
    while True:
        with socket.socket() as four, socket.socket(socket.AF_INET6) as six:
            four.bind(("127.0.0.1", 0))
            port: int = four.getsockname()[1]
            with contextlib.suppress(OSError):
                six.bind(("::1", port))
                return port


class LoopbackSites:
    """``good``, ``diff``, ``refused``, ``slow`` (204 ms later over IPv6), ``hang``, and DNS.

    Attributes
    ----------
    port
        Of each site, in both families.
    dns_port
        Where ``NAME.test`` is answered with 127.0.0.1 and ::1, over UDP on ::1.
    """

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.port: dict[str, int] = {}
        self.dns_port = 0

    def __enter__(self) -> Self:
        with self._stack:
            self._released = threading.Event()
            for name in _NAMES:
                self.port[name] = self._site(name)
            self._stack.callback(self._released.set)
            self.dns_port = self._stack.enter_context(_name_server())
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _site(self, name: str) -> int:
        while True:
            port = _port_of_both()
            plain = _handler("page", late_s=0.0, hangs=False)
            over_v6 = _handler(
                "other" if name == "diff" else "page",
                late_s=0.204 if name == "slow" else 0.0,
                hangs=name == "hang",
            )
            servers: list[_Server] = []
            try:
                servers.append(_Server(("127.0.0.1", port), plain))
                if name != "refused":
                    servers.append(_Six(("::1", port), over_v6))
            except OSError:  # somebody took the port meanwhile
                for server in servers:
                    server.server_close()
                continue
            for server in servers:
                server.released = self._released
                thread = threading.Thread(target=server.serve_forever, args=(0.02,))
                thread.start()
                self._stack.callback(thread.join)
                self._stack.callback(server.server_close)
                self._stack.callback(server.shutdown)
            return port


@contextlib.contextmanager
def _name_server() -> Iterator[int]:
    """Answer A and AAAA of the sites on ::1; yield the port."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.bind(("::1", 0))
        sock.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    question, client = sock.recvfrom(1500)
                except TimeoutError:
                    continue
                with contextlib.suppress(OSError, IndexError, struct.error):
                    sock.sendto(_answer(question), client)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            stop.set()
            thread.join()


def _answer(question: bytes) -> bytes:
    """Return the answer to a question of one name; NXDOMAIN for a name that is no site."""
    at, labels = 12, []
    while size := question[at]:
        labels.append(question[at + 1 : at + 1 + size].decode("ascii", "replace").lower())
        at += 1 + size
    (kind,) = struct.unpack_from("!H", question, at + 1)
    asked = question[12 : at + 5]
    known = labels[1:] == ["test"] and labels[0] in _NAMES
    address = {1: bytes((127, 0, 0, 1)), 28: bytes(15) + b"\1"}.get(kind) if known else None
    flags = 0x8580 if known else 0x8583
    head = question[:2] + struct.pack("!HHHHH", flags, 1, 1 if address else 0, 0, 0)
    if address is None:
        return head + asked
    return head + asked + struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(address)) + address
