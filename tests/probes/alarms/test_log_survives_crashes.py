"""kill -9 at every point of a write, and a last write that is torn: nothing lost, nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ngbw.probes.alarms import AlarmBook, FileLog, Moved
from ngbw.probes.alarms.events import decode, encode
from ngbw.tests.probes.alarms.conftest import PLAIN, rules_of, seen
from ngbw.topology.errors import FileError, SurroundingsError

ROUNDS = 8
POINTS = ["before-write", "half-written", "before-sync", "synced", "returned"]

CHILD = """
import os, signal, sys
from pathlib import Path
from ngbw.probes.alarms import AlarmBook, FileLog
from ngbw.tests.probes.alarms.conftest import rules_of
from ngbw.tests.probes.alarms.test_log_survives_crashes import PLAIN, work
count = 0
def at(point):
    global count
    if point == sys.argv[2]:
        count += 1
        if count == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
book = AlarmBook(FileLog(Path(sys.argv[1]), at_point=at), rules_of(PLAIN))
work(book, int(sys.argv[4]))
"""


def batch(n):
    """Return the n-th poll: four devices get hot, are cool again in the second half."""
    hot = 25.0 if n < ROUNDS // 2 else 0.0
    return [seen(f"device:R{d}", "heat", hot, 100.0 * n) for d in range(4)]


def work(book, first=0):
    for n in range(first, ROUNDS):
        book.observe(batch(n), 100.0 * n)


def stories(path):
    """Return, by device, the order of what was told."""
    out: dict[str, list[str]] = {}
    for line in FileLog(path).read():
        event = decode(line)
        if event.feed and event.key is not None:
            out.setdefault(event.key.resource, []).append(event.kind)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_every_write_point_no_alarm_is_lost_or_raised_twice(point, tmp_path):
    whole = tmp_path / "whole.log"
    work(AlarmBook(FileLog(whole), rules_of(PLAIN)))
    for kill in range(1, 5):  # four writes: met and pending, raised, counted, cleared
        path = tmp_path / f"{point}-{kill}" / "alarms.log"
        done = subprocess.run(
            [sys.executable, "-P", "-c", CHILD, path, point, str(kill), "0"], check=False
        )
        assert done.returncode == -9
        book = AlarmBook(FileLog(path), rules_of(PLAIN))
        # The poller offers the last polls again: it cannot know which were taken.
        work(book)
        assert stories(path) == stories(whole)
        assert AlarmBook(FileLog(path), rules_of(PLAIN)).digest() == book.digest()
        assert all(
            Counter(kinds) == {"raised": 1, "cleared": 1} for kinds in stories(path).values()
        )


def written(tmp_path):
    path = tmp_path / "alarms.log"
    book = AlarmBook(FileLog(path), rules_of(PLAIN))
    digests = {0: AlarmBook(FileLog(tmp_path / "none.log"), rules_of(PLAIN)).digest()}
    for n in range(ROUNDS):
        book.observe(batch(n), 100.0 * n)
        digests[book.seq] = book.digest()
    return path, digests


def test_a_last_write_torn_at_any_byte_leaves_whole_lines_only(tmp_path):
    path, digests = written(tmp_path)
    content = path.read_bytes()
    whole = stories(path)
    ends = [n + 1 for n, byte in enumerate(content) if byte == 10]
    for cut in range(ends[-4], len(content)):
        torn = tmp_path / "torn.log"
        torn.write_bytes(content[:cut])
        book = AlarmBook(FileLog(torn), rules_of(PLAIN))
        assert book.seq == sum(end <= cut for end in ends)
        if book.seq in digests:
            assert book.digest() == digests[book.seq]
        if cut % 11 and cut not in ends:
            continue  # going on costs waits for the disk; a part of the cuts shows it
        work(book)
        assert stories(torn) == whole
        assert AlarmBook(FileLog(torn), rules_of(PLAIN)).digest() == book.digest()


def test_parts_of_a_last_write_that_came_out_of_order_are_dropped(tmp_path):
    path, _ = written(tmp_path)
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    first = int(lines[-1].split(b" ")[2])
    hole = b"".join(lines[: first - 1]) + b"\0" * len(lines[first - 1]) + b"".join(lines[first:])
    path.write_bytes(hole)
    assert AlarmBook(FileLog(path), rules_of(PLAIN)).seq == first - 1


def test_a_broken_line_before_a_later_write_is_damage_and_is_said(tmp_path):
    path, _ = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileError, match="damaged behind line 0"):
        AlarmBook(FileLog(path), rules_of(PLAIN))


def test_two_writers_never_write_past_each_other(tmp_path):
    one, two = FileLog(tmp_path / "log"), FileLog(tmp_path / "log")
    one.append([b"a"], after=0)
    with pytest.raises(Moved):
        two.append([b"b"], after=0)
    assert list(two.read()) == [b"a"]
    two.append([b"b", b"c"], after=1)
    assert list(one.read(after=1)) == [b"b", b"c"]
    one.append([b"d"], after=3)


def test_a_full_disk_takes_the_turn_back(tmp_path, monkeypatch):
    path = tmp_path / "alarms.log"
    book = AlarmBook(FileLog(path), rules_of(PLAIN))
    book.observe(batch(0), 0.0)
    digest = book.digest()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SurroundingsError, match="No space left"):
            book.observe(batch(1), 100.0)
    assert book.digest() == digest
    assert AlarmBook(FileLog(path), rules_of(PLAIN)).digest() == digest
    assert {event.kind for event in book.observe(batch(1), 100.0)} == {"raised"}


def test_an_event_reads_back_as_it_was_written(tmp_path):
    path, _ = written(tmp_path)
    lines = list(FileLog(path).read())
    assert lines
    assert [encode(decode(line)) for line in lines] == lines


def test_a_line_of_a_newer_release_is_refused():
    with pytest.raises(FileError, match="kind 'sung' is not known"):
        decode(b'{"at":1.0,"kind":"sung","seq":1}')
    with pytest.raises(FileError, match="field 'colour' is not known"):
        decode(b'{"at":1.0,"key":["a:b","heat",""],"kind":"raised","seq":1,"set":{"colour":1}}')


def test_the_file_is_only_ever_added_to(tmp_path):
    path, _ = written(tmp_path)
    before = path.read_bytes()
    AlarmBook(FileLog(path), rules_of(PLAIN)).observe(
        [seen("device:R9", "heat", 25.0, 5000.0)], 5000.0
    )
    assert Path(path).read_bytes().startswith(before)
