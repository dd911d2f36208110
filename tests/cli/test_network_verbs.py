"""fail and failures: what they print, write and return."""

from __future__ import annotations

import json

import pytest

from ngbw.tests.cli.conftest import degrees, write_csv


@pytest.fixture
def wired(project):
    """Return the small project with a head-end in the west, two rooms, and fibre between them."""
    sites = []
    for name, kind, state, x in (
        ("west", "ngb-w", "built", 600), ("middle", "ngb-w", "candidate", 1500),
        ("east", "ngb-w", "built", 2400), ("H", "headend", "built", 300),
        ("R", "olt", "built", 1400), ("S", "olt", "built", 2300),
    ):  # fmt: skip
        lon, lat = degrees(x, 1000)
        sites.append({"site_id": name, "name": f"室{name}", "kind": kind, "state": state,
                      "lon": lon, "lat": lat, "antenna_height_m": 40})  # fmt: skip
    write_csv(project / "sites.csv", sites)
    write_csv(
        project / "links.csv",
        [
            {"link_id": "L1", "a_site": "H", "b_site": "R", "spans": "F1"},
            {"link_id": "L2", "a_site": "H", "b_site": "R", "spans": "F1"},
            {"link_id": "L3", "a_site": "R", "b_site": "S", "spans": ""},
        ],
    )
    line = {"type": "LineString", "coordinates": [degrees(300, 1000), degrees(1400, 1000)]}
    span = {"type": "Feature", "properties": {"span_id": "F1"}, "geometry": line}
    (project / "spans.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [span]}), encoding="utf-8"
    )
    return project


def test_a_cut_shows_sites_people_pixels_and_places(ngbw, wired, tmp_path):
    out = tmp_path / "cut.geojson"
    document = ngbw("fail", wired, "F1", "--json", "--out", out).json
    assert document["fallen"] == {"spans": ["F1"], "links": ["L1", "L2"]}
    lost = document["network"]["lost"]
    assert {site["site_id"] for site in lost["sites"]} == {"R", "S", "east"}
    assert lost["people"] == pytest.approx(3000)
    assert document["network"]["assumed"]["homing"] == {"west": "H", "east": "S"}
    assert document["network"]["unplaced_links"] == ["L3"]
    radio = document["radio"]
    assert [(s["site_id"], s["reason"]) for s in radio["sites"]] == [("east", "network")]
    assert radio["people"] == pytest.approx(3000)
    assert radio["people_before"] == pytest.approx(8000)
    assert radio["pixels"] > 100
    assert radio["places"] == []
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    kinds = [feature["properties"]["kind"] for feature in features]
    assert sorted(set(kinds)) == [
        "dark-pixels", "dark-site", "failed-link", "failed-span",
    ]  # fmt: skip


def test_a_site_that_fails_takes_its_place_with_it(ngbw, wired):
    done = ngbw("fail", wired, "west", "--lang", "en")
    assert done.code == 0
    assert "Site failed (1): west" in done.out
    assert "Important places without coverage (1): 医院" in done.out
    assert "医院" in ngbw("fail", wired, "west", "--lang", "zh-CN").out


def test_a_failure_that_hurts_nobody_says_so(ngbw, wired):
    out = ngbw("fail", wired, "L1", "--lang", "en").out
    assert "No site loses its way to H" in out
    assert "none of 2 sites is hit" in out


def test_all_inside_a_polygon_fails(ngbw, wired, tmp_path):
    corners = [
        degrees(*xy) for xy in ((2200, 900), (2500, 900), (2500, 1100), (2200, 1100), (2200, 900))
    ]
    flood = tmp_path / "flood.geojson"
    flood.write_text(json.dumps({"type": "Polygon", "coordinates": [corners]}), encoding="utf-8")
    document = ngbw("fail", wired, "--within", flood, "--json").json
    assert document["fallen"]["sites"] == ["east", "S"]
    assert document["within"] == "flood.geojson"
    point = tmp_path / "point.geojson"
    point.write_text('{"type": "Point", "coordinates": [121, 31]}', encoding="utf-8")
    done = ngbw("fail", wired, "--within", point)
    assert done.code == 3
    assert "drawn as polygons" in done.err


def square(path, west, south, east, north):
    """Write a rectangle, in metres of the small project, as polygons."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    shape = {"type": "Polygon", "coordinates": [[degrees(*corner) for corner in corners]]}
    path.write_text(json.dumps(shape), encoding="utf-8")
    return path


def test_candidates_inside_a_polygon_are_told_apart_and_not_counted(ngbw, wired, tmp_path):
    write_csv(
        wired / "cells.csv",
        [{"cell_id": f"c-{site}", "site_id": site, "technology": "ngb-w-700", "freq_mhz": 700}
         for site in ("middle", "east")],
    )  # fmt: skip
    everything = square(tmp_path / "flood.geojson", 1300, 900, 2500, 1100)
    out = tmp_path / "cut.geojson"
    document = ngbw("fail", wired, "--within", everything, "--json", "--out", out).json
    assert document["fallen"]["sites"] == ["east", "R", "S"]
    assert document["fallen"]["cells"] == ["c-east"]
    assert document["candidates"] == {"sites": ["middle"], "cells": ["c-middle"]}
    kinds = {
        feature["properties"]["id"]: feature["properties"]["kind"]
        for feature in json.loads(out.read_text(encoding="utf-8"))["features"]
    }
    assert (kinds["middle"], kinds["east"]) == ("failed-candidate", "failed-site")
    said = ngbw("fail", wired, "--within", everything, "--lang", "en").out
    assert "Sites that fall (3): east, R, S" in said
    assert "Candidates among them, not counted (Sites 1, Cells 1): middle" in said
    assert "不计入（站点 1、小区 1）" in ngbw("fail", wired, "middle", "--lang", "zh-CN").out


def test_a_candidate_that_the_plan_gives_is_counted(ngbw, wired):
    sites = (wired / "sites.csv").read_text(encoding="utf-8")
    (wired / "sites.csv").write_text(
        sites.replace("ngb-w,built", "ngb-w,candidate"), encoding="utf-8"
    )
    planned = ngbw("plan", wired, "--sites", 1, "--name", "A", "--json").json
    (chosen,) = planned["sites"]["selected"]
    document = ngbw("fail", wired, "west", "middle", "east", "--json").json
    assert document["fallen"]["sites"] == [chosen]
    assert set(document["candidates"]["sites"]) == {"west", "middle", "east"} - {chosen}


def test_a_polygon_that_holds_nothing_is_told_with_both_extents(ngbw, wired, tmp_path):
    far = tmp_path / "far.geojson"
    corners = [[31.2, 121.5], [31.3, 121.5], [31.3, 121.6], [31.2, 121.5]]
    far.write_text(json.dumps({"type": "Polygon", "coordinates": [corners]}), encoding="utf-8")
    page = tmp_path / "far.html"
    done = ngbw("fail", wired, "--within", far, "--lang", "en", "--map", page)
    assert "! Nothing of the project lies inside far.geojson" in done.out
    assert "31.2000 … 31.3000, 121.5000 … 121.6000 (longitude, latitude)" in done.out
    assert "Nothing of the project lies inside far.geojson" in page.read_text(encoding="utf-8")
    inside = ngbw("fail", wired, "--within", far, "--json").json["inside"]
    assert inside["found"] == 0
    assert inside["extent"] == [31.2, 121.5, 31.3, 121.6]
    west, south, east, north = inside["network_extent"]
    assert 121 < west < east < 122
    assert 31 < south <= north < 32
    near = square(tmp_path / "near.geojson", 2200, 900, 2500, 1100)
    assert ngbw("fail", wired, "--within", near, "--json").json["inside"]["found"] == 2
    assert "Nothing of the project" not in ngbw("fail", wired, "--within", near).out
    assert ngbw("fail", wired, "L1", "--json").json["inside"] is None


def test_the_newest_plan_is_judged_and_a_named_one_on_request(ngbw, wired):
    planned = ngbw("plan", wired, "--sites", 3, "--name", "A", "--json").json["sites"]
    document = ngbw("fail", wired, "S", "--json").json
    assert document["radio"]["plan"] == "A"
    assert document["radio"]["sites_total"] == planned["count"]
    assert ngbw("fail", wired, "S", "--plan", "none").code == 3


def test_cells_and_radio_devices_take_their_site_down(ngbw, wired):
    cells = [{"cell_id": f"east-{n}", "site_id": "east", "antenna": "3gpp-65",
              "azimuth_deg": azimuth} for n, azimuth in ((1, 90), (2, 270))]  # fmt: skip
    write_csv(wired / "cells.csv", cells)
    write_csv(wired / "devices.csv", [{"device_id": "tx", "site_id": "west", "role": "radio"}])

    def reasons(*ids):
        radio = ngbw("fail", wired, *ids, "--json").json["radio"]
        return {site["site_id"]: site["reason"] for site in radio["sites"]}

    assert reasons("tx") == {"west": "device"}
    assert reasons("east-1") == {"east": "weaker"}
    assert reasons("east-1", "east-2") == {"east": "cells"}


def test_without_rooms_the_radio_is_judged_alone(ngbw, project):
    out = ngbw("fail", project, "west", "--lang", "en").out
    assert "What the network loses is unknown" in out
    assert "there is no plan" in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "nothing is named"),
        (("X9",), 3, "'X9' is in no table"),
        (("L1", "--lang", "de"), 2, "zh-CN or en"),
        (("L1", "--out", "cut.png"), 2, ".geojson"),
        (("L1", "--map", "cut.png"), 2, ".html"),
        (("L1", "--map", "no/such/cut.html"), 6, "cannot be written"),
        (("L1", "--out", "no/such/cut.geojson"), 6, "cannot be written"),
        (("--within", "none.geojson"), 3, "does not exist"),
    ],
)
def test_what_cannot_fail_is_said(ngbw, wired, arguments, code, words):
    done = ngbw("fail", wired, *arguments)
    assert done.code == code
    assert words in done.err


def test_every_sort_of_failure_has_its_worst(ngbw, wired):
    document = ngbw("failures", wired, "--json").json
    assert document["roots"] == ["H"]
    assert document["links"]["harmful"] == 1
    assert document["links"]["worst"][0]["ids"] == ["L3"]
    assert document["link_pairs"]["cutting"] == 1
    assert document["link_pairs"]["worst"][0]["ids"] == ["L1", "L2"]
    assert document["sites"]["count"] == 5
    assert document["site_pairs"]["cutting"] == 0
    (group,) = document["groups"]["worst"]
    assert (group["kind"], group["links"]) == ("corridor", ["L1", "L2"])
    assert group["people"] == document["link_pairs"]["max"] == pytest.approx(3000)


def test_a_sort_can_be_picked_and_read(ngbw, wired):
    document = ngbw("failures", wired, "--links", 2, "--groups", "--json").json
    assert {"links", "link_pairs", "sites", "site_pairs", "groups"} & set(document) == {
        "link_pairs", "groups",
    }  # fmt: skip
    out = ngbw("failures", wired, "--lang", "en").out
    assert "One link: 1 of 3 cut sites off" in out
    assert "室R - 室S" in out
    assert "Assumed: residents belong to the nearest access site" in out
    assert "单链路" in ngbw("failures", wired, "--lang", "zh-CN").out


def test_roots_come_from_the_settings(ngbw, wired):
    toml = wired / "ngbw.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8") + '\n[network]\nroots = ["S"]\n', encoding="utf-8"
    )
    assert ngbw("failures", wired, "--json").json["roots"] == ["S"]


def test_a_network_without_roots_is_refused(ngbw, project):
    done = ngbw("failures", project)
    assert done.code == 3
    assert "[network] roots" in done.err


def test_a_cut_is_drawn_with_the_pixels_that_go_dark(ngbw, wired, tmp_path):
    page = tmp_path / "cut.html"
    done = ngbw("fail", wired, "F1", "--map", page, "--lang", "en")
    assert done.code == 0
    assert done.out.rstrip().endswith(f"Map: {page}")
    html = page.read_text(encoding="utf-8")
    assert "With F1 down, 3 sites with 3,000 people (37.5% of residents) lose service." in html
    shapes = json.loads(html.split('id="shapes">')[1].split("</script>")[0])
    assert shapes["cut_links"] == [1, 2]
    assert len(shapes["dark"]) >= 1
    assert len(shapes["cut"]) == 1
    assert ngbw("fail", wired, "F1", "--map", page, "--json").json["fallen"]["spans"] == ["F1"]


def test_all_failures_are_drawn(ngbw, wired, tmp_path):
    page = tmp_path / "net.html"
    done = ngbw("failures", wired, "--map", page, "--lang", "zh-CN")
    assert done.code == 0
    assert str(page) in done.out
    html = page.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in html
    assert html.count('<tr id="links-') == 3
    assert ngbw("failures", wired, "--map", tmp_path / "net.svg").code == 2


@pytest.mark.parametrize("assumed", ["", "kind"])
def test_roots_that_nobody_named_are_said_to_be_assumed(ngbw, wired, assumed):
    text = (wired / "sites.csv").read_text("utf-8-sig").replace("headend", "exchange").splitlines()
    rows = [text[0] + ",assumed", *(f"{row},{assumed}" for row in text[1:])]
    (wired / "sites.csv").write_text("\n".join(rows), "utf-8")
    for verb in (("failures", wired), ("fail", wired, "L3")):
        said = ngbw(*verb).out
        assert "service comes from every exchange and data centre" in said or "全部局房" in said
        document = ngbw(*verb, "--json").json
        guessed = (document if verb[0] == "failures" else document["network"])["roots_kind_assumed"]
        assert guessed == (["H"] if assumed else [])
        assert any(word in said for word in ("REST ON A GUESS", "出于猜测")) == bool(assumed)


def test_a_cut_drop_takes_homes_though_no_resident_is_counted_behind_it(ngbw, wired):
    lon, lat = degrees(2500, 1000)
    with (wired / "sites.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{site},,building,built,{lon},{lat},\n" for site in ("B1", "B2"))
    plain = {"kind": "pon", "b_port": ""}
    ways = [("L1", "H", "R", 0, ""), ("L2", "H", "R", 0, ""), ("L3", "R", "S", 0, ""),
            ("P1", "S", "B1", 1, 30), ("P2", "S", "B2", 1, 58), ("P3", "R", "B2", 1, "")]  # fmt: skip
    write_csv(
        wired / "links.csv",
        [{**plain, "link_id": name, "a_site": a, "b_site": b, "homes": homes,
          "kind": "pon" if drop else "fibre"} for name, a, b, drop, homes in ways],
    )  # fmt: skip
    lost = ngbw("fail", wired, "P1", "--json").json["network"]["lost"]
    assert (lost["people"], lost["homes"]) == (0, 30)
    assert ngbw("fail", wired, "S", "--json").json["network"]["lost"]["homes"] == 88
    assert ngbw("fail", wired, "P3", "--json").json["network"]["lost"]["homes"] is None
    assert "access links that go: 30" in ngbw("fail", wired, "P1", "--lang", "en").out
    document = ngbw("failures", wired, "--links", 1, "--json").json
    assert document["homes"] == 88
    rows = [(row["ids"][0], row["homes"]) for row in document["links"]["worst"]]
    # People first; the drop of more homes stands before that of fewer, cut off or not.
    assert rows == [("P2", 58), ("P1", 30)]
    said = ngbw("failures", wired, "--links", 1, "--lang", "en").out
    assert "Homes are those on the access links" in said
