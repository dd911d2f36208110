"""What stands or runs inside a polygon: a flood, a district without power."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from ..files import read_table_file
from ..network import Network

__all__ = ["inside_area", "network_extent", "read_area"]


def read_area(path: Path) -> BaseGeometry:
    """Return the polygons of a file as one shape in WGS-84.

    Raises
    ------
    FileError
        The file holds something else than polygons, or nothing.
    """
    frame = read_table_file(path).frame
    shapes = [shape for shape in frame.get("geometry", ()) if shape is not None]
    other = sorted({s.geom_type for s in shapes} - {"Polygon", "MultiPolygon"})
    if other or not shapes:
        raise FileError(
            f"{path.name} holds {', '.join(other) or 'no geometry'}; an area that fails is drawn "
            "as polygons"
        )
    if any(not shape.is_valid for shape in shapes):
        shapes = [shapely.make_valid(shape) for shape in shapes]
    return shapely.union_all(shapes)


def inside_area(network: Network, area: BaseGeometry) -> tuple[str, ...]:
    """Return the sites inside and the spans that enter, as ``sites:ID`` and ``spans:ID``.

    Links fall with them (:meth:`.Network.without`). A link between two sites outside that names no
    span is taken to go around: nobody knows where it runs.
    """
    shapely.prepare(area)
    sites, spans = network.sites, network.spans
    points = shapely.points(sites[["lon", "lat"]].to_numpy(float))
    found = [f"sites:{i}" for i in sites["site_id"].to_numpy()[shapely.intersects(area, points)]]
    if "geometry" in spans.columns and len(spans):
        lines = np.asarray(spans["geometry"], object)
        hit = shapely.intersects(area, lines)
        found += [f"spans:{i}" for i in spans["span_id"].to_numpy()[hit]]
    return tuple(found)


def network_extent(network: Network) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of the sites and spans that can lie inside an area.

    In WGS-84 degrees; None where there is neither. Beside the bounds of an area that holds nothing
    it tells an area elsewhere (swapped or other coordinates) from one that is merely harmless.
    """
    shapes = [shapely.Point(place) for place in network.sites[["lon", "lat"]].to_numpy(float)]
    if "geometry" in network.spans.columns:
        shapes += list(network.spans["geometry"])
    bounds = shapely.total_bounds(np.asarray(shapes, object))
    if np.isnan(bounds).any():
        return None
    west, south, east, north = (round(float(edge), 6) for edge in bounds)
    return west, south, east, north
