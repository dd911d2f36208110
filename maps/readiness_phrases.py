"""How readiness is said in words: levels, subjects, checks and figures, for report and map alike."""

from __future__ import annotations

from collections.abc import Sequence

from ..ipv6.ladder import Rung
from ..ipv6.paths import OUTSIDE
from ..ipv6.promises import Promise
from ..ipv6.readiness import Miss, Readiness
from ..ipv6.subjects import Subject
from ..topology.metrics import METRICS
from ..topology.quantities import shown
from . import figures
from .bilingual import Both, both, isolated, named, raw, say, word
from .words import text

__all__ = [
    "check_title",
    "found_reason",
    "joined",
    "level_reached",
    "metric_value",
    "node_name",
    "number",
    "promise_value",
    "share",
    "span",
    "subject_name",
    "value_needed",
]


def number(value: float) -> Both:
    """Return a count as it stands in a table."""
    return both(lambda language: figures.number(value, language))


def share(value: float) -> Both:
    """Return a share in per cent."""
    return both(lambda language: figures.share(value, language))


def span(low: float, high: float) -> Both:
    """Return a share that is known within two ends."""
    return share(low) if low == high else say(
        "readiness.range", low=share(low), high=share(high)
    )  # fmt: skip


def joined(parts: Sequence[Both]) -> Both:
    """Return phrases one after the other."""
    return both(
        lambda language: text("word.comma", language).join(p.in_language(language) for p in parts)
    )


def level_reached(one: Rung) -> Both:
    """Return the level of a rung, with what it could be besides, and whether it does harm."""
    if one.certain and one.told:
        found = say(f"ipv6_level.{one.level.name}")
    elif one.told:
        found = say(
            "readiness.at_most", low=say(f"ipv6_level.{one.low.name}"),
            high=say(f"ipv6_level.{one.high.name}"),
        )  # fmt: skip
    else:
        found = say("readiness.unknown_at_most", high=say(f"ipv6_level.{one.high.name}"))
    return joined([found, say("readiness.harmful")]) if one.harmful else found


def subject_name(one: Subject) -> Both:
    """Return what people call a subject, with its id where that is another."""
    name = named(one.name, one.name_en)
    if one.name.casefold() == one.row_id.casefold():
        return raw(one.row_id)
    return both(lambda language: f"{name.in_language(language)} ({isolated(one.row_id)})")


def metric_value(promise: Promise, value: float) -> Both:
    """Return a value of the metric of a target, as a share or a count."""
    metric = METRICS[promise.standings.metric]
    return share(value) if metric.unit == "share" else number(value)


def check_title(check_id: str) -> Both:
    """Return what a check looks at, with its id."""
    if not check_id:
        return say("ipv6_check.")
    title = word("ipv6_check", check_id)
    return both(
        lambda language: (
            check_id
            if title.in_language(language) == check_id
            else f"{title.in_language(language)} ({check_id})"
        )
    )


def found_reason(miss: Miss) -> Both:
    """Return what was found at the check that holds a subject back."""
    if not miss.reason:
        return raw("—")
    found = word("ipv6_reason", miss.reason)
    if not miss.detail:
        return found
    detail = isolated("".join(c if c.isprintable() else "�" for c in miss.detail[:80]))
    return both(
        lambda language: f"{found.in_language(language)}{text('word.colon', language)}{detail}"
    )


def promise_value(promise: Promise) -> Both:
    """Return what the metric of a target stands at, as a range where something is not known."""
    if promise.low is None or promise.high is None:
        return say("word.unknown")
    value = metric_value(promise, promise.low)
    if promise.low == promise.high:
        return value
    return say("readiness.range", low=value, high=metric_value(promise, promise.high))


def value_needed(promise: Promise) -> Both:
    """Return what a target asks of its metric."""
    metric = METRICS[promise.standings.metric]
    return raw(f"{promise.target.operator} {shown(promise.target.value, metric)}")


def node_name(stand: Readiness, node: str, *, unknown: bool) -> Both:
    """Return what people call a node of the way from the household to the website.

    Parameters
    ----------
    unknown
        Whether it may be ready already, so that measuring it comes first.
    """
    subject = stand.inventory.subjects.get(node)
    name = (
        subject_name(subject) if subject is not None
        else say("readiness.outside") if node == OUTSIDE
        else raw(node.partition(":")[2])
    )  # fmt: skip
    if not unknown:
        return name
    return both(
        lambda language: f"{name.in_language(language)} {text('readiness.measure_first', language)}"
    )
