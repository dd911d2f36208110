"""Where a solver stands: the best plan, the best bound, the time left.

Solvers report here as they go, so that whatever ends them (the time limit, an interrupt, a
progress callback that raises) leaves the best plan with a bound that holds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ..progress import Progress
from .answer import Step
from .conditions import Conditions, Limits
from .cover import Cover

__all__ = ["CancelledError", "Standing", "StopSolver", "TimeUpError"]


_ROUNDING = 1e-4
"""Far above the rounding of a sum of weights up to 1e10, far below one person."""


class TimeUpError(Exception):
    """The time limit has been reached."""


class CancelledError(Exception):
    """The progress callback raised, which stops the work.

    Attributes
    ----------
    by
        What it raised.
    """

    def __init__(self, by: BaseException) -> None:
        self.by = by
        super().__init__(str(by))


class Standing:
    """The best plan and bound of a maximisation so far; changes as solvers report.

    Attributes
    ----------
    sites, value
        Best plan so far; None and minus infinity before the first.
    bound
        No plan reaches more.
    nodes
        Branches looked at.
    log
        Steps so far.
    """

    def __init__(
        self,
        cover: Cover,
        conditions: Conditions,
        limits: Limits,
        *,
        bound: float,
        gap: float = 0.0,
        time_limit_s: float | None = None,
        progress: Progress,
    ) -> None:
        self.cover = cover
        self.conditions = conditions
        self.limits = limits
        self.sites: tuple[int, ...] | None = None
        self.value = -np.inf
        self.bound = bound
        self.nodes = 0
        self.log: list[Step] = []
        self.begun = time.perf_counter()
        self._size = (cover.sites, cover.groups, cover.pairs)
        self.gap = gap
        self._limit_s = np.inf if time_limit_s is None else time_limit_s
        self._progress = progress
        self._told = 0.0
        # Where all weights are whole, so is the value of every plan.
        weights = cover.group_weight
        self.whole = bool(np.all(weights == np.rint(weights)) and weights.sum() < 1e10)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.begun

    @property
    def seconds_left(self) -> float:
        """Until the time limit; infinite without one."""
        return self._limit_s - self.seconds

    @property
    def out_of_time(self) -> bool:
        """Whether the time limit has been reached."""
        return self.seconds_left <= 0

    def offer(self, chosen: Sequence[int]) -> bool:
        """Take the plan if it keeps all conditions and is better; say whether it was taken."""
        value = self.cover.value(chosen)
        if value <= self.value or self.conditions.broken_by(self.cover, chosen, self.limits):
            return False
        self.sites, self.value = tuple(int(site) for site in chosen), value
        return True

    def cap(self, bound: float) -> None:
        """Take a bound that holds."""
        if self.whole and np.isfinite(bound):
            bound = float(np.floor(bound + _ROUNDING / 2))
        self.bound = max(min(self.bound, bound), self.value)

    @property
    def cutoff(self) -> float:
        """A branch whose bound is below this need not be looked at."""
        if self.sites is None:
            return -np.inf
        if self.whole and self.gap == 0.0:
            return self.value + 1.0 - _ROUNDING
        return max(self.value / (1.0 - min(self.gap, 0.999)), self.value * (1 + 1e-10)) + 1e-9

    @property
    def proven(self) -> bool:
        """Whether no plan can be better."""
        return self.sites is not None and self.bound - self.value <= 1e-9 * max(1.0, self.value)

    @property
    def closed(self) -> bool:
        """Whether the gap is what was asked for."""
        return self.proven or (
            self.sites is not None and self.bound - self.value <= self.gap * self.bound
        )

    def tell(self, step: str, done: int, total: int) -> None:
        """Tell the progress, at most some times a second.

        Raises
        ------
        TimeUpError
            The time limit has been reached.
        CancelledError
            The progress callback raised.
        """
        now = self.seconds
        if done in (0, total) or now - self._told > 0.1:
            self._told = now
            try:
                self._progress(step, done, total)
            except BaseException as error:
                raise CancelledError(error) from error
        if self.out_of_time:
            raise TimeUpError

    def note(self, what: str, *, size: tuple[int, int, int] | None = None) -> None:
        """Write a step into the log; ``size`` is what is left: sites, groups, pairs."""
        self._size = size or self._size
        value = self.value if self.sites is not None else 0.0
        self.log.append(Step(what, self.seconds, value, self.bound, *self._size, self.nodes))


class StopSolver:
    """Tells a solver whether to end; what ended it is raised once the solver has.

    An exception inside a callback of HiGHS would be lost on its way through C.
    """

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._reason: Exception | None = None

    def __call__(self) -> bool:
        """Look at clock and callback; say whether to end."""
        try:
            self._standing.tell("prove", 0, 1)
        except (TimeUpError, CancelledError) as error:
            self._reason = error
        return self._reason is not None

    def raise_again(self) -> None:
        """Raise what ended the solver, if anything did."""
        if self._reason is not None:
            raise self._reason
