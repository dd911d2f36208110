"""Is this traffic what the port usually carries at this hour? The base for noticing floods.

For every hour of the week the watch keeps a median and a spread that outliers cannot pull
(recursive quantile steps in the logarithm of the rate), so that a flood does not teach it that
floods are normal. New sources are judged the same way from the counts that flow records or
neighbour tables give. Until an hour has been seen often enough there is no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Baseline", "Judgement"]

_HOURS = 168
_SECONDS = 3600.0
_LEARN = 20  # values of an hour before it judges
_STEP = 0.05  # of the spread, per value
_LEAST_SPREAD = 0.10  # in natural logarithms: a tenth either way is never news
_FLOOR = 1.0  # bit/s or sources; below this a port is idle


@dataclass(frozen=True, slots=True)
class Judgement:
    """How unusual a value is.

    Attributes
    ----------
    score
        Distance from the median in units of the spread; above 6 is worth a look. None while the
        hour is still being learnt.
    usual
        Median of that hour of the week, in the unit of the value; None while learning.
    seen
        Values of that hour so far.
    """

    score: float | None
    usual: float | None
    seen: int

    def unusual(self, limit: float = 6.0) -> bool:
        """Whether the value is far above what is usual; never while learning."""
        return self.score is not None and self.score > limit


@dataclass(slots=True)
class _Hour:
    median: float = 0.0
    spread: float = _LEAST_SPREAD
    seen: int = 0
    first: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Baseline:
    """What one counter usually does, hour of the week by hour of the week."""

    _hours: dict[int, _Hour] = field(default_factory=dict)

    def judge(self, value: float, at_s: float, *, learn: bool = True) -> Judgement:
        """Return how unusual a value is, and learn it.

        Parameters
        ----------
        value
            Bit/s, packets/s or new sources, 0 or more.
        at_s
            Unix time; the hour of the week is taken in UTC, which serves as well as any zone
            without summer time.
        learn
            False judges without learning, as during maintenance.

        Raises
        ------
        ValueError
            The value is negative or not a number; unknown values are not judged.
        """
        if not 0.0 <= value < math.inf:
            raise ValueError(f"traffic of {value} cannot be judged; it must be 0 or more")
        level = math.log(max(value, _FLOOR))
        hour = self._hours.setdefault(int(at_s // _SECONDS) % _HOURS, _Hour())
        known = hour.seen >= _LEARN
        judgement = Judgement(
            (level - hour.median) / hour.spread if known else None,
            math.exp(hour.median) if known else None,
            hour.seen,
        )
        if learn:
            _learn(hour, level)
        return judgement

    def state(self) -> dict[str, list[float]]:
        """Return what was learnt as plain data, for the store."""
        return {
            str(number): [hour.median, hour.spread, float(hour.seen), *hour.first]
            for number, hour in sorted(self._hours.items())
        }

    @staticmethod
    def from_state(state: Mapping[str, list[float]]) -> Baseline:
        """Take up again what :meth:`state` gave.

        Raises
        ------
        ValueError
            It is something else.
        """
        made = Baseline()
        for number, figures in state.items():
            if not number.isdigit() or int(number) >= _HOURS or len(figures) < 3:
                raise ValueError(f"hour {number!r} is no hour of a week with its figures")
            median, spread, seen, *first = figures
            made._hours[int(number)] = _Hour(median, spread, int(seen), first)
        return made


def _learn(hour: _Hour, level: float) -> None:
    hour.seen += 1
    if hour.seen <= _LEARN:
        hour.first.append(level)
        ranked = sorted(hour.first)
        hour.median = ranked[len(ranked) // 2]
        away = sorted(abs(one - hour.median) for one in ranked)
        hour.spread = max(_LEAST_SPREAD, 1.4826 * away[len(away) // 2])
        if hour.seen == _LEARN:
            hour.first.clear()
        return
    # A step in the sign alone: what lies far away moves the median no more than what lies near.
    step = _STEP * hour.spread
    hour.median += math.copysign(step, level - hour.median) if level != hour.median else 0.0
    wider = abs(level - hour.median) > hour.spread / 1.4826
    hour.spread = max(_LEAST_SPREAD, hour.spread * (1.0 + (_STEP if wider else -_STEP)))
