"""Sensors as observations and as series: what they say now, and what is kept of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from ..health import OpticalLimits, optical_margin_db
from ..observations import Observation, resource
from ..quality import Quality
from ..readings.records import Sensor
from ..store import Series

__all__ = ["sensor_gauges", "sensor_observations"]

_DECIMALS = 3
_WORDS = "state"  # a figure that is a word has no number to judge


def _margin_db(sensor: Sensor) -> float | None:
    limits = sensor.thresholds
    return optical_margin_db(
        sensor.value,
        OpticalLimits(limits.low_alarm, limits.low_warning, limits.high_warning, limits.high_alarm),
    )


def sensor_observations(
    device_id: str, sensors: Iterable[Sensor], at_s: float
) -> Iterator[Observation]:
    """Yield what sensors say; one without a measurement is a gap, and not zero.

    A received power with limits of its own says its margin to them too.
    """
    for one in sensors:
        if one.figure == _WORDS:
            continue
        name = resource("sensor", device_id, one.name)
        quality = Quality.GAP if one.value is None else Quality.OK
        yield Observation(name, one.figure, one.value, quality, at_s)
        if one.figure == "rx_power_dbm":
            margin_db = _margin_db(one)
            if margin_db is not None:
                yield Observation(name, "rx_margin_db", margin_db, Quality.OK, at_s)


def sensor_gauges(device_id: str, sensors: Iterable[Sensor]) -> Iterator[tuple[Series, int | None]]:
    """Yield what is kept of each sensor, its value in thousandths; None for a gap."""
    for one in sensors:
        if one.figure == _WORDS:
            continue
        scaled = None if one.value is None else one.value * 10**_DECIMALS
        fits = scaled is not None and math.isfinite(scaled) and abs(scaled) < 2**62
        yield (
            Series(resource("sensor", device_id, one.name), one.figure, decimals=_DECIMALS),
            round(scaled) if scaled is not None and fits else None,
        )
