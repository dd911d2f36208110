"""Path loss of mobile cells in cities and the country, 3GPP TR 38.901 (V17) section 7.4.

Three scenarios: ``UMa`` (urban macro, antennas above the roofs), ``UMi`` (street canyon, below
them) and ``RMa`` (rural macro); each with line of sight and without, the probability of line of
sight, the deviation of shadow fading and the loss of entering a building or a car. Statistical:
the model knows no building of its own city, so an engine that has a building surface decides line
of sight from that instead of the probability.

Distances are in metres along the ground (``d2D``), frequencies in GHz; arguments broadcast like
numpy's. Frequencies and terminal heights outside the tables are refused. Distances outside are
answered and flagged by :func:`reach`: nearer than 10 m as at 10 m, farther by the same line.
Base heights other than 25 m (UMa) and 10 m (UMi), for which the tables were made, are flagged too.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import UsageError
from .model import Reach

__all__ = [
    "CAR_LOSS_DB",
    "CAR_SIGMA_DB",
    "EntryLoss",
    "EnvironmentHeights",
    "Scenario",
    "Sight",
    "Walls",
    "breakpoint_m",
    "entry_loss",
    "environment_heights",
    "los_loss_db",
    "los_probability",
    "nlos_loss_db",
    "reach",
    "shadow_sigma_db",
]

Scenario = Literal["UMa", "UMi", "RMa"]
Sight = Literal["los", "nlos"]
Walls = Literal["low-loss", "high-loss"]

_Floats = NDArray[np.float64]

_LIGHT_M_S = 3.0e8  # as table 7.4.1-1, note 1, rounds it
_NEAREST_M = 10.0
_FREQUENCY_GHZ = {"UMa": (0.5, 100.0), "UMi": (0.5, 100.0), "RMa": (0.5, 30.0)}  # note 2
_UT_HEIGHT_M = {"UMa": (1.5, 22.5), "UMi": (1.5, 22.5), "RMa": (1.0, 10.0)}
_BS_HEIGHT_M = {"UMa": (25.0, 25.0), "UMi": (10.0, 10.0), "RMa": (10.0, 150.0)}
_LOS_REACH_M = {"UMa": 5_000.0, "UMi": 5_000.0, "RMa": 10_000.0}
_NLOS_REACH_M = 5_000.0

CAR_LOSS_DB = {"standard": 9.0, "metallised": 20.0}
"""Mean loss into a car, 0.6-60 GHz (section 7.4.3.2)."""

CAR_SIGMA_DB = 5.0
"""Deviation of the loss into a car (section 7.4.3.2)."""


class EnvironmentHeights(NamedTuple):
    """Heights of the ground that reflects (hE of table 7.4.1-1, note 1), with probabilities."""

    height_m: tuple[float, ...]
    probability: tuple[float, ...]


class EntryLoss(NamedTuple):
    """What entering a building adds to the loss outside (section 7.4.3.1)."""

    through_wall_db: _Floats
    inside_db: _Floats
    sigma_db: float


def breakpoint_m(
    scenario: Scenario,
    *,
    frequency_ghz: ArrayLike,
    bs_height_m: ArrayLike,
    ut_height_m: ArrayLike = 1.5,
    environment_height_m: ArrayLike = 1.0,
) -> _Floats:
    """Return the distance beyond which the loss grows with 40 dB a decade.

    Table 7.4.1-1, note 1 (d'BP) and, for RMa, note 5 (dBP, without ``environment_height_m``).
    """
    f = _frequency(scenario, frequency_ghz)
    bs = _bs_height(bs_height_m)
    ut = _ut_height(scenario, ut_height_m)
    if scenario == "RMa":
        return np.asarray(2.0 * np.pi * bs * ut * f * 1e9 / _LIGHT_M_S)
    he = np.asarray(environment_height_m, dtype=np.float64)
    _refuse(
        "environment_height_m",
        *np.broadcast_arrays(he, (he >= 0.0) & (he < ut) & (he < bs)),
        rule="0 m or more and below both antennas",
    )
    return np.asarray(4.0 * (bs - he) * (ut - he) * f * 1e9 / _LIGHT_M_S)


def environment_heights(distance_m: float, ut_height_m: float) -> EnvironmentHeights:
    """Return what may be the environment height of a UMa path (table 7.4.1-1, note 1).

    Below 13 m it is 1 m. A terminal higher up may see reflections from roofs at 12, 15, ... m
    up to 1.5 m below itself; UMi always takes 1 m.
    """
    ut = float(_ut_height("UMa", ut_height_m))
    d = float(_distance(distance_m))
    if ut < 13.0:
        return EnvironmentHeights((1.0,), (1.0,))
    bend = 1.25 * (d / 100.0) ** 3 * np.exp(-d / 150.0) if d > 18.0 else 0.0  # g(d2D)
    at_ground = 1.0 / (1.0 + float(((ut - 13.0) / 10.0) ** 1.5 * bend))
    roofs = np.arange(12.0, max(ut - 1.5, 12.0) + 1e-9, 3.0)
    share = (1.0 - at_ground) / roofs.size
    return EnvironmentHeights(
        (1.0, *(float(h) for h in roofs)), (at_ground, *(share for _ in roofs))
    )


def los_loss_db(
    distance_m: ArrayLike,
    *,
    scenario: Scenario,
    frequency_ghz: ArrayLike,
    bs_height_m: ArrayLike,
    ut_height_m: ArrayLike = 1.5,
    building_height_m: ArrayLike = 5.0,
    environment_height_m: ArrayLike = 1.0,
) -> _Floats:
    """Return the median path loss with line of sight (table 7.4.1-1).

    Parameters
    ----------
    distance_m
        Along the ground; 10-5000, for RMa to 10 000.
    scenario
        "UMa", "UMi" or "RMa".
    frequency_ghz
        0.5-100, for RMa to 30.
    bs_height_m
        25 for UMa, 10 for UMi, 10-150 for RMa.
    ut_height_m
        1.5-22.5, for RMa 1-10.
    building_height_m
        RMa only: average height, 5-50.
    environment_height_m
        UMa, UMi: height of the ground that reflects (:func:`environment_heights`).

    Examples
    --------
    >>> round(float(los_loss_db(500.0, scenario="UMa", frequency_ghz=0.7, bs_height_m=25)), 1)
    95.8
    """
    d2, d3, f, bs, _ = _path(scenario, distance_m, frequency_ghz, bs_height_m, ut_height_m)
    bend = breakpoint_m(
        scenario,
        frequency_ghz=frequency_ghz,
        bs_height_m=bs_height_m,
        ut_height_m=ut_height_m,
        environment_height_m=environment_height_m,
    )
    if scenario == "RMa":
        h = _range("building_height_m", building_height_m, 5.0, 50.0)
        beyond = _rural_db(bend, f, h) + 40.0 * np.log10(d3 / np.maximum(bend, 1e-9))  # PL2
        return np.asarray(np.where(d2 <= bend, _rural_db(d3, f, h), beyond))
    difference = bs - np.asarray(ut_height_m, dtype=np.float64)
    constant, slope, correction = (28.0, 22.0, 9.0) if scenario == "UMa" else (32.4, 21.0, 9.5)
    at_1_m = constant + 20.0 * np.log10(f)
    near = at_1_m + slope * np.log10(d3)  # PL1
    far = at_1_m + 40.0 * np.log10(d3) - correction * np.log10(bend**2 + difference**2)  # PL2
    return np.asarray(np.where(d2 <= bend, near, far))


def nlos_loss_db(
    distance_m: ArrayLike,
    *,
    scenario: Scenario,
    frequency_ghz: ArrayLike,
    bs_height_m: ArrayLike,
    ut_height_m: ArrayLike = 1.5,
    building_height_m: ArrayLike = 5.0,
    street_width_m: ArrayLike = 20.0,
    environment_height_m: ArrayLike = 1.0,
) -> _Floats:
    """Return the median path loss without line of sight, never less than with it.

    Parameters are those of :func:`los_loss_db`; ``street_width_m`` (RMa only) is 5-50. Distances
    reach to 5000 m in every scenario.

    Examples
    --------
    >>> round(float(nlos_loss_db(500.0, scenario="UMa", frequency_ghz=0.7, bs_height_m=25)), 1)
    115.9
    """
    _, d3, f, bs, ut = _path(scenario, distance_m, frequency_ghz, bs_height_m, ut_height_m)
    seen = los_loss_db(
        distance_m,
        scenario=scenario,
        frequency_ghz=frequency_ghz,
        bs_height_m=bs_height_m,
        ut_height_m=ut_height_m,
        building_height_m=building_height_m,
        environment_height_m=environment_height_m,
    )
    if scenario == "UMa":
        loss = 13.54 + 39.08 * np.log10(d3) + 20.0 * np.log10(f) - 0.6 * (ut - 1.5)
    elif scenario == "UMi":
        loss = 22.4 + 35.3 * np.log10(d3) + 21.3 * np.log10(f) - 0.3 * (ut - 1.5)
    else:
        h = _range("building_height_m", building_height_m, 5.0, 50.0)
        w = _range("street_width_m", street_width_m, 5.0, 50.0)
        loss = (
            161.04
            - 7.1 * np.log10(w)
            + 7.5 * np.log10(h)
            - (24.37 - 3.7 * (h / bs) ** 2) * np.log10(bs)
            + (43.42 - 3.1 * np.log10(bs)) * (np.log10(d3) - 3.0)
            + 20.0 * np.log10(f)
            - (3.2 * np.log10(11.75 * ut) ** 2 - 4.97)
        )
    return np.maximum(seen, loss)


def shadow_sigma_db(
    distance_m: ArrayLike,
    *,
    scenario: Scenario,
    sight: Sight,
    frequency_ghz: ArrayLike,
    bs_height_m: ArrayLike,
    ut_height_m: ArrayLike = 1.5,
) -> _Floats:
    """Return the deviation of shadow fading (table 7.4.1-1)."""
    _scenario(scenario)
    _sight(sight)
    d = _distance(distance_m)
    if sight == "nlos":
        return np.full(d.shape, {"UMa": 6.0, "UMi": 7.82, "RMa": 8.0}[scenario])
    if scenario != "RMa":
        return np.full(d.shape, 4.0)
    bend = breakpoint_m(
        scenario, frequency_ghz=frequency_ghz, bs_height_m=bs_height_m, ut_height_m=ut_height_m
    )
    return np.asarray(np.where(d <= bend, 4.0, 6.0))


def los_probability(
    distance_m: ArrayLike, *, scenario: Scenario, ut_height_m: ArrayLike = 1.5
) -> _Floats:
    """Return the probability of line of sight to an outdoor terminal (table 7.4.2-1).

    For a terminal indoors, ``distance_m`` is the part of the path outside.
    """
    _scenario(scenario)
    d = _distance(distance_m)
    ut = _ut_height(scenario, ut_height_m)
    if scenario == "RMa":
        return np.asarray(np.exp(-np.maximum(d - 10.0, 0.0) / 1000.0) + 0.0 * ut)
    far = np.maximum(d, 18.0)
    decay = 63.0 if scenario == "UMa" else 36.0
    share = 18.0 / far + np.exp(-far / decay) * (1.0 - 18.0 / far)
    if scenario == "UMa":
        lifted = (np.maximum(ut - 13.0, 0.0) / 10.0) ** 1.5  # C'(hUT)
        share = share * (1.0 + lifted * 1.25 * (far / 100.0) ** 3 * np.exp(-far / 150.0))
    return np.asarray(np.where(d <= 18.0, 1.0, np.minimum(share, 1.0)) + 0.0 * ut)


def entry_loss(
    frequency_ghz: ArrayLike, *, walls: Walls, depth_m: ArrayLike = 25.0 / 3.0
) -> EntryLoss:
    """Return the loss from outside a building to ``depth_m`` inside (section 7.4.3.1).

    Parameters
    ----------
    frequency_ghz
        0.5-100.
    walls
        "low-loss" (plain glass) or "high-loss" (metallised glass), table 7.4.3-2.
    depth_m
        Distance walked inside, perpendicular to the wall, 0-25. UMa and UMi take the lesser of
        two uniform draws from 0-25 m, which is 25/3 m on average; RMa from 0-10 m, 10/3 m.

    Examples
    --------
    >>> loss = entry_loss(0.7, walls="high-loss", depth_m=0)
    >>> round(float(loss.through_wall_db), 1), loss.sigma_db
    (17.7, 6.5)
    """
    if walls not in get_args(Walls):
        raise UsageError(f"walls is {walls!r}; use one of {', '.join(get_args(Walls))}")
    f = _range("frequency_ghz", frequency_ghz, 0.5, 100.0)
    depth = _range("depth_m", depth_m, 0.0, 25.0)
    concrete = 5.0 + 4.0 * f  # table 7.4.3-1
    if walls == "low-loss":
        glass, share, sigma = 2.0 + 0.2 * f, 0.3, 4.4
    else:
        glass, share, sigma = 23.0 + 0.3 * f, 0.7, 6.5
    through = share * 10.0 ** (-glass / 10.0) + (1.0 - share) * 10.0 ** (-concrete / 10.0)
    return EntryLoss(np.asarray(5.0 - 10.0 * np.log10(through)), np.asarray(0.5 * depth), sigma)


def reach(
    distance_m: ArrayLike, *, scenario: Scenario, sight: Sight, bs_height_m: ArrayLike
) -> NDArray[np.uint8]:
    """Return which limits of table 7.4.1-1 each path breaks, as :class:`.model.Reach`."""
    _scenario(scenario)
    _sight(sight)
    d = _distance(distance_m)
    bs = _bs_height(bs_height_m)
    farthest = _LOS_REACH_M[scenario] if sight == "los" else _NLOS_REACH_M
    lowest, highest = _BS_HEIGHT_M[scenario]
    out = np.zeros(np.broadcast(d, bs).shape, np.uint8)
    out |= np.where(d < _NEAREST_M, Reach.TOO_NEAR, 0).astype(np.uint8)
    out |= np.where(d > farthest, Reach.TOO_FAR, 0).astype(np.uint8)
    out |= np.where(bs < lowest, Reach.ANTENNA_TOO_LOW, 0).astype(np.uint8)
    out |= np.where(bs > highest, Reach.ANTENNA_TOO_HIGH, 0).astype(np.uint8)
    return out


def _rural_db(d3: _Floats, f: _Floats, h: _Floats) -> _Floats:
    """PL1 of RMa."""
    return np.asarray(
        20.0 * np.log10(40.0 * np.pi * d3 * f / 3.0)
        + np.minimum(0.03 * h**1.72, 10.0) * np.log10(d3)
        - np.minimum(0.044 * h**1.72, 14.77)
        + 0.002 * np.log10(h) * d3
    )


def _path(
    scenario: Scenario,
    distance_m: ArrayLike,
    frequency_ghz: ArrayLike,
    bs_height_m: ArrayLike,
    ut_height_m: ArrayLike,
) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats]:
    """Return d2D, d3D, frequency and both heights, checked."""
    f = _frequency(scenario, frequency_ghz)
    bs = _bs_height(bs_height_m)
    ut = _ut_height(scenario, ut_height_m)
    d2 = np.maximum(_distance(distance_m), _NEAREST_M)
    return d2, np.asarray(np.hypot(d2, bs - ut)), f, bs, ut


def _scenario(scenario: str) -> None:
    if scenario not in get_args(Scenario):
        raise UsageError(f"scenario is {scenario!r}; use one of {', '.join(get_args(Scenario))}")


def _sight(sight: str) -> None:
    if sight not in get_args(Sight):
        raise UsageError(f'sight is {sight!r}; use "los" or "nlos"')


def _frequency(scenario: Scenario, frequency_ghz: ArrayLike) -> _Floats:
    _scenario(scenario)
    return _range("frequency_ghz", frequency_ghz, *_FREQUENCY_GHZ[scenario])


def _ut_height(scenario: Scenario, ut_height_m: ArrayLike) -> _Floats:
    return _range("ut_height_m", ut_height_m, *_UT_HEIGHT_M[scenario])


def _bs_height(bs_height_m: ArrayLike) -> _Floats:
    bs = np.asarray(bs_height_m, dtype=np.float64)
    _refuse("bs_height_m", bs, (bs > 0.0) & np.isfinite(bs), rule="heights above 0 m")
    return bs


def _distance(distance_m: ArrayLike) -> _Floats:
    d = np.asarray(distance_m, dtype=np.float64)
    _refuse("distance_m", d, (d >= 0.0) & np.isfinite(d), rule="distances of 0 m or more")
    return d


def _range(name: str, value: ArrayLike, low: float, high: float) -> _Floats:
    values = np.asarray(value, dtype=np.float64)
    _refuse(name, values, (values >= low) & (values <= high), rule=f"{low:g}-{high:g}")
    return values


def _refuse(name: str, values: _Floats, inside: NDArray[np.bool_], *, rule: str) -> None:
    """Name the first value that is not inside; NaN never is."""
    broken = values[~np.asarray(inside)]
    if broken.size:
        more = f" (and {broken.size - 1} more)" if broken.size > 1 else ""
        raise UsageError(f"{name} is {broken.flat[0]:g}{more}; TR 38.901 takes {rule} here")
