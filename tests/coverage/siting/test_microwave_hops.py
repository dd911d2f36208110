"""Hops that can be built are those that each hop alone holds good."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from ngbw.coverage.backhaul import Mast, hop_over_surface
from ngbw.coverage.grid import Grid
from ngbw.coverage.siting.microwave_hops import hop_offers, reach_km
from ngbw.coverage.surface_model import Surface
from ngbw.topology.errors import UsageError
from ngbw.topology.fibre.microwave import Radio

GRID = Grid("EPSG:32651", 0.0, 4000.0, 20.0, 200, 200)
RADIO = Radio(80, 12, 43, -55)


def city():
    """Return flat ground with towers of up to 60 m scattered over it."""
    random = np.random.default_rng(5)
    clutter = np.where(random.random(GRID.shape) < 0.02, random.uniform(10, 60, GRID.shape), 0)
    return Surface(GRID, np.full(GRID.shape, 5.0, np.float32), clutter.astype(np.float32), "test")


def test_offers_are_the_hops_that_are_free_and_hold_their_availability():
    random = np.random.default_rng(2)
    masts = [
        Mast(f"m{n}", float(x), float(y), float(height))
        for n, (x, y, height) in enumerate(random.uniform((50, 50, 15), (3950, 3950, 70), (14, 3)))
    ]
    surface = city()
    offers = hop_offers(surface, masts, RADIO, cost=7.0, availability_percent=99.95)
    found = {(offer.a, offer.b) for offer in offers}
    near = set()
    for a, b in combinations(masts, 2):
        hop = hop_over_surface(surface, a, b, RADIO)
        good = bool(hop.clearance.free) and hop.availability_percent >= 99.95
        # Within a metre of free, the number of samples decides; at the reach, the heights.
        if abs(float(hop.clearance.missing_m)) < 1.0 and not good:
            near.add((a.name, b.name))
        elif good:
            near.add((a.name, b.name))
            assert (a.name, b.name) in found or float(hop.clearance.share) < 0.9
    assert found <= near
    assert 5 < len(found) < 91
    assert {offer.cost for offer in offers} == {7.0}


def test_more_availability_means_a_shorter_reach():
    four, five = reach_km(RADIO, 99.99), reach_km(RADIO, 99.999)
    assert 0.1 < five < four < 50
    weak = Radio(80, -30, 20, -40)
    assert reach_km(weak, 99.9) == 0
    assert hop_offers(city(), [Mast("a", 100, 100, 30), Mast("b", 900, 100, 30)], weak, cost=1.0,
                      availability_percent=99.9) == ()  # fmt: skip
    assert reach_km(RADIO, 50.0, most_km=0.5) == 0.5


def test_wrong_input_is_named():
    with pytest.raises(UsageError, match="availability is 100"):
        reach_km(RADIO, 100)
    with pytest.raises(UsageError, match="most_km is 0"):
        reach_km(RADIO, 99, most_km=0)
    with pytest.raises(UsageError, match="a hop costs nan"):
        hop_offers(city(), [], RADIO, cost=float("nan"), availability_percent=99)
