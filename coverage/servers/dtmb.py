"""DTMB, the Chinese terrestrial television standard GB 20600-2006: modes, payload, guard.

A signal frame is a header of 420, 595 or 945 pseudo-noise symbols, which is the guard interval,
and a body of 3780 symbols, 36 of them system information, at 7.56 million symbols a second. Of
7488 coded bits (LDPC with BCH inside) 3008, 4512 or 6016 are payload, which the standard calls
rates 0.4, 0.6 and 0.8. So the payload is

    7.56 x 3744 / (3780 + PN) x bits x code  Mbit/s

which gives the published rates to their last digit. The carrier-to-noise ratios are classes of planning
practice: GB/T 26252-2010 holds the normative ones and was not at hand, so all are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...topology.errors import MissingError, UsageError
from ...topology.settings import Figure

__all__ = [
    "BODY_SYMBOLS",
    "BODY_US",
    "CARRIER_TO_NOISE",
    "EQUALISER_WINDOW_US",
    "GUARD_SYMBOLS",
    "SINGLE_CARRIER_ADVANTAGE_DB",
    "SYMBOL_RATE_MHZ",
    "Channel",
    "Constellation",
    "Mode",
    "Rate",
    "guard_interval_us",
]

Constellation = Literal["4QAM-NR", "4QAM", "16QAM", "32QAM", "64QAM"]
Rate = Literal["0.4", "0.6", "0.8"]
Channel = Literal["fixed", "rayleigh"]
"""``fixed``: a roof antenna with a strong first path (Gauss to Rice); ``rayleigh``: none."""

SYMBOL_RATE_MHZ = 7.56
"""Million symbols a second; also the noise bandwidth in MHz."""

BODY_SYMBOLS = 3780
"""Symbols of a frame's body."""

BODY_US = BODY_SYMBOLS / SYMBOL_RATE_MHZ
"""Duration of a frame's body, Tu = 500 us."""

GUARD_SYMBOLS = (420, 595, 945)
"""Frame headers of the standard: PN420, PN595, PN945."""

EQUALISER_WINDOW_US = Figure(
    7.0 / 24.0 * BODY_US,
    "7/24 of the useful symbol, as DVB-T receivers in EBU/ITU-R planning; none known for DTMB",
    assumed=True,
)
"""Delay beyond which an echo only disturbs (145.8 us)."""

_DATA_SYMBOLS = 3744
_LDPC_BITS = 7488
_BITS: dict[Constellation, int] = {"4QAM-NR": 1, "4QAM": 2, "16QAM": 4, "32QAM": 5, "64QAM": 6}
_CODE_BITS: dict[Rate, int] = {"0.4": 3008, "0.6": 4512, "0.8": 6016}
_ONLY_0_8: tuple[Constellation, ...] = ("4QAM-NR", "32QAM")

_FIXED = "class for Gauss to Rice channels; GB/T 26252-2010 not at hand"
_RAYLEIGH = "class for Rayleigh channels, +-1.5 dB; GB/T 26252-2010 not at hand"

CARRIER_TO_NOISE: dict[tuple[Constellation, Rate, Channel], Figure] = {
    ("16QAM", "0.4", "fixed"): Figure(9.0, _FIXED, assumed=True),
    ("16QAM", "0.8", "fixed"): Figure(14.0, _FIXED, assumed=True),
    ("64QAM", "0.6", "fixed"): Figure(17.0, _FIXED, assumed=True),
    ("4QAM", "0.4", "rayleigh"): Figure(5.0, _RAYLEIGH, assumed=True),
    ("16QAM", "0.4", "rayleigh"): Figure(9.0, _RAYLEIGH, assumed=True),
    ("16QAM", "0.6", "rayleigh"): Figure(13.0, _RAYLEIGH, assumed=True),
    ("64QAM", "0.6", "rayleigh"): Figure(18.0, _RAYLEIGH, assumed=True),
}
"""Carrier-to-noise ratio in dB with 3780 carriers, by constellation, code rate and channel."""

SINGLE_CARRIER_ADVANTAGE_DB = Figure(
    3.5, "Xu Mengxia, Video Engineering 2011 No. 22: field trials, abstract", assumed=False
)
"""What one carrier (C = 1) needs less than 3780, measured in the field."""


def guard_interval_us(guard_symbols: int) -> float:
    """Return the guard interval of a frame header: 55.6, 78.7 or 125 us.

    Raises
    ------
    UsageError
        The standard has no such header.
    """
    if guard_symbols not in GUARD_SYMBOLS:
        raise UsageError(f"PN{guard_symbols} is no DTMB frame header; use 420, 595 or 945")
    return guard_symbols / SYMBOL_RATE_MHZ


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode of DTMB.

    Attributes
    ----------
    rate
        Code rate as the standard names it.
    guard_symbols
        420, 595 or 945.
    carriers
        3780 or 1.
    """

    constellation: Constellation
    rate: Rate
    guard_symbols: int
    carriers: Literal[1, 3780] = 3780

    def __post_init__(self) -> None:
        guard_interval_us(self.guard_symbols)
        if self.constellation not in _BITS or self.rate not in _CODE_BITS:
            raise UsageError(
                f"DTMB has no mode {self.constellation} {self.rate}; constellations are "
                f"{', '.join(_BITS)}, code rates {', '.join(_CODE_BITS)}"
            )
        if self.constellation in _ONLY_0_8 and self.rate != "0.8":
            raise UsageError(
                f"DTMB has no mode {self.constellation} {self.rate}; {self.constellation} takes "
                "code rate 0.8 only"
            )
        if self.carriers not in (1, BODY_SYMBOLS):
            raise UsageError(f"DTMB has no mode of {self.carriers} carriers; it has 1 or 3780")

    @property
    def payload_mbps(self) -> float:
        """Transport stream rate in Mbit/s."""
        frame = _DATA_SYMBOLS / (BODY_SYMBOLS + self.guard_symbols)
        code = _CODE_BITS[self.rate] / _LDPC_BITS
        return SYMBOL_RATE_MHZ * frame * _BITS[self.constellation] * code

    @property
    def guard_us(self) -> float:
        """Guard interval."""
        return guard_interval_us(self.guard_symbols)

    @property
    def guard_km(self) -> float:
        """Path difference that the guard interval takes up."""
        return self.guard_us * 0.299_792_458

    def carrier_to_noise(self, channel: Channel) -> Figure:
        """Return the carrier-to-noise ratio that the mode needs.

        Raises
        ------
        MissingError
            No class is known for the mode; state the figure in the budget.
        """
        figure = CARRIER_TO_NOISE.get((self.constellation, self.rate, channel))
        if figure is None:
            known = ", ".join(f"{c} {r} {way}" for c, r, way in CARRIER_TO_NOISE)
            raise MissingError(
                f"no carrier-to-noise ratio is known for DTMB {self.constellation} {self.rate} in "
                f"a {channel} channel; known are {known}; give the figure yourself"
            )
        if self.carriers == 1:
            less = SINGLE_CARRIER_ADVANTAGE_DB
            return Figure(figure.value - less.value, f"{figure.source}; C = 1: {less.source}", True)
        return figure
