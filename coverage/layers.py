"""Layers of path loss, one per transmitter position, computed once and kept.

A layer depends on position, height, frequency, receiver height, grid and model, not on power or
antenna: sectors of a site share it, and turning an antenna costs nothing. The cache is
content-addressed: the file's name is the hash of all that, so a layer is never stale. A file that
cannot be read is computed again; a directory that cannot be written is a warning.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .grid import Grid
from .progress import Progress, silent
from .propagation import PropagationModel
from .transmitters import Station, Transmitter

__all__ = ["LayerStore", "LayerWorkers"]

_log = logging.getLogger("ngbw.cache")


class LayerWorkers(Protocol):
    """Who computes layers instead of this process, such as :class:`.ClusterWorkers`."""

    @property
    def threads(self) -> int:
        """How many layers to ask for at a time, from as many threads."""
        ...

    def layer(
        self,
        model: PropagationModel,
        grid: Grid,
        *,
        x_m: float,
        y_m: float,
        height_m: float,
        rx_height_m: float,
        freq_mhz: float,
    ) -> NDArray[np.int16]:
        """Return the same as ``model.layer``."""
        ...

    def cancel(self) -> None:
        """Stop all work that was asked for."""
        ...


class LayerStore:
    """Where layers come from: the cache, or the model.

    Parameters
    ----------
    grid, model, rx_height_m
        What every layer of this store has in common.
    directory
        Cache directory; None keeps nothing.
    threads
        How many layers are computed at a time; the machine's cores by default.
    workers
        Who computes them; None is this process, in ``threads``.

    Attributes
    ----------
    computed, reused
        How many layers were computed and read so far.
    cache_directory, threads
        As given; the number of threads that are used.
    """

    def __init__(
        self,
        grid: Grid,
        model: PropagationModel,
        rx_height_m: float,
        directory: Path | None,
        *,
        threads: int | None = None,
        workers: LayerWorkers | None = None,
    ) -> None:
        self.grid = grid
        self.model = model
        self.rx_height_m = rx_height_m
        self.computed = 0
        self.reused = 0
        self._counting = threading.Lock()
        self.cache_directory = directory
        self.threads = threads or os.cpu_count() or 1
        self._at_once = workers.threads if workers else self.threads
        self._directory = directory / "layers" if directory else None
        self._workers = workers
        self._common = {
            "grid": asdict(grid),
            "model": model.identity(),
            "rx_height_m": rx_height_m,
        }

    def _path(self, x_m: float, y_m: float, transmitter: Transmitter) -> Path | None:
        if self._directory is None:
            return None
        key = {
            **self._common,
            "x_m": round(x_m, 3),
            "y_m": round(y_m, 3),
            "height_m": transmitter.height_m,
            "freq_mhz": transmitter.freq_mhz,
        }
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self._directory / digest[:2] / f"{digest}.npy"

    def _read(self, path: Path | None) -> NDArray[np.int16] | None:
        if path is None or not path.is_file():
            return None
        try:
            layer = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        if layer.shape != self.grid.shape or layer.dtype != np.int16:
            return None
        os.utime(path)  # `ngbw gc` frees what was not used for longest
        return np.asarray(layer, np.int16)

    def _write(self, path: Path | None, layer: NDArray[np.int16]) -> None:
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
                np.save(file, layer, allow_pickle=False)
            Path(file.name).replace(path)
        except OSError as error:
            _log.warning("layers are not kept: %s; set NGBW_CACHE_DIR elsewhere", error)
            self._directory = None

    def layer(self, x_m: float, y_m: float, transmitter: Transmitter) -> NDArray[np.int16]:
        """Return the loss in 1/100 dB from the transmitter to every pixel.

        Raises
        ------
        UsageError
            The model has no formula for the frequency.
        """
        path = self._path(x_m, y_m, transmitter)
        layer = self._read(path)
        if layer is not None:
            with self._counting:
                self.reused += 1
            return layer
        compute = partial(self._workers.layer, self.model) if self._workers else self.model.layer
        layer = compute(
            self.grid,
            x_m=x_m,
            y_m=y_m,
            height_m=transmitter.height_m,
            rx_height_m=self.rx_height_m,
            freq_mhz=transmitter.freq_mhz,
        )
        with self._counting:
            self.computed += 1
        self._write(path, layer)
        return layer

    def of_stations(
        self, stations: Sequence[Station], progress: Progress = silent
    ) -> Iterator[dict[tuple[float, float], NDArray[np.int16]]]:
        """Yield each station's layers, by (height, frequency), in order and computed ahead."""

        def layers(station: Station) -> dict[tuple[float, float], NDArray[np.int16]]:
            wanted = {(t.height_m, t.freq_mhz): t for t in station.transmitters}
            return {k: self.layer(station.x_m, station.y_m, t) for k, t in wanted.items()}

        progress("layers", 0, len(stations))
        with ThreadPoolExecutor(self._at_once) as pool:
            # A window keeps memory bounded however many stations there are. Workers elsewhere are
            # asked from twice as many threads as they have.
            window = self._at_once * (2 if self._workers else 4)
            ahead = [pool.submit(layers, station) for station in stations[:window]]
            try:
                for number in range(len(stations)):
                    result = ahead[number % window].result()
                    if number + window < len(stations):
                        ahead[number % window] = pool.submit(layers, stations[number + window])
                    yield result
                    progress("layers", number + 1, len(stations))
            except BaseException:
                for future in ahead:
                    future.cancel()
                if self._workers:
                    self._workers.cancel()  # leaving the pool waits for what was begun
                raise
