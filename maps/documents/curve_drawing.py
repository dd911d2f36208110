"""The trade-off curve as a drawing: what share so many sites reach at least, and at most."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from .. import figures
from ..bilingual import Both, both, raw, say
from ..palette import COLOURS
from .drawing import Disc, Drawing, Label, Line, Mark, Shape

__all__ = ["curve_drawing"]

_WIDTH, _HEIGHT = 900, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 74.0, 876.0, 22.0, 396.0
_REACHED, _CEILING, _TARGET = "#00518a", COLOURS["gap"], COLOURS["met"]


def _step(span: float, most: int, steps: Sequence[float]) -> float:
    """Return the smallest of these steps that makes at most so many ticks."""
    return next((step for step in steps if span / step <= most), steps[-1])


def _share(value: float | None) -> Both:
    return both(lambda language: figures.share(value, language))


def curve_drawing(curve: Mapping[str, Any]) -> Drawing:
    """Return the curve of a run document: reached and ceiling, target and budget.

    Parameters
    ----------
    curve
        ``points`` with ``sites``, ``at_least`` and ``at_most``; ``target`` and ``budget`` where
        the run has them.
    """
    points = sorted(curve["points"], key=lambda point: int(point["sites"]))
    last = max(int(points[-1]["sites"]), 1)
    low = min(float(points[0]["at_least"]), 1.0)
    floor = min(0.9, math.floor(low * 10) / 10) if low > 0.3 else 0.0

    def x(sites: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * sites / last

    def y(share: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (share - floor) / (1.0 - floor)

    marks: list[Mark] = []
    rise = _step(1.0 - floor, 10, (0.05, 0.1, 0.2))
    for n in range(round((1.0 - floor) / rise) + 1):
        share = floor + n * rise
        marks.append(Line(((_LEFT, y(share)), (_RIGHT, y(share))), COLOURS["outside"]))
        marks.append(Label(_LEFT - 8, y(share) + 4.5, raw(f"{share * 100:.0f}%"), anchor="end"))
    stride = int(_step(last, 15, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)))
    for sites in range(0, last + 1, stride):
        marks.append(Line(((x(sites), _BOTTOM), (x(sites), _BOTTOM + 5)), COLOURS["border"]))
        marks.append(Label(x(sites), _BOTTOM + 21, raw(sites), anchor="middle"))

    reached = tuple((x(p["sites"]), y(p["at_least"])) for p in points)
    ceiling = tuple((x(p["sites"]), y(p["at_most"])) for p in points)
    if len(points) > 1:
        band = shapely.Polygon([*ceiling, *reversed(reached)]).buffer(0)
        marks.append(Shape(band, fill="#f6dcc8"))
    target = curve.get("target")
    if target is not None and target["share"] >= floor:
        height = y(target["share"])
        marks.append(Line(((_LEFT, height), (_RIGHT, height)), _TARGET, 1.5, dash=3))
        name = say("curve.target", share=_share(target["share"]))
        marks.append(Label(_LEFT + 8, height - 6, name, colour=_TARGET, halo=True))
    budget = curve.get("budget")
    if budget is not None and budget["sites"] <= last:
        at = x(budget["sites"])
        marks.append(Line(((at, _TOP), (at, _BOTTOM)), COLOURS["muted"], 1.5, dash=3))
        name = say("curve.budget", count=budget["sites"])
        marks.append(Label(at - 6, _BOTTOM - 10, name, anchor="end", colour=COLOURS["muted"],
                           halo=True))  # fmt: skip
    if len(points) > 1:
        marks.append(Line(ceiling, _CEILING, 2.0, dash=6))
        marks.append(Line(reached, _REACHED, 2.5))
    marks += [Disc(at, height, 2.6, _REACHED) for at, height in reached]
    marks += [
        Line(((_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)), COLOURS["border"], 1.5),
        Label((_LEFT + _RIGHT) / 2, _HEIGHT - 12, say("curve.sites"), anchor="middle"),
        Label(20, (_TOP + _BOTTOM) / 2, say("curve.share"), anchor="middle", upright=True),
    ]
    for number, (colour, key, dash) in enumerate(
        ((_REACHED, "curve.at_least", 0.0), (_CEILING, "curve.at_most", 6.0))
    ):
        height = _BOTTOM - 74 + 22 * number
        ends = ((_RIGHT - 236, height), (_RIGHT - 200, height))
        marks.append(Line(ends, colour, 2.5, dash, worded=True))
        marks.append(Label(_RIGHT - 192, height + 4.5, say(key), halo=True))
    return Drawing(_WIDTH, _HEIGHT, say("curve.title"), tuple(marks))
