"""What came is on the disk, whole, whatever happens to the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.traps.journal import Entry, TrapJournal
from ngbw.topology.errors import SurroundingsError


def entries(count, first=0):
    return [
        Entry(1000.5 + k, f"10.0.0.{k % 250}", 1024 + k, bytes([k % 256]) * (k % 90))
        for k in range(first, first + count)
    ]


def test_what_is_appended_is_read_back_in_order(tmp_path):
    journal = TrapJournal(tmp_path / "traps")
    journal.append(entries(3))
    journal.append(entries(4, 3))
    journal.close()
    assert list(TrapJournal(tmp_path / "traps").read()) == entries(7)


@given(cut=st.integers(1, 400))
def test_a_torn_end_loses_only_what_was_being_written(tmp_path_factory, cut):
    directory = tmp_path_factory.mktemp("torn")
    journal = TrapJournal(directory)
    journal.append(entries(10))
    journal.close()
    path = directory / "traps.log"
    raw = path.read_bytes()
    path.write_bytes(raw[: max(0, len(raw) - cut)])
    left = list(TrapJournal(directory).read())
    assert left == entries(10)[: len(left)]
    again = TrapJournal(directory)
    again.append(entries(2, 50))
    again.close()
    assert list(again.read()) == left + entries(2, 50)


def test_a_damaged_entry_ends_what_is_believed(tmp_path):
    journal = TrapJournal(tmp_path)
    journal.append(entries(5, 20))
    journal.close()
    raw = bytearray((tmp_path / "traps.log").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "traps.log").write_bytes(raw)
    assert len(list(TrapJournal(tmp_path).read())) < 5


def test_full_files_are_put_aside_and_the_oldest_forgotten(tmp_path):
    journal = TrapJournal(tmp_path, file_bytes=500, keep=3)
    for k in range(100):
        journal.append(entries(1, k))
    journal.close()
    kept = list(journal.read())
    assert kept == entries(100)[-len(kept) :]
    assert 5 < len(kept) < 60
    assert len(list(tmp_path.iterdir())) <= 4


def test_a_directory_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SurroundingsError, match="cannot be written"):
        TrapJournal(tmp_path / "file" / "traps").append(entries(1))


def test_a_process_killed_at_any_moment_loses_nothing_it_reported(tmp_path):
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from ngbw.probes.traps.journal import Entry, TrapJournal\n"
        "journal = TrapJournal(Path(sys.argv[1]))\n"
        "k = 0\n"
        "while True:\n"
        "    journal.append([Entry(float(k), '10.0.0.1', 1, b'x' * 3000)])\n"
        "    print(k, flush=True)\n"
        "    k += 1\n"
    )
    for lines in (1, 7, 23):
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / str(lines))],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        reported = -1
        for _ in range(lines):
            reported = int(child.stdout.readline())
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        kept = [entry.at_s for entry in TrapJournal(tmp_path / str(lines)).read()]
        assert kept == [float(k) for k in range(len(kept))]
        assert len(kept) > reported
