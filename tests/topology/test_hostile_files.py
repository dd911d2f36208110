"""Files that are not what they say: none of them makes the program fetch, follow or read."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

from ngbw.topology.errors import FileError, MissingError, NgbwError
from ngbw.topology.files import FORMATS, read_table_file, write_table_file
from ngbw.topology.formats.gdal_cage import load_gdal
from ngbw.topology.tables import SITES


@pytest.fixture
def requests() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a loopback server and the paths it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_GET = do_HEAD = do_POST = answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()


def vrt(port: int) -> str:
    return (
        "<OGRVRTDataSource><OGRVRTLayer name='x'>"
        f"<SrcDataSource>/vsicurl/http://127.0.0.1:{port}/x.geojson</SrcDataSource>"
        "<SrcLayer>x</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )


def references(port: int) -> list[str]:
    address = f"http://127.0.0.1:{port}/x.geojson"
    return [
        vrt(port),
        f"<kml>{vrt(port)}</kml>",
        f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read {address}"}}',
        '{"type": "FeatureCollection", "features": [], "crs": {"type": "link", '
        + f'"properties": {{"href": "{address}"}}}}}}',
        f'!table\n!version 300\n!charset Neutral\n\nDefinition Table\n  File "{address}"\n'
        + "  Type NATIVE\n  Fields 1\n    a Char (9) ;\n",
        f'!table\n!version 300\n\nDefinition Table\n  Type LINKED\nbegin_metadata\n"{address}"\n',
        f"<OGRWFSDataSource><URL>http://127.0.0.1:{port}/wfs</URL></OGRWFSDataSource>",
        f"/vsicurl/{address}",
        address,
    ]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_a_virtual_data_source_under_any_name_is_refused_and_nothing_is_asked_for(
    tmp_path: Path, requests: tuple[int, list[str]], suffix: str
) -> None:
    port, asked = requests
    for content in references(port):
        path = tmp_path / f"x{suffix}"
        path.write_text(content, encoding="utf-8")
        for sidecar in (".dbf", ".dat", ".mid", ".map", ".id", ".prj"):
            (tmp_path / f"x{sidecar}").write_text(content, encoding="utf-8")
        if suffix in (".csv", ".tsv", ".txt"):  # text like any other, or not even that
            with suppress(NgbwError):
                read_table_file(path)
        elif suffix == ".kml" and content.startswith("<kml>"):
            assert len(read_table_file(path).frame) == 0
        else:
            with pytest.raises(FileError, match=r"x\."):
                read_table_file(path)
    assert asked == []


def test_sound_files_with_hostile_parts_ask_for_nothing(
    tmp_path: Path, requests: tuple[int, list[str]]
) -> None:
    port, asked = requests
    frame = pd.DataFrame({"site_id": ["1"], "lon": [121.5], "lat": [31.3]})
    for suffix in ("shp", "tab", "mif"):
        write_table_file(tmp_path / f"x.{suffix}", frame, table=SITES)
        for ending in (
            ".dbf",
            ".shx",
            ".prj",
            ".cpg",
            ".qix",
            ".dat",
            ".map",
            ".id",
            ".mid",
            ".aux.xml",
        ):
            target = tmp_path / f"x{ending}"
            content = target.read_bytes() if target.exists() else None
            target.write_text(vrt(port))
            with suppress(NgbwError):
                read_table_file(tmp_path / f"x.{suffix}")
            if content is None:
                target.unlink()
            else:
                target.write_bytes(content)
    assert asked == []


def test_the_drivers_that_follow_references_are_left_out(
    tmp_path: Path, requests: tuple[int, list[str]]
) -> None:
    port, asked = requests
    gdal = load_gdal()
    assert not {"OGR_VRT", "GDALG", "HTTP", "WFS", "OAPIF"} & set(gdal.list_drivers())
    (tmp_path / "x.geojson").write_text(vrt(port))
    for source in (str(tmp_path / "x.geojson"), f"/vsicurl/http://127.0.0.1:{port}/x.geojson"):
        with pytest.raises(RuntimeError):
            gdal.raw.read(source)
    assert asked == []
    assert "OGR_SKIP" not in os.environ
    assert "GDAL_SKIP" not in os.environ


@pytest.mark.parametrize(
    "name",
    [
        "http://127.0.0.1:1/x.geojson",
        "https://127.0.0.1/x.gpkg",
        "/vsicurl/http://127.0.0.1:1/x.geojson",
        "/vsizip/x.zip/x.shp",
        "ftp://127.0.0.1/x.csv",
    ],
)
def test_addresses_are_no_files(name: str) -> None:
    with pytest.raises(FileError, match="is an address"):
        read_table_file(Path(name))


@pytest.mark.parametrize(("main", "part"), [("shp", "dbf"), ("tab", "dat"), ("mif", "mid")])
def test_a_part_that_links_out_of_the_directory_is_not_followed(
    tmp_path: Path, main: str, part: str
) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    other.mkdir()
    frame = pd.DataFrame({"site_id": ["1"], "lon": [121.5], "lat": [31.3]})
    write_table_file(home / f"x.{main}", frame, table=SITES)
    (home / f"x.{part}").rename(other / "secret")
    (home / f"x.{part}").symlink_to(other / "secret")
    with pytest.raises(FileError, match="link to another directory"):
        read_table_file(home / f"x.{main}")
    (home / f"x.{part}").unlink()
    (home / f"x.{part}").symlink_to(home / f"x.{part}")
    with pytest.raises(FileError, match="link to another directory"):
        read_table_file(home / f"x.{main}")
    (home / f"x.{part}").unlink()
    (other / "secret").rename(home / "y")
    (home / f"x.{part}").symlink_to("y")
    assert read_table_file(home / f"x.{main}").frame["site_id"].tolist() == ["1"]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_four_gigabytes_are_refused_by_their_size(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    with path.open("wb") as file:
        file.truncate(4 * 1024**3)
    with pytest.raises(FileError, match="has 4294967296 bytes, at most 536870912 are read"):
        read_table_file(path)


def test_a_large_part_counts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site_id": ["1"], "lon": [121.5], "lat": [31.3]})
    write_table_file(tmp_path / "x.shp", frame, table=SITES)
    with (tmp_path / "x.dbf").open("r+b") as file:
        file.truncate(4 * 1024**3)
    with pytest.raises(FileError, match="files that belong to it have"):
        read_table_file(tmp_path / "x.shp")


@pytest.mark.parametrize("suffix", sorted(FORMATS))
@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + b"\0" * 200, os.urandom(500), b"\0" * 500]
)
def test_binary_files_are_one_clear_error(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_table_file(path)
    assert "x" + suffix in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(FileError, match="not a plain file"):
        read_table_file(tmp_path / "x.csv")


def test_names_that_no_file_can_have_are_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="does not exist"):
        read_table_file(tmp_path / "no.csv")
    with pytest.raises(NgbwError):
        read_table_file(tmp_path / "a\0b.csv")
    with pytest.raises(NgbwError):
        read_table_file(tmp_path / ("x" * 5000 + ".csv"))
