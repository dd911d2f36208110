"""What a percentage of time or of locations means in Recommendation ITU-R P.1812-8.

Time: fields rise above their median when the air bends rays more than usual. How often it does so
strongly depends on latitude and on how far the path runs inland (section 3.6). Locations: a field
differs between places of one pixel, because of what stands around each (section 4.7).
"""

from __future__ import annotations

import math

from ...topology.compiled import compiled
from ...topology.errors import UsageError

__all__ = [
    "anomalous_time_percent",
    "inland_factor",
    "location_deviation",
    "location_sigma_db",
    "normal_deviate",
    "time_weight",
]


@compiled
def normal_deviate(probability: float) -> float:
    """Return by how many standard deviations a normal value is exceeded with a probability.

    The rational approximation of Attachment 2 to Annex 1, kept because results must agree with
    the Recommendation's to the last digit: its error is below 0.0005. Probabilities are held
    within 1e-6 and 1 - 1e-6.
    """
    x = min(max(probability, 1e-6), 1.0 - 1e-6)
    tail = min(x, 1.0 - x)
    t = math.sqrt(-2.0 * math.log(tail))
    value = t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (
        ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    )
    return value if x <= 0.5 else -value


@compiled
def inland_factor(longest_inland_km: float) -> float:
    """Return tau: 0 for a path over sea or along the coast, towards 1 far inland."""
    return 1.0 - math.exp(-4.12e-4 * math.pow(longest_inland_km, 2.41))  # (3)


@compiled
def anomalous_time_percent(
    latitude_deg: float, longest_land_km: float, longest_inland_km: float
) -> float:
    """Return beta0: the percentage of time in which the lowest air bends rays strongly.

    That is a lapse rate of more than 100 N-units/km in the lowest 100 m.
    """
    tau = inland_factor(longest_inland_km)
    mu1: float = (  # (2)
        10.0 ** (-longest_land_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))
    ) ** 0.2
    mu1 = min(mu1, 1.0)
    latitude = abs(latitude_deg)
    if latitude <= 70.0:
        mu4 = math.pow(mu1, -0.935 + 0.0176 * latitude)  # (4)
        return math.pow(10.0, -0.015 * latitude + 1.67) * mu1 * mu4  # (5)
    mu4 = math.pow(mu1, 0.3)  # (4)
    return 4.17 * mu1 * mu4  # (5)


@compiled
def time_weight(time_percent: float, beta0_percent: float) -> float:
    """Return Fi: 0 at the median, 1 from the anomalous percentage of time downwards."""
    if time_percent <= beta0_percent:
        return 1.0
    return normal_deviate(time_percent / 100.0) / normal_deviate(beta0_percent / 100.0)  # (40)


@compiled
def location_deviation(
    frequency_ghz: float, resolution_m: float, rx_height_m: float, clutter_m: float
) -> float:
    """Return the standard deviation over locations in dB; see :func:`location_sigma_db`."""
    among_clutter = min(max(1.0 - (rx_height_m - clutter_m) / 10.0, 0.0), 1.0)
    return (0.52 + 0.024 * frequency_ghz) * math.pow(resolution_m, 0.28) * among_clutter


def location_sigma_db(
    frequency_ghz: float,
    resolution_m: float,
    *,
    rx_height_m: float = 1.5,
    clutter_m: float = 0.0,
) -> float:
    """Return how much the loss varies between the places of one pixel.

    A model that sees the buildings around a pixel leaves only this spread to chance. It fades to
    nothing where the antenna stands 10 m or more above its surroundings.

    Parameters
    ----------
    frequency_ghz
        0.03-6.
    resolution_m
        Width of the square that the spread belongs to: the pixel, above 0 and up to 1000 m.
    rx_height_m
        Receiving antenna above ground.
    clutter_m
        Representative height of buildings or trees around the receiver.

    Returns
    -------
    float
        Standard deviation in dB of a normal distribution.

    Raises
    ------
    UsageError
        A figure is out of range.

    References
    ----------
    Recommendation ITU-R P.1812-8, Annex 1, section 4.7.

    Examples
    --------
    >>> round(location_sigma_db(0.6, 100.0, clutter_m=15.0), 2)
    1.94
    """
    if not 0.03 <= frequency_ghz <= 6.0:
        raise UsageError(
            f"frequency_ghz is {frequency_ghz:g}; ITU-R P.1812 covers 0.03-6 GHz. Give GHz, not MHz"
        )
    if not 0.0 < resolution_m <= 1000.0:
        raise UsageError(
            f"resolution_m is {resolution_m:g}; the spread over locations is known for squares of "
            "up to 1000 m. Give the width of a pixel in metres"
        )
    if not rx_height_m > 0.0 or not math.isfinite(rx_height_m):
        raise UsageError(
            f"rx_height_m is {rx_height_m:g}; give the height above ground in metres, above 0"
        )
    if not clutter_m >= 0.0 or not math.isfinite(clutter_m):
        raise UsageError(
            f"clutter_m is {clutter_m:g}; give the height above ground in metres, 0 or more"
        )
    return location_deviation(frequency_ghz, resolution_m, rx_height_m, clutter_m)
