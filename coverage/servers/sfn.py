"""A single-frequency network: what its echoes add, and what they spoil.

Each transmitter's power C counts as useful by a weight w of its delay t after the receiver's
window begins, and as interference by 1 - w (the symbol model of EBU and ITU-R planning,
Report ITU-R BT.2254, also in Recommendation ITU-R BT.1368):

    w = 1                            0 <= t <= Tg            inside the guard interval
    w = ((Tu + Tg - t) / Tu)^2       Tg < t <= Tp            beyond it
    w = ((Tu + t) / Tu)^2            Tg - Tp < t < 0         before the window
    w = 0                            else                    beyond the equaliser's window Tp

The receiver puts its window on the strongest path, or on the first one that is not far weaker.
Powers add by their medians; for the probability over locations see
:func:`.power_sum_probability`, whose condition is that all weights are 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from .dtmb import BODY_US, EQUALISER_WINDOW_US, guard_interval_us
from .level_stack import LevelStack
from .lognormal_sum import DB_PER_NEPER
from .relative_powers import power_ratio, strongest

__all__ = ["GuardInterval", "SfnLevels", "dtmb_guard", "echo_weight", "sum_network"]

Synchronisation = Literal["strongest", "first"]

_US_PER_M = np.float32(1.0 / 299.792_458)
_NONE, _ALL, _TWO = np.float32(0.0), np.float32(1.0), np.float32(2.0)
_NOTHING_BELOW = -900.0


@dataclass(frozen=True, slots=True)
class GuardInterval:
    """How long an echo may be.

    Attributes
    ----------
    useful_us
        Tu, duration of the useful symbol.
    guard_us
        Tg.
    equaliser_us
        Tp, delay beyond which an echo only disturbs; at least Tg.
    """

    useful_us: float
    guard_us: float
    equaliser_us: float

    def __post_init__(self) -> None:
        ordered = 0 < self.guard_us <= self.equaliser_us <= self.useful_us + self.guard_us
        if not (ordered and math.isfinite(self.useful_us)):
            raise UsageError(
                f"useful symbol {self.useful_us} us, guard interval {self.guard_us} us and "
                f"equaliser window {self.equaliser_us} us do not fit; the window lies between the "
                "guard interval and the whole symbol"
            )


def dtmb_guard(
    guard_symbols: int, *, equaliser_us: float = EQUALISER_WINDOW_US.value
) -> GuardInterval:
    """Return the guard interval of DTMB with PN420, PN595 or PN945."""
    return GuardInterval(BODY_US, guard_interval_us(guard_symbols), equaliser_us)


@compiled
def _spoiled_share(
    delay_us: np.float32, useful_us: np.float32, guard_us: np.float32, equaliser_us: np.float32
) -> np.float32:
    """Return 1 - w, without taking nearly 1 from 1: 60 dB over noise a millionth counts."""
    outside = max(max(delay_us - guard_us, -delay_us), _NONE) / useful_us
    within = (delay_us <= equaliser_us) & (
        (delay_us >= _NONE) | (delay_us > guard_us - equaliser_us)
    )
    return outside * (_TWO - outside) if within else _ALL


def echo_weight(
    delay_us: NDArray[np.floating] | float, guard: GuardInterval
) -> NDArray[np.float64]:
    """Return the useful share of an echo's power.

    Parameters
    ----------
    delay_us
        Delay after the beginning of the receiver's window; negative is before it.
    """
    t = np.asarray(delay_us, np.float64)
    late = ((guard.useful_us + guard.guard_us - t) / guard.useful_us) ** 2
    early = ((guard.useful_us + t) / guard.useful_us) ** 2
    inside = np.where(t > guard.guard_us, late, np.where(t < 0, early, 1.0))
    beyond = (t > guard.equaliser_us) | ((t < 0) & (t <= guard.guard_us - guard.equaliser_us))
    return np.where(beyond, 0.0, inside)


@dataclass(frozen=True, slots=True)
class SfnLevels:
    """What a single-frequency network gives each pixel; NaN where nothing arrives.

    Attributes
    ----------
    useful_db
        Power sum of the weighted echoes, in the unit of the levels.
    interference_db
        Power sum of what the echoes spoil; -inf where they spoil nothing.
    ratio_db
        Useful power over interference and noise.
    best_alone_db
        The strongest transmitter over noise, as if the others were switched off.
    delay_spread_us
        Root mean square delay of the powers around their mean.
    longest_delay_us
        From the first to the last path of those that count.
    """

    useful_db: NDArray[np.float32]
    interference_db: NDArray[np.float32]
    ratio_db: NDArray[np.float32]
    best_alone_db: NDArray[np.float32]
    delay_spread_us: NDArray[np.float32]
    longest_delay_us: NDArray[np.float32]

    @property
    def gain_db(self) -> NDArray[np.float32]:
        """What the network gives over the best transmitter alone; negative where it spoils."""
        return self.ratio_db - self.best_alone_db

    def only_together(self, threshold_db: float) -> NDArray[np.bool_]:
        """Return where no transmitter alone would serve, but all together do."""
        return (self.best_alone_db < threshold_db) & (self.ratio_db >= threshold_db)

    def spoiled(self, threshold_db: float) -> NDArray[np.bool_]:
        """Return where the best transmitter alone would serve, but the network does not."""
        return (self.best_alone_db >= threshold_db) & (self.ratio_db < threshold_db)


@compiled
def _delays_us(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    tx_x: np.float32,
    tx_y: np.float32,
    tx_delay_us: np.float32,
    out: NDArray[np.float32],
) -> None:
    for pixel in range(x.size):
        dx, dy = x[pixel] - tx_x, y[pixel] - tx_y
        out[pixel] = tx_delay_us + np.sqrt(dx * dx + dy * dy) * _US_PER_M


@compiled
def _sum(
    tile: NDArray[np.float32],
    tx_x: NDArray[np.float32],
    tx_y: NDArray[np.float32],
    tx_delay_us: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    noise_db: NDArray[np.float64],
    useful_us: np.float32,
    guard_us: np.float32,
    equaliser_us: np.float32,
    on_first: bool,
    path_within_db: np.float32,
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    best, level = np.empty(pixels, np.int32), np.empty(pixels, np.float32)
    strongest(tile, best, level)
    # Delays count from the strongest path: it makes up at least 1 / servers of the power, so
    # that its own delay of 0 keeps the spread clear of the loss of digits in moments.
    since, delay = np.empty(pixels, np.float32), np.empty(pixels, np.float32)
    for pixel in range(pixels):
        server = best[pixel]
        dx, dy = x[pixel] - tx_x[server], y[pixel] - tx_y[server]
        since[pixel] = tx_delay_us[server] + np.sqrt(dx * dx + dy * dy) * _US_PER_M
    first, last = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
    total, moment = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
    square, window = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
    if on_first:
        for server in range(servers):
            _delays_us(x, y, tx_x[server], tx_y[server], tx_delay_us[server], delay)
            for pixel in range(pixels):
                t = delay[pixel] - since[pixel]
                sooner = (level[pixel] - tile[server, pixel] <= path_within_db) & (
                    t < window[pixel]
                )
                window[pixel] = t if sooner else window[pixel]
    useful, spoiled = np.zeros(pixels, np.float32), np.zeros(pixels, np.float32)
    for server in range(servers):
        _delays_us(x, y, tx_x[server], tx_y[server], tx_delay_us[server], delay)
        for pixel in range(pixels):
            below = level[pixel] - tile[server, pixel]
            power = power_ratio(below)
            t = delay[pixel] - since[pixel]
            t = _NONE if best[pixel] == server else t
            share = _spoiled_share(t - window[pixel], useful_us, guard_us, equaliser_us)
            useful[pixel] += (_ALL - share) * power
            spoiled[pixel] += share * power
            power = power if below <= path_within_db else _NONE
            t = t if below <= path_within_db else _NONE
            total[pixel] += power
            moment[pixel] += power * t
            square[pixel] += power * t * t
            first[pixel] = min(first[pixel], t)
            last[pixel] = max(last[pixel], t)
    for pixel in range(pixels):
        top = level[pixel]
        if top <= _NOTHING_BELOW:
            out[:, pixel] = np.nan
            continue
        noise = noise_db[pixel if noise_db.size > 1 else 0]
        against = spoiled[pixel] + math.exp((noise - top) / DB_PER_NEPER)
        middle = moment[pixel] / total[pixel]
        out[0, pixel] = top + DB_PER_NEPER * math.log(useful[pixel])
        out[1, pixel] = -np.inf
        if spoiled[pixel] > 0.0:
            out[1, pixel] = top + DB_PER_NEPER * math.log(spoiled[pixel])
        out[2, pixel] = DB_PER_NEPER * math.log(useful[pixel] / against)
        out[3, pixel] = top - noise
        out[4, pixel] = math.sqrt(max(square[pixel] / total[pixel] - middle * middle, 0.0))
        out[5, pixel] = last[pixel] - first[pixel]


def sum_network(
    levels: LevelStack,
    *,
    tx_x_m: NDArray[np.floating],
    tx_y_m: NDArray[np.floating],
    tx_delay_us: float | NDArray[np.floating] = 0.0,
    x_m: NDArray[np.floating],
    y_m: NDArray[np.floating],
    noise_db: float | NDArray[np.floating],
    guard: GuardInterval,
    synchronisation: Synchronisation = "strongest",
    path_within_db: float = 25.0,
    threads: int | None = None,
) -> SfnLevels:
    """Return what the transmitters of a single-frequency network give together.

    Parameters
    ----------
    levels
        Median levels of the network's transmitters.
    tx_x_m, tx_y_m
        Their positions in metres.
    tx_delay_us
        Their static delays, one for all or one each.
    x_m, y_m
        Position of each pixel, shape of the pixels.
    noise_db
        Noise and foreign interference in the unit of the levels, for all pixels or each.
    synchronisation
        ``strongest``: the window begins with the strongest path; ``first``: with the first path
        that is at most ``path_within_db`` weaker.
    path_within_db
        Weaker paths neither set the window nor count in the delays.
    """
    if synchronisation not in ("strongest", "first"):
        raise UsageError(f"synchronisation is {synchronisation!r}; use strongest or first")
    if not 0 <= path_within_db <= 100:
        raise UsageError(f"path_within_db is {path_within_db}; give 0 to 100 dB")
    tx_x = levels.per_server(tx_x_m, "tx_x_m")
    tx_y = levels.per_server(tx_y_m, "tx_y_m")
    tx_delay = levels.per_server(tx_delay_us, "tx_delay_us")
    x, y = (
        np.atleast_1d(np.asarray(levels.per_pixel(np.broadcast_to(v, levels.shape), name)))
        for v, name in ((x_m, "x_m"), (y_m, "y_m"))
    )
    noise = np.atleast_1d(np.asarray(levels.per_pixel(noise_db, "noise_db"), np.float64))
    out = np.empty((6, levels.pixels), np.float32)
    on_first, within = synchronisation == "first", np.float32(path_within_db)
    useful_us, guard_us = np.float32(guard.useful_us), np.float32(guard.guard_us)
    equaliser_us, delay_us = np.float32(guard.equaliser_us), tx_delay.astype(np.float32)

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        # From the tile's own origin: 32 bits then hold a millimetre.
        x_0, y_0 = x[pixels][0], y[pixels][0]
        part = np.empty((6, tile.shape[1]), np.float32)
        _sum(
            tile, (tx_x - x_0).astype(np.float32), (tx_y - y_0).astype(np.float32), delay_us,
            (x[pixels] - x_0).astype(np.float32), (y[pixels] - y_0).astype(np.float32),
            noise if noise.size == 1 else noise[pixels], useful_us, guard_us, equaliser_us,
            on_first, within, part,
        )  # fmt: skip
        out[:, pixels] = part

    levels.for_each_tile(work, threads=threads)
    return SfnLevels(*(result.reshape(levels.shape) for result in out))
