"""Site planning: the covering problem, a search for good plans, and a bound on all plans."""

from __future__ import annotations

from .answer import Remark, SitePlan, Step
from .curve import Curve, CurvePoint
from .expected import ExpectedProblem
from .problem import SiteProblem

__all__ = [
    "Curve",
    "CurvePoint",
    "ExpectedProblem",
    "Remark",
    "SitePlan",
    "SiteProblem",
    "Step",
]
