"""The network itself, asked from the command line."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

YANGPU = Path(__file__).resolve().parents[2] / "examples" / "yangpu"


def test_hosts_are_pinged_side_by_side(ngbw):
    done = ngbw(
        "probe", "ping", "127.0.0.1", "127.0.0.2", "--count", 2, "--interval", 0.01, "--json"
    )
    if done.code == 6 and "may not send" in done.err:
        pytest.skip("this user may not send echo requests")
    assert done.code == 0
    assert [(one["host"], one["received"], one["loss_ratio"]) for one in done.json] == [
        ("127.0.0.1", 2, 0.0),
        ("127.0.0.2", 2, 0.0),
    ]


def test_the_way_and_its_mtu_are_shown(ngbw):
    done = ngbw("probe", "path", "127.0.0.1", "--timeout", 0.5)
    assert done.code == 0
    assert "127.0.0.1" in done.out
    assert "largest packet: 1500 bytes (1500 bytes, the largest tried, arrive)" in done.out


def test_a_project_narrows_who_may_be_asked(ngbw, project):
    for words in (
        ["ping", "127.0.0.1"],
        ["path", "127.0.0.1"],
        ["names", "127.0.0.1", "a.example"],
    ):
        done = ngbw("probe", *words, "--project", project)
        assert done.code == 3
        assert "allowed networks: none" in done.err


def test_a_silent_group_and_a_silent_name_server_are_code_6(ngbw):
    assert (
        ngbw("probe", "group", "239.9.9.9", 5004, "--seconds", 0.1, "--interface", "lo").code == 6
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.53", 0))
        done = ngbw("probe", "names", "127.0.0.1", "a.example", "--timeout", 0.2, "--json")
    assert done.code == 6
    assert done.json["success_ratio"] == 0.0


def test_an_unknown_question_lists_the_known_ones(ngbw):
    done = ngbw("probe", "link", "reboot", "lo")
    assert done.code == 2
    assert "lldp-listen" in done.err


@pytest.fixture
def replayed(tmp_path, ngbw, monkeypatch):
    """Give the example with its recordings served on the loopback, one of them missing."""
    monkeypatch.setenv("DEMO_WORD", "public")
    project, rec, places = tmp_path / "y", tmp_path / "rec", tmp_path / "places.json"
    shutil.copytree(YANGPU, project, ignore=shutil.ignore_patterns("runs", ".ngbw"))
    with (project / "ngbw.toml").open("a", encoding="utf-8") as file:
        file.write('\n[probes]\nnetworks = ["127.0.0.0/8"]\n[[probes.credentials]]\nname = "d"\nversion = "2c"\ncommunity = "env:DEMO_WORD"\n')  # fmt: skip
    assert ngbw("probe", "simulate", project, "--out", rec).code == 0
    (rec / "YP-X1-N1.snmprec").unlink()
    left = len(list(rec.glob("*.snmprec")))
    child = subprocess.Popen(
        [sys.executable, "-m", "ngbw", "probe", "replay", str(rec), "--places", str(places)],
        stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        for line in child.stdout:
            if "agents answer" in line:
                break
        yield project, places, left
    finally:
        child.terminate()
        child.communicate(timeout=20)


@pytest.mark.slow
def test_the_examples_network_is_found_from_one_seed_and_held_against_its_tables(ngbw, replayed):
    project, places, left = replayed
    where = ("probe", "discover", project, "--places", places)
    one = ngbw(*where, "--seed", "2001:db8:110::1", "--json")
    assert one.code == 0, one.err
    assert len(one.json["devices"]) > 25  # some hang behind the one that is missing
    done = ngbw(*where, "--json")
    assert done.code == 0, done.err
    found = done.json
    assert len(found["devices"]) == left
    assert found["complete"]
    links = found["links"]
    assert links["missing"] == links["moved"] == links["unplanned"] == []
    assert len(links["confirmed"]) + len(links["unknown"]) == 45
    assert set(links["unknown"].values()) <= {"YP-X1-N1 did not answer"}
    kept = json.loads((project / ".ngbw" / "probes" / "edges.json").read_text("utf-8"))
    assert all(abs(row[4] - time.time()) < 600 for row in kept["evidence"])
    assert "planned links are seen" in ngbw("probe", "discover", project, "--places", places).out


def test_a_project_without_networks_is_told_what_to_set(ngbw, project):
    done = ngbw("probe", "discover", project)
    assert done.code == 3
    assert "no device can be asked" in done.err
