"""Verbs with which people work on alarms: take up, close, shelve, note, set maintenance."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import UsageError
from .alarm_options import (
    AlarmArgument,
    ByOption,
    JsonOption,
    LanguageOption,
    ProjectArgument,
    TextOption,
    UndoOption,
    found_alarm,
    meant_resource,
    moment_s,
    opened,
    show_alarm,
    span_s,
    who,
)
from .terminal import say, show_json

if TYPE_CHECKING:
    from ..probes.alarms.model import Alarm
    from ..probes.alarms.people import Action
    from .alarm_book import WatchedProject

__all__ = ["add_verbs"]


def _do(watched: WatchedProject, alarm: Alarm, action: Action, *, json: bool, lang: str) -> int:
    watched.book.say(action, time.time())
    done = watched.book.get(alarm.key)
    assert done is not None  # noqa: S101 - it was found before
    return show_alarm(watched, done, json=json, lang=lang)


def ack(
    project: ProjectArgument, alarm: AlarmArgument, *, by: ByOption = "", text: TextOption = "",
    undo: UndoOption = False, lang: LanguageOption = "", json: JsonOption = False,
) -> int:  # fmt: skip
    """Take an alarm up, so that it is not escalated; --undo gives it back."""
    from ..probes.alarms import people

    watched = opened(project)
    found = found_alarm(watched, alarm)
    verb = people.unacknowledge if undo else people.acknowledge
    return _do(watched, found, verb(found.key, by=who(by), text=text), json=json, lang=lang)


def close(
    project: ProjectArgument, alarm: AlarmArgument, *, by: ByOption = "", text: TextOption = "",
    lang: LanguageOption = "", json: JsonOption = False,
) -> int:  # fmt: skip
    """Be done with an alarm that is over; it stays in the log and in list --all."""
    from ..probes.alarms import people

    watched = opened(project)
    found = found_alarm(watched, alarm)
    return _do(watched, found, people.close(found.key, by=who(by), text=text), json=json, lang=lang)


def shelve(
    project: ProjectArgument,
    alarm: AlarmArgument,
    *,
    span: Annotated[str, typer.Option("--for", help="For how long: 30m, 2h, 3d.")] = "",
    until: Annotated[str, typer.Option(help="Until when: 2026-11-24T18:00.")] = "",
    by: ByOption = "",
    text: TextOption = "",
    undo: UndoOption = False,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Put an alarm aside for a while, so that nobody is told of it; --undo takes it back."""
    from ..probes.alarms import people

    if span and until:
        raise UsageError("--for and --until both say when the shelf ends; give one of them")
    if undo and (span or until):
        raise UsageError("--undo takes the alarm off its shelf now; leave --for and --until out")
    watched = opened(project)
    found = found_alarm(watched, alarm)
    if undo:
        action = people.unshelve(found.key, by=who(by), text=text)
    else:
        end_s = None
        if span:
            end_s = time.time() + span_s(span)
        elif until:
            end_s = moment_s(until, "--until", watched.project.settings.timezone)
        action = people.shelve(found.key, until_s=end_s, by=who(by), text=text)
    return _do(watched, found, action, json=json, lang=lang)


def note(
    project: ProjectArgument,
    alarm: AlarmArgument,
    text: Annotated[str, typer.Argument(help="What should be remembered.")],
    *,
    by: ByOption = "",
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Write something about an alarm."""
    from ..probes.alarms import people

    watched = opened(project)
    found = found_alarm(watched, alarm)
    return _do(watched, found, people.note(found.key, by=who(by), text=text), json=json, lang=lang)


def maintenance(
    project: ProjectArgument,
    resources: Annotated[
        list[str] | None,
        typer.Argument(help="What is worked on: site:YP-R15, device:YP-H*, link:YP-L27."),
    ] = None,
    *,
    begin: Annotated[str, typer.Option("--from", help="When it begins (default: now).")] = "",
    until: Annotated[str, typer.Option(help="When it ends: 2026-11-24T18:00.")] = "",
    span: Annotated[str, typer.Option("--for", help="For how long: 30m, 2h, 3d.")] = "",
    end: Annotated[str, typer.Option("--end", help="End this window (M3) now.")] = "",
    by: ByOption = "",
    text: TextOption = "",
    json: JsonOption = False,
) -> int:
    """Set a time of work on things, in which their alarms are shelved; without any, list them."""
    from dataclasses import asdict

    from ..probes.alarms import people

    if end and (resources or begin or until or span):
        raise UsageError(f"--end {end} ends a window and goes with --by and --text alone")
    if (begin or until or span) and not resources:
        raise UsageError("name what is worked on, such as site:YP-R15; a time alone sets nothing")
    if resources and bool(until) == bool(span):
        raise UsageError("say when the work ends, by --until or --for")
    watched = opened(project, reads=not (end or resources))
    zone, now_s = watched.project.settings.timezone, time.time()
    if end:
        watched.book.say(people.end_maintenance(end, by=who(by), text=text), now_s)
    elif resources:
        meant = [meant_resource(watched.network, name) for name in resources]
        from_s = moment_s(begin, "--from", zone) if begin else now_s
        until_s = moment_s(until, "--until", zone) if until else from_s + span_s(span)
        if until_s <= now_s:
            raise UsageError("the work would be over already; give a time in the future")
        action = people.maintain(meant, from_s=from_s, until_s=until_s, by=who(by), text=text)
        watched.book.say(action, now_s)
    windows = watched.book.windows
    if json:
        show_json({"format": 1, "windows": [asdict(window) for window in windows]})
        return 0
    from .alarm_words import moment, one_line, shown

    for window in windows:
        times = " - ".join(moment(at, zone, "en") for at in (window.from_s, window.until_s))
        names = ", ".join(map(shown, window.resources))
        state = "over" if window.until_s <= now_s else "to come"
        if window.from_s <= now_s < window.until_s:
            state = "now"
        said = one_line(f"{window.by}: {window.text}")
        say(f"{window.window_id}  {state:<7}  {times}  {names}  {said}")
    if not windows:
        say("no maintenance was ever set")
    return 0


def add_verbs(group: typer.Typer) -> None:
    """Add the verbs of this module to ``ngbw alarms``."""
    for verb in (ack, close, shelve, note, maintenance):
        group.command()(verb)
