"""Verbs that poll: ``ngbw probe run``, once, test, demo; the group of all that ask the network."""

from __future__ import annotations

import json as json_text
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import UsageError
from . import command_active, command_recordings
from .probe_options import (
    AuthOption,
    CommunityEnvOption,
    CommunityOption,
    JsonOption,
    PrivOption,
    ProjectArgument,
    ProjectOption,
    UserOption,
    first_answer,
    stopped_by_signals,
)
from .terminal import default_language, say, show_json, tell

if TYPE_CHECKING:
    from ..probes.alarms import Event
    from ..probes.service.cycle_log import Cycle
    from ..probes.snmp.agents import Answer

__all__ = ["register"]


def _answer_text(answer: Answer) -> str:
    cost = answer.cost
    return (
        f"{answer.outcome.value}: {cost.varbinds} values in {cost.requests} requests, "
        f"{cost.received_bytes} bytes, {cost.seconds * 1000:.0f} ms"
    )


def once(
    *,
    target: Annotated[str, typer.Option(help="Agent to ask: udp://HOST:PORT.")],
    community: CommunityOption = "",
    community_env: CommunityEnvOption = "",
    user: UserOption = "",
    auth: AuthOption = "",
    priv: PrivOption = "",
    project: ProjectOption = None,
    json: JsonOption = False,
) -> int:
    """Ask one agent for everything that is read, once.

    Exit code 6 when it does not answer.
    """
    from ..probes.device_reading import profiles_for, read_device, wanted_of_device
    from ..probes.profiles import built_in_profiles, project_profiles
    from ..probes.readings.wanted import IDENTITY
    from ..probes.snmp.agents import Ask
    from .probe_answer import device_document, device_text
    from .probe_target import agents_of, credential_from, opened_transport, settings_of

    credential = credential_from(community, community_env, user, auth, priv)
    agents, budget = agents_of(target, credential, settings_of(project))
    profiles = built_in_profiles() if project is None else project_profiles(project)
    transport = opened_transport()
    try:
        agent, first = first_answer(
            transport,
            [Ask(one, IDENTITY.scalars, budget=budget) for _, one in agents],
            target=target,
        )
        want = wanted_of_device(profiles_for(first.view, profiles, asked=False))
        (answer,) = transport.collect(
            [Ask(agent, want.scalars, want.tables + want.slow_tables, budget=budget)]
        )
    finally:
        transport.close()
    reading = read_device(answer.view, profiles)
    if json:
        show_json(device_document(reading, answer))
    else:
        say(device_text(reading, agent.agent_id))
        say(f"\n{_answer_text(answer)}")
        for fault in answer.faults:
            tell(f"warning: {fault.kind}: {fault.detail}")
    return 0


def examine(
    host: Annotated[str, typer.Argument(help="Agent to test: HOST, HOST:PORT or udp://...")],
    *,
    community: CommunityOption = "",
    community_env: CommunityEnvOption = "",
    user: UserOption = "",
    auth: AuthOption = "",
    priv: PrivOption = "",
    project: ProjectOption = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what was asked and answered.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Find out step by step whether an agent can be polled, and if not, why.

    Exit code 6 when it cannot.
    """
    from .probe_steps import probe_steps
    from .probe_target import agents_of, credential_from, opened_transport, settings_of

    credential = credential_from(community, community_env, user, auth, priv)
    settings = settings_of(project)
    agents, budget = agents_of(target=host, credential=credential, settings=settings)
    transport = opened_transport()
    steps = []
    try:
        for step in probe_steps(transport, agents, budget):
            steps.append(step)
            if not json:
                say(f"{'ok  ' if step.good else 'FAIL'}  {step.what}: {step.result}")
                if verbose or not step.good:
                    for line in (*step.asked, *step.answered):
                        say(f"        {line}")
    finally:
        transport.close()
    good = all(step.good for step in steps)
    if json:
        show_json({"target": agents[0][1].agent_id, "ok": good,
                   "steps": [step.to_dict() for step in steps]})  # fmt: skip
    return 0 if good else 6


def run(
    project: ProjectArgument,
    *,
    places: Annotated[
        Path | None,
        typer.Option(help="Where agents listen instead, as ngbw probe replay --places writes it."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, help="Stop after so long; 0 runs until it is stopped.")
    ] = 0.0,
    json: Annotated[
        bool, typer.Option("--json", help="Print a line of JSON for each cycle.")
    ] = False,
) -> int:
    """Poll the devices of a project, keep what they say, raise alarms and tell people.

    Settings stand below [probes] in ngbw.toml, thresholds and messages in alarms.toml
    (docs/probes.md). Stop it with Ctrl-C or SIGTERM; started again it goes on.
    """
    from dataclasses import asdict

    from ..probes.service import read_places
    from ..topology.project import open_project
    from .alarm_words import shown
    from .watching import warnings_of, watching

    opened = open_project(project)
    listed = None if places is None else read_places(places)

    def cycle_ended(cycle: Cycle) -> None:
        if json:
            say(json_text.dumps(asdict(cycle), allow_nan=False))

    def heard(events: Sequence[Event], _now_s: float) -> None:
        for event in events:
            if event.key is not None and event.kind in ("raised", "cleared", "escalated"):
                tell(f"{event.kind}: {event.key.alarm_type} of {shown(event.key.resource)}")

    with stopped_by_signals() as stop, watching(
        opened, places=listed, shown=cycle_ended, heard=heard
    ) as polled:  # fmt: skip
        for words in warnings_of(polled.settings):
            tell(f"warning: {words}")
        if polled.refused:
            some = "; ".join(f"{one}: {why}" for one, why in list(polled.refused.items())[:3])
            tell(f"warning: {len(polled.refused)} devices are not polled ({some})")
        tell(f"{len(polled.targets)} devices are polled every {polled.settings.interval_s:g} s")
        if polled.metrics_url:
            tell(f"figures for Prometheus: {polled.metrics_url}")
        until_s = time.time() + seconds if seconds else None
        polled.service.run(stop, until_s=until_s)
    return 0


def demo(
    directory: Annotated[Path, typer.Argument(help="Where to put the example project.")] = Path(
        "demo-probes"
    ),
    *,
    span: Annotated[str, typer.Option(help="Span that is cut.")] = "YP-F0355",
    interval: Annotated[
        float, typer.Option(min=0.5, max=60, help="Seconds between two polls of a device.")
    ] = 2.0,
    lang: Annotated[str, typer.Option(help="zh-CN or en (default: your locale's).")] = "",
) -> int:
    """Show a poller at work on the Yangpu example: health, a cut, its alarms, a message.

    Everything runs on loopback, nothing is staged, and it ends by itself in about a minute.
    Exit code 1 when the cause of the cut was not found.
    """
    from ..maps.words import LANGUAGES
    from .probe_demo import demo_project, run_demo

    language = lang or default_language()
    if language not in LANGUAGES:
        raise UsageError(f"--lang is {lang!r}; use {' or '.join(LANGUAGES)}")
    opened = demo_project(directory)
    logging.getLogger("ngbw.probes.service").setLevel(logging.WARNING)
    done = run_demo(opened, span_id=span, interval_s=interval, language=language, say=say)
    return 0 if done.root is not None and done.cleared else 1


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    group = typer.Typer(no_args_is_help=True, help="Ask the network: poll, record, replay.")
    for verb in (run, once, demo):
        group.command()(verb)
    group.command("test")(examine)
    command_recordings.add_verbs(group)
    command_active.add_verbs(group)
    app.add_typer(group, name="probe")
