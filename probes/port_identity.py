"""Which port is which after an agent numbered its interfaces anew.

ifIndex may change at every restart (RFC 2863, 3.1.5), so a port is known by its ifName, ifAlias and
MAC address. A port is recognised by all three, else by two, else by its name, and only where this
names one port on both sides: a doubt is never settled by guessing. Ports that nothing tells apart
keep their number or are new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["KnownPort", "PortMatch", "PortRemap", "SeenPort", "match_ports"]


@dataclass(frozen=True, slots=True)
class SeenPort:
    """A port as an agent describes it now. Texts are empty where the agent has none."""

    index: int
    if_name: str
    if_alias: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True)
class KnownPort:
    """A port that was seen before, with the id that its series and alarms go by."""

    port_id: str
    seen: SeenPort


@dataclass(frozen=True, slots=True)
class PortRemap:
    """A port that is the same under another number, name, alias or address.

    Attributes
    ----------
    recognised_by
        What it was recognised by: some of ``if_name``, ``if_alias``, ``mac``.
    """

    port_id: str
    before: SeenPort
    now: SeenPort
    recognised_by: tuple[str, ...]

    def __str__(self) -> str:
        names = ("index", "if_name", "if_alias", "mac")
        changed = [
            f"{name} {getattr(self.before, name)!r} -> {getattr(self.now, name)!r}"
            for name in names
            if getattr(self.before, name) != getattr(self.now, name)
        ]
        return f"port {self.port_id}: {', '.join(changed)} (same {', '.join(self.recognised_by)})"


@dataclass(frozen=True, slots=True)
class PortMatch:
    """Known ports and what an agent shows now.

    Attributes
    ----------
    found
        What is seen now of each port that is there, by its id.
    remaps
        Those of them that changed.
    new
        Ports that were never seen.
    gone
        Ports that are not there any more.
    """

    found: Mapping[str, SeenPort]
    remaps: tuple[PortRemap, ...]
    new: tuple[SeenPort, ...]
    gone: tuple[KnownPort, ...]


_STEPS: tuple[tuple[str, ...], ...] = (
    ("if_name", "if_alias", "mac"),
    ("if_name", "if_alias"),
    ("if_name", "mac"),
    ("if_alias", "mac"),
    ("if_name",),
)


def _key_of(names: tuple[str, ...]) -> Callable[[SeenPort], tuple[str, ...] | None]:
    def key(port: SeenPort) -> tuple[str, ...] | None:
        values = tuple(str(getattr(port, name)) for name in names)
        # An empty text says nothing: alone it tells no port from another.
        if len(names) == 3:
            return values if any(values) else None
        return values if all(values) else None

    return key


def match_ports(known: Sequence[KnownPort], seen: Sequence[SeenPort]) -> PortMatch:
    """Recognise the ports of one device.

    Parameters
    ----------
    known
        Ports as they were seen last, their ids unique.
    seen
        Ports as they are now, their numbers unique.
    """
    found: dict[str, SeenPort] = {}
    remaps: list[PortRemap] = []
    waiting = {port.port_id: port for port in known}
    open_ports = {port.index: port for port in seen}

    def take(old: KnownPort, new: SeenPort, names: tuple[str, ...]) -> None:
        found[old.port_id] = new
        del waiting[old.port_id], open_ports[new.index]
        if old.seen != new:
            remaps.append(PortRemap(old.port_id, old.seen, new, names))

    for old in known:
        # Nothing changed: the common case, and all there is for ports without any text.
        if open_ports.get(old.seen.index) == old.seen:
            take(old, old.seen, _STEPS[0])
    for names in _STEPS:
        key = _key_of(names)
        before: dict[tuple[str, ...], list[KnownPort]] = defaultdict(list)
        now: dict[tuple[str, ...], list[SeenPort]] = defaultdict(list)
        for port in waiting.values():
            if (value := key(port.seen)) is not None:
                before[value].append(port)
        for port_now in open_ports.values():
            if (value := key(port_now)) is not None:
                now[value].append(port_now)
        for value, ports in before.items():
            if len(ports) == 1 and len(now[value]) == 1:
                take(ports[0], now[value][0], names)
    return PortMatch(found, tuple(remaps), tuple(open_ports.values()), tuple(waiting.values()))
