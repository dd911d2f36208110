"""Lists of a plan as files that spreadsheets, GIS and Google Earth open."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring

from ngbw.maps.documents.plan_files import write_plan
from ngbw.maps.documents.plan_lists import plan_lists
from ngbw.topology.errors import UsageError
from ngbw.topology.formats.gdal_cage import load_gdal


def hostile(parts):
    site = parts["run"]["sites"]["table"][0]
    site["name"] = '=HYPERLINK("http://x","y")'
    site["cumulative_share"] = 0.4321
    parts["run"]["candidates"] = [
        {"site_id": "C1", "name": "c", "category": "school", "area_id": "", "lon": site["lon"],
         "lat": site["lat"], "antenna_height_m": 30.0, "people": 9.0, "adds": 2.0,
         "why": "adds-less", "dominated_by": "", "instead_of": "S1", "forcing_cost": 1.0,
         "cost": None, "cost_money": None},
    ]  # fmt: skip


def test_workbook_has_a_sheet_for_each_list_and_runs_no_formula(make_map, tmp_path):
    map_ = make_map(hostile)
    file = tmp_path / "plan.xlsx"
    write_plan(map_, file, "en")
    again = tmp_path / "again.xlsx"
    write_plan(map_, again, "en")
    assert file.read_bytes() == again.read_bytes()
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Sites", "Gaps", "Candidates not chosen", "Coverage"]
    sheet = book["Sites"]
    head = [cell.value for cell in sheet[1]]
    name = sheet.cell(2, head.index("Name") + 1)
    assert str(name.value).startswith("=HYPERLINK")
    assert name.data_type == "s"
    share = sheet.cell(2, head.index("Share up to here") + 1)
    assert (share.value, share.number_format) == (0.4321, "0.0%")
    assert openpyxl.load_workbook(_in_chinese(map_, tmp_path)).sheetnames[0] == "站址清单"


def priced(parts):
    run = parts["run"]
    run["cost"] = {"unit": "CNY", "sites": 800_000.0, "known_sites": 2, "unknown_sites": 0,
                   "assumed": False, "basis": [], "fibre": None}  # fmt: skip
    for site, people in zip(run["sites"]["table"], (35000.4, 0.2), strict=True):
        site.update(people=people, cost=1.0, cost_money=400_000.0)


@pytest.mark.parametrize(
    ("language", "people", "cost"),
    [("en", "People", "Cost (CNY)"), ("zh-CN", "可服务人数", "造价（元）")],
)
def test_people_are_whole_and_money_says_its_unit(make_map, tmp_path, language, people, cost):
    file = tmp_path / "plan.xlsx"
    write_plan(make_map(priced), file, language)
    sheet = openpyxl.load_workbook(file).worksheets[0]
    head = [cell.value for cell in sheet[1]]
    cells = [sheet.cell(row, head.index(people) + 1) for row in (2, 3)]
    assert [cell.value for cell in cells] == [35000, 0.2]
    assert {cell.number_format for cell in cells} == {'[=0]0;[<0.5]"<1";#,##0'}
    money = sheet.cell(2, head.index(cost) + 1)
    assert (money.value, money.number_format) == (400_000, "#,##0")


def test_kmz_says_figures_as_people_read_them(make_map, tmp_path):
    file = tmp_path / "plan.kmz"
    write_plan(make_map(lambda parts: (hostile(parts), priced(parts))), file, "en")
    with zipfile.ZipFile(file) as archive:
        text = archive.read("doc.kml").decode()
    assert '<Data name="People"><value>35,000</value>' in text
    assert '<Data name="People"><value>&lt;1</value>' in text
    assert '<Data name="Cost (CNY)"><value>400,000</value>' in text
    assert '<Data name="Share up to here"><value>43.2%</value>' in text
    assert '<Data name="Distance to that site (m)"><value>812</value>' in text


def _in_chinese(map_, tmp_path):
    file = tmp_path / "zh.xlsx"
    write_plan(map_, file, "zh-CN")
    return file


def test_csv_guards_formulas_and_keeps_names_for_programs(make_map, tmp_path):
    file = tmp_path / "sites.csv"
    write_plan(make_map(hostile), file, "zh-CN")
    text = file.read_text("utf-8-sig")
    assert text.startswith("order,site_id,name,")
    assert "\"'=HYPERLINK" in text


def test_geopackage_has_a_layer_for_each_list(make_map, tmp_path):
    map_ = make_map(hostile)
    file = tmp_path / "plan.gpkg"
    write_plan(map_, file, "en")
    layers = {str(name): kind for name, kind in load_gdal().list_layers(file)}
    assert set(layers) == set(plan_lists(map_))
    assert layers["sites"] == "Point"
    frame = load_gdal().read_dataframe(file, layer="coverage")
    assert frame["served"].tolist().count(True) == 1
    assert frame.geometry.is_valid.all()
    assert frame["people"].sum() == pytest.approx(float(map_.raster.people.sum()), rel=0.5)


def test_kmz_holds_overlay_legend_and_sites_and_fetches_nothing(make_map, tmp_path):
    map_ = make_map(hostile)
    file = tmp_path / "plan.kmz"
    write_plan(map_, file, "en")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        text = archive.read("doc.kml").decode()
    assert names == ["doc.kml", "files/coverage.png", "files/legend.png", "files/site.png"]
    root = fromstring(text)
    space = "{http://www.opengis.net/kml/2.2}"
    hrefs = [one.text for one in root.iter(f"{space}href")]
    assert all(href in names for href in hrefs)
    assert not list(root.iter(f"{space}description"))
    box = next(root.iter(f"{space}LatLonBox"))
    north, south = (float(box.findtext(f"{space}{side}") or "") for side in ("north", "south"))
    lats = [site["lat"] for site in map_.run["sites"]["table"]]
    assert south < min(lats) < max(lats) < north
    assert len(list(root.iter(f"{space}Point"))) == len(lats)


def test_mapinfo_and_geojson_hold_the_one_list_that_is_asked_for(make_map, tmp_path):
    map_ = make_map(hostile)
    for name in ("gaps.tab", "gaps.geojson"):
        file = tmp_path / name
        write_plan(map_, file, "en", only="gaps")
        assert len(load_gdal().read_dataframe(file)) == len(map_.run["gaps"])
    with pytest.raises(UsageError, match="no list 'curve'"):
        write_plan(map_, tmp_path / "x.csv", "en", only="curve")
