"""What a cycle of polls cost and found, for the log, for people, and for whoever comes after."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..snmp.agents import Answer, LocalHealth, Outcome

__all__ = ["Cycle", "CycleLog", "cycle_of"]

_MOST_BYTES = 10_000_000
"""A log larger than this is put aside, and the one before it forgotten."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One batch of polls.

    Attributes
    ----------
    asked, answered, partial, silent, refused, unknown
        Devices, by outcome.
    skipped
        Turns passed over since the start because the device was still being polled.
    late_s
        How long the device that waited longest had been due.
    trustworthy
        Whether silence was laid to the devices: false after drops or lag of our own.
    """

    at_s: float
    lane: str
    asked: int
    answered: int
    partial: int
    silent: int
    refused: int
    unknown: int
    dead: int
    skipped: int
    late_s: float
    requests: int
    sent_bytes: int
    received_bytes: int
    varbinds: int
    faults: int
    receive_drops: int
    loop_lag_s: float
    cpu_s: float
    wall_s: float
    trustworthy: bool
    alarms_raised: int = 0
    alarms_cleared: int = 0
    replies: int = 0

    def __str__(self) -> str:
        words = [f"{self.lane}: {self.answered + self.partial} of {self.asked} polls answered"]
        for number, name in (
            (self.partial, "in part"), (self.silent, "silent"), (self.refused, "refused"),
            (self.unknown, "unknown"), (self.dead, "remembered as dead"),
            (self.skipped, "turns skipped so far"), (self.faults, "faults of agents"),
        ):  # fmt: skip
            if number:
                words.append(f"{number} {name}")
        words.append(
            f"{self.varbinds} values, {(self.sent_bytes + self.received_bytes) / 1000:.0f} kB, "
            f"{self.cpu_s:.2f} s of processor in {self.wall_s:.2f} s"
        )
        if not self.trustworthy:
            words.append(
                f"{self.receive_drops} datagrams dropped here, loop {self.loop_lag_s:.1f} s behind: "
                "silence of this cycle counts as unknown"
            )
        return ", ".join(words)


def cycle_of(
    answers: Iterable[Answer],
    health: LocalHealth,
    *,
    at_s: float,
    lane: str,
    dead: int = 0,
    skipped: int = 0,
    late_s: float = 0.0,
) -> Cycle:
    """Add up a batch."""
    answers = list(answers)
    outcomes = Counter(one.outcome for one in answers)
    costs = [one.cost for one in answers]
    # A transport that saw its own trouble says unknown; what it missed is put right here.
    silent, unknown = outcomes[Outcome.SILENT], outcomes[Outcome.UNKNOWN]
    if not health.trustworthy:
        silent, unknown = 0, silent + unknown
    return Cycle(
        at_s=at_s,
        lane=lane,
        asked=len(answers),
        answered=outcomes[Outcome.ANSWERED],
        partial=outcomes[Outcome.PARTIAL],
        silent=silent,
        refused=outcomes[Outcome.REFUSED],
        unknown=unknown,
        dead=dead,
        skipped=skipped,
        late_s=late_s,
        requests=sum(one.requests for one in costs),
        sent_bytes=sum(one.sent_bytes for one in costs),
        received_bytes=sum(one.received_bytes for one in costs),
        varbinds=sum(one.varbinds for one in costs),
        faults=sum(len(one.faults) for one in answers),
        receive_drops=health.receive_drops,
        loop_lag_s=health.loop_lag_s,
        cpu_s=health.cpu_s,
        wall_s=health.wall_s,
        trustworthy=health.trustworthy,
        replies=sum(one.replies for one in costs),
    )


class CycleLog:
    """Cycles as lines of JSON in a file; it never grows beyond twice 10 MB."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, cycle: Cycle) -> None:
        """Add a cycle."""
        try:
            full = self._path.stat().st_size > _MOST_BYTES
        except FileNotFoundError:
            full = False
        if full:
            self._path.replace(self._path.with_suffix(".old.jsonl"))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(cycle), allow_nan=False) + "\n")

    def last(self, count: int = 1) -> list[Cycle]:
        """Return the newest cycles, oldest first; a line cut off by a crash is passed over."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        found: list[Cycle] = []
        for line in reversed(lines):
            if len(found) == count:
                break
            try:
                found.append(Cycle(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found[::-1]
