"""What a coverage map shows: one run, its areas, gaps, sites and raster, checked to fit together.

The figures come from the run document (``run.json``), the shapes from GeoJSON, the pixels from
the run's raster; ranks and ids join them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..coverage.results import CoverageRaster
from ..topology.errors import InputError

__all__ = ["CoverageMap", "features"]

_PARTS = ("coverage", "created", "gaps", "model", "plan", "project", "service", "sites")


def features(collection: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Iterate over the features of a GeoJSON FeatureCollection that have a geometry."""
    for feature in collection.get("features") or ():
        if feature.get("geometry"):
            yield feature


def _check_joined(
    name: str, collection: Mapping[str, Any], key: str, rows: Mapping[Any, object]
) -> None:
    for feature in features(collection):
        value = (feature.get("properties") or {}).get(key)
        if value not in rows:
            raise InputError(
                f"the map's {name} have a shape with {key} = {value!r}, which the run document "
                "does not list; give the run document and the shapes of the same run"
            )


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """A run of a plan with everything that a map of it needs.

    Attributes
    ----------
    run
        The run document, as ``run.json`` holds it.
    areas
        FeatureCollection of the district and its subdistricts; properties ``area_id``, ``kind``,
        ``name``, ``name_en``.
    gaps
        FeatureCollection of the gaps; property ``rank`` joins a shape to its row of
        ``run["gaps"]``.
    sites
        FeatureCollection of the planned sites; property ``site_id`` joins a point to its row of
        ``run["sites"]["table"]``.
    raster
        Location probability by pixel.

    Raises
    ------
    InputError
        A part of the run document is missing, or a shape belongs to no row of it.
    """

    run: Mapping[str, Any]
    areas: Mapping[str, Any]
    gaps: Mapping[str, Any]
    sites: Mapping[str, Any]
    raster: CoverageRaster

    def __post_init__(self) -> None:
        for part in _PARTS:
            if part not in self.run:
                raise InputError(
                    f"the run document has no {part!r}, so it cannot be drawn; "
                    "plan again with: ngbw plan PROJECT"
                )
        _check_joined("gaps", self.gaps, "rank", {gap["rank"]: gap for gap in self.run["gaps"]})
        _check_joined("sites", self.sites, "site_id", self.site_numbers())

    def site_numbers(self) -> dict[str, int]:
        """Return the place of every site in the order of choice, by its id."""
        return {site["site_id"]: int(site["order"]) for site in self.run["sites"]["table"]}
