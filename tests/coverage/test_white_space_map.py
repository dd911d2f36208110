"""What the television of a plan leaves free, held against the rule at single pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.ground import ground_of
from ngbw.coverage.propagation.free_space import free_space_loss_db
from ngbw.coverage.servers.white_space import EIRP_CAP_DBM
from ngbw.coverage.transmitters import stations
from ngbw.coverage.white_space_map import channel_of, white_space
from ngbw.topology.errors import InputError, UsageError


def figure(value):
    return {"value": value, "source": "test", "assumed": True}


@pytest.fixture(scope="module")
def television(world):
    """Return the ground of a television service on DS-36 and its one station."""
    network = world.network([(3000, 2000, 100)], [("mast", 3000, 2000)])
    settings = world.settings(grid_m=100)
    sfn = {"kind": "sfn", "guard_symbols": 945, "required_sinr_db": figure(13)}
    settings = replace(settings, services={"tv": {**settings.services["tv"], "network": sfn}})
    ground = ground_of(network, settings, "", cache_directory=None, threads=1)
    return ground, stations(network, ["mast"], ground.service, settings.crs)


def test_a_carrier_belongs_to_the_channel_around_it():
    assert [channel_of(mhz) for mhz in (470.5, 477.9, 698, 796)] == [13, 13, 36, 48]
    with pytest.raises(UsageError, match="no UHF television channel"):
        channel_of(580)


def test_only_the_channel_in_use_and_its_neighbours_are_limited(television):
    found = white_space(*television, wanted_eirp_dbm=30)
    limited = [row.channel for row in found.rows if row.share_unlimited < 1]
    assert found.tv_channels == (36,)
    assert set(limited) == {35, 36, 37}
    land = television[0].land.inside
    others = [n for n, channel in enumerate(found.channels) if channel not in (35, 36, 37)]
    assert (found.eirp_dbm[others][:, land] == EIRP_CAP_DBM.value).all()
    assert np.isnan(found.eirp_dbm[:, ~land]).all()
    # Near the mast no device may send so much even on the neighbours.
    assert found.free[land].max() == 35
    assert found.free[land].min() == 33


def test_every_protected_receiver_is_kept_whole(television):
    ground, where = television
    found = white_space(ground, where, wanted_eirp_dbm=30)
    from ngbw.coverage.verdict import best_field

    tv = best_field(ground, where)
    served = (tv >= ground.service.planning_field_dbuv_m) & ground.land.inside
    assert served.any()
    grid = ground.land.grid
    x, y = np.meshgrid(grid.x_m(), grid.y_m())
    eirp = found.eirp_dbm[found.channels.index(36)]
    margin = 1.6448536 * np.hypot(5.5, 5.5)
    rng = np.random.default_rng(1)
    rows, columns = np.nonzero(ground.land.inside)
    for n in rng.integers(0, rows.size, 60):
        row, column = rows[n], columns[n]
        away_m = np.hypot(x - x[row, column], y - y[row, column])
        loss = free_space_loss_db(np.maximum(away_m, 20.0) / 1000.0, 698.0)
        device = eirp[row, column] - loss + FIELD_CONSTANT_DB + 20 * np.log10(698.0)
        spared = (tv - 13.0 - margin - device)[served].min()
        # No receiver is disturbed, and the strictest one is used to the full.
        assert spared > -1e-3
        assert spared < 0.01 or eirp[row, column] == EIRP_CAP_DBM.value


def test_without_a_station_or_a_needed_sinr_it_says_what_is_missing(television):
    ground, where = television
    with pytest.raises(InputError, match="--plan"):
        white_space(ground, [], wanted_eirp_dbm=30)
    silent = replace(ground, service=replace(ground.service, network=None))
    with pytest.raises(InputError, match="required_sinr_db"):
        white_space(silent, where, wanted_eirp_dbm=30)
