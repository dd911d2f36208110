"""Sites and links become components, and components minutes a year."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from ngbw.topology.availability import (
    Component,
    NamedGroup,
    availability_of,
    equipment_of,
    failure_model_of,
    power_areas,
)
from ngbw.topology.errors import InputError, NgbwError
from ngbw.topology.network import Network
from ngbw.topology.project import open_project
from ngbw.topology.schema import coerce
from ngbw.topology.settings import Figure
from ngbw.topology.tables import TABLES


def table(name, *rows):
    return coerce(TABLES[name], pd.DataFrame(list(rows), dtype=object))


def parts(**shares):
    """Return components; what is not named never fails."""
    names = [
        "power",
        "air_conditioning",
        "router",
        "olt",
        "switch",
        "radio_unit",
        "transceiver",
        "cable",
        "cable_duct",
        "microwave",
        "rain",
        "splitter",
        "onu",
    ]
    given = dict.fromkeys(names, 0.0) | shares
    return {
        name: Component(name, None if q is None else Figure(q, "test", assumed=False), "cable" in name)
        for name, q in given.items()
    }  # fmt: skip


def town(**tables):
    """Return a head-end H, rooms A and B on one span each, joined to each other by two links."""
    at = {"lat": 31.3, "state": "built", "area_id": "T"}
    whole = {
        "areas": table(
            "areas",
            {"area_id": "D", "name": "D", "kind": "district"},
            {"area_id": "T", "name": "T"},
        ),
        "sites": table(
            "sites",
            {"site_id": "H", "kind": "headend", "lon": 121.50, **at},
            {"site_id": "A", "kind": "olt", "lon": 121.51, **at},
            {"site_id": "B", "kind": "olt", "lon": 121.53, **at},
        ),
        "spans": table("spans", *[{"span_id": s, "length_m": 2000} for s in ("S1", "S2", "S3")]),
        "links": table(
            "links",
            {"link_id": "HA", "a_site": "H", "b_site": "A", "spans": "S1", "length_km": 2},
            {"link_id": "AB", "a_site": "A", "b_site": "B", "spans": "S2;S3", "length_km": 4},
            {"link_id": "BA", "a_site": "B", "b_site": "A", "spans": "S3", "length_km": 5},
        ),
        "demand": table(
            "demand",
            {"demand_id": "a", "lon": 121.511, "lat": 31.3, "people": 300, "area_id": "T"},
            {"demand_id": "b", "lon": 121.531, "lat": 31.3, "people": 100, "area_id": "T"},
        ),
    }
    return Network(whole | tables)


def known(value: float | None) -> float:
    assert value is not None
    return value


def minutes(report):
    return {site.site_id: site.minutes_a_year for site in report.sites}


def test_a_link_fails_by_the_kilometre_of_its_own_cable():
    model, _ = failure_model_of(town(), ["H"], components=parts(cable_duct=1e-3, cable=1e-2))
    # BA is 3 km longer than its one span, which it shares; that part lies in cable of no record.
    assert model.edge_unavailability == pytest.approx(
        [1 - 0.999**2, 1 - 0.999**2, 1 - 0.99**3], rel=1e-9
    )


def test_a_span_that_two_links_share_is_one_event():
    model, _ = failure_model_of(town(), ["H"], components=parts(cable_duct=1e-3))
    assert [(g.name, g.edges) for g in model.groups] == [("S3", (1, 2))]
    assert model.groups[0].unavailability == pytest.approx(1 - 0.999**2)


def test_what_a_link_ends_at_stops_what_passes_and_the_rest_only_its_own():
    network = town(
        devices=table(
            "devices",
            {"device_id": "r", "site_id": "A", "role": "backbone"},
            {"device_id": "o", "site_id": "A", "role": "access"},
        ),
        ports=table("ports", {"port_id": "r1", "device_id": "r"}),
        links=table(
            "links", {"link_id": "HA", "a_site": "H", "b_site": "A", "b_port": "r1", "length_km": 1}
        ),
    )
    here = equipment_of(network)["A"]
    assert here.passing == ("power", "air_conditioning", "router")
    assert here.own == ("olt",)


def test_a_model_in_the_component_table_goes_before_the_role():
    network = town(devices=table("devices", {"device_id": "o", "site_id": "A", "role": "access",
                                             "model": "X9"}))  # fmt: skip
    own = {**parts(), "x9": Component("x9", Figure(0.25, "maker", assumed=False))}
    report = availability_of(network, components=own)
    assert minutes(report)["A"] == pytest.approx(0.25 * 525_960)


def test_a_site_behind_another_is_away_with_it():
    report = availability_of(town(), components=parts(olt=0.01))
    assert minutes(report)["A"] == pytest.approx(5259.6)
    assert minutes(report)["B"] == pytest.approx((1 - 0.99**2) * 525_960)
    assert report.worst_minutes_a_year == minutes(report)["B"]
    assert report.sites[0].site_id == "B"


def test_an_area_is_the_mean_of_its_residents():
    report = availability_of(town(), components=parts(olt=0.01))
    here = {area.area_id: area for area in report.areas}
    mean = (300 * 0.01 + 100 * (1 - 0.99**2)) / 400 * 525_960
    assert here["T"].minutes_a_year == pytest.approx(mean)
    assert here["D"].minutes_a_year == pytest.approx(mean)
    assert here["T"].people == 400


def test_a_class_without_a_figure_makes_its_sites_unknown_and_is_named():
    report = availability_of(town(), components=parts(olt=None))
    sites = {site.site_id: site for site in report.sites}
    assert sites["H"].minutes_a_year == 0.0
    assert sites["B"].minutes_a_year is None
    assert sites["B"].nines is None
    assert (sites["B"].at_least_minutes, sites["B"].at_most_minutes) == (0.0, 525_960.0)
    assert "no figure" in sites["B"].reason
    assert report.unknown_components == ("olt",)
    assert report.worst_minutes_a_year is None
    assert {area.minutes_a_year for area in report.areas} == {None}
    assert {area.unknown_people for area in report.areas} == {400.0}


def test_a_link_without_a_length_is_unknown_and_not_perfect():
    links = table("links", {"link_id": "HA", "a_site": "H", "b_site": "A"})
    model, unknown = failure_model_of(town(links=links), ["H"], components=parts(cable=1e-6))
    assert math.isnan(model.edge_unavailability[0])
    assert unknown == ("length of a cable",)


def test_a_room_without_a_link_is_unknown_with_its_reason():
    links = table("links", {"link_id": "HA", "a_site": "H", "b_site": "A", "length_km": 1})
    report = availability_of(town(links=links), components=parts())
    room = next(site for site in report.sites if site.site_id == "B")
    assert room.minutes_a_year is None
    assert room.reason == "no link of this site is recorded"


def test_rain_on_a_microwave_link_is_unknown_until_it_is_computed():
    links = table("links", {"link_id": "HA", "kind": "microwave", "a_site": "H", "b_site": "A"})
    _, unknown = failure_model_of(town(links=links), ["H"])
    assert unknown == ("rain",)


def test_rooms_on_one_feeder_fail_together():
    groups = power_areas(town())
    assert [(g.name, g.members) for g in groups] == [("power T", ("H", "A", "B"))]
    feeder = {**parts(), "power_area": Component("power_area", Figure(0.01, "t", assumed=False))}
    report = availability_of(town(), components=feeder, groups=groups)
    assert list(minutes(report).values()) == pytest.approx([5259.6] * 3)


def test_a_group_may_name_spans():
    groups = (NamedGroup("street", ("S1", "BA"), "olt"),)
    model, _ = failure_model_of(town(), ["H"], components=parts(), groups=groups)
    assert model.groups[-1].edges == (0, 2)


def test_scenarios_stand_beside_the_closed_form():
    report = availability_of(
        town(), components=parts(olt=0.02, cable_duct=0.01), scenarios=1_000_000, seed=5
    )
    for site in report.sites:
        assert abs(known(site.sampled_minutes) - known(site.minutes_a_year)) <= 4 * known(
            site.sampled_error_minutes
        )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"roots": ["X"]}, "network.roots names 'X'"),
        ({"groups": [NamedGroup("street", ("S9",), "olt")]}, "'S9'"),
    ],
)
def test_names_that_are_not_there_are_refused(given, words):
    with pytest.raises(NgbwError, match=words):
        availability_of(town(), **given)


def test_a_network_that_service_comes_from_nowhere_is_refused():
    sites = table("sites", *[{"site_id": s, "lon": 121.5, "lat": 31.3} for s in "HAB"])
    with pytest.raises(InputError, match=r"\[network\] roots"):
        availability_of(town(sites=sites))


def test_yangpu_is_worst_on_the_island_that_hangs_on_one_cable():
    network = open_project(Path(__file__).parents[3] / "examples" / "yangpu").network()
    report = availability_of(network, scenarios=3_000_000, seed=2)
    assert report.sites[0].site_id == "YP-R15"
    assert report.worst_minutes_a_year == report.sites[0].minutes_a_year
    rings = [s for s in report.sites if s.site_id.startswith("YP-R") and s.site_id != "YP-R15"]
    # Both links of YP-R14 leave it through one duct.
    assert rings[0].site_id == "YP-R14"
    assert known(rings[0].minutes_a_year) - known(rings[1].minutes_a_year) > 0.4
    for site in report.sites:
        bound = known(site.at_most_minutes) - known(site.at_least_minutes)
        assert bound < 1e-3
        apart = abs(known(site.sampled_minutes) - known(site.minutes_a_year))
        assert apart <= 4.0 * known(site.sampled_error_minutes) + bound
    assert {area.area_id for area in report.areas} == {
        *network.areas["area_id"][network.areas["kind"].isin(["district", "subdistrict"])]
    }
    assert sum(a.people for a in report.areas[1:]) == report.areas[0].people
