"""The readiness of a project on a day: everything that is said of it, from one book of evidence.

What the report, the map, the ledger of targets and the command line show comes from here, so that
they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..topology.network import Network
from ..topology.targets import Target
from .catalogue import checks
from .course import Course, by_subject, course_of, days_between
from .evidence_book import EvidenceBook, Finding, Standing
from .ladder import Met, Rung, meets
from .layers import LayerValue, district_total, layer_values
from .paths import EndToEnd, PathGraph, end_to_end, path_graph
from .promises import IPV6_METRICS, Promise, judge_promise, standings
from .subjects import Inventory, Subject, inventory_of
from .verdicts import Level, Verdict

__all__ = [
    "PATH_LEVEL",
    "Miss",
    "Readiness",
    "hindrance",
    "misses_of",
    "readiness",
    "to_ask_again",
]

PATH_LEVEL = Level.CONFIGURED
"""What every device and website of a path needs."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A subject that does not have what a target needs, and the one check to look at.

    Attributes
    ----------
    state
        ``unmet`` or ``unknown``.
    check_id
        Check that fails, or that has not told; "" where every check is fine and time is short.
    reason
        Code: one of the check's reasons, ``expired``, ``not-asked``, or ``held-too-short``.
    detail
        What the row says to look at; hostile text.
    evidence
        Number of the row; None where there is none.
    """

    subject: Subject
    state: Met
    check_id: str
    reason: str
    detail: str
    evidence: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Readiness:
    """What is known on a day.

    Attributes
    ----------
    at_s, at
        The moment, and its day in the project's zone.
    timezone
        Of the project.
    rungs
        Subject of the inventory to where it stands.
    others
        Subjects that have evidence and are in no table.
    layers, total
        Values with their ranges.
    promises
        Targets that evidence judges.
    path_graph, paths
        From the household to the website; the households of the access links.
    recorded
        Rows in the book up to the moment.
    """

    at_s: float
    at: date
    timezone: str
    inventory: Inventory
    standing: Standing
    courses: Mapping[str, Course]
    rungs: Mapping[str, Rung]
    others: tuple[str, ...]
    layers: tuple[LayerValue, ...]
    total: tuple[float, float]
    promises: tuple[Promise, ...]
    path_graph: PathGraph
    paths: EndToEnd
    recorded: int


def _why(subject: Subject, stands: Rung, standing: Standing, need: Level, *, state: Met) -> Miss:
    """Return the one check that keeps a subject from a level."""
    if stands.harmful:
        check_id = stands.harms[0]
    elif stands.high < need and stands.failed:
        check_id = stands.failed[0]
    elif stands.low < need and stands.open:
        check_id = stands.open[0]
    elif stands.harmful is None:
        valid = standing.of(subject.key)
        check_id = next(
            c.check_id
            for c in checks().values()
            if c.harmful and c.subject is subject.kind
            and (not c.roles or subject.role in c.roles)
            and (c.check_id not in valid or valid[c.check_id].verdict is Verdict.UNKNOWN)
        )  # fmt: skip
    else:
        return Miss(subject, state, "", "held-too-short", "", None)
    found: Finding | None = standing.of(subject.key).get(check_id)
    if found is not None:
        return Miss(subject, state, check_id, found.reason, found.detail, found.number)
    old = standing.expired_of(subject.key).get(check_id)
    if old is not None:
        return Miss(subject, state, check_id, "expired", old.detail, old.number)
    return Miss(subject, state, check_id, "not-asked", "", None)


def misses_of(promise: Promise, stand: Readiness) -> tuple[Miss, ...]:
    """Return who keeps a target from being met: what fails first, then what is not known."""
    found = [
        _why(one, stand.rungs[one.key], stand.standing, promise.standings.need, state=state)
        for group in promise.standings.groups
        for one, state in zip(group.subjects, group.states, strict=True)
        if state != "met"
    ]
    return tuple(sorted(found, key=lambda miss: (miss.state != "unmet", -miss.subject.weight)))


def hindrance(subject: Subject, stand: Readiness) -> Miss | None:
    """Return the one check that keeps a subject from the next level; None at the top, unharmful.

    A check that found harm comes first, then one that failed, then one that has not told.
    """
    stands = stand.rungs[subject.key]
    if not (stands.harms or stands.failed or stands.open or stands.harmful is None):
        return None
    state: Met = "unmet" if stands.harms or stands.failed else "unknown"
    return _why(subject, stands, stand.standing, Level.PARITY, state=state)


def readiness(
    network: Network,
    book: EvidenceBook,
    targets: Iterable[Target],
    *,
    at_s: float,
    timezone: str,
    exits: Sequence[str] = (),
) -> Readiness:
    """Return what is known of a project's readiness at a moment.

    Parameters
    ----------
    targets
        Those whose metric is not of IPv6 are left out.
    at_s
        Unix time; rows that were answered later do not count.
    timezone
        In which days begin and end.
    exits
        Sites behind which everything outside lies.
    """
    inventory = inventory_of(network)
    findings = [finding for finding in book.findings() if finding.ended_s <= at_s]
    rows = by_subject(findings)
    standing = book.standing(at_s)
    courses = {
        key: course_of(one.kind, rows.get(key, ()), one.role)
        for key, one in inventory.subjects.items()
    }
    rungs = {key: course.at(at_s) for key, course in courses.items()}
    days = days_between(min((f.ended_s for f in findings), default=at_s), at_s, timezone)
    judged = {}
    promises = []
    for target in targets:
        metrics = [part.metric.name for part in target.parts]
        if len(metrics) != 1 or metrics[0] not in IPV6_METRICS or target.value is None:
            continue
        if metrics[0] not in judged:
            judged[metrics[0]] = standings(metrics[0], inventory, courses, days)
        promises.append(judge_promise(target, judged[metrics[0]], courses))
    layers = layer_values(inventory, rungs)
    graph = path_graph(
        network,
        {key: meets(one, PATH_LEVEL) for key, one in rungs.items() if not key.startswith("link:")},
        visits={one.key: one.weight for one in inventory.subjects.values() if one.layer == "sites"},
        exits=exits,
    )
    return Readiness(
        at_s, days.dates[-1], timezone, inventory, standing, courses, rungs,
        tuple(s for s in standing.subjects() if s not in inventory.subjects),
        layers, district_total(layers), tuple(promises), graph, end_to_end(graph), len(findings),
    )  # fmt: skip


def to_ask_again(stand: Readiness, *, most_level: Level = Level.PARITY) -> tuple[Subject, ...]:
    """Return subjects with a check that failed, could not tell, or counts no more; or never asked.

    Parameters
    ----------
    most_level
        Subjects that certainly reached it are left alone.
    """
    found = []
    for key, one in stand.inventory.subjects.items():
        rung_ = stand.rungs[key]
        if rung_.certain and rung_.told and rung_.low >= most_level and not rung_.harmful:
            valid = stand.standing.of(key).values()
            if all(f.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE) for f in valid):
                continue
        found.append(one)
    return tuple(found)
