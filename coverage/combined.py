"""What the sites of a plan are to each other: alternatives, echoes of one network, or interference.

Levels are fields outdoors less the median entry loss, so that noise is the field at which the
receiver's own noise lies: the minimum field less the SINR that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .demand import RESIDENTS
from .field import NO_FIELD, station_field
from .ground import Ground
from .propagation.model import LOSS_NONE
from .results import ReuseFigures, SeveralServers, SfnFigures
from .servers.best import find_servers
from .servers.capacity import cell_capacity, spectral_efficiency
from .servers.level_stack import LevelStack, levels_of_losses
from .servers.several_servers import at_least_one
from .servers.sfn import SfnLevels, dtmb_guard, sum_network
from .servers.shadowing import Shadowing
from .servers.sinr import sinr_db, sinr_probability
from .services import Reuse, SingleFrequency
from .shares import share_of
from .side_by_side import side_by_side
from .transmitters import Station, Transmitter

__all__ = ["Interference", "interference", "network_sum", "several_servers", "weighted_quantile"]

Losses = Mapping[tuple[float, float], NDArray[np.int16]]
Layers = Sequence[Losses]

_OVERLAP_DB = 6.0


def weighted_quantile(
    values: NDArray[np.floating], weight: NDArray[np.floating], share: float
) -> float | None:
    """Return the value below which a share of the weight lies; None without any weight.

    NaN, the mark of the unknown, has no weight.
    """
    known = (weight > 0) & ~np.isnan(values)
    if not known.any():
        return None
    order = np.argsort(values[known], kind="stable")
    sums = np.cumsum(weight[known][order])
    return float(values[known][order][np.searchsorted(sums, share * sums[-1])])


def _as_losses(field_dbuv_m: NDArray[np.float32], less_db: float) -> NDArray[np.int16]:
    """Pack a field as the loss from 0 dBuV/m, in 1/100 dB: half the memory of float32."""
    packed = np.rint(-100.0 * (field_dbuv_m - np.float32(less_db)))
    return np.where(
        field_dbuv_m <= NO_FIELD, LOSS_NONE, np.clip(packed, -32_000, LOSS_NONE - 1)
    ).astype(np.int16)


def _shadowing(ground: Ground) -> Shadowing:
    service = ground.service
    return Shadowing(service.location_sigma_db.value, entry_sigma_db=service.entry_sigma_db.value)


def several_servers(
    ground: Ground, weaker: Sequence[NDArray[np.float32]]
) -> tuple[SeveralServers, NDArray[np.int16]]:
    """Return what it is worth that any of several sites will do, and how many suffice by pixel.

    Parameters
    ----------
    weaker
        Field of each site, less its uplink shortfall.
    """
    service = ground.service
    stack = levels_of_losses([_as_losses(one, 0.0) for one in weaker], 0.0)
    shadowing = _shadowing(ground)
    found = find_servers(
        stack,
        threshold_db=service.planning_field_dbuv_m,
        overlap_db=_OVERLAP_DB,
        threads=ground.store.threads,
    )
    probability = at_least_one(
        stack,
        threshold_db=service.minimum_field_dbuv_m.value + service.entry_loss_db.value,
        shadowing=shadowing,
        threads=ground.store.threads,
    )
    people = ground.people
    servers = found.above_threshold
    served = people * (servers.ravel() > 0)
    overlapping = float(people[found.overlapping.ravel() > 1].sum())
    return (
        SeveralServers(
            share_of(service, ground.demand, probability, RESIDENTS),
            shadowing.correlation,
            float((people * servers.ravel()).sum() / people.sum()),
            overlapping / float(served.sum()) if served.any() else None,
        ),
        servers,
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Every transmitter of a plan as a server of its own."""

    stack: LevelStack
    transmitters: tuple[Transmitter, ...]
    site: NDArray[np.int64]
    carrier: NDArray[np.int64]
    noise_db: float


def _cells(ground: Ground, where: Sequence[Station], layers: Layers, required_db: float) -> _Cells:
    service = ground.service
    transmitters, site, alone = [], [], []
    for number, (station, losses) in enumerate(zip(where, layers, strict=True)):
        for transmitter in station.transmitters:
            alone.append((replace(station, transmitters=(transmitter,)), losses))
            transmitters.append(transmitter)
            site.append(number)

    def losses_of(at: tuple[Station, Losses]) -> NDArray[np.int16]:
        field_dbuv_m = station_field(*at, ground.land.grid, service.rx_height_m.value)
        return _as_losses(field_dbuv_m, service.entry_loss_db.value)

    packed = list(side_by_side(losses_of, alone, threads=ground.store.threads))
    carriers = np.unique([t.freq_mhz for t in transmitters], return_inverse=True)[1]
    return _Cells(
        levels_of_losses(packed, 0.0),
        tuple(transmitters),
        np.array(site, np.int64),
        np.asarray(carriers, np.int64),
        service.minimum_field_dbuv_m.value - required_db,
    )


def network_sum(
    ground: Ground, where: Sequence[Station], layers: Layers, network: SingleFrequency
) -> SfnFigures:
    """Return what all transmitters of a single-frequency network give together.

    Transmitters of other groups, or on other carriers, are no echoes: on the same carrier they
    are noise. A pixel belongs to the group that gives it most.
    """
    required_db = network.required_sinr_db.value
    cells = _cells(ground, where, layers, required_db)
    guard = dtmb_guard(network.guard_symbols)
    grid = ground.land.grid
    x, y = np.meshgrid(grid.x_m(), grid.y_m())
    names = [f"{t.freq_mhz}:{t.sfn_group}" for t in cells.transmitters]
    groups = np.unique(names, return_inverse=True)[1]
    best: SfnLevels | None = None
    for group in range(int(groups.max()) + 1):
        mine = groups == group
        foreign = ~mine & (cells.carrier == cells.carrier[mine][0])
        levels = sum_network(
            _part(cells.stack, mine),
            tx_x_m=np.array([where[n].x_m for n in cells.site[mine]]),
            tx_y_m=np.array([where[n].y_m for n in cells.site[mine]]),
            x_m=x,
            y_m=y,
            noise_db=_noise_with(cells, foreign, grid.shape),
            guard=guard,
            threads=ground.store.threads,
        )
        best = levels if best is None else _better(best, levels)
    assert best is not None  # noqa: S101  (there is at least one site)
    service, people = ground.service, ground.people
    ratio = best.ratio_db.ravel()
    sigma = service.sigma_db
    excess = np.where(np.isnan(ratio), -np.inf, ratio - required_db)
    probability = ndtr(excess / sigma) if sigma > 0 else (excess >= 0).astype(np.float64)
    # The margin for locations, so that "served" means the same as for the best server alone.
    needed_db = required_db + service.planning_margin_db
    return SfnFigures(
        share_of(service, ground.demand, probability.reshape(grid.shape), RESIDENTS),
        guard.guard_us,
        weighted_quantile(best.gain_db.ravel(), people, 0.5),
        weighted_quantile(best.longest_delay_us.ravel(), people, 0.95),
        float(people[best.only_together(needed_db).ravel()].sum()),
        float(people[best.spoiled(needed_db).ravel()].sum()),
    )


def _part(stack: LevelStack, mine: NDArray[np.bool_]) -> LevelStack:
    chosen = np.flatnonzero(mine).tolist()
    shape = stack.shape
    return levels_of_losses([stack.layers[n].reshape(shape) for n in chosen], 0.0)


def _noise_with(
    cells: _Cells, foreign: NDArray[np.bool_], shape: tuple[int, int]
) -> float | NDArray[np.float64]:
    """Return the noise, raised by the powers of transmitters that are no echoes."""
    if not foreign.any():
        return cells.noise_db
    power = np.full(shape, 10.0 ** (0.1 * cells.noise_db)).ravel()
    for number in np.flatnonzero(foreign).tolist():
        losses = cells.stack.layers[number]
        power += np.where(losses == LOSS_NONE, 0.0, 10.0 ** (-0.001 * losses))
    raised: NDArray[np.float64] = 10.0 * np.log10(power)
    return raised.reshape(shape)


def _better(one: SfnLevels, other: SfnLevels) -> SfnLevels:
    take = np.nan_to_num(other.ratio_db, nan=-np.inf) > np.nan_to_num(one.ratio_db, nan=-np.inf)
    return SfnLevels(
        *(np.where(take, getattr(other, name), getattr(one, name)) for name in SfnLevels.__slots__)
    )


@dataclass(frozen=True, slots=True)
class Interference:
    """What a network whose cells interfere leaves of the downlink, by pixel."""

    figures: ReuseFigures
    sinr_db: NDArray[np.float32]
    probability: NDArray[np.float32]


def interference(
    ground: Ground, where: Sequence[Station], layers: Layers, network: Reuse
) -> Interference:
    """Return SINR, its probability and the cells' capacity where all cells share a carrier."""
    cells = _cells(ground, where, layers, network.required_sinr_db.value)
    load, threads = network.load.value, ground.store.threads
    ratio = sinr_db(
        cells.stack, noise_db=cells.noise_db, load=load, carrier=cells.carrier, threads=threads
    )
    probability = sinr_probability(
        cells.stack,
        threshold_db=network.required_sinr_db.value,
        noise_db=cells.noise_db,
        shadowing=_shadowing(ground),
        load=load,
        carrier=cells.carrier,
        site=cells.site,
        threads=threads,
    )
    threshold_db = ground.service.minimum_field_dbuv_m.value
    best = find_servers(cells.stack, threshold_db=threshold_db, threads=threads).best
    shown = ground.land.inside | (ground.people.reshape(ratio.shape) > 0)
    carried = cell_capacity(
        spectral_efficiency(ratio),
        np.where(shown, best, -1),
        ground.people / 1000.0,
        cells=len(cells.transmitters),
        bandwidth_mhz=network.bandwidth_mhz.value,
        pixel_km2=ground.land.grid.pixel_km2,
        user_mbps=network.busy_mbps_per_1000.value,
    )
    capacity, area = float(np.nansum(carried.capacity_mbps)), float(carried.area_km2.sum())
    used = carried.users > 0
    return Interference(
        ReuseFigures(
            load,
            weighted_quantile(ratio.ravel(), ground.people, 0.5),
            capacity / area if area > 0 else None,
            float(carried.load[used].mean()) if used.any() else None,
            int(np.count_nonzero(carried.overloaded)),
            len(cells.transmitters),
        ),
        ratio,
        probability,
    )
