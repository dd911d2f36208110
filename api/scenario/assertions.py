"""One assertion: a metric, an operator, a figure with its unit (``demand_lost.max <= 2%``)."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from ...topology.errors import UsageError
from ...topology.metrics import Metric, find_metric
from ...topology.quantities import parse_quantity, shown
from ...topology.targets import OPERATORS
from .positions import Node

__all__ = ["Assertion", "parse_assertion"]

Severity = Literal["error", "warn"]

_FORM = re.compile(r"\s*(?P<metric>[^\s<>=!]+)\s*(?P<operator>[<>=!]+)\s*(?P<figure>.*?)\s*")


@dataclass(frozen=True, slots=True)
class Assertion:
    """What must hold.

    Attributes
    ----------
    text
        As it is written.
    figure
        In the metric's unit.
    severity
        ``error`` decides the exit code; ``warn`` is shown.
    top
        How many of the worst items are named when it is missed.
    node
        Where it stands.
    """

    text: str
    metric: Metric
    operator: str
    figure: float
    severity: Severity
    top: int
    node: Node

    def holds(self, value: float) -> bool:
        """Tell whether a value satisfies it."""
        return OPERATORS[self.operator](value, self.figure)

    @property
    def wanted(self) -> str:
        """The operator and figure for reading."""
        return f"{self.operator} {shown(self.figure, self.metric)}"


def parse_assertion(node: Node, *, severity: Severity = "error", top: int = 3) -> Assertion:
    """Read an assertion from a node that holds its text.

    Raises
    ------
    ScenarioError
        It has not the form ``METRIC OPERATOR FIGURE``, or metric, operator or unit are unknown;
        the column is that of the word that is wrong.
    """
    text = node.value
    if not isinstance(text, str):
        raise node.error(f"must be an assertion such as 'coverage.share >= 90%', not {node.kind}")
    match = _FORM.fullmatch(text)
    if match is None:
        raise node.error(
            f"{text[:80]!r} is no assertion; write METRIC OPERATOR FIGURE, such as "
            "coverage.share >= 90%"
        )
    try:
        metric = find_metric(match["metric"])
    except UsageError as error:
        raise node.error(str(error), offset=match.start("metric")) from None
    if match["operator"] not in OPERATORS:
        turned = [name for name in OPERATORS if sorted(name) == sorted(match["operator"])]
        close = turned or difflib.get_close_matches(match["operator"], OPERATORS, n=1, cutoff=0.4)
        hint = f"did you mean {close[0]}?" if close else f"use {', '.join(OPERATORS)}"
        raise node.error(
            f"{match['operator']!r} is not an operator; {hint}", offset=match.start("operator")
        )
    try:
        figure = parse_quantity(match["figure"], metric)
    except UsageError as error:
        raise node.error(str(error), offset=match.start("figure")) from None
    return Assertion(text.strip(), metric, match["operator"], figure, severity, top, node)
