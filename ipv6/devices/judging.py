"""All checks of a device on one or two polls of it: a row of evidence for each.

Pure: the same polls give the same rows. A device that did not answer has one row, D1; what was
found of it before keeps counting until it expires.
"""

from __future__ import annotations

from ..evidence import Evidence
from .carrying import carries, forwarded, losses, shares_of
from .counting import SHORTEST_S
from .parity import agent_over_ipv6, both_families
from .polls import DevicePoll
from .presence import agent_answers, forwards, interfaces_up
from .rows import Case
from .setting_up import adjacency_up, adverts_sent, has_address, has_way_out, neighbours_heard

__all__ = ["check_device"]


def check_device(
    poll: DevicePoll,
    before: DevicePoll | None = None,
    *,
    role: str = "other",
    vantage: str = "here",
    transit: frozenset[str] | None = None,
    shortest_s: float = SHORTEST_S,
) -> list[Evidence]:
    """Judge a device by D1 to D12 and D14; D13 is a statement (:func:`.parity.services_stated`).

    Parameters
    ----------
    poll
        The newest poll.
    before
        One at least ``shortest_s`` earlier, for what moves: D9, D10 and D11 are unknown without.
    role
        Part of the network it belongs to (``devices.role``).
    transit
        Names of its interfaces that carry other people's traffic; None for all of them.

    Raises
    ------
    ValueError
        The polls are of different devices.
    """
    if before is not None and before.device_id != poll.device_id:
        raise ValueError(f"polls of {before.device_id} and {poll.device_id} are of two devices")
    case = Case(poll, vantage, role, before, transit)
    rows = [agent_answers(case)]
    reading = poll.reading
    if reading is None:
        return rows
    span, shares = shares_of(case, reading, shortest_s=shortest_s)
    rows += [
        forwards(case, reading),
        interfaces_up(case, reading),
        has_address(case, reading),
        has_way_out(case, reading),
        adjacency_up(case, reading),
        neighbours_heard(case, reading),
        adverts_sent(case, reading),
        forwarded(case, span, shares),
        carries(case, span, shares),
        losses(case, reading, span),
    ]
    over_ipv6 = agent_over_ipv6(case, reading)
    if over_ipv6 is not None:
        rows.append(over_ipv6)
    rows.append(both_families(case, reading))
    return rows
