"""What failures take, counted by hand and against going through all of them."""

from __future__ import annotations

import itertools
import json

import networkx as nx
import numpy as np
import pytest

from ngbw.api.scenario.failure_cases import Toll, cases_of, toll
from ngbw.api.scenario.file_model import Failure
from ngbw.api.scenario.positions import Node
from ngbw.api.scenario.study import Study
from ngbw.topology.errors import InputError, MissingError

from .conftest import LINKS, PEOPLE, degrees, write_csv

NOWHERE = Node(None, None, 1, 1, 1, 1)  # type: ignore[arg-type]
ALL = sum(PEOPLE.values())


def fail(kind, **given):
    return Failure(kind, NOWHERE, **given)


def lost(links=(), rooms=()):
    """Return the people who lose service, by looking at the graph that is left."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from((ends[0], ends[-1]) for name, ends in LINKS.items() if name not in links)
    graph.add_nodes_from("HABCS")
    graph.remove_nodes_from(rooms)
    reached = nx.node_connected_component(graph, "H") if "H" in graph else set()
    return sum(people for room, people in PEOPLE.items() if room not in reached)


def expected(losses):
    shares = np.array(losses) / ALL
    return shares.max(), np.quantile(shares, 0.99, method="inverted_cdf"), shares.mean()


def figures(found: Toll):
    return found.worst_share, found.p99_share, found.mean_share


def test_any_link(town):
    found = toll(Study.open(town), fail("links", count=1))
    assert figures(found) == pytest.approx(expected([lost([name]) for name in LINKS]))
    assert found.cases == 5
    assert found.worst_sites == 1
    assert found.worst[0].item_id == "CS"
    assert (found.worst[0].table, found.worst[0].row) == ("links", 6)
    assert "400 residents" in found.worst[0].note
    assert len(found.worst) == 1  # harmless failures are not named


def test_any_room(town):
    found = toll(Study.open(town), fail("nodes", count=1))
    assert figures(found) == pytest.approx(expected([lost(rooms=[room]) for room in "HABCS"]))
    assert [item.item_id for item in found.worst][:2] == ["H", "C"]
    assert found.worst_sites == 5


def test_any_two_links_are_exact_and_the_worst_pair_is_named(town):
    found = toll(Study.open(town), fail("links", count=2))
    losses: dict[tuple[str, ...], int] = {
        pair: lost(pair) for pair in itertools.combinations(LINKS, 2)
    }
    worst, p99, _ = expected(list(losses.values()))
    assert (found.worst_share, found.p99_share) == pytest.approx((worst, p99))
    assert found.mean_share is None
    assert found.reason
    assert found.cases == 10
    assert losses[tuple(sorted(found.worst[0].item_id.split(" + "), key=list(LINKS).index))] == max(
        losses.values()
    )


def test_any_two_rooms(town):
    found = toll(Study.open(town), fail("nodes", count=2))
    pairs = itertools.combinations("HABCS", 2)
    assert figures(found) == pytest.approx(expected([lost(rooms=pair) for pair in pairs]))


def test_named_things_fail_together(town):
    found = toll(Study.open(town), fail("ids", ids=("HA", "BC")))
    assert found.worst_share == pytest.approx(3000 / ALL)
    assert found.worst_sites == 2
    assert toll(Study.open(town), fail("ids", ids=("C",))).worst[0].name == "room C"
    with pytest.raises(MissingError, match="'nothing' is in no table"):
        toll(Study.open(town), fail("ids", ids=("nothing",)))


def test_everything_inside_an_area_fails(town):
    ring = [degrees(*xy) for xy in ((0, 0), (1000, 0), (1000, 2000), (0, 2000), (0, 0))]
    area = town / "west.geojson"
    feature = {"type": "Feature", "properties": {},
               "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    area.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    found = toll(Study.open(town), fail("within", area=area))
    assert found.worst_share == pytest.approx(3000 / ALL)
    assert found.worst[0].item_id == "west.geojson"


def test_links_that_share_a_duct_fail_together(town):
    def span(name, *points):
        return {
            "type": "Feature",
            "properties": {"span_id": name},
            "geometry": {"type": "LineString", "coordinates": [degrees(*p) for p in points]},
        }

    spans = [span("duct", (1400, 900), (1400, 1100)), span("alone", (600, 500), (600, 1400))]
    (town / "spans.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": spans}), encoding="utf-8"
    )
    rows = [
        {"link_id": name, "a_site": ends[0], "b_site": ends[-1],
         "spans": {"HA": "duct", "CH": "duct", "AB": "alone"}.get(name, "")}
        for name, ends in LINKS.items()
    ]  # fmt: skip
    write_csv(town / "links.csv", rows)
    found = toll(Study.open(town), fail("srlg", groups="from_geometry", shared_m=50.0))
    assert found.cases == 1
    assert found.worst_share == pytest.approx(lost(["HA", "CH"]) / ALL) == 1
    assert "HA, CH" in str(found.worst[0])
    with pytest.raises(InputError, match="no two links share 500 m"):
        toll(Study.open(town), fail("srlg", groups="from_geometry", shared_m=500.0))


def test_project_without_links_says_so(town):
    (town / "links.csv").unlink()
    with pytest.raises(InputError, match="no links between sites"):
        toll(Study.open(town), fail("links", count=1))


def test_pairs_are_not_gone_through_one_by_one(town):
    with pytest.raises(InputError, match=r"only demand_lost\.\*"):
        cases_of(Study.open(town), fail("links", count=2))
    assert len(cases_of(Study.open(town), fail("links", count=1))) == 5
