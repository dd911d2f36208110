"""How full a port is, and how much of its traffic is damaged, dropped or flooded.

Utilisation is the share of the port's speed. Errors and discards are shares of the packets that
were there to be damaged or dropped: those that were counted as delivered and those that were not.
Broadcast and multicast are shares of the packets delivered. A figure is as good as the worst rate in
it, and unknown where one of them is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..observations import Resource
from ..port_counters import PORT_COUNTERS
from ..quality import Quality
from ..rates import QUALITIES, Rates
from .figures import FigureTable, worst

__all__ = ["LINK_FIGURES", "ipv6_share", "link_figures"]

_COLUMN = {counter.figure: place for place, counter in enumerate(PORT_COUNTERS)}
_GAP = np.uint8(QUALITIES.index(Quality.GAP))

LINK_FIGURES: dict[str, str] = {
    f"{figure}_{way}_{unit}": meaning.format(way=words)
    for figure, unit, meaning in (
        ("utilisation", "share", "share of the port's speed that traffic {way} takes"),
        ("error", "ratio", "damaged packets {way} as a share of all packets {way}"),
        ("discard", "ratio", "dropped packets {way} as a share of all packets {way}"),
        ("broadcast", "share", "share of broadcast among the packets {way}"),
        ("multicast", "share", "share of multicast among the packets {way}"),
        ("errors", "per_s", "damaged packets {way} a second"),
        ("discards", "per_s", "dropped packets {way} a second"),
    )
    for way, words in (("in", "in"), ("out", "out"))
}
"""Every figure of a port that counters give, and what it means."""


def _part(part: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of a part in all; nothing of nothing is none, and not unknown."""
    whole = part + rest
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), whole)


def link_figures(
    rates: Rates,
    speed_bps: NDArray[np.float64],
    resources: Sequence[Resource],
    at_s: NDArray[np.float64],
    *,
    source: str = "poll",
) -> FigureTable:
    """Return the figures of ports from the rates of :data:`.PORT_COUNTERS`.

    Parameters
    ----------
    rates
        ``[port, counter]`` in the order of :data:`.PORT_COUNTERS`.
    speed_bps
        ``[port]``; NaN when it is not known, and then the utilisation is not.
    """
    values: list[NDArray[np.float64]] = []
    quality: list[NDArray[np.uint8]] = []

    def rate(figure: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        column = _COLUMN[figure]
        return rates.per_s[:, column], rates.quality[:, column]

    def add(value: NDArray[np.float64], *of: NDArray[np.uint8]) -> None:
        values.append(value)
        quality.append(worst(*of))

    speed = np.where(speed_bps > 0, speed_bps, np.nan)
    ways = ("in", "out")
    for way in ways:
        octets, verdict = rate(f"{way}_octets")
        add(octets * 8 / speed, np.where(np.isnan(speed), _GAP, verdict))
    packets = {}
    for way in ways:
        kinds = [rate(f"{way}_{kind}_packets") for kind in ("unicast", "multicast", "broadcast")]
        total = sum((value for value, _ in kinds), np.zeros(len(resources)))
        packets[way] = total, worst(*(verdict for _, verdict in kinds))
    for fault in ("errors", "discards"):
        for way in ways:
            lost, verdict = rate(f"{way}_{fault}")
            total, of_packets = packets[way]
            add(_part(lost, total), verdict, of_packets)
    for kind in ("broadcast", "multicast"):
        for way in ways:
            some, _ = rate(f"{way}_{kind}_packets")
            total, of_packets = packets[way]
            add(_part(some, total - some), of_packets)
    for fault in ("errors", "discards"):
        for way in ways:
            add(*rate(f"{way}_{fault}"))
    return FigureTable(
        resources,
        tuple(LINK_FIGURES),
        np.column_stack(values),
        np.column_stack(quality),
        at_s,
        source,
    )


def ipv6_share(ipv4_octets_per_s: float | None, ipv6_octets_per_s: float | None) -> float | None:
    """Return the share of IPv6 in a port's IP traffic (ipIfStatsHCInOctets of both versions).

    None when one of them is not known or nothing passed.
    """
    if ipv4_octets_per_s is None or ipv6_octets_per_s is None:
        return None
    whole = ipv4_octets_per_s + ipv6_octets_per_s
    return ipv6_octets_per_s / whole if whole > 0 else None
