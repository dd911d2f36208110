"""Land cover on a grid, and the clutter height that stands for each class.

The representative heights are those of ITU-R P.1812-8, annex 1, table 2 (water and open land 0 m,
suburban 10 m, urban and trees 15 m, dense urban 20 m), to be used where nothing better is known.
Trees and urban fabric share a row there; here they are two classes, because footprints replace
the fabric and not the trees.

Published land-cover products number their classes differently; a *scheme* says which number is
which class. A product has one word for all built-up land, so that its height is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError, UsageError
from ...topology.settings import nearest
from ..grid import Grid
from .geotiff import read_geotiff
from .resampling import majority

__all__ = ["CLUTTER_CLASSES", "SCHEMES", "ClutterClass", "LandCover", "Scheme", "read_land_cover"]

_P1812 = "ITU-R P.1812-8, annex 1, table 2"


@dataclass(frozen=True, slots=True)
class ClutterClass:
    """A sort of land and the height that stands for what grows or stands on it.

    Attributes
    ----------
    fabric
        Buildings stand on it; footprints, where there are any, take its place.
    """

    name: str
    height_m: float
    fabric: bool
    source: str


CLUTTER_CLASSES: Mapping[str, ClutterClass] = {
    one.name: one
    for one in (
        ClutterClass("water", 0.0, False, _P1812),
        ClutterClass("open", 0.0, False, _P1812),
        ClutterClass("suburban", 10.0, True, _P1812),
        ClutterClass("urban", 15.0, True, _P1812),
        ClutterClass("trees", 15.0, False, _P1812),
        ClutterClass("dense-urban", 20.0, True, _P1812),
    )
}
"""Every class by its name."""

_NAMES = tuple(CLUTTER_CLASSES)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a product numbers its classes.

    Attributes
    ----------
    classes
        Number in the raster to name of a clutter class.
    assumed
        What the translation assumes, one sentence each.
    """

    name: str
    classes: Mapping[int, str]
    source: str
    assumed: tuple[str, ...] = ()


_ONE_FABRIC = "all built-up land counts as urban, 15 m, where no footprints are known"

SCHEMES: Mapping[str, Scheme] = {
    one.name: one
    for one in (
        Scheme(
            "p1812",
            {1: "water", 2: "open", 3: "suburban", 4: "urban", 5: "dense-urban", 6: "trees"},
            "rows of ITU-R P.1812-8 table 2 in order; 6 for trees without houses",
        ),
        Scheme(
            "esa-worldcover",
            {
                10: "trees", 20: "open", 30: "open", 40: "open", 50: "urban", 60: "open",
                70: "open", 80: "water", 90: "open", 95: "trees", 100: "open",
            },
            "ESA WorldCover product user manual, legend",
            (_ONE_FABRIC,),
        ),
        Scheme(
            "globeland30",
            {
                10: "open", 20: "trees", 30: "open", 40: "open", 50: "open", 60: "water",
                70: "open", 80: "urban", 90: "open", 100: "open",
            },
            "GlobeLand30 product description, classes",
            (_ONE_FABRIC,),
        ),
    )
}  # fmt: skip
"""Numberings that are understood, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class LandCover:
    """Clutter classes on a grid.

    Attributes
    ----------
    index
        Index of each pixel's class in the order of ``CLUTTER_CLASSES``.
    source
        File and scheme.
    assumed
        What was assumed rather than read, one sentence each.
    """

    index: NDArray[np.int16]
    source: str
    assumed: tuple[str, ...] = ()

    def height_m(self) -> NDArray[np.float32]:
        """Return the representative clutter height of every pixel."""
        heights = np.array([one.height_m for one in CLUTTER_CLASSES.values()], np.float32)
        return heights[self.index]

    def is_class(self, name: str) -> NDArray[np.bool_]:
        """Return the pixels of a class."""
        here: NDArray[np.bool_] = self.index == _NAMES.index(name)
        return here

    def fabric(self) -> NDArray[np.bool_]:
        """Return the pixels on which buildings stand."""
        return np.array([one.fabric for one in CLUTTER_CLASSES.values()])[self.index]


def read_land_cover(path: Path, grid: Grid, *, scheme: str, fill: str | None = None) -> LandCover:
    """Read a land-cover GeoTIFF; each pixel of the grid takes the class under most of it.

    Parameters
    ----------
    scheme
        Which number is which class; one of ``SCHEMES``.
    fill
        Class of pixels without one; None refuses such a raster.

    Raises
    ------
    UsageError
        The scheme or the class is not known.
    MissingError, FileError
        As :func:`.geotiff.read_geotiff`; also numbers that the scheme does not have, and pixels
        without a class when ``fill`` is None.
    """
    if scheme not in SCHEMES:
        raise UsageError(
            f"land cover scheme {scheme!r} is not known{nearest(scheme, list(SCHEMES))}; use one "
            f"of {', '.join(SCHEMES)}"
        )
    if fill is not None and fill not in CLUTTER_CLASSES:
        raise UsageError(
            f"land cover class {fill!r} is not known{nearest(fill, list(_NAMES))}; use one of "
            f"{', '.join(_NAMES)}"
        )
    window = read_geotiff(path, grid)
    if window.values.dtype.kind not in "iu":
        raise FileError(f"{path.name} holds {window.values.dtype}; land-cover classes are integers")
    if window.missing.all():
        raise FileError(f"{path.name} is empty under the project; name another file")
    known = SCHEMES[scheme].classes
    numbers, place = np.unique(window.values, return_inverse=True)
    used = np.unique(window.values[~window.missing]).tolist()
    strange = [number for number in used if number not in known]
    if strange:
        raise FileError(
            f"{path.name} has the classes {', '.join(map(str, strange[:10]))} under the project, "
            f"which {scheme} does not have ({', '.join(map(str, known))}); declare them as nodata "
            "or name the scheme that has them"
        )
    class_of = np.array(
        [_NAMES.index(known[number]) if number in known else -1 for number in numbers.tolist()],
        np.int16,
    )
    classes = class_of[place].reshape(window.values.shape)
    classes[window.missing] = -1
    index = majority(window, grid, classes, len(_NAMES))
    source = f"{path.name} ({scheme})"
    assumed = list(SCHEMES[scheme].assumed)
    absent = index < 0
    if absent.any():
        where = f"{int(absent.sum())} of {absent.size} pixels"
        if fill is None:
            raise FileError(
                f"{path.name} has no class for {where}; add what is missing, or state a class for "
                "them (land_cover_fill)"
            )
        index[absent] = _NAMES.index(fill)
        assumed.append(f"{path.name} has no class for {where}: taken as {fill}")
    return LandCover(index, source, tuple(assumed))
