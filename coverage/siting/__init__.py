"""Site planning: the covering problem, a search for good plans, and a bound on all plans."""

from __future__ import annotations

from .bound import upper_bound
from .problem import SiteProblem
from .search import exchange, greedy

__all__ = ["SiteProblem", "exchange", "greedy", "upper_bound"]
