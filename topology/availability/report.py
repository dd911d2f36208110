"""Minutes a year without service, for every site, subdistrict and district.

Every site gets its unavailability in closed form: exactly where the network around it is narrow
enough (:mod:`.exact`), else by cuts of one and two events with a bound on the rest
(:mod:`.cut_sets`). A Monte-Carlo run beside it is the check. Where something between a site and
the roots has no figure, the site is unknown; what it would be with that thing perfect and with it
always away is given as a range.

Failures and repairs are independent unless a risk group says otherwise: one crew for two faults,
or one flood for three rooms, is not in the figures until it is a group.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..capacity.served_people import access_sites, people_of_sites
from ..network import Network
from ..service_roots import service_roots
from .components import COMPONENTS, Component
from .cut_sets import cut_unavailability
from .equipment import NamedGroup, failure_model_of
from .exact import exact_unavailability
from .failure_model import FailureModel
from .sampling import SampledUnavailability, sample_unavailability

__all__ = [
    "MINUTES_A_YEAR",
    "AreaAvailability",
    "AvailabilityReport",
    "NodeUnavailability",
    "SiteAvailability",
    "availability_of",
    "minutes_a_year",
    "nines",
    "node_unavailability",
]

MINUTES_A_YEAR = 525_960.0
"""Minutes of a year of 365.25 days."""

Method = Literal["exact", "cuts", "unknown"]


def minutes_a_year(unavailability: float) -> float:
    """Return the minutes a year that an unavailability comes to."""
    return unavailability * MINUTES_A_YEAR


def nines(unavailability: float) -> float:
    """Return the number of nines: 3 for 99.9 %, 3.3 for 99.95 %; infinite for what never fails."""
    return math.inf if unavailability <= 0.0 else max(0.0, -math.log10(unavailability))


@dataclass(frozen=True, slots=True, eq=False)
class NodeUnavailability:
    """Unavailability of the service of every node.

    Attributes
    ----------
    value
        NaN where something without a figure stands between the node and the roots.
    lower, upper
        Where it lies for certain. The same as ``value`` where it is exact, a little apart where
        cuts of three and more events are left out, and far apart where a figure is missing.
    method
        How each was found.
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    method: tuple[Method, ...]


def _known(model: FailureModel, exact: bool) -> NodeUnavailability:
    """Return the unavailability of a model in which every share is known."""
    cuts = cut_unavailability(model)
    value, lower, upper = cuts.value.copy(), cuts.lower.copy(), cuts.upper.copy()
    method: list[Method] = ["cuts"] * model.graph.nodes
    if exact:
        for node, found in enumerate(exact_unavailability(model, range(model.graph.nodes))):
            if found is not None:
                value[node] = lower[node] = upper[node] = found
                method[node] = "exact"

    def with_own(rest: NDArray[np.float64]) -> NDArray[np.float64]:
        own = model.own_unavailability
        return rest + own - rest * own

    return NodeUnavailability(with_own(value), with_own(lower), with_own(upper), tuple(method))


def node_unavailability(model: FailureModel, *, exact: bool = True) -> NodeUnavailability:
    """Return the unavailability of the service of every node in closed form.

    Parameters
    ----------
    model
        Unknown (NaN) shares make the nodes that they matter to unknown.
    exact
        Try the exact sweep first; without it every node has its cuts of one and two.
    """
    best = _known(model.with_unknown(0.0), exact)
    shares = [model.node_unavailability, model.edge_unavailability, model.own_unavailability]
    groups = np.array([group.unavailability for group in model.groups])
    if not any(np.isnan(values).any() for values in (*shares, groups)):
        return best
    worst = _known(model.with_unknown(1.0), exact)
    # What is missing matters where perfect and always away are not the same.
    matters = worst.upper - best.lower > 1e-15 + 1.000001 * (best.upper - best.lower)
    return NodeUnavailability(
        np.where(matters, np.nan, best.value),
        best.lower,
        np.where(matters, worst.upper, best.upper),
        tuple(
            "unknown" if unknown else method
            for unknown, method in zip(matters, best.method, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class SiteAvailability:
    """How long a site's customers are without service in a mean year.

    Attributes
    ----------
    minutes_a_year, nines
        None is unknown; ``reason`` says why.
    at_least_minutes, at_most_minutes
        Where the minutes lie for certain; None where nothing is known.
    method
        ``exact``, ``cuts`` or ``unknown``.
    sampled_minutes, sampled_error_minutes
        The Monte-Carlo check with its standard error; None where none was run.
    people
        Residents nearest to this site.
    """

    site_id: str
    name: str
    area_id: str
    people: float
    minutes_a_year: float | None
    nines: float | None
    at_least_minutes: float | None
    at_most_minutes: float | None
    method: Method
    sampled_minutes: float | None
    sampled_error_minutes: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class AreaAvailability:
    """Mean minutes a year of the residents of an area.

    Attributes
    ----------
    minutes_a_year, nines
        Mean over the residents whose site is known; None where there are none.
    people, unknown_people
        Residents, and those of them whose site is unknown.
    """

    area_id: str
    name: str
    people: float
    unknown_people: float
    minutes_a_year: float | None
    nines: float | None


@dataclass(frozen=True, slots=True)
class AvailabilityReport:
    """The availability of a network.

    Attributes
    ----------
    sites
        Every built or planned site of the fixed network, worst first, unknown ones last.
    areas
        District and subdistricts.
    roots
        Where service comes from.
    groups
        How many risk groups there are: shared spans and those given.
    unknown_components
        Classes without a figure that stand somewhere in the network.
    assumed_components
        Classes in the table whose figure nobody has measured.
    sampled
        The Monte-Carlo run; None where none was asked for.
    """

    sites: tuple[SiteAvailability, ...]
    areas: tuple[AreaAvailability, ...]
    roots: tuple[str, ...]
    groups: int
    unknown_components: tuple[str, ...]
    assumed_components: tuple[str, ...]
    sampled: SampledUnavailability | None

    @property
    def worst_minutes_a_year(self) -> float | None:
        """Most minutes a year of any site; None where a site that could be worse is unknown."""
        known = [site.minutes_a_year for site in self.sites if site.minutes_a_year is not None]
        if not known or any(site.minutes_a_year is None for site in self.sites):
            return None
        return max(known)


def availability_of(
    network: Network,
    *,
    roots: Sequence[str] | None = None,
    components: Mapping[str, Component] = COMPONENTS,
    groups: Sequence[NamedGroup] = (),
    scenarios: int = 0,
    seed: int = 0,
    exact: bool = True,
) -> AvailabilityReport:
    """Return how long every site, subdistrict and the district are without service in a year.

    Parameters
    ----------
    roots
        Sites where service comes from; the head-ends by default.
    components
        How often each class of equipment is away (:func:`.read_components`).
    groups
        What fails together beside spans that links share (:func:`.power_areas`).
    scenarios
        How many random scenarios check the closed form; 0 for none.
    seed
        Of the scenarios.
    exact
        Try the exact sweep first (:func:`node_unavailability`).

    Raises
    ------
    InputError
        There is no root, a root has no link, or a group names what is not there.
    """
    found = service_roots(network.sites, roots).ids
    people = people_of_sites(network)
    model, unknown = failure_model_of(
        network, found, weight=people, components=components, groups=groups
    )
    closed = node_unavailability(model, exact=exact)
    drawn = None
    if scenarios:
        drawn = sample_unavailability(model.with_unknown(0.0), scenarios=scenarios, seed=seed)
    sites = _sites(network, model, closed, drawn, people)
    minutes = {site.site_id: site.minutes_a_year for site in sites}
    return AvailabilityReport(
        tuple(sorted(sites, key=lambda s: (s.minutes_a_year is None, -(s.minutes_a_year or 0.0)))),
        _areas(network, minutes),
        found,
        len(model.groups),
        unknown,
        tuple(c.name for c in components.values() if c.unavailability and c.unavailability.assumed),
        drawn,
    )


def _sites(
    network: Network,
    model: FailureModel,
    closed: NodeUnavailability,
    drawn: SampledUnavailability | None,
    people: Mapping[str, float],
) -> list[SiteAvailability]:
    number = {site: n for n, site in enumerate(model.graph.node_ids)}
    own = model.with_unknown(0.0).own_unavailability
    wanted = set(access_sites(network)) | set(number)
    answers = []
    for row in network.sites.to_dict("records"):
        site = str(row["site_id"])
        if site not in wanted:
            continue
        head = (site, str(row["name"]), str(row["area_id"]), people.get(site, 0.0))
        if site not in number:
            why = "no link of this site is recorded"
            answers.append(
                SiteAvailability(*head, None, None, None, None, "unknown", None, None, why)
            )
            continue
        n = number[site]
        value = float(closed.value[n])
        known = not math.isnan(value)
        why = "" if known else "a component between it and the roots has no figure"
        if known and value >= 1.0:
            why = "no path to a root"
        check = error = None
        if drawn is not None and known:
            rest = float(drawn.value[n])
            check = minutes_a_year(rest + own[n] - rest * own[n])
            error = minutes_a_year(float(drawn.standard_error[n]) * (1.0 - own[n]))
        answers.append(
            SiteAvailability(
                *head,
                minutes_a_year(value) if known else None,
                nines(value) if known else None,
                minutes_a_year(float(closed.lower[n])),
                minutes_a_year(float(closed.upper[n])),
                closed.method[n],
                check,
                error,
                why,
            )
        )
    return answers


def _areas(network: Network, minutes: Mapping[str, float | None]) -> tuple[AreaAvailability, ...]:
    """Return the mean over the residents of each area, every one at the nearest access site."""
    served = people_of_sites(network, by_area=True)
    answers = []
    for row in network.areas.to_dict("records"):
        if row["kind"] not in ("district", "subdistrict"):
            continue
        total = unknown = weighted = 0.0
        for (area, site), people in served.items():
            if row["kind"] == "subdistrict" and area != row["area_id"]:
                continue
            total += people
            here = minutes.get(site)
            if here is None:
                unknown += people
            else:
                weighted += people * here
        mean = weighted / (total - unknown) if total > unknown else None
        answers.append(
            AreaAvailability(
                str(row["area_id"]),
                str(row["name"]),
                total,
                unknown,
                mean,
                None if mean is None else nines(mean / MINUTES_A_YEAR),
            )
        )
    return tuple(answers)
