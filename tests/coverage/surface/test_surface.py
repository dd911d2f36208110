"""The surface of a project: its files where named, assumptions said where not."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from shapely.geometry import box

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface.build import build_surface, surface_from_project
from ngbw.coverage.surface.settings import SurfaceSettings, alternatives, surface_settings
from ngbw.topology.errors import FileError, MissingError, SettingError

UTM = "EPSG:32651"
GRID = Grid(UTM, 357_000.0, 3_464_000.0, 25.0, 80, 60)
"""2 km x 1.5 km south of the corner of the world's district, which lies to its north-east."""
LEFT, TOP = GRID.left_m, GRID.top_m


def write(path, values, *, nodata=None):
    with rasterio.open(
        path, "w", driver="GTiff", width=GRID.width, height=GRID.height, count=1,
        dtype=values.dtype, crs=UTM, transform=GRID.transform, nodata=nodata,
    ) as raster:  # fmt: skip
        raster.write(values, 1)


def square(west_m, south_m, east_m, north_m):
    """Return a polygon in degrees, in metres from the grid's south-west corner."""
    bottom = TOP - GRID.height * GRID.step_m
    to_degrees = Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    shape = box(LEFT + west_m, bottom + south_m, LEFT + east_m, bottom + north_m)
    return type(shape)([to_degrees.transform(x, y) for x, y in shape.exterior.coords])


@pytest.fixture
def network(world):
    return world.network(
        [],
        [],
        areas=[
            {"area_id": "D", "name": "D", "kind": "district", "geometry": square(0, 0, 2000, 1500)},
            {"area_id": "R", "name": "R", "kind": "water", "geometry": square(0, 0, 300, 1500)},
            {"area_id": "P", "name": "P", "kind": "exclusion",
             "geometry": square(600, 600, 900, 900)},
            {"area_id": "T", "name": "T", "kind": "subdistrict",
             "geometry": square(1000, 0, 2000, 1500)},
        ],
    )  # fmt: skip


@pytest.fixture
def files(tmp_path):
    """Return a directory with terrain, footprints and land cover (west trees, east built-up)."""
    write(tmp_path / "dem.tif", np.full(GRID.shape, 4.25, np.float32))
    cover = np.full(GRID.shape, 10, np.uint8)
    cover[:, 40:] = 50
    write(tmp_path / "cover.tif", cover)
    house = box(LEFT + 250, TOP - 500, LEFT + 500, TOP - 250)
    frame = gpd.GeoDataFrame({"height_m": [33.0]}, geometry=[house], crs=UTM)
    frame.to_crs("EPSG:4326").to_file(tmp_path / "houses.geojson")
    return tmp_path


COVER = {"land_cover": "cover.tif", "land_cover_scheme": "esa-worldcover"}


def test_without_files_the_ground_is_flat_and_the_city_generated_and_both_are_said(network):
    surface = surface_from_project(network, {}, GRID, directory=Path("nowhere"))
    assert (surface.ground_m == 0).all()
    assert surface.source == "flat ground; generated buildings"
    assert [words.split(":")[0] for words in surface.assumed] == [
        "no terrain model", "no building footprints",
    ]  # fmt: skip
    again = surface_from_project(network, {}, GRID, directory=Path("elsewhere"))
    assert surface == again


def test_water_and_exclusion_areas_stay_open(network):
    surface = surface_from_project(network, {}, GRID, directory=Path())
    assert not surface.built_up[:, :12].any()
    assert not surface.built_up[24:36, 24:36].any()
    assert surface.built_up[:, 40:].mean() > 0.2


def test_quarters_take_their_recipe(network):
    raw = {"flat_height_m": 4, "city": "outer", "quarters": {"T": "towers"}}
    surface = surface_from_project(network, raw, GRID, directory=Path())
    assert (surface.ground_m == 4).all()
    east, west = surface.clutter_m[:, 44:], surface.clutter_m[:, :36]
    assert np.median(east[east > 0]) > np.median(west[west > 0]) + 4
    assert "Dapuqiao (towers)" in surface.assumed[1]
    with pytest.raises(SettingError, match=r"names the area 'Q', which the table areas"):
        surface_from_project(network, {"quarters": {"Q": "towers"}}, GRID, directory=Path())


def test_named_files_are_used_and_nothing_is_assumed(network, files):
    raw = {"dem": "dem.tif", "buildings": "houses.geojson"}
    surface = surface_from_project(network, raw, GRID, directory=files)
    assert (surface.ground_m == 4.25).all()
    assert set(np.unique(surface.clutter_m)) == {0, 33}
    assert surface.built_up.sum() == 100
    assert surface.assumed == ()
    assert surface.source == "dem.tif; houses.geojson"


def test_trees_stand_where_no_building_does_and_are_not_indoors(network, files):
    raw = {"buildings": "houses.geojson", **COVER}
    surface = surface_from_project(network, raw, GRID, directory=files)
    assert surface.built_up.sum() == 100
    assert (surface.clutter_m[surface.built_up] == 33).all()
    woods = surface.clutter_m[:, :40][~surface.built_up[:, :40]]
    assert (woods == 15).all()
    # Streets between surveyed houses are not lifted to the height of their class.
    assert (surface.clutter_m[:, 40:] == 0).all()


def test_a_generated_city_stands_only_on_built_up_land(network, files):
    surface = surface_from_project(network, dict(COVER), GRID, directory=files)
    assert not surface.built_up[:, :40].any()
    assert surface.built_up[:, 40:].mean() > 0.2
    assert (surface.clutter_m[:, :40] == 15).all()


def test_representative_heights_and_open_ground_can_be_chosen(network, files):
    raw = {"without_buildings": "land-cover", **COVER}
    surface = surface_from_project(network, raw, GRID, directory=files)
    assert (surface.clutter_m == 15).all()
    assert not surface.built_up.any()
    assert "height of its class" in surface.assumed[1]
    bare = surface_from_project(network, {"without_buildings": "none"}, GRID, directory=files)
    assert not bare.clutter_m.any()
    assert "taken as open" in bare.assumed[1]


def test_a_named_file_that_is_missing_or_wrong_is_refused(network, files):
    for setting in ({"dem": "x.tif"}, {"buildings": "x.gpkg"}, COVER | {"land_cover": "x.tif"}):
        with pytest.raises(MissingError, match=r"surface\.\w+ names x\.\w+, which is not in"):
            surface_from_project(network, setting, GRID, directory=files)
    (files / "bad.tif").write_text("<VRTDataset/>")
    with pytest.raises(FileError, match="not a GeoTIFF"):
        surface_from_project(network, {"dem": "bad.tif"}, GRID, directory=files)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"dme": "x.tif"}, "surface.dme is not a setting .did you mean 'dem'"),
        ({"dem": "../x.tif"}, "give a plain file name"),
        ({"dem": "/vsicurl/http://x/y.tif"}, "give a plain file name"),
        ({"dem": [".hidden.tif"]}, "give a plain file name"),
        ({"dem": []}, "name at least one file"),
        ({"buildings": 7}, "surface.buildings is 7"),
        ({"dem_fill_m": 4}, "no effect, because there is no surface.dem"),
        ({"dem": "x.tif", "flat_height_m": 4}, "no effect"),
        ({"dem": "x.tif", "dem_fill_m": float("nan")}, "give metres, -500 to 9000"),
        ({"flat_height_m": "4"}, "give metres"),
        ({"flat_height_m": True}, "give metres"),
        ({"building_height_m": 18}, "there are no surface.buildings"),
        ({"buildings": "b.gpkg", "building_height_m": 0}, "give metres, 1 to 1000"),
        ({"buildings": "b.gpkg", "city": "outer"}, "surface.buildings are given"),
        ({"buildings": "b.gpkg", "without_buildings": "none"}, "surface.buildings are given"),
        ({"land_cover": "c.tif"}, "land_cover_scheme is missing"),
        ({"land_cover": "c.tif", "land_cover_scheme": "corine"}, "use one of p1812"),
        ({"land_cover_fill": "open"}, "there is no surface.land_cover"),
        ({"without_buildings": "land-cover"}, "name the raster in surface.land_cover"),
        ({"without_buildings": "none", "city": "outer"}, "no effect"),
        ({"without_buildings": "guess"}, "use one of generated, land-cover, none"),
        ({"city": "tower"}, "did you mean 'towers'"),
        ({"quarters": ["T"]}, "write area_id = recipe"),
        ({"quarters": {"T": "high"}}, "surface.quarters.T is 'high'"),
    ],
)
def test_a_setting_that_is_wrong_or_without_effect_is_refused(raw, words):
    with pytest.raises(SettingError, match=words):
        surface_settings(raw)


def test_settings_name_every_file():
    settings = surface_settings({"dem": ["a.hgt", "b.hgt"], "buildings": "c.gpkg", **COVER})
    assert settings.files == ("a.hgt", "b.hgt", "c.gpkg", "cover.tif")
    assert surface_settings({}) == SurfaceSettings()


def test_settings_made_without_the_check_do_not_pass_in_silence(network):
    settings = SurfaceSettings(without_buildings="land-cover")
    with pytest.raises(SettingError, match="name the raster"):
        build_surface(network, settings, GRID, directory=Path())


def test_a_generated_city_names_the_cities_it_could_as_well_be(network):
    other = alternatives(surface_settings({"quarters": {"T": "towers"}}))
    assert set(other) == {"outer everywhere", "towers everywhere"}
    built = [
        build_surface(network, one, GRID, directory=Path()).clutter_m.mean()
        for one in other.values()
    ]
    assert built[0] < built[1]
    assert set(alternatives(surface_settings({"city": "outer"}))) == {"towers everywhere"}
    assert alternatives(surface_settings({"buildings": "b.gpkg"})) == {}
    assert alternatives(surface_settings({"without_buildings": "none"})) == {}
