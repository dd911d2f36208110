"""A project's network as it says itself that it is, against the links of its tables."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..probes.discovery import (
    Comparison,
    Crawl,
    EdgeBook,
    Evidence,
    PlannedLink,
    Port,
    compare,
    crawl,
)
from ..probes.safety import AllowedNetworks
from ..probes.service import Place, find_targets, probe_settings, read_places
from ..probes.service.service import service_directory
from ..probes.snmp.agents import Answer, Ask, LocalHealth, SnmpTransport
from ..topology.errors import FileError, InputError
from ..topology.network import Network
from ..topology.project import open_project
from .probe_target import opened_transport

__all__ = ["discovered", "planned_links"]

_LARGEST = 50_000_000


def planned_links(network: Network) -> list[PlannedLink]:
    """Return the links of the tables between devices, by the names of their ports.

    Links whose ends name no port are left out: sites hold many devices, and which of them are
    meant is not written anywhere.
    """
    ports = network.ports.set_index("port_id")
    found = []
    for link_id, a, b in network.links[["link_id", "a_port", "b_port"]].itertuples(index=False):
        if a in ports.index and b in ports.index:
            ends = [
                Port(str(ports.at[end, "device_id"]), str(ports.at[end, "if_name"] or ""))
                for end in (a, b)
            ]
            found.append(PlannedLink(str(link_id), ends[0], ends[1]))
    return found


class _Elsewhere:
    """A transport that reaches agents where they listen, in place of their own addresses."""

    def __init__(self, inner: SnmpTransport, places: Mapping[str, Place]) -> None:
        self._inner, self._places = inner, places

    def collect(self, asks: Iterable[Ask], /) -> Iterator[Answer]:
        yield from self._inner.collect([self._moved(one) for one in asks])

    def _moved(self, ask: Ask) -> Ask:
        place = self._places.get(ask.agent.address)
        if place is None:
            return ask
        return replace(ask, agent=replace(ask.agent, address=place.address, port=place.port))

    def health(self) -> LocalHealth:
        return self._inner.health()

    def close(self) -> None:
        self._inner.close()


def _read_book(path: Path) -> EdgeBook:
    try:
        if path.stat().st_size > _LARGEST:
            raise FileError(f"{path} is too large for a list of edges; move it away")
        rows = json.loads(path.read_text("utf-8"))["evidence"]
        return EdgeBook.of(
            Evidence(Port(*listener), Port(*heard), str(protocol), float(first), float(last))
            for listener, heard, protocol, first, last in rows
        )
    except FileNotFoundError:
        return EdgeBook()
    except (ValueError, KeyError, TypeError):
        raise FileError(
            f"{path} is no list of edges; move it away, and they are heard anew"
        ) from None


def _write_book(book: EdgeBook, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        [[e.listener.device, e.listener.port], [e.heard.device, e.heard.port], e.protocol, e.first_s, e.last_s]
        for e in book.evidence()
    ]  # fmt: skip
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, delete=False, encoding="utf-8", suffix=".tmp"
    ) as file:
        json.dump({"format": 1, "evidence": rows}, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def discovered(
    directory: Path,
    *,
    seeds: Sequence[str],
    places: Path | None,
    with_neighbours: bool,
    most_devices: int,
    now_s: float,
    progress: Callable[[int, int], None],
    transport: Callable[[], SnmpTransport] = opened_transport,
) -> tuple[Crawl, Comparison]:
    """Walk a project's network and compare it with its tables.

    Raises
    ------
    SettingError, InputError
        Nothing may be asked, or no device has an address.
    """
    project = open_project(directory)
    network = project.network()
    settings = probe_settings(project.settings.probes, project.directory)
    listed = None if places is None else read_places(places)
    targets, refused = find_targets(network, settings, places=listed)
    own = {
        str(address): str(key)
        for key, address in network.devices[["device_id", "mgmt_address"]].itertuples(index=False)
        if address
    }
    reached = {one.device_id: one for one in targets}
    by_address = {address: key for address, key in own.items() if key in reached}
    addresses = {key: address for address, key in by_address.items()}
    elsewhere = {
        address: Place(reached[key].address, reached[key].port)
        for address, key in by_address.items()
    }
    # Where an agent listens was judged with the targets; its own address is only its name then.
    named = AllowedNetworks.of(by_address) if listed is not None else AllowedNetworks(())
    allowed = AllowedNetworks(settings.networks.networks + named.networks)
    names = {str(name): str(key) for key, name in network.devices[["device_id", "name"]].itertuples(index=False) if name}  # fmt: skip
    begin = [allowed.permit(one).address for one in seeds] or list(by_address)
    if not begin:
        reasons = "; ".join(f"{one}: {why}" for one, why in list(refused.items())[:3])
        raise InputError(f"no device can be asked ({reasons or 'devices.csv is empty'})")
    path = service_directory(project.directory) / "edges.json"
    book = _read_book(path)
    asking = _Elsewhere(transport(), elsewhere)
    try:
        found = crawl(
            begin,
            asking,
            allowed=allowed,
            credentials=lambda address: [
                one.credential
                for one in settings.credentials
                if one.is_for(elsewhere[address].address if address in elsewhere else address)
            ],
            now_s=now_s,
            known=lambda said: by_address.get(said) or names.get(said),
            where=lambda said: addresses.get(names.get(said, said)),
            with_neighbours=with_neighbours,
            most_devices=most_devices,
            budget=settings.budget,
            book=book,
            progress=progress,
        )
    finally:
        asking.close()
    book.forget(now_s)
    _write_book(book, path)
    edges = book.edges()
    hears = {evidence.listener.device for evidence in book.evidence()}
    compared = compare(
        planned_links(network),
        edges,
        polled={one.name for one in found.devices},
        listening=hears,
    )
    return found, compared
