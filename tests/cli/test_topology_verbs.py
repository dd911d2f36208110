"""topology stats, and networks in and out of a project on the command line."""

from __future__ import annotations

import json

import pandas as pd
import pytest

# A ring of three with a tail of two: K - A, A - B, B - C, C - A, A - T, T - U.
NODES = {"A": (121.50, 31.30), "B": (121.51, 31.30), "C": (121.505, 31.31),
         "T": (121.49, 31.30), "U": (121.48, 31.30)}  # fmt: skip
EDGES = ["AB", "BC", "CA", "AT", "TU"]


@pytest.fixture
def tail(tmp_path):
    """Return a node-link file of a ring with a tail."""
    document = {
        "graph": {"name": "tail"},
        "nodes": [
            {"id": n, "name": f"Hall {n}", "lon": x, "lat": y} for n, (x, y) in NODES.items()
        ],
        "edges": [{"id": e, "source": e[0], "target": e[1], "length_km": 1.5} for e in EDGES],
    }
    path = tmp_path / "tail.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_stats_name_the_weak_spots(ngbw, tail):
    done = ngbw("topology", "stats", tail)
    assert done.code == 0
    assert done.out.splitlines() == [
        "tail: 5 sites, 5 links, 1 components",
        "links at a site: 2.00 on average, 1 to 3; 0 sites without any",
        "bridges: 2: AT (A Hall A - T Hall T), TU (T Hall T - U Hall U)",
        "cut sites: 2: A Hall A, T Hall T",
        "cut pairs of links: 3: AB + BC, AB + CA, BC + CA",
        "connectivity: 1 links, 1 sites",
        "diameter: 3 links, 1.70 on average; 4.50 km",
    ]


def test_stats_as_json_hold_every_figure(ngbw, tail):
    told = ngbw("topology", "stats", tail, "--json").json
    assert told["bridges"][0] == {"link_id": "AT", "a_site": "A", "b_site": "T"}
    assert told["articulation_points"][1] == {"site_id": "T", "name": "Hall T"}
    assert (told["two_link_cuts"], told["edge_connectivity"], told["node_connectivity"]) == (
        3,
        1,
        1,
    )
    assert told["two_link_cut_pairs"] == [["AB", "BC"], ["AB", "CA"], ["BC", "CA"]]
    assert (told["diameter_hops"], told["components"], told["average_degree"]) == (3, 1, 2.0)
    assert told["notes"] == []


def test_stats_of_a_project_leave_lone_candidates_out(ngbw, project, tail):
    assert ngbw("import", project, "network", tail).code == 0
    done = ngbw("topology", "stats", project, "--json")
    sites = pd.read_csv(project / "sites.csv", encoding="utf-8-sig")
    lone = int((sites["state"] == "candidate").sum())
    assert lone > 0
    assert (done.json["nodes"], done.json["links"]) == (len(sites) - lone, 5)
    assert done.json["notes"] == [f"{lone} candidate sites without a link are not counted"]
    assert done.json["bridges"][0]["link_id"] == "AT"


def test_a_file_of_no_known_kind_names_the_formats(ngbw, tmp_path):
    (tmp_path / "x.dat").write_text("hello")
    done = ngbw("topology", "stats", tmp_path / "x.dat")
    assert done.code == 2
    assert "--as: graphml, node-link" in done.err
    assert ngbw("topology", "stats", tmp_path / "no").code == 3


def test_an_import_warns_that_nothing_tells_where_service_comes_from(ngbw, project, tail):
    done = ngbw("import", project, "network", tail, "--fail-on-warning", "--dry-run")
    assert done.code == 7
    assert "nothing tells where service comes from" in done.err
    assert "[network] roots" in done.err


def test_a_file_of_an_unknown_program_or_of_nothing_is_no_empty_network(ngbw, project, tmp_path):
    gnpy = tmp_path / "gnpy.json"
    gnpy.write_text('{"elements": [{"uid": "trx a", "type": "Transceiver"}], "connections": []}')
    for verb in (("topology", "stats", gnpy), ("import", project, "network", gnpy)):
        done = ngbw(*verb)
        assert done.code == 2
        assert "gnpy.json is in none of the network formats" in done.err
        done = ngbw(*verb, "--as", "node-link")
        assert done.code == 3
    empty = tmp_path / "empty.json"
    empty.write_text('{"nodes": [], "links": []}')
    done = ngbw("import", project, "network", empty)
    assert done.code == 3
    assert "empty.json holds no site" in done.err


def test_a_network_goes_in_and_comes_back_with_one_undo(ngbw, project, tail):
    before = (project / "sites.csv").read_text(encoding="utf-8-sig")
    looked = ngbw("import", project, "network", tail, "--dry-run")
    assert looked.code == 0
    assert "sites: 5 read, 5 new" in looked.err
    assert "nothing written" in looked.out
    assert (project / "sites.csv").read_text(encoding="utf-8-sig") == before
    done = ngbw("import", project, "network", tail, "--json")
    assert (done.code, done.json["written"], done.json["format"]) == (0, True, "node-link")
    assert ngbw("import", project, "network", tail).out.startswith("the project already says so")
    assert ngbw("undo", project).code == 0
    assert (project / "sites.csv").read_text(encoding="utf-8-sig") == before
    assert not (project / "links.csv").exists()


def test_a_site_without_position_is_named_and_nothing_is_written(ngbw, project, tmp_path):
    (tmp_path / "n.json").write_text('{"nodes": [{"id": "q"}], "edges": []}')
    done = ngbw("import", project, "network", tmp_path / "n.json")
    assert done.code == 3
    assert "no position in the file" in done.err
    told = ngbw("import", project, "network", tmp_path / "n.json", "--json")
    assert (told.code, told.json["written"]) == (3, False)
    assert told.json["problems"][0]["value"] == "q"


@pytest.mark.parametrize(
    ("form", "name"),
    [("graphml", "n.graphml"), ("", "n.geojson"), ("ofds", "n.json"), ("rfc8345", "n.json"),
     ("sndlib", "n.txt"), ("netbox", "netbox")],
)  # fmt: skip
def test_export_says_what_the_format_cannot_hold(ngbw, project, tail, tmp_path, form, name):
    assert ngbw("import", project, "network", tail).code == 0
    options = ["--as", form] if form else []
    done = ngbw("export", project, "network", tmp_path / name, *options)
    assert done.code == 0, done.err
    assert "demand: the format has no place for its" in done.err
    again = ngbw("topology", "stats", tmp_path / name, "--json")
    assert again.code == 0
    if form != "netbox":  # cables need ports, which these links do not have
        assert again.json["two_link_cuts"] == 3
    told = ngbw("export", project, "network", tmp_path / name, *options, "--json")
    assert told.json["notes"]
    assert (tmp_path / name).exists()


def test_options_for_tables_are_refused_for_networks(ngbw, project, tail):
    done = ngbw("import", project, "network", tail, "--set", "kind=olt")
    assert done.code == 2
    assert "--set has no meaning for a network, which is imported whole" in done.err
    assert ngbw("import", project, "sites", tail, "--as", "ofds").code == 2
    assert ngbw("export", project, "sites", "x.csv", "--as", "ofds").code == 2


def test_topology_without_a_verb_shows_its_verbs(ngbw):
    done = ngbw("topology")
    assert done.code == 2
    assert "stats" in done.err + done.out
