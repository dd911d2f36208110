"""Known landmarks, and what they tell about the datum of a table.

Somebody hands over positions as WGS-84 that are really GCJ-02 or BD-09: every row is then about
half a kilometre (or one) off in the same direction, and nothing in the file says so. Rows that
carry the name of a landmark whose WGS-84 position is known give it away: their median offset is
compared with the shift that either datum has there.

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
    Landmark(("东方明珠", "东方明珠广播电视塔", "Oriental Pearl Tower"), 121.4995, 31.2397, 100),
    Landmark(("上海中心大厦", "上海中心", "Shanghai Tower"), 121.5011, 31.2355, 100),
    Landmark(("金茂大厦", "Jin Mao Tower"), 121.5014, 31.2371, 100),
    Landmark(("上海环球金融中心", "环球金融中心"), 121.5028, 31.2366, 100),
    Landmark(("外白渡桥", "Waibaidu Bridge"), 121.4855, 31.2453, 120),
    Landmark(("豫园", "Yu Garden"), 121.4876, 31.2291, 200),
    Landmark(("和平饭店", "Peace Hotel"), 121.4850, 31.2405, 200),
    Landmark(("上海站", "上海火车站", "Shanghai Railway Station"), 121.4558, 31.2497, 250),
    Landmark(("虹口足球场", "Hongkou Football Stadium"), 121.4757, 31.2736, 200),
    Landmark(("静安寺", "Jing'an Temple"), 121.4410, 31.2254, 250),
    Landmark(("上海体育场", "Shanghai Stadium"), 121.4378, 31.1845, 250),
    Landmark(("中华艺术宫", "China Art Museum"), 121.4903, 31.1862, 250),
    Landmark(("龙华寺", "Longhua Temple"), 121.4468, 31.1763, 250),
    Landmark(("梅赛德斯-奔驰文化中心", "Mercedes-Benz Arena"), 121.4888, 31.1920, 250),
    Landmark(("上海科技馆", "Shanghai Science and Technology Museum"), 121.5376, 31.2205, 300),
    Landmark(("上海南站", "Shanghai South Railway Station"), 121.4247, 31.1547, 250),
    Landmark(("复旦大学", "复旦大学邯郸校区", "Fudan University"), 121.499, 31.299, 250),
    Landmark(("同济大学四平路校区", "Tongji University"), 121.497, 31.2845, 300),
    Landmark(("五角场", "Wujiaochang"), 121.511, 31.301, 250),
    Landmark(("江湾体育场", "Jiangwan Stadium"), 121.5114, 31.3064, 250),
)
"""Landmarks of Shanghai in WGS-84, known to about ``accuracy_m``; few of them were surveyed."""

_EXACT_ENOUGH_M = 300.0
_TAILS = re.compile(r"(宏基站|微基站|基站|站点|机房|宏站|微站|站址|site|station|cell)$")
_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a table lies from the landmarks it names, and which datum that looks like.

    Attributes
    ----------
    datum
        ``gcj02`` or ``bd09``, as ``--crs`` takes it.
    matched
        Rows that carry a landmark's name.
    east_m, north_m
        Median offset of those rows from the landmarks.
    expected_east_m, expected_north_m
        Offset that the datum has there.
    names
        Some of the landmarks' names.
    """

    datum: Literal["gcj02", "bd09"]
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
        None when no row names a landmark, or the offset is not that of a datum.
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

    def median_m(to_lon: NDArray[np.float64], to_lat: NDArray[np.float64]) -> NDArray[np.float64]:
        scale = _METRES_PER_DEGREE * np.cos(np.radians(at_lat))
        east, north = (to_lon - at_lon) * scale, (to_lat - at_lat) * _METRES_PER_DEGREE
        return np.array([np.median(east), np.median(north)])

    measured = median_m(lon[rows], lat[rows])
    expected = {
        "gcj02": median_m(*wgs84_to_gcj02(at_lon, at_lat)),
        "bd09": median_m(*wgs84_to_bd09(at_lon, at_lat)),
    }
    left_m = {datum: float(np.hypot(*(measured - shift))) for datum, shift in expected.items()}
    datum: Literal["gcj02", "bd09"] = "gcj02" if left_m["gcj02"] <= left_m["bd09"] else "bd09"
    shift_m = float(np.hypot(*expected[datum]))
    # Closer to the datum's shift than to no shift by a factor of two, else the landmarks'
    # own inexactness could be what is seen.
    if left_m[datum] > shift_m / 2 or left_m[datum] > float(np.hypot(*measured)) / 2:
        return None
    return Shift(
        datum, len(rows), float(measured[0]), float(measured[1]),
        float(expected[datum][0]), float(expected[datum][1]),
        tuple(dict.fromkeys(landmark.names[0] for landmark in found))[:3],
    )  # fmt: skip
