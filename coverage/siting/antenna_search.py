"""Turn, tilt and weaken the antennas of chosen sites until nobody more can be served that way.

A loss layer knows nothing of antennas, so that turning one costs no new propagation. Each sector
in turn is tried with other azimuths, tilts and powers, coarse steps first and fine ones last, and
keeps what serves most people; the rounds end when no single change helps. The service is judged as
a plan judges it: by the best server in its weaker link; where cells interfere by the probability
of the SINR, too, asked again only where a changed sector is seen (:mod:`..servers.edited`); or by
the sum of a single-frequency network. No bound is known for such a search.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError
from ..field import NO_FIELD, station_field
from ..ground import Ground
from ..progress import Progress, silent
from ..servers.edited import Combined, Reception, combine, update
from ..servers.level_stack import LevelStack, levels_of
from ..servers.sfn import dtmb_guard, sum_network
from ..servers.shadowing import Shadowing
from ..services import Reuse, SingleFrequency
from ..transmitters import Station, Transmitter
from .service_signals import on_one_carrier

__all__ = ["AntennaSteps", "SectorChange", "TunedAntennas", "tune_antennas"]

Field = NDArray[np.float32]
Layers = Mapping[tuple[float, float], NDArray[np.int16]]


@dataclass(frozen=True, slots=True)
class AntennaSteps:
    """What may be changed of a sector, and in which steps, coarse ones first.

    Attributes
    ----------
    azimuth_deg, tilt_deg, power_db
        Steps to both sides, one for each stage of the search; 0 leaves the figure alone.
    least_tilt_deg, most_tilt_deg
        Electrical downtilt stays within these.
    most_weaker_db
        Power is never raised, and lowered by so much at most.
    """

    azimuth_deg: tuple[float, ...] = (30.0, 10.0)
    tilt_deg: tuple[float, ...] = (3.0, 1.0)
    power_db: tuple[float, ...] = (3.0, 1.0)
    least_tilt_deg: float = 0.0
    most_tilt_deg: float = 15.0
    most_weaker_db: float = 10.0

    def __post_init__(self) -> None:
        stages = {len(self.azimuth_deg), len(self.tilt_deg), len(self.power_db)}
        steps = np.array([*self.azimuth_deg, *self.tilt_deg, *self.power_db])
        if len(stages) != 1 or not steps.size or not (steps >= 0).all():
            raise UsageError(
                "steps of azimuth, tilt and power need one figure, 0 or more, for each stage"
            )
        if not self.least_tilt_deg <= self.most_tilt_deg or not self.most_weaker_db >= 0:
            raise UsageError(
                f"tilt from {self.least_tilt_deg} to {self.most_tilt_deg} deg, power down to "
                f"{self.most_weaker_db} dB below; give a range, and 0 dB or more"
            )


@dataclass(frozen=True, slots=True)
class SectorChange:
    """What was changed of one sector.

    Attributes
    ----------
    site_id, sector
        Where it stands, and its number there from 0.
    azimuth_deg, tilt_deg
        Before and after.
    power_db
        What its power was changed by.
    """

    site_id: str
    sector: int
    azimuth_deg: tuple[float, float]
    tilt_deg: tuple[float, float]
    power_db: float


@dataclass(frozen=True, slots=True)
class TunedAntennas:
    """Stations with their antennas turned.

    Attributes
    ----------
    stations
        The same stations with other antennas.
    changes
        What was changed.
    before, after
        People served.
    tried
        Settings that were looked at.
    stopped_by
        ``local optimum``: no single change helps at the last steps; ``time limit``; ``rounds``.
    """

    stations: tuple[Station, ...]
    changes: tuple[SectorChange, ...]
    before: float
    after: float
    tried: int
    stopped_by: Literal["local optimum", "time limit", "rounds"]
    seconds: float

    @property
    def proven(self) -> bool:
        """Always False: no search of this kind is a proof."""
        return False


class _Judge(Protocol):
    """Counts the people served when one sector sends otherwise.

    Attributes
    ----------
    floor_dbuv_m
        Weaker fields need not be known.
    weaker_helps
        Whether a sector that sends weaker can serve more people: it disturbs others less.
    """

    floor_dbuv_m: float
    weaker_helps: bool

    def served(self) -> float:
        """Return the people served now."""
        ...

    def tried(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> float:
        """Return the people served if a sector's field were this one."""
        ...

    def take(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> None:
        """Let the sector send so."""
        ...


class _BestServer:
    """Served where the best server's weaker link reaches the field that planning needs."""

    def __init__(
        self,
        fields: Sequence[Field],
        shortfalls_db: Sequence[float],
        need: float,
        people: NDArray[np.float64],
    ) -> None:
        self.need, self.people = np.float32(need), people
        # The way back only ever needs more, so that nobody is served by a field below the need.
        self.floor_dbuv_m, self.weaker_helps = need, False
        self.count = np.zeros(people.size, np.int32)
        self.serves = [self._reaching(f, s) for f, s in zip(fields, shortfalls_db, strict=True)]
        for mask in self.serves:
            self.count += mask

    def _reaching(self, field_dbuv_m: Field, shortfall_db: float) -> NDArray[np.bool_]:
        reached: NDArray[np.bool_] = field_dbuv_m - np.float32(shortfall_db) >= self.need
        return reached

    def mask(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> NDArray[np.bool_]:
        """Return where somebody serves if the sector's field were this one."""
        now = self._reaching(field_dbuv_m, shortfall_db)
        mask: NDArray[np.bool_] = (self.count - self.serves[sector] + now) > 0
        return mask

    def served(self) -> float:
        return float(self.people[self.count > 0].sum())

    def tried(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> float:
        return float(self.people[self.mask(sector, field_dbuv_m, shortfall_db)].sum())

    def take(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> None:
        now = self._reaching(field_dbuv_m, shortfall_db)
        self.count += now.astype(np.int32) - self.serves[sector]
        self.serves[sector] = now


class _Interfering:
    """As the best server, and the SINR suffices with the probability required."""

    def __init__(
        self,
        best: _BestServer,
        levels: LevelStack,
        reception: Reception,
        required: float,
        entry_db: float,
        threads: int,
    ) -> None:
        self.best, self.required, self.threads = best, np.float32(required), threads
        self.floor_dbuv_m, self.weaker_helps = float(NO_FIELD), True
        self.entry_db = np.float32(entry_db)
        self.kept: Combined = combine(levels, reception, threads=threads)

    def _served(self, kept: Combined, mask: NDArray[np.bool_]) -> float:
        enough = kept.sinr_probability >= self.required
        return float(self.best.people[mask & enough].sum())

    def _after(self, sector: int, field_dbuv_m: Field) -> Combined:
        return update(
            self.kept,
            server=sector,
            layer=_levels(field_dbuv_m, self.entry_db),
            threads=self.threads,
        )

    def served(self) -> float:
        return self._served(self.kept, self.best.count > 0)

    def tried(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> float:
        mask = self.best.mask(sector, field_dbuv_m, shortfall_db)
        return self._served(self._after(sector, field_dbuv_m), mask)

    def take(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> None:
        self.kept = self._after(sector, field_dbuv_m)
        self.best.take(sector, field_dbuv_m, shortfall_db)


class _Summed:
    """Served where the sum of a single-frequency network suffices; downlink only."""

    def __init__(
        self,
        levels: LevelStack,
        ground: Ground,
        network: SingleFrequency,
        places: NDArray[np.float64],
        pixels: NDArray[np.intp],
    ) -> None:
        service, grid = ground.service, ground.land.grid
        self.floor_dbuv_m, self.weaker_helps = float(NO_FIELD), True
        self.levels, self.people = levels, ground.people[pixels]
        required_db = network.required_sinr_db.value
        self.needed_db = required_db + service.planning_margin_db
        self.places = places
        self.x_m = grid.x_m()[pixels % grid.width]
        self.y_m = grid.y_m()[pixels // grid.width]
        self.noise_db = service.minimum_field_dbuv_m.value - required_db
        self.guard = dtmb_guard(network.guard_symbols)
        self.entry_db, self.threads = np.float32(service.entry_loss_db.value), ground.store.threads

    def _served(self, levels: LevelStack) -> float:
        found = sum_network(
            levels,
            tx_x_m=self.places[:, 0],
            tx_y_m=self.places[:, 1],
            x_m=self.x_m,
            y_m=self.y_m,
            noise_db=self.noise_db,
            guard=self.guard,
            threads=self.threads,
        )
        return float(self.people[found.ratio_db >= self.needed_db].sum())

    def served(self) -> float:
        return self._served(self.levels)

    def _after(self, sector: int, field_dbuv_m: Field) -> LevelStack:
        return self.levels.with_layer(sector, _levels(field_dbuv_m, self.entry_db))

    def tried(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> float:
        return self._served(self._after(sector, field_dbuv_m))

    def take(self, sector: int, field_dbuv_m: Field, shortfall_db: float) -> None:
        self.levels = self._after(sector, field_dbuv_m)


def _levels(field_dbuv_m: Field, entry_db: np.float32) -> Field:
    return np.where(field_dbuv_m <= NO_FIELD, NO_FIELD, field_dbuv_m - entry_db).astype(np.float32)


class _Network:
    """Stations, their layers, and the field of each sector where people live."""

    def __init__(self, ground: Ground, where: Sequence[Station], progress: Progress) -> None:
        self.ground, self.stations = ground, list(where)
        self.layers: list[Layers] = list(ground.store.of_stations(where, progress))
        self.pixels = np.flatnonzero(ground.people > 0)
        self.sectors = [(n, k) for n, one in enumerate(where) for k in range(len(one.transmitters))]

    def field(self, sector: int, transmitter: Transmitter, floor_dbuv_m: float) -> Field:
        number, _ = self.sectors[sector]
        alone = replace(self.stations[number], transmitters=(transmitter,))
        grid, rx = self.ground.land.grid, self.ground.service.rx_height_m.value
        made = station_field(alone, self.layers[number], grid, rx, floor_dbuv_m=floor_dbuv_m)
        return made.ravel()[self.pixels]

    def transmitter(self, sector: int) -> Transmitter:
        number, k = self.sectors[sector]
        return self.stations[number].transmitters[k]

    def put(self, sector: int, transmitter: Transmitter) -> None:
        number, k = self.sectors[sector]
        old = self.stations[number].transmitters
        self.stations[number] = replace(
            self.stations[number], transmitters=(*old[:k], transmitter, *old[k + 1 :])
        )

    def judge(self, *, together: bool) -> _Judge:
        service, network = self.ground.service, self.ground.service.network
        summed = isinstance(network, SingleFrequency) and together
        alone = not summed and not isinstance(network, Reuse)
        floor_dbuv_m = service.planning_field_dbuv_m if alone else float(NO_FIELD)
        fields = [
            self.field(n, self.transmitter(n), floor_dbuv_m) for n in range(len(self.sectors))
        ]
        entry_db = np.float32(service.entry_loss_db.value)
        people = self.ground.people[self.pixels]
        if isinstance(network, SingleFrequency) and together:
            on_one_carrier(self.stations)
            places = np.array(
                [(self.stations[n].x_m, self.stations[n].y_m) for n, _ in self.sectors]
            )
            stack = levels_of([_levels(one, entry_db) for one in fields])
            return _Summed(stack, self.ground, network, places, self.pixels)
        transmitters = [self.transmitter(n) for n in range(len(self.sectors))]
        best = _BestServer(
            fields,
            [t.uplink_shortfall_db for t in transmitters],
            service.planning_field_dbuv_m,
            people,
        )
        if not isinstance(network, Reuse):
            return best
        required_db = network.required_sinr_db.value
        reception = Reception(
            threshold_db=service.minimum_field_dbuv_m.value,
            required_sinr_db=required_db,
            noise_db=service.minimum_field_dbuv_m.value - required_db,
            shadowing=Shadowing(
                service.location_sigma_db.value, entry_sigma_db=service.entry_sigma_db.value
            ),
            load=network.load.value,
            carrier=np.unique([t.freq_mhz for t in transmitters], return_inverse=True)[1],
            site=np.array([n for n, _ in self.sectors], np.int64),
        )
        stack = levels_of([_levels(one, entry_db) for one in fields])
        return _Interfering(
            best, stack, reception, service.required_probability.value, float(entry_db),
            self.ground.store.threads,
        )  # fmt: skip


def _options(
    now: Transmitter, first: Transmitter, steps: AntennaSteps, stage: int
) -> Iterator[Transmitter]:
    """Yield the sector with one figure changed by one step."""
    turn, tilt, power = steps.azimuth_deg[stage], steps.tilt_deg[stage], steps.power_db[stage]
    for sign in (1.0, -1.0):
        if now.pattern != "omni":
            if turn > 0:
                azimuth = (now.azimuth_deg + sign * turn) % 360.0
                lean = None if now.lean_deg is None else (now.lean_deg + sign * turn) % 360.0
                yield replace(now, azimuth_deg=azimuth, lean_deg=lean)
            tilted = now.tilt_deg + sign * tilt
            if tilt > 0 and steps.least_tilt_deg <= tilted <= steps.most_tilt_deg:
                yield replace(now, tilt_deg=tilted)
        changed = now.eirp_dbm + sign * power
        if power > 0 and first.eirp_dbm - steps.most_weaker_db <= changed <= first.eirp_dbm:
            # What the terminal needs of the downlink's field falls with the downlink's power.
            more = now.uplink_needs_more_db
            yield replace(
                now,
                eirp_dbm=changed,
                uplink_needs_more_db=None if more is None else more + sign * power,
            )


def _looked_at(
    net: _Network, judge: _Judge, sector: int, option: Transmitter
) -> tuple[float, Field]:
    sent = net.field(sector, option, judge.floor_dbuv_m)
    return judge.tried(sector, sent, option.uplink_shortfall_db), sent


def tune_antennas(
    ground: Ground,
    where: Sequence[Station],
    *,
    steps: AntennaSteps | None = None,
    keep: Sequence[str] = (),
    together: bool = True,
    rounds: int = 10,
    time_limit_s: float | None = None,
    progress: Progress = silent,
) -> TunedAntennas:
    """Return stations whose antennas are turned so that more people are served.

    Parameters
    ----------
    where
        The stations of a plan.
    steps
        What may be changed; by default azimuth, tilt and power.
    keep
        Sites whose antennas stay as they are: those that are built.
    together
        In a single-frequency network, count whom the sum of all transmitters serves; otherwise
        whom the best of them does, as the share of a plan counts.
    rounds
        Passes through all sectors at each stage, at most.
    time_limit_s
        Stop after so many seconds with the best setting so far. Only then does the answer depend
        on how fast the machine is.
    progress
        Told about each sector; stops the work by raising.

    Raises
    ------
    UsageError
        Steps are out of range, or a single-frequency network sends on several carriers.
    """
    begun = time.monotonic()
    asked, net = steps or AntennaSteps(), _Network(ground, where, progress)
    if not where:
        return TunedAntennas((), (), 0.0, 0.0, 0, "local optimum", 0.0)
    judge = net.judge(together=together)
    first = [net.transmitter(n) for n in range(len(net.sectors))]
    movable = [
        n for n, (at, _) in enumerate(net.sectors) if where[at].site.site_id not in set(keep)
    ]
    before = best = judge.served()
    least, tried = 1e-9 * max(1.0, float(ground.people.sum())), 0
    stopped: Literal["local optimum", "time limit", "rounds"] = "local optimum"
    with ThreadPoolExecutor(max(1, ground.store.threads)) as pool:
        for stage in range(len(asked.azimuth_deg)):
            for turn in range(rounds):
                won = False
                for done, sector in enumerate(movable):
                    progress("antennas", done, len(movable))
                    if time_limit_s is not None and time.monotonic() - begun >= time_limit_s:
                        stopped = "time limit"
                        break
                    found: tuple[float, Transmitter, Field] | None = None
                    options = [
                        option
                        for option in _options(net.transmitter(sector), first[sector], asked, stage)
                        if judge.weaker_helps or option.eirp_dbm >= first[sector].eirp_dbm
                    ]
                    looks = pool.map(
                        lambda option, at=sector: _looked_at(net, judge, at, option), options
                    )
                    for option, (people, sent) in zip(options, looks, strict=True):
                        tried += 1
                        if people > (best if found is None else found[0]) + least:
                            found = people, option, sent
                    if found is not None:
                        best, option, sent = found
                        judge.take(sector, sent, option.uplink_shortfall_db)
                        net.put(sector, option)
                        won = True
                if stopped == "time limit" or not won:
                    break
                if turn == rounds - 1:
                    stopped = "rounds"
            if stopped == "time limit":
                break
    progress("antennas", len(movable), len(movable))
    return TunedAntennas(
        tuple(net.stations),
        tuple(_changes(net, first)),
        before,
        best,
        tried,
        stopped,
        time.monotonic() - begun,
    )


def _changes(net: _Network, first: Sequence[Transmitter]) -> Iterator[SectorChange]:
    for sector, (number, k) in enumerate(net.sectors):
        old, new = first[sector], net.transmitter(sector)
        if old != new:
            yield SectorChange(
                net.stations[number].site.site_id,
                k,
                (old.azimuth_deg, new.azimuth_deg),
                (old.tilt_deg, new.tilt_deg),
                new.eirp_dbm - old.eirp_dbm,
            )
