"""``ngbw serve``: the web application of a project on a port of this machine.

There is no sign-in yet, so the port is opened on a loopback address only; whoever wants to reach it
from elsewhere puts a reverse proxy with authentication before it.
"""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Collection
from types import FrameType
from typing import NoReturn

from ..topology.errors import MissingExtraError, SurroundingsError, UsageError
from ..topology.project import Project

__all__ = ["PORT_DEFAULT", "loopback_socket", "serve"]

PORT_DEFAULT = 8000

_BACKLOG = 512
_GRACE_SECONDS = 10


def _address(host: str) -> str:
    """Return the loopback address of a host.

    Raises
    ------
    UsageError
        The host is not this machine itself.
    """
    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise UsageError(
            f"--host {host[:80]!r} is not a loopback address, and ngbw serve has no sign-in: "
            "anybody who reaches the port could read everything; keep --host 127.0.0.1 and put a "
            "reverse proxy with authentication before it"
        )
    return str(address)


def loopback_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket on a loopback address.

    Parameters
    ----------
    host
        ``localhost`` or a loopback address.
    port
        0 takes a free one.

    Raises
    ------
    UsageError
        The host is not a loopback address, or the port is out of range.
    SurroundingsError
        The port is in use, or may not be opened.
    """
    address = _address(host)
    if not 0 <= port <= 65_535:
        raise UsageError(f"--port {port} is out of range; give 1 to 65535, or 0 for a free one")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: "another program uses it; stop that one or give another --port",
            errno.EACCES: "this user may not open it; give a --port above 1023",
            errno.EADDRNOTAVAIL: "this machine has no such address; use --host 127.0.0.1",
        }
        reason = reasons.get(error.errno or 0, f"{error.strerror}; give another --port")
        raise SurroundingsError(f"port {port} of {address} cannot be opened: {reason}") from None


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def serve(
    project: Project,
    host: str = "127.0.0.1",
    port: int = PORT_DEFAULT,
    root_path: str = "",
    *,
    hosts: Collection[str] = (),
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a project until the process is told to stop (Ctrl-C or SIGTERM).

    Requests under way are finished first, for at most ten seconds.

    Parameters
    ----------
    host, port
        Loopback address and port; port 0 takes a free one.
    root_path, hosts
        As in :func:`.http.create_app`.
    ready
        Called with the address of the first page once the port is open.

    Raises
    ------
    UsageError, SurroundingsError
        The port cannot be opened, or what serves it is not installed.
    """
    try:
        import uvicorn

        from .http import create_app
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("fastapi", "starlette", "uvicorn", "pydantic"):
            raise
        raise MissingExtraError("ngbw serve", "web") from None

    app = create_app(project, root_path=root_path, hosts=hosts)
    with loopback_socket(host, port) as listening:
        address, real_port = listening.getsockname()[:2]
        name = f"[{address}]" if ":" in address else address
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # the guard writes one line a request
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_GRACE_SECONDS,
            # Only a proxy on this machine may say by which scheme it was called.
            forwarded_allow_ips="127.0.0.1,::1",
        )
        # uvicorn handles the signal, then raises it again for whoever had it before: this one
        # makes a stop that was asked for an ordinary end.
        in_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGTERM, _stop) if in_main else None
        ready(f"http://{name}:{real_port}/")
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except (KeyboardInterrupt, SystemExit) as stop:
            if isinstance(stop, SystemExit) and stop.code:
                raise SurroundingsError("the server could not start; the log says why") from None
        finally:
            if before is not None:
                signal.signal(signal.SIGTERM, before)
