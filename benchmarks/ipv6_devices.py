"""How long the readiness of 1,000 devices takes: one poll cycle, and the checks on two polls.

Run with the machine quiet: ``python -P benchmarks/ipv6_devices.py``; about three minutes. Agents
are recordings of the Yangpu example's devices, served by ``ngbw probe replay`` in a process of its
own, each at its own port; the poller's processor time counts, the agents' does not. The peer is
the same question put by pysnmp to a few of them.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ngbw.ipv6.devices import check_device, poll_devices
from ngbw.ipv6.devices.polls import DevicePoll
from ngbw.ipv6.evidence_book import EvidenceBook
from ngbw.probes.replay.planned_devices import planned_recordings
from ngbw.probes.replay.recordings import write_recording
from ngbw.probes.safety import AllowedNetworks
from ngbw.probes.service.settings import NamedCredential
from ngbw.probes.service.targets import PolledDevice
from ngbw.probes.snmp.agents import Budget, Community, Outcome, SnmpTransport
from ngbw.probes.snmp.engine import Engine
from ngbw.probes.snmp.pysnmp_transport import PysnmpTransport
from ngbw.probes.store import open_store
from ngbw.topology.project import open_project

DEVICES = 1_000
PEER_DEVICES = 10
RUNS = 3
EXAMPLE = Path(__file__).parent.parent / "examples" / "yangpu"
LOOPBACK = AllowedNetworks.of(["127.0.0.0/8"])
BUDGET = Budget(seconds=60.0, timeout_s=20.0)


@contextmanager
def served(directory: Path) -> Iterator[list[PolledDevice]]:
    """Serve copies of the example's devices; give 1,000 of them as targets."""
    made = planned_recordings(open_project(EXAMPLE).network())
    folder = directory / "recordings"
    folder.mkdir()
    for one in made:
        write_recording(one, folder / f"{one.name}.snmprec")
    places = directory / "places.json"
    copies = -(-DEVICES // len(made))
    command = [sys.executable, "-P", "-m", "ngbw", "probe", "replay", str(folder),
               "--copies", str(copies), "--places", str(places)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as agents:
        try:
            while not places.exists():
                time.sleep(0.2)
            listed = json.loads(places.read_text())["agents"]
            known = NamedCredential("public", Community("public"))
            yield [
                PolledDevice(name, place["address"], place["port"], (known,))
                for name, place in list(listed.items())[:DEVICES]
            ]
        finally:
            agents.terminate()


def spent_s() -> float:
    """Return the processor time of this process so far."""
    return time.process_time()


def cycle(
    targets: list[PolledDevice], transport: SnmpTransport
) -> tuple[dict[str, DevicePoll], float, float]:
    """Poll once; return the polls, the time by the clock and of the processor."""
    wall, cpu = time.perf_counter(), spent_s()
    polls = poll_devices(targets, transport, networks=LOOPBACK, budget=BUDGET, over_ipv6=False)
    return polls, time.perf_counter() - wall, spent_s() - cpu


def judged(first: dict[str, DevicePoll], second: dict[str, DevicePoll]) -> tuple[int, float]:
    """Judge every device on two polls; return how many rows that were, and processor time."""
    cpu = spent_s()
    count = 0
    for device_id, poll in second.items():
        later = replace(poll, began_s=first[device_id].began_s + 300.0)
        if later.reading is not None:
            clock = first[device_id].reading
            assert clock is not None
            moved = replace(
                later.reading.system, agent_uptime_s=(clock.system.agent_uptime_s or 0) + 300.0
            )
            later = replace(later, reading=replace(later.reading, system=moved))
        count += len(check_device(later, first[device_id], role="backbone"))
    return count, spent_s() - cpu


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as written:
        directory = Path(written)
        with served(directory) as targets, Engine() as engine:
            engine.prepare()
            best: tuple[float, float] = (float("inf"), float("inf"))
            kept: list[dict[str, DevicePoll]] = []
            for _ in range(RUNS):
                polls, wall_s, cpu_s = cycle(targets, engine)
                outcomes = Counter(one.outcome for one in polls.values())
                print(f"{len(targets)} devices: {wall_s:.1f} s, processor {cpu_s:.1f} s, "
                      f"{dict(outcomes)}")  # fmt: skip
                best = min(best[0], wall_s), min(best[1], cpu_s)
                kept = [*kept[-1:], polls]
            peer = PysnmpTransport()
            some = targets[:PEER_DEVICES]
            few, _, peer_s = cycle(some, peer)
            peer.close()
            assert all(one.outcome is Outcome.ANSWERED for one in few.values())
        rounds = [judged(kept[0], kept[1]) for _ in range(RUNS)]
        count, judged_s = min(rounds, key=lambda one: one[1])
        cases = list(kept[1].items())
        rows = [row for device_id, poll in cases for row in check_device(poll, kept[0][device_id])]
        store = open_store(directory / "store")
        cpu = spent_s()
        EvidenceBook(store).record(rows)
        recorded_s = spent_s() - cpu
        store.close()
    ratio = (peer_s / PEER_DEVICES) / (best[1] / len(targets))
    print(f"best cycle: {best[0]:.1f} s by the clock, {best[1]:.1f} s of the processor")
    print(
        f"pysnmp: {peer_s / PEER_DEVICES * 1000:.0f} ms of the processor a device ({ratio:.0f} x)"
    )
    print(f"judged on two polls: {count} rows in {judged_s:.2f} s of the processor")
    print(f"recorded: {len(rows)} rows in {recorded_s:.2f} s of the processor")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
