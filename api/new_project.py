"""A new, empty project: settings that can be planned with, and the folders to fill."""

from __future__ import annotations

import json
from pathlib import Path

from ..topology.errors import UsageError
from ..topology.settings import SETTINGS_FILE, read_settings

__all__ = ["new_project"]

_SETTINGS = """\
format = 1
name = {name}
language = {language}
timezone = {timezone}
crs = {crs}
grid_m = 25
headline_service = "portable-indoor"

[plan]
sites = 40
share = 0.90

[propagation]
model = "p1812"

# Without footprints the city is generated. Name your own files where you have them:
# buildings = "footprints.gpkg", dem = "terrain.tif", land_cover = "cover.tif".
[surface]
without_buildings = "generated"

# Correct these figures to your network; each says where it comes from.
[transmitters.default]
pattern = "omni"
power_dbm = {{ value = 43, source = "20 W per carrier", assumed = true }}
gain_dbi = {{ value = 11, source = "omnidirectional UHF array", assumed = true }}
feeder_loss_db = {{ value = 2, source = "short feeder on the roof", assumed = true }}
height_m = {{ value = 35, source = "roof of ten storeys + 5 m", assumed = true }}
tilt_deg = {{ value = 0, source = "no tilt", assumed = true }}

[services.portable-indoor]
name = "Portable indoor reception"
name_en = "Portable indoor reception"
technology = "ngb-w"
transmitter = "default"
freq_mhz = {{ value = 698, source = "upper UHF", assumed = true }}
rx_height_m = {{ value = 1.5, source = "GE06 Final Acts, annex 2, chapter 3", assumed = false }}
minimum_field_dbuv_m = {{ value = 48.9, source = "C/N 13 dB, 0 dBi, noise figure 7 dB", assumed = true }}
location_sigma_db = {{ value = 5.5, source = "GE06 Final Acts, annex 2, chapter 3; for models without buildings", assumed = false }}
building = "traditional"
required_probability = {{ value = 0.70, source = "GE06 Final Acts, annex 2, chapter 3: acceptable portable reception", assumed = true }}
"""


def new_project(
    directory: Path, *, name: str, crs: str, language: str, timezone: str
) -> list[Path]:
    """Make a project without tables and return the files written.

    Raises
    ------
    UsageError
        The directory already holds something.
    SettingError
        The CRS is not projected in metres; nothing is left behind.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not empty; name a new directory")
    made = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / SETTINGS_FILE
    given = {"name": name, "crs": crs, "language": language, "timezone": timezone}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in given.items()}
    try:
        path.write_text(_SETTINGS.format(**quoted), encoding="utf-8")
        read_settings(directory)
    except BaseException:
        path.unlink(missing_ok=True)
        if made:
            directory.rmdir()
        raise
    return [path]
