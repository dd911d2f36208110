"""What gets through: L10 extension headers, L11 hops, L12 Packet Too Big, L14 from outside.

They are judged from captures of tries and from tries of one's own (:mod:`.trying`) alike; nothing
here sends.
"""

from __future__ import annotations

from ...probes.active.frames.messages import Echo, PacketError
from ...probes.active.frames.packets import Packet
from ..evidence import Evidence
from ..verdicts import Verdict
from .heard import Heard

__all__ = ["extension_headers", "hops", "inbound", "too_big"]

_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_REACHED = frozenset(("open", "refused"))
_MOST_LONGER = 3  # hops that two families may differ without a detour


def extension_headers(heard: Heard) -> Evidence:
    """Judge L10: what begins with an extension header is answered like what is plain."""
    tries: dict[tuple[str, str, int, int], str] = {}
    answered: set[tuple[str, str, int, int]] = set()
    for _, packet in heard.packets:
        ports = _ports(packet)
        if ports is None:
            continue
        sender, receiver, flags = *ports, packet.body[13]
        if flags & _SYN and not flags & _ACK:
            kind = packet.extensions[0].kind if packet.extensions else "plain"
            tries[packet.source, packet.target, sender, receiver] = kind
        elif flags & (_SYN | _RST) and flags & (_ACK | _RST):
            answered.add((packet.target, packet.source, receiver, sender))
    rates: dict[str, dict[str, list[int]]] = {}
    for flow, kind in tries.items():
        rate = rates.setdefault(flow[1], {}).setdefault(kind, [0, 0])
        rate[0] += flow in answered
        rate[1] += 1
    refused: dict[str, dict[str, tuple[str, ...]]] = {}
    for target, passage in (heard.passages or {}).items():
        for kind, (replies, sent) in passage.answered_of_tried.items():
            rate = rates.setdefault(target, {}).setdefault(kind, [0, 0])
            rate[0] += replies
            rate[1] += sent
        if passage.refused_by:
            refused[target] = passage.refused_by
    tried = {
        target: row
        for target, row in rates.items()
        if set(row) - {"plain"} or target in (heard.passages or {})
    }
    if not tried:
        return heard.row("L10", Verdict.UNKNOWN, "not-tried")
    told = {"answered_of_tried": tried, **({"refused_by": refused} if refused else {})}
    # Of a target that answers nothing at all, headers say nothing.
    judged = {
        target: row for target, row in tried.items() if row.get("plain") is None or row["plain"][0]
    }
    if not judged:
        detail = ", ".join(sorted(tried))
        return heard.row("L10", Verdict.UNKNOWN, "no-answer", detail=detail, answered=told)
    lost = [
        f"{kind} {row[kind][0]}/{row[kind][1]} to {target}"
        for target, row in sorted(judged.items())
        for kind in sorted(row)
        if kind != "plain" and _share(row[kind]) < _share(row.get("plain", [1, 1]))
    ]
    if lost:
        detail = "; ".join(lost)
        return heard.row("L10", Verdict.PARTIAL, "headers-dropped", detail=detail, answered=told)
    return heard.row("L10", Verdict.PASS, answered=told)


def _share(rate: list[int]) -> float:
    return rate[0] / rate[1] if rate[1] else 0.0


def _ports(packet: Packet) -> tuple[int, int] | None:
    if packet.protocol != 6 or len(packet.body) < 14:
        return None
    return int.from_bytes(packet.body[:2]), int.from_bytes(packet.body[2:4])


def hops(heard: Heard) -> Evidence:
    """Judge L11: the way over IPv6 is no detour."""
    if heard.hops is None:
        return heard.row("L11", Verdict.UNKNOWN, "not-tried")
    over_v4, over_v6 = heard.hops
    told = {"hops_ipv4": over_v4, "hops_ipv6": over_v6}
    if over_v6 is None:
        reason = "not-reached" if over_v4 is not None else "no-answer"
        verdict = Verdict.FAIL if over_v4 is not None else Verdict.UNKNOWN
        return heard.row("L11", verdict, reason, answered=told)
    if over_v4 is not None and over_v6 > over_v4 + _MOST_LONGER:
        detail = f"{over_v6} > {over_v4}"
        return heard.row("L11", Verdict.PARTIAL, "detour", detail=detail, answered=told)
    return heard.row("L11", Verdict.PASS, answered=told)


def too_big(heard: Heard) -> Evidence:
    """Judge L12: a host that was told that a packet was too big sends smaller ones."""
    told: dict[str, int] = {}
    heeded: set[str] = set()
    ignored: set[str] = set()
    events = [(at_s, k, one) for k, (at_s, one) in enumerate(heard.messages)]
    events += [(at_s, k, one) for k, (at_s, one) in enumerate(heard.packets)]  # type: ignore[misc]
    for _, _, one in sorted(events, key=lambda row: row[:2]):
        if isinstance(one, PacketError):
            if one.kind == "too-big" and one.mtu_bytes:
                told[one.sent_to] = max(one.mtu_bytes, 1280)
        elif isinstance(one, Packet):
            fragment = one.fragment
            if one.source in told and fragment is not None and fragment.more:
                heeded.add(one.source)
        elif (
            isinstance(one, Echo)
            and one.reply
            and 40 + one.size_bytes > told.get(one.source, 1 << 32)
        ):
            ignored.add(one.source)
    ignored -= heeded
    answered = {"told_mtu_bytes": told, "heeded": sorted(heeded)}
    if ignored:
        detail = ", ".join(sorted(ignored))
        return heard.row("L12", Verdict.FAIL, "too-big-ignored", detail=detail, answered=answered)
    if heeded:
        return heard.row("L12", Verdict.PASS, answered=answered)
    tried = sorted(one[8:] for one in heard.asked if one.startswith("too-big "))
    reason, detail = ("no-answer", ", ".join(tried)) if tried else ("not-tried", "")
    return heard.row("L12", Verdict.UNKNOWN, reason, detail=detail, answered=answered)


def inbound(heard: Heard) -> Evidence:
    """Judge L14: a host behind the link cannot be reached by whoever likes (RFC 6092)."""
    if not heard.inbound:
        return heard.row("L14", Verdict.UNKNOWN, "not-tried")
    told: dict[str, object] = {
        "ports": {str(port): word for port, word in sorted(heard.inbound.items())}
    }
    if heard.inbound_answers_echo is not None:
        told["answers_echo"] = heard.inbound_answers_echo
    reached = [port for port, word in sorted(heard.inbound.items()) if word in _REACHED]
    if reached:
        detail = ", ".join(map(str, reached))
        return heard.row("L14", Verdict.PARTIAL, "inbound-open", detail=detail, answered=told)
    if heard.inbound_answers_echo is False or set(heard.inbound.values()) == {"unreachable"}:
        return heard.row("L14", Verdict.UNKNOWN, "no-answer", answered=told)
    return heard.row("L14", Verdict.PASS, answered=told)
