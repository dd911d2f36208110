"""Readiness as one JSON document, and as a few lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..maps.words import text, word_or_raw

if TYPE_CHECKING:
    from ..ipv6.ladder import Rung
    from ..ipv6.promises import Promise
    from ..ipv6.readiness import Miss, Readiness
    from ..ipv6.subjects import Subject

__all__ = ["readiness_document", "readiness_text"]


def _rung(one: Rung) -> dict[str, Any]:
    return {
        "level": one.level.name.lower(),
        "low": one.low.name.lower(),
        "high": one.high.name.lower(),
        "harmful": one.harmful,
        "failed": list(one.failed),
        "open": list(one.open),
        "harms": list(one.harms),
    }


def _name(one: Subject, language: str) -> str:
    """Return the name of a subject and its id in the tables; the id alone where that is all."""
    name = one.name_en if language == "en" and one.name_en else one.name
    return one.row_id if name.casefold() == one.row_id.casefold() else f"{name} ({one.row_id})"


def _node(key: str, stand: Readiness, language: str) -> str:
    from ..ipv6.paths import OUTSIDE

    if key == OUTSIDE:
        return text("readiness.outside", language)
    subject = stand.inventory.subjects.get(key)
    return key.partition(":")[2] if subject is None else _name(subject, language)


def _miss(miss: Miss, language: str) -> dict[str, Any]:
    return {
        "subject": miss.subject.key,
        "name": _name(miss.subject, language),
        "state": miss.state,
        "check": miss.check_id or None,
        "reason": miss.reason,
        "detail": miss.detail,
        "why": word_or_raw("ipv6_reason", miss.reason, language),
        "do": word_or_raw("ipv6_do", miss.reason, language),
        "evidence": miss.evidence,
    }


def _day(day: object) -> str | None:
    return None if day is None else str(day)


def _promise(promise: Promise, stand: Readiness, language: str) -> dict[str, Any]:
    from ..ipv6.readiness import misses_of

    target, guess = promise.target, promise.forecast
    return {
        "id": target.target_id,
        "quote_zh": target.quote_zh,
        "meaning": target.meaning,
        "metric": promise.standings.metric,
        "operator": target.operator,
        "value": target.value,
        "due": str(target.due),
        "due_basis": target.due_basis,
        "verdict": promise.word,
        "low": promise.low,
        "high": promise.high,
        "met_on": _day(promise.met_on),
        "days_late": promise.days_late,
        "evidence": promise.evidence,
        "lost_on": _day(promise.lost_on),
        "groups": [
            {"name": g.name, **{state: g.count(state) for state in ("met", "unmet", "unknown")}}
            for g in promise.standings.groups
        ],
        "without_subject": list(promise.standings.missing),
        "missing": [_miss(miss, language) for miss in misses_of(promise, stand)],
        "forecast": None if guess is None else {
            "expected": _day(guess.expected), "earliest": _day(guess.earliest),
            "latest": _day(guess.latest), "moved": guess.moved, "of": guess.of,
            "over_days": guess.over_days, "left": guess.left,
        },
    }  # fmt: skip


def readiness_document(
    stand: Readiness, *, project: str, language: str, damage: Sequence[str] = ()
) -> dict[str, Any]:
    """Return everything that is said of a project's readiness, as plain data."""
    from ..ipv6.layers import LAYER_WEIGHT

    paths = stand.paths
    return {
        "project": project,
        "at": str(stand.at),
        "rows": stand.recorded,
        "results": {
            "counted": stand.standing.count(),
            "from_recordings": stand.standing.count("recording"),
        },
        "total": {"low": stand.total[0], "high": stand.total[1], "weights": dict(LAYER_WEIGHT)},
        "targets": [_promise(promise, stand, language) for promise in stand.promises],
        "layers": [
            {
                "layer": one.layer, "low": one.low, "high": one.high, "covered": one.covered,
                "levels": {level.name.lower(): n for level, n in one.levels.items()},
                "harmful": one.harmful, "subjects": one.subjects,
                "weights_assumed": one.weights_assumed,
            }
            for one in stand.layers
        ],
        "end_to_end": {
            "low": paths.low, "high": paths.high, "households": paths.households,
            "households_low": paths.households_low, "households_high": paths.households_high,
            "homes_unknown": stand.path_graph.unplaced_homes,
            "ends_guessed": stand.path_graph.guessed_ends,
            "work_list": [
                {
                    "nodes": list(step.nodes),
                    "names": [_node(node, stand, language) for node in step.nodes],
                    "unknown": list(step.unknown),
                    "frees_pairs": step.frees_pairs, "frees_households": step.frees_households,
                    "share_after": step.share_after,
                }
                for step in paths.steps
            ],
        },
        "subjects": {key: _rung(one) for key, one in stand.rungs.items()},
        "not_in_tables": list(stand.others),
        "damage": list(damage),
    }  # fmt: skip


def readiness_text(document: dict[str, Any], language: str) -> str:
    """Return the verdicts, the total and the first steps for reading."""

    def share(low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return text("word.unknown", language)
        one, other = f"{low:.1%}", f"{high:.1%}"
        return one if one == other else text("readiness.range", language, low=one, high=other)

    comma = text("word.comma", language)
    lines = [f"{document['project']}{comma}{document['at']}"]
    if not document["rows"]:
        lines.append(text("readiness.nothing", language))
    if (results := document["results"])["from_recordings"]:
        count, every = results["from_recordings"], results["counted"]
        lines.append(text("readiness.basis_recordings", language, count=count, all=every))
    colon = text("word.colon", language)
    for target in document["targets"]:
        word = text(f"ipv6_verdict.{target['verdict']}", language)
        quote = target["quote_zh"] if language == "zh-CN" else ""
        basis = text(f"ipv6_due.{target['due_basis']}", language)
        due = text("readiness.due_value", language, date=target["due"], basis=basis)
        lines += ["", f"{word}  {target['id']}{colon}{quote or target['meaning']}"]
        lines.append(f"    {text('readiness.due', language)}{colon}{due}")
        for miss in target["missing"][:10]:
            where = miss["name"]
            if miss["check"]:
                title = word_or_raw("ipv6_check", miss["check"], language)
                where += f"{comma}{title} ({miss['check']})"
            said = text("readiness.why_do", language, why=miss["why"], do=miss["do"])
            lines.append(f"    {where}{colon}{said}")
        if (more := len(target["missing"]) - 10) > 0:
            lines.append(f"    {text('word.and_more', language, count=more)}")
    ends = document["total"]
    low, high = f"{ends['low']:.1%}", f"{ends['high']:.1%}"
    key = "readiness.total_exact" if low == high else "readiness.total"
    lines += ["", text(key, language, low=low, high=high)]
    paths = document["end_to_end"]
    lines.append(f"{text('readiness.ways', language)}{colon}{share(paths['low'], paths['high'])}")
    for n, step in enumerate(paths["work_list"][:5], start=1):
        first = text("readiness.measure_first", language)
        names = [
            f"{name} {first}" if node in step["unknown"] else name
            for node, name in zip(step["nodes"], step["names"], strict=True)
        ]
        lines.append(f"  {n}. {comma.join(names)} -> {step['share_after']:.1%}")
    lines += [text("readiness.damage", language, what=one) for one in document["damage"]]
    return "\n".join(lines)
