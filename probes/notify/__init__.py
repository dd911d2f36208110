"""Messages about alarms: who is told, in which words, over which channel.

:class:`Notifier` reads the feed of a book and delivers: ``notifier.deliver(now_s)`` every few
seconds. :func:`read_notify` reads channels and routes from ``alarms.toml``.
"""

from __future__ import annotations

from .channel_file import NotifySettings, read_notify
from .delivery import Delivered, Notifier
from .messages import Impact, Message, Text, Writer

__all__ = [
    "Delivered",
    "Impact",
    "Message",
    "Notifier",
    "NotifySettings",
    "Text",
    "Writer",
    "read_notify",
]
