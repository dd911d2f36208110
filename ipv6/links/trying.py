"""Try the ways from a link: extension headers, hops, Packet Too Big, and a host's ports.

Only addresses that somebody named, and the router of the link itself, are sent to. Headers and
Packet Too Big go through the helper that may send packets; hops and ports need no right.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from ...probes.active.frames.messages import RouterAdvert
from ...probes.active.frames.passage import HeaderPassage, tell_too_big, try_headers
from ...probes.active.frames.tries import HEADERS
from ...probes.active.path import trace
from ...probes.safety import Target
from ...topology.errors import SurroundingsError, UsageError
from .heard import Heard, frames_heard

__all__ = ["USUAL_PORTS", "Ways", "try_the_ways", "ways_to"]

USUAL_PORTS = (22, 80, 443)
"""Of a host behind a link, where none are named."""

_MOST_TARGETS, _MOST_PORTS = 8, 20
_T = TypeVar("_T")
_NOTHING_HEARD = HeaderPassage({"plain": (0, 0)}, {})


@dataclass(frozen=True, slots=True)
class Ways:
    """Where to send, judged before anything is sent.

    Attributes
    ----------
    over_v6, over_v4
        Addresses, without zones.
    inbound, ports
        Host behind the link and where to knock; "" for none.
    too_big
        Whether the targets over IPv6 are hosts of one's own, to be told Packet Too Big.
    """

    over_v6: tuple[str, ...] = ()
    over_v4: tuple[str, ...] = ()
    inbound: str = ""
    ports: tuple[int, ...] = ()
    too_big: bool = False

    def __bool__(self) -> bool:
        """Whether anything was named."""
        return bool(self.over_v6 or self.over_v4 or self.inbound)


def ways_to(
    interface: str,
    *,
    targets: Iterable[str] = (),
    inbound: str = "",
    ports: Sequence[int] = (),
    too_big: bool = False,
) -> Ways:
    """Read what somebody named.

    Parameters
    ----------
    interface
        The only zone that a link-local address may have.
    targets
        IP literals, each of one host.
    inbound
        IPv6 literal of a host behind the link.

    Raises
    ------
    UsageError
        One is no address of a host elsewhere, there are too many, or an option lacks its target.
    """
    named = [_address(text, interface, "--target") for text in targets]
    over_v6 = tuple(str(one) for one in named if one.version == 6)
    over_v4 = tuple(str(one) for one in named if one.version == 4)
    if len(named) > _MOST_TARGETS:
        raise UsageError(f"{len(named)} targets are too many; name at most {_MOST_TARGETS}")
    if too_big and not over_v6:
        raise UsageError("--too-big needs --target with the IPv6 address of a host of your own")
    if ports and not inbound:
        raise UsageError("--port needs --inbound with the host to knock at")
    if len(ports) > _MOST_PORTS or any(not 1 <= port <= 65_535 for port in ports):
        raise UsageError(f"ports are 1 to 65535, {_MOST_PORTS} at most")
    host = _address(inbound, interface, "--inbound") if inbound else None
    if host is not None and host.version != 6:
        raise UsageError(f"--inbound is {inbound!r}; L14 is about IPv6, give such an address")
    return Ways(
        over_v6=tuple(dict.fromkeys(over_v6)),
        over_v4=tuple(dict.fromkeys(over_v4)),
        inbound=str(host) if host else "",
        ports=tuple(dict.fromkeys(ports or USUAL_PORTS)) if host else (),
        too_big=too_big,
    )


def _address(
    text: str, interface: str, option: str
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    bare, percent, zone = text.partition("%")
    try:
        one = ipaddress.ip_address(bare)
    except ValueError:
        raise UsageError(f"{option} is {text!r}; give an IP address, not a name") from None
    if percent and (zone != interface or not one.is_link_local):
        raise UsageError(
            f"{option} is {text!r}; only a link-local address has the zone {interface}"
        )
    mapped = isinstance(one, ipaddress.IPv6Address) and one.ipv4_mapped is not None
    if one.is_multicast or one.is_loopback or one.is_unspecified or mapped:
        raise UsageError(f"{option} is {text!r}, which is no address of one host elsewhere")
    return one


def try_the_ways(heard: Heard, interface: str, ways: Ways, *, seconds: float = 2.0) -> Heard:
    """Return what was heard of a link together with what the ways from it let through.

    Parameters
    ----------
    heard
        Of asking the link: where no target over IPv6 is named, its routers are taken for headers.
    ways
        As :func:`ways_to` reads them.
    seconds
        How long to wait for each answer.

    Raises
    ------
    MissingExtraError
        scapy is not installed.
    """
    began = time.monotonic()
    routers = sorted({one.router for one in heard.of(RouterAdvert) if one.from_this_link})
    targets = ways.over_v6 or tuple(routers[:_MOST_TARGETS])
    asked = [f"header-echoes {target}" for target in targets]
    passages = {target: _headers(target, interface, seconds) for target in targets}
    frames: list[tuple[float, bytes]] = []
    if ways.too_big:
        for target in ways.over_v6:
            asked.append(f"too-big {target}")
            at_s = time.time()
            told = _without_way(partial(tell_too_big, target, interface, seconds=seconds))
            frames += [(at_s + delay, frame) for delay, frame in told or ()]
    further = frames_heard(frames, subject=heard.subject, vantage=heard.vantage)
    hops = None
    if ways.over_v6 and ways.over_v4:
        ends = (ways.over_v4[0], ways.over_v6[0])
        asked += [f"trace {end}" for end in ends]
        with ThreadPoolExecutor(2) as pool:
            over_v4, over_v6 = pool.map(lambda end: _hops(end, interface), ends)
        hops = (over_v4, over_v6)
    inbound, alive = None, None
    if ways.inbound:
        asked += [f"tcp {ways.inbound} {port}" for port in ways.ports]
        with ThreadPoolExecutor(len(ways.ports)) as pool:
            words = pool.map(
                lambda port: _knock(ways.inbound, port, interface, seconds), ways.ports
            )
        inbound = dict(zip(ways.ports, words, strict=True))
        if set(inbound.values()) == {"silent"}:
            # Of a host that is off, silence proves nothing; echoes pass filters (RFC 4890, 4.3.1).
            asked.append(f"echo {ways.inbound}")
            plain = _headers(ways.inbound, interface, seconds, ("plain",))
            alive = plain.answered_of_tried["plain"][0] > 0
    return replace(
        heard,
        messages=heard.messages + further.messages,
        packets=heard.packets + further.packets,
        frames=heard.frames + further.frames,
        unreadable=heard.unreadable + further.unreadable,
        asked=heard.asked | frozenset(asked),
        passages=passages,
        hops=hops,
        inbound=inbound,
        inbound_answers_echo=alive,
        duration_s=heard.duration_s + time.monotonic() - began,
    )


def _without_way(ask: Callable[[], _T]) -> _T | None:
    """Return an answer, or None where this machine has no way to the target."""
    try:
        return ask()
    except SurroundingsError:  # the link was asked before, so that rights and interface are there
        return None


def _headers(
    target: str, interface: str, seconds: float, headers: tuple[str, ...] = HEADERS
) -> HeaderPassage:
    found = _without_way(lambda: try_headers(target, interface, headers=headers, seconds=seconds))
    return found or _NOTHING_HEARD


def _zoned(address: str, interface: str) -> str:
    return f"{address}%{interface}" if ipaddress.ip_address(address).is_link_local else address


def _hops(address: str, interface: str) -> int | None:
    """Return how far a target is, None where it is not reached."""
    target = Target(_zoned(address, interface), address)
    way = _without_way(lambda: trace(target, silent=4)) or []
    reached = bool(way) and (way[-1].kind == "port" or address in way[-1].addresses)
    return way[-1].hops if reached else None


def _knock(address: str, port: int, interface: str, seconds: float) -> str:
    """Return what a connection that nobody asked for meets."""
    zone = socket.if_nametoindex(interface) if ipaddress.ip_address(address).is_link_local else 0
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
        sock.settimeout(seconds)
        try:
            sock.connect((address, port, 0, zone))
        except TimeoutError:
            return "silent"
        except ConnectionRefusedError:
            return "refused"
        except PermissionError:  # ICMPv6 1/1, 1/5: a filter that says so
            return "prohibited"
        except OSError:  # no route, or nobody there
            return "unreachable"
    return "open"
