"""A poller at work, in a minute: the example's devices answer, a span is cut, people are told.

Everything is on loopback and on ports of the kernel's choice: agents made of the example's tables
(:mod:`ngbw.probes.replay.planned_devices`), the poll service as it runs every day, only faster,
and a small web server that takes the messages. Nothing of it is staged: alarms, root cause and
message come out of what the agents answer.
"""

from __future__ import annotations

import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..maps import figures
from ..maps.words import text
from ..probes.alarms import Alarm, Event
from ..probes.alarms.model import Condition
from ..probes.alarms.rule_file import ALARMS_FILE
from ..probes.observations import Observation, Resource
from ..probes.replay import Faults, ReplayAgents
from ..probes.replay.planned_devices import PORT_OPER_STATUS, planned_recordings
from ..probes.safety import AllowedNetworks
from ..probes.service import Place, ProbeSettings
from ..probes.service.settings import NamedCredential
from ..probes.snmp.agents import Budget, Community
from ..probes.snmp.values import Tag, Typed
from ..topology.errors import InputError
from ..topology.network import Network
from ..topology.project import Project
from ..topology.service_roots import service_roots
from .alarm_words import AlarmWriter, impact_lines, shown
from .answer import aligned_table
from .watching import Watching, watching

__all__ = ["Cut", "DemoResult", "cut_of", "run_demo"]

_PATIENCE_S = 40.0
_SHOWN = 6

_MARK = "# Thresholds of the demonstration: a minute stands for an hour."
ALARMS_TOML = (
    f"""\
{_MARK}
format = 1
"""
    + """\

[learning]
hours = 0

[defaults.unreachable]
raise_samples = 2
hold_off_s = {hold_s}
verify_parents_s = {patience_s}
clear_hold_s = 0

[defaults.port-down]
hold_off_s = {hold_s}
clear_hold_s = 0

[notify]
wait_s = {wait_s}

[channels.demo]
kind = "webhook"
language = "{language}"
url = "http://127.0.0.1:{port}/alarms"
secret_file = "{secret}"
insecure = true
allow = ["127.0.0.0/8"]

[routes.everybody]
channels = ["demo"]
min_severity = "warning"
"""
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A span that is cut: the links through it, their ports, and the devices beyond."""

    span_id: str
    links: tuple[str, ...]
    ports: tuple[tuple[str, int], ...]
    dark_devices: tuple[str, ...]


@dataclass(slots=True)
class DemoResult:
    """What came of it."""

    health: list[Observation] = field(default_factory=list)
    cut: Cut | None = None
    root: Alarm | None = None
    followers: int = 0
    people: float | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    cleared: bool = False


def cut_of(network: Network, span_id: str, roots: Sequence[str] = ()) -> Cut:
    """Return what a cut of a span takes down and what nobody reaches then.

    Raises
    ------
    InputError
        No link runs through the span.
    """
    links = [network.link(str(one)) for one in network.links["link_id"]]
    through = [one for one in links if span_id in one.spans]
    if not through:
        raise InputError(f"no link runs through the span {span_id!r}; name another")
    number: dict[str, tuple[str, int]] = {}
    count: dict[str, int] = {}
    for key in network.ports["port_id"]:
        port = network.port(str(key))
        count[port.device_id] = count.get(port.device_id, 0) + 1
        number[port.port_id] = port.device_id, count[port.device_id]
    ends = [port for one in through for port in (one.a_port, one.b_port) if port in number]
    graph = network.without([f"spans:{span_id}"]).graph()
    reached = set(service_roots(network.sites, roots).ids)
    frontier = list(reached)
    while frontier:
        for near in graph.neighbors(frontier.pop()):
            if near not in reached:
                reached.add(near)
                frontier.append(near)
    devices = network.devices
    dark = devices.loc[~devices["site_id"].isin(reached), "device_id"]
    return Cut(
        span_id, tuple(one.link_id for one in through),
        tuple(number[port] for port in ends), tuple(map(str, dark)),
    )  # fmt: skip


@contextmanager
def _receiver() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Take what a webhook sends; gives the port and what came."""
    came: list[dict[str, Any]] = []

    class Takes(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), 1_000_000)
            body = self.rfile.read(length)
            try:
                came.append(json.loads(body))
            except ValueError:
                came.append({"text": body.decode("utf-8", "replace")})
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _settings(community: str, interval_s: float) -> ProbeSettings:
    return ProbeSettings(
        networks=AllowedNetworks.of(["127.0.0.0/8"]),
        credentials=(NamedCredential("demo", Community(community)),),
        interval_s=interval_s,
        slow_interval_s=3600.0,
        budget=Budget(seconds=5.0, timeout_s=max(0.3, interval_s / 4), retries=1),
    )


class _Story:
    """Tells what happens, in words and tables."""

    def __init__(self, say: Callable[[str], None], language: str, timezone: str) -> None:
        self._say = say
        self._language = language
        self._writer = AlarmWriter(timezone)
        self._started_s = time.monotonic()

    def say(self, key: str, **values: object) -> None:
        """Say a sentence, with the seconds that have passed."""
        passed = time.monotonic() - self._started_s
        self._say(f"{passed:5.0f} s  {text(key, self._language, **values)}")

    def lines(self, lines: Sequence[str]) -> None:
        """Say lines below a sentence."""
        for line in lines:
            self._say(f"         {line}")

    def alarm(self, alarm: Alarm) -> str:
        """Return an alarm in one line."""
        return self._writer.title(alarm, alarm.severity, self._language)

    def health(self, polled: Watching) -> list[Observation]:
        """Show the fullest ports and the weakest light."""
        found = list(polled.watch.observations.values())
        full = [one for one in found if one.figure == "utilisation_in_share" and one.value]
        full.sort(key=lambda one: -(one.value or 0.0))
        light = [one for one in found if one.figure == "rx_power_dbm" and one.value is not None]
        light.sort(key=lambda one: one.value or 0.0)
        found = [*full[:_SHOWN], *light[:_SHOWN]]
        head = [text(f"demo.column.{name}", self._language) for name in ("what", "value", "sure")]
        rows = [
            [shown(one.resource),
             figures.share(one.value, self._language) if one in full[:_SHOWN] and one.value
             else f"{one.value:.1f} dBm",
             one.quality.value]
            for one in found
        ]  # fmt: skip
        self.lines(aligned_table(head, rows, (1,)))
        return found


def _root(polled: Watching, cut: Cut) -> Alarm | None:
    """Return the alarm from which the others follow: the span, or what stands at its far end."""
    active = [one for one in polled.book.alarms() if one.condition is Condition.ACTIVE]
    roots = {root for one in active for root in one.root_causes}
    for one in active:
        if one.key.resource == f"span:{cut.span_id}":
            return one
    return next((one for one in active if one.key.resource in roots), None)


def run_demo(
    project: Project,
    *,
    span_id: str,
    interval_s: float,
    language: str,
    say: Callable[[str], None],
) -> DemoResult:
    """Poll the project's devices as if they existed, cut a span, and tell what follows.

    Parameters
    ----------
    span_id
        What is cut.
    interval_s
        Seconds between two polls of a device; the whole takes some twenty of them.
    say
        Takes each line.

    Raises
    ------
    InputError
        The project has no devices, or no link runs through the span.
    """
    network = project.network()
    result = DemoResult(cut=cut_of(network, span_id, project.settings.network_roots))
    cut = result.cut
    assert cut is not None  # noqa: S101 - for the type checker
    community = secrets.token_urlsafe(12)
    recordings = planned_recordings(network)
    story = _Story(say, language, project.settings.timezone)
    with _receiver() as (port, came), ReplayAgents(recordings, community=community) as agents:
        secret = project.directory / ".webhook-secret"
        secret.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        thresholds = ALARMS_TOML.format(
            secret=secret.resolve().as_posix(),
            language=language,
            hold_s=interval_s,
            patience_s=4 * interval_s,
            # Long enough for all that follows to be raised: one message tells all of it.
            wait_s=4 * interval_s,
            port=port,
        )
        (project.directory / ALARMS_FILE).write_text(thresholds, encoding="utf-8")
        places = {one.name: Place(one.address, one.port) for one in agents.served}
        story.say("demo.agents", count=len(places))
        heard: list[Event] = []
        with watching(
            project, places=places, settings=_settings(community, interval_s), radio=False,
            heard=lambda events, _now_s: heard.extend(events),
        ) as polled:  # fmt: skip
            _Acts(polled, agents, story, interval_s).play(result, cut, came)
    return result


class _Acts:
    """The acts of the story, each a stretch of the poll service's time."""

    def __init__(
        self, polled: Watching, agents: ReplayAgents, story: _Story, interval_s: float
    ) -> None:
        self._polled, self._agents, self._story = polled, agents, story
        self._interval_s = interval_s
        self._stop = threading.Event()

    def _poll(self, done: Callable[[], bool], at_most_s: float) -> bool:
        """Let the service work until something is so, or too long has passed."""
        until_s = time.monotonic() + at_most_s
        while time.monotonic() < until_s:
            self._polled.service.step(time.time())
            if done():
                return True
            self._stop.wait(0.1)
        return False

    def play(self, result: DemoResult, cut: Cut, came: list[dict[str, Any]]) -> None:
        """Show health, cut, alarm, people, message, repair."""
        polled, story = self._polled, self._story
        seen = polled.watch.observations
        wanted = len(polled.targets)

        def rated() -> bool:
            first = sum(figure == "reachable" for _, figure in seen)
            return first >= wanted and all(
                reading.rated is not None or not reading.names
                for reading in polled.watch.ports.values()
            )

        self._poll(rated, _PATIENCE_S)
        story.say("demo.health", count=wanted)
        result.health = story.health(polled)

        story.say("demo.cut", span=cut.span_id, links=" ".join(cut.links))
        self._break(cut)
        self._poll(lambda: self._told(cut, result), _PATIENCE_S)
        if result.root is None:
            story.say("demo.no_root")
            return
        impact = polled.impact.wait_for(result.root.key.resource, seconds=_PATIENCE_S)
        result.people = None if impact is None else impact.people
        root = result.root.key.resource
        self._poll(lambda: _told_of(root, came) is not None, _PATIENCE_S)
        result.messages = list(came)
        following = self._following(root)
        told = _told_of(root, result.messages)
        # The message counted at its moment; what joined since would make two counts of one.
        result.followers = len(following) if told is None else told["followers"]["total"]
        story.say("demo.root", alarm=story.alarm(result.root), count=result.followers)
        story.lines(self._some(following, result.followers))
        story.lines(impact_lines(impact, story._language))
        story.say("demo.message", count=len(came))
        about = next((one for one in result.messages if _told_of(root, [one])), None)
        story.lines([] if about is None else _message_lines(about))

        story.say("demo.repair", span=cut.span_id)
        self._mend(cut)
        self._poll(lambda: self._all_clear(), _PATIENCE_S)
        result.cleared = self._all_clear()
        over = sum(one.condition is Condition.CLEARED for one in polled.book.alarms())
        story.say("demo.over" if result.cleared else "demo.not_over", count=over)

    def _break(self, cut: Cut) -> None:
        down = Typed(Tag.INTEGER, 2)
        for device_id, number in cut.ports:
            self._agents.change(device_id, put={(*PORT_OPER_STATUS, number): down})
        for device_id in cut.dark_devices:
            self._agents.change(device_id, faults=Faults(silence=1.0))

    def _mend(self, cut: Cut) -> None:
        up = Typed(Tag.INTEGER, 1)
        for device_id in cut.dark_devices:
            self._agents.change(device_id, faults=Faults())
        for device_id, number in cut.ports:
            self._agents.change(device_id, put={(*PORT_OPER_STATUS, number): up})
            self._polled.service.hurry(device_id)
        for device_id in cut.dark_devices:
            self._polled.service.hurry(device_id)

    def _told(self, cut: Cut, result: DemoResult) -> bool:
        """Whether everything that must follow from one cause does."""
        root = _root(self._polled, cut)
        if root is None:
            return False
        result.root = root
        following = {one.key.resource for one in self._following(root.key.resource)}
        return following >= {f"device:{one}" for one in cut.dark_devices}

    def _following(self, root: Resource) -> list[Alarm]:
        return [
            one
            for one in self._polled.book.alarms()
            if one.condition is Condition.ACTIVE and root in one.root_causes
        ]

    def _some(self, following: Sequence[Alarm], count: int) -> list[str]:
        lines = [self._story.alarm(one) for one in following[: min(count, _SHOWN)]]
        if count > len(lines):
            lines.append(f"... +{count - len(lines)}")
        return lines

    def _all_clear(self) -> bool:
        return all(
            one.condition is not Condition.ACTIVE for one in self._polled.book.alarms()
        ) and bool(self._polled.book.alarms())


def _told_of(root: Resource, came: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the first message about a resource among what the webhook took."""
    told: list[dict[str, Any]] = [one for body in came for one in body.get("messages", ())]
    return next((one for one in told if one["resource"] == root), None)


def _message_lines(message: dict[str, Any]) -> list[str]:
    """Return a message of the webhook in lines: its title and text where it has them."""
    words = [str(message[name]) for name in ("title", "text", "body") if message.get(name)]
    if not words:
        words = [json.dumps(message, ensure_ascii=False)[:400]]
    return [line for part in words for line in part.split("\n")]


def demo_project(directory: Path) -> Project:
    """Return the example as a project of its own, made anew where it is not there yet.

    Raises
    ------
    InputError
        The directory holds a project that no demonstration made: made-up samples and alarms do not
        belong among somebody's own.
    """
    from ..examples import copy_example
    from ..topology.project import open_project
    from ..topology.settings import SETTINGS_FILE

    thresholds = directory / ALARMS_FILE
    if not (directory / SETTINGS_FILE).exists():
        copy_example("yangpu", directory)
        thresholds.write_text(f"{_MARK}\nformat = 1\n", encoding="utf-8")
    elif not (thresholds.is_file() and _MARK in thresholds.read_text("utf-8", "replace")[:200]):
        raise InputError(
            f"{directory} holds a project of your own, and the demonstration would put made-up "
            "samples and alarms into it; give it a directory that does not exist yet"
        )
    return open_project(directory)
