"""The generated city: the counted statistics, the same every time, nothing on water."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface import generated_city
from ngbw.coverage.surface.buildings import place_buildings
from ngbw.coverage.surface.city_recipes import RECIPES, SHARES, layout_of
from ngbw.coverage.surface.generated_city import generate_city
from ngbw.topology.errors import InputError, UsageError

UTM = "EPSG:32651"
LEFT, TOP = 355_000.0, 3_470_000.0
DISTRICT = Grid(UTM, LEFT, TOP, 25.0, 320, 300)
"""60 km2."""
QUARTER = Grid(UTM, LEFT, TOP, 10.0, 60, 50)
EXPECTED = {"buildings": 223, "x_m": 355106.869085, "height_m": 8.550927715829348}


@pytest.fixture(scope="module")
def district():
    return generate_city(DISTRICT)


@pytest.mark.parametrize("name", RECIPES)
def test_density_coverage_and_heights_are_those_of_the_recipe(name):
    recipe = RECIPES[name]
    city = generate_city(DISTRICT, default=name)
    assert city.layer.roof_share.mean() == pytest.approx(recipe.coverage_ratio, abs=0.005)
    assert city.layer.buildings / 60 == pytest.approx(recipe.density_per_km2, rel=0.01)
    quantiles = np.quantile(city.height_m, SHARES)
    assert np.abs(quantiles / recipe.heights_m - 1).max() < 0.05
    assert quantiles[3] == pytest.approx(recipe.heights_m[3], abs=0.5)
    assert quantiles[-1] <= recipe.heights_m[-1]


def test_the_walk_up_quarter_is_a_mixture_of_low_houses_slabs_and_towers(district):
    height_m = district.height_m
    assert (height_m < 12.5).mean() == pytest.approx(0.15, abs=0.03)
    assert (height_m > 35).mean() == pytest.approx(0.15, abs=0.03)
    slabs = height_m[(height_m >= 12.5) & (height_m <= 35)]
    assert slabs.mean() == pytest.approx(18, abs=2)
    assert slabs.std() == pytest.approx(4, abs=1)


@pytest.mark.parametrize("step_m", [5.0, 10.0, 25.0, 50.0])
def test_built_pixels_keep_the_coverage_at_every_pixel_size(step_m):
    grid = Grid(UTM, LEFT, TOP, step_m, int(3000 / step_m), int(3000 / step_m))
    city = generate_city(grid)
    built = city.layer.clutter_m > 0
    assert built.mean() == pytest.approx(0.27, abs=0.015)
    assert np.median(city.layer.clutter_m[built]) == pytest.approx(18.2, abs=2)


def test_the_city_is_the_same_every_time_and_on_every_grid(district):
    again = generate_city(DISTRICT)
    assert np.array_equal(again.layer.clutter_m, district.layer.clutter_m)
    part = generate_city(Grid(UTM, LEFT + 2000, TOP - 1000, 10.0, 150, 150))
    seen = set(zip(district.x_m.round(6), district.y_m.round(6), strict=True))
    assert part.layer.buildings > 1000
    assert all(spot in seen for spot in zip(part.x_m.round(6), part.y_m.round(6), strict=True))


def test_the_city_does_not_depend_on_the_machine():
    city = generate_city(QUARTER)
    first = np.lexsort((city.x_m, city.y_m))[0]
    assert city.layer.buildings == EXPECTED["buildings"]
    assert city.x_m[first] == pytest.approx(EXPECTED["x_m"], abs=1e-6)
    assert city.height_m[first] == pytest.approx(EXPECTED["height_m"], abs=1e-9)


def test_another_coordinate_system_is_another_city():
    other = generate_city(replace(QUARTER, crs="EPSG:32650"))
    assert not np.array_equal(other.layer.clutter_m, generate_city(QUARTER).layer.clutter_m)


def test_no_building_stands_in_another():
    shapes = generate_city(QUARTER).footprints().geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    assert (left == right).all()


def test_most_slabs_face_the_sun(district):
    azimuths, counts = np.unique(district.azimuth_deg, return_counts=True)
    assert azimuths.tolist() == [66, 156]
    assert counts[0] / counts.sum() == pytest.approx(0.815, abs=0.02)


def test_the_fast_drawing_equals_drawing_the_outlines():
    city = generate_city(QUARTER)
    slow = place_buildings(city.footprints(), QUARTER)
    inner = np.s_[6:-6, 6:-6]  # outlines are listed by their centres, the rim has halves
    off = city.layer.roof_share[inner] - slow.roof_share[inner]
    assert np.abs(off).max() <= 1 / 16 + 1e-6  # a spot on the very edge of a roof
    assert np.abs(off).mean() < 1e-3


def test_outlines_are_marked_as_generated():
    frame = generate_city(QUARTER).footprints()
    assert set(frame["assumed"]) == {"*"}
    assert set(frame["source"]) == {"generated buildings"}
    assert str(frame.crs) == UTM
    assert frame.geometry.area.min() > 0


def test_the_layer_says_that_it_is_generated_and_after_what(district):
    (words,) = district.layer.assumed
    assert "no building footprints" in words
    assert f"{district.layer.buildings} buildings are generated" in words
    assert "Kongjiang Road (walk-up)" in words


def test_nothing_is_built_on_water_and_parks():
    river = box(LEFT + 200, TOP - 500, LEFT + 300, TOP)
    park = box(LEFT + 400, TOP - 300, LEFT + 500, TOP - 100).buffer(20)
    city = generate_city(QUARTER, keep_free=[river, park])
    assert not shapely.intersects(
        shapely.union_all([river, park]), city.footprints().geometry.to_numpy()
    ).any()
    assert (city.layer.roof_share[:, 20:30] == 0).all()
    assert city.layer.buildings < generate_city(QUARTER).layer.buildings
    nowhere = generate_city(QUARTER, keep_free=[box(LEFT - 999, TOP - 999, LEFT + 999, TOP + 999)])
    assert not nowhere.layer.clutter_m.any()
    assert nowhere.layer.buildings == 0
    assert "everything is to be kept free" in nowhere.layer.assumed[0]


def test_quarters_have_their_own_recipe_and_the_first_one_counts():
    west = box(LEFT - 500, TOP - 9000, LEFT + 4000, TOP + 500)
    everything = box(LEFT - 500, TOP - 9000, LEFT + 9000, TOP + 500)
    city = generate_city(DISTRICT, quarters=[(west, "towers"), (everything, "outer")])
    in_west = city.x_m < LEFT + 3900
    assert set(np.array(city.recipes)[city.recipe[in_west]]) == {"towers"}
    assert set(np.array(city.recipes)[city.recipe[city.x_m > LEFT + 4100]]) == {"outer"}
    assert np.median(city.height_m[in_west]) == pytest.approx(25.5, abs=1)
    assert "Kongjiang Road (walk-up)" not in city.layer.assumed[0]


@settings(max_examples=30)
@given(st.floats(10, 3000), st.floats(0.02, 0.45))
def test_any_density_and_coverage_is_built_or_refused_by_name(density, coverage):
    recipe = replace(RECIPES["walk-up"], density_per_km2=density, coverage_ratio=coverage)
    grid = Grid(UTM, LEFT, TOP, 50.0, 80, 80)
    try:
        layout = layout_of(recipe)
    except UsageError:
        with pytest.raises(UsageError, match=r"coverage_ratio is|density_per_km2 is"):
            generate_city(grid, recipes={"walk-up": recipe})
        return
    assert 0 < layout.chance <= 1 + 1e-9
    city = generate_city(grid, recipes={"walk-up": recipe})
    expected = density * 16
    assert abs(city.layer.buildings - expected) < 6 * math.sqrt(expected) + 0.05 * expected
    if expected > 3000:
        assert city.layer.roof_share.mean() == pytest.approx(coverage, rel=0.08, abs=0.005)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"coverage_ratio": 0.95}, "coverage_ratio is 0.95; with 755 buildings per km2 it can be"),
        ({"density_per_km2": 0.0}, "density_per_km2 is 0"),
        ({"density_per_km2": 9000.0}, "density_per_km2 is 9000"),
        ({"heights_m": (3.0, 5.0)}, "give 9 rising heights"),
        ({"heights_m": (9.0, 8.0) + (10.0,) * 7}, "give 9 rising heights"),
    ],
)
def test_a_recipe_that_cannot_be_built_is_refused(changes, words):
    recipe = replace(RECIPES["walk-up"], **changes)
    with pytest.raises(UsageError, match=words):
        generate_city(QUARTER, recipes={"walk-up": recipe})


def test_unknown_recipes_and_endless_areas_are_refused(monkeypatch):
    with pytest.raises(UsageError, match="'manhattan' is not known; use one of walk-up"):
        generate_city(QUARTER, default="manhattan")
    monkeypatch.setattr(generated_city, "_MAX_BLOCKS", 10)
    with pytest.raises(InputError, match="too large for generated buildings"):
        generate_city(QUARTER)
