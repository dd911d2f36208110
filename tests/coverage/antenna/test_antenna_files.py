"""Antenna files: what comes out of good ones, and what is said of bad ones."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.coverage.antenna.files import (
    MAX_FILE_BYTES,
    Mounting,
    read_antenna,
    read_msi,
    read_splat,
)
from ngbw.coverage.antenna.pattern import AntennaPattern
from ngbw.topology.errors import FileError, InputError, MissingError, NgbwError, UsageError


def msi(
    head="NAME Panel 65\nFREQUENCY 698\nGAIN 15.5 dBi\nTILT ELECTRICAL\nELECTRICAL_TILT 2",
    horizontal=None,
    vertical=None,
):
    h = horizontal or [f"{a}.0 {min(a, 360 - a) * 0.1:.1f}" for a in range(360)]
    v = vertical or [f"{a} {abs((a - 2 + 180) % 360 - 180) * 0.2:.2f}" for a in range(360)]
    return "\n".join([head, "HORIZONTAL 360", *h, "VERTICAL 360", *v, ""])


def written(tmp_path, text, name="panel.msi", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def test_a_planet_file_gives_its_figures_and_cuts(tmp_path):
    pattern = read_msi(written(tmp_path, msi()))
    assert (pattern.name, pattern.freq_mhz, pattern.gain_dbi) == ("Panel 65", 698.0, 15.5)
    assert pattern.electrical_tilt_deg == 2.0
    assert pattern.horizontal_db[90] == 9.0
    assert pattern.horizontal_db[270] == 9.0
    assert pattern.vertical_db[2] == 0.0
    assert pattern.vertical_db[0] == pytest.approx(0.4)
    assert (pattern.source, pattern.assumed, pattern.mounting) == ("panel.msi", (), None)
    with pytest.raises(ValueError, match="read-only"):
        pattern.horizontal_db[0] = 1.0


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encoding_and_line_ends_do_not_matter(tmp_path, ending, encoding):
    text = msi("NAME 天线A\nGAIN 10 dBd\nCOMMENT 垂直极化").replace("\n", ending)
    pattern = read_antenna(written(tmp_path, text, "a.pln", encoding))
    assert (pattern.name, pattern.comment) == ("天线A", "垂直极化")
    assert pattern.gain_dbi == pytest.approx(12.15)


def test_a_western_degree_sign_is_read(tmp_path):
    pattern = read_msi(
        written(tmp_path, msi("GAIN 9 dBi\nCOMMENT 65\xb0 panel"), encoding="latin-1")
    )
    assert pattern.comment == "65° panel"


@pytest.mark.parametrize(
    ("line", "gain_dbi", "assumed"),
    [("GAIN 10", 12.15, True), ("GAIN 10 dBd", 12.15, False), ("GAIN 10dBi", 10, False),
     ("GAIN -3 DBI", -3, False), ("GAIN (dBi) 9.1", 9.1, False), ("gain 8.5 (dBd)", 10.65, False)],
)  # fmt: skip
def test_gain_becomes_dbi(tmp_path, line, gain_dbi, assumed):
    pattern = read_msi(written(tmp_path, msi(line)))
    assert pattern.gain_dbi == pytest.approx(gain_dbi)
    assert ("gain in dBd" in pattern.assumed) == assumed


@pytest.mark.parametrize(
    ("lines", "electrical", "mechanical"),
    [("TILT", None, None), ("TILT ELECTRICAL", None, None), ("TILT ELECTRICAL 6", 6, None),
     ("TILT 4.5", 4.5, None), ("TILT MECHANICAL", 0, None), ("TILT MECHANICAL 3", 0, 3),
     ("ELECTRICAL_TILT 4", 4, None), ("TILT ELECTRICAL\nELECTRICAL_TILT 4 deg", 4, None)],
)  # fmt: skip
def test_tilt_lines_are_told_apart(tmp_path, lines, electrical, mechanical):
    pattern = read_msi(written(tmp_path, msi(f"GAIN 1 dBi\n{lines}")))
    assert pattern.electrical_tilt_deg == electrical
    assert (pattern.mounting.tilt_deg if pattern.mounting else None) == mechanical


@pytest.mark.parametrize(
    ("line", "freq_mhz"),
    [("698", 698), ("2437 MHz", 2437), ("2.4 GHz", 2400), ("470-790", 630), ("", None)],
)
def test_frequency_becomes_mhz(tmp_path, line, freq_mhz):
    pattern = read_msi(written(tmp_path, msi(f"GAIN 1 dBi\nFREQUENCY {line}")))
    assert pattern.freq_mhz == freq_mhz


ROWS = [f"{a} 1" for a in range(360)]


def broken(changes):
    return [changes.get(a, row) for a, row in enumerate(ROWS) if changes.get(a, row) is not None]


@pytest.mark.parametrize(
    ("changes", "line", "says"),
    [
        ({17: None}, 363, r"359 rows; 360 are due.*17 is missing"),
        ({17: "16 1"}, 21, r"angle 16 a second time \(first in line 20\)"),
        ({17: "17 oops"}, 21, r"'oops' where an attenuation"),
        ({17: "x 1"}, 21, r"'x' where an angle"),
        ({17: "17 1,5"}, 21, r"decimal sign as a point"),
        ({17: "17 -3"}, 21, r"-3 dB is negative"),
        ({17: "17 nan"}, 21, r"'nan' where"),
        ({17: "17 1_0"}, 21, r"'1_0' where"),
        ({17: "17.5 1"}, 21, r"not a whole degree"),
        ({17: "417 1"}, 21, r"not a whole degree"),
        ({17: "17 201"}, 21, r"above 200 dB"),
        ({17: "17"}, 21, r"is '17'; a row of HORIZONTAL"),
        ({17: "17 1\n17 1"}, 22, r"angle 17 a second time"),
        ({359: "359 1\n12 1"}, 364, r"after the 360 rows"),
    ],
)
def test_a_bad_row_is_named_with_its_file_and_line(tmp_path, changes, line, says):
    path = written(tmp_path, msi("NAME x\nGAIN 1 dBi", horizontal=broken(changes)), "x.msi")
    with pytest.raises(FileError, match=says) as error:
        read_msi(path)
    assert f"x.msi, line {line}" in str(error.value)


def test_rounding_below_zero_becomes_zero(tmp_path):
    path = written(tmp_path, msi("GAIN 1 dBi", horizontal=broken({3: "3 -0.04"})))
    assert read_msi(path).horizontal_db[3] == 0.0


def test_rows_may_stand_in_any_order_and_close_the_circle(tmp_path):
    rows = [f"{a - 180} {abs(a - 180)}" for a in range(360)]
    text = msi("GAIN 1 dBi", horizontal=rows[::-1])
    assert read_msi(written(tmp_path, text)).horizontal_db[350] == 10.0
    closed = text.replace("HORIZONTAL 360", "HORIZONTAL 361").replace(
        "VERTICAL", "180 180\nVERTICAL"
    )
    assert read_msi(written(tmp_path, closed)).horizontal_db[180] == 180.0
    with pytest.raises(FileError, match="a second time"):
        read_msi(written(tmp_path, closed.replace("\n180 180", "\n180 170")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("NAME only\nGAIN 1 dBi\n", "has no line 'HORIZONTAL 360'"),
        (msi("NAME x"), "has no GAIN line"),
        (msi("GAIN lots"), "line 1: GAIN is 'lots'"),
        (msi("GAIN 1 dBi\nGAIN 2 dBi"), "line 2 gives GAIN a second time"),
        (msi("GAIN 1 dBi\nFREQUENCY high"), "line 2: FREQUENCY is 'high'"),
        (msi("GAIN 1 dBi\nTILT 4 5"), "line 2: TILT is '4 5'"),
        (msi("GAIN 1 dBi\nTILT 4\nELECTRICAL_TILT 6"), "line 3: ELECTRICAL_TILT is 6 but TILT"),
        (msi("GAIN 1 dBi").replace("HORIZONTAL 360", "HORIZONTAL 720"), "announces 720 rows"),
        (msi("GAIN 1 dBi") + msi("GAIN 1 dBi"), "gives GAIN a second time"),
        (msi("GAIN 1 dBi") + "HORIZONTAL 360", "line 724 begins HORIZONTAL a second time"),
        (msi("GAIN 900 dBi"), "GAIN is 900"),
    ],
)
def test_a_file_that_is_not_a_pattern_says_why(tmp_path, text, says):
    with pytest.raises(FileError, match=says):
        read_msi(written(tmp_path, text))


def test_hostile_text_comes_out_tame(tmp_path):
    name = "<script>alert(1)</script>\x1b[31m\u202e\x07" + "x" * 500
    pattern = read_msi(written(tmp_path, msi(f"NAME {name}\nGAIN 1 dBi\nCOMMENT " + "y" * 9000)))
    assert pattern.name.startswith("<script>alert(1)</script>[31mx")
    assert len(pattern.name) == 100
    assert len(pattern.comment) == 500


def test_what_is_no_small_plain_file_is_refused(tmp_path):
    with pytest.raises(MissingError, match="does not exist"):
        read_antenna(tmp_path / "none.msi")
    with pytest.raises(FileError, match="directory"):
        read_msi(tmp_path)
    with pytest.raises(FileError, match="empty"):
        read_msi(written(tmp_path, b""))
    with pytest.raises(FileError, match="at most"):
        read_msi(written(tmp_path, b" " * (MAX_FILE_BYTES + 1)))
    with pytest.raises(FileError, match="address"):
        read_msi(Path("http://example.org/a.msi"))
    with pytest.raises(FileError, match="not an antenna pattern"):
        read_msi(written(tmp_path, b"PK\x03\x04" + b"\0" * 100))
    with pytest.raises(UsageError, match=r"\.msi, \.pln, \.az and \.el"):
        read_antenna(written(tmp_path, "x", "a.txt"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=400), st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
    )
)
def test_no_content_makes_anything_but_a_named_error(tmp_path, data):
    for name in ("f.msi", "f.az", "f.el"):
        (tmp_path / name).write_bytes(data)
    for name in ("f.msi", "f.az", "f.el"):
        try:
            pattern = read_antenna(tmp_path / name)
        except NgbwError as error:
            said = str(error)
        else:
            said = pattern.source
        assert "f." in said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.integers(0, 6000), min_size=720, max_size=720), st.randoms())
def test_what_is_written_is_what_is_read(tmp_path, centi_db, shuffle):
    rows = [f"{i % 360} {value / 100}" for i, value in enumerate(centi_db)]
    horizontal, vertical = rows[:360], rows[360:]
    shuffle.shuffle(horizontal)
    pattern = read_msi(written(tmp_path, msi("GAIN 1 dBi", horizontal, vertical)))
    np.testing.assert_allclose(pattern.horizontal_db, np.array(centi_db[:360]) / 100)
    np.testing.assert_allclose(pattern.vertical_db, np.array(centi_db[360:]) / 100)


AZ = "130.0 ; rotation\n0 1.0\n90\t0.5\n180 0.1 ; behind\n270 0.5\n"
EL = "1.5 130\n-10 0.2\n0 0.9\n1 1.0\n10 0.1\n90 0.0\n"


def test_splat_files_give_field_as_attenuation(tmp_path):
    written(tmp_path, AZ, "site.az")
    pattern = read_antenna(written(tmp_path, EL, "site.el"))
    assert (pattern.name, pattern.source) == ("site", "site.az + site.el")
    assert (pattern.gain_dbi, pattern.freq_mhz) == (None, None)
    assert pattern.mounting == Mounting(130, 1.5, 130)
    assert pattern.horizontal_db[90] == pytest.approx(20 * math.log10(2))
    assert pattern.horizontal_db[45] == pytest.approx(-20 * math.log10(0.75))
    assert pattern.horizontal_db[315] == pytest.approx(-20 * math.log10(0.75))
    assert pattern.vertical_db[1] == 0.0
    assert pattern.vertical_db[90] == 60.0
    assert pattern.vertical_db[300] == pytest.approx(-20 * math.log10(0.2))
    assert pattern.vertical_db[179] == pytest.approx(20.0)
    assert pattern.assumed == ("pattern above 10 degrees over the horizon",)


def test_one_splat_file_is_enough(tmp_path):
    alone = read_antenna(written(tmp_path, AZ, "a.az"))
    assert alone.vertical_db[45] == 0.0
    assert alone.vertical_db[180] == pytest.approx(20.0)
    assert read_splat(None, written(tmp_path, EL, "b.el")).horizontal_db.max() == 0.0
    with pytest.raises(UsageError, match="both"):
        read_splat(None, None)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.az", "x\n0 1\n90 1\n", "a.az, line 1 has 'x' where an angle"),
        ("a.az", "0\n0 1\n0 1\n", "line 3 has the angle 0 a second time .first in line 2"),
        ("a.az", "0\n0 1\n5 -12\n", "line 3: the field -12 is not in 0 to 1"),
        ("a.az", "0\n0 1\n400 1\n", "line 3: the angle 400 is not in 0 to 360"),
        ("a.az", "0\n0 1\n", "has 1 rows"),
        ("a.az", "0\n0 1\n5\n", "line 3 is '5'; a row is an angle"),
        ("a.az", "; nothing\n", "a.az has no content"),
        ("a.az", "0\n0 1\n360 0.2\n", "360 degrees 0.2"),
        ("a.el", "0 0\n0 1\n90 1\n", "elevations from 0 to 90"),
        ("a.el", "0 0 0\n-10 1\n90 1\n", "line 1 is '0 0 0'"),
        ("a.el", "95 0\n-10 1\n90 1\n", "tilt 95 is beyond 90"),
    ],
)
def test_a_bad_splat_file_names_its_line(tmp_path, name, text, says):
    with pytest.raises(FileError, match=says):
        read_antenna(written(tmp_path, text, name))


def test_a_pattern_has_360_attenuations():
    good, bad = np.zeros(360), np.zeros(359)
    with pytest.raises(InputError, match="vertical_db of the antenna 'x'"):
        AntennaPattern("x", None, None, None, good, bad, "")
    with pytest.raises(InputError, match="horizontal_db"):
        AntennaPattern("x", None, None, None, np.full(360, np.nan), good, "")
