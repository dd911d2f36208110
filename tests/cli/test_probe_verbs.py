"""The probe verbs against replayed agents on loopback."""

from __future__ import annotations

import json
import re
import socket

import pytest

from ngbw.api.probe_target import credential_from
from ngbw.probes.replay import ReplayAgents, parse_faults, read_recording
from ngbw.probes.snmp.agents import UserSecurity
from ngbw.topology.project import open_project


@pytest.fixture
def yangpu(tmp_path, ngbw):
    directory = tmp_path / "y"
    assert ngbw("init", directory, "--example", "yangpu").code == 0
    return directory


@pytest.fixture
def agent(tmp_path, ngbw, yangpu):
    """Return where one device of the example answers."""
    done = ngbw("probe", "simulate", yangpu, "--out", tmp_path / "rec", "--device", "YP-R01-N1")
    assert done.code == 0, done.err
    recording = read_recording(tmp_path / "rec" / "YP-R01-N1.snmprec")
    with ReplayAgents([recording], community="word") as agents:
        yield f"127.0.0.1:{agents.served[0].port}"


def test_once_says_ports_neighbours_and_light(ngbw, agent, monkeypatch):
    monkeypatch.setenv("WORD", "word")
    done = ngbw("probe", "once", "--target", f"udp://{agent}", "--community-env", "WORD", "--json")
    assert done.code == 0, done.err
    assert done.json["system"]["name"] == "yp-r01-n1"
    names = {one["name"] for one in done.json["interfaces"]["interfaces"]}
    assert {"xe-0/0/0", "pon-0/1/8", "lo0"} <= names
    assert {one["remote_name"] for one in done.json["links"]} >= {"yp-d1-n1", "yp-w03-n1"}
    assert any(one["figure"] == "rx_power_dbm" for one in done.json["sensors"])
    plain = ngbw("probe", "once", "--target", agent, "--community", "word")
    assert "9 with 64-bit counters" in plain.out
    assert "word" not in plain.out + plain.err


def test_test_shows_what_was_asked_and_why_it_failed(ngbw, agent):
    good = ngbw("probe", "test", agent, "--community", "word", "-v")
    assert good.code == 0
    assert "sysName.0 = yp-r01-n1" in good.out
    assert "asked GETBULK ifName" in good.out
    bad = ngbw("probe", "test", agent, "--community", "other", "--json")
    assert bad.code == 6
    assert not bad.json["ok"]
    assert "community is wrong" in bad.json["steps"][0]["result"]
    assert "other" not in bad.out + bad.err


def test_record_is_scrubbed_and_serves_again(tmp_path, ngbw, agent):
    out = tmp_path / "r.snmprec"
    done = ngbw("probe", "record", agent, "--community", "word", "--out", out, "--json")
    assert done.code == 0, done.err
    assert done.json["rows"] == len(read_recording(out))
    text = out.read_text()
    assert "YP-R01" not in text
    assert "yp-r01" not in text
    raw = ngbw("probe", "record", agent, "--community", "word", "--out", out, "--raw")
    assert raw.code == 0
    assert "yp-r01-n1" in out.read_text()
    assert ngbw("probe", "record", agent, "--community", "word", "--out", tmp_path / "x").code == 2


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--target", "udp://127.0.0.1:1"], 2, "no credential"),
        (["--target", "http://127.0.0.1:1", "--community", "w"], 2, "write udp://HOST:PORT"),
        (["--target", "127.0.0.1:x", "--community", "w"], 2, "is no target"),
        (["--target", "127.0.0.1", "--community", "w", "--user", "u"], 2, "give one of"),
        (["--target", "127.0.0.1", "--community-env", "NO_SUCH"], 2, "is not set"),
        (["--target", "127.0.0.1", "--user", "u", "--auth", "sha256"], 2, "NGBW_SNMP_AUTH"),
        (["--target", "127.0.0.1", "--user", "u", "--priv", "aes128"], 2, "--priv needs --auth"),
        (["--target", "224.0.0.1", "--community", "w"], 3, "multicast"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(ngbw, options, code, words):
    done = ngbw("probe", "once", *options)
    assert done.code == code
    assert words in done.err


CANARY = "s3cr7"


def test_record_finds_out_first_what_would_be_wrong_at_the_end(tmp_path, ngbw):
    weak = tmp_path / "weak"
    weak.write_text("guess me", encoding="utf-8")
    for options, words in (
        (["--out", tmp_path / "no" / "r.snmprec"], "is no directory"),
        (["--out", tmp_path / "r.snmprec", "--key-file", tmp_path / "k"], "there is no key file"),
        (["--out", tmp_path / "r.snmprec", "--key-file", weak], "less than 16 octets"),
        (["--out", tmp_path / "r.snmprec", "--key-file", tmp_path], "cannot be read"),
    ):
        done = ngbw("probe", "record", "127.0.0.1:1", "--community", "word", *options)
        assert done.code == 3
        assert words in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--auth", "sha255"], "--auth is 'sha255' (did you mean 'sha256'?); use one of md5"),
        (["--auth", "sha256", "--priv", "aes"], "the password in NGBW_SNMP_PRIV is shorter than 8"),
        (["--auth", "SHA-256", "--priv", "3des"], "--priv is '3des' (did you mean 'des'?)"),
    ],
)
@pytest.mark.parametrize("verb", [["test"], ["once", "--target"], ["record"]])
def test_a_wrong_setting_of_v3_is_named_before_anybody_is_asked(
    tmp_path, ngbw, monkeypatch, verb, options, words
):
    monkeypatch.setenv("NGBW_SNMP_AUTH", CANARY * 2)
    monkeypatch.setenv("NGBW_SNMP_PRIV", CANARY)
    more = ["--out", tmp_path / "r.snmprec"] if verb == ["record"] else []
    done = ngbw("probe", *verb, "127.0.0.1:1", "--user", "u", *options, *more)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert done.err.count("\n") == 1
    assert CANARY not in done.err


def test_words_of_other_programs_for_protocols_are_understood(monkeypatch):
    monkeypatch.setenv("NGBW_SNMP_AUTH", "password-1")
    monkeypatch.setenv("NGBW_SNMP_PRIV", "password-2")
    for auth, priv, wanted in (
        ("SHA", "AES", ("sha1", "aes128")),
        ("SHA-512", "AES-256", ("sha512", "aes256")),
        ("md5", "DES", ("md5", "des")),
    ):
        found = credential_from("", "", "u", auth, priv)
        assert isinstance(found, UserSecurity)
        assert (found.auth_protocol, found.priv_protocol) == wanted


def test_the_port_that_was_asked_is_the_one_that_is_named(ngbw):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        silent = ngbw("probe", "test", f"127.0.0.1:{port}", "--community", "word")
    assert silent.code == 6
    assert f"a firewall drops UDP port {port}" in silent.out
    closed = ngbw("probe", "once", "--target", f"127.0.0.1:{port}", "--community", "word")
    assert closed.code == 6
    assert "nothing listens on the port" in closed.err


def test_replay_takes_its_community_from_the_environment(tmp_path, ngbw, monkeypatch):
    one = tmp_path / "r.snmprec"
    one.write_text("1.3.6.1.2.1.1.1.0|4|a device\n", encoding="utf-8")
    monkeypatch.setenv("WORD", CANARY)
    served = ngbw("probe", "replay", one, "--community-env", "WORD", "--seconds", "0.01")
    assert served.code == 0
    assert CANARY not in served.out + served.err
    for wrong, words in (
        (["--community-env", "NO_SUCH"], "NO_SUCH is not set"),
        (["--community", "a", "--community-env", "WORD"], "give one of"),
        (["--community", "a", "--user", "u"], "give --user or a community"),
    ):
        done = ngbw("probe", "replay", one, *wrong)
        assert done.code == 2
        assert words in done.err


def settings(directory, networks='["127.0.0.0/8"]', interval_s=5):
    text = (directory / "ngbw.toml").read_text(encoding="utf-8")
    text += (
        f"\n[probes]\nnetworks = {networks}\ninterval_s = {interval_s}\n"
        '\n[[probes.credentials]]\nversion = "2c"\ncommunity = "env:WORD"\n'
    )
    (directory / "ngbw.toml").write_text(text, encoding="utf-8")


def test_run_says_what_it_may_not_poll(ngbw, yangpu, monkeypatch):
    done = ngbw("probe", "run", yangpu, "--seconds", "1")
    assert done.code == 2
    assert "probes.networks" in done.err
    settings(yangpu, '["192.0.2.200/32"]')
    done = ngbw("probe", "run", yangpu, "--seconds", "1")
    assert (done.code, "WORD" in done.err) == (3, True)
    monkeypatch.setenv("WORD", "word")
    done = ngbw("probe", "run", yangpu, "--seconds", "1")
    assert done.code == 3
    assert "no device can be polled" in done.err


@pytest.mark.slow
def test_run_polls_keeps_and_ends(tmp_path, ngbw, yangpu, monkeypatch):
    monkeypatch.setenv("WORD", "word")
    settings(yangpu)
    assert ngbw("probe", "simulate", yangpu, "--out", tmp_path / "rec").code == 0
    recordings = [read_recording(path) for path in sorted((tmp_path / "rec").iterdir())]
    with ReplayAgents(
        recordings, community="word", faults=parse_faults("silence@YP-R15*")
    ) as agents:
        places = {one.name: {"address": one.address, "port": one.port} for one in agents.served}
        (tmp_path / "places.json").write_text(json.dumps({"agents": places}))
        done = ngbw("probe", "run", yangpu, "--places", tmp_path / "places.json",
                    "--seconds", "13", "--json")  # fmt: skip
    assert done.code == 0, done.err
    cycles = [json.loads(line) for line in done.out.splitlines()]
    assert sum(one["answered"] for one in cycles) >= 31
    assert cycles[-1]["dead"] == 1
    assert "word" not in (done.out + done.err).replace("a word that", "")
    from ngbw.api.store_place import project_store

    store = project_store(open_project(yangpu))
    assert len(store.samples.devices()) >= 31
    store.close()


@pytest.mark.slow
def test_the_demonstration_finds_one_cause_and_tells_people(tmp_path, ngbw):
    done = ngbw("probe", "demo", tmp_path / "demo", "--lang", "en", "--interval", "1")
    assert done.code == 0, done.out + done.err
    assert "one cause: [critical] Span cut: span:YP-F0355" in done.out
    assert "people without the network" in done.out
    assert "Unreachable: device:YP-R14-N1" in done.out
    assert "deliveries that reached the webhook: " in done.out
    counts = re.findall(r"(\d+) alarms follow from it", done.out)
    assert len(counts) == 2
    assert counts[0] == counts[1]
    assert "alarms are over" in done.out
    assert ngbw("probe", "demo", tmp_path / "demo", "--span", "NOWHERE").code == 3


def test_the_demonstration_leaves_a_project_of_somebody_alone(ngbw, yangpu):
    (yangpu / "alarms.toml").write_text("format = 1\n", encoding="utf-8")
    done = ngbw("probe", "demo", yangpu)
    assert (done.code, "a project of your own" in done.err) == (3, True)
    assert (yangpu / "alarms.toml").read_text(encoding="utf-8") == "format = 1\n"
    assert not (yangpu / ".webhook-secret").exists()
