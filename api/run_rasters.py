"""The rasters of a run as GeoTIFFs that QGIS opens: ``coverage.tif`` and ``layers.tif``.

``coverage.tif`` holds location probability, median field and residents as 32-bit floats.
``layers.tif`` holds who serves each pixel, and why not, as 16-bit integers: every band says in its
description what its numbers mean, and one value says "outside" in all of them. SINR stands in
1/100 dB with a scale, so that programs show dB.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from ..coverage.grid import Grid
from ..coverage.results import CoverageRaster, PlanLayers
from ..coverage.servers.miss_reasons import MissReason
from ..topology.errors import FileError
from ..topology.formats.lone_geotiff import lone_geotiff

__all__ = ["COVERAGE_FILE", "LAYERS_FILE", "read_raster", "write_raster"]

COVERAGE_FILE = "coverage.tif"
LAYERS_FILE = "layers.tif"

_COVERAGE_BANDS = ("location probability", "median field [dBuV/m]", "residents")
_LAYER_BANDS = (
    "best server: order of the site in the plan, 0 none",
    "servers: sites that suffice on their own",
    "reason: 0 served, 1 distance, 2 shadow, 3 indoor, 4 interference, 5 uplink, 255 unknown",
    "limiting link: 0 both or not two-way, 1 downlink, 2 uplink, 3 not reached",
    "SINR",
)
_OUTSIDE = np.iinfo(np.int16).min
_STEPS_PER_DB = 100
_LEAST, _MOST = _OUTSIDE + 1, np.iinfo(np.int16).max


def _profile(grid: Grid, dtype: str, predictor: int, nodata: float) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "dtype": dtype,
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": nodata,
        "compress": "deflate",
        "predictor": predictor,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
    }


def _layer_bands(raster: CoverageRaster, layers: PlanLayers) -> list[NDArray[np.int16]]:
    """Return the layers as 16-bit integers, every one the same outside."""
    outside = np.isnan(raster.probability)
    bands = [
        # Widened first: in a byte the number for outside would silently be another one.
        np.where(outside, _OUTSIDE, values.astype(np.int16))
        for values in (layers.server, layers.servers, layers.reason, layers.limit)
    ]
    if layers.sinr_db is not None:
        steps = np.clip(np.round(layers.sinr_db * np.float64(_STEPS_PER_DB)), _LEAST, _MOST)
        bands.append(np.where(np.isnan(steps), _OUTSIDE, steps).astype(np.int16))
    return bands


def write_raster(directory: Path, raster: CoverageRaster) -> None:
    """Write a run's raster into its directory; ``layers.tif`` only where it has layers."""
    floats = (raster.probability, raster.field_dbuv_m, raster.people)
    profile = _profile(raster.grid, "float32", 3, np.nan)
    with rasterio.open(directory / COVERAGE_FILE, "w", count=len(floats), **profile) as file:
        for number, band in enumerate(floats, start=1):
            file.write(band, number)
            file.set_band_description(number, _COVERAGE_BANDS[number - 1])
    if raster.layers is None:
        return
    bands = _layer_bands(raster, raster.layers)
    profile = _profile(raster.grid, "int16", 2, _OUTSIDE)
    with rasterio.open(directory / LAYERS_FILE, "w", count=len(bands), **profile) as file:
        for number, values in enumerate(bands, start=1):
            file.write(values, number)
            file.set_band_description(number, _LAYER_BANDS[number - 1])
        if raster.layers.sinr_db is not None:
            file.scales = (1.0,) * (len(bands) - 1) + (1.0 / _STEPS_PER_DB,)
            file.units = ("",) * (len(bands) - 1) + ("dB",)


def _read(path: Path) -> tuple[NDArray[Any], Grid]:
    try:
        with lone_geotiff(path) as file:
            transform = file.transform
            grid = Grid(
                str(file.crs), transform.c, transform.f, transform.a, file.width, file.height
            )
            return file.read(), grid
    except RasterioError as error:
        raise FileError(f"{path} cannot be read ({error}); run ngbw plan again") from None


def _read_layers(path: Path, grid: Grid) -> PlanLayers:
    bands, its_grid = _read(path)
    if its_grid != grid or bands.dtype != np.int16 or len(bands) not in (4, 5):
        raise FileError(
            f"{path} does not belong to the {COVERAGE_FILE} beside it (it has {len(bands)} bands "
            f"of {bands.dtype} on {its_grid.height} x {its_grid.width} pixels); run ngbw plan again"
        )
    server, servers, reason, limit = bands[:4]
    sinr_db = None
    if len(bands) > 4:
        steps = bands[4]
        sinr_db = np.where(steps == _OUTSIDE, np.nan, steps / _STEPS_PER_DB).astype(np.float32)
    return PlanLayers(
        np.where(server == _OUTSIDE, 0, server).astype(np.int16),
        np.where(servers == _OUTSIDE, 0, servers).astype(np.int16),
        np.where(reason == _OUTSIDE, MissReason.UNKNOWN, reason).astype(np.uint8),
        np.where(limit == _OUTSIDE, 0, limit).astype(np.uint8),
        sinr_db,
    )


def read_raster(directory: Path) -> CoverageRaster:
    """Return a run's raster from its directory; runs of older releases have no layers.

    Raises
    ------
    FileError
        A raster is damaged, or ``layers.tif`` is not of the same run.
    """
    bands, grid = _read(directory / COVERAGE_FILE)
    path = directory / LAYERS_FILE
    layers = _read_layers(path, grid) if path.is_file() else None
    return CoverageRaster(grid, bands[0], bands[1], bands[2], layers)
