"""``ngbw ipv6 device``: devices of a project judged from recordings and from agents."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ngbw.api.cli import main
from ngbw.api.device_readiness import judge_by_polls
from ngbw.ipv6.devices.last_counters import counters_file
from ngbw.ipv6.evidence_book import EvidenceBook
from ngbw.ipv6.verdicts import Basis, Verdict
from ngbw.probes.replay.planned_devices import planned_recordings
from ngbw.probes.replay.recorded_transport import RecordedTransport
from ngbw.probes.replay.recordings import write_recording
from ngbw.probes.snmp.values import Tag, Typed
from ngbw.probes.store import open_store, store_directory
from ngbw.topology.errors import SettingError
from ngbw.topology.project import open_project

EXAMPLE = Path(__file__).parents[2] / "examples" / "yangpu"
BACKBONE, OLD = "YP-E1-N1", "YP-D1-N1"


@pytest.fixture
def project(tmp_path):
    directory = tmp_path / "district"
    shutil.copytree(EXAMPLE, directory)
    return directory


@pytest.fixture
def recordings(project, tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    for one in planned_recordings(open_project(project).network(), (BACKBONE, OLD)):
        write_recording(one, folder / f"{one.name}.snmprec")
    return folder


def asked(capsys, *words):
    code = main(["ipv6", "device", *map(str, words)])
    return code, capsys.readouterr()


def test_recordings_are_judged_and_the_evidence_is_recorded(project, recordings, capsys):
    code, said = asked(capsys, project, "--recordings", recordings, "--json", "--lang", "en")
    assert code == 0
    document = json.loads(said.out)
    found = {one["device_id"]: one for one in document["devices"]}
    assert (found[OLD]["level"], found[BACKBONE]["level"]) == ("not_ready", "carrying")
    share = found[BACKBONE]["checks"]["D10"]["answered"]
    assert share["low"] <= share["share"] <= share["high"]
    assert 0.9 <= share["coverage"] <= 1.0
    assert found[OLD]["checks"]["D2"]["what_to_do"]
    store = open_store(store_directory(project), make=False)
    rows = EvidenceBook(store).findings()
    store.close()
    assert len(rows) == document["evidence"][1] == sum(len(o["checks"]) for o in found.values())


def test_answer_says_why_and_what_to_do_in_both_languages(project, recordings, capsys):
    code, said = asked(capsys, project, OLD, "--recordings", recordings, "--lang", "en")
    assert code == 0
    assert f"{OLD}: Not ready" in said.out
    assert "What to do: Ask the maker for software with IPv6" in said.out
    _, said = asked(capsys, project, OLD, "--recordings", recordings, "--lang", "zh-CN")
    assert f"{OLD}：未就绪" in said.out
    assert "建议：" in said.out


def test_recording_of_no_device_is_judged_and_not_recorded(project, recordings, capsys):
    (recordings / f"{OLD}.snmprec").rename(recordings / "stranger.snmprec")
    code, said = asked(capsys, project, "stranger", "--recordings", recordings, "--json")
    document = json.loads(said.out)
    assert (code, document["evidence"]) == (0, [])
    assert document["devices"][0]["listed"] is False


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--wait", "20"], 2, "give 300 or more"),
        (["--lang", "fr"], 2, "--lang is 'fr'"),
        (["--recordings", "nowhere"], 3, "there is no recording"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(project, words, code, message, capsys):
    found, said = asked(capsys, project, *words)
    assert message in said.err
    assert "Traceback" not in said.err
    assert found == code


def settle(project):
    path = project / "ngbw.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[probes]\nnetworks = ["0.0.0.0/0", "::/0"]\n'
        '[[probes.credentials]]\nversion = "2c"\ncommunity = "env:DISTRICT_COMMUNITY"\n',
        encoding="utf-8",
    )


class Clock:
    def __init__(self):
        self.now_s = 1e9
        self.slept = []

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now_s += seconds


def transport(project, clock):
    made = planned_recordings(open_project(project).network(), (BACKBONE,))

    class Ticking(RecordedTransport):
        """Agents whose own clock goes on with ours, as the engine's do."""

        def _answer(self, ask):
            ticks = (1, 3, 6, 1, 2, 1, 1, 3, 0)
            one = self.recordings[ask.agent.agent_id]
            clock = Typed(Tag.TIME_TICKS, round(self._clock() * 100) % 2**32)
            self.recordings[one.name] = replace(one, rows={**one.rows, ticks: clock})
            return super()._answer(ask)

    return Ticking({one.name: one for one in made}, clock=clock, started_s=1e9)


def judged(project, clock, **more):
    return judge_by_polls(
        open_project(project), transport=transport(project, clock), wanted=[BACKBONE],
        clock=clock, sleep=clock.sleep, **more,
    )  # fmt: skip


def test_first_run_waits_for_a_second_poll_and_the_next_needs_none(project, monkeypatch):
    monkeypatch.setenv("DISTRICT_COMMUNITY", "public")
    settle(project)
    clock = Clock()
    first = judged(project, clock)
    assert clock.slept == [pytest.approx(300)]
    assert first.devices[0].row_of["D9"].verdict is Verdict.PASS
    clock.now_s += 3600
    again = judged(project, clock)
    assert len(clock.slept) == 1
    assert again.devices[0].row_of["D10"].answered["interval_s"] == pytest.approx(3600)
    assert counters_file(project).is_file()


def test_statements_of_the_table_are_rows_of_their_own_day(project, monkeypatch):
    monkeypatch.setenv("DISTRICT_COMMUNITY", "public")
    settle(project)
    lines = ["device_service_id,device_id,service,over_ipv6,as_of,said_by"]
    lines += [
        f"{number},{BACKBONE},{service},true,2001-09-01,operator"
        for number, service in enumerate(("ntp", "syslog", "ssh", "aaa"))
    ]
    (project / "device_services.csv").write_text("\n".join(lines), encoding="utf-8")
    row = judged(project, Clock(), wait_s=0).devices[0].row_of["D13"]
    assert (row.verdict, row.basis, row.began_s) == (Verdict.PASS, Basis.STATEMENT, 999_302_400)


def test_project_that_may_poll_nothing_says_what_to_write(project):
    with pytest.raises(SettingError, match=r"probes\.credentials"):
        judged(project, Clock())
