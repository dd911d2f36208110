"""The link budgets that come with the program: a table of figures, each with its source.

Television, the two-way service of NGB-W, LTE, WiFi and 800 MHz trunking. Whoever knows a figure
better replaces it (``BUDGETS["lte"].with_figures(...)``); what is assumed says so. The service
margins are planning practice: the normative tables of GB/T 26252-2010 were not at hand.
"""

from __future__ import annotations

import math

from ...topology.errors import UsageError
from ...topology.settings import Figure
from .dtmb import SYMBOL_RATE_MHZ, Mode
from .link_budget import DIPOLE_DBI, Budget, UplinkBudget

__all__ = ["BUDGETS", "UPLINK_BUDGETS", "fixed_roof_antenna"]

_GE06 = "GE06 Final Acts, annex 2, chapter 3"
_PLANNING = "planning practice"


def _assumed(value: float, source: str = _PLANNING) -> Figure:
    return Figure(value, source, assumed=True)


def _stated(value: float, source: str) -> Figure:
    return Figure(value, source, assumed=False)


_NONE = _stated(0.0, "not part of this budget")
_OUTDOORS = _stated(0.0, "outdoors")
_DS36 = _assumed(698.0, "channel DS-36, 694-702 MHz")
_DTMB_BANDWIDTH = _stated(SYMBOL_RATE_MHZ, "GB 20600-2006: symbol rate")
_MAN_MADE = _assumed(0.0, f"{_GE06}: none allowed for in UHF")
_SIGMA = _stated(5.5, f"{_GE06}: broadband signals, models without buildings")


def fixed_roof_antenna(frequency_mhz: float) -> tuple[Figure, Figure]:
    """Return gain (dBi) and feeder loss of GE06's roof antenna, 470 to 862 MHz.

    The gain is 10 dBd at 500 MHz and grows by 10 log(f / 500); the feeder loses 3 dB at 500 and
    5 dB at 800 MHz, linear between.

    Raises
    ------
    UsageError
        The frequency is outside television's UHF bands.
    """
    if not 470 <= frequency_mhz <= 862:
        raise UsageError(f"frequency_mhz is {frequency_mhz:g}; the roof antenna is for 470 to 862")
    gain = 10.0 + DIPOLE_DBI + 10.0 * math.log10(frequency_mhz / 500.0)
    feeder = 3.0 + 2.0 * (frequency_mhz - 500.0) / 300.0
    return _stated(gain, f"{_GE06}: 10 dBd at 500 MHz"), _stated(feeder, f"{_GE06}: 3 to 5 dB")


_ROOF_GAIN, _ROOF_FEEDER = fixed_roof_antenna(_DS36.value)

_TELEVISION = Budget(
    frequency_mhz=_DS36,
    bandwidth_mhz=_DTMB_BANDWIDTH,
    noise_figure_db=_stated(7.0, _GE06),
    carrier_to_noise_db=Mode("16QAM", "0.6", 945).carrier_to_noise("rayleigh"),
    antenna_gain_dbi=_assumed(0.0, "whip or built-in antenna"),
    feeder_loss_db=_stated(0.0, "no feeder"),
    man_made_noise_db=_MAN_MADE,
    height_loss_db=_stated(0.0, "predicted at the receiver's height"),
    entry_loss_db=_OUTDOORS,
    entry_sigma_db=_OUTDOORS,
    location_sigma_db=_SIGMA,
    location_probability=_stated(0.95, f"{_GE06}: good reception"),
    receiver_height_m=_stated(1.5, _GE06),
)

_ENTRY = _assumed(11.0, "Rec. ITU-R P.2109 near 700 MHz, traditional buildings: 11 to 13 dB")
_ENTRY_SIGMA = _assumed(6.0, "Rec. ITU-R P.2109 near 700 MHz, traditional buildings: 6 to 8 dB")

# LTE's SNR is what an RSRP of -105 dBm has over the noise of a 15 kHz subcarrier at 7 dB.
_LTE_SNR = _assumed(20.2, "RSRP of -105 dBm, acceptance practice of the operators")

BUDGETS: dict[str, Budget] = {
    "dtmb-fixed": _TELEVISION.with_figures(
        carrier_to_noise_db=Mode("64QAM", "0.6", 945).carrier_to_noise("fixed"),
        antenna_gain_dbi=_ROOF_GAIN,
        feeder_loss_db=_ROOF_FEEDER,
        receiver_height_m=_stated(10.0, _GE06),
    ),
    "dtmb-portable-outdoor": _TELEVISION,
    "dtmb-portable-indoor": _TELEVISION.with_figures(
        entry_loss_db=_ENTRY, entry_sigma_db=_ENTRY_SIGMA
    ),
    "dtmb-deep-indoor": _TELEVISION.with_figures(
        carrier_to_noise_db=Mode("16QAM", "0.4", 945).carrier_to_noise("rayleigh"),
        antenna_gain_dbi=_assumed(-5.0, "antenna inside a handheld"),
        entry_loss_db=_assumed(20.0, "inner rooms, 18 to 28 dB"),
        entry_sigma_db=_assumed(8.0, "inner rooms"),
        location_probability=_assumed(0.90),
    ),
    "dtmb-bus": _TELEVISION.with_figures(
        location_probability=_stated(0.99, f"{_GE06}: mobile reception"),
        receiver_height_m=_assumed(3.0, "antenna on the roof of a bus"),
    ),
    "ngb-w": _TELEVISION.with_figures(
        carrier_to_noise_db=_assumed(0.0, "QPSK 1/3 of an LTE-like air interface"),
        entry_loss_db=_ENTRY,
        entry_sigma_db=_ENTRY_SIGMA,
        location_probability=_assumed(0.95),
    ),
    "lte": Budget(
        frequency_mhz=_stated(1850.0, "band 3 downlink"),
        bandwidth_mhz=_stated(18.0, "3GPP TS 36.101: 100 resource blocks"),
        noise_figure_db=_assumed(7.0),
        carrier_to_noise_db=_LTE_SNR,
        antenna_gain_dbi=_assumed(0.0, "handset"),
        feeder_loss_db=_stated(0.0, "no feeder"),
        man_made_noise_db=_assumed(0.0, "none at 1.8 GHz"),
        height_loss_db=_stated(0.0, "predicted at the receiver's height"),
        entry_loss_db=_OUTDOORS,
        entry_sigma_db=_OUTDOORS,
        location_sigma_db=_assumed(8.0, "cellular practice, models without buildings"),
        location_probability=_assumed(0.95, "acceptance practice"),
        receiver_height_m=_assumed(1.5),
    ),
    "wifi": Budget(
        frequency_mhz=_stated(2437.0, "channel 6"),
        bandwidth_mhz=_stated(20.0, "channel width"),
        noise_figure_db=_assumed(7.0),
        carrier_to_noise_db=_assumed(24.0, "RSSI of -70 dBm, manufacturers' practice"),
        antenna_gain_dbi=_assumed(0.0, "handset"),
        feeder_loss_db=_stated(0.0, "no feeder"),
        man_made_noise_db=_assumed(0.0, "interference is counted apart"),
        height_loss_db=_stated(0.0, "predicted at the receiver's height"),
        entry_loss_db=_OUTDOORS,
        entry_sigma_db=_OUTDOORS,
        location_sigma_db=_assumed(5.0),
        location_probability=_assumed(0.90),
        receiver_height_m=_assumed(1.5),
    ),
    "trunking-800": Budget(
        frequency_mhz=_assumed(858.0, "851-866 MHz, base transmits"),
        bandwidth_mhz=_assumed(0.018, "receiver bandwidth in a 25 kHz channel"),
        noise_figure_db=_assumed(9.0),
        carrier_to_noise_db=_assumed(19.0, "TETRA, ETSI EN 300 392-2: C/I of 19 dB under fading"),
        antenna_gain_dbi=_assumed(-4.0, "hand-held at the hip"),
        feeder_loss_db=_stated(0.0, "no feeder"),
        man_made_noise_db=_assumed(1.0),
        height_loss_db=_stated(0.0, "predicted at the receiver's height"),
        entry_loss_db=_OUTDOORS,
        entry_sigma_db=_OUTDOORS,
        location_sigma_db=_assumed(8.0, "narrowband, models without buildings"),
        location_probability=_assumed(0.95),
        receiver_height_m=_assumed(1.5),
    ),
}
"""Receivers by service id: what the downlink must deliver."""

UPLINK_BUDGETS: dict[str, UplinkBudget] = {
    "ngb-w": UplinkBudget(
        frequency_mhz=_DS36,
        bandwidth_mhz=_assumed(0.36, "two resource blocks"),
        terminal_power_dbm=_stated(23.0, "3GPP power class 3"),
        terminal_gain_dbi=_assumed(0.0),
        body_loss_db=_assumed(0.0, "terminal on a table"),
        base_gain_dbi=_assumed(15.0, "sector antenna of 65 degrees"),
        base_feeder_loss_db=_assumed(2.0),
        base_noise_figure_db=_assumed(3.0),
        required_sinr_db=_assumed(0.0, "QPSK 1/3"),
        interference_margin_db=_assumed(3.0, "uplinks of other cells at half load"),
    ),
    "lte": UplinkBudget(
        frequency_mhz=_stated(1755.0, "band 3 uplink"),
        bandwidth_mhz=_assumed(0.36, "two resource blocks"),
        terminal_power_dbm=_stated(23.0, "3GPP power class 3"),
        terminal_gain_dbi=_assumed(0.0),
        body_loss_db=_assumed(3.0, "handset in use"),
        base_gain_dbi=_assumed(17.0, "sector antenna of 65 degrees"),
        base_feeder_loss_db=_assumed(0.5, "radio unit beside the antenna"),
        base_noise_figure_db=_assumed(3.0),
        required_sinr_db=_assumed(0.0, "QPSK 1/3"),
        interference_margin_db=_assumed(3.0, "uplinks of other cells at half load"),
    ),
    "trunking-800": UplinkBudget(
        frequency_mhz=_assumed(813.0, "806-821 MHz, terminals transmit"),
        bandwidth_mhz=_assumed(0.018, "receiver bandwidth in a 25 kHz channel"),
        terminal_power_dbm=_assumed(30.0, "hand-held of 1 W"),
        terminal_gain_dbi=_assumed(-4.0, "hand-held at the hip"),
        body_loss_db=_assumed(0.0, "in the antenna's gain"),
        base_gain_dbi=_assumed(9.0, "omnidirectional"),
        base_feeder_loss_db=_assumed(3.0),
        base_noise_figure_db=_assumed(5.0),
        required_sinr_db=_assumed(19.0, "TETRA, ETSI EN 300 392-2: C/I of 19 dB under fading"),
        interference_margin_db=_assumed(0.0, "planned re-use"),
    ),
}
"""Base stations by service id: what the uplink must deliver; broadcast services have none."""
