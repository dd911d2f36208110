"""Ports that go up and down: a level that doubles with every change and halves in 5 minutes.

The first change makes it 2, every other doubles it, up to 256. A port flaps once the level is above
35, which six changes in quick succession reach, and is steady again below 1.5, half an hour after
a storm of them ended. Between the two it stays what it was.

Source: the flap level of Zino (Uninett's network monitor), as its operators settled it; here it
decays at all times and not in steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["FLAPPING_ABOVE", "HALF_LIFE_S", "MOST", "STEADY_BELOW", "Flaps"]

HALF_LIFE_S = 300.0
MOST = 256.0
FLAPPING_ABOVE = 35.0
STEADY_BELOW = 1.5
_FIRST = 2.0


@dataclass(frozen=True, slots=True)
class Flaps:
    """The flap level of one port.

    Attributes
    ----------
    level
        As of ``at_s``.
    at_s
        A clock that does not step back.
    changes
        How many changes there were since the port was steady.
    """

    level: float = 0.0
    at_s: float = 0.0
    flapping: bool = False
    changes: int = 0

    def _level_at(self, now_s: float) -> float:
        return self.level * math.exp2(-max(0.0, now_s - self.at_s) / HALF_LIFE_S)

    def changed(self, now_s: float, times: int = 1) -> Flaps:
        """Return the state after the port went up or down ``times`` times."""
        state = self.at(now_s)
        level = state.level
        for _ in range(min(times, 16)):  # 2^8 is the most
            level = min(MOST, max(_FIRST, level * 2))
        flapping = state.flapping or level > FLAPPING_ABOVE
        return Flaps(level, state.at_s, flapping, state.changes + times)

    def at(self, now_s: float) -> Flaps:
        """Return the state when nothing has happened until now."""
        level = self._level_at(now_s)
        steady = level < STEADY_BELOW
        return Flaps(
            level,
            max(now_s, self.at_s),
            self.flapping and not steady,
            0 if steady else self.changes,
        )
