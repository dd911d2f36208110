"""What is asked of a plan on the command line, and what can be taken away from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ngbw.coverage.plan_request import PlanRequest
from ngbw.coverage.siting import SiteProblem
from ngbw.topology.errors import UsageError


@pytest.fixture
def priced(project):
    """Return the project with a cost for each site and with phases."""
    text = (project / "sites.csv").read_text("utf-8-sig").splitlines()
    costs = {"west": "1", "middle": "1.5", "east": "1"}
    rows = [text[0] + ",cost,assumed"]
    rows += [f"{row},{costs[row.split(',')[0]]},cost" for row in text[1:]]
    (project / "sites.csv").write_text("\n".join(rows) + "\n", "utf-8-sig")
    settings = project / "ngbw.toml"
    lines = settings.read_text("utf-8").replace(
        "[plan]\n",
        '[plan]\nunit_cost = { value = 100000, source = "guess", assumed = true }\n'
        "phases = { 2015 = 1, 2016 = 1 }\n",
        1,
    )
    settings.write_text(lines, "utf-8")
    return project


def test_a_plan_says_how_few_how_far_how_dear_and_in_which_year(ngbw, priced):
    done = ngbw("plan", priced, "--lang", "en", "--sites", 2)
    assert done.code == 0
    assert "90% needs exactly 2 sites (proven)" in done.out
    assert "2 sites reach at least 100% and at most 100%" in done.out
    assert "about CNY 200,000, from assumed unit costs" in done.out
    assert "2015: 1 more, 1 in all, 62.5% of residents served" in done.out
    assert "2016: 1 more, 2 in all, 100% of residents served" in done.out
    assert "at least 37.5% of residents stay served" in done.out
    document = ngbw("plan", priced, "--sites", 2, "--json").json
    assert document["plan"]["asked"] == {"sites": 2}
    assert document["plan"]["status"] == "optimal"
    assert [point["sites"] for point in document["curve"]["points"]] == [1, 2, 3]
    assert document["cost"]["sites"] == 200_000
    west = document["sites"]["table"][0]
    assert (west["site_id"], west["phase"], west["cumulative_share"]) == ("west", "2015", 0.625)
    assert west["antennas"][0]["height_m"] == 40
    bare = ngbw("plan", priced, "--sites", 2, "--curve", 0, "--json").json
    assert bare["phases"] == document["phases"]  # ceilings hold for any sites, with or without it
    (left,) = document["candidates"]
    assert left["site_id"] == "middle"
    assert left["why"] in ("adds-nothing", "dominated")


def test_money_a_share_and_named_sites_decide(ngbw, priced):
    chosen = lambda *options: ngbw("plan", priced, *options, "--json").json
    assert chosen("--budget", 100_000)["sites"]["selected"] == ["west"]
    assert chosen("--share", 0.6)["sites"]["selected"] == ["west"]
    assert chosen("--share", 0.6)["plan"]["objective"] == "sites"
    assert "west" not in chosen("--sites", 1, "--forbid", "west")["sites"]["selected"]
    assert chosen("--sites", 1, "--fix", "east")["sites"]["selected"] == ["east"]
    apart = chosen("--exclude-together", "west,east")["sites"]["selected"]
    assert not {"west", "east"} <= set(apart)


def test_what_cannot_be_had_says_what_would_help(ngbw, priced):
    both = ngbw("plan", priced, "--fix", "west", "--forbid", "west")
    assert both.code == 2
    assert "both fixed and forbidden" in both.err
    near = ngbw("plan", priced, "--forbid", "wset")
    assert near.code == 3
    assert "did you mean 'west'?" in near.err
    assert ngbw("plan", priced, "--budget", 1, "--share", 0.5).code == 2
    assert ngbw("plan", priced, "--phases", "a,b").code == 2
    assert ngbw("plan", priced, "--exclude-together", "west").code == 2


def test_a_budget_is_shown_with_what_is_left_and_decides_why_not(ngbw, priced):
    done = ngbw("plan", priced, "--budget", 130_000, "--lang", "en")
    assert (
        "1 site planned for CNY 100,000; budget CNY 130,000, CNY 30,000 left [within budget]"
        in (done.out)
    )
    document = ngbw("plan", priced, "--budget", 130_000, "--json").json
    why = {one["site_id"]: one["why"] for one in document["candidates"]}
    assert why == {"east": "too-dear", "middle": why["middle"]}
    assert document["sites"]["table"][0]["replacement"] == "east"  # middle costs more than is left
    reached = ngbw("plan", priced, "--share", "60%", "--json").json
    assert {one["why"] for one in reached["candidates"] if one["adds"] > 0} == {"not-needed"}


@pytest.mark.parametrize("share", ["0.6", "60", "60%", "60 %"])
def test_a_share_may_be_a_part_of_one_or_per_cent(ngbw, priced, share):
    found = ngbw("plan", priced, "--share", share, "--json").json
    assert found["plan"]["asked"] == {"share": 0.6}
    assert found["sites"]["selected"] == ["west"]


@pytest.mark.parametrize("option", ["--share", "--least-share", "--max-gap"])
def test_a_bare_one_is_refused_by_every_share(ngbw, priced, option):
    done = ngbw("plan", priced, option, "1")
    assert done.code == 2
    assert option in done.err
    assert "1% or 100%" in done.err


def test_cheapest_names_the_option_that_it_needs(ngbw, priced):
    done = ngbw("plan", priced, "--cheapest")
    assert done.code == 2
    assert "--share" in done.err


def test_fibre_and_networks_need_what_they_are_made_of(ngbw, priced):
    fibre = ngbw("plan", priced, "--budget", 1e6, "--connected")
    assert fibre.code == 3
    assert "no rooms that are built" in fibre.err
    network = ngbw("plan", priced, "--network")
    assert network.code in (0, 1, 2)
    if network.code == 2:
        assert "has no network" in network.err


def test_a_budget_needs_the_cost_of_every_usable_site(ngbw, project):
    done = ngbw("plan", project, "--budget", 1000)
    assert done.code == 3
    assert "cost" in done.err
    assert "--forbid" in done.err


def test_an_interrupted_search_keeps_its_best_plan_unproven(ngbw, project, monkeypatch):
    solve = SiteProblem.maximise

    def interrupted(problem, **asked):
        import dataclasses

        found = solve(problem, **asked)
        return dataclasses.replace(
            found, bound=found.value * 1.5, proven=False, status="cancelled",
            cancelled_by=KeyboardInterrupt(),
        )  # fmt: skip

    monkeypatch.setattr(SiteProblem, "maximise", interrupted)
    done = ngbw("plan", project, "--json")
    assert done.code == 0
    assert done.json["plan"]["proven"] is False
    assert done.json["plan"]["status"] == "cancelled"
    assert done.json["sites"]["count"] > 0
    assert "stopped: this is the best plan so far" in done.err
    assert "curve" not in done.json
    assert ngbw("plan", project, "--prove").code == 4


@pytest.mark.parametrize(
    ("what", "file"),
    [
        ("plan", "r.html"), ("plan", "r.docx"), ("plan", "r.md"), ("plan", "l.xlsx"),
        ("plan", "l.gpkg"), ("plan", "l.kmz"), ("plan", "l.csv"), ("plan", "l.tab"),
        ("survey", "s.html"), ("survey", "s.docx"), ("curve", "c.svg"), ("curve", "c.png"),
        ("curve", "c.csv"),
    ],
)  # fmt: skip
def test_a_plan_can_be_taken_away(ngbw, planned, tmp_path, what, file):
    done = ngbw("export", planned, what, tmp_path / file, "--lang", "en", "--json")
    assert done.code == 0, done.err
    assert (tmp_path / file).stat().st_size > 50
    assert done.json["file"] == str(tmp_path / file)


@pytest.fixture
def planned(ngbw, priced):
    assert ngbw("plan", priced, "--name", "A").code == 0
    return priced


def test_export_names_what_goes_wrong_and_writes_nothing(ngbw, project, tmp_path):
    assert "make one: ngbw plan" in ngbw("export", project, "plan", tmp_path / "a.html").err
    assert ngbw("cover", project, "--site", "west", "--name", "given").code in (0, 1)
    curve = ngbw("export", project, "curve", tmp_path / "c.svg")
    assert curve.code == 3
    assert "has no curve" in curve.err
    assert "a time limit" in curve.err
    wrong = ngbw("export", project, "plan", tmp_path / "a.pdf")
    assert wrong.code == 2
    assert ".docx" in wrong.err
    assert ngbw("export", project, "sites", tmp_path / "s.csv", "--plan", "given").code == 2
    assert ngbw("export", project, "survey", tmp_path / "s.html", "--site", "nix").code == 2
    assert not list(tmp_path.glob("*.html"))


def test_compare_speaks_chinese(ngbw, project):
    ngbw("plan", project, "--sites", 1, "--name", "A")
    ngbw("plan", project, "--sites", 2, "--name", "B")
    done = ngbw("compare", project, "A", "B", "--lang", "zh-CN")
    assert "新增站点（1）：east" in done.out
    assert "sites in  (1): east" in ngbw("compare", project, "A", "B", "--lang", "en").out


def test_no_site_is_said_as_such(ngbw, project):
    document = ngbw("cover", project, "--json").json
    assert set(document["coverage"]["missed"]) == {"no-site"}
    assert {gap["reason"] for gap in document["gaps"]} == {"no-site"}


def test_a_standing_site_in_the_sea_stops_no_plan(ngbw, project):
    text = (project / "sites.csv").read_text("utf-8-sig").splitlines()
    text[0] += ",kind,state"
    text[1:] = [f"{row},ngb-w,candidate" for row in text[1:]]
    text.append("sea,sea,124.5,31.3,40,ngb-w,built")
    (project / "sites.csv").write_text("\n".join(text) + "\n", "utf-8-sig")
    document = ngbw("plan", project, "--json").json
    assert "sea" not in document["sites"]["selected"]
    assert [n["count"] for n in document["notices"] if n["key"] == "standing-far"] == [1]
    assert "more than 20 km from the district" in ngbw("validate", project).out


def test_requests_that_contradict_themselves_are_refused():
    contradictions: tuple[dict[str, Any], ...] = (
        {"share": 1.5}, {"budget": 1.0, "share": 0.5}, {"cheapest": True},
        {"connected": True}, {"as_network": True, "servers": 2}, {"as_network": True, "survive": True},
        {"survive": True, "share": 0.5}, {"sites": 0}, {"max_gap": 2.0},
    )  # fmt: skip
    for wrong in contradictions:
        with pytest.raises(UsageError):
            PlanRequest(**wrong)
    assert PlanRequest(forbid=("a",), share=0.9).to_dict() == {"forbid": ["a"], "share": 0.9}
    assert json.dumps(PlanRequest(apart=(("a", "b"),)).to_dict()) == '{"apart": [["a", "b"]]}'


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--budget", 0), "什么也建不成：最便宜的站点"),
        (("--cheapest",), "请加--share 90%"),
        (("--share", "1"), "选项--share的值无效"),
        (("--fix", "west", "--forbid", "west"), "既被指定又被禁止"),
        (("--forbid", "wset"), "是否指'west'？"),
        (("--budget", 1, "--share", "50%"), "同时给出了预算和覆盖率"),
        (("--phases", "a,b"), "各期站点数"),
        (("--exclude-together", "west"), "不足两个站点"),
        (("--prove", "--max-gap", "3%"), "请只给一个"),
        (("--sites", 0), "应不小于1"),
        (("--share", "99.999%", "--forbid", "west"), "全部可用站点合计只达"),
        (("--survive", "--network"), "各自独立的目标"),
        (("--budget", 1e6, "--connected"), "无法敷设光缆"),
        (("--nosuch",), "没有选项"),
    ],
)
def test_what_a_plan_cannot_do_is_said_in_chinese(ngbw, priced, options, says):
    done = ngbw("plan", priced, *options, "--lang", "zh-CN")
    assert done.code in (2, 3)
    assert says in done.err
    assert done.err.splitlines()[-1].startswith("错误：")
    assert ngbw("plan", priced, *options, "--lang", "en").err.splitlines()[-1].startswith("error: ")


def test_the_end_of_a_plan_is_said_in_chinese(ngbw, priced):
    ngbw("plan", priced, "--sites", 1, "--name", "A")
    moved = ngbw("plan", priced, "--sites", 2, "--name", "A", "--lang", "zh-CN")
    assert "该运行现已无名称" in moved.err
    assert not any(letter in moved.err for letter in ("stopped", "which"))
    listed = ngbw("plans", priced, "--lang", "zh-CN").out
    assert listed.splitlines()[0].split() == [
        "方案编号", "生成时间（UTC）", "名称", "站点数", "覆盖率", "业务",
    ]  # fmt: skip


def test_a_budget_of_nothing_says_what_the_cheapest_site_costs(ngbw, priced):
    done = ngbw("plan", priced, "--budget", 0, "--lang", "en")
    assert done.code == 3
    assert "nothing can be built" in done.err
    assert "allow at least 100,000 CNY (--budget)" in done.err
    assert not (priced / "runs").exists()


def test_a_share_just_out_of_reach_does_not_read_as_reached():
    from ngbw.coverage.siting.fewest import _below

    assert _below(0.99999, 1.0) == "99.99%"
    assert _below(0.9, 0.900000001) == "90.00%" or float(_below(0.9, 0.900000001)[:-1]) <= 90.0
    assert _below(0.0, 0.5) == "0.00%"
