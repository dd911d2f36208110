"""What television leaves free: how strongly a device may send, by pixel and UHF channel.

A device on channel c at pixel p disturbs a television receiver at pixel q on channel k unless

    E_device(q) <= E_tv(q) - PR(c - k) - mu sqrt(s_tv^2 + s_device^2) + discrimination

(the nuisance-field method of GE06 and Recommendation ITU-R BT.1368, with protection ratio PR and
combined location correction). Only receivers that television serves are protected: pixels whose median field
reaches the planning field. The largest EIRP at p is the smallest that any receiver around allows.

*Every pixel a device*: :func:`maximum_eirp` takes a loss that depends on the distance alone,
free space by default, which protects television more than any other model. *One device*:
:func:`maximum_eirp_of_device` takes the device's own loss layer, from P.1812 over the buildings.

Television here is on DS-13 to DS-24 (470-566 MHz) and DS-25 to DS-48 (606-798 MHz), 8 MHz each;
566-606 MHz is not television's. China has no general licence for white-space devices: the figures
show what would be possible, not what is allowed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ...topology.errors import InputError, UsageError
from ...topology.settings import Figure
from ..field_strength import FIELD_CONSTANT_DB
from ..propagation.free_space import free_space_loss_db
from ..propagation.model import LOSS_NONE
from .strictest_receiver import least_allowed

__all__ = [
    "CHANNELS",
    "EIRP_CAP_DBM",
    "NEAREST_RECEIVER_M",
    "ChannelRow",
    "channel_mhz",
    "channel_table",
    "free_channels",
    "maximum_eirp",
    "maximum_eirp_of_device",
    "permitted_field",
    "protection_ratios",
]

CHANNELS: tuple[int, ...] = tuple(range(13, 49))
"""China's UHF television channels, DS-13 to DS-48."""

EIRP_CAP_DBM = Figure(36.0, "4 W EIRP, fixed devices of 47 CFR 15.709", assumed=True)
"""No device sends more, however free the channel is."""

NEAREST_RECEIVER_M = Figure(20.0, "house to house", assumed=True)
"""Least distance from a device to a roof antenna that is not its own."""

_ADJACENT_DB = Figure(-30.0, "typical of DTMB receivers, not verified", assumed=True)


def channel_mhz(channel: int) -> float:
    """Return the centre of a channel: 474 MHz for DS-13, 698 for DS-36.

    Raises
    ------
    UsageError
        Not one of DS-13 to DS-48.
    """
    if channel not in CHANNELS:
        raise UsageError(f"DS-{channel} is no UHF television channel; use DS-13 to DS-48")
    edge = 470 + 8 * (channel - 13) if channel <= 24 else 606 + 8 * (channel - 25)
    return edge + 4.0


def protection_ratios(carrier_to_noise_db: Figure) -> dict[int, Figure]:
    """Return protection ratios in dB by distance in MHz: 0, and the neighbours 8 MHz away.

    Parameters
    ----------
    carrier_to_noise_db
        C/N of the television mode. A noise-like interferer on the same channel acts as noise, so
        that the co-channel ratio is C/N.

    Notes
    -----
    GE06 considers these channels only; whoever knows ratios for wider distances, such as the
    image channel, adds them. The normative ratios of GB/T 26252-2010 were not at hand.
    """
    co = Figure(
        carrier_to_noise_db.value,
        f"C/N, noise-like interferer ({carrier_to_noise_db.source})",
        assumed=True,
    )
    return {0: co, -8: _ADJACENT_DB, 8: _ADJACENT_DB}


def permitted_field(
    tv_field_dbuv_m: NDArray[np.floating],
    tv_channels: Sequence[int],
    *,
    planning_field_dbuv_m: float | Sequence[float],
    protection_db: Mapping[int, Figure],
    sigma_tv_db: float = 5.5,
    sigma_device_db: float = 5.5,
    location_probability: float = 0.95,
    discrimination_db: float = 0.0,
    channels: Sequence[int] = CHANNELS,
) -> NDArray[np.float32]:
    """Return the strongest field of a device that television bears, by channel and pixel.

    Parameters
    ----------
    tv_field_dbuv_m
        Median field of each television channel, [channel, ...pixels]; NaN where it does not
        arrive.
    tv_channels
        Channel number of each.
    planning_field_dbuv_m
        Median field from which on a pixel is served and so protected, for all or each.
    protection_db
        Protection ratio by the device's frequency less television's in MHz, from
        :func:`protection_ratios`.
    discrimination_db
        What the receiver's antenna takes off the device's field; 0 protects most.
    channels
        Channels on which a device might send.

    Returns
    -------
    ndarray of float32
        dBuV/m, [channel, ...pixels]; +inf where no served receiver is to be protected.
    """
    tv = np.asarray(tv_field_dbuv_m, np.float32)
    if tv.ndim < 2 or len(tv) != len(tv_channels):
        raise UsageError(
            f"tv_field_dbuv_m has shape {tv.shape} for {len(tv_channels)} channels; give one field "
            "of pixels per television channel"
        )
    if np.isposinf(tv).any():
        raise InputError("tv_field_dbuv_m is infinite somewhere; give dBuV/m, NaN for no field")
    if not protection_db:
        raise UsageError("protection_db is empty; take protection_ratios(C/N) at least")
    if not 0.5 <= location_probability < 1:
        raise UsageError(f"location_probability is {location_probability}; give 0.5 to 0.999")
    planning = np.asarray(planning_field_dbuv_m, np.float64)
    if planning.shape not in ((), (len(tv),)) or not np.isfinite(planning).all():
        raise UsageError(
            f"planning_field_dbuv_m is {planning_field_dbuv_m}; give one finite field for all "
            f"channels, or one for each of {len(tv)}"
        )
    planning = np.broadcast_to(planning, len(tv))
    centre = [channel_mhz(channel) for channel in tv_channels]
    correction = float(ndtri(location_probability)) * float(np.hypot(sigma_tv_db, sigma_device_db))
    out = np.full((len(channels), *tv.shape[1:]), np.inf, np.float32)
    for number, channel in enumerate(channels):
        for k, mhz in enumerate(centre):
            ratio = protection_db.get(round(channel_mhz(channel) - mhz))
            if ratio is None:
                continue
            allowed = tv[k] - np.float32(ratio.value + correction - discrimination_db)
            protected = tv[k] >= planning[k]  # False for NaN
            np.minimum(out[number], allowed, out=out[number], where=protected)
    return out


def maximum_eirp(
    permitted_dbuv_m: NDArray[np.floating],
    *,
    step_m: float,
    channels: Sequence[int] = CHANNELS,
    loss_db: Callable[[NDArray[np.float64], float], NDArray[np.float64]] = free_space_loss_db,
    nearest_receiver_m: float = NEAREST_RECEIVER_M.value,
    cap_dbm: float = EIRP_CAP_DBM.value,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the largest EIRP of a device at every pixel, by channel.

    Every protected receiver of the grid is considered, the one in the device's own pixel too; a
    search over blocks of pixels leaves out only what cannot be the strictest.

    Parameters
    ----------
    permitted_dbuv_m
        From :func:`permitted_field`, [channel, row, column].
    step_m
        Side of a pixel.
    loss_db
        Path loss by distance in km and frequency in MHz; it must not fall with the distance.
    nearest_receiver_m
        A receiver in the same pixel is taken to be so far away, and none nearer.
    cap_dbm
        No device may send more.

    Returns
    -------
    ndarray of float32
        dBm, shape of ``permitted_dbuv_m``; ``cap_dbm`` where television sets no limit.
    """
    permitted = np.asarray(permitted_dbuv_m, np.float32)
    if permitted.ndim != 3 or len(permitted) != len(channels) or not permitted.size:
        raise UsageError(
            f"permitted_dbuv_m has shape {permitted.shape} for {len(channels)} channels; give "
            "[channel, row, column]"
        )
    if np.isnan(permitted).any() or np.isneginf(permitted).any():
        raise InputError("permitted_dbuv_m has NaN or -inf; +inf means that nothing is protected")
    if not (step_m > 0 and nearest_receiver_m > 0 and math.isfinite(cap_dbm)):
        raise UsageError(
            f"step_m {step_m}, nearest_receiver_m {nearest_receiver_m}, cap_dbm {cap_dbm}: give "
            "distances above 0 and a finite cap"
        )
    out = np.empty_like(permitted)

    def one(number: int) -> None:
        mhz = channel_mhz(channels[number])

        def loss(distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
            return loss_db(np.maximum(distance_m, nearest_receiver_m) / 1000.0, mhz)

        offset = FIELD_CONSTANT_DB + 20.0 * math.log10(mhz)
        strictest = least_allowed(permitted[number], loss, step_m=step_m, cap=cap_dbm + offset)
        np.subtract(strictest, offset, out=out[number], casting="same_kind")

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(one, range(len(channels))))
    return out


def maximum_eirp_of_device(
    permitted_dbuv_m: NDArray[np.floating],
    losses_centi_db: Sequence[NDArray[np.int16]],
    *,
    channels: Sequence[int] = CHANNELS,
    cap_dbm: float = EIRP_CAP_DBM.value,
) -> NDArray[np.float64]:
    """Return the largest EIRP of one device, by channel, from its own loss layers.

    Parameters
    ----------
    permitted_dbuv_m
        From :func:`permitted_field`, [channel, ...pixels].
    losses_centi_db
        For each channel the losses from the device to every pixel in 1/100 dB, at the height of
        television's antennas; ``LOSS_NONE`` where nothing arrives.
    cap_dbm
        No device may send more.
    """
    if not len(permitted_dbuv_m) == len(losses_centi_db) == len(channels):
        raise UsageError(
            f"there are {len(permitted_dbuv_m)} permitted fields and {len(losses_centi_db)} layers "
            f"for {len(channels)} channels; give one of each per channel"
        )
    out = np.full(len(channels), cap_dbm)
    for number, (permitted, layer) in enumerate(
        zip(permitted_dbuv_m, losses_centi_db, strict=True)
    ):
        if np.shape(permitted) != np.shape(layer) or np.asarray(layer).dtype != np.int16:
            raise UsageError(
                f"the layer of DS-{channels[number]} must be int16 of shape {np.shape(permitted)}"
            )
        reached = np.asarray(layer) != LOSS_NONE
        allowed = np.asarray(permitted, np.float64)[reached] + 0.01 * np.asarray(layer)[reached]
        offset = FIELD_CONSTANT_DB + 20.0 * math.log10(channel_mhz(channels[number]))
        out[number] = min(cap_dbm, float(allowed.min(initial=np.inf)) - offset)
    return out


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """How much of a channel is left, over the pixels that were asked about.

    Attributes
    ----------
    share_free
        Share of the pixels in which a device may send at least what was asked.
    share_unlimited
        Share in which television sets no limit below the cap.
    median_eirp_dbm
        Half of the pixels allow so much.
    free_km2
        Area in which a device may send at least what was asked.
    """

    channel: int
    centre_mhz: float
    share_free: float
    share_unlimited: float
    median_eirp_dbm: float
    free_km2: float


def channel_table(
    eirp_dbm: NDArray[np.floating],
    *,
    wanted_eirp_dbm: float,
    pixel_km2: float,
    inside: NDArray[np.bool_] | None = None,
    channels: Sequence[int] = CHANNELS,
    cap_dbm: float = EIRP_CAP_DBM.value,
) -> tuple[ChannelRow, ...]:
    """Return one row per channel on how much of it television leaves.

    Parameters
    ----------
    eirp_dbm
        From :func:`maximum_eirp`, [channel, ...pixels].
    wanted_eirp_dbm
        What a device of the pilot wants to send.
    inside
        Pixels to count; None counts all.
    """
    eirp = np.asarray(eirp_dbm)
    mask = np.ones(eirp.shape[1:], bool) if inside is None else np.asarray(inside, bool)
    if len(eirp) != len(channels) or mask.shape != eirp.shape[1:] or not mask.any():
        raise UsageError(
            f"eirp_dbm has shape {eirp.shape} for {len(channels)} channels and pixels of shape "
            f"{mask.shape}, {np.count_nonzero(mask)} of them to count; they must fit, at least "
            "one pixel"
        )
    rows = []
    for number, channel in enumerate(channels):
        here = eirp[number][mask]
        free = here >= wanted_eirp_dbm
        rows.append(
            ChannelRow(
                channel=channel,
                centre_mhz=channel_mhz(channel),
                share_free=float(free.mean()),
                share_unlimited=float((here >= cap_dbm - 1e-4).mean()),
                median_eirp_dbm=float(np.median(here)),
                free_km2=float(np.count_nonzero(free) * pixel_km2),
            )
        )
    return tuple(rows)


def free_channels(eirp_dbm: NDArray[np.floating], wanted_eirp_dbm: float) -> NDArray[np.uint8]:
    """Return on how many channels a device may send what it wants, at every pixel."""
    enough = np.asarray(eirp_dbm) >= wanted_eirp_dbm
    return np.asarray(np.count_nonzero(enough, axis=0), np.uint8)
