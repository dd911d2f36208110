"""A plan: a choice of sites with what it covers, how good it can be at most, and its gaps."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from .choice_facts import LeftOut, NextSite, Phases, Survives, TradeOff
from .plan_connections import Connections
from .plan_money import PlanCost
from .plan_request import PlanRequest
from .plan_safety import SafePlan
from .plan_sharing import Sharing
from .plan_tuning import TunedPlan
from .propagation import PropagationModel
from .results import (
    Alternative,
    CoverageRaster,
    CoverageSummary,
    Gap,
    Notice,
    PlaceVerdict,
    PlannedSite,
)
from .services import Service
from .surface_model import Surface

__all__ = ["Plan"]

_PROVEN_BELOW = 1e-9  # of the total weight: beneath the rounding of the sums


@dataclass(frozen=True, slots=True)
class Plan:
    """A choice of sites with what it covers, how good it can be at most, and its gaps.

    Attributes
    ----------
    service, model
        By which service it is judged, and how losses were predicted.
    budget
        At most so many sites were allowed; None when the sites were given.
    target_share
        Share of residents to be reached; None for a service that is not the headline service.
    sites
        Fixed sites first, then by what each adds.
    value
        Residents served.
    bound
        Residents that no choice within the budget can exceed; None when the sites were given.
    coverage, gaps, places, raster
        What the sites cover, where they do not, which important places are served, and the map.
    notices
        What the reader should know before trusting the figures.
    timings
        Seconds by step.
    seed
        Of the search.
    surface
        Ground and buildings under the model; None for a model that knows none.
    alternatives
        What the same sites cover if the assumed buildings are others.
    asked
        What was asked of the plan; None where the sites were given.
    objective
        ``residents``: as many as possible; ``sites`` or ``cost``: a share with the fewest sites,
        or at the least cost; ``survival``: as many as possible after the loss of any one site;
        ``network``: as many as possible as a network, ``value`` counting them so.
    status
        Why the search stopped: ``optimal``, ``within-gap``, ``unproven``, ``time-limit`` or
        ``cancelled``; "" where the sites were given.
    least
        For the objectives ``sites`` and ``cost``: no plan that reaches the share takes fewer
        sites, or costs less.
    curve, phases, left_out, where_next, survives
        What else belongs to the choice; see :mod:`.choice_facts`.
    cost
        What sites and fibre cost.
    connections
        What connects the sites, where that was in the price of the choice.
    tuned
        What turning the antennas won; the figures are those with turned antennas.
    sharing
        Which sites stand on existing base stations; None where no candidate does.
    safety
        Additions that make the plan safe, where that was asked.
    shifts
        Share of residents that the same sites serve if all levels are so many dB higher.
    cancelled_by
        What interrupted the search; the caller may raise it again.
    """

    service: Service
    model: PropagationModel
    budget: int | None
    target_share: float | None
    sites: tuple[PlannedSite, ...]
    value: float
    bound: float | None
    coverage: CoverageSummary
    gaps: tuple[Gap, ...]
    places: tuple[PlaceVerdict, ...]
    raster: CoverageRaster = field(repr=False)
    notices: tuple[Notice, ...] = ()
    timings: dict[str, float] = field(default_factory=dict, repr=False)
    seed: int = 0
    surface: Surface | None = field(default=None, repr=False)
    alternatives: tuple[Alternative, ...] = ()
    asked: PlanRequest | None = None
    objective: str = "residents"
    status: str = ""
    least: float | None = None
    curve: TradeOff | None = field(default=None, repr=False)
    phases: Phases | None = field(default=None, repr=False)
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    where_next: tuple[NextSite, ...] = ()
    survives: Survives | None = None
    cost: PlanCost | None = None
    connections: Connections | None = field(default=None, repr=False)
    tuned: TunedPlan | None = field(default=None, repr=False)
    sharing: Sharing | None = None
    safety: SafePlan | None = None
    shifts: tuple[tuple[float, float], ...] = ()
    cancelled_by: BaseException | None = field(default=None, repr=False)

    @property
    def gap(self) -> float | None:
        """How far the plan may be from the best one, as a share; None without a bound.

        Of the bound for residents; of the plan's own number of sites or cost where that is small.
        """
        if self.least is not None:
            used = self._used
            return (used - self.least) / used if used > 0 else 0.0
        if self.bound is None:
            return None
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no choice that keeps to what was asked can be better."""
        if self.least is not None:
            return self._used - self.least <= _PROVEN_BELOW * max(1.0, self._used)
        if self.bound is None:
            return False
        return self.bound - self.value <= _PROVEN_BELOW * max(1.0, self.coverage.headline.total)

    @property
    def _used(self) -> float:
        """Return what the objective makes small: money, or the number of sites."""
        if self.objective == "cost" and self.cost is not None and self.cost.sites is not None:
            return self.cost.sites
        return float(len(self.sites))

    @property
    def met(self) -> bool | None:
        """Whether the target share is reached; None without a target or anybody to serve."""
        share = self.coverage.headline.share
        if share is None or self.target_share is None:
            return None
        return share >= self.target_share

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the sites as points, one row a site, in WGS-84."""
        columns = [n for n in PlannedSite.__slots__ if n not in ("lon", "lat", "antennas")]
        rows = [{name: getattr(site, name) for name in columns} for site in self.sites]
        for row in rows:
            row["assumed"] = " ".join(row["assumed"])
        points = shapely.points([(site.lon, site.lat) for site in self.sites] or np.empty((0, 2)))
        return gpd.GeoDataFrame(rows, columns=columns, geometry=points, crs="EPSG:4326")

    def gaps_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the gaps as polygons, one row a gap, in WGS-84."""
        columns = [name for name in Gap.__slots__ if name != "geometry"]
        rows = [{name: getattr(gap, name) for name in columns} for gap in self.gaps]
        shapes = [gap.geometry for gap in self.gaps]
        return gpd.GeoDataFrame(rows, columns=columns, geometry=shapes, crs="EPSG:4326")

    def _repr_html_(self) -> str:
        share = self.coverage.headline.share
        figures = [
            ("service", self.service.name_en),
            ("sites", f"{len(self.sites)}" + (f" of {self.budget}" if self.budget else "")),
            ("residents served", "unknown" if share is None else f"{share:.1%}"),
            ("target", "none" if self.target_share is None else f"{self.target_share:.0%}"),
            (
                "at most possible",
                "unknown"
                if self.bound is None or not share
                else f"{share * self.bound / self.value:.1%}",
            ),
            ("gaps", f"{len(self.gaps)}"),
            ("model", self.model.title),
        ]
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in figures
        )
        return f"<table>{rows}</table>"
