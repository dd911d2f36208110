"""What is remembered of each device from one ask to the next.

A device that takes small questions only, knows GETNEXT only or speaks v1 only is asked that way at
once next time, and how many rows a table had tells how many to ask for. A table that had no end is
left early next time, one that took all the time comes last, and a device that is late again and
again gets less time; each is given another chance now and then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .agents import Agent

__all__ = ["CHANCE_ASKS", "CLEAN_REPLIES", "Device", "Devices", "Manner"]

CLEAN_REPLIES = 200
"""After so many replies without a loss a device is asked for more than it last failed to give."""

CHANCE_ASKS = 16
"""After so many asks a table that was cut may have twice as many rows, and a late device its time."""

_LATE_ASKS = 2  # so many in a row that ran out of time are no accident
_LATE_SHARE = 0.25  # of the time, for a device that is late again and again


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
    most_rows
        How many rows are read of a group of columns that had no end.
    last
        Groups of columns at which the time ran out; they are read after the others.
    asks, late
        How often it was asked, and how often in a row of late the time ran out.
    """

    manner: Manner = Manner.BULK
    limit: int = 0
    proven: int = 0
    clean: int = 0
    answered: bool = False
    rows: dict[int, int] = field(default_factory=dict)
    most_rows: dict[int, int] = field(default_factory=dict)
    last: set[int] = field(default_factory=set)
    asks: int = 0
    late: int = 0

    def begin(self, seconds: float) -> float:
        """Note that an ask begins, and return how much of its seconds the device gets."""
        self.asks += 1
        chance = self.asks % CHANCE_ASKS == 0
        if chance:
            self.most_rows = {group: 2 * rows for group, rows in self.most_rows.items()}
        return seconds if chance or self.late < _LATE_ASKS else seconds * _LATE_SHARE

    def had_no_end(self, group: int, rows: int) -> None:
        """Note that a group of columns was left before its end, and after how many rows it will be.

        Parameters
        ----------
        rows
            What it may have at the next ask; twice as much after :data:`CHANCE_ASKS`.
        """
        self.most_rows[group] = rows

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
