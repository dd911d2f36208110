"""The catalogue of checks: what each asks, which level it gates, and every reason it may give.

It is data (``checks/*.toml``, a file for each kind of subject), so that a reader sees the whole
scoring on a page: a verdict can carry no reason that the catalogue does not name, and each reason
has its words and its way out in ``maps/words``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from .verdicts import Level, SubjectKind

__all__ = ["Check", "check_named", "checks"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the catalogue.

    Attributes
    ----------
    check_id
        Stable name: a letter for the kind of subject, and a number (``D2``, ``S11``).
    version
        Raised when the check's rule changes; evidence names it.
    asks
        What is asked, in one line.
    level
        Rung that needs it; None where it is shown and gates nothing.
    roles
        Roles of a device that need it; empty for all.
    alternatives
        Checks of which one that passes is enough for the rung (``D2`` or ``D3``).
    harmful
        Whether a fail harms those who use IPv6, and blocks any target.
    expires_s
        Age at which its evidence no longer counts.
    reasons
        Codes that a verdict may give.
    clause
        Rule that it rests on.
    """

    check_id: str
    version: int
    subject: SubjectKind
    asks: str
    level: Level | None
    roles: frozenset[str]
    alternatives: frozenset[str]
    harmful: bool
    expires_s: float
    reasons: frozenset[str]
    clause: str


@cache
def checks() -> Mapping[str, Check]:
    """Return every check by its id, in the order of the catalogue."""
    found: dict[str, Check] = {}
    for kind in SubjectKind:
        text = files("ngbw.ipv6").joinpath(f"checks/{kind}.toml").read_text("utf-8")
        for check_id, row in tomllib.loads(text).items():
            level = row.get("level")
            found[check_id] = Check(
                check_id=check_id,
                version=row["version"],
                subject=kind,
                asks=row["asks"],
                level=None if level is None else Level[level.upper()],
                roles=frozenset(row.get("roles", ())),
                alternatives=frozenset(row.get("alternatives", ())),
                harmful=row.get("harmful", False),
                expires_s=row["expires_h"] * 3600.0,
                reasons=frozenset(row["reasons"]),
                clause=row["clause"],
            )
    return MappingProxyType(found)


def check_named(check_id: str) -> Check:
    """Return a check of the catalogue.

    Raises
    ------
    KeyError
        There is none of that name.
    """
    return checks()[check_id]
