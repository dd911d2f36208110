"""fibre, optics, microwave: what they print, write and return."""

from __future__ import annotations

import csv
import json

import geopandas as gpd
import pytest
from pyproj import Transformer

_TO_DEGREES = Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)


def degrees(x_m, y_m):
    """Return the position so far east and north of the small project's corner."""
    return _TO_DEGREES.transform(357_000 + x_m, 3_464_000 + y_m)


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def wired(project):
    """Return the small project with streets, a room, and links."""
    features = []
    for street_id, points, kind in (
        ("s1", [(0, 1000), (1500, 1000)], "main"),
        ("s2", [(1500, 1000), (3000, 1000)], "main"),
        ("s3", [(0, 1000), (0, 1800), (3000, 1800), (3000, 1000)], "local"),
        ("x1", [(100, 100), (400, 100)], "local"),
    ):
        features.append(
            {
                "type": "Feature",
                "properties": {"street_id": street_id, "kind": kind},
                "geometry": {"type": "LineString", "coordinates": [degrees(*p) for p in points]},
            }
        )
    (project / "streets.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    sites = []
    for name, kind, state, (x, y) in (
        ("room", "olt", "built", (20, 990)), ("west", "ngb-w", "candidate", (600, 1010)),
        ("east", "ngb-w", "candidate", (2400, 1010)), ("lost", "ngb-w", "candidate", (200, 90)),
        ("home", "building", "planned", (900, 1020)),
    ):  # fmt: skip
        lon, lat = degrees(x, y)
        sites.append({"site_id": name, "lon": lon, "lat": lat, "kind": kind, "state": state})
    write_csv(project / "sites.csv", sites)
    return project


def links(project, *rows):
    plain = {"a_site": "room", "b_site": "home", "kind": "pon", "length_km": 1, "homes": "",
             "pon_class": "", "split": "", "connectors": 4, "splices": 4, "assumed": ""}  # fmt: skip
    write_csv(
        project / "links.csv", [{"link_id": f"L{n}", **plain, **row} for n, row in enumerate(rows)]
    )


def test_fibre_says_kilometres_cost_and_bound(ngbw, wired):
    done = ngbw("fibre", wired, "--sites", "west,east", "--rings")
    assert done.code == 0
    assert "2 sites to 1 room: 2.4" in done.out
    assert "proven: no other tree is lighter" in done.out
    assert "rings: 2 of 2 sites" in done.out
    assert "! assumed: new duct, main: 400,000 CNY/km" in done.out


def test_fibre_as_json_and_as_a_file(ngbw, wired, tmp_path):
    out = tmp_path / "routes.gpkg"
    document = ngbw("fibre", wired, "--sites", "west,east", "--out", out, "--json").json
    assert document["length_km"] == pytest.approx(2.41, abs=0.01)
    assert document["tree"]["bound"] <= document["tree"]["value"]
    assert document["tree"]["value"] == pytest.approx(document["cost"])
    assert [route["room"] for route in document["routes"]] == ["room", "room"]
    frame = gpd.read_file(out)
    assert frame["length_m"].sum() / 1000 == pytest.approx(document["length_km"], abs=0.01)


def test_fibre_joins_what_stands_when_nothing_is_named(ngbw, wired):
    assert [r["site"] for r in ngbw("fibre", wired, "--json").json["routes"]] == ["home"]


def test_fibre_joins_the_sites_of_a_plan(ngbw, wired):
    assert ngbw("plan", wired, "--sites", 1, "--name", "A", "--json").code in (0, 1)
    document = ngbw("fibre", wired, "--plan", "A", "--json").json
    assert document["sites"] + len(document["unreachable"]) == 1


def test_a_site_that_no_street_joins_is_exit_code_1_and_named(ngbw, wired):
    done = ngbw("fibre", wired, "--sites", "west,lost")
    assert done.code == 1
    assert "no way to:" in done.out
    assert "lost: it hangs on the part of" in done.out


def test_the_costs_of_the_project_count(ngbw, wired):
    dear = ngbw("fibre", wired, "--sites", "west", "--json").json["cost"]
    with (wired / "ngbw.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '\n[fibre]\nunit = "EUR"\n'
            'new_duct.main = { value = 1000, source = "contract", assumed = false }\n'
        )
    document = ngbw("fibre", wired, "--sites", "west", "--json").json
    assert document["cost"] < dear / 50
    assert document["unit"] == "EUR"
    assert not any("main" in words for words in document["assumed"])


def test_a_wrong_cost_is_found_by_validate_too(ngbw, wired):
    with (wired / "ngbw.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[fibre]\ndrop = 5\n")
    done = ngbw("fibre", wired, "--sites", "west")
    assert done.code == 2
    assert "fibre.drop is 5" in done.err
    assert "fibre.drop is 5" in ngbw("validate", wired).out


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--sites", "west", "--plan", "A"], 2, "--sites or --plan, not both"),
        (["--sites", ","], 2, "names nothing"),
        (["--sites", "nowhere"], 3, "'nowhere' is not in sites"),
        (["--plan", "nowhere"], 3, "plan 'nowhere' does not exist"),
        (["--sites", "west", "--rooms", "nowhere"], 3, "'nowhere' is not in sites"),
        (["--sites", "west", "--minimise", "time"], 2, "use cost or length"),
        (["--sites", "west", "--out", "routes.doc"], 2, "routes.doc"),
    ],
)
def test_wrong_calls_of_fibre_say_what_is_wrong(ngbw, wired, options, code, words):
    done = ngbw("fibre", wired, *options)
    assert done.code == code
    assert words in done.err
    assert "Traceback" not in done.err


def test_optics_judges_every_pon_link(ngbw, wired):
    links(
        wired,
        {"pon_class": "gpon-b+", "split": "1:32", "length_km": 10, "splices": 5},
        {"pon_class": "gpon-b+", "split": "1:64", "length_km": 10, "homes": 40},
        {"kind": "hfc", "homes": 100},
    )
    done = ngbw("optics", wired)
    assert done.code == 1
    assert "2 pon links, 1 out of budget" in done.out
    assert "FAIL L1" in done.out
    assert "would do: class gpon-c+" in done.out
    document = ngbw("optics", wired, "--json").json
    assert document["failing"] == ["L1"]
    assert document["links"][0]["margin_db"] == pytest.approx(4.8)
    assert document["segments"]["L2"]["sustained_down_mbps"] == pytest.approx(8.0)
    links(wired, {"pon_class": "gpon-b+", "split": "1:32", "length_km": 10, "splices": 5})
    assert ngbw("optics", wired).code == 0
    assert ngbw("optics", wired, "--reserve-db", 5).code == 1


def test_optics_shows_what_each_part_loses_and_what_is_assumed(ngbw, wired):
    links(
        wired,
        {"pon_class": "gpon-b+", "split": "1:32", "length_km": 10, "splices": 5, "assumed": "*"},
        {"pon_class": "gpon-b+", "split": "1:4 1:8", "assumed": "split splices"},
        {"pon_class": "gpon-b+", "assumed": "homes"},
    )
    document = ngbw("optics", wired, "--json").json
    whole, split, plain = document["links"]
    way = whole["directions"][1]
    assert way["losses_db"] == pytest.approx(
        {"splitters": 17.2, "fibre": 3.5, "connectors": 2.0, "splices": 0.5, "attenuator": 0.0}
    )
    assert sum(way["losses_db"].values()) == pytest.approx(way["loss_db"])
    assert whole["assumed"] == [
        "length_km, pon_class, split, connectors, splices (marked so in the table)"
    ]
    assert split["assumed"] == ["split, splices (marked so in the table)"]
    assert plain["assumed"] == ["split 1:32"]
    assert document["failing"] == []
    said = ngbw("optics", wired).out
    assert (
        "loss at 1310 nm: splitters 17.2 + fibre 3.5 + connectors 2.0 + splices 0.5 = 23.2 dB of 28"
    ) in said
    assert "! assumed: split 1:32: L2" in said


def test_microwave_names_every_figure_that_nobody_gave(ngbw, wired):
    high = ["--a-height-m", 150, "--b-height-m", 150]
    assumed = ngbw("microwave", wired, "west", "east", *high, "--json").json["assumed"]
    assert "frequency 18 GHz" in assumed
    assert "vertical polarisation" in assumed
    assert any(words.startswith("effective Earth radius factor 1.33") for words in assumed)
    given = ["--freq-ghz", 18, "--polarisation", "vertical", "--k", 1.3]
    assumed = ngbw("microwave", wired, "west", "east", *high, *given, "--json").json["assumed"]
    assert not any(words.startswith(("frequency", "vertical", "effective")) for words in assumed)
    assert "default: 18" in ngbw("microwave", "--help").out


def test_optics_without_links_says_what_to_fill_in(ngbw, wired):
    done = ngbw("optics", wired)
    assert done.code == 0
    assert "set links.kind to pon" in done.out


def test_optics_names_the_link_that_is_wrong(ngbw, wired):
    links(wired, {"split": "1:33"})
    done = ngbw("optics", wired)
    assert done.code == 3
    assert "links.csv, row 2, column split is '1:33'" in done.err


def test_microwave_judges_a_hop(ngbw, wired):
    high = ["--a-height-m", 150, "--b-height-m", 150]
    done = ngbw("microwave", wired, "west", "east", "--freq-ghz", 23, *high)
    assert done.code == 0
    assert "1.80 km at 23 GHz" in done.out
    assert "! assumed: dishes of 0.3 m" in done.out
    document = ngbw("microwave", wired, "west", "east", *high, "--json").json
    assert document["free"] is True
    assert document["availability_percent"] > 99.9
    assert document["assumed"]


def test_microwave_below_the_roofs_is_exit_code_1(ngbw, wired):
    done = ngbw("microwave", wired, "room", "east", "--a-height-m", 2, "--b-height-m", 2)
    assert done.code == 1
    assert "FAIL blocked at" in done.out


def test_wrong_calls_of_microwave_say_what_is_wrong(ngbw, wired):
    for options, code, words in (
        (["west", "west"], 3, "stand at one place"),
        (["west", "nowhere"], 3, "'nowhere' is not in sites"),
        (["west", "east", "--freq-ghz", "500"], 2, "--freq-ghz"),
        (["west", "east", "--polarisation", "x"], 2, "--polarisation is 'x'"),
        (["west", "east", "--a-height-m", "-3"], 3, "'west': its antenna is -3"),
        (["west", "east", "--rain-mm-h", "900"], 3, "rain_mm_h is 900"),
        (["west", "east", "--dish-m", "90"], 3, "dish of 90"),
    ):
        done = ngbw("microwave", wired, *options)
        assert done.code == code, done.err
        assert words in done.err
