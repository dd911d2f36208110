"""How much of the time for a plan is left, and what had to be left out for want of it.

The limit holds from the start of the search to the last of what stands beside the plan. What a
plan cannot do without (the choice, and the verdict on it) is always made.
"""

from __future__ import annotations

import time

from .progress import Progress

__all__ = ["OutOfTimeError", "PlanClock"]


class OutOfTimeError(Exception):
    """The time for a plan is used up; what was being made is left out."""


class PlanClock:
    """The time for a plan, from when it is made.

    Parameters
    ----------
    limit_s
        Seconds; 0 is no limit.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._begun = time.monotonic()

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._limit_s > 0

    @property
    def up(self) -> bool:
        """Whether the time is used up."""
        return self.limited and time.monotonic() - self._begun >= self._limit_s

    def left_s(self, part: float = 1.0) -> float | None:
        """Return the seconds that are left until so much of the limit; None without a limit.

        Parameters
        ----------
        part
            Of the whole time, 0 to 1: what comes later keeps the rest.
        """
        if not self.limited:
            return None
        return max(0.0, self._limit_s * part - (time.monotonic() - self._begun))

    def bounded(self, progress: Progress) -> Progress:
        """Return a callback that stops the work once the time is used up.

        It raises :class:`OutOfTimeError`.
        """
        if not self.limited:
            return progress

        def tell(step: str, done: int, total: int) -> None:
            if self.up:
                raise OutOfTimeError(step)
            progress(step, done, total)

        return tell
