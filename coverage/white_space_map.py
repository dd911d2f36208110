"""What the television of a plan leaves free over the district: a table of channels and a layer.

The television is one service of the project, sent by given sites on the UHF channels of their
transmitters; pixels that it serves are protected (:mod:`.servers.white_space`). The answer is the
largest EIRP of a device at every pixel and channel, which a white-space pilot plans its base
stations by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..topology.errors import InputError, UsageError
from ..topology.settings import Figure
from .field import NO_FIELD, station_field
from .grid import Grid
from .ground import Ground
from .servers.white_space import (
    CHANNELS,
    EIRP_CAP_DBM,
    NEAREST_RECEIVER_M,
    ChannelRow,
    channel_mhz,
    channel_table,
    free_channels,
    maximum_eirp,
    permitted_field,
    protection_ratios,
)
from .transmitters import Station

__all__ = ["WhiteSpace", "channel_of", "white_space"]


@dataclass(frozen=True, slots=True, eq=False)
class WhiteSpace:
    """What television leaves free.

    Attributes
    ----------
    grid
        Where the pixels lie.
    channels, tv_channels
        Channels that were asked about, and those that television uses.
    eirp_dbm
        Largest EIRP of a device, [channel, row, column]; NaN outside the district.
    free
        On how many channels a device may send what it wants, by pixel.
    rows
        One row per channel, over the district's land.
    wanted_eirp_dbm
        What a device wants to send.
    assumed
        Figures that were assumed, by name.
    """

    grid: Grid
    channels: tuple[int, ...]
    tv_channels: tuple[int, ...]
    eirp_dbm: NDArray[np.float32]
    free: NDArray[np.uint8]
    rows: tuple[ChannelRow, ...]
    wanted_eirp_dbm: float
    assumed: dict[str, Figure]


def channel_of(freq_mhz: float) -> int:
    """Return the UHF channel whose 8 MHz hold a carrier.

    Raises
    ------
    UsageError
        The carrier lies in none of DS-13 to DS-48.

    Examples
    --------
    >>> channel_of(698.0), channel_of(474.0)
    (36, 13)
    """
    for channel in CHANNELS:
        if abs(freq_mhz - channel_mhz(channel)) < 4.0:
            return channel
    raise UsageError(
        f"{freq_mhz:g} MHz lies in no UHF television channel, DS-13 to DS-48 (470-566 and 606-798 "
        "MHz); name a television service with --service"
    )


def _fields(ground: Ground, where: Sequence[Station]) -> dict[int, NDArray[np.float32]]:
    """Return the best field of every channel that the stations send on; NaN for none."""
    grid, rx_height_m = ground.land.grid, ground.service.rx_height_m.value
    found: dict[int, NDArray[np.float32]] = {}
    for station, layers in zip(where, ground.store.of_stations(where), strict=True):
        for channel in sorted({channel_of(t.freq_mhz) for t in station.transmitters}):
            mine = station_field(station, layers, grid, rx_height_m)
            best = found.setdefault(channel, np.full(grid.shape, NO_FIELD, np.float32))
            np.maximum(best, mine, out=best)
    return {
        channel: np.where(best <= NO_FIELD, np.nan, best).astype(np.float32)
        for channel, best in sorted(found.items())
    }


def white_space(ground: Ground, where: Sequence[Station], *, wanted_eirp_dbm: float) -> WhiteSpace:
    """Return how strongly a device may send at every pixel and channel.

    Parameters
    ----------
    ground
        Of the television service that is protected.
    where
        Its stations.
    wanted_eirp_dbm
        What a device of the pilot wants to send, for the shares of the table.

    Raises
    ------
    InputError
        There is no station, or the service does not say which SINR its receivers need.
    UsageError
        A transmitter is on no UHF television channel.
    """
    service, grid = ground.service, ground.land.grid
    if not where:
        raise InputError("no site sends television; name a plan with --plan")
    if service.network is None:
        raise InputError(
            f"service {service.service_id!r} does not say which C/N its receivers need, and so how "
            f"much they must be protected; add [services.{service.service_id}.network] with "
            "required_sinr_db"
        )
    fields = _fields(ground, where)
    ratios = protection_ratios(service.network.required_sinr_db)
    sigma_db = service.location_sigma_db.value
    permitted = permitted_field(
        np.stack(list(fields.values())),
        list(fields),
        planning_field_dbuv_m=service.planning_field_dbuv_m,
        protection_db=ratios,
        sigma_tv_db=sigma_db,
        sigma_device_db=sigma_db,
        location_probability=max(0.5, service.required_probability.value),
    )
    land = ground.land.inside
    permitted[:, ~land] = np.inf  # nobody receives on water or across the border
    eirp = maximum_eirp(permitted, step_m=grid.step_m, threads=ground.store.threads)
    rows = channel_table(
        eirp, wanted_eirp_dbm=wanted_eirp_dbm, pixel_km2=grid.pixel_km2, inside=land
    )
    figures = {
        "largest EIRP of any device": EIRP_CAP_DBM,
        "nearest receiver that is not the device's own": NEAREST_RECEIVER_M,
        "co-channel protection ratio": ratios[0],
        "adjacent-channel protection ratio": ratios[8],
    }
    return WhiteSpace(
        grid,
        CHANNELS,
        tuple(fields),
        np.where(land, eirp, np.nan).astype(np.float32),
        np.where(land, free_channels(eirp, wanted_eirp_dbm), 0).astype(np.uint8),
        rows,
        wanted_eirp_dbm,
        {name: figure for name, figure in figures.items() if figure.assumed},
    )
