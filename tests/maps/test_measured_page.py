"""The page of measurements: three views kept apart, hostile names tame, both languages, no network."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from ngbw.maps import measured_layer
from ngbw.maps.measured_layer import (
    MeasuredMap,
    difference_classes,
    level_classes,
    measured_page,
)
from ngbw.maps.offline import outside_links

RUN_IT = "window.ran=(window.ran||0)+1"
HOSTILE = f"</script><script>{RUN_IT}</script><img src=x onerror='{RUN_IT}'>{{{{ 7*7 }}}}"


def group(label="A", pairs=20):
    return {"label": label, "pairs": pairs, "mean_db": -4.0, "sd_db": 6.0, "rmse_db": 7.2}


def document(name="A", **more):
    return {
        "project": {"name": "小区", "name_en": "Small", "timezone": "Asia/Shanghai"},
        "created": "2026-11-24T05:00:00+00:00",
        "service": {"id": "tv", "name": "电视", "name_en": "Television"},
        "model": {"name": "hata", "title": "Okumura-Hata / COST-231-Hata (large-city)"},
        "logs": [{"log_id": name, "file": name, "unit": "dbm", "rx_height_m": 1.5,
                  "assumed": ["rx_height_m"]}],
        "samples": 60, "points": 20, "left_out": {"no-transmitter": 7}, "unknown": {name: 7},
        "assumed": ["power_dbm"],
        "agreement": {"pairs": 20, "effective_points": 18.2, "block_m": 200.0, "bias_db": -4.0,
                      "bias_interval_db": [-6.0, -2.0], "sigma_db": 6.0,
                      "sigma_interval_db": [4.0, 9.0], "rmse_db": 7.2, "correlation": 0.8,
                      "correlation_interval": [0.5, 0.9]},
        "refused": None,
        "calibration": {"offset_db": -3.0, "sigma_db": 6.1, "date": "2026-11-24"},
        "by_distance": [group("0.5-1 km")], "by_clutter": [group("street"), group("unknown")],
        "by_site": [group(name)], "by_cell": [group(name)], "by_log": [group(name)],
        **more,
    }  # fmt: skip


def make(name="A", count=20, **more):
    rng = np.random.default_rng(1)
    points = pd.DataFrame(
        {"lon": 121.5 + 0.02 * rng.random(count), "lat": 31.3 + 0.02 * rng.random(count),
         "measured_dbuv_m": np.linspace(30, 90, count), "predicted_dbuv_m": np.full(count, 60.0),
         "samples": 3, "cell_id": name, "site_id": "S"}
    )  # fmt: skip
    sites = pd.DataFrame({"lon": [121.51], "lat": [31.31]})
    return MeasuredMap(document(name, **more), points, sites, [box(121.49, 31.29, 121.53, 31.33)])


def data_of(page):
    return json.loads(page.partition('id="data">')[2].partition("</script>")[0])


def test_the_page_needs_nothing_from_outside():
    page = measured_page(make())
    assert outside_links(page) == []
    assert "Content-Security-Policy" in page


def test_numbers_alone_reach_the_script():
    data = data_of(measured_page(make(HOSTILE)))
    assert HOSTILE not in json.dumps(data)
    assert all(isinstance(value, (int, float)) for point in data["points"] for value in point)


def test_measured_and_predicted_levels_share_one_scale_and_no_layer():
    data = data_of(measured_page(make()))
    assert data["views"]["measured"] == data["views"]["predicted"]
    assert data["views"]["difference"] != data["views"]["measured"]
    assert [point[2] for point in data["points"]] == np.linspace(30, 90, 20).round(1).tolist()
    assert {point[3] for point in data["points"]} == {60.0}


@pytest.mark.parametrize("levels", [np.linspace(20, 110, 50), np.full(9, 60.0), np.zeros(0)])
def test_classes_hold_every_level_once(levels):
    classes = level_classes(levels)
    assert classes[0].lower is None
    assert classes[-1].upper is None
    assert [one.upper for one in classes[:-1]] == [one.lower for one in classes[1:]]
    edges = [one.upper or 0.0 for one in classes[:-1]]
    assert edges == sorted(set(edges))
    assert all(edge % 5 == 0 for edge in edges)
    assert len({one.colour for one in (*classes, *difference_classes())}) == 11


def test_a_picture_of_many_points_is_thinned_and_says_so(monkeypatch):
    monkeypatch.setattr(measured_layer, "MOST_POINTS", 50)
    page = measured_page(make(count=1000), "en")
    assert len(data_of(page)["points"]) == 50
    assert "50 of 1,000 points are drawn" in page
    assert "are drawn" not in measured_page(make(count=50), "en")


def test_a_refused_statement_is_said_in_both_languages():
    why = {"points": 20, "effective_points": 3.5, "needed": 16, "block_m": 200.0}
    page = measured_page(make(agreement=None, refused=why), "en")
    assert "20 points are worth 3.5 independent ones" in page
    assert "20个点只相当于3.5个独立点" in page


@pytest.mark.browser
@pytest.mark.parametrize("guarded", [False, True], ids=["escaping-alone", "with-policy"])
def test_no_name_from_a_file_runs(browser: Any, tmp_path: Any, guarded: bool) -> None:
    page = measured_page(make(HOSTILE), "en")
    if not guarded:
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    path = tmp_path / "m.html"
    path.write_text(page, encoding="utf-8")
    browser.open(path)
    browser.run("document.querySelector('[data-language=\"zh-CN\"]').click()")
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelector('#only').options[1].text") == HOSTILE
    assert browser.requests() == []
    assert browser.errors() == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 400])
def test_views_and_transmitters_are_chosen_in_the_legend(
    browser: Any, tmp_path: Any, width: int
) -> None:
    path = tmp_path / "m.html"
    path.write_text(measured_page(make(), "en"), encoding="utf-8")
    browser.open(path, width, 1000)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    pixels = """[...document.querySelectorAll("#canvas canvas")].map(one => one.toDataURL())
        .join("")"""
    measured = browser.run(pixels)
    browser.run("document.querySelector('input[value=difference]').click()")
    browser.settle()
    assert browser.run(pixels) != measured
    shown = "[...document.querySelectorAll('.scale')].map(one => one.offsetHeight > 0)"
    assert browser.run(shown) == [False, False, True]
    browser.run("document.querySelector('input[value=measured]').click()")
    browser.settle()
    assert browser.run(pixels) == measured
    assert browser.errors() == []
