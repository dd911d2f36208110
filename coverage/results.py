"""What a plan run finds: plain records that maps, pages, files and other programs read.

Shares are 0..1. Every share says by which service and weight it was made. Positions are WGS-84
longitude and latitude; the raster is in the project's CRS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .grid import Grid

__all__ = [
    "CoverageRaster",
    "CoverageSummary",
    "Gap",
    "GapReason",
    "Notice",
    "PlaceVerdict",
    "PlannedSite",
    "Share",
]

GapReason = Literal["too-far", "indoor-loss", "no-candidate"]
"""Why people are not served.

``no-candidate``: no site that may be used would reach them; ``indoor-loss``: outdoors they would
be served, the building is what stops it; ``too-far``: they are not served outdoors either.
"""


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
    """

    service_id: str
    headline: Share
    census_year: int | None
    area: Share
    by_kind: Mapping[str, Share]
    by_subdistrict: Mapping[str, Share]
    area_names: Mapping[str, tuple[str, str]]
    outside_model: Mapping[str, float]


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


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know before trusting the figures.

    Attributes
    ----------
    key
        ``people-outside``, ``places-outside``, ``candidates-excluded``, ``sites-enough``,
        ``outside-model`` or one of ``antenna-gain``, ``antenna-frequency``, ``antenna-tilt``,
        ``antenna-tilt-idle``; the words are in the catalogue.
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
    """

    grid: Grid
    probability: NDArray[np.float32]
    field_dbuv_m: NDArray[np.float32]
    people: NDArray[np.float32]
