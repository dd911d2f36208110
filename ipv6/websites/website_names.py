"""What people write for a website, as the name that is asked for.

A name in Chinese becomes its A-labels as browsers make them (UTS 46 with IDNA 2008). An address is
no name: it belongs to one family and says nothing about the other.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...topology.errors import MissingExtraError

__all__ = ["NotAName", "WebsiteName", "read_name"]

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_LONGEST = 253
_MOST_SHOWN = 120


class NotAName(ValueError):  # noqa: N818 - it is a finding about the website
    """What was given is not the name of a website.

    Attributes
    ----------
    reason
        ``bad-name`` or ``address-for-name``.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail[:_MOST_SHOWN]
        super().__init__(f"{reason}: {self.detail}")


@dataclass(frozen=True, slots=True)
class WebsiteName:
    """A website's name.

    Attributes
    ----------
    given
        As written.
    host
        As asked for: A-labels in lower case, without a final dot.
    path
        Of the page that is looked at.
    """

    given: str
    host: str
    path: str = "/"


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        import idna
    except ImportError:
        raise MissingExtraError("names that are not in ASCII", "probes") from None
    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise NotAName("bad-name", str(error)) from None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return bool(re.fullmatch(r"[0-9.]+", host))  # 127.1 is an address to a C library
    return True


def read_name(given: str) -> WebsiteName:
    """Read what was written for a website: a name, or a URL.

    Raises
    ------
    NotAName
        It is an address, with or without a zone, or no name at all.
    MissingExtraError
        The name is not in ASCII and the part that reads such names is not installed.
    """
    text = given.strip()
    path = "/"
    if "://" in text:
        try:
            parts = urlsplit(text)
            _port = parts.port
        except ValueError as error:
            raise NotAName("bad-name", str(error)) from None
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or parts.username or parts.password:
            raise NotAName("bad-name", "not a URL of the form https://HOST/PATH")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not path.isascii() or not path.isprintable() or " " in path:
            raise NotAName("bad-name", "the path has characters that a request cannot carry")
    else:
        host = text.removeprefix("[").removesuffix("]")
    host = host.replace("\u3002", ".").removesuffix(".")  # the full stop of Chinese keyboards
    if _is_address(host):
        raise NotAName("address-for-name", host)
    ascii_host = _ascii(host)
    labels = ascii_host.split(".")
    if len(ascii_host) > _LONGEST or len(labels) < 2:
        raise NotAName("bad-name", host or "nothing was given")
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise NotAName("bad-name", f"the label {label!r}")
        if label.startswith("xn--"):
            try:
                label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                raise NotAName("bad-name", f"the label {label!r} is no punycode") from None
    return WebsiteName(given, ascii_host, path)
