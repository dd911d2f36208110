"""Judging the devices of a project: polls or recordings, the checks, the book of evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..ipv6.devices import DevicePoll, check_device, poll_devices, poll_of_recording
from ..ipv6.devices.counting import SHORTEST_S
from ..ipv6.devices.last_counters import (
    counters_file,
    read_last_counters,
    write_last_counters,
)
from ..ipv6.devices.parity import ServiceStatement, services_stated
from ..ipv6.evidence import Evidence
from ..ipv6.ladder import Rung, rung
from ..ipv6.verdicts import SubjectKind
from ..probes.replay.recordings import read_recording, recordings_below
from ..probes.service import Place, PolledDevice, find_targets, probe_settings
from ..probes.service.memory import read_memory
from ..probes.service.service import service_directory
from ..topology.errors import InputError, MissingError, SettingError
from ..topology.nearest_word import nearest

if TYPE_CHECKING:
    from ..probes.snmp.agents import SnmpTransport
    from ..topology.network import Network
    from ..topology.project import Project

__all__ = ["JudgedDevice", "Judgement", "judge_by_polls", "judge_recordings", "standings_of"]

_DAY_S = 86_400.0
_RECORDED_SPAN_S = SHORTEST_S
"""Time between the two moments at which recordings are looked at."""


@dataclass(frozen=True, slots=True)
class JudgedDevice:
    """A device and what was found of it now."""

    device_id: str
    role: str
    rows: tuple[Evidence, ...]
    listed: bool = True

    @property
    def row_of(self) -> Mapping[str, Evidence]:
        """Return the rows by check."""
        return {row.check_id: row for row in self.rows}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run found.

    Attributes
    ----------
    not_asked
        Devices that were not asked, and why.
    at_s
        When it was done, Unix time.
    """

    devices: tuple[JudgedDevice, ...]
    not_asked: Mapping[str, str] = field(default_factory=dict)
    at_s: float = 0.0

    @property
    def evidence(self) -> list[Evidence]:
        """Return the rows to record: those of devices that the project's tables know."""
        return [row for one in self.devices if one.listed for row in one.rows]


def _chosen(network: Network, wanted: Sequence[str]) -> list[str]:
    known = [str(one) for one in network.devices["device_id"]]
    for device_id in wanted:
        if device_id not in known:
            raise MissingError(
                f"there is no device {device_id!r} in devices{nearest(device_id, known)}"
            )
    return list(dict.fromkeys(wanted)) if wanted else known


def _transit(network: Network) -> dict[str, frozenset[str]]:
    """Return the names of the ports of each device that links between sites end at."""
    ends = {*network.links["a_port"], *network.links["b_port"]} - {""}
    found: dict[str, set[str]] = {}
    ports = network.ports
    for port_id, device_id, name in zip(
        ports["port_id"], ports["device_id"], ports["if_name"], strict=True
    ):
        if port_id in ends and name:
            found.setdefault(str(device_id), set()).add(str(name))
    return {device_id: frozenset(names) for device_id, names in found.items()}


def _statements(network: Network) -> dict[str, ServiceStatement]:
    """Return what was stated of each device; the oldest day of a device's statements holds."""
    found: dict[str, ServiceStatement] = {}
    frame = network.device_services
    newest: dict[str, dict[str, tuple[str, bool, str]]] = {}
    for device_id, service, over, as_of, said_by in zip(
        *(frame[name] for name in ("device_id", "service", "over_ipv6", "as_of", "said_by")),
        strict=True,
    ):
        rows = newest.setdefault(str(device_id), {})
        if service not in rows or rows[service][0] <= as_of:
            rows[str(service)] = str(as_of), bool(over), str(said_by)
    for device_id, rows in newest.items():
        days = sorted(day for day, _, _ in rows.values())
        began = date.fromisoformat(days[0])
        found[device_id] = ServiceStatement(
            {service: over for service, (_, over, _) in rows.items()},
            "; ".join(sorted({who for _, _, who in rows.values() if who})),
            (began - date(1970, 1, 1)).days * _DAY_S,
        )
    return found


class _Judge:
    """Turns polls into rows, with what the tables know of the devices."""

    def __init__(self, network: Network, vantage: str, now_s: float) -> None:
        frame = network.devices
        self.roles = dict(zip(map(str, frame["device_id"]), map(str, frame["role"]), strict=True))
        self._transit = _transit(network)
        self._statements = _statements(network)
        self._vantage = vantage
        self._now_s = now_s

    def of(self, poll: DevicePoll, before: DevicePoll | None) -> JudgedDevice:
        device_id = poll.device_id
        role = self.roles.get(device_id, "other")
        rows = check_device(
            poll,
            before,
            role=role,
            vantage=self._vantage,
            transit=self._transit.get(device_id),
        )
        statement = self._statements.get(device_id)
        if poll.reading is not None or statement is not None:
            rows.append(
                services_stated(device_id, statement, vantage=self._vantage, now_s=self._now_s)
            )
        return JudgedDevice(device_id, role, tuple(rows), device_id in self.roles)


def judge_recordings(
    project: Project, recordings: Path, *, wanted: Sequence[str] = (), now_s: float
) -> Judgement:
    """Judge recordings as if they were polled twice, five minutes apart, without any network.

    A recording belongs to the device of its name; one of no device in the tables is judged and
    not recorded. Counters that stand still, as in a walk, are taken as totals.
    """
    network = project.network()
    judge = _Judge(network, "recording", now_s)
    paths = {path.stem: path for path in recordings_below(recordings)}
    for device_id in wanted:
        if device_id not in paths:
            raise MissingError(
                f"no recording of {device_id!r} lies in {recordings}{nearest(device_id, paths)}"
            )
    devices = []
    for device_id in wanted or paths:
        recording = read_recording(paths[device_id])
        before, elapsed_s = None, 0.0
        if recording.drifts:
            elapsed_s = _RECORDED_SPAN_S
            before = poll_of_recording(recording, device_id, at_s=now_s - elapsed_s)
        poll = poll_of_recording(recording, device_id, at_s=now_s, elapsed_s=elapsed_s)
        devices.append(judge.of(poll, before))
    missing = sorted(judge.roles.keys() - paths.keys()) if not wanted else []
    return Judgement(tuple(devices), dict.fromkeys(missing, "no-recording"), now_s)


def _targets(
    project: Project, network: Network, wanted: Collection[str], places: Mapping[str, Place] | None
) -> tuple[list[PolledDevice], dict[str, str]]:
    settings = probe_settings(project.settings.probes, project.directory)
    if not settings.networks.networks or not settings.credentials:
        raise SettingError(
            "ngbw.toml: nothing may be polled; write networks and [[probes.credentials]] below "
            "[probes] (docs/probes.md), or judge recordings with --recordings"
        )
    targets, refused = find_targets(network, settings, places=places)
    targets = [one for one in targets if one.device_id in wanted]
    refused = {one: why for one, why in refused.items() if one in wanted}
    if not targets:
        reasons = "; ".join(f"{one}: {why}" for one, why in list(refused.items())[:3])
        raise InputError(f"no device can be polled ({reasons or 'devices.csv is empty'})")
    return targets, refused


def judge_by_polls(
    project: Project,
    *,
    transport: SnmpTransport,
    wanted: Sequence[str] = (),
    wait_s: float = SHORTEST_S,
    places: Mapping[str, Place] | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    told: Callable[[str], None] = lambda _words: None,
) -> Judgement:
    """Poll devices and judge them.

    Counters of the run before serve as the earlier poll where they are five minutes old or more;
    only where a device that answers has none is it waited for a second poll.

    Parameters
    ----------
    wait_s
        How long to wait for it at most; 0 waits for none.
    told
        Called with a sentence before a wait.

    Raises
    ------
    MissingError, SettingError, InputError
        There is nothing to ask.
    """
    network = project.network()
    targets, refused = _targets(project, network, _chosen(network, wanted), places)
    settings = probe_settings(project.settings.probes, project.directory)
    memory = read_memory(service_directory(project.directory) / "memory.json")
    file = counters_file(project.directory)
    last = read_last_counters(file)

    def polled(some: Sequence[PolledDevice]) -> dict[str, DevicePoll]:
        return poll_devices(
            some,
            transport,
            networks=settings.networks,
            budget=settings.budget,
            known=memory.credential,
        )

    polls = polled(targets)
    earlier = dict(last)
    waiting = [
        one
        for one in targets
        if polls[one.device_id].reading is not None
        and not _is_old_enough(last.get(one.device_id), polls[one.device_id])
    ]
    if waiting and wait_s > 0:
        ended_s = max(polls[one.device_id].ended_s for one in waiting)
        left_s = max(0.0, ended_s + wait_s - clock())
        told(f"{len(waiting)} devices are polled again in {left_s:.0f} s, for what moves")
        earlier |= {one.device_id: polls[one.device_id] for one in waiting}
        sleep(left_s)
        again = polled(waiting)
        polls |= {one: poll for one, poll in again.items() if poll.reading is not None}
    now_s = clock()
    judge = _Judge(network, "here", now_s)
    devices = tuple(judge.of(polls[one.device_id], earlier.get(one.device_id)) for one in targets)
    write_last_counters(file, polls.values(), kept=last)
    return Judgement(devices, refused, now_s)


def _is_old_enough(last: DevicePoll | None, poll: DevicePoll) -> bool:
    return last is not None and poll.ended_s - last.ended_s >= SHORTEST_S


def standings_of(judgement: Judgement) -> dict[str, Rung]:
    """Return where each device stands by what was found now alone."""
    return {
        one.device_id: rung(
            SubjectKind.DEVICE, {row.check_id: row.verdict for row in one.rows}, one.role
        )
        for one in judgement.devices
    }
