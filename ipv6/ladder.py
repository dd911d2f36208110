"""The ladder: how ready a subject is, from what its checks found.

A rung is reached when every check that it needs passes and every rung below is reached; nothing is
averaged, so that a good figure never hides a dead one. What is not known leaves an interval: the
lowest rung that is certain, and the highest that cannot be excluded. *Harmful* (an address that
is announced and does not work) stands beside the level and blocks every target: it is worse for
people than no IPv6 at all.

Which check gates which rung, for which roles and against which alternatives, is data
(:mod:`.catalogue`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .catalogue import Check, checks
from .verdicts import Level, SubjectKind, Verdict

__all__ = ["LEVEL_VALUE", "Met", "Rung", "gates", "meets", "rung", "value_range"]

LEVEL_VALUE: Mapping[Level, float] = {
    Level.UNKNOWN: 0.0,
    Level.NOT_READY: 0.0,
    Level.CAPABLE: 0.25,
    Level.CONFIGURED: 0.5,
    Level.CARRYING: 0.8,
    Level.PARITY: 1.0,
}
"""What a level counts in a layer's value."""

Met = Literal["met", "unmet", "unknown"]
"""Whether a subject has what a target needs of it."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Where a subject stands on the ladder.

    Attributes
    ----------
    low, high
        Lowest rung that is certain and highest that cannot be excluded, both from
        :attr:`.Level.NOT_READY`.
    told
        Whether anything is known that places it on the ladder.
    harmful
        Whether it harms those who use IPv6; None where a check that could say so has not.
    failed
        Checks that keep it from the next rung above ``high``, in the order of the catalogue.
    open
        Checks that leave the rung open, between ``low`` and ``high``; those of the lowest first.
    harms
        Checks that found the harm.
    """

    low: Level
    high: Level
    told: bool
    harmful: bool | None
    failed: tuple[str, ...]
    open: tuple[str, ...]
    harms: tuple[str, ...]

    @property
    def level(self) -> Level:
        """The level to show: the lowest that is certain, unknown where nothing places it."""
        return self.low if self.told else Level.UNKNOWN

    @property
    def certain(self) -> bool:
        """Whether nothing unknown could move the level."""
        return self.low is self.high


def gates(
    kind: SubjectKind, role: str = "", *, catalogue: Mapping[str, Check] | None = None
) -> dict[Level, tuple[tuple[Check, ...], ...]]:
    """Return what each rung needs of a subject: groups of checks of which one must pass.

    Parameters
    ----------
    role
        Of a device; checks of other roles do not gate it.
    catalogue
        The built-in one when None.
    """
    known = checks() if catalogue is None else catalogue
    found: dict[Level, list[tuple[Check, ...]]] = {}
    seen: set[frozenset[str]] = set()
    order = {check_id: n for n, check_id in enumerate(known)}
    for check in known.values():
        if check.subject is not kind or check.level is None:
            continue
        if check.roles and role not in check.roles:
            continue
        group = [check]
        for other in check.alternatives:
            one = known.get(other)
            if one is not None and (not one.roles or role in one.roles):
                group.append(one)
        together = frozenset(one.check_id for one in group)
        if together in seen:  # D2 or D3 is D3 or D2
            continue
        seen.add(together)
        group.sort(key=lambda one: order[one.check_id])
        found.setdefault(check.level, []).append(tuple(group))
    return {level: tuple(found[level]) for level in sorted(found)}


def _group_verdict(group: Iterable[Check], verdicts: Mapping[str, Verdict]) -> Verdict:
    """Return what a group of alternatives comes to: pass, fail, unknown, or n/a."""
    words = [verdicts.get(check.check_id, Verdict.UNKNOWN) for check in group]
    applies = [word for word in words if word is not Verdict.NOT_APPLICABLE]
    if not applies:
        return Verdict.NOT_APPLICABLE
    if Verdict.PASS in applies:
        return Verdict.PASS
    return Verdict.UNKNOWN if Verdict.UNKNOWN in applies else Verdict.FAIL


def rung(
    kind: SubjectKind,
    verdicts: Mapping[str, Verdict],
    role: str = "",
    *,
    catalogue: Mapping[str, Check] | None = None,
) -> Rung:
    """Return where a subject stands.

    Parameters
    ----------
    verdicts
        Check to what counts of it; a check that is missing is unknown. Partial is no pass.
    role, catalogue
        See :func:`gates`.

    Notes
    -----
    A rung none of whose checks applies is not reached: nothing was shown. A rung that no check of
    the catalogue gates for this kind of subject is none of its ladder.
    """
    known = checks() if catalogue is None else catalogue
    needed = gates(kind, role, catalogue=known)
    low = high = Level.NOT_READY
    rising_low = rising_high = True
    failed: tuple[str, ...] = ()
    waiting: list[str] = []
    for level in Level:
        groups = needed.get(level, ())
        if not groups or not rising_high:
            continue
        words = [_group_verdict(group, verdicts) for group in groups]
        shown = any(word in (Verdict.PASS, Verdict.UNKNOWN) for word in words)
        broken = [g for g, word in zip(groups, words, strict=True) if word is Verdict.FAIL]
        undecided = [g for g, word in zip(groups, words, strict=True) if word is Verdict.UNKNOWN]
        if broken or not shown:
            rising_high = rising_low = False
            stops = broken or groups
            failed = tuple(check.check_id for group in stops for check in group)
            continue
        high = level
        if undecided:
            rising_low = False
            waiting += [check.check_id for group in undecided for check in group
                        if verdicts.get(check.check_id, Verdict.UNKNOWN) is Verdict.UNKNOWN]  # fmt: skip
        elif rising_low:
            low = level
    first = next(iter(needed.values()), ())
    told = bool(first) and all(_group_verdict(g, verdicts) is not Verdict.UNKNOWN for g in first)
    danger = [
        check.check_id
        for check in known.values()
        if check.subject is kind and check.harmful and (not check.roles or role in check.roles)
    ]
    words = [verdicts.get(check_id, Verdict.UNKNOWN) for check_id in danger]
    harms = tuple(c for c, word in zip(danger, words, strict=True) if word is Verdict.FAIL)
    harmful = True if harms else None if Verdict.UNKNOWN in words else False
    return Rung(low, high, told, harmful, failed, tuple(waiting), harms)


def meets(stands: Rung, need: Level) -> Met:
    """Return whether a subject has reached a level and harms nobody."""
    if stands.harmful or stands.high < need:
        return "unmet"
    return "met" if stands.low >= need and stands.harmful is False else "unknown"


def value_range(stands: Rung) -> tuple[float, float]:
    """Return what a subject counts in its layer, at least and at most; harm counts nothing."""
    low = LEVEL_VALUE[stands.low] if stands.harmful is False else 0.0
    high = 0.0 if stands.harmful else LEVEL_VALUE[stands.high]
    return low, high
