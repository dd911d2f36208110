"""A page as a visitor of one family reaches it: redirects followed by hand, each step judged.

A redirect to a host without an IPv6 address ends a visit over IPv6: whoever has IPv6 alone stands
there too, and the host is named. A redirect to an address that is not on the internet is refused.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from .host_addresses import HostBook
from .page_fetch import PAGE_BOUNDS, Bounds, Fetched, Page, fetch
from .polite_wire import Wire, family_of
from .website_names import NotAName, read_name

__all__ = ["Visit", "absolute", "visit"]

MOST_REDIRECTS = 8
_LONGEST_URL = 2048
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit over one family.

    Attributes
    ----------
    steps
        Every page on the way, the one asked for first; empty where there is no address.
    outcome
        Of the last step, or ``redirect-to-v4-only``, ``redirect-to-v6-only``,
        ``redirect-forbidden``, ``redirect-unresolved``, ``redirect-broken``, ``redirect-loop``.
    detail
        Where it ended: the host that stands in the way; hostile text.
    """

    family: int
    steps: tuple[Fetched, ...]
    outcome: str
    detail: str = ""

    @property
    def answered(self) -> bool:
        """Whether a page came at last."""
        return self.outcome == "answered"

    @property
    def last(self) -> Fetched:
        """The last step."""
        return self.steps[-1]


def absolute(base: str, reference: str) -> str:
    """Return where a reference on a page leads, "" where it leads to no website."""
    try:
        joined = urljoin(base, reference.strip())
        parts = urlsplit(joined)
        port = parts.port
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or len(joined) > _LONGEST_URL
        ):
            return ""
        try:
            host = str(ipaddress.ip_address(parts.hostname))
        except ValueError:
            host = read_name(parts.hostname).host
    except (ValueError, NotAName):
        return ""
    where = f"[{host}]" if ":" in host else host
    path = "".join(c if "!" <= c < "\x7f" else "" for c in parts.path) or "/"
    query = "".join(c for c in parts.query if "!" <= c < "\x7f")
    tail = f":{port}" if port is not None else ""
    return f"{parts.scheme}://{where}{tail}{path}" + (f"?{query}" if query else "")


async def _address(book: HostBook, host: str, family: int) -> tuple[str, str]:
    """Return an address of the family, or "" and why there is none."""
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        found = await book.find(host)
        mine, other = (found.ipv6, found.ipv4) if family == 6 else (found.ipv4, found.ipv6)
        if mine:
            return mine[0], ""
        if family == 6 and found.unusable:
            return "", "redirect-forbidden"
        if other:
            return "", "redirect-to-v4-only" if family == 6 else "redirect-to-v6-only"
        return "", "redirect-unresolved"
    if literal.version == family:
        return host, ""
    return "", "redirect-to-v4-only" if family == 6 else "redirect-to-v6-only"


async def visit(
    wire: Wire, book: HostBook, url: str, *, address: str, tls: ssl.SSLContext | None = None,
    bounds: Bounds = PAGE_BOUNDS, seen: Sequence[str] = (), first: Fetched | None = None,
) -> Visit:  # fmt: skip
    """Visit a page at an address, and wherever it sends on to, over the family of the address.

    Parameters
    ----------
    seen
        URLs at which the visit may end: another visit goes on from there.
    first
        The page asked for, where it was fetched already.
    """
    family = family_of(address)
    steps: list[Fetched] = []
    known = {url}
    while True:
        step, first = first or await fetch(wire, Page(url), address, tls=tls, bounds=bounds), None
        steps.append(step)
        if not step.answered:
            outcome = step.outcome
            if outcome == "forbidden" and len(steps) > 1:
                outcome = "redirect-forbidden"
            return Visit(family, tuple(steps), outcome, step.detail or address)
        location = step.headers.get("location", "")
        if step.status not in _REDIRECTS or not location:
            return Visit(family, tuple(steps), "answered")
        url = absolute(url, location)
        if not url:
            return Visit(family, tuple(steps), "redirect-broken", location[:200])
        if url in seen:
            return Visit(family, tuple(steps), "answered")
        if url in known or len(steps) > MOST_REDIRECTS:
            return Visit(family, tuple(steps), "redirect-loop", url)
        known.add(url)
        host = urlsplit(url).hostname or ""
        if host == steps[-1].page.host:
            continue
        address, why = await _address(book, host, family)
        if why:
            return Visit(family, tuple(steps), why, host)
