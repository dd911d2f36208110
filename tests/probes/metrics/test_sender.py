"""Remote write waits, tries again, drops the oldest and never holds anybody up."""

from __future__ import annotations

from typing import Any

from ngbw.probes.metrics import Point, RemoteSender, RemoteWriter
from ngbw.tests.probes.metrics.decoding import series_of
from ngbw.topology.errors import InputError, SurroundingsError


class Away(RemoteWriter):
    """A writer whose receiver takes, is away, or refuses, as the test says."""

    def __init__(self):
        super().__init__("http://192.0.2.1/write")
        self.trouble: Exception | None = None
        self.got: list[Any] = []
        self.tries = 0

    def post(self, body):
        self.tries += 1
        if self.trouble is not None:
            raise self.trouble
        self.got.append(series_of(body))


class World:
    def __init__(self, queue_bytes=1_000_000, points=3):
        self.now_s = 1000.0
        self.writer = Away()
        self.sender = RemoteSender(
            self.writer,
            lambda: [Point("ngbw_store_events", (f"l{n}",), self.now_s) for n in range(points)],
            clock=lambda: self.now_s,
            interval_s=60.0,
            queue_bytes=queue_bytes,
        )

    def run(self, seconds):
        for _ in range(seconds):
            self.sender.step()
            self.now_s += 1.0

    def moments(self):
        return [samples[0][1] / 1000 for request in self.writer.got for _, samples in request[:1]]


def test_each_interval_is_written_with_its_time():
    world = World()
    world.run(150)
    assert world.moments() == [1000.0, 1060.0, 1120.0]
    assert world.sender.figures.sent == 9


def test_what_waited_for_the_receiver_comes_in_order_with_its_own_times():
    world = World()
    world.writer.trouble = SurroundingsError("away")
    world.run(150)
    assert world.sender.figures.waiting_bytes > 0
    assert world.writer.got == []
    assert world.writer.tries < 12  # 1, 2, 4 ... seconds between them
    world.writer.trouble = None
    world.run(70)
    assert world.moments() == [1000.0, 1060.0, 1120.0, 1180.0]
    assert world.sender.figures.waiting_bytes == 0


def test_of_what_is_too_much_the_oldest_is_dropped_and_counted():
    world = World(queue_bytes=300)
    world.writer.trouble = SurroundingsError("away")
    world.run(600)
    assert world.sender.figures.waiting_bytes <= 300
    world.writer.trouble = None
    world.run(61)
    figures = world.sender.figures
    assert figures.dropped > 0
    assert figures.dropped + figures.sent == 3 * 12
    assert 1000.0 not in world.moments()


def test_what_is_refused_is_counted_and_stops_nothing_behind_it():
    world = World()
    world.writer.trouble = InputError("out of order")
    world.run(10)
    world.writer.trouble = None
    world.run(100)
    assert (world.sender.figures.refused, world.sender.figures.sent) == (3, 3)


def test_a_clock_that_is_set_back_stops_nothing():
    world = World()
    world.run(61)
    world.now_s -= 100_000
    world.run(70)
    assert len(world.moments()) >= 3


def test_the_end_waits_for_no_receiver_that_is_away():
    world = World()
    world.writer.trouble = SurroundingsError("away")
    world.run(3)
    tries = world.writer.tries
    world.sender.close()
    assert world.writer.tries == tries
    taken = World()
    taken.sender.start()
    taken.sender.close()
    assert taken.sender.figures.waiting_bytes == 0
