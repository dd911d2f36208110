"""What a comparison of measurements with predictions says, in words of both languages.

The page and the command line take their answers, tables and notes from here, so that both say the
same of the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import figures
from .bilingual import Both, both, listed, raw, say
from .page_tables import FactColumn, FactRow, FactTable
from .words import words

__all__ = [
    "MeasuredAnswer",
    "measured_answers",
    "measured_notes",
    "measured_tables",
    "number",
    "signed",
]


def number(value: float | None, digits: int = 1) -> Both:
    """Return a figure in both languages."""
    return both(lambda language: figures.number(value, language, digits))


def signed(value: float | None, digits: int = 1) -> Both:
    """Return a figure with its sign, also a plus."""

    def write(language: str) -> str:
        shown = figures.number(value, language, digits)
        return f"+{shown}" if value is not None and round(value, digits) > 0 else shown

    return both(write)


def _group_name(what: str, label: str) -> Both:
    if what == "clutter" and label in ("street", "open", "building"):
        return say(f"measured.clutter_{label}")
    return say("measured.unknown_surroundings") if label == "unknown" else raw(label)


def measured_tables(document: Mapping[str, Any]) -> list[FactTable]:
    """Return the residuals by distance, surroundings, site, cell and log."""
    columns = (
        FactColumn(say("measured.column_what")),
        *(
            FactColumn(say(f"measured.column_{name}"), numeric=True)
            for name in ("points", "mean", "sd", "rmse")
        ),
    )
    out = []
    for what in ("distance", "clutter", "site", "cell", "log"):
        groups = document[f"by_{what}"]
        if what == "cell" and all(group["label"] == "unknown" for group in groups):
            continue
        rows = tuple(
            FactRow(
                index,
                (
                    _group_name(what, group["label"]),
                    number(group["pairs"], 0),
                    signed(group["mean_db"]),
                    number(group["sd_db"]),
                    number(group["rmse_db"]),
                ),
            )
            for index, group in enumerate(groups)
        )
        out.append(
            FactTable(what, say(f"measured.by_{what}"), say("measured.caption"), columns, rows)
        )
    return out


@dataclass(frozen=True, slots=True)
class MeasuredAnswer:
    """A question, what is found, and what it rests on."""

    question: Both
    figure: Both
    details: tuple[Both, ...]


def _interval(pair: Sequence[float]) -> Both:
    return say("measured.interval", low=signed(pair[0]), high=signed(pair[1]))


def measured_answers(document: Mapping[str, Any]) -> list[MeasuredAnswer]:
    """Return what the comparison says, as questions and answers."""
    found = document["agreement"]
    points = say(
        "measured.points",
        points=number(document["points"], 0),
        samples=number(document["samples"], 0),
    )
    basis = say("measured.answer_points")
    if found is None:
        why = document["refused"]
        refused = say(
            "measured.refused",
            points=number(why["points"], 0),
            worth=number(why["effective_points"]),
            needed=number(why["needed"], 0),
            block=say("unit.m", value=number(why["block_m"], 0)),
        )
        return [
            MeasuredAnswer(say("measured.answer_agreement"), both(figures.unknown), (refused,)),
            MeasuredAnswer(basis, points, ()),
        ]
    bias = found["bias_db"]
    kind = "none" if abs(round(bias, 1)) == 0 else "high" if bias > 0 else "low"
    least, most = found["sigma_interval_db"]
    spread = [
        say("measured.interval", low=number(least), high=number(most)),
        say("measured.rmse", value=number(found["rmse_db"])),
    ]
    if found["correlation_interval"] is not None:
        low, high = found["correlation_interval"]
        spread.append(
            say(
                "measured.correlation",
                value=number(found["correlation"], 2),
                low=number(low, 2),
                high=number(high, 2),
            )
        )
    worth = say(
        "measured.worth",
        value=number(found["effective_points"]),
        block=say("unit.m", value=number(found["block_m"], 0)),
    )
    return [
        MeasuredAnswer(
            say("measured.answer_agreement"),
            say(f"measured.bias_{kind}", value=number(abs(bias))),
            (_interval(found["bias_interval_db"]),),
        ),
        MeasuredAnswer(
            say("measured.answer_spread"),
            say("unit.db", value=number(found["sigma_db"])),
            tuple(spread),
        ),
        MeasuredAnswer(basis, points, (worth,)),
    ]


def measured_notes(document: Mapping[str, Any]) -> list[Both]:
    """Return what was left out, and what was assumed."""
    notes = [
        say(
            "measured.left_out",
            count=number(count, 0),
            why=say(f"measured.left_out_{reason}"),
        )
        for reason, count in document["left_out"].items()
    ]
    if document["unknown"]:
        shown = list(document["unknown"])[:20]
        more = len(document["unknown"]) - len(shown)
        ids = both(
            lambda language: (
                words(language)["word.comma"].join(raw(one).in_language(language) for one in shown)
                + (f" {say('word.and_more', count=more).in_language(language)}" if more else "")
            )
        )
        notes.append(say("measured.unknown_ids", ids=ids))
    if document["assumed"]:
        notes.append(
            say("measured.assumed_transmitters", figures=listed("figure", document["assumed"]))
        )
    notes += [
        say(
            "measured.assumed_receiver",
            log=raw(log["log_id"]),
            figures=listed("figure", log["assumed"]),
        )
        for log in document["logs"]
        if log["assumed"]
    ]
    calibration = document["calibration"]
    if calibration is not None:
        notes.append(
            say(
                "measured.calibrated_prediction",
                offset=signed(calibration["offset_db"], 2),
                sigma=number(calibration["sigma_db"], 2),
            )
        )
    return notes
