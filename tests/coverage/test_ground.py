"""The ground reaches under every site of radio, and no further for the rooms of a fibre network."""

from __future__ import annotations

from pathlib import Path

import pytest

from ngbw.coverage.grid import Grid
from ngbw.coverage.ground import surface_grid
from ngbw.coverage.plan import evaluate
from ngbw.topology.project import open_project

YANGPU = Path(__file__).parents[2] / "examples" / "yangpu"
OUTSIDE = (9_500, 500)
"""In metres from the corner of a district of 6 km by 4 km: 3.5 km east of it."""


def _grid() -> Grid:
    return Grid("EPSG:32651", 357_000.0, 3_468_000.0, 50.0, 120, 80)


def _world(world, **changes):
    sites = [("A", 1000, 1000), ("far", *OUTSIDE, {"state": "built"} | changes)]
    return world.network([(1000, 1000, 10)], sites)


@pytest.mark.parametrize("kind", ["exchange", "idc", "headend", "olt", "building"])
def test_a_room_outside_does_not_grow_the_surface(world, kind):
    assert surface_grid(_world(world, kind=kind), _grid()) == _grid()


@pytest.mark.parametrize("kind", ["ngb-w", "base-station", "wifi"])
def test_a_radio_site_outside_grows_it_by_whole_kilometres(world, kind):
    grown = surface_grid(_world(world, kind=kind), _grid())
    assert (grown.width, grown.height) == (120 + 80, 80)
    assert (grown.left_m, grown.top_m) == (357_000.0, 3_468_000.0)


def test_a_room_grows_it_with_a_cell_or_as_a_candidate_or_when_asked_for(world):
    sites = [("far", *OUTSIDE, {"kind": "exchange", "state": "built"})]
    people = [(1000, 1000, 10)]
    with_cell = world.network(people, sites, cells=[{"cell_id": "c", "site_id": "far"}])
    assert surface_grid(with_cell, _grid()).width == 200
    candidate = _world(world, kind="exchange", state="candidate")
    assert surface_grid(candidate, _grid()).width == 200
    asked = _world(world, kind="exchange")
    assert surface_grid(asked, _grid(), asked=["far"]).width == 200


def test_an_exchange_outside_can_be_evaluated(world):
    network = _world(world, kind="exchange")
    found = evaluate(network, world.settings(), ["far"])
    assert [site.site_id for site in found.sites] == ["far"]


def test_the_exchanges_beyond_the_border_leave_the_ground_of_yangpu_as_it_is():
    network = open_project(YANGPU).network()
    around = Grid("EPSG:32651", 355_000.0, 3_472_000.0, 25.0, 480, 560)
    without = network.without(["YP-X1", "YP-X2"])
    assert surface_grid(network, around) == surface_grid(without, around)
