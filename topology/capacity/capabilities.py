"""Whether parks get what they are promised: 千兆进户, 万兆进楼, T级出口.

* 1 Gbit/s to the home: the PON rate is at least 1.2 times the tier and the widest path behind it
  carries the tier. Beside the peak stands what every home gets when all that are active load at
  once: the least of PON rate and each link on its routes, over the homes that share it.
* 10 Gbit/s to the building: the least capacity on the widest path from the building to a root.
* Tbit/s egress: what is left of the district's egress when the larger of two risk-disjoint groups
  is lost (our reading; the plan's wording gives no more than its name).

A verdict is ``met``, ``missed`` or ``cannot tell``. What is unknown is taken as nothing and as no
limit; where both give the same verdict it stands, and where not nobody can tell.

Parks are the places of kind ``office_park``. A park's buildings are the sites of kind ``building``
whose category is the park's id or that stand within the park's radius; its homes hang on the PON
links of those buildings, or on the OLT room nearest to it. The technology of a PON is the rate of
its links (``pon``), or named by the model of a device in the room.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..network import Network
from .assumptions import PON_MBPS, CapacityAssumptions
from .bottleneck import Bottlenecks, widest_paths
from .egress import Egress
from .routing import LinkLoads, link_loads
from .served_people import access_sites, nearest_sites

__all__ = [
    "HomeRates",
    "Verdict",
    "building_verdict",
    "egress_verdict",
    "home_rates",
    "home_verdict",
    "park_verdicts",
    "peak_mbps",
    "sustained_mbps",
]

Status = Literal["met", "missed", "cannot tell"]

_EARTH_M_A_DEGREE = 111_195.0
_NEXT_TO_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a park gets one of its three promises.

    Attributes
    ----------
    subject
        Park, or the district for the egress.
    check
        ``home``, ``building`` or ``egress``.
    value, required, unit
        What is delivered (None is unknown), what must be.
    limiting
        Id of the link, room or PON that limits it; empty where none does.
    reason
        One sentence for people.
    assumed
        Figures in it that are assumed.
    """

    subject: str
    check: Literal["home", "building", "egress"]
    status: Status
    value: float | None
    required: float
    unit: str
    limiting: str
    reason: str
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HomeRates:
    """What a home on an access site's PON gets.

    Attributes
    ----------
    pon_mbps
        Downstream rate of the PON; None where no table says.
    peak_mbps, peak_limit
        Highest tier that can be offered, and the link (or ``PON``) that limits it; None where
        something unknown decides.
    sustained_mbps, sustained_limit
        Rate of each home when all that are active load at once.
    """

    site_id: str
    pon_mbps: float | None
    peak_mbps: float | None
    peak_limit: str
    sustained_mbps: float | None
    sustained_limit: str


def peak_mbps(pon_mbps: float, assumptions: CapacityAssumptions | None = None) -> float:
    """Return the highest tier that a PON of this rate can offer."""
    return pon_mbps / (assumptions or CapacityAssumptions()).peak_headroom.value


def sustained_mbps(pon_mbps: float, assumptions: CapacityAssumptions | None = None) -> float:
    """Return what each active home of a full PON gets: 38.9 Mbit/s for G-PON at 1:64.

    XG(S)-PON gives 155.5 at 1:64 and 311 at 1:32.
    """
    used = assumptions or CapacityAssumptions()
    return pon_mbps / max(1.0, used.split.value * used.active_share.value)


def _pon_of(network: Network) -> dict[str, tuple[float, str]]:
    """Return rate and name of the slowest PON that starts at each site, where a table says."""
    found: dict[str, tuple[float, str]] = {}

    def offer(site: str, rate: float, name: str) -> None:
        if not math.isnan(rate) and (site not in found or rate < found[site][0]):
            found[site] = (rate, name)

    for row in network.devices.to_dict("records"):
        model = str(row["model"]).casefold()
        for name in sorted(PON_MBPS, key=len, reverse=True):
            if name in model:
                offer(str(row["site_id"]), PON_MBPS[name], str(row["device_id"]))
                break
    links = network.links[network.links["kind"] == "pon"]
    for row in links.to_dict("records"):
        for end in ("a_site", "b_site"):
            offer(str(row[end]), float(row["capacity_mbps"]), str(row["link_id"]))
    return found


def _paths(
    graph: CompactGraph, roots: NDArray[np.int32], capacity: NDArray[np.float64]
) -> tuple[Bottlenecks, Bottlenecks]:
    """Return the widest paths with unknown capacities as next to nothing and as no limit.

    Next to nothing keeps the path, so that the link that is unknown can be named.
    """
    return (
        widest_paths(graph, roots, np.nan_to_num(capacity, nan=_NEXT_TO_NOTHING)),
        widest_paths(graph, roots, np.nan_to_num(capacity, nan=np.inf)),
    )


def _along_routes(
    graph: CompactGraph,
    roots: NDArray[np.int32],
    rate: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the least rate on any shortest path of each node, and its link; NaN is passed on."""
    far = np.full(graph.nodes, -1, np.int64)
    least = np.full(graph.nodes, np.inf)
    limit = np.full(graph.nodes, -1, np.int32)
    order = list(dict.fromkeys(roots.tolist()))
    far[order] = 0
    for v in order:
        row = slice(graph.offset[v], graph.offset[v + 1])
        for w, edge in zip(graph.neighbour[row], graph.half_edge[row], strict=True):
            if far[w] < 0:
                far[w] = far[v] + 1
                order.append(int(w))
            if far[w] == far[v] + 1:
                here = min((rate[edge], int(edge)), (least[v], int(limit[v])))
                if math.isnan(rate[edge]) or math.isnan(least[v]):
                    least[w] = math.nan
                elif not math.isnan(least[w]) and here[0] < least[w]:
                    least[w], limit[w] = here
    least[far < 0] = 0.0
    return least, limit


def home_rates(
    network: Network,
    graph: CompactGraph,
    roots: NDArray[np.int32],
    *,
    capacity: NDArray[np.float64],
    homes: NDArray[np.float64],
    assumptions: CapacityAssumptions | None = None,
) -> dict[str, HomeRates]:
    """Return what a home gets at every access site of the graph.

    Parameters
    ----------
    capacity
        Of each link in Mbit/s; NaN is unknown.
    homes
        At each node; they share the links on their shortest paths.
    """
    used = assumptions or CapacityAssumptions()
    pon = _pon_of(network)
    low, high = _paths(graph, roots, capacity)
    shared: LinkLoads = link_loads(graph, roots, homes * used.active_share.value)
    with np.errstate(divide="ignore"):
        each = np.where(np.isnan(capacity), np.nan, capacity / np.maximum(shared.busier, 1.0))
    each[(shared.busier == 0.0)] = np.inf
    least, limit = _along_routes(graph, roots, each)
    names = [*graph.edge_ids, ""]
    number = {site: n for n, site in enumerate(graph.node_ids)}
    answers = {}
    for site in access_sites(network):
        rate, pon_name = pon.get(site, (math.nan, ""))
        known = not math.isnan(rate)
        if site not in number:
            answers[site] = HomeRates(site, rate if known else None, None, "", None, "")
            continue
        n = number[site]
        peak: list[tuple[float, str]] = []
        for path, unknown in ((low, 0.0), (high, math.inf)):
            own = peak_mbps(rate, used) if known else unknown
            path_rate = float(path.rate[n])
            name = pon_name if own <= path_rate else names[path.limiting_edge[n]]
            peak.append((min(own, path_rate), name))
        own = sustained_mbps(rate, used) if known else math.nan
        there = float(least[n])
        sustained = min(own, there) if known and not math.isnan(there) else None
        answers[site] = HomeRates(
            site,
            rate if known else None,
            peak[0][0] if peak[0][0] == peak[1][0] else None,
            peak[1][1],
            sustained,
            "" if sustained is None else pon_name if own <= there else names[limit[n]],
        )
    return answers


def _judge(low: float, high: float, required: float) -> Status:
    if low >= required:
        return "met"
    return "missed" if high < required else "cannot tell"


def home_verdict(
    subject: str, rates: HomeRates, path_mbps: float, assumptions: CapacityAssumptions
) -> Verdict:
    """Return the verdict on 千兆进户 for homes on one access site.

    ``path_mbps`` is the widest path from the site with unknown capacities as no limit: a network
    too narrow for the tier misses it on any PON.
    """
    required = assumptions.home_mbps.value
    assumed = tuple(
        name
        for name in ("home_mbps", "peak_headroom", "split", "active_share")
        if getattr(assumptions, name).assumed
    )
    value = rates.peak_mbps
    if value is None and path_mbps >= required:
        missing = "which PON technology" if rates.pon_mbps is None else "the capacity of a link on"
        reason = (
            f"no table says {missing} {rates.site_id} has; add links of kind pon with their rate, "
            "name the technology in the model of its OLT, or fill in capacity_mbps"
        )
        return Verdict(
            subject, "home", "cannot tell", None, required, "Mbit/s", "", reason, assumed
        )
    best = path_mbps if value is None else value
    status = _judge(best, best, required)
    shared = "unknown" if rates.sustained_mbps is None else f"{rates.sustained_mbps:.1f} Mbit/s"
    reason = (
        f"at most {best:.0f} Mbit/s peak, limited by {rates.peak_limit or 'nothing'}; each active "
        f"home sustains {shared}"
        f"{f', limited by {rates.sustained_limit}' if rates.sustained_limit else ''}"
    )
    return Verdict(
        subject, "home", status, value, required, "Mbit/s", rates.peak_limit, reason, assumed
    )


def building_verdict(
    subject: str,
    rates_gbps: tuple[float, float],
    limiting: str,
    assumptions: CapacityAssumptions,
    *,
    reason: str = "",
) -> Verdict:
    """Return the verdict on 万兆进楼.

    Parameters
    ----------
    rates_gbps
        Least capacity on the widest path of the worst building, with unknown capacities as nothing
        and as no limit.
    limiting
        Link that limits it.
    reason
        Why one end is unknown; made from the rate when empty.
    """
    required = assumptions.building_gbps.value
    low, high = rates_gbps
    status = _judge(low, high, required)
    if status == "cannot tell" and not reason:
        reason = f"the capacity of {limiting} is unknown; fill in links.capacity_mbps"
    elif status == "missed" or not reason:
        value = low if status == "met" else high
        reason = f"{value:g} Gbit/s on the best path, limited by {limiting or 'nothing'}"
    return Verdict(
        subject,
        "building",
        status,
        low if low == high and math.isfinite(low) else None,
        required,
        "Gbit/s",
        limiting,
        reason,
        ("building_gbps",) if assumptions.building_gbps.assumed else (),
    )


def egress_verdict(subject: str, egress: Egress, assumptions: CapacityAssumptions) -> Verdict:
    """Return the verdict on T级出口."""
    required = assumptions.egress_tbps.value
    assumed = ("egress_tbps",) if assumptions.egress_tbps.assumed else ()
    left = egress.after_larger_group_gbps
    if left is None:
        reason = (
            "the capacity of an egress link is unknown; fill in links.capacity_mbps"
            if egress.links
            else "no link leaves the district; record the sites outside and the links to them"
        )
        return Verdict(
            subject, "egress", "cannot tell", None, required, "Tbit/s", "", reason, assumed
        )
    tbps = left / 1000.0
    count = len(egress.groups)
    largest = list(egress.groups[0].links)
    reason = (
        f"{(egress.total_gbps or 0.0) / 1000.0:g} Tbit/s in {count} risk-disjoint "
        f"group{'s' if count > 1 else ''}; {tbps:g} Tbit/s are left without the largest "
        f"({', '.join(largest[:5])}{', ...' if len(largest) > 5 else ''})"
    )
    return Verdict(
        subject,
        "egress",
        _judge(tbps, tbps, required),
        tbps,
        required,
        "Tbit/s",
        largest[0],
        reason,
        assumed,
    )


def _buildings(network: Network, radius_m: float) -> dict[str, list[str]]:
    """Return the building sites of each park."""
    parks = network.places[network.places["kind"] == "office_park"]
    found: dict[str, list[str]] = {park: [] for park in parks["place_id"]}
    sites = network.sites[
        (network.sites["kind"] == "building") & network.sites["state"].isin(["built", "planned"])
    ]
    for site in sites.to_dict("records"):
        if site["category"] in found:
            found[str(site["category"])].append(str(site["site_id"]))
            continue
        narrow = math.cos(math.radians(float(site["lat"])))
        east_m = (parks["lon"].astype(float) - float(site["lon"])) * narrow * _EARTH_M_A_DEGREE
        north_m = (parks["lat"].astype(float) - float(site["lat"])) * _EARTH_M_A_DEGREE
        away_m = np.hypot(east_m.to_numpy(), north_m.to_numpy())
        if away_m.size and away_m.min() <= radius_m:
            found[parks["place_id"].iloc[int(away_m.argmin())]].append(str(site["site_id"]))
    return found


def park_verdicts(
    network: Network,
    graph: CompactGraph,
    roots: NDArray[np.int32],
    *,
    capacity: NDArray[np.float64],
    rates: dict[str, HomeRates],
    egress: Egress,
    assumptions: CapacityAssumptions | None = None,
) -> tuple[Verdict, ...]:
    """Return the three verdicts of every park; the egress is that of the district for each.

    Parameters
    ----------
    capacity
        Of each link in Mbit/s; NaN is unknown.
    rates
        Of every access site (:func:`home_rates`).
    """
    used = assumptions or CapacityAssumptions()
    parks = network.places[network.places["kind"] == "office_park"]
    rooms = [site for site in access_sites(network) if site in rates]
    if parks.empty or not rooms:
        return ()
    nearest = nearest_sites(
        parks["lon"].to_numpy(float), parks["lat"].to_numpy(float), network, rooms
    )
    low, high = _paths(graph, roots, capacity)
    number = {site: n for n, site in enumerate(graph.node_ids)}
    buildings = _buildings(network, used.park_radius_m.value)
    names = [*graph.edge_ids, ""]
    required = used.building_gbps.value
    verdicts: list[Verdict] = []
    for park, room in zip(parks["place_id"], nearest, strict=True):
        linked = [number[site] for site in buildings[park] if site in number]
        at = number.get(room)
        path_mbps = 0.0 if at is None else float(high.rate[at])
        verdicts.append(home_verdict(park, rates[room], path_mbps, used))
        if linked:
            least = min(linked, key=low.rate.__getitem__)
            most = min(linked, key=high.rate.__getitem__)
            span = (float(low.rate[least]) / 1000.0, float(high.rate[most]) / 1000.0)
            unknown = span[0] < required <= span[1]
            limit = names[low.limiting_edge[least] if unknown else high.limiting_edge[most]]
            verdicts.append(building_verdict(park, span, limit, used))
        else:
            limit = "" if at is None else names[high.limiting_edge[at]]
            why = (
                f"no building of the park has a link; {room} next to it has "
                f"{path_mbps / 1000.0:g} Gbit/s. Record its buildings as sites of kind building"
            )
            span = (0.0, path_mbps / 1000.0)
            verdicts.append(building_verdict(park, span, limit, used, reason=why))
        verdicts.append(egress_verdict(park, egress, used))
    return tuple(verdicts)
