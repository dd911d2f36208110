"""Names of figures that devices measure, with their units and what no measurement looks like.

One name stands for one quantity in one unit, whoever made the device: ``rx_power_dbm`` from a
switch's transceiver, an OLT and a CATV receiver can stand in one table.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FIGURES", "STATE_FIGURES", "Figure", "absent_reason"]


class Figure(NamedTuple):
    """A quantity.

    ``domain`` is ``health``, ``optical``, ``pon``, ``cable``, ``radio``, ``wifi``, ``broadcast``,
    ``sync`` or ``other``; ``lowest`` and ``highest`` bound what a device can measure: figures
    outside are place holders.
    """

    unit: str
    domain: str
    meaning: str
    lowest: float | None = None
    highest: float | None = None


FIGURES: dict[str, Figure] = {
    "state": Figure("", "health", "a word of the device and what it means"),
    "gnss_lock": Figure("", "sync", "1 where the clock follows satellites, 0 where it should", 0, 1),
    "rf_on": Figure("", "broadcast", "1 where the transmitter sends, 0 where it does not", 0, 1),
    "temperature_c": Figure("°C", "health", "temperature", -90, 250),
    "voltage_v": Figure("V", "health", "voltage", -1000, 100_000),
    "current_a": Figure("A", "health", "current", -1000, 10_000),
    "power_w": Figure("W", "health", "electrical power", -1, 1e7),
    "fan_rpm": Figure("rpm", "health", "speed of a fan", 0, 1e6),
    "fan_percent": Figure("%", "health", "speed of a fan in per cent of its highest", 0, 150),
    "humidity_percent": Figure("%", "health", "relative humidity", 0, 100),
    "load_percent": Figure("%", "health", "load of a processor, memory or channel", 0, 100),
    "airflow_cmm": Figure("m³/min", "health", "air flow", 0, 1e6),
    "frequency_hz": Figure("Hz", "health", "frequency of the mains", 0, 1e12),
    "count": Figure("", "other", "a number of things"),
    "runtime_s": Figure("s", "other", "seconds of a running period, as errored seconds"),
    "rx_power_dbm": Figure("dBm", "optical", "optical power received", -60, 40),
    "tx_power_dbm": Figure("dBm", "optical", "optical power sent", -60, 40),
    "optical_power_dbm": Figure("dBm", "optical", "optical power at a point of a line", -100, 60),
    "bias_current_a": Figure("A", "optical", "bias current of a laser", 0, 10),
    "loss_db": Figure("dB", "optical", "loss of a span or of a splice", -10, 200),
    "onu_count": Figure("", "pon", "ONUs at a PON port", 0, 1e6),
    "onu_rx_power_dbm": Figure("dBm", "pon", "optical power that an ONU receives", -60, 10),
    "olt_rx_power_dbm": Figure("dBm", "pon", "optical power that the OLT hears of an ONU", -60, 10),
    "distance_m": Figure("m", "pon", "distance by light or by radio", 0, 1e7),
    "rx_level_dbmv": Figure("dBmV", "cable", "level received by a modem or receiver", -60, 130),
    "tx_level_dbmv": Figure("dBmV", "cable", "level sent", -60, 130),
    "level_dbuv": Figure("dBµV", "broadcast", "level at a receiver's or amplifier's port", -60, 180),
    "snr_db": Figure("dB", "cable", "signal to noise ratio", -30, 100),
    "microreflection_dbc": Figure("dBc", "cable", "strength of echoes below the carrier", -100, 255),
    "rsl_dbm": Figure("dBm", "radio", "radio signal received", -130, 30),
    "rsl_target_dbm": Figure("dBm", "radio", "radio signal that the link was planned for", -130, 30),
    "radio_tx_power_dbm": Figure("dBm", "radio", "radio power sent", -60, 80),
    "mse_db": Figure("dB", "radio", "mean squared error of a modem, the lower the better", -100, 10),
    "xpi_db": Figure("dB", "radio", "cross-polarisation interference ratio", -60, 100),
    "cinr_db": Figure("dB", "radio", "carrier to interference and noise", -40, 100),
    "signal_ratio_db": Figure("dB", "radio", "ratio of the signals of two receivers", -100, 100),
    "capacity_mbps": Figure("Mbit/s", "radio", "what a radio link carries at its modulation", 0, 1e6),
    "modulation_index": Figure("", "radio", "number of the modulation in use", 0, 255),
    "channel_mhz": Figure("MHz", "radio", "carrier frequency", 0, 1e6),
    "errored_blocks": Figure("", "radio", "errored blocks of a running period", 0, None),
    "signal_percent": Figure("%", "radio", "quality of a signal by the device's own scale", 0, 100),
    "clients": Figure("", "wifi", "clients of an access point or network", 0, 1e7),
    "access_points": Figure("", "wifi", "access points of a controller", 0, 1e7),
    "airtime_percent": Figure("%", "wifi", "share of time that a channel is busy", 0, 100),
    "noise_dbm": Figure("dBm", "wifi", "noise floor", -130, 0),
    "frequency_mhz": Figure("MHz", "broadcast", "frequency of a transmitter or receiver", 0, 1e5),
    "forward_power_w": Figure("W", "broadcast", "power towards the antenna", 0, 1e7),
    "reflected_power_w": Figure("W", "broadcast", "power that comes back", 0, 1e7),
    "vswr": Figure("", "broadcast", "voltage standing wave ratio, 1 is perfect", 1, 1000),
    "rf_level_dbm": Figure("dBm", "broadcast", "level of an exciter's output", -100, 90),
    "mer_db": Figure("dB", "broadcast", "modulation error ratio", 0, 60),
    "ber": Figure("", "broadcast", "bit error ratio after the inner decoder or as the maker states", 0, None),
    "ber_pre": Figure("", "broadcast", "bit error ratio before the inner decoder", 0, 1),
    "ber_post": Figure("", "broadcast", "bit error ratio after the inner decoder", 0, 1),
    "packet_errors": Figure("", "broadcast", "transport packets in error", 0, None),
    "bitrate_mbps": Figure("Mbit/s", "broadcast", "rate of a transport stream", 0, 1e6),
    "sfn_delay_us": Figure("µs", "broadcast", "delay of a transmitter in its SFN", -1e7, 1e7),
    "network_delay_us": Figure("µs", "broadcast", "delay of the distribution network", 0, 1e9),
    "audio_percent": Figure("%", "broadcast", "deviation or multipath in per cent", 0, 1000),
    "deviation_khz": Figure("kHz", "broadcast", "frequency deviation of a multiplex or pilot", 0, 500),
    "signal_percent_tv": Figure("%", "broadcast", "strength by the receiver's own scale", 0, 100),
    "satellites": Figure("", "sync", "navigation satellites in use", 0, 200),
    "clock_offset_us": Figure("µs", "sync", "offset of a clock", -1e9, 1e9),
}  # fmt: skip
"""Every figure that a reading or a profile may use."""

STATE_FIGURES = frozenset(("state", "gnss_lock", "rf_on"))
"""Figures that are read from words of the device."""

_OPTICAL = frozenset(
    ("rx_power_dbm", "tx_power_dbm", "optical_power_dbm", "onu_rx_power_dbm", "olt_rx_power_dbm")
)
NO_LIGHT_DBM = -40.0
"""At or below this a transceiver reports the floor of its receiver, not light (SFF-8472, 8.3)."""


def absent_reason(figure: str, value: float) -> str:
    """Return why a figure is no measurement; empty when it is one.

    Examples
    --------
    >>> absent_reason("rx_power_dbm", -40.0), absent_reason("temperature_c", 65535.0)
    ('no light', 'out of range')
    >>> absent_reason("rx_power_dbm", -12.3)
    ''
    """
    kind = FIGURES[figure]
    if figure in _OPTICAL and value <= NO_LIGHT_DBM:
        return "no light"
    below = kind.lowest is not None and value < kind.lowest
    above = kind.highest is not None and value > kind.highest
    return "out of range" if below or above else ""
