"""What is remembered of each device from one ask to the next.

A device that takes small questions only, knows GETNEXT only or speaks v1 only is asked that way at
once next time, and how many rows a table had tells how many to ask for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .agents import Agent

__all__ = ["CLEAN_REPLIES", "Device", "Devices", "Manner"]

CLEAN_REPLIES = 200
"""After so many replies without a loss a device is asked for more than it last failed to give."""


class Manner(IntEnum):
    """How a device is asked, from the best manner to the last resort."""

    BULK = 0
    NEXT = 1
    V1 = 2


@dataclass(slots=True)
class Device:
    """How to ask one device.

    Attributes
    ----------
    manner
        What it last answered to, or what is tried next while it has never answered.
    limit
        Most rows to ask for at once; 0 before anything is known.
    proven
        Most rows it was asked for and gave, since it last failed.
    clean
        Replies since it last failed.
    answered
        Whether it ever did.
    rows
        Rows of each group of columns when it was last read to its end.
    """

    manner: Manner = Manner.BULK
    limit: int = 0
    proven: int = 0
    clean: int = 0
    answered: bool = False
    rows: dict[int, int] = field(default_factory=dict)

    def gave(self, repetitions: int, most: int) -> None:
        """Note a good reply to a GETBULK for so many rows; 0 for another question."""
        self.answered = True
        self.clean += 1
        self.proven = max(self.proven, repetitions)
        if self.limit < self.proven:  # back from a silence to what is known to work
            self.limit = min(most, self.proven, 2 * self.limit)
        elif self.limit < most and self.clean >= CLEAN_REPLIES:
            self.limit, self.clean = min(most, 2 * self.limit), 0
        if self.manner == Manner.NEXT and self.clean >= CLEAN_REPLIES:
            self.manner, self.limit, self.clean = Manner.BULK, 1, 0

    def choked(self, repetitions: int) -> None:
        """Note that a question for so many rows failed where a smaller one did not."""
        self.clean = 0
        self.limit = max(1, repetitions // 2)
        self.proven = min(self.proven, self.limit)

    def stayed_silent(self) -> None:
        """Note an ask to which nothing came: next time it is asked for less, or otherwise."""
        self.clean = 0
        if not self.answered:
            self.manner = Manner((self.manner + 1) % len(Manner))
        elif self.manner == Manner.BULK:
            self.limit = max(1, self.limit // 2)


class Devices:
    """The memory of a transport; agents are told apart by address and port."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Device] = {}

    def of(self, agent: Agent) -> Device:
        """Return what is known of an agent, which the caller may change."""
        return self._known.setdefault((agent.address, agent.port), Device())

    def forget(self, agent: Agent) -> None:
        """Forget an agent, because the device at its address was replaced."""
        self._known.pop((agent.address, agent.port), None)
