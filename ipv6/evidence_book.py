"""The book of evidence: every row that was ever recorded, and what counted on any day.

Rows are written whole batches at a time into the log ``ipv6-evidence`` of the project's store and
never changed. What counts on a day is, for each subject and check, the newest row that had been
answered by then, had not expired and found something; a row that could not tell takes nothing away
from an older one that still holds. So any past day can be asked again, and gets the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..probes.store import NewEvent, Store, StoredEvent
from ..topology.errors import MissingError, SurroundingsError
from .evidence import Evidence
from .verdicts import Basis, Verdict

__all__ = ["EVIDENCE_LOG", "Damage", "EvidenceBook", "Finding", "Standing"]

EVIDENCE_LOG = "ipv6-evidence"
"""Name of the log in the store."""

_PAGE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a row of evidence says, without what was asked and answered.

    Attributes
    ----------
    number
        Of the row in the book, from 1; :meth:`EvidenceBook.row` gives all of it.
    ended_s, expires_s
        From when until when it counts, Unix time; not at ``expires_s`` itself.
    detail
        Hostile text.
    """

    number: int
    subject: str
    check_id: str
    check_version: int
    vantage: str
    ended_s: float
    expires_s: float
    verdict: Verdict
    reason: str
    detail: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Damage:
    """An event of the log that is no row of evidence (any more), or is not what was written."""

    number: int | None
    why: str


_NONE: Mapping[str, Finding] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts at a moment.

    Attributes
    ----------
    at_s
        The moment, Unix time.
    valid
        Subject to check to the finding that counts.
    expired
        Subject to check to the newest finding, where none counts any more.
    """

    at_s: float
    valid: Mapping[str, Mapping[str, Finding]]
    expired: Mapping[str, Mapping[str, Finding]]

    def of(self, subject: str) -> Mapping[str, Finding]:
        """Return the findings that count for a subject, by check; none when nothing is known."""
        return self.valid.get(subject, _NONE)

    def count(self, vantage: str = "") -> int:
        """Return how many findings count; those from one place where it is named."""
        return sum(
            not vantage or found.vantage == vantage
            for of_subject in self.valid.values()
            for found in of_subject.values()
        )

    def expired_of(self, subject: str) -> Mapping[str, Finding]:
        """Return the newest findings of a subject that count no more, by check."""
        return self.expired.get(subject, _NONE)

    def subjects(self, kind: str = "") -> tuple[str, ...]:
        """Return subjects of a kind (all when "") with any finding, valid or not, in order."""
        found = self.valid.keys() | self.expired.keys()
        return tuple(sorted(s for s in found if not kind or s.startswith(f"{kind}:")))


class EvidenceBook:
    """The evidence of one project.

    Parameters
    ----------
    store
        The project's store (:func:`ngbw.probes.store.open_store`); it stays the caller's to close.
        None is a book without a row, in which nothing can be recorded.

    Examples
    --------
    >>> import tempfile
    >>> from ngbw.probes.store import open_store
    >>> from ngbw.ipv6.evidence import Evidence
    >>> from ngbw.ipv6.verdicts import Verdict
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = open_store(folder.name)
    >>> book = EvidenceBook(store)
    >>> row = Evidence(check_id="S1", subject="website:portal", vantage="here", asked=("AAAA",),
    ...                began_s=1000.0, verdict=Verdict.PASS)
    >>> list(book.record([row]))
    [1]
    >>> book.standing(2000.0).of("website:portal")["S1"].verdict
    <Verdict.PASS: 'pass'>
    >>> book.standing(999.0).of("website:portal")
    mappingproxy({})
    >>> store.close(); folder.cleanup()
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._events = None if store is None else store.events(EVIDENCE_LOG)
        self._read_to = 0
        self._findings: list[Finding] = []
        self._unreadable: list[Damage] = []

    def record(self, rows: Iterable[Evidence]) -> range:
        """Keep rows, all or none, and return their numbers; they are on the disk then.

        Raises
        ------
        UsageError
            A row is larger than 1 MB; nothing was kept.
        SurroundingsError
            The disk or the server refuses, or there is no store; nothing was kept.
        ValueError
            A row holds what JSON cannot say; nothing was kept.
        """
        if self._events is None:
            raise SurroundingsError("there is no store to record evidence in; open it to write")
        events = [NewEvent(row.began_s + row.duration_s, row.to_body()) for row in rows]
        return self._events.append(events) if events else range(0)

    def findings(self) -> tuple[Finding, ...]:
        """Return what every row says, in the order in which they were recorded."""
        while (
            page := []
            if self._events is None
            else self._events.read(after=self._read_to, limit=_PAGE)
        ):
            for event in page:
                found = _found(event)
                if isinstance(found, Finding):
                    self._findings.append(found)
                else:
                    self._unreadable.append(found)
            self._read_to = page[-1].sequence
            if len(page) < _PAGE:
                break
        return tuple(self._findings)

    def row(self, number: int) -> Evidence:
        """Return a row of evidence, whole.

        Raises
        ------
        MissingError
            The book has no row of that number, or it cannot be read.
        """
        page = []
        if self._events is not None and number > 0:
            page = self._events.read(after=number - 1, limit=1)
        if not page or page[0].sequence != number:
            last = 0 if self._events is None else self._events.last()
            raise MissingError(f"evidence {number} does not exist; the newest is {last}")
        row = _read(page[0])
        if isinstance(row, Damage):
            raise MissingError(f"evidence {number} cannot be read: {row.why}")
        return row

    def standing(self, at_s: float, *, up_to: int | None = None) -> Standing:
        """Return what counts at a moment.

        Parameters
        ----------
        at_s
            Unix time.
        up_to
            Only rows with numbers up to this one: what the book said before later rows came in.
        """
        valid: dict[str, dict[str, Finding]] = {}
        expired: dict[str, dict[str, Finding]] = {}
        for finding in self.findings():
            if finding.ended_s > at_s or (up_to is not None and finding.number > up_to):
                continue
            kept = valid if at_s < finding.expires_s else expired
            checks = kept.setdefault(finding.subject, {})
            before = checks.get(finding.check_id)
            if before is None or _weight(before) <= _weight(finding):
                checks[finding.check_id] = finding
        left = {
            subject: MappingProxyType(old)
            for subject, checks in expired.items()
            if (old := {c: f for c, f in checks.items() if c not in valid.get(subject, {})})
        }
        return Standing(
            at_s,
            MappingProxyType({s: MappingProxyType(checks) for s, checks in valid.items()}),
            MappingProxyType(left),
        )

    def history(self, subject: str, check_id: str = "") -> tuple[Finding, ...]:
        """Return what was ever found of a subject, the oldest first; of one check when named."""
        found = (
            f
            for f in self.findings()
            if f.subject == subject and (not check_id or f.check_id == check_id)
        )
        return tuple(sorted(found, key=lambda f: (f.ended_s, f.number)))

    def moments(self) -> tuple[float, ...]:
        """Return every time at which what counts may have changed, in order, Unix time."""
        times = {f.ended_s for f in self.findings()} | {f.expires_s for f in self.findings()}
        return tuple(sorted(times))

    def damage(self) -> tuple[Damage, ...]:
        """Return what is wrong with the book: rows that cannot be read, or were meddled with."""
        self.findings()
        broken = [] if self._store is None else [Damage(None, p) for p in self._store.check()]
        return (*self._unreadable, *broken)


def _weight(finding: Finding) -> tuple[bool, float, int]:
    """Return what lets one finding count before another: it can tell, it is newer."""
    return finding.verdict is not Verdict.UNKNOWN, finding.ended_s, finding.number


def _read(event: StoredEvent) -> Evidence | Damage:
    try:
        row = Evidence.from_body(event.body)
    except (ValueError, RecursionError) as error:
        return Damage(event.sequence, str(error)[:200] or type(error).__name__)
    if not math.isfinite(row.expires_s):
        return Damage(event.sequence, "its duration is no number")
    return row


def _found(event: StoredEvent) -> Finding | Damage:
    row = _read(event)
    if isinstance(row, Damage):
        return row
    return Finding(
        number=event.sequence,
        subject=row.subject,
        check_id=row.check_id,
        check_version=row.check_version,
        vantage=row.vantage,
        ended_s=row.began_s + row.duration_s,
        expires_s=row.expires_s,
        verdict=row.verdict,
        reason=row.reason,
        detail=row.detail,
        basis=row.basis,
    )
