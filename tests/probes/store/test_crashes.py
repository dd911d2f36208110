"""Nothing that was acknowledged is lost, wherever the process dies."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

from ngbw.probes.store import DeviceCycle, NewEvent, Series, SeriesKind, open_store
from ngbw.topology.errors import SurroundingsError

HOUR = 1_700_002_800

CHILD = """
import sys
from ngbw.probes.store import NewEvent, open_store
log = open_store(sys.argv[1]).events("alarms")
while True:
    numbers = log.append([NewEvent(1.0, b"event %d" % (log.last() + 1 + k)) for k in range(3)])
    print(numbers[-1], flush=True)
"""


def bodies(log):
    return [(event.sequence, event.body) for event in log.read()]


def counted(last):
    return [(n, b"event %d" % n) for n in range(1, last + 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_events_that_were_acknowledged_survive_kill_9(place):
    # The child dies somewhere in the commits that follow the line that was read.
    acknowledged = 0
    for lines in (1, 2, 5, 9, 17):
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", CHILD, place], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        said = [int(line) for line in itertools.islice(child.stdout, lines)]
        child.send_signal(signal.SIGKILL)
        said += [int(line) for line in child.stdout if line.endswith("\n")]
        child.wait()
        child.stdout.close()
        assert said[0] > acknowledged
        acknowledged = said[-1]
        reopened = open_store(place)
        kept = bodies(reopened.events("alarms"))
        assert kept == counted(len(kept))
        assert len(kept) >= acknowledged
        assert len(kept) % 3 == 0  # an append is there whole or not at all
        assert reopened.check() == []
        acknowledged = len(kept)
        reopened.close()


def test_log_cut_at_every_point_of_a_write_holds_what_was_acknowledged_before(tmp_path):
    # What a crash leaves of SQLite's write-ahead log is a part of it, its end torn or garbled.
    store = open_store(tmp_path / "store")
    log = store.events("alarms")
    wal, sizes = tmp_path / "store" / "events.sqlite-wal", []
    for n in range(1, 5):
        log.append([NewEvent(1.0, b"event %d" % n)])
        sizes.append(wal.stat().st_size)
    whole, main = wal.read_bytes(), (tmp_path / "store" / "events.sqlite").read_bytes()
    frame = 4096 + 24
    cuts = sorted(
        {
            32 + frame * k + extra
            for k in range(len(whole) // frame + 1)
            for extra in (-9, 0, 7, 900)
        }
        | set(sizes)
    )
    for number, (cut, filler) in enumerate(
        itertools.product(cuts, (b"", bytes(500), b"\xa5" * 700))
    ):
        if not 32 <= cut <= len(whole) or cut < sizes[0]:
            continue
        copy = tmp_path / f"copy{number}"
        copy.mkdir()
        (copy / "events.sqlite").write_bytes(main)
        (copy / "events.sqlite-wal").write_bytes(whole[:cut] + filler)
        opened = open_store(copy)
        kept = bodies(opened.events("alarms"))
        assert kept == counted(len(kept))
        assert len(kept) == sum(size <= cut for size in sizes)
        assert opened.events("alarms").append([NewEvent(1.0, b"event %d" % (len(kept) + 1))])
        assert bodies(opened.events("alarms")) == counted(len(kept) + 1)
        assert opened.check() == []
        opened.close()
        shutil.rmtree(copy)
    store.close()


def test_crash_while_the_log_is_worked_into_its_file_loses_nothing(tmp_path):
    store = open_store(tmp_path / "store")
    log, path = store.events("alarms"), tmp_path / "store" / "events.sqlite"
    for n in range(1, 40):
        log.append([NewEvent(1.0, b"event %d" % n)])
    wal, old = path.with_name("events.sqlite-wal").read_bytes(), path.read_bytes()
    store.close()  # works the log in
    new = path.read_bytes()
    pages = len(new) // 4096
    assert pages > 3
    for done in range(pages + 1):
        copy = tmp_path / f"copy{done}"
        copy.mkdir()
        mixed = new[: 4096 * done] + old[4096 * done :]
        (copy / "events.sqlite").write_bytes(mixed)
        (copy / "events.sqlite-wal").write_bytes(wal)
        opened = open_store(copy)
        assert bodies(opened.events("alarms")) == counted(39)
        assert opened.check() == []
        opened.close()


class _Failing:
    """A database whose transaction breaks before its n-th statement."""

    def __init__(self, inner, fuse):
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def writing(self, turn=""):
        from contextlib import contextmanager

        @contextmanager
        def broken():
            with self._inner.writing(turn) as writer:
                yield _Fused(writer, self._fuse)

        return broken()


class _Fused:
    def __init__(self, writer, fuse):
        self._writer, self._fuse = writer, fuse

    def _burn(self):
        self._fuse[0] -= 1
        if self._fuse[0] == 0:
            raise SurroundingsError("the disk is gone")

    def run(self, *arguments):
        self._burn()
        return self._writer.run(*arguments)

    def run_many(self, *arguments):
        self._burn()
        self._writer.run_many(*arguments)
        self._burn()


def test_compaction_that_is_cut_short_anywhere_keeps_every_sample(store):
    layout = store.samples.layout("D", [Series("port:D/1", "in_octets", SeriesKind.COUNTER64)])
    store.samples.append(
        DeviceCycle("D", layout, HOUR + 60 * n, np.array([n])) for n in range(60 * 26)
    )
    intact = store.samples._database
    for step in range(1, 200):
        fuse = [step]
        store.samples._database = _Failing(intact, fuse)
        try:
            store.samples.compact(HOUR + 3600 * 27)
        except SurroundingsError:
            finished = False
        else:
            finished = True
        store.samples._database = intact
        found = store.samples.raw(
            "D", "port:D/1", "in_octets", start_s=HOUR, end_s=HOUR + 3600 * 27
        )
        assert found.values.tolist() == list(range(60 * 26))
        assert store.check() == []
        if finished and fuse[0] > 0:
            break
    else:
        raise AssertionError("compaction never came to its end")


def test_append_that_fails_keeps_none_of_its_events(store):
    log = store.events("alarms")
    log.append([NewEvent(1.0, b"event 1")])
    intact = log._database
    for step in (1, 2, 3):
        log._database = _Failing(intact, [step])
        with pytest.raises(SurroundingsError):
            log.append([NewEvent(1.0, b"a"), NewEvent(1.0, b"b")])
        log._database = intact
        assert bodies(log) == counted(1)
    assert log.append([NewEvent(1.0, b"event 2")]) == range(2, 3)
