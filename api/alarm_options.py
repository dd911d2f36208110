"""What the verbs about alarms share: their options, the words people write, the opened book."""

from __future__ import annotations

import getpass
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import MissingError, UsageError
from .terminal import default_language, say, show_json, tell

if TYPE_CHECKING:
    from ..probes.alarms.model import Alarm
    from ..probes.observations import Resource
    from ..topology.network import Network
    from .alarm_book import WatchedProject

__all__ = [
    "AlarmArgument",
    "ByOption",
    "JsonOption",
    "LanguageOption",
    "ProjectArgument",
    "TextOption",
    "UndoOption",
    "found_alarm",
    "language_of",
    "meant_resource",
    "moment_s",
    "opened",
    "show_alarm",
    "span_s",
    "who",
]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory (see ngbw init).")]
AlarmArgument = Annotated[str, typer.Argument(help="Name of the alarm: A17, or TYPE/RESOURCE.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
LanguageOption = Annotated[
    str, typer.Option("--lang", help="Language of the answer: zh-CN or en (default: your locale).")
]
ByOption = Annotated[str, typer.Option(help="Who does this (default: your user name).")]
TextOption = Annotated[str, typer.Option("--text", help="Why, for those who read it later.")]
UndoOption = Annotated[bool, typer.Option("--undo", help="Take it back.")]

_TABLE_OF = {
    "area": "areas", "site": "sites", "link": "links", "span": "spans", "device": "devices",
    "port": "devices", "sensor": "devices",
}  # fmt: skip
_SPAN = re.compile(r"(\d{1,5})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def language_of(given: str) -> str:
    """Return the language asked for, else that of the locale."""
    if given and given not in ("zh-CN", "en"):
        raise UsageError(f"--lang is {given!r}; use zh-CN or en")
    return given or default_language()


def who(given: str) -> str:
    """Return who acts: the one named, else the user of this process."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("nobody is named; say who does this: --by NAME") from None


def span_s(given: str) -> float:
    """Return a stretch of time such as ``30m``, ``2h`` or ``3d`` in seconds."""
    found = _SPAN.fullmatch(given)
    if found is None:
        raise UsageError(f"--for is {given!r}; give a stretch of time such as 30m, 2h or 3d")
    return int(found[1]) * float(_SECONDS[found[2]])


def moment_s(given: str, option: str, timezone: str) -> float:
    """Return an ISO 8601 time as Unix time; without an offset it is meant in the project's zone."""
    from zoneinfo import ZoneInfo

    try:
        when = datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(
            f"{option} is {given!r}; give a time such as 2026-11-24T18:00 (zone {timezone}) or "
            "2026-11-24T10:00:00Z"
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo(timezone))).timestamp()


def opened(project: Path, *, reads: bool = False) -> WatchedProject:
    """Open the alarms of a project; says on stderr what keeps messages from being sent.

    Parameters
    ----------
    reads
        Whether nothing is written: a project without a store then has no alarms, and gets no store.
    """
    from ..topology.project import open_project
    from .alarm_book import watched_project

    watched = watched_project(open_project(project), make=not reads)
    if watched.notify_error is not None:
        tell(f"warning: nobody can be told of alarms: {watched.notify_error}")
    return watched


def found_alarm(watched: WatchedProject, name: str) -> Alarm:
    """Return the alarm that somebody names, by ``A17`` or ``TYPE/RESOURCE``, in either writing."""
    from .alarm_words import resource_of

    kind, slash, rest = name.strip().partition("/")
    return watched.book.find(f"{kind}{slash}{resource_of(rest)}" if slash else name)


def meant_resource(network: Network, words: str) -> Resource:
    """Return the resource or pattern that somebody means; refuse what the tables do not hold.

    A window or a filter on a name with a slip in it would find nothing, and nobody would notice.
    """
    from fnmatch import fnmatchcase

    from ..probes.alarms.placement import names_in
    from ..topology.nearest_word import nearest
    from ..topology.tables import TABLES
    from .alarm_words import resource_of

    of = resource_of(words)
    kind, names = names_in(of)
    if ":" not in of or not names[0]:
        raise UsageError(
            f"{words!r} is no resource; write KIND:NAME, such as site:YP-R15 or device:YP-H*"
        )
    if kind not in _TABLE_OF:
        if guess := nearest(kind, _TABLE_OF):
            raise UsageError(f"{words!r}: {kind!r} is no kind{guess}; write KIND:NAME")
        return of  # of a probe that measures what no table holds
    table = _TABLE_OF[kind]
    known = [str(one) for one in network.table(table)[TABLES[table].key]]
    if not any(one == names[0] or fnmatchcase(one, names[0]) for one in known):
        raise MissingError(
            f"{words!r} is nothing in the table {table}{nearest(names[0], known)}; give one of its "
            "ids, or a pattern with * and ?"
        )
    return of


def show_alarm(watched: WatchedProject, alarm: Alarm, *, json: bool, lang: str) -> int:
    """Answer with one alarm as it stands."""
    from .alarm_answer import alarm_answer
    from .alarm_document import alarm_document

    if json:
        show_json(alarm_document(alarm))
    else:
        zone = watched.project.settings.timezone
        say(alarm_answer(alarm, None, timezone=zone, language=language_of(lang)))
    return 0
