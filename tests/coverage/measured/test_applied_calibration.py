"""A calibration as settings: exact, sourced, for one model only, and never at the file's cost."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.measured.applied import (
    Calibration,
    calibration_from_settings,
    with_calibration,
    without_calibration,
)
from ngbw.topology.errors import FileError, SettingError
from ngbw.topology.settings import Figure, parse_settings

HATA = {"model": "hata", "environment": "large-city"}
BARE = """\
format = 1
name = "x"
crs = "EPSG:32651"
headline_service = "tv"
[propagation]
model = "hata"
environment = "large-city"
[transmitters.t]
pattern = "omni"
[services.tv]
transmitter = "t"
"""


def calibration(offset_db=-3.25, sigma_db=7.5, **more):
    figures = {
        "offset_db": Figure(offset_db, "measurements a", assumed=False),
        "sigma_db": Figure(sigma_db, "measurements a", assumed=False),
    }
    facts = {
        "points": 412, "effective_points": 87.5, "date": dt.date(2026, 11, 24), "logs": ("a",),
        "propagation": HATA, "surface": {},
    }  # fmt: skip
    return Calibration(**{**figures, **facts, **more})


def settings_of(text):
    return parse_settings(tomllib.loads(text))


def test_what_is_written_is_what_is_read():
    text = with_calibration(BARE, "tv", calibration())
    assert calibration_from_settings(settings_of(text)) == calibration()
    assert calibration_from_settings(settings_of(BARE)) is None


def test_a_new_calibration_takes_the_place_of_the_old():
    first = with_calibration(BARE, "tv", calibration())
    after = first + "\n# about mine\n[services.two]\ntransmitter = 't'\n"
    second = with_calibration(after, "tv", calibration(offset_db=1.0))
    assert second.count("[calibration.tv]") == 1
    assert "# about mine" in second
    assert "[services.two]" in second
    found = calibration_from_settings(settings_of(second))
    assert found is not None
    assert found.offset_db.value == 1.0
    assert without_calibration(first, "tv").rstrip("\n") == BARE.rstrip("\n")


@pytest.mark.parametrize(
    "tail",
    [
        "calibration = { tv = { points = 1 } }\n",
        '[x]\ny = """\n[calibration.tv]\nkept\n"""\n',
        "[calibration]\ntv.points = 1\n",
    ],
)
def test_a_file_that_cannot_be_edited_by_lines_is_left_alone(tail):
    text = tail + BARE if tail.startswith("calibration =") else BARE + tail
    with pytest.raises(FileError, match="by hand"):
        with_calibration(text, "tv", calibration())


@given(
    service_id=st.text(min_size=1, max_size=20).filter(lambda s: s.isprintable()),
    source=st.text(max_size=60).filter(lambda s: not any("\ud800" <= c <= "\udfff" for c in s)),
    offset_db=st.floats(-40, 40),
)
def test_no_name_and_no_source_breaks_the_file(service_id, source, offset_db):
    figure = Figure(offset_db, source + ".", assumed=False)
    text = with_calibration(BARE, service_id, calibration(offset_db=0.0, sigma_db=1.0))
    text = with_calibration(text, service_id, Calibration(
        figure, figure, 2, 2.0, dt.date(2026, 1, 1), (), HATA, {}
    ))  # fmt: skip
    raw = tomllib.loads(text)
    found = raw.pop("calibration")[service_id]
    assert found["offset_db"] == {"value": offset_db, "source": source + ".", "assumed": False}
    assert raw == tomllib.loads(BARE)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("value = -3.25", "value = -41", "give dB, -40 to 40"),
        ("value = -3.25", "value = nan", "give dB"),
        ("value = 7.5", "value = true", "give dB"),
        ('source = "measurements a"', 'source = ""', "needs source"),
        ("points = 412", "points = 0", "number of points"),
        ("effective_points = 87.5", "effective_points = 500", "from 1 to points"),
        ("date = 2026-11-24", 'date = "x"', "write a date"),
        ('logs = ["a"]', "logs = [1]", "names of logs"),
        ("points = 412", "pionts = 412", "did you mean 'points'"),
        ("[calibration.tv]", "[calibration.vt]", "which is not a service"),
        ('large-city" }', 'urban" }', "found under another"),
    ],
)
def test_a_wrong_calibration_is_named(old, new, says):
    text = with_calibration(BARE, "tv", calibration())
    assert old in text
    with pytest.raises(SettingError, match=says):
        calibration_from_settings(settings_of(text.replace(old, new)))


def test_a_calibration_over_a_surface_holds_for_that_surface():
    over = BARE.replace('model = "hata"\nenvironment = "large-city"', 'model = "p1812"')
    over += '[surface]\nwithout_buildings = "generated"\n[surface.quarters]\nA = "towers"\n'
    settings = settings_of(over)
    found = calibration(propagation={"model": "p1812"}, surface=dict(settings.surface))
    text = with_calibration(over, "tv", found)
    assert calibration_from_settings(settings_of(text)) == found
    with pytest.raises(SettingError, match=r"another \[propagation\] or \[surface\]"):
        calibration_from_settings(settings_of(text.replace('A = "towers"', 'A = "outer"', 1)))
    # What lies under a model that sees no ground does not matter to it.
    hata = with_calibration(BARE, "tv", calibration()) + "[surface]\nflat_height_m = 3\n"
    assert calibration_from_settings(settings_of(hata)) == calibration()
