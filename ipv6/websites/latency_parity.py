"""S10: whether IPv6 is as quick as IPv4, within the 20 % of YD/T 3118-2016, and how sure that is.

Both families are timed in turn, a pair at a time, so that what changes on the way changes for both.
The bound is the 95 % upper end of the ratio of medians by the bootstrap over pairs, drawn from a
given seed. A difference below 10 ms is none: nobody feels it, and a ratio of small times says
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .findings import Finding, Heard

__all__ = ["FEWEST_PAIRS", "STEPS", "Parity", "judge_latency", "parity_of"]

STEPS = ("dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "page_ms")
FEWEST_PAIRS = 10
MOST_RATIO = 1.2
FREE_DIFFERENCE_MS = 10.0
_DRAWS = 2000
_SURE = 95.0


@dataclass(frozen=True, slots=True)
class Parity:
    """How one step compares.

    Attributes
    ----------
    ratio_low, ratio_high
        Between which the ratio IPv6 / IPv4 of the medians lies, one-sided 95 % each.
    difference_low_ms, difference_high_ms
        The same of the difference.
    """

    pairs: int
    median_v4_ms: float
    median_v6_ms: float
    ratio_low: float
    ratio_high: float
    difference_low_ms: float
    difference_high_ms: float

    @property
    def equal(self) -> bool:
        """Whether IPv6 is proven to be as quick."""
        return self.ratio_high <= MOST_RATIO or self.difference_high_ms < FREE_DIFFERENCE_MS

    @property
    def slower(self) -> bool:
        """Whether IPv6 is proven to be slower."""
        return self.ratio_low > MOST_RATIO and self.difference_low_ms >= FREE_DIFFERENCE_MS


def parity_of(pairs: Sequence[tuple[float, float]], *, seed: int) -> Parity:
    """Return how the times of pairs (IPv4, IPv6) in ms compare; there is at least one pair."""
    import numpy as np

    times = np.asarray(pairs, dtype=float)
    rng = np.random.default_rng(seed)
    drawn = times[rng.integers(0, len(times), (_DRAWS, len(times)))]
    v4, v6 = np.median(drawn[..., 0], axis=1), np.median(drawn[..., 1], axis=1)
    ratios = v6 / np.maximum(v4, 1e-6)
    median_v4, median_v6 = np.median(times, axis=0)
    return Parity(
        pairs=len(times),
        median_v4_ms=float(median_v4),
        median_v6_ms=float(median_v6),
        ratio_low=float(np.percentile(ratios, 100 - _SURE)),
        ratio_high=float(np.percentile(ratios, _SURE)),
        difference_low_ms=float(np.percentile(v6 - v4, 100 - _SURE)),
        difference_high_ms=float(np.percentile(v6 - v4, _SURE)),
    )


def judge_latency(
    times: Mapping[str, Sequence[tuple[float, float]]], asked: Sequence[str], *, seed: int
) -> Finding:
    """Judge S10 by pairs (IPv4, IPv6) of each step's times in ms."""
    found = {step: parity_of(pairs, seed=seed) for step, pairs in times.items() if pairs}
    answered = {
        step: {name: round(getattr(one, name), 3) for name in one.__slots__}
        for step, one in found.items()
    }
    heard = Heard(asked, answered)
    if not times:
        return heard.not_applicable("no-pair")
    fewest = min((one.pairs for one in found.values()), default=0)
    slower = [step for step, one in found.items() if one.slower]
    unsure = [step for step, one in found.items() if not one.equal]
    if fewest < FEWEST_PAIRS:
        return heard.unknown("too-few-pairs", f"{fewest} of {FEWEST_PAIRS}")
    if slower:
        one = found[slower[0]]
        detail = f"{slower[0]} {one.median_v4_ms:.1f} -> {one.median_v6_ms:.1f}"
        return heard.failed("slower", detail)
    if unsure:
        one = found[unsure[0]]
        detail = f"{unsure[0]} {one.ratio_low:.2f}-{one.ratio_high:.2f}"
        return heard.unknown("not-proven", detail)
    return heard.passed()
