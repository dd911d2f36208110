"""plan, cover, plans, compare, gc, demo: what they print, write and return."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

import ngbw as library
from ngbw.api.runs import RunStore
from ngbw.coverage.siting import SiteProblem
from ngbw.topology.errors import FileError, MissingError
from ngbw.topology.project import open_project


def test_plan_prints_the_answer_and_writes_the_run(ngbw, project):
    done = ngbw("plan", project, "--lang", "en")
    assert done.code == 0
    assert "target met" in done.out
    assert "west" in done.out
    (run,) = (project / "runs").glob("*/run.json")
    assert f"Map: {run.parent / 'map.html'}" in done.out
    assert {path.name for path in run.parent.iterdir()} == {
        "run.json", "map.html", "sites.geojson", "gaps.geojson", "areas.geojson", "coverage.tif", "layers.tif",
    }  # fmt: skip


def test_plan_answers_in_chinese(ngbw, project):
    assert "达标" in ngbw("plan", project, "--lang", "zh-CN").out


def test_json_is_the_whole_of_stdout_and_has_the_promised_metrics(ngbw, project):
    document = ngbw("plan", project, "--sites", 1, "--json").json
    assert document["sites"]["selected"] == ["west"]
    assert document["sites"]["count"] == 1
    assert document["coverage"]["share"] == pytest.approx(0.625)
    assert document["coverage"]["by_kind"]["residents"]["served"] == pytest.approx(5000)
    assert document["coverage"]["by_kind"]["place:hospital"]["share"] == 1
    assert document["coverage"]["by_subdistrict"] == {}
    assert document["plan"]["value"] == pytest.approx(5000)
    assert document["plan"]["bound"] >= document["plan"]["value"]
    assert 0 <= document["plan"]["gap"] <= 1
    assert document["plan"]["proven"] in (True, False)
    assert document["gaps"][0]["people"] == pytest.approx(3000)
    assert document["seconds"] > 0
    assert set(document["inputs"]) == {
        "ngbw.toml", "areas.geojson", "demand.csv", "places.csv", "sites.csv",
    }  # fmt: skip
    assert document["versions"]["ngbw"] == library.__version__


def test_missed_target_is_exit_code_1(ngbw, project):
    assert ngbw("plan", project, "--sites", 1).code == 1
    assert ngbw("plan", project, "--sites", 2).code == 0


def test_unproven_plan_is_exit_code_4_where_proof_is_required(ngbw, project, monkeypatch):
    solve = SiteProblem.maximise

    def loose(problem, **asked):
        found = solve(problem, **asked)
        return dataclasses.replace(found, bound=found.value * 1.05)

    monkeypatch.setattr(SiteProblem, "maximise", loose)
    # The curve has a bound of its own, which would prove the plan.
    done = ngbw("plan", project, "--max-gap", 0.01, "--curve", 0)
    assert done.code == 4
    assert "within 4.76%" in done.err
    assert ngbw("plan", project, "--max-gap", 0.05, "--curve", 0).code == 0


def test_warnings_only_is_exit_code_7_when_asked(ngbw, project):
    assert ngbw("plan", project, "--fail-on-warning").code == 7  # the city is generated
    settings = project / "ngbw.toml"
    text = settings.read_text("utf-8").replace('model = "p1812"', 'model = "free-space"')
    settings.write_text(text, "utf-8")
    assert ngbw("plan", project, "--sites", 1, "--fail-on-warning").code == 0


def test_equal_input_gives_the_equal_run(ngbw, project):
    first = ngbw("plan", project, "--json").json
    second = ngbw("plan", project, "--json").json
    volatile = {"created", "seconds", "timings"}
    assert {k: v for k, v in first.items() if k not in volatile} == {
        k: v for k, v in second.items() if k not in volatile
    }
    assert len(list((project / "runs").glob("*/run.json"))) == 1


def test_changed_table_gives_another_run(ngbw, project):
    first = ngbw("plan", project, "--json").json["id"]
    table = project / "demand.csv"
    table.write_text(table.read_text(encoding="utf-8-sig").replace("3000", "3001"), "utf-8")
    assert ngbw("plan", project, "--json").json["id"] != first


def test_raster_has_probability_field_and_people(ngbw, project):
    directory = Path(ngbw("plan", project, "--json").json["directory"])
    with rasterio.open(directory / "coverage.tif", driver="GTiff") as file:
        assert file.crs.to_epsg() == 32651
        assert file.res == (25.0, 25.0)
        probability, field, people = file.read()
    assert np.nanmax(probability) <= 1
    assert people.sum() == pytest.approx(8000)
    assert 40 < np.nanmin(field) < np.nanmax(field) < 150


def test_named_plans_are_listed_and_compared(ngbw, project):
    ngbw("plan", project, "--sites", 1, "--name", "A")
    ngbw("plan", project, "--sites", 2, "--name", "乙")
    rows = ngbw("plans", project, "--json").json["plans"]
    assert [row["names"] for row in rows] == [["A"], ["乙"]]
    assert "乙" in ngbw("plans", project).out
    comparison = ngbw("compare", project, "A", "乙", "--json").json
    assert comparison["sites"] == {"in": ["east"], "out": [], "both": ["west"]}
    assert comparison["people"] == {"won": 3000, "lost": 0}
    back = ngbw("compare", project, "乙", "A").out
    assert "people won 0, lost 3,000" in back
    assert "sites out (1): east" in back


def test_name_moves_to_the_newer_run(ngbw, project):
    ngbw("plan", project, "--sites", 1, "--name", "A")
    ngbw("plan", project, "--sites", 2, "--name", "A")
    rows = ngbw("plans", project, "--json").json["plans"]
    assert [(row["sites"], row["names"]) for row in rows] == [(1, []), (2, ["A"])]


def test_unknown_plan_names_those_there_are(ngbw, project):
    ngbw("plan", project, "--name", "A")
    done = ngbw("compare", project, "A", "../../etc/passwd")
    assert done.code == 3
    assert "plans are A" in done.err


@pytest.mark.parametrize("name", ["", "x" * 61, "a\nb", "\x1b[31m"])
def test_unusable_name_is_refused_and_nothing_written(ngbw, project, name):
    done = ngbw("plan", project, "--name", name or " ")
    assert done.code == 2
    assert not (project / "runs").exists()


def test_cover_judges_a_plan_by_another_service(ngbw, project):
    ngbw("plan", project, "--sites", 1, "--name", "A")
    document = ngbw("cover", project, "--plan", "A", "--json").json
    assert document["sites"]["selected"] == ["west"]
    assert document["plan"]["bound"] is None
    assert document["plan"]["proven"] is False
    assert ngbw("cover", project, "--plan", "A", "--service", "radio").code == 2
    assert ngbw("cover", project, "--site", "east", "--json").json["coverage"]["served"] == (
        pytest.approx(3000)
    )


def test_cover_without_standing_sites_covers_nobody(ngbw, project):
    document = ngbw("cover", project, "--json").json
    assert document["coverage"]["share"] == 0
    assert document["sites"]["count"] == 0


def test_gc_lists_first_and_deletes_unnamed_runs_only(ngbw, project):
    ngbw("plan", project, "--sites", 1, "--name", "A")
    ngbw("plan", project, "--sites", 2)
    ngbw("cover", project, "--site", "east")
    listed = ngbw("gc", project, "--keep", 1, "--json").json
    assert len(listed["runs"]) == 1
    assert listed["freed_bytes"] == 0
    freed = ngbw("gc", project, "--keep", 0, "--cache-mb", 1e9, "--yes", "--json").json
    assert len(freed["runs"]) == 2
    assert freed["freed_bytes"] > 0
    assert [row["names"] for row in ngbw("plans", project, "--json").json["plans"]] == [["A"]]


def test_damaged_run_is_named_and_skipped_in_the_list(ngbw, project):
    ngbw("plan", project, "--name", "A")
    store = RunStore(open_project(project))
    path = store.find("A").directory / "run.json"
    path.write_text("{")
    with pytest.raises(FileError, match="run ngbw plan again"):
        store.find("A")
    assert store.all() == []
    with pytest.raises(MissingError):
        store.open("..")


def test_unwritable_project_is_exit_code_6(ngbw, project, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)  # root may write everywhere, so it is played
    done = ngbw("plan", project)
    assert done.code == 6
    assert "make it writable or copy the project" in done.err


def test_interrupted_write_leaves_the_old_run(ngbw, project, monkeypatch):
    from ngbw.api import runs

    ngbw("plan", project, "--name", "A")

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "coverage_page", broken)
    done = ngbw("plan", project, "--sites", 1)
    assert done.code == 6
    assert "No space left" in done.err
    assert len(list((project / "runs").glob("*/run.json"))) == 1
    assert not list((project / "runs").glob(".new-*"))


def test_library_gives_records_frames_and_a_notebook_view(project):
    district = library.open(project)
    plan = district.plan(sites=2)
    assert [site.site_id for site in plan.sites] == ["west", "east"]
    assert len(plan.to_geodataframe()) == 2
    assert "<table>" in plan._repr_html_()
    assert "小区" in district._repr_html_()
    assert district.cover(["east"]).coverage.headline.served == pytest.approx(3000)
    run = district.save(plan, name="lib")
    assert json.loads((run.directory / "run.json").read_text("utf-8"))["name"] == "lib"


def test_library_refuses_what_is_not_a_project(tmp_path):
    with pytest.raises(MissingError, match="ngbw init"):
        library.open(tmp_path)


@pytest.mark.slow
def test_demo_plans_the_example_and_says_where_the_map_is(ngbw, tmp_path):
    done = ngbw("demo", tmp_path / "demo", "--lang", "en")
    assert done.code == 0
    assert "40 sites planned; budget 40" in done.out
    assert "The 5 worst gaps" in done.out
    path = Path(done.out.rsplit("Map: ", 1)[1].strip())
    assert path.is_file()
    assert path.stat().st_size < 1_000_000
    again = ngbw("demo", tmp_path / "demo", "--json").json
    assert again["sites"]["count"] <= 40
    assert again["coverage"]["share"] >= 0.90
    assert len(again["coverage"]["by_subdistrict"]) == 12


def test_run_that_is_a_link_is_refused(ngbw, project, tmp_path):
    directory = Path(ngbw("plan", project, "--name", "A", "--json").json["directory"])
    directory.rename(tmp_path / "elsewhere")
    directory.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileError, match="is a link"):
        RunStore(open_project(project)).find("A")
    assert RunStore(open_project(project)).all() == []


def test_target_holds_for_the_headline_service_only(ngbw, project):
    settings = project / "ngbw.toml"
    text = settings.read_text("utf-8")
    outdoor = text[text.index("[services.portable-indoor]") :].replace("portable-indoor", "other")
    settings.write_text(text + "\n" + outdoor, "utf-8")
    ngbw("plan", project, "--sites", 1, "--name", "A")
    done = ngbw("cover", project, "--plan", "A", "--service", "other", "--json")
    assert done.code == 0
    assert done.json["coverage"]["share"] == pytest.approx(0.625)
    assert done.json["coverage"]["target"] is None
    assert done.json["coverage"]["met"] is None
    assert done.json["service"]["headline"] is False
    assert "target m" not in ngbw("cover", project, "--plan", "A", "--service", "other").out


def test_share_can_be_taken_from_the_raster(ngbw, project):
    document = ngbw("plan", project, "--sites", 1, "--json").json
    required = np.float32(document["service"]["required_probability"])
    with rasterio.open(Path(document["directory"]) / "coverage.tif", driver="GTiff") as file:
        probability, _, people = file.read()
    served = people[np.nan_to_num(probability) >= required].sum()
    assert served / people.sum() == pytest.approx(document["coverage"]["share"])


def test_names_given_by_plans_that_finish_together_are_all_kept(ngbw, project):
    from concurrent.futures import ThreadPoolExecutor

    district = library.open(project)
    plans = [district.plan(sites=n) for n in (1, 2, 3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: district.save(plans[n], name=f"n{n}"), range(3)))
    assert set(RunStore(open_project(project)).names()) == {"n0", "n1", "n2"}


def test_name_that_moves_is_announced_and_a_run_id_is_no_name(ngbw, project):
    first = ngbw("plan", project, "--sites", 1, "--name", "A", "--json").json["id"]
    assert f"A was the run {first}" in ngbw("plan", project, "--sites", 2, "--name", "A").err
    assert ngbw("plan", project, "--name", first).code == 2


def test_a_scheduler_on_another_machine_must_speak_tls(ngbw, project):
    done = ngbw("plan", project, "--scheduler", "tcp://192.0.2.1:8786")
    assert done.code == 2
    assert "plain TCP" in done.err


def test_what_only_followed_from_ctrl_c_is_no_defect(ngbw, project, monkeypatch):
    def compiling(*args, **kwargs):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise RuntimeError("no compiled object yet")  # noqa: B904 - as a compiler fails

    monkeypatch.setattr("ngbw.api.library.choose_sites", compiling)
    done = ngbw("plan", project)
    assert done.code == 130
    assert done.err.strip().splitlines()[-1] == "stopped"
