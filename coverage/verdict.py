"""What a list of sites covers: who serves each pixel, how likely, and why not.

A pixel is served when the median field of its best site reaches what the service needs; with a
way back, the field less what the way back needs more; and where cells interfere, when the SINR
suffices with the required probability, too. What several sites together are worth stands beside
that share and does not enter it, so that the share stays one that sites can be chosen by, with a
bound.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from .combined import (
    Layers,
    interference,
    network_sum,
    several_servers,
    weighted_quantile,
)
from .field import NO_FIELD, station_field
from .gaps import find_gaps
from .ground import Ground
from .progress import Progress, silent
from .propagation import FreeSpace, Reach
from .results import (
    GAP_REASONS,
    AntennaFigures,
    CoverageRaster,
    CoverageSummary,
    Gap,
    Links,
    Notice,
    PlaceVerdict,
    PlanLayers,
    PlannedSite,
)
from .servers.miss_reasons import MissReason, miss_reasons
from .servers.uplink import Limit, weaker_link
from .services import Reuse, SingleFrequency
from .shares import summarise
from .side_by_side import side_by_side
from .transmitters import Station

__all__ = ["Verdict", "areas_of", "best_field", "judge", "pixels_served"]

Fields = NDArray[np.float32]
Losses = Mapping[tuple[float, float], NDArray[np.int16]]


def pixels_served(
    ground: Ground,
    where: Sequence[Station],
    progress: Progress = silent,
    *,
    wanted: NDArray[np.bool_] | None = None,
) -> list[NDArray[np.int64]]:
    """Return for each station the pixels that it serves on its own, in both links.

    Parameters
    ----------
    wanted
        Pixels that count, flat; by default those in which somebody lives.
    """
    needed = np.float32(ground.service.planning_field_dbuv_m)
    if wanted is None:
        wanted = ground.people > 0

    def served(at: tuple[Station, Losses]) -> NDArray[np.int64]:
        field_dbuv_m = station_field(
            *at,
            ground.land.grid,
            ground.service.rx_height_m.value,
            link="weaker",
            floor_dbuv_m=float(needed),
        ).ravel()
        return np.flatnonzero((field_dbuv_m >= needed) & wanted)

    pairs = zip(where, ground.store.of_stations(where, progress), strict=True)
    return list(side_by_side(served, pairs, threads=ground.store.threads))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a list of stations covers, and where it does not."""

    sites: tuple[PlannedSite, ...]
    coverage: CoverageSummary
    gaps: tuple[Gap, ...]
    places: tuple[PlaceVerdict, ...]
    raster: CoverageRaster


@dataclass(frozen=True, slots=True)
class _Best:
    """The best server of every pixel, by the weaker of its links.

    Attributes
    ----------
    weaker, downlink
        Its field less the uplink shortfall, and its field.
    server
        Its number among the stations, -1 for none.
    each
        Every station's field less its shortfall.
    """

    weaker: Fields
    downlink: Fields
    server: NDArray[np.int16]
    each: list[Fields]


def _best_server(ground: Ground, where: Sequence[Station], layers: Layers) -> _Best:
    grid, rx_height_m = ground.land.grid, ground.service.rx_height_m.value
    weaker = np.full(grid.shape, NO_FIELD, np.float32)
    downlink = weaker.copy()
    server = np.full(grid.shape, -1, np.int16)
    each = []

    def fields(at: tuple[Station, Losses]) -> tuple[Fields, Fields]:
        mine = station_field(*at, grid, rx_height_m, link="weaker")
        if any(t.uplink_shortfall_db > 0 for t in at[0].transmitters):
            return mine, station_field(*at, grid, rx_height_m)
        return mine, mine

    made = side_by_side(fields, zip(where, layers, strict=True), threads=ground.store.threads)
    for number, (mine, field_dbuv_m) in enumerate(made):
        stronger = mine > weaker
        weaker[stronger] = mine[stronger]
        server[stronger] = number
        downlink[stronger] = field_dbuv_m[stronger]
        each.append(mine)
    return _Best(weaker, downlink, server, each)


def best_field(ground: Ground, where: Sequence[Station]) -> Fields:
    """Return the field of the best of some stations at every pixel, less its uplink shortfall."""
    grid, rx_height_m = ground.land.grid, ground.service.rx_height_m.value
    best = np.full(grid.shape, NO_FIELD, np.float32)

    def field_of(at: tuple[Station, Losses]) -> Fields:
        return station_field(*at, grid, rx_height_m, link="weaker")

    pairs = zip(where, ground.store.of_stations(where), strict=True)
    for mine in side_by_side(field_of, pairs, threads=ground.store.threads):
        np.maximum(best, mine, out=best)
    return best


def _unobstructed(ground: Ground, where: Sequence[Station]) -> Fields:
    """Return the best field if nothing stood in the way."""
    grid, rx_height_m = ground.land.grid, ground.service.rx_height_m.value
    free = FreeSpace()
    best = np.full(grid.shape, NO_FIELD, np.float32)

    def field_of(station: Station) -> Fields:
        losses = {
            (t.height_m, t.freq_mhz): free.layer(
                grid,
                x_m=station.x_m,
                y_m=station.y_m,
                height_m=t.height_m,
                rx_height_m=rx_height_m,
                freq_mhz=t.freq_mhz,
            )
            for t in station.transmitters
        }
        return station_field(station, losses, grid, rx_height_m)

    for mine in side_by_side(field_of, where, threads=ground.store.threads):
        np.maximum(best, mine, out=best)
    return best


def _margin(field_dbuv_m: Fields, needed_dbuv_m: float) -> Fields:
    """Return the margin over a needed field; -inf where nothing arrives."""
    nothing = field_dbuv_m <= NO_FIELD
    return np.where(nothing, -np.inf, field_dbuv_m - np.float32(needed_dbuv_m)).astype(np.float32)


def _reasons(
    ground: Ground,
    where: Sequence[Station],
    best: _Best,
    served: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    sinr_probability: Fields | None,
) -> NDArray[np.uint8]:
    """Return why each pixel is not served."""
    service = ground.service
    outdoor = _margin(best.downlink, service.outdoor_planning_field_dbuv_m)
    # A model that knows no obstacles cannot tell a shadow from a long way.
    unobstructed = outdoor
    if ground.surface is not None:
        free = _unobstructed(ground, where)
        unobstructed = _margin(free, service.outdoor_planning_field_dbuv_m)
    indoors = service.entry_loss_db.value > 0 or service.entry_sigma_db.value > 0
    required = service.required_probability.value
    reasons = miss_reasons(
        unobstructed_margin_db=unobstructed,
        outdoor_margin_db=outdoor,
        indoor_margin_db=_margin(best.downlink, service.planning_field_dbuv_m) if indoors else None,
        # Only the sign counts.
        interference_margin_db=None if sinr_probability is None else sinr_probability - required,
        uplink_margin_db=_margin(best.weaker, service.planning_field_dbuv_m)
        if service.uplink is not None
        else None,
    )
    # Rounding may lift a margin to 0 that the verdict, taken first, had below.
    last = MissReason.INDOOR if indoors else MissReason.SHADOW
    reasons[(reasons == MissReason.SERVED) & ~served] = last
    reasons[served] = MissReason.SERVED
    reasons[~shown] = MissReason.UNKNOWN
    if not where:  # nobody is far from what does not exist
        reasons[:] = MissReason.UNKNOWN
    return reasons


_OUTSIDE = {
    Reach.TOO_NEAR: "too-near",
    Reach.TOO_FAR: "too-far",
    Reach.ANTENNA_TOO_LOW: "antenna-too-low",
    Reach.ANTENNA_TOO_HIGH: "antenna-too-high",
}


def _outside_model(
    ground: Ground, where: Sequence[Station], server: NDArray[np.int16]
) -> dict[str, float]:
    """Return the residents whose best server lies outside the model's range, by reason."""
    grid = ground.land.grid
    people = ground.people
    used = np.flatnonzero((people > 0) & (server.ravel() >= 0))
    if not used.size:
        return {}
    station = server.ravel()[used]
    x = np.array([s.x_m for s in where])[station] - grid.x_m()[used % grid.width]
    y = np.array([s.y_m for s in where])[station] - grid.y_m()[used // grid.width]
    height = np.array([s.height_m for s in where])[station]
    reach = ground.model.reach(np.hypot(x, y) / 1000.0, height)
    out = {}
    for flag, words in _OUTSIDE.items():
        weight = float(people[used][(reach & flag) > 0].sum())
        if weight > 0:
            out[words] = weight
    return out


def areas_of(ground: Ground, where: Sequence[Station]) -> tuple[str, ...]:
    """Return the subdistrict of each station: the table's, else by its place; "" outside of all."""
    if not where:
        return ()
    row, column, inside = ground.land.grid.pixel_of(
        np.array([s.x_m for s in where]), np.array([s.y_m for s in where])
    )
    found = []
    for n, station in enumerate(where):
        area_id = station.site.area_id
        if not area_id and inside[n]:
            index = int(ground.land.area_index[row[n], column[n]])
            area_id = ground.land.area_ids[index] if index >= 0 else ""
        found.append(area_id)
    return tuple(found)


def _antennas(station: Station) -> tuple[AntennaFigures, ...]:
    return tuple(
        AntennaFigures(
            t.pattern if isinstance(t.pattern, str) else t.pattern.name,
            t.height_m,
            t.azimuth_deg,
            t.tilt_deg,
            t.mech_tilt_deg,
            t.eirp_dbm,
            t.freq_mhz,
        )
        for t in station.transmitters
    )


def _planned_sites(
    ground: Ground, where: Sequence[Station], cover: Sequence[NDArray[np.int64]], fixed: set[str]
) -> tuple[PlannedSite, ...]:
    servers = np.zeros(ground.people.size, np.int32)
    for pixels in cover:
        servers[pixels] += 1
    areas = areas_of(ground, where)
    out = []
    for n, (station, pixels) in enumerate(zip(where, cover, strict=True)):
        site = station.site
        origin: Literal["fixed", "chosen"] = "fixed" if site.site_id in fixed else "chosen"
        out.append(
            PlannedSite(
                order=n + 1,
                site_id=site.site_id,
                name=site.name,
                category=site.category,
                area_id=areas[n],
                lon=site.lon,
                lat=site.lat,
                antenna_height_m=station.height_m,
                origin=origin,
                people=float(ground.people[pixels].sum()),
                people_alone=float(ground.people[pixels[servers[pixels] == 1]].sum()),
                cost=site.cost,
                assumed=station.assumed,
                antennas=_antennas(station),
            )
        )
    return tuple(out)


def _links(
    ground: Ground, where: Sequence[Station], best: _Best
) -> tuple[Links | None, NDArray[np.uint8]]:
    """Return which link is the weaker, for the residents and by pixel."""
    service = ground.service
    if service.uplink is None:
        return None, np.zeros(ground.land.grid.shape, np.uint8)
    # The antenna is the same both ways, so that the difference is the transmitter's own; of a
    # station with unlike ones the transmitter that needs most stands for all.
    differ = np.array(
        [max(t.uplink_needs_more_db or 0.0 for t in station.transmitters) for station in where]
        or [0.0]
    )
    reached = best.server >= 0
    more_db = np.where(reached, differ[best.server], np.nan).astype(np.float32)
    need = service.planning_field_dbuv_m
    down = np.where(reached, best.downlink - np.float32(need), np.nan)
    limit = weaker_link(down, down - more_db)
    people = ground.people
    return (
        Links(
            downlink=float(people[(limit == Limit.DOWNLINK).ravel()].sum()),
            uplink=float(people[(limit == Limit.UPLINK).ravel()].sum()),
            uplink_weaker_db=weighted_quantile(more_db.ravel(), people, 0.5),
        ),
        limit,
    )


def judge(
    ground: Ground,
    where: Sequence[Station],
    cover: Sequence[NDArray[np.int64]],
    fixed: set[str],
    reached_by_any: NDArray[np.bool_],
) -> Verdict:
    """Say what a list of stations covers, and where it does not.

    Parameters
    ----------
    cover
        Inhabited pixels that each station serves on its own, from :func:`pixels_served`.
    fixed
        Sites that stand already.
    reached_by_any
        Pixels that at least one usable site would serve.
    """
    start = time.perf_counter()
    service, land = ground.service, ground.land
    layers = list(ground.store.of_stations(where))
    best = _best_server(ground, where, layers)
    # People live in squares that overlap water and border: their pixels carry a value too.
    shown = land.inside | (ground.people.reshape(land.grid.shape) > 0)
    # The threshold on the field and the one on the probability are the same condition; the field
    # decides, so that the sum over sites and the summary agree to the last resident.
    required = service.required_probability.value
    served = best.weaker >= np.float32(service.planning_field_dbuv_m)
    probability = service.probability(best.weaker)
    between = None
    if isinstance(service.network, Reuse) and where:
        between = interference(ground, where, layers, service.network)
        served &= between.probability >= np.float32(required)
        probability = np.minimum(probability, between.probability)
    probability = np.where(
        served,
        np.maximum(probability, required),
        np.minimum(probability, np.nextafter(required, 0)),
    )
    outside = _outside_model(ground, where, best.server)
    links, limit = _links(ground, where, best)
    several, servers = None, np.zeros(land.grid.shape, np.int16)
    if where:
        several, servers = several_servers(ground, best.each)
    together = None
    if isinstance(service.network, SingleFrequency) and where:
        together = network_sum(ground, where, layers, service.network)
    sinr_probability = None if between is None else between.probability
    reasons = _reasons(ground, where, best, served, shown, sinr_probability)
    people = ground.people.reshape(land.grid.shape)
    summary = replace(
        summarise(service, land, ground.demand, probability, outside),
        missed={
            words: float(people[reasons == reason].sum())
            for reason, words in GAP_REASONS.items()
            if (people[reasons == reason] > 0).any()
        }
        if where
        else {"no-site": float(people.sum())},
        links=links,
        several=several,
        sfn=together,
        reuse=None if between is None else between.figures,
    )
    for kind, weight in outside.items():
        ground.notices.append(
            Notice("outside-model", weight, kind, weight / summary.headline.total)
        )
    ground.timings["coverage"] = time.perf_counter() - start
    start = time.perf_counter()
    sites = _planned_sites(ground, where, cover, fixed)
    gaps = find_gaps(
        land,
        np.where(served, 0.0, people),
        reached_by_any=reached_by_any.reshape(land.grid.shape),
        reasons=reasons,
        sites=sites,
        network=ground.network,
    )
    ground.timings["gaps"] = time.perf_counter() - start
    raster = CoverageRaster(
        land.grid,
        np.where(shown, probability, np.nan).astype(np.float32),
        np.where(shown & (best.downlink > NO_FIELD), best.downlink, np.nan).astype(np.float32),
        people.astype(np.float32),
        PlanLayers(
            np.where(shown, best.server + 1, 0).astype(np.int16),
            np.where(shown, servers, 0).astype(np.int16),
            reasons,
            np.where(shown, limit, 0).astype(np.uint8),
            None
            if between is None
            else np.where(shown, between.sinr_db, np.nan).astype(np.float32),
        ),
    )
    return Verdict(sites, summary, gaps, _places(ground, probability), raster)


def _places(ground: Ground, probability: NDArray[np.float64]) -> tuple[PlaceVerdict, ...]:
    """Return the verdict on each important place inside the district."""
    land, frame = ground.land, ground.network.places
    to_metres = Transformer.from_crs("EPSG:4326", land.grid.crs, always_xy=True)
    x, y = to_metres.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    row, column, on_grid = land.grid.pixel_of(np.asarray(x), np.asarray(y))
    required = ground.service.required_probability.value
    out = []
    for n, place in enumerate(frame.to_dict("records")):
        if not on_grid[n] or not land.inside[row[n], column[n]]:
            continue
        p = float(probability[row[n], column[n]])
        area = int(land.area_index[row[n], column[n]])
        area_id = place["area_id"] or (land.area_ids[area] if area >= 0 else "")
        out.append(
            PlaceVerdict(
                place["place_id"],
                place["name"],
                place["name_en"],
                place["kind"],
                area_id,
                place["lon"],
                place["lat"],
                p,
                p >= required,
            )
        )
    return tuple(out)
