"""Segments that homes share: a PON port, an HFC node with C-DOCSIS. What is left for each.

A home's sustained rate is the segment's capacity divided by the homes that use it at the same
time; its peak tier can be offered where the segment carries it with a fifth to spare. In an HFC
node the level at the wall outlet decides too: ``dBuV`` along the coaxial way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..settings import Figure
from .pon_classes import PonClass

__all__ = [
    "COAX_DB_PER_100_M", "DOCSIS_DOWN", "DOCSIS_UP", "OUTLET_DBUV", "PEAK_HEADROOM", "CoaxPart",
    "OutletLevel", "Segment", "hfc_segment", "outlet_level", "pon_segment",
]  # fmt: skip

DOCSIS_DOWN = Figure(
    50.0, "EuroDOCSIS, 8 MHz at 256QAM: 55.62 Mbit/s raw, about 50 net (Cisco uBR guides)", False
)
"""Net rate of a downstream channel, Mbit/s."""

DOCSIS_UP = Figure(
    27.0, "DOCSIS 2.0/3.0, 6.4 MHz at 64QAM: 30.72 Mbit/s raw, about 27 net", assumed=True
)
"""Net rate of an upstream channel, Mbit/s."""

PEAK_HEADROOM = 1.2
"""A tier is offered only where the segment carries so many times of it."""

OUTLET_DBUV = (60.0, 80.0)
"""Level of a channel at the outlet; GY/T 106 as quoted by installers, 256QAM wants the upper half
(assumed)."""

COAX_DB_PER_100_M: dict[str, float] = {"trunk": 7.2, "distribution": 10.5, "drop": 19.0}
"""Attenuation of -12, -9 and -5 cable at 860 MHz and 20 degrees C; usual data sheets (assumed)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Capacity that homes share.

    Attributes
    ----------
    down_mbps, up_mbps
        Capacity of the segment.
    homes
        Homes connected.
    active_share
        Share of them that use it at the same time in the busy hour, 0..1.
    assumed
        What was not given.
    """

    technology: str
    down_mbps: float
    up_mbps: float
    homes: int
    active_share: float = 1.0
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.homes < 1:
            raise InputError(f"a segment of {self.homes} homes; give 1 or more")
        if not 0 < self.active_share <= 1:
            raise InputError(f"active_share is {self.active_share}; give a share above 0, up to 1")
        if not (
            math.isfinite(self.down_mbps + self.up_mbps) and min(self.down_mbps, self.up_mbps) > 0
        ):
            raise InputError("a segment needs a rate above 0 in both directions")

    @property
    def active_homes(self) -> float:
        """Homes that share the capacity at the same time, at least one."""
        return max(1.0, self.homes * self.active_share)

    @property
    def sustained_down_mbps(self) -> float:
        """Rate of a home in the busy hour, downstream."""
        return self.down_mbps / self.active_homes

    @property
    def sustained_up_mbps(self) -> float:
        """Rate of a home in the busy hour, upstream."""
        return self.up_mbps / self.active_homes

    @property
    def peak_down_mbps(self) -> float:
        """Fastest tier that can be offered downstream."""
        return self.down_mbps / PEAK_HEADROOM

    def homes_at(self, down_mbps: float) -> int:
        """Return how many homes the segment can give a sustained rate."""
        if not down_mbps > 0:
            raise InputError(f"a sustained rate of {down_mbps} Mbit/s; give one above 0")
        return math.floor(self.down_mbps / down_mbps / self.active_share + 1e-9)


def pon_segment(pon: PonClass, homes: int, *, active_share: float = 1.0) -> Segment:
    """Return the segment of a PON port by its line rates, as contention is usually quoted."""
    return Segment(pon.system, pon.down_mbps, pon.up_mbps, homes, active_share)


def hfc_segment(
    homes: int, *, down_channels: int = 16, up_channels: int = 4, active_share: float = 1.0
) -> Segment:
    """Return the segment of an HFC node with bonded C-DOCSIS channels.

    Raises
    ------
    InputError
        A number is out of range: 1 to 96 channels down, 1 to 24 up.
    """
    if not (1 <= down_channels <= 96 and 1 <= up_channels <= 24):
        raise InputError(
            f"{down_channels} channels down and {up_channels} up; a node has 1 to 96 and 1 to 24"
        )
    return Segment(
        "hfc",
        down_channels * DOCSIS_DOWN.value,
        up_channels * DOCSIS_UP.value,
        homes,
        active_share,
        (f"upstream channel {DOCSIS_UP.value:g} Mbit/s ({DOCSIS_UP.source})",),
    )


@dataclass(frozen=True, slots=True)
class CoaxPart:
    """A piece of the coaxial way: cable by its kind and length, a tap or splitter, an amplifier.

    Attributes
    ----------
    cable
        A key of :data:`COAX_DB_PER_100_M`, with ``length_m``; empty for a device.
    gain_db
        Of a device: negative for a tap or splitter, positive for an amplifier.
    """

    cable: str = ""
    length_m: float = 0.0
    gain_db: float = 0.0

    @property
    def change_db(self) -> float:
        """What the part does to the level.

        Raises
        ------
        InputError
            The kind of cable is not known, or a length is negative.
        """
        if not self.cable:
            return self.gain_db
        if self.cable not in COAX_DB_PER_100_M:
            raise InputError(
                f"cable {self.cable!r} is not known; use {', '.join(COAX_DB_PER_100_M)}"
            )
        if not self.length_m >= 0:
            raise InputError(f"a cable of {self.length_m} m; give 0 m or more")
        return self.gain_db - self.length_m / 100.0 * COAX_DB_PER_100_M[self.cable]


@dataclass(frozen=True, slots=True)
class OutletLevel:
    """Level at a wall outlet against the window it must lie in."""

    level_dbuv: float
    low_dbuv: float
    high_dbuv: float

    @property
    def verdict(self) -> str:
        """``ok``, ``too weak`` or ``too strong``."""
        if self.level_dbuv < self.low_dbuv:
            return "too weak"
        return "too strong" if self.level_dbuv > self.high_dbuv else "ok"


def outlet_level(node_dbuv: float, parts: Sequence[CoaxPart]) -> OutletLevel:
    """Return the level at an outlet, from the node's output on.

    Parameters
    ----------
    node_dbuv
        Level of a channel at the node's output, dBuV (98 to 106 is usual).
    parts
        The coaxial way in order.
    """
    if not math.isfinite(node_dbuv):
        raise InputError(f"the node's level is {node_dbuv}; give dBuV, such as 104")
    return OutletLevel(node_dbuv + sum(part.change_db for part in parts), *OUTLET_DBUV)
