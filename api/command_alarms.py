"""Verbs about alarms: list, show, explain, thresholds, the feed, and telling people."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from ..topology.errors import InputError, UsageError
from . import command_alarm_people
from .alarm_options import (
    AlarmArgument,
    JsonOption,
    LanguageOption,
    ProjectArgument,
    found_alarm,
    language_of,
    meant_resource,
    opened,
    show_alarm,
)
from .terminal import say, show_json, tell

__all__ = ["register"]

alarms = typer.Typer(
    name="alarms",
    no_args_is_help=True,
    help="Alarms: list, explain, take up, shelve, deliver.",
)


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
    from .alarm_words import resource_of

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
    language, now_s = language_of(lang), time.time()
    watched = opened(project, reads=True)
    book, rules = watched.book, watched.rules
    wanted = resource_of(resource)
    states = (
        {State(state)} if state else set(State) if everything else {State.ACTIVE, State.FLAPPING}
    )
    found = [
        alarm
        for alarm in (*book.alarms(), *(book.pending() if State.PENDING in states else ()))
        if alarm.state in states
        and alarm.severity.rank >= least.rank
        and (
            not wanted
            or any(
                name == wanted or fnmatchcase(name, wanted)
                for name in rules.lineage(alarm.key.resource)
            )
        )
    ]
    if wanted and not found:
        meant_resource(watched.network, resource)  # "no alarms" of a name with a slip would lie
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
    watched = opened(project, reads=True)
    return show_alarm(watched, found_alarm(watched, alarm), json=json, lang=lang)


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

    language = language_of(lang)
    watched = opened(project, reads=True)
    found = found_alarm(watched, alarm)
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
    from .alarm_words import one_line, shown

    if confirm is not None and not reader:
        raise UsageError("--confirm needs --reader NAME: whose place in the feed is moved")
    watched = opened(project, reads=confirm is None)
    book = watched.book
    if confirm is not None:
        book.confirm(f"reader/{reader}", confirm, time.time())
    start = after if after is not None else book.cursor(f"reader/{reader}") if reader else 0
    if start > book.feed_end:
        raise InputError(
            f"the feed ends at {book.feed_end} and has no event {start}; was an older store brought "
            "back, or is this another project? read it anew with --after 0"
        )
    events = [event_document(event) for event in book.feed(after=start, limit=limit)]
    if json:
        last = events[-1]["feed"] if events else start
        show_json({"format": 1, "after": start, "last": last, "end": book.feed_end,
                   "events": events})  # fmt: skip
        return 0
    for event in events:
        parts = (event["alarm_type"], event["resource"] and shown(event["resource"]))
        about = "  ".join(part for part in parts if part)
        said = one_line(": ".join(part for part in (event["by"], event["text"]) if part))
        say(f"{event['feed']}  {event['at']}  {event['kind']}  {about}  {said}".rstrip())
    return 0


@alarms.command()
def thresholds(
    project: ProjectArgument,
    resource: Annotated[
        str, typer.Argument(help="What it is about: device:R1, port:R1/xe-0/0/0, link:L1.")
    ],
    *,
    json: JsonOption = False,
) -> int:
    """Show every threshold that holds for a thing, and which line of alarms.toml gave it."""
    from ..probes.alarms.placement import placement_of
    from ..probes.alarms.rule_file import read_rules
    from ..topology.project import open_project
    from .alarm_document import rule_document

    whole = open_project(project)
    network = whole.network()
    resource = meant_resource(network, resource)
    rules = read_rules(whole.directory, placement_of(network))
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
    watched = opened(project, reads=True)
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

    watched = opened(project)
    if watched.notify_error is None and not watched.notify.channels:
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
    """Add the verbs about alarms to the command."""
    command_alarm_people.add_verbs(alarms)
    app.add_typer(alarms, name="alarms")
