"""Reading and writing table files: one function, the same promises for every format."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import shapely

from ngbw.topology.errors import FileError, MissingError, SurroundingsError, UsageError
from ngbw.topology.files import FORMATS, layer_names, read_table_file, write_table_file
from ngbw.topology.formats import whole_file
from ngbw.topology.schema import check, coerce
from ngbw.topology.tables import AREAS, CELLS, DEMAND, SITES, SPANS


def sites() -> pd.DataFrame:
    raw = pd.DataFrame(
        {
            "site_id": ["007", "Y-2"],
            "name": ["复旦 <img src=x onerror=alert(1)>", "=${7*7} 'q' \"d\""],
            "lon": [121.499753, 121.5],
            "lat": [31.298131, 31.3],
            "roof_height_m": [40.5, None],
            "assumed": ["", "*"],
            "theirs": ["-x", "@y"],
        }
    )
    return coerce(SITES, raw)


def suffix_of_every_format() -> list[str]:
    return sorted(set(FORMATS) - {".json"})


@pytest.mark.parametrize("suffix", suffix_of_every_format())
def test_a_checked_table_survives_every_format(tmp_path: Path, suffix: str) -> None:
    frame = sites()
    write_table_file(tmp_path / f"sites{suffix}", frame, table=SITES)
    table = read_table_file(tmp_path / f"sites{suffix}")
    names = {name[:10]: name for name in frame.columns} if suffix == ".shp" else {}
    raw = table.frame.rename(columns=names)
    assert [p for p in check(SITES, raw) if p.severity == "error"] == []
    back = coerce(SITES, raw)
    for column in frame.columns:
        if column in ("lon", "lat"):
            assert back[column].tolist() == pytest.approx(frame[column].tolist(), abs=2e-7)
        else:
            assert back[column].astype(object).where(back[column].notna(), None).tolist() == (
                frame[column].astype(object).where(frame[column].notna(), None).tolist()
            ), column


@pytest.mark.parametrize("suffix", suffix_of_every_format())
def test_polygons_survive_every_format(tmp_path: Path, suffix: str) -> None:
    shape = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    raw = pd.DataFrame(
        {"area_id": ["01"], "name": ["五角场"], "population": [123.0], "geometry": [shape]}
    )
    frame = coerce(AREAS, raw)
    write_table_file(tmp_path / f"areas{suffix}", frame, table=AREAS)
    back = coerce(AREAS, read_table_file(tmp_path / f"areas{suffix}").frame)
    assert back["area_id"].tolist() == ["01"]
    assert back["geometry"].iloc[0].symmetric_difference(shape).area < 1e-5
    assert back["population"].tolist() == [123.0]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".gpkg"])
def test_a_rewritten_file_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    frames = {SITES: sites(), SPANS: pd.DataFrame(
        {"span_id": ["1"], "geometry": [shapely.LineString([(121.51212499986886, 31.2), (1, 2)])]}
    )}  # fmt: skip
    for table, frame in frames.items():
        path = tmp_path / f"{table.name}{suffix}"
        write_table_file(path, frame, table=table)
        first = read_table_file(path).frame
        write_table_file(path, coerce(table, first), table=table)
        again = read_table_file(path).frame
        assert (
            coerce(table, again)
            .drop(columns="geometry", errors="ignore")
            .equals(coerce(table, first).drop(columns="geometry", errors="ignore"))
        )
        if table is SPANS:
            assert again["geometry"].iloc[0].equals(frame["geometry"].iloc[0])


def test_columns_stand_in_the_order_of_the_table(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": ["1"], "site_id": ["s"], "cell_id": ["c"]})
    write_table_file(tmp_path / "cells.csv", frame, table=CELLS)
    assert (tmp_path / "cells.csv").read_text(encoding="utf-8-sig").splitlines()[0] == (
        "cell_id,site_id,x"
    )


def test_points_as_parts_of_one_are_points(tmp_path: Path) -> None:
    shape = {"type": "MultiPoint", "coordinates": [[121.5, 31.3]]}
    document = {"type": "Feature", "properties": {}, "geometry": shape}
    (tmp_path / "x.json").write_text(json.dumps(document))
    table = read_table_file(tmp_path / "x.json")
    assert table.frame["lon"].tolist() == [121.5]
    assert table.frame["geometry"].iloc[0].geom_type == "Point"


def test_no_points_give_no_lon_and_lat(tmp_path: Path) -> None:
    (tmp_path / "x.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    assert list(read_table_file(tmp_path / "x.geojson").frame.columns) == ["geometry"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x.xls", r"\.csv, \.xlsx, \.geojson.*save the old Excel file as \.xlsx"),
        ("x.dbf", r"name the \.shp"),
        ("x", "must be one of"),
    ],
)
def test_an_unknown_ending_names_the_known_ones(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / name).write_text("a")
    for act in (
        lambda: read_table_file(tmp_path / name),
        lambda: write_table_file(tmp_path / name, pd.DataFrame({"a": [1]})),
    ):
        with pytest.raises(UsageError, match=says):
            act()


def test_endings_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "SITES.CSV").write_text("a\n1\n")
    assert read_table_file(tmp_path / "SITES.CSV").format == "csv"


def test_missing_directories_and_layers_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no\.csv does not exist"):
        read_table_file(tmp_path / "no.csv")
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(FileError, match="is a directory"):
        read_table_file(tmp_path / "d.csv")
    (tmp_path / "x.csv").write_text("a\n")
    with pytest.raises(MissingError, match="no layer 'y'"):
        read_table_file(tmp_path / "x.csv", layer="y")
    assert layer_names(tmp_path / "x.csv") == ["x"]


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demand.csv"
    old = pd.DataFrame({"demand_id": ["old"]})
    write_table_file(path, old, table=DEMAND)
    before = path.read_bytes()

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(whole_file, "_sync", full)
        with pytest.raises(SurroundingsError, match=r"no space left on its disk .*; free some"):
            write_table_file(path, pd.DataFrame({"demand_id": ["new"]}), table=DEMAND)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["demand.csv"]


def test_permissions_are_kept_and_a_link_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n")
    path.chmod(0o640)
    write_table_file(path, pd.DataFrame({"a": [1]}))
    assert path.stat().st_mode & 0o777 == 0o640
    (tmp_path / "elsewhere").write_text("keep")
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere")
    write_table_file(tmp_path / "link.csv", pd.DataFrame({"a": [1]}))
    assert (tmp_path / "elsewhere").read_text() == "keep"
    assert not (tmp_path / "link.csv").is_symlink()


def test_a_missing_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="does not exist; make it first"):
        write_table_file(tmp_path / "no" / "x.csv", pd.DataFrame({"a": [1]}))
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(SurroundingsError, match="is a directory"):
        write_table_file(tmp_path / "d.csv", pd.DataFrame({"a": [1]}))


def test_the_real_layers_are_read(shared: Path) -> None:
    directory = shared / "yangpu"
    for path in sorted([*directory.glob("*.csv"), *directory.glob("*.geojson")]):
        table = read_table_file(path)
        assert len(table.frame) > 0
        assert table.crs == ("EPSG:4326" if path.suffix == ".geojson" else None)
    stations = read_table_file(directory / "metro_stations.geojson").frame
    assert stations["lon"].between(121, 122).all()
    assert stations["lat"].between(31, 32).all()
    assert len(read_table_file(directory / "subdistricts.geojson").frame) == 12
