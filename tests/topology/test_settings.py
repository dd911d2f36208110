"""ngbw.toml: what it must say, and what is said about the rest."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import FileError, MissingError, SettingError
from ngbw.topology.settings import parse_settings, read_settings

GOOD = {
    "format": 1,
    "name": "d",
    "crs": "EPSG:32651",
    "headline_service": "tv",
    "services": {"tv": {"transmitter": "mast"}},
    "transmitters": {"mast": {}},
}


def test_defaults_are_those_of_the_plan():
    settings = parse_settings(GOOD)
    assert (settings.plan_sites, settings.plan_share, settings.grid_m) == (40, 0.9, 25.0)
    assert settings.file_of("sites") == "sites.csv"
    assert settings.file_of("areas") == "areas.geojson"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format": 2}, "newer ngbw"),
        ({"format": "1"}, "write format = 1"),
        ({"nam": "x"}, "did you mean 'name'"),
        ({"crs": "EPSG:4326"}, "not projected in metres"),
        ({"crs": "EPSG:2263"}, "not projected in metres"),
        ({"crs": "here"}, "not a known coordinate system"),
        ({"network": {"root": ["H"]}}, "use roots"),
        ({"network": {"roots": "H"}}, "give ids of sites"),
        ({"timezone": "Asia/Yangpu"}, "not an IANA zone"),
        ({"language": "de"}, "zh-CN or en"),
        ({"grid_m": 1}, "5 to 200"),
        ({"grid_m": True}, "give metres"),
        ({"headline_service": "radio"}, "it has tv"),
        ({"services": {"tv": 3}}, "services.tv"),
        ({"services": {"tv": {"transmitter": "pole"}}}, "it describes mast"),
        ({"plan": {"share": 90}}, "0.90 for 90 %"),
        ({"plan": {"sites": 0}}, "1 to 100000"),
        ({"plan": {"site": 3}}, "use sites, share"),
        ({"census_year": "2020"}, "give a year"),
        ({"tables": {"site": "a.csv"}}, "did you mean 'sites'"),
        ({"tables": {"sites": "../a.csv"}}, "plain file name"),
        ({"tables": {"sites": ".hidden"}}, "plain file name"),
    ],
)
def test_wrong_setting_is_named_with_the_way_out(change, match):
    with pytest.raises(SettingError, match=match):
        parse_settings({**GOOD, **change})


def test_missing_service_is_refused():
    with pytest.raises(SettingError, match="at least one service"):
        parse_settings({k: v for k, v in GOOD.items() if k != "services"})


def test_directory_without_settings_is_not_a_project(tmp_path):
    with pytest.raises(MissingError, match="ngbw init"):
        read_settings(tmp_path)


def test_broken_toml_names_the_line(tmp_path):
    (tmp_path / "ngbw.toml").write_text("format = 1\nname = = 2\n")
    with pytest.raises(FileError, match="line 2"):
        read_settings(tmp_path)


def test_binary_settings_are_refused(tmp_path):
    (tmp_path / "ngbw.toml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(FileError, match="not TOML"):
        read_settings(tmp_path)
