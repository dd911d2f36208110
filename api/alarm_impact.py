"""What an alarm takes away: people behind the network, and pixels, people and places on the radio.

What every failure has in common is prepared once, in a thread of its own: the graph of who is
served through what, and the pixels of each radio site from cached layers. After that an impact is a
walk and a count. :meth:`AlarmImpact.of` never waits: it gives what is known by now, so that the
poller that raises alarms is not held up by a map.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ..coverage.impact import Impact as RadioImpact
from ..coverage.impact import radio_impact
from ..coverage.service_settings import service_from_settings
from ..probes.alarms.placement import names_in
from ..probes.notify.messages import Impact
from ..probes.observations import Resource
from ..topology.compiled import cache_directory
from ..topology.errors import InputError, NgbwError
from ..topology.failures.homes import homes_of_links, homes_without_service
from ..topology.failures.outage import outage
from ..topology.failures.served_graph import ServedGraph, served_graph
from ..topology.network import Network
from ..topology.project import Project
from .fall_document import lost_rows, radio_down, radio_sites

__all__ = ["AlarmImpact", "failed_ids"]

_KEPT = 5000


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """What every failure is judged on."""

    network: Network
    radio: tuple[str, ...]
    technology: str
    served: ServedGraph | None
    why_unserved: str
    cover: RadioImpact | None


def failed_ids(network: Network, resource: Resource) -> tuple[str, ...]:
    """Return the ids of the tables that a resource stands for; none where they do not know it.

    A port that a link ends at fails as that link.
    """
    kind, names = names_in(resource)
    tables = {"site": "sites", "link": "links", "span": "spans", "device": "devices"}
    if kind in tables and len(names) == 1:
        frame = network.table(tables[kind])
        known = (frame[frame.columns[0]] == names[0]).any()
        return (f"{tables[kind]}:{names[0]}",) if known else ()
    if kind == "port" and len(names) == 2:
        ports = network.ports
        mine = ports[(ports["device_id"] == names[0]) & (ports["if_name"] == names[1])]
        links = network.links
        ends = links["a_port"].isin(mine["port_id"]) | links["b_port"].isin(mine["port_id"])
        return tuple(f"links:{link}" for link in links.loc[ends, "link_id"])
    return ()


class AlarmImpact:
    """Impacts of a project's alarms, worked out in the background and remembered.

    Parameters
    ----------
    project
        Read once; make a new one when its tables change.
    radio
        Whether pixels and places are wanted too; the first time they can take minutes.
    """

    def __init__(self, project: Project, *, radio: bool = True) -> None:
        self._project, self._radio = project, radio
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="impact")
        self._lock = threading.Lock()
        self._found: OrderedDict[Resource, Future[Impact | None]] = OrderedDict()
        self._prepared: _Prepared | None = None

    def of(self, resource: Resource) -> Impact | None:
        """Return an impact that is known by now; None where it is not, or where nothing is lost."""
        found = self._ask(resource)
        return found.result() if found.done() else None

    def wait_for(self, resource: Resource, *, seconds: float | None = None) -> Impact | None:
        """Return an impact, however long that takes, or after so many seconds None."""
        try:
            return self._ask(resource).result(seconds)
        except TimeoutError:
            return None

    def close(self) -> None:
        """End the thread; what is not begun is dropped."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _ask(self, resource: Resource) -> Future[Impact | None]:
        with self._lock:
            found = self._found.get(resource)
            if found is None:
                found = self._found[resource] = self._worker.submit(self._work, resource)
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
            self._found.move_to_end(resource)
            return found

    def _work(self, resource: Resource) -> Impact | None:
        try:
            if self._prepared is None:
                self._prepared = _prepare(self._project, radio=self._radio)
            return _impact(self._prepared, resource)
        except NgbwError as error:
            return Impact(why_unknown=str(error))


def _prepare(project: Project, *, radio: bool) -> _Prepared:
    network, settings = project.network(), project.settings
    run, sites = radio_sites(project, network, "")
    service_id = settings.headline_service if run is None else run.document["service"]["id"]
    served, why = None, ""
    try:
        served = served_graph(
            network, settings.crs, roots=settings.network_roots, radio_sites=sites
        )
    except InputError as error:
        why = str(error)
    cover = None
    if radio and sites:
        cover, _ = radio_impact(
            network, settings, sites, service_id=service_id, cache_directory=cache_directory()
        )
    technology = service_from_settings(settings, service_id).technology
    return _Prepared(network, tuple(sites), technology, served, why, cover)


def _impact(prepared: _Prepared, resource: Resource) -> Impact | None:
    network = prepared.network
    ids = failed_ids(network, resource)
    if not ids:
        return None
    lost = lost_rows(network, network.without(ids))
    people, homes, dark = None, None, set()
    served = prepared.served
    if served is not None:
        gone_links, gone_sites = set(lost["links"]), set(lost["sites"])
        graph = served.graph
        gone = outage(
            served,
            links=[
                n for n, name in enumerate(graph.edge_ids[: served.links]) if name in gone_links
            ],
            sites=[n for n, name in enumerate(graph.node_ids) if name in gone_sites],
        )
        people = gone.people
        homes = homes_without_service(served, homes_of_links(network), gone)
        dark = {graph.node_ids[node] for node in gone.dark}
    radio: Mapping[str, str] = {}
    if prepared.radio:
        radio, _ = radio_down(network, lost, prepared.radio, prepared.technology)
        radio = {**radio, **{s: "network" for s in prepared.radio if s in dark}}
    cover = prepared.cover
    why = prepared.why_unserved
    if cover is None:
        return Impact(people, homes, why_unknown=why)
    darkness = cover.of([site for site in radio if site in cover.cover])
    places = tuple(place.name or place.place_id for place in darkness.places)
    return Impact(
        people, homes, darkness.people, int(darkness.pixels.size), darkness.area_km2, places, why
    )
