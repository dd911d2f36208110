"""docs/device-profiles.md says every key, formula, figure and profile, and its example works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ngbw.probes.device_reading import read_sensors
from ngbw.probes.profiles import built_in_profiles, read_profile
from ngbw.probes.profiles.form import (
    COMPUTED_KEYS,
    MATCH_KEYS,
    PART_KEYS,
    PROFILE_KEYS,
    SENSOR_KEYS,
)
from ngbw.probes.profiles.formulas import FORMULAS
from ngbw.probes.readings.figures import FIGURES
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.snmp.values import Tag, Typed, oid

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "device-profiles.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "keys",
    [
        PROFILE_KEYS,
        MATCH_KEYS,
        SENSOR_KEYS,
        COMPUTED_KEYS,
        PART_KEYS,
        {name: formula.meaning for name, formula in FORMULAS.items()},
    ],
)
def test_every_key_and_formula_stands_on_the_page_as_it_is_declared(keys):
    table = "\n".join(f"| `{key}` | {meaning} |" for key, meaning in keys.items())
    assert f"\n{table}\n\n" in PAGE


def test_every_figure_stands_on_the_page_with_its_unit():
    rows = [f"| `{k}` | {f.unit or '-'} | {f.domain} | {f.meaning} |" for k, f in FIGURES.items()]
    assert "\n".join(rows) in PAGE


def test_every_built_in_profile_stands_on_the_page():
    rows = [f"| `{p.profile_id}` | {p.title} | {p.source} |" for p in built_in_profiles()]
    assert "\n".join(rows) in PAGE


def test_example_of_the_page_reads_a_transmitter():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    profile = read_profile(example, "acme-tx")
    cells = {"1.1.0": 1000, "1.2.0": 40, "1.7.0": 1, "2.1.3.1": 55, "2.1.3.2": -128}
    rows = [
        (oid("1.3.6.1.4.1.99999.4." + below), Typed(Tag.INTEGER, value))
        for below, value in cells.items()
    ]
    rows.append((oid("1.3.6.1.4.1.99999.4.2.1.2.1"), Typed(Tag.OCTET_STRING, b"PA 1")))
    sensors = read_sensors(recording_of("tx", rows), [profile])
    found = {sensor.label or sensor.figure: sensor.value for sensor in sensors}
    assert found["forward"] == 100
    assert found["vswr"] == 1.5
    assert found["gnss"] == 1
    assert found["Amplifier PA 1"] == 55
    assert found["Amplifier 2"] is None
