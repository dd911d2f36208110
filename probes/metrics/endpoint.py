"""``/metrics`` over HTTP: one page that can be read, and nothing else.

It answers GET and HEAD of that one path. A few readers at a time; more are told to come again. A
reader that dawdles is left after some seconds. The page is made at most once a second, whoever
asks. On loopback a name in the Host header other than ``localhost`` is refused: only a web page
that was led to this machine by its name server would send one.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from ...topology.errors import NgbwError, SurroundingsError
from .exposition import CONTENT_TYPE

__all__ = ["MetricsEndpoint"]

_LOG = logging.getLogger("ngbw.probes.metrics")

_READERS = 8
_PATIENCE_S = 5.0
_FRESH_S = 1.0
_PATH = "/metrics"


def _is_this_machine(host: str) -> bool:
    """Tell whether a Host header names this machine, and no name that somebody else controls."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _Handler(BaseHTTPRequestHandler):
    timeout = _PATIENCE_S
    server_version = "ngbw"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        server = cast(_Server, self.server)
        hosts = self.headers.get_all("Host") or []
        try:
            strange = server.loopback and not all(map(_is_this_machine, hosts))
        except ValueError:  # brackets that do not close
            strange = True
        if strange:
            self._plain(421, "ask by address or as localhost\n", body=body)
        elif self.path.partition("?")[0] != _PATH:
            self._plain(404, f"there is only {_PATH}\n", body=body)
        else:
            try:
                page = server.page()
            except NgbwError as error:
                _LOG.warning("the metrics were not told: %s", error)
                self._plain(503, "not now\n", body=body)
                return
            self._send(200, CONTENT_TYPE, page, body=body)

    def _plain(self, status: int, words: str, *, body: bool) -> None:
        self._send(status, "text/plain; charset=utf-8", words.encode(), body=body)

    def _send(self, status: int, kind: str, content: bytes, *, body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        _LOG.debug("%s %s", self.address_string(), format % args)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, address: str, port: int, page: Callable[[], str]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.loopback = ipaddress.ip_address(address).is_loopback
        self._page = page
        self._made: tuple[float, bytes] | None = None
        self._making = threading.Lock()
        self._room = threading.BoundedSemaphore(_READERS)
        super().__init__((address, port), _Handler)

    def server_bind(self) -> None:
        # Not http.server's own, which asks a name server what this machine is called.
        socket.SocketType.setsockopt(self.socket, socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "ngbw", self.server_address[1]

    def page(self) -> bytes:
        """Return the page, made anew when it is older than a second."""
        with self._making:
            now_s = time.monotonic()
            if self._made is None or now_s - self._made[0] >= _FRESH_S:
                self._made = now_s, self._page().encode()
            return self._made[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            try:
                request.settimeout(0.1)
                request.sendall(b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n")
            except OSError:
                pass
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request
        _LOG.debug("%s left before it was answered", client_address, exc_info=True)


class MetricsEndpoint:
    """Serves ``/metrics`` until it is closed.

    Parameters
    ----------
    address
        IP address to listen at; settings decide whether it may be another than loopback.
    port
        0 takes a free one.
    page
        Gives the text; called from a thread of the endpoint's own, one call at a time.

    Raises
    ------
    SurroundingsError
        The port cannot be opened.
    """

    def __init__(self, address: str, port: int, page: Callable[[], str]) -> None:
        try:
            self._server = _Server(address, port, page)
        except OSError as error:
            reasons = {
                errno.EADDRINUSE: "another program uses it; stop that one or give another port",
                errno.EACCES: "this user may not open it; give a port above 1023",
                errno.EADDRNOTAVAIL: "this machine has no such address",
            }
            reason = reasons.get(error.errno or 0, str(error.strerror))
            raise SurroundingsError(
                f"/metrics cannot be opened at {address} port {port}: {reason} (probes.metrics in "
                "ngbw.toml)"
            ) from None
        self.port = int(self._server.server_port)
        shown = f"[{address}]" if ":" in address else address
        self.url = f"http://{shown}:{self.port}{_PATH}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
