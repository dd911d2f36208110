"""How fast samples, rates and events go into the store, and how much room they take.

    python -P benchmarks/probe_store.py

One cycle is 1,000 devices with 48 ports and 8 counters: 384,000 samples. The peers, in the same run
and in the same kind of SQLite file, are one row for each sample under two keys, a loop over counters
in Python, and one transaction for each event. Traffic of a port wanders between 5 and 60 % of
1 Gbit/s, packets follow it, a fifth of the ports is idle, errors are rare. Processor time, the best
of three runs; events by the clock, since they wait for the disk.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngbw.probes.health import link_figures
from ngbw.probes.port_counters import PORT_COUNTERS
from ngbw.probes.rates import CounterReading, Unit, rates
from ngbw.probes.store import (
    DeviceCycle,
    NewEvent,
    ProjectStore,
    Series,
    SeriesKind,
    open_store,
)

DEVICES, PORTS = 1_000, 48
COUNTERS = (*PORT_COUNTERS[:4], *PORT_COUNTERS[8:])
START = 1_700_002_800
CYCLES = 78  # an hour, what is needed to close it, and a little more
GIGABIT = 1e9


def best(action: Callable[[], object], times: int = 3) -> float:
    """Return the least processor time of an action in seconds."""
    least = float("inf")
    for _ in range(times):
        start = time.process_time()
        action()
        least = min(least, time.process_time() - start)
    return least


def traffic(devices: int) -> Iterator[NDArray[np.int64]]:
    """Yield the counters of every port of every device, cycle after cycle."""
    rng = np.random.default_rng(1)
    load = rng.uniform(0.05, 0.6, (devices, PORTS))
    idle = rng.random((devices, PORTS)) < 0.2
    counts = np.zeros((devices, PORTS, len(COUNTERS)), dtype=np.int64)
    counts[:, :, :4] = rng.integers(0, 2**45, (devices, PORTS, 4))
    while True:
        load = np.clip(load * rng.normal(1, 0.08, load.shape), 0.02, 0.8)
        octets = np.where(idle, 0, load * GIGABIT / 8 * 60)
        counts[:, :, 0] += octets.astype(np.int64)
        counts[:, :, 1] += (octets * rng.uniform(0.1, 0.9, load.shape)).astype(np.int64)
        counts[:, :, 2] += (octets / rng.uniform(600, 900, load.shape)).astype(np.int64)
        counts[:, :, 3] += (octets / rng.uniform(700, 1200, load.shape)).astype(np.int64)
        counts[:, :, 4:] += rng.random((devices, PORTS, 4)) < 0.002
        yield counts.reshape(devices, -1).copy()


def layouts(store: ProjectStore, devices: int) -> list[int]:
    """Return the layout of every device."""
    numbers = []
    for device in range(devices):
        series = [
            Series(
                f"port:d{device}/p{port}", counter.figure,
                SeriesKind.COUNTER64 if counter.wide else SeriesKind.COUNTER32, 0, GIGABIT,
            )
            for port in range(PORTS) for counter in COUNTERS
        ]  # fmt: skip
        numbers.append(store.samples.layout(f"d{device}", series))
    return numbers


def cycles(numbers: list[int], cycle: int, values: NDArray[np.int64]) -> list[DeviceCycle]:
    """Return a cycle of every device."""
    return [
        DeviceCycle(f"d{device}", layout, START + 60 * cycle, values[device], None,
                    60.0 * cycle, 1e6 + 60.0 * cycle)
        for device, layout in enumerate(numbers)
    ]  # fmt: skip


def measure_rows(directory: Path, key: str) -> tuple[float, float]:
    """Return samples a second and bytes a sample of one row for each sample."""
    path = directory / f"rows-{key.replace(',', '-')}.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(
        f"CREATE TABLE sample (series INTEGER, ts INTEGER, value INTEGER, PRIMARY KEY ({key})) "
        "WITHOUT ROWID"
    )
    source, times, count = traffic(DEVICES), [], 0
    for cycle in range(3):
        values = next(source).reshape(-1).tolist()
        at = START + 60 * cycle
        rows = [(number, at, value) for number, value in enumerate(values)]
        start = time.process_time()
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO sample VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        times.append(time.process_time() - start)
        count += len(rows)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return count / len(times) / min(times), path.stat().st_size / count


def measure_store(directory: Path) -> None:
    """Print what cycles, compaction and graphs cost."""
    store = open_store(directory / "store")
    numbers = layouts(store, DEVICES)
    source, times = traffic(DEVICES), []
    per_cycle = DEVICES * PORTS * len(COUNTERS)
    for cycle in range(CYCLES):
        ready = cycles(numbers, cycle, next(source))
        start = time.process_time()
        store.samples.append(ready)
        times.append(time.process_time() - start)
    print(f"| a cycle of 384,000 samples, one blob for each device | {min(times):.3f} s: "
          f"{per_cycle / min(times) / 1e6:.1f} M samples/s | |")  # fmt: skip
    start = time.process_time()
    done = store.samples.compact(START + 60 * CYCLES)
    spent = time.process_time() - start
    hour = sum(times[:60])
    print(f"| an hour compacted and rolled up | {done['samples'] / spent / 1e6:.1f} M samples/s, "
          f"{done['bytes'] / done['samples']:.2f} bytes/sample | |")  # fmt: skip
    both = done["samples"] / (spent + hour) / 1e6
    print(f"| written and compacted, all of it | {both:.1f} M samples/s | |")
    print(f"| roll-ups of 5 min and 1 h beside it | "
          f"{done['rollup_bytes'] / done['samples']:.2f} bytes/sample | |")  # fmt: skip
    spent = best(
        lambda: store.samples.graph(
            "d7", "port:d7/p3", "in_octets", start_s=START, end_s=START + 86_400
        )
    )
    print(f"| graph of a day | {spent * 1000:.1f} ms | |")
    store.close()


def measure_hardest(directory: Path) -> None:
    """Print the room that counters take which nothing foretells."""
    store = open_store(directory / "hardest")
    numbers = layouts(store, 50)
    rng = np.random.default_rng(3)
    counts = np.zeros((50, PORTS * len(COUNTERS)), dtype=np.int64)
    for cycle in range(CYCLES):
        counts += rng.integers(0, int(GIGABIT / 8 * 60), counts.shape)
        store.samples.append(cycles(numbers, cycle, counts))
    done = store.samples.compact(START + 60 * CYCLES)
    store.close()
    print(f"| every counter at random up to 1 Gbit/s, each minute anew | "
          f"{done['bytes'] / done['samples']:.2f} bytes/sample | |")  # fmt: skip


def measure_rates() -> None:
    """Print what the rates of a cycle cost, beside a loop."""
    ports, columns = DEVICES * PORTS, len(PORT_COUNTERS)
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 2**50, (ports, columns), dtype=np.uint64)
    width = np.where([c.wide is not None for c in PORT_COUNTERS], 64, 32).astype(np.uint8)
    units = tuple(counter.unit for counter in PORT_COUNTERS)

    def reading(add: int, clock_s: float) -> CounterReading:
        return CounterReading(
            (counts + np.uint64(add)) % np.where(width == 64, 2**63, 2**32).astype(np.uint64),
            np.broadcast_to(width, counts.shape), np.full(ports, clock_s),
            np.full(ports, 1e6 + clock_s), np.full(ports, -1), np.full(ports, GIGABIT),
        )  # fmt: skip

    before, after = reading(0, 0.0), reading(60_000, 60.0)
    spent = best(lambda: rates(before, after, units))
    resources = [f"port:d{n // PORTS}/p{n % PORTS}" for n in range(ports)]
    found = rates(before, after, units)
    speed, at_s = np.full(ports, GIGABIT), np.zeros(ports)
    figures = best(lambda: link_figures(found, speed, resources, at_s))
    few = 500
    old, new = before.counts[:few].tolist(), after.counts[:few].tolist()

    def loop() -> list[float | None]:
        out: list[float | None] = []
        for one, other in zip(old, new, strict=True):
            for place, (first, second) in enumerate(zip(one, other, strict=True)):
                unit, bits = units[place], int(width[place])
                limit = GIGABIT / 8 if unit == Unit.OCTETS else GIGABIT / 512
                counted = (second - first) % 2**bits
                rate = counted / 60.0
                wrapped = second < first and bits == 32 and rate <= 1.05 * limit
                out.append(rate if second >= first or wrapped else None)
        return out

    plain = best(loop) * ports / few
    print(f"| rates with verdicts of 48,000 ports x {columns} counters | {spent * 1000:.0f} ms | "
          f"loop over counters, half the rule: {plain * 1000:.0f} ms ({plain / spent:.0f} times) |")  # fmt: skip
    print(f"| their 14 health figures | {figures * 1000:.0f} ms | |")


def measure_events(directory: Path) -> None:
    """Print how many events reach the disk in a second."""
    store = open_store(directory / "events")
    log = store.events("alarms")
    body = b'{"key":"port:d1/p1|link-down|","severity":"major","state":"active"}' * 3
    batch = [NewEvent(1.0, body)] * 100
    start = time.perf_counter()
    for _ in range(300):
        log.append(batch)
    many = 30_000 / (time.perf_counter() - start)
    start = time.perf_counter()
    for _ in range(300):
        log.append(batch[:1])
    single = 300 / (time.perf_counter() - start)
    store.close()
    print(f"| alarm events on the disk, 100 to an append | {many / 1000:.0f} k/s | "
          f"one commit for each: {single / 1000:.1f} k/s |")  # fmt: skip


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    print("| what | ngbw | against |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        measure_store(directory)
        measure_hardest(directory)
        for key in ("series,ts", "ts,series"):
            speed, size = measure_rows(directory, key)
            print(f"| one row for each sample, key ({key}) | | {speed / 1e6:.2f} M samples/s, "
                  f"{size:.1f} bytes/sample |")  # fmt: skip
        measure_rates()
        measure_events(directory)


if __name__ == "__main__":
    main()
