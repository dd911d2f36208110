"""The process with the right to send and hear whole frames: it has no other, and few words.

It is started by :mod:`.link`, gives up everything but CAP_NET_RAW, and then answers JSON lines on
stdin with JSON lines on stdout. A question is one of :data:`QUESTIONS`; none of them changes
anything on the network: nothing is leased, no address is claimed, and the general queries of MLD
and IGMP come from addresses that cannot win an election of queriers. Or it is one of
:data:`~.tries.TRIES` towards a target; of those ``too-big`` leaves a trace: its target sends us
smaller packets for some minutes.
"""

from __future__ import annotations

import base64
import ctypes
import ipaddress
import json
import os
import re
import secrets
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .tries import TRIES, Try

__all__ = ["QUESTIONS", "main"]

_CAP_NET_RAW = 13
_MOST_FRAMES, _MOST_BYTES = 2000, 4_000_000
_INTERFACE = re.compile(r"[A-Za-z0-9._@-]{1,15}")
_SOL_PACKET, _ADD_MEMBERSHIP, _MULTICAST = 263, 1, 0  # <linux/if_packet.h>
_LLDP_GROUP = bytes.fromhex("0180c200000e")
_IPV6 = 0x86DD
_GAP_S = 0.02  # between packets that try a way: no queue overflows, and rate limits let them by


def _give_up_rights() -> None:
    """Keep CAP_NET_RAW alone, as nobody where we were root, and never gain a right again."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(65_534, 65_534, 65_534)
        os.setresuid(65_534, 65_534, 65_534)
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    mask = 1 << _CAP_NET_RAW
    data = struct.pack("=6I", mask, mask, 0, 0, 0, 0)
    libc.capset(header, data)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


def _link_local(interface: str) -> str:
    """Return our link-local address on an interface, from the kernel's table."""
    # Bytes, since nobody may read the codecs of an interpreter that is root's.
    for line in Path("/proc/net/if_inet6").read_bytes().splitlines():
        raw, _, _, scope, _, name = line.decode().split()
        if name == interface and scope == "20":
            return str(ipaddress.IPv6Address(bytes.fromhex(raw)))
    raise ValueError(f"{interface} has no IPv6 link-local address")


def _is_icmpv6(frame: bytes, *kinds: int) -> bool:
    return len(frame) > 54 and frame[20] == 58 and frame[54] in kinds


def _is_mld(frame: bytes) -> bool:
    """Whether a frame is an MLD report, which stands behind a hop-by-hop header."""
    return len(frame) > 62 and frame[20] == 0 and frame[54] == 58 and frame[62] in (131, 143)


def _solicited(address: str) -> tuple[str, str]:
    """Return the solicited-node group of an address and its MAC (RFC 4291, RFC 2464)."""
    raw = ipaddress.IPv6Address(address).packed
    group = bytes.fromhex("ff0200000000000000000001ff") + raw[13:]
    return str(ipaddress.IPv6Address(group)), "33:33:" + group[12:].hex(":")


def _router_solicit(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    del options
    from scapy.layers.inet6 import ICMPv6ND_RS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import Ether

    packet = (
        Ether(src=mac, dst="33:33:00:00:00:02")
        / IPv6(src=_link_local(interface), dst="ff02::2", hlim=255)
        / ICMPv6ND_RS()
        / ICMPv6NDOptSrcLLAddr(lladdr=mac)
    )
    return packet, lambda frame: _is_icmpv6(frame, 134), 0x86DD


def _neighbour_solicit(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import Ether

    address = str(ipaddress.IPv6Address(options["address"]))
    group, group_mac = _solicited(address)
    ours = _link_local(interface)
    packet = (
        Ether(src=mac, dst=group_mac)
        / IPv6(src=ours, dst=group, hlim=255)
        / ICMPv6ND_NS(tgt=address)
        / ICMPv6NDOptSrcLLAddr(lladdr=mac)
    )
    return packet, lambda frame: _is_icmpv6(frame, 136), 0x86DD


def _duplicate_check(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    """Ask as duplicate address detection does (RFC 4862, section 5.4), claiming nothing."""
    del interface
    from scapy.layers.inet6 import ICMPv6ND_NS, IPv6
    from scapy.layers.l2 import Ether

    address = str(ipaddress.IPv6Address(options["address"]))
    group, group_mac = _solicited(address)
    packet = (
        Ether(src=mac, dst=group_mac)
        / IPv6(src="::", dst=group, hlim=255)
        / ICMPv6ND_NS(tgt=address)
    )
    return packet, lambda frame: _is_icmpv6(frame, 136), 0x86DD


def _dhcpv6_solicit(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    from scapy.layers.dhcp6 import (
        DUID_LL,
        DHCP6_Solicit,
        DHCP6OptClientId,
        DHCP6OptElapsedTime,
        DHCP6OptIA_NA,
        DHCP6OptIA_PD,
        DHCP6OptOptReq,
    )
    from scapy.layers.inet import UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether

    identity = int.from_bytes(secrets.token_bytes(3))
    packet = (
        Ether(src=mac, dst="33:33:00:01:00:02")
        / IPv6(src=_link_local(interface), dst="ff02::1:2", hlim=1)
        / UDP(sport=546, dport=547)
        / DHCP6_Solicit(trid=identity)
        / DHCP6OptClientId(duid=DUID_LL(lladdr=mac))
        / DHCP6OptElapsedTime()
        / DHCP6OptOptReq(reqopts=[23, 24])
        / DHCP6OptIA_NA(iaid=1)
    )
    if options.get("delegation", True):
        packet = packet / DHCP6OptIA_PD(iaid=2)

    def mine(frame: bytes) -> bool:
        return (
            len(frame) > 66
            and frame[20] == 17
            and frame[54:58] == b"\x02\x23\x02\x22"
            and frame[62] == 2
            and int.from_bytes(frame[63:66]) == identity
        )

    return packet, mine, 0x86DD


def _mld_query(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    del options
    from scapy.layers.inet6 import ICMPv6MLQuery2, IPv6, IPv6ExtHdrHopByHop, RouterAlert
    from scapy.layers.l2 import Ether

    # The lowest address wins an election (RFC 3810, section 7.6.2); ours is what it is, so that
    # the shortest response time is asked for and no state is left behind.
    packet = (
        Ether(src=mac, dst="33:33:00:00:00:01")
        / IPv6(src=_link_local(interface), dst="ff02::1", hlim=1)
        / IPv6ExtHdrHopByHop(options=[RouterAlert()])
        / ICMPv6MLQuery2(mladdr="::", mrd=1000)
    )
    return packet, _is_mld, 0x86DD


def _igmp_query(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    del interface, options
    from scapy.layers.inet import IP, IPOption_Router_Alert
    from scapy.layers.l2 import Ether
    from scapy.packet import Raw

    # A general query of IGMPv3 (RFC 3376, section 4.1), answered within a second.
    query = bytes.fromhex("110aec78 00000000 027d0000")
    # Source 0.0.0.0 never wins the election of queriers (RFC 4541, section 2.1.1).
    packet = (
        Ether(src=mac, dst="01:00:5e:00:00:01")
        / IP(
            src="0.0.0.0",  # noqa: S104
            dst="224.0.0.1",
            ttl=1,
            tos=0xC0,
            proto=2,
            options=[IPOption_Router_Alert()],
        )
        / Raw(query)
    )
    return packet, lambda frame: len(frame) > 34 and frame[23] == 2, 0x0800


def _lldp_listen(interface: str, mac: str, options: dict[str, Any]) -> tuple[Any, Any, int]:
    del interface, mac, options
    return None, lambda frame: frame[12:14] == b"\x88\xcc", 0x88CC


QUESTIONS: dict[str, Callable[[str, str, dict[str, Any]], tuple[Any, Any, int]]] = {
    "router-solicit": _router_solicit,
    "neighbour-solicit": _neighbour_solicit,
    "duplicate-check": _duplicate_check,
    "dhcpv6-solicit": _dhcpv6_solicit,
    "mld-query": _mld_query,
    "igmp-query": _igmp_query,
    "lldp-listen": _lldp_listen,
}
"""What can be asked; each gives the frame to send, which frames answer it, and their type."""


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    interface, question = str(request["interface"]), str(request["question"])
    seconds = min(max(float(request["seconds"]), 0.05), 65.0)
    if not _INTERFACE.fullmatch(interface) or question not in QUESTIONS.keys() | TRIES.keys():
        raise ValueError("no such question or interface name")
    if question in TRIES:
        return _tried(interface, question, seconds, request)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        index = socket.if_nametoindex(interface)
        sock.bind((interface, 0))
        mac = sock.getsockname()[4]
        packet, wanted, ethertype = QUESTIONS[question](interface, mac.hex(":"), request)
        if question == "lldp-listen":
            membership = struct.pack("=iHH8s", index, _MULTICAST, 6, _LLDP_GROUP)
            sock.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, membership)
        sock.bind((interface, ethertype))
        # The address of a sent frame is the kernel's business: ETH_P in network order is in bind.
        start = time.monotonic()
        if packet is not None:
            sock.send(bytes(packet))
        frames: list[tuple[float, str]] = []
        size = 0
        while (left := start + seconds - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                frame, address = sock.recvfrom(65_536)
            except TimeoutError:
                break
            if address[2] == 4 or not wanted(frame):  # PACKET_OUTGOING: our own
                continue
            size += len(frame)
            frames.append((time.monotonic() - start, base64.b64encode(frame).decode("ascii")))
            if len(frames) >= _MOST_FRAMES or size > _MOST_BYTES:
                break
    return {"frames": frames}


def _tried(
    interface: str, question: str, seconds: float, request: dict[str, Any]
) -> dict[str, Any]:
    """Send packets towards a target as the kernel routes them, and hear what carries the token."""
    target = str(ipaddress.IPv6Address(request["target"]))
    index = socket.if_nametoindex(interface)
    place = (target, 0, 0, index)
    name = interface.encode() + b"\0"
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as chooser,
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as ear,
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW) as mouth,
    ):
        for sock in (chooser, mouth):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
        chooser.connect((target, 9, 0, index))
        source = str(chooser.getsockname()[0]).partition("%")[0]
        one = TRIES[question](source, target, request)
        ear.bind((interface, _IPV6))
        start = time.monotonic()
        for packet in one.opening:
            mouth.sendto(packet, place)
            time.sleep(_GAP_S)
        # All have gone: the time to listen begins.
        until = time.monotonic() + seconds
        return {"frames": _heard(ear, mouth, place, one, start, until)}


def _heard(
    ear: socket.socket,
    mouth: socket.socket,
    place: tuple[str, int, int, int],
    one: Try,
    start: float,
    until: float,
) -> list[tuple[float, str]]:
    """Return the frames that carry the token, and after each what was sent because of it."""
    frames: list[tuple[float, str]] = []

    def keep(frame: bytes) -> None:
        frames.append((time.monotonic() - start, base64.b64encode(frame).decode("ascii")))

    while (left := until - time.monotonic()) > 0 and len(frames) < _MOST_FRAMES:
        ear.settimeout(left)
        try:
            frame, address = ear.recvfrom(65_536)
        except TimeoutError:
            break
        if address[2] == 4 or one.token not in frame:  # PACKET_OUTGOING: our own
            continue
        keep(frame)
        for packet in one.follow(frame):
            mouth.sendto(packet, place)
            keep(bytes(12) + _IPV6.to_bytes(2) + packet)
            time.sleep(_GAP_S)
    return frames


def main() -> None:
    """Answer questions until stdin ends."""
    import scapy.layers.dhcp6
    import scapy.layers.inet
    import scapy.layers.inet6  # noqa: F401 - before the rights to read them are gone

    _give_up_rights()
    for line in sys.stdin:
        try:
            reply = _answer(json.loads(line))
        except PermissionError:
            reply = {"error": "permission"}
        except (OSError, ValueError, KeyError, TypeError) as error:
            reply = {"error": str(error) or type(error).__name__}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
