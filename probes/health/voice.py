"""What a call over a path would sound like: the E-model, from delay, jitter and loss.

R = Ro - Is - Id - Ie,eff with the default values of ITU-T G.107 (06/2015), table 2, for everything
but delay and loss: Ro 94.77, Is 1.41, so that R is 93.2 on a perfect path. Id has its three parts:
talker echo, listener echo and delay itself. Equipment impairment and robustness to loss of codecs
are those of G.113 (11/2007), appendix I. The opinion score is that of G.107, annex B.

Jitter becomes delay in the receiver's buffer, which is taken as twice the jitter deep.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from ...topology.errors import InputError

__all__ = ["Codec", "Voice", "voice_quality"]

_RO = 94.77
_IS = 1.41
_NO_DBM0P = -61.18  # sum of noise powers at the default values
_RLR_DB = 2.0
_TELR_DB = 65.0
_WEPL_DB = 110.0


class Codec(Enum):
    """Codecs: equipment impairment Ie, robustness to loss Bpl, delay of frame and look-ahead."""

    G711_PLC = (0.0, 25.1, 10.0)
    G711 = (0.0, 4.3, 10.0)
    G729A = (11.0, 19.0, 15.0)

    @property
    def impairment(self) -> float:
        """Ie."""
        return self.value[0]

    @property
    def robustness(self) -> float:
        """Bpl."""
        return self.value[1]

    @property
    def delay_ms(self) -> float:
        """What the codec itself takes."""
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Voice:
    """Quality of a call: rating R (0..100) and mean opinion score (1..4.5)."""

    rating: float
    mos: float
    mouth_to_ear_ms: float


def _delay_impairment(delay_ms: float) -> float:
    """Return Id for an absolute delay; G.107, 7.4."""
    talker_level = (
        _TELR_DB
        - 40 * math.log10((1 + delay_ms / 10) / (1 + delay_ms / 150))
        + 6 * math.exp(-0.3 * delay_ms**2)
    )
    half = (-1.5 * (_NO_DBM0P - _RLR_DB) - (80 + 2.5 * (talker_level - 14))) / 2
    talker = (half + math.sqrt(half**2 + 100) - 1) * (1 - math.exp(-delay_ms))
    half = (_RO - 10.5 * (_WEPL_DB + 7) * math.pow(2 * delay_ms + 1, -0.25)) / 2
    listener = half + math.sqrt(half**2 + 169)
    late = 0.0
    if delay_ms > 100:
        x = math.log2(delay_ms / 100)
        late = 25 * (math.pow(1 + x**6, 1 / 6) - 3 * math.pow(1 + (x / 3) ** 6, 1 / 6) + 2)
    return talker + listener + late


def _score(rating: float) -> float:
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)


def voice_quality(
    delay_ms: float,
    loss_share: float,
    *,
    jitter_ms: float = 0.0,
    codec: Codec = Codec.G711_PLC,
    burst_ratio: float = 1.0,
) -> Voice:
    """Return what a call would be worth.

    Parameters
    ----------
    delay_ms
        One way; half the round trip.
    loss_share
        Packets lost, 0..1.
    jitter_ms
        RFC 3550 interarrival jitter.
    burst_ratio
        1 for losses at random, 2 when they come in bursts (G.107, 7.5).

    Raises
    ------
    InputError
        A figure is negative, above its range or not a number.
    """
    for name, value, most in (
        ("delay_ms", delay_ms, 60_000),
        ("loss_share", loss_share, 1),
        ("jitter_ms", jitter_ms, 60_000),
        ("burst_ratio", burst_ratio, 100),
    ):
        if not 0 <= value <= most:
            raise InputError(f"{name} is {value}; give a number from 0 to {most}")
    if burst_ratio < 1:
        raise InputError(f"burst_ratio is {burst_ratio}; give 1 or more")
    whole_ms = delay_ms + 2 * jitter_ms + codec.delay_ms
    loss_percent = 100 * loss_share
    impairment = codec.impairment + (95 - codec.impairment) * loss_percent / (
        loss_percent / burst_ratio + codec.robustness
    )
    rating = _RO - _IS - _delay_impairment(whole_ms) - impairment
    rating = min(100.0, max(0.0, rating))
    return Voice(rating, _score(rating), whole_ms)
