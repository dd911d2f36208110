"""Location probability against the tabulated planning values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.service_settings import service_from_settings
from ngbw.topology.errors import SettingError
from ngbw.topology.settings import parse_settings


def figure(value, *, assumed=True):
    return {"value": value, "source": "test", "assumed": assumed}


def settings(**changes):
    service = {
        "transmitter": "mast",
        "freq_mhz": figure(698),
        "rx_height_m": figure(1.5, assumed=False),
        "minimum_field_dbuv_m": figure(48.88),
        "location_sigma_db": figure(5.5),
        "entry_loss_db": figure(11),
        "entry_sigma_db": figure(6),
        "required_probability": figure(0.95),
    } | changes
    return parse_settings(
        {
            "format": 1,
            "name": "test",
            "crs": "EPSG:32651",
            "headline_service": "tv",
            "services": {"tv": {k: v for k, v in service.items() if v is not None}},
            "transmitters": {
                "mast": {
                    "power_dbm": figure(43),
                    "gain_dbi": figure(11),
                    "feeder_loss_db": figure(2),
                    "height_m": figure(35),
                    "tilt_deg": figure(0),
                }
            },
        }
    )


# Planning values at 698 MHz: (planning field, probability, C/N and antenna in the minimum field,
# entry loss, its deviation). Noise -98.2 dBm in 7.56 MHz at a noise figure of 7 dB; minimum field
# = -98.2 + C/N + 77.2 + 20 log 698 - G.
TABLE = {
    "fixed roof": (51.8, 0.95, 16 - 9.15, 0, 0),
    "bus": (61.7, 0.99, 13, 0, 0),
    "portable outdoor": (57.9, 0.95, 13, 0, 0),
    "portable indoor 95": (73.3, 0.95, 13, 11, 6),
    "portable indoor 90": (70.3, 0.90, 13, 11, 6),
    "deep indoor": (82.3, 0.90, 9 + 5, 20, 8),
}


@pytest.mark.parametrize("name", TABLE)
def test_probability_at_the_tabulated_planning_value_is_the_required_one(name):
    field, required, cn_minus_gain, loss, sigma = TABLE[name]
    minimum = -98.2 + cn_minus_gain + 77.2 + 20 * np.log10(698)
    service = service_from_settings(
        settings(
            minimum_field_dbuv_m=figure(float(minimum)),
            entry_loss_db=figure(loss),
            entry_sigma_db=figure(sigma),
            required_probability=figure(required),
        )
    )
    # The table is printed to 0.1 dB, which moves p by up to 0.001.
    assert service.planning_field_dbuv_m == pytest.approx(field, abs=0.05)
    assert float(service.probability(np.array(field))) == pytest.approx(required, abs=0.001)


@given(field=st.floats(0, 140))
def test_probability_is_the_normal_distribution_of_the_excess(field):
    service = service_from_settings(settings())
    sigma = (5.5**2 + 6**2) ** 0.5
    plain = norm.cdf((field - 11 - 48.88) / sigma)
    assert float(service.probability(np.array(field))) == pytest.approx(plain, abs=1e-12)


def test_margin_enters_once():
    service = service_from_settings(settings())
    assert service.planning_field_dbuv_m == pytest.approx(48.88 + 11 + 1.644854 * service.sigma_db)
    assert service.outdoor_planning_field_dbuv_m == pytest.approx(48.88 + 1.644854 * 5.5)


def test_without_spread_probability_is_a_step():
    service = service_from_settings(
        settings(location_sigma_db=figure(0), entry_sigma_db=figure(0), entry_loss_db=figure(0))
    )
    assert service.probability(np.array([48.87, 48.88])).tolist() == [0.0, 1.0]


def test_unknown_field_stays_unknown():
    service = service_from_settings(settings())
    assert np.isnan(service.probability(np.array([np.nan])))[0]


def test_field_constant_is_that_of_a_dipole_formula():
    # 1 kW ERP (62.15 dBm EIRP) gives 106.92 dBuV/m at 1 km (ITU-R P.525 with 1.64 dipole gain).
    free_space_600 = 32.44778 + 20 * np.log10(600)
    field = 62.1484 + FIELD_CONSTANT_DB + 20 * np.log10(600) - free_space_600
    assert field == pytest.approx(106.92, abs=0.01)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"entry_loss_db": 11}, "value = NUMBER"),
        ({"entry_loss_db": {"value": 200, "source": "x"}}, "0 to 80"),
        ({"entry_loss_db": {"value": 11}}, "needs source"),
        ({"required_probability": figure(95)}, "0.5 to 0.999"),
        ({"entry_los_db": figure(1)}, "did you mean 'entry_loss_db'"),
        ({"transmitter": "tower"}, "not one of \\[transmitters\\]"),
    ],
)
def test_wrong_figures_are_named(change, match):
    with pytest.raises(SettingError, match=match):
        service_from_settings(settings(**change))


def test_missing_service_names_those_that_exist():
    with pytest.raises(SettingError, match="it describes tv"):
        service_from_settings(settings(), "radio")


def test_assumed_figures_are_named():
    assert "rx_height_m" not in service_from_settings(settings()).assumed()
    assert "entry_loss_db" in service_from_settings(settings()).assumed()
