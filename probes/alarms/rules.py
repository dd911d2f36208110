"""Rules: from which value on something is an alarm, and after how long.

A rule is what holds for one alarm type on one resource, put together from all levels of
``alarms.toml`` (:mod:`.rule_file`); each part of it remembers the level that gave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .alarm_types import AlarmType
from .model import Severity

__all__ = ["Rule", "Threshold"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """From where on a value deserves a severity, and where it ceases to.

    A value at ``raise_at`` is bad; once bad it stays so until it has passed ``clear_at``, which
    lies on the good side of ``raise_at`` or on it.
    """

    severity: Severity
    raise_at: float
    clear_at: float
    level: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one alarm type on one resource.

    Attributes
    ----------
    thresholds
        Worst severity first.
    raise_samples, clear_samples
        Usable samples in a row that it takes.
    hold_off_s, clear_hold_s
        Seconds for which it must have been bad, or good again.
    flap_count, flap_half_life_s
        Edges from good to bad, halved every half-life, from which on it is held active as flapping;
        it is steady again at a quarter of them. 0 never holds it.
    while_learning
        Whether it can raise on the first day of a device.
    after_good
        Whether it must have been good once before it can raise.
    verify_parents_s
        What it hangs on is measured again before it is raised; for how long that may hold it back.
        0 does not wait.
    keep_ack_s
        An acknowledgement outlives a clear of at most so many seconds.
    escalate_after_s
        It is escalated each time nobody has taken it up for so long; 0 never.
    levels
        Which level gave each setting.
    """

    type: AlarmType
    thresholds: tuple[Threshold, ...]
    enabled: bool = True
    raise_samples: int = 1
    clear_samples: int = 1
    hold_off_s: float = 0.0
    clear_hold_s: float = 0.0
    flap_count: float = 4.0
    flap_half_life_s: float = 300.0
    while_learning: bool = False
    after_good: bool = False
    verify_parents_s: float = 0.0
    keep_ack_s: float = 3600.0
    escalate_after_s: float = 0.0
    levels: Mapping[str, str] = field(default_factory=dict)

    def judge(self, value: float, held: Severity | None) -> Severity | None:
        """Return the severity that a value deserves; None where it is good.

        Parameters
        ----------
        held
            The severity that it has now, which it keeps until the value passes ``clear_at``.
        """
        above = self.type.direction == "above"
        for threshold in self.thresholds:
            kept = held is not None and threshold.severity.rank <= held.rank
            if above:
                bad = value >= threshold.raise_at or (kept and value > threshold.clear_at)
            else:
                bad = value <= threshold.raise_at or (kept and value < threshold.clear_at)
            if bad:
                return threshold.severity
        return None

    def threshold(self, severity: Severity) -> Threshold | None:
        """Return the threshold of a severity."""
        return next((one for one in self.thresholds if one.severity is severity), None)
