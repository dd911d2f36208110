"""The surface: complete layers, a digest of all that a result depends on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface_model import Surface
from ngbw.topology.errors import InputError

GRID = Grid("EPSG:32651", 357_000.0, 3_464_000.0, 25.0, 4, 3)


def surface(**changes):
    parts: dict[str, Any] = {
        "grid": GRID,
        "ground_m": np.full(GRID.shape, 4.0, np.float32),
        "clutter_m": np.zeros(GRID.shape, np.float32),
        "source": "test",
    }
    return Surface(**(parts | changes))


def test_layers_are_float32_copies_that_nobody_can_change():
    ground_m = np.full(GRID.shape, 4)
    made = surface(ground_m=ground_m)
    ground_m[0, 0] = 99
    assert made.ground_m.dtype == made.clutter_m.dtype == np.float32
    assert made.ground_m[0, 0] == 4
    with pytest.raises(ValueError, match="read-only"):
        made.ground_m[0, 0] = 1


@pytest.mark.parametrize(
    ("layer", "value", "words"),
    [
        ("ground_m", np.nan, "ground_m is nan in row 1, column 2"),
        ("ground_m", np.inf, "ground_m is inf"),
        ("ground_m", -32768, "wrong in 1 of 12 pixels"),
        ("clutter_m", -0.5, "from 0 to 1000 everywhere"),
        ("clutter_m", np.nan, "clutter_m is nan"),
        ("clutter_m", 1e300, "clutter_m is 1e\\+300"),
    ],
)
def test_a_value_that_is_no_height_is_named_with_its_place(layer, value, words):
    heights = np.zeros(GRID.shape)
    heights[1, 2] = value
    with pytest.raises(InputError, match=words):
        surface(**{layer: heights})


def test_other_shapes_and_types_are_refused():
    with pytest.raises(InputError, match=r"shape \(4, 3\), the grid has \(3, 4\)"):
        surface(clutter_m=np.zeros((4, 3)))
    with pytest.raises(InputError, match="not numbers"):
        surface(ground_m=np.full(GRID.shape, "4"))
    with pytest.raises(InputError, match="true or false"):
        surface(building=np.zeros((1, 1), bool))
    with pytest.raises(InputError, match="a building has a height"):
        surface(building=np.ones(GRID.shape, bool))


def test_every_pixel_with_clutter_is_a_building_unless_it_is_said():
    clutter_m = np.zeros(GRID.shape)
    clutter_m[0, :2] = 15
    assert surface(clutter_m=clutter_m).built_share == pytest.approx(2 / 12)
    house = np.zeros(GRID.shape, bool)
    house[0, 0] = True
    mixed = surface(clutter_m=clutter_m, building=house)
    assert mixed.built_share == pytest.approx(1 / 12)
    assert mixed.top_m()[0].tolist() == [19, 19, 4, 4]


def test_equal_content_is_an_equal_surface():
    zero = surface(clutter_m=np.full(GRID.shape, -0.0))
    assert zero == surface()
    assert hash(zero) == hash(surface())
    assert surface() != "surface"


@given(
    arrays(np.float32, GRID.shape, elements=st.floats(0, 900, width=32)),
    st.sampled_from(["ground_m", "clutter_m"]),
    st.integers(0, 11),
)
def test_any_change_of_a_height_changes_the_digest(heights, layer, place):
    before = surface(**{layer: heights}).digest()
    changed = heights.copy()
    changed.flat[place] += 1
    assert surface(**{layer: changed}).digest() != before


def test_grid_words_and_buildings_are_part_of_the_digest():
    clutter_m = np.full(GRID.shape, 5.0)
    house = np.ones(GRID.shape, bool)
    tree = house.copy()
    tree[0, 0] = False
    moved = Grid("EPSG:32651", 357_025.0, 3_464_000.0, 25.0, 4, 3)
    other = Grid("EPSG:32650", 357_000.0, 3_464_000.0, 25.0, 4, 3)
    digests = {
        one.digest()
        for one in (
            surface(clutter_m=clutter_m),
            surface(clutter_m=clutter_m, building=tree),
            surface(clutter_m=clutter_m, grid=moved),
            surface(clutter_m=clutter_m, grid=other),
            surface(clutter_m=clutter_m, source="other"),
            surface(clutter_m=clutter_m, assumed=("a", "b")),
            surface(clutter_m=clutter_m, assumed=("ab",)),
        )
    }
    assert len(digests) == 7
