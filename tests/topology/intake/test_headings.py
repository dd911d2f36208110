"""Foreign and Chinese headings find our columns, and ambiguity is said."""

from __future__ import annotations

from collections import Counter

import pytest

from ngbw.topology.errors import TableError, UsageError
from ngbw.topology.intake.heading_words import CHOICES, heading_words
from ngbw.topology.intake.headings import match_headings, plain_heading
from ngbw.topology.tables import TABLES


def found(table: str, *headings: str, **mapping: str) -> dict[str, str]:
    matched = match_headings(TABLES[table], headings, mapping)
    return {match.column: match.heading for match in matched.matches}


def test_chinese_headings_of_sites_are_recognised() -> None:
    assert found("sites", "站址编号", "站名", "经度", "纬度", "天线挂高", "类型", "街道") == {
        "site_id": "站址编号", "name": "站名", "lon": "经度", "lat": "纬度",
        "antenna_height_m": "天线挂高", "kind": "类型", "area_id": "街道",
    }  # fmt: skip


def test_chinese_headings_of_cells_are_recognised() -> None:
    assert found("cells", "小区编号", "基站编号", "方位角", "下倾角", "频率", "发射功率", "挂高") == {
        "cell_id": "小区编号", "site_id": "基站编号", "azimuth_deg": "方位角", "tilt_deg": "下倾角",
        "freq_mhz": "频率", "power_dbm": "发射功率", "height_m": "挂高",
    }  # fmt: skip


def test_english_headings_are_recognised_in_any_dress() -> None:
    assert found("sites", "Site Name", "ID", "LON", " lat ", "Antenna-Height", "lng2") == {
        "name": "Site Name", "site_id": "ID", "lon": "LON", "lat": " lat ",
        "antenna_height_m": "Antenna-Height",
    }  # fmt: skip


def test_units_in_brackets_or_at_the_end_are_read() -> None:
    matched = match_headings(
        TABLES["cells"], ["挂高（米）", "Frequency [GHz]", "power_w", "方位角(°)", "gain(dBd)"]
    )
    assert {m.column: m.unit for m in matched.matches} == {
        "height_m": "米", "freq_mhz": "GHz", "power_dbm": "w", "azimuth_deg": "°", "gain_dbi": "dBd",
    }  # fmt: skip


def test_a_remark_in_brackets_that_is_no_unit_is_not_taken_and_said() -> None:
    matched = match_headings(TABLES["sites"], ["lon", "lat", "挂高(屋顶以上)"])
    assert matched.unmatched == ("挂高(屋顶以上)",)
    assert "'屋顶以上' is not a unit" in matched.notes[0]
    assert found("sites", "挂高(屋顶以上)", antenna_height_m="挂高(屋顶以上)") == {
        "antenna_height_m": "挂高(屋顶以上)"
    }


def test_two_headings_for_one_column_are_an_error_that_names_both() -> None:
    with pytest.raises(TableError) as caught:
        match_headings(TABLES["sites"], ["站名", "基站名称", "经度", "longitude", "纬度"])
    assert len(caught.value.problems) == 2
    assert "'站名' and '基站名称' both mean name" in str(caught.value)
    assert "--map lon=经度" in str(caught.value)


def test_map_settles_what_is_ambiguous() -> None:
    matched = match_headings(TABLES["sites"], ["站名", "基站名称"], {"name": "基站名称"})
    assert [(m.heading, m.how) for m in matched.matches] == [("基站名称", "as --map says")]
    assert matched.unmatched == ("站名",)


def test_our_own_name_wins_over_words_for_it() -> None:
    matched = match_headings(TABLES["sites"], ["lon", "经度", "Lat", "纬度"])
    assert {m.column: (m.heading, m.how) for m in matched.matches} == {
        "lon": ("lon", "our name"), "lat": ("Lat", "our name, written differently"),
    }  # fmt: skip
    assert matched.unmatched == ("经度", "纬度")


def test_map_can_exchange_two_columns() -> None:
    assert found("sites", "lon", "lat", lon="lat", lat="lon") == {"lon": "lat", "lat": "lon"}


def test_a_map_of_unknown_names_is_a_usage_error_that_suggests() -> None:
    with pytest.raises(UsageError, match="did you mean 'lon'"):
        match_headings(TABLES["sites"], ["x"], {"lom": "x"})
    with pytest.raises(UsageError, match=r"no heading '经'.*it has 经度"):
        match_headings(TABLES["sites"], ["经度"], {"lon": "经"})


def test_a_datum_in_the_heading_is_read_and_plain_coordinates_win() -> None:
    matched = match_headings(TABLES["sites"], ["经度(GCJ-02)", "纬度（GCJ02）"])
    assert {m.datum for m in matched.matches} == {"gcj02"}
    matched = match_headings(TABLES["sites"], ["lon", "lat", "lon_bd09", "lat_bd09"])
    assert [m.heading for m in matched.matches] == ["lon", "lat"]
    matched = match_headings(TABLES["sites"], ["百度经度", "百度纬度"])
    assert {m.datum for m in matched.matches} == {"bd09"}


def test_a_key_is_taken_from_the_best_heading_that_names_rows() -> None:
    assert found("areas", "OBJECTID", "code", "NAME")["area_id"] == "code"
    assert found("areas", "OBJECTID", "NAME")["area_id"] == "OBJECTID"
    assert found("areas", "ADMINCODE", "NAME")["area_id"] == "ADMINCODE"
    assert found("places", "osm_id", "name")["place_id"] == "osm_id"
    assert "place_id" not in found("places", "osm_id", "amap_id", "name")


def test_a_foreign_key_of_another_table_is_not_the_own_one() -> None:
    assert "cell_id" not in found("cells", "site_id", "power_dbm")


def test_no_word_means_two_columns_of_a_table_and_each_is_plain() -> None:
    for name, table in TABLES.items():
        words = heading_words(name)
        assert set(words) <= set(table.names)
        counts = Counter(word for column in words.values() for word in column)
        assert [word for word, count in counts.items() if count > 1] == []
        assert [word for word in counts if word != plain_heading(word)] == []
        ours = {plain_heading(column): column for column in table.names}
        stolen = [w for c, ws in words.items() for w in ws if w in ours and ours[w] != c]
        assert stolen == []


def test_words_for_choices_lead_to_choices() -> None:
    for (table, column), words in CHOICES.items():
        choices = TABLES[table][column].choices
        assert not choices or set(words.values()) <= set(choices)
        assert [word for word in words if word != plain_heading(word)] == []


def test_every_column_of_ours_is_matched_by_its_own_name() -> None:
    for table in TABLES.values():
        assert found(table.name, *table.names) == {name: name for name in table.names}
