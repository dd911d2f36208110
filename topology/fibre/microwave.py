"""A microwave hop: what arrives, the fade margin, and how much of a year it holds.

Free space, gases (P.676), the worst edge in the beam, rain (P.838 and P.530) and layers of air
(P.530). Outages of rain and multipath are added, as they do not happen at the same time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .fresnel import FREE_SHARE, STANDARD_K, Clearance, clearance
from .gases import gas_loss_db_per_km
from .multipath import (
    SHANGHAI_GRADIENT,
    multipath_worst_month_percent,
    multipath_year_percent,
)
from .rain import SHANGHAI_RAIN_MM_H, Polarisation, RainFade, rain_fade

__all__ = ["Hop", "Radio", "dish_gain_dbi", "judge_hop"]

_MINUTES_A_YEAR = 365.25 * 24.0 * 60.0


def dish_gain_dbi(diameter_m: float, freq_ghz: float) -> float:
    """Return the gain of a dish at 55 % efficiency; diameter 0.1-5 m, frequency above 0."""
    if not (0.1 <= diameter_m <= 5.0 and freq_ghz > 0):
        raise InputError(f"a dish of {diameter_m} m at {freq_ghz} GHz; give 0.1 to 5 m")
    around = math.pi * diameter_m * freq_ghz / 0.299792458
    return 10.0 * math.log10(0.55 * around**2)


@dataclass(frozen=True, slots=True)
class Radio:
    """The equipment of a hop, the same at both ends.

    Attributes
    ----------
    power_dbm
        At the antenna port.
    gain_dbi
        Of each antenna.
    threshold_dbm
        Least signal for the wanted rate.
    """

    freq_ghz: float
    power_dbm: float
    gain_dbi: float
    threshold_dbm: float
    polarisation: Polarisation = "vertical"

    def __post_init__(self) -> None:
        for name, low, high in (
            ("freq_ghz", 1.0, 100.0), ("power_dbm", -30.0, 60.0), ("gain_dbi", 0.0, 60.0),
            ("threshold_dbm", -120.0, 0.0),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"radio: {name} is {value}; give {low:g} to {high:g}")


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """A judged hop.

    Attributes
    ----------
    clearance
        The tightest place of the path, as arrays without axes.
    obstruction_db
        Loss over the worst edge; 0 where the zone is free.
    received_dbm
        In clear air.
    fade_margin_db
        Above the threshold; negative where the hop does not work at all.
    rain_outage_percent, multipath_outage_percent
        Of an average year.
    """

    distance_km: float
    radio: Radio
    clearance: Clearance
    free_space_db: float
    gas_db: float
    obstruction_db: float
    received_dbm: float
    fade_margin_db: float
    rain: RainFade
    rain_outage_percent: float
    multipath_outage_percent: float

    @property
    def availability_percent(self) -> float:
        """Share of an average year in which the hop holds; equipment is not counted."""
        if self.fade_margin_db <= 0:
            return 0.0
        return max(0.0, 100.0 - self.rain_outage_percent - self.multipath_outage_percent)

    @property
    def minutes_down_per_year(self) -> float:
        """Expected minutes without the hop in a year."""
        return (100.0 - self.availability_percent) / 100.0 * _MINUTES_A_YEAR

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the path, one sentence each, with the way out."""
        said = []
        tight = self.clearance
        if not bool(tight.free):
            blocked = "blocked" if not bool(tight.line_of_sight) else "not free"
            said.append(
                f"{blocked} at {float(tight.at_km):.2f} km: {float(tight.obstacle_m):.1f} m above "
                f"sea level leave {float(tight.clearance_m):+.1f} m of the "
                f"{FREE_SHARE * float(tight.radius_m):.1f} m that must be free; raise the beam "
                f"{float(tight.missing_m):.1f} m there"
            )
        if self.fade_margin_db <= 0:
            said.append(
                f"{self.received_dbm:.1f} dBm arrive, {-self.fade_margin_db:.1f} dB below the "
                "threshold; take larger antennas, more power or a lower rate"
            )
        return tuple(said)


def judge_hop(
    profile_m: NDArray[np.floating],
    distance_km: float,
    radio: Radio,
    *,
    a_m: float,
    b_m: float,
    latitude_deg: float = 31.3,
    rain_mm_h: float = SHANGHAI_RAIN_MM_H.value,
    gradient: float = SHANGHAI_GRADIENT.value,
    k: float = STANDARD_K,
    own_km: float = 0.0,
) -> Hop:
    """Return what a hop over a profile gives.

    Parameters
    ----------
    profile_m
        Upper edges above sea level, evenly spaced, ends included.
    a_m, b_m
        Antennas above sea level.
    latitude_deg
        Of the path.
    rain_mm_h
        Rate exceeded in 0.01 % of a year.
    gradient
        dN1, N-units/km.
    k, own_km
        As in :func:`.fresnel.clearance`.

    Raises
    ------
    InputError
        A value is out of its range.
    """
    tight = clearance(
        profile_m, distance_km, a_m=a_m, b_m=b_m, freq_ghz=radio.freq_ghz, k=k, own_km=own_km
    )
    rain = rain_fade(
        distance_km, radio.freq_ghz, rain_mm_h=rain_mm_h, polarisation=radio.polarisation
    )
    free_space = 92.44778 + 20.0 * math.log10(radio.freq_ghz) + 20.0 * math.log10(distance_km)
    gas = gas_loss_db_per_km(radio.freq_ghz) * distance_km
    obstruction = 0.0 if bool(tight.free) else float(tight.loss_db)
    received = radio.power_dbm + 2.0 * radio.gain_dbi - free_space - gas - obstruction
    margin = received - radio.threshold_dbm
    month = multipath_worst_month_percent(
        max(0.0, margin), distance_km, radio.freq_ghz, a_amsl_m=a_m, b_amsl_m=b_m, gradient=gradient
    )
    year = multipath_year_percent(
        month, distance_km, latitude_deg=latitude_deg, tilt_mrad=abs(a_m - b_m) / distance_km
    )
    return Hop(
        distance_km, radio, tight, free_space, gas, obstruction, received, margin, rain,
        rain.outage_percent(margin), year,
    )  # fmt: skip
