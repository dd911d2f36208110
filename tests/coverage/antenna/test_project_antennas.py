"""Cells that name pattern files: what the file gives, what the table gives, and what is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ngbw.coverage.antenna.pattern import AntennaPattern
from ngbw.coverage.antenna.problems import antenna_problems
from ngbw.coverage.antenna.project_patterns import ProjectPatterns
from ngbw.coverage.antenna.standing import disagreements, own_tilt_deg, standings
from ngbw.coverage.service_settings import service_from_settings
from ngbw.coverage.transmitters import antenna_notices, stations
from ngbw.topology.errors import FileError, InputError, MissingError, SettingError
from ngbw.topology.project import open_project
from ngbw.topology.validate import validate_project

SETTINGS = """
format = 1
name = "test"
crs = "EPSG:32651"
headline_service = "tv"
[services.tv]
transmitter = "mast"
freq_mhz = {value = 698, source = "test", assumed = true}
rx_height_m = {value = 1.5, source = "test", assumed = true}
minimum_field_dbuv_m = {value = 48, source = "test", assumed = true}
location_sigma_db = {value = 5.5, source = "test", assumed = true}
entry_loss_db = {value = 11, source = "test", assumed = true}
entry_sigma_db = {value = 6, source = "test", assumed = true}
required_probability = {value = 0.95, source = "test", assumed = true}
[transmitters.mast]
power_dbm = {value = 43, source = "test", assumed = true}
gain_dbi = {value = 12, source = "test", assumed = true}
feeder_loss_db = {value = 2, source = "test", assumed = true}
height_m = {value = 35, source = "test", assumed = true}
tilt_deg = {value = 4, source = "test", assumed = true}
"""
SPLAT_AZ = "30 ; rotation\n0 1.0\n90 0.5\n180 0.1\n270 0.5\n"
SPLAT_EL = "2 30\n-10 0.2\n0 0.9\n1 1.0\n10 0.1\n90 0.05\n"


@pytest.fixture
def make(tmp_path, msi_text):
    """Return a function that makes a project of one site with the cells and pattern files."""
    (tmp_path / "panel.msi").write_text(msi_text(tilt_deg=6), encoding="utf-8")

    def made(cells="", settings=SETTINGS, **files):
        (tmp_path / "ngbw.toml").write_text(settings, encoding="utf-8")
        (tmp_path / "sites.csv").write_text(
            "site_id,name,lon,lat,antenna_height_m\nS,s,121.5,31.3,40\n", encoding="utf-8"
        )
        if cells:
            (tmp_path / "cells.csv").write_text(cells, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return open_project(tmp_path)

    return made


def station(project):
    service = service_from_settings(project.settings)
    (found,) = stations(project.network(), ["S"], service, project.settings.crs)
    return found


def test_a_file_gives_gain_and_tilt_where_the_table_is_empty(make):
    found = station(make("cell_id,site_id,antenna,power_dbm,azimuth_deg\na,S,panel.msi,40,120\n"))
    (sector,) = found.transmitters
    assert isinstance(sector.pattern, AntennaPattern)
    assert (sector.azimuth_deg, sector.tilt_deg, sector.mech_tilt_deg) == (120, 0, 0)
    assert sector.eirp_dbm == 40 + 15 - 2
    assert set(found.assumed) == {"feeder_loss_db", "freq_mhz"}
    assert found.disagreements == ()


def test_the_table_wins_over_the_file_and_says_so(make):
    rows = "a,S,panel.msi,40,120,18,9,3,800\nb,S,panel.msi,40,0,18,,,698\n"
    found = station(
        make(
            "cell_id,site_id,antenna,power_dbm,azimuth_deg,gain_dbi,tilt_deg,mech_tilt_deg,freq_mhz\n"
            + rows
        )
    )
    first, second = found.transmitters
    assert first.eirp_dbm == second.eirp_dbm == 40 + 18 - 2
    assert (first.tilt_deg, first.mech_tilt_deg, second.tilt_deg) == (3, 3, 0)
    said = {(notice.key, notice.kind, notice.count) for notice in antenna_notices([found])}
    assert said == {
        ("antenna-gain", "panel.msi", 2), ("antenna-frequency", "panel.msi", 1),
        ("antenna-tilt", "panel.msi", 1),
    }  # fmt: skip


def test_an_assumed_figure_gives_way_to_the_file(make):
    found = station(
        make(
            "cell_id,site_id,antenna,azimuth_deg,gain_dbi,tilt_deg,assumed\n"
            "a,S,panel.msi,0,12,4,gain_dbi tilt_deg\n"
        )
    )
    (sector,) = found.transmitters
    assert (sector.eirp_dbm, sector.tilt_deg) == (43 + 15 - 2, 0)
    assert not {"gain_dbi", "tilt_deg"} & set(found.assumed)


def test_an_assumed_gain_counts_where_the_file_states_none(make):
    project = make(
        "cell_id,site_id,antenna,gain_dbi,assumed\na,S,mast,9,gain_dbi\n", mast__az=SPLAT_AZ
    )
    found = station(project)
    assert found.transmitters[0].eirp_dbm == 43 + 9 - 2
    assert "gain_dbi" in found.assumed


def test_a_panel_without_azimuth_stands_three_times_and_a_round_antenna_once(make):
    found = station(make("cell_id,site_id,antenna\na,S,panel.msi\n"))
    assert [t.azimuth_deg for t in found.transmitters] == [0, 120, 240]
    assert [t.lean_deg for t in found.transmitters] == [0, 120, 240]
    assert "azimuth_deg" in found.assumed
    ring = AntennaPattern("ring", None, 8, None, np.linspace(0, 2, 360), np.zeros(360), "ring.msi")
    (where,) = standings(ring, azimuth_deg=None, tilt_deg=None, mech_tilt_deg=None)
    assert where.azimuth_deg == 0


@pytest.mark.parametrize("name", ["mast", "mast.az", "mast.el"])
def test_a_splat_pair_is_named_by_its_stem_or_either_file(make, name):
    project = make(f"cell_id,site_id,antenna\na,S,{name}\n", mast__az=SPLAT_AZ, mast__el=SPLAT_EL)
    found = station(project)
    (mast,) = found.transmitters
    assert isinstance(mast.pattern, AntennaPattern)
    assert mast.pattern.source == "mast.az + mast.el"
    assert (mast.azimuth_deg, mast.mech_tilt_deg, mast.lean_deg) == (30, 2, 30)
    assert "gain_dbi" in found.assumed  # no figure in such a file


def test_a_splat_antenna_that_the_table_turns_leans_with_it(make):
    turned = SPLAT_EL.replace("2 30", "2 50")
    project = make(
        "cell_id,site_id,antenna,azimuth_deg\na,S,mast,200\n", mast__az=SPLAT_AZ, mast__el=turned
    )
    (mast,) = station(project).transmitters
    assert (mast.azimuth_deg, mast.lean_deg) == (200, 220)


def test_the_default_transmitter_may_name_a_file(make):
    project = make(settings=SETTINGS + 'pattern = "panel.msi"\n')
    found = station(project)
    assert len(found.transmitters) == 3
    sector = found.transmitters[0]
    assert (sector.tilt_deg, sector.eirp_dbm) == (-2, 43 + 12 - 2)
    assert [notice.key for notice in antenna_notices([found])] == ["antenna-gain"]
    assert "panel.msi" in project.input_hashes()
    broken = make(settings=SETTINGS + 'pattern = "../panel.msi"\n')
    with pytest.raises(SettingError, match="plain name of a pattern file"):
        service_from_settings(broken.settings)


def test_a_broken_file_names_cell_file_and_line(make, msi_text):
    project = make("cell_id,site_id,antenna\nc7,S,bad.msi\n", bad__msi=msi_text(rows={17: None}))
    with pytest.raises(FileError, match=r"cell 'c7', antenna 'bad.msi': bad.msi, line 365: .*17"):
        station(project)


def test_a_missing_file_names_the_cell_and_what_is_alike(make):
    project = make("cell_id,site_id,antenna\nc7,S,pannel.msi\n")
    with pytest.raises(MissingError, match=r"cell 'c7'.*no pannel.msi \(did you mean 'panel.msi'"):
        station(project)
    with pytest.raises(MissingError, match=r"no mast.az or mast.el"):
        station(make("cell_id,site_id,antenna\nc7,S,mast\n"))


def test_tables_without_a_directory_know_built_in_antennas_only():
    assert ProjectPatterns(None).find("omni") == "omni"
    with pytest.raises(MissingError, match="not read from a project's directory"):
        ProjectPatterns(None).find("panel.msi")


@pytest.mark.parametrize("name", ["../panel.msi", "a/panel.msi", ".hidden.msi", "c:\\panel.msi"])
def test_a_path_is_no_antenna(make, name):
    problems = validate_project(make(f"cell_id,site_id,antenna\na,S,{name}\n"))
    (problem,) = [p for p in problems if p.column == "antenna"]
    assert "plain name of a file in the project's directory" in problem.rule
    with pytest.raises(FileError, match="not the plain name"):
        ProjectPatterns(Path()).find(name)


def test_a_link_that_leads_out_is_refused(make, tmp_path, tmp_path_factory, msi_text):
    outside = tmp_path_factory.mktemp("outside") / "secret.msi"
    outside.write_text(msi_text(), encoding="utf-8")
    project = make("cell_id,site_id,antenna\na,S,link.msi\n")
    (tmp_path / "link.msi").symlink_to(outside)
    with pytest.raises(FileError, match="leads out of the project"):
        station(project)


def test_a_beam_is_not_moved_further_than_a_measurement_bears(make):
    project = make("cell_id,site_id,antenna,tilt_deg\na,S,panel.msi,30\n")
    with pytest.raises(InputError, match=r"cell 'a'.*holds 6 degrees.*at most 20"):
        station(project)


def test_the_tilt_of_a_file_is_what_it_states_unless_its_cut_says_otherwise(sector_cuts):
    def pattern(stated):
        horizontal, vertical = sector_cuts(6)
        return AntennaPattern("x", None, None, stated, horizontal, vertical, "x.msi")

    assert [own_tilt_deg(pattern(stated)) for stated in (None, 6, 6.5, 5, 0)] == [6, 6, 6.5, 5, 6]


def test_a_mechanical_tilt_of_an_antenna_that_is_round_both_ways_is_idle():
    (idle,) = disagreements("omni", gain_dbi=5, freq_mhz=698, tilt_deg=None, mech_tilt_deg=4)
    assert idle.key == "antenna-tilt-idle"
    assert disagreements("omni", gain_dbi=5, freq_mhz=698, tilt_deg=3) == ()


def test_another_pattern_is_another_input(make, tmp_path, msi_text):
    cells = "cell_id,site_id,antenna\na,S,panel.msi\nb,S,mast\nc,S,\n"
    project = make(cells, mast__az=SPLAT_AZ)
    before = project.input_hashes()
    assert {"panel.msi", "mast.az"} <= set(before)
    assert "mast.el" not in before
    assert project.named_files() == ("panel.msi", "mast.az", "mast.el")
    (tmp_path / "panel.msi").write_text(msi_text(tilt_deg=5), encoding="utf-8")
    after = open_project(tmp_path).input_hashes()
    assert {name for name in before if before[name] != after[name]} == {"panel.msi"}


def test_validation_lists_every_antenna_problem_with_its_rows(make, msi_text):
    cells = (
        "cell_id,site_id,antenna,gain_dbi,tilt_deg,freq_mhz,mech_tilt_deg\n"
        "a,S,panel.msi,15,6,698,\n"
        "b,S,gone.msi,,,,\n"
        "c,S,short.msi,,,,\n"
        "d,S,short.msi,,,,\n"
        "e,S,panel.msi,9,,,\n"
        "f,S,panel.msi,,,900,\n"
        "g,S,field.az,,,,\n"
        "h,S,omni,,,,5\n"
        "i,S,panel.msi,,40,,\n"
    )
    project = make(
        cells,
        short__msi=msi_text(rows={17: None}),
        field__az="0\n0 1\n5 -12\n",  # decibels where a field is due
    )
    problems = antenna_problems(project)
    assert [(p.severity, p.row, p.column, p.value) for p in problems] == [
        ("error", 3, "antenna", "gone.msi"),
        ("error", 4, "antenna", "short.msi"),
        ("warning", 6, "gain_dbi", "9"),
        ("warning", 7, "freq_mhz", "900"),
        ("error", 8, "antenna", "field.az"),
        ("warning", 9, "mech_tilt_deg", "5"),
        ("error", 10, "antenna", "panel.msi"),
    ]
    assert "359 rows" in problems[1].rule + problems[1].fix
    assert "rows 4, 5" in problems[1].rule
    assert "900 MHz" in problems[3].rule
    assert "698 MHz" in problems[3].rule
    assert all(p.fix and p.file == "cells.csv" for p in problems)


def test_validation_looks_at_the_default_transmitter_too(make):
    (problem,) = antenna_problems(make(settings=SETTINGS + 'pattern = "gone.msi"\n'))
    assert (problem.severity, problem.file, problem.value) == ("error", "ngbw.toml", "gone.msi")
    assert antenna_problems(make(settings=SETTINGS + 'pattern = "panel.msi"\n')) == []
