"""The signals of real stations serve as a network whom the verdict on the network serves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ngbw.coverage.ground import ground_of
from ngbw.coverage.plan import evaluate
from ngbw.coverage.siting.network_choice import choose_as_network, served_as_network
from ngbw.coverage.siting.service_signals import service_signals
from ngbw.coverage.transmitters import stations
from ngbw.topology.errors import UsageError

PEOPLE = [(1000, 2000, 5000, 1200), (2600, 2000, 2500, 900), (4000, 2000, 3000, 1200)]
SITES = [("west", 1100, 2000), ("middle", 2500, 2000), ("east", 4100, 2000)]


def figure(value):
    return {"value": value, "source": "test", "assumed": True}


SFN = {"kind": "sfn", "guard_symbols": 945, "required_sinr_db": figure(13)}
REUSE = {
    "kind": "reuse", "required_sinr_db": figure(6), "load": figure(0.6),
    "bandwidth_mhz": figure(7.56), "busy_mbps_per_1000": figure(4),
}  # fmt: skip


def with_network(settings, network):
    service = {**settings.services["tv"], "network": network}
    return replace(settings, services={"tv": service})


def signals_in(network, settings):
    ground = ground_of(network, settings, "", cache_directory=None, threads=1)
    where = stations(network, [name for name, *_ in SITES], ground.service, settings.crs)
    return service_signals(ground, where)


def test_the_sum_serves_whom_the_verdict_on_the_network_counts(world):
    network, settings = world.network(PEOPLE, SITES), with_network(world.settings(), SFN)
    signals = signals_in(network, settings)
    for chosen in ([0], [0, 1], [0, 1, 2]):
        made = evaluate(network, settings, [SITES[n][0] for n in chosen])
        assert made.coverage.sfn is not None
        # A pixel or two lie on the edge, where losses packed to 1/100 dB decide.
        assert served_as_network(signals, chosen) == pytest.approx(
            made.coverage.sfn.share.served, rel=0.01
        )


def test_interference_takes_about_as_many_as_the_verdict_by_probability(world):
    network, settings = world.network(PEOPLE, SITES), with_network(world.settings(), REUSE)
    signals = signals_in(network, settings)
    for chosen in ([0, 2], [0, 1, 2]):
        made = evaluate(network, settings, [SITES[n][0] for n in chosen])
        assert served_as_network(signals, chosen) == pytest.approx(
            made.coverage.headline.served, rel=0.06
        )
    found = choose_as_network(signals, sites=3)
    assert found.bound is not None
    assert found.single_server_value <= found.value <= found.bound


def test_points_served_alone_are_those_of_the_best_server(world):
    network, settings = world.network(PEOPLE, SITES), with_network(world.settings(), REUSE)
    signals = signals_in(network, settings)
    made = evaluate(network, world.settings(), ["west"])
    served = signals.weight[signals.cover()[0]].sum()
    assert served == pytest.approx(made.coverage.headline.served)
    assert signals.total_weight == pytest.approx(np.sum([count for *_, count, _ in PEOPLE]))


def test_services_and_stations_that_make_no_network_are_named(world):
    network = world.network(PEOPLE, SITES)
    with pytest.raises(UsageError, match=r"services\.tv has no network"):
        signals_in(network, world.settings())
    cells = [{"cell_id": "c", "site_id": "east", "technology": "ngb-w", "freq_mhz": 602}]
    settings = with_network(world.settings(), REUSE)
    with pytest.raises(UsageError, match=r"'middle' sends on 698 MHz.*'east' on 602 MHz"):
        signals_in(world.network(PEOPLE, SITES, cells=cells), settings)
