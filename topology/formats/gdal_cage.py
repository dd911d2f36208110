"""Starts GDAL in a cage: without the drivers that follow references, and without its network.

GDAL opens anything: a file named ``sites.shp`` whose content describes a virtual data source makes
it fetch an address or read ``/etc/passwd``. The cage is the second wall. The first is that GDAL
only ever sees private copies of files whose content was looked at (:mod:`.vector_files`).
"""

from __future__ import annotations

import os
import threading
from typing import Any

__all__ = ["load_gdal"]

_SKIPPED_DRIVERS = (
    "OGR_VRT", "GDALG", "HTTP", "WFS", "OAPIF", "OGCAPI", "CSW", "EEDA", "Carto", "AmigoCloud",
    "PLSCENES", "NGW", "Elasticsearch", "ADBC", "GeoRSS", "PGDUMP", "GPSBabel",
)  # fmt: skip

_OPTIONS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_MAX_RETRY": "0",
    "OGR_SQLITE_STATIC_VIRTUAL_OGR": "NO",
    "SHAPE_RESTORE_SHX": "YES",
    # The date that a GeoPackage notes as its last change: the same rows make the same file.
    "OGR_CURRENT_DATE": "1970-01-01T00:00:00.000Z",
}


_starting = threading.Lock()
_started: list[Any] = []


def load_gdal() -> Any:
    """Import pyogrio with the drivers left out that follow references.

    GDAL reads the variables once, while it starts. They are taken away again, so that the GDAL
    of another package in this process is not changed behind its back.
    """
    with _starting:
        if not _started:
            _started.append(_start())
        return _started[0]


def _start() -> Any:
    wanted = {
        "OGR_SKIP": ",".join(_SKIPPED_DRIVERS),
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "CPL_LOG": os.devnull,  # a GDAL without one of these drivers would say so on stderr
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        import pyogrio
        import pyogrio.raw
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    pyogrio.set_gdal_config_options(_OPTIONS)
    return pyogrio
