"""``ngbw whitespace`` as its user runs it."""

from __future__ import annotations

import pytest
import rasterio


@pytest.mark.slow
def test_table_and_layer_of_the_example(ngbw, tmp_path):
    project = tmp_path / "yangpu"
    assert ngbw("demo", project, "--json").code == 0
    done = ngbw("whitespace", project, "--out", tmp_path / "free.tif")
    assert done.code == 0
    assert "is on DS-36" in done.out
    assert "DS-13 to DS-34" in done.out
    assert "not verified" in done.out
    with rasterio.open(tmp_path / "free.tif") as layer:
        assert layer.count == 36
        assert layer.descriptions[23] == "DS-36 largest EIRP [dBm]"


def test_without_a_plan_it_says_how_to_make_one(ngbw, tmp_path):
    project = tmp_path / "new"
    assert ngbw("init", project, "--name", "n").code == 0
    done = ngbw("whitespace", project)
    assert done.code == 2
    assert "ngbw plan" in done.err


def test_another_file_kind_is_refused(ngbw, tmp_path):
    done = ngbw("whitespace", tmp_path, "--out", tmp_path / "free.png")
    assert done.code == 2
    assert ".tif" in done.err
