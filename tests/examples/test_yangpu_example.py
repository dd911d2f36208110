"""The Yangpu example is a sound project, and where real layers are at hand it passes their checks."""

from __future__ import annotations

import collections
import csv
import ipaddress
import itertools
import json
import math
import re
import statistics
import unicodedata
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ngbw.examples import EXAMPLES, copy_example
from ngbw.examples.yangpu_access import TIGHT, WEAK
from ngbw.topology.capacity import capacity_of
from ngbw.topology.errors import MissingError, UsageError
from ngbw.topology.fibre.access_links import pon_budgets
from ngbw.topology.fibre.optics import SPLICE_DB, parse_split, pon_class
from ngbw.topology.network import Network
from ngbw.topology.project import open_project
from ngbw.topology.tables import TABLES
from ngbw.topology.validate import validate_project

HERE = Path(__file__).resolve().parents[2] / "examples" / "yangpu"
TO_M = pyproj.Transformer.from_crs(4326, 32651, always_xy=True)


def _features(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["features"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _in_metres(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.transform(
        geometry, lambda xy: np.column_stack(TO_M.transform(xy[:, 0], xy[:, 1]))
    )


def _distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    return math.dist(TO_M.transform(lon_a, lat_a), TO_M.transform(lon_b, lat_b))


@pytest.fixture(scope="module")
def network() -> Network:
    return open_project(HERE).network()


@pytest.fixture(scope="module")
def areas() -> dict[str, tuple[dict[str, Any], BaseGeometry]]:
    return {
        one["properties"]["area_id"]: (one["properties"], shape(one["geometry"]))
        for one in _features(HERE / "areas.geojson")
    }


@pytest.fixture(scope="module")
def subdistricts(
    areas: dict[str, tuple[dict[str, Any], BaseGeometry]],
) -> dict[str, tuple[dict[str, Any], BaseGeometry]]:
    return {key: one for key, one in areas.items() if one[0]["kind"] == "subdistrict"}


def test_project_validates_without_an_error_or_a_warning() -> None:
    assert [str(problem) for problem in validate_project(open_project(HERE))] == []


def test_every_row_says_where_it_comes_from_and_what_is_assumed(network: Network) -> None:
    for name in ("areas", "sites", "devices", "ports", "links", "spans", "streets", "demand",
                 "places"):  # fmt: skip
        frame = network.table(name)
        assert len(frame) > 0, name
        assert (frame["source"] != "").all(), name
        assert (frame["assumed"] != "").all(), name
        known = set(TABLES[name].names) | {"*", "geometry"}
        for words in frame["assumed"].unique():
            assert set(words.split()) <= known, (name, words)


def test_ids_are_unique_across_tables(network: Network) -> None:
    ids = [key for name, table in TABLES.items() for key in network.table(name)[table.key]]
    assert len(ids) == len(set(ids))


def test_subdistricts_have_their_official_area_and_tile_the_district(
    areas: dict[str, tuple[dict[str, Any], BaseGeometry]],
    subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]],
) -> None:
    assert len(subdistricts) == 12
    sizes = {key: _in_metres(area).area / 1e6 for key, (_, area) in subdistricts.items()}
    for key, (row, area) in subdistricts.items():
        assert area.is_valid
        assert sizes[key] == pytest.approx(row["area_km2"], rel=0.10), row["name"]
    for (_, one), (_, other) in itertools.combinations(subdistricts.values(), 2):
        assert _in_metres(one.intersection(other)).area < 1.0
    district = _in_metres(areas["310110"][1])
    assert district.area / 1e6 == pytest.approx(60.61, rel=0.10)
    assert sum(sizes.values()) == pytest.approx(district.area / 1e6, abs=1e-4)


def test_census_sums_to_the_district(
    network: Network, subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    assert sum(row["population"] for row, _ in subdistricts.values()) == 1_242_600
    spread = network.demand.groupby("area_id")["people"].sum()
    for key, (row, _) in subdistricts.items():
        assert spread[key] == row["population"]
    assert (network.demand["census_year"] == 2020).all()


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [
        (121.499, 31.299, "五角场街道"),  # Fudan, Handan campus
        (121.497, 31.2845, "四平路街道"),  # Tongji
        (121.514, 31.302, "五角场街道"),  # Wujiaochang
        (121.50, 31.24, None),  # Lujiazui is across the river
    ],
)
def test_known_landmarks_fall_into_their_subdistrict(
    subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]],
    lon: float,
    lat: float,
    name: str | None,
) -> None:
    spot = shapely.Point(lon, lat)
    found = [row["name"] for row, area in subdistricts.values() if area.covers(spot)]
    assert found == ([] if name is None else [name])


def test_squares_lie_on_the_hundred_metre_lattice_off_the_water(
    network: Network, areas: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    demand = network.demand
    x_m, y_m = TO_M.transform(demand["lon"].to_numpy(), demand["lat"].to_numpy())
    for value in (x_m, y_m):
        off = np.abs(np.mod(value, 100) - 50)
        assert off.max() < 0.2
    empty = shapely.union_all(
        [area for row, area in areas.values() if row["kind"] in ("water", "exclusion")]
    )
    shapely.prepare(empty)
    assert not shapely.contains_xy(empty, demand["lon"], demand["lat"]).any()
    assert (demand["cell_m"] == 100).all()
    assert 5_000 < len(demand) < 6_000


def test_rows_with_a_subdistrict_lie_in_it(
    network: Network, subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    for name in ("sites", "demand", "places"):
        frame = network.table(name)
        for key, rows in frame.groupby("area_id"):
            if not key:
                assert list(rows[TABLES[name].key]) == ["YP-X1", "YP-X2"]  # beyond the border
                continue
            area = subdistricts[str(key)][1].buffer(1e-5)
            assert shapely.contains_xy(area, rows["lon"], rows["lat"]).all(), (name, key)


def test_candidates_are_a_believable_set_of_roofs(
    network: Network, areas: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    sites = network.sites
    roofs = sites[sites["state"] == "candidate"]
    assert len(roofs) == 300
    assert (roofs["kind"] == "ngb-w").all()
    assert statistics.median(roofs["antenna_height_m"]) == pytest.approx(32, abs=3)
    assert roofs["roof_height_m"].between(6, 90.5).all()
    assert (roofs["antenna_height_m"] - roofs["roof_height_m"]).round(6).eq(5).all()
    assert roofs["category"].nunique() >= 6
    x_m, y_m = TO_M.transform(roofs["lon"].to_numpy(), roofs["lat"].to_numpy())
    apart = np.hypot(np.subtract.outer(x_m, x_m), np.subtract.outer(y_m, y_m))
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 279
    assert roofs.groupby("area_id").size().min() >= 5
    for row, area in areas.values():
        inside = shapely.contains_xy(area, roofs["lon"], roofs["lat"])
        assert inside.all() if row["kind"] == "district" else True
        assert not (row["kind"] in ("water", "exclusion") and inside.any()), row["name"]


def test_nothing_but_a_candidate_is_an_ngbw_site(network: Network) -> None:
    built = network.sites[network.sites["state"] != "candidate"]
    assert set(built["kind"]) == {"headend", "idc", "exchange", "olt", "building"}


def test_streets_are_one_network_that_crosses_water_on_bridges_only(
    areas: dict[str, tuple[dict[str, Any], BaseGeometry]],
) -> None:
    streets = _features(HERE / "streets.geojson")
    water = shapely.union_all([area for row, area in areas.values() if row["kind"] == "water"])
    graph: nx.Graph[tuple[float, ...]] = nx.Graph()
    for street in streets:
        row, line = street["properties"], street["geometry"]["coordinates"]
        graph.add_edge(tuple(line[0]), tuple(line[-1]))
        length_m = _in_metres(shape(street["geometry"])).length
        assert row["length_m"] == pytest.approx(length_m, abs=0.3)
        wet = shape(street["geometry"]).intersects(water)
        assert not wet or row["kind"] in ("bridge", "tunnel"), row["street_id"]
    assert nx.is_connected(graph)
    assert graph.number_of_edges() == len(streets)
    names = {street["properties"]["name"] or "" for street in streets}
    for name in ("中环路", "内环高架", "黄兴路", "四平路", "邯郸路", "翔殷路", "军工路", "杨树浦路",
                 "平凉路", "长阳路", "控江路", "周家嘴路", "国权路", "淞沪路", "大连路",
                 "杨浦大桥"):  # fmt: skip
        assert any(name in found for found in names), name


def test_links_run_through_their_spans_from_end_to_end(network: Network) -> None:
    lines = {
        one["properties"]["span_id"]: one["geometry"]["coordinates"]
        for one in _features(HERE / "spans.geojson")
    }
    lengths = dict(zip(network.spans["span_id"], network.spans["length_m"], strict=True))
    for link_id in network.links["link_id"]:
        link = network.link(link_id)
        at = network.site(link.a_site)
        here = (at.lon, at.lat)
        for span in link.spans:
            ends = [tuple(lines[span][0]), tuple(lines[span][-1])]
            assert here in ends, (link_id, span)
            here = ends[1 - ends.index(here)]
        there = network.site(link.b_site)
        assert here == pytest.approx((there.lon, there.lat), abs=1e-6)
        assert link.length_km is not None
        inside_km = link.length_km - sum(lengths[s] for s in link.spans) / 1000
        if link.kind == "pon":  # the last piece lies inside the compound
            assert 0.1 <= inside_km <= 0.31, link_id
        else:
            assert inside_km == pytest.approx(0, abs=0.01), link_id
        assert link.a_port != link.b_port
        ends_with_port = [(link.a_port, link.a_site)]
        if link.kind != "pon":  # a tree ends in splitters
            ends_with_port.append((link.b_port, link.b_site))
        for port_id, site_id in ends_with_port:
            assert network.device(network.port(port_id).device_id).site_id == site_id
            assert network.port(port_id).capacity_mbps == link.capacity_mbps
    assert network.links["a_port"].is_unique


def test_spans_lie_in_their_streets_or_beyond_the_border(
    areas: dict[str, tuple[dict[str, Any], BaseGeometry]],
) -> None:
    streets = {
        one["properties"]["street_id"]: one["geometry"]["coordinates"]
        for one in _features(HERE / "streets.geojson")
    }
    district = _in_metres(areas["310110"][1])
    beyond = []
    for span in _features(HERE / "spans.geojson"):
        row = span["properties"]
        if row["street_id"] is None:
            beyond.append(row["span_id"])
            inside = _in_metres(shape(span["geometry"])).intersection(district).length
            assert inside < 700, row["span_id"]  # half the river, under the bridge's other half
        else:
            assert span["geometry"]["coordinates"] == streets[row["street_id"]]
    assert beyond == ["YP-FX1", "YP-FX2", "YP-FX3"]


def _rings(network: Network) -> nx.MultiGraph[str]:
    """Return the rooms and exchanges; what hangs on a room by a cable of its own is left out."""
    graph = network.graph()
    rooms = {"headend", "idc", "exchange", "olt"}
    return graph.subgraph([n for n, row in graph.nodes(data=True) if row["kind"] in rooms])


def test_only_fuxing_island_hangs_on_one_link(network: Network) -> None:
    rings = _rings(network)
    assert nx.is_connected(rings)
    bridges = [
        set(edge) for edge in nx.bridges(nx.Graph(rings)) if rings.number_of_edges(*edge) == 1
    ]
    assert bridges == [{"YP-R08", "YP-R15"}]
    assert rings.degree("YP-H1") >= 6
    assert rings.degree("YP-H2") >= 6


def test_cutting_one_street_isolates_wudong_and_nothing_else_of_a_ring(network: Network) -> None:
    """Both links of the Wudong room share a duct; every other room survives any one cut."""
    lost: dict[str, set[str]] = {}
    links = {link: network.link(link) for link in network.links["link_id"]}
    for span in network.spans["span_id"]:
        left: nx.MultiGraph[str] = nx.MultiGraph(_rings(network))
        for link_id, link in links.items():
            if span in link.spans and left.has_edge(link.a_site, link.b_site, key=link_id):
                left.remove_edge(link.a_site, link.b_site, key=link_id)
        reached = nx.node_connected_component(left, "YP-H1")
        for room in set(left) - reached:
            lost.setdefault(room, set()).add(span)
    assert set(lost) == {"YP-R14", "YP-R15"}
    shared = set(network.link("YP-L04").spans) & set(network.link("YP-L05").spans)
    assert lost["YP-R14"] == shared
    assert len(shared) == 1


def test_every_olt_room_has_compounds_on_pon_trees(network: Network) -> None:
    pon = network.links[network.links["kind"] == "pon"]
    kinds = network.sites.set_index("site_id")["kind"]
    assert (kinds[pon["a_site"]] == "olt").all()
    assert (kinds[pon["b_site"]] == "building").all()
    assert pon["b_site"].is_unique
    per_room = pon.groupby("a_site").size()
    assert len(per_room) == 15
    assert per_room.between(2, 4).all()
    for row in pon.to_dict("records"):
        assert row["homes"] <= math.prod(parse_split(row["split"])), row["link_id"]
        assert row["capacity_mbps"] == pon_class(row["pon_class"]).down_mbps
    assert {name.split("-")[0] for name in pon["pon_class"]} == {"gpon", "xgs", "epon"}


def test_one_drop_is_out_of_budget_and_one_just_holds(network: Network) -> None:
    budgets = sorted(pon_budgets(network), key=lambda one: one.budget.margin_db)
    assert [one.link_id for one in budgets if not one.budget.ok] == [WEAK]
    assert [one.link_id for one in budgets[:2]] == [WEAK, TIGHT]
    assert {fix.kind for fix in budgets[0].budget.fixes} == {"class", "split", "length"}
    spare_db = budgets[1].budget.margin_db - budgets[1].budget.reserve_db
    assert 0 <= spare_db < SPLICE_DB[1]  # one more splice breaks it
    assert budgets[2].budget.margin_db > 2.0


def test_no_compound_is_taken_for_a_building_of_a_park(network: Network) -> None:
    parks = network.places[network.places["kind"] == "office_park"]
    buildings = network.sites[network.sites["kind"] == "building"]
    for site in buildings.to_dict("records"):
        away_m = [_distance_m(site["lon"], site["lat"], *at) for at in zip(
            parks["lon"], parks["lat"], strict=True
        )]  # fmt: skip
        if site["category"] == "residential_compound":
            assert min(away_m) > 400, site["site_id"]
        else:
            assert site["category"] in set(parks["place_id"])
            assert min(away_m) < 700, site["site_id"]
    assert set(buildings["category"]) == {"residential_compound", *parks["place_id"]}


def test_parks_keep_and_miss_the_promises_that_the_readme_names(network: Network) -> None:
    report = capacity_of(network)
    found = {(one.subject, one.check): one for one in report.parks}
    missed = {key for key, one in found.items() if one.status == "missed"}
    assert {one.status for one in report.parks} == {"met", "missed"}
    assert {key for key in missed if key[1] != "egress"} == {
        ("YP-K54", "home"), ("YP-K54", "building"),
    }  # fmt: skip
    assert {key[0] for key in missed if key[1] == "egress"} == {"YP-K52", "YP-K53", "YP-K54"}
    assert found["YP-K54", "building"].limiting == "YP-L45"
    limit = network.link(found["YP-K54", "home"].limiting)
    assert (limit.a_site, limit.pon_class) == ("YP-R09", "epon-px20+")


def test_egress_is_a_terabit_in_two_groups_of_six_and_four(network: Network) -> None:
    egress = capacity_of(network).egress
    assert egress.total_gbps == 1000
    assert [group.gbps for group in egress.groups] == [600, 400]
    assert egress.after_larger_group_gbps == egress.after_worst_failure_gbps == 400
    span_streets = network.spans.set_index("span_id")["street_id"]
    names = network.streets.set_index("street_id")["name"]
    ways = [
        {names.get(span_streets[span], "") for span in network.link(group.links[0]).spans}
        for group in egress.groups
    ]
    assert "四平路" in ways[0]
    assert "杨浦大桥" in ways[1]


def test_all_demand_is_carried_and_one_link_is_too_narrow_for_a_detour(network: Network) -> None:
    report = capacity_of(network)
    assert report.served_share == pytest.approx(1)
    assert report.worst_utilisation is not None
    assert report.worst_utilisation < 0.7
    assert report.reroutes[0].link_id == "YP-L27"  # nobody can reroute around the island's cable
    full = [one for one in report.reroutes if (one.busiest_utilisation or 0) > 0.7]
    assert [(one.link_id, one.busiest_link) for one in full] == [("YP-L10", "YP-L08")]
    assert full[0].busiest_utilisation == pytest.approx(1.17, abs=0.01)


def test_devices_have_documentation_addresses_and_some_no_ipv6(network: Network) -> None:
    allowed = [
        ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32")
    ]
    found = [ipaddress.ip_address(text) for text in network.devices["mgmt_address"]]
    assert len(set(found)) == len(found)
    assert all(any(one in net for net in allowed if net.version == one.version) for one in found)
    assert collections.Counter(one.version for one in found)[4] >= 4
    assert set(network.devices["role"]) == {"backbone", "access", "idc", "radio"}
    role = network.devices.set_index("device_id")["role"]
    assert role["YP-X1-N1"] == role["YP-X2-N1"] == "backbone"
    assert (role[role.index.str.startswith("YP-W")] == "access").all()


def test_files_are_small_enough_to_open_anywhere() -> None:
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 1_000_000
    assert (HERE / "demand.csv").stat().st_size < 450_000
    assert (HERE / "streets.geojson").stat().st_size < 400_000
    for path in HERE.glob("*.csv"):
        if path.name != "targets.csv":
            assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path.name


def test_no_cell_is_a_formula() -> None:
    for path in HERE.glob("*.csv"):
        for row in _rows(path):
            for value in row.values():
                assert not value.startswith(("=", "+", "-", "@")), (path.name, value)


def test_copy_makes_a_project_that_opens(tmp_path: Path) -> None:
    for name in EXAMPLES:
        written = copy_example(name, tmp_path / "deep" / name)
        plain = [*HERE.iterdir(), *(HERE / "profiles").iterdir()]
        assert {path.relative_to(tmp_path / "deep" / name) for path in written} == {
            path.relative_to(HERE) for path in plain if path.is_file() and path.name[0] != "."
        }
        assert len(open_project(tmp_path / "deep" / name).network().sites) == 375


def test_copy_refuses_a_directory_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(UsageError, match="not empty"):
        copy_example("yangpu", tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        copy_example("yangpu", tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", ["atlantis", "../yangpu", ""])
def test_copy_of_an_unknown_example_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingError, match="yangpu"):
        copy_example(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_targets_are_those_of_the_plan(shared: Path) -> None:
    ours = [row["id"] for row in _rows(HERE / "targets.csv")]
    assert ours == [row["id"] for row in _rows(shared / "plan" / "targets.csv")]
    assert "NGB-COVERAGE" in ours


def _spellings(name: str) -> tuple[str, str]:
    """Return a name with what its brackets hold, and without it, both in their plainest form."""
    text = unicodedata.normalize("NFKC", name)
    return _plain(re.sub(r"[()]", "", text)), _plain(re.sub(r"\([^)]*\)", "", text))


def _plain(text: str) -> str:
    text = re.sub(r"[\d\s-]+[号弄]?", "", text)
    text = re.sub(r"校区|院区|人民|(地铁)?站$", "", text)
    return re.sub(r"^上海市?", "", text)


def _is_station(name: str) -> bool:
    return unicodedata.normalize("NFKC", name).endswith("站")


# What is compared with the real layers below is a check that passes or fails. The tests name what
# fails, and never say how far off it is or in which direction: nobody can tune the example by them.


@pytest.mark.shared
def test_places_are_within_500_m_of_the_real_ones(shared: Path, network: Network) -> None:
    real: dict[tuple[bool, str], list[tuple[float, float]]] = {}

    def know(name: str, lon: float, lat: float, *, station: bool) -> None:
        for alternative in name.split("/"):
            for key in set(_spellings(alternative)):
                real.setdefault((station, key), []).append((lon, lat))

    for row in _rows(shared / "yangpu" / "important_places.csv"):
        name = row["name"]
        know(name, float(row["lon"]), float(row["lat"]), station=_is_station(name))
    for one in _features(shared / "yangpu" / "metro_stations.geojson"):
        know(one["properties"]["name"], *one["geometry"]["coordinates"][:2], station=True)
    matched, far = 0, []
    for name, lon, lat in network.places[["name", "lon", "lat"]].itertuples(index=False):
        whole, short = _spellings(name)
        station = _is_station(name)
        spots = real.get((station, whole)) or real.get((station, short))
        if spots:
            matched += 1
            if all(_distance_m(lon, lat, *spot) > 500 for spot in spots):
                far.append(name)
    assert not far, "further than 500 m off: " + ", ".join(far)
    assert matched >= 35


@pytest.mark.shared
def test_district_covers_what_the_real_one_covers(
    shared: Path, areas: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    theirs = shapely.union_all(
        [_in_metres(shape(one["geometry"])) for one in _features(
            shared / "yangpu" / "boundary.geojson"
        )]
    )  # fmt: skip
    ours = _in_metres(areas["310110"][1])
    agrees = bool(ours.intersection(theirs).area > 0.8 * ours.union(theirs).area)
    assert agrees


@pytest.mark.shared
def test_subdistricts_are_as_large_as_the_real_ones(
    shared: Path, subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    named = {row["name"]: _in_metres(area).area for row, area in subdistricts.values()}
    wrong = []
    for one in _features(shared / "yangpu" / "subdistricts.geojson"):
        name = one["properties"]["name"]
        if not math.isclose(named[name], _in_metres(shape(one["geometry"])).area, rel_tol=0.10):
            wrong.append(name)
    assert not wrong, "of another size: " + ", ".join(wrong)


@pytest.mark.shared
def test_landmarks_fall_into_the_same_subdistrict_as_in_the_real_polygons(
    shared: Path, subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    real = {
        one["properties"]["name"]: shape(one["geometry"])
        for one in _features(shared / "yangpu" / "subdistricts.geojson")
    }
    for lon, lat in ((121.499, 31.299), (121.497, 31.2845), (121.514, 31.302), (121.50, 31.24)):
        spot = shapely.Point(lon, lat)
        theirs = [name for name, area in real.items() if area.covers(spot)]
        assert [row["name"] for row, area in subdistricts.values() if area.covers(spot)] == theirs


@pytest.mark.shared
def test_census_agrees_with_the_official_table(
    shared: Path, subdistricts: dict[str, tuple[dict[str, Any], BaseGeometry]]
) -> None:
    ours = pd.Series({row["name"]: row["population"] for row, _ in subdistricts.values()})
    theirs = pd.Series(
        {
            one["properties"]["name"]: one["properties"]["pop2020"]
            for one in _features(shared / "yangpu" / "subdistricts.geojson")
        }
    )
    assert (ours.sort_index() == theirs.sort_index()).all()
