"""Key figures of patterns: against formulas, and what looks wrong."""

from __future__ import annotations

import numpy as np
import pytest

from ngbw.coverage.antenna.figures import directivity_dbi, pattern_figures
from ngbw.coverage.antenna.pattern import AntennaPattern, Mounting


def pattern(cuts, *, gain=None, tilt=None, mounting=None):
    horizontal, vertical = cuts
    return AntennaPattern("x", None, gain, tilt, horizontal, vertical, "x.msi", mounting=mounting)


def test_the_sector_has_the_widths_and_the_gain_that_its_name_says(sector_cuts):
    found = pattern_figures(pattern(sector_cuts(6), gain=15, tilt=6, mounting=Mounting(0, 2, 0)))
    assert found.horizontal_width_deg == pytest.approx(65, abs=0.1)
    assert found.vertical_width_deg == pytest.approx(10, abs=0.1)
    assert (found.beam_depression_deg, found.electrical_tilt_deg) == (6, 6)
    assert found.mechanical_tilt_deg == 2
    assert found.front_to_back_db == 20
    assert found.peak_bearing_deg == 0
    assert found.upper_side_lobe_db is None
    assert 15 < found.directivity_dbi < 18  # 41,253 / (65 x 10) is 18 dB without side lobes
    assert found.remarks == ()


def test_a_round_antenna_has_no_gain_of_its_own_and_no_beamwidth():
    found = pattern_figures(pattern((np.zeros(360), np.zeros(360))))
    assert found.directivity_dbi == pytest.approx(0, abs=1e-9)
    assert found.horizontal_width_deg is None
    assert found.vertical_width_deg is None
    assert found.front_to_back_db == 0


def test_a_half_wave_dipole_has_2_15_dbi():
    up = np.radians(np.arange(360.0))
    level = np.cos(np.pi / 2 * np.sin(up)) / np.where(np.abs(np.cos(up)) < 1e-9, 1, np.cos(up))
    vertical = -20 * np.log10(np.maximum(np.abs(level), 1e-3))
    dipole = pattern((np.zeros(360), np.abs(vertical)))
    assert directivity_dbi(dipole) == pytest.approx(2.15, abs=0.01)
    assert pattern_figures(dipole).vertical_width_deg == pytest.approx(78, abs=0.5)


def test_front_to_back_is_the_worst_within_30_degrees_of_the_back():
    horizontal = np.full(360, 25.0)
    horizontal[0], horizontal[155], horizontal[149] = 0.0, 18.0, 9.0
    assert pattern_figures(pattern((horizontal, np.zeros(360)))).front_to_back_db == 18


def test_the_upper_side_lobe_is_the_strongest_above_the_beam(sector_cuts):
    horizontal, vertical = sector_cuts(2)
    vertical = vertical.copy()
    vertical[348] = 14.5  # 12 degrees above the horizon
    assert pattern_figures(pattern((horizontal, vertical))).upper_side_lobe_db == 14.5


def test_a_gain_that_no_such_antenna_has_is_said(sector_cuts):
    (remark,) = pattern_figures(pattern(sector_cuts(0), gain=21)).remarks
    assert "GAIN is 21.0 dBi" in remark
    assert "at most" in remark


def test_a_beam_beside_the_front_and_a_tilt_that_is_not_in_the_cut_are_said(sector_cuts):
    horizontal, vertical = sector_cuts(0)
    found = pattern_figures(pattern((np.roll(horizontal, 90), vertical), tilt=8)).remarks
    assert any("90 degrees off the front" in remark for remark in found)
    assert any("tilt of 8 degrees" in remark for remark in found)
    assert any("differ by" in remark for remark in found)
