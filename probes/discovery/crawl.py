"""From seeds to devices: ask, hear whom they name, ask those, until nobody new is named.

Only addresses inside the allowed networks are asked; what is refused is told and not tried. A
device answers under many addresses: all that it calls its own are done with once it was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ...topology.errors import InputError, UsageError
from ..readings.addresses import read_addresses
from ..readings.discovery import read_cdp, read_lldp
from ..readings.interfaces import read_interfaces
from ..readings.neighbours import read_neighbours
from ..readings.records import Interface, System, TopologyLink
from ..readings.system import read_system
from ..readings.wanted import Part, wanted
from ..safety import AllowedNetworks
from ..snmp.agents import Agent, Answer, Ask, Budget, Credential, Outcome, SnmpTransport
from ..snmp.values import MibView, Oid, Tag
from .edges import EdgeBook, Port

__all__ = ["Crawl", "FoundDevice", "crawl"]

_CHASSIS: tuple[Oid, ...] = (
    (1, 0, 8802, 1, 1, 2, 1, 3, 2),  # lldpLocChassisId
    (1, 3, 111, 2, 802, 1, 1, 13, 1, 3, 2),  # lldpV2LocChassisId
)
_PARTS = (Part.SYSTEM, Part.INTERFACES, Part.ADDRESSES, Part.LLDP, Part.CDP)


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device that answered.

    Attributes
    ----------
    name
        Of the project where an address or a name of it is known there; else sysName, else the
        address. Names are made different by the address where two devices share one.
    asked
        Address that answered.
    addresses
        All that it calls its own.
    chassis
        Identifiers under which others may name it.
    credential
        Number of the credential that was answered, in the order they were tried.
    """

    name: str
    asked: str
    addresses: tuple[str, ...]
    chassis: tuple[str, ...]
    system: System
    interfaces: tuple[Interface, ...]
    links: tuple[TopologyLink, ...]
    credential: int
    depth: int


@dataclass(frozen=True, slots=True)
class Crawl:
    """What a crawl found.

    Attributes
    ----------
    silent, refused
        Addresses that did not answer, or not with any credential; and those that may not be asked,
        each with the reason.
    named_only
        Devices that others name and that were never reached: chassis or name, with who names them.
    complete
        False when a limit ended the crawl before everybody was asked.
    """

    devices: tuple[FoundDevice, ...]
    book: EdgeBook
    silent: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    named_only: tuple[tuple[str, tuple[str, ...]], ...]
    complete: bool


@dataclass(slots=True)
class _State:
    queue: dict[str, int] = field(default_factory=dict)  # address to depth
    done: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)
    devices: list[FoundDevice] = field(default_factory=list)


def _chassis(view: MibView, interfaces: Sequence[Interface], system: System) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for base in _CHASSIS:
        typed = view.scalar(base)
        if typed is not None and typed.tag == Tag.OCTET_STRING and isinstance(typed.value, bytes):
            raw = typed.value
            text = raw.rstrip(b"\0").decode("utf-8", "replace")
            found[raw.hex(":") if len(raw) == 6 else text] = None
    for port in interfaces:
        if port.mac:
            found[port.mac] = None
    if system.name:
        found[system.name] = None
    return tuple(found)


def crawl(
    seeds: Sequence[str],
    transport: SnmpTransport,
    *,
    allowed: AllowedNetworks,
    credentials: Callable[[str], Sequence[Credential]],
    now_s: float,
    known: Callable[[str], str | None] = lambda _: None,
    where: Callable[[str], str | None] = lambda _: None,
    with_neighbours: bool = False,
    most_devices: int = 1000,
    most_depth: int = 16,
    budget: Budget | None = None,
    book: EdgeBook | None = None,
    progress: Callable[[int, int], None] = lambda done, waiting: None,
) -> Crawl:
    """Find the devices that can be reached from seeds, and the edges between them.

    Parameters
    ----------
    seeds
        IP literals to begin with.
    allowed
        Networks outside of which nobody is asked.
    credentials
        Gives the credentials to try at an address, in order.
    known
        Gives the project's name of a device, by an address or a name of it.
    where
        Gives the project's address of a device by its name, for neighbours that announce none.
    with_neighbours
        Ask also every host of ARP and ND tables: reaches devices without LLDP, and much else.
    most_devices, most_depth
        Where to stop.
    book
        Edges known before; what is heard is added to it.
    progress
        Told how many were asked and how many wait.

    Raises
    ------
    UsageError
        There is no seed, or a limit is below 1.
    InputError
        No seed may be asked.
    """
    if not seeds or most_devices < 1 or most_depth < 0:
        raise UsageError("a crawl needs a seed and a limit of at least one device")
    state, edges = _State(), book or EdgeBook()
    budget = budget or Budget()
    for seed in seeds:
        _enqueue(state, allowed, seed, 0)
    if not state.queue:
        reasons = "; ".join(f"{address}: {why}" for address, why in state.refused.items())
        raise InputError(f"no seed may be asked ({reasons}); add its network to [probes] networks")
    while state.queue and len(state.devices) < most_devices:
        room = most_devices - len(state.devices)
        wave = dict(list(state.queue.items())[:room])
        for address in wave:
            del state.queue[address]
        for address, answer, number in _ask(wave, transport, credentials, budget, with_neighbours):
            if answer is None:
                state.silent.append(address)
                state.done.add(address)
                continue
            if address in state.done and any(address in d.addresses for d in state.devices):
                continue  # another address of a device that answered in this wave
            device = _device(address, answer.view, known, number, wave[address], state)
            state.devices.append(device)
            state.done.update(device.addresses)
            if wave[address] < most_depth:
                for named in _named(device, answer.view, where, with_neighbours=with_neighbours):
                    _enqueue(state, allowed, named, wave[address] + 1)
        for address in list(state.queue):
            if address in state.done:
                del state.queue[address]
        progress(len(state.done), len(state.queue))
    named_only = _connect(state.devices, edges, known, now_s)
    return Crawl(
        devices=tuple(state.devices),
        book=edges,
        silent=tuple(address for address in state.silent if address not in _own(state.devices)),
        refused=tuple(sorted(state.refused.items())),
        named_only=named_only,
        complete=not state.queue,
    )


def _own(devices: Sequence[FoundDevice]) -> set[str]:
    return {address for device in devices for address in device.addresses}


def _enqueue(state: _State, allowed: AllowedNetworks, address: str, depth: int) -> None:
    if address in state.done or address in state.queue or address in state.refused:
        return
    reason = allowed.refusal(address)
    if reason is not None:
        state.refused[address] = reason
        return
    state.queue[address] = depth


def _ask(
    wave: dict[str, int],
    transport: SnmpTransport,
    credentials: Callable[[str], Sequence[Credential]],
    budget: Budget,
    with_neighbours: bool,
) -> Iterator[tuple[str, Answer | None, int]]:
    """Ask addresses side by side, with one credential after the other until one is answered."""
    parts = (*_PARTS, Part.NEIGHBOURS) if with_neighbours else _PARTS
    want = wanted(parts)
    scalars = (*want.scalars, *_CHASSIS)
    tables = want.tables + want.slow_tables
    open_ones = dict.fromkeys(wave, 0)
    while open_ones:
        asks, stuck = [], []
        for address, number in open_ones.items():
            options = credentials(address)
            if number >= len(options):
                stuck.append(address)
                continue
            agent = Agent(address, address, options[number])
            asks.append(Ask(agent, scalars, tables, budget=budget))
        for address in stuck:
            del open_ones[address]
            yield address, None, -1
        answers = list(transport.collect(asks)) if asks else []
        # Answers come in the order they end, which differs from run to run; names must not.
        answers.sort(key=lambda answer: list(wave).index(answer.agent_id))
        for answer in answers:
            if answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
                yield answer.agent_id, answer, open_ones.pop(answer.agent_id)
            else:
                open_ones[answer.agent_id] += 1


def _device(
    address: str,
    view: MibView,
    known: Callable[[str], str | None],
    number: int,
    depth: int,
    state: _State,
) -> FoundDevice:
    system = read_system(view)
    interfaces = read_interfaces(view).interfaces
    own = [str(one.address) for one in read_addresses(view).addresses if _is_own(one.kind)]
    addresses = tuple(dict.fromkeys([address, *own]))
    chassis = _chassis(view, interfaces, system)
    named = [known(one) for one in (*addresses, *chassis)]
    name = next((one for one in named if one), None) or system.name or address
    if any(device.name == name for device in state.devices):
        name = f"{name} ({address})"
    links = (*read_lldp(view), *read_cdp(view))
    return FoundDevice(name, address, addresses, chassis, system, interfaces, links, number, depth)


def _is_own(kind: str) -> bool:
    return kind != "broadcast"


def _named(
    device: FoundDevice,
    view: MibView,
    where: Callable[[str], str | None],
    *,
    with_neighbours: bool,
) -> Iterator[str]:
    """Yield the addresses that a device names, those that discovery protocols heard first."""
    own = set(device.addresses)
    for link in device.links:
        for address in link.remote_addresses:
            if str(address) not in own and not address.is_link_local:
                yield str(address)
        if not link.remote_addresses:
            by_name = where(link.remote_name) or where(link.remote_chassis)
            if by_name is not None and by_name not in own:
                yield by_name
    if with_neighbours:
        for neighbour in read_neighbours(view).neighbours:
            address = neighbour.address
            if str(address) not in own and not (address.is_link_local or address.is_multicast):
                yield str(address)


def _connect(
    devices: Sequence[FoundDevice],
    book: EdgeBook,
    known: Callable[[str], str | None],
    now_s: float,
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Write what devices heard into the book, and return who is named and was not reached."""
    by_name: dict[str, str | None] = {}
    for device in devices:
        for name in (*device.chassis, *device.addresses):
            # A name that two devices share (a cloned MAC, a default sysName) tells nobody.
            by_name[name] = None if by_name.get(name, device.name) != device.name else device.name
    ports = {device.name: _port_names(device) for device in devices}
    strangers: dict[str, list[str]] = {}
    for device in devices:
        mine = {port.if_index: port.name or port.description for port in device.interfaces}
        for link in device.links:
            heard = _who(link, by_name)
            if heard is None:
                label = link.remote_name or link.remote_chassis
                if not label:
                    continue
                # One that did not answer goes by the project's name all the same.
                label = known(link.remote_name) or known(link.remote_chassis) or label
                strangers.setdefault(label, []).append(device.name)
                heard, port = label, link.remote_port
            else:
                port = _port(link, ports[heard])
            local = mine.get(link.local_if_index or -1, "") or link.local_port_name
            book.hear(Port(device.name, local), Port(heard, port), link.protocol, now_s)
    return tuple((name, tuple(dict.fromkeys(by))) for name, by in sorted(strangers.items()))


def _who(link: TopologyLink, by_name: dict[str, str | None]) -> str | None:
    names = (link.remote_chassis, *map(str, link.remote_addresses), link.remote_name)
    return next((found for name in names if (found := by_name.get(name))), None)


def _port_names(device: FoundDevice) -> dict[str, str]:
    """Return every way to call a port of a device, to its ifName; ambiguous ones are left out."""
    names: dict[str, str] = {}
    twice: set[str] = set()
    for port in device.interfaces:
        label = port.name or port.description
        for said in {port.name, port.description, port.alias, port.mac or ""} - {""}:
            if names.setdefault(said, label) != label:
                twice.add(said)
    return {said: label for said, label in names.items() if said not in twice}


def _port(link: TopologyLink, names: dict[str, str]) -> str:
    """Return the far port by the name that its own device has for it."""
    for said in (link.remote_port, link.remote_port_description):
        if said in names:
            return names[said]
    return link.remote_port
