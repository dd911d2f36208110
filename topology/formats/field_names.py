"""Fits column names into formats with short or narrow field names.

A DBF field name has ten bytes, so ``antenna_height_m`` and ``antenna_height_source`` would become
one. The names are cut, made unique, and the caller is told which name became what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

__all__ = ["mapinfo_name", "plain_name", "shapefile_name", "unique_names"]

_SHAPEFILE_BYTES = 10
_MAPINFO_BYTES = 30  # of 31 characters; Chinese counts as it is stored
_PLAIN_BYTES = 200


def _fit(name: str, suffix: str, limit: int) -> str:
    cut = name.encode("utf-8")[: limit - len(suffix)].decode("utf-8", "ignore")
    return cut + suffix


def shapefile_name(name: str, suffix: str) -> str:
    """Return a field name of a Shapefile: at most ten bytes."""
    return _fit(re.sub(r"[\s\x00-\x1f]", "_", name) or "field", suffix, _SHAPEFILE_BYTES)


def mapinfo_name(name: str, suffix: str) -> str:
    """Return a field name of MapInfo: letters, digits and underscores, no digit in front."""
    clean = re.sub(r"\W", "_", name) or "field"
    return _fit(f"_{clean}" if clean[0].isdigit() else clean, suffix, _MAPINFO_BYTES)


def plain_name(name: str, suffix: str) -> str:
    """Return a field name of a GeoPackage: nearly anything."""
    return _fit(name.replace("\0", "_") or "field", suffix, _PLAIN_BYTES)


def unique_names(
    names: Iterable[str], fit: Callable[[str, str], str], *, reserved: Iterable[str] = ()
) -> dict[str, str]:
    """Return the field name of each column, unique also where case does not count.

    Examples
    --------
    >>> unique_names(["antenna_height_m", "antenna_height_source"], shapefile_name)
    {'antenna_height_m': 'antenna_he', 'antenna_height_source': 'antenna__1'}
    """
    taken = {name.lower() for name in reserved}
    fitted: dict[str, str] = {}
    for name in names:
        candidate = fit(name, "")
        number = 0
        while candidate.lower() in taken:
            number += 1
            candidate = fit(name, f"_{number}")
        taken.add(candidate.lower())
        fitted[name] = candidate
    return fitted
