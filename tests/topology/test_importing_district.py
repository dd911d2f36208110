"""The real layers of a district import into an empty project (docs/vectors.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from ngbw.topology.importing import PreparedImport, apply_import, prepare_import
from ngbw.topology.intake.population import read_population
from ngbw.topology.project import Project, open_project
from ngbw.topology.validate import validate_project

pytestmark = pytest.mark.shared

SETTINGS = """
format = 1
name = "杨浦"
crs = "EPSG:32651"
headline_service = "indoor"
[services.indoor]
transmitter = "site"
[transmitters.site]
power_dbm = {value = 43, source = "typical", assumed = true}
height_m = {value = 35, source = "typical", assumed = true}
tilt_deg = {value = 4, source = "typical", assumed = true}
"""

LAYERS: list[tuple[str, str, dict[str, str], int]] = [
    ("areas", "boundary.geojson", {"kind": "district"}, 1),
    ("areas", "subdistricts.geojson", {"census_year": "2020"}, 12),
    ("sites", "candidate_sites.csv", {}, 300),
    ("sites", "telecom_base_stations_2014.geojson", {"kind": "base-station"}, 353),
    ("places", "important_places.csv", {}, 152),
    ("places", "bus_stops.geojson", {"kind": "bus_stop"}, 530),
    ("demand", "population_100m.tif", {"census_year": "2020"}, 5403),
]


@pytest.fixture(scope="module")
def imported(
    shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, dict[str, PreparedImport]]:
    directory = tmp_path_factory.mktemp("yangpu")
    (directory / "ngbw.toml").write_text(SETTINGS, encoding="utf-8")
    previews = {}
    for table, file, defaults, _ in LAYERS:
        project = open_project(directory)
        prepared = prepare_import(project, table, shared / "yangpu" / file, defaults=defaults)
        apply_import(project, prepared)
        previews[file] = prepared
    return open_project(directory), previews


Imported = tuple[Project, dict[str, PreparedImport]]


@pytest.mark.parametrize(("table", "file", "defaults", "rows"), LAYERS)
def test_every_row_of_a_layer_is_imported_without_a_problem(
    imported: Imported, table: str, file: str, defaults: dict[str, str], rows: int
) -> None:
    prepared = imported[1][file]
    assert prepared.problems == ()
    assert (prepared.rows_read, prepared.rows_good, prepared.rows_new) == (rows, rows, rows)
    frame = imported[0].table(table)
    for column, value in defaults.items():
        assert (frame[column].astype(str) == value).sum() >= rows


def test_importing_a_layer_again_changes_nothing(imported: Imported, shared: Path) -> None:
    project, _ = imported
    for table, file, defaults, rows in LAYERS:
        again = prepare_import(project, table, shared / "yangpu" / file, defaults=defaults)
        assert (again.rows_unchanged, again.rows_new, again.rows_changed) == (rows, 0, 0), file


def test_the_project_is_sound(imported: Imported) -> None:
    problems = validate_project(imported[0])
    assert {problem.severity for problem in problems} <= {"warning"}
    assert all("outside the district" in problem.rule for problem in problems)
    assert len(imported[0].network().table("sites")) == 653


def test_the_residents_of_the_census_are_all_there_and_each_in_its_cell(
    imported: Imported, shared: Path
) -> None:
    demand = imported[0].table("demand")
    assert demand["people"].sum() == pytest.approx(1_242_600, abs=1)
    raster = read_population(shared / "yangpu" / "population_100m.tif", census_year=2020)
    assert demand["people"].sum() == pytest.approx(raster.people, rel=1e-12)
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True).transform(
        demand["lon"].to_numpy(), demand["lat"].to_numpy()
    )
    for metres, corner in ((x, 355_400), (y, 3_469_300)):
        assert np.allclose(np.mod(metres - corner, 100), 50, atol=0.001)
    assert set(demand["cell_m"]) == {100.0}


def test_the_second_band_holds_the_census_before(imported: Imported, shared: Path) -> None:
    found = read_population(shared / "yangpu" / "population_100m.tif", census_year=2010, band=2)
    assert found.people == pytest.approx(1_313_222, abs=2)


def test_people_by_subdistrict_agree_with_the_census(imported: Imported) -> None:
    project, _ = imported
    areas = project.table("areas").dropna(subset="population")
    by_area = project.table("demand").groupby("area_id")["people"].sum().to_dict()
    for area in areas.to_dict("records"):
        # Cells on a border are counted where their middle lies.
        people = by_area[area["area_id"]]
        assert people == pytest.approx(area["population"], rel=0.06), area["name"]


def test_subdistricts_of_places_are_those_the_file_names(imported: Imported) -> None:
    project, previews = imported
    places = project.table("places")
    assert not any(
        "none of the project's areas" in str(w) for w in previews["bus_stops.geojson"].warnings
    )
    names = project.table("areas").set_index("area_id")["name"]
    known = places[places["place_id"] == "K001"].iloc[0]
    assert names[known["area_id"]] == "五角场街道"


def test_base_stations_without_height_are_marked_assumed(imported: Imported) -> None:
    project, previews = imported
    sites = project.table("sites")
    stations = sites[sites["kind"] == "base-station"]
    assert len(stations) == 353
    assert set(stations["antenna_height_m"]) == {35.0}
    assert set(stations["assumed"]) == {"antenna_height_m"}
    assert previews["telecom_base_stations_2014.geojson"].assumed[0].rows == 353
    (outside,) = previews["telecom_base_stations_2014.geojson"].warnings
    assert outside.value == "218 of 353 rows"


def test_the_published_datum_is_converted_to_the_same_positions(
    imported: Imported, shared: Path
) -> None:
    path = shared / "yangpu" / "telecom_base_stations_2014.geojson"
    prepared = prepare_import(
        imported[0], "sites", path, mapping={"lon": "lon_bd09", "lat": "lat_bd09"}
    )
    assert prepared.crs == "bd09"  # the headings say so
    plain = imported[0].table("sites").set_index("site_id")
    moved = prepared.frame.set_index("site_id").loc[plain.index]
    assert np.allclose(moved["lon"], plain["lon"], rtol=0, atol=2e-6)
    assert np.allclose(moved["lat"], plain["lat"], rtol=0, atol=2e-6)
