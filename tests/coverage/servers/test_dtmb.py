"""DTMB's modes against the published payloads."""

from __future__ import annotations

import pytest

from ngbw.coverage.servers.dtmb import (
    BODY_US,
    CARRIER_TO_NOISE,
    EQUALISER_WINDOW_US,
    Mode,
    guard_interval_us,
)
from ngbw.topology.errors import MissingError, UsageError

PAYLOADS = [
    ("16QAM", "0.4", 945, 9.626),
    ("4QAM", "0.8", 595, 10.396),
    ("16QAM", "0.6", 945, 14.438),
    ("16QAM", "0.8", 595, 20.791),
    ("16QAM", "0.8", 420, 21.658),
    ("64QAM", "0.6", 420, 24.365),
    ("32QAM", "0.8", 595, 25.989),
]


@pytest.mark.parametrize(("constellation", "rate", "guard", "payload"), PAYLOADS)
def test_payload_is_the_published_one(constellation, rate, guard, payload):
    assert Mode(constellation, rate, guard).payload_mbps == pytest.approx(payload, abs=5e-4)


def test_nordstrom_robinson_halves_4qam():
    plain, coded = Mode("4QAM", "0.8", 420), Mode("4QAM-NR", "0.8", 420)
    assert coded.payload_mbps == pytest.approx(plain.payload_mbps / 2)


@pytest.mark.parametrize(("guard", "us", "km"), [(420, 55.6, 16.7), (595, 78.7, 23.6), (945, 125.0, 37.5)])  # fmt: skip
def test_guard_interval_and_its_distance(guard, us, km):
    assert guard_interval_us(guard) == pytest.approx(us, abs=0.05)
    assert Mode("16QAM", "0.6", guard).guard_km == pytest.approx(km, abs=0.05)


def test_the_useful_symbol_is_500_us_and_the_window_holds_every_guard_interval():
    assert pytest.approx(500) == BODY_US
    assert guard_interval_us(945) < EQUALISER_WINDOW_US.value < BODY_US
    assert EQUALISER_WINDOW_US.assumed


def test_carrier_to_noise_is_assumed_and_says_where_it_comes_from():
    assert all(figure.assumed and figure.source for figure in CARRIER_TO_NOISE.values())
    assert Mode("64QAM", "0.6", 945).carrier_to_noise("fixed").value == 17
    assert Mode("16QAM", "0.6", 945).carrier_to_noise("rayleigh").value == 13


def test_one_carrier_needs_3_5_dB_less():
    many = Mode("16QAM", "0.4", 595).carrier_to_noise("rayleigh")
    one = Mode("16QAM", "0.4", 595, carriers=1).carrier_to_noise("rayleigh")
    assert many.value - one.value == 3.5
    assert "C = 1" in one.source


def test_an_unknown_ratio_is_said_not_guessed():
    with pytest.raises(MissingError, match=r"64QAM 0\.8"):
        Mode("64QAM", "0.8", 420).carrier_to_noise("fixed")


@pytest.mark.parametrize(
    ("constellation", "rate", "guard", "carriers"),
    [("16QAM", "0.6", 500, 3780), ("32QAM", "0.4", 420, 3780), ("4QAM-NR", "0.6", 420, 1),
     ("256QAM", "0.6", 420, 3780), ("16QAM", "0.7", 420, 3780), ("16QAM", "0.6", 420, 2048)],
)  # fmt: skip
def test_modes_that_the_standard_does_not_have_are_refused(constellation, rate, guard, carriers):
    with pytest.raises(UsageError, match="DTMB"):
        Mode(constellation, rate, guard, carriers)
