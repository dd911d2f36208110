"""Second ways avoid what would cut the first, and say what they cannot avoid."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.cost import cost_model
from ngbw.topology.fibre.rings import close_rings
from ngbw.topology.fibre.route_table import route_table
from ngbw.topology.fibre.routes import plan_routes, sited_streets

CRS = "EPSG:32651"
SQUARE = [
    ("south", [(0, 0), (1000, 0)]),
    ("west", [(0, 0), (0, 600)]),
    ("north", [(0, 600), (1000, 600)]),
    ("east", [(1000, 600), (1000, 0)]),
]


def rings_of(network, sites, rooms):
    streets = sited_streets(network, CRS, [*sites, *rooms])
    routes = plan_routes(network, streets, cost_model({}), sites=sites, rooms=rooms)
    return routes, close_rings(routes)


def streets_along(routes, way):
    return [routes.streets.street_of(edge) for edge in way.edges]


def test_a_ring_of_streets_closes_without_sharing(town):
    network = town(SQUARE, {"A": (0, -20, "olt"), "s": (1000, -30)})
    routes, rings = rings_of(network, ["s"], ["A"])
    (ring,) = rings.rings
    assert ring.disjoint
    assert ring.same_room
    assert "south" in streets_along(routes, ring.first)
    assert ring.second is not None
    assert ring.second.length_km == pytest.approx(2.25, abs=0.02)
    assert ring.dug_km == pytest.approx(2.2, abs=0.02)
    assert ring.shared_drop_m == pytest.approx(30, abs=0.1)
    assert ring.reason == ""


def test_another_room_is_preferred_to_the_same(town):
    network = town(SQUARE, {"A": (0, 0, "olt"), "B": (0, 600, "olt"), "s": (1000, 100)})
    _, rings = rings_of(network, ["s"], ["A", "B"])
    (ring,) = rings.rings
    assert ring.second is not None
    assert (ring.first.room_id, ring.second.room_id) == ("A", "B")
    assert ring.disjoint
    assert not ring.same_room


def test_a_bridge_that_cannot_be_avoided_is_named(town):
    bridge = ("bridge", [(1000, 0), (1300, 0)], {"kind": "bridge", "name": "Old Bridge"})
    beyond = ("island", [(1300, 0), (1600, 0)])
    network = town([*SQUARE, bridge, beyond], {"A": (0, 0, "olt"), "s": (1300, 10)})
    _, rings = rings_of(network, ["s"], ["A"])
    (ring,) = rings.rings
    assert not ring.disjoint
    assert [stretch.street_id for stretch in ring.shared] == ["bridge"]
    assert ring.shared[0].length_m == pytest.approx(300, abs=0.1)
    assert ring.reason == "no way round the bridge bridge (Old Bridge)"


def test_two_carriageways_of_one_bridge_are_one_risk(town):
    kind = {"kind": "bridge", "name": "Old Bridge"}
    network = town(
        [("left", [(0, 0), (500, 0)], kind), ("right", [(0, 0), (250, 40), (500, 0)], kind)],
        {"A": (-5, 0, "olt"), "s": (505, 0)},
    )
    _, rings = rings_of(network, ["s"], ["A"])
    (ring,) = rings.rings
    assert not ring.disjoint
    assert ring.shared[0].kind == "bridge"


def test_the_first_way_moves_where_it_blocks_every_second(town):
    # The shortest way crosses by the middle and leaves no disjoint second; two ways exist.
    trap = [
        ("a", [(0, 0), (100, 100)]),
        ("middle", [(100, 100), (200, 0)]),
        ("b", [(200, 0), (300, 100)]),
        ("low", [(0, 0), (100, -300), (200, 0)]),
        ("high", [(100, 100), (200, 400), (300, 100)]),
    ]
    network = town(trap, {"A": (0, 0, "olt"), "s": (300, 100)})
    routes, rings = rings_of(network, ["s"], ["A"])
    (ring,) = rings.rings
    assert ring.first_moved
    assert ring.disjoint
    used = {*streets_along(routes, ring.first), *streets_along(routes, ring.second)} - {""}
    assert used == {"a", "b", "low", "high"}


def test_the_second_ring_uses_what_the_first_one_laid(town):
    network = town(SQUARE, {"A": (0, 0, "olt"), "s": (990, 0), "t": (980, 0)})
    _, rings = rings_of(network, ["s", "t"], ["A"])
    first, second = rings.rings
    assert first.dug_km > 2
    assert second.dug_km < 0.03
    assert rings.cost == pytest.approx(first.cost + second.cost)
    assert second.cost < first.cost / 5


def test_the_table_of_stretches_holds_the_second_ways(town):
    network = town(SQUARE, {"A": (0, 0, "olt"), "s": (1000, 0)})
    routes, rings = rings_of(network, ["s"], ["A"])
    table = route_table(routes, rings)
    ring = table[table["use"] == "ring"]
    assert set(ring["street_id"]) >= {"west", "north", "east"}
    assert ring["length_m"].sum() / 1000 == pytest.approx(rings.dug_km, abs=0.01)


def test_a_site_without_a_route_has_no_ring(town):
    network = town(SQUARE, {"A": (0, 0, "olt"), "s": (1000, 0)})
    streets = sited_streets(network, CRS, ["s", "A"])
    routes = plan_routes(network, streets, cost_model({}), sites=["s"], rooms=["A"])
    with pytest.raises(InputError, match="'x' has no route"):
        close_rings(routes, sites=["x"])
    assert [ring.site_id for ring in close_rings(routes, sites=["s"]).rings] == ["s"]
