"""The published reference: plain Hata as a loss limit on the real layers of Yangpu.

The table of loss limits was made by another program (large city, 698 MHz, receiver at 1.5 m,
40 sites among 300, residents of 2020 in 100 m cells).
"""

from __future__ import annotations

import csv
import dataclasses
import json

import numpy as np
import pytest
from pyproj import Transformer

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.plan import plan
from ngbw.coverage.propagation.hata import hata_loss_db
from ngbw.coverage.siting import SiteProblem
from ngbw.coverage.siting.search import greedy
from ngbw.examples import copy_example
from ngbw.topology.importing import apply_import, prepare_import
from ngbw.topology.project import open_project

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def real(shared, tmp_path_factory):
    """Return a project imported from the real layers, by the same import that users have."""
    directory = tmp_path_factory.mktemp("real") / "project"
    copy_example("yangpu", directory)
    for path in directory.iterdir():
        if path.suffix in (".csv", ".geojson"):
            path.unlink()
    layers = shared / "yangpu"
    constants: dict[str, str]
    for table, file, constants in (
        ("areas", "boundary.geojson", {"kind": "district"}),
        ("areas", "subdistricts.geojson", {"kind": "subdistrict"}),
        ("sites", "candidate_sites.csv", {"state": "candidate"}),
        ("places", "important_places.csv", {}),
        ("demand", "population_100m.tif", {"census_year": "2020"}),
    ):
        project = open_project(directory)
        apply_import(project, prepare_import(project, table, layers / file, defaults=constants))
    return open_project(directory)


def limit_problem(project, limit_db):
    """Return the covering problem of plain Hata under a loss limit, on the 100 m cells."""
    network = project.network()
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True)
    x, y = to_metres.transform(network.demand["lon"].to_numpy(), network.demand["lat"].to_numpy())
    cover = []
    for row in network.sites.to_dict("records"):
        site_x, site_y = to_metres.transform(row["lon"], row["lat"])
        distance_km = np.hypot(x - site_x, y - site_y) / 1000
        loss = hata_loss_db(distance_km, freq_mhz=698, height_m=row["antenna_height_m"])
        cover.append(np.flatnonzero(loss <= limit_db))
    return SiteProblem.from_cover(cover, network.demand["people"].to_numpy())


@pytest.mark.parametrize("limit_db", [110, 111, 112, 113, 114, 115, 116])
def test_greedy_reproduces_the_table_of_loss_limits(real, shared, limit_db):
    path = shared / "yangpu" / "plan40_mapl_table.csv"
    with path.open(encoding="utf-8") as file:
        table = {float(r["mapl_db"]): float(r["pop_cov_40_pct"]) for r in csv.DictReader(file)}
    problem = limit_problem(real, limit_db)
    share = problem.value(greedy(problem, 40.0)) / problem.total_weight
    assert 100 * share == pytest.approx(table[limit_db], abs=0.7)


def test_plan_at_114_db_reaches_more_than_greedy_with_a_tight_bound(real):
    problem = limit_problem(real, 114)
    plan = problem.maximise(sites=40, nodes=0)
    assert 100 * plan.value / problem.total_weight == pytest.approx(93.5, abs=0.3)
    assert plan.gap < 0.005


def test_whole_program_reaches_the_same_at_the_field_of_114_db(real):
    # 56 dBm EIRP over 114 dB: the service whose planning field is exactly that.
    field = 56 - 114 + FIELD_CONSTANT_DB + 20 * np.log10(698)
    settings = real.settings
    service = dict(settings.services[settings.headline_service])
    transmitter: dict[str, object] = dict(service["transmitter"], pattern="omni")
    for name, value in {"power_dbm": 43.0, "gain_dbi": 15.0, "feeder_loss_db": 2.0}.items():
        transmitter[name] = {"value": value, "source": "test", "assumed": True}
    for name, value in {
        "location_sigma_db": 0, "entry_sigma_db": 0, "entry_loss_db": 0,
        "minimum_field_dbuv_m": float(field),
    }.items():  # fmt: skip
        service[name] = {"value": value, "source": "test", "assumed": True}
    service["transmitter"] = transmitter
    # The table was made by plain Hata, downlink only.
    for name in ("building", "uplink", "network"):
        service.pop(name, None)
    settings = dataclasses.replace(
        settings,
        services={settings.headline_service: service},
        propagation={"model": "hata"},
        surface={},
    )
    made = plan(real.network(), settings, sites=40)
    served = made.coverage.headline.served / made.coverage.headline.total
    assert 100 * served == pytest.approx(93.5, abs=0.3)
    assert made.gap is not None
    assert made.gap < 0.005
    assert made.coverage.headline.total == pytest.approx(1_242_600, rel=1e-6)


def stations_in_the_district(shared):
    """Return the known base stations inside the district, in metres."""
    path = shared / "yangpu" / "telecom_base_stations_2014.geojson"
    features = json.loads(path.read_text("utf-8"))["features"]
    inside = [one["geometry"]["coordinates"] for one in features if one["properties"]["in_yangpu"]]
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True)
    return np.column_stack(to_metres.transform(*np.array(inside).T))


@pytest.mark.parametrize(("weigh", "share"), [("residents", 0.955), ("inhabited cells", 0.854)])
def test_forty_of_the_standing_stations_reach_residents_sooner_than_cells(
    real, shared, weigh, share
):
    # Discs of 750 m. The share means nothing without the weight beside it.
    network = real.network()
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True)
    demand = network.demand
    xy = np.column_stack(to_metres.transform(demand["lon"].to_numpy(), demand["lat"].to_numpy()))
    people = demand["people"].to_numpy(float)
    weight = people if weigh == "residents" else (people > 0).astype(float)
    stations = stations_in_the_district(shared)
    assert len(stations) == 135
    problem = SiteProblem.from_points(xy, weight, stations, 750.0)
    plan = problem.maximise(sites=40)
    found = f"{plan.value / problem.total_weight:.1%} of {weigh}"
    assert plan.proven, found
    assert plan.value / problem.total_weight == pytest.approx(share, abs=0.0005), found
