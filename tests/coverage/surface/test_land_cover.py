"""Land cover: the class under most of a pixel, and never a number that nobody explained."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface.land_cover import CLUTTER_CLASSES, SCHEMES, read_land_cover
from ngbw.topology.errors import FileError, MissingError, UsageError

UTM = "EPSG:32651"
GRID = Grid(UTM, 357_000.0, 3_464_000.0, 25.0, 8, 6)


def write(path, numbers, step_m=25.0, *, nodata=None, dtype="uint8"):
    numbers = np.asarray(numbers, dtype)
    with rasterio.open(
        path, "w", driver="GTiff", width=numbers.shape[1], height=numbers.shape[0], count=1,
        dtype=dtype, crs=UTM, nodata=nodata,
        transform=Affine(step_m, 0, GRID.left_m, 0, -step_m, GRID.top_m),
    ) as raster:  # fmt: skip
        raster.write(numbers, 1)
    return path


def test_heights_are_those_of_the_recommendation():
    heights = {name: one.height_m for name, one in CLUTTER_CLASSES.items()}
    assert heights == {
        "water": 0, "open": 0, "suburban": 10, "urban": 15, "trees": 15, "dense-urban": 20,
    }  # fmt: skip
    assert all("P.1812" in one.source for one in CLUTTER_CLASSES.values())
    assert [name for name, one in CLUTTER_CLASSES.items() if one.fabric] == [
        "suburban", "urban", "dense-urban",
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_number_of_a_scheme_becomes_its_class(tmp_path, scheme):
    known = SCHEMES[scheme].classes
    assert set(known.values()) <= set(CLUTTER_CLASSES)
    numbers = np.resize(list(known), GRID.shape)
    cover = read_land_cover(write(tmp_path / "c.tif", numbers), GRID, scheme=scheme)
    wanted = [CLUTTER_CLASSES[known[number]].height_m for number in numbers.ravel()]
    assert cover.height_m().ravel().tolist() == wanted
    assert cover.height_m().dtype == np.float32
    assert cover.source == f"c.tif ({scheme})"
    assert cover.assumed == SCHEMES[scheme].assumed


def test_the_class_under_most_of_a_pixel_wins(tmp_path):
    fine = np.full((30, 40), 80)  # 5 m
    fine[0:5, 0:5] = 10
    fine[0, 0:5] = 80  # 20 of 25 parts are trees
    fine[5:10, 5:7] = 10  # 10 of 25
    cover = read_land_cover(write(tmp_path / "c.tif", fine, 5.0), GRID, scheme="esa-worldcover")
    assert np.argwhere(cover.is_class("trees")).tolist() == [[0, 0]]
    assert cover.is_class("water").sum() == 47
    assert not cover.fabric().any()


def test_a_coarser_raster_is_repeated(tmp_path):
    coarse = np.array([[50, 80], [10, 30]])
    path = write(tmp_path / "c.tif", coarse, 100.0)
    cover = read_land_cover(path, GRID, scheme="esa-worldcover")
    assert cover.fabric()[:4, :4].all()
    assert cover.is_class("water")[:4, 4:].all()
    assert cover.is_class("trees")[4:, :4].all()
    assert cover.is_class("open")[4:, 4:].all()


def test_numbers_without_a_meaning_are_refused(tmp_path):
    numbers = np.full(GRID.shape, 50)
    numbers[0, 0] = 7
    path = write(tmp_path / "c.tif", numbers)
    with pytest.raises(FileError, match=r"has the classes 7 .* esa-worldcover does not have"):
        read_land_cover(path, GRID, scheme="esa-worldcover")
    path = write(tmp_path / "f.tif", numbers, dtype="float32")
    with pytest.raises(FileError, match="holds float32; land-cover classes are integers"):
        read_land_cover(path, GRID, scheme="esa-worldcover")


def test_pixels_without_a_class_are_refused_or_filled_and_counted(tmp_path):
    numbers = np.full((6, 6), 50)
    numbers[0, 0] = 0
    path = write(tmp_path / "c.tif", numbers, nodata=0)
    with pytest.raises(FileError, match=r"no class for 13 of 48 pixels.*land_cover_fill"):
        read_land_cover(path, GRID, scheme="esa-worldcover")
    cover = read_land_cover(path, GRID, scheme="esa-worldcover", fill="open")
    assert cover.is_class("open").sum() == 13
    assert cover.assumed[-1] == "c.tif has no class for 13 of 48 pixels: taken as open"


def test_an_empty_raster_is_refused(tmp_path):
    path = write(tmp_path / "c.tif", np.zeros(GRID.shape), nodata=0)
    with pytest.raises(FileError, match="empty under the project"):
        read_land_cover(path, GRID, scheme="p1812", fill="open")


def test_unknown_words_and_files_are_refused(tmp_path):
    path = write(tmp_path / "c.tif", np.full(GRID.shape, 50))
    with pytest.raises(UsageError, match="did you mean 'esa-worldcover'"):
        read_land_cover(path, GRID, scheme="esa-world-cover")
    with pytest.raises(UsageError, match="class 'forest' is not known"):
        read_land_cover(path, GRID, scheme="p1812", fill="forest")
    with pytest.raises(MissingError):
        read_land_cover(tmp_path / "none.tif", GRID, scheme="p1812")
