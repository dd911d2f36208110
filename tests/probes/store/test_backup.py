"""A backup is whole, and brings everything back on either engine."""

from __future__ import annotations

import numpy as np
import pytest

from ngbw.probes.store import DeviceCycle, NewEvent, Series, SeriesKind, open_store
from ngbw.probes.store.backup import back_up, restore
from ngbw.topology.errors import FileError, SettingError, SurroundingsError, UsageError

HOUR = 1_700_002_800
SERIES = [Series("port:D/1", "in_octets", SeriesKind.COUNTER64)]


def fill(store):
    layout = store.samples.layout("D", SERIES)
    store.samples.append(
        DeviceCycle("D", layout, HOUR + 10 * n, np.array([n * 600])) for n in range(600)
    )
    store.samples.compact(HOUR + 4600)
    store.events("alarms").append([NewEvent(n, b"%d" % n) for n in range(450)])
    store.events("alarms").advance("mail", 7)


def held(store):
    found = store.samples.raw("D", "port:D/1", "in_octets", start_s=HOUR, end_s=HOUR + 7200)
    drawn = store.samples.graph("D", "port:D/1", "in_octets", start_s=HOUR, end_s=HOUR + 3600)
    return (
        found.values.tolist(), drawn.mean.tolist(), store.events("alarms").read(),
        store.events("alarms").position("mail"), store.samples.series("D"),
    )  # fmt: skip


def test_backup_brings_everything_back(store, tmp_path):
    fill(store)
    size = back_up(store, tmp_path / "copy")
    assert size > 1000
    assert sorted(p.name for p in (tmp_path / "copy").iterdir()) == [
        "events.sqlite", "samples.sqlite",
    ]  # fmt: skip
    fresh = open_store(tmp_path / "fresh")
    assert restore(tmp_path / "copy", fresh) > 450
    assert held(fresh) == held(store)
    assert fresh.events("alarms").append([NewEvent(1, b"next")]) == range(451, 452)
    assert fresh.check() == []
    fresh.close()


def test_backup_moves_a_project_onto_a_server(postgres_url, tmp_path):
    small = open_store(tmp_path / "small")
    fill(small)
    back_up(small, tmp_path / "copy")
    server = open_store(postgres_url)
    restore(tmp_path / "copy", server)
    assert held(server) == held(small)
    assert server.check() == []
    small.close()
    server.close()


def test_store_that_holds_something_is_not_overwritten(store, tmp_path):
    fill(store)
    back_up(store, tmp_path / "copy")
    with pytest.raises(UsageError, match="holds something already"):
        restore(tmp_path / "copy", store)
    with pytest.raises(UsageError, match="is there already"):
        back_up(store, tmp_path / "copy")


def test_damaged_store_gives_no_backup(store, tmp_path):
    fill(store)
    with store.sample_tables.writing() as writer:
        writer.run("UPDATE ngbw_chunk SET body = ?", (b"rubbish",))
    assert "chunk of samples is damaged" in store.check()[0]
    with pytest.raises(FileError, match="backup would be damaged"):
        back_up(store, tmp_path / "copy")
    assert list(tmp_path.glob("*copy*")) == []


def test_directory_without_a_backup_is_an_error(store, tmp_path):
    with pytest.raises(SurroundingsError, match="is no backup"):
        restore(tmp_path, store)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"raw_day": 3}, "store.raw_day is not a setting"), ({"raw_days": 0}, "give whole days"),
     ({"raw_days": True}, "give whole days"), ({"raw_days": 90}, "at least as long")],
)  # fmt: skip
def test_retention_that_makes_no_sense_is_refused(settings, words):
    from ngbw.probes.store import retention_of

    with pytest.raises(SettingError, match=words):
        retention_of(settings)
