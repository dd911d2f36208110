"""Radio services: what a receiver needs, and how likely a location is to get it.

A service stores the *minimum* field and the *median and deviation* of building entry loss, never
a planning value that already holds the location margin. Path loss is the median over locations;
the margin enters once, as the probability

    p = Phi((E50 - Lb - Emin) / sqrt(sigma_L^2 + sigma_b^2))

(GE06 Final Acts, annex 2, chapter 3: Emed = Emin + Cl + Lb with Cl = mu sqrt(sigma_L^2 +
sigma_b^2)). E50 is the median field outdoors at the receiver's height.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ..topology.errors import SettingError
from ..topology.named_files import is_plain_file_name
from ..topology.settings import SETTINGS_FILE, Figure, Settings, nearest
from .antenna.sectors import PATTERNS
from .propagation.free_space import FREE_SPACE_DB

__all__ = ["FIELD_CONSTANT_DB", "DefaultTransmitter", "Service", "service_from_settings"]

_IMPEDANCE_OHM = 376.730_313_668  # of free space (CODATA)

FIELD_CONSTANT_DB = (
    60.0 + 10.0 * math.log10(_IMPEDANCE_OHM * 1e-3 / (4.0 * math.pi)) + FREE_SPACE_DB
)
"""E[dBuV/m] = EIRP[dBm] - L[dB] + 77.2160 + 20 log f[MHz].

The field of 0 dBm EIRP at 1 km (44.768 dBuV/m) plus the free-space loss at 1 km and 1 MHz.
"""

_RANGES: dict[str, tuple[float, float, str]] = {
    "freq_mhz": (30, 100_000, "MHz"),
    "rx_height_m": (0.5, 300, "m"),
    "minimum_field_dbuv_m": (-50, 150, "dBuV/m"),
    "location_sigma_db": (0, 20, "dB"),
    "entry_loss_db": (0, 80, "dB"),
    "entry_sigma_db": (0, 20, "dB"),
    "required_probability": (0.5, 0.999, "a share"),
    "power_dbm": (-50, 90, "dBm"),
    "gain_dbi": (-20, 60, "dBi"),
    "feeder_loss_db": (0, 30, "dB"),
    "tilt_deg": (-90, 90, "degrees"),
    "height_m": (1, 700, "m"),
}


@dataclass(frozen=True, slots=True)
class DefaultTransmitter:
    """What a site is equipped with when its tables do not say.

    Attributes
    ----------
    power_dbm
        Transmitter power at the feeder's input, per cell.
    gain_dbi, feeder_loss_db
        Antenna gain in the main direction, and what the feeder takes.
    height_m
        Antenna height above ground where the site states none.
    tilt_deg
        Electrical downtilt.
    pattern
        Antenna pattern, built in or a file; ``3gpp-65`` puts three sectors on the site.
    """

    power_dbm: Figure
    gain_dbi: Figure
    feeder_loss_db: Figure
    height_m: Figure
    tilt_deg: Figure
    pattern: str


@dataclass(frozen=True, slots=True)
class Service:
    """A radio service.

    Attributes
    ----------
    service_id
        Its name in ``ngbw.toml``.
    name, name_en
        What people call it.
    technology
        Which cells carry it (``cells.technology``).
    freq_mhz
        Frequency of cells that state none.
    rx_height_m
        Height of the receiving antenna above ground.
    minimum_field_dbuv_m
        Least field at the receiving antenna with which the service works.
    location_sigma_db
        Standard deviation of the field over locations inside a small area, outdoors.
    entry_loss_db, entry_sigma_db
        Median and standard deviation of building entry loss; 0 outdoors.
    required_probability
        Location probability from which on a resident counts as served.
    transmitter
        What a site is equipped with when its tables do not say.
    """

    service_id: str
    name: str
    name_en: str
    technology: str
    freq_mhz: Figure
    rx_height_m: Figure
    minimum_field_dbuv_m: Figure
    location_sigma_db: Figure
    entry_loss_db: Figure
    entry_sigma_db: Figure
    required_probability: Figure
    transmitter: DefaultTransmitter

    @property
    def sigma_db(self) -> float:
        """Standard deviation of outdoor field and entry loss together."""
        return math.hypot(self.location_sigma_db.value, self.entry_sigma_db.value)

    @property
    def planning_field_dbuv_m(self) -> float:
        """Median outdoor field from which on a location counts as served."""
        margin = float(ndtri(self.required_probability.value)) * self.sigma_db
        return self.minimum_field_dbuv_m.value + self.entry_loss_db.value + margin

    @property
    def outdoor_planning_field_dbuv_m(self) -> float:
        """The same for a receiver outdoors: without entry loss and its deviation."""
        margin = float(ndtri(self.required_probability.value)) * self.location_sigma_db.value
        return self.minimum_field_dbuv_m.value + margin

    def probability(self, field_dbuv_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the location probability at a median outdoor field; NaN stays NaN."""
        excess = (
            np.asarray(field_dbuv_m, np.float64)
            - self.entry_loss_db.value
            - self.minimum_field_dbuv_m.value
        )
        if self.sigma_db == 0:
            return np.where(np.isnan(excess), np.nan, (excess >= 0).astype(np.float64))
        return cast("NDArray[np.float64]", ndtr(excess / self.sigma_db))

    def assumed(self) -> tuple[str, ...]:
        """Return the names of the figures that are assumed."""
        return tuple(
            field.name
            for field in fields(self)
            if isinstance(figure := getattr(self, field.name), Figure) and figure.assumed
        )


def _figure(raw: Mapping[str, Any], place: str, name: str) -> Figure:
    low, high, unit = _RANGES[name]
    given = raw.get(name)
    if not isinstance(given, Mapping) or set(given) - {"value", "source", "assumed"}:
        raise SettingError(
            f"{SETTINGS_FILE}: {place}.{name} is {given!r}; write "
            f'{name} = {{ value = NUMBER, source = "WHERE FROM", assumed = true }}'
        )
    value, source, assumed = given.get("value"), given.get("source"), given.get("assumed", False)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SettingError(
            f"{SETTINGS_FILE}: {place}.{name}.value is {value!r}; give {unit}, {low:g} to {high:g}"
        )
    if not isinstance(source, str) or not source or not isinstance(assumed, bool):
        raise SettingError(
            f"{SETTINGS_FILE}: {place}.{name} needs source (where the figure comes from) and "
            "assumed (true or false)"
        )
    return Figure(float(value), source, assumed)


def _unknown(raw: Mapping[str, Any], known: list[str], place: str) -> None:
    for name in raw:
        if name not in known:
            raise SettingError(
                f"{SETTINGS_FILE}: {place}.{name} is not a setting{nearest(name, known)}; "
                f"it takes {', '.join(known)}"
            )


def service_from_settings(settings: Settings, service_id: str = "") -> Service:
    """Return a service of the project, the headline service by default.

    Raises
    ------
    SettingError
        The service does not exist, or a figure is missing, out of range or without a source.
    """
    service_id = service_id or settings.headline_service
    if service_id not in settings.services:
        raise SettingError(
            f"service {service_id!r} is not in {SETTINGS_FILE}"
            f"{nearest(service_id, list(settings.services))}; it describes "
            f"{', '.join(settings.services)}"
        )
    raw = settings.services[service_id]
    place = f"services.{service_id}"
    _unknown(raw, [field.name for field in fields(Service) if field.name != "service_id"], place)
    texts = {}
    for name, default in (("name", service_id), ("name_en", service_id), ("technology", "ngb-w")):
        text = raw.get(name, default)
        if not isinstance(text, str):
            raise SettingError(f"{SETTINGS_FILE}: {place}.{name} is {text!r}; give text")
        texts[name] = text
    equipment: Mapping[str, Any] = raw["transmitter"]
    place_of_equipment = f"the transmitter of {place}"
    names = [field.name for field in fields(DefaultTransmitter)]
    _unknown(equipment, names, place_of_equipment)
    pattern = equipment.get("pattern", "omni")
    if pattern not in PATTERNS and not is_plain_file_name(pattern):
        raise SettingError(
            f"{SETTINGS_FILE}: {place_of_equipment}.pattern is {pattern!r}; use one of "
            f"{', '.join(PATTERNS)}, or the plain name of a pattern file that lies in the project "
            "directory"
        )
    return Service(
        service_id=service_id,
        freq_mhz=_figure(raw, place, "freq_mhz"),
        rx_height_m=_figure(raw, place, "rx_height_m"),
        minimum_field_dbuv_m=_figure(raw, place, "minimum_field_dbuv_m"),
        location_sigma_db=_figure(raw, place, "location_sigma_db"),
        entry_loss_db=_figure(raw, place, "entry_loss_db"),
        entry_sigma_db=_figure(raw, place, "entry_sigma_db"),
        required_probability=_figure(raw, place, "required_probability"),
        transmitter=DefaultTransmitter(
            power_dbm=_figure(equipment, place_of_equipment, "power_dbm"),
            gain_dbi=_figure(equipment, place_of_equipment, "gain_dbi"),
            feeder_loss_db=_figure(equipment, place_of_equipment, "feeder_loss_db"),
            height_m=_figure(equipment, place_of_equipment, "height_m"),
            tilt_deg=_figure(equipment, place_of_equipment, "tilt_deg"),
            pattern=str(pattern),
        ),
        **texts,
    )
