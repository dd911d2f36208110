"""Coordinates as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.intake.dms import parse_angle

SIXTH = 31 + 18 / 60 + 5 / 3600


@pytest.mark.parametrize(
    ("text", "degrees", "axis", "decimal"),
    [
        ("31.30139", 31.30139, None, True),
        ("-31.3", -31.3, None, True),
        ("−31.3", -31.3, None, True),
        ("31.3°", 31.3, None, True),
        ("121.3118", 121.3118, None, True),  # never degrees.minutes-seconds
        ("N31.18", 31.18, "lat", True),
        ("1.2153E+02", 121.53, None, True),
        ("121.5E", 121.5, "lon", True),
        ("122 East", 122.0, "lon", True),
        ("北纬３１．３度", 31.3, "lat", True),
        (121.5, 121.5, None, True),
        ("31°18′05″", SIXTH, None, False),
        ("31º18'05''N", SIXTH, "lat", False),
        ("31° 18' 05\" S", -SIXTH, "lat", False),
        ("N31.18.05", SIXTH, "lat", False),
        ("31.18.05", SIXTH, None, False),
        ("31.18.05.5", SIXTH + 0.5 / 3600, None, False),
        ("31 18 05", SIXTH, None, False),
        ("31:18:05", SIXTH, None, False),
        ("31-18-05", SIXTH, None, False),
        ("-31 18 05", -SIXTH, None, False),
        ("E121°31.5′", 121.525, "lon", False),
        ("31°18", 31.3, None, False),
        ("31度18分5秒", SIXTH, None, False),
        ("北纬31度18分5秒", SIXTH, "lat", False),
        ("东经121度31分30秒", 121.525, "lon", False),
        ("１２１°３１′３０″", 121.525, None, False),
        ("31d18m5s", SIXTH, None, False),
        ("w0 30 0", -0.5, "lon", False),
    ],
)
def test_every_documented_form_is_read(
    text: object, degrees: float, axis: str | None, decimal: bool
) -> None:
    angle = parse_angle(text)
    assert angle.degrees == pytest.approx(degrees, abs=1e-12)
    assert (angle.axis, angle.decimal) == (axis, decimal)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("121,53", "comma"),
        ("121.5，31.3", "comma"),
        ("31.5°18′", "decimals"),
        ("31 18.5 5", "decimals in front of the seconds"),
        ("31 60 0", "60 or more"),
        ("31°18′60″", "60 or more"),
        ("N-31", "sign and a hemisphere"),
        ("N31E", "two hemispheres"),
        ("1213118", "beyond 180"),
        ("N91", "beyond 90"),
        ("", "not a coordinate"),
        ("abc", "not a coordinate"),
        ("°", "not a coordinate"),
        ("nan", "not a coordinate"),
        ("inf", "not a coordinate"),
        ("1e5", "not a coordinate"),
        ("--3", "not a coordinate"),
        ("31 18-05", "not a coordinate"),
        ("31°18′05″ 121°31′", "not a coordinate"),
        ("1" * 200, "too long"),
    ],
)
def test_what_is_ambiguous_or_wrong_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_angle(text)


def test_a_plain_number_in_a_column_is_left_to_the_range_rule() -> None:
    assert parse_angle("361234.5", "lon").degrees == 361234.5
    with pytest.raises(ValueError, match="beyond 180"):
        parse_angle("E361234.5", "lon")


WRITINGS = [
    "{d}°{m}′{s}″", "{d}度{m}分{s}秒", "{d} {m} {s}", "{d}:{m}:{s}", "{d}-{m}-{s}", "{d}d{m}m{s}s",
    "{d} ° {m} ' {s} ''",
]  # fmt: skip


@given(
    st.integers(0, 179), st.integers(0, 59), st.integers(0, 59999), st.sampled_from(WRITINGS),
    st.sampled_from([("", 1), ("-", -1), ("E", 1), ("W", -1), ("东经", 1), ("西经", -1)]),
    st.booleans(),
)  # fmt: skip
def test_what_was_written_is_read_back(
    degrees: int, minutes: int, thousandths: int, writing: str, sign: tuple[str, int], wide: bool
) -> None:
    seconds = thousandths / 1000
    text = sign[0] + writing.format(d=degrees, m=minutes, s=f"{seconds:06.3f}")
    if wide:
        text = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)
    wanted = sign[1] * (degrees + minutes / 60 + seconds / 3600)
    assert parse_angle(text).degrees == pytest.approx(wanted, abs=1e-12)


@given(st.floats(-180, 180))
def test_decimal_degrees_are_read_back_exactly(degrees: float) -> None:
    assert parse_angle(repr(degrees)).degrees == degrees


@given(st.text(max_size=70))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        angle = parse_angle(text)
    except ValueError:
        return
    assert abs(angle.degrees) <= 180
