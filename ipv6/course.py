"""How subjects moved on the ladder: their rung at the end of every day, from the book of evidence.

A day ends at midnight of the project's zone; the day that is asked about ends when it is asked.
Between two rows of evidence that say the same nothing is computed anew, so that a year of hourly
polls costs little more than one.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..topology.errors import UsageError
from .evidence_book import Finding
from .ladder import Rung, rung
from .verdicts import SubjectKind, Verdict

__all__ = ["Course", "Days", "by_subject", "course_of", "days_between"]

_MOST_DAYS = 20_000


@dataclass(frozen=True, slots=True)
class Days:
    """Days in order, with the moment at which each is judged.

    Attributes
    ----------
    dates
        One after the other without a gap.
    ends_s
        Unix time at which each day is judged: just before the next begins, and for the last the
        moment that was asked about.
    """

    dates: tuple[date, ...]
    ends_s: tuple[float, ...]


def days_between(first_s: float, at_s: float, timezone: str) -> Days:
    """Return the days from a moment to another, both in it.

    Raises
    ------
    UsageError
        They are more than 50 years apart.
    """
    zone = ZoneInfo(timezone)
    first = datetime.fromtimestamp(min(first_s, at_s), UTC).astimezone(zone).date()
    last = datetime.fromtimestamp(at_s, UTC).astimezone(zone).date()
    count = (last - first).days + 1
    if count > _MOST_DAYS:
        raise UsageError(
            f"evidence from {first} cannot be followed to {last}, which is {count} days; "
            f"at most {_MOST_DAYS} are"
        )
    dates = tuple(first + timedelta(days=n) for n in range(count))
    ends = [
        datetime.combine(day + timedelta(days=1), time.min, zone).timestamp() - 0.001
        for day in dates[:-1]
    ]
    return Days(dates, (*ends, at_s))


@dataclass(frozen=True, slots=True)
class Course:
    """How one subject moved.

    Attributes
    ----------
    since_s
        Moments at which its rung changed, in order; the first is minus infinity.
    rungs
        Where it stood from each of them on.
    by
        Number of the row of evidence that changed it; None where a row expired.
    """

    since_s: tuple[float, ...]
    rungs: tuple[Rung, ...]
    by: tuple[int | None, ...]

    def at(self, moment_s: float) -> Rung:
        """Return where it stood at a moment."""
        return self.rungs[self._index(moment_s)]

    def changed_by(self, moment_s: float) -> int | None:
        """Return the row of evidence that put it where it stood at a moment."""
        return self.by[self._index(moment_s)]

    def within(self, start_s: float, end_s: float) -> Sequence[Rung]:
        """Return every rung it stood on from a moment to another, both in it."""
        return self.rungs[self._index(start_s) : self._index(end_s) + 1]

    def _index(self, moment_s: float) -> int:
        return bisect.bisect_right(self.since_s, moment_s) - 1


def _changes(findings: Iterable[Finding]) -> list[tuple[float, str, Verdict, int | None]]:
    """Return when what counts of each check of one subject changed, to what, by which row."""
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.verdict is not Verdict.UNKNOWN:  # could not tell: takes nothing away
            by_check.setdefault(finding.check_id, []).append(finding)
    out: list[tuple[float, str, Verdict, int | None]] = []
    for check_id, rows in by_check.items():
        rows.sort(key=lambda row: (row.ended_s, row.number))
        for n, row in enumerate(rows):
            out.append((row.ended_s, check_id, row.verdict, row.number))
            if n + 1 == len(rows) or rows[n + 1].ended_s > row.expires_s:
                out.append((row.expires_s, check_id, Verdict.UNKNOWN, None))
    # At one moment what expires goes first: the row that follows it counts.
    out.sort(key=lambda change: (change[0], change[3] is not None, change[3] or 0))
    return out


def course_of(kind: SubjectKind, findings: Iterable[Finding], role: str = "") -> Course:
    """Return how a subject moved.

    Parameters
    ----------
    findings
        All of the one subject.
    role
        Of a device.
    """
    verdicts: dict[str, Verdict] = {}
    since = [float("-inf")]
    rungs = [rung(kind, verdicts, role)]
    by: list[int | None] = [None]
    known: dict[frozenset[tuple[str, Verdict]], Rung] = {}
    for moment_s, check_id, verdict, number in _changes(findings):
        if verdicts.get(check_id, Verdict.UNKNOWN) is verdict:
            continue
        verdicts[check_id] = verdict
        state = frozenset(verdicts.items())
        if state not in known:
            known[state] = rung(kind, verdicts, role)
        if since[-1] == moment_s:
            rungs[-1], by[-1] = known[state], number if number is not None else by[-1]
        elif known[state] != rungs[-1]:
            since.append(moment_s)
            rungs.append(known[state])
            by.append(number)
    return Course(tuple(since), tuple(rungs), tuple(by))


def by_subject(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """Return findings by their subject."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.subject, []).append(finding)
    return found
