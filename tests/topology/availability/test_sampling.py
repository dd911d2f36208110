"""Random scenarios agree with the closed form and depend on the seed alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from ngbw.topology.availability import (
    SCENARIOS_A_CHUNK,
    RiskGroup,
    cut_unavailability,
    sample_unavailability,
)
from ngbw.topology.errors import InputError

from .networks import model, small_models, unavailability_of_all_states


@settings(max_examples=40)
@given(small_models())
def test_scenarios_agree_with_all_states(world):
    truth = unavailability_of_all_states(world)
    drawn = sample_unavailability(world, scenarios=SCENARIOS_A_CHUNK, seed=1)
    error = np.sqrt(truth * (1.0 - truth).clip(0.0) / drawn.scenarios)
    assert (np.abs(drawn.value - truth) <= 5.5 * error + 5.0 / drawn.scenarios).all()


def ring_of_rings(rings: int, links: int):
    """Return rings that hang on two nodes of a core ring each, and ducts that some share."""
    edges = [(v, (v + 1) % rings) for v in range(rings)]
    count = rings
    for ring in range(rings):
        chain = [ring, *range(count, count + links), (ring + 1) % rings]
        edges += list(itertools.pairwise(chain))
        count += links
    ducts = tuple(
        RiskGroup(f"duct {n}", 2e-3, (), (n, len(edges) - 1 - 3 * n)) for n in range(rings)
    )
    return model(count, edges, roots=(0, rings // 2), node_q=1e-3, edge_q=3e-3, groups=ducts)


def test_scenarios_agree_with_cuts_within_four_errors_and_the_bound():
    world = ring_of_rings(8, 6)
    cuts = cut_unavailability(world)
    drawn = sample_unavailability(world, scenarios=4_000_000, seed=42)
    error = np.sqrt(cuts.value * (1.0 - cuts.value) / drawn.scenarios)
    bound = np.maximum(cuts.upper - cuts.value, cuts.value - cuts.lower)
    assert (np.abs(drawn.value - cuts.value) <= 4.0 * error + bound).all()
    assert abs(drawn.lost_share - cuts.value.mean()) <= 4.0 * drawn.lost_share_error + bound.max()
    assert (bound < 0.1 * cuts.value).all()


def test_the_same_seed_gives_the_same_figures_on_any_number_of_threads():
    world = ring_of_rings(6, 4)
    runs = [
        sample_unavailability(world, scenarios=5 * SCENARIOS_A_CHUNK, seed=3, threads=threads)
        for threads in (1, 2, 5)
    ]
    for run in runs[1:]:
        assert (run.value == runs[0].value).all()
        assert run.lost_share == runs[0].lost_share
    other = sample_unavailability(world, scenarios=5 * SCENARIOS_A_CHUNK, seed=4)
    assert (other.value != runs[0].value).any()


def test_the_error_is_never_zero_for_what_can_fail():
    world = model(2, [(0, 1)], edge_q=1e-12)
    drawn = sample_unavailability(world, scenarios=1)
    assert drawn.value[1] == 0.0
    assert drawn.standard_error[1] > 0.0


def test_what_no_root_reaches_is_away_in_every_scenario():
    world = model(3, [(0, 1)], edge_q=0.5, node_q=np.array([0.0, 1.0, 0.0]))
    drawn = sample_unavailability(world, scenarios=1)
    assert drawn.value.tolist() == [0.0, 1.0, 1.0]
    assert drawn.lost_share == pytest.approx(2 / 3)


def test_without_weight_the_lost_share_is_unknown():
    drawn = sample_unavailability(model(2, [(0, 1)], edge_q=0.1, weight=0.0), scenarios=1)
    assert np.isnan(drawn.lost_share)


@pytest.mark.parametrize("given", [{"scenarios": 0}, {"scenarios": 10**13}, {"seed": -1}])
def test_scenarios_and_seed_out_of_range_are_refused(given):
    with pytest.raises(InputError):
        sample_unavailability(model(1, []), **given)
