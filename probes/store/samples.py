"""Samples in tables: a blob for each device and cycle, hours in chunks, buckets of three lengths.

A cycle is written as it came. Once an hour is closed and the first cycle after it is there, its
cycles become one chunk and are rolled up, in one transaction; a crash leaves the cycles or the
chunk. Cycles that come late for an hour that is closed already are worked into its chunk.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError, InputError, MissingError
from ..observations import Resource
from ..port_counters import COUNTERS
from .chunks import UNKNOWN_MS, Chunk, pack, unpack
from .database import Database, Writer
from .graphs import Graph, graph_of
from .interface import DeviceCycle, RawSamples, Series, SeriesKind
from .retention import Retention
from .rollups import (
    GAP_AFTER_S,
    TIERS,
    Rollup,
    coarser,
    joined,
    pack_rollup,
    roll_up,
    unpack_rollup,
)

__all__ = ["SAMPLE_TABLES", "Samples"]

SAMPLE_TABLES = (
    "CREATE TABLE IF NOT EXISTS ngbw_device (id {integer} PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    (
        "CREATE TABLE IF NOT EXISTS ngbw_layout (id {integer} PRIMARY KEY, device {integer} NOT NULL, "
        "digest {blob} NOT NULL, series TEXT NOT NULL, UNIQUE (device, digest))"
    ),
    (
        "CREATE TABLE IF NOT EXISTS ngbw_cycle (device {integer} NOT NULL, at_ms {integer} NOT NULL, "
        "layout {integer} NOT NULL, clock_ms {integer} NOT NULL, uptime_ms {integer} NOT NULL, "
        "source TEXT NOT NULL, present {blob}, body {blob} NOT NULL)"
    ),
    "CREATE UNIQUE INDEX IF NOT EXISTS ngbw_cycle_key ON ngbw_cycle (device, at_ms)",
    (
        "CREATE TABLE IF NOT EXISTS ngbw_chunk (device {integer} NOT NULL, hour_s {integer} NOT NULL, "
        "layout {integer} NOT NULL, samples {integer} NOT NULL, last {blob} NOT NULL, "
        "body {blob} NOT NULL)"
    ),
    "CREATE UNIQUE INDEX IF NOT EXISTS ngbw_chunk_key ON ngbw_chunk (device, hour_s, layout)",
    "CREATE INDEX IF NOT EXISTS ngbw_chunk_age ON ngbw_chunk (hour_s)",
    (
        "CREATE TABLE IF NOT EXISTS ngbw_rollup (tier {integer} NOT NULL, device {integer} NOT NULL, "
        "start_s {integer} NOT NULL, layout {integer} NOT NULL, body {blob} NOT NULL)"
    ),
    (
        "CREATE UNIQUE INDEX IF NOT EXISTS ngbw_rollup_key ON ngbw_rollup "
        "(tier, device, start_s, layout)"
    ),
    "CREATE INDEX IF NOT EXISTS ngbw_rollup_age ON ngbw_rollup (tier, start_s)",
)

_HOUR_S = 3600
_DAY_S = 86_400
_HOURS_A_COMMIT = 64
_TURN = "ngbw samples"
_CYCLE = "at_ms, clock_ms, uptime_ms, source, present, body"


@dataclass(frozen=True, slots=True)
class _Layout:
    number: int
    series: tuple[Series, ...]
    columns: dict[tuple[Resource, str], int]


@dataclass(frozen=True, slots=True, eq=False)
class _ClosedHour:
    """An hour that is ready to be written."""

    device: int
    hour_s: int
    layout: int
    chunk: Chunk
    fine: Rollup
    keys: tuple[int, ...]


def _text_of(series: Sequence[Series]) -> str:
    rows = [[s.resource, s.figure, s.kind.value, s.decimals, s.speed_bps] for s in series]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _series_of(text: str) -> tuple[Series, ...]:
    return tuple(
        Series(resource, figure, SeriesKind(kind), decimals, speed_bps)
        for resource, figure, kind, decimals, speed_bps in json.loads(text)
    )


def _ms(time_s: float | None) -> int:
    return UNKNOWN_MS if time_s is None else round(time_s * 1000)


def _floor(time_s: float, length_s: int) -> int:
    return int(time_s // length_s) * length_s


def _stacked(rows: Sequence[Sequence[object]], count: int) -> Chunk:
    """Return cycles as they stand in the table, as one chunk."""
    present = np.ones((len(rows), count), dtype=np.bool_)
    values = np.empty((len(rows), count), dtype=np.int64)
    for place, row in enumerate(rows):
        bits, body = row[4], row[5]
        if bits is not None:
            octets = np.frombuffer(bytes(bits), dtype=np.uint8)  # type: ignore[call-overload]
            present[place] = np.unpackbits(octets, count=count)
        values[place] = np.frombuffer(body, dtype="<i8")  # type: ignore[call-overload]
    times = np.array([[row[0], row[1], row[2]] for row in rows], dtype=np.int64).reshape(-1, 3)
    return Chunk(
        times[:, 0], times[:, 1], times[:, 2], tuple(str(row[3]) for row in rows), values, present
    )


def _chained(parts: Sequence[Chunk]) -> Chunk:
    """Return the cycles of several chunks in order; of two at the same time the later part's."""
    at_ms = np.concatenate([part.at_ms for part in parts])
    newest = {int(at): place for place, at in enumerate(at_ms.tolist())}
    order = np.array([newest[at] for at in sorted(newest)], dtype=np.intp)
    sources = [source for part in parts for source in part.sources]
    return Chunk(
        at_ms[order],
        np.concatenate([part.clock_ms for part in parts])[order],
        np.concatenate([part.uptime_ms for part in parts])[order],
        tuple(sources[place] for place in order.tolist()),
        np.concatenate([part.values for part in parts])[order],
        np.concatenate([part.present for part in parts])[order],
    )


def _rows(chunk: Chunk, rows: slice | NDArray[np.bool_]) -> Chunk:
    places = np.arange(len(chunk.at_ms))[rows].tolist()
    return Chunk(
        chunk.at_ms[rows], chunk.clock_ms[rows], chunk.uptime_ms[rows],
        tuple(chunk.sources[place] for place in places), chunk.values[rows], chunk.present[rows],
    )  # fmt: skip


class Samples:
    """The samples of a store."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database = database
        self._retention = retention
        self._lock = threading.Lock()
        self._devices: dict[str, int] = {}
        self._layouts: dict[int, _Layout] = {}
        self._newest: dict[str, tuple[Sequence[Series], int]] = {}

    # -------------------------------------------------------------- devices and layouts

    def _device(self, name: str) -> int | None:
        number = self._devices.get(name)
        if number is None:
            found = self._database.read("SELECT id FROM ngbw_device WHERE name = ?", (name,))
            if not found:
                return None
            number = self._devices[name] = int(found[0][0])
        return number

    def _layout(self, number: int) -> _Layout:
        known = self._layouts.get(number)
        if known is None:
            found = self._database.read("SELECT series FROM ngbw_layout WHERE id = ?", (number,))
            if not found:
                raise MissingError(
                    f"the store has no layout {number}; ask for one with SampleStore.layout"
                )
            series = _series_of(found[0][0])
            columns = {(one.resource, one.figure): place for place, one in enumerate(series)}
            known = self._layouts[number] = _Layout(number, series, columns)
        return known

    def layout(self, device_id: str, series: Sequence[Series], /) -> int:
        """Return the number of a device's list of series, the same for the same list.

        Raises
        ------
        InputError
            Two series are the same figure of the same resource, or a counter's name is not known.
        """
        with self._lock:
            known = self._newest.get(device_id)
            if known is not None and (known[0] is series or known[0] == series):
                return known[1]
            self._check(device_id, series)
            text = _text_of(series)
            digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
            with self._database.writing(_TURN) as writer:
                device = self._made_device(writer, device_id)
                found = writer.run(
                    "SELECT id FROM ngbw_layout WHERE device = ? AND digest = ?", (device, digest)
                )
                if found:
                    number = int(found[0][0])
                else:
                    number = _next_id(writer, "ngbw_layout")
                    writer.run(
                        "INSERT INTO ngbw_layout (id, device, digest, series) VALUES (?, ?, ?, ?)",
                        (number, device, digest, text),
                    )
            self._newest[device_id] = (series, number)
            return number

    @staticmethod
    def _check(device_id: str, series: Sequence[Series]) -> None:
        seen = set()
        for one in series:
            key = (one.resource, one.figure)
            if key in seen:
                raise InputError(
                    f"device {device_id}: {one.figure} of {one.resource} is there twice; "
                    "a series is one figure of one resource"
                )
            seen.add(key)
            if one.kind is not SeriesKind.GAUGE and one.figure not in COUNTERS:
                raise InputError(
                    f"device {device_id}: {one.figure!r} of {one.resource} is not a counter that "
                    f"has a rule for its rate; counters are {', '.join(COUNTERS)}"
                )
            if one.kind is SeriesKind.GAUGE and not 0 <= one.decimals <= 9:
                raise InputError(
                    f"device {device_id}: {one.figure} has {one.decimals} decimals; give 0 to 9"
                )

    def _made_device(self, writer: Writer, name: str) -> int:
        found = writer.run("SELECT id FROM ngbw_device WHERE name = ?", (name,))
        if found:
            return int(found[0][0])
        number = _next_id(writer, "ngbw_device")
        writer.run("INSERT INTO ngbw_device (id, name) VALUES (?, ?)", (number, name))
        return number

    def devices(self) -> tuple[str, ...]:
        """Return the devices of which something is kept."""
        return tuple(str(n) for (n,) in self._database.read("SELECT name FROM ngbw_device "
                                                            "ORDER BY name"))  # fmt: skip

    def series(self, device_id: str, /) -> tuple[Series, ...]:
        """Return the series of a device's newest layout; none when it is not known."""
        device = self._device(device_id)
        if device is None:
            return ()
        found = self._database.read(
            "SELECT layout FROM (SELECT layout, at_ms AS at FROM ngbw_cycle WHERE device = ? "
            "UNION ALL SELECT layout, hour_s * 1000 FROM ngbw_chunk WHERE device = ?) AS kept "
            "ORDER BY at DESC LIMIT 1",
            (device, device),
        ) or self._database.read("SELECT max(id) FROM ngbw_layout WHERE device = ?", (device,))
        newest = found[0][0]
        return () if newest is None else self._layout(int(newest)).series

    # -------------------------------------------------------------- writing

    def append(self, cycles: Iterable[DeviceCycle], /) -> int:
        """Keep cycles, all or none, and return how many samples they hold.

        Raises
        ------
        InputError
            A cycle does not fit its layout.
        """
        rows, samples = [], 0
        for cycle in cycles:
            layout = self._layout(cycle.layout)
            if cycle.values.shape != (len(layout.series),):
                raise InputError(
                    f"a cycle of {cycle.device_id} has {cycle.values.size} values; its layout "
                    f"{cycle.layout} has {len(layout.series)} series"
                )
            if not np.isfinite(cycle.at_s):
                raise InputError(f"a cycle of {cycle.device_id} has no time; give at_s")
            present = cycle.present
            whole = present is None or bool(present.all())
            device = self._device(cycle.device_id)
            samples += cycle.values.size if present is None else int(present.sum())
            rows.append(
                (
                    device, round(cycle.at_s * 1000), cycle.layout,
                    _ms(cycle.clock_s), _ms(cycle.uptime_s), cycle.source,
                    None if whole or present is None else np.packbits(present).tobytes(),
                    cycle.values.astype("<i8", copy=False).tobytes(),
                )
            )  # fmt: skip
        with self._database.writing(_TURN) as writer:
            writer.run_many(
                "INSERT INTO ngbw_cycle (device, at_ms, layout, clock_ms, uptime_ms, source, "
                "present, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, at_ms) "
                "DO UPDATE SET layout = excluded.layout, clock_ms = excluded.clock_ms, "
                "uptime_ms = excluded.uptime_ms, source = excluded.source, "
                "present = excluded.present, body = excluded.body",
                rows,
            )
        return samples

    # -------------------------------------------------------------- closing hours

    def compact(self, now_s: float, /) -> dict[str, int]:
        """Put closed hours into chunks, roll them up, forget what is past its retention."""
        before_s = _floor(now_s - GAP_AFTER_S, _HOUR_S)
        hours = self._database.read(
            "SELECT DISTINCT at_ms / 3600000, device FROM ngbw_cycle WHERE at_ms < ? ORDER BY 1, 2",
            (before_s * 1000,),
        )
        done = {"hours": 0, "samples": 0, "bytes": 0, "rollup_bytes": 0, "forgotten": 0}
        days: set[tuple[int, int]] = set()
        for first in range(0, len(hours), _HOURS_A_COMMIT):
            ready: list[_ClosedHour] = []
            for hour, device in hours[first : first + _HOURS_A_COMMIT]:
                ready += self._closed(int(device), int(hour) * _HOUR_S)
                days.add((int(device), _floor(int(hour) * _HOUR_S, _DAY_S)))
            self._write(ready, done)
        for device, day_s in sorted(days):
            if day_s + _DAY_S <= before_s:
                self._close_day(device, day_s)
        done["forgotten"] = self._forget(now_s)
        return done

    def _cycles(self, device: int, start_s: float, end_s: float) -> dict[int, Chunk]:
        """Return the cycles of a time that are not in chunks yet, by layout."""
        rows = self._database.read(
            f"SELECT layout, {_CYCLE} FROM ngbw_cycle WHERE device = ? AND at_ms >= ? "  # noqa: S608
            "AND at_ms < ? ORDER BY layout, at_ms",
            (device, round(start_s * 1000), round(end_s * 1000)),
        )
        return {
            int(layout): _stacked([row[1:] for row in group], len(self._layout(layout).series))
            for layout, group in groupby(rows, key=lambda row: row[0])
        }

    def _chunks(self, device: int, start_s: float, end_s: float) -> Iterator[tuple[int, Chunk]]:
        """Yield the chunks whose hours touch a time; a damaged one is a gap."""
        for layout, body in self._database.read(
            "SELECT layout, body FROM ngbw_chunk WHERE device = ? AND hour_s >= ? AND hour_s < ? "
            "ORDER BY hour_s, layout",
            (device, _floor(start_s, _HOUR_S), end_s),
        ):
            try:
                yield int(layout), unpack(bytes(body))
            except FileError:
                continue

    def _closed(self, device: int, hour_s: int) -> list[_ClosedHour]:
        ready = []
        end_s = hour_s + _HOUR_S
        old = dict(self._chunks(device, hour_s, end_s))
        for number, fresh in self._cycles(device, hour_s, end_s).items():
            chunk = _chained([old[number], fresh]) if number in old else fresh
            fine = self._rolled(device, number, chunk, hour_s)
            ready.append(
                _ClosedHour(device, hour_s, number, chunk, fine, tuple(fresh.at_ms.tolist()))
            )
        return ready

    def _rolled(self, device: int, number: int, chunk: Chunk, hour_s: int) -> Rollup:
        """Return the hour's 12 buckets, with the cycles on both sides of it."""
        end_s = hour_s + _HOUR_S
        parts = [chunk]
        earlier = self._database.read(
            "SELECT last FROM ngbw_chunk WHERE device = ? AND hour_s = ? AND layout = ?",
            (device, hour_s - _HOUR_S, number),
        )
        if earlier:
            parts.insert(0, unpack(bytes(earlier[0][0])))
        else:
            before = self._cycles(device, hour_s - GAP_AFTER_S, hour_s).get(number)
            if before is not None:
                parts.insert(0, _rows(before, slice(-1, None)))
        later = self._cycles(device, end_s, end_s + GAP_AFTER_S).get(number)
        if later is None:
            later = dict(self._chunks(device, end_s, end_s + 1)).get(number)
        if later is not None:
            parts.append(_rows(later, slice(0, 1)))
        series = self._layout(number).series
        whole = _chained(parts) if len(parts) > 1 else chunk
        return roll_up(whole, series, start_s=hour_s, bucket_s=TIERS[0], buckets=12)

    def _write(self, ready: Sequence[_ClosedHour], done: dict[str, int]) -> None:
        chunks, rollups, keys = [], [], []
        for hour in ready:
            samples = int(hour.chunk.present.sum())
            body = pack(hour.chunk)
            last = pack(_rows(hour.chunk, slice(-1, None)))
            fine, coarse = pack_rollup(hour.fine), pack_rollup(coarser(hour.fine, 12))
            chunks.append((hour.device, hour.hour_s, hour.layout, samples, last, body))
            rollups.append((TIERS[0], hour.device, hour.hour_s, hour.layout, fine))
            rollups.append((TIERS[1], hour.device, hour.hour_s, hour.layout, coarse))
            keys += [(hour.device, at_ms) for at_ms in hour.keys]
            done["hours"] += 1
            done["samples"] += samples
            done["bytes"] += len(body) + len(last)
            done["rollup_bytes"] += len(fine) + len(coarse)
        with self._database.writing(_TURN) as writer:
            writer.run_many(
                "INSERT INTO ngbw_chunk (device, hour_s, layout, samples, last, body) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (device, hour_s, layout) DO UPDATE SET "
                "samples = excluded.samples, last = excluded.last, body = excluded.body",
                chunks,
            )
            _put_rollups(writer, rollups)
            writer.run_many("DELETE FROM ngbw_cycle WHERE device = ? AND at_ms = ?", keys)

    def _close_day(self, device: int, day_s: int) -> None:
        hours = self._database.read(
            "SELECT layout, body FROM ngbw_rollup WHERE tier = ? AND device = ? AND start_s >= ? "
            "AND start_s < ? ORDER BY layout, start_s",
            (TIERS[1], device, day_s, day_s + _DAY_S),
        )
        rows = []
        for layout, group in groupby(hours, key=lambda row: row[0]):
            parts = [unpack_rollup(bytes(body)) for _, body in group]
            day = coarser(joined(parts), len(parts))
            rows.append((TIERS[2], device, day_s, int(layout), pack_rollup(day)))
        with self._database.writing(_TURN) as writer:
            _put_rollups(writer, rows)

    def _forget(self, now_s: float) -> int:
        forgotten = 0
        with self._database.writing(_TURN) as writer:
            oldest = now_s - self._retention.raw_days * _DAY_S
            forgotten += _removed(writer, "ngbw_chunk", "hour_s <= ?", (oldest - _HOUR_S,))
            for tier in TIERS:
                oldest = now_s - self._retention.of_tier(tier) * _DAY_S
                forgotten += _removed(
                    writer, "ngbw_rollup", "tier = ? AND start_s <= ?", (tier, oldest - tier)
                )
        return forgotten

    # -------------------------------------------------------------- reading

    def raw(
        self, device_id: str, resource: Resource, figure: str, *, start_s: float, end_s: float
    ) -> RawSamples:
        """Return the samples of a series in ``start_s <= at_s < end_s``."""
        at: dict[int, tuple[int, bool, str, Series]] = {}
        device = self._device(device_id)
        parts: list[tuple[int, Chunk]] = []
        if device is not None:
            parts = [*self._chunks(device, start_s, end_s),
                     *self._cycles(device, start_s, end_s).items()]  # fmt: skip
        for number, chunk in parts:
            layout = self._layout(number)
            column = layout.columns.get((resource, figure))
            if column is None:
                continue
            values, present = chunk.values[:, column].tolist(), chunk.present[:, column].tolist()
            for at_ms, value, there, source in zip(
                chunk.at_ms.tolist(), values, present, chunk.sources, strict=True
            ):
                if start_s <= at_ms / 1000 < end_s:
                    at[at_ms] = (value, there, source, layout.series[column])
        rows = [at[key] for key in sorted(at)]
        counter = bool(rows) and rows[-1][3].kind is not SeriesKind.GAUGE
        held: NDArray[np.uint64] | NDArray[np.float64]
        if counter:
            held = np.array([row[0] for row in rows], dtype=np.int64).view(np.uint64)
        else:
            held = np.array([row[0] * 10.0 ** -row[3].decimals for row in rows], dtype=np.float64)
        return RawSamples(
            np.array(sorted(at), dtype=np.float64) / 1000.0,
            held,
            np.array([row[1] for row in rows], dtype=np.bool_),
            tuple(row[2] for row in rows),
        )

    def graph(
        self,
        device_id: str,
        resource: Resource,
        figure: str,
        *,
        start_s: float,
        end_s: float,
        points: int = 800,
    ) -> Graph:
        """Return what to draw of a series: a counter's rate a second, or a gauge."""
        device = self._device(device_id)
        fitting = [tier for tier in TIERS if (end_s - start_s) / tier <= points] or [TIERS[-1]]
        tier = self._reaching(device, start_s, fitting)
        drawn = self._buckets(device, (resource, figure), tier, start_s, end_s)
        ranked_tier = self._reaching(device, start_s, list(TIERS))
        ranked = (
            drawn
            if ranked_tier == tier
            else self._buckets(device, (resource, figure), ranked_tier, start_s, end_s)
        )
        return graph_of(
            drawn,
            tier,
            _floor(start_s, tier),
            ranked_means=ranked.mean[0],
            ranked_bucket_s=ranked_tier,
        )

    def _reaching(self, device: int | None, start_s: float, tiers: Sequence[int]) -> int:
        """Return the finest tier that is kept from ``start_s`` on, as far as anything is."""
        oldest: dict[int, float] = {}
        for tier in tiers:
            found = self._database.read(
                "SELECT min(start_s) FROM ngbw_rollup WHERE tier = ? AND device = ?",
                (tier, device),
            )
            if found[0][0] is not None:
                oldest[tier] = float(found[0][0])
        if not oldest:
            return tiers[0]
        for tier in tiers:
            # A finer tier reaches back as far as the coarser ones, or as far as was asked.
            if tier in oldest and _floor(max(start_s, min(oldest.values())), _DAY_S) >= _floor(
                oldest[tier], _DAY_S
            ):
                return tier
        return tiers[-1]

    def _buckets(
        self,
        device: int | None,
        key: tuple[Resource, str],
        tier: int,
        start_s: float,
        end_s: float,
    ) -> Rollup:
        """Return a series' buckets of a time, those of hours that are not closed yet included."""
        first = _floor(start_s, tier)
        count = max(1, -int(-(end_s - first) // tier))
        found: dict[int, list[Rollup]] = defaultdict(list)
        if device is not None:
            for at_s, part in self._parts(device, key, tier, first, first + count * tier):
                for place in range(part.mean.shape[1]):
                    found[(at_s - first) // tier + place].append(_bucket(part, place))
        gap, zero = np.full((1, 1), np.nan), np.zeros((1, 1))
        nothing = Rollup(gap, gap, gap, gap, zero.astype(np.int64), zero)
        return joined(
            [
                coarser(joined(found[place]), len(found[place])) if place in found else nothing
                for place in range(count)
            ]
        )

    def _parts(
        self, device: int, key: tuple[Resource, str], tier: int, first: int, end: int
    ) -> Iterator[tuple[int, Rollup]]:
        span = _HOUR_S if tier == TIERS[0] else tier
        held = set()
        for start_s, layout, body in self._database.read(
            "SELECT start_s, layout, body FROM ngbw_rollup WHERE tier = ? AND device = ? "
            "AND start_s >= ? AND start_s < ? ORDER BY start_s",
            (tier, device, _floor(first, span), end),
        ):
            held.add(int(start_s))
            column = self._layout(layout).columns.get(key)
            if column is not None:
                part = self._column(bytes(body), column)
                if part is not None:
                    yield from _inside(int(start_s), part, tier, first, end)
        if tier == TIERS[2]:
            # Days that are not closed yet, from their hours.
            for day_s in range(_floor(first, _DAY_S), end, _DAY_S):
                if day_s not in held:
                    for _, part in self._parts(device, key, TIERS[1], day_s, day_s + _DAY_S):
                        yield day_s, part
            return
        for hour, layout in self._database.read(
            "SELECT DISTINCT at_ms / 3600000, layout FROM ngbw_cycle WHERE device = ? "
            "AND at_ms >= ? AND at_ms < ? ORDER BY 1",
            (device, _floor(first, _HOUR_S) * 1000, end * 1000),
        ):
            hour_s = int(hour) * _HOUR_S
            column = self._layout(layout).columns.get(key)
            if column is None or hour_s in held:
                continue
            chunk = self._cycles(device, hour_s, hour_s + _HOUR_S)[int(layout)]
            fine = _series_row(self._rolled(device, int(layout), chunk, hour_s), column)
            part = fine if tier == TIERS[0] else coarser(fine, 12)
            yield from _inside(hour_s, part, tier, first, end)

    @staticmethod
    def _column(body: bytes, column: int) -> Rollup | None:
        try:
            return _series_row(unpack_rollup(body), column)
        except FileError:
            return None  # a damaged roll-up is a gap; ngbw store check says so

    # -------------------------------------------------------------- checking

    def problems(self) -> list[str]:
        """Return what is wrong with chunks and roll-ups, a sentence each."""
        found = []
        names = {row[0]: row[1] for row in self._database.read("SELECT id, name FROM ngbw_device")}
        for device, hour_s in self._database.read("SELECT device, hour_s FROM ngbw_chunk"):
            for (body,) in self._database.read(
                "SELECT body FROM ngbw_chunk WHERE device = ? AND hour_s = ?", (device, hour_s)
            ):
                try:
                    unpack(bytes(body))
                except FileError as error:
                    found.append(f"device {names.get(device, device)}, hour {hour_s}: {error}")
        for tier, device, start_s, body in self._database.read(
            "SELECT tier, device, start_s, body FROM ngbw_rollup"
        ):
            try:
                unpack_rollup(bytes(body))
            except FileError as error:
                found.append(
                    f"device {names.get(device, device)}, {tier} s from {start_s}: {error}"
                )
        return found


def _next_id(writer: Writer, table: str) -> int:
    return int(writer.run(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0])  # noqa: S608


def _put_rollups(writer: Writer, rows: Sequence[tuple[object, ...]]) -> None:
    writer.run_many(
        "INSERT INTO ngbw_rollup (tier, device, start_s, layout, body) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (tier, device, start_s, layout) DO UPDATE SET body = excluded.body",
        rows,
    )


def _removed(writer: Writer, table: str, where: str, values: Sequence[object]) -> int:
    count = int(writer.run(f"SELECT count(*) FROM {table} WHERE {where}", values)[0][0])  # noqa: S608
    if count:
        writer.run(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608
    return count


def _series_row(rollup: Rollup, column: int) -> Rollup:
    return _sliced(rollup, (slice(column, column + 1), slice(None)))


def _bucket(rollup: Rollup, place: int) -> Rollup:
    return _sliced(rollup, (slice(None), slice(place, place + 1)))


def _sliced(rollup: Rollup, where: tuple[slice, slice]) -> Rollup:
    return Rollup(
        rollup.minimum[where], rollup.maximum[where], rollup.mean[where], rollup.last[where],
        rollup.count[where], rollup.covered_s[where],
    )  # fmt: skip


def _inside(
    start_s: int, part: Rollup, tier: int, first: int, end: int
) -> Iterator[tuple[int, Rollup]]:
    """Yield what of some buckets lies in a time."""
    low = max(0, (first - start_s) // tier)
    high = min(part.mean.shape[1], -((start_s - end) // tier))
    if low < high:
        yield start_s + low * tier, _sliced(part, (slice(None), slice(low, high)))
