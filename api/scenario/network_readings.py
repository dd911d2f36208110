"""Readings of the fixed network: what stands, what hangs on one thing, how far the fibre runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...topology.failures.structure import articulation_points, bridges
from ...topology.metrics import Item, Reading, cannot_tell
from ...topology.service_roots import assumed_roots, service_roots
from .failure_cases import risk_groups, served_by, singles, toll
from .file_model import OF_FAILURES, Failure
from .positions import Node
from .study import Study, table_item, telling

__all__ = [
    "NETWORK_READERS",
    "NO_DEMAND",
    "OF_CONNECTED",
    "demand_unknown",
    "roots_unknown",
    "single_points",
    "unconnected",
]

OF_CONNECTED = frozenset(
    {*OF_FAILURES, "links.single_points", "nodes.single_points", "risk_groups.worst.share"}
)
"""Metrics in which what is cut off already does not show: a link that is gone cannot fail."""

NO_DEMAND = (
    "no demand: the table demand has no residents, so nobody says how much a failure takes or a "
    "link carries; import people: ngbw import PROJECT demand FILE"
)
"""Why shares of demand and loads cannot be told where nobody lives."""

_TOP = 20


def demand_unknown(study: Study) -> bool:
    """Tell whether there is nobody whose service a failure could take.

    Raises
    ------
    InputError
        There are no links, or nothing says where service comes from.
    """
    return served_by(study).people <= 0


def roots_unknown(study: Study) -> str:
    """Return why nobody can say where service comes from; "" where the tables or settings do.

    Raises
    ------
    InputError, MissingError
        Nothing is a root, or the settings name none that exists.
    """
    project = study.project
    return assumed_roots(service_roots(project.table("sites"), project.settings.network_roots))


def _sites_built(study: Study) -> Reading:
    sites = study.network.sites
    if not len(sites):
        return cannot_tell("sites.built")
    built = (sites["state"] == "built") & (sites["kind"] == "ngb-w")
    source = f"{study.project.path_of('sites').name}: kind ngb-w, state built"
    return Reading("sites.built", float(built.sum()), origin="stated", source=source)


def _length(study: Study, metric: str, table: str, column: str, scale: float) -> Reading:
    frame = study.network.table(table)
    if table == "links":
        frame = frame[frame["kind"].isin(["fibre", "pon"])]
    if not len(frame):
        return cannot_tell(metric)
    unknown = int(frame[column].isna().sum())
    if unknown:
        return cannot_tell(metric, f"{unknown} of {len(frame)} {table} have no {column}")
    total = float(frame[column].sum()) * scale
    return Reading(metric, total, origin="predicted", source=study.project.path_of(table).name)


def _parts(study: Study) -> Reading:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    served = served_by(study)
    graph = served.graph
    linked = np.unique(graph.ends[: served.links])
    ends = graph.ends[: served.links]
    matrix = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (graph.nodes,) * 2)
    _, label = connected_components(matrix, directed=False)
    parts = len(np.unique(label[linked]))
    return Reading("network.parts", float(parts), origin="predicted", source="sites and links")


def single_points(study: Study, metric: str) -> dict[str, Item]:
    """Return every single point of failure by its id, the worst first.

    Parameters
    ----------
    metric
        ``links.single_points`` or ``nodes.single_points``.

    Raises
    ------
    InputError
        Nothing says where service comes from, or there are no links.
    """
    found = singles(study)
    served = found.served
    if metric == "links.single_points":
        numbers = [n for n in bridges(served.graph) if n < served.links and found.link_sites[n] > 0]
        losses, cut, table = found.link_loss, found.link_sites, "links"
        ids = served.graph.edge_ids
    else:
        parting = articulation_points(served.graph)
        # A site takes itself; what makes it a single point is what it takes beside.
        numbers = [n for n in parting if found.site_sites[n] > 1]
        losses, cut, table = found.site_loss, found.site_sites, "sites"
        ids = served.graph.node_ids
    numbers.sort(key=lambda n: (-losses[n], -cut[n], n))
    return {
        ids[n]: table_item(
            study, table, ids[n],
            note=f"{losses[n]:,.0f} residents and {cut[n]} sites hang on it",
        )
        for n in numbers
    }  # fmt: skip


def _single_points(study: Study, metric: str) -> Reading:
    if unknown := roots_unknown(study):
        return cannot_tell(metric, unknown)
    items = tuple(study.once((metric, "items"), lambda: single_points(study, metric)).values())
    return Reading(metric, float(len(items)), origin="predicted", source="sites and links",
                   worst=items[:_TOP], assumed=_roots(singles(study).served.roots_from))  # fmt: skip


def unconnected(study: Study) -> tuple[Item, ...]:
    """Return the sites that no source reaches as the network stands, the most people first.

    Raises
    ------
    InputError
        Nothing says where service comes from, or there are no links.
    """
    found = singles(study)
    weight, names = found.served.weight, found.served.graph.node_ids
    numbers = sorted(found.unconnected_sites.tolist(), key=lambda n: (-weight[n], n))
    return tuple(
        table_item(study, "sites", names[n], note=f"{weight[n]:,.0f} residents behind it")
        for n in numbers
    )


def _unconnected(study: Study, metric: str) -> Reading:
    if unknown := roots_unknown(study):
        return cannot_tell(metric, unknown)
    found = singles(study)
    if metric == "people.unconnected" and not found.served.people:
        return cannot_tell(metric, "no residents in this project")
    count = len(found.unconnected_sites)
    value = found.unconnected if metric == "people.unconnected" else float(count)
    return Reading(metric, value, origin="predicted", source="sites and links",
                   worst=unconnected(study)[:_TOP], assumed=_roots(found.served.roots_from))  # fmt: skip


def _roots(rule: str) -> tuple[str, ...]:
    return () if rule == "setting" else (f"service comes from every {rule}",)


def _risk_groups(study: Study) -> Reading:
    nowhere = Node(None, study.project.directory, 1, 1, 1, 1)
    groups = Failure("srlg", nowhere, groups="from_geometry")
    if not risk_groups(study, groups.shared_m):
        return cannot_tell("risk_groups.worst.share", "no two links share their way")
    found = toll(study, groups)
    if unknown := roots_unknown(study):
        return cannot_tell("risk_groups.worst.share", unknown)
    if demand_unknown(study):
        return cannot_tell("risk_groups.worst.share", NO_DEMAND)
    return Reading("risk_groups.worst.share", found.worst_share, origin="predicted",
                   source=f"{found.cases} groups found on the map", worst=found.worst)  # fmt: skip


NETWORK_READERS: dict[str, Callable[[Study], Reading]] = {
    metric: telling(read, metric)
    for metric, read in {
        "sites.built": _sites_built,
        "fibre.km": lambda study: _length(study, "fibre.km", "links", "length_km", 1.0),
        "ducts.km": lambda study: _length(study, "ducts.km", "spans", "length_m", 0.001),
        "people.unconnected": lambda study: _unconnected(study, "people.unconnected"),
        "sites.unconnected": lambda study: _unconnected(study, "sites.unconnected"),
        "network.parts": _parts,
        "links.single_points": lambda study: _single_points(study, "links.single_points"),
        "nodes.single_points": lambda study: _single_points(study, "nodes.single_points"),
        "risk_groups.worst.share": _risk_groups,
    }.items()
}
"""Metric to how it is read from a study."""
