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
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ..topology.settings import Figure
from .field_strength import FIELD_CONSTANT_DB

if TYPE_CHECKING:
    from .servers.link_budget import UplinkBudget

__all__ = ["Combination", "DefaultTransmitter", "Reuse", "Service", "SingleFrequency"]


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
        Downtilt.
    pattern
        Antenna pattern; ``3gpp-65`` puts three sectors on the site.
    """

    power_dbm: Figure
    gain_dbi: Figure
    feeder_loss_db: Figure
    height_m: Figure
    tilt_deg: Figure
    pattern: str


@dataclass(frozen=True, slots=True)
class SingleFrequency:
    """All transmitters of a group send the same signal on one carrier, so that they add up.

    Attributes
    ----------
    required_sinr_db
        Carrier over noise and spoiled echoes at which the service just works.
    guard_symbols
        PN sequence of the DTMB frame header: 420, 595 or 945.
    """

    required_sinr_db: Figure
    guard_symbols: int


@dataclass(frozen=True, slots=True)
class Reuse:
    """Every cell sends its own signal on one carrier, so that the others interfere.

    Attributes
    ----------
    required_sinr_db
        Signal over interference and noise at which the service just works.
    load
        Share of its resources that an interfering cell uses, 0 to 1.
    bandwidth_mhz
        Of the carrier.
    busy_mbps_per_1000
        What 1,000 residents ask for together in the busy hour.
    """

    required_sinr_db: Figure
    load: Figure
    bandwidth_mhz: Figure
    busy_mbps_per_1000: Figure


Combination = SingleFrequency | Reuse
"""What the transmitters of a network are to each other."""


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
    uplink
        The way back, for a two-way service; None for a broadcast service.
    network
        What the transmitters are to each other; None where only the best one counts.
    calibration_db
        What measurements say must be added to every predicted field; None without any.
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
    uplink: UplinkBudget | None = None
    network: Combination | None = None
    calibration_db: Figure | None = None

    @property
    def sigma_db(self) -> float:
        """Standard deviation of outdoor field and entry loss together."""
        return math.hypot(self.location_sigma_db.value, self.entry_sigma_db.value)

    @property
    def planning_margin_db(self) -> float:
        """What a median must exceed the least level by, so that enough locations are served."""
        return float(ndtri(self.required_probability.value)) * self.sigma_db

    @property
    def planning_field_dbuv_m(self) -> float:
        """Median outdoor field from which on a location counts as served."""
        least = self.minimum_field_dbuv_m.value + self.entry_loss_db.value
        return least + self.planning_margin_db

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

    def uplink_field_dbuv_m(self, power_dbm: float) -> float | None:
        """Return the downlink's field at which the way back just works; None without one.

        Path loss and the base station's antenna are the same in both directions, so that the
        terminal is heard where the downlink's field reaches

            sensitivity - terminal EIRP + transmitter power + 77.2 + 20 log f_up

        both powers at the feeder's lower end. Entry loss comes on top, as in the downlink.
        """
        if self.uplink is None:
            return None
        return (
            self.uplink.base_sensitivity_dbm
            - self.uplink.terminal_eirp_dbm
            + power_dbm
            + FIELD_CONSTANT_DB
            + 20.0 * math.log10(self.uplink.frequency_mhz.value)
        )

    def uplink_needs_more_db(self, power_dbm: float) -> float | None:
        """Return by how much the way back needs a stronger field than the downlink.

        Negative where the downlink is the weaker link; None for a broadcast service. A field less
        this (where positive) can be held against the downlink's requirement alone and is then
        judged by the weaker of both links.
        """
        needed = self.uplink_field_dbuv_m(power_dbm)
        return None if needed is None else needed - self.minimum_field_dbuv_m.value

    def assumed(self) -> tuple[str, ...]:
        """Return the names of the figures that are assumed; those of the way back begin so."""
        names = [
            field.name
            for field in fields(self)
            if isinstance(figure := getattr(self, field.name), Figure) and figure.assumed
        ]
        for part, figures in (("uplink", self.uplink), ("network", self.network)):
            if figures is not None:
                names += [
                    f"{part}.{field.name}"
                    for field in fields(figures)
                    if isinstance(figure := getattr(figures, field.name), Figure) and figure.assumed
                ]
        return tuple(names)
