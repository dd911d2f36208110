"""Services as a project describes them: budgets, entry loss, the way back, the network."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.propagation.p2109 import building_entry_loss_db
from ngbw.coverage.servers.budgets import BUDGETS, UPLINK_BUDGETS
from ngbw.coverage.service_settings import service_from_settings
from ngbw.coverage.services import Reuse, SingleFrequency
from ngbw.topology.errors import SettingError
from ngbw.topology.settings import parse_settings


def figure(value):
    return {"value": value, "source": "test", "assumed": True}


def service(**given):
    mast = {"power_dbm": 43, "gain_dbi": 11, "feeder_loss_db": 2, "height_m": 35, "tilt_deg": 0}
    return service_from_settings(
        parse_settings(
            {
                "format": 1, "name": "test", "crs": "EPSG:32651", "headline_service": "tv",
                "services": {"tv": {"transmitter": "mast", **given}},
                "transmitters": {"mast": {name: figure(value) for name, value in mast.items()}},
            }
        )
    )  # fmt: skip


@pytest.mark.parametrize("name", BUDGETS)
def test_a_budget_alone_makes_a_service(name):
    made, budget = service(budget=name), BUDGETS[name]
    assert made.minimum_field_dbuv_m.value == pytest.approx(budget.needed_field_dbuv_m, abs=0.005)
    assert made.planning_field_dbuv_m == pytest.approx(budget.median_field_dbuv_m, abs=0.01)
    assert made.rx_height_m == budget.receiver_height_m
    assert f"C/N {budget.carrier_to_noise_db.value:g} dB" in made.minimum_field_dbuv_m.source


def test_a_figure_of_the_service_goes_before_the_budgets():
    made = service(budget="dtmb-bus", freq_mhz=figure(474), rx_height_m=figure(2.5))
    assert made.rx_height_m.value == 2.5
    at_474 = BUDGETS["dtmb-bus"].with_figures(frequency_mhz=made.freq_mhz)
    assert made.minimum_field_dbuv_m.value == pytest.approx(at_474.needed_field_dbuv_m, abs=0.005)


@pytest.mark.parametrize("required", [0.5, 0.7, 0.95])
def test_entry_loss_of_a_building_agrees_with_p2109_at_median_and_requirement(required):
    made = service(
        budget="dtmb-portable-indoor", building="traditional", required_probability=figure(required)
    )
    shares = [0.5, required if required > 0.6 else 0.84]
    median, high = building_entry_loss_db(0.698, shares, building="traditional")
    assert made.entry_loss_db.value == pytest.approx(median, abs=0.005)
    reached = norm.cdf((high - median) / made.entry_sigma_db.value)
    assert reached == pytest.approx(shares[1], abs=0.001)


def test_entry_loss_by_building_and_by_figure_exclude_each_other():
    with pytest.raises(SettingError, match="entry_loss_db has no effect"):
        service(budget="dtmb-portable-indoor", building="traditional", entry_loss_db=figure(11))


def test_uplink_needs_the_field_that_its_budget_says():
    made = service(budget="ngb-w", uplink={"budget": "ngb-w"})
    up = UPLINK_BUDGETS["ngb-w"]
    # Step by step: what the base station hears of a terminal over a path of so much loss.
    loss_db = 120.0
    power_dbm, gain_dbi, feeder_db = 43.0, 11.0, 2.0
    downlink_field = power_dbm + gain_dbi - feeder_db - loss_db
    downlink_field += FIELD_CONSTANT_DB + 20 * np.log10(made.freq_mhz.value)
    heard_dbm = up.terminal_power_dbm.value + gain_dbi - feeder_db - loss_db
    margin_db = heard_dbm - up.base_sensitivity_dbm
    needed = made.uplink_field_dbuv_m(power_dbm)
    assert needed is not None
    assert downlink_field - needed == pytest.approx(margin_db, abs=1e-9)
    more = made.uplink_needs_more_db(power_dbm)
    assert more == pytest.approx(needed - made.minimum_field_dbuv_m.value)


def test_a_broadcast_service_has_no_way_back():
    assert service(budget="dtmb-bus").uplink_needs_more_db(43) is None


def test_a_weaker_transmitter_needs_less_field_for_the_way_back():
    made = service(budget="ngb-w", uplink={"budget": "ngb-w"})
    strong, weak = made.uplink_needs_more_db(46), made.uplink_needs_more_db(40)
    assert strong is not None
    assert weak is not None
    assert strong - weak == pytest.approx(6)


def test_assumed_figures_of_uplink_and_network_are_named():
    made = service(
        budget="ngb-w",
        uplink={"budget": "ngb-w"},
        network={"kind": "sfn", "guard_symbols": 945, "required_sinr_db": figure(9)},
    )
    assert isinstance(made.network, SingleFrequency)
    assert "uplink.bandwidth_mhz" in made.assumed()
    assert "uplink.terminal_power_dbm" not in made.assumed()
    assert "network.required_sinr_db" in made.assumed()


def test_reuse_is_read():
    made = service(
        budget="lte",
        network={
            "kind": "reuse",
            "required_sinr_db": figure(-3),
            "load": figure(0.5),
            "bandwidth_mhz": figure(18),
            "busy_mbps_per_1000": figure(4),
        },
    )
    assert isinstance(made.network, Reuse)
    assert made.network.load.value == 0.5


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"budget": "dtmb-buss"}, "did you mean 'dtmb-bus'"),
        ({"budget": "lte", "building": "brick"}, "traditional, thermally-efficient"),
        ({"budget": "lte", "uplink": "lte"}, r"describe it in \[services.tv.uplink\]"),
        ({"budget": "lte", "uplink": {"budget": "wifi"}}, "uplink.budget is 'wifi'"),
        ({"budget": "lte", "uplink": {"terminal_power": 1}}, "did you mean 'terminal_power_dbm'"),
        ({"budget": "lte", "uplink": {"bandwidth_mhz": figure(1)}}, "terminal_power_dbm is None"),
        ({"budget": "lte", "network": {"kind": "mesh"}}, "use one of sfn, reuse"),
        (
            {
                "budget": "lte",
                "network": {"kind": "sfn", "guard_symbols": 512, "required_sinr_db": figure(9)},
            },
            "DTMB has 420, 595, 945",
        ),
        ({"budget": "lte", "network": {"kind": "sfn", "load": figure(1)}}, "load is not a setting"),
    ],
)
def test_wrong_descriptions_are_named(given, match):
    with pytest.raises(SettingError, match=match):
        service(**given)
