"""Gases by P.676: values of its own figure, and the lines where they are."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.gases import gas_loss_db_per_km


@pytest.mark.parametrize(
    ("freq_ghz", "loss"),
    [(6, 0.00946), (18, 0.0575), (22.235, 0.1923), (38, 0.1166), (60, 14.778), (80, 0.3424)],
)
def test_losses_at_sea_level_and_7_5_g_m3(freq_ghz, loss):
    # Sums over the lines of P.676-12 by another program.
    assert gas_loss_db_per_km(freq_ghz) == pytest.approx(loss, rel=1e-3)


def test_dry_air_has_no_water_line_and_moist_air_a_strong_one():
    dry = gas_loss_db_per_km(22.235, vapour_g_m3=0)
    assert dry < 0.02
    assert gas_loss_db_per_km(22.235, vapour_g_m3=20) > 10 * dry


def test_values_out_of_range_are_refused():
    with pytest.raises(InputError, match="freq_ghz is 0"):
        gas_loss_db_per_km(0)
    with pytest.raises(InputError, match="vapour_g_m3 is -1"):
        gas_loss_db_per_km(10, vapour_g_m3=-1)
