"""How far a derived figure can be trusted."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Quality"]


class Quality(StrEnum):
    """The verdict that travels with every rate and every observation.

    Alarms are raised from ``ok``, ``wrapped`` and ``saturated`` values alone.
    """

    OK = "ok"
    WRAPPED = "wrapped"  # a 32-bit counter turned over once, plausibly; the rate is right
    RESET = "reset"  # the counter began anew in between: no rate
    GAP = "gap"  # nothing was read: no rate, and not zero
    SUSPECT = "suspect"  # kept and shown, but nobody is woken for it
    NO_HC = "no-hc"  # only a 32-bit counter, too slow to read for the port's speed: no rate
    SATURATED = "saturated"  # at or above the port's speed

    @property
    def usable(self) -> bool:
        """Whether a value of this quality may raise or clear an alarm."""
        return self in (Quality.OK, Quality.WRAPPED, Quality.SATURATED)
