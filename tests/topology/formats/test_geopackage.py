"""GeoPackage: read in a cage, because a database from a stranger is a program."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from ngbw.topology.errors import FileError, MissingError, NgbwError
from ngbw.topology.files import layer_names, read_table_file, write_table_file
from ngbw.topology.tables import AREAS, LINKS, SITES


def written(directory: Path, name: str = "sites.gpkg") -> Path:
    path = directory / name
    frame = pd.DataFrame(
        {
            "site_id": ["007", "8"],
            "name": ["复旦", "<img onerror=1>${x}'\"\n"],
            "lon": [121.51212499986886, 121.6],
            "lat": [31.249200999726405, 31.4],
            "roof_height_m": [40.5, None],
            "floors": pd.array([7, None], dtype="Int64"),
            "open": pd.array([True, None], dtype="boolean"),
            "fid": ["mine", "yours"],
        }
    )
    write_table_file(path, frame, table=SITES)
    return path


def change(path: Path, edit: Callable[[sqlite3.Connection], object]) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        edit(connection)
        connection.commit()
    return path


def test_a_point_table_comes_back_typed_and_exact(tmp_path: Path) -> None:
    table = read_table_file(written(tmp_path))
    frame = table.frame
    assert frame["site_id"].tolist() == ["007", "8"]
    assert frame["name"].tolist() == ["复旦", "<img onerror=1>${x}'\"\n"]
    assert frame["lon"].tolist() == [121.51212499986886, 121.6]
    assert frame["roof_height_m"].tolist() == [40.5, None]
    assert frame["floors"].tolist() == [7, None]
    assert frame["open"].tolist() == [True, None]
    assert frame["fid_1"].tolist() == ["mine", "yours"]
    assert (table.crs, table.layer, table.first_row) == ("EPSG:4326", "sites", 1)


def test_the_same_rows_make_the_same_file(tmp_path: Path) -> None:
    assert written(tmp_path, "a.gpkg").read_bytes() == written(tmp_path, "b.gpkg").read_bytes()


def test_polygons_of_one_and_several_parts_come_back(tmp_path: Path) -> None:
    shapes = [shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(2, 2, 3, 3)]), None]
    frame = pd.DataFrame({"area_id": ["1", "2", "3"], "name": "x", "geometry": shapes})
    write_table_file(tmp_path / "areas.gpkg", frame, table=AREAS)
    back = read_table_file(tmp_path / "areas.gpkg").frame["geometry"].tolist()
    assert back[2] is None
    assert all(a.equals(b) for a, b in zip(back[:2], shapes[:2], strict=True))


def test_a_table_without_geometry_is_a_layer_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"link_id": ["1"], "a_site": ["x"], "b_site": ["y"], "length_km": [None]})
    write_table_file(tmp_path / "links.gpkg", frame, table=LINKS)
    table = read_table_file(tmp_path / "links.gpkg")
    assert table.frame["link_id"].tolist() == ["1"]
    assert "geometry" not in table.frame.columns
    assert (table.crs, table.layer) == (None, "links")


def test_another_coordinate_system_is_converted(tmp_path: Path) -> None:
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True).transform(121.5, 31.3)
    wkb = shapely.to_wkb(shapely.Point(x, y))

    def move(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TRIGGER IF EXISTS rtree_sites_geom_update6")
        connection.execute("DROP TRIGGER IF EXISTS rtree_sites_geom_update7")
        connection.execute(
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('u', 7, 'EPSG', 32651, ?, '')",
            (CRS("EPSG:32651").to_wkt(),),
        )
        connection.execute("UPDATE gpkg_geometry_columns SET srs_id = 7")
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sites'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE sites SET geom = ?", (b"GP\0\1" + struct.pack("<i", 7) + wkb,))

    frame = read_table_file(change(written(tmp_path), move)).frame
    assert frame["lon"].iloc[0] == pytest.approx(121.5, abs=1e-9)
    assert frame["lat"].iloc[0] == pytest.approx(31.3, abs=1e-9)


def test_layers_are_listed_and_named(tmp_path: Path) -> None:
    path = change(
        written(tmp_path),
        lambda c: (
            c.execute("CREATE TABLE notes (fid INTEGER PRIMARY KEY, text TEXT)"),
            c.execute("INSERT INTO notes VALUES (1, 'x')"),
            c.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
                      "VALUES ('notes', 'attributes', 'notes', 0)"),
        ),
    )  # fmt: skip
    assert layer_names(path) == ["sites", "notes"]
    assert list(read_table_file(path, layer="notes").frame.columns) == ["text"]
    with pytest.raises(MissingError, match="no layer 'cells'; it has sites, notes"):
        read_table_file(path, layer="cells")


def test_rows_that_stand_in_the_log_of_an_open_database_are_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE later (a TEXT)")
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('later', 'attributes', 'later', 0)"
        )
        connection.commit()
        assert "later" in layer_names(path)
        assert {file.name for file in tmp_path.iterdir()} == {
            "sites.gpkg", "sites.gpkg-wal", "sites.gpkg-shm",
        }  # fmt: skip


def test_a_change_that_was_cut_short_is_not_read_over(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "sites.gpkg-journal").write_bytes(b"x")
    with pytest.raises(FileError, match="cut short"):
        read_table_file(path)


@pytest.mark.parametrize(
    "view",
    [
        "SELECT readfile('/etc/passwd') AS a",
        "SELECT load_extension('/tmp/x.so') AS a",
        "SELECT randomblob(10) AS a",
        "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n",
    ],
)
def test_views_that_run_functions_or_never_end_are_refused(tmp_path: Path, view: str) -> None:
    path = change(
        written(tmp_path),
        lambda c: (
            c.execute("ALTER TABLE sites RENAME TO old"),
            c.execute(f"CREATE VIEW sites AS {view}"),
            c.execute("DELETE FROM gpkg_geometry_columns"),
        ),
    )
    with pytest.raises(FileError, match="not a sound GeoPackage"):
        read_table_file(path)


def blob(wkb: bytes) -> bytes:
    return b"GP\0\1" + struct.pack("<i", 4326) + wkb


@pytest.mark.parametrize(
    "geometry",
    [
        b"x",
        b"GP\0\1" + b"\0" * 9,
        b"GP\0\x0f" + b"\0" * 90,
        blob(struct.pack("<BI", 1, 2) + struct.pack("<I", 2**31)),
        blob(struct.pack("<BII", 1, 3, 2**31)),
        blob(struct.pack("<BII", 1, 6, 2**31)),
        blob(struct.pack("<BII", 1, 6, 1) * 200_000),  # GEOS would follow it through the stack
        blob(struct.pack("<BII", 1, 6, 1) + shapely.to_wkb(shapely.Point(1, 2))),
        blob(struct.pack("<BII", 1, 7, 0) + b"\0" * 9),
        blob(struct.pack("<BII", 1, 8, 0) + b"\0" * 9),
        blob(struct.pack("<BI", 1, 99) + b"\0" * 16),
        blob(struct.pack("<BIdd", 1, 1, float("inf"), 0)),
        blob(struct.pack("<BII", 1, 3, 1) + struct.pack("<Idd", 1, 0, 0)),
    ],
)
def test_geometry_is_looked_through_before_it_is_parsed(tmp_path: Path, geometry: bytes) -> None:
    def put(connection: sqlite3.Connection) -> None:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sites'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE sites SET geom = ? WHERE site_id = '8'", (geometry,))

    with pytest.raises(FileError, match="feature 2"):
        read_table_file(change(written(tmp_path), put))


@pytest.mark.parametrize("shape", [
    shapely.Point(1, 2, 3),
    shapely.MultiPoint([(1, 2), (3, 4)]),
    shapely.LineString([(0, 0), (1, 1)]),
    shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
    shapely.box(0, 0, 1, 1),
    shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
])  # fmt: skip
@pytest.mark.parametrize("order", [0, 1])
def test_every_sound_geometry_passes(tmp_path: Path, shape: shapely.Geometry, order: int) -> None:
    wkb = shapely.to_wkb(shape, flavor="iso", byte_order=order)

    def put(connection: sqlite3.Connection) -> None:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sites'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE sites SET geom = ?", (blob(wkb),))

    back = read_table_file(change(written(tmp_path), put)).frame["geometry"].iloc[0]
    assert back.equals(shapely.force_2d(shape))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04", "a ZIP archive"),
        (b"site_id,name\n", "no SQLite database"),
        (b"SQLite format 3\0" + b"\0" * 200, "not a sound GeoPackage"),
        (b"SQLite format 3\0" + b"x" * 200, "database of another program"),
    ],
)
def test_other_content_is_one_clear_error(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "x.gpkg").write_bytes(content)
    with pytest.raises(FileError, match=says):
        read_table_file(tmp_path / "x.gpkg")


def test_a_database_without_layers_is_refused(tmp_path: Path) -> None:
    path = change(written(tmp_path), lambda c: c.execute("DELETE FROM gpkg_contents"))
    with pytest.raises(FileError, match="no layer with rows"):
        read_table_file(path)
    change(path, lambda c: c.execute("DROP TABLE gpkg_contents"))
    with pytest.raises(FileError, match="not a sound GeoPackage"):
        read_table_file(path)


@given(st.integers(0, 100_000), st.binary(min_size=1, max_size=30))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
def test_a_damaged_database_is_read_or_refused(tmp_path: Path, at: int, noise: bytes) -> None:
    data = bytearray(written(tmp_path).read_bytes())
    at %= len(data)
    data[at : at + len(noise)] = noise
    (tmp_path / "x.gpkg").write_bytes(bytes(data))
    with suppress(NgbwError):
        read_table_file(tmp_path / "x.gpkg")
