"""The report on readiness for IPv6: verdicts on the plan's targets first, then why, then the rest.

Everything comes from one :class:`~...ipv6.readiness.Readiness`. A reader who knows nothing of IPv6
finds what was promised, whether it holds, who keeps it from holding, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...ipv6.layers import LAYER_WEIGHT
from ...ipv6.outside_views import (
    MAIL_PARTS,
    WEB_PARTS,
    YDT_ITEMS,
    cac_score,
    internet_nl,
    nist_counts,
    ydt_table,
)
from ...ipv6.promises import Promise
from ...ipv6.readiness import Readiness, misses_of
from ...ipv6.verdicts import Level, SubjectKind, Verdict
from ...topology.network import Network
from .. import figures
from ..bilingual import Both, both, named, raw, say, word
from ..readiness_phrases import (
    check_title,
    found_reason,
    joined,
    level_reached,
    node_name,
    number,
    promise_value,
    share,
    span,
    subject_name,
    value_needed,
)
from ..words import text
from .blocks import Block, Document, Facts, Grid, Heading, Items, Paragraph, Picture
from .readiness_map import readiness_drawing

__all__ = ["AnswersOf", "readiness_report"]

AnswersOf = Callable[[str], Mapping[str, Mapping[str, Any]]]
"""Subject to what the rows that count of it answered, by check."""

_MISSES, _STEPS, _SUBJECTS = 40, 20, 400


def _lead(stand: Readiness) -> list[Block]:
    blocks: list[Block] = []
    words = [promise.word for promise in stand.promises]
    if words:
        blocks.append(
            Paragraph(
                say(
                    "readiness.lead", targets=len(words), met=words.count("met"),
                    missed=words.count("missed"), risk=words.count("at risk"),
                    unknown=words.count("cannot tell"),
                ),
                "lead",
            )
        )  # fmt: skip
    else:
        blocks.append(Paragraph(say("readiness.lead_none"), "lead"))
    if not stand.recorded:
        blocks.append(Paragraph(say("readiness.nothing")))
    if recorded := stand.standing.count("recording"):
        every = number(stand.standing.count())
        blocks.append(
            Paragraph(say("readiness.basis_recordings", count=number(recorded), all=every), "note")
        )
    low, high = stand.total
    key = "readiness.total_exact" if low == high else "readiness.total"
    sentences = [say(key, low=share(low), high=share(high))]
    paths = stand.paths
    if paths.low is None or paths.high is None:
        sentences.append(say("readiness.e2e_none"))
    else:
        key = "readiness.e2e_exact" if paths.low == paths.high else "readiness.e2e"
        sentences.append(say(key, low=share(paths.low), high=share(paths.high)))
    harmful = sum(one.harmful is True for one in stand.rungs.values())
    if harmful:
        sentences.append(say("readiness.harm", count=harmful))
    return [*blocks, Items(tuple(sentences))]


def _met_on(promise: Promise) -> Both:
    if promise.met_on is None:
        return say("readiness.never_met")
    key = "readiness.met_unseen"
    if promise.days_late is not None:
        key = "readiness.met_late" if promise.days_late else "readiness.met_on_time"
    return say(key, date=promise.met_on, days=promise.days_late, number=promise.evidence or "—")


def _forecast(promise: Promise) -> Both | None:
    guess = promise.forecast
    if guess is None or not guess.left:
        return None
    if not guess.over_days:
        return say("readiness.forecast_short")
    if guess.expected is None and guess.earliest is None:
        return say("readiness.forecast_still", days=guess.over_days)
    days = {
        name: raw(day) if day is not None else say("readiness.never")
        for name, day in (
            ("expected", guess.expected), ("earliest", guess.earliest), ("latest", guess.latest),
        )
    }  # fmt: skip
    return say("readiness.forecast_value", **days)


def _misses(stand: Readiness, promise: Promise) -> list[Block]:
    misses = misses_of(promise, stand)
    blocks: list[Block] = [Heading(say("readiness.misses"), 3)]
    if not misses:
        return [*blocks, Paragraph(say("readiness.misses_none"))]
    headings = ("subject", "level", "check", "reason", "do", "evidence")
    rows = tuple(
        (
            subject_name(miss.subject),
            level_reached(stand.rungs[miss.subject.key]),
            check_title(miss.check_id),
            found_reason(miss),
            word("ipv6_do", miss.reason) if miss.reason else raw("—"),
            raw("—" if miss.evidence is None else miss.evidence),
        )
        for miss in misses[:_MISSES]
    )
    blocks.append(
        Grid(
            tuple(say(f"readiness.{name}") for name in headings),
            (False, False, False, False, False, True), rows,
        )
    )  # fmt: skip
    if len(misses) > _MISSES:
        blocks.append(Paragraph(say("word.and_more", count=len(misses) - _MISSES), "note"))
    return blocks


def _promise(stand: Readiness, promise: Promise) -> list[Block]:
    target = promise.target
    groups = promise.standings.groups
    counts = say(
        "readiness.counts_value",
        **{state: sum(group.count(state) for group in groups)
           for state in ("met", "unmet", "unknown")},
    )  # fmt: skip
    pairs = [
        (say("readiness.verdict"), say(f"ipv6_verdict.{promise.word}")),
        (say("readiness.value"), promise_value(promise)),
        (say("readiness.needed"), value_needed(promise)),
        (say("readiness.due"), say("readiness.due_value", date=target.due,
                                   basis=say(f"ipv6_due.{target.due_basis}"))),
        (say("readiness.counts"), counts),
        (say("readiness.met_on"), _met_on(promise)),
    ]  # fmt: skip
    if promise.lost_on is not None:
        pairs.append((say("readiness.lost_on"), raw(promise.lost_on)))
    if (guess := _forecast(promise)) is not None:
        pairs.append((say("readiness.forecast"), guess))
    if target.responsible:
        pairs.append((say("readiness.responsible"), raw(target.responsible)))
    blocks: list[Block] = [
        Heading(both(lambda language: f"{target.target_id}{text('word.colon', language)}"
                     f"{text(f'ipv6_verdict.{promise.word}', language)}"), 2),
        Paragraph(named(target.quote_zh or target.meaning, target.meaning)),
        Facts(tuple(pairs)),
    ]  # fmt: skip
    by_field = promise.standings.metric == "ipv6.demo.fields"
    if promise.standings.missing:
        prefix = "ipv6_field" if by_field else "ipv6_layer"
        names = joined([word(prefix, name) for name in promise.standings.missing])
        blocks.append(Paragraph(say("readiness.group_missing", names=names), "note"))
    if promise.standings.metric == "ipv6.ready.share" and stand.inventory.main_assumed:
        blocks.append(Paragraph(say("readiness.main_assumed"), "note"))
    return [*blocks, *_misses(stand, promise)]


def _layers(stand: Readiness) -> list[Block]:
    rows = [
        (
            word("ipv6_layer", one.layer),
            *(number(one.levels[level]) for level in Level),
            number(one.harmful),
            span(one.low, one.high),
            share(one.covered),
            share(LAYER_WEIGHT[one.layer]),
        )
        for one in stand.layers
    ]
    sums = [number(sum(one.levels[level] for one in stand.layers)) for level in Level]
    rows.append(
        (say("readiness.total_row"), *sums, number(sum(o.harmful for o in stand.layers)),
         span(*stand.total), raw(""), raw(""))
    )  # fmt: skip
    headings = (
        say("readiness.layer"), *(say(f"ipv6_level.{level.name}") for level in Level),
        say("readiness.harmful"), say("readiness.value"), say("readiness.covered"),
        say("readiness.weight"),
    )  # fmt: skip
    return [
        Heading(say("readiness.layers")),
        Grid(headings, (False, *(True,) * (len(headings) - 1)), tuple(rows)),
        Paragraph(say("readiness.layers_note"), "note"),
    ]


def _ways(stand: Readiness) -> list[Block]:
    paths, graph = stand.paths, stand.path_graph
    blocks: list[Block] = [Heading(say("readiness.ways")), Paragraph(say("readiness.ways_note"))]
    if paths.low is None or paths.high is None:
        return [*blocks, Paragraph(say("readiness.e2e_none"))]
    homes = say(
        "readiness.households_value", low=number(paths.households_low),
        high=number(paths.households_high), all=number(paths.households),
    )  # fmt: skip
    blocks.append(
        Facts(((say("readiness.value"), span(paths.low, paths.high)),
               (say("readiness.households"), homes)))
    )  # fmt: skip
    notes = [
        say(f"readiness.{name}", count=count)
        for name, count in (("unplaced", graph.unplaced_homes), ("guessed", graph.guessed_ends))
        if count
    ]
    blocks += [Paragraph(note, "note") for note in notes]
    if not paths.steps:
        return blocks
    before = paths.low
    rows = []
    for n, step in enumerate(paths.steps[:_STEPS], start=1):
        names = [node_name(stand, node, unknown=node in step.unknown) for node in step.nodes]
        rows.append(
            (number(n), joined(names), number(step.frees_households),
             share(max(0.0, step.share_after - before)), share(step.share_after))
        )  # fmt: skip
        before = step.share_after
    headings = ("step", "upgrade", "frees_homes", "frees_share", "share_after")
    blocks += [
        Heading(say("readiness.work"), 2),
        Grid(tuple(say(f"readiness.{name}") for name in headings),
             (True, False, True, True, True), tuple(rows)),
        Paragraph(say("readiness.work_note"), "note"),
    ]  # fmt: skip
    if len(paths.steps) > _STEPS:
        blocks.append(Paragraph(say("word.and_more", count=len(paths.steps) - _STEPS), "note"))
    return blocks


def _views(stand: Readiness, answers_of: AnswersOf) -> list[Block]:
    websites = stand.inventory.of_kind(SubjectKind.WEBSITE)
    asked = [one for one in websites if stand.standing.of(one.key)]
    if not asked:
        return []
    ydt, others = [], []
    for one in asked:
        verdicts = {check: f.verdict for check, f in stand.standing.of(one.key).items()}
        answers = answers_of(one.key)
        table = ydt_table(verdicts, answers)
        ydt.append((subject_name(one), *(say(f"ipv6_found.{table[item]}") for item in YDT_ITEMS)))

        def category(parts: Mapping[str, str], known: Mapping[str, Verdict] = verdicts) -> Both:
            found = internet_nl({p: known.get(c, Verdict.UNKNOWN) for p, c in parts.items()})
            passes = say("word.unknown") if found.passes is None else say(
                "readiness.passes" if found.passes else "readiness.fails"
            )  # fmt: skip
            return joined([span(found.percent_low / 100, found.percent_high / 100), passes])

        counts = nist_counts(verdicts, answers)
        low, high = cac_score(verdicts)
        score = number(low) if low == high else say(
            "readiness.range", low=number(low), high=number(high)
        )  # fmt: skip
        others.append(
            (subject_name(one), category(WEB_PARTS), category(MAIL_PARTS), score,
             *(say("word.unknown") if counts[k] is None else raw(counts[k])
               for k in ("dns", "mail", "web")))
        )  # fmt: skip
    nist = [
        both(lambda language, key=key: f"NIST {text(f'readiness.nist_{key}', language)}")  # type: ignore[misc]
        for key in ("dns", "mail", "web")
    ]
    return [
        Heading(say("readiness.views")),
        Paragraph(say("readiness.views_note"), "note"),
        Grid(
            (say("readiness.subject"), say("readiness.internet_nl"),
             say("readiness.internet_nl_mail"), say("readiness.national"), *nist),
            (False, False, False, True, True, True, True), tuple(others),
        ),
        Paragraph(say("readiness.nist"), "note"),
        Paragraph(say("readiness.national_note"), "note"),
        Heading(say("readiness.ydt"), 2),
        Grid(
            (say("readiness.subject"), *(say(f"ydt.{item}") for item in YDT_ITEMS)),
            (False,) * (len(YDT_ITEMS) + 1), tuple(ydt),
        ),
    ]  # fmt: skip


def _subjects(stand: Readiness) -> list[Block]:
    shown_ = [
        one for one in stand.inventory.subjects.values()
        if one.kind is not SubjectKind.LINK or stand.standing.of(one.key)
    ]  # fmt: skip
    rows = []
    for one in shown_[:_SUBJECTS]:
        kind = word("ipv6_kind", one.website_kind) if one.website_kind else word(
            "ipv6_layer", one.layer or one.role
        )  # fmt: skip
        stands = stand.rungs[one.key]
        held = (stands.harms or stands.failed or stands.open)[:1]
        rows.append(
            (subject_name(one), kind, level_reached(stands),
             check_title(held[0]) if held else raw("—"))
        )  # fmt: skip
    headings = ("subject", "kind", "level", "check")
    blocks: list[Block] = [
        Heading(say("readiness.subjects")),
        Grid(tuple(say(f"readiness.{name}") for name in headings), (False,) * 4, tuple(rows)),
    ]
    if len(shown_) > _SUBJECTS:
        blocks.append(Paragraph(say("word.and_more", count=len(shown_) - _SUBJECTS), "note"))
    return blocks


def _basis(stand: Readiness, damage: Sequence[str]) -> list[Block]:
    every = list(stand.inventory.subjects.values())
    sentences = [say("readiness.basis_gates"), say("readiness.basis_age")]
    if weights := sum(one.weight_assumed and bool(one.layer) for one in every):
        sentences.append(say("readiness.basis_weights", count=weights))
    if assumed := sum(one.assumed for one in every):
        sentences.append(say("readiness.basis_assumed", count=assumed, all=len(every)))
    if stand.others:
        names = raw(", ".join(stand.others[:10]) + (" …" if len(stand.others) > 10 else ""))
        sentences.append(say("readiness.others", count=len(stand.others), names=names))
    sentences += [say("readiness.damage", what=raw(one)) for one in damage]
    meanings = tuple(
        (say(f"ipv6_level.{level.name}"), say(f"ipv6_level_means.{level.name}")) for level in Level
    )
    return [
        Heading(say("readiness.basis")), Items(tuple(sentences)),
        Heading(say("readiness.means"), 2), Facts(meanings),
    ]  # fmt: skip


def readiness_report(
    stand: Readiness,
    network: Network,
    *,
    project: tuple[str, str],
    answers_of: AnswersOf,
    damage: Sequence[str] = (),
) -> Document:
    """Return the report.

    Parameters
    ----------
    network
        Where places come from.
    project
        Its name and its English name.
    answers_of
        For the views of other programmes.
    damage
        What is wrong with the book of evidence.
    """
    name = named(*project)
    drawing = readiness_drawing(stand, network)
    picture: list[Block] = []
    if drawing is not None:
        keys = ("worst", "hatched", "harmful", "good", "dim", "step")
        caption = joined([say(f"readiness.map_{key}") for key in keys])
        picture = [
            Heading(say("readiness.map_title", project=name)),
            Picture("readiness", drawing, caption),
        ]
    blocks = [
        *_lead(stand),
        Heading(say("readiness.targets")),
        *(block for promise in stand.promises for block in _promise(stand, promise)),
        *picture,
        *_layers(stand),
        *_ways(stand),
        *_views(stand, answers_of),
        *_subjects(stand),
        *_basis(stand, damage),
    ]
    created = datetime.fromtimestamp(stand.at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    date = both(lambda language: figures.moment(created, stand.timezone, language))
    return Document(
        say("readiness.title", project=name),
        say("readiness.subtitle", date=date, rows=number(stand.recorded)),
        created,
        tuple(blocks),
    )
