"""Verbs about recordings of agents: ``ngbw probe record``, replay, simulate."""

from __future__ import annotations

import json as json_text
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import InputError, MissingError, UsageError
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
from .terminal import say, show_json, tell

__all__ = ["add_verbs"]


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
    from ..probes.snmp.agents import Ask
    from ..probes.snmp.values import Oid, oid
    from .probe_target import (
        agents_of,
        credential_from,
        opened_transport,
        scrubbing_key,
        secrets_of,
        settings_of,
    )

    if out.suffix != ".snmprec":
        raise UsageError(f"--out {out} has another ending; write NAME.snmprec")
    try:
        roots: list[Oid] = [oid(one) for one in root or ["1.0.8802", "1.3.6.1.2.1", "1.3.6.1.4.1"]]
    except ValueError as error:
        raise UsageError(f"--root: {error}") from None
    if not out.parent.is_dir():
        raise MissingError(f"{out.parent} is no directory; make it, or name another with --out")
    # Before the agent is walked for minutes: what would be wrong at the end is told now.
    key = chance.token_bytes(32) if key_file is None else scrubbing_key(key_file)
    credential = credential_from(community, community_env, user, auth, priv)
    agents, budget = agents_of(host, credential, settings_of(project))
    budget = replace(budget, seconds=seconds, rows=2_000_000, reply_bytes=500_000_000)
    transport = opened_transport()
    try:
        agent, answer = first_answer(
            transport,
            [Ask(one, walks=tuple(roots), budget=budget) for _, one in agents],
            target=host,
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
        recording = scrubbed(
            recording, key=key, secrets=secrets_of(agent.credential), progress=tell
        )
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
    community: Annotated[str, typer.Option(help="Community of v1 and v2c; public without.")] = "",
    community_env: CommunityEnvOption = "",
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
    from .probe_target import community_from, credential_from

    word = community_from(community, community_env, default="" if user else "public")
    if user and word:
        raise UsageError("give --user or a community: agents serve SNMPv3, or v1 and v2c")
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
        agents = ReplayAgents(read, host=host, port=port, community=word, faults=rules, seed=seed)
    with stopped_by_signals() as stop, agents:
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


def add_verbs(group: typer.Typer) -> None:
    """Add the verbs of this module to ``ngbw probe``."""
    for verb in (record, replay, simulate):
        group.command()(verb)
