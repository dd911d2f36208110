"""Figures of one thing side by side: a transmitter, a transceiver, an ONU, a radio, whoever made it.

Sensors come one by one. Health, pages and predictions want those of one part together, by the
names that every maker's figures share (:mod:`.figures`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .figures import FIGURES
from .records import Sensor, Thresholds

__all__ = [
    "Light",
    "RadioEnd",
    "Transmitter",
    "lights_of",
    "optical_margin_db",
    "radio_ends_of",
    "transmitters_of",
]


@dataclass(frozen=True, slots=True)
class Transmitter:
    """What a broadcast transmitter or re-broadcast receiver says of itself.

    ``on_air`` and ``gnss_locked`` are None where the device does not say.
    """

    part: str
    frequency_mhz: float | None = None
    forward_power_w: float | None = None
    reflected_power_w: float | None = None
    vswr: float | None = None
    rf_level_dbm: float | None = None
    level_dbuv: float | None = None
    mer_db: float | None = None
    ber: float | None = None
    sfn_delay_us: float | None = None
    network_delay_us: float | None = None
    bitrate_mbps: float | None = None
    on_air: bool | None = None
    gnss_locked: bool | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """Optical levels of a port, lane or ONU, with the limits the device holds for them."""

    part: str
    if_index: int | None = None
    rx_power_dbm: float | None = None
    tx_power_dbm: float | None = None
    bias_current_a: float | None = None
    temperature_c: float | None = None
    voltage_v: float | None = None
    rx_limits: Thresholds = field(default_factory=Thresholds)
    rx_absent: str = ""


@dataclass(frozen=True, slots=True)
class RadioEnd:
    """One end of a microwave or millimetre wave link."""

    part: str
    if_index: int | None = None
    rsl_dbm: float | None = None
    rsl_target_dbm: float | None = None
    radio_tx_power_dbm: float | None = None
    mse_db: float | None = None
    xpi_db: float | None = None
    cinr_db: float | None = None
    capacity_mbps: float | None = None


def _grouped(sensors: Iterable[Sensor], key: Callable[[Sensor], object]) -> list[dict[str, Sensor]]:
    """Return figure to sensor for each group; the first that has a value counts."""
    groups: dict[object, dict[str, Sensor]] = {}
    for sensor in sensors:
        group = groups.setdefault(key(sensor), {})
        kept = group.get(sensor.figure)
        if kept is None or (kept.value is None and sensor.value is not None):
            group[sensor.figure] = sensor
    return list(groups.values())


def _row(sensor: Sensor) -> object:
    """Name the thing a sensor belongs to: its interface, else its source's row or part."""
    if sensor.if_index is not None and not sensor.name.count(".") > 1:
        return ("interface", sensor.if_index)
    _, dot, index = sensor.name.partition(".")
    if sensor.entity is not None:
        return ("part", sensor.part or index)
    return ("row", sensor.source, index if dot else sensor.part)


def _value(group: dict[str, Sensor], *figures: str) -> float | None:
    for figure in figures:
        sensor = group.get(figure)
        if sensor is not None and sensor.value is not None:
            return sensor.value
    return None


def _yes(group: dict[str, Sensor], figure: str) -> bool | None:
    value = _value(group, figure)
    return None if value is None else value > 0


def transmitters_of(sensors: Iterable[Sensor]) -> tuple[Transmitter, ...]:
    """Return a device's transmitters: one for each source of broadcast figures.

    Rows of a table of inputs stay apart (a receiver with four inputs gives four).
    """
    chosen = [
        s
        for s in sensors
        if FIGURES[s.figure].domain == "broadcast" or s.figure in ("gnss_lock", "mer_db")
    ]

    def key(sensor: Sensor) -> object:
        _, dot, index = sensor.name.partition(".")
        return (sensor.source, index if dot and sensor.figure != "frequency_mhz" else "")

    return tuple(
        Transmitter(
            part=min(group.values(), key=lambda sensor: sensor.name.count(".")).part,
            frequency_mhz=_value(group, "frequency_mhz"),
            forward_power_w=_value(group, "forward_power_w"),
            reflected_power_w=_value(group, "reflected_power_w"),
            vswr=_value(group, "vswr"),
            rf_level_dbm=_value(group, "rf_level_dbm"),
            level_dbuv=_value(group, "level_dbuv"),
            mer_db=_value(group, "mer_db"),
            ber=_value(group, "ber", "ber_post", "ber_pre"),
            sfn_delay_us=_value(group, "sfn_delay_us"),
            network_delay_us=_value(group, "network_delay_us"),
            bitrate_mbps=_value(group, "bitrate_mbps"),
            on_air=_yes(group, "rf_on"),
            gnss_locked=_yes(group, "gnss_lock"),
        )
        for group in _grouped(chosen, key)
        if any(FIGURES[figure].domain == "broadcast" for figure in group)
    )


_RECEIVED = ("rx_power_dbm", "onu_rx_power_dbm", "olt_rx_power_dbm")


def _grouped_by_lane(sensors: Iterable[Sensor]) -> list[dict[str, Sensor]]:
    """Group by row, and lane by lane where a port has several; all lanes share its warmth."""
    groups: dict[object, list[dict[str, Sensor]]] = {}
    for sensor in sensors:
        lanes = groups.setdefault(_row(sensor), [{}])
        lane = next((one for one in lanes if sensor.figure not in one), None)
        if lane is None:
            lane = {}
            lanes.append(lane)
        lane[sensor.figure] = sensor
    for first, *others in groups.values():
        for lane in others:
            for figure in ("temperature_c", "voltage_v"):
                if figure in first:
                    lane.setdefault(figure, first[figure])
    return [lane for lanes in groups.values() for lane in lanes]


def lights_of(sensors: Iterable[Sensor]) -> tuple[Light, ...]:
    """Return the optical levels of everything that sends or receives light."""
    found = []
    for group in _grouped_by_lane(sensors):
        received = next((group[figure] for figure in _RECEIVED if figure in group), None)
        if received is None and "tx_power_dbm" not in group and "bias_current_a" not in group:
            continue
        first = received or next(iter(group.values()))
        found.append(
            Light(
                part=first.part,
                if_index=first.if_index,
                rx_power_dbm=_value(group, *_RECEIVED),
                tx_power_dbm=_value(group, "tx_power_dbm"),
                bias_current_a=_value(group, "bias_current_a"),
                temperature_c=_value(group, "temperature_c"),
                voltage_v=_value(group, "voltage_v"),
                rx_limits=received.thresholds if received is not None else Thresholds(),
                rx_absent=received.absent if received is not None else "",
            )
        )
    return tuple(found)


def optical_margin_db(sensor: Sensor) -> float | None:
    """Return how far received power lies inside its limits: dB to the nearer alarm.

    Negative outside; None without a measurement or without a limit. Where only a warning is
    stated it stands for the alarm.

    Examples
    --------
    >>> optical_margin_db(Sensor("a", "rx_power_dbm", "p", -20.0,
    ...                          thresholds=Thresholds(low_alarm=-28, high_alarm=-8)))
    8.0
    """
    if sensor.value is None:
        return None
    limits = sensor.thresholds
    low = limits.low_alarm if limits.low_alarm is not None else limits.low_warning
    high = limits.high_alarm if limits.high_alarm is not None else limits.high_warning
    distances = [sensor.value - low] if low is not None else []
    if high is not None:
        distances.append(high - sensor.value)
    return min(distances, default=None)


def radio_ends_of(sensors: Iterable[Sensor]) -> tuple[RadioEnd, ...]:
    """Return the radios of a device, each with the levels of its own row."""
    chosen = [s for s in sensors if FIGURES[s.figure].domain == "radio"]
    return tuple(
        RadioEnd(
            part=next(iter(group.values())).part,
            if_index=next(iter(group.values())).if_index,
            rsl_dbm=_value(group, "rsl_dbm"),
            rsl_target_dbm=_value(group, "rsl_target_dbm"),
            radio_tx_power_dbm=_value(group, "radio_tx_power_dbm"),
            mse_db=_value(group, "mse_db"),
            xpi_db=_value(group, "xpi_db"),
            cinr_db=_value(group, "cinr_db"),
            capacity_mbps=_value(group, "capacity_mbps"),
        )
        for group in _grouped(chosen, _row)
        if "rsl_dbm" in group or "radio_tx_power_dbm" in group
    )
