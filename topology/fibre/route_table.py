"""Routes as a table of stretches, for GIS and spreadsheets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from .rings import Rings
from .routes import Routes
from .street_graph import DROP

__all__ = ["route_table"]


def route_table(routes: Routes, rings: Rings | None = None) -> pd.DataFrame:
    """Return a row for each stretch of the tree, and of the second ways that are not in it.

    Columns: ``use`` (tree, ring), ``lay`` (new duct, existing duct, drop), ``street_id``,
    ``name``, ``kind``, ``length_m``, ``cost`` (in the model's unit), ``sites`` (how many sites
    hang on it, in the tree; how many second ways run there, in a ring), ``geometry`` (WGS-84).
    """
    streets = routes.streets
    used = {int(edge): 0 for edge in routes.tree.edges}
    for route in routes.routes:
        for edge in route.edges:
            used[edge] += 1
    ways: dict[int, int] = {}
    for ring in rings.rings if rings else ():
        for way in (ring.first, ring.second):
            for edge in way.edges if way is not None else ():
                if edge not in used:
                    ways[edge] = ways.get(edge, 0) + 1
    to_degrees = Transformer.from_crs(streets.crs, "EPSG:4326", always_xy=True)

    def degrees(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1]))

    rows = []
    for use, counts in (("tree", used), ("ring", ways)):
        for edge, sites in sorted(counts.items()):
            row = int(streets.street_row[edge])
            if row == DROP:
                lay, street, name, kind = "drop", "", "", ""
            else:
                lay = "existing duct" if routes.in_duct[edge] else "new duct"
                street, name = streets.street_ids[row], streets.names[row]
                kind = streets.kinds[row]
            rows.append(
                {
                    "use": use,
                    "lay": lay,
                    "street_id": street,
                    "name": name,
                    "kind": kind,
                    "length_m": round(float(streets.length_m[edge]), 1),
                    "cost": round(float(routes.cost_per_edge[edge]), 2),
                    "sites": sites,
                    "geometry": shapely.transform(streets.shape_of(edge), degrees),
                }
            )
    columns = [
        "use", "lay", "street_id", "name", "kind", "length_m", "cost", "sites", "geometry",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
