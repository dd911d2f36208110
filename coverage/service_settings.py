"""Radio services as ``[services]`` in ``ngbw.toml`` describes them.

Each figure is ``{ value = 48.9, source = "...", assumed = true }``. What a service leaves out
comes from the budget that it names:

========================  ======================================================================
``budget``                row of :data:`.BUDGETS` from which missing figures are taken
``building``              ``traditional`` or ``thermally-efficient``: entry loss by ITU-R P.2109
                          instead of ``entry_loss_db`` and ``entry_sigma_db``
``uplink``                the way back: figures of :class:`.UplinkBudget`, or ``budget`` with the
                          name of one; a service without it is broadcast
``network``               what transmitters are to each other: ``kind = "sfn"`` with
                          ``guard_symbols`` and ``required_sinr_db``, or ``kind = "reuse"`` with
                          ``required_sinr_db``, ``load``, ``bandwidth_mhz`` and
                          ``busy_mbps_per_1000``
========================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast, get_args

from scipy.special import ndtri

from ..topology.errors import SettingError, UsageError
from ..topology.named_files import is_plain_file_name
from ..topology.settings import SETTINGS_FILE, Figure, Settings, nearest
from .antenna.sectors import PATTERNS
from .propagation.p2109 import Building, building_entry_loss_db
from .servers.budgets import BUDGETS, UPLINK_BUDGETS
from .servers.dtmb import GUARD_SYMBOLS
from .servers.link_budget import Budget, UplinkBudget
from .services import Combination, DefaultTransmitter, Reuse, Service, SingleFrequency

__all__ = ["service_from_settings"]

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
    "bandwidth_mhz": (0.001, 400, "MHz"),
    "terminal_power_dbm": (-30, 60, "dBm"),
    "terminal_gain_dbi": (-30, 40, "dBi"),
    "body_loss_db": (0, 30, "dB"),
    "base_noise_figure_db": (0, 30, "dB"),
    "required_sinr_db": (-30, 50, "dB"),
    "interference_margin_db": (0, 40, "dB"),
    "load": (0, 1, "a share"),
    "busy_mbps_per_1000": (0, 100_000, "Mbit/s"),
}

_OF_A_BUDGET = {
    "freq_mhz": "frequency_mhz",
    "rx_height_m": "receiver_height_m",
    "location_sigma_db": "location_sigma_db",
    "entry_loss_db": "entry_loss_db",
    "entry_sigma_db": "entry_sigma_db",
    "required_probability": "location_probability",
}
"""Figures of a service, and what they are called in a budget."""

_UPLINK = (
    "freq_mhz", "bandwidth_mhz", "terminal_power_dbm", "terminal_gain_dbi", "body_loss_db",
    "base_noise_figure_db", "required_sinr_db", "interference_margin_db",
)  # fmt: skip

_NETWORKS = {
    "sfn": ("kind", "required_sinr_db", "guard_symbols"),
    "reuse": ("kind", "required_sinr_db", "load", "bandwidth_mhz", "busy_mbps_per_1000"),
}


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


def _choice(value: object, words: list[str], place: str) -> str:
    if value not in words:
        raise SettingError(
            f"{SETTINGS_FILE}: {place} is {value!r}; use one of {', '.join(words)}"
            f"{nearest(str(value), words)}"
        )
    return str(value)


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
    known = [field.name for field in fields(Service) if field.name != "service_id"]
    _unknown(raw, [*known, "budget", "building"], place)
    texts = {}
    for name, default in (("name", service_id), ("name_en", service_id), ("technology", "ngb-w")):
        text = raw.get(name, default)
        if not isinstance(text, str):
            raise SettingError(f"{SETTINGS_FILE}: {place}.{name} is {text!r}; give text")
        texts[name] = text
    budget = None
    if "budget" in raw:
        budget = BUDGETS[_choice(raw["budget"], list(BUDGETS), f"{place}.budget")]

    def figure(name: str) -> Figure:
        if name not in raw and budget is not None:
            found: Figure = getattr(budget, _OF_A_BUDGET[name])
            return found
        return _figure(raw, place, name)

    required = figure("required_probability")
    freq_mhz = figure("freq_mhz")
    if "building" in raw:
        entry_loss_db, entry_sigma_db = _entry(raw, place, freq_mhz, required)
    else:
        entry_loss_db, entry_sigma_db = figure("entry_loss_db"), figure("entry_sigma_db")
    transmitter = _transmitter(raw["transmitter"], f"the transmitter of {place}")
    return Service(
        service_id=service_id,
        freq_mhz=freq_mhz,
        rx_height_m=figure("rx_height_m"),
        minimum_field_dbuv_m=_minimum_field(raw, place, budget, freq_mhz),
        location_sigma_db=figure("location_sigma_db"),
        entry_loss_db=entry_loss_db,
        entry_sigma_db=entry_sigma_db,
        required_probability=required,
        transmitter=transmitter,
        uplink=_uplink(raw, f"{place}.uplink", freq_mhz, transmitter),
        network=_network(raw, f"{place}.network"),
        **texts,
    )


def _minimum_field(
    raw: Mapping[str, Any], place: str, budget: Budget | None, freq_mhz: Figure
) -> Figure:
    if "minimum_field_dbuv_m" in raw or budget is None:
        return _figure(raw, place, "minimum_field_dbuv_m")
    mine = budget.with_figures(frequency_mhz=freq_mhz)
    source = (
        f"budget {raw['budget']}: C/N {mine.carrier_to_noise_db.value:g} dB in "
        f"{mine.bandwidth_mhz.value:g} MHz at a noise figure of {mine.noise_figure_db.value:g} dB, "
        f"{mine.antenna_gain_dbi.value:.3g} dBi"
    )
    parts = (mine.carrier_to_noise_db, mine.noise_figure_db, mine.antenna_gain_dbi)
    assumed = any(part.assumed for part in (*parts, mine.man_made_noise_db))
    return Figure(round(mine.needed_field_dbuv_m, 2), source, assumed)


def _entry(
    raw: Mapping[str, Any], place: str, freq_mhz: Figure, required: Figure
) -> tuple[Figure, Figure]:
    """Return the normal distribution that has P.2109's median and its required percentile."""
    building = cast(
        "Building", _choice(raw["building"], list(get_args(Building)), f"{place}.building")
    )
    for name in ("entry_loss_db", "entry_sigma_db"):
        if name in raw:
            raise SettingError(
                f"{SETTINGS_FILE}: {place}.{name} has no effect, because {place}.building gives the "
                "entry loss by ITU-R P.2109; leave one of them out"
            )
    if not 80 <= freq_mhz.value <= 100_000:
        raise SettingError(
            f"{SETTINGS_FILE}: {place}.building needs a frequency of 80 to 100000 MHz, freq_mhz is "
            f"{freq_mhz.value:g}; give entry_loss_db and entry_sigma_db instead"
        )
    ghz = freq_mhz.value / 1000.0
    # The median alone leaves no slope to fit: at 50 % the 84th percentile stands for it.
    tail = required.value if required.value > 0.6 else 0.84
    median, high = building_entry_loss_db(ghz, [0.5, tail], building=building)
    source = f"ITU-R P.2109-2, {building} building at {freq_mhz.value:g} MHz"
    return (
        Figure(round(float(median), 2), f"{source}, median", assumed=True),
        Figure(
            round(float((high - median) / ndtri(tail)), 2),
            f"{source}, between 50 and {100 * tail:g} % of buildings",
            assumed=True,
        ),
    )


def _transmitter(equipment: Mapping[str, Any], place: str) -> DefaultTransmitter:
    names = [field.name for field in fields(DefaultTransmitter)]
    _unknown(equipment, names, place)
    pattern = equipment.get("pattern", "omni")
    if pattern not in PATTERNS and not is_plain_file_name(pattern):
        raise SettingError(
            f"{SETTINGS_FILE}: {place}.pattern is {pattern!r}; use one of {', '.join(PATTERNS)}, or "
            "the plain name of a pattern file that lies in the project directory"
        )
    return DefaultTransmitter(
        power_dbm=_figure(equipment, place, "power_dbm"),
        gain_dbi=_figure(equipment, place, "gain_dbi"),
        feeder_loss_db=_figure(equipment, place, "feeder_loss_db"),
        height_m=_figure(equipment, place, "height_m"),
        tilt_deg=_figure(equipment, place, "tilt_deg"),
        pattern=str(pattern),
    )


def _table(raw: Mapping[str, Any], name: str, place: str) -> Mapping[str, Any] | None:
    given = raw.get(name)
    if given is not None and not isinstance(given, Mapping):
        raise SettingError(f"{SETTINGS_FILE}: {place} is {given!r}; describe it in [{place}]")
    return given


def _uplink(
    service: Mapping[str, Any], place: str, freq_mhz: Figure, transmitter: DefaultTransmitter
) -> UplinkBudget | None:
    raw = _table(service, "uplink", place)
    if raw is None:
        return None
    _unknown(raw, [*_UPLINK, "budget"], place)
    known = None
    if "budget" in raw:
        known = UPLINK_BUDGETS[_choice(raw["budget"], list(UPLINK_BUDGETS), f"{place}.budget")]

    def figure(name: str) -> Figure:
        if name in raw or known is None:
            return _figure(raw, place, name)
        found: Figure = getattr(known, "frequency_mhz" if name == "freq_mhz" else name)
        return found

    frequency = freq_mhz if "freq_mhz" not in raw and known is None else figure("freq_mhz")
    try:
        return UplinkBudget(
            frequency_mhz=frequency,
            base_gain_dbi=transmitter.gain_dbi,
            base_feeder_loss_db=transmitter.feeder_loss_db,
            **{name: figure(name) for name in _UPLINK if name != "freq_mhz"},
        )
    except SettingError:
        raise
    except UsageError as error:
        raise SettingError(f"{SETTINGS_FILE}: {place}: {error}") from None


def _network(service: Mapping[str, Any], place: str) -> Combination | None:
    raw = _table(service, "network", place)
    if raw is None:
        return None
    kind = _choice(raw.get("kind"), list(_NETWORKS), f"{place}.kind")
    _unknown(raw, list(_NETWORKS[kind]), place)
    required = _figure(raw, place, "required_sinr_db")
    if kind == "reuse":
        return Reuse(
            required,
            _figure(raw, place, "load"),
            _figure(raw, place, "bandwidth_mhz"),
            _figure(raw, place, "busy_mbps_per_1000"),
        )
    symbols = raw.get("guard_symbols")
    if symbols not in GUARD_SYMBOLS:
        raise SettingError(
            f"{SETTINGS_FILE}: {place}.guard_symbols is {symbols!r}; DTMB has "
            f"{', '.join(map(str, GUARD_SYMBOLS))}"
        )
    return SingleFrequency(required, int(symbols))
