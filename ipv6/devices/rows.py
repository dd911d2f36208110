"""Rows of evidence about a device: what every check writes down alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...probes.readings.records import UnreadableRow
from ...probes.snmp.values import oid_text
from ..evidence import Evidence
from ..verdicts import Basis, Verdict
from .polls import DevicePoll

__all__ = ["SHOWN", "Case", "shown_rows"]

SHOWN = 20
"""Addresses, rows and interfaces that a row of evidence lists; it counts all of them."""


def shown_rows(rows: Sequence[UnreadableRow]) -> list[str]:
    """Return rows that could not be read, as text: table, index and why."""
    return [f"{row.table}.{oid_text(row.index)}: {row.reason}"[:300] for row in rows[:SHOWN]]


@dataclass(frozen=True, slots=True)
class Case:
    """A device that is judged: its polls and where they were made from.

    Attributes
    ----------
    role
        Part of the network it belongs to (``devices.role``).
    before
        An earlier poll of the same device, for what moves.
    transit
        Names of the interfaces that carry other people's traffic; None for all.
    """

    poll: DevicePoll
    vantage: str
    role: str = "other"
    before: DevicePoll | None = None
    transit: frozenset[str] | None = None

    def row(
        self,
        check_id: str,
        verdict: Verdict,
        reason: str = "",
        *,
        asked: Sequence[str],
        answered: Mapping[str, Any] | None = None,
        detail: str = "",
        basis: Basis = Basis.MEASURED,
        two_polls: bool = False,
    ) -> Evidence:
        """Return the row of a check.

        Parameters
        ----------
        two_polls
            Whether the verdict rests on the earlier poll too; then it began with that one.
        """
        began_s = self.poll.began_s
        if two_polls and self.before is not None:
            began_s = self.before.began_s
        return Evidence(
            check_id=check_id,
            subject=f"device:{self.poll.device_id}",
            vantage=self.vantage,
            asked=tuple(asked),
            answered=dict(answered or {}),
            digest=self.poll.reading.digest if self.poll.reading else "",
            began_s=began_s,
            duration_s=max(0.0, self.poll.ended_s - began_s),
            verdict=verdict,
            reason=reason,
            detail=detail[:300],
            basis=basis,
        )

    def absent(self, reason: str, *names: str) -> tuple[Verdict, str]:
        """Return the verdict on something that was not found.

        Nothing can be concluded from an absence where the agent did not give everything, nor from
        one that shows no interface and no address at all: its view, or the recording, ends before.
        """
        if self.poll.was_cut(*names) or not self._shows_a_network:
            return Verdict.UNKNOWN, "cut-short"
        return Verdict.FAIL, reason

    @property
    def _shows_a_network(self) -> bool:
        reading = self.poll.reading
        return reading is not None and bool(
            reading.interfaces
            or reading.addresses.addresses
            or reading.any_ipv6
            or reading.keeps_ipv6_mib
        )
