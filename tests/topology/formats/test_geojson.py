"""GeoJSON: RFC 7946 out, and what the world calls GeoJSON in."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from ngbw.topology.errors import FileError, InputError, NgbwError
from ngbw.topology.files import read_table_file, write_table_file
from ngbw.topology.tables import AREAS, SITES, SPANS


def saved(directory: Path, document: object, name: str = "x.geojson") -> Path:
    path = directory / name
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text, encoding="utf-8")
    return path


def feature(geometry: object, /, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object, **members: object) -> dict[str, object]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def point(x: float, y: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [x, y]}


def test_points_get_lon_and_lat_columns(tmp_path: Path) -> None:
    table = read_table_file(
        saved(tmp_path, collection(feature(point(121.5, 31.3), name="复旦", n=7), feature(None)))
    )
    assert list(table.frame.columns) == ["name", "n", "lon", "lat", "geometry"]
    assert table.frame["lon"].iloc[0] == 121.5
    assert table.frame["lat"].isna().tolist() == [False, True]
    assert table.frame["geometry"].iloc[1] is None
    assert (table.crs, table.first_row, table.format) == ("EPSG:4326", 1, "geojson")


def test_lon_and_lat_that_the_file_has_are_kept(tmp_path: Path) -> None:
    table = read_table_file(saved(tmp_path, collection(feature(point(1, 2), lon=121.0, lat=31.0))))
    assert (table.frame["lon"].iloc[0], table.frame["lat"].iloc[0]) == (121.0, 31.0)


def test_polygons_stay_geometry_and_lose_heights(tmp_path: Path) -> None:
    ring = [[0, 0, 9], [1, 0, 9], [1, 1, 9], [0, 0, 9]]
    table = read_table_file(
        saved(tmp_path, collection(feature({"type": "Polygon", "coordinates": [ring]})))
    )
    assert list(table.frame.columns) == ["geometry"]
    assert not table.frame["geometry"].iloc[0].has_z


def test_a_legacy_crs_member_is_obeyed(tmp_path: Path) -> None:
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True).transform(121.5, 31.3)
    for name in ("urn:ogc:def:crs:EPSG::32651", "EPSG:32651"):
        crs = {"type": "name", "properties": {"name": name}}
        table = read_table_file(saved(tmp_path, collection(feature(point(x, y)), crs=crs)))
        assert table.crs == "EPSG:4326"
        assert table.frame["lon"].iloc[0] == pytest.approx(121.5, abs=1e-9)
        assert table.frame["lat"].iloc[0] == pytest.approx(31.3, abs=1e-9)


def test_crs84_is_wgs84_with_longitude_first(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    table = read_table_file(saved(tmp_path, collection(feature(point(121.5, 31.3)), crs=crs)))
    assert table.crs == "EPSG:4326"
    assert table.frame["lon"].iloc[0] == 121.5


def test_a_feature_and_a_bare_geometry_are_tables_of_one_row(tmp_path: Path) -> None:
    assert len(read_table_file(saved(tmp_path, feature(point(1, 2), a=1))).frame) == 1
    assert len(read_table_file(saved(tmp_path, point(1, 2))).frame) == 1


def test_ids_lists_and_objects_become_cells(tmp_path: Path) -> None:
    row = {**feature(None, spans=["a", "b"], o={"k": 1}, x=float("nan")), "id": "007"}
    frame = read_table_file(saved(tmp_path, collection(row))).frame
    assert frame[["spans", "o", "x", "id"]].iloc[0].tolist() == ["a;b", '{"k": 1}', None, "007"]


def test_halves_of_surrogate_pairs_do_not_break_what_comes_later(tmp_path: Path) -> None:
    path = saved(tmp_path, '{"type":"Feature","geometry":null,"properties":{"\\ud800":"x\\udc00"}}')
    frame = read_table_file(path).frame
    assert str(frame.iloc[0, 0]).encode("utf-8")
    assert frame.columns[0].encode("utf-8")


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "is empty"),
        ("hello", "is not GeoJSON"),
        ("[1, 2]", "JSON but not GeoJSON"),
        ("[" * 100_000, "is not GeoJSON"),
        ('{"a": ' + "9" * 5000 + "}", "is not GeoJSON"),
        ({"type": "Topology"}, "type 'Topology'"),
        ({"type": "FeatureCollection"}, "without a list"),
        (collection("x"), "feature 1 is not an object"),
        (collection(feature(None), {"type": "Feature", "properties": 3}), "feature 2 has properties"),
        (collection(feature({"type": "GeometryCollection", "geometries": []})), "GeometryCollection"),
        (collection(feature(None), feature(point(float("nan"), 1))), "feature 2.*finite"),
        (collection(feature(point(float("inf"), 1))), "feature 1.*finite"),
        (collection(feature({"type": "Point", "coordinates": ["1", "2"]})), "must be a number"),
        (collection(feature({"type": "Point", "coordinates": [1]})), "longitude, latitude"),
        (collection(feature({"type": "Point", "coordinates": [10**400, 1]})), "feature 1"),
        (collection(feature({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]})), "four positions"),
        (collection(feature({"type": "LineString", "coordinates": [[0, 0]]})), "feature 1"),
        (collection(feature({"type": "Circle", "coordinates": []})), "'Circle' is not a kind"),
        (collection(feature(3)), "must be an object or null"),
        (collection(feature(None, geometry="x")), "property named 'geometry'"),
        (collection(crs={"type": "link", "properties": {"href": "http://127.0.0.1"}}), "crs member"),
        (collection(crs={"type": "name", "properties": {"name": "+proj=x +nadgrids=/etc/passwd"}}),
         "not known"),
        (collection(crs={"type": "name", "properties": {"name": "EPSG:999999"}}), "not known"),
    ],
)  # fmt: skip
def test_bad_content_is_one_clear_error(tmp_path: Path, document: object, says: str) -> None:
    with pytest.raises(FileError, match=says) as caught:
        read_table_file(saved(tmp_path, document))
    assert "x.geojson" in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "features", "geometry", "properties", "coordinates", "crs"]
                ),
                inner | st.sampled_from(["FeatureCollection", "Feature", "Point", "Polygon"]),
            )
        ),
        max_leaves=12,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_is_read_or_refused(tmp_path: Path, document: object) -> None:
    with suppress(NgbwError):
        read_table_file(saved(tmp_path, document if not isinstance(document, str) else "x"))


def test_each_row_is_one_line_and_outer_rings_run_counter_clockwise(tmp_path: Path) -> None:
    clockwise = shapely.Polygon(
        [(0, 0), (0, 9), (9, 9), (9, 0)], [[(1, 1), (2, 1), (2, 2), (1, 2)]]
    )
    frame = pd.DataFrame({"area_id": ["a", "b"], "name": ["x", "y"], "geometry": [clockwise, None]})
    write_table_file(tmp_path / "x.geojson", frame, table=AREAS)
    lines = (tmp_path / "x.geojson").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    shape = json.loads(lines[1].rstrip(","))["geometry"]
    outer, inner = (shapely.LinearRing(ring) for ring in shape["coordinates"])
    assert outer.is_ccw
    assert not inner.is_ccw
    assert json.loads(lines[2])["geometry"] is None


def test_a_project_table_is_written_in_full(tmp_path: Path) -> None:
    line = shapely.LineString([(121.51212499986886, 31.249200999726405), (121.6, 31.0)])
    frame = pd.DataFrame({"span_id": ["1"], "geometry": [line]})
    write_table_file(tmp_path / "x.geojson", frame, table=SPANS)
    assert read_table_file(tmp_path / "x.geojson").frame["geometry"].iloc[0].equals(line)


def test_a_point_table_has_its_degrees_in_the_geometry_only(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site_id": ["1", "2"], "lon": ["121.5", ""], "lat": ["31.3", ""]})
    write_table_file(tmp_path / "x.geojson", frame, table=SITES)
    document = json.loads((tmp_path / "x.geojson").read_text(encoding="utf-8"))
    assert document["features"][0]["properties"] == {"site_id": "1"}
    assert document["features"][0]["geometry"] == point(121.5, 31.3)
    assert document["features"][1]["geometry"] is None
    assert "crs" not in document


def test_a_bad_degree_is_named_before_anything_is_written(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site_id": ["1"], "lon": ["31°18′"], "lat": ["31.3"]})
    with pytest.raises(InputError, match="row 1 has the lon"):
        write_table_file(tmp_path / "x.geojson", frame, table=SITES)
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_geometry_and_one_without_rows_can_be_written(tmp_path: Path) -> None:
    write_table_file(tmp_path / "x.geojson", pd.DataFrame({"link_id": ["1"]}))
    assert read_table_file(tmp_path / "x.geojson").frame["link_id"].tolist() == ["1"]
    write_table_file(tmp_path / "x.geojson", pd.DataFrame({"span_id": [], "geometry": []}))
    assert len(read_table_file(tmp_path / "x.geojson").frame) == 0
