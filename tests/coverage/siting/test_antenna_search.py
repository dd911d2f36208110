"""Antennas that are turned serve whom the plan's own verdict counts, and no one step more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ngbw.coverage.combined import network_sum
from ngbw.coverage.ground import ground_of
from ngbw.coverage.siting import antenna_search
from ngbw.coverage.siting.antenna_search import AntennaSteps, tune_antennas
from ngbw.coverage.transmitters import stations
from ngbw.coverage.verdict import judge, pixels_served
from ngbw.topology.errors import UsageError

PEOPLE = [(1500, 2400, 500, 600), (1800, 2000, 900, 600), (2700, 1700, 300, 600)]


def figure(value):
    return {"value": value, "source": "test", "assumed": True}


SFN = {"kind": "sfn", "guard_symbols": 945, "required_sinr_db": figure(13)}
REUSE = {
    "kind": "reuse", "required_sinr_db": figure(6), "load": figure(0.6),
    "bandwidth_mhz": figure(7.56), "busy_mbps_per_1000": figure(4),
}  # fmt: skip
UPLINK = {
    "bandwidth_mhz": figure(0.36), "terminal_power_dbm": figure(14), "terminal_gain_dbi": figure(0),
    "body_loss_db": figure(0), "base_noise_figure_db": figure(3), "required_sinr_db": figure(0),
    "interference_margin_db": figure(3),
}  # fmt: skip


def cell(site, number, azimuth_deg, **changes):
    return {
        "cell_id": f"{site}{number}", "site_id": site, "technology": "ngb-w", "freq_mhz": 698,
        "power_dbm": 43, "antenna": "3gpp-65", "gain_dbi": 15, "feeder_loss_db": 2,
        "azimuth_deg": azimuth_deg, "tilt_deg": 2, "height_m": 35,
    } | changes  # fmt: skip


def small_net(world, network=None, uplink=None):
    """Two sites with two sectors each, all of which look away from the people."""
    cells = [cell("a", 1, 180), cell("a", 2, 270), cell("b", 1, 0), cell("b", 2, 90)]
    sites = [("a", 1300, 2000), ("b", 3000, 2000)]
    made = world.network(PEOPLE, sites, cells=cells)
    settings = world.settings(grid_m=100)
    service = {**settings.services["tv"]}
    service |= {"network": network} if network else {}
    service |= {"uplink": uplink} if uplink else {}
    settings = replace(settings, services={"tv": service})
    ground = ground_of(made, settings, "", cache_directory=None, threads=1)
    return ground, stations(made, ["a", "b"], ground.service, settings.crs)


def judged(ground, where):
    """Return the people that a plan of these stations says it serves."""
    if ground.service.network is not None and not hasattr(ground.service.network, "load"):
        layers = list(ground.store.of_stations(where))
        return network_sum(ground, where, layers, ground.service.network).share.served
    cover = pixels_served(ground, where)
    nobody = np.zeros(ground.people.size, bool)
    return judge(ground, where, cover, set(), nobody).coverage.headline.served


@pytest.mark.parametrize("network", [None, REUSE, SFN])
def test_people_served_are_those_of_the_verdict_and_more_than_before(world, network):
    ground, where = small_net(world, network)
    found = tune_antennas(ground, where)
    assert found.before == pytest.approx(judged(ground, where), rel=2e-3)
    assert found.after == pytest.approx(judged(ground, found.stations), rel=2e-3)
    assert found.after > 1.2 * found.before
    assert found.stopped_by == "local optimum"
    assert not found.proven
    for change in found.changes:
        where_now = next(s for s in found.stations if s.site.site_id == change.site_id)
        where_then = next(s for s in where if s.site.site_id == change.site_id)
        now, then = where_now.transmitters[change.sector], where_then.transmitters[change.sector]
        assert change.azimuth_deg == (then.azimuth_deg, now.azimuth_deg)
        assert change.tilt_deg == (then.tilt_deg, now.tilt_deg)
        assert change.power_db == now.eirp_dbm - then.eirp_dbm
        assert -10 <= change.power_db <= 0
        assert 0 <= now.tilt_deg <= 15


def test_no_single_step_serves_more_in_the_end(world):
    ground, where = small_net(world)
    steps = AntennaSteps(azimuth_deg=(20.0,), tilt_deg=(2.0,), power_db=(2.0,))
    found = tune_antennas(ground, where, steps=steps)
    for number, station in enumerate(found.stations):
        for k, now in enumerate(station.transmitters):
            steps_made: list[dict[str, Any]] = [
                {"azimuth_deg": (now.azimuth_deg + 20) % 360},
                {"azimuth_deg": (now.azimuth_deg - 20) % 360},
                {"tilt_deg": min(15, now.tilt_deg + 2)},
                {"tilt_deg": max(0, now.tilt_deg - 2)},
            ]
            for changes in steps_made:
                turned = list(station.transmitters)
                turned[k] = replace(now, **changes, lean_deg=None)
                other = list(found.stations)
                other[number] = replace(station, transmitters=tuple(turned))
                assert judged(ground, other) <= found.after + 1e-6


def test_weaker_power_eases_nothing_for_the_way_back(world):
    ground, where = small_net(world, uplink=UPLINK)
    (first, *_) = where[0].transmitters
    options = list(antenna_search._options(first, first, AntennaSteps(), 0))
    (weaker,) = [one for one in options if one.eirp_dbm < first.eirp_dbm]
    assert weaker.uplink_needs_more_db is not None
    assert first.uplink_needs_more_db is not None
    assert weaker.uplink_needs_more_db - first.uplink_needs_more_db == pytest.approx(
        weaker.eirp_dbm - first.eirp_dbm
    )
    found = tune_antennas(ground, where)
    assert found.after == pytest.approx(judged(ground, found.stations))


def test_built_sites_stay_and_a_time_limit_is_kept(world):
    ground, where = small_net(world)
    found = tune_antennas(ground, where, keep=["a"])
    assert {change.site_id for change in found.changes} <= {"b"}
    assert found.stations[0] == where[0]
    stopped = tune_antennas(ground, where, time_limit_s=0.0)
    assert (stopped.stopped_by, stopped.tried, stopped.changes) == ("time limit", 0, ())
    assert stopped.after == stopped.before
    assert tune_antennas(ground, where, rounds=1).stopped_by in ("rounds", "local optimum")
    assert tune_antennas(ground, []).stations == ()

    class StoppedError(Exception):
        pass

    def stop(step, done, total):
        if step == "antennas":
            raise StoppedError

    with pytest.raises(StoppedError):
        tune_antennas(ground, where, progress=stop)


def test_steps_that_cannot_be_are_named():
    with pytest.raises(UsageError, match="one figure, 0 or more, for each stage"):
        AntennaSteps(azimuth_deg=(30.0,))
    with pytest.raises(UsageError, match=r"tilt from 9\.0 to 3"):
        AntennaSteps(least_tilt_deg=9.0, most_tilt_deg=3.0)
