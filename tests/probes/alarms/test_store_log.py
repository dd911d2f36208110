"""The log of alarms inside a project's store: the same promises as a file's."""

from __future__ import annotations

import pytest

from ngbw.probes.alarms import AlarmBook, Moved
from ngbw.probes.alarms.store_log import StoreLog
from ngbw.probes.store.project_store import open_store
from ngbw.tests.probes.alarms.conftest import PLAIN, rules_of, seen


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "store")
    yield opened
    opened.close()


def test_two_writers_never_write_past_each_other(store, tmp_path):
    one, two = StoreLog(store, tmp_path), StoreLog(store, tmp_path)
    one.append([b"a"], after=0)
    with pytest.raises(Moved):
        two.append([b"b"], after=0)
    two.append([b"b", b"c"], after=1)
    assert list(one.read(after=1)) == [b"b", b"c"]
    assert list(one.read(after=3)) == []
    one.append([], after=0)


def test_a_book_goes_on_where_another_process_left_it(store, tmp_path):
    rules = rules_of(PLAIN)
    first = AlarmBook(StoreLog(store, tmp_path), rules)
    first.observe([seen("device:R1", "heat", 12, 0)], 0)
    second = AlarmBook(StoreLog(store, tmp_path), rules)
    assert second.digest() == first.digest()
    second.observe([seen("device:R1", "heat", 12, 60)], 60)
    # The first decides after the second wrote: it reads on, and does not raise again.
    assert first.observe([seen("device:R1", "heat", 12, 60)], 60) == ()
    assert first.digest() == second.digest()
    assert [alarm.occurrences for alarm in first.alarms()] == [1]
