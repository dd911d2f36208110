"""One page from one address: connect, TLS, request, answer, each with its time, all bounded.

The address is given, so that the family is forced and no resolver has a say; the name stands in
the request and in TLS. Redirects are not followed here (:mod:`.page_visit`). A server that sends a
byte a second, ten thousand headers or an endless body costs a bounded time and a bounded memory.

RFC 9112 for the form of the answer, RFC 6066 and 9525 for the name in TLS.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from .polite_wire import Silence, Wire

__all__ = ["PAGE_BOUNDS", "Bounds", "Certificate", "Fetched", "Page", "fetch", "trust"]

_AGENT = "ngbw (IPv6 readiness)"
_MOST_HEAD = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: |\r?$)")
_FAILS = {62: "tls-name", 64: "tls-name", 10: "tls-expired", 9: "tls-expired"}  # X509_V_ERR_*


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one page may cost.

    Attributes
    ----------
    body_octets
        Of the body that are read; more is left unread and the page counts as whole.
    quiet_s
        Without an octet after which an answer has stalled.
    all_s
        For everything.
    """

    body_octets: int = 256 * 1024
    quiet_s: float = 5.0
    all_s: float = 15.0


PAGE_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server showed in TLS.

    Attributes
    ----------
    digest
        SHA-256 of the certificate.
    key_digest
        SHA-256 of its public key; "" where it cannot be read.
    names
        DNS names that it holds for; known where it was verified.
    """

    digest: str
    key_digest: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for.

    Attributes
    ----------
    url
        With scheme, host in A-labels and path.
    """

    url: str

    @property
    def secure(self) -> bool:
        """Whether it is asked for in TLS."""
        return self.url.startswith("https:")

    @property
    def host(self) -> str:
        """The name of the server."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port of the server."""
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def target(self) -> str:
        """What stands in the request's first line."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking one address for a page.

    Attributes
    ----------
    outcome
        ``answered``; or why not: a kind of :class:`~.polite_wire.Silence`, ``stalled`` (quiet
        after the request), ``slow`` (not done in time though it came), ``cut`` (closed too soon),
        ``not-http``, ``tls-name``, ``tls-expired``, ``tls-untrusted``, ``tls-failed``.
    detail
        What the other side or the library said; hostile text.
    body_whole
        The body came to its end, or to the bound.
    received_octets
        Of the body, as sent.
    connect_ms, tls_ms, first_byte_ms, page_ms
        Of each step, and from the first packet to the last octet; None where it was not reached.
    """

    page: Page
    address: str
    outcome: str
    detail: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    body_whole: bool = False
    received_octets: int = 0
    certificate: Certificate | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None
    page_ms: float | None = None

    @property
    def answered(self) -> bool:
        """Whether a whole answer came."""
        return self.outcome == "answered"


@cache
def trust(cafile: str | None = None, *, verify: bool = True) -> ssl.SSLContext:
    """Return the trust in certificates: the system's or a file's, or none where it failed before.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    context = ssl.create_default_context(cafile=cafile)
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _key_digest(octets: bytes) -> str:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    except ImportError:
        return ""
    try:
        key = x509.load_der_x509_certificate(octets).public_key()
        return hashlib.sha256(
            key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).hexdigest()
    except Exception:  # noqa: BLE001 - whatever a hostile certificate makes of the library
        return ""


def _certificate(writer: asyncio.StreamWriter, *, verified: bool) -> Certificate | None:
    inside = writer.get_extra_info("ssl_object")
    octets = inside.getpeercert(binary_form=True)
    if not octets:
        return None
    digest = hashlib.sha256(octets).hexdigest()
    if not verified:
        return Certificate(digest, _key_digest(octets))
    names = tuple(
        value for kind, value in (inside.getpeercert() or {}).get("subjectAltName", ())
        if kind == "DNS"
    )  # fmt: skip
    return Certificate(digest, "", names[:50])


def _opened(body: bytes, coding: str, most: int) -> bytes:
    """Undo a coding that was not asked for; as far as it goes."""
    if coding not in ("gzip", "x-gzip", "deflate"):
        return body
    reader = zlib.decompressobj(47 if "gzip" in coding else 15)
    try:
        return reader.decompress(body, most)
    except zlib.error:
        return body


class _Answer:
    """Reads an answer off a stream, and knows how far it came when that ends."""

    def __init__(self, reader: asyncio.StreamReader, bounds: Bounds, start_s: float) -> None:
        self.reader, self.bounds, self.start_s = reader, bounds, start_s
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.whole = False
        self.first_byte_ms: float | None = None

    async def _line(self, most: int) -> bytes:
        try:
            async with asyncio.timeout(self.bounds.quiet_s):
                line = await self.reader.readline()
        except ValueError:  # the stream's limit: a line without an end
            raise Silence("not-http", "a line without an end") from None
        except TimeoutError:
            raise Silence("stalled") from None
        if len(line) > most:
            raise Silence("not-http", "a head without an end")
        if not line.endswith(b"\n"):
            raise Silence("cut", "closed in the head")
        return line

    async def head(self) -> None:
        """Read the status and the headers, past interim answers."""
        for _ in range(4):
            line = await self._line(_MOST_HEAD)
            if self.first_byte_ms is None:
                self.first_byte_ms = (time.perf_counter() - self.start_s) * 1000.0
            found = _STATUS.match(line.rstrip(b"\r\n"))
            if found is None:
                raise Silence("not-http", line[:60].decode("latin-1"))
            self.status = int(found[1])
            self.headers.clear()
            left = _MOST_HEAD
            while (line := await self._line(left)).rstrip(b"\r\n"):
                left -= len(line)
                name, colon, value = line.decode("latin-1").partition(":")
                if colon:
                    self.headers.setdefault(name.strip().lower(), value.strip())
            if self.status >= 200:
                return
        raise Silence("not-http", "interim answers without an end")

    async def _take(self, octets: int | None) -> bool:
        """Read so many octets, or to the end; return whether the bound was met."""
        while octets is None or octets > 0:
            room = self.bounds.body_octets - len(self.body)
            if room <= 0:
                return True
            wanted = min(65_536, room if octets is None else min(octets, room))
            try:
                async with asyncio.timeout(self.bounds.quiet_s):
                    more = await self.reader.read(wanted)
            except TimeoutError:
                raise Silence("stalled") from None
            if not more:
                if octets is None:
                    return False
                raise Silence("cut", "closed before the body was whole")
            self.body += more
            if octets is not None:
                octets -= len(more)
        return False

    async def read_body(self) -> None:
        """Read the body, in whatever way its end is told (RFC 9112, 6.3)."""
        if self.status in (204, 304):
            pass
        elif "chunked" in self.headers.get("transfer-encoding", "").lower():
            while True:
                line = (await self._line(1024)).split(b";")[0].strip()
                if not re.fullmatch(rb"[0-9A-Fa-f]{1,12}", line):
                    raise Silence("not-http", "a chunk without a length")
                size = int(line, 16)
                if not size or await self._take(size):
                    break
                await self._line(1024)
        elif re.fullmatch(r"[0-9]{1,15}", length := self.headers.get("content-length", "")):
            await self._take(int(length))
        else:
            await self._take(None)
        self.whole = True


async def fetch(
    wire: Wire, page: Page, address: str, *, tls: ssl.SSLContext | None = None,
    bounds: Bounds = PAGE_BOUNDS, segment_octets: int | None = None,
) -> Fetched:  # fmt: skip
    """Ask one address for a page; whatever happens is in what is returned.

    Parameters
    ----------
    tls
        Trust to judge certificates by; the system's by default.
    segment_octets
        Largest segment to announce, see :meth:`~.polite_wire.Wire.dial`.
    """
    answer: _Answer | None = None
    connect_ms = tls_ms = None
    certificate: Certificate | None = None
    outcome, detail = "answered", ""
    start_s = time.perf_counter()
    try:
        async with wire.turn(address):
            start_s = time.perf_counter()
            async with asyncio.timeout(bounds.all_s):
                dialled = await wire.dial(address, page.port, segment_octets=segment_octets)
                connect_ms = dialled.connect_ms
                context = (tls or trust()) if page.secure else None
                begun_s = time.perf_counter()
                try:
                    reader, writer = await asyncio.open_connection(
                        sock=dialled.socket,
                        ssl=context,
                        server_hostname=page.host if context else None,
                        ssl_handshake_timeout=bounds.quiet_s if context else None,
                        ssl_shutdown_timeout=0.1 if context else None,
                        limit=_MOST_HEAD,
                    )
                except BaseException:
                    dialled.socket.close()
                    raise
                try:
                    if context is not None:
                        tls_ms = (time.perf_counter() - begun_s) * 1000.0
                        verified = context.verify_mode is ssl.CERT_REQUIRED
                        certificate = _certificate(writer, verified=verified)
                    asked_s = time.perf_counter()
                    writer.write(_request(page))
                    answer = _Answer(reader, bounds, asked_s)
                    await answer.head()
                    await answer.read_body()
                finally:
                    # Not closed in good manners: a server that keeps silent would hold us up.
                    writer.transport.abort()
    except TimeoutError:
        outcome = "timeout" if connect_ms is None else "stalled" if answer is None else "slow"
    except ssl.SSLCertVerificationError as error:
        outcome = _FAILS.get(error.verify_code, "tls-untrusted")
        detail = error.verify_message
    except ssl.SSLError as error:
        outcome, detail = "tls-failed", error.reason or str(error)
    except Silence as silence:
        outcome, detail = silence.kind, silence.detail
    except ConnectionAbortedError as error:  # asyncio's handshake that took too long
        outcome, detail = "stalled", str(error)
    except OSError as error:
        outcome, detail = "reset", error.strerror or str(error)
    page_ms = (time.perf_counter() - start_s) * 1000.0
    if answer is None:
        return Fetched(
            page, address, outcome, detail[:200], certificate=certificate,
            connect_ms=connect_ms, tls_ms=tls_ms,
        )  # fmt: skip
    coding = answer.headers.get("content-encoding", "").lower()
    return Fetched(
        page=page,
        address=address,
        outcome=outcome,
        detail=detail[:200],
        status=answer.status,
        headers=answer.headers,
        body=_opened(bytes(answer.body), coding, bounds.body_octets),
        body_whole=answer.whole,
        received_octets=len(answer.body),
        certificate=certificate,
        connect_ms=connect_ms,
        tls_ms=tls_ms,
        first_byte_ms=answer.first_byte_ms,
        page_ms=page_ms if answer.whole else None,
    )


def _request(page: Page) -> bytes:
    parts = urlsplit(page.url)
    host = page.host if parts.port is None else f"{page.host}:{parts.port}"
    return (
        f"GET {page.target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {_AGENT}\r\n"
        "Accept: text/html,*/*;q=0.8\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ).encode("ascii")
