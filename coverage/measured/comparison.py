"""Lays what was measured beside what the project predicts, transmitter by transmitter.

*Which prediction.* A row that names a cell is held against that cell alone, a row that names only
a site against the strongest of the site's transmitters, both with the equipment, the propagation
model and the surface of a plan, at the receiver's own height. Rows that name neither, or one that
the project does not have, are counted and listed, not guessed at.

*What a point is.* A prediction is one figure for a pixel, the median over its locations. So the
samples of one transmitter in one pixel become one point: the mean of their levels in dB, which
fading within the pixel leaves where the median is. A receiver that stood at a traffic light then
counts no more than one that passed.

*Where.* ``street`` is a pixel without a building that has one within 50 m, ``open`` one that has
none, where the model knows buildings; ``building`` is a pixel under a roof, in which a receiver
outdoors is held against the streets at the walls, as a plan does. What the log itself says of the
surroundings comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.ndimage import distance_transform_edt

from ...topology.errors import InputError
from ...topology.network import Network
from ...topology.settings import Settings
from ..demand import land_of
from ..field import NO_FIELD, station_field
from ..grid import Grid
from ..layers import LayerStore
from ..progress import Progress, silent
from ..propagation import PropagationModel
from ..service_settings import service_from_settings
from ..services import Service
from ..surface_model import Surface
from ..transmitters import Station, stations
from .measurements import Measurements
from .residuals import Pairs

__all__ = ["Comparison", "compare"]

STREET_M = 50.0
"""As near a building makes an open pixel a street."""

_LISTED_IDS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Measured and predicted fields of a project, side by side.

    Attributes
    ----------
    service, model
        Whose transmitters, and what predicted them.
    grid
        The pixels that the points stand for.
    points
        One row per log, transmitter and pixel: ``log_id``, ``cell_id`` ("" for a site as a
        whole), ``site_id``, ``lon``, ``lat``, ``x_m``, ``y_m`` (mean of the samples),
        ``samples``, ``measured_dbuv_m``, ``predicted_dbuv_m``, ``residual_db``, ``distance_km``,
        ``clutter``.
    samples
        Rows of the logs that were looked at.
    left_out
        Reason (``no-transmitter``, ``unknown-transmitter``, ``other-technology``,
        ``outside-grid``, ``no-prediction``) to number of samples that are in no point.
    unknown
        Ids that the project does not have to the number of samples that name them.
    assumed
        Figures of the transmitters that no table gives.
    """

    service: Service
    model: PropagationModel
    grid: Grid
    points: pd.DataFrame
    samples: int
    left_out: Mapping[str, int]
    unknown: Mapping[str, int]
    assumed: tuple[str, ...]

    def pairs(self) -> Pairs:
        """Return the points as pairs; InputError where there is none."""
        points = self.points
        if points.empty:
            why = ", ".join(f"{count}: {reason}" for reason, count in self.left_out.items())
            raise InputError(
                f"none of the {self.samples} measurements can be held against a prediction "
                f"({why or 'there are none'})"
            )
        return Pairs(
            points["measured_dbuv_m"].to_numpy(np.float64),
            points["predicted_dbuv_m"].to_numpy(np.float64),
            points["distance_km"].to_numpy(np.float64),
            points["x_m"].to_numpy(np.float64),
            points["y_m"].to_numpy(np.float64),
            tuple(points["site_id"].tolist()),
            tuple(points["clutter"].tolist()),
            tuple(points["cell_id"].tolist()),
        )


def _each_cell_a_station(network: Network, cell_ids: Sequence[str]) -> Network:
    """Return a network in which each of the cells stands on a site of its own, under its id."""
    cells = network.cells[network.cells["cell_id"].isin(cell_ids)]
    sites = network.sites.drop(columns="geometry", errors="ignore").set_index("site_id", drop=False)
    alone = sites.loc[cells["site_id"]].assign(site_id=cells["cell_id"].to_numpy())
    return Network(
        {
            "sites": alone.assign(area_id="").reset_index(drop=True),
            "cells": cells.assign(site_id=cells["cell_id"]).reset_index(drop=True),
        },
        directory=network.directory,
    )


def _transmitters(
    network: Network, settings: Settings, service: Service, wanted: pd.DataFrame
) -> dict[tuple[str, str], Station]:
    """Return the stations by cell and site; the cell is "" for a site as a whole."""
    cells = sorted({cell for cell in wanted["cell_id"] if cell})
    whole = sorted({site for cell, site in wanted[["cell_id", "site_id"]].to_numpy() if not cell})
    out = {}
    if cells:
        alone = _each_cell_a_station(network, cells)
        site_of = dict(zip(network.cells["cell_id"], network.cells["site_id"], strict=True))
        for station in stations(alone, cells, service, settings.crs):
            cell_id = station.site.site_id
            out[cell_id, str(site_of[cell_id])] = station
    for station in stations(network, whole, service, settings.crs):
        out["", station.site.site_id] = station
    return out


def _identified(
    network: Network, service: Service, frame: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int], dict[str, int]]:
    """Return the rows whose transmitter is known, why others are not, and the unknown ids."""
    cells = network.cells.set_index("cell_id")
    sites = set(network.sites["site_id"])
    carried = set(cells.index[cells["technology"] == service.technology])
    cell, site = frame["cell_id"], frame["site_id"]
    names_cell = cell != ""
    known_cell = cell.isin(cells.index)
    other = known_cell & ~cell.isin(carried)
    named = names_cell | (site != "")
    unknown = (names_cell & ~known_cell) | (~names_cell & (site != "") & ~site.isin(sites))
    left_out = {
        "no-transmitter": int((~named).sum()),
        "unknown-transmitter": int(unknown.sum()),
        "other-technology": int(other.sum()),
    }
    ids = cell.where(names_cell, site)[unknown].value_counts().head(_LISTED_IDS)
    good = named & ~unknown & ~other
    kept = frame[good].copy()
    of_cell = kept["cell_id"].map(cells["site_id"])
    kept["site_id"] = of_cell.where(kept["cell_id"] != "", kept["site_id"]).astype(str)
    return kept, left_out, {str(name): int(count) for name, count in ids.items()}


def _surroundings(surface: Surface | None, grid: Grid) -> NDArray[np.object_] | None:
    """Return the class of every pixel, None where the model knows no buildings."""
    if surface is None:
        return None
    over = surface.grid
    built = surface.built_up
    out = np.full(over.shape, "open", object)
    if built.any():
        apart_m = np.asarray(distance_transform_edt(~built)) * over.step_m
        out[apart_m <= STREET_M] = "street"
        out[built] = "building"
    # The surface reaches beyond the district, by whole pixels.
    left = round((grid.left_m - over.left_m) / over.step_m)
    top = round((over.top_m - grid.top_m) / over.step_m)
    return out[top : top + grid.height, left : left + grid.width]


def _averaged(frame: pd.DataFrame, where: NDArray[np.object_] | None) -> pd.DataFrame:
    """Return one row for the samples of each log, transmitter and pixel."""
    keys = ["log_id", "cell_id", "site_id", "pixel"]
    groups = frame.groupby(keys, sort=True, observed=True)
    out = groups.agg(
        lon=("lon", "mean"),
        lat=("lat", "mean"),
        x_m=("x_m", "mean"),
        y_m=("y_m", "mean"),
        samples=("measured_dbuv_m", "size"),
        measured_dbuv_m=("measured_dbuv_m", "mean"),
        clutter=("clutter", "first"),
    ).reset_index()
    if where is not None:
        of_surface = where.ravel()[out["pixel"].to_numpy(np.int64)]
        out["clutter"] = np.where(out["clutter"] == "", of_surface, out["clutter"])
    return out


def _predicted(
    stations_of: Mapping[tuple[str, str], Station],
    points: pd.DataFrame,
    store: LayerStore,
    progress: Progress,
) -> NDArray[np.float64]:
    """Return the predicted field of every point, NaN where the model gives none."""
    out = np.full(len(points), np.nan)
    named = list(zip(points["cell_id"].tolist(), points["site_id"].tolist(), strict=True))
    keys = sorted(set(named))
    number = {key: n for n, key in enumerate(keys)}
    numbers = np.array([number[key] for key in named], np.int64)
    where = [stations_of[key] for key in keys]
    for n, (station, layers) in enumerate(
        zip(where, store.of_stations(where, progress), strict=True)
    ):
        field_dbuv_m = station_field(station, layers, store.grid, store.rx_height_m)
        field_dbuv_m = np.where(field_dbuv_m > NO_FIELD, field_dbuv_m, np.float32(np.nan))
        mine = np.flatnonzero(numbers == n)
        out[mine] = field_dbuv_m.ravel()[points["pixel"].to_numpy(np.int64)[mine]]
    return out


def _joined(logs: Mapping[str, Measurements], log_ids: Sequence[str]) -> pd.DataFrame:
    names = ["lon", "lat", "measured_dbuv_m", "site_id", "cell_id", "clutter"]
    return pd.concat(
        [logs[log_id].frame[names].assign(log_id=log_id) for log_id in log_ids], ignore_index=True
    )


def compare(
    network: Network,
    settings: Settings,
    logs: Mapping[str, Measurements],
    *,
    model: PropagationModel,
    surface: Surface | None = None,
    service_id: str = "",
    cache_directory: Path | None = None,
    threads: int | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Hold measurements against the fields that the project predicts.

    Parameters
    ----------
    logs
        Log id to its measurements, from :func:`.read_logs`.
    model, surface
        What the project predicts with, from :func:`..ground.propagation_for` for its pixels; a
        surface says where streets are.
    service_id
        Whose transmitters; the headline service by default.
    cache_directory, threads, progress
        As of a plan.

    Raises
    ------
    InputError
        There is no measurement, or the project has no area.
    MissingError, SettingError
        A site or the service does not exist.
    """
    service = service_from_settings(settings, service_id)
    grid = land_of(network, settings.crs, settings.grid_m).grid
    where = _surroundings(surface, grid)
    to_metres = Transformer.from_crs("EPSG:4326", settings.crs, always_xy=True)
    left_out: dict[str, int] = {}
    unknown: dict[str, int] = {}
    assumed: dict[str, None] = {}
    parts = []
    samples = 0
    heights = sorted({log.format.rx_height_m for log in logs.values()})
    for rx_height_m in heights:
        frame = _joined(
            logs, [name for name, log in logs.items() if log.format.rx_height_m == rx_height_m]
        )
        samples += len(frame)
        frame, why, ids = _identified(network, service, frame)
        _add(left_out, why)
        _add(unknown, ids)
        x, y = to_metres.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
        frame["x_m"], frame["y_m"] = np.asarray(x, np.float64), np.asarray(y, np.float64)
        finite = np.isfinite(frame["x_m"].to_numpy()) & np.isfinite(frame["y_m"].to_numpy())
        row, column, on_grid = grid.pixel_of(
            np.where(finite, frame["x_m"], 0.0), np.where(finite, frame["y_m"], 0.0)
        )
        on_grid &= finite
        _add(left_out, {"outside-grid": int((~on_grid).sum())})
        frame["pixel"] = row * grid.width + column
        frame = frame[on_grid]
        if frame.empty:
            continue
        points = _averaged(frame, where)
        stations_of = _transmitters(network, settings, service, points)
        for station in stations_of.values():
            assumed.update(dict.fromkeys(station.assumed))
            for transmitter in station.transmitters:
                model.check_frequency(transmitter.freq_mhz)
        store = LayerStore(grid, model, rx_height_m, cache_directory, threads=threads)
        points["predicted_dbuv_m"] = _predicted(stations_of, points, store, progress)
        keys = list(zip(points["cell_id"], points["site_id"], strict=True))
        tx = np.array([[stations_of[key].x_m, stations_of[key].y_m] for key in keys])
        apart_m = np.hypot(points["x_m"] - tx[:, 0], points["y_m"] - tx[:, 1])
        points["distance_km"] = apart_m / 1000.0
        found = points["predicted_dbuv_m"].notna()
        _add(left_out, {"no-prediction": int(points["samples"][~found].sum())})
        parts.append(points[found])
    points = _in_order(parts)
    return Comparison(
        service, model, grid, points, samples,
        {reason: count for reason, count in left_out.items() if count}, unknown, tuple(assumed),
    )  # fmt: skip


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        total[name] = total.get(name, 0) + count


_COLUMNS = (
    "log_id", "cell_id", "site_id", "lon", "lat", "x_m", "y_m", "samples", "measured_dbuv_m",
    "predicted_dbuv_m", "residual_db", "distance_km", "clutter",
)  # fmt: skip


def _in_order(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the points of all logs in one order, whatever order they were worked out in."""
    if not parts:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    points = pd.concat(parts, ignore_index=True)
    points["residual_db"] = points["measured_dbuv_m"] - points["predicted_dbuv_m"]
    return points.sort_values(["log_id", "cell_id", "site_id", "pixel"], ignore_index=True)[
        list(_COLUMNS)
    ]
