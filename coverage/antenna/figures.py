"""The key figures of an antenna pattern, as an engineer reads them off a data sheet.

Beamwidths are between the points 3 dB below the strongest direction of each cut. Front-to-back is
the strongest direction against the strongest within 30 degrees of the opposite one (NGMN, BASTA
white paper 11.1). The directivity is that of the whole pattern, integrated over the sphere: no
passive antenna has a gain above it, so it tells a gain in the wrong unit from a sound one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pattern import DEGREES, AntennaPattern
from .pattern_3d import pattern_attenuation_db, pattern_shape

__all__ = ["PatternFigures", "directivity_dbi", "pattern_figures"]

_HALF_POWER_DB = 3.0
_BACK_WITHIN_DEG = 30
_OFF_FRONT_DEG = 45
_MISMATCH_DB = 3.0
_TILT_DIFFERS_DEG = 2.0
_GAIN_ABOVE_DB = 1.0
"""How far a gain may pass the directivity of two cuts, which know the rest by interpolation."""


@dataclass(frozen=True, slots=True)
class PatternFigures:
    """What a pattern is, in a dozen figures.

    Attributes
    ----------
    gain_dbi, freq_mhz
        As the file states them; None where it does not.
    directivity_dbi
        Of the pattern itself.
    horizontal_width_deg, vertical_width_deg
        Between the half-power points; None where the cut never falls by 3 dB.
    peak_bearing_deg
        Strongest direction of the horizontal cut, off the front.
    front_to_back_db
        Strongest direction against what goes backwards.
    upper_side_lobe_db
        Strongest lobe above the main one, up to the zenith, below the main one; None where there
        is none.
    beam_depression_deg
        Where the vertical cut is strongest: the electrical tilt as it is in the file.
    electrical_tilt_deg
        As the file states it; None where it does not.
    mechanical_tilt_deg
        That the file gives the mast; None where it does not.
    remarks
        What looks wrong, each with what to do about it.
    """

    gain_dbi: float | None
    freq_mhz: float | None
    directivity_dbi: float
    horizontal_width_deg: float | None
    vertical_width_deg: float | None
    peak_bearing_deg: int
    front_to_back_db: float
    upper_side_lobe_db: float | None
    beam_depression_deg: int
    electrical_tilt_deg: float | None
    mechanical_tilt_deg: float | None
    remarks: tuple[str, ...]


def _edge_deg(cut_db: NDArray[np.float64], peak: int, step: int) -> float | None:
    """Return how far off its peak a cut falls by half the power, going one way round."""
    limit = cut_db[peak] + _HALF_POWER_DB
    for off in range(1, DEGREES // 2 + 1):
        here = float(cut_db[(peak + step * off) % DEGREES])
        if here >= limit:
            before = float(cut_db[(peak + step * (off - 1)) % DEGREES])
            return off - 1 + (float(limit) - before) / (here - before)
    return None


def _width_deg(cut_db: NDArray[np.float64], peak: int) -> float | None:
    edges = [_edge_deg(cut_db, peak, step) for step in (1, -1)]
    known = [edge for edge in edges if edge is not None]
    return sum(known) if len(known) == len(edges) else None


def _upper_side_lobe_db(vertical_db: NDArray[np.float64], beam: int) -> float | None:
    """Return the strongest lobe between the main one and the zenith, below the main one."""
    above = [float(vertical_db[degree % DEGREES]) for degree in range(beam, -91, -1)]
    null = next(
        (
            n
            for n in range(1, len(above) - 1)
            if above[n] >= above[0] + _HALF_POWER_DB and above[n + 1] < above[n]
        ),
        None,
    )
    return None if null is None else min(above[null:]) - above[0]


def directivity_dbi(pattern: AntennaPattern) -> float:
    """Return the directivity of a pattern: its strongest direction against the mean of all."""
    bearings = np.arange(float(DEGREES))
    levels = np.arange(-89.5, 90.0)
    attenuation = pattern_attenuation_db(
        pattern, off_deg=bearings[None, :], depression_deg=levels[:, None]
    )
    rings = np.cos(np.radians(levels)) * np.mean(10.0 ** (-attenuation / 10.0), axis=1)
    mean = float(rings.sum() / np.cos(np.radians(levels)).sum())
    cuts = min(float(pattern.horizontal_db.min()), float(pattern.vertical_db.min()))
    strongest = min(float(attenuation.min()), cuts)
    return -strongest - 10.0 * math.log10(mean)


def _remarks(
    pattern: AntennaPattern, *, peak_bearing_deg: int, beam_deg: int, directivity: float
) -> Iterator[str]:
    shape = pattern_shape(pattern)
    tilt = pattern.electrical_tilt_deg
    if pattern.gain_dbi is not None and pattern.gain_dbi > directivity + _GAIN_ABOVE_DB:
        yield (
            f"GAIN is {pattern.gain_dbi:.1f} dBi, but cuts like these have at most "
            f"{directivity:.1f} dBi; look at the unit of the gain (dBd, dBi) and at the cuts"
        )
    if abs(peak_bearing_deg) > _OFF_FRONT_DEG:
        yield (
            f"the horizontal cut is strongest {peak_bearing_deg} degrees off the front; azimuths "
            "mean the direction of 0 degrees in the file"
        )
    if tilt is not None and abs(tilt - beam_deg) > _TILT_DIFFERS_DEG:
        yield (
            f"the file states an electrical tilt of {tilt:g} degrees, but its vertical cut is "
            f"strongest at {beam_deg} degrees; the cut counts"
        )
    if max(shape.front_mismatch_db, shape.back_mismatch_db) > _MISMATCH_DB:
        yield (
            f"the two cuts differ by {shape.front_mismatch_db:.1f} dB in front and "
            f"{shape.back_mismatch_db:.1f} dB behind, where they should meet; the vertical cut "
            "counts there"
        )


def pattern_figures(pattern: AntennaPattern) -> PatternFigures:
    """Return the key figures of a pattern, with what looks wrong about it."""
    horizontal, vertical = pattern.horizontal_db, pattern.vertical_db
    offs = range(-DEGREES // 2 + 1, DEGREES // 2 + 1)
    peak = min(offs, key=lambda off: (horizontal[off % DEGREES], abs(off)))
    beam = pattern_shape(pattern).beam_depression_deg
    behind = range(
        peak + DEGREES // 2 - _BACK_WITHIN_DEG, peak + DEGREES // 2 + _BACK_WITHIN_DEG + 1
    )
    back = min(float(horizontal[degree % DEGREES]) for degree in behind)
    directivity = directivity_dbi(pattern)
    return PatternFigures(
        gain_dbi=pattern.gain_dbi,
        freq_mhz=pattern.freq_mhz,
        directivity_dbi=directivity,
        horizontal_width_deg=_width_deg(horizontal, peak),
        vertical_width_deg=_width_deg(vertical, beam % DEGREES),
        peak_bearing_deg=peak,
        front_to_back_db=back - float(horizontal[peak % DEGREES]),
        upper_side_lobe_db=_upper_side_lobe_db(vertical, beam),
        beam_depression_deg=beam,
        electrical_tilt_deg=pattern.electrical_tilt_deg,
        mechanical_tilt_deg=None if pattern.mounting is None else pattern.mounting.tilt_deg,
        remarks=tuple(
            _remarks(pattern, peak_bearing_deg=peak, beam_deg=beam, directivity=directivity)
        ),
    )
