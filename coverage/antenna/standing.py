"""How an antenna stands on its mast: what the table says and what the pattern file says, joined.

What a table states wins over the file; what it leaves empty or marks as assumed comes from the
file. Three things are then told apart:

* *electrical tilt*: a table's ``tilt_deg`` says where the beam points, whichever the antenna.
  ``3gpp-65`` is lowered by it as it is. The cuts of a file hold their own tilt already, so they
  are lowered by the difference, 0 where the table names the file's own tilt.
* *mechanical tilt*: the antenna is rotated, exactly, as :mod:`.pattern_3d` says; built-in sectors
  too. It adds to the electrical one in front only.
* *azimuth*: where neither table nor file states one, a directional antenna stands three times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...topology.errors import InputError
from .pattern import AntennaPattern
from .pattern_3d import MAX_ADDED_TILT_DEG, pattern_shape
from .sectors import SECTOR_AZIMUTHS_DEG, Pattern

__all__ = ["Disagreement", "Standing", "disagreements", "own_tilt_deg", "standings"]

_ROUND_WITHIN_DB = 3.0
_STATED_WITHIN_DEG = 2.0
_GAIN_WITHIN_DB = 1.0
_TILT_WITHIN_DEG = 2.0
_FREQ_WITHIN = 0.10
"""Panels are sold for bands of about so much to each side of their middle."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One antenna on the mast.

    Attributes
    ----------
    azimuth_deg
        Main direction.
    tilt_deg
        Electrical downtilt; for a pattern file what it adds to the tilt in the cuts.
    mech_tilt_deg
        Mechanical downtilt.
    lean_deg
        Direction in which the antenna leans.
    """

    azimuth_deg: float
    tilt_deg: float
    mech_tilt_deg: float
    lean_deg: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where a cell and its pattern file do not agree, and which of them counts.

    Attributes
    ----------
    key
        ``antenna-gain``, ``antenna-frequency``, ``antenna-tilt`` or ``antenna-tilt-idle``.
    column
        Of the cell.
    rule, fix
        As in a :class:`.Problem`.
    """

    key: Literal["antenna-gain", "antenna-frequency", "antenna-tilt", "antenna-tilt-idle"]
    column: str
    rule: str
    fix: str


def own_tilt_deg(pattern: AntennaPattern) -> float:
    """Return the electrical tilt that a file's cuts hold.

    What the file states, which may be finer than a degree, where its vertical cut bears it out to
    2 degrees; else where that cut is strongest.
    """
    beam = float(pattern_shape(pattern).beam_depression_deg)
    stated = pattern.electrical_tilt_deg
    return stated if stated is not None and abs(stated - beam) <= _STATED_WITHIN_DEG else beam


def _main_directions(pattern: Pattern | AntennaPattern) -> tuple[float, ...]:
    if not isinstance(pattern, AntennaPattern):
        return SECTOR_AZIMUTHS_DEG[pattern]
    if pattern.mounting is not None and pattern.mounting.azimuth_deg:
        return (pattern.mounting.azimuth_deg,)
    cut = pattern.horizontal_db
    is_round = float(cut.max() - cut.min()) < _ROUND_WITHIN_DB
    return SECTOR_AZIMUTHS_DEG["omni" if is_round else "3gpp-65"]


def standings(
    pattern: Pattern | AntennaPattern,
    *,
    azimuth_deg: float | None,
    tilt_deg: float | None,
    mech_tilt_deg: float | None,
) -> tuple[Standing, ...]:
    """Return how an antenna stands; several times where nothing states its azimuth.

    Parameters
    ----------
    azimuth_deg, tilt_deg, mech_tilt_deg
        As the table or the settings state them; None leaves each to the pattern.

    Raises
    ------
    InputError
        The beam of a measured pattern would be moved too far.
    """
    azimuths = _main_directions(pattern) if azimuth_deg is None else (azimuth_deg,)
    tilt, mechanical, aside = tilt_deg or 0.0, mech_tilt_deg, 0.0
    if isinstance(pattern, AntennaPattern):
        tilt = 0.0 if tilt_deg is None else tilt_deg - own_tilt_deg(pattern)
        if abs(tilt) > MAX_ADDED_TILT_DEG:
            raise InputError(
                f"tilt_deg is {tilt_deg:g}, but {pattern.source} holds {own_tilt_deg(pattern):g} "
                f"degrees and its beam can be moved by at most {MAX_ADDED_TILT_DEG:g}; take the "
                "maker's file of that tilt, or state a mechanical tilt as mech_tilt_deg"
            )
        if mechanical is None and pattern.mounting is not None:
            mechanical = pattern.mounting.tilt_deg
            aside = pattern.mounting.tilt_azimuth_deg - pattern.mounting.azimuth_deg
    return tuple(
        Standing(azimuth, tilt, mechanical or 0.0, azimuth + aside) for azimuth in azimuths
    )


def disagreements(
    pattern: Pattern | AntennaPattern,
    *,
    gain_dbi: float | None,
    freq_mhz: float | None,
    tilt_deg: float | None,
    mech_tilt_deg: float | None = None,
) -> tuple[Disagreement, ...]:
    """List what a cell and its antenna disagree in.

    Parameters
    ----------
    gain_dbi, tilt_deg, mech_tilt_deg
        As the cell or the settings state them; None where they leave them to the file.
    freq_mhz
        Of the carrier; None where it is not known.
    """
    if not isinstance(pattern, AntennaPattern):
        if pattern == "omni" and mech_tilt_deg:
            return (
                Disagreement(
                    "antenna-tilt-idle", "mech_tilt_deg",
                    "has no effect: omni radiates the same in every direction",
                    "leave it empty or name a pattern file",
                ),
            )  # fmt: skip
        return ()
    found = []
    own = pattern.gain_dbi
    if gain_dbi is not None and own is not None and abs(gain_dbi - own) > _GAIN_WITHIN_DB:
        found.append(
            Disagreement(
                "antenna-gain", "gain_dbi",
                f"{pattern.source} states {own:.1f} dBi, which differs from {gain_dbi:g} dBi by "
                f"more than {_GAIN_WITHIN_DB:g} dB; {gain_dbi:g} dBi counts",
                "leave the gain empty to take the file's, or correct the one that is wrong",
            )
        )  # fmt: skip
    measured = pattern.freq_mhz
    if (
        measured is not None
        and freq_mhz is not None
        and abs(freq_mhz - measured) > _FREQ_WITHIN * measured
    ):
        found.append(
            Disagreement(
                "antenna-frequency", "freq_mhz",
                f"the carrier is at {freq_mhz:g} MHz, {pattern.source} was measured at "
                f"{measured:g} MHz, more than {_FREQ_WITHIN:.0%} away",
                "take the maker's file for the carrier's band",
            )
        )  # fmt: skip
    added = 0.0 if tilt_deg is None else tilt_deg - own_tilt_deg(pattern)
    if _TILT_WITHIN_DEG < abs(added) <= MAX_ADDED_TILT_DEG:
        found.append(
            Disagreement(
                "antenna-tilt", "tilt_deg",
                f"{pattern.source} holds an electrical tilt of {own_tilt_deg(pattern):g} degrees; "
                f"its beam is moved to {tilt_deg:g} degrees by calculation, side lobes and all",
                "take the maker's file of that tilt",
            )
        )  # fmt: skip
    return tuple(found)
