"""The ground: planes stay planes, gaps are never filled in silence, hostile files are refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from rasterio.errors import NotGeoreferencedWarning

from ngbw.coverage.grid import Grid
from ngbw.coverage.surface import geotiff
from ngbw.coverage.surface.resampling import pixel_positions
from ngbw.coverage.surface.terrain import flat_terrain, read_terrain
from ngbw.topology.errors import FileError, MissingError, UsageError

UTM = "EPSG:32651"
GRID = Grid(UTM, 357_000.0, 3_464_000.0, 25.0, 40, 30)
WGS84 = CRS.from_epsg(4326)


def write(path, heights, *, crs: str | None = UTM, transform=None, nodata=None, **profile):
    """Write a GeoTIFF; by default it begins 200 m north-west of the grid, in pixels of 30 m."""
    heights = np.asarray(heights)
    with rasterio.open(
        path, "w", driver="GTiff", width=heights.shape[1], height=heights.shape[0], count=1,
        dtype=heights.dtype, crs=crs, nodata=nodata, transform=transform or at(30), **profile,
    ) as raster:  # fmt: skip
        raster.write(heights, 1)
    return path


def at(step_m):
    return Affine(step_m, 0, GRID.left_m - 200, 0, -step_m, GRID.top_m + 200)


def plane(transform, shape, *, east=0.01, north=-0.02, crs=UTM):
    """Return 10 m + a slope in metres per metre from the grid's corner, at pixel centres."""
    column, row = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    x, y = transform.c + transform.a * column, transform.f + transform.e * row
    if crs != UTM:
        x, y = Transformer.from_crs(crs, UTM, always_xy=True).transform(x, y)
    return 10 + east * (x - GRID.left_m) + north * (y - GRID.top_m)


def plane_on_grid(**slopes):
    return plane(GRID.transform, GRID.shape, **slopes)


@pytest.mark.parametrize("step_m", [3, 10, 12.5, 25, 30, 90])
def test_a_plane_stays_a_plane_at_every_pixel_size(tmp_path, step_m):
    size = int(1600 / step_m) + 2
    path = write(tmp_path / "dem.tif", plane(at(step_m), (size, size)), transform=at(step_m))
    terrain = read_terrain(path, GRID)
    assert terrain.ground_m.dtype == np.float32
    assert np.abs(terrain.ground_m - plane_on_grid()).max() < 1e-3
    assert terrain.source == "dem.tif"
    assert terrain.assumed == ()


def test_a_raster_with_south_on_top_is_read(tmp_path):
    transform = Affine(30, 0, GRID.left_m - 200, 0, 30, GRID.top_m - 1000)
    path = write(tmp_path / "dem.tif", plane(transform, (50, 50)), transform=transform)
    assert np.abs(read_terrain(path, GRID).ground_m - plane_on_grid()).max() < 1e-3


def test_a_raster_in_degrees_lands_where_it_belongs(tmp_path):
    lon, lat = Transformer.from_crs(UTM, WGS84, always_xy=True).transform(GRID.left_m, GRID.top_m)
    transform = Affine(1 / 3600, 0, lon - 0.002, 0, -1 / 3600, lat + 0.002)
    heights = plane(transform, (60, 60), crs="EPSG:4326")
    path = write(tmp_path / "dem.tif", heights, crs="EPSG:4326", transform=transform)
    assert np.abs(read_terrain(path, GRID).ground_m - plane_on_grid()).max() < 2e-3


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549", "EPSG:3857"])
def test_positions_between_the_nodes_are_right_to_two_centimetres(crs):
    grid = Grid(UTM, 350_000.0, 3_470_000.0, 500 / 3, 90, 70)
    system = CRS.from_user_input(crs)
    x, y = pixel_positions(grid, system, "test")
    exact_x, exact_y = Transformer.from_crs(UTM, system, always_xy=True).transform(
        *np.meshgrid(grid.x_m(), grid.y_m())
    )
    metre = 1 / 111_195 if system.is_geographic else 1.0
    assert np.hypot(x - exact_x, y - exact_y).max() < 0.02 * metre


def test_a_finer_raster_is_averaged_and_not_sampled(tmp_path):
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 10, (1500, 1500)).astype(np.float32)
    path = write(tmp_path / "dem.tif", noise, transform=at(1))
    # The mean of 25 x 25 independent cells has a 25th of their deviation.
    assert read_terrain(path, GRID).ground_m.std() < 10 / 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([9, 25, 40]))
def test_interpolation_stays_between_lowest_and_highest(tmp_path, seed, step_m):
    size = int(1600 / step_m) + 2
    heights = np.random.default_rng(seed).uniform(-3, 80, (size, size)).astype(np.float32)
    path = write(tmp_path / "dem.tif", heights, transform=at(step_m))
    ground_m = read_terrain(path, GRID).ground_m
    assert heights.min() - 1e-4 <= ground_m.min()
    assert ground_m.max() <= heights.max() + 1e-4


@pytest.mark.parametrize("mark", ["nodata", "nan"])
def test_a_gap_is_refused_or_filled_with_the_stated_height(tmp_path, mark):
    heights = plane(at(30), (60, 60)).astype(np.float32)
    heights[20, 20] = -9999 if mark == "nodata" else np.nan
    path = write(tmp_path / "dem.tif", heights, nodata=-9999)
    with pytest.raises(FileError, match=r"no height for \d+ of 1200 pixels.*dem_fill_m"):
        read_terrain(path, GRID)
    terrain = read_terrain(path, GRID, fill_m=3.5)
    filled = terrain.ground_m == 3.5
    assert 1 <= filled.sum() <= 9
    assert np.abs(terrain.ground_m - plane_on_grid())[~filled].max() < 1e-3
    assert f"no height for {filled.sum()} of 1200" in terrain.assumed[0]


def test_a_raster_that_ends_inside_the_project_is_refused_or_completed(tmp_path):
    west = write(tmp_path / "west.tif", np.full((60, 20), 5.0, np.float32))
    with pytest.raises(FileError, match="beyond its edge"):
        read_terrain(west, GRID)
    east = write(
        tmp_path / "east.tif", np.full((60, 60), 7.0, np.float32),
        transform=Affine(30, 0, GRID.left_m + 400, 0, -30, GRID.top_m + 200),
    )  # fmt: skip
    both = read_terrain([west, east], GRID)
    assert set(np.unique(both.ground_m)) == {5, 7}
    assert both.source == "west.tif, east.tif"
    assert set(np.unique(read_terrain(west, GRID, fill_m=1).ground_m)) == {1, 5}


def test_an_empty_raster_is_refused_even_with_a_fill(tmp_path):
    path = write(tmp_path / "dem.tif", np.full((60, 60), -1, np.float32), nodata=-1)
    with pytest.raises(FileError, match=r"dem.tif is empty: none of \d+ cells"):
        read_terrain(path, GRID, fill_m=4)


def test_a_mark_that_was_not_declared_is_not_a_height(tmp_path):
    heights = np.full((60, 60), 4, np.int16)
    heights[20, 20] = -32768
    with pytest.raises(FileError, match=r"-32768 m under the project.*nodata"):
        read_terrain(write(tmp_path / "dem.tif", heights), GRID)


def test_scale_offset_and_unit_of_the_file_count(tmp_path):
    path = write(tmp_path / "dem.tif", np.full((60, 60), 40, np.int16))
    with rasterio.open(path, "r+", driver="GTiff") as raster:
        raster.scales, raster.offsets = (0.1,), (2.0,)
    assert np.allclose(read_terrain(path, GRID).ground_m, 6.0)
    with rasterio.open(path, "r+", driver="GTiff") as raster:
        raster.units = ("ft",)
    with pytest.raises(FileError, match="heights in 'ft'; convert it to metres"):
        read_terrain(path, GRID)


def test_a_raster_without_a_coordinate_system_is_refused(tmp_path):
    path = write(tmp_path / "dem.tif", np.ones((60, 60), np.float32), crs=None)
    with pytest.raises(FileError, match="does not state its coordinate system"):
        read_terrain(path, GRID)


def test_a_raster_without_a_position_or_turned_is_refused(tmp_path):
    path = tmp_path / "dem.tif"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # that is the point
        write(path, np.ones((60, 60), np.float32), transform=Affine.identity())
    with pytest.raises(FileError, match="has no position"):
        read_terrain(path, GRID)
    turned = Affine(29, 8, GRID.left_m, 8, -29, GRID.top_m)
    write(path, np.ones((60, 60), np.float32), transform=turned)
    with pytest.raises(FileError, match="turned against its axes"):
        read_terrain(path, GRID)


def test_a_raster_of_another_place_is_refused(tmp_path):
    far = Affine(30, 0, GRID.left_m + 50_000, 0, -30, GRID.top_m)
    path = write(tmp_path / "dem.tif", np.ones((60, 60), np.float32), transform=far)
    with pytest.raises(FileError, match="does not lie under the project"):
        read_terrain(path, GRID, fill_m=4)


def sparse(path, side, **profile):
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=1, dtype="float32", crs=UTM,
        transform=at(30), SPARSE_OK=True, **profile,
    ):  # fmt: skip
        pass
    return path


def test_a_sparse_file_that_declares_160_GB_is_refused_by_its_header(tmp_path, monkeypatch):
    path = sparse(tmp_path / "dem.tif", 200_000, tiled=True, blockxsize=4096, blockysize=4096)
    assert path.stat().st_size < 1_000_000
    monkeypatch.setattr(rasterio.DatasetReader, "read", None, raising=False)
    with pytest.raises(FileError, match=r"declares 200000 x 200000 pixels, 160.0 GB"):
        read_terrain(path, GRID)


def test_a_block_or_a_window_that_is_too_large_is_refused(tmp_path, monkeypatch):
    path = sparse(tmp_path / "dem.tif", 10_000, tiled=True, blockxsize=10_000, blockysize=10_000)
    with pytest.raises(FileError, match="blocks of 400 MB"):
        read_terrain(path, GRID)
    monkeypatch.setattr(geotiff, "MAX_PIXELS", 100)
    with pytest.raises(FileError, match="more than 100; resample it"):
        read_terrain(write(tmp_path / "fine.tif", np.ones((60, 60), np.float32)), GRID)


def virtual(port, side=9):
    """Return a raster that GDAL would fetch; of the right size it passes for a mask as well."""
    source = f"/vsicurl/http://127.0.0.1:{port}/x.tif"
    return (
        f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>EPSG:32651</SRS>'
        "<GeoTransform>357000,25,0,3464000,0,-25</GeoTransform>"
        '<Metadata><MDI key="INTERNAL_MASK_FLAGS_1">2</MDI></Metadata>'
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )


def test_a_virtual_raster_named_tif_is_refused_without_a_request(tmp_path, requests):
    port, seen = requests
    (tmp_path / "dem.tif").write_text(virtual(port))
    with pytest.raises(FileError, match="not a GeoTIFF"):
        read_terrain(tmp_path / "dem.tif", GRID)
    assert seen == []


@pytest.mark.parametrize("beside", ["dem.tif.ovr", "dem.tif.msk", "dem.tif.aux.xml"])
def test_files_beside_a_raster_are_not_looked_at(tmp_path, requests, beside):
    port, seen = requests
    path = write(tmp_path / "dem.tif", np.full((600, 600), 4.0, np.float32), transform=at(3))
    (tmp_path / beside).write_text(virtual(port, 600))
    assert (read_terrain(path, GRID).ground_m == 4).all()
    assert seen == []


@pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\0garbage"])
def test_what_is_no_geotiff_is_refused(tmp_path, content):
    (tmp_path / "dem.tif").write_bytes(content)
    with pytest.raises(FileError, match="not a GeoTIFF"):
        read_terrain(tmp_path / "dem.tif", GRID)


def test_a_damaged_block_is_a_named_error(tmp_path):
    rough = np.random.default_rng(1).uniform(0, 9, (60, 60)).astype(np.float32)
    path = write(tmp_path / "dem.tif", rough, compress="deflate")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 300] = bytes(300)
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"dem\.tif"):
        read_terrain(path, GRID)


def test_missing_and_foreign_names_are_refused(tmp_path):
    for name in ("dem.tif", "N31E121.hgt"):
        with pytest.raises(MissingError, match="does not exist"):
            read_terrain(tmp_path / name, GRID)
    with pytest.raises(UsageError, match=r"give .tif, .tiff or .hgt"):
        read_terrain(tmp_path / "dem.asc", GRID)
    with pytest.raises(UsageError, match="1 to 100 files, not 0"):
        read_terrain([], GRID)
    with pytest.raises(UsageError, match="missing ground is nan"):
        read_terrain(tmp_path / "dem.tif", GRID, fill_m=float("nan"))


def hgt(path, side=1201, *, void=()):
    """Write a tile whose heights rise 1 m a row to the north, from 0 at the southern edge."""
    heights = np.repeat(np.arange(side)[::-1, None], side, axis=1).astype(">i2")
    for row, column in void:
        heights[row, column] = -32768
    heights.tofile(path)
    return path


def test_samples_of_an_srtm_tile_lie_on_the_degree_lines(tmp_path):
    terrain = read_terrain(hgt(tmp_path / "N31E121.hgt"), GRID)
    _, lat = pixel_positions(GRID, WGS84, "test")
    assert np.abs(terrain.ground_m - (lat - 31) * 1200).max() < 1e-3


def test_tiles_of_one_arc_second_and_lower_case_names_are_read(tmp_path):
    terrain = read_terrain(hgt(tmp_path / "n31e121.hgt", 3601), GRID)
    _, lat = pixel_positions(GRID, WGS84, "test")
    assert np.abs(terrain.ground_m - (lat - 31) * 3600).max() < 0.3 + 1e-3


def test_a_project_over_a_degree_line_takes_both_tiles(tmp_path):
    x, y = Transformer.from_crs(WGS84, UTM, always_xy=True).transform(122.0, 31.3)
    grid = Grid(UTM, x - 1000, y + 500, 25.0, 80, 40)
    west, east = hgt(tmp_path / "N31E121.hgt"), hgt(tmp_path / "N31E122.hgt")
    with pytest.raises(FileError, match="beyond its edge"):
        read_terrain(west, grid)
    _, lat = pixel_positions(grid, WGS84, "test")
    assert np.abs(read_terrain([west, east], grid).ground_m - (lat - 31) * 1200).max() < 1e-3


def test_a_void_of_an_srtm_tile_is_no_height(tmp_path):
    _, lat = pixel_positions(GRID, WGS84, "test")
    lon, _ = pixel_positions(GRID, WGS84, "test")
    row = round((32 - lat[15, 20]) * 1200)
    column = round((lon[15, 20] - 121) * 1200)
    path = hgt(tmp_path / "N31E121.hgt", void=[(row, column)])
    with pytest.raises(FileError, match="others without data"):
        read_terrain(path, GRID)
    assert read_terrain(path, GRID, fill_m=4).assumed


def test_an_srtm_tile_of_another_name_size_or_place_is_refused(tmp_path):
    (tmp_path / "dem.hgt").write_bytes(b"")
    with pytest.raises(FileError, match=r"such as N31E121.hgt"):
        read_terrain(tmp_path / "dem.hgt", GRID)
    (tmp_path / "N95E121.hgt").write_bytes(b"")
    with pytest.raises(FileError, match="not on the earth"):
        read_terrain(tmp_path / "N95E121.hgt", GRID)
    (tmp_path / "N31E121.hgt").write_bytes(bytes(100))
    with pytest.raises(FileError, match="has 100 bytes"):
        read_terrain(tmp_path / "N31E121.hgt", GRID)
    with pytest.raises(FileError, match="does not lie under the project"):
        read_terrain(hgt(tmp_path / "N31E120.hgt"), GRID)


def test_flat_ground_says_that_it_is_assumed():
    terrain = flat_terrain(GRID, 4.0)
    assert (terrain.ground_m == 4).all()
    assert terrain.assumed == ("no terrain model: the ground is flat at 4 m",)
    with pytest.raises(UsageError, match="flat ground is inf"):
        flat_terrain(GRID, float("inf"))
