"""Alarms: storm, quiet polls, a year in one go, reading a log back, and root causes at 10,000 nodes.

    python -P benchmarks/alarms.py [DIRECTORY]

Peers in the same run: one transaction for each event in SQLite (``synchronous=FULL``), as monitors
that keep alarms as rows do it, and networkx for what is cut off, as NAV does it. The directory says
which disk is measured.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np

from ngbw.probes.alarms import AlarmBook, FileLog, MemoryLog, built_in_rules
from ngbw.probes.alarms.log import EventLog
from ngbw.probes.alarms.store_log import StoreLog
from ngbw.probes.observations import Observation
from ngbw.probes.quality import Quality
from ngbw.probes.root_cause import RootCauseJudge, WatchedGraph
from ngbw.probes.store.project_store import open_store
from ngbw.topology.compact_graph import graph_from_edges

RUNS = 3
DAY = 86_400.0


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the least wall and processor seconds of some runs."""
    walls, cpus = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def hot(names: list[str], at_s: float, value: float) -> list[Observation]:
    """Return the temperature of every device."""
    return [Observation(name, "temperature_c", value, Quality.OK, at_s) for name in names]


def storm(log: EventLog, *, batch: int, devices: int = 10_000) -> int:
    """Let every device get hot and cool again; return the number of events."""
    book = AlarmBook(log, built_in_rules())
    names = [f"device:D{n}" for n in range(devices)]
    book.observe(hot(names, 0.0, 20.0), 0.0)
    begun = book.seq
    for step, value in enumerate((99.0, 99.0, 20.0)):
        at_s = DAY + 300.0 * step
        for start in range(0, devices, batch):
            book.observe(hot(names[start : start + batch], at_s, value), at_s)
    return book.seq - begun


def one_by_one(path: Path, events: int) -> None:
    """Keep alarms as rows, an event a transaction."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE alarm (key TEXT PRIMARY KEY, state TEXT, at REAL)")
        for n in range(events):
            database.execute("INSERT OR REPLACE INTO alarm VALUES (?, 'active', ?)", (f"D{n}", n))
            database.commit()


def storms(home: Path) -> None:
    """Measure storms on each log."""
    count = 0
    for name, make in (
        ("file", lambda: FileLog(Path(tempfile.mkdtemp(dir=home)) / "log")),
        ("store (SQLite)", lambda: StoreLog(open_store(Path(tempfile.mkdtemp(dir=home))), home)),
        ("memory", MemoryLog),
    ):
        for batch in (1000, 100):

            def work(make: Callable[[], EventLog] = make, batch: int = batch) -> None:
                nonlocal count
                count = storm(make(), batch=batch)

            wall, cpu = timed(work)
            print(
                f"storm, {name}, batches of {batch}: {count} events, {count / wall:,.0f}/s, "
                f"{count / cpu:,.0f}/CPU-s"
            )
    wall, _ = timed(lambda: one_by_one(Path(tempfile.mkdtemp(dir=home)) / "rows.db", 2000))
    print(f"peer, a transaction an event: {2000 / wall:,.0f}/s")


def quiet() -> None:
    """Judge polls in which nothing is wrong."""
    book = AlarmBook(MemoryLog(), built_in_rules())
    names = [f"port:D{n // 48}/{n % 48}" for n in range(48_000)]
    at_s = 0.0

    def poll() -> None:
        nonlocal at_s
        at_s += 300.0
        for figure, value in (("oper_up", 1.0), ("utilisation_in_share", 0.2)):
            book.observe(
                [Observation(name, figure, value, Quality.OK, at_s) for name in names], at_s
            )

    poll()
    wall, cpu = timed(poll)
    print(f"quiet: {96_000 / wall:,.0f} observations/s, {96_000 / cpu:,.0f}/CPU-s, making included")


def year() -> None:
    """Replay a year of polls every 5 minutes of 10 devices, each hot for an hour a day."""
    log = MemoryLog()
    book = AlarmBook(log, built_in_rules())
    names = [f"device:D{n}" for n in range(10)]
    begun = time.process_time()
    for step in range(365 * 288):
        at_s = 300.0 * step
        book.observe(hot(names, at_s, 99.0 if step % 288 < 12 else 20.0), at_s)
    cpu = time.process_time() - begun
    print(f"a year: {365 * 288 * 10:,} observations, {book.seq:,} events in {cpu:.1f} CPU-s")
    begun = time.process_time()
    again = AlarmBook(log, built_in_rules())
    cpu = time.process_time() - begun
    assert again.digest() == book.digest()
    print(f"reading it back: {book.seq / cpu:,.0f} events/CPU-s")


def network(nodes: int) -> WatchedGraph:
    """Return a random network: a tree with half as many chords, one device a node."""
    draw = random.Random(1)  # noqa: S311 - a fixed world, no secret
    ends = [(draw.randrange(n), n) for n in range(1, nodes)]
    ends += [(draw.randrange(nodes), draw.randrange(nodes)) for _ in range(nodes // 2)]
    names = [f"device:{n}" for n in range(nodes)]
    links = [f"L{n}" for n in range(len(ends))]
    graph = graph_from_edges(names, links, np.array(ends, np.int32))
    spans = {link: (f"S{n // 3}",) for n, link in enumerate(links)}
    node = {name: n for n, name in enumerate(names)}
    edge = {name: n for n, name in enumerate(links)}
    return WatchedGraph(graph, (0,), {}, spans, node, edge)


def causes(nodes: int) -> None:
    """Measure root causes."""
    watched = network(nodes)
    graph = watched.graph
    _, prepared = timed(lambda: RootCauseJudge(watched))
    judge = RootCauseJudge(watched)
    plain: nx.MultiGraph[int] = nx.MultiGraph()
    plain.add_nodes_from(range(nodes))
    plain.add_edges_from(graph.ends.tolist())
    draw = random.Random(2)  # noqa: S311
    for failures in (1, 100):
        dead = draw.sample(range(1, nodes), failures)
        down = [f"device:{n}" for n in dead]

        def peer(dead: list[int] = dead) -> set[int]:
            left = plain.copy()
            left.remove_nodes_from(dead)
            return set(nx.node_connected_component(left, 0))

        _, ours = timed(lambda down=down: judge.diagnose(down))
        _, theirs = timed(peer)
        print(
            f"root causes, {nodes:,} nodes, {graph.edges:,} links, {failures} down: "
            f"{1000 * ours:.1f} ms of processor time; networkx, what is cut off alone: {1000 * theirs:.1f} ms"
        )
    print(f"  prepared once: {1000 * prepared:.0f} ms")


def main() -> None:
    """Measure everything."""
    home = Path(tempfile.mkdtemp(dir=sys.argv[1] if len(sys.argv) > 1 else None))
    storms(home)
    quiet()
    year()
    causes(10_000)


if __name__ == "__main__":
    main()
