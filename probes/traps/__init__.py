"""Traps and informs: written down before they are read, and never believed without a poll.

Anybody can send a datagram with any source address, so that a notification is a *hint*: it says
which agent to look at now (:class:`.Hint`), and the poll that follows says what is true.
"""

from __future__ import annotations

from .journal import Entry, TrapJournal
from .notification import Hint, Notification, read_notification
from .receiver import ReceiverFigures, TrapReceiver

__all__ = [
    "Entry",
    "Hint",
    "Notification",
    "ReceiverFigures",
    "TrapJournal",
    "TrapReceiver",
    "read_notification",
]
