"""What a receiver needs, by the method of the Geneva 2006 agreement, for both directions.

Final Acts of RRC-06 (GE06), annex 2, chapter 3; the same steps are in Report ITU-R BT.2254:

    Pn   = F + 10 log(k T0 B)               noise power
    Ps   = C/N + Pn                          minimum power
    Aa   = G + 10 log(1.64 lambda^2 / 4 pi)  effective aperture, G over a dipole
    phi  = Ps - Aa + Lf                      minimum power flux density
    Emin = phi + 120 + 10 log(Z0)            minimum field (the acts round to 145.8)
    Emed = Emin + Pmmn + Cl (+ Lh) (+ Lb)    median field outdoors; Cl = mu sigma

with the exact wave impedance Z0 and exact deviates mu, so that fields and powers convert back and
forth with :data:`.FIELD_CONSTANT_DB`; the agreement's own rounding makes its figures 0.04 dB
larger. sigma^2 is that of the field over locations plus that of building entry loss. The field's
part should come from the propagation model at the pixel's size (:func:`.location_sigma_db`) or
from calibration; 5.5 dB is for models that know no buildings.

Every figure says where it comes from and whether it is assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from scipy.special import ndtri

from ...topology.errors import UsageError
from ...topology.settings import Figure
from ..field_strength import FIELD_CONSTANT_DB

__all__ = [
    "DIPOLE_DBI",
    "Budget",
    "UplinkBudget",
    "field_dbuv_m",
    "noise_power_dbm",
    "power_dbm",
    "rsrp_dbm",
]

_BOLTZMANN = 1.380_649e-23
_T0_K = 290.0
_IMPEDANCE_OHM = 376.730_313_668
_DIPOLE = 1.64

DIPOLE_DBI = 10.0 * math.log10(_DIPOLE)
"""Gain of a half-wave dipole, 2.15 dBi; the agreement's aperture uses 1.64."""

_SUBCARRIERS_PER_BLOCK = 12

_RANGES: dict[str, tuple[float, float, str]] = {
    "frequency_mhz": (30, 100_000, "MHz"),
    "bandwidth_mhz": (0.001, 400, "MHz"),
    "noise_figure_db": (0, 30, "dB"),
    "carrier_to_noise_db": (-20, 50, "dB"),
    "antenna_gain_dbi": (-30, 60, "dBi"),
    "feeder_loss_db": (0, 30, "dB"),
    "man_made_noise_db": (0, 40, "dB"),
    "height_loss_db": (0, 40, "dB"),
    "entry_loss_db": (0, 80, "dB"),
    "entry_sigma_db": (0, 20, "dB"),
    "location_sigma_db": (0, 20, "dB"),
    "location_probability": (0.5, 0.999, "a share"),
    "receiver_height_m": (0.5, 300, "m"),
    "terminal_power_dbm": (-30, 60, "dBm"),
    "terminal_gain_dbi": (-30, 40, "dBi"),
    "body_loss_db": (0, 30, "dB"),
    "base_gain_dbi": (-30, 60, "dBi"),
    "base_feeder_loss_db": (0, 30, "dB"),
    "base_noise_figure_db": (0, 30, "dB"),
    "required_sinr_db": (-30, 50, "dB"),
    "interference_margin_db": (0, 40, "dB"),
}


def noise_power_dbm(noise_figure_db: float, bandwidth_mhz: float) -> float:
    """Return the noise power F + 10 log(k T0 B) of a receiver at 290 K.

    >>> round(noise_power_dbm(7, 7.56), 1)
    -98.2
    """
    return noise_figure_db + 10.0 * math.log10(_BOLTZMANN * _T0_K * bandwidth_mhz * 1e6) + 30.0


def field_dbuv_m(power_at_antenna_dbm: float, frequency_mhz: float, gain_dbi: float = 0.0) -> float:
    """Return the field in which an antenna takes up the power."""
    return power_at_antenna_dbm + FIELD_CONSTANT_DB + 20.0 * math.log10(frequency_mhz) - gain_dbi


def power_dbm(field: float, frequency_mhz: float, gain_dbi: float = 0.0) -> float:
    """Return the power that an antenna takes up in a field of so many dBuV/m."""
    return field - FIELD_CONSTANT_DB - 20.0 * math.log10(frequency_mhz) + gain_dbi


def rsrp_dbm(carrier_power_dbm: float, resource_blocks: int) -> float:
    """Return the power per subcarrier (RSRP) of a fully sent LTE or NR carrier.

    Parameters
    ----------
    carrier_power_dbm
        Power of the whole carrier at full load, sent or received.
    resource_blocks
        Blocks of 12 subcarriers: 25, 50, 75 and 100 for LTE of 5, 10, 15 and 20 MHz.

    Examples
    --------
    >>> round(rsrp_dbm(46.0, 100), 1)
    15.2
    """
    if resource_blocks < 1:
        raise UsageError(f"resource_blocks is {resource_blocks}; give 1 or more")
    return carrier_power_dbm - 10.0 * math.log10(_SUBCARRIERS_PER_BLOCK * resource_blocks)


def _check(budget: Budget | UplinkBudget) -> None:
    for entry in fields(budget):
        figure = getattr(budget, entry.name)
        low, high, unit = _RANGES[entry.name]
        # Written so that NaN fails, too.
        if not low <= figure.value <= high:
            raise UsageError(
                f"{entry.name} of the budget is {figure.value}; give {unit}, {low:g} to {high:g}"
            )
        if not figure.source:
            raise UsageError(f"{entry.name} of the budget has no source; say where it comes from")


def _assumed(budget: Budget | UplinkBudget) -> tuple[str, ...]:
    return tuple(f.name for f in fields(budget) if getattr(budget, f.name).assumed)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a receiver of a service needs.

    Attributes
    ----------
    bandwidth_mhz
        Noise bandwidth.
    carrier_to_noise_db
        C/N or SNR at which the service just works.
    antenna_gain_dbi
        Receiving antenna over an isotropic one.
    man_made_noise_db
        Allowance for what machines radiate.
    height_loss_db
        From the height at which the field is predicted down to the receiver; 0 where it is
        predicted at the receiver.
    entry_loss_db, entry_sigma_db
        Median and deviation of building entry loss; 0 outdoors.
    location_sigma_db
        Deviation of the field over the locations of a pixel, outdoors.
    location_probability
        Share of locations at which the service must work.
    receiver_height_m
        Where the field is needed, above ground.
    """

    frequency_mhz: Figure
    bandwidth_mhz: Figure
    noise_figure_db: Figure
    carrier_to_noise_db: Figure
    antenna_gain_dbi: Figure
    feeder_loss_db: Figure
    man_made_noise_db: Figure
    height_loss_db: Figure
    entry_loss_db: Figure
    entry_sigma_db: Figure
    location_sigma_db: Figure
    location_probability: Figure
    receiver_height_m: Figure

    def __post_init__(self) -> None:
        _check(self)

    @property
    def noise_power_dbm(self) -> float:
        """Pn."""
        return noise_power_dbm(self.noise_figure_db.value, self.bandwidth_mhz.value)

    @property
    def minimum_power_dbm(self) -> float:
        """Ps, at the receiver's input."""
        return self.carrier_to_noise_db.value + self.noise_power_dbm

    @property
    def effective_aperture_db_m2(self) -> float:
        """Aa, in dB over a square metre."""
        wavelength_m = 299.792_458 / self.frequency_mhz.value
        gain_dbd = self.antenna_gain_dbi.value - DIPOLE_DBI
        return gain_dbd + 10.0 * math.log10(_DIPOLE * wavelength_m**2 / (4.0 * math.pi))

    @property
    def power_flux_dbw_m2(self) -> float:
        """phi, the minimum power flux density at the antenna."""
        minimum_dbw = self.minimum_power_dbm - 30.0
        return minimum_dbw - self.effective_aperture_db_m2 + self.feeder_loss_db.value

    @property
    def minimum_field_dbuv_m(self) -> float:
        """Emin, the field that the receiver needs against its own noise."""
        return self.power_flux_dbw_m2 + 120.0 + 10.0 * math.log10(_IMPEDANCE_OHM)

    @property
    def needed_field_dbuv_m(self) -> float:
        """Emin + Pmmn: what a :class:`.Service` keeps as its minimum field."""
        return self.minimum_field_dbuv_m + self.man_made_noise_db.value

    @property
    def sigma_db(self) -> float:
        """Deviation of field and entry loss together."""
        return math.hypot(self.location_sigma_db.value, self.entry_sigma_db.value)

    @property
    def location_correction_db(self) -> float:
        """Cl, the margin that makes the median serve the required share of locations."""
        return float(ndtri(self.location_probability.value)) * self.sigma_db

    @property
    def median_field_dbuv_m(self) -> float:
        """Emed, the median field outdoors from which on a pixel is served."""
        return (
            self.needed_field_dbuv_m
            + self.location_correction_db
            + self.height_loss_db.value
            + self.entry_loss_db.value
        )

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the figures that are assumed."""
        return _assumed(self)

    def with_figures(self, **figures: Figure) -> Budget:
        """Return the budget with some figures replaced, as sigma by the model's own."""
        return replace(self, **figures)


@dataclass(frozen=True, slots=True)
class UplinkBudget:
    """What the base station needs of a terminal.

    Attributes
    ----------
    bandwidth_mhz
        What the terminal sends on: two resource blocks are 0.36 MHz.
    terminal_power_dbm, terminal_gain_dbi
        Power and antenna of the terminal.
    body_loss_db
        What the user's body takes.
    base_gain_dbi, base_feeder_loss_db, base_noise_figure_db
        Receiving side of the base station.
    required_sinr_db
        At which the uplink just works.
    interference_margin_db
        By how much the uplinks of other cells raise the noise.
    """

    frequency_mhz: Figure
    bandwidth_mhz: Figure
    terminal_power_dbm: Figure
    terminal_gain_dbi: Figure
    body_loss_db: Figure
    base_gain_dbi: Figure
    base_feeder_loss_db: Figure
    base_noise_figure_db: Figure
    required_sinr_db: Figure
    interference_margin_db: Figure

    def __post_init__(self) -> None:
        _check(self)

    @property
    def terminal_eirp_dbm(self) -> float:
        """What the terminal radiates past the body."""
        return (
            self.terminal_power_dbm.value + self.terminal_gain_dbi.value - self.body_loss_db.value
        )

    @property
    def base_noise_dbm(self) -> float:
        """Noise power at the base station's receiver."""
        return noise_power_dbm(self.base_noise_figure_db.value, self.bandwidth_mhz.value)

    @property
    def base_sensitivity_dbm(self) -> float:
        """Power that the base station's receiver needs."""
        return self.base_noise_dbm + self.required_sinr_db.value + self.interference_margin_db.value

    @property
    def maximum_loss_db(self) -> float:
        """Largest loss between terminal and base antenna in its main direction.

        Without location margin, which enters once, as the probability, and without entry loss.
        """
        return (
            self.terminal_eirp_dbm
            + self.base_gain_dbi.value
            - self.base_feeder_loss_db.value
            - self.base_sensitivity_dbm
        )

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the figures that are assumed."""
        return _assumed(self)

    def with_figures(self, **figures: Figure) -> UplinkBudget:
        """Return the budget with some figures replaced."""
        return replace(self, **figures)
