"""Which addresses probes may send to: networks that the project names, and nothing else.

A name is resolved once and what is contacted is the address that was judged, so that a name
server cannot change its mind in between. An address that carries another one (IPv4-mapped, NAT64,
6to4, Teredo) is judged by the one it leads to, since that is where the packet goes.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...topology.errors import InputError, SettingError, SurroundingsError, UsageError

__all__ = ["AllowedNetworks", "Target"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, well-known prefix
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215
_ZONE = re.compile(r"[A-Za-z0-9._-]{1,32}")
_NAME = re.compile(r"(?=.{1,253}\.?$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?)+")
_TRIES = 16  # addresses of one name that are looked at

# What no probe is meant for, unless a network of the list lies within it.
_SPECIAL: tuple[tuple[str, Network], ...] = tuple(
    (words, ipaddress.ip_network(text))
    for words, text in (
        ("of this host (loopback)", "127.0.0.0/8"),
        ("of this host (loopback)", "::1/128"),
        ("link-local, where clouds keep their metadata", "169.254.0.0/16"),
        ("link-local", "fe80::/10"),
        ("multicast", "224.0.0.0/4"),
        ("multicast", "ff00::/8"),
        ("reserved or broadcast", "240.0.0.0/4"),
        ("of no host", "0.0.0.0/8"),
        ("of no host", "::/128"),
        ("of a cloud's metadata service", "fd00:ec2::254/128"),
    )
)

Resolver = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was judged and may be contacted.

    Attributes
    ----------
    address
        IP literal, with its zone where it is link-local.
    name
        What was asked for.
    """

    address: str
    name: str

    @property
    def family(self) -> socket.AddressFamily:
        """Address family of the literal."""
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET


def _resolve(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise SurroundingsError(
            f"the name {name!r} cannot be resolved: {error}; check it, or give the address"
        ) from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _leads_to(address: Address) -> tuple[Address, ...]:
    """Return every address that a packet to this one may end at, itself included."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    inner: list[Address] = []
    number = int(address)
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    elif address in _NAT64_LOCAL:  # prefixes of 48 to 96 bits are possible: judge each reading
        raw = address.packed
        for at in (6, 7, 8, 9, 12):
            octets = bytes(raw[k] for k in range(at, 16) if k != 8)[:4] if at < 12 else raw[12:]
            if len(octets) == 4:
                inner.append(ipaddress.IPv4Address(octets))
    elif address.sixtofour is not None:
        inner.append(address.sixtofour)
    elif address.teredo is not None:
        inner.extend(address.teredo)
    elif number >> 32 == 0 and number > 1:  # ::a.b.c.d, long deprecated (RFC 4291, 2.5.5.1)
        inner.append(ipaddress.IPv4Address(number))
    return (address, *inner) if inner else (address,)


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    """The networks that a project lets its probes touch.

    Attributes
    ----------
    networks
        As read by :meth:`of`; empty allows nothing.
    """

    networks: tuple[Network, ...]

    @staticmethod
    def of(texts: Iterable[str], *, setting: str = "probes.networks") -> AllowedNetworks:
        """Read networks in CIDR form; a bare address is a network of one.

        Raises
        ------
        SettingError
            One is no network, or has bits beyond its prefix.
        """
        found: list[Network] = []
        for text in texts:
            try:
                found.append(ipaddress.ip_network(text))
            except (ValueError, TypeError):
                raise SettingError(
                    f"{setting} holds {text!r}, which is no network; write one as 10.20.0.0/16 or "
                    "2001:db8:110::/48, with no bits beyond the prefix"
                ) from None
        return AllowedNetworks(tuple(found))

    def __contains__(self, address: object) -> bool:
        """Whether the address itself lies in one of the networks."""
        return any(
            isinstance(address, type(network.network_address)) and address in network
            for network in self.networks
        )

    def refusal(self, literal: str) -> str | None:
        """Return why an IP literal may not be contacted, None when it may.

        Raises
        ------
        UsageError
            It is no IP literal.
        """
        bare, percent, zone = literal.partition("%")
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            raise UsageError(f"{literal!r} is no IP address") from None
        if percent and not (address.is_link_local and _ZONE.fullmatch(zone)):
            return "a zone belongs to link-local addresses only and names an interface, as in %eth0"
        if isinstance(address, ipaddress.IPv6Address) and address.is_link_local and not zone:
            return "a link-local address needs its interface, as in fe80::1%eth0"
        for end in _leads_to(address):
            over = "" if end == address else f" (the packet ends at {end})"
            for words, special in _SPECIAL:
                if isinstance(end, type(special.network_address)) and end in special:
                    if not self._names_within(special, end):
                        return (
                            f"it is {words}{over}, and the list names no network within {special}"
                        )
                    break
            if end not in self:
                return f"it is in none of the allowed networks{over}"
        return None

    def _names_within(self, special: Network, address: Address) -> bool:
        """Whether a network of the list lies within a special one and holds the address."""
        return any(
            isinstance(address, type(network.network_address))
            and address in network
            and network.prefixlen >= special.prefixlen
            for network in self.networks
        )

    def permit(self, host: str, *, resolve: Resolver = _resolve) -> Target:
        """Return the address to contact for a host, once judged.

        Parameters
        ----------
        host
            IP literal (IPv6 with or without brackets) or name.
        resolve
            Gives the addresses of a name.

        Raises
        ------
        UsageError
            It is neither an address nor a name.
        InputError
            No address of it may be contacted; the message says why.
        SurroundingsError
            The name cannot be resolved.
        """
        text = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
        try:
            ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            if not _NAME.fullmatch(text) or text.replace(".", "").isdigit():
                raise UsageError(
                    f"{host!r} is neither an IP address nor a host name; write 10.20.0.1, "
                    "2001:db8::1 or olt1.example"
                ) from None
            literals = resolve(text)[:_TRIES]
        else:
            literals = [text]
        reasons = []
        for literal in literals:
            reason = self.refusal(literal)
            if reason is None:
                return Target(literal, host)
            reasons.append(f"{literal}: {reason}")
        listed = ", ".join(map(str, self.networks)) or "none"
        raise InputError(
            f"{host!r} may not be probed ({'; '.join(reasons) or 'it has no address'}); allowed "
            f"networks: {listed}. Add its network to networks in [probes] of ngbw.toml"
        )
