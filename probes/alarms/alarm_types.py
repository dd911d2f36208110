"""What can be wrong: the types of alarm, each with the figure that shows it.

The names, event types and probable causes follow X.733 and X.736; thresholds stand in
``defaults.toml`` beside this module and in the project's ``alarms.toml``, which can also declare
further types over any figure that is observed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .model import EventType

__all__ = ["ALARM_TYPES", "AlarmType"]


@dataclass(frozen=True, slots=True)
class AlarmType:
    """A sort of alarm.

    Attributes
    ----------
    figure
        Name of the observed figure; "" for what is inferred from other alarms.
    direction
        On which side of a threshold the figure is bad; ``no`` for a yes-or-no figure that should
        be yes.
    means_down
        Whether an active alarm means that nothing passes through the resource, so that other
        failures can follow from it.
    """

    name: str
    figure: str
    direction: Literal["above", "below", "no"]
    event_type: EventType
    probable_cause: str
    means_down: bool = False


_COMMUNICATIONS, _QUALITY = EventType.COMMUNICATIONS, EventType.QUALITY_OF_SERVICE
_EQUIPMENT, _ENVIRONMENT = EventType.EQUIPMENT, EventType.ENVIRONMENTAL

ALARM_TYPES: dict[str, AlarmType] = {
    one.name: one
    for one in (
        AlarmType("unreachable", "reachable", "no", _COMMUNICATIONS, "loss-of-signal", True),
        AlarmType("port-down", "oper_up", "no", _COMMUNICATIONS, "link-failure", True),
        AlarmType("link-down", "", "no", _COMMUNICATIONS, "link-failure", True),
        AlarmType("span-cut", "", "no", _COMMUNICATIONS, "transmission-medium-failure", True),
        AlarmType("site-dark", "", "no", _ENVIRONMENT, "power-problem", True),
        AlarmType("busy-in", "utilisation_in_share", "above", _QUALITY, "bandwidth-reduced"),
        AlarmType("busy-out", "utilisation_out_share", "above", _QUALITY, "bandwidth-reduced"),
        AlarmType("errors-in", "error_in_ratio", "above", _QUALITY, "degraded-signal"),
        AlarmType("errors-out", "error_out_ratio", "above", _QUALITY, "degraded-signal"),
        AlarmType("discards-in", "discard_in_ratio", "above", _QUALITY, "congestion"),
        AlarmType("discards-out", "discard_out_ratio", "above", _QUALITY, "congestion"),
        AlarmType("optical-margin", "rx_margin_db", "below", _COMMUNICATIONS, "degraded-signal"),
        AlarmType("received-power", "rx_power_dbm", "below", _COMMUNICATIONS, "degraded-signal"),
        AlarmType("modulation-error", "mer_db", "below", _QUALITY, "degraded-signal"),
        AlarmType("bit-errors", "ber", "above", _QUALITY, "excessive-error-rate"),
        AlarmType("bit-errors-post", "ber_post", "above", _QUALITY, "excessive-error-rate"),
        AlarmType(
            "onu-received-power", "onu_rx_power_dbm", "below", _COMMUNICATIONS, "degraded-signal"
        ),
        AlarmType(
            "olt-received-power", "olt_rx_power_dbm", "below", _COMMUNICATIONS, "degraded-signal"
        ),
        AlarmType("standing-wave", "vswr", "above", _EQUIPMENT, "antenna-failure"),
        AlarmType("temperature", "temperature_c", "above", _ENVIRONMENT, "high-temperature"),
        AlarmType("packet-loss", "loss_ratio", "above", _QUALITY, "degraded-signal"),
        AlarmType("delay", "rtt_median_ms", "above", _QUALITY, "response-time-excessive"),
        AlarmType("load", "load_percent", "above", _QUALITY, "cpu-cycles-limit-exceeded"),
    )
}
"""Types that need no declaration, by name."""
