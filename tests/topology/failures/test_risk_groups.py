"""Links that share ground, a bridge or a given name fall together; those that only meet do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.tests.topology.failures.towns import CRS, line, polygon, town
from ngbw.topology.failures.area_failure import inside_area
from ngbw.topology.failures.corridors import corridors
from ngbw.topology.failures.crossings import crossings
from ngbw.topology.failures.risk_groups import (
    cable_map,
    given_groups,
    group_failures,
    unplaced_links,
)
from ngbw.topology.failures.served_graph import served_graph
from ngbw.topology.failures.worst import worst_groups

SITES = [("H", "headend", 0, 0), ("R", "olt", 1000, 0)]


def two_cables(first, second, **more):
    """Return a network in which two links run through one span each."""
    return town(
        SITES,
        links=[("L1", "H", "R", "S1"), ("L2", "H", "R", "S2")],
        spans=[("S1", first), ("S2", second)],
        people=[(1000, 0, 10)],
        **more,
    )


def found(network, **options):
    return [
        (group.links, group.length_m) for group in corridors(cable_map(network, CRS), **options)
    ]


def test_one_duct_for_two_links_is_shared_ground():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1;S2"), ("L2", "H", "R", "S1;S3")],
        spans=[
            ("S1", line((0, 0), (400, 0))),
            ("S2", line((400, 0), (1000, 200))),
            ("S3", line((400, 0), (1000, -200))),
        ],
    )
    ((links, length_m),) = found(network)
    assert links == ("L1", "L2")
    assert length_m == pytest.approx(400, abs=30)


@settings(max_examples=30)
@given(
    st.floats(-4, 4),
    st.floats(-4, 4),
    st.floats(0, 3.14),
    st.booleans(),
)
def test_two_surveys_of_one_trench_are_one_corridor(east, north, angle, backwards):
    u = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-u[1], u[0]])
    path = [tuple(u * d + across * (2 if n % 2 else -2)) for n, d in enumerate(range(0, 801, 80))]
    other = [tuple(u * d + np.array([east, north])) for d in (0, 800)]
    network = two_cables(line(*path), line(*(other[::-1] if backwards else other)))
    ((links, length_m),) = found(network)
    assert links == ("L1", "L2")
    assert length_m == pytest.approx(800, rel=0.08)


def test_cables_that_cross_or_run_apart_share_nothing():
    assert found(two_cables(line((0, 0), (1000, 0)), line((500, -500), (500, 500)))) == []
    assert found(two_cables(line((0, 0), (1000, 0)), line((0, 25), (1000, 25)))) == []


def test_a_short_stretch_counts_only_where_less_is_asked_for():
    network = two_cables(line((0, 0), (1000, 0)), line((480, 400), (480, 0), (520, 0), (520, 400)))
    assert found(network) == []
    assert len(found(network, shared_m=20)) == 1


def test_three_links_in_one_place_are_another_group_than_two_of_them():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1"), ("L2", "H", "R", "S2"), ("L3", "H", "R", "S3")],
        spans=[
            ("S1", line((0, 0), (1000, 0))),
            ("S2", line((0, 3), (1000, 3))),
            ("S3", line((0, -3), (300, -3), (300, -300))),
        ],
    )
    groups = dict(found(network))
    assert set(groups) == {("L1", "L2"), ("L1", "L2", "L3")}
    assert groups["L1", "L2", "L3"] == pytest.approx(300, abs=40)
    assert groups["L1", "L2"] == pytest.approx(700, abs=40)


def test_a_corridor_is_named_by_its_street_and_lies_on_it():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1"), ("L2", "H", "R", "S1")],
        spans=[("S1", line((0, 0), (1000, 0)), {"street_id": "T"})],
        streets=[("T", "四平路", line((0, 0), (1000, 0)), "main")],
    )
    (group,) = corridors(cable_map(network, CRS))
    assert (group.group_id, group.name, group.spans) == ("corridor:S1", "四平路", ("S1",))
    middle = line((500, 0), (501, 0)).coords[0]
    assert (group.lon, group.lat) == pytest.approx(middle, abs=1e-4)


RIVER = ("大河", "water", polygon((400, -500), (460, -500), (460, 500), (400, 500)))


def test_cables_over_one_bridge_are_one_crossing_by_name():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1"), ("L2", "H", "R", "S2"), ("L3", "H", "R", "S3")],
        spans=[
            ("S1", line((0, 0), (1000, 0)), {"street_id": "B"}),
            ("S2", line((0, 12), (1000, 12)), {"street_id": "B"}),
            ("S3", line((0, 400), (1000, 400))),
        ],
        streets=[("B", "大桥", line((0, 0), (1000, 0)), "bridge")],
        areas=[RIVER],
    )
    both, alone = crossings(network, cable_map(network, CRS))
    assert (both.name, both.links) == ("大桥 / 大河", ("L1", "L2"))
    assert both.length_m == pytest.approx(60, abs=1)
    assert (alone.name, alone.links) == ("大河", ("L3",))


def test_a_cable_along_the_bank_crosses_nothing():
    network = two_cables(line((397, -500), (397, 500)), line((0, 0), (399, 0)), areas=[RIVER])
    assert crossings(network, cable_map(network, CRS)) == []


def test_a_bridge_without_drawn_water_is_a_crossing():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1")],
        spans=[("S1", line((0, 0), (1000, 0)), {"kind": "bridge"})],
    )
    (group,) = crossings(network, cable_map(network, CRS))
    assert group.group_id == "crossing:S1"


def test_given_groups_fall_as_the_table_says():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1"), ("L2", "H", "R", "S2")],
        spans=[
            ("S1", line((0, 0), (1000, 0)), {"risk_group": "tram works;depot"}),
            ("S2", line((0, 300), (1000, 300)), {"risk_group": "tram works"}),
        ],
        people=[(1000, 0, 10)],
    )
    depot, works = given_groups(network)
    assert (depot.name, depot.links) == ("depot", ("L1",))
    assert (works.group_id, works.links) == ("given:tram works", ("L1", "L2"))
    served = served_graph(network, CRS)
    worst, other = group_failures(served, [depot, works])
    assert (worst.group, worst.people, worst.sites) == (works, 10, 1)
    assert other.people == 0
    named = worst_groups([worst, other], served, network)
    assert named[0].ids == ("given:tram works",)
    assert named[0].sites == ("R",)


def test_a_link_without_spans_is_in_no_group_and_is_named():
    network = town(SITES, links=[("L1", "H", "R", "")])
    assert unplaced_links(network) == ("L1",)
    cables = cable_map(network, CRS)
    assert corridors(cables) == crossings(network, cables) == []


def test_all_inside_a_polygon_and_all_that_enters_it_falls():
    network = town(
        SITES,
        links=[("L1", "H", "R", "S1"), ("L2", "H", "R", "S2")],
        spans=[("S1", line((0, 0), (1000, 0))), ("S2", line((0, 900), (1000, 900)))],
    )
    flood = polygon((-100, -100), (100, -100), (100, 100), (-100, 100))
    assert inside_area(network, flood) == ("sites:H", "spans:S1")
    left = network.without(inside_area(network, flood))
    assert list(left.links["link_id"]) == []  # L2 ends in the flooded head-end
