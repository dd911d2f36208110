"""Where the chain of names begins: the root's name servers, or those of a closed network.

The list is that of IANA's named.root (2023-11-28 and later: b.root-servers.net moved then).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from ...topology.errors import FileError, MissingError
from .dns_wire import canonical

__all__ = ["ROOT_SERVERS", "NameServer", "read_root_hints"]

_MOST_OCTETS = 100_000


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server of a zone, with what is known of its addresses.

    Attributes
    ----------
    host
        Its name, in canonical form.
    ipv4, ipv6
        Addresses; empty where none were given with the name.
    """

    host: str
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()

    def addresses(self, family: int) -> tuple[str, ...]:
        """Return the addresses of one family, 4 or 6."""
        return self.ipv6 if family == 6 else self.ipv4


ROOT_SERVERS = tuple(
    NameServer(f"{letter}.root-servers.net.", (ipv4,), (ipv6,))
    for letter, ipv4, ipv6 in (
        ("a", "198.41.0.4", "2001:503:ba3e::2:30"),
        ("b", "170.247.170.2", "2801:1b8:10::b"),
        ("c", "192.33.4.12", "2001:500:2::c"),
        ("d", "199.7.91.13", "2001:500:2d::d"),
        ("e", "192.203.230.10", "2001:500:a8::e"),
        ("f", "192.5.5.241", "2001:500:2f::f"),
        ("g", "192.112.36.4", "2001:500:12::d0d"),
        ("h", "198.97.190.53", "2001:500:1::53"),
        ("i", "192.36.148.17", "2001:7fe::53"),
        ("j", "192.58.128.30", "2001:503:c27::2:30"),
        ("k", "193.0.14.129", "2001:7fd::1"),
        ("l", "199.7.83.42", "2001:500:9f::42"),
        ("m", "202.12.27.33", "2001:dc3::35"),
    )
)


def read_root_hints(path: Path) -> tuple[NameServer, ...]:
    """Read root hints in the form of named.root: ``NAME TTL A ADDRESS``, ``... AAAA ADDRESS``.

    Raises
    ------
    MissingError
        The file does not exist.
    FileError
        It cannot be read as hints, or names no server with an address.
    """
    try:
        if path.stat().st_size > _MOST_OCTETS:
            raise FileError(f"{path} is too large for root hints; give a file as named.root")
        text = path.read_text("ascii")
    except FileNotFoundError:
        raise MissingError(f"the root hints {path} do not exist; check the name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read as root hints: {error}") from None
    found: dict[str, tuple[list[str], list[str]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.partition(";")[0].split()
        if not fields or "NS" in (field.upper() for field in fields):
            continue
        kind, literal = fields[-2].upper() if len(fields) > 2 else "", fields[-1]
        try:
            address = ipaddress.ip_address(literal)
        except ValueError:
            address = None
        if address is None or kind != ("AAAA" if address.version == 6 else "A"):
            raise FileError(
                f"{path}, line {number} is {line.strip()[:80]!r}; write NAME TTL A ADDRESS or "
                "NAME TTL AAAA ADDRESS"
            )
        pair = found.setdefault(canonical(fields[0]), ([], []))
        pair[address.version == 6].append(str(address))
    if not found:
        raise FileError(f"{path} names no server with an address; give a file as named.root")
    return tuple(NameServer(host, tuple(v4), tuple(v6)) for host, (v4, v6) in found.items())
