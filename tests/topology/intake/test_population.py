"""People from a raster: nobody lost, nobody moved to another cell."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.errors import NotGeoreferencedWarning

from ngbw.topology.errors import FileError, MissingError, UsageError
from ngbw.topology.intake import population
from ngbw.topology.intake.population import is_raster, read_population

UTM = "EPSG:32651"
CORNER = Affine(100, 0, 355400, 0, -100, 3469300)


VRT = (
    b'<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1">'
    b"<SimpleSource><SourceFilename>/vsicurl/http://127.0.0.1:9/x</SourceFilename></SimpleSource>"
    b"</VRTRasterBand></VRTDataset>"
)
"""Opened without naming a driver, this makes GDAL fetch an address."""


def write(
    path: Path,
    *bands: NDArray[Any],
    crs: str | None = UTM,
    transform: Affine = CORNER,
    nodata: float | None = None,
    names: tuple[str, ...] = (),
) -> Path:
    height, width = bands[0].shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=len(bands),
        dtype=bands[0].dtype, crs=crs, transform=transform, nodata=nodata,
    ) as raster:  # fmt: skip
        for number, band in enumerate(bands, start=1):
            raster.write(band, number)
        for number, name in enumerate(names, start=1):
            raster.set_band_description(number, name)
    return path


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(arrays(np.float32, (7, 5), elements=st.floats(0, 500, width=32)))
def test_the_sum_is_kept_and_every_row_falls_into_its_cell(
    tmp_path: Path, people: NDArray[np.float32]
) -> None:
    people[3, 2] = 17
    path = write(tmp_path / "people.tif", people)
    found = read_population(path, census_year=2020)
    assert found.people == float(people.astype(np.float64).sum())
    assert len(found.frame) == int((people > 0).sum())
    x, y = Transformer.from_crs("EPSG:4326", UTM, always_xy=True).transform(
        found.frame["lon"].to_numpy(), found.frame["lat"].to_numpy()
    )
    column, row = (x - CORNER.c) / CORNER.a, (y - CORNER.f) / CORNER.e
    # The middle of the cell, to a tenth of a millimetre.
    assert np.allclose(np.mod(column, 1), 0.5, atol=1e-5)
    assert np.allclose(np.mod(row, 1), 0.5, atol=1e-5)
    back = np.zeros((7, 5))
    back[row.astype(int), column.astype(int)] = found.frame["people"]
    assert np.array_equal(back, people.astype(np.float64))


def test_rows_say_their_cell_year_and_source(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", np.array([[0, 3]], dtype=np.float32), names=("residents",))
    (row,) = read_population(path, census_year=2020).frame.to_dict("records")
    assert row["demand_id"] == "p-r0c1"
    assert (row["cell_m"], row["census_year"], row["people"]) == (100, 2020, 3)
    assert row["source"] == "p.tif, band 1: residents"


def test_no_data_nan_and_negative_cells_hold_nobody(tmp_path: Path) -> None:
    people = np.array([[5, np.nan, -1], [np.inf, -200, 7]], dtype=np.float32)
    found = read_population(write(tmp_path / "p.tif", people, nodata=-1), census_year=2020)
    assert found.people == 12
    assert found.notes == ("1 cells below zero count as no data",)


def test_whole_numbers_and_their_no_data_are_read(tmp_path: Path) -> None:
    people = np.array([[255, 9]], dtype=np.uint8)
    assert (
        read_population(write(tmp_path / "p.tif", people, nodata=255), census_year=2020).people == 9
    )


def test_the_band_is_chosen_and_named(tmp_path: Path) -> None:
    one, two = np.full((1, 1), 10, np.float32), np.full((1, 1), 20, np.float32)
    path = write(tmp_path / "p.tif", one, two, names=("2020", "2010"))
    first = read_population(path, census_year=2020)
    assert (first.people, first.band) == (10, 1)
    assert first.notes == ("band 1 (2020) of 2 is read; choose another with --band N",)
    assert read_population(path, census_year=2010, band=2).people == 20
    with pytest.raises(MissingError, match=r"no band 3; it has 1 \(2020\), 2 \(2010\)"):
        read_population(path, census_year=2020, band=3)


def test_the_year_of_the_count_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", np.ones((1, 1), np.float32))
    with pytest.raises(UsageError, match="--set census_year=YEAR"):
        read_population(path, census_year=None)


def test_the_coordinate_system_is_needed_and_may_be_given(tmp_path: Path) -> None:
    people = np.ones((1, 1), np.float32)
    path = write(tmp_path / "p.tif", people, crs=None)
    with pytest.raises(FileError, match="--crs EPSG:n"):
        read_population(path, census_year=2020)
    given_crs = read_population(path, census_year=2020, crs=UTM)
    stated = read_population(write(tmp_path / "q.tif", people), census_year=2020)
    assert given_crs.frame["lon"].tolist() == stated.frame["lon"].tolist()
    with pytest.raises(UsageError, match="leave --crs out"):
        read_population(tmp_path / "q.tif", census_year=2020, crs="EPSG:32650")
    with pytest.raises(UsageError, match="not for rasters"):
        read_population(tmp_path / "q.tif", census_year=2020, crs="gcj02")


def test_cells_in_degrees_become_squares_of_their_area(tmp_path: Path) -> None:
    path = write(
        tmp_path / "p.tif", np.ones((2, 2), np.float32), crs="EPSG:4326",
        transform=Affine(1 / 1200, 0, 121.5, 0, -1 / 1200, 31.3),
    )  # fmt: skip
    found = read_population(path, census_year=2020)
    assert found.frame["cell_m"].iloc[0] == pytest.approx(92.66 * 0.8545**0.5, rel=0.01)
    assert "not square" in found.notes[0]
    assert found.frame["lon"].iloc[0] == pytest.approx(121.5 + 1 / 2400, abs=1e-9)


def test_a_raster_that_is_turned_or_nowhere_is_refused(tmp_path: Path) -> None:
    people = np.ones((2, 2), np.float32)
    turned = write(tmp_path / "t.tif", people, transform=Affine(98, 17, 355400, 17, -98, 3469300))
    with pytest.raises(FileError, match="turned"):
        read_population(turned, census_year=2020)
    far = write(tmp_path / "f.tif", people, transform=Affine(100, 0, 9e20, 0, -100, 9e20))
    with pytest.raises(FileError, match="does not place on the earth"):
        read_population(far, census_year=2020)


def test_a_raster_without_a_position_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # that is the point
        write(path, np.ones((2, 2), np.float32), transform=Affine.identity())
    with pytest.raises(FileError, match="has no position"):
        read_population(path, census_year=2020)


def test_a_raster_without_people_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no cell with people"):
        read_population(write(tmp_path / "p.tif", np.zeros((2, 2), np.float32)), census_year=2020)


def test_too_many_pixels_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=100_000, height=100_000, count=1, dtype="float32",
        crs=UTM, transform=CORNER, tiled=True, SPARSE_OK=True,
    ):  # fmt: skip
        pass
    assert path.stat().st_size < 10_000_000  # it declares 40 GB
    with pytest.raises(FileError, match="100000 x 100000 pixels"):
        read_population(path, census_year=2020)
    monkeypatch.setattr(population, "MAX_ROWS", 3)
    with pytest.raises(FileError, match="more than 3"):
        read_population(write(tmp_path / "p.tif", np.ones((2, 2), np.float32)), census_year=2020)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a raster", b"II*\0garbage",
        VRT,
    ],
)  # fmt: skip
def test_what_is_not_a_geotiff_is_refused_and_never_sniffed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "dem.tif"
    path.write_bytes(content)
    with pytest.raises(FileError, match="not a GeoTIFF"):
        read_population(path, census_year=2020)
    with pytest.raises(MissingError):
        read_population(tmp_path / "none.tif", census_year=2020)


def test_the_ending_says_what_is_a_raster() -> None:
    assert is_raster(Path("a.TIF"))
    assert is_raster(Path("a.tiff"))
    assert not is_raster(Path("a.csv"))


def test_a_mask_beside_the_raster_is_not_looked_at(tmp_path, requests):
    port, seen = requests
    path = tmp_path / "people.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=600,
        height=600,
        count=1,
        dtype="float32",
        crs="EPSG:32651",
        transform=Affine(100, 0, 357_000, 0, -100, 3_464_000),
    ) as raster:
        raster.write(np.ones((600, 600), np.float32), 1)
    (tmp_path / "people.tif.msk").write_text(
        '<VRTDataset rasterXSize="600" rasterYSize="600">'
        '<Metadata><MDI key="INTERNAL_MASK_FLAGS_1">2</MDI></Metadata>'
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>/vsicurl/http://127.0.0.1:{port}/x.tif</SourceFilename>"
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    assert read_population(path, census_year=2020).people == 360_000
    assert seen == []
