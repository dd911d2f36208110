"""The life of one alarm as pure functions: what a sample, time or a person makes of a record.

::

            bad                 enough samples, held off
    normal -----> pending ------------------------------> active <---------> flapping
      ^             |  good                               |  ^    too many edges
      +-------------+                          good again |  | bad again, in the same way
                                                          v  |
                                                        cleared

A sample that says the same as the record ends a run of others; one that says otherwise begins or
lengthens one. A run of enough samples that has lasted long enough becomes a transition, at a sample
or when time has come (:func:`due_s`). Runs live in the record and so in the log: a restart does not
begin a hold-off anew.

A step is what an event will put into the record; nothing here knows of logs, clocks or other alarms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .model import Alarm, Condition, Grounds, OperatorState, Severity
from .rules import Rule

__all__ = [
    "RECHECK_WAIT_S",
    "Step",
    "cleared",
    "clock_of_muting",
    "due_s",
    "flap_score",
    "on_sample",
    "on_time",
    "raised",
    "settled",
]

RECHECK_WAIT_S = 900.0
"""After the end of its root cause an alarm that is not measured for so long is told all the same."""

_STEADY_SHARE = 0.25
"""A flapping alarm is steady at this share of ``flap_count``: far enough below not to flap itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """A kind of event and the fields of the record that it sets."""

    kind: str
    changes: dict[str, Any] = field(default_factory=dict)
    text: str = ""


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


def _held(alarm: Alarm) -> Severity | None:
    return alarm.severity if alarm.condition is Condition.ACTIVE else None


def _rest(alarm: Alarm) -> Condition:
    """Return what a record is when nothing is wrong."""
    return Condition.CLEARED if alarm.occurrences else Condition.NORMAL


def flap_score(alarm: Alarm, rule: Rule, now_s: float) -> float:
    """Return how often the condition came and went lately: edges, halved every half-life."""
    age_s = max(0.0, now_s - alarm.flap_at_s)
    return float(alarm.flap_score * 0.5 ** (age_s / rule.flap_half_life_s))


def clock_of_muting(alarm: Alarm, *, muted: bool, now_s: float) -> dict[str, Any]:
    """Return what becomes of the clock of escalation when an alarm is muted or heard again.

    The clock stands still meanwhile: muting takes nothing from the time that people had, and adds
    nothing to it.
    """
    runs = alarm.waiting_since_s is not None
    wants = alarm.condition is Condition.ACTIVE and alarm.operator is OperatorState.NONE
    if runs and (muted or not wants):
        assert alarm.waiting_since_s is not None  # noqa: S101 - for the type checker
        return {"waited_s": alarm.waited_s + now_s - alarm.waiting_since_s, "waiting_since_s": None}
    if not runs and not muted and wants:
        return {"waiting_since_s": now_s}
    return {}


# ------------------------------------------------------------------ samples


def on_sample(alarm: Alarm, rule: Rule, value: float, *, at_s: float) -> Step | None:
    """Return what a usable value does to the run of samples; None where it says nothing new.

    Whether the run suffices is asked of :func:`settled`.
    """
    held = _held(alarm)
    verdict = rule.judge(value, held if held is not None else alarm.target)
    bad = verdict is not None
    if alarm.flapping:
        if bad == alarm.last_bad:
            return None
        changes: dict[str, Any] = {"last_bad": bad, "sample_s": at_s}
        if bad:
            changes |= {"flap_score": flap_score(alarm, rule, at_s) + 1.0, "flap_at_s": at_s}
        return Step("counted", changes)
    if verdict == held:
        if not alarm.samples:
            return None
        return Step(
            "quiet",
            {
                "target": None, "samples": 0, "since_s": 0.0, "sample_s": at_s, "last_bad": bad,
                **({} if held is not None else {"condition": _rest(alarm)}),
            },
        )  # fmt: skip
    worse = _rank(verdict) > _rank(held)
    if not alarm.samples or (_rank(alarm.target) > _rank(held)) != worse:
        begun: dict[str, Any] = {
            "target": verdict, "samples": 1, "since_s": at_s, "sample_s": at_s, "last_bad": bad,
        }  # fmt: skip
        if held is not None:
            return Step("counted", begun)
        begun["condition"] = Condition.PENDING
        begun |= {"flap_score": flap_score(alarm, rule, at_s) + 1.0, "flap_at_s": at_s}
        return Step("pending", begun)
    samples = min(alarm.samples + 1, rule.raise_samples if worse else rule.clear_samples)
    # A worse run stands for what it is now; a better one for the worst that it still holds.
    target = verdict if worse else max(alarm.target, verdict, key=_rank)
    if samples == alarm.samples and target == alarm.target:
        return None
    return Step("counted", {"target": target, "samples": samples, "sample_s": at_s})


def settled(
    alarm: Alarm,
    rule: Rule,
    now_s: float,
    *,
    value: float | None = None,
    source: str = "poll",
) -> Step | None:
    """Return the transition that a run of samples has earned by now; None while it has not.

    Parameters
    ----------
    value, source
        The newest sample, where one came; what the record says of it otherwise.
    """
    held = _held(alarm)
    score = flap_score(alarm, rule, now_s) if rule.flap_count else 0.0
    if alarm.flapping:
        if rule.flap_count and score > rule.flap_count * _STEADY_SHARE:
            return None
        if alarm.last_bad:
            return Step("steady", {"flapping": False, "changed_s": now_s})
        return Step("cleared", cleared(alarm, now_s=now_s))
    if not alarm.samples:
        return None
    worse = _rank(alarm.target) > _rank(held)
    if worse and held is None and rule.flap_count and score >= rule.flap_count:
        grounds = _grounds(alarm, rule, now_s, value, source)
        changes = raised(alarm, rule, alarm.target, grounds, now_s=now_s)
        return Step("flapping", {**changes, "flapping": True})
    needed = rule.raise_samples if worse else rule.clear_samples
    hold_s = rule.hold_off_s if worse else rule.clear_hold_s
    if alarm.samples < needed or now_s - alarm.since_s < hold_s:
        return None
    grounds = _grounds(alarm, rule, now_s, value, source)
    if held is None:
        return Step("raised", raised(alarm, rule, alarm.target, grounds, now_s=now_s))
    if alarm.target is None:
        return Step("cleared", {**cleared(alarm, now_s=now_s), "grounds": grounds})
    changes = {
        "severity": alarm.target, "target": None, "samples": 0, "since_s": 0.0,
        "changed_s": now_s, "grounds": grounds,
    }  # fmt: skip
    if worse and alarm.operator is OperatorState.ACK:
        # Somebody took up the lesser thing.
        changes["operator"] = OperatorState.NONE
        if not alarm.muted:
            changes["waiting_since_s"] = now_s
    return Step("changed", changes)


def _grounds(alarm: Alarm, rule: Rule, now_s: float, value: float | None, source: str) -> Grounds:
    severity = alarm.target if alarm.target is not None else _held(alarm)
    threshold = None if severity is None else rule.threshold(severity)
    return Grounds(
        rule.type.figure, value, rule.type.direction,
        None if threshold is None else threshold.raise_at,
        None if threshold is None else threshold.clear_at,
        "" if threshold is None else threshold.level,
        alarm.samples, max(0.0, now_s - alarm.since_s), source,
    )  # fmt: skip


def raised(
    alarm: Alarm, rule: Rule, severity: Severity | None, grounds: Grounds, *, now_s: float
) -> dict[str, Any]:
    """Return what a record becomes when it is raised, for the first time or again."""
    kept = (
        alarm.operator is OperatorState.ACK
        and alarm.occurrences > 0
        and now_s - alarm.cleared_s <= rule.keep_ack_s
    )
    changes: dict[str, Any] = {
        "condition": Condition.ACTIVE, "severity": severity or Severity.INDETERMINATE,
        "target": None, "samples": 0, "since_s": 0.0, "last_bad": True, "grounds": grounds,
        "raised_s": now_s, "changed_s": now_s, "occurrences": alarm.occurrences + 1,
        "waited_s": 0.0, "escalations": 0,
        "waiting_since_s": None if kept or alarm.shelved_by else now_s,
    }  # fmt: skip
    if not alarm.occurrences:
        changes["created_s"] = now_s
    if not kept and alarm.operator is not OperatorState.NONE:
        changes["operator"] = OperatorState.NONE
    return changes


def cleared(alarm: Alarm, *, now_s: float) -> dict[str, Any]:
    """Return what an active record becomes when its condition is over."""
    changes: dict[str, Any] = {
        "condition": Condition.CLEARED, "target": None, "samples": 0, "since_s": 0.0,
        "last_bad": False, "cleared_s": now_s, "changed_s": now_s, "waiting_since_s": None,
    }  # fmt: skip
    if alarm.flapping:
        changes["flapping"] = False
    if alarm.root_causes:
        changes |= {"root_causes": (), "recheck_since_s": None}
    return changes


# ------------------------------------------------------------------ time


def _escalates_s(alarm: Alarm, rule: Rule) -> float | None:
    if alarm.waiting_since_s is None or not rule.escalate_after_s:
        return None
    allowed_s = (alarm.escalations + 1) * rule.escalate_after_s
    return alarm.waiting_since_s + allowed_s - alarm.waited_s


def on_time(alarm: Alarm, rule: Rule, now_s: float) -> Step | None:
    """Return what has become due by now, one thing at a time; None where nothing has."""
    if alarm.shelved_until_s is not None and now_s >= alarm.shelved_until_s:
        ended_s = alarm.shelved_until_s
        heard = clock_of_muting(alarm, muted=bool(alarm.root_causes), now_s=ended_s)
        return Step("unshelved", {"shelved_by": "", "shelved_until_s": None, **heard})
    if alarm.recheck_since_s is not None and now_s - alarm.recheck_since_s >= RECHECK_WAIT_S:
        heard = clock_of_muting(alarm, muted=bool(alarm.shelved_by), now_s=now_s)
        return Step("released", {"root_causes": (), "recheck_since_s": None, **heard})
    escalates = _escalates_s(alarm, rule)
    if escalates is not None and now_s >= escalates:
        return Step("escalated", {"escalations": alarm.escalations + 1})
    return settled(alarm, rule, now_s)


def due_s(alarm: Alarm, rule: Rule) -> float | None:
    """Return the first moment at which :func:`on_time` can have something to say."""
    moments = [alarm.shelved_until_s, _escalates_s(alarm, rule)]
    if alarm.recheck_since_s is not None:
        moments.append(alarm.recheck_since_s + RECHECK_WAIT_S)
    if alarm.flapping:
        moments.append(_steady_s(alarm, rule))
    elif alarm.samples:
        worse = _rank(alarm.target) > _rank(_held(alarm))
        if alarm.samples >= (rule.raise_samples if worse else rule.clear_samples):
            moments.append(alarm.since_s + (rule.hold_off_s if worse else rule.clear_hold_s))
    return min((moment for moment in moments if moment is not None), default=None)


def _steady_s(alarm: Alarm, rule: Rule) -> float:
    """Return when the score of a flapping alarm will have sunk far enough."""
    from math import log2

    limit = rule.flap_count * _STEADY_SHARE
    if not limit or alarm.flap_score <= limit:
        return alarm.flap_at_s
    # A little later, so that rounding does not leave it a hair above.
    return alarm.flap_at_s + rule.flap_half_life_s * log2(alarm.flap_score / limit) + 1e-3
