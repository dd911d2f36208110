"""The rig's own root zone, ``test.``, and the zones with something wrong below it."""

from __future__ import annotations

import base64
import hashlib
import ipaddress

from .addresses import CHILDREN, DEAD, LAME, NO_TCP, ROOTS, SERVERS, SERVERS_V4, SITES, TOP, ZONES

_HEAD = "$TTL 60\n@ SOA ns1.test. hostmaster.test. ( 1 3600 600 86400 60 )\n"


def _pair(name: str, last: int) -> str:
    return f"{name} A {SERVERS_V4}{last}\n{name} AAAA {SERVERS}{last}\n"


def _v4(name: str, last: int) -> str:
    return f"{name} A {SERVERS_V4}{last}\n"


def _servers_of(zone: str) -> tuple[str, str]:
    """Return the records of a zone's name servers, at the parent and in the zone itself."""
    first, second = f"ns1.{zone}.test.", f"ns2.{zone}.test."
    names = f"{zone}.test. NS {first}\n{zone}.test. NS {second}\n"
    one, two = CHILDREN
    both = names + _pair(first, one) + _pair(second, two)
    v4 = names + _v4(first, one) + _v4(second, two)
    alone = f"{zone}.test. NS {first}\n"
    match zone:
        case "ns4":
            return v4, v4
        case "onens":
            half = names + _pair(first, one) + _v4(second, two)
            return half, half
        case "bad-ipv6-ns":
            three = f"{zone}.test. NS good-ns1.{zone}.test.\n" + _pair(
                f"good-ns1.{zone}.test.", one
            )
            for k, last in enumerate(DEAD, 2):
                name = f"bad-ns{k}.{zone}.test."
                three += f"{zone}.test. NS {name}\n{_v4(name, two)}{name} AAAA {SERVERS}{last}\n"
            return three, three
        case "silent":
            dead = names
            for name, last in zip((first, second), DEAD, strict=True):
                dead += f"{_v4(name, one)}{name} AAAA {SERVERS}{last}\n"
            return dead, dead
        case "lame":
            return alone + _pair(first, LAME), ""
        case "notcp":
            return alone + _pair(first, NO_TCP), alone + _pair(first, NO_TCP)
        case "noglue":
            return v4, both
        case _:
            return both, both


def _pointer(address: str, name: str) -> str:
    return f"{ipaddress.ip_address(address).reverse_pointer}. PTR {name}\n"


def root_zone() -> str:
    """Return the root: its servers, ``test.``, RFC 7050's name, and a few reverse names."""
    text = _HEAD
    for letter, last in zip("ab", ROOTS, strict=True):
        text += f". NS {letter}.root.\n" + _pair(f"{letter}.root.", last)
    for k, last in enumerate(TOP, 1):
        text += f"test. NS ns{k}.test.\n" + _pair(f"ns{k}.test.", last)
        text += _pointer(f"{SERVERS}{last}", f"ns{k}.test.")
    text += "ipv4only.arpa. A 192.0.0.170\nipv4only.arpa. A 192.0.0.171\n"
    return text + _pointer(f"{SERVERS}25", "mail.test.")


def hints() -> str:
    """Return the root hints for a resolver."""
    return "".join(
        f". 3600000 NS {letter}.root.\n"
        f"{letter}.root. 3600000 A {SERVERS_V4}{last}\n{letter}.root. 3600000 AAAA {SERVERS}{last}\n"
        for letter, last in zip("ab", ROOTS, strict=True)
    )


def top_zone() -> str:
    """Return ``test.``: every website, mail, aliases, and the delegations."""
    text = _HEAD
    for k, last in enumerate(TOP, 1):
        text += f"@ NS ns{k}.test.\n" + _pair(f"ns{k}.test.", last)
    for site in SITES:
        text += "".join(f"{site.name} A {address}\n" for address in site.v4)
        text += "".join(f"{site.name} AAAA {address}\n" for address in site.v6)
    text += "good MX 10 mail.test.\nv4only MX 10 mail4.test.\ndiff MX 0 .\n"
    text += "www.good CNAME good\nloop-a CNAME loop-b\nloop-b CNAME loop-a\n"
    text += 'xn--fiq228c CNAME good\nnothing TXT "neither A nor AAAA"\n'
    return text + "".join(_servers_of(zone)[0] for zone in ZONES)


def _key_text(key: bytes) -> str:
    return base64.b64encode(b"\3\1\0\1" + key).decode()


def child_zones() -> dict[str, str]:
    """Return the zones below ``test.`` that have a server, by name."""
    found = {}
    for zone in ZONES:
        own = _servers_of(zone)[1]
        if own:
            found[f"{zone}.test"] = _HEAD + own + _pair("@", 80) + _pair("www", 80)
    found["big.test"] += "".join(f'text TXT "{str(k).zfill(3) * 80}"\n' for k in range(12))
    for k in range(6):  # as long as four keys of 2048 bits and two that are being rolled
        key = b"".join(hashlib.sha256(bytes([k, n])).digest() for n in range(8))
        found["big.test"] += f"@ DNSKEY 256 3 8 {_key_text(key)}\n"
    return found
