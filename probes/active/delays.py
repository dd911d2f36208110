"""Loss, delay and jitter from the round trips of one target."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..observations import Observation, Resource
from ..quality import Quality

__all__ = ["DelayFigures", "delay_figures", "observations"]


@dataclass(frozen=True, slots=True)
class DelayFigures:
    """What a burst of probes says of a path.

    Attributes
    ----------
    sent, received
        Probes, and answers to different ones of them.
    loss_ratio
        Share without an answer in time; None when nothing was sent.
    rtt_min_ms, rtt_median_ms, rtt_p95_ms, rtt_max_ms
        Of the answers; None when none came. The percentile is the nearest rank.
    jitter_ms
        Interarrival jitter of RFC 3550, section 6.4.1 and appendix A.8, on round trips of
        successive answers; None for fewer than two.
    ipdv_ms
        Median of the absolute differences of successive round trips (RFC 3393 on round trips).
    """

    sent: int
    received: int
    loss_ratio: float | None
    rtt_min_ms: float | None
    rtt_median_ms: float | None
    rtt_p95_ms: float | None
    rtt_max_ms: float | None
    jitter_ms: float | None
    ipdv_ms: float | None


def delay_figures(rtt_ms: Sequence[float | None]) -> DelayFigures:
    """Return the figures of probes in the order of sending; None is one without an answer.

    Raises
    ------
    ValueError
        A round trip is negative or not a number.
    """
    came = [rtt for rtt in rtt_ms if rtt is not None]
    if any(not 0.0 <= rtt < math.inf for rtt in came):
        raise ValueError("a round trip takes 0 ms or more")
    # Across a loss two answers are not successive: their spacing says nothing of the path's.
    steps = [
        abs(later - earlier)
        for earlier, later in pairwise(rtt_ms)
        if earlier is not None and later is not None
    ]
    jitter = 0.0
    for step in steps:
        jitter += (step - jitter) / 16.0
    ranked = sorted(came)
    return DelayFigures(
        sent=len(rtt_ms),
        received=len(came),
        loss_ratio=1.0 - len(came) / len(rtt_ms) if rtt_ms else None,
        rtt_min_ms=ranked[0] if ranked else None,
        rtt_median_ms=statistics.median(ranked) if ranked else None,
        rtt_p95_ms=ranked[math.ceil(0.95 * len(ranked)) - 1] if ranked else None,
        rtt_max_ms=ranked[-1] if ranked else None,
        jitter_ms=jitter if steps else None,
        ipdv_ms=statistics.median(steps) if steps else None,
    )


def observations(
    figures: DelayFigures, name: Resource, *, at_s: float, trustworthy: bool
) -> list[Observation]:
    """Return the figures as observations of a path.

    Parameters
    ----------
    trustworthy
        False when this machine itself had trouble: then nothing is known of the path, and
        nobody is told that it is down.
    """
    quality = Quality.OK if trustworthy and figures.sent else Quality.GAP
    known = quality is Quality.OK
    rows: list[tuple[str, float | None]] = [
        ("reachable", float(figures.received > 0)),
        ("loss_ratio", figures.loss_ratio),
        ("rtt_median_ms", figures.rtt_median_ms),
        ("rtt_p95_ms", figures.rtt_p95_ms),
        ("jitter_ms", figures.jitter_ms),
    ]
    return [
        Observation(
            name,
            figure,
            value if known else None,
            quality if value is not None else Quality.GAP,
            at_s,
            "active",
        )
        for figure, value in rows
    ]
