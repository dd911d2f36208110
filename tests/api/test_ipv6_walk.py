"""The path of a reader who asks how ready a project is for IPv6, and what he may get wrong."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from ngbw.api.cli import main
from ngbw.api.readiness_answer import moment_of
from ngbw.ipv6.websites import batch
from ngbw.probes.replay.planned_devices import planned_recordings
from ngbw.probes.replay.recordings import write_recording
from ngbw.topology.project import open_project

EXAMPLE = Path(__file__).parents[2] / "examples" / "yangpu"


@pytest.fixture
def project(tmp_path):
    directory = tmp_path / "district"
    shutil.copytree(EXAMPLE, directory)
    return directory


def asked(capsys, *words):
    code = main([str(word) for word in words])
    return code, capsys.readouterr()


def test_last_day_of_the_calendar_is_judged_now():
    assert moment_of(date.max, "Asia/Shanghai", now_s=1e9) == 1e9


@pytest.mark.parametrize("rows", ["", "1.3.6.1.2.1.1.1.0|4|a box\n"])
def test_recording_that_ends_before_any_interface_proves_nothing(project, tmp_path, capsys, rows):
    (tmp_path / "YP-D1-N1.snmprec").write_text(rows, encoding="utf-8")
    recording = tmp_path / "YP-D1-N1.snmprec"
    code, said = asked(
        capsys, "ipv6", "device", project, "--recordings", recording, "--json", "--lang", "en"
    )
    (found,) = json.loads(said.out)["devices"]
    assert (code, found["level"], found["failed"]) == (0, "unknown", [])
    assert found["checks"]["D2"]["reason"] == "cut-short"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_report_for_a_terminal_names_its_subjects_and_says_what_recordings_prove(
    project, tmp_path, capsys, language
):
    for one in planned_recordings(open_project(project).network(), ("YP-D1-N1",)):
        write_recording(one, tmp_path / f"{one.name}.snmprec")
    asked(capsys, "ipv6", "device", project, "--recordings", tmp_path / "YP-D1-N1.snmprec")
    _, said = asked(capsys, "ipv6", "report", project, "--lang", language)
    assert "device:YP" not in said.out
    assert "website:YP" not in said.out
    assert "ngbw probe simulate" in said.out
    assert {"en": "District government portal (YP-V01)", "zh-CN": "区政府门户网站 (YP-V01)"}[
        language
    ] in said.out


def test_name_that_is_too_long_for_a_path_is_no_project(monkeypatch, capsys):
    def nothing_proven(websites, plan, *, deliver, history, now_s):
        deliver(None, ())
        for one in websites:
            deliver(one, ())
        return SimpleNamespace(fit=False)

    monkeypatch.setattr(batch, "examine_websites", nothing_proven)
    code, said = asked(capsys, "ipv6", "site", "a" * 5000 + ".example", "--json")
    assert code == 6
    assert json.loads(said.out)["vantage_fit"] is False  # one document, and no second one


def test_empty_name_is_no_project(capsys):
    code, said = asked(capsys, "ipv6", "site", "")
    assert code == 2
    assert "a name is empty" in said.err


def test_day_that_has_not_come_is_said_to_be_judged_today(project, capsys):
    _, said = asked(capsys, "ipv6", "report", project, "--at", "9999-12-31")
    assert "--at 9999-12-31 has not come yet" in said.err


def test_retest_keeps_the_mail_domain_and_says_where_this_place_has_no_ipv6(
    project, monkeypatch, capsys
):
    mails: list[str] = []

    def nothing_proven(websites, plan, *, deliver, history):
        mails.extend(one.mail_domain for one in websites)
        return SimpleNamespace(fit=False)

    monkeypatch.setattr(batch, "examine_websites", nothing_proven)
    _, said = asked(capsys, "ipv6", "retest", project, "--only", "website")
    assert "yangpu.example" in mails
    assert "no proven IPv6" in said.out


@pytest.mark.parametrize(("options", "said"), [
    (("--checks", "S9-S1"), "first before the last"),
    (("--resolver", "192.0.2.1", "--resolver", "192.0.2.2", "--resolver", "192.0.2.3"), "at most"),
])  # fmt: skip
def test_options_of_site_that_would_do_less_than_they_say_are_refused(capsys, options, said):
    code, printed = asked(capsys, "ipv6", "site", "portal.example", *options)
    assert code == 2
    assert said in printed.err
