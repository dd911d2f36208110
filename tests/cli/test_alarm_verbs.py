"""alarms: what its verbs print, do and return, on a project with two rooms and a radio site."""

from __future__ import annotations

import json
import time

import pytest

from ngbw.api.alarm_book import watched_project
from ngbw.api.alarm_impact import AlarmImpact, failed_ids
from ngbw.probes.observations import Observation
from ngbw.probes.quality import Quality
from ngbw.tests.cli.conftest import degrees, write_csv
from ngbw.tests.probes.notify.receivers import HttpReceiver
from ngbw.topology.project import open_project

CANARY = "s3cret-canary-4713"
RULES = """format = 1
[learning]
hours = 0
[defaults.unreachable]
raise_samples = 1
hold_off_s = 0
verify_parents_s = 0
[defaults.port-down]
hold_off_s = 0
"""


@pytest.fixture
def cut(project):
    """Return the small project with a chain H-R-S whose first link, L1, is cut."""
    sites = []
    for name, kind, state, x in (
        ("west", "ngb-w", "built", 600), ("east", "ngb-w", "built", 2400),
        ("H", "headend", "built", 300), ("R", "olt", "built", 1400), ("S", "olt", "built", 2300),
    ):  # fmt: skip
        lon, lat = degrees(x, 1000)
        sites.append({"site_id": name, "name": f"室{name}", "kind": kind, "state": state,
                      "lon": lon, "lat": lat, "antenna_height_m": 40})  # fmt: skip
    write_csv(project / "sites.csv", sites)
    write_csv(project / "devices.csv", [{"device_id": d, "site_id": d} for d in "HRS"])
    write_csv(
        project / "ports.csv",
        [
            {"port_id": f"{d}{n}", "device_id": d, "if_name": f"xe-0/0/{n}"}
            for d, n in (("H", 1), ("R", 1), ("R", 2), ("S", 1))
        ],
    )
    write_csv(
        project / "links.csv",
        [
            {"link_id": "L1", "a_site": "H", "b_site": "R", "a_port": "H1", "b_port": "R1"},
            {"link_id": "L2", "a_site": "R", "b_site": "S", "a_port": "R2", "b_port": "S1"},
        ],
    )
    (project / "alarms.toml").write_text(RULES, encoding="utf-8")
    now_s = time.time()
    book = watched_project(open_project(project)).book

    def poll(at_s, up):
        batch = [
            Observation(f"device:{d}", "reachable", float(up or d == "H"), Quality.OK, at_s)
            for d in "HRS"
        ]
        port = Observation("port:H/xe-0%2F0%2F1", "oper_up", float(up), Quality.OK, at_s)
        book.observe([*batch, port], at_s)

    poll(now_s - 120, True)
    poll(now_s - 60, False)
    return project


def test_list_shows_the_cause_and_leaves_out_what_follows(ngbw, cut):
    document = ngbw("alarms", "list", cut, "--json").json
    (one,) = document["alarms"]
    assert (one["alarm"], one["resource"], one["alarm_type"]) == ("A1", "link:L1", "link-down")
    assert document["counts"] == {"active": 1, "suppressed": 3}
    everything = ngbw("alarms", "list", cut, "--all", "--json").json["alarms"]
    assert {tuple(a["root_causes"]) for a in everything if a["alarm"] != "A1"} == {("link:L1",)}
    said = ngbw("alarms", "list", cut, "--lang", "zh-CN")
    assert "链路中断" in said.out
    assert "1 条活动，3 条由其他告警引发" in said.out


def test_list_filters_and_says_by_its_exit_code_how_bad_it_is(ngbw, cut):
    assert ngbw("alarms", "list", cut, "--fail-on", "major").code == 1
    assert ngbw("alarms", "list", cut, "--fail-on", "critical").code == 0
    assert ngbw("alarms", "list", cut, "--fail-on", "awful").code == 2
    found = ngbw("alarms", "list", cut, "--state", "suppressed", "--resource", "site:S", "--json")
    assert [a["resource"] for a in found.json["alarms"]] == ["device:S"]
    assert ngbw("alarms", "list", cut, "--state", "sad").code == 2


def test_list_in_the_form_of_rfc_8632(ngbw, cut):
    document = ngbw("alarms", "list", cut, "--all", "--json", "--form", "rfc8632").json
    alarms = document["ietf-alarms:alarm-list"]
    assert alarms["number-of-alarms"] == 4
    entry = next(a for a in alarms["alarm"] if a["resource"] == "device:R")
    assert entry["root-cause-resource"] == ["link:L1"]
    assert entry["alarm-type-id"] == "ngbw:unreachable"
    assert entry["status-change"][0]["perceived-severity"] == "major"


def test_explain_gives_rule_proof_story_and_loss(ngbw, cut):
    document = ngbw("alarms", "explain", cut, "A1", "--json").json
    assert document["impact"]["people"] == pytest.approx(3000)
    assert document["impact"]["radio_people"] == pytest.approx(3000)
    (proof,) = document["root_cause"]["proofs"]
    assert proof["links"] == ["L1"]
    assert set(proof["alarms"]) == set(document["followers"]) == {"A2", "A3", "A4"}
    assert [event["kind"] for event in document["story"]] == ["raised"]
    child = ngbw("alarms", "explain", cut, "unreachable/device:S", "--no-radio", "--json").json
    assert child["root_cause"]["parents"] == ["device:R", "device:H"]
    assert child["rule"]["levels"]["raise_samples"] == "defaults, line 5"
    assert child["rule"]["levels"]["after_good"] == "built in"
    said = ngbw("alarms", "explain", cut, "A1", "--lang", "en").out
    assert "3 alarms follow from it" in said
    assert "3,000 people" in said


def test_an_unknown_alarm_is_named_with_a_way_out(ngbw, cut):
    done = ngbw("alarms", "show", cut, "A9")
    assert done.code == 3
    assert "there is no alarm 'A9'" in done.err


def test_people_take_up_note_shelve_and_close(ngbw, cut):
    assert ngbw("alarms", "ack", cut, "A1", "--by", "li", "--json").json["operator"] == "ack"
    assert (
        ngbw("alarms", "ack", cut, "A1", "--by", "li", "--undo", "--json").json["operator"]
        == "none"
    )
    shown = ngbw("alarms", "note", cut, "A1", "光缆被挖断", "--by", "li", "--json").json
    assert [note["text"] for note in shown["notes"]] == ["光缆被挖断"]
    shown = ngbw("alarms", "shelve", cut, "A1", "--for", "2h", "--by", "li", "--json").json
    assert (shown["state"], shown["shelved_by"]) == ("shelved", "li")
    assert (
        ngbw("alarms", "shelve", cut, "A1", "--undo", "--by", "li", "--json").json["state"]
        == "active"
    )
    done = ngbw("alarms", "close", cut, "A1", "--by", "li")
    assert (done.code, "only one that is cleared can be closed" in done.err) == (2, True)
    assert ngbw("alarms", "shelve", cut, "A1", "--for", "soon").code == 2
    kinds = [e["kind"] for e in ngbw("alarms", "feed", cut, "--json").json["events"]]
    assert kinds[-5:] == ["acknowledged", "unacknowledged", "noted", "shelved", "unshelved"]


def test_what_people_write_makes_no_line_of_its_own_and_a_shelf_says_its_end(ngbw, cut):
    ngbw("alarms", "ack", cut, "A1", "--by", "li", "--text", "one\nA9  critical\x1b[2J")
    done = ngbw("alarms", "shelve", cut, "A1", "--until", "2099-01-01T08:00", "--by", "li",
                "--lang", "en")  # fmt: skip
    assert "acknowledged by li, shelved by li → 2099-01-01 08:00" in done.out
    assert "not known yet" not in done.out  # it was not asked for
    told = ngbw("alarms", "feed", cut).out
    assert "one A9  critical\N{REPLACEMENT CHARACTER}[2J" not in told.splitlines()[0]
    assert not any(line.startswith("A9") for line in told.splitlines())
    assert "\x1b" not in told


def test_the_grounds_of_an_end_are_not_shown_as_those_of_the_alarm(ngbw, cut):
    book, now_s = watched_project(open_project(cut)).book, time.time()
    for at_s in (now_s, now_s + 400):
        book.observe([Observation("device:S", "reachable", 1.0, Quality.OK, at_s)], at_s)
    done = ngbw("alarms", "show", cut, "unreachable/device:S", "--lang", "en")
    assert "Over at" in done.out
    assert "at or past" not in done.out


def test_a_reader_ahead_of_the_feed_is_told_so_and_does_not_wait_for_ever(ngbw, cut):
    done = ngbw("alarms", "feed", cut, "--after", "99")
    assert (done.code, "the feed ends at 4" in done.err) == (3, True)


def test_feed_goes_on_where_its_reader_has_confirmed(ngbw, cut):
    first = ngbw("alarms", "feed", cut, "--reader", "tickets", "--limit", "2", "--json").json
    assert [e["feed"] for e in first["events"]] == [1, 2]
    rest = ngbw("alarms", "feed", cut, "--reader", "tickets", "--confirm", "2", "--json").json
    assert (rest["after"], [e["feed"] for e in rest["events"]]) == (2, [3, 4])
    assert ngbw("alarms", "feed", cut, "--reader", "tickets", "--confirm", "99").code == 2
    assert ngbw("alarms", "feed", cut, "--confirm", "1").code == 2
    assert ngbw("alarms", "feed", cut, "--after", "4").out == ""


def test_maintenance_shelves_what_stands_there_and_gives_it_back(ngbw, cut):
    done = ngbw("alarms", "maintenance", cut, "site:R", "--for", "2h", "--by", "li", "--text", "割接",
                "--json")  # fmt: skip
    assert [w["window_id"] for w in done.json["windows"]] == ["M1"]
    assert ngbw("alarms", "show", cut, "unreachable/device:R", "--json").json["state"] == "shelved"
    assert ngbw("alarms", "show", cut, "A1", "--json").json["state"] == "shelved"  # ends at R
    ngbw("alarms", "maintenance", cut, "--end", "M1", "--by", "li")
    assert ngbw("alarms", "show", cut, "A1", "--json").json["state"] == "active"
    assert ngbw("alarms", "maintenance", cut, "R", "--for", "2h").code == 2
    assert ngbw("alarms", "maintenance", cut, "site:R").code == 2
    assert "M1" in ngbw("alarms", "maintenance", cut).out


def test_thresholds_say_which_line_gave_them(ngbw, cut):
    document = ngbw("alarms", "thresholds", cut, "device:R", "--json").json
    rule = next(r for r in document["rules"] if r["alarm_type"] == "unreachable")
    assert rule["levels"]["hold_off_s"] == "defaults, line 6"
    assert "defaults, line 6" in ngbw("alarms", "thresholds", cut, "device:R").out
    (cut / "alarms.toml").write_text(RULES + "[devices.Q.port-down]\n", encoding="utf-8")
    done = ngbw("alarms", "list", cut)
    assert done.code == 2
    assert "alarms.toml:10: devices.Q names device 'Q'" in done.err


def channel(project, port):
    text = (
        f'[channels.hook]\nkind = "webhook"\nurl = "http://127.0.0.1:{port}/"\n'
        'secret_env = "C_SECRET"\ninsecure = true\nallow = ["127.0.0.0/8"]\nlanguage = "en"\n'
        "[notify]\nwait_s = 0\n"
    )
    (project / "alarms.toml").write_text(RULES + text, encoding="utf-8")


def test_a_mistake_in_the_channels_stops_messages_and_nothing_else(ngbw, cut):
    (cut / "alarms.toml").write_text(RULES + '[channels.x]\nkind = "pager"\n', encoding="utf-8")
    for verb in (["list"], ["show", "A1"], ["ack", "A1"], ["maintenance"], ["feed"]):
        done = ngbw("alarms", verb[0], cut, *verb[1:])
        assert done.code == 0, done.err
        assert "warning: nobody can be told of alarms: alarms.toml:11" in done.err
        assert "'pager'" in done.err
    listed = ngbw("alarms", "list", cut, "--json").json
    assert [one["alarm"] for one in listed["alarms"]] == ["A1"]
    for verb in (["test-channel", "x"], ["deliver", "--once"]):
        done = ngbw("alarms", verb[0], cut, *verb[1:])
        assert (done.code, "error: alarms.toml:11" in done.err) == (2, True)


def test_names_of_ports_are_read_and_written_as_people_write_them(ngbw, cut):
    listed = ngbw("alarms", "list", cut, "--all", "--lang", "en")
    assert "port:H/xe-0/0/1" in listed.out
    assert "%2F" not in listed.out
    (one,) = ngbw("alarms", "list", cut, "--all", "--resource", "port:H/xe-0/0/*", "--json").json[
        "alarms"
    ]
    assert one["resource"] == "port:H/xe-0%2F0%2F1"  # the key stays what it is
    for name in ("port-down/port:H/xe-0/0/1", "port-down/port:H/xe-0%2F0%2F1"):
        assert "port:H/xe-0/0/1" in ngbw("alarms", "explain", cut, name, "--no-radio").out
    for writing in ("port:H/xe-0/0/1", "port:H/xe-0%2F0%2F1"):
        rules = ngbw("alarms", "thresholds", cut, writing, "--json").json
        assert rules["resource"] == "port:H/xe-0%2F0%2F1"
    assert "port:H/xe-0/0/1" in ngbw("alarms", "feed", cut).out
    set_ = ngbw("alarms", "maintenance", cut, "port:H/xe-0/0/1", "--for", "1h", "--json")
    assert set_.json["windows"][0]["resources"] == ["port:H/xe-0%2F0%2F1"]


def test_a_name_with_a_slip_is_refused_and_never_taken_for_quiet(ngbw, cut):
    for verb in (
        ["maintenance", "device:RR", "--for", "2h"],
        ["maintenance", "sites:R", "--for", "2h"],
        ["list", "--resource", "device:RR"],
        ["thresholds", "device:RR"],
    ):
        done = ngbw("alarms", verb[0], cut, *verb[1:])
        assert done.code in (2, 3)
        assert "did you mean" in done.err
        assert done.out == ""
    assert ngbw("alarms", "maintenance", cut, "--for", "2h").code == 2
    assert ngbw("alarms", "maintenance", cut, "--end", "M1", "--for", "2h").code == 2
    assert ngbw("alarms", "shelve", cut, "A1", "--undo", "--for", "2h").code == 2
    past = ngbw(
        "alarms", "maintenance", cut, "site:R", "--from", "2001-01-01", "--until", "2001-02-01"
    )
    assert (past.code, "over already" in past.err) == (2, True)
    assert "no maintenance was ever set" in ngbw("alarms", "maintenance", cut).out


def test_reading_alarms_makes_no_store(ngbw, project):
    for verb in (["list"], ["feed"], ["maintenance"]):
        assert ngbw("alarms", *verb, project).code == 0
    assert ngbw("alarms", "show", project, "A1").code == 3
    assert not (project / ".ngbw" / "store").exists()


def test_alarms_are_read_from_the_store_that_the_environment_names(ngbw, cut, monkeypatch):
    monkeypatch.setenv("NGBW_STORE_URL", f"postgresql://u:{CANARY}@127.0.0.1:1/none")
    pytest.importorskip("psycopg")
    done = ngbw("alarms", "list", cut)
    assert done.code == 6
    assert "the store on the PostgreSQL server refuses" in done.err
    assert CANARY not in done.err


def test_deliver_sends_one_message_for_the_cut_with_the_people_it_touches(ngbw, cut, monkeypatch):
    monkeypatch.setenv("C_SECRET", CANARY)
    with HttpReceiver((200, {})) as receiver:
        channel(cut, receiver.port)
        assert ngbw("alarms", "test-channel", cut, "hook", "--json").json["taken"] is True
        done = ngbw("alarms", "deliver", cut, "--once", "--json")
        assert [d["messages"] for d in done.json["delivered"]] == [1]
        assert ngbw("alarms", "deliver", cut, "--once", "--json").json["delivered"] == []
    tried, told = (json.loads(body) for _, _, body in receiver.got)
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.got]
    assert keys[0].startswith("hook-test-")
    assert keys[1] == f"hook-{told['messages'][0]['feed'][0]}-{told['messages'][0]['feed'][1]}"
    assert tried["title"] == "Test message of channel hook"
    (message,) = told["messages"]
    assert message["resource"] == "link:L1"
    assert message["followers"]["total"] == 3
    assert message["impact"]["people"] == pytest.approx(3000)
    assert "3,000 people" in told["text"]


def test_a_channel_that_refuses_is_exit_code_6_and_shows_no_secret(ngbw, cut, monkeypatch):
    monkeypatch.setenv("C_SECRET", CANARY)
    with HttpReceiver((503, {})) as receiver:
        channel(cut, receiver.port)
        for done in (
            ngbw("alarms", "test-channel", cut, "hook"),
            ngbw("alarms", "deliver", cut, "--once", "--no-radio"),
        ):
            assert done.code == 6
            assert "HTTP 503" in done.err
            assert CANARY not in done.out + done.err
    assert ngbw("alarms", "test-channel", cut, "nobody").code == 3
    monkeypatch.delenv("C_SECRET")
    done = ngbw("alarms", "test-channel", cut, "hook")
    assert (done.code, "C_SECRET is not set" in done.err) == (6, True)


def test_impact_knows_what_fails_and_never_makes_the_poller_wait(cut):
    opened = open_project(cut)
    network = opened.network()
    assert failed_ids(network, "port:H/xe-0%2F0%2F1") == ("links:L1",)
    assert failed_ids(network, "device:R") == ("devices:R",)
    assert failed_ids(network, "device:unknown") == failed_ids(network, "path:x") == ()
    impact = AlarmImpact(opened)
    try:
        impact.of("link:L1")
        found = impact.wait_for("link:L1")
        assert impact.of("link:L1") is found
        assert found is not None
        assert found.people == pytest.approx(3000)
        assert found.pixels is not None
        assert found.pixels > 100
        nothing = impact.wait_for("port:R/unknown")
        assert nothing is None
    finally:
        impact.close()


def test_without_a_source_of_service_every_alarm_stands_for_itself(ngbw, project):
    done = ngbw("alarms", "list", project, "--lang", "en")
    assert done.code == 0
    assert "No alarms" in done.out
    assert "Nothing follows from anything" in done.out
