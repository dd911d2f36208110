"""Open a GeoTIFF and nothing else: no other format, no file beside it, no metadata file.

A VRT under the name ``x.tif.msk`` beside ``x.tif`` made GDAL fetch an address when the mask was
read; so what lies beside a raster is never looked at.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader

__all__ = ["lone_geotiff"]


@contextmanager
def lone_geotiff(path: Path) -> Iterator[DatasetReader]:
    """Open a GeoTIFF for reading; its header says what it is, and a position may be missing.

    Raises
    ------
    rasterio.errors.RasterioError
        The file is no GeoTIFF or cannot be read.
    """
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED="NO"),
        warnings.catch_warnings(),
    ):
        # Callers refuse a raster without a position in words of their own.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path.resolve(), driver="GTiff") as raster:
            yield raster
