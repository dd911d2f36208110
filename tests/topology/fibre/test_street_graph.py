"""Streets become a graph: where they meet, how long they are, where sites hang."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.routes import sited_streets
from ngbw.topology.fibre.street_graph import DROP, attach_points, street_graph

CRS = "EPSG:32651"


def test_ends_within_the_tolerance_are_one_junction(town):
    network = town(
        [("a", [(0, 0), (100, 0)]), ("b", [(101, 0), (101, 200)]), ("c", [(110, 0), (300, 0)])], {}
    )
    streets = street_graph(network.streets, CRS)
    assert streets.graph.nodes == 5
    assert np.bincount(streets.component).tolist() == [3, 2]
    assert streets.component_name(1) == "the part of 1 streets with c"
    wide = street_graph(network.streets, CRS, snap_m=12)
    assert wide.graph.nodes == 4
    assert wide.component.max() == 0


def test_lengths_are_those_of_the_line_in_the_crs(town):
    network = town([("a", [(0, 0), (300, 0), (300, 400)], {"length_m": 5})], {})
    streets = street_graph(network.streets, CRS)
    assert streets.length_m == pytest.approx([700], abs=0.01)


def test_an_end_on_the_middle_of_a_street_is_a_junction_and_a_crossing_is_not(town):
    network = town(
        [
            ("main", [(0, 0), (400, 0)]),
            ("side", [(100, 0.5), (100, 300)]),
            ("over", [(300, -50), (300, 50)]),
        ],
        {},
    )
    streets = street_graph(network.streets, CRS)
    assert sorted(streets.graph.edge_ids) == ["main#1", "main#2", "over", "side"]
    assert np.bincount(streets.component).tolist() == [4, 2]
    pieces = [n for n, name in enumerate(streets.graph.edge_ids) if name.startswith("main")]
    assert streets.length_m[pieces] == pytest.approx([100, 300], abs=0.1)
    assert {streets.street_of(n) for n in pieces} == {"main"}
    assert shapely.length(streets.shape_of(pieces[1])) == pytest.approx(300, abs=0.1)


def test_a_site_hangs_on_the_nearest_point_by_a_drop(town):
    network = town(
        [("a", [(0, 0), (400, 0)]), ("b", [(400, 0), (400, 400)])],
        {"s": (100, 30), "t": (150, -20), "corner": (430, -40)},
    )
    streets = sited_streets(network, CRS, ["s", "t", "corner"])
    drops = [n for n in range(streets.graph.edges) if streets.line[n] == DROP]
    assert streets.length_m[drops] == pytest.approx([30, 20, 50], abs=0.01)
    on_a = [n for n in range(streets.graph.edges) if streets.street_of(n) == "a"]
    assert sorted(streets.length_m[on_a]) == pytest.approx([0, 50, 100, 250], abs=0.01)
    assert streets.component.max() == 0
    assert streets.street_of(drops[0]) == ""


def test_a_street_of_several_parts_keeps_its_id(town):
    network = town([("a", [(0, 0), (100, 0)])], {})
    frame = network.streets.copy()
    line = frame["geometry"].iloc[0]
    other = shapely.transform(line, lambda xy: np.add(xy, [0.01, 0]))
    frame["geometry"] = gpd.GeoSeries([shapely.MultiLineString([line, other])])
    streets = street_graph(frame, CRS)
    assert streets.graph.edge_ids == ("a", "a/2")
    assert [streets.street_of(n) for n in (0, 1)] == ["a", "a"]


def test_streets_that_cannot_be_used_are_named(town):
    network = town([("a", [(0, 0), (100, 0)])], {})
    with pytest.raises(InputError, match="holds no street"):
        street_graph(network.streets.iloc[:0], CRS)
    frame = network.streets.copy()
    frame["geometry"] = [None]
    with pytest.raises(InputError, match="'a' has no line"):
        street_graph(frame, CRS)
    frame["geometry"] = [shapely.Point(121, 31)]
    with pytest.raises(InputError, match="'a' is a Point"):
        street_graph(frame, CRS)
    with pytest.raises(InputError, match="snap_m is 0"):
        street_graph(network.streets, CRS, snap_m=0)


def test_a_site_with_a_taken_name_or_without_a_place_is_refused(town):
    streets = street_graph(town([("a", [(0, 0), (100, 0)])], {}).streets, CRS)
    with pytest.raises(InputError, match="'j0' has the name"):
        attach_points(streets, ["j0"], [121.5], [31.3])
    with pytest.raises(InputError, match="'s' lies outside"):
        attach_points(streets, ["s"], [float("nan")], [31.3])
    assert attach_points(streets, [], [], []) is streets
