"""A project put together for polling: devices, store, alarms with root causes, messages.

Only this module knows all the parts of `probes/`; the verbs and the page call it.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..probes.alarms import AlarmBook, Event
from ..probes.metrics import (
    MetricsEndpoint,
    Point,
    RemoteSender,
    RemoteWriter,
    exposition,
    write_points,
)
from ..probes.notify import Notifier
from ..probes.profiles import project_profiles
from ..probes.service import (
    Place,
    PolledDevice,
    Poller,
    ProbeSettings,
    Schedule,
    find_targets,
    probe_settings,
)
from ..probes.service.cycle_log import Cycle
from ..probes.service.heartbeat import Heartbeat
from ..probes.service.memory import read_memory
from ..probes.service.metric_settings import MetricSettings
from ..probes.service.own_figures import OwnFigures, watched_points
from ..probes.service.service import Service, ServiceLock, service_directory
from ..probes.service.watch import Watch
from ..probes.snmp.agents import Community, SnmpTransport
from ..probes.store import ProjectStore
from ..probes.traps import TrapJournal, TrapReceiver
from ..topology.errors import InputError, SettingError, SurroundingsError
from ..topology.project import Project
from .alarm_book import WatchedProject, watched_project
from .alarm_impact import AlarmImpact
from .probe_target import prepared_transport
from .store_place import project_store

_LOG = logging.getLogger("ngbw.probes")

__all__ = ["Watching", "warnings_of", "watching"]


@dataclass(frozen=True, slots=True)
class Watching:
    """A project that is being watched.

    Attributes
    ----------
    refused
        Devices that are not polled, and why.
    metrics_url
        Where ``/metrics`` is; empty where the settings ask for none.
    """

    service: Service
    watch: Watch
    book: AlarmBook
    store: ProjectStore
    alarms: WatchedProject
    impact: AlarmImpact
    targets: Sequence[PolledDevice]
    refused: Mapping[str, str]
    settings: ProbeSettings
    metrics_url: str = ""


def warnings_of(settings: ProbeSettings) -> list[str]:
    """Return what is unsafe in the settings, a sentence each."""
    found = []
    for one in settings.credentials:
        if isinstance(one.credential, Community):
            found.append(
                f"credential {one.name!r} is SNMPv{'1' if one.credential.version == 1 else '2c'}: "
                "everybody on the path can read it; use version 3 where devices have it"
            )
            if one.credential.community in ("public", "private"):
                found.append(f"credential {one.name!r} is a word that everybody guesses")
        elif one.credential.priv_protocol is None:
            found.append(f'credential {one.name!r} has no encryption; set priv = "aes128"')
    metrics = settings.metrics
    if metrics.port and not ipaddress.ip_address(metrics.address).is_loopback:
        found.append(
            f"/metrics is open to every machine that reaches {metrics.address} port {metrics.port}"
        )
    if metrics.write_token and not metrics.write_url.startswith("https://"):
        found.append(
            "probes.remote_write.url is not https: its token can be read on the path to it"
        )
    return found


def _targets(
    project: Project, settings: ProbeSettings, places: Mapping[str, Place] | None
) -> tuple[list[PolledDevice], dict[str, str]]:
    if not settings.networks.networks:
        raise SettingError(
            "ngbw.toml: probes.networks allows no network; write below [probes] which networks "
            'may be polled, networks = ["192.0.2.0/24"]'
        )
    if not settings.credentials:
        raise SettingError(
            "ngbw.toml: probes.credentials is empty; describe one below [[probes.credentials]] "
            "(docs/probes.md)"
        )
    targets, refused = find_targets(project.network(), settings, places=places)
    if not targets:
        reasons = "; ".join(f"{one}: {why}" for one, why in list(refused.items())[:3])
        raise InputError(f"no device can be polled ({reasons or 'devices.csv is empty'})")
    return targets, refused


class _Hints:
    """Devices that traps hint at, where the settings ask for traps to be heard."""

    def __init__(
        self,
        settings: ProbeSettings,
        targets: Sequence[PolledDevice],
        directory: Path,
        clock: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._receiver: TrapReceiver | None = None
        self.port = 0
        if settings.trap_port:
            self._receiver = TrapReceiver(
                TrapJournal(directory / "traps"),
                {one.address: one.device_id for one in targets},
                [one.credential for one in settings.credentials],
            )
            self.port = self._receiver.listen(settings.trap_address, settings.trap_port)

    def devices(self) -> list[str]:
        """Return the devices that were hinted at since the last call."""
        if self._receiver is None:
            return []
        try:
            return [hint.agent_id for hint in self._receiver.drain(self._clock())]
        except SurroundingsError as error:  # polls go on; nothing was acknowledged
            _LOG.error("traps wait for the disk: %s", error)
            return []

    def close(self) -> None:
        """Hear no more."""
        if self._receiver is not None:
            self._receiver.close()


def _figures_told(
    stack: ExitStack, settings: MetricSettings, points: _Points, clock: Callable[[], float]
) -> str:
    """Serve and send the figures as the settings say; return where ``/metrics`` is."""
    if settings.write_url:
        sender = RemoteSender(
            RemoteWriter(settings.write_url, token=settings.write_token, timeout_s=10.0),
            points, clock=clock, interval_s=settings.write_interval_s,
            queue_bytes=settings.queue_bytes,
        )  # fmt: skip
        points.sender = sender
        sender.start()
        stack.callback(sender.close)
    if not settings.port:
        return ""
    endpoint = MetricsEndpoint(settings.address, settings.port, lambda: exposition(points()))
    stack.callback(endpoint.close)
    return endpoint.url


class _Points:
    """Every metric as of now."""

    def __init__(
        self, watch: Watch, own: OwnFigures, store: ProjectStore, interval_s: float,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._watch, self._own, self._store = watch, own, store
        self._interval_s, self._clock = interval_s, clock
        self.sender: RemoteSender | None = None

    def __call__(self) -> Iterator[Point]:
        yield from watched_points(
            self._watch, self._own, self._store, now_s=self._clock(), interval_s=self._interval_s
        )
        if self.sender is not None:
            yield from write_points(self.sender.figures)


@contextmanager
def watching(
    project: Project,
    *,
    places: Mapping[str, Place] | None = None,
    settings: ProbeSettings | None = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    transport: Callable[[], SnmpTransport] = prepared_transport,
    radio: bool = True,
    heard: Callable[[Sequence[Event], float], None] = lambda _events, _now_s: None,
    shown: Callable[[Cycle], None] = lambda _cycle: None,
) -> Iterator[Watching]:
    """Put a project together for polling, and take it apart again.

    Parameters
    ----------
    places
        Where agents listen instead of at their management addresses.
    settings
        In place of ``[probes]`` of the project.
    radio
        Whether messages say what goes dark on the radio too; the first time that takes minutes, in
        the background.
    heard, shown
        Called with events of alarms, and with each logged cycle.

    Raises
    ------
    SettingError, InputError
        Nothing can be polled.
    SurroundingsError
        The store cannot be used, or another service polls the project.
    """
    settings = settings or probe_settings(project.settings.probes, project.directory)
    targets, refused = _targets(project, settings, places)
    directory = service_directory(project.directory)
    with ExitStack() as stack:
        stack.enter_context(ServiceLock(directory))
        store = project_store(project)
        stack.callback(store.close)
        alarms = watched_project(project, store=store)
        impact = AlarmImpact(project, radio=radio)
        stack.callback(impact.close)
        hints = _Hints(settings, targets, directory, clock)
        stack.callback(hints.close)
        watch = Watch(
            alarms.book, store.samples, profiles=project_profiles(project.directory), told=heard,
            hinted=hints.devices, clock=monotonic,
        )  # fmt: skip
        memory = read_memory(directory / "memory.json")
        fast, slow = transport(), transport()
        stack.callback(fast.close)
        stack.callback(slow.close)
        executor = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="slow-lane"))
        now_s = clock()
        poller = Poller(
            targets,
            Schedule(
                [one.device_id for one in targets],
                interval_s=settings.interval_s,
                slow_interval_s=settings.slow_interval_s,
                now_s=now_s,
                misses=memory.misses,
            ),
            fast=fast, slow=slow, sink=watch, executor=executor, memory=memory,
            budget=settings.budget, max_agents=settings.max_agents,
        )  # fmt: skip
        own = OwnFigures()

        def noted(cycle: Cycle) -> None:
            own.note(cycle)
            shown(cycle)

        service = Service(
            poller, watch, clock=clock, interval_s=settings.interval_s, directory=directory,
            heartbeat=Heartbeat(settings.heartbeat_file, settings.heartbeat_url),
            tell=_Teller(alarms.notifier(impact)), shown=noted,
        )  # fmt: skip
        points = _Points(watch, own, store, settings.interval_s, clock)
        url = _figures_told(stack, settings.metrics, points, clock)
        yield Watching(
            service, watch, alarms.book, store, alarms, impact, targets, refused, settings, url
        )


class _Teller:
    """Delivers when the notifier wants to."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._next_s = 0.0

    def __call__(self, now_s: float) -> None:
        if now_s >= self._next_s:
            self._notifier.deliver(now_s)
            self._next_s = self._notifier.next_s(now_s)
