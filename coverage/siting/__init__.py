"""Site planning: which sites to choose, how good any choice could be, and the proof.

``SiteProblem`` holds points, sites and conditions; its ``maximise``, ``minimise`` and ``curve``
answer with plans and bounds. ``expected_problem`` makes one of probabilities.
"""

from __future__ import annotations

from .answer import Remark, SitePlan, Step
from .curve import Curve, CurvePoint
from .expected import expected_problem
from .problem import SiteProblem

__all__ = [
    "Curve",
    "CurvePoint",
    "Remark",
    "SitePlan",
    "SiteProblem",
    "Step",
    "expected_problem",
]
