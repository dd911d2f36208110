"""How strongly an antenna radiates in every direction, from two measured cuts through it.

*Interpolation.* Horizontal projection interpolation (HPI), the method of Altair WinProp's antenna
manager for tilted antennas. In dB of attenuation, ``phi`` the angle off the main direction and
``theta`` the depression, with ``w = |phi| / 180``:

    A(phi, theta) = (1 - w) V(theta) + w V(180 - theta)                        the vertical cut
                    + f(theta) [H(phi) - (1 - w) H(0) - w H(180)]              the horizontal cut

A panel's column of elements makes the shape in elevation and one element that in azimuth, so that
their decibels add; methods that average the cuts (T. G. Vasiliadis et al., IEEE Trans. Antennas
Propag. 53 (7), 2005; F. Gil et al., IEEE Antennas Propag. Mag. 43 (2), 2001) leave that form.
At ``phi`` 0 and 180 the vertical cut comes out exactly. The horizontal cut
comes out exactly on the cone on which it was measured, where the two cuts agree in front and
behind; where a file's cuts disagree there, no surface can hold both, and the horizontal one gives
way by at most that disagreement (:attr:`PatternShape.front_mismatch_db`). ``f`` is 1 up to 60
degrees from the horizon and falls linearly to 0 at the poles, where all azimuths meet. No direction
gets more than the main one.

*Electrical tilt* lowers the beam in every azimuth alike: the cuts are taken at ``theta`` less the
added tilt, in full up to 45 degrees from the horizon and fading to the poles, which stay.
*Mechanical tilt* turns the whole antenna: the direction is rotated exactly, as a vector, into the
antenna's own frame, so that the beam sinks in front, rises behind and leans at the sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.compiled import compiled
from ...topology.errors import InputError, UsageError
from .pattern import AntennaPattern
from .sectors import within_half_turn

__all__ = [
    "MAX_ADDED_TILT_DEG",
    "PatternShape",
    "direction_attenuation_db",
    "mounted_attenuation_db",
    "mounted_gain_db",
    "pattern_attenuation_db",
    "pattern_shape",
]

MAX_ADDED_TILT_DEG = 20.0
"""Most electrical tilt that may be added; remote tilts reach about 16 degrees."""

_BEAM_WITHIN_DEG = 45
_FULL_TO_DEG = 60.0
_TILT_FULL_TO_DEG = 45.0


@dataclass(frozen=True, slots=True)
class PatternShape:
    """What the cuts of a pattern say of each other.

    Attributes
    ----------
    beam_depression_deg
        Where the vertical cut is strongest, within 45 degrees of the horizon in front.
    cut_depression_deg
        Depression of the cone on which the horizontal cut was measured: the beam's or the
        horizon, whichever attenuation of the vertical cut is nearer to the horizontal cut's at
        the front.
    front_mismatch_db, back_mismatch_db
        How far the cuts disagree on that cone, in front and behind.
    """

    beam_depression_deg: int
    cut_depression_deg: int
    front_mismatch_db: float
    back_mismatch_db: float


def pattern_shape(pattern: AntennaPattern) -> PatternShape:
    """Return where a pattern's beam points and how well its cuts fit together."""
    horizontal, vertical = pattern.horizontal_db, pattern.vertical_db
    beam = min(
        range(-_BEAM_WITHIN_DEG, _BEAM_WITHIN_DEG + 1),
        key=lambda degree: (vertical[degree % 360], abs(degree), -degree),
    )
    at_beam = abs(float(vertical[beam % 360] - horizontal[0]))
    at_horizon = abs(float(vertical[0] - horizontal[0]))
    cut = beam if at_beam <= at_horizon else 0
    return PatternShape(
        beam,
        cut,
        min(at_beam, at_horizon),
        abs(float(vertical[(180 - cut) % 360] - horizontal[180])),
    )


@compiled
def _cut_db(cut_db: NDArray[np.float64], angle_deg: float) -> float:
    """Return a cut at an angle of -360 to 719 degrees, linear in dB between whole degrees."""
    low = math.floor(angle_deg)
    share = angle_deg - low
    first = int(low)
    first += 360 if first < 0 else -360 if first >= 360 else 0
    second = first + 1 if first < 359 else 0
    return float((1.0 - share) * cut_db[first] + share * cut_db[second])


@compiled
def direction_attenuation_db(
    horizontal_db: NDArray[np.float64],
    vertical_db: NDArray[np.float64],
    off_deg: float,
    depression_deg: float,
    added_tilt_deg: float,
) -> float:
    """Return the attenuation towards one direction of the antenna's own frame, for kernels.

    Parameters
    ----------
    horizontal_db, vertical_db
        The cuts of an :class:`.AntennaPattern`.
    off_deg
        Clockwise off the antenna's main direction; any number of turns.
    depression_deg
        Below the antenna's own horizon, -90 to 90.
    added_tilt_deg
        Electrical tilt beyond that in the cuts.
    """
    off = within_half_turn(off_deg)
    behind = abs(off) / 180.0
    steep = abs(depression_deg)
    fade = 1.0
    if steep > _TILT_FULL_TO_DEG:
        fade = (90.0 - steep) / (90.0 - _TILT_FULL_TO_DEG)
    level = depression_deg - added_tilt_deg * fade
    in_front = _cut_db(vertical_db, level)
    at_back = _cut_db(vertical_db, 180.0 - level)
    across = (
        _cut_db(horizontal_db, off)
        - (1.0 - behind) * horizontal_db[0]
        - behind * horizontal_db[180]
    )
    steep = abs(level)
    if steep > _FULL_TO_DEG:
        across *= (90.0 - steep) / (90.0 - _FULL_TO_DEG)
    return float(max(0.0, (1.0 - behind) * in_front + behind * at_back + across))


@compiled
def mounted_attenuation_db(
    horizontal_db: NDArray[np.float64],
    vertical_db: NDArray[np.float64],
    bearing_deg: float,
    depression_deg: float,
    azimuth_deg: float,
    tilt_deg: float,
    tilt_azimuth_deg: float,
    added_tilt_deg: float,
) -> float:
    """Return the attenuation of a mounted antenna towards one direction, for kernels.

    Parameters
    ----------
    bearing_deg, depression_deg
        The direction from the antenna: clockwise from north, and below the horizon.
    azimuth_deg
        Main direction.
    tilt_deg, tilt_azimuth_deg
        Mechanical downtilt, and the direction in which the antenna leans.
    added_tilt_deg
        Electrical tilt beyond that in the cuts.
    """
    off, level = bearing_deg - azimuth_deg, depression_deg
    if tilt_deg != 0.0:
        # The direction as a vector: ahead along the lean, aside to its right, up. Turning the
        # antenna down by the tilt is turning the direction up by it.
        turn = math.radians(bearing_deg - tilt_azimuth_deg)
        down = math.radians(depression_deg)
        tilt = math.radians(tilt_deg)
        ahead = math.cos(down) * math.cos(turn)
        aside = math.cos(down) * math.sin(turn)
        up = -math.sin(down)
        turned = ahead * math.cos(tilt) - up * math.sin(tilt)
        raised = ahead * math.sin(tilt) + up * math.cos(tilt)
        off = math.degrees(math.atan2(aside, turned)) + tilt_azimuth_deg - azimuth_deg
        level = -math.degrees(math.asin(min(1.0, max(-1.0, raised))))
    return direction_attenuation_db(horizontal_db, vertical_db, off, level, added_tilt_deg)


@compiled
def _mounted(
    horizontal_db: NDArray[np.float64],
    vertical_db: NDArray[np.float64],
    bearing_deg: NDArray[np.float64],
    depression_deg: NDArray[np.float64],
    azimuth_deg: float,
    tilt_deg: float,
    tilt_azimuth_deg: float,
    added_tilt_deg: float,
    out: NDArray[np.float64],
) -> None:
    for i in range(out.size):
        out[i] = mounted_attenuation_db(
            horizontal_db,
            vertical_db,
            bearing_deg[i],
            depression_deg[i],
            azimuth_deg,
            tilt_deg,
            tilt_azimuth_deg,
            added_tilt_deg,
        )


def _check(added_tilt_deg: float, *figures: tuple[str, float]) -> None:
    for name, value in figures:
        if not math.isfinite(value):
            raise UsageError(f"{name} is {value}; give an angle in degrees")
    if not abs(added_tilt_deg) <= MAX_ADDED_TILT_DEG:
        raise UsageError(
            f"added_electrical_tilt_deg is {added_tilt_deg:g}; {-MAX_ADDED_TILT_DEG:g} to "
            f"{MAX_ADDED_TILT_DEG:g} can be added to a measured cut. Take the maker's file of the "
            "tilt that is meant"
        )


def mounted_gain_db(
    pattern: AntennaPattern,
    *,
    bearing_deg: ArrayLike,
    depression_deg: ArrayLike,
    azimuth_deg: float,
    mechanical_tilt_deg: float = 0.0,
    tilt_azimuth_deg: float | None = None,
    added_electrical_tilt_deg: float = 0.0,
) -> NDArray[np.float64]:
    """Return the gain of a mounted antenna relative to its main direction, 0 dB or less.

    The same promise as :func:`.sectors.pattern_gain_db` for a pattern from a file.

    Parameters
    ----------
    bearing_deg
        Directions from the antenna, clockwise from north.
    depression_deg
        Their angles below the horizon, -90 to 90.
    azimuth_deg
        Main direction.
    mechanical_tilt_deg
        Downtilt of the whole antenna, -90 to 90.
    tilt_azimuth_deg
        Direction in which it leans; ``azimuth_deg`` by default.
    added_electrical_tilt_deg
        Downtilt of the beam beyond that in the file, -20 to 20.

    Raises
    ------
    UsageError
        An angle is out of its range.
    InputError
        A direction is not a number.
    """
    lean = azimuth_deg if tilt_azimuth_deg is None else tilt_azimuth_deg
    _check(
        added_electrical_tilt_deg,
        ("azimuth_deg", azimuth_deg),
        ("mechanical_tilt_deg", mechanical_tilt_deg),
        ("tilt_azimuth_deg", lean),
    )
    if abs(mechanical_tilt_deg) > 90:
        raise UsageError(
            f"mechanical_tilt_deg is {mechanical_tilt_deg:g}; -90 to 90 degrees are allowed"
        )
    bearing, depression = np.broadcast_arrays(
        np.asarray(bearing_deg, np.float64), np.asarray(depression_deg, np.float64)
    )
    if not (np.isfinite(bearing).all() and (np.abs(depression) <= 90).all()):
        raise InputError(
            "a direction is not a finite bearing with a depression of -90 to 90 degrees"
        )
    out = np.empty(bearing.size)
    _mounted(
        pattern.horizontal_db,
        pattern.vertical_db,
        np.ascontiguousarray(bearing).ravel(),
        np.ascontiguousarray(depression).ravel(),
        float(azimuth_deg),
        float(mechanical_tilt_deg),
        float(lean),
        float(added_electrical_tilt_deg),
        out,
    )
    return np.negative(out).reshape(bearing.shape)


def pattern_attenuation_db(
    pattern: AntennaPattern,
    *,
    off_deg: ArrayLike,
    depression_deg: ArrayLike,
    added_electrical_tilt_deg: float = 0.0,
) -> NDArray[np.float64]:
    """Return the attenuation in the antenna's own frame, 0 dB or more.

    Parameters
    ----------
    off_deg
        Clockwise off the main direction.
    depression_deg
        Below the antenna's horizon, -90 to 90.

    Raises
    ------
    UsageError, InputError
        As :func:`mounted_gain_db`.
    """
    return np.abs(
        mounted_gain_db(
            pattern,
            bearing_deg=off_deg,
            depression_deg=depression_deg,
            azimuth_deg=0.0,
            added_electrical_tilt_deg=added_electrical_tilt_deg,
        )
    )
