"""What a change of the tables does, as a note for a merge request."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date

import pytest

from ngbw.api.scenario.difference import difference, difference_markdown, difference_text
from ngbw.api.scenario.revision import project_at
from ngbw.topology.errors import MissingError, UsageError

from .conftest import LINKS, degrees, write_csv


@pytest.fixture
def other(town):
    """Return a copy of the town."""
    copy = town.with_name("other")
    shutil.copytree(town, copy)
    return copy


def cut(directory, *gone):
    write_csv(
        directory / "links.csv",
        [
            {"link_id": name, "a_site": ends[0], "b_site": ends[-1], "length_km": 1.5,
             "capacity_mbps": 10_000}
            for name, ends in LINKS.items() if name not in gone
        ],
    )  # fmt: skip


def moves(found):
    return {m.name: (m.old, m.new, m.direction) for m in found.moves if m.direction}


@pytest.mark.slow
def test_opened_ring_shows_new_single_points_and_shorter_fibre(town, other):
    cut(other, "AB")
    found = difference(town, other, names=("old", "new"), at=date(2016, 1, 1))
    moved = moves(found)
    assert moved["links.single_points"] == (1, 4, "worse")
    assert moved["fibre.km"] == (7.5, 6, "changed")
    assert "coverage.share" not in moved
    assert {item.item_id for item in found.appeared["links.single_points"]} == {"HA", "CH", "BC"}
    assert found.rows["links"].removed == ("AB",)
    assert found.worse
    text = difference_text(found)
    assert "links: 1 removed (AB)" in text
    assert "worse    links.single_points: 1 link -> 4 links (+3)" in text
    note = difference_markdown(found)
    assert note.startswith("### What this change does: something got worse")
    assert "**new single points of failure among links**" in note
    back = difference(other, town, names=("new", "old"), at=date(2016, 1, 1))
    assert moves(back)["links.single_points"] == (4, 1, "better")
    assert len(back.gone["links.single_points"]) == 3


@pytest.mark.slow
def test_equal_projects_do_not_differ(town, other):
    found = difference(town, other, names=("a", "b"))
    assert not found.worse
    assert not moves(found)
    assert found.rows == {}
    assert "no row of any table changed" in difference_text(found)
    assert "No figure moved." in difference_markdown(found)


@pytest.mark.slow
def test_broken_and_healed_targets_are_told(town, other):
    rows = [
        {"id": "FIBRE", "meaning": "m", "metric": "fibre.km", "operator": ">=", "value": 7,
         "due": "2016-06-30", "kind": "number"},
        {"id": "NEW", "meaning": "m", "metric": "fibre.km", "operator": ">=", "value": 1,
         "due": "2016-06-30", "kind": "number"},
    ]  # fmt: skip
    write_csv(town / "targets.csv", rows[:1])
    write_csv(other / "targets.csv", rows)
    cut(other, "CS")
    found = difference(town, other, names=("old", "new"), at=date(2016, 1, 1))
    assert found.targets == (("FIBRE", "met", "at risk"), ("NEW", "not there", "met"))
    assert found.worse
    document = found.to_dict()
    assert document["targets"][0] == {"id": "FIBRE", "old": "met", "new": "at risk"}
    assert document["rows"]["targets"]["added"] == ["NEW"]


@pytest.mark.slow
def test_moved_site_is_a_changed_row(town, other):
    text = (other / "sites.csv").read_text("utf-8-sig")
    lon, _ = degrees(600, 1000)
    (other / "sites.csv").write_text(text.replace(str(lon), str(lon + 0.001)), "utf-8")
    assert difference(town, other, names=("a", "b")).rows["sites"].changed == ("west",)


def spurs(directory, *, people):
    """Hang 25 rooms on the head-end, each by a link of its own, with so many people in the last."""
    rooms = [
        {"site_id": f"R{n}", "kind": "olt", "state": "built",
         "lon": degrees(100 * n, 300)[0], "lat": degrees(100 * n, 300)[1]}
        for n in range(1, 26)
    ]  # fmt: skip
    lon, lat = degrees(1500, 1000)
    write_csv(
        directory / "sites.csv",
        [{"site_id": "H", "kind": "headend", "state": "built", "lon": lon, "lat": lat}, *rooms],
    )
    write_csv(
        directory / "links.csv",
        [{"link_id": f"L{n}", "a_site": "H", "b_site": f"R{n}"} for n in range(1, 26)],
    )
    write_csv(
        directory / "demand.csv",
        [
            {"demand_id": f"d{room['site_id']}", "lon": room["lon"], "lat": room["lat"],
             "people": people if room["site_id"] == "R25" else 1000 - n, "census_year": 2020}
            for n, room in enumerate(rooms)
        ],
    )  # fmt: skip


def test_single_points_that_only_change_their_order_are_no_change(town, other):
    spurs(town, people=10)
    spurs(other, people=5000)
    found = difference(town, other, names=("a", "b"), at=date(2016, 1, 1))
    assert found.appeared["links.single_points"] == ()
    assert found.gone["links.single_points"] == ()
    assert "single points" not in difference_text(found)


def test_what_one_failure_takes_is_told_with_the_worst(town, other):
    cut(other, "AB")  # the ring is open: CH carries B, C and S
    found = difference(town, other, names=("a", "b"), at=date(2016, 1, 1))
    moved = moves(found)
    assert moved["demand_lost.max (any link)"] == pytest.approx((400 / 6400, 5400 / 6400, "worse"))
    assert moved["sites_cut.max (any link)"] == (1, 3, "worse")
    assert "demand_lost.max (any site)" not in moved  # the head-end takes all, before and after
    text = difference_text(found)
    assert (
        "demand_lost.max (any link): 6.25 % -> 84.38 % (+78.1 points); the worst now: link CH"
        in text
    )
    assert "demand\\_lost.max (any link)" in difference_markdown(found)
    told = {(m["metric"], m["fail"]): m for m in found.to_dict()["metrics"]}
    assert told["sites_cut.max", "any link"]["worst"]["id"] == "CH"
    assert told["fibre.km", None]["worst"] is None


def test_people_cut_off_for_good_are_worse_and_praise_no_figure_that_falls_with_them(town, other):
    cut(other, "CS")
    found = difference(town, other, names=("a", "b"), at=date(2016, 1, 1))
    moved = moves(found)
    assert moved["people.unconnected"] == (0, 400, "worse")
    assert moved["sites.unconnected"] == (0, 1, "worse")
    assert moved["links.single_points"] == (1, 0, "changed")
    assert found.worse
    back = difference(other, town, names=("b", "a"), at=date(2016, 1, 1))
    assert moves(back)["people.unconnected"] == (400, 0, "better")


def git(directory, *arguments):
    subprocess.run(
        ["git", "-C", directory, "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments],
        check=True, capture_output=True,
    )  # fmt: skip


def test_revision_gives_the_project_as_it_was(town):
    git(town.parent, "init", "-q")
    git(town.parent, "add", ".")
    git(town.parent, "commit", "-q", "-m", "first")
    before = (town / "links.csv").read_bytes()
    cut(town, "AB")
    with project_at("HEAD", town) as old:
        assert (old / "links.csv").read_bytes() == before
        assert old.resolve() != town.resolve()
    assert not old.exists()
    for wrong in ("nowhere", "--help", "HEAD~5", ""):
        with pytest.raises(UsageError, match="no revision"), project_at(wrong, town):
            pass


def test_revision_needs_a_repository_with_the_project_in_it(town, tmp_path_factory):
    with pytest.raises(UsageError, match="git in"), project_at("HEAD", town):
        pass
    git(town.parent, "init", "-q")
    git(town.parent, "commit", "-q", "--allow-empty", "-m", "nothing")
    with (
        pytest.raises(MissingError, match=r"did not exist|was no ngbw project"),
        project_at("HEAD", town),
    ):
        pass
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(MissingError, match="not an ngbw project"), project_at("HEAD", empty):
        pass
