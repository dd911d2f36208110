"""One POST over HTTP to a checked address: no redirects, no proxies, bounded in time and size."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ...topology.errors import SurroundingsError
from .addresses import Net, resolve
from .secret import Secret

__all__ = ["Reply", "check_url", "post"]

Reply = tuple[int, bytes]
"""Status and the beginning of the body."""

_TIMEOUT_S = 10.0
_REPLY_BYTES = 65_536


def check_url(url: Secret, *, allow_http: bool) -> str:
    """Return what is wrong with a channel's URL, without showing it; "" for nothing."""
    try:
        parts = urlsplit(url.reveal())
        port = parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "is no URL of the form https://HOST/PATH"
    if parts.scheme == "http" and not allow_http:
        return "is not https; where plain HTTP is meant, write insecure = true"
    if parts.username or parts.password:
        return "holds a user and a password; put them elsewhere"
    return "has no port" if port == 0 else ""


class _To(http.client.HTTPConnection):
    """A connection to one address, by whatever name the server is called."""

    def __init__(self, address: str, host: str, port: int, *, tls: bool) -> None:
        super().__init__(host, port, timeout=_TIMEOUT_S)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def post(
    name: str, url: Secret, body: bytes, *, headers: Mapping[str, str], allow: Sequence[Net],
    query: str = "",
) -> Reply:  # fmt: skip
    """Send a body and return the reply.

    Parameters
    ----------
    name
        The channel, for messages; neither the URL nor the query ever stands in one.
    query
        Added to the URL's own.

    Raises
    ------
    SurroundingsError
        There is no connection or no reply in time.
    """
    parts = urlsplit(url.reveal())
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    address = resolve(name, port, host=host, allow=allow)
    target = (parts.path or "/") + "?" * bool(parts.query or query)
    target += "&".join(part for part in (parts.query, query) if part)
    connection = _To(address, host, port, tls=tls)
    try:
        connection.request("POST", target, body, {"User-Agent": "ngbw", **headers})
        reply = connection.getresponse()
        return reply.status, reply.read(_REPLY_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SurroundingsError(
            f"channel {name}: no answer from {host} ({reason}); check the network between"
        ) from None
    finally:
        connection.close()
