"""Prometheus' text format, version 0.0.4.

Text from devices stands in labels: it is escaped as the format says (backslash, quote, line feed),
and other control characters are taken out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ...topology.errors import InputError
from .catalogue import METRICS

__all__ = ["CONTENT_TYPE", "Point", "exposition", "plain_label"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_MOST_LABEL_CHARACTERS = 200
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Point(NamedTuple):
    """A value of a metric; ``labels`` are the values of the metric's labels, in its order."""

    metric: str
    labels: tuple[str, ...]
    value: float


def plain_label(text: str) -> str:
    """Return a label's text without control characters, cut to 200 characters."""
    return "".join(c for c in text[:_MOST_LABEL_CHARACTERS] if c.isprintable() or c == "\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def exposition(points: Iterable[Point]) -> str:
    """Return points as text, those of a metric together; a value that is NaN is left out.

    Raises
    ------
    InputError
        A metric is not declared, or a point has not its labels.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for metric, labels, value in points:
        declared = METRICS.get(metric)
        if declared is None or len(declared.labels) != len(labels):
            raise InputError(f"{metric} with {len(labels)} labels is not a metric of ngbw")
        if math.isnan(value):
            continue
        shown = ",".join(
            f'{name}="{plain_label(text).translate(_ESCAPES)}"'
            for name, text in zip(declared.labels, labels, strict=True)
        )
        lines[metric].append(f"{metric}{{{shown}}} {_number(value)}\n" if shown else
                             f"{metric} {_number(value)}\n")  # fmt: skip
    out = []
    for name, declared in METRICS.items():
        if name in lines:
            out.append(f"# HELP {name} {declared.help}\n# TYPE {name} {declared.kind}\n")
            out += lines[name]
    return "".join(out)
