"""ngbw store on the command line."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from ngbw.probes.store import DeviceCycle, NewEvent, Series, SeriesKind, open_store, store_directory


@pytest.fixture
def filled(project):
    """Return a project whose store holds two hours of a port and three events."""
    store = open_store(store_directory(project))
    layout = store.samples.layout("D", [Series("port:D/1", "in_octets", SeriesKind.COUNTER64)])
    start = 1_700_002_800
    store.samples.append(
        DeviceCycle("D", layout, start + 60 * n, np.array([n])) for n in range(120)
    )
    store.events("alarms").append([NewEvent(n, b"x") for n in range(3)])
    store.close()
    return project


def test_info_says_what_is_there(ngbw, filled):
    told = ngbw("store", "info", filled, "--json").json
    assert told["engine"] == "sqlite"
    assert told["devices"] == {"D": 1}
    assert told["logs"] == {"alarms": 3}
    assert "1 devices with 1 series" in ngbw("store", "info", filled).out


def test_compact_closes_hours_and_forgets_what_is_old(ngbw, filled):
    told = ngbw("store", "compact", filled, "--json").json
    assert (told["hours"], told["samples"]) == (2, 120)
    assert told["forgotten"] >= 2  # 2023 is more than ten days ago
    assert ngbw("store", "compact", filled).out.startswith("0 hours with 0 samples\n")


def test_backup_and_restore_are_a_round_trip(ngbw, filled, project, tmp_path):
    assert ngbw("store", "backup", filled, tmp_path / "b").code == 0
    for path in store_directory(project).iterdir():
        path.unlink()
    assert ngbw("store", "restore", filled, tmp_path / "b").code == 0
    assert ngbw("store", "check", filled).out == "the store is whole\n"
    assert ngbw("store", "info", filled, "--json").json["logs"] == {"alarms": 3}
    assert ngbw("store", "restore", filled, tmp_path / "b").code == 2


def test_damage_is_found_and_is_exit_code_3(ngbw, filled):
    connection = sqlite3.connect(store_directory(filled) / "events.sqlite")
    connection.execute("DROP TRIGGER ngbw_event_stays")
    connection.execute("DELETE FROM ngbw_event WHERE seq = 2")
    connection.commit()
    connection.close()
    done = ngbw("store", "check", filled)
    assert done.code == 3
    assert "log alarms: events 2 to 2 are missing" in done.out
    assert ngbw("store", "backup", filled, filled / "b").code == 3


def test_file_that_is_no_database_is_an_error_without_a_traceback(ngbw, filled):
    (store_directory(filled) / "events.sqlite").write_bytes(b"no database" * 100)
    for name in ("events.sqlite-wal", "events.sqlite-shm"):
        (store_directory(filled) / name).unlink(missing_ok=True)
    done = ngbw("store", "info", filled)
    assert done.code == 3
    assert "refuses: file is not a database" in done.err
    assert "bring a backup back" in done.err


@pytest.mark.parametrize("gone", ["events.sqlite", "samples.sqlite"])
def test_half_a_backup_is_refused_and_left_as_it_is(ngbw, filled, project, tmp_path, gone):
    assert ngbw("store", "backup", filled, tmp_path / "b").code == 0
    for path in store_directory(project).iterdir():
        path.unlink()
    (tmp_path / "b" / gone).unlink()
    left = {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    done = ngbw("store", "restore", project, tmp_path / "b")
    assert (done.code, f"{gone} is gone" in done.err) == (3, True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == left


@pytest.mark.parametrize("verb", ["info", "check", "compact"])
def test_project_without_a_store_is_told_so(ngbw, project, verb):
    done = ngbw("store", verb, project)
    assert done.code == 6
    assert "holds no store yet" in done.err


def test_url_that_is_no_server_is_refused_without_showing_it(ngbw, filled, monkeypatch):
    monkeypatch.setenv("NGBW_STORE_URL", "mysql://u:hush@h/x")
    done = ngbw("store", "info", filled)
    assert done.code == 2
    assert "hush" not in done.err


def test_server_that_is_away_is_told_without_its_password(ngbw, filled, monkeypatch):
    pytest.importorskip("psycopg")
    monkeypatch.setenv("NGBW_STORE_URL", "postgresql://u:hush@127.0.0.1:1/x")
    done = ngbw("store", "info", filled)
    assert done.code == 6
    assert "hush" not in done.err


def test_retention_comes_from_the_settings(ngbw, filled):
    path = filled / "ngbw.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n[store]\nraw_days = 0\n", "utf-8")
    done = ngbw("store", "info", filled)
    assert done.code == 2
    assert "store.raw_days is 0" in done.err
