"""Routes join sites to the nearest room, reuse ducts, and say what they cost."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import InputError, MissingError
from ngbw.topology.fibre.cost import cost_model, streets_with_duct
from ngbw.topology.fibre.route_table import route_table
from ngbw.topology.fibre.routes import marginal_cost, plan_routes, sited_streets

CRS = "EPSG:32651"
ROW = [("w", [(0, 0), (1000, 0)]), ("m", [(1000, 0), (2000, 0)]), ("e", [(2000, 0), (3000, 0)])]


def routes_of(network, sites, rooms, attach=(), **more):
    streets = sited_streets(network, CRS, [*sites, *rooms, *attach])
    return plan_routes(network, streets, cost_model({}), sites=sites, rooms=rooms, **more)


def test_each_site_goes_to_its_nearest_room(town):
    network = town(
        ROW, {"A": (0, 10, "olt"), "B": (3000, 10, "olt"), "s": (900, 5), "t": (2500, 5)}
    )
    found = routes_of(network, ["s", "t"], ["A", "B"])
    assert [(r.site_id, r.room_id) for r in found.routes] == [("s", "A"), ("t", "B")]
    assert [r.length_km for r in found.routes] == pytest.approx([0.915, 0.515], abs=1e-4)
    assert found.length_km == pytest.approx(1.43, abs=1e-4)
    assert found.cost == pytest.approx(1.4 * 300_000 + 0.03 * 100_000, abs=1)
    assert found.tree.proven


def test_a_shared_stretch_counts_once(town):
    network = town(ROW, {"A": (0, 0, "olt"), "s": (1500, 0), "t": (2500, 0)})
    found = routes_of(network, ["s", "t"], ["A"])
    assert found.length_km == pytest.approx(2.5, abs=1e-3)
    assert sum(route.length_km for route in found.routes) == pytest.approx(4.0, abs=1e-3)


def test_an_existing_duct_is_worth_a_detour(town):
    square = [
        ("straight", [(0, 0), (1000, 0)]),
        ("up", [(0, 0), (0, 400)]),
        ("over", [(0, 400), (1000, 400)]),
        ("down", [(1000, 400), (1000, 0)]),
    ]
    spans = [
        {"span_id": f"f{n}", "street_id": street, "kind": kind}
        for n, (street, kind) in enumerate([("up", "duct"), ("over", "duct"), ("down", "duct"),
                                            ("straight", "aerial")])
    ]  # fmt: skip
    network = town(square, {"A": (0, 0, "olt"), "s": (1000, 0)}, spans=spans)
    assert streets_with_duct(network) == {"up", "over", "down"}
    cheap = routes_of(network, ["s"], ["A"])
    assert cheap.length_by_kind_km() == pytest.approx({"existing duct": 1.8}, abs=1e-3)
    short = routes_of(network, ["s"], ["A"], minimise="length")
    assert short.length_km == pytest.approx(1.0, abs=1e-3)
    assert short.cost > cheap.cost


def test_a_site_beyond_the_streets_of_the_rooms_is_named_with_the_way_out(town):
    island = ("i", [(5000, 0), (5400, 0)], {"name": "Island Road"})
    network = town([*ROW, island], {"A": (0, 0, "olt"), "s": (900, 0), "x": (5100, 0)})
    found = routes_of(network, ["x", "s"], ["A"])
    assert list(found.unreachable) == ["x"]
    assert "i (Island Road)" in found.unreachable["x"]
    assert "join the streets or name a room there" in found.unreachable["x"]
    assert [route.site_id for route in found.routes] == ["s"]


def test_the_marginal_cost_is_the_way_to_the_tree(town):
    network = town(
        [*ROW, ("n", [(1000, 0), (1000, 800)])],
        {"A": (0, 0, "olt"), "s": (2000, 0), "t": (1000, 600), "u": (1500, 0), "far": (3000, 0)},
    )
    found = routes_of(network, ["s"], ["A"], attach=["t", "u", "far"])
    assert marginal_cost(found, "t") == pytest.approx(0.6 * 300_000, abs=1)
    assert marginal_cost(found, "u") == pytest.approx(0.0, abs=1)
    assert marginal_cost(found, "far") == pytest.approx(1.0 * 300_000, abs=1)
    with_t = routes_of(network, ["s", "t"], ["A"])
    assert with_t.cost - found.cost == pytest.approx(marginal_cost(found, "t"), abs=1)
    with pytest.raises(MissingError, match="'NOPE' is not attached"):
        marginal_cost(found, "NOPE")


def test_a_room_that_is_a_site_is_joined_already(town):
    network = town(ROW, {"A": (0, 0, "olt"), "s": (900, 0)})
    streets = sited_streets(network, CRS, ["A", "s"])
    found = plan_routes(network, streets, cost_model({}), sites=["A", "s"], rooms=["A"])
    assert found.routes[0].edges == ()
    assert found.routes[0].length_km == 0


def test_what_cannot_be_planned_is_refused(town):
    network = town(ROW, {"A": (0, 0, "olt"), "s": (900, 0)})
    streets = sited_streets(network, CRS, ["A", "s"])
    for sites, rooms, words in (
        ([], ["A"], "no site to join"),
        (["s"], [], "no room to join"),
        (["s", "s"], ["A"], "'s' is named twice"),
        (["x"], ["A"], "'x' is no node"),
    ):
        with pytest.raises(InputError, match=words):
            plan_routes(network, streets, cost_model({}), sites=sites, rooms=rooms)
    with pytest.raises(MissingError, match="'x' is not in sites"):
        sited_streets(network, CRS, ["x"])


def test_the_table_of_stretches_sums_to_the_tree(town):
    network = town(ROW, {"A": (0, 10, "olt"), "s": (1500, 5), "t": (2500, 5)})
    found = routes_of(network, ["s", "t"], ["A"])
    table = route_table(found)
    assert table["length_m"].sum() / 1000 == pytest.approx(found.length_km, abs=1e-3)
    assert table["cost"].sum() == pytest.approx(found.cost, abs=1)
    assert set(table["use"]) == {"tree"}
    assert table.loc[table["street_id"] == "w", "sites"].tolist() == [2]
    lon, lat = table["geometry"].iloc[0].coords[0]
    assert 121 < lon < 122
    assert 31 < lat < 32
