"""Radio services as ``[services]`` in ``ngbw.toml`` describes them.

Each figure is ``{ value = 48.9, source = "...", assumed = true }``. What a service leaves out comes
from the budget that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
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

__all__ = [
    "NETWORK_SETTINGS",
    "SERVICE_SETTINGS",
    "TRANSMITTER_SETTINGS",
    "UPLINK_SETTINGS",
    "service_from_settings",
]

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

SERVICE_SETTINGS: dict[str, str] = {
    "name": "what people call it",
    "name_en": "the same in English",
    "technology": "which cells carry it (cells.technology); ngb-w",
    "transmitter": "what a site is equipped with when its tables do not say: one of [transmitters]",
    "budget": f"where missing figures come from: {', '.join(BUDGETS)}",
    "freq_mhz": "figure: frequency of cells that state none",
    "rx_height_m": "figure: receiving antenna above ground",
    "minimum_field_dbuv_m": "figure: least field with which a receiver works, without margin",
    "location_sigma_db": "figure: spread over the locations of a pixel, for models that see no "
    "buildings",
    "building": "entry loss by ITU-R P.2109 at the service's frequency: traditional or "
    "thermally-efficient",
    "entry_loss_db": "figure: median building entry loss, where no building is named; 0 outdoors",
    "entry_sigma_db": "figure: its spread",
    "required_probability": "figure: location probability from which on a resident is served",
    "uplink": "the way back of a two-way service, see below",
    "network": "what its transmitters are to each other, see below",
}
"""Every setting of a service; figures are tables of value, source and assumed."""

UPLINK_SETTINGS: dict[str, str] = {
    "budget": f"where missing figures come from: {', '.join(UPLINK_BUDGETS)}",
    "freq_mhz": "figure: frequency; the downlink's by default",
    "bandwidth_mhz": "figure: what the terminal sends on",
    "terminal_power_dbm": "figure: power of the terminal",
    "terminal_gain_dbi": "figure: antenna of the terminal",
    "body_loss_db": "figure: what the user's body takes",
    "base_noise_figure_db": "figure: noise figure of the base station",
    "required_sinr_db": "figure: at which the uplink just works",
    "interference_margin_db": "figure: by how much the uplinks of other cells raise the noise",
}
"""Every setting of ``[services.ID.uplink]``; gain and feeder are those of the transmitter."""

NETWORK_SETTINGS: dict[str, str] = {
    "kind": "sfn: all send the same and add up; reuse: all share a carrier and interfere",
    "required_sinr_db": "figure: carrier over noise, spoiled echoes or interference that is needed",
    "guard_symbols": "sfn: DTMB frame header of 420, 595 or 945 symbols",
    "load": "reuse, figure: share of its resources that an interfering cell uses",
    "bandwidth_mhz": "reuse, figure: bandwidth of the carrier",
    "busy_mbps_per_1000": "reuse, figure: what 1,000 residents ask for in the busy hour",
}
"""Every setting of ``[services.ID.network]``."""

TRANSMITTER_SETTINGS: dict[str, str] = {
    "pattern": "omni, 3gpp-65, or a pattern file of the project",
    "power_dbm": "figure: power at the feeder's input",
    "gain_dbi": "figure: antenna gain in the main direction",
    "feeder_loss_db": "figure: what the feeder takes",
    "height_m": "figure: antenna above ground where the site states none",
    "tilt_deg": "figure: downtilt",
}
"""Every setting of ``[transmitters.NAME]``."""

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
    _unknown(raw, list(SERVICE_SETTINGS), place)
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
        name=texts["name"],
        name_en=texts["name_en"],
        technology=texts["technology"],
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
    _unknown(equipment, list(TRANSMITTER_SETTINGS), place)
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
    _unknown(raw, list(UPLINK_SETTINGS), place)
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
            **{
                name: figure(name) for name in UPLINK_SETTINGS if name not in ("budget", "freq_mhz")
            },
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
