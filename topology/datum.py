"""WGS-84, and the two shifted datums of Chinese maps: GCJ-02 and BD-09.

Maps published in China (Gaode, Tencent) show positions in GCJ-02, which is WGS-84 moved by up to
about 700 m in a way that changes from place to place; Baidu moves them once more (BD-09). Tables
of ngbw hold WGS-84 only. This module converts, in degrees and float64, for scalars and arrays.

The way from WGS-84 is a formula. The way back is not, so it is found by fixed-point iteration:
subtract the shift that the last guess would get until the guess stands still. Each round shrinks
the error at least fifty times; single-step inverses, which are common, are up to 2 m off.

**Where it applies.** The shift exists only inside ``CHINA_BOX``, the box that map programs use;
outside of it every function returns what it was given. The box is a rectangle and holds parts of
the neighbouring countries too, where nobody shifts: do not convert there.

**At the seam** the shift starts suddenly, so a strip of about 1 km inside the box's edge holds
positions that no WGS-84 position is moved to, and a strip outside it holds positions that two are
moved to. The inverse prefers the answer inside the box when there is one, and leaves the position
as it is when there is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import UsageError

__all__ = [
    "CHINA_BOX",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "distance_m",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "inside_china_box",
    "is_chinese_datum",
    "to_wgs84",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

Floats = NDArray[np.float64]
_Pair = tuple[Floats, Floats]

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees: where map programs shift positions."""

# Krasovsky 1940, the ellipsoid of the Soviet-era grids: GCJ-02 scales its shift by it.
_SEMI_MAJOR_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323

_BAIDU_WAVE = np.pi * 3000.0 / 180.0
_BAIDU_LON_DEG = 0.0065
_BAIDU_LAT_DEG = 0.0060

_STILL_DEG = 1e-12  # 0.1 micrometre; the rounding of a longitude is 1.4e-14
_ROUNDS = 30
_EARTH_RADIUS_M = 6_371_008.8


def inside_china_box(lon_deg: ArrayLike, lat_deg: ArrayLike) -> NDArray[np.bool_]:
    """Say which positions lie in the box in which map programs shift them."""
    lon, lat = np.asarray(lon_deg, dtype=float), np.asarray(lat_deg, dtype=float)
    west, south, east, north = CHINA_BOX
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _waves(value: Floats) -> Floats:
    """Return the two short waves that both shifts share, in metres."""
    return 20.0 * np.sin(6.0 * np.pi * value) + 20.0 * np.sin(2.0 * np.pi * value)


def _gcj02_shift(lon: Floats, lat: Floats) -> _Pair:
    """Return GCJ-02 minus WGS-84 in degrees at WGS-84 positions, wherever they lie."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += _waves(x) * 2.0 / 3.0
    east_m += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east_m += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += _waves(x) * 2.0 / 3.0
    north_m += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north_m += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    # Metres become degrees on the ellipsoid: radius across and along the meridian.
    latitude = np.radians(lat)
    flattening = 1.0 - _ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    across_m = _SEMI_MAJOR_M / np.sqrt(flattening) * np.cos(latitude)
    along_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / flattening**1.5
    return np.degrees(east_m / across_m), np.degrees(north_m / along_m)


def _bd09_shift(lon: Floats, lat: Floats) -> _Pair:
    """Return BD-09 minus GCJ-02 in degrees at GCJ-02 positions, wherever they lie."""
    # The position is taken as a point in a plane, turned and stretched by small waves.
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_WAVE)
    return (
        radius * np.cos(angle) + _BAIDU_LON_DEG - lon,
        radius * np.sin(angle) + _BAIDU_LAT_DEG - lat,
    )


_Shift = Callable[[Floats, Floats], _Pair]


def _arrays(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    lon, lat = np.broadcast_arrays(
        np.asarray(lon_deg, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64)
    )
    return lon, lat


def _apply(shift: _Shift, lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    lon, lat = _arrays(lon_deg, lat_deg)
    inside = inside_china_box(lon, lat)
    # Positions outside are replaced by a harmless one so that the waves never see NaN or infinity.
    d_lon, d_lat = shift(np.where(inside, lon, 105.0), np.where(inside, lat, 35.0))
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _invert(shift: _Shift, lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    lon, lat = _arrays(lon_deg, lat_deg)
    west, south, east, north = CHINA_BOX
    # A position just outside the box may still have its origin inside.
    near = (lon > west - 0.1) & (lon < east + 0.1) & (lat > south - 0.1) & (lat < north + 0.1)
    target_lon, target_lat = np.where(near, lon, 105.0), np.where(near, lat, 35.0)
    guess_lon, guess_lat = target_lon, target_lat
    for _ in range(_ROUNDS):
        d_lon, d_lat = shift(guess_lon, guess_lat)
        next_lon, next_lat = target_lon - d_lon, target_lat - d_lat
        moved = np.maximum(np.abs(next_lon - guess_lon), np.abs(next_lat - guess_lat))
        guess_lon, guess_lat = next_lon, next_lat
        if moved.size == 0 or float(moved.max()) < _STILL_DEG:
            break
    found = near & inside_china_box(guess_lon, guess_lat)
    return np.where(found, guess_lon, lon), np.where(found, guess_lat, lat)


def wgs84_to_gcj02(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return GCJ-02 longitude and latitude of WGS-84 positions."""
    return _apply(_gcj02_shift, lon_deg, lat_deg)


def gcj02_to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return WGS-84 longitude and latitude of GCJ-02 positions, exact to 1e-9 degrees."""
    return _invert(_gcj02_shift, lon_deg, lat_deg)


def gcj02_to_bd09(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return BD-09 longitude and latitude of GCJ-02 positions."""
    return _apply(_bd09_shift, lon_deg, lat_deg)


def bd09_to_gcj02(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return GCJ-02 longitude and latitude of BD-09 positions, exact to 1e-9 degrees."""
    return _invert(_bd09_shift, lon_deg, lat_deg)


def wgs84_to_bd09(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return BD-09 longitude and latitude of WGS-84 positions."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon_deg, lat_deg))


def bd09_to_wgs84(lon_deg: ArrayLike, lat_deg: ArrayLike) -> _Pair:
    """Return WGS-84 longitude and latitude of BD-09 positions, exact to 1e-9 degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon_deg, lat_deg))


_CHINESE: dict[str, Callable[[ArrayLike, ArrayLike], _Pair]] = {
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
}


def _plain(crs: str) -> str:
    return re.sub(r"[\s_-]", "", crs).lower()


def is_chinese_datum(crs: str) -> bool:
    """Say whether the name means GCJ-02 or BD-09, however it is written."""
    return _plain(crs) in _CHINESE


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: str) -> _Pair:
    """Return WGS-84 longitude and latitude of positions in the named system.

    Parameters
    ----------
    lon, lat
        First the longitude or easting, then the latitude or northing, whatever order the
        system's own definition uses.
    crs
        ``gcj02``, ``bd09``, ``wgs84`` or ``EPSG:n``.

    Returns
    -------
    tuple of arrays
        NaN where the system cannot hold the position.

    Raises
    ------
    UsageError
        There is no such system.
    """
    name = _plain(crs)
    if name in _CHINESE:
        return _CHINESE[name](lon, lat)
    if name in ("wgs84", "epsg:4326"):
        return _arrays(lon, lat)
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    if not re.fullmatch(r"epsg:\d{3,6}", name):
        raise UsageError(f"--crs is {crs!r}; write gcj02, bd09, wgs84 or EPSG:n")
    try:
        transformer = Transformer.from_crs(name.upper(), "EPSG:4326", always_xy=True)
    except ProjError:
        raise UsageError(
            f"--crs is {crs!r}, which is not a known coordinate system; write gcj02, bd09, wgs84 "
            "or the number of a system that exists, such as EPSG:4549"
        ) from None
    out_lon, out_lat = transformer.transform(*_arrays(lon, lat))
    found = np.isfinite(out_lon) & np.isfinite(out_lat)
    return np.where(found, out_lon, np.nan), np.where(found, out_lat, np.nan)


def distance_m(
    lon_a: ArrayLike, lat_a: ArrayLike, lon_b: ArrayLike, lat_b: ArrayLike
) -> NDArray[np.float64]:
    """Return great-circle distances in metres between WGS-84 positions, good to 0.5 %."""
    first_lon, first_lat = (np.radians(v) for v in _arrays(lon_a, lat_a))
    second_lon, second_lat = (np.radians(v) for v in _arrays(lon_b, lat_b))
    half = (
        np.sin((second_lat - first_lat) / 2.0) ** 2
        + np.cos(first_lat) * np.cos(second_lat) * np.sin((second_lon - first_lon) / 2.0) ** 2
    )
    return np.asarray(2.0 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(half)))
