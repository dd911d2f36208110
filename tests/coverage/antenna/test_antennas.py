"""Antenna patterns: the plain formulas, and the kernel against them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.antenna.sectors import Pattern, pattern_gain_db
from ngbw.coverage.field import NO_FIELD, station_field
from ngbw.coverage.grid import Grid
from ngbw.coverage.propagation.model import LOSS_NONE
from ngbw.coverage.transmitters import Station, Transmitter
from ngbw.topology.network import Site

GRID = Grid("EPSG:32651", 0.0, 2000.0, 100.0, 20, 20)
SITE = Site("S", "s", "ngb-w", "candidate", 121.5, 31.3, "", None, 40.0, "", None, None, "", "")


def gain(bearing, depression=0.0, azimuth=0.0, tilt=0.0, pattern: Pattern = "3gpp-65"):
    return float(
        pattern_gain_db(
            pattern,
            bearing_deg=np.array(bearing, float),
            depression_deg=np.array(depression, float),
            azimuth_deg=azimuth,
            tilt_deg=tilt,
        )
    )


@pytest.mark.parametrize(
    ("bearing", "depression", "expected"),
    [(0, 0, 0), (32.5, 0, -3), (-32.5, 0, -3), (65, 0, -12), (180, 0, -20), (0, 5, -3),
     (0, 10, -12), (32.5, 5, -6), (180, 30, -25)],
)  # fmt: skip
def test_sector_has_3_dB_at_half_its_widths(bearing, depression, expected):
    assert gain(bearing, depression) == pytest.approx(expected)


def test_tilt_moves_the_beam_down():
    assert gain(0, 6, tilt=6) == 0
    assert gain(0, 0, tilt=5) == pytest.approx(-3)


def test_azimuth_turns_the_beam_through_north():
    assert gain(350, azimuth=10) == gain(10, azimuth=350) == pytest.approx(-12 * (20 / 65) ** 2)


def test_omni_is_the_same_everywhere():
    assert gain(123, 45, pattern="omni") == 0


def station(transmitters, x=950.0, y=1050.0):
    return Station(SITE, x, y, tuple(transmitters), ())


def plain_field(where, layers):
    x, y = np.meshgrid(GRID.x_m(), GRID.y_m())
    dx, dy = x - where.x_m, y - where.y_m
    best = np.full(GRID.shape, -999.0)
    for t in where.transmitters:
        pattern = pattern_gain_db(
            t.pattern,
            bearing_deg=np.degrees(np.arctan2(dx, dy)),
            depression_deg=np.degrees(np.arctan2(t.height_m - 1.5, np.hypot(dx, dy))),
            azimuth_deg=t.azimuth_deg,
            tilt_deg=t.tilt_deg,
        )
        layer = layers[t.height_m, t.freq_mhz]
        field = t.field_at_0_db_loss + pattern - layer / 100
        best = np.where(layer == LOSS_NONE, best, np.maximum(best, field))
    return best


@given(
    seed=st.integers(0, 1000),
    sectors=st.lists(
        st.tuples(st.sampled_from(["omni", "3gpp-65"]), st.floats(0, 360), st.floats(-5, 15)),
        min_size=1, max_size=3,
    ),
)  # fmt: skip
@settings(deadline=None)
def test_kernel_equals_the_plain_sum(seed, sectors):
    random = np.random.default_rng(seed)
    layer = random.integers(6000, 14000, GRID.shape).astype(np.int16)
    layer[random.random(GRID.shape) < 0.05] = LOSS_NONE
    where = station([Transmitter(40.0, 698.0, 56.0, p, a, t) for p, a, t in sectors])
    layers = {(40.0, 698.0): layer}
    got = station_field(where, layers, GRID, 1.5)
    assert got == pytest.approx(plain_field(where, layers), abs=1e-3)


def test_floor_drops_only_what_lies_below_it():
    layer = np.arange(400, dtype=np.int16).reshape(20, 20) * 20 + 8000
    where = station([Transmitter(40.0, 698.0, 56.0, "3gpp-65", a, 3.0) for a in (0, 120, 240)])
    layers = {(40.0, 698.0): layer}
    whole = station_field(where, layers, GRID, 1.5)
    some = station_field(where, layers, GRID, 1.5, floor_dbuv_m=80.0)
    assert np.array_equal(some[whole >= 80.0], whole[whole >= 80.0])
    assert (some[whole < 79.99] == NO_FIELD).all()


def test_more_power_is_more_field():
    layers = {(40.0, 698.0): np.full(GRID.shape, 11000, np.int16)}
    weak = Transmitter(40.0, 698.0, 50.0, "3gpp-65", 0.0, 0.0)
    strong = dataclasses.replace(weak, eirp_dbm=53.0)
    difference = station_field(station([strong]), layers, GRID, 1.5) - station_field(
        station([weak]), layers, GRID, 1.5
    )
    assert difference == pytest.approx(np.full(GRID.shape, 3.0), abs=1e-4)
