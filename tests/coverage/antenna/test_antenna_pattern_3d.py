"""Every direction of an antenna from its two cuts: exact where it was measured, sane elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ngbw.coverage.antenna.pattern import AntennaPattern
from ngbw.coverage.antenna.pattern_3d import (
    mounted_gain_db,
    pattern_attenuation_db,
    pattern_shape,
)
from ngbw.coverage.antenna.sectors import pattern_gain_db
from ngbw.topology.errors import InputError, UsageError

DEGREES = np.arange(360)
TURN = np.arange(-180.0, 181.0)


def pattern_of(horizontal, vertical):
    return AntennaPattern("test", 698.0, 15.0, None, horizontal, vertical, "test.msi")


def panel(tilt=0, width=65.0, height=10.0, front_to_back=25.0):
    """A sector antenna with consistent cuts: the horizontal one taken on the beam's cone."""
    off = (DEGREES + 180) % 360 - 180
    horizontal = np.minimum(12 * (off / width) ** 2, front_to_back)
    front = (DEGREES <= 90) | (DEGREES >= 270)
    level = np.where(front, off, 180 - DEGREES)
    lobe = np.minimum(12 * ((level - tilt) / height) ** 2, 20.0)
    return pattern_of(horizontal, lobe + np.where(front, 0.0, front_to_back))


cuts = hnp.arrays(np.float64, 360, elements=st.floats(0, 60))
angles = st.floats(-720, 720)
levels = st.floats(-90, 90)


def plain_attenuation(pattern, off, level, added=0.0):
    """The formula of the module, written down once more without a kernel."""

    def cut(values, angle):
        return float(np.interp(angle % 360, np.arange(361), np.append(values, values[0])))

    h, v = pattern.horizontal_db, pattern.vertical_db
    off = math.remainder(off, 360)
    w = abs(off) / 180
    level -= added * min(1.0, (90 - abs(level)) / 45)
    f = min(1.0, (90 - abs(level)) / 30)
    along = (1 - w) * cut(v, level) + w * cut(v, 180 - level)
    return max(0.0, along + f * (cut(h, off) - (1 - w) * h[0] - w * h[180]))


@given(cuts, cuts, angles, levels, st.floats(-20, 20))
def test_the_kernel_equals_the_plain_formula(horizontal, vertical, off, level, added):
    pattern = pattern_of(horizontal, vertical)
    found = pattern_attenuation_db(
        pattern, off_deg=off, depression_deg=level, added_electrical_tilt_deg=added
    )
    assert float(found) == pytest.approx(plain_attenuation(pattern, off, level, added), abs=1e-6)


@pytest.mark.parametrize("tilt", [0, 2, 6, -3])
def test_both_cuts_come_out_exactly(tilt):
    pattern = panel(tilt)
    shape = pattern_shape(pattern)
    assert (shape.beam_depression_deg, shape.cut_depression_deg) == (tilt, tilt)
    assert shape.front_mismatch_db == shape.back_mismatch_db == 0.0
    np.testing.assert_allclose(
        pattern_attenuation_db(pattern, off_deg=DEGREES, depression_deg=float(tilt)),
        pattern.horizontal_db,
        atol=1e-12,
    )
    down = np.arange(-90, 91)
    np.testing.assert_allclose(
        pattern_attenuation_db(pattern, off_deg=0.0, depression_deg=down),
        pattern.vertical_db[down % 360],
        atol=1e-12,
    )
    inner = np.arange(-89, 90)  # at the poles itself front and back are one direction
    np.testing.assert_allclose(
        pattern_attenuation_db(pattern, off_deg=180.0, depression_deg=inner),
        pattern.vertical_db[180 - inner],
        atol=1e-12,
    )


@given(cuts, cuts)
def test_the_vertical_cut_is_exact_and_the_horizontal_one_within_the_mismatch(horizontal, vertical):
    pattern = pattern_of(horizontal, vertical)
    shape = pattern_shape(pattern)
    down = np.arange(-90, 91)
    np.testing.assert_allclose(
        pattern_attenuation_db(pattern, off_deg=0.0, depression_deg=down),
        vertical[down % 360],
        atol=1e-9,
    )
    error = np.abs(
        pattern_attenuation_db(
            pattern, off_deg=DEGREES, depression_deg=float(shape.cut_depression_deg)
        )
        - horizontal
    )
    assert error.max() <= max(shape.front_mismatch_db, shape.back_mismatch_db) + 1e-9


@given(cuts, cuts, angles, levels, angles, st.floats(-90, 90), angles, st.floats(-20, 20))
def test_gain_is_a_number_and_never_above_the_main_direction(
    horizontal, vertical, bearing, level, azimuth, tilt, lean, added
):
    gain = mounted_gain_db(
        pattern_of(horizontal, vertical),
        bearing_deg=bearing,
        depression_deg=level,
        azimuth_deg=azimuth,
        mechanical_tilt_deg=tilt,
        tilt_azimuth_deg=lean,
        added_electrical_tilt_deg=added,
    )
    assert np.isfinite(gain)
    assert -200 < gain <= 0


@given(angles, levels, st.sampled_from([-720.0, -360.0, 360.0, 1080.0]), st.floats(-30, 30))
def test_a_full_turn_changes_nothing(bearing, level, turn, tilt):
    pattern = panel(4)

    def gain(b, a):
        return float(
            mounted_gain_db(
                pattern, bearing_deg=b, depression_deg=level, azimuth_deg=a,
                mechanical_tilt_deg=tilt,
            )
        )  # fmt: skip

    assert gain(bearing + turn, 40.0) == pytest.approx(gain(bearing, 40.0), abs=1e-6)
    assert gain(bearing, 40.0 + turn) == pytest.approx(gain(bearing, 40.0), abs=1e-6)


@given(cuts, cuts, angles, st.floats(-89, 89), angles)
@settings(max_examples=60)
def test_rotation_by_nothing_is_the_identity(horizontal, vertical, bearing, level, lean):
    pattern = pattern_of(horizontal, vertical)
    upright = pattern_attenuation_db(pattern, off_deg=bearing, depression_deg=level)
    for tilt, tolerance in ((0.0, 0.0), (1e-9, 1e-5)):  # through the rotation, too
        turned = -mounted_gain_db(
            pattern, bearing_deg=bearing, depression_deg=level, azimuth_deg=0.0,
            mechanical_tilt_deg=tilt, tilt_azimuth_deg=lean,
        )  # fmt: skip
        assert float(turned) == pytest.approx(float(upright), abs=tolerance)


def rotated(bearing, level, lean, tilt):
    """Turn a direction of the world into the antenna's frame, with matrices."""
    b, d, a, t = (math.radians(x) for x in (bearing, level, lean, tilt))
    world = np.array([math.cos(d) * math.sin(b), math.cos(d) * math.cos(b), -math.sin(d)])
    axis = np.array([math.cos(a), -math.sin(a), 0.0])  # to the right of the lean
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + math.sin(t) * cross + (1 - math.cos(t)) * cross @ cross  # Rodrigues
    east, north, up = turn @ world
    return math.degrees(math.atan2(east, north)), -math.degrees(math.asin(np.clip(up, -1, 1)))


@given(st.floats(-180, 180), st.floats(-80, 80), st.floats(-180, 180), st.floats(-40, 40))
def test_mechanical_tilt_is_a_rotation_of_the_direction(bearing, level, lean, tilt):
    off, below = rotated(bearing, level, lean, tilt)
    pattern = panel(2)
    expected = plain_attenuation(pattern, off - 25.0, below)
    found = -mounted_gain_db(
        pattern, bearing_deg=bearing, depression_deg=level, azimuth_deg=25.0,
        mechanical_tilt_deg=tilt, tilt_azimuth_deg=lean,
    )  # fmt: skip
    assert float(found) == pytest.approx(expected, abs=1e-5)


def test_mechanical_tilt_sinks_in_front_rises_behind_and_leaves_the_sides():
    omni = pattern_of(np.zeros(360), panel(front_to_back=0.0).vertical_db)

    def gain(bearing, level):
        return float(
            mounted_gain_db(omni, bearing_deg=bearing, depression_deg=level, azimuth_deg=30.0,
                            mechanical_tilt_deg=5.0)
        )  # fmt: skip

    assert gain(30, 5) == pytest.approx(0, abs=1e-9)
    assert gain(210, -5) == pytest.approx(0, abs=1e-9)
    assert gain(120, 0) == pytest.approx(0, abs=1e-9)
    assert gain(30, 0) == gain(210, 0) == pytest.approx(-3.0)


def test_added_electrical_tilt_sinks_all_round():
    pattern = panel(2)

    def gain(bearing, level, added=4.0):
        return float(
            mounted_gain_db(pattern, bearing_deg=bearing, depression_deg=level, azimuth_deg=0.0,
                            added_electrical_tilt_deg=added)
        )  # fmt: skip

    assert gain(0, 6) == pytest.approx(0)
    assert gain(180, 6) == gain(180, 2, added=0) == pytest.approx(-25)
    assert gain(65, 6) == pytest.approx(-12)
    assert gain(0, 90) == gain(0, 90, added=0)


def test_all_azimuths_meet_at_the_pole():
    pattern = panel(front_to_back=0.0)
    down = pattern_attenuation_db(pattern, off_deg=TURN, depression_deg=90.0)
    np.testing.assert_allclose(down, down[0])


@pytest.mark.parametrize("tilt", [0, 6])
def test_within_the_sector_it_agrees_with_the_built_in_formula(tilt):
    bearing, level = np.meshgrid(np.arange(-60.0, 61.0, 5.0), np.arange(-5.0, 16.0))
    built_in = pattern_gain_db(
        "3gpp-65", bearing_deg=bearing, depression_deg=level, azimuth_deg=0.0, tilt_deg=tilt
    )
    found = mounted_gain_db(
        panel(tilt, front_to_back=20.0), bearing_deg=bearing, depression_deg=level, azimuth_deg=0.0
    )
    shallow = built_in > -20  # below, the formula's own limit of 25 dB together comes in
    np.testing.assert_allclose(found[shallow], built_in[shallow], atol=1e-9)


def test_a_horizontal_cut_in_the_plane_of_the_horizon_is_recognised():
    vertical = panel(6).vertical_db
    horizontal = panel(6).horizontal_db + vertical[0]
    shape = pattern_shape(pattern_of(horizontal, vertical))
    assert (shape.beam_depression_deg, shape.cut_depression_deg) == (6, 0)


@pytest.mark.parametrize(
    ("angle", "value", "error"),
    [
        ("added_electrical_tilt_deg", 21, UsageError),
        ("mechanical_tilt_deg", 91, UsageError),
        ("azimuth_deg", math.nan, UsageError),
        ("bearing_deg", math.inf, InputError),
        ("depression_deg", 90.5, InputError),
        ("depression_deg", math.nan, InputError),
    ],
)
def test_an_angle_out_of_range_is_an_error(angle, value, error):
    good = {"bearing_deg": 0.0, "depression_deg": 0.0, "azimuth_deg": 0.0}
    with pytest.raises(error):
        mounted_gain_db(panel(), **{**good, angle: value})
