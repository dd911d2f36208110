"""What a file says about its coordinate system, and the way from there to WGS-84.

The model holds WGS-84 longitude and latitude. A file that states another system is converted when
it is read. Only codes of an authority (``EPSG:32651``) and well-known text are taken from a file:
a PROJ string may name other files, and a link would have to be fetched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError

__all__ = ["WGS84", "crs_of_name", "crs_of_wkt", "to_wgs84"]

WGS84 = "EPSG:4326"

_NAME = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:)?(EPSG|OGC|ESRI|IGNF)(?::[0-9.]*)?:([A-Za-z0-9]{1,12})",
    re.IGNORECASE,
)
_WKT = re.compile(r"\s*[A-Za-z]{3,20}\[")
_MAX_WKT_CHARS = 20_000
_MAX_WKT_DEPTH = 30


def crs_of_name(named: str, name: str) -> str:
    """Return the code of a named system; CRS84 is WGS-84 with longitude first, as is all here.

    Raises
    ------
    FileError
        The name is not a code that is known.
    """
    match = _NAME.fullmatch(named.strip())
    if match is not None:
        authority, code = match[1].upper(), match[2].upper()
        if authority == "OGC" and code == "CRS84":
            return WGS84
        try:
            CRS.from_authority(authority, code)
        except CRSError:
            pass
        else:
            return f"{authority}:{code}"
    raise FileError(
        f"{name} states the coordinate system {named[:60]!r}, which is not known; "
        "export it in WGS-84 (EPSG:4326)"
    )


def crs_of_wkt(wkt: str, name: str) -> str | None:
    """Return the code of a system given as well-known text, or the text when it has none.

    None stands for a drawing without a place on earth.

    Raises
    ------
    FileError
        The text is not a coordinate system.
    """
    sound = _WKT.match(wkt) and len(wkt) <= _MAX_WKT_CHARS and _depth(wkt) <= _MAX_WKT_DEPTH
    try:
        crs = CRS.from_wkt(wkt) if sound else None
    except CRSError:
        crs = None
    if crs is None:
        raise FileError(
            f"{name} states a coordinate system that is not known ({wkt[:60]!r}); "
            "export it in WGS-84 (EPSG:4326)"
        )
    if not (crs.is_geographic or crs.is_projected or crs.is_bound or crs.is_compound):
        return None
    code = crs.to_epsg()
    return f"EPSG:{code}" if code is not None else wkt


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "[") - (character == "]")
        deepest = max(deepest, depth)
    return deepest


def to_wgs84(
    geometries: Sequence[BaseGeometry | None], crs: str, name: str
) -> list[BaseGeometry | None]:
    """Return the geometries in WGS-84, longitude first.

    Raises
    ------
    FileError
        A coordinate lies outside what the file's system can hold.
    """
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    if crs == WGS84:
        return array.tolist()
    try:
        transformer = Transformer.from_crs(CRS.from_user_input(crs), WGS84, always_xy=True)
        moved = shapely.transform(
            array,
            lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])),
        )
    except ProjError as error:
        raise FileError(
            f"{name} cannot be converted from {crs[:60]} to WGS-84: {error}; "
            "export it in WGS-84 (EPSG:4326)"
        ) from None
    coordinates, owner = shapely.get_coordinates(moved, return_index=True)
    lost = owner[~np.isfinite(coordinates).all(axis=1)]
    if len(lost):
        raise FileError(
            f"{name}, row {lost[0] + 1} lies outside its coordinate system {crs[:60]}; "
            "correct the system that the file states, or that row"
        )
    return list(moved.tolist())
