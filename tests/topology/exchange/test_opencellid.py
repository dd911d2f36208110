"""OpenCellID: what a position is worth, which cells share a site, and which datum it may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ngbw.topology.errors import FileError, UsageError
from ngbw.topology.exchange.foreign_network import ForeignNetwork
from ngbw.topology.exchange.formats import read_network
from ngbw.topology.exchange.opencellid import COLUMNS

HEAD = ",".join(COLUMNS) + "\n"


def row(cell: int, lon: float, lat: float, **change: object) -> str:
    values: dict[str, object] = {
        "radio": "LTE", "mcc": 262, "net": 1, "area": 7, "cell": cell, "unit": 0, "lon": lon,
        "lat": lat, "range": 1000, "samples": 25, "changeable": 1, "created": 1, "updated": 2,
        "averageSignal": -90,
    } | change  # fmt: skip
    return ",".join(str(values[name]) for name in COLUMNS) + "\n"


def read(tmp_path: Path, text: str, **options: str) -> ForeignNetwork:
    (tmp_path / "cells.csv").write_text(text)
    return read_network(tmp_path / "cells.csv", **options)


def test_an_estimate_is_as_good_as_its_measurements(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + row(1, 10.0, 50.0) + row(2, 10.1, 50.0, samples=1)
                 + row(3, 10.2, 50.0, changeable=0) + row(4, 10.3, 50.0, range=0)
                 + row(5, 10.4, 50.0, range=50, samples=400))  # fmt: skip
    sites: Any = found.tables["sites"].set_index("site_id")
    # range / sqrt(samples); a position that was given says nothing of how exact it is
    accuracy = {name.rpartition("-")[2]: value for name, value in dict(sites["accuracy_m"]).items()}
    assert accuracy.pop("3") != accuracy.pop("4")  # both unknown: NaN equals nothing
    assert accuracy == {"1": 200.0, "2": 1000.0, "5": 30.0}
    assert sites["accuracy_m"].isna().sum() == 2
    assert sites["position"].to_dict()["oci-lte-262-1-7-3"] == "given"
    assert sites["assumed"].to_dict()["oci-lte-262-1-7-1"] == "accuracy_m"
    assert sites["kind"].unique().tolist() == ["base-station"]
    cells: Any = found.tables["cells"].set_index("cell_id")
    assert cells.loc["lte-262-1-7-1", ["technology", "range_m", "samples"]].tolist() == [
        "lte", "1000", "25",
    ]  # fmt: skip
    assert pd.isna(cells.loc["lte-262-1-7-1", "power_dbm"])


def test_cells_close_together_are_one_site_of_the_best_of_them(tmp_path: Path) -> None:
    near = 80 / 111_195
    found = read(tmp_path, HEAD + row(1, 10.0, 50.0 + near, samples=1) + row(2, 10.0, 50.0))
    site: Any = found.tables["sites"].iloc[0]
    assert len(found.tables["sites"]) == 1
    assert site["site_id"] == "oci-lte-262-1-7-2"
    assert (site["cells"], site["accuracy_m"]) == ("2", 200.0)
    # weighted by 1 / accuracy squared: 200 m against 1000 m
    assert site["lat"] == pytest.approx(50.0 + near / 26)
    assert found.tables["cells"]["assumed"].tolist() == ["site_id", "site_id"]


def test_a_given_position_wins(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + row(1, 10.0, 50.0005, changeable=0) + row(2, 10.0, 50.0))
    site: Any = found.tables["sites"].iloc[0]
    assert (site["lat"], site["cells"]) == (50.0005, "2")
    assert pd.isna(site["accuracy_m"])


def test_a_row_of_near_cells_does_not_swallow_the_street(tmp_path: Path) -> None:
    step = 80 / 111_195
    rows = "".join(row(256 * n, 10.0, 50.0 + n * step, radio="GSM") for n in range(10))
    assert len(read(tmp_path, HEAD + rows).tables["sites"]) == 5


def test_operators_and_base_stations_stay_apart(tmp_path: Path) -> None:
    far = 300 / 111_195
    same = read(tmp_path, HEAD + row(256, 10.0, 50.0) + row(257, 10.0, 50.0 + far))
    assert len(same.tables["sites"]) == 1  # two sectors of one eNodeB
    other = read(tmp_path, HEAD + row(256, 10.0, 50.0) + row(512, 10.0, 50.0 + far))
    assert len(other.tables["sites"]) == 2
    shared = read(tmp_path, HEAD + row(256, 10.0, 50.0) + row(256, 10.0, 50.0, net=2))
    assert len(shared.tables["sites"]) == 2


def test_the_datum_of_china_is_suspected_unless_declared(tmp_path: Path) -> None:
    text = HEAD + row(1, 121.5, 31.3, mcc=460)
    doubted = read(tmp_path, text)
    site: Any = doubted.tables["sites"].iloc[0]
    assert 200 + 400 < site["accuracy_m"] < 200 + 700
    assert site["assumed"] == "accuracy_m lon lat"
    assert "--crs gcj02" in doubted.notes[-1]
    sure: Any = read(tmp_path, text, crs="wgs84").tables["sites"].iloc[0]
    assert (sure["lon"], sure["accuracy_m"], sure["assumed"]) == (121.5, 200.0, "accuracy_m")
    moved: Any = read(tmp_path, text, crs="gcj02").tables["sites"].iloc[0]
    assert moved["lon"] == pytest.approx(121.5 - 0.0045, abs=0.0005)
    assert moved["accuracy_m"] == 200.0


def test_files_come_without_a_heading_too(tmp_path: Path) -> None:
    assert read(tmp_path, row(1, 10.0, 50.0)).counts() == {"sites": 1, "cells": 1}


def test_cells_nowhere_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + row(1, 0, 0) + row(2, 10.0, 50.0))
    assert found.counts() == {"sites": 1, "cells": 1}
    assert found.notes[0] == "1 cells without a position were left out"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (row(1, 10.0, 50.0, radio="5G"), "row 2: radio is '5G'; it must be one of GSM"),
        (row(1, 10.0, 50.0, area="=1+1"), "row 2: area is '=1\\+1'; it must be a whole number"),
        (row(1, 10.0, 50.0, range=-5), "row 2: range is -5; it must not be negative"),
        (row(1, 10.0, 95.0), "row 2: lat '95.0' must be a number"),
        (row(1, 10.0, 50.0) * 2, "row 3: cell_id 'lte-262-1-7-1' stands there already, at row 2"),
        ("LTE,262\n", "row 2 has 2 cells instead of 14"),
        ('LTE,"262', "cannot be read as CSV"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FileError, match=message):
        read(tmp_path, HEAD + text)


def test_other_tables_and_projected_systems_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is no OpenCellID file: its columns must be radio,mcc"):
        read(tmp_path, "a,b\n1,2\n", format="opencellid")
    with pytest.raises(UsageError, match="phones report degrees"):
        read(tmp_path, HEAD + row(1, 10.0, 50.0), crs="EPSG:32651")


@pytest.mark.shared
def test_quoted_rows_of_the_real_file_are_read(shared: Path) -> None:
    found = read_network(shared / "vectors" / "topology" / "opencellid_rows.csv")
    assert found.counts() == {"sites": 3, "cells": 3}
    assert found.tables["sites"]["accuracy_m"].notna().all()
