"""Demand, failures, egress and the three promises, on a small town and by known figures."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely

from ngbw.topology.capacity import (
    PON_MBPS,
    CapacityAssumptions,
    capacity_of,
    egress_of,
    people_of_sites,
    sustained_mbps,
)
from ngbw.topology.capacity.capabilities import peak_mbps
from ngbw.topology.errors import InputError, MissingError, SettingError
from ngbw.topology.network import Network
from ngbw.topology.project import open_project
from ngbw.topology.schema import coerce
from ngbw.topology.settings import Figure
from ngbw.topology.tables import TABLES

PLAIN = replace(
    CapacityAssumptions(),
    people_per_home=Figure(1.0, "test", assumed=False),
    busy_hour_mbps_per_home=Figure(2.0, "test", assumed=False),
)


def table(name, *rows):
    return coerce(TABLES[name], pd.DataFrame(list(rows), dtype=object))


def site(site_id, kind, lon, **more):
    return {"site_id": site_id, "kind": kind, "lon": lon, "lat": 31.3, "state": "built", **more}


def link(link_id, a, b, capacity_mbps=None, **more):
    return {"link_id": link_id, "a_site": a, "b_site": b, "capacity_mbps": capacity_mbps, **more}


HEAD = (site("H", "headend", 121.50), site("A", "olt", 121.51), site("B", "olt", 121.53))


def town(*links, sites=HEAD, **tables):
    """Return a head-end and two rooms with 300 and 100 people, and a park at the second room."""
    district = coerce(
        TABLES["areas"],
        pd.DataFrame(
            {
                "area_id": ["D"],
                "name": ["D"],
                "kind": ["district"],
                "geometry": [shapely.box(121.4, 31.2, 121.6, 31.4)],
            }
        ),
    )
    whole = {
        "areas": district,
        "sites": table("sites", *sites),
        "links": table("links", *links),
        "spans": table("spans", *[{"span_id": s} for s in ("S1", "S2")]),
        "demand": table(
            "demand",
            {"demand_id": "a", "lon": 121.511, "lat": 31.3, "people": 300},
            {"demand_id": "b", "lon": 121.529, "lat": 31.3, "people": 100},
        ),
        "places": table(
            "places", {"place_id": "K", "kind": "office_park", "lon": 121.531, "lat": 31.3}
        ),
    }
    return Network(whole | tables)


def verdict(report, check):
    return next(v for v in report.parks if v.check == check)


def test_sustained_rates_of_a_full_pon():
    # 2.488/64, 9.95/64, 9.95/32
    half = replace(CapacityAssumptions(), split=Figure(32, "test", assumed=False))
    assert sustained_mbps(PON_MBPS["g-pon"]) == pytest.approx(38.9, abs=0.05)
    assert sustained_mbps(PON_MBPS["xgs-pon"]) == pytest.approx(155.5, abs=0.05)
    assert sustained_mbps(PON_MBPS["xg-pon"], half) == pytest.approx(311.0, abs=0.1)


def test_a_tenth_of_the_homes_at_once_get_ten_times_as_much():
    some = replace(CapacityAssumptions(), active_share=Figure(0.1, "1:10", assumed=True))
    assert sustained_mbps(PON_MBPS["g-pon"], some) == pytest.approx(388.8)
    few = replace(some, active_share=Figure(0.001, "1:1000", assumed=True))
    assert sustained_mbps(PON_MBPS["g-pon"], few) == PON_MBPS["g-pon"]


def test_a_tier_needs_a_fifth_more_on_the_pon():
    assert peak_mbps(PON_MBPS["g-pon"]) == pytest.approx(2073.6)
    assert peak_mbps(PON_MBPS["epon"]) < 1000.0


@pytest.mark.parametrize(("name", "value"), [("split", 0.0), ("active_share", 1.5)])
def test_an_assumption_out_of_range_is_refused(name, value):
    with pytest.raises(SettingError, match=name):
        CapacityAssumptions(**{name: Figure(value, "test", assumed=True)})


def test_people_belong_to_the_nearest_room():
    assert people_of_sites(town()) == {"A": 300.0, "B": 100.0}
    assert people_of_sites(town(), by_area=True) == {("", "A"): 300.0, ("", "B"): 100.0}


def test_demand_is_served_as_far_as_the_links_carry_it():
    report = capacity_of(
        town(link("HA", "H", "A", 500), link("AB", "A", "B", 80)), assumptions=PLAIN
    )
    assert report.demand_mbps == 800.0
    assert report.served_mbps == 500.0
    assert report.served_share == 0.625
    assert report.unserved_limits == ("HA",)
    use = {link.link_id: link.utilisation for link in report.links}
    assert use == {"HA": 1.6, "AB": 2.5}
    assert report.worst_utilisation == 2.5


def test_an_unknown_capacity_that_decides_makes_the_share_unknown():
    report = capacity_of(town(link("HA", "H", "A", 500), link("AB", "A", "B")), assumptions=PLAIN)
    assert report.served_share == 0.625  # HA limits it whatever AB carries
    report = capacity_of(town(link("HA", "H", "A"), link("AB", "A", "B", 500)), assumptions=PLAIN)
    assert report.served_share is None
    assert report.worst_utilisation is None
    assert report.links[-1].utilisation is None


def test_a_room_without_a_link_is_cut_off():
    report = capacity_of(town(link("HA", "H", "A", 5000)), assumptions=PLAIN)
    assert report.cut_off_mbps == 200.0
    assert report.served_share == 0.75


def test_each_failure_is_rerouted():
    ring = town(link("HA", "H", "A", 1000), link("AB", "A", "B", 400), link("BH", "B", "H", 800))
    report = capacity_of(ring, assumptions=PLAIN)
    worst = report.reroutes[0]
    assert (worst.link_id, worst.busiest_link, worst.busiest_utilisation) == ("HA", "AB", 1.5)
    assert worst.cut_off_mbps == 0.0
    after = capacity_of(ring, assumptions=PLAIN, failed_ids=["HA"])
    assert {use.link_id: use.load_mbps for use in after.links} == {"AB": 600, "BH": 800, "HA": 0}
    assert after.served_share == 0.75
    assert after.reroutes == ()


def test_people_stay_with_a_room_that_has_failed():
    ring = town(link("HA", "H", "A", 1000), link("AB", "A", "B", 400), link("BH", "B", "H", 800))
    after = capacity_of(ring, assumptions=PLAIN, failed_ids=["A"])
    assert after.demand_mbps == 800.0
    assert after.served_mbps == 200.0
    assert after.cut_off_mbps == 600.0


def test_a_failed_span_takes_its_links():
    chain = town(link("HA", "H", "A", 1000, spans="S1"), link("AB", "A", "B", 400, spans="S2"))
    assert capacity_of(chain, assumptions=PLAIN, failed_ids=["S1"]).served_share == 0.0
    with pytest.raises(MissingError, match="'S3'"):
        capacity_of(chain, failed_ids=["S3"])


def test_a_root_without_a_link_is_refused():
    with pytest.raises(InputError, match="root 'B'"):
        capacity_of(town(link("HA", "H", "A", 1)), roots=["B"])


def test_a_gigabit_reaches_homes_on_a_wide_pon():
    olt = table("devices", {"device_id": "o", "site_id": "B", "model": "XGS-PON card"})
    report = capacity_of(town(link("HB", "H", "B", 10000), devices=olt), assumptions=PLAIN)
    home = verdict(report, "home")
    assert home.status == "met"
    assert home.value == pytest.approx(9953.28 / 1.2)
    assert home.limiting == "o"
    assert "100.0 Mbit/s, limited by HB" in home.reason
    assert "home_mbps" in home.assumed


def test_a_narrow_uplink_misses_the_gigabit_on_any_pon():
    home = verdict(capacity_of(town(link("HB", "H", "B", 900)), assumptions=PLAIN), "home")
    assert (home.status, home.limiting) == ("missed", "HB")


def test_without_a_technology_nobody_can_tell():
    report = capacity_of(town(link("HB", "H", "B", 10000)), assumptions=PLAIN)
    home = verdict(report, "home")
    assert (home.status, home.value) == ("cannot tell", None)
    assert "kind pon" in home.reason
    assert report.least_home_peak_mbps is None


def test_a_building_has_what_its_best_path_carries():
    sites = (*HEAD, site("T1", "building", 121.5312), site("T2", "building", 121.55, category="K"))
    links = (link("HB", "H", "B", 40000), link("B1", "B", "T1", 10000))
    wide = capacity_of(town(*links, link("B2", "B", "T2", 20000), sites=sites))
    assert verdict(wide, "building").status == "met"
    assert wide.least_building_gbps == 10.0
    narrow = verdict(
        capacity_of(town(*links, link("B2", "B", "T2", 1000), sites=sites)), "building"
    )
    assert (narrow.status, narrow.value, narrow.limiting) == ("missed", 1.0, "B2")
    unknown = verdict(capacity_of(town(*links, link("B2", "B", "T2"), sites=sites)), "building")
    assert (unknown.status, unknown.value, unknown.limiting) == ("cannot tell", None, "B2")
    assert "B2 is unknown" in unknown.reason


def test_a_park_without_buildings_cannot_tell_unless_its_room_is_too_narrow():
    report = capacity_of(town(link("HB", "H", "B", 10000)))
    assert verdict(report, "building").status == "cannot tell"
    report = capacity_of(town(link("HB", "H", "B", 5000)))
    assert (verdict(report, "building").status, verdict(report, "building").limiting) == (
        "missed",
        "HB",
    )


OUTSIDE = (*HEAD, site("X", "exchange", 121.7), site("Y", "exchange", 121.3))


def egress(*links, **tables):
    inner = (link("HA", "H", "A", 1000000), link("HB", "H", "B", 1000000))
    return capacity_of(town(*inner, *links, sites=OUTSIDE, **tables), roots=["H"])


def test_two_disjoint_terabits_of_egress_are_met():
    report = egress(link("AX", "A", "X", 1_000_000), link("BY", "B", "Y", 1_200_000))
    assert [group.links for group in report.egress.groups] == [("BY",), ("AX",)]
    assert report.egress_tbps == 1.0
    assert verdict(report, "egress").status == "met"
    assert report.egress.worst_failure in ("B", "Y", "BY")


@pytest.mark.parametrize(
    "links",
    [
        (link("AX", "A", "X", 1e6), link("AY", "A", "Y", 1e6)),
        (link("AX", "A", "X", 1e6), link("BX", "B", "X", 1e6)),
        (link("AX", "A", "X", 1e6, spans="S1"), link("BY", "B", "Y", 1e6, spans="S2;S1")),
        (link("AX", "A", "X", 1e6),),
    ],
)
def test_egress_that_shares_a_room_or_a_span_is_one_group_and_misses(links):
    report = egress(*links)
    assert len(report.egress.groups) == 1
    assert verdict(report, "egress").status == "missed"
    assert verdict(report, "egress").value == 0.0


def test_a_given_risk_joins_groups():
    net = town(link("AX", "A", "X", 1e6), link("BY", "B", "Y", 1e6), sites=OUTSIDE)
    assert len(egress_of(net).groups) == 2
    joined = egress_of(net, {"flood": ["A", "BY"]})
    assert len(joined.groups) == 1
    assert (joined.worst_failure, joined.after_worst_failure_gbps) == ("flood", 0.0)


def test_without_egress_or_its_capacity_nobody_can_tell():
    assert "no link leaves" in verdict(egress(), "egress").reason
    report = egress(link("AX", "A", "X"), link("BY", "B", "Y", 1e6))
    assert verdict(report, "egress").status == "cannot tell"
    assert report.egress_tbps is None
    assert report.egress.total_gbps is None
    assert not math.isnan(report.egress.groups[0].gbps or 0.0)


def test_without_parks_there_are_no_verdicts():
    places = table("places", {"place_id": "K", "kind": "mall", "lon": 121.5, "lat": 31.3})
    report = capacity_of(town(link("HB", "H", "B", 10000), places=places))
    assert report.parks == ()
    assert report.least_building_gbps is None


def test_yangpu_carries_a_terabit_of_demand_and_keeps_some_promises():
    network = open_project(Path(__file__).parents[3] / "examples" / "yangpu").network()
    report = capacity_of(network)
    homes = 1_242_600 / 2.32
    assert report.demand_mbps == pytest.approx(2.0 * homes)
    assert report.served_share == pytest.approx(1.0, abs=1e-6)
    assert report.cut_off_mbps == 0.0
    assert report.links[0].link_id == "YP-L27"  # the cable to 复兴岛
    assert report.egress_tbps == pytest.approx(0.4)
    assert report.least_building_gbps == 1.0
    assert {v.status for v in report.parks} == {"met", "missed"}


def test_where_nobody_lives_no_share_of_demand_is_served():
    nobody = town(link("HA", "H", "A", 500), link("AB", "A", "B", 80), demand=table("demand"))
    report = capacity_of(nobody, assumptions=PLAIN)
    assert (report.demand_mbps, report.served_mbps) == (0.0, 0.0)
    assert report.served_share is None
