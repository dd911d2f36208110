"""The poller on recordings and an injected clock: what is asked, and what silence means."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from ngbw.probes.alarms import AlarmBook, MemoryLog, built_in_rules
from ngbw.probes.quality import Quality
from ngbw.probes.replay.recorded_transport import RecordedTransport
from ngbw.probes.replay.recordings import Recording, parse_snmprec
from ngbw.probes.service import Lane, PolledDevice, Poller, Schedule
from ngbw.probes.service.cycle_log import Cycle, CycleLog
from ngbw.probes.service.heartbeat import Heartbeat
from ngbw.probes.service.memory import Memory, read_memory
from ngbw.probes.service.poller import SYS_UPTIME, Batch, Inline, Seen
from ngbw.probes.service.service import Service, ServiceLock
from ngbw.probes.service.settings import NamedCredential
from ngbw.probes.service.watch import Watch
from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community, Fault, LocalHealth, Outcome
from ngbw.probes.snmp.values import oid
from ngbw.topology.errors import SurroundingsError

BOX = """\
1.3.6.1.2.1.1.1.0|4|box
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1
1.3.6.1.2.1.1.3.0|67|100000
1.3.6.1.2.1.2.2.1.1.1|2|1
1.3.6.1.2.1.2.2.1.2.1|4|eth0
1.3.6.1.2.1.2.2.1.3.1|2|6
1.3.6.1.2.1.2.2.1.7.1|2|1
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.31.1.1.1.1.1|4|eth0
1.3.6.1.2.1.31.1.1.1.6.1|70:numeric|initial=1000,rate=62500000
1.3.6.1.2.1.31.1.1.1.10.1|70:numeric|initial=1000,rate=1250000
1.3.6.1.2.1.31.1.1.1.15.1|66|1000
"""


class World:
    """Devices, a clock, a poller with its watch."""

    def __init__(self, count=3, credentials=("one",), **more):
        self.now_s = 1_700_000_000.0
        boxes = {f"d{n}": parse_snmprec(BOX, f"d{n}") for n in range(count)}
        self.transport: Any = RecordedTransport(
            boxes, clock=lambda: self.now_s, started_s=1_700_000_000.0
        )
        named = tuple(NamedCredential(name, Community(f"word-{name}")) for name in credentials)
        self.memory = Memory(**more)
        self.book: Any = AlarmBook(MemoryLog(), built_in_rules())
        self.watch = Watch(self.book, None, clock=lambda: self.now_s)
        self.poller = Poller(
            [PolledDevice(name, "192.0.2.1", 161, named) for name in boxes],
            Schedule(boxes, interval_s=60.0, slow_interval_s=3600.0, now_s=self.now_s,
                     misses=self.memory.misses),
            fast=self.transport, slow=self.transport, sink=self.watch, executor=Inline(),
            memory=self.memory, budget=Budget(),
        )  # fmt: skip

    def run(self, seconds):
        """Let so many seconds pass; returns the cycles of the fast lane."""
        cycles = []
        for _ in range(int(seconds)):
            self.now_s += 1
            cycles += [one for one in self.poller.step(self.now_s) if one.lane == "fast"]
        return cycles

    def seen(self, device, figure, name="") -> Any:
        resource = f"port:{device}/{name}" if name else f"device:{device}"
        return self.watch.observations.get((resource, figure))


def test_two_polls_give_a_rate_with_its_verdict():
    world = World()
    world.run(130)
    assert world.seen("d0", "reachable").value == 1.0
    assert world.seen("d0", "oper_up", "eth0").value == 1.0
    busy = world.seen("d0", "utilisation_in_share", "eth0")
    assert busy.value == pytest.approx(0.5, rel=1e-3)
    assert busy.quality is Quality.OK


def test_silence_is_down_when_we_are_sound_and_unknown_when_we_are_not():
    world = World()
    world.run(70)
    world.transport.silent.add("d1")
    world.run(70)
    assert world.seen("d1", "reachable").value == 0.0
    world = World()
    world.run(70)
    world.transport.silent.add("d1")
    world.transport.lost = LocalHealth(receive_drops=3)
    cycles = world.run(70)
    assert world.seen("d1", "reachable").value is None
    assert world.seen("d1", "reachable").quality is Quality.GAP
    assert sum(one.silent for one in cycles) == 0
    assert sum(one.unknown for one in cycles) >= 1
    assert world.poller.schedule.misses == {}


def test_no_alarm_comes_of_a_cycle_that_lost_packets():
    world = World()
    world.run(200)
    world.transport.silent |= {"d0", "d1", "d2"}
    world.transport.lost = LocalHealth(loop_lag_s=3.0)
    world.run(900)
    world.book.tick(world.now_s)
    assert world.book.alarms() == ()
    world.transport.lost = LocalHealth()
    world.run(900)
    world.book.tick(world.now_s)
    assert {one.key.alarm_type for one in world.book.alarms()} == {"unreachable"}


def test_a_refusal_leaves_a_device_unwatched_which_is_not_kept_quiet():
    world = World()
    world.run(70)
    world.transport.refusing.add("d0")
    world.run(70)
    assert world.seen("d0", "reachable").value == 0.0
    assert set(world.poller.schedule.misses) == {"d0"}


def test_the_dead_are_asked_for_their_uptime_alone():
    world = World(1)
    world.run(70)
    world.transport.silent.add("d0")
    world.run(300)
    world.transport.asked.clear()
    world.run(600)
    assert world.transport.asked
    assert all(ask.scalars == (SYS_UPTIME,) and not ask.tables for ask in world.transport.asked)
    assert len(world.transport.asked) <= 4


def test_credentials_are_tried_in_order_and_the_one_that_fits_is_kept():
    world = World(1, credentials=("first", "second", "third"))
    answers = world.transport._answer

    def only_second(ask):
        if ask.agent.credential != Community("word-second"):
            world.transport.silent.add("d0")
        answer = answers(ask)
        world.transport.silent.discard("d0")
        return answer

    world.transport._answer = only_second
    world.run(70)
    assert world.memory.credential == {"d0": "second"}
    assert world.seen("d0", "reachable").value == 1.0
    world.transport.asked.clear()
    world.run(300)
    assert {ask.agent.credential for ask in world.transport.asked} == {Community("word-second")}


def test_a_device_that_nobody_can_read_is_down_only_after_every_credential():
    world = World(1, credentials=("first", "second"))
    world.transport.silent.add("d0")
    world.run(61)
    asked = [ask.agent.credential.community for ask in world.transport.asked]
    assert asked[:2] == ["word-first", "word-second"]
    assert world.seen("d0", "reachable").value == 0.0


def test_large_tables_are_read_rarely_and_apart():
    world = World(1)
    world.run(3700)
    slow = [ask for ask in world.transport.asked if ask.budget.seconds > 100]
    assert 1 <= len(slow) <= 2
    fast = [ask for ask in world.transport.asked if ask.budget.seconds <= 100]
    columns = {column for ask in fast for group in ask.tables for column in group}
    assert not any(column[:9] == (1, 3, 6, 1, 2, 1, 4, 22, 1) for column in columns)


def test_half_a_table_does_not_rename_ports():
    from ngbw.probes.snmp.agents import Answer, Fault

    world = World(1)
    world.run(130)
    before = dict(world.watch.ports)
    whole = world.transport._answer

    def cut(ask):
        answer = whole(ask)
        rows = {n: t for n, t in world.transport.recordings["d0"].rows.items() if n[7] != 31}
        return Answer(
            answer.agent_id, Outcome.PARTIAL, Recording("d0", rows),
            (Fault("budget", "time ran out"),), answer.cost, answer.uptime_s, answer.at_s,
        )  # fmt: skip

    world.transport._answer = cut
    world.run(70)
    assert world.watch.ports == before
    assert world.seen("d0", "reachable").value == 1.0


def service(world, directory, **more):
    return Service(
        world.poller, world.watch, clock=lambda: world.now_s, interval_s=60.0,
        directory=directory, **more,
    )  # fmt: skip


def test_a_service_runs_until_it_is_stopped_and_remembers(tmp_path):
    world = World()
    told: list[float] = []
    shown: list[Cycle] = []
    stop = threading.Event()
    beat = tmp_path / "alive"

    def wait(seconds):
        world.now_s += seconds
        if world.now_s > 1_700_000_200:
            stop.set()

    running = service(
        world, tmp_path, heartbeat=Heartbeat(beat), tell=told.append, shown=shown.append
    )
    running.run(stop, wait=wait)
    assert beat.exists()
    assert len(shown) >= 3
    assert shown == CycleLog(tmp_path / "cycles.jsonl").last(100)
    assert sum(one.answered for one in shown) >= 9
    assert told
    kept = read_memory(tmp_path / "memory.json")
    assert kept.credential == {"d0": "one", "d1": "one", "d2": "one"}
    assert kept.kind["d0"].object_id == (1, 3, 6, 1, 4, 1, 32473, 1)
    again = World(credential=dict(kept.credential), kind=dict(kept.kind))
    again.run(61)
    assert all(len(ask.tables) for ask in again.transport.asked)


def test_a_memory_that_is_no_memory_is_begun_anew(tmp_path):
    path = tmp_path / "memory.json"
    for text in (
        "",
        "[]",
        '{"credential": 3}',
        '{"credential": {}, "misses": {}, "kind": {"a": []}}',
    ):
        path.write_text(text)
        assert read_memory(path) == Memory()


def test_a_line_cut_off_by_a_crash_is_passed_over(tmp_path):
    world = World()
    log = CycleLog(tmp_path / "cycles.jsonl")
    (cycle, *_) = world.run(60)
    log.write(cycle)
    with (tmp_path / "cycles.jsonl").open("a") as file:
        file.write('{"at_s": 17')
    assert log.last(5) == [cycle]


def test_two_services_do_not_poll_one_project(tmp_path):
    with ServiceLock(tmp_path), pytest.raises(SurroundingsError, match="stop it first"):
        ServiceLock(tmp_path).__enter__()
    with ServiceLock(tmp_path):
        pass


def test_a_heartbeat_that_nobody_takes_stops_nothing(tmp_path, caplog, requests):
    port, seen = requests
    beat = Heartbeat(tmp_path / "no" / "where", f"http://127.0.0.1:{port}/alive")
    beat.beat()
    beat.close()
    assert seen
    assert seen[0].startswith(b"GET /alive")


def test_what_the_disk_refuses_is_offered_again():
    world = World(1)
    world.run(70)
    real = world.book.observe
    refused = []

    def refuse(observations, now_s):
        refused.append(len(list(observations)))
        raise SurroundingsError("the disk is full")

    world.book.observe = refuse
    world.run(120)
    assert refused == sorted(refused)
    assert refused[-1] > refused[0]
    world.book.observe = real
    world.watch.tick(world.now_s)
    assert world.watch._waiting == []


def test_credentials_never_show():
    world = World()
    (target, *_) = world.poller._targets.values()
    assert "word-one" not in repr(target)


def test_a_port_table_without_end_hides_no_sensor_and_invents_no_port():
    watch = Watch(AlarmBook(MemoryLog(), built_in_rules()), None, clock=lambda: 0.0)
    box = BOX + "1.3.6.1.2.1.99.1.1.1.1.7|2|8\n1.3.6.1.2.1.99.1.1.1.2.7|2|9\n" + (
        "1.3.6.1.2.1.99.1.1.1.3.7|2|0\n1.3.6.1.2.1.99.1.1.1.4.7|2|41\n"
        "1.3.6.1.2.1.99.1.1.1.5.7|2|1\n"
    )  # fmt: skip
    transport: Any = RecordedTransport({"d0": parse_snmprec(box, "d0")}, clock=lambda: 0.0)
    ask = Ask(Agent("d0", "192.0.2.1", Community("word")), walks=((1, 3, 6, 1, 2, 1),))
    (answer,) = transport.collect([ask])

    def take(column):
        fault = Fault("table-budget", "", oid(f"1.3.6.1.2.1.{column}"))
        cut = replace(answer, outcome=Outcome.PARTIAL, faults=(fault,))
        seen = Seen("d0", Lane.FAST, cut, True)
        watch.take(Batch(0.0, (seen,), LocalHealth()))
        return {(one.resource, one.figure) for one in watch.observations.values()}

    assert ("port:d0/eth0", "oper_up") not in take("31.1.1.1.1")  # ifName: rows are ports
    assert any(figure == "temperature_c" for _, figure in watch.observations)
    assert ("port:d0/eth0", "oper_up") in take("31.1.1.1.15")  # ifHighSpeed
