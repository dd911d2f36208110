"""Known landmarks, and what they tell about the datum of a table.

Somebody hands over positions as WGS-84 that are really GCJ-02 or BD-09: every row is then about
half a kilometre (or one) off in the same direction, and nothing in the file says so. Rows that
carry the name of a landmark whose WGS-84 position is known give it away: the offset of each is
compared with the shift that either datum has there. Each row speaks for itself, because a file
may be of two origins, and because a landmark may be wrong; what most rows say counts, or what at
least three say very exactly.

The landmarks below were typed in from general knowledge, rounded to what is known; the project's
own ``places`` are landmarks too. An offset that fits neither datum says nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..datum import wgs84_to_bd09, wgs84_to_gcj02

__all__ = ["LANDMARKS", "LANDMARK_SOURCE", "Landmark", "Shift", "known_landmarks", "measure_shift"]

LANDMARK_SOURCE = "general knowledge, typed in"


@dataclass(frozen=True, slots=True)
class Landmark:
    """A place whose WGS-84 position is known, and how exactly."""

    names: tuple[str, ...]
    lon: float
    lat: float
    accuracy_m: float
    source: str = LANDMARK_SOURCE


LANDMARKS: tuple[Landmark, ...] = (
    Landmark(("东方明珠", "东方明珠广播电视塔", "Oriental Pearl Tower"), 121.4951, 31.2420, 100),
    Landmark(("上海中心大厦", "上海中心", "Shanghai Tower"), 121.5011, 31.2355, 100),
    Landmark(("金茂大厦", "Jin Mao Tower"), 121.5014, 31.2371, 100),
    Landmark(("上海环球金融中心", "环球金融中心"), 121.5028, 31.2366, 100),
    Landmark(("外白渡桥", "Waibaidu Bridge"), 121.4855, 31.2453, 120),
    Landmark(("豫园", "Yu Garden"), 121.4876, 31.2291, 200),
    Landmark(("和平饭店", "Peace Hotel"), 121.4850, 31.2407, 200),
    Landmark(("梅赛德斯-奔驰文化中心", "Mercedes-Benz Arena"), 121.4888, 31.1920, 250),
    Landmark(("复旦大学", "复旦大学邯郸校区", "Fudan University"), 121.499, 31.2985, 250),
    Landmark(("同济大学四平路校区", "Tongji University"), 121.497, 31.2845, 300),
    Landmark(("五角场", "Wujiaochang"), 121.511, 31.301, 250),
    Landmark(("江湾体育场", "Jiangwan Stadium"), 121.5114, 31.3064, 250),
)
"""Landmarks of Shanghai in WGS-84, known to about ``accuracy_m``; few of them were surveyed."""

_EXACT_ENOUGH_M = 300.0
_TIGHT_M = 60.0
_TIGHT_ROWS = 3
_TAILS = re.compile(r"(宏基站|微基站|基站|站点|机房|宏站|微站|站址|site|station|cell)$")
_METRES_PER_DEGREE = 111_195.0

_Vectors = NDArray[np.complex128]
"""Offsets in metres: east the real part, north the imaginary."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a table lies from the landmarks it names, and which datum that looks like.

    Attributes
    ----------
    datum
        ``gcj02`` or ``bd09``, as ``--crs`` takes it.
    fitting
        Rows whose offset is that of the datum.
    matched
        Rows that carry a landmark's name.
    east_m, north_m
        Median offset of the fitting rows from the landmarks.
    expected_east_m, expected_north_m
        Offset that the datum has there.
    names
        Some of the landmarks' names.
    """

    datum: Literal["gcj02", "bd09"]
    fitting: int
    matched: int
    east_m: float
    north_m: float
    expected_east_m: float
    expected_north_m: float
    names: tuple[str, ...]

    @property
    def length_m(self) -> float:
        """Length of the measured offset."""
        return float(np.hypot(self.east_m, self.north_m))

    def __str__(self) -> str:
        rows = "1 row" if self.matched == 1 else f"{self.matched} rows"
        if self.fitting < self.matched:
            rows = f"{self.fitting} of {rows}"
        return (
            f"{rows} named like known landmarks ({', '.join(self.names)}) measure "
            f"{self.length_m:.0f} m ({_compass(self.east_m, self.north_m)}) off them; "
            f"{'GCJ-02' if self.datum == 'gcj02' else 'BD-09'} is "
            f"{_compass(self.expected_east_m, self.expected_north_m)} off there"
        )


def _compass(east_m: float, north_m: float) -> str:
    return (
        f"{abs(east_m):.0f} m {'east' if east_m >= 0 else 'west'}, "
        f"{abs(north_m):.0f} m {'north' if north_m >= 0 else 'south'}"
    )


def _plain(name: str) -> str:
    """Return the name without case, spaces, brackets and the words that only say "site"."""
    folded = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).lower())
    shorter = _TAILS.sub("", folded)
    return shorter or folded


def known_landmarks(places: pd.DataFrame | None = None) -> dict[str, Landmark]:
    """Return the typed-in landmarks and the project's places by their plain names.

    A name that two of the project's places share is no landmark.
    """
    known: dict[str, Landmark] = {}
    if places is not None and len(places):
        shared: set[str] = set()
        for name, lon, lat, accuracy_m in zip(
            places["name"].tolist(), places["lon"].tolist(), places["lat"].tolist(),
            places["accuracy_m"].tolist(), strict=True,
        ):  # fmt: skip
            plain = _plain(str(name))
            if not plain or not np.isfinite(lon) or not np.isfinite(lat):
                continue
            if plain in known:
                shared.add(plain)
            exact = float(accuracy_m) if np.isfinite(accuracy_m) else 100.0
            known[plain] = Landmark((str(name),), float(lon), float(lat), exact, "places")
        for plain in shared:
            del known[plain]
    # What is typed in here cannot be off by a datum; the project's own places can.
    known.update({_plain(name): landmark for landmark in LANDMARKS for name in landmark.names})
    return known


def measure_shift(
    names: Sequence[str],
    lon_deg: ArrayLike,
    lat_deg: ArrayLike,
    landmarks: Mapping[str, Landmark],
) -> Shift | None:
    """Return the Chinese datum that rows given as WGS-84 look like, or None.

    Parameters
    ----------
    names
        Name of each row.
    lon_deg, lat_deg
        Position of each row as it was given.
    landmarks
        From :func:`known_landmarks`.

    Returns
    -------
    Shift or None
        None when no row names a landmark, or too few of those rows have the offset of a datum:
        half of them or fewer, and fewer than three exactly.
    """
    lon, lat = np.asarray(lon_deg, dtype=float), np.asarray(lat_deg, dtype=float)
    rows: list[int] = []
    found: list[Landmark] = []
    for number, name in enumerate(names):
        landmark = landmarks.get(_plain(name))
        if (
            landmark is not None
            and landmark.accuracy_m <= _EXACT_ENOUGH_M
            and np.isfinite(lon[number])
            and np.isfinite(lat[number])
        ):
            rows.append(number)
            found.append(landmark)
    if not rows:
        return None
    at_lon = np.array([landmark.lon for landmark in found])
    at_lat = np.array([landmark.lat for landmark in found])

    scale = _METRES_PER_DEGREE * np.cos(np.radians(at_lat))

    def offsets_m(to_lon: NDArray[np.float64], to_lat: NDArray[np.float64]) -> _Vectors:
        east, north = (to_lon - at_lon) * scale, (to_lat - at_lat) * _METRES_PER_DEGREE
        return np.asarray(east + 1j * north, dtype=np.complex128)

    measured = offsets_m(lon[rows], lat[rows])
    best: tuple[Literal["gcj02", "bd09"], NDArray[np.bool_], _Vectors] | None = None
    shifts: tuple[tuple[Literal["gcj02", "bd09"], _Vectors], ...] = (
        ("gcj02", offsets_m(*wgs84_to_gcj02(at_lon, at_lat))),
        ("bd09", offsets_m(*wgs84_to_bd09(at_lon, at_lat))),
    )
    nearest_m = np.min([np.abs(measured - shift) for _, shift in shifts], axis=0)
    for datum, shift in shifts:
        fits = _fitting(measured, shift) & (np.abs(measured - shift) <= nearest_m)
        if fits.any() and (best is None or fits.sum() > best[1].sum()):
            best = datum, fits, shift
    if best is None:
        return None
    datum, fits, shift = best
    seen, there = _median(measured[fits]), _median(shift[fits])
    return Shift(
        datum, int(fits.sum()), len(rows), seen.real, seen.imag, there.real, there.imag,
        tuple(
            dict.fromkeys(
                landmark.names[0] for landmark, fit in zip(found, fits, strict=True) if fit
            )
        )[:3],
    )  # fmt: skip


def _median(vectors: _Vectors) -> complex:
    return complex(float(np.median(vectors.real)), float(np.median(vectors.imag)))


def _fitting(measured: _Vectors, shift: _Vectors) -> NDArray[np.bool_]:
    """Say which rows are off by the datum's shift; none where too few are to mean anything."""
    left_m = np.abs(measured - shift)
    # Closer to the datum's shift than to no shift by a factor of two, else the landmarks'
    # own inexactness could be what is seen.
    loose = (left_m <= np.abs(shift) / 2) & (left_m <= np.abs(measured) / 2)
    if 2 * int(loose.sum()) > len(measured):
        return loose
    tight = left_m <= _TIGHT_M
    # Names that are only used loosely scatter rows in every direction; then as many rows fit the
    # shift turned aside as fit the shift itself.
    by_chance = max(
        int((np.abs(measured - shift * turn) <= _TIGHT_M).sum()) for turn in (1j, -1, -1j)
    )
    if int(tight.sum()) >= max(_TIGHT_ROWS, 3 * by_chance):
        return tight
    return np.zeros(len(measured), dtype=bool)
