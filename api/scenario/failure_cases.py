"""What the ``fail`` of a scenario means on a network, and what it takes away.

Every kind of failure ends as one :class:`Toll`: how much demand is lost at worst, at the 99th
percentile and on average, how many sites are cut off, and which cases are worst. Single and dual
link failures are exact over all of them without going through them
(:mod:`ngbw.topology.failures`).
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InputError, MissingError
from ...topology.failures.area_failure import inside_area, read_area
from ...topology.failures.corridors import corridors
from ...topology.failures.crossings import crossings
from ...topology.failures.duals import DualFailures, dual_failures
from ...topology.failures.outage import outage
from ...topology.failures.risk_groups import RiskGroup, cable_map, given_groups, group_failures
from ...topology.failures.served_graph import ServedGraph, served_graph
from ...topology.failures.singles import SingleFailures, single_failures
from ...topology.metrics import Item
from .file_model import Failure
from .study import Study, table_item

__all__ = [
    "Case",
    "Toll",
    "cases_of",
    "check_names",
    "failed_ids",
    "risk_groups",
    "served_by",
    "singles",
    "toll",
]

_TOP = 20
_SITE_PAIRS_MAX = 5000


@dataclass(frozen=True, slots=True)
class Case:
    """One failure: what fails, as ids that :meth:`.Network.without` takes, and as an item."""

    ids: tuple[str, ...]
    item: Item


@dataclass(frozen=True, slots=True)
class Toll:
    """What the failures of a scenario take from people.

    Attributes
    ----------
    cases
        How many failures there are.
    worst_share, p99_share, mean_share
        Demand lost over all demand; None where it cannot be told.
    worst_sites
        Most sites cut off by one failure.
    worst, worst_cut
        Cases by demand lost and by sites cut off, the worst first.
    reason
        Why a share cannot be told.
    """

    cases: int
    worst_share: float
    p99_share: float | None
    mean_share: float | None
    worst_sites: int | None
    worst: tuple[Item, ...]
    worst_cut: tuple[Item, ...]
    reason: str = ""


def served_by(study: Study, radio_sites: Sequence[str] = ()) -> ServedGraph:
    """Return the graph on which failures are judged, with radio sites of a plan.

    Raises
    ------
    InputError
        Nothing says where service comes from, or there are no links.
    """

    def compute() -> ServedGraph:
        if not len(study.network.links):
            raise InputError("no links between sites in this project")
        settings = study.project.settings
        return served_graph(
            study.network, settings.crs, roots=settings.network_roots, radio_sites=radio_sites
        )

    return study.once(("served", tuple(radio_sites)), compute)


def singles(study: Study) -> SingleFailures:
    """Return what every single failure of the standing network takes away."""
    return study.once("singles", lambda: single_failures(served_by(study)))


def _lost(served: ServedGraph) -> Callable[[float], float]:
    people = served.people
    return lambda loss: loss / people if people > 0 else 0.0


def _words(served: ServedGraph, people: float, sites: int | None) -> str:
    share = _lost(served)(people)
    cut = "" if sites is None else f", {sites} site{'' if sites == 1 else 's'} cut off"
    return f"{people:,.0f} residents ({share:.2%}) lose service{cut}"


def _ranked(
    losses: NDArray[np.float64], sites: NDArray[np.int32], *, by_sites: bool
) -> NDArray[np.int64]:
    keys = (-losses, -sites) if by_sites else (-sites, -losses)
    order = np.lexsort((np.arange(len(losses)), *keys))
    return order[(losses[order] > 0) | (sites[order] > 0)][:_TOP]


def _single_toll(study: Study, kind: str) -> Toll:
    found = singles(study)
    served = found.served
    if kind == "links":
        losses, cut = found.link_loss, found.link_sites
        ids, table = served.graph.edge_ids, "links"
    else:
        losses, cut = found.site_loss, found.site_sites
        ids, table = served.graph.node_ids, "sites"
    share = _lost(served)

    def items(by_sites: bool) -> tuple[Item, ...]:
        return tuple(
            table_item(study, table, ids[n], note=_words(served, float(losses[n]), int(cut[n])))
            for n in _ranked(losses, cut, by_sites=by_sites)
        )

    if not len(losses):
        raise InputError(f"no {kind} that could fail in this project")
    return Toll(
        len(losses),
        share(float(losses.max())),
        share(float(np.quantile(losses, 0.99, method="inverted_cdf"))),
        share(float(losses.mean())),
        int(cut.max()),
        items(by_sites=False),
        items(by_sites=True),
    )


def _pair_item(study: Study, served: ServedGraph, table: str, pair: Sequence[str],
               people: float, sites: int | None = None) -> Item:  # fmt: skip
    one, other = (table_item(study, table, row_id) for row_id in pair)
    together = dataclasses.replace(
        one,
        item_id=" + ".join(pair),
        name=" and ".join(item.name or item.item_id for item in (one, other)),
        note=_words(served, people, sites),
    )
    return dataclasses.replace(together, kind=f"{table.removesuffix('s')} pair")


def _worst_pairs(duals: DualFailures) -> list[tuple[float, int, int]]:
    """Return the worst pairs of all; the first is the worst.

    A worst pair with a bridge in it has the worst bridge in it: another one is either cut off by
    it or takes less.
    """
    losses = duals.singles.link_loss
    pairs = set(duals.worst(_TOP))
    bridges = np.flatnonzero(losses > 0)
    if bridges.size:
        bridges = bridges[np.argsort(-losses[bridges], kind="stable")]
        first, top = int(bridges[0]), bridges[:_TOP].tolist()
        other = next((n for n in range(duals.links) if n != first), first)
        wanted = {tuple(sorted((first, int(n)))) for n in (*bridges[1:], other) if n != first}
        wanted |= {tuple(sorted(pair)) for pair in itertools.combinations(top, 2)}
        pairs |= {(duals.loss(a, b), a, b) for a, b in wanted}
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))[:_TOP]


def _dual_toll(study: Study) -> Toll:
    duals = study.once("duals", lambda: dual_failures(singles(study)))
    served = duals.singles.served
    if not duals.pairs:
        raise InputError("no two links that could fail together in this project")
    # The same question with every site worth one counts the sites that are cut off.
    heads = dataclasses.replace(served, weight=np.ones_like(served.weight))
    cut = dual_failures(single_failures(heads))
    share = _lost(served)
    ids = served.graph.edge_ids

    def sites(a: int, b: int) -> int:
        return round(cut.loss(a, b))

    worst = tuple(
        _pair_item(study, served, "links", (ids[a], ids[b]), loss, sites(a, b))
        for loss, a, b in _worst_pairs(duals)
    )
    worst_cut = tuple(
        _pair_item(study, served, "links", (ids[a], ids[b]), duals.loss(a, b), round(count))
        for count, a, b in _worst_pairs(cut)
    )
    return Toll(
        duals.pairs,
        share(duals.percentile(100) or 0.0),
        share(duals.percentile(99) or 0.0),
        None,
        round(cut.percentile(100) or 0.0),
        worst,
        worst_cut,
        "the mean over all pairs of links is not computed; ask for demand_lost.p99",
    )


def _toll_of(served: ServedGraph, outcomes: Sequence[tuple[Item, float, int]], what: str) -> Toll:
    """Return the toll of listed failures: item, residents and sites each."""
    if not outcomes:
        raise InputError(what)
    share = _lost(served)
    losses = np.array([people for _, people, _ in outcomes])
    cut = np.array([sites for _, _, sites in outcomes], np.int32)
    noted = [
        dataclasses.replace(item, note=_words(served, people, sites))
        for item, people, sites in outcomes
    ]
    return Toll(
        len(outcomes),
        share(float(losses.max())),
        share(float(np.quantile(losses, 0.99, method="inverted_cdf"))),
        share(float(losses.mean())),
        int(cut.max()),
        tuple(noted[n] for n in _ranked(losses, cut, by_sites=False)),
        tuple(noted[n] for n in _ranked(losses, cut, by_sites=True)),
    )


def _site_pair_toll(study: Study) -> Toll:
    served = served_by(study)
    ids = served.graph.node_ids
    pairs = math.comb(len(ids), 2)
    if pairs > _SITE_PAIRS_MAX:
        raise InputError(
            f"{pairs} pairs of sites are more than the {_SITE_PAIRS_MAX} that are gone through; "
            "use nodes: 1 and links: 2"
        )
    outcomes = []
    for a, b in itertools.combinations(range(len(ids)), 2):
        lost = outage(served, sites=(a, b))
        item = _pair_item(study, served, "sites", (ids[a], ids[b]), lost.people)
        outcomes.append((item, lost.people, len(lost.dark)))
    return _toll_of(served, outcomes, "no two sites that could fail together in this project")


def risk_groups(study: Study, shared_m: float) -> list[RiskGroup]:
    """Return the groups of links that share a risk: given ones, corridors and crossings."""

    def compute() -> list[RiskGroup]:
        cables = cable_map(study.network, study.project.settings.crs)
        return [
            *given_groups(study.network),
            *corridors(cables, shared_m=shared_m),
            *crossings(study.network, cables),
        ]

    return study.once(("groups", shared_m), compute)


def group_item(group: RiskGroup) -> Item:
    """Return a risk group as the item that a value points at."""
    shared = "" if group.length_m is None else f", {group.length_m:,.0f} m"
    return Item(
        f"{group.kind} of links {', '.join(group.links)}{shared}:",
        group.group_id, group.name, group.lon, group.lat,
    )  # fmt: skip


def _group_toll(study: Study, shared_m: float) -> Toll:
    served = served_by(study)
    outcomes = [
        (group_item(failure.group), failure.people, failure.sites)
        for failure in group_failures(served, risk_groups(study, shared_m))
    ]
    return _toll_of(
        served, outcomes, f"no two links share {shared_m:g} m of their way in this project"
    )


def failed_ids(study: Study, failure: Failure) -> tuple[str, ...]:
    """Return what a failure ``within`` an area or of ``ids`` takes down, as ids.

    Raises
    ------
    InputError
        Nothing lies inside the area; with both extents.
    """
    if failure.kind == "within":
        assert failure.area is not None  # noqa: S101 - so the file model makes it
        shape = read_area(failure.area)
        inside = inside_area(study.network, shape)
        if not inside:
            raise InputError(_beside(study, failure.area.name, shape.bounds))
        return inside
    return failure.ids


def _extent(bounds: Sequence[float]) -> str:
    west, south, east, north = bounds
    return f"{west:.4f} to {east:.4f} degrees east, {south:.4f} to {north:.4f} north"


def _beside(study: Study, name: str, bounds: Sequence[float]) -> str:
    """Return why an area in which nothing lies is no failure: it lies somewhere else."""
    sites = study.network.sites
    where = ""
    if len(sites):
        lon, lat = sites["lon"], sites["lat"]
        where = f"; the sites lie at {_extent((lon.min(), lat.min(), lon.max(), lat.max()))}"
    return (
        f"no site and no span lies inside {name}, which covers {_extent(bounds)}{where}; draw it "
        "over the network, in WGS-84"
    )


def check_names(study: Study, failure: Failure) -> None:
    """Check that what a scenario names exists.

    Raises
    ------
    ScenarioError
        An id is in no table, at the line and column of the id; with the nearest one.
    """
    node = failure.node.value.get("ids") if isinstance(failure.node.value, dict) else None
    if failure.kind != "ids" or node is None or not isinstance(node.value, list):
        return
    for name, place in zip(failure.ids, node.value, strict=True):
        try:
            study.network.tables_of(name)
        except MissingError as error:
            raise place.error(str(error)) from None


def _numbers(served: ServedGraph) -> dict[str, tuple[str, int]]:
    """Return the number of every link and site by its name with the table (``links:ID``)."""
    links = enumerate(served.graph.edge_ids[: served.links])
    sites = enumerate(served.graph.node_ids)
    return {f"links:{name}": ("links", n) for n, name in links} | {
        f"sites:{name}": ("sites", n) for n, name in sites
    }


def gone(study: Study, served: ServedGraph, ids: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the numbers of the links and sites that fall with the named things."""
    number = study.once(("numbers", id(served)), lambda: _numbers(served))
    if all(name in number for name in ids):  # links and sites: nothing else stands on them
        found = [number[name] for name in ids]
        return [n for kind, n in found if kind == "links"], [
            n for kind, n in found if kind == "sites"
        ]
    left = study.after(tuple(ids)).network
    links, sites = set(left.links["link_id"]), set(left.sites["site_id"])
    return (
        [n for n, name in enumerate(served.graph.edge_ids[: served.links]) if name not in links],
        [n for n, name in enumerate(served.graph.node_ids) if name not in sites],
    )


def _named_item(study: Study, failure: Failure, ids: Sequence[str]) -> Item:
    if failure.kind == "within":
        return Item("area", failure.area.name if failure.area else "")
    if len(ids) == 1:
        table = next(
            (t for t in ("sites", "links", "spans", "streets")
             if (study.network.table(t).iloc[:, 0] == ids[0]).any()),
            "",
        )  # fmt: skip
        if table:
            return table_item(study, table, ids[0])
    return Item("failure of", ", ".join(ids))


def _named_toll(study: Study, failure: Failure) -> Toll:
    served = served_by(study)
    ids = failed_ids(study, failure)
    links, sites = gone(study, served, ids)
    lost = outage(served, links=links, sites=sites)
    item = _named_item(study, failure, ids)
    return _toll_of(served, [(item, lost.people, len(lost.dark))], "nothing fails")


def toll(study: Study, failure: Failure) -> Toll:
    """Return what the failures of a scenario take from people.

    Raises
    ------
    InputError
        There is nothing that could fail so.
    MissingError
        A named thing does not exist.
    """

    def compute() -> Toll:
        if failure.kind == "srlg":
            return _group_toll(study, failure.shared_m)
        if failure.kind in ("within", "ids"):
            return _named_toll(study, failure)
        if failure.count == 1:
            return _single_toll(study, failure.kind)
        return _dual_toll(study) if failure.kind == "links" else _site_pair_toll(study)

    key = (failure.kind, failure.count, failure.shared_m, failure.area, failure.ids)
    return study.once(("toll", key), compute)


def cases_of(study: Study, failure: Failure) -> list[Case]:
    """Return the failures of a scenario one by one, for what must be computed for each.

    Raises
    ------
    InputError
        They are too many; all pairs are for demand_lost and sites_cut.
    """
    if failure.kind in ("within", "ids"):
        ids = failed_ids(study, failure)
        return [Case(ids, _named_item(study, failure, ids))]
    if failure.kind == "srlg":
        return [
            Case(tuple(f"links:{link}" for link in group.links), group_item(group))
            for group in risk_groups(study, failure.shared_m)
        ]
    if failure.count > 1:
        raise InputError(
            f"only demand_lost.* and sites_cut.max are known of {failure}; "
            "name the pair with fail: {ids: [...]}"
        )
    served = served_by(study)
    names = (
        served.graph.edge_ids[: served.links]
        if failure.kind == "links"
        else (served.graph.node_ids)
    )
    table = "links" if failure.kind == "links" else "sites"
    return [Case((f"{table}:{name}",), table_item(study, table, name)) for name in names]
