"""What else a plan can be asked for: antennas turned, sites shared, hops, safety, in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ngbw.coverage import plan_choice
from ngbw.coverage.choice_facts import phases_of
from ngbw.coverage.plan import plan
from ngbw.coverage.plan_clock import OutOfTimeError, PlanClock
from ngbw.coverage.plan_request import PlanRequest
from ngbw.coverage.progress import silent
from ngbw.coverage.siting import SiteProblem
from ngbw.topology.errors import InfeasibleError, InputError, UsageError

PEOPLE = [(1000, 2000, 5000, 200), (4000, 2000, 3000, 200), (5700, 300, 40)]
SITES = [("west", 1100, 2000), ("middle", 2500, 2000), ("east", 4100, 2000)]


def sector(site, azimuth_deg):
    return {
        "cell_id": f"{site}{azimuth_deg}", "site_id": site, "technology": "ngb-w", "freq_mhz": 698,
        "power_dbm": 43, "antenna": "3gpp-65", "gain_dbi": 15, "feeder_loss_db": 2,
        "azimuth_deg": azimuth_deg, "tilt_deg": 2, "height_m": 35,
    }  # fmt: skip


def averted(world, state="candidate"):
    """Two sites whose sectors look away from the people between them."""
    people = [(1500, 2400, 500, 600), (1800, 2000, 900, 600), (2700, 1700, 300, 600)]
    sites = [("a", 1300, 2000), ("b", 3000, 2000, {"state": state})]
    return world.network(
        people, sites, cells=[sector("a", 180), sector("a", 270), sector("b", 0), sector("b", 90)]
    )


def test_turned_antennas_serve_more_and_nothing_is_proven(world):
    network, settings = averted(world), world.settings(grid_m=100)
    before = plan(network, settings)
    made = plan(network, settings, asked=PlanRequest(tune=True))
    assert made.tuned is not None
    assert made.tuned.before == pytest.approx(before.value)
    assert made.tuned.after == pytest.approx(made.value)
    assert made.value == pytest.approx(made.coverage.headline.served)
    assert made.value > before.value
    assert (made.bound, made.proven, made.gap, made.status) == (None, False, None, "unproven")
    assert made.tuned.choice_bound == pytest.approx(before.bound)
    changed = {(one.site_id, one.azimuth_deg) for one in made.tuned.changes}
    shown = {(site.site_id, one.azimuth_deg) for site in made.sites for one in site.antennas}
    assert changed <= shown
    assert made.phases is None or all(step.ceiling is None for step in made.phases.steps)
    again = plan(network, settings, asked=PlanRequest(tune=True))
    assert again.tuned == made.tuned


def test_antennas_that_are_built_are_not_turned(world):
    asked = PlanRequest(tune=True, fix=("a",))
    made = plan(averted(world, "built"), world.settings(grid_m=100), asked=asked)
    assert made.tuned is not None
    assert {one.site_id for one in made.tuned.changes} == {"a"}


def test_a_quota_of_sites_stands_on_base_stations_and_says_what_it_costs(world):
    sites = [*SITES, ("station", 2510, 2000, {"kind": "base-station", "state": "built"})]
    network = world.network(PEOPLE, sites)
    plain = plan(network, world.settings(), sites=1)
    made = plan(network, world.settings(), asked=PlanRequest(sites=1, share_with_stations=1.0))
    assert [site.site_id for site in made.sites] == ["middle"]
    assert made.sharing is not None
    assert (made.sharing.at_least, made.sharing.candidates) == (1, 1)
    (shared,) = made.sharing.sites
    assert (shared.site_id, shared.base_station) == ("middle", "station")
    assert shared.distance_m == pytest.approx(10, abs=0.1)
    assert made.sharing.lost == pytest.approx(plain.value - made.value)
    assert made.bound is not None
    assert made.value <= made.bound
    assert plain.sharing is not None
    assert (plain.sharing.at_least, plain.sharing.sites, plain.sharing.lost) == (0, (), None)
    with pytest.raises(InfeasibleError, match="but 1 usable candidates stand"):
        plan(network, world.settings(), asked=PlanRequest(sites=2, share_with_stations=1.0))


def test_a_quota_that_the_best_plan_keeps_costs_nobody(world):
    sites = [*SITES, ("station", 1100, 2000, {"kind": "base-station", "state": "built"})]
    made = plan(
        world.network(PEOPLE, sites), world.settings(),
        asked=PlanRequest(sites=2, share_with_stations=0.5),
    )  # fmt: skip
    assert made.sharing is not None
    assert made.sharing.lost == 0
    assert made.proven


def test_additions_make_the_plan_safe_and_the_plan_stays(world):
    sites = [*SITES, ("west-too", 1150, 2050), ("east-too", 4150, 2050)]
    network = world.network(PEOPLE, sites)
    made = plan(network, world.settings(), asked=PlanRequest(sites=2, safe=0.9))
    assert len(made.sites) == 2
    assert made.safety is not None
    assert made.safety.reached
    assert made.safety.proven
    assert made.safety.counted == "sites"
    assert len(made.safety.sites) == made.safety.cost == made.safety.cost_bound == 2
    assert made.safety.before < 0.9 <= made.safety.after
    both = [site.site_id for site in made.sites] + [site.site_id for site in made.safety.sites]
    checked = plan(network, world.settings(), asked=PlanRequest(sites=4, fix=tuple(both)))
    assert checked.survives is not None
    assert checked.survives.share == pytest.approx(made.safety.after)


def test_a_share_that_no_additions_leave_is_said(world):
    made = plan(
        world.network(PEOPLE, SITES), world.settings(), asked=PlanRequest(sites=2, safe=1.0)
    )
    assert made.safety is not None
    assert not made.safety.reached
    assert made.safety.cost_bound is None


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"microwave": True}, "ask for connected"),
        ({"tune": True, "max_gap": 0.0}, "no gap can be proven"),
        ({"tune": True, "survive": True}, "leave out survive"),
        ({"share_with_stations": 1.5}, "share on base stations is 1.5"),
        ({"share_with_stations": 0.5, "budget": 9.0}, "needs the number of sites"),
        ({"share_with_stations": 0.5, "as_network": True}, "leave the other wishes out"),
        ({"safe": -0.1}, "safe share is -0.1"),
    ],
)
def test_wishes_that_cannot_be_are_named(asked, says):
    with pytest.raises(UsageError, match=says):
        PlanRequest(**asked)


def test_microwave_needs_a_model_that_knows_buildings(world):
    sites = [
        ("a", 1100, 2000, {"cost": 1}),
        ("room", 1500, 2000, {"kind": "olt", "state": "built"}),
    ]
    network = world.network(PEOPLE, sites)
    asked = PlanRequest(budget=9.0, connected=True, microwave=True)
    with pytest.raises(InputError, match="no streets"):
        plan(network, world.settings(), asked=asked)


def test_clock_bounds_what_is_made_and_no_limit_is_none():
    free = PlanClock(0.0)
    assert (free.limited, free.up, free.left_s()) == (False, False, None)
    assert free.bounded(silent) is silent
    spent = PlanClock(1e-9)
    assert spent.up
    assert spent.left_s() == 0.0
    with pytest.raises(OutOfTimeError):
        spent.bounded(silent)("phases", 0, 1)
    left = PlanClock(1000.0).left_s(0.5)
    assert left is not None
    assert 400 < left <= 500


def test_what_found_no_time_is_named_and_the_plan_stands(world):
    settings = replace(world.settings(), plan_phases={"1": 1, "2": 1})
    made = plan(
        world.network(PEOPLE, SITES), settings, asked=PlanRequest(time_limit_s=1e-6, safe=0.5)
    )
    assert len(made.sites) == 2
    keys = {notice.key for notice in made.notices}
    assert {"no-time-phases", "no-time-additions", "no-time-cities", "no-time-shifts"} <= keys
    assert (made.phases, made.safety) == (None, None)
    assert made.bound is not None
    assert made.value <= made.bound


def test_plan_is_never_below_the_curve_and_shares_its_bound(world, monkeypatch):
    # A choice that stops at the worst site, with a useless bound.
    def poor(stage, asked, sites, seed, clock, progress):
        return plan_choice.Chosen((1,), "residents", "time-limit", bound=8040.0)

    monkeypatch.setattr(plan_choice, "_one", poor)
    made = plan(world.network(PEOPLE, SITES), world.settings(), sites=2)
    assert [site.site_id for site in made.sites] == ["west", "east"]
    assert (made.value, made.bound, made.status) == (8000, 8000, "optimal")
    assert made.curve is not None
    point = made.curve.point(2)
    assert point is not None
    assert point.at_most == pytest.approx(8000 / 8040)


def test_ctrl_c_after_the_choice_keeps_the_plan(world, monkeypatch):
    def interrupted(*args: Any, **kwargs: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("ngbw.coverage.plan._other_cities", interrupted)
    made = plan(world.network(PEOPLE, SITES), world.settings())
    assert isinstance(made.cancelled_by, KeyboardInterrupt)
    assert len(made.sites) == 2
    assert made.curve is None


def test_ceilings_of_phases_know_the_budget():
    # The dear site serves most, but leaves no money for the second.
    cover = [np.arange(10), np.arange(10, 16), np.arange(16, 20)]
    problem = SiteProblem.from_cover(cover, np.ones(20), cost=np.array([9.0, 4.0, 4.0]))
    common: dict[str, Any] = {
        "ceiling": None, "bound": 10.0, "turned": False, "costs": None, "seed": 0,
    }  # fmt: skip
    rich = phases_of(problem, [1, 2], {"1": 1, "2": 2}, ["a", "b", "c"], budget=None, **common)
    poor = phases_of(problem, [1, 2], {"1": 1, "2": 2}, ["a", "b", "c"], budget=8.0, **common)
    assert [step.ceiling for step in rich.steps] == [pytest.approx(0.5), pytest.approx(0.5)]
    assert poor.steps[0].ceiling is not None
    assert poor.steps[0].share <= poor.steps[0].ceiling < 0.5
