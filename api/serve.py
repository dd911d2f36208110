"""``ngbw serve``: the web application of a project on a port.

The port is opened on a loopback address unless people can sign in and what they send is encrypted:
by this server's own certificate, or by a reverse proxy that is said to be there.
"""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from ..topology.errors import MissingExtraError, SurroundingsError, UsageError
from ..topology.project import Project

if TYPE_CHECKING:
    from .access.callers import Access

__all__ = ["PORT_DEFAULT", "listening_socket", "serve"]

PORT_DEFAULT = 8000

_BACKLOG = 512
_GRACE_SECONDS = 10


def _address(host: str) -> str:
    """Return the address that a host is.

    Raises
    ------
    UsageError
        The host is no address.
    """
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        raise UsageError(
            f"--host {host[:80]!r} is no address; give one of this machine's, such as 127.0.0.1"
        ) from None


def check_reach(host: str, *, accounts: bool, encrypted: bool) -> None:
    """Refuse to open a port to others before they can sign in unheard.

    Raises
    ------
    UsageError
        The host is no loopback address, and nobody can sign in or passwords would be sent open.
    """
    address = _address(host)
    if ipaddress.ip_address(address).is_loopback:
        return
    if not accounts:
        raise UsageError(
            f"--host {address} would let everybody on the network in, as nobody can sign in yet; "
            "make an account first (ngbw user add PROJECT NAME --role admin), or keep "
            "--host 127.0.0.1"
        )
    if not encrypted:
        raise UsageError(
            f"--host {address} would send passwords in the open; give --tls-cert and --tls-key, "
            "or say --behind-proxy where a reverse proxy encrypts"
        )


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Parameters
    ----------
    host
        ``localhost`` or an address of this machine.
    port
        0 takes a free one.

    Raises
    ------
    UsageError
        The host is no address, or the port is out of range.
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
    access: Access | None = None,
    certificate: tuple[Path, Path] | None = None,
    behind_proxy: bool = False,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a project until the process is told to stop (Ctrl-C or SIGTERM).

    Requests under way are finished first, for at most ten seconds.

    Parameters
    ----------
    host, port
        Address and port; port 0 takes a free one. :func:`check_reach` says which may be opened.
    root_path, hosts, access
        As in :func:`.http.create_app`.
    certificate
        Files with the certificate (and its chain) and its key, PEM; None speaks plain HTTP.
    behind_proxy
        Whether a reverse proxy encrypts what others send.
    ready
        Called with the address of the first page once the port is open.

    Raises
    ------
    UsageError, SurroundingsError
        The port cannot be opened, or what serves it is not installed.
    """
    check_reach(
        host,
        accounts=access is not None and access.accounts.exist(),
        encrypted=certificate is not None or behind_proxy,
    )
    try:
        import uvicorn

        from .http import create_app
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("fastapi", "starlette", "uvicorn", "pydantic"):
            raise
        raise MissingExtraError("ngbw serve", "web") from None

    app = create_app(project, root_path=root_path, hosts=hosts, access=access)
    with listening_socket(host, port) as listening:
        address, real_port = listening.getsockname()[:2]
        name = f"[{address}]" if ":" in address else address
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # the guard writes one line a request
            server_header=False,
            lifespan="off",
            ssl_certfile=None if certificate is None else certificate[0],
            ssl_keyfile=None if certificate is None else certificate[1],
            timeout_graceful_shutdown=_GRACE_SECONDS,
            # Only a proxy on this machine may say by which scheme it was called.
            forwarded_allow_ips="127.0.0.1,::1",
        )
        # uvicorn handles the signal, then raises it again for whoever had it before: this one
        # makes a stop that was asked for an ordinary end.
        in_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGTERM, _stop) if in_main else None
        scheme = "http" if certificate is None else "https"
        ready(f"{scheme}://{name}:{real_port}/")
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except (KeyboardInterrupt, SystemExit) as stop:
            if isinstance(stop, SystemExit) and stop.code:
                raise SurroundingsError("the server could not start; the log says why") from None
        finally:
            if before is not None:
                signal.signal(signal.SIGTERM, before)
