"""What a plan run finds: plain records that maps, pages, files and other programs read.

Shares are 0..1. Every share says by which service and weight it was made. Positions are WGS-84
longitude and latitude; the raster is in the project's CRS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .grid import Grid
from .servers.miss_reasons import MissReason

__all__ = [
    "GAP_REASONS",
    "Alternative",
    "AntennaFigures",
    "CoverageRaster",
    "CoverageSummary",
    "Gap",
    "GapReason",
    "Links",
    "Notice",
    "PlaceVerdict",
    "PlanLayers",
    "PlannedSite",
    "ReuseFigures",
    "SeveralServers",
    "SfnFigures",
    "Share",
]

GapReason = Literal[
    "too-far", "shadowed", "indoor-loss", "interference", "uplink", "no-candidate", "no-site"
]
"""Why people are not served, by the first thing on the way to them that costs the service.

``too-far``: even an unobstructed path is too long, or the model knows no obstacles; ``shadowed``:
terrain or buildings stand in between; ``indoor-loss``: outdoors they would be served;
``interference``: the other cells are too strong; ``uplink``: the terminal is not heard;
``no-candidate``: no site that may be used would reach them; ``no-site``: there is no site to
reach anybody.
"""


GAP_REASONS: Mapping[MissReason, GapReason] = {
    MissReason.DISTANCE: "too-far",
    MissReason.SHADOW: "shadowed",
    MissReason.INDOOR: "indoor-loss",
    MissReason.INTERFERENCE: "interference",
    MissReason.UPLINK: "uplink",
}
"""What the reason of a pixel is called in tables and words, in the order of :class:`.MissReason`."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a weight is served.

    Attributes
    ----------
    total
        The weight: people, or places.
    served
        Weight whose location probability reaches the service's requirement.
    expected
        Sum of weight x location probability.
    """

    total: float
    served: float
    expected: float

    @property
    def share(self) -> float | None:
        """Served over total; None where there is nobody to serve (never 0 or 1)."""
        return self.served / self.total if self.total > 0 else None

    @property
    def expected_share(self) -> float | None:
        """Expected over total; None where there is nobody to serve."""
        return self.expected / self.total if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class Links:
    """Which link of a two-way service is the weaker one; neither is assumed to be.

    Attributes
    ----------
    downlink, uplink
        Residents with a server whose downlink, or uplink, is the weaker; equal ones are in
        neither.
    uplink_weaker_db
        By how much the uplink needs a stronger field than the downlink: median over the
        residents with a server, negative where the downlink is the weaker; None without any.
    """

    downlink: float
    uplink: float
    uplink_weaker_db: float | None


@dataclass(frozen=True, slots=True)
class SeveralServers:
    """What it is worth that a receiver may take any of several servers.

    Attributes
    ----------
    share
        Residents for whom at least one server suffices with the required probability.
    correlation
        Site-to-site correlation of shadowing that was assumed.
    mean_servers
        Servers whose median level suffices, mean over the residents.
    overlap_share
        Share of residents with two or more servers within 6 dB of the best; None without any
        served.
    """

    share: Share
    correlation: float
    mean_servers: float
    overlap_share: float | None


@dataclass(frozen=True, slots=True)
class SfnFigures:
    """What the transmitters give together as a single-frequency network.

    Attributes
    ----------
    share
        Residents served by the sum of all transmitters, echoes beyond the guard interval
        counted as interference. Downlink only.
    guard_us
        Guard interval.
    median_gain_db
        What the sum gives over the best transmitter alone, median over the residents.
    longest_delay_us
        Longest delay between paths that count, 95th percentile over the residents.
    only_together, spoiled
        Residents whom no transmitter alone serves but the sum does, and the reverse.
    """

    share: Share
    guard_us: float
    median_gain_db: float | None
    longest_delay_us: float | None
    only_together: float
    spoiled: float


@dataclass(frozen=True, slots=True)
class ReuseFigures:
    """What cells on the same carrier leave each other.

    Attributes
    ----------
    load
        Load of the interfering cells that was assumed.
    median_sinr_db
        Median over the residents with a server.
    capacity_mbps_per_km2
        What the cells carry together per area that they serve; None without any.
    mean_load, overloaded, cells
        Busy-hour load, how many cells it does not fit into, and how many there are.
    """

    load: float
    median_sinr_db: float | None
    capacity_mbps_per_km2: float | None
    mean_load: float | None
    overloaded: int
    cells: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """What the same sites cover if an assumption is another one.

    Attributes
    ----------
    assumption
        What would be different.
    share
        Share of residents served then.
    """

    assumption: str
    share: float | None


@dataclass(frozen=True, slots=True)
class CoverageSummary:
    """How much one service covers.

    Attributes
    ----------
    service_id
        The service that was judged.
    headline
        Share of residents; ``headline.share`` is ``coverage.share``.
    census_year
        Year of the resident count; None when the tables do not say.
    area
        Share of the district's land, in km2.
    by_kind
        Kind of demand or place to its share; ``residents`` counts people, ``place:KIND`` places.
    by_subdistrict
        ``area_id`` to its residents' share; ``""`` collects residents outside every subdistrict.
    area_names
        ``area_id`` to (name, English name).
    outside_model
        Residents on a path that the propagation model was not made for, by reason.
    missed
        Residents not served, by reason.
    links
        Which link is the weaker; None for a broadcast service.
    several
        What several servers are worth; None without a site.
    sfn, reuse
        What the transmitters are to each other; None where the service does not say.
    """

    service_id: str
    headline: Share
    census_year: int | None
    area: Share
    by_kind: Mapping[str, Share]
    by_subdistrict: Mapping[str, Share]
    area_names: Mapping[str, tuple[str, str]]
    outside_model: Mapping[str, float]
    missed: Mapping[str, float] = field(default_factory=dict)
    links: Links | None = None
    several: SeveralServers | None = None
    sfn: SfnFigures | None = None
    reuse: ReuseFigures | None = None


@dataclass(frozen=True, slots=True)
class AntennaFigures:
    """An antenna as it is planned, for those who mount it.

    Attributes
    ----------
    pattern
        Name of the built-in pattern or of the pattern file.
    height_m
        Above ground.
    azimuth_deg, tilt_deg, mech_tilt_deg
        Main direction from north, electrical and mechanical downtilt.
    """

    pattern: str
    height_m: float
    azimuth_deg: float
    tilt_deg: float
    mech_tilt_deg: float
    eirp_dbm: float
    freq_mhz: float


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A site of the plan.

    Attributes
    ----------
    order
        1 is the first chosen; built and planned sites come before all candidates.
    origin
        ``fixed`` was built or planned before, ``chosen`` came from the candidates.
    people
        Residents that the site serves.
    people_alone
        Residents that only this site of the plan serves.
    assumed
        Figures of its transmitter that were assumed.
    people_shared
        Residents that it serves and the plan serves without it, too.
    cumulative_share
        Share of residents served by the sites up to this one.
    replacement, margin
        The site outside the plan that would lose least in its place, and how many residents.
    phase
        In which it is built; "" where the plan has no phases.
    cost_money
        What it costs in the project's money; None where that is unknown.
    antennas
        What stands there.
    """

    order: int
    site_id: str
    name: str
    category: str
    area_id: str
    lon: float
    lat: float
    antenna_height_m: float
    origin: Literal["fixed", "chosen"]
    people: float
    people_alone: float
    cost: float | None
    assumed: tuple[str, ...]
    people_shared: float | None = None
    cumulative_share: float | None = None
    replacement: str = ""
    margin: float | None = None
    phase: str = ""
    cost_money: float | None = None
    antennas: tuple[AntennaFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A connected area in which residents are not served.

    Attributes
    ----------
    rank
        1 has the most people.
    people
        Residents not served inside.
    lon, lat
        Where most of its people are.
    next_site_id, next_site_m
        The nearest site of the plan and its distance; "" and None when the plan has none.
    nearest_place, nearest_place_en, nearest_place_m
        The nearest important place; "" and None when there is none.
    close_site_id, close_people, close_cost_money
        The site outside the plan that would reach most of its people, how many, and what it
        costs; "" and None where none reaches any, or where that was not asked.
    geometry
        Polygon or multipolygon in WGS-84.
    """

    rank: int
    people: float
    area_km2: float
    area_id: str
    lon: float
    lat: float
    reason: GapReason
    next_site_id: str
    next_site_m: float | None
    nearest_place: str
    nearest_place_en: str
    nearest_place_m: float | None
    geometry: BaseGeometry
    close_site_id: str = ""
    close_people: float | None = None
    close_cost_money: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know before trusting the figures.

    Attributes
    ----------
    key
        ``people-outside``, ``places-outside``, ``candidates-excluded``, ``sites-enough``,
        ``sites-far``, ``standing-far``, ``served-by-several``, ``city-assumed``,
        ``pixels-coarse``, ``outside-model``, ``budget-adds-nothing``, one of ``antenna-gain``,
        ``antenna-frequency``, ``antenna-tilt``, ``antenna-tilt-idle``, or what found no time:
        ``no-time-phases``, ``-shifts``, ``-fibre``, ``-additions``, ``-cities``, ``-curve``; the
        words are in the catalogue.
    count
        How many.
    kind
        Of what, where the key needs it.
    share
        Count as a share of all, where the key needs it.
    """

    key: str
    count: float
    kind: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class PlaceVerdict:
    """Whether an important place is served.

    Attributes
    ----------
    probability
        Location probability at the place, 0..1.
    """

    place_id: str
    name: str
    name_en: str
    kind: str
    area_id: str
    lon: float
    lat: float
    probability: float
    served: bool


@dataclass(frozen=True, slots=True, eq=False)
class PlanLayers:
    """More about each pixel: who serves it, and why not.

    Attributes
    ----------
    server
        Order of the best server among the plan's sites, 1 the first; 0 where there is none.
    servers
        How many sites suffice on their own.
    reason
        :class:`.servers.miss_reasons.MissReason` of the pixel; 255 outside the district.
    limit
        :class:`.servers.uplink.Limit` by the smaller margin; 0 everywhere for a broadcast
        service.
    sinr_db
        Median over interference and noise of a network whose cells interfere; NaN where there
        is no server; None for other networks.
    """

    server: NDArray[np.int16]
    servers: NDArray[np.int16]
    reason: NDArray[np.uint8]
    limit: NDArray[np.uint8]
    sinr_db: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class CoverageRaster:
    """Coverage by pixel.

    Attributes
    ----------
    grid
        Where the pixels lie.
    probability
        Location probability of the service, 0..1; NaN where neither the district nor a resident
        is. Shape ``grid.shape``.
    field_dbuv_m
        Median outdoor field of the best server; NaN likewise.
    people
        Residents per pixel, inside the district or not.
    layers
        Who serves each pixel, and why not; None for runs of older releases.
    """

    grid: Grid
    probability: NDArray[np.float32]
    field_dbuv_m: NDArray[np.float32]
    people: NDArray[np.float32]
    layers: PlanLayers | None = None
