"""Every metric of the program, declared once: what it is, in which unit, and how it is computed.

Targets, scenarios, baselines and the documentation name metrics only through this registry, so
that a word that is not in it is an error with the nearest name, never a figure. Values are kept in
the metric's own unit, shares as 0..1; :mod:`.quantities` reads and writes what people write.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import UsageError

__all__ = [
    "METRICS",
    "Item",
    "Metric",
    "Origin",
    "Reading",
    "cannot_tell",
    "find_metric",
]

Better = Literal["higher", "lower", "neither"]
"""Which direction is an improvement."""

Origin = Literal["planned", "predicted", "measured", "stated"]
"""What a value rests on.

``planned``: what the tables and the planner say will be; ``predicted``: computed for what stands;
``measured``: by probes or receivers; ``stated``: reported by somebody with a date and a source.
"""


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure that the program can be asked for.

    Attributes
    ----------
    name
        What targets and assertions call it.
    unit
        One of :data:`.quantities.UNITS`; values are kept in it.
    meaning
        What it says, in one line.
    computed
        How it comes about.
    better
        Which direction is an improvement.
    worst
        Kind of the thing that a bad value points at (``link``, ``site``, ``gap``, ...); "" where
        the figure belongs to no single thing.
    needs
        What must be there before it can be told; the reason that is shown where it is missing.
    """

    name: str
    unit: str
    meaning: str
    computed: str
    better: Better
    worst: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """The thing a value points at: which link, site, area or gap, and where it is.

    Attributes
    ----------
    kind, item_id, name
        What it is; the name may be empty.
    lon, lat
        WGS-84 degrees; None where it has no place.
    table, row
        Table that declares it and its row as a spreadsheet counts (1 is the heading); "" and None
        where it is no row.
    note
        What is wrong with it.
    """

    kind: str
    item_id: str
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    table: str = ""
    row: int | None = None
    note: str = ""

    def __str__(self) -> str:
        words = f"{self.kind} {self.item_id}"
        if self.name and self.name != self.item_id:
            words += f" ({self.name})"
        if self.lon is not None and self.lat is not None:
            words += f" at {self.lon:.6f}, {self.lat:.6f}"
        words = f"{words}: {self.note}" if self.note else words
        # Names come from files: nothing in them may command a terminal or break a line.
        return "".join(c if c.isprintable() else "�" for c in words)


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric's value with what it rests on, or the reason why there is none.

    Attributes
    ----------
    metric
        Name in :data:`METRICS`.
    value
        In the metric's unit; None where it cannot be told.
    origin
        What the value rests on; None without a value.
    source
        Where it comes from: a run, a table, a statement.
    reason
        Why there is no value; "" with one.
    assumed
        Figures in it that were assumed.
    worst
        Things it points at, the worst first.
    proven
        Whether no better value exists; None where the question makes no sense.
    low, high
        Range in which the value lies where only that is known; None where not even that is.
    """

    metric: str
    value: float | None
    origin: Origin | None = None
    source: str = ""
    reason: str = ""
    assumed: tuple[str, ...] = ()
    worst: tuple[Item, ...] = ()
    proven: bool | None = None
    low: float | None = None
    high: float | None = None


def cannot_tell(metric: str, reason: str = "") -> Reading:
    """Return the reading of a metric that has no value here; never 0, never a guess."""
    return Reading(metric, None, reason=reason or f"no {find_metric(metric).needs} in this project")


_STATED = "statement of it (ngbw import PROJECT statements FILE)"
_RUN = "people and sites to plan with"
_GRAPH = "links between sites"


def _coverage() -> Iterable[Metric]:
    run = "plan of the project's budget of sites, or the sites the scenario names"
    yield Metric(
        "coverage.share", "share", "Residents served by the headline service",
        f"residents whose location probability reaches the service's requirement / all; {run}",
        "higher", "gap", _RUN,
    )  # fmt: skip
    yield Metric(
        "coverage.expected_share", "share", "Residents served, each by its probability",
        f"sum of residents x location probability / all; {run}", "higher", "gap", _RUN,
    )  # fmt: skip
    yield Metric(
        "coverage.area_share", "share", "Land served by the headline service",
        f"km2 of land that is served / all; {run}", "higher", "gap", _RUN,
    )  # fmt: skip
    yield Metric(
        "coverage.subdistricts.share.min", "share", "Residents served in the worst subdistrict",
        "least coverage.share of a subdistrict that has residents", "higher", "area", _RUN,
    )  # fmt: skip
    yield Metric(
        "coverage.places.share", "share", "Important places served by the headline service",
        "served places inside the district / all", "higher", "place", "important places",
    )  # fmt: skip
    yield Metric(
        "coverage.deep.share", "share", "Venues served inside, by kind; the worst kind counts",
        "served venues of a kind / all, by the service and indoor class of that kind", "higher",
        "place", "service and indoor class for each kind of venue",
    )  # fmt: skip
    yield Metric(
        "gaps.people", "people", "Residents without service", "residents in all gaps", "lower",
        "gap", _RUN,
    )  # fmt: skip
    yield Metric(
        "gaps.count", "gaps", "Connected areas in which residents are not served",
        "number of ranked gaps", "lower", "gap", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.sites", "sites", "Sites that the plan uses: held against the budget",
        "sites of the plan, built ones included; not how many are built (sites.built)", "lower",
        "", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.gap", "share", "How far the plan may be below the best possible",
        "(bound - value) / bound, in residents", "lower", "", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.proven", "ratio", "Whether the plan is proven to be the best possible: 1, else 0",
        "1 where no plan that keeps to what was asked can be better", "higher", "", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.share.max", "share", "Share of residents that no plan of as many sites exceeds",
        "point of the curve at plan.sites: its bound / residents", "higher", "", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.sites.needed.min", "sites", "Sites without which no plan reaches the target share",
        "first number of sites on the curve whose bound reaches plan.share", "lower", "", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.sites.needed.max", "sites", "Sites with which a known plan reaches the target share",
        "first number of sites on the curve whose plan reaches plan.share", "lower", "", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.survives.share", "share", "Residents served whichever one site of the plan is lost",
        "residents served less those whom the worst site alone serves / residents", "higher",
        "site", _RUN,
    )  # fmt: skip
    yield Metric(
        "plan.cost", "fibre.unit", "What the sites of the plan cost, in the project's unit of money (CNY unless ngbw.toml names another)",
        "sum of sites.cost x plan.unit_cost; unknown where a site has no cost", "lower", "",
        "costs of the sites",
    )  # fmt: skip
    yield Metric(
        "sites.built", "sites", "NGB-W sites that are built: a promise, not a budget",
        "rows of sites of kind ngb-w in state built; not how many a plan uses (plan.sites)",
        "higher", "", "table of sites",
    )  # fmt: skip
    for name, words in (("lte", "4G"), ("umts", "3G"), ("tetra", "800 MHz trunked radio")):
        yield Metric(
            f"{name}.coverage.share", "share", f"Residents served by {words}",
            f"as coverage.share, by a service of technology {name}", "higher", "gap",
            f"service of technology {name}",
        )  # fmt: skip
    yield Metric(
        "ngbw.capacity_mbps_per_km2", "Mbit/s/km2", "Rate the NGB-W network carries for an area",
        "sum of cell capacities / land area", "higher", "area", "cells with their load",
    )  # fmt: skip
    yield Metric(
        "whitespace.channels.min", "channels", "Television channels free for the internet of things",
        "fewest channels available at a point of the district", "higher", "area",
        "white-space figures in the ledger; ngbw whitespace PROJECT says them",
    )  # fmt: skip
    yield Metric(
        "radio.unexplained_transmitters", "transmitters", "Signals that no licence explains",
        "transmitters located from receivers that match no licensed one", "lower", "transmitter",
        "receiver measurements",
    )  # fmt: skip
    yield Metric(
        "sites.shared.share", "share", "Base stations that share a site", _STATED, "higher", "",
        _STATED,
    )  # fmt: skip


def _network() -> Iterable[Metric]:
    failed = (
        "over all failures of the scenario; demand is the people behind each site of the fixed "
        "network and each NGB-W site that stands, not those of a plan (`ngbw fail` counts them too)"
    )
    yield Metric(
        "demand_lost.max", "share", "Demand cut off by the worst failure", f"largest, {failed}",
        "lower", "failure", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "demand_lost.p99", "share", "Demand cut off by the hundredth worst of failures",
        f"least value that 99 % of failures do not exceed, {failed}", "lower", "failure", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "demand_lost.mean", "share", "Demand cut off by a failure, on average", f"mean, {failed}",
        "lower", "failure", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "sites_cut.max", "sites", "Sites cut off by the worst failure",
        "most sites without a path to a source, over all failures of the scenario, on the fixed "
        "network and NGB-W sites that stand, not those of a plan", "lower",
        "failure", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "people_dark.max", "people", "Residents that lose radio service in the worst failure",
        "residents served before and not after, from cached layers, over failures of the scenario; "
        "the NGB-W sites of the plan, or those the scenario names, hang on the fixed network",
        "lower", "failure", "NGB-W sites on the links",
    )  # fmt: skip
    yield Metric(
        "places_dark.max", "places", "Important places that lose radio service in the worst failure",
        "places served before and not after, over all failures of the scenario", "lower",
        "failure", "NGB-W sites on the links",
    )  # fmt: skip
    yield Metric(
        "links.single_points", "links", "Links whose failure alone cuts off a site",
        "bridges with a site behind them", "lower", "link", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "nodes.single_points", "nodes", "Sites whose failure alone cuts off another site",
        "articulation points with a site behind them", "lower", "site", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "risk_groups.worst.share", "share", "Demand cut off when one duct, street or bridge fails",
        "largest demand lost over groups of links that share a stretch of cable", "lower",
        "failure", "spans with their geometry",
    )  # fmt: skip
    yield Metric(
        "people.unconnected", "people", "Residents without a path to a source, nothing having failed",
        "people behind sites that no link joins to a source; no failure counts them as lost",
        "lower", "site", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "sites.unconnected", "sites", "Sites without a path to a source, nothing having failed",
        "rooms and NGB-W sites that stand and no link joins to a source", "lower", "site", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "network.parts", "parts", "Pieces the network falls into",
        "connected components with at least one link", "lower", "", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "site.minutes_down_per_year.max", "minutes", "Outage of the worst site in a year",
        "unavailability by cuts of one and two components x 525,960 minutes", "lower", "site",
        _GRAPH,
    )  # fmt: skip
    yield Metric(
        "site.minutes_down_per_year.mean", "minutes", "Outage of a site in a year, on average",
        "mean over sites of the same", "lower", "site", _GRAPH,
    )  # fmt: skip
    yield Metric(
        "government.minutes_down_per_year", "minutes", "Outage of the government network in a year",
        "measured outage", "lower", "site", "measurements of the government network",
    )  # fmt: skip
    yield Metric(
        "demand.served.share", "share", "Busy-hour demand the network can carry",
        "maximum flow from sources to sites / demand", "higher", "link", "capacities of links",
    )  # fmt: skip
    yield Metric(
        "link.utilisation.max", "ratio", "Busy-hour load of the fullest link",
        "load by shortest paths, split over equal ones / capacity", "lower", "link",
        "capacities of links",
    )  # fmt: skip
    yield Metric(
        "egress.tbps", "Tbit/s", "Rate out of the district",
        "sum of capacities of links with one end inside and one outside", "higher", "link",
        "link that leaves the district",
    )  # fmt: skip
    yield Metric(
        "egress.n1.tbps", "Tbit/s", "Rate out of the district after the loss of one group",
        "egress.tbps less the link, span, room or risk group that takes most", "higher", "failure",
        "link that leaves the district",
    )  # fmt: skip
    yield Metric(
        "peering.disjoint_paths", "paths", "Ways to other operators that share no risk",
        "edge-disjoint paths from the core to peering points", "higher", "link",
        "link to another operator",
    )  # fmt: skip
    yield Metric(
        "fibre.km", "km", "Length of fibre links along their paths",
        "sum of length_km of links of kind fibre and pon", "neither", "", "fibre links with a length",
    )  # fmt: skip
    yield Metric(
        "ducts.km", "km", "Length of cable and duct", "sum of length_m of spans", "neither", "",
        "spans with a length",
    )  # fmt: skip
    yield Metric(
        "pon.margin_db.min", "dB", "Optical margin of the worst drop, both directions and ends",
        "class window less losses, and less overload; the smallest over all drops", "higher",
        "drop", "passive optical links (kind pon)",
    )  # fmt: skip
    yield Metric(
        "microwave.margin_db.min", "dB", "Fade margin of the worst microwave hop",
        "receive level less threshold and rain", "higher", "link", "microwave links",
    )  # fmt: skip


def _services() -> Iterable[Metric]:
    yield Metric(
        "home.peak_mbps.min", "Mbit/s", "Peak rate deliverable to the worst home",
        "least of rates on the path, the tier offered where the line carries 1.2 times it",
        "higher", "drop", "access network with its PON technology",
    )  # fmt: skip
    yield Metric(
        "home.sustained_mbps.min", "Mbit/s", "Rate per home when all use it",
        "line rate / homes on it at the stated contention", "higher", "drop",
        "access network with its PON technology",
    )  # fmt: skip
    yield Metric(
        "building.uplink_gbps.min", "Gbit/s", "Uplink of the worst connected building",
        "least capacity on the widest path from a building of an office park to a root", "higher",
        "park", "buildings with links",
    )  # fmt: skip
    yield Metric(
        "park.capability.share", "share", "Parks with 1 Gbit/s home, 10 Gbit/s building, Tbit/s out",
        "parks that pass all three checks / parks", "higher", "place", "parks on the network",
    )  # fmt: skip
    yield Metric(
        "park.wireless.share", "share", "Parks with 4G and WiFi", "parks served by both / parks",
        "higher", "place", "service of technology lte and access points in parks",
    )  # fmt: skip
    stated: list[tuple[str, str, str, Better]] = [
        ("ftth.connected.share", "share", "Households connected by fibre", "higher"),
        ("ftth.passed.share", "share", "Households that fibre passes", "higher"),
        ("ftth.homes", "households", "Households with fibre broadband capability", "higher"),
        ("broadband.homes", "households", "Households with broadband", "higher"),
        ("access.mean_mbps", "Mbit/s", "Mean access rate of fibre households", "higher"),
        ("fibre.offices.share", "share", "Office buildings and parks with fibre", "higher"),
        ("hdtv.homes", "households", "Households with high-definition television", "higher"),
        ("dtv.share", "share", "Households with digital television", "higher"),
        ("hfc.twoway.share", "share", "Cable households on a two-way network", "higher"),
        ("mobile.users.share", "share", "People that use 3G or 4G", "higher"),
        ("wifi.public.places", "places", "Public places with WLAN", "higher"),
        ("idc.remote_backup.share", "share", "Data centres with a remote backup", "higher"),
    ]
    for name, unit, meaning, better in stated:
        yield Metric(name, unit, meaning, "as stated by its operator, newest statement", better,
                     "", _STATED)  # fmt: skip
    yield Metric(
        "wifi.places.share", "share", "Important places with WiFi",
        "places with an access point in reach / places with a WiFi priority", "higher", "place",
        "access points (sites of kind wifi)",
    )  # fmt: skip
    yield Metric(
        "ipv6.ready.share", "share", "Devices ready for IPv6, by layer; the worst layer counts",
        "main devices that the evidence puts at configured or above, without harm / main devices "
        "of the layer", "higher", "device", "IPv6 evidence",
    )  # fmt: skip
    yield Metric(
        "ipv6.sites.share", "share", "Portals and services that run on IPv6",
        "portals and services that the evidence puts at carrying or above, without harm / all",
        "higher", "website", "IPv6 evidence",
    )  # fmt: skip
    yield Metric(
        "ipv6.demo.fields", "fields", "Fields with an IPv6 demonstration",
        "fields of which a website has been at carrying or above, without harm, on each of 30 days",
        "higher", "website", "IPv6 evidence",
    )  # fmt: skip
    yield Metric(
        "monitoring.elements.share", "share", "Network elements that answer the monitoring",
        "devices polled with success in the last day / devices", "higher", "device",
        "poll results of the devices",
    )  # fmt: skip
    for name, meaning in (
        ("milestone", "Something is finished"),
        ("dashboard", "The state of the district can be seen at a glance"),
        ("alarms", "Alarms of a class are raised"),
    ):
        yield Metric(name, "date", meaning, "the day on which a statement says it was reached",
                     "neither", "", _STATED)  # fmt: skip


METRICS: dict[str, Metric] = {
    metric.name: metric for group in (_coverage, _network, _services) for metric in group()
}
"""Every metric by name, grouped by what it looks at."""


def find_metric(name: str) -> Metric:
    """Return a metric by name.

    Raises
    ------
    UsageError
        There is none; the message gives the nearest name.
    """
    try:
        return METRICS[name]
    except KeyError:
        close = difflib.get_close_matches(name, METRICS, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else "docs/metrics.md lists them all"
        raise UsageError(f"{name[:80]!r} is not a metric; {hint}") from None
