"""The rasters of a run come back as they were, and other programs understand them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from ngbw.api.run_rasters import read_raster, write_raster
from ngbw.coverage.grid import Grid
from ngbw.coverage.results import CoverageRaster, PlanLayers
from ngbw.coverage.servers.miss_reasons import MissReason
from ngbw.topology.errors import FileError

GRID = Grid("EPSG:32651", 355_000.0, 3_466_000.0, 25.0, 12, 9)


def raster(*, sinr: bool = True) -> CoverageRaster:
    rng = np.random.default_rng(5)
    probability = rng.random(GRID.shape).astype(np.float32)
    outside = np.zeros(GRID.shape, bool)
    outside[:3, :5] = True
    probability[outside] = np.nan

    def numbers(most: int) -> np.ndarray:
        return np.where(outside, 0, rng.integers(0, most, GRID.shape))

    reason = np.where(outside, MissReason.UNKNOWN, numbers(6)).astype(np.uint8)
    reason[8, 8] = MissReason.UNKNOWN  # inside the district, too
    level = np.where(outside, np.nan, rng.integers(-3000, 6000, GRID.shape) / 100)
    layers = PlanLayers(
        numbers(300).astype(np.int16),
        numbers(9).astype(np.int16),
        reason,
        numbers(4).astype(np.uint8),
        level.astype(np.float32) if sinr else None,
    )
    return CoverageRaster(GRID, probability, probability * 50, probability * 0 + 8, layers)


@pytest.mark.parametrize("sinr", [True, False])
def test_layers_come_back_as_they_were(tmp_path: Path, sinr: bool) -> None:
    given = raster(sinr=sinr)
    write_raster(tmp_path, given)
    found = read_raster(tmp_path)
    assert found.grid == GRID
    for name in ("probability", "field_dbuv_m", "people"):
        np.testing.assert_array_equal(getattr(found, name), getattr(given, name))
    assert given.layers is not None
    assert found.layers is not None
    for name in ("server", "servers", "reason", "limit"):
        one, other = getattr(found.layers, name), getattr(given.layers, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    if given.layers.sinr_db is None:
        assert found.layers.sinr_db is None
    else:
        assert found.layers.sinr_db is not None
        np.testing.assert_allclose(found.layers.sinr_db, given.layers.sinr_db, atol=1e-5)


def test_a_gis_reads_what_the_bands_mean_and_where_the_district_ends(tmp_path: Path) -> None:
    write_raster(tmp_path, raster())
    with rasterio.open(tmp_path / "layers.tif", driver="GTiff") as file:
        assert [text.partition(":")[0] for text in file.descriptions] == [
            "best server", "servers", "reason", "limiting link", "SINR",
        ]  # fmt: skip
        assert set(file.dtypes) == {"int16"}
        assert file.scales[4] == pytest.approx(0.01)
        assert file.units[4] == "dB"
        assert file.compression is not None
        for band in range(1, 6):
            assert not file.read_masks(band)[:3, :5].any()
            assert file.read_masks(band)[3:].all()
        assert file.crs.to_epsg() == 32651


def test_a_level_beyond_the_file_is_clipped_and_never_wraps(tmp_path: Path) -> None:
    given = raster()
    assert given.layers is not None
    level = np.full(GRID.shape, np.inf, np.float32)
    level[5] = -np.inf
    write_raster(tmp_path, replace(given, layers=replace(given.layers, sinr_db=level)))
    found = read_raster(tmp_path).layers
    assert found is not None
    assert found.sinr_db is not None
    assert found.sinr_db[4, 0] == pytest.approx(327.67)
    assert found.sinr_db[5, 0] == pytest.approx(-327.67)


def test_a_run_without_layers_still_opens(tmp_path: Path) -> None:
    write_raster(tmp_path, replace(raster(), layers=None))
    assert not (tmp_path / "layers.tif").exists()
    assert read_raster(tmp_path).layers is None


def test_damaged_layers_are_named(tmp_path: Path) -> None:
    write_raster(tmp_path, raster())
    (tmp_path / "layers.tif").write_bytes(b"II*\0 and no more")
    with pytest.raises(FileError, match=r"layers\.tif cannot be read"):
        read_raster(tmp_path)


def test_layers_of_another_run_are_refused(tmp_path: Path) -> None:
    write_raster(tmp_path, raster())
    moved = replace(raster(), grid=Grid("EPSG:32651", 356_000.0, 3_466_000.0, 25.0, 12, 9))
    (tmp_path / "other").mkdir()
    write_raster(tmp_path / "other", moved)
    (tmp_path / "other" / "layers.tif").replace(tmp_path / "layers.tif")
    with pytest.raises(FileError, match=r"does not belong to the coverage\.tif"):
        read_raster(tmp_path)
