"""Ask a link: its routers, servers, listeners and neighbours, and the resolvers it announces.

Frames are sent by the helper process that has the right to and no other
(:mod:`ngbw.probes.active.frames`); nothing is leased, claimed or changed.
"""

from __future__ import annotations

import ipaddress
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ...probes.active.frames.link import LinkAnswer, ask_link
from ...probes.active.frames.messages import (
    DhcpMessage,
    Message,
    NeighbourAdvert,
    RouterAdvert,
)
from ...probes.active.name_servers import ask_name_server
from ...probes.safety import Target
from .heard import Heard
from .resolvers import dns64_prefix

__all__ = ["ask_the_link"]

_QUESTIONS = ("router-solicit", "dhcpv6-solicit", "mld-query")
_MOST_ASKED = 8  # of routers, own addresses and resolvers: a link has few


def _own_addresses(interface: str) -> list[str]:
    """Return this machine's addresses on an interface, from the kernel's table."""
    found = []
    for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
        raw, _, _, _, _, name = line.split()
        if name == interface:
            found.append(str(ipaddress.IPv6Address(bytes.fromhex(raw))))
    return found


def _mtu_bytes(interface: str) -> int | None:
    """Return the MTU of an interface (SIOCGIFMTU, netdevice(7))."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        try:
            reply = fcntl.ioctl(sock.fileno(), 0x8921, struct.pack("16s16x", interface.encode()))
        except OSError:
            return None
    return int(struct.unpack_from("=i", reply, 16)[0])


def _may_ask(address: str) -> bool:
    """Whether an announced resolver may be asked: a link could announce this machine's insides."""
    one = ipaddress.IPv6Address(address)
    return not (
        one.is_loopback or one.is_multicast or one.is_unspecified or one.ipv4_mapped is not None
    )


def ask_the_link(
    interface: str, *, subject: str, vantage: str, seconds: float = 2.0, now_s: float
) -> Heard:
    """Return what a link answers within some seconds for each question.

    Parameters
    ----------
    interface
        On this machine.
    now_s
        Unix time of beginning.

    Raises
    ------
    UsageError
        The interface's name or the seconds are impossible.
    SurroundingsError
        This user may not send frames, or there is no such interface.
    """
    began = time.monotonic()
    messages: list[tuple[float, Message]] = []
    unreadable = 0

    def keep(answer: LinkAnswer, at_s: float) -> None:
        nonlocal unreadable
        messages.extend((at_s + delay, one) for delay, one in answer.messages)
        unreadable += answer.unreadable

    with ThreadPoolExecutor(len(_QUESTIONS)) as pool:
        first = pool.map(lambda q: ask_link(q, interface, seconds=seconds), _QUESTIONS)
        for answer in first:
            keep(answer, now_s)
        routers = sorted({one.router for _, one in messages if isinstance(one, RouterAdvert)})
        own = _own_addresses(interface)[:_MOST_ASKED]
        asked = [("neighbour-solicit", address) for address in routers[:_MOST_ASKED]]
        asked += [("duplicate-check", address) for address in own]
        wait_s = min(seconds, 1.5)
        answers = list(
            pool.map(lambda q: ask_link(q[0], interface, address=q[1], seconds=wait_s), asked)
        )
    answer_s: dict[str, float | None] = {}
    conflicts: list[str] = []
    for (question, address), answer in zip(asked, answers, strict=True):
        unreadable += answer.unreadable
        owners = [
            (delay, one)
            for delay, one in answer.messages
            if isinstance(one, NeighbourAdvert) and one.target == address
        ]
        if question == "neighbour-solicit":
            answer_s[address] = owners[0][0] if owners else None
        else:
            conflicts += [f"{address} {one.mac}" for _, one in owners]
    servers = {
        server
        for _, one in messages
        if isinstance(one, RouterAdvert | DhcpMessage)
        for server in one.name_servers
        if _may_ask(server)
    }
    resolvers, prefixes = _ask_resolvers(sorted(servers)[:_MOST_ASKED], interface)
    heard = Heard(
        subject=subject,
        vantage=vantage,
        began_s=now_s,
        messages=tuple(messages),
        asked=frozenset((*_QUESTIONS, *(f"{question} {address}" for question, address in asked))),
        answer_s=answer_s,
        conflicts=tuple(conflicts),
        resolver_answers=resolvers or None,
        dns64_prefixes=prefixes,
        link_mtu_bytes=_mtu_bytes(interface),
        frames=len(messages) + unreadable,
        unreadable=unreadable,
    )
    return replace(heard, duration_s=time.monotonic() - began)


def _ask_resolvers(
    servers: list[str], interface: str
) -> tuple[dict[str, bool], tuple[str, ...] | None]:
    """Return which resolvers answer, and the prefixes with which they make up addresses."""
    answers: dict[str, bool] = {}
    prefixes: set[str] = set()
    for server in servers:
        place = f"{server}%{interface}" if server.startswith("fe80:") else server
        answer = ask_name_server(Target(server, place), "ipv4only.arpa", "AAAA", timeout_s=2.0)
        answers[server] = answer.resolved
        prefixes.update(p for r in answer.records if (p := dns64_prefix(r)) is not None)
    return answers, tuple(sorted(prefixes)) if any(answers.values()) else None
