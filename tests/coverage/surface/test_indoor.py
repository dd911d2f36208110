"""The street outside: medians at the walls, never the field over the own roof."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface.indoor import street_field, walls_of
from ngbw.topology.errors import InputError


def grid_of(shape, step_m=10.0):
    return Grid("EPSG:32651", 357_000.0, 3_464_000.0, step_m, shape[1], shape[0])


def plain(field, building):
    """Return the same by the definition, pixel by pixel."""
    out = np.array(field, np.float32)
    streets = np.argwhere(~building)
    for row, column in np.argwhere(building):
        distance = np.hypot(streets[:, 0] - row, streets[:, 1] - column)
        at_walls = streets[distance <= distance.min() + 0.5]
        values = field[at_walls[:, 0], at_walls[:, 1]]
        known = values[~np.isnan(values)]
        out[row, column] = np.median(known) if known.size else np.nan
    return out


@settings(max_examples=80)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 14), st.floats(0.05, 0.98),
    st.floats(0, 0.5),
)  # fmt: skip
def test_building_pixels_have_the_median_of_the_streets_at_their_walls(
    seed, rows, columns, density, unknown
):
    rng = np.random.default_rng(seed)
    building = rng.random((rows, columns)) < density
    building.flat[rng.integers(building.size)] = False
    field = rng.normal(60, 10, building.shape).astype(np.float32)
    field[rng.random(building.shape) < unknown] = np.nan
    found = street_field(field, building * 20.0, grid_of(building.shape), reach_m=1e6)
    np.testing.assert_allclose(found, plain(field, building), rtol=0, atol=1e-5)


def test_streets_keep_their_field_and_the_input_is_not_changed():
    field = np.arange(12, dtype=np.float32).reshape(3, 4)
    before = field.copy()
    clutter_m = np.zeros((3, 4))
    clutter_m[1, 1] = 9
    found = street_field(field, clutter_m, grid_of((3, 4)))
    assert np.array_equal(field, before)
    assert found[1, 1] == np.median([0, 1, 2, 4, 6, 8, 9, 10])
    found[1, 1] = field[1, 1]
    assert np.array_equal(found, field)


def test_the_field_over_the_own_roof_does_not_matter():
    clutter_m = np.zeros((9, 9))
    clutter_m[3:6, 3:6] = 30
    field = np.full((9, 9), 60.0)
    roof = field.copy()
    roof[3:6, 3:6] = -40
    grid = grid_of((9, 9))
    assert np.array_equal(street_field(field, clutter_m, grid), street_field(roof, clutter_m, grid))


def test_a_room_at_the_lit_wall_receives_the_lit_street():
    clutter_m = np.zeros((7, 12))
    clutter_m[1:6, 2:10] = 30
    field = np.full((7, 12), 40.0)
    field[:, :2] = 80
    found = street_field(field, clutter_m, grid_of((7, 12)))
    assert found[3, 2] == 80
    assert found[3, 9] == 40


def test_trees_are_street():
    clutter_m = np.full((3, 3), 15.0)
    house = np.zeros((3, 3), bool)
    house[1, 1] = True
    field = np.arange(9.0).reshape(3, 3) * 10
    found = street_field(field, clutter_m, grid_of((3, 3)), building=house)
    assert found[1, 1] == 40
    assert found[0, 0] == 0


def test_deep_inside_a_large_roof_the_nearest_street_stands_for_the_walls():
    building = np.ones((41, 41), bool)
    building[:, 0] = False
    field = np.full((41, 41), np.float32(10))
    field[20, 0] = 70
    walls = walls_of(building, grid_of((41, 41)), reach_m=50)
    found = walls.street_field(field)
    assert found[20, 40] == 70  # 400 m inside
    assert found[20, 3] == 10  # three walls at its ring
    assert walls.start[-1] < 6 * building.sum()


def test_a_pixel_that_receives_nothing_is_not_averaged_into_a_level():
    building = np.array([[False, True, False]])
    field = np.array([[-999.0, 0.0, 60.0]])
    assert street_field(field, building * 9.0, grid_of((1, 3)))[0, 1] == -999


def test_without_buildings_nothing_changes_and_without_streets_it_is_refused():
    field = np.full((4, 5), 55.0, np.float32)
    assert np.array_equal(street_field(field, np.zeros((4, 5)), grid_of((4, 5))), field)
    with pytest.raises(InputError, match="no street is left"):
        street_field(field, np.ones((4, 5)), grid_of((4, 5)))


def test_other_shapes_are_refused():
    with pytest.raises(InputError, match="the buildings have the shape"):
        walls_of(np.zeros((2, 2), bool), grid_of((4, 5)))
    walls = walls_of(np.zeros((4, 5), bool), grid_of((4, 5)))
    with pytest.raises(InputError, match="the field has the shape"):
        walls.street_field(np.zeros((2, 2)))
