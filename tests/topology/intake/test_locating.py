"""In which area a position lies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from shapely import Polygon, box

from ngbw.topology.intake.locating import inside_district, subdistrict_at


def areas(*rows: tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_id", "kind", "geometry"])


WEST, EAST = box(121.0, 31.0, 121.5, 31.5), box(121.5, 31.0, 122.0, 31.5)


def test_each_position_gets_its_subdistrict() -> None:
    table = areas(("w", "subdistrict", WEST), ("e", "subdistrict", EAST), ("d", "district", WEST))
    found = subdistrict_at(table, [121.2, 121.8, 120.0, np.nan], [31.2, 31.2, 31.2, 31.2])
    assert found == ["w", "e", "", ""]


def test_a_border_belongs_to_the_first_area() -> None:
    table = areas(("w", "subdistrict", WEST), ("e", "subdistrict", EAST))
    assert subdistrict_at(table, [121.5], [31.2]) == ["w"]
    assert subdistrict_at(table.iloc[::-1], [121.5], [31.2]) == ["e"]


def test_broken_areas_hold_nothing() -> None:
    bow = Polygon([(121, 31), (122, 32), (122, 31), (121, 32)])
    table = areas(("b", "subdistrict", bow), ("n", "subdistrict", None), ("d", "district", bow))
    assert subdistrict_at(table, [121.9], [31.5]) == [""]
    assert inside_district(table, [121.9], [31.5]) is None


def test_no_district_is_not_the_same_as_outside() -> None:
    assert inside_district(areas(), [121.2], [31.2]) is None
    inside = inside_district(areas(("d", "district", WEST)), [121.2, 121.8, np.nan], [31.2] * 3)
    assert inside is not None
    assert inside.tolist() == [True, False, False]
