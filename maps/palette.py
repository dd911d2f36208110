"""Colours: what is painted, in which classes, and why everybody can tell them apart.

The gap is the message, so the map opens with only those places painted that are below the required
location probability, the weakest darkest (a ramp in the manner of cividis: from dark blue over
grey to pale yellow, lightness rising all the way, so that it survives colour blindness and a grey
printer). Served places stay transparent. Field, SINR and number of servers have the same ramp;
reasons and servers have colours that differ for every sort of eye. Colour never stands alone: gaps
have an outline, a hatch, a number and a reason in words, sites a shape, servers a border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..coverage.servers.miss_reasons import MissReason
from ..coverage.servers.uplink import Limit
from ..topology.errors import UsageError

__all__ = [
    "COLOURS",
    "LINKS",
    "REASONS",
    "SERVERS",
    "STEPS",
    "TEXT_PAIRS",
    "CoverageClass",
    "class_numbers",
    "coverage_classes",
    "limits_of",
    "stepped",
]

COLOURS = {
    "ink": "#1b2126",
    "muted": "#4c565e",
    "paper": "#ffffff",
    "panel": "#f3f5f6",
    "rule": "#c9d0d5",
    "ground": "#ffffff",
    "outside": "#e4e9ec",
    "water": "#cfe4f2",
    "border": "#5d6870",
    "gap": "#d55e00",
    "gap_text": "#a33f00",
    "site": "#56b4e9",
    "selected": "#000000",
    "met": "#00604a",
    "missed": "#a33f00",
    "link": "#00518a",
}
"""Colours of the page by what they are for; gap and site are of the Okabe-Ito set."""

TEXT_PAIRS = (
    ("ink", "paper"),
    ("ink", "panel"),
    ("ink", "outside"),
    ("ink", "water"),
    ("ink", "site"),
    ("muted", "paper"),
    ("muted", "panel"),
    ("gap_text", "paper"),
    ("gap_text", "panel"),
    ("paper", "gap_text"),
    ("paper", "ink"),
    ("met", "panel"),
    ("missed", "panel"),
    ("link", "paper"),
    ("link", "panel"),
)
"""Every text colour with every ground it stands on; tests hold each to 4.5 : 1."""

STEPS = ("#00163a", "#38466f", "#72737a", "#aa9b72", "#dcbf4a")
"""Five classes of a strength, the weakest first; all are painted."""

SERVERS = ("#f0d264", "#8cc5e8", "#3f8f70", "#d98b52", "#7d68b8", "#e2dccf")
"""Six, because six suffice for neighbours to differ (:mod:`.site_colours`)."""

REASONS = {
    MissReason.DISTANCE: "#00224e",
    MissReason.SHADOW: "#8c2d2a",
    MissReason.INDOOR: "#f6cf5a",
    MissReason.INTERFERENCE: "#2f7fc1",
    MissReason.UPLINK: "#6cb892",
}

LINKS = {
    Limit.DOWNLINK: "#3079bd",
    Limit.UPLINK: "#f0b429",
    Limit.NONE: "#e2dccf",
    Limit.UNREACHED: "#00163a",
}

_RAMP = ("#00224e", "#3d4f73", "#8a8779", "#d9c463")
_WEAK_EDGES = (0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class CoverageClass:
    """A range of location probability and how it is painted.

    Attributes
    ----------
    lower, upper
        From, included, and to, excluded; the last class includes 1.
    colour
        As ``#rrggbb``; of the served class it is the ground that shows through.
    served
        The range reaches what the service requires; it is not painted.
    """

    lower: float
    upper: float
    colour: str
    served: bool


def coverage_classes(required_probability: float) -> tuple[CoverageClass, ...]:
    """Return the classes of location probability for a service, the weakest first.

    The requirement is always an edge. Edges at 0.5, 0.7 and 0.9 that lie below it are kept, so
    that maps of different services stay comparable.

    Raises
    ------
    UsageError
        The requirement is not a probability above 0 and at most 1.

    Examples
    --------
    >>> [(c.lower, c.upper, c.served) for c in coverage_classes(0.7)]
    [(0.0, 0.5, False), (0.5, 0.7, False), (0.7, 1.0, True)]
    """
    if not 0 < required_probability <= 1:
        raise UsageError(
            f"required_probability is {required_probability!r}; give a share above 0 and at most 1"
        )
    edges = [0.0, *(edge for edge in _WEAK_EDGES if edge < required_probability)]
    # Fewer classes take their colours from the whole ramp, never from neighbours only.
    steps = np.linspace(0, len(_RAMP) - 1, len(edges)) if len(edges) > 1 else np.zeros(1)
    colours = [_RAMP[round(float(step))] for step in steps]
    uppers = [*edges[1:], required_probability]
    weak = [
        CoverageClass(lower, upper, colour, served=False)
        for lower, upper, colour in zip(edges, uppers, colours, strict=True)
    ]
    return (*weak, CoverageClass(required_probability, 1.0, COLOURS["ground"], served=True))


def limits_of(one: CoverageClass) -> str:
    """Return the limits of a class in figures, which need no language.

    Examples
    --------
    >>> [limits_of(one) for one in coverage_classes(0.7)]
    ['0–50%', '50–70%', '≥ 70%']
    """
    lower, upper = round(one.lower * 100), round(one.upper * 100)
    return f"\u2265 {lower}%" if one.served else f"{lower}\u2013{upper}%"


def class_numbers(
    probability: NDArray[np.floating[Any]], classes: tuple[CoverageClass, ...]
) -> NDArray[np.uint8]:
    """Return the class of every pixel: 0 where there is no value, else 1 for the weakest and up.

    Edges are compared in the precision of the values, as the plan does: a pixel stored as
    single-precision 0.95 is served at a requirement of 0.95.
    """
    known = np.isfinite(probability)
    numbers: NDArray[np.uint8] = known.astype(np.uint8)
    for one in classes[1:]:
        numbers += known & (np.where(known, probability, 0) >= probability.dtype.type(one.lower))
    return numbers


def stepped(values: NDArray[np.floating[Any]], edges: Sequence[float]) -> NDArray[np.uint8]:
    """Return the class of every pixel between edges: 0 where there is no value, then 1 and up.

    A value on an edge is in the upper class, compared in the precision of the values.

    Examples
    --------
    >>> stepped(np.array([np.nan, -3.0, 0.0, 7.5]), (0.0, 5.0)).tolist()
    [0, 1, 2, 3]
    """
    known = ~np.isnan(values)
    numbers: NDArray[np.uint8] = known.astype(np.uint8)
    for edge in edges:
        numbers += known & (np.where(known, values, -np.inf) >= values.dtype.type(edge))
    return numbers
