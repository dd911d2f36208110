"""Footprints on a grid: the area of the roofs is kept, made-up heights are counted."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface.buildings import built_pixels, place_buildings, read_buildings
from ngbw.topology.errors import FileError, InputError, MissingError, UsageError

UTM = "EPSG:32651"
LEFT, TOP = 357_000.0, 3_464_000.0
GRID = Grid(UTM, LEFT, TOP, 10.0, 20, 15)


def house(x_m, y_m, width_m, depth_m):
    """Return a footprint by its distance from the grid's north-west corner."""
    return box(LEFT + x_m, TOP - y_m - depth_m, LEFT + x_m + width_m, TOP - y_m)


def frame(shapes, crs: Any = UTM, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def test_a_house_over_whole_pixels_gives_them_its_height():
    layer = place_buildings(frame([house(20, 10, 30, 20)], height_m=[12.5]), GRID)
    wanted = np.zeros(GRID.shape)
    wanted[1:3, 2:5] = 12.5
    assert np.array_equal(layer.clutter_m, wanted)
    assert layer.roof_share.sum() == 6
    assert (layer.buildings, layer.assumed) == (1, ())


def test_the_share_under_roofs_is_measured_in_parts_of_a_pixel():
    layer = place_buildings(frame([house(20, 10, 5, 2.5)], height_m=[9]), GRID)
    assert layer.roof_share[1, 2] == pytest.approx(1 / 8)
    # One small house on an empty plain does not vanish.
    assert np.flatnonzero(layer.clutter_m).tolist() == [1 * GRID.width + 2]


def test_where_roofs_overlap_the_tallest_counts():
    podium, tower = house(20, 20, 20, 20), house(20, 20, 10, 20)
    for order in ([0, 1], [1, 0]):
        shapes = [[podium, tower][n] for n in order]
        heights = [[15.0, 90.0][n] for n in order]
        layer = place_buildings(frame(shapes, height_m=heights), GRID)
        assert layer.clutter_m[2:4, 2:4].tolist() == [[90, 15], [90, 15]]


def test_a_pixel_of_two_roofs_has_their_mean_height():
    layer = place_buildings(
        frame([house(20, 20, 5, 10), house(25, 20, 5, 10)], height_m=[10, 30]), GRID
    )
    assert layer.clutter_m[2, 2] == 20


def test_a_courtyard_is_open():
    ring = house(10, 10, 50, 50).difference(house(30, 30, 10, 10))
    layer = place_buildings(frame([ring], height_m=[20]), GRID)
    assert layer.clutter_m[3, 3] == 0
    assert (layer.clutter_m > 0).sum() == 24


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 180), st.floats(0, 130), st.floats(3, 60), st.floats(3, 60),
            st.floats(2, 200),
        ),
        min_size=1, max_size=12,
    ),
    st.sampled_from([5.0, 10.0, 25.0]),
)  # fmt: skip
def test_built_pixels_have_the_area_of_the_roofs(houses, step_m):
    grid = Grid(UTM, LEFT, TOP, step_m, int(200 / step_m), int(150 / step_m))
    shapes = [house(*one[:4]) for one in houses]
    heights = [one[4] for one in houses]
    layer = place_buildings(frame(shapes, height_m=heights), grid)
    west, south, east, north = grid.bounds_m
    union = shapely.union_all(shapes).intersection(box(west, south, east, north))
    # A fine pixel counts when its middle is under a roof: wrong by at most the rim.
    rim = shapely.length(union) * step_m / max(3, np.ceil(step_m / 2.5)) / step_m**2
    assert layer.roof_share.sum() == pytest.approx(union.area / step_m**2, abs=rim)
    built = np.count_nonzero(layer.clutter_m)
    if layer.roof_share.any():
        assert built == max(1, round(float(layer.roof_share.sum(dtype=float))))
        assert layer.roof_share[layer.clutter_m > 0].min() >= layer.roof_share[
            layer.clutter_m == 0
        ].max(initial=0)
        assert layer.clutter_m.max() <= max(heights) * (1 + 1e-6)


def test_equal_shares_are_built_evenly_over_the_grid():
    share = np.full((100, 80), 0.25, np.float32)
    built = built_pixels(share, np.full(share.shape, 10, np.float32)) > 0
    assert built.sum() == 2000
    quarters = [part.mean() for rows in np.split(built, 2) for part in np.split(rows, 2, axis=1)]
    assert np.abs(np.array(quarters) - 0.25).max() < 0.01


def test_missing_heights_come_from_storeys_then_from_the_default_and_are_counted():
    spots = [house(20 * n, 20, 10, 10) for n in range(5)]
    rows = frame(spots, height_m=[30, None, None, 0, None], storeys=[2, 6, None, None, "4"])
    layer = place_buildings(rows, GRID, default_height_m=21)
    assert layer.clutter_m[2, ::2][:5].tolist() == [30, 18, 21, 21, 12]
    assert layer.assumed == (
        "2 of 5 buildings have no height: taken as storeys times 3 m",
        "2 of 5 buildings have neither height nor storeys: taken as 21 m",
    )


def test_the_words_of_openstreetmap_are_understood():
    rows = frame(
        [house(0, 0, 10, 10), house(20, 0, 10, 10), house(40, 0, 10, 10)],
        **{"height": ["12.5 m", "", None], "building:levels": [None, "5", None]},
    )
    layer = place_buildings(rows, GRID)
    assert layer.clutter_m[0, [0, 2, 4]].tolist() == [12.5, 15, 18]


@pytest.mark.parametrize("bad", ["tall", "12 ft", "1e9", "٣٠"])
def test_a_height_that_is_none_is_named_with_its_row(bad):
    rows = frame([house(0, 0, 9, 9), house(20, 0, 9, 9)], height_m=["5", bad])
    with pytest.raises(InputError, match=r"height_m of row 1 is .*must be a number in m"):
        place_buildings(rows, GRID)


def test_a_height_beyond_all_buildings_is_refused():
    with pytest.raises(InputError, match=r"height_m of row 0 is 18000.* up to 1000"):
        place_buildings(frame([house(0, 0, 9, 9)], height_m=[18_000]), GRID)
    with pytest.raises(InputError, match="height_m of row 0 is inf"):
        place_buildings(frame([house(0, 0, 9, 9)], height_m=[np.inf]), GRID)
    with pytest.raises(UsageError, match="default height of a building is 0"):
        place_buildings(frame([house(0, 0, 9, 9)]), GRID, default_height_m=0)


def test_rows_without_area_are_left_out_and_counted():
    bow_tie = Polygon([(LEFT + x, TOP - y) for x, y in ((40, 0), (60, 20), (60, 0), (40, 20))])
    shapes = [
        house(0, 0, 10, 10), None, Point(LEFT, TOP), LineString([(LEFT, TOP), (LEFT + 9, TOP)]),
        Polygon(), MultiPolygon([house(100, 50, 10, 10)]), bow_tie,
    ]  # fmt: skip
    layer = place_buildings(frame(shapes, height_m=[6] * 7), GRID)
    assert layer.buildings == 3
    assert layer.assumed == ("4 rows of building footprints have no area and were left out",)
    assert layer.roof_share.sum() == pytest.approx(1 + 1 + 2, abs=0.3)


def test_buildings_of_another_place_or_none_are_refused():
    with pytest.raises(InputError, match="none of 1 rows"):
        place_buildings(frame([house(5_000, 0, 10, 10)], height_m=[6]), GRID)
    with pytest.raises(InputError, match="none of 0 rows"):
        place_buildings(frame([]), GRID)
    with pytest.raises(InputError, match="no coordinate system"):
        place_buildings(frame([house(0, 0, 9, 9)], crs=None, height_m=[6]), GRID)


@pytest.mark.parametrize("name", ["buildings.geojson", "buildings.gpkg"])
def test_a_project_file_is_read_and_lands_where_it_belongs(tmp_path, name):
    path = tmp_path / name
    rows = frame([house(20, 10, 30, 20)], height_m=[12.5]).to_crs("EPSG:4326")
    rows.to_file(path)
    layer = place_buildings(read_buildings(path, UTM), GRID, source=name)
    assert np.count_nonzero(layer.clutter_m) == 6
    assert layer.clutter_m[1:3, 2:5].min() == 12.5
    assert layer.source == name


def test_a_file_without_geometry_or_that_does_not_exist_is_refused(tmp_path):
    (tmp_path / "b.csv").write_text("building_id,height_m\n1,9\n")
    with pytest.raises(FileError, match="footprints are polygons"):
        read_buildings(tmp_path / "b.csv", UTM)
    with pytest.raises(MissingError):
        read_buildings(tmp_path / "none.geojson", UTM)
