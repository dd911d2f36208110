"""Samples into buckets of 5 minutes, an hour and a day that do not hide peaks.

A bucket keeps minimum, maximum, mean, last, count and how much of its time was covered. What is
rolled up of a counter is its rate a second, and only where its verdict is usable: a wrap that was
plausible counts, a reset, a gap or a suspect step leaves the bucket less covered and never makes it
zero. A value speaks for the time since the sample before, and counts in every bucket that this time
touches, the mean weighted by how long. After :data:`GAP_AFTER_S` without a sample it speaks for
nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError
from ..port_counters import COUNTERS
from ..quality import Quality
from ..rates import QUALITIES, CounterReading, rates
from .chunks import UNKNOWN_MS, Chunk, planes, unplanes
from .interface import Series, SeriesKind

__all__ = [
    "DISCONTINUITY",
    "GAP_AFTER_S",
    "TIERS",
    "Rollup",
    "coarser",
    "interval_values",
    "joined",
    "pack_rollup",
    "roll_up",
    "unpack_rollup",
]

GAP_AFTER_S = 900.0
"""Three polls of 300 s: a rate over a longer time hides what happened in it."""

TIERS: tuple[int, ...] = (300, 3600, 86_400)
"""Lengths of the buckets that are kept, in seconds; days are those of UTC."""

DISCONTINUITY = "discontinuity_ticks"
"""Figure of a port's ifCounterDiscontinuityTime; a step in it resets the port's counters."""

_USABLE = np.array([quality.usable for quality in QUALITIES])
_HEADING = struct.Struct("<4sII")
_MARK = b"NGR1"
_ZLIB_LEVEL = 6
_MOST_BYTES = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """Buckets of many series, each array ``[series, bucket]``; NaN where nothing was usable."""

    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    covered_s: NDArray[np.float64]


def _intervals_s(chunk: Chunk) -> NDArray[np.float64]:
    """Return the time between cycles, by the monotonic clock where it ran through."""
    wall = np.diff(chunk.at_ms)
    clock = np.diff(chunk.clock_ms)
    known = (chunk.clock_ms[1:] != UNKNOWN_MS) & (chunk.clock_ms[:-1] != UNKNOWN_MS) & (clock > 0)
    return np.where(known, clock, wall) / 1000.0


def _reading(
    chunk: Chunk, series: Sequence[Series], counters: NDArray[np.intp], rows: slice
) -> CounterReading:
    chosen = [series[column] for column in counters.tolist()]
    width = np.array([64 if one.kind is SeriesKind.COUNTER64 else 32 for one in chosen])
    ticks = {
        one.resource: column for column, one in enumerate(series) if one.figure == DISCONTINUITY
    }
    marks = np.array([ticks.get(one.resource, -1) for one in chosen])
    values, present = chunk.values[rows], chunk.present[rows]
    given = (marks >= 0)[None, :] & present[:, marks]
    scale = np.array([10 ** series[mark].decimals if mark >= 0 else 1 for mark in marks.tolist()])
    uptime_ms = chunk.uptime_ms[rows]
    return CounterReading(
        counts=values[:, counters].view(np.uint64),
        width_bits=np.where(present[:, counters], width[None, :], 0).astype(np.uint8),
        clock_s=np.zeros(len(values)),
        uptime_s=np.where(uptime_ms == UNKNOWN_MS, np.nan, uptime_ms / 1000.0),
        discontinuity_ticks=np.where(given, values[:, marks] // scale[None, :], -1),
        speed_bps=np.broadcast_to(
            np.array([np.nan if one.speed_bps is None else one.speed_bps for one in chosen]),
            (len(values), len(chosen)),
        ),
    )


def interval_values(
    chunk: Chunk, series: Sequence[Series]
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return the value and the verdict of every series between each cycle and the one before.

    Both are ``[cycle - 1, series]``: a counter's rate a second, a gauge as it was read last.
    """
    is_counter = np.array([one.kind is not SeriesKind.GAUGE for one in series], dtype=np.bool_)
    scale = np.array([10.0**-one.decimals for one in series])
    values = np.where(chunk.present[1:], chunk.values[1:] * scale, np.nan)
    gap = QUALITIES.index(Quality.GAP)
    verdicts = np.where(chunk.present[1:], 0, gap).astype(np.uint8)
    counters = np.flatnonzero(is_counter)
    if counters.size and len(chunk.at_ms) > 1:
        before = _reading(chunk, series, counters, slice(None, -1))
        after = _reading(chunk, series, counters, slice(1, None))
        intervals_s = _intervals_s(chunk)
        after = CounterReading(
            after.counts, after.width_bits, intervals_s, after.uptime_s,
            after.discontinuity_ticks, after.speed_bps,
        )  # fmt: skip
        units = np.array([COUNTERS[series[c].figure] for c in counters.tolist()], dtype=np.uint8)
        found = rates(before, after, units)
        too_long = intervals_s > GAP_AFTER_S
        values[:, counters] = np.where(too_long[:, None], np.nan, found.per_s)
        verdicts[:, counters] = np.where(too_long[:, None], gap, found.quality)
    return values, verdicts


def roll_up(
    chunk: Chunk, series: Sequence[Series], *, start_s: int, bucket_s: int, buckets: int
) -> Rollup:
    """Return buckets from ``start_s`` on of cycles that may begin before and end after them."""
    count = len(series)
    shape = (count, buckets)
    none = np.full(shape, np.nan)
    out = Rollup(none, none.copy(), none.copy(), none.copy(),
                 np.zeros(shape, dtype=np.int64), np.zeros(shape))  # fmt: skip
    if not len(chunk.at_ms):
        return out
    values, verdicts = interval_values(chunk, series)
    # The first cycle has none before it: its gauges count, and speak for no time.
    scale = np.array([10.0**-one.decimals for one in series])
    gauge = np.array([one.kind is SeriesKind.GAUGE for one in series], dtype=np.bool_)
    head = np.where(chunk.present[0] & gauge, chunk.values[0] * scale, np.nan)
    values = np.vstack([head[None, :], values])
    usable = np.vstack([np.isfinite(head)[None, :], _USABLE[verdicts]]) & np.isfinite(values)
    ends_s = chunk.at_ms / 1000.0
    starts_s = np.concatenate([ends_s[:1], ends_s[:-1]])
    starts_s = np.where((ends_s - starts_s > GAP_AFTER_S) | (ends_s < starts_s), ends_s, starts_s)
    for bucket in range(buckets):
        low = start_s + bucket * bucket_s
        high = low + bucket_s
        point = (starts_s == ends_s) & (ends_s >= low) & (ends_s < high)
        touched = np.flatnonzero(((ends_s > low) & (starts_s < high)) | point)
        if touched.size:
            part = usable[touched]
            overlap_s = np.minimum(ends_s[touched], high) - np.maximum(starts_s[touched], low)
            _fill(out, bucket, values[touched], part, np.maximum(overlap_s, 0.0))
    return out


def _fill(
    out: Rollup,
    bucket: int,
    values: NDArray[np.float64],
    usable: NDArray[np.bool_],
    weights_s: NDArray[np.float64],
) -> None:
    shown = np.where(usable, values, np.nan)
    count = usable.sum(axis=0)
    low = np.fmin.reduce(shown, axis=0)
    high = np.fmax.reduce(shown, axis=0)
    plain = np.where(usable, values, 0.0)
    covered_s = weights_s @ usable
    weighted = weights_s @ plain
    mean = np.where(
        covered_s > 0,
        weighted / np.where(covered_s > 0, covered_s, 1.0),
        plain.sum(axis=0) / np.maximum(count, 1),
    )
    last = shown[0]
    for row in shown[1:]:
        last = np.where(np.isnan(row), last, row)
    out.minimum[:, bucket], out.maximum[:, bucket] = low, high
    # Rounding may carry a mean past its neighbours.
    out.mean[:, bucket] = np.where(count > 0, np.clip(mean, low, high), np.nan)
    out.last[:, bucket], out.count[:, bucket] = last, count
    out.covered_s[:, bucket] = covered_s


def coarser(fine: Rollup, group: int) -> Rollup:
    """Return buckets ``group`` times as long; the number of buckets must be a multiple of it."""
    series, buckets = fine.mean.shape
    shape = (series, buckets // group, group)
    count = fine.count.reshape(shape)
    covered_s = fine.covered_s.reshape(shape)
    mean = np.nan_to_num(fine.mean.reshape(shape))
    weight = np.where(covered_s.sum(axis=2, keepdims=True) > 0, covered_s, count)
    total = weight.sum(axis=2)
    last = fine.last.reshape(shape)
    newest = last[:, :, 0]
    for place in range(1, group):
        newest = np.where(np.isnan(last[:, :, place]), newest, last[:, :, place])
    low = np.fmin.reduce(fine.minimum.reshape(shape), axis=2)
    high = np.fmax.reduce(fine.maximum.reshape(shape), axis=2)
    averaged = (mean * weight).sum(axis=2) / np.where(total > 0, total, 1.0)
    return Rollup(
        low,
        high,
        np.where(total > 0, np.clip(averaged, low, high), np.nan),
        newest,
        count.sum(axis=2),
        covered_s.sum(axis=2),
    )


def joined(parts: Sequence[Rollup]) -> Rollup:
    """Return the buckets of the same series one after the other."""
    return Rollup(
        np.concatenate([part.minimum for part in parts], axis=1),
        np.concatenate([part.maximum for part in parts], axis=1),
        np.concatenate([part.mean for part in parts], axis=1),
        np.concatenate([part.last for part in parts], axis=1),
        np.concatenate([part.count for part in parts], axis=1),
        np.concatenate([part.covered_s for part in parts], axis=1),
    )


def pack_rollup(rollup: Rollup) -> bytes:
    """Write buckets; figures keep 7 digits (float32)."""
    series, buckets = rollup.mean.shape
    kept = np.stack(
        [rollup.minimum, rollup.maximum, rollup.mean, rollup.last, rollup.covered_s]
    ).astype("<f4")
    count, octets = planes(
        np.concatenate([kept.view("<u4").reshape(-1), rollup.count.reshape(-1)]).astype(np.uint64)
    )
    body = _HEADING.pack(_MARK, series, buckets << 4 | count) + octets
    return zlib.compress(body, _ZLIB_LEVEL)


def unpack_rollup(body: bytes) -> Rollup:
    """Read buckets.

    Raises
    ------
    FileError
        They are damaged.
    """
    try:
        plain = zlib.decompressobj().decompress(body, _MOST_BYTES)
        mark, series, both = _HEADING.unpack_from(plain)
        buckets, count = both >> 4, both & 15
        if mark != _MARK:
            raise ValueError("its mark is wrong")
        size = 6 * series * buckets
        numbers = unplanes(count, plain[_HEADING.size :], size).reshape(6, series, buckets)
    except (zlib.error, struct.error, ValueError) as error:
        raise FileError(
            f"a roll-up is damaged ({error}); take the store from a backup, or go on: its time "
            "is shown as a gap"
        ) from None
    figures = numbers[:5].astype("<u4").view("<f4").astype(np.float64)
    low, high, mean, last, covered_s = figures
    return Rollup(low, high, mean, last, numbers[5].astype(np.int64), covered_s)
