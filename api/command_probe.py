"""Verbs that ask the network: ``ngbw probe run``, once, test, record, replay, simulate."""

from __future__ import annotations

import json as json_text
import logging
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import InputError, MissingError, SurroundingsError, UsageError
from . import command_active
from .terminal import default_language, say, show_json, tell

if TYPE_CHECKING:
    from ..probes.alarms import Event
    from ..probes.service.cycle_log import Cycle
    from ..probes.snmp.agents import Answer

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
ProjectOption = Annotated[
    Path | None, typer.Option(help="Project whose networks and credentials hold.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]

CommunityOption = Annotated[
    str,
    typer.Option(
        help="Community of v1 and v2c; better: --community-env, which no process list shows."
    ),
]
CommunityEnvOption = Annotated[
    str, typer.Option(help="Environment variable that holds the community.")
]
UserOption = Annotated[str, typer.Option(help="User of SNMPv3; passwords come from variables.")]
AuthOption = Annotated[str, typer.Option(help="Authentication of v3: sha256, sha1, ...")]
PrivOption = Annotated[str, typer.Option(help="Encryption of v3: aes128, aes256, des.")]


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set; outside the main thread nobody sets it."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {one: signal.signal(one, on_signal) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _first_answer(answer: Answer) -> bool:
    from ..probes.snmp.agents import Outcome

    return answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL)


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
        first, agent = None, agents[0][1]
        for _, agent in agents:
            (first,) = transport.collect([Ask(agent, IDENTITY.scalars, budget=budget)])
            if _first_answer(first):
                break
        else:
            raise SurroundingsError(
                f"{agents[0][1].agent_id} does not answer ({first and first.outcome.value}); "
                f"see what happens with: ngbw probe test {target}"
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


def record(
    host: Annotated[str, typer.Argument(help="Agent to record: HOST, HOST:PORT or udp://...")],
    *,
    out: Annotated[Path, typer.Option(help="File to write, .snmprec.")],
    community: CommunityOption = "",
    community_env: CommunityEnvOption = "",
    user: UserOption = "",
    auth: AuthOption = "",
    priv: PrivOption = "",
    project: ProjectOption = None,
    root: Annotated[
        list[str] | None, typer.Option(help="Subtree to record; repeat it (default: all of them).")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(help="Secret that decides what replaces what, for recordings that fit."),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Keep names, addresses and secrets as they are.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="Time it may take.")] = 300.0,
    json: JsonOption = False,
) -> int:
    """Record what an agent says, without communities, names, serial numbers and addresses.

    Look the file over before you give it away: no rule knows every maker's words.
    """
    import secrets as chance
    from dataclasses import replace

    from ..probes.replay.recordings import recording_of, write_recording
    from ..probes.replay.scrubbing import scrubbed
    from ..probes.snmp.agents import Ask, Community
    from ..probes.snmp.values import Oid, oid
    from .probe_target import agents_of, credential_from, opened_transport, settings_of

    if out.suffix != ".snmprec":
        raise UsageError(f"--out {out} has another ending; write NAME.snmprec")
    try:
        roots: list[Oid] = [oid(one) for one in root or ["1.0.8802", "1.3.6.1.2.1", "1.3.6.1.4.1"]]
    except ValueError as error:
        raise UsageError(f"--root: {error}") from None
    credential = credential_from(community, community_env, user, auth, priv)
    agents, budget = agents_of(host, credential, settings_of(project))
    budget = replace(budget, seconds=seconds, rows=2_000_000, reply_bytes=500_000_000)
    transport = opened_transport()
    try:
        answer = None
        for _, agent in agents:
            (answer,) = transport.collect([Ask(agent, walks=tuple(roots), budget=budget)])
            if _first_answer(answer):
                break
        else:
            raise SurroundingsError(
                f"{agents[0][1].agent_id} does not answer ({answer and answer.outcome.value}); "
                f"see what happens with: ngbw probe test {host}"
            )
    finally:
        transport.close()
    rows = (
        ((*base, *index), typed)
        for base in roots
        for index, typed in answer.view.column(base).items()
    )
    recording = recording_of(out.stem, rows)
    if not raw:
        key = chance.token_bytes(32) if key_file is None else key_file.read_bytes().strip()
        words = [agent.credential.community] if isinstance(agent.credential, Community) else []
        recording = scrubbed(recording, key=key, secrets=words, progress=tell)
    write_recording(recording, out)
    for fault in answer.faults:
        tell(f"warning: {fault.kind}: {fault.detail}")
    if json:
        show_json({"file": str(out), "rows": len(recording), "scrubbed": not raw,
                   "faults": [fault.kind for fault in answer.faults]})  # fmt: skip
    else:
        state = "as it is" if raw else "scrubbed; look it over before you give it away"
        say(f"{out}: {len(recording)} rows, {state}")
    return 0


def replay(
    recordings: Annotated[
        Path, typer.Argument(help="Recording, or directory of recordings (.snmprec, .snmpwalk).")
    ],
    *,
    listen: Annotated[
        str,
        typer.Option(
            help="ADDRESS: each agent has its own port; ADDRESS:PORT: each its own address."
        ),
    ] = "127.0.0.1",
    community: Annotated[str, typer.Option(help="Community of v1 and v2c.")] = "public",
    faults: Annotated[
        str, typer.Option(help="What goes wrong, such as silence@0.1,loss=0.05 (docs/probes.md).")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Decides about chance.")] = 0,
    copies: Annotated[int, typer.Option(min=1, max=1000, help="Agents of each recording.")] = 1,
    user: UserOption = "",
    auth: AuthOption = "sha256",
    priv: PrivOption = "aes128",
    places: Annotated[
        Path | None, typer.Option(help="Write where each agent listens, for ngbw probe run.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, help="Stop after so long; 0 runs until Ctrl-C.")
    ] = 0.0,
    json: JsonOption = False,
) -> int:
    """Answer SNMP from recordings, as the devices did that were recorded, or worse.

    Serves v1 and v2c; with --user it serves SNMPv3 instead, with passwords from the
    variables NGBW_SNMP_AUTH and NGBW_SNMP_PRIV.
    """
    from ..probes.replay import ReplayAgents, Served, parse_faults, read_recording, recordings_below
    from ..probes.replay.agents import copies_of, parse_listen
    from ..probes.replay.v3_agents import V3ReplayAgents
    from ..probes.snmp.agents import UserSecurity
    from .probe_target import credential_from

    rules = parse_faults(faults)
    host, port = parse_listen(listen)
    read = copies_of([read_recording(path) for path in recordings_below(recordings)], copies)
    agents: ReplayAgents | V3ReplayAgents
    if user:
        credential = credential_from("", "", user, auth, priv)
        if not isinstance(credential, UserSecurity) or port:
            raise UsageError("with --user each agent has its own port; give --listen an address")
        agents = V3ReplayAgents(read, user=credential, host=host, faults=rules, seed=seed)
    else:
        agents = ReplayAgents(
            read, host=host, port=port, community=community, faults=rules, seed=seed
        )
    with _stopped_by_signals() as stop, agents:
        served: Sequence[Served] = agents.served
        document = {
            "agents": {one.name: {"address": one.address, "port": one.port} for one in served}
        }
        if places is not None:
            beside = places.with_name(f".{places.name}.part")
            beside.write_text(json_text.dumps(document, indent=1), encoding="utf-8")
            beside.replace(places)
        if json:
            show_json(document)
        else:
            for one in served:
                say(f"{one}{f'  ({one.faults})' if str(one.faults) else ''}")
        tell(f"{len(served)} agents answer - stop with Ctrl-C")
        stop.wait(seconds or None)
    return 0


def simulate(
    project: ProjectArgument,
    *,
    out: Annotated[Path, typer.Option(help="Directory for the recordings; it is made.")],
    device: Annotated[
        list[str] | None, typer.Option(help="Device to make; repeat it (default: all).")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Make a recording of every device of a project from its tables.

    A network that is only planned can so be polled: ports, addresses, neighbours, optics and
    counters that move. The figures are made up, the same from the same tables.
    """
    from ..probes.replay.planned_devices import planned_recordings
    from ..probes.replay.recordings import write_recording
    from ..topology.project import open_project

    made = planned_recordings(open_project(project).network(), tuple(device or ()))
    if not made:
        raise MissingError(f"{project} has no devices; fill in devices.csv and ports.csv")
    out.mkdir(parents=True, exist_ok=True)
    for one in made:
        write_recording(one, out / f"{_file_name(one.name)}.snmprec")
    rows = sum(len(one) for one in made)
    if json:
        show_json({"directory": str(out), "devices": [one.name for one in made], "rows": rows})
    else:
        say(f"{out}: {len(made)} devices, {rows} rows; serve them with: ngbw probe replay {out}")
    return 0


def _file_name(device_id: str) -> str:
    """Return a plain file name: an id is text of a table and could be a path."""
    if not device_id or device_id.startswith(".") or any(c in device_id for c in "/\\:\0"):
        raise InputError(f"device_id {device_id!r} cannot be a file name; use letters and digits")
    return device_id


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
    from .watching import warnings_of, watching

    opened = open_project(project)
    listed = None if places is None else read_places(places)

    def shown(cycle: Cycle) -> None:
        if json:
            say(json_text.dumps(asdict(cycle), allow_nan=False))

    def heard(events: Sequence[Event], _now_s: float) -> None:
        for event in events:
            if event.key is not None and event.kind in ("raised", "cleared", "escalated"):
                tell(f"{event.kind}: {event.key.alarm_type} of {event.key.resource}")

    with _stopped_by_signals() as stop, watching(
        opened, places=listed, shown=shown, heard=heard
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
    for verb in (run, once, record, replay, simulate, demo):
        group.command()(verb)
    group.command("test")(examine)
    command_active.add_verbs(group)
    app.add_typer(group, name="probe")
