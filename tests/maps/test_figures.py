import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.maps import figures


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_an_unknown_figure_is_a_dash_and_a_word_never_zero(
    value: float | None, language: str
) -> None:
    expected = "— 未知" if language == "zh-CN" else "— unknown"
    for write in (
        figures.number, figures.people, figures.people_in_prose, figures.share,
        figures.share_in_table, figures.distance, figures.area_km2,
    ):  # fmt: skip
        assert write(value, language) == expected


@given(st.floats(0, 1))
def test_a_share_is_never_shown_larger_than_it_is(value: float) -> None:
    shown = figures.share(value, "en").removesuffix("%")
    if shown.startswith("<"):
        assert 0 < value < 0.001
    else:
        assert float(shown) / 100 <= value + 1e-12
        assert value - float(shown) / 100 < 0.001


def test_a_share_just_below_its_target_does_not_read_as_met() -> None:
    assert figures.share(0.899999, "en") == "89.9%"
    assert figures.share(0.9, "en") == "90%"
    assert figures.share(0.57, "en") == "57%"  # 0.57 * 100 is 56.99999999999999 in floats
    assert figures.share(1.0, "en") == "100%"
    assert figures.share(0.0, "en") == "0%"


def test_shares_in_a_table_keep_their_decimal() -> None:
    assert [figures.share_in_table(v, "en") for v in (0.9, 0.955, 1.0)] == [
        "90.0%", "95.5%", "100.0%",
    ]  # fmt: skip


def test_english_groups_thousands_and_chinese_does_not() -> None:
    assert figures.number(1242600, "en") == "1,242,600"
    assert figures.number(1242600, "zh-CN") == "1242600"


def test_wan_stands_in_chinese_prose_only() -> None:
    assert figures.people_in_prose(1242600, "zh-CN") == "124.3万"
    assert figures.people_in_prose(1_000_000, "zh-CN") == "100万"
    assert figures.people_in_prose(1242600, "en") == "1,242,600"
    assert figures.people(1242600, "zh-CN") == "1242600"


def test_something_is_never_shown_as_nothing() -> None:
    assert figures.people(0.2, "en") == "<1"
    assert figures.area_km2(0.0006, "en") == "<0.01"
    assert figures.share(0.0001, "en") == "<0.1%"
    assert figures.people(0, "en") == "0"


def test_a_distance_becomes_kilometres_at_a_kilometre() -> None:
    assert figures.distance(999.4, "en") == "999 m"
    assert figures.distance(999.6, "en") == "1.0 km"


def test_a_moment_is_shown_in_the_zone_of_the_project() -> None:
    shown = figures.moment("2026-11-22T20:00:00Z", "Asia/Shanghai", "zh-CN")
    assert shown == "2026-11-23 04:00 (Asia/Shanghai)"
    assert figures.moment("yesterday", "Asia/Shanghai", "en") == "— unknown"


def test_a_column_of_amounts_has_the_decimals_of_its_finest() -> None:
    assert figures.amounts([1.8, 12, None], "en") == ["1.8", "12.0", "— unknown"]
    assert figures.amounts([3000.0, 20], "en") == ["3,000", "20"]
    assert figures.amounts([0.1 + 0.2, 1e16, math.nan], "zh-CN")[0] == "0.3"
    assert figures.amounts([], "en") == []
