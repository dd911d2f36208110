"""What the capacity checks assume, each figure with where it comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from ..errors import SettingError
from ..settings import Figure

__all__ = ["PON_MBPS", "CapacityAssumptions"]

PON_MBPS: dict[str, float] = {
    "epon": 1_000.0,
    "g-pon": 2_488.32,
    "gpon": 2_488.32,
    "10g-epon": 10_000.0,
    "xg-pon": 9_953.28,
    "xgs-pon": 9_953.28,
}
"""Downstream rate by technology, Mbit/s: ITU-T G.984.2, G.987.2, G.9807.1; IEEE 802.3ah and
802.3av without line code. Error correction and framing take some of it."""


@dataclass(frozen=True, slots=True)
class CapacityAssumptions:
    """Figures behind the capacity checks; replace the ones you know.

    Attributes
    ----------
    people_per_home
        Residents behind one line.
    busy_hour_mbps_per_home
        Mean rate of a home in the busy hour.
    split
        Homes that share one PON port.
    active_share
        Share of the homes that load at once, 1 for all; one over the contention ratio.
    peak_headroom
        A tier can be offered on a PON of at least so many times its rate.
    home_mbps, building_gbps, egress_tbps
        What 千兆进户, 万兆进楼 and T级出口 are read as.
    park_radius_m
        Buildings this near a park belong to it.
    """

    people_per_home: Figure = field(
        default=Figure(2.32, "mean family household of Shanghai, census of 2020", True)
    )
    busy_hour_mbps_per_home: Figure = field(
        default=Figure(2.0, "round planning figure; measure yours", True)
    )
    split: Figure = field(default=Figure(64, "usual for a PON port in a city", True))
    active_share: Figure = field(
        default=Figure(1.0, "all homes load at once: the worst case", True)
    )
    peak_headroom: Figure = field(
        default=Figure(1.2, "a fifth for framing and the neighbours", True)
    )
    home_mbps: Figure = field(
        default=Figure(1000, "千兆进户 read as 1 Gbit/s peak to each home", True)
    )
    building_gbps: Figure = field(
        default=Figure(10, "万兆进楼 read as 10 Gbit/s from building to root", True)
    )
    egress_tbps: Figure = field(
        default=Figure(
            1,
            "T级出口 read as 1 Tbit/s that is left when the larger of two risk-disjoint groups is "
            "lost",
            True,
        )
    )
    park_radius_m: Figure = field(default=Figure(300, "size of an office park", True))

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)):
            figure: Figure = getattr(self, name)
            top = 1.0 if name == "active_share" else math.inf
            if not 0.0 < figure.value <= top or math.isinf(figure.value):
                rule = "a share above 0, at most 1" if top == 1.0 else "a number above 0"
                raise SettingError(f"{name} is {figure.value:g}; give {rule}")

    def assumed(self) -> tuple[str, ...]:
        """Name the figures that are assumed."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name).assumed)
