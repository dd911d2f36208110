"""Verbs about alarms: list, explain, take up, shelve, read the feed, deliver, set maintenance."""

from __future__ import annotations

import getpass
import re
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import UsageError
from .terminal import default_language, say, show_json, tell

if TYPE_CHECKING:
    from ..probes.alarms.model import Alarm
    from ..probes.alarms.people import Action
    from .alarm_book import WatchedProject

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory (see ngbw init).")]
AlarmArgument = Annotated[str, typer.Argument(help="Name of the alarm: A17, or TYPE/RESOURCE.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
LanguageOption = Annotated[
    str, typer.Option("--lang", help="Language of the answer: zh-CN or en (default: your locale).")
]
ByOption = Annotated[str, typer.Option(help="Who does this (default: your user name).")]
TextOption = Annotated[str, typer.Option("--text", help="Why, for those who read it later.")]
UndoOption = Annotated[bool, typer.Option("--undo", help="Take it back.")]

_SPAN = re.compile(r"(\d{1,5})(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

alarms = typer.Typer(
    name="alarms",
    no_args_is_help=True,
    help="Alarms: list, explain, take up, shelve, deliver.",
)


def _language(given: str) -> str:
    if given and given not in ("zh-CN", "en"):
        raise UsageError(f"--lang is {given!r}; use zh-CN or en")
    return given or default_language()


def _by(given: str) -> str:
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("nobody is named; say who does this: --by NAME") from None


def _span_s(given: str) -> float:
    found = _SPAN.fullmatch(given)
    if found is None:
        raise UsageError(f"--for is {given!r}; give a stretch of time such as 30m, 2h or 3d")
    return int(found[1]) * float(_SECONDS[found[2]])


def _moment_s(given: str, option: str, timezone: str) -> float:
    from zoneinfo import ZoneInfo

    try:
        when = datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(
            f"{option} is {given!r}; give a time such as 2026-11-24T18:00 (zone {timezone}) or "
            "2026-11-24T10:00:00Z"
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo(timezone))).timestamp()


def _open(project: Path) -> WatchedProject:
    from ..topology.project import open_project
    from .alarm_book import watched_project

    return watched_project(open_project(project))


def _show(watched: WatchedProject, alarm: Alarm, *, json: bool, lang: str) -> int:
    from .alarm_answer import alarm_answer
    from .alarm_document import alarm_document

    if json:
        show_json(alarm_document(alarm))
    else:
        zone = watched.project.settings.timezone
        say(alarm_answer(alarm, None, timezone=zone, language=_language(lang)))
    return 0


def _do(watched: WatchedProject, alarm: Alarm, action: Action, *, json: bool, lang: str) -> int:
    watched.book.say(action, time.time())
    done = watched.book.get(alarm.key)
    assert done is not None  # noqa: S101 - it was found before
    return _show(watched, done, json=json, lang=lang)


@alarms.command("list")
def list_alarms(
    project: ProjectArgument,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is over, suppressed or shelved.")
    ] = False,
    state: Annotated[str, typer.Option(help="Only this state, such as suppressed.")] = "",
    min_severity: Annotated[str, typer.Option(help="Only this severity and worse.")] = "",
    resource: Annotated[
        str, typer.Option(help="Only this resource and what stands on it; * and ? allowed.")
    ] = "",
    form: Annotated[str, typer.Option(help="With --json: ngbw or rfc8632.")] = "ngbw",
    fail_on: Annotated[
        str, typer.Option(help="Exit code 1 where an active alarm is this severe or worse.")
    ] = "",
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """List alarms, the worst first; those that follow from others are left out."""
    from fnmatch import fnmatchcase

    from ..probes.alarms.model import Severity, State
    from .alarm_answer import list_answer
    from .alarm_document import list_document, rfc8632

    def severity(given: str, option: str) -> Severity:
        if given not in list(Severity):
            raise UsageError(f"{option} is {given!r}; use one of {', '.join(Severity)}")
        return Severity(given)

    if state and state not in list(State):
        raise UsageError(f"--state is {state!r}; use one of {', '.join(State)}")
    if form not in ("ngbw", "rfc8632"):
        raise UsageError(f"--form is {form!r}; use ngbw or rfc8632")
    least = severity(min_severity, "--min-severity") if min_severity else Severity.INDETERMINATE
    fails = severity(fail_on, "--fail-on") if fail_on else None
    language, now_s = _language(lang), time.time()
    watched = _open(project)
    book, rules = watched.book, watched.rules
    shown = (
        {State(state)} if state else set(State) if everything else {State.ACTIVE, State.FLAPPING}
    )
    found = [
        alarm
        for alarm in (*book.alarms(), *(book.pending() if State.PENDING in shown else ()))
        if alarm.state in shown
        and alarm.severity.rank >= least.rank
        and (
            not resource
            or any(fnmatchcase(name, resource) for name in rules.lineage(alarm.key.resource))
        )
    ]
    found = list({alarm.key: alarm for alarm in found}.values())
    found.sort(key=lambda alarm: (alarm.is_cleared, -alarm.severity.rank, -alarm.raised_s))
    document = list_document(book, found, now_s=now_s)
    if json and form == "rfc8632":
        entries = [
            rfc8632(alarm, rules.rule(alarm.key.resource, alarm.key.alarm_type)) for alarm in found
        ]
        show_json({"ietf-alarms:alarm-list": {"number-of-alarms": len(found), "alarm": entries}})
    elif json:
        show_json(document)
    else:
        say(
            list_answer(
                found,
                document["counts"],
                learning=document["learning"],
                timezone=watched.project.settings.timezone,
                language=language,
                why_no_judge=watched.why_no_judge,
            )
        )
    if fails is None:
        return 0
    live = (State.ACTIVE, State.FLAPPING)
    return int(any(a.state in live and a.severity.rank >= fails.rank for a in book.alarms()))


@alarms.command()
def show(
    project: ProjectArgument, alarm: AlarmArgument, *, lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:  # fmt: skip
    """Show one alarm as it stands."""
    watched = _open(project)
    return _show(watched, watched.book.find(alarm), json=json, lang=lang)


@alarms.command()
def explain(
    project: ProjectArgument,
    alarm: AlarmArgument,
    *,
    radio: Annotated[
        bool,
        typer.Option(help="Also say which pixels and places go dark; can take minutes at first."),
    ] = True,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Say why an alarm is there.

    Shows the rule and where each part of it stands in alarms.toml, the values, what happened when,
    from what it follows with the proof, and what is lost.
    """
    from .alarm_answer import explanation_answer
    from .alarm_document import explanation
    from .alarm_impact import AlarmImpact

    language = _language(lang)
    watched = _open(project)
    found = watched.book.find(alarm)
    impacts = AlarmImpact(watched.project, radio=radio)
    try:
        impact = impacts.wait_for(found.key.resource)
    finally:
        impacts.close()
    document = explanation(watched, found, impact=impact)
    if json:
        show_json(document)
    else:
        zone = watched.project.settings.timezone
        say(explanation_answer(found, document, impact, timezone=zone, language=language))
    return 0


@alarms.command()
def ack(
    project: ProjectArgument, alarm: AlarmArgument, *, by: ByOption = "", text: TextOption = "",
    undo: UndoOption = False, lang: LanguageOption = "", json: JsonOption = False,
) -> int:  # fmt: skip
    """Take an alarm up, so that it is not escalated; --undo gives it back."""
    from ..probes.alarms import people

    watched = _open(project)
    found = watched.book.find(alarm)
    verb = people.unacknowledge if undo else people.acknowledge
    return _do(watched, found, verb(found.key, by=_by(by), text=text), json=json, lang=lang)


@alarms.command()
def close(
    project: ProjectArgument, alarm: AlarmArgument, *, by: ByOption = "", text: TextOption = "",
    lang: LanguageOption = "", json: JsonOption = False,
) -> int:  # fmt: skip
    """Be done with an alarm that is over; it stays in the log and in list --all."""
    from ..probes.alarms import people

    watched = _open(project)
    found = watched.book.find(alarm)
    return _do(watched, found, people.close(found.key, by=_by(by), text=text), json=json, lang=lang)


@alarms.command()
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
    watched = _open(project)
    found = watched.book.find(alarm)
    if undo:
        action = people.unshelve(found.key, by=_by(by), text=text)
    else:
        end_s = None
        if span:
            end_s = time.time() + _span_s(span)
        elif until:
            end_s = _moment_s(until, "--until", watched.project.settings.timezone)
        action = people.shelve(found.key, until_s=end_s, by=_by(by), text=text)
    return _do(watched, found, action, json=json, lang=lang)


@alarms.command()
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

    watched = _open(project)
    found = watched.book.find(alarm)
    return _do(watched, found, people.note(found.key, by=_by(by), text=text), json=json, lang=lang)


@alarms.command()
def feed(
    project: ProjectArgument,
    *,
    after: Annotated[
        int | None, typer.Option(min=0, help="Number behind which to begin (default: --reader's).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 1000,
    reader: Annotated[str, typer.Option(help="Begin where this reader has confirmed.")] = "",
    confirm: Annotated[
        int | None, typer.Option(min=0, help="Confirm for --reader everything up to this number.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Read what happened to alarms, numbered without a gap, from any point on.

    A reader that confirms after it has kept what it read gets everything at least once.
    """
    from .alarm_document import event_document

    if confirm is not None and not reader:
        raise UsageError("--confirm needs --reader NAME: whose place in the feed is moved")
    watched = _open(project)
    book = watched.book
    if confirm is not None:
        book.confirm(f"reader/{reader}", confirm, time.time())
    start = after if after is not None else book.cursor(f"reader/{reader}") if reader else 0
    events = [event_document(event) for event in book.feed(after=start, limit=limit)]
    if json:
        last = events[-1]["feed"] if events else start
        show_json({"format": 1, "after": start, "last": last, "end": book.feed_end,
                   "events": events})  # fmt: skip
        return 0
    for event in events:
        say(
            f"{event['feed']}  {event['at']}  {event['kind']}  {event['alarm_type']}  "
            f"{event['resource']}  {event['by']} {event['text']}".rstrip()
        )
    return 0


@alarms.command()
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

    watched = _open(project)
    zone, now_s = watched.project.settings.timezone, time.time()
    if end:
        watched.book.say(people.end_maintenance(end, by=_by(by), text=text), now_s)
    elif resources:
        if bool(until) == bool(span):
            raise UsageError("say when the work ends, by --until or --for")
        from_s = _moment_s(begin, "--from", zone) if begin else now_s
        until_s = _moment_s(until, "--until", zone) if until else from_s + _span_s(span)
        action = people.maintain(resources, from_s=from_s, until_s=until_s, by=_by(by), text=text)
        watched.book.say(action, now_s)
    windows = watched.book.windows
    if json:
        show_json({"format": 1, "windows": [asdict(window) for window in windows]})
        return 0
    from .alarm_words import moment

    for window in windows:
        times = " - ".join(moment(at, zone, "en") for at in (window.from_s, window.until_s))
        names = ", ".join(window.resources)
        say(f"{window.window_id}  {times}  {names}  {window.by}: {window.text}")
    return 0


@alarms.command()
def thresholds(
    project: ProjectArgument,
    resource: Annotated[
        str, typer.Argument(help="What it is about: device:R1, port:R1/xe-0%2F0%2F0, link:L1.")
    ],
    *,
    json: JsonOption = False,
) -> int:
    """Show every threshold that holds for a thing, and which line of alarms.toml gave it."""
    from ..probes.alarms.placement import placement_of
    from ..probes.alarms.rule_file import read_rules
    from ..topology.project import open_project
    from .alarm_document import rule_document

    opened = open_project(project)
    rules = read_rules(opened.directory, placement_of(opened.network()))
    found = [
        rule_document(rule)
        for name in rules.types
        if (rule := rules.rule(resource, name)) is not None and rule.thresholds
    ]
    if json:
        groups = list(rules.groups_of(resource))
        show_json({"format": 1, "resource": resource, "groups": groups, "rules": found})
        return 0
    for one_rule in found:
        _say_rule(one_rule)
    return 0


def _say_rule(rule: dict[str, Any]) -> None:
    shown = "" if rule["enabled"] else "  (off)"
    say(f"{rule['alarm_type']}  {rule['figure']}{shown}")
    for one in rule["thresholds"]:
        say(f"  {one['severity']}  {one['raise']:g} / {one['clear']:g}  {one['level']}")
    for name, value in rule["settings"].items():
        if name in rule["levels"]:
            say(f"  {name} = {value}  {rule['levels'][name]}")


@alarms.command("test-channel")
def try_channel(
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(help="Channel of alarms.toml.")],
    *,
    json: JsonOption = False,
) -> int:
    """Send a test message over a channel; exit code 6 where it was not taken."""
    watched = _open(project)
    watched.notifier().test(name, time.time())
    if json:
        show_json({"format": 1, "channel": name, "taken": True})
    else:
        say(f"{name}: taken")
    return 0


@alarms.command()
def deliver(
    project: ProjectArgument,
    *,
    once: Annotated[bool, typer.Option("--once", help="Deliver what is there, then stop.")] = False,
    radio: Annotated[bool, typer.Option(help="Also say which pixels and places go dark.")] = True,
    json: JsonOption = False,
) -> int:
    """Tell people over the channels of alarms.toml what the feed says, until Ctrl-C.

    Exit code 6 where, with --once, a channel did not take something; it is offered again next time.
    """
    from dataclasses import asdict

    from .alarm_impact import AlarmImpact

    watched = _open(project)
    if not watched.notify.channels:
        raise UsageError("alarms.toml has no channels; write [channels.NAME] and [routes.NAME]")
    impact = AlarmImpact(watched.project, radio=radio)
    notifier = watched.notifier(impact)
    refused = False
    done = []
    try:
        while True:
            watched.book.refresh()
            if once:
                # Nobody comes back to say what is lost, so it is waited for.
                for alarm in watched.book.alarms():
                    if not alarm.is_cleared and not alarm.muted:
                        impact.wait_for(alarm.key.resource)
            for one in notifier.deliver(time.time()):
                done.append(asdict(one))
                refused |= bool(one.error)
                tell(one.error or f"{one.reader}: {one.messages}")
            if once:
                break
            time.sleep(max(0.5, notifier.next_s(time.time()) - time.time()))
    finally:
        impact.close()
    if json:
        show_json({"format": 1, "delivered": done})
    return 6 if refused else 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    app.add_typer(alarms, name="alarms")
