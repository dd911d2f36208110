"""Who listens to which group, and who asks: MLD (RFC 2710, 3810) and IGMP (RFC 2236, 3376)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from .wire import v4_text, v6_text

__all__ = ["GroupQuery", "GroupRecord", "GroupReport", "read_igmp", "read_mld"]

_MODES = {1: "is-in", 2: "is-ex", 3: "to-in", 4: "to-ex", 5: "allow", 6: "block"}


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """What a host says of a group (RFC 3810, section 5.2.12).

    ``mode`` is ``is-in``, ``is-ex``, ``to-in``, ``to-ex``, ``allow``, ``block``, or the number
    of one that is not known.
    """

    group: str
    mode: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupReport:
    """A host that listens to groups; one that it leaves stands in ``records`` alone."""

    host: str
    groups: tuple[str, ...]
    version: int
    records: tuple[GroupRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupQuery:
    """A router that asks who listens.

    Attributes
    ----------
    group
        ``::`` for all.
    response_ms
        Within which hosts answer.
    robustness, interval_s
        Of version 2; None before.
    """

    querier: str
    group: str
    response_ms: int
    robustness: int | None
    interval_s: int | None
    sources: tuple[str, ...]
    version: int


def _records(
    body: bytes, at: int, count: int, size: int, text: Callable[[bytes], str]
) -> tuple[GroupRecord, ...]:
    found = []
    for _ in range(count):
        kind, extra, sources = struct.unpack_from("!BBH", body, at)
        end = at + 4 + size * (1 + sources)
        if end > len(body):
            raise ValueError("a record is cut")
        listed = tuple(text(body[a : a + size]) for a in range(at + 4 + size, end, size))
        mode = _MODES.get(kind, str(kind))
        found.append(GroupRecord(text(body[at + 4 : at + 4 + size]), mode, listed))
        at = end + 4 * extra
    return tuple(found)


def _listens(record: GroupRecord) -> bool:
    # Including no source is leaving (RFC 3376, section 4.2.12; RFC 3810, section 5.2.12).
    return record.mode != "block" and not (record.mode in ("is-in", "to-in") and not record.sources)


def _report(host: str, records: tuple[GroupRecord, ...], version: int) -> GroupReport:
    groups = tuple(record.group for record in records if _listens(record))
    return GroupReport(host, groups, version, records)


def _code(value: int) -> int:
    """Return what a code of eight bits with an exponent means (RFC 3810, section 5.1.9)."""
    return value if value < 128 else (value & 0x0F | 0x10) << ((value >> 4 & 7) + 3)


def _response_ms(value: int) -> int:
    return value if value < 32_768 else (value & 0x0FFF | 0x1000) << ((value >> 12 & 7) + 3)


def read_mld(body: bytes, source: str, mac: str, near: bool) -> GroupReport | GroupQuery | None:
    """Read a report, or a query; a message of leaving is a report without groups.

    Raises
    ------
    ValueError, struct.error
        It is cut.
    """
    del mac, near
    kind = body[0]
    if kind == 143:
        (count,) = struct.unpack_from("!H", body, 6)
        return _report(source, _records(body, 8, count, 16, v6_text), 2)
    if len(body) < 24:
        raise ValueError("a message about groups is cut")
    group = v6_text(body[8:24])
    if kind == 131:
        return GroupReport(source, (group,), 1)
    if kind == 132:
        return GroupReport(source, (), 1, (GroupRecord(group, "to-in", ()),))
    response = int.from_bytes(body[4:6])
    if len(body) < 28:
        return GroupQuery(source, group, response, None, None, (), 1)
    (count,) = struct.unpack_from("!H", body, 26)
    end = 28 + 16 * count
    if end > len(body):
        raise ValueError("a query is cut")
    listed = tuple(v6_text(body[at : at + 16]) for at in range(28, end, 16))
    return GroupQuery(
        source, group, _response_ms(response), body[24] & 7, _code(body[25]), listed, 2
    )


def read_igmp(body: bytes, source: str) -> GroupReport | None:
    """Read a report of a listener; None for another message of IGMP.

    Raises
    ------
    ValueError, struct.error
        It is cut.
    """
    if len(body) < 8:
        return None
    if body[0] in (0x12, 0x16):
        return GroupReport(source, (v4_text(body[4:8]),), 1 + (body[0] == 0x16))
    if body[0] != 0x22:
        return None
    (count,) = struct.unpack_from("!H", body, 6)
    return _report(source, _records(body, 8, count, 4, v4_text), 3)
