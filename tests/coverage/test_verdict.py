"""Who serves a pixel and why not, on districts with buildings, a way back, and other cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from ngbw.coverage.plan import evaluate, plan
from ngbw.coverage.results import GAP_REASONS
from ngbw.coverage.servers.miss_reasons import MissReason
from ngbw.coverage.servers.uplink import Limit
from ngbw.topology.errors import InputError, SettingError, UsageError

# A street through the district, so that every distance has somebody.
PEOPLE = [(x, 2000, 100) for x in range(300, 5700, 100)]
SITES = [("west", 1100, 2000), ("middle", 2500, 2000), ("east", 4100, 2000)]


def figure(value):
    return {"value": value, "source": "test", "assumed": True}


def changed(settings, *, propagation=None, surface=None, **service):
    """Return settings with another model, and with more said of the service."""
    services = {"tv": {**settings.services["tv"], **service}}
    return replace(
        settings,
        services=services,
        propagation=settings.propagation if propagation is None else propagation,
        surface=settings.surface if surface is None else surface,
    )


UPLINK = {
    "bandwidth_mhz": figure(0.36),
    "terminal_power_dbm": figure(23),
    "terminal_gain_dbi": figure(0),
    "body_loss_db": figure(0),
    "base_noise_figure_db": figure(3),
    "required_sinr_db": figure(0),
    "interference_margin_db": figure(3),
}


@pytest.fixture(scope="module")
def over_a_city(world):
    """Return a plan over generated buildings, and its settings."""
    settings = changed(
        world.settings(grid_m=25), propagation={"model": "p1812"}, surface={"city": "walk-up"}
    )
    return evaluate(world.network(PEOPLE, SITES), settings, ["west"]), settings


def test_a_model_that_sees_buildings_brings_its_own_deviation(over_a_city):
    made, settings = over_a_city
    # ITU-R P.1812-8, section 4.7: (0.52 + 0.024 f) w^0.28 among buildings.
    expected = (0.52 + 0.024 * 0.698) * 25**0.28
    assert made.service.location_sigma_db.value == pytest.approx(expected, abs=0.005)
    assert not made.service.location_sigma_db.assumed
    assert settings.services["tv"]["location_sigma_db"]["value"] == 5.5


def test_latitude_is_the_districts(over_a_city):
    made, _ = over_a_city
    assert made.model.identity()["latitude_deg"] == pytest.approx(31.3, abs=0.05)


def test_the_plan_says_what_its_buildings_are_and_how_far_others_would_move_it(over_a_city):
    made, _ = over_a_city
    assert made.surface is not None
    assert any("generated" in words for words in made.surface.assumed)
    assert {one.assumption for one in made.alternatives} == {
        "outer everywhere", "towers everywhere"
    }  # fmt: skip
    share = made.coverage.headline.share
    assert share is not None
    moved = max(abs(one.share - share) for one in made.alternatives if one.share is not None)
    (notice,) = [n for n in made.notices if n.key == "city-assumed"]
    assert notice.share == pytest.approx(moved)
    assert moved > 0


def test_shadows_and_distance_are_told_apart_where_buildings_are_known(over_a_city):
    made, _ = over_a_city
    assert made.raster.layers is not None
    reasons = set(np.unique(made.raster.layers.reason).tolist())
    assert MissReason.SERVED in reasons
    assert MissReason.INDOOR in reasons
    assert sum(made.coverage.missed.values()) == pytest.approx(
        made.coverage.headline.total - made.coverage.headline.served
    )


def test_every_unserved_pixel_has_a_reason_and_every_served_one_has_none(over_a_city):
    made, _ = over_a_city
    layers, probability = made.raster.layers, made.raster.probability
    assert layers is not None
    known = ~np.isnan(probability)
    served = known & (probability >= np.float32(0.95))
    assert (layers.reason[served] == MissReason.SERVED).all()
    assert np.isin(layers.reason[known & ~served], list(GAP_REASONS)).all()
    assert (layers.reason[~known] == MissReason.UNKNOWN).all()
    assert ((layers.server > 0) == ~np.isnan(made.raster.field_dbuv_m)).all()


def test_a_model_without_obstacles_never_speaks_of_shadows(world):
    made = evaluate(world.network(PEOPLE, SITES), world.settings(), ["west"])
    assert made.surface is None
    assert made.alternatives == ()
    assert set(made.coverage.missed) <= {"too-far", "indoor-loss"}


def test_a_weak_terminal_shrinks_the_coverage_and_is_named_as_the_reason(world):
    network = world.network(PEOPLE, SITES)
    broadcast = evaluate(network, world.settings(), ["west"])
    weak = {**UPLINK, "terminal_power_dbm": figure(3)}
    two_way = evaluate(network, changed(world.settings(), uplink=weak), ["west"])
    assert two_way.coverage.headline.served < broadcast.coverage.headline.served
    assert "uplink" in two_way.coverage.missed
    links, layers = two_way.coverage.links, two_way.raster.layers
    assert links is not None
    assert layers is not None
    assert links.uplink_weaker_db is not None
    assert links.uplink_weaker_db > 0
    assert links.downlink == 0
    assert set(np.unique(layers.limit).tolist()) <= {Limit.NONE, Limit.UPLINK, Limit.UNREACHED}


def test_a_strong_terminal_changes_nothing_but_names_the_downlink(world):
    network = world.network(PEOPLE, SITES)
    broadcast = evaluate(network, world.settings(), ["west"])
    strong = {**UPLINK, "terminal_power_dbm": figure(43)}
    two_way = evaluate(network, changed(world.settings(), uplink=strong), ["west"])
    assert two_way.coverage.headline == broadcast.coverage.headline
    np.testing.assert_array_equal(two_way.raster.field_dbuv_m, broadcast.raster.field_dbuv_m)
    assert two_way.coverage.links is not None
    assert two_way.coverage.links.uplink == 0
    assert broadcast.coverage.links is None


def test_the_shown_field_is_the_downlinks_whatever_the_way_back_needs(world):
    network = world.network(PEOPLE, SITES)
    weak = {**UPLINK, "terminal_power_dbm": figure(3)}
    two_way = evaluate(network, changed(world.settings(), uplink=weak), ["west"])
    broadcast = evaluate(network, world.settings(), ["west"])
    np.testing.assert_array_equal(two_way.raster.field_dbuv_m, broadcast.raster.field_dbuv_m)


def test_sites_are_chosen_by_the_weaker_link(world):
    network = world.network(PEOPLE, SITES)
    weak = {**UPLINK, "terminal_power_dbm": figure(3)}
    made = plan(network, changed(world.settings(), uplink=weak))
    assert made.bound is not None
    assert made.value == pytest.approx(made.coverage.headline.served)
    assert made.value <= made.bound


REUSE = {
    "kind": "reuse",
    "required_sinr_db": figure(13),
    "load": figure(1.0),
    "bandwidth_mhz": figure(7.56),
    "busy_mbps_per_1000": figure(4),
}


def test_interference_takes_people_away_and_the_bound_still_holds(world):
    network = world.network(PEOPLE, SITES)
    alone = plan(network, world.settings(sites=3))
    together = plan(network, changed(world.settings(sites=3), network=REUSE))
    assert together.coverage.headline.served < alone.coverage.headline.served
    assert together.coverage.missed["interference"] > 0
    assert together.value == together.coverage.headline.served
    assert together.bound is not None
    assert together.value <= together.bound
    assert not together.proven
    reuse, layers = together.coverage.reuse, together.raster.layers
    assert reuse is not None
    assert reuse.cells == len(together.sites)
    assert layers is not None
    assert layers.sinr_db is not None


def test_one_site_alone_has_no_interference(world):
    network = world.network(PEOPLE, SITES)
    plain = evaluate(network, world.settings(), ["west"])
    alone = evaluate(network, changed(world.settings(), network=REUSE), ["west"])
    assert alone.coverage.headline.served == pytest.approx(plain.coverage.headline.served, rel=0.02)


def test_the_sum_of_a_network_serves_more_than_its_best_transmitter(world):
    network = world.network(PEOPLE, SITES)
    sfn = {"kind": "sfn", "guard_symbols": 945, "required_sinr_db": figure(13)}
    made = evaluate(network, changed(world.settings(), network=sfn), ["west", "middle", "east"])
    summed = made.coverage.sfn
    assert summed is not None
    assert summed.share.served >= made.coverage.headline.served
    assert summed.spoiled == 0  # all echoes lie within 125 us
    assert summed.median_gain_db is not None
    assert summed.median_gain_db > 0
    assert summed.guard_us == pytest.approx(125, abs=0.1)
    assert made.raster.layers is not None
    assert made.raster.layers.sinr_db is None


def test_transmitters_of_another_group_are_noise(world):
    def cells(groups):
        return [
            {"cell_id": f"c-{site}", "site_id": site, "technology": "ngb-w", "power_dbm": 43,
             "gain_dbi": 15, "feeder_loss_db": 2, "antenna": "omni", "tilt_deg": 0,
             "freq_mhz": 698, "sfn_group": group}
            for (site, *_), group in zip(SITES, groups, strict=True)
        ]  # fmt: skip

    sfn = {"kind": "sfn", "guard_symbols": 945, "required_sinr_db": figure(13)}
    settings = changed(world.settings(), network=sfn)
    names = [site for site, *_ in SITES]
    one = evaluate(world.network(PEOPLE, SITES, cells=cells("AAA")), settings, names)
    two = evaluate(world.network(PEOPLE, SITES, cells=cells("ABA")), settings, names)
    assert one.coverage.sfn is not None
    assert two.coverage.sfn is not None
    assert two.coverage.sfn.share.served < one.coverage.sfn.share.served


def test_several_servers_never_serve_less_than_the_best_one(world):
    network = world.network(PEOPLE, SITES)
    made = evaluate(network, world.settings(), ["west", "middle", "east"])
    several = made.coverage.several
    assert several is not None
    assert several.share.served >= made.coverage.headline.served
    assert several.share.expected >= made.coverage.headline.expected - 1e-3
    assert several.correlation == 0.5


def test_a_site_far_from_the_district_does_not_grow_the_surface(world):
    settings = changed(world.settings(grid_m=50), propagation={"model": "p1812"})
    network = world.network(PEOPLE, [*SITES, ("wrong", 90_000, 2000)])
    made = plan(network, settings)
    assert made.surface is not None
    assert made.surface.grid.width * made.surface.grid.step_m < 10_000
    assert "wrong" not in [site.site_id for site in made.sites]
    assert [notice.count for notice in made.notices if notice.key == "sites-far"] == [1]


def test_judging_a_site_far_from_the_district_names_it(world):
    settings = changed(world.settings(grid_m=50), propagation={"model": "p1812"})
    network = world.network(PEOPLE, [*SITES, ("wrong", 90_000, 2000)])
    with pytest.raises(InputError, match="site 'wrong'"):
        evaluate(network, settings, ["wrong"])


def test_a_site_across_the_border_stands_on_the_surface(world):
    settings = changed(world.settings(grid_m=50), propagation={"model": "p1812"})
    network = world.network(PEOPLE, [("across", -1500, 2000)])
    made = evaluate(network, settings, ["across"])
    assert made.surface is not None
    assert made.coverage.headline.expected > 0


def test_a_named_file_needs_a_project(world):
    settings = changed(
        world.settings(), propagation={"model": "p1812"}, surface={"buildings": "houses.geojson"}
    )
    with pytest.raises(InputError, match=r"houses\.geojson"):
        plan(world.network(PEOPLE, SITES), settings)


def test_clutter_is_never_counted_twice(world):
    settings = changed(world.settings(), propagation={"model": "p1812", "clutter_percent": 50})
    with pytest.raises(SettingError, match="count them twice"):
        plan(world.network(PEOPLE, SITES), settings)


def test_a_frequency_outside_p1812_is_refused(world):
    settings = changed(world.settings(freq_mhz=7000), propagation={"model": "p1812"})
    with pytest.raises(UsageError, match=r"0\.03-6 GHz"):
        plan(world.network(PEOPLE, SITES), settings)


def test_a_calibration_moves_the_field_and_takes_the_place_of_the_deviation(world):
    settings = world.settings()
    found = {
        "offset_db": {"value": -4.0, "source": "drive test", "assumed": False},
        "sigma_db": {"value": 7.5, "source": "drive test", "assumed": False},
        "points": 400, "effective_points": 80.0, "date": dt.date(2026, 11, 24),
        "logs": ["drive"], "propagation": dict(settings.propagation),
    }  # fmt: skip
    calibrated = replace(settings, calibration={"tv": found})
    network = world.network(PEOPLE, SITES)
    before, after = (evaluate(network, s, ["west"]) for s in (settings, calibrated))
    moved = after.raster.field_dbuv_m - before.raster.field_dbuv_m
    assert np.nanmax(np.abs(moved + 4.0)) < 1e-4
    assert after.service.location_sigma_db.value == 7.5
    assert after.coverage.headline.served < before.coverage.headline.served
