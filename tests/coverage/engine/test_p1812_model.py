"""P.1812 as a propagation model: its layers are kept under what they depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ngbw.coverage.engine import area_loss
from ngbw.coverage.grid import Grid
from ngbw.coverage.layers import LayerStore
from ngbw.coverage.propagation import PropagationModel, Reach
from ngbw.coverage.propagation.p1812_area import P1812Model
from ngbw.coverage.surface_model import Surface
from ngbw.coverage.transmitters import Transmitter
from ngbw.topology.errors import SettingError, UsageError


def surface(tallest_m=20.0):
    rng = np.random.default_rng(3)
    clutter_m = np.where(rng.random((60, 80)) < 0.2, tallest_m, 0.0).astype(np.float32)
    grid = Grid("EPSG:32651", 1000.0, 5000.0, 25.0, 80, 60)
    return Surface(grid, np.zeros((60, 80), np.float32), clutter_m, "generated")


@pytest.fixture(scope="module")
def model():
    return P1812Model(surface())


def layer(model, grid):
    return model.layer(grid, x_m=2000.0, y_m=4300.0, height_m=30.0, rx_height_m=1.5, freq_mhz=700.0)


def test_it_is_a_propagation_model(model):
    checked: PropagationModel = model
    assert checked.name == "p1812"
    assert "P.1812" in checked.title
    assert "30-6000 MHz" in checked.valid_range


def engine_layer(model):
    return area_loss(
        model.surface, 2000.0, 4300.0, tx_height_m=30.0, frequencies_mhz=[700.0], rx_height_m=1.5
    )[0, 0]


def test_streets_have_the_loss_of_the_engine(model):
    street = ~model.surface.built_up
    given = layer(model, model.surface.grid)
    np.testing.assert_array_equal(given[street], engine_layer(model)[street])


def test_a_pixel_under_a_roof_has_the_median_of_the_streets_at_its_walls(model):
    built, given, engine = (
        model.surface.built_up,
        layer(model, model.surface.grid),
        engine_layer(model),
    )
    looked_at = 0
    for row in range(1, 59):
        for column in range(1, 79):
            beside = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
            corners = [(row + a, column + b) for a in (-1, 1) for b in (-1, 1)]
            if not built[row, column] or all(built[place] for place in beside):
                continue
            # The walls reach to half a pixel beyond the nearest street: the corners count too.
            streets = [engine[place] for place in [*beside, *corners] if not built[place]]
            assert given[row, column] == pytest.approx(np.median(streets), abs=1)
            looked_at += 1
    assert looked_at > 500


def test_grid_may_be_a_part_of_the_surface(model):
    whole = layer(model, model.surface.grid)
    part = Grid("EPSG:32651", 1250.0, 4900.0, 25.0, 40, 30)
    np.testing.assert_array_equal(layer(model, part), whole[4:34, 10:50])


@pytest.mark.parametrize(
    "grid",
    [
        Grid("EPSG:32650", 1000.0, 5000.0, 25.0, 80, 60),
        Grid("EPSG:32651", 1000.0, 5000.0, 50.0, 40, 30),
        Grid("EPSG:32651", 1010.0, 5000.0, 25.0, 10, 10),
        Grid("EPSG:32651", 975.0, 5000.0, 25.0, 10, 10),
        Grid("EPSG:32651", 1000.0, 5000.0, 25.0, 81, 60),
    ],
)
def test_any_other_grid_is_refused(model, grid):
    with pytest.raises(UsageError, match="no part of the surface"):
        layer(model, grid)


def test_identity_follows_everything_that_changes_the_numbers(model):
    others = [
        P1812Model(surface(21.0)),
        replace(model, mode="exact"),
        replace(model, radials=1),
        replace(model, time_percent=1.0),
        replace(model, polarization="vertical"),
        replace(model, delta_n=40.0),
        replace(model, surface_refractivity=320.0),
        replace(model, latitude_deg=30.0),
    ]
    identities = [tuple(other.identity().items()) for other in [model, *others]]
    assert len(set(identities)) == len(identities)
    assert P1812Model(surface()).identity() == model.identity()


def test_layers_are_computed_once_and_read_again(model, tmp_path):
    transmitter = Transmitter(
        height_m=30.0, freq_mhz=700.0, eirp_dbm=60.0, pattern="omni", azimuth_deg=0.0, tilt_deg=0.0
    )
    layers = []
    for expected in ((1, 0), (0, 1)):
        store = LayerStore(model.surface.grid, model, 1.5, tmp_path)
        layers.append(store.layer(2000.0, 4300.0, transmitter))
        assert (store.computed, store.reused) == expected
    np.testing.assert_array_equal(layers[0], layers[1])
    other = LayerStore(model.surface.grid, P1812Model(surface(21.0)), 1.5, tmp_path)
    other.layer(2000.0, 4300.0, transmitter)
    assert (other.computed, other.reused) == (1, 0)


def test_reach_tells_the_near_in_paths(model):
    found = model.reach(np.array([0.1, 0.25, 5.0]), np.array([30.0, 30.0, 0.5]))
    assert [Reach(int(x)) for x in found] == [
        Reach.TOO_NEAR, Reach.INSIDE, Reach.ANTENNA_TOO_LOW,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mode": "fast"}, "propagation.mode"),
        ({"polarization": "left"}, "propagation.polarization"),
        ({"radials": 99}, "propagation.radials is 99"),
        ({"time_percent": 60.0}, "propagation.time_percent is 60"),
    ],
)
def test_a_wrong_parameter_is_named(given, words):
    with pytest.raises(SettingError, match=words):
        P1812Model(surface(), **given)


def test_a_frequency_without_formula_is_refused(model):
    with pytest.raises(UsageError, match="30-6000 MHz"):
        model.check_frequency(10_000.0)
