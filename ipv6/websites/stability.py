"""S14: whether a website was there over IPv6 all day, from the evidence of repeated looks.

YD/T 3118-2016 tries every 300 s for 24 hours: 288 tries. What is proven by them is the lower end
of Wilson's interval, so that a day of few tries is no proof: 288 good ones give 0.987.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..evidence import Evidence
from ..verdicts import Verdict
from .findings import Finding, Heard

__all__ = ["DAY_S", "TRIES_A_DAY", "judge_stability", "tries_in", "wilson"]

DAY_S = 86_400.0
SPACING_S = 300.0
TRIES_A_DAY = 288
FEWEST_TRIES = 12
"""An hour's, before a day is called bad: tries in a row do not stand for themselves."""
NEEDED = 0.98
_Z = 1.959963984540054  # two-sided 95 %
_OF_TRIES = "S6"


def wilson(good: int, tries: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; 0 to 1 for no tries."""
    if not tries:
        return 0.0, 1.0
    share, z2 = good / tries, _Z * _Z
    middle = share + z2 / (2 * tries)
    half = _Z * math.sqrt(share * (1 - share) / tries + z2 / (4 * tries * tries))
    whole = 1 + z2 / tries
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def tries_in(
    evidence: Iterable[Evidence], *, subject: str, now_s: float
) -> list[tuple[float, bool]]:
    """Return when a website was tried within a day, and whether it was there.

    Looks that could tell nothing are none; of those within half the spacing one counts, the worst,
    so that many looks in a minute do not stand for a day.
    """
    looks = sorted(
        (row.began_s, row.verdict in (Verdict.PASS, Verdict.PARTIAL))
        for row in evidence
        if row.check_id == _OF_TRIES
        and row.subject == subject
        and now_s - DAY_S < row.began_s <= now_s
        and row.verdict in (Verdict.PASS, Verdict.PARTIAL, Verdict.FAIL)
    )
    tries: list[tuple[float, bool]] = []
    for at_s, good in looks:
        if tries and at_s - tries[-1][0] < SPACING_S / 2:
            tries[-1] = (tries[-1][0], tries[-1][1] and good)
        else:
            tries.append((at_s, good))
    return tries


def judge_stability(tries: list[tuple[float, bool]]) -> Finding:
    """Judge S14 by the tries of a day."""
    good = sum(one for _, one in tries)
    low, high = wilson(good, len(tries))
    asked = [f"{_OF_TRIES} of 24 h"]
    answered = {
        "tries": len(tries), "good": good, "share_low": round(low, 4), "share_high": round(high, 4),
    }  # fmt: skip
    heard = Heard(asked, answered)
    detail = f"{good}/{len(tries)}"
    if high < NEEDED and len(tries) >= FEWEST_TRIES:
        return heard.failed("unsteady", detail)
    if low >= NEEDED:
        return heard.passed()
    if len(tries) < TRIES_A_DAY:
        return heard.unknown("too-few-tries", detail)
    return heard.partly("unsteady", detail)
