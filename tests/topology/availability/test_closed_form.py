"""The closed form equals going through all states, and the answers known by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from ngbw.topology.availability import (
    RiskGroup,
    cut_unavailability,
    exact_unavailability,
    minutes_a_year,
    nines,
    node_unavailability,
)
from ngbw.topology.availability import exact as exact_module
from ngbw.topology.errors import InputError

from .networks import model, small_models, unavailability_of_all_states


@given(small_models())
def test_the_sweep_equals_all_states(world):
    swept = np.array(exact_unavailability(world, range(world.graph.nodes)))
    assert swept == pytest.approx(unavailability_of_all_states(world), abs=1e-12)


@given(small_models())
def test_the_truth_lies_between_the_bounds_of_the_cuts(world):
    truth = unavailability_of_all_states(world)
    cuts = cut_unavailability(world)
    assert (cuts.lower <= truth + 1e-12).all()
    assert (truth <= cuts.upper + 1e-12).all()
    assert (cuts.lower <= cuts.value).all()
    assert (cuts.value <= cuts.upper).all()


def test_a_chain_multiplies():
    world = model(3, [(0, 1), (1, 2)], node_q=0.1, edge_q=0.2)
    closed = node_unavailability(world)
    assert closed.value == pytest.approx([0.1, 1 - 0.9**2 * 0.8, 1 - 0.9**3 * 0.8**2], abs=1e-15)
    cuts = cut_unavailability(world)
    assert cuts.lower == pytest.approx(closed.value, abs=1e-15)
    assert cuts.upper == pytest.approx(closed.value, abs=1e-15)


def test_parallel_links_must_all_fail():
    world = model(2, [(0, 1)] * 3, edge_q=0.1)
    assert node_unavailability(world).value == pytest.approx([0.0, 1e-3], abs=1e-15)


def test_a_ring_is_down_where_both_arcs_are():
    links = 8
    world = model(links, [(v, (v + 1) % links) for v in range(links)], edge_q=0.01)
    closed = node_unavailability(world)
    arcs = [1 - 0.99**k for k in range(links)]
    assert closed.value == pytest.approx(
        [arcs[k] * (1 - 0.99 ** (links - k)) for k in range(links)], abs=1e-15
    )
    assert set(closed.method) == {"exact"}


def test_the_bridge_of_wheatstone_is_exact():
    # 2 q^2 + 2 q^3 - 5 q^4 + 2 q^5 for five equal links (Moore and Shannon, 1956).
    q = 0.1
    world = model(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)], edge_q=q)
    assert node_unavailability(world).value[3] == pytest.approx(
        2 * q**2 + 2 * q**3 - 5 * q**4 + 2 * q**5, abs=1e-15
    )


def test_links_in_one_duct_fail_together():
    duct = RiskGroup("duct", 0.01, (), (0, 1))
    world = model(2, [(0, 1), (0, 1)], edge_q=0.001, groups=(duct,))
    assert node_unavailability(world).value[1] == pytest.approx(1 - 0.99 * (1 - 1e-6), abs=1e-15)


def test_two_roots_serve_either_way():
    world = model(3, [(0, 1), (1, 2)], roots=(0, 2), edge_q=0.1)
    assert node_unavailability(world).value == pytest.approx([0.0, 0.01, 0.0], abs=1e-15)


def test_own_equipment_does_not_stop_what_passes():
    world = model(3, [(0, 1), (1, 2)], own_q=np.array([0.0, 0.5, 0.0]))
    assert node_unavailability(world).value == pytest.approx([0.0, 0.5, 0.0], abs=1e-15)


def test_what_no_root_reaches_is_always_away():
    world = model(3, [(0, 1)], edge_q=0.1)
    assert node_unavailability(world).value[2] == 1.0


def test_a_figure_that_is_missing_makes_unknown_only_what_hangs_on_it():
    world = model(4, [(0, 1), (1, 2), (0, 3)], edge_q=np.array([0.1, math.nan, 0.2]))
    closed = node_unavailability(world)
    assert math.isnan(closed.value[2])
    assert closed.method[2] == "unknown"
    assert closed.value[[0, 1, 3]] == pytest.approx([0.0, 0.1, 0.2], abs=1e-15)
    assert (closed.lower[2], closed.upper[2]) == pytest.approx((0.1, 1.0))


def test_a_missing_figure_on_a_ring_gives_a_range():
    world = model(3, [(0, 1), (1, 2), (2, 0)], edge_q=np.array([0.01, 0.01, math.nan]))
    closed = node_unavailability(world)
    assert math.isnan(closed.value[1])
    assert (closed.lower[1], closed.upper[1]) == pytest.approx((0.01 * 0.01, 0.01))


def test_a_wide_core_is_left_to_the_cuts(monkeypatch):
    monkeypatch.setattr(exact_module, "STATES", 3)
    core = [(a, b) for a in range(7) for b in range(a)]
    closed = node_unavailability(model(7, core, edge_q=0.01, node_q=0.001))
    assert closed.method[1] == "cuts"
    assert (closed.lower <= closed.value).all()
    assert (closed.upper[1:] - closed.lower[1:] < 1e-4).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"node_q": 1.5}, "unavailability is 1.5"),
        ({"edge_q": -0.1}, "'e0'"),
        ({"roots": ()}, "no root"),
        ({"roots": (9,)}, "root 9"),
        ({"weight": -1.0}, "weight"),
        ({"weight": math.nan}, "weight"),
        ({"groups": (RiskGroup("duct", 0.1, (), (5,)),)}, "member 5"),
        ({"groups": (RiskGroup("duct", 2.0),)}, "'duct'"),
    ],
)
def test_a_model_that_cannot_be_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        model(2, [(0, 1)], **given)


def test_shares_must_fit_the_graph():
    world = model(2, [(0, 1)])
    with pytest.raises(InputError, match="edge_unavailability has 2 entries"):
        replace(world, edge_unavailability=np.zeros(2))


def test_minutes_and_nines():
    assert minutes_a_year(1e-5) == pytest.approx(5.2596)
    assert nines(1e-3) == pytest.approx(3.0)
    assert nines(0.0) == math.inf
    assert nines(1.0) == 0.0
