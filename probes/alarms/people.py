"""What people do with alarms: acknowledge, close, note, shelve, and set maintenance windows.

Each function checks what somebody wants and returns the action that :meth:`.AlarmBook.say` carries
out; an action that makes no sense for the alarm as it stands then is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...topology.errors import MissingError, UsageError
from .life_cycle import clock_of_muting
from .model import Alarm, AlarmKey, Condition, OperatorState
from .turn import Turn

__all__ = [
    "TEXT_MAX",
    "Action",
    "acknowledge",
    "close",
    "end_maintenance",
    "maintain",
    "note",
    "shelve",
    "unacknowledge",
    "unshelve",
]

Action = Callable[[Turn], None]
"""Something that a person decided, ready to be carried out on the book as it stands."""

TEXT_MAX = 2000
"""Characters of a note or a reason."""


def _checked(by: str, text: str) -> None:
    if not by.strip():
        raise UsageError("nobody is named; say who does this (--by NAME)")
    for what, words in (("--by", by), ("the text", text)):
        if len(words) > TEXT_MAX:
            raise UsageError(f"{what} has {len(words)} characters; write at most {TEXT_MAX}")


def _alarm(turn: Turn, key: AlarmKey) -> Alarm:
    try:
        return turn.state.alarms[key]
    except KeyError:
        raise MissingError(f"there is no alarm {key}; ngbw alarms list shows them") from None


def acknowledge(key: AlarmKey, *, by: str, text: str = "") -> Action:
    """Take an alarm up: it is not escalated any more."""
    _checked(by, text)

    def action(turn: Turn) -> None:
        alarm = _alarm(turn, key)
        if alarm.condition not in (Condition.ACTIVE, Condition.CLEARED):
            raise UsageError(f"alarm {key} was not raised; there is nothing to acknowledge")
        changes: dict[str, Any] = {
            "operator": OperatorState.ACK, "operator_by": by, "operator_at_s": turn.now_s,
            "waited_s": 0.0, "waiting_since_s": None,
        }  # fmt: skip
        turn.emit("acknowledged", key, changes, by=by, text=text)

    return action


def unacknowledge(key: AlarmKey, *, by: str, text: str = "") -> Action:
    """Give an alarm back: the clock of escalation begins anew."""
    _checked(by, text)

    def action(turn: Turn) -> None:
        alarm = _alarm(turn, key)
        if alarm.operator is OperatorState.NONE:
            raise UsageError(f"alarm {key} is not acknowledged")
        runs = alarm.condition is Condition.ACTIVE and not alarm.muted
        changes: dict[str, Any] = {
            "operator": OperatorState.NONE, "operator_by": by, "operator_at_s": turn.now_s,
            "waited_s": 0.0, "escalations": 0, "waiting_since_s": turn.now_s if runs else None,
        }  # fmt: skip
        turn.emit("unacknowledged", key, changes, by=by, text=text)

    return action


def close(key: AlarmKey, *, by: str, text: str = "") -> Action:
    """Be done with an alarm that is over."""
    _checked(by, text)

    def action(turn: Turn) -> None:
        alarm = _alarm(turn, key)
        if alarm.condition is not Condition.CLEARED:
            raise UsageError(
                f"alarm {key} is {alarm.state}; only one that is cleared can be closed: acknowledge "
                "or shelve it"
            )
        changes = {
            "operator": OperatorState.CLOSED, "operator_by": by, "operator_at_s": turn.now_s,
        }  # fmt: skip
        turn.emit("closed", key, changes, by=by, text=text)

    return action


def note(key: AlarmKey, *, by: str, text: str) -> Action:
    """Write something about an alarm."""
    _checked(by, text)
    if not text.strip():
        raise UsageError("the note is empty; write what should be remembered")

    def action(turn: Turn) -> None:
        _alarm(turn, key)
        turn.emit("noted", key, {}, by=by, text=text)

    return action


def shelve(key: AlarmKey, *, until_s: float | None, by: str, text: str = "") -> Action:
    """Put an alarm aside: nobody is told of it until then, or until it is taken off the shelf."""
    _checked(by, text)

    def action(turn: Turn) -> None:
        alarm = _alarm(turn, key)
        if until_s is not None and until_s <= turn.now_s:
            raise UsageError("the shelf would end before it begins; give a time in the future")
        held = clock_of_muting(alarm, muted=True, now_s=turn.now_s)
        changes = {"shelved_by": by, "shelved_until_s": until_s, **held}
        turn.emit("shelved", key, changes, by=by, text=text)

    return action


def unshelve(key: AlarmKey, *, by: str, text: str = "") -> Action:
    """Take an alarm off its shelf."""
    _checked(by, text)

    def action(turn: Turn) -> None:
        alarm = _alarm(turn, key)
        if not alarm.shelved_by:
            raise UsageError(f"alarm {key} is not shelved")
        heard = clock_of_muting(alarm, muted=bool(alarm.root_causes), now_s=turn.now_s)
        changes = {"shelved_by": "", "shelved_until_s": None, **heard}
        turn.emit("unshelved", key, changes, by=by, text=text)

    return action


def maintain(
    resources: Sequence[str], *, from_s: float, until_s: float, by: str, text: str
) -> Action:
    """Set a window in which what is raised on resources, and on what stands on them, is shelved.

    Parameters
    ----------
    resources
        Names with ``*`` and ``?``, such as ``site:YP-R15`` or ``device:YP-H*``.
    """
    _checked(by, text)
    if not resources or not all(":" in name for name in resources):
        raise UsageError(
            f"maintenance of {', '.join(resources) or 'nothing'}: name resources with their kind, "
            "such as site:YP-R15, device:YP-H* or link:YP-L27"
        )
    if until_s <= from_s:
        raise UsageError("the window ends before it begins; give --until behind --from")

    def action(turn: Turn) -> None:
        changes = {
            "window_id": f"M{len(turn.state.windows) + 1}", "resources": list(resources),
            "from_s": from_s, "until_s": until_s, "by": by, "text": text,
        }  # fmt: skip
        turn.emit("maintenance", None, changes, by=by, text=text)
        window = turn.state.windows[str(changes["window_id"])]
        if window.from_s <= turn.now_s < window.until_s:
            turn.open_window(window)

    return action


def end_maintenance(window_id: str, *, by: str, text: str = "") -> Action:
    """End a window now, or call off one that has not begun."""
    _checked(by, text)

    def action(turn: Turn) -> None:
        window = turn.state.windows.get(window_id)
        if window is None:
            raise MissingError(
                f"there is no maintenance window {window_id!r}; ngbw alarms maintenance PROJECT "
                "shows them"
            )
        if window.until_s <= turn.now_s:
            raise UsageError(f"maintenance window {window_id} is over already")
        changes = {
            "window_id": window_id, "resources": list(window.resources),
            "from_s": min(window.from_s, turn.now_s), "until_s": turn.now_s, "by": window.by,
            "text": window.text,
        }  # fmt: skip
        turn.emit("maintenance", None, changes, by=by, text=text)
        for key, alarm in list(turn.state.alarms.items()):
            if alarm.shelved_by == f"maintenance:{window_id}":
                heard = clock_of_muting(alarm, muted=bool(alarm.root_causes), now_s=turn.now_s)
                back = {"shelved_by": "", "shelved_until_s": None, **heard}
                turn.emit("unshelved", key, back, by=by, text=text)

    return action
