"""Layers from the machines of a Dask cluster, for areas and candidate sets beyond one machine.

The task is the same as in threads: the layer of one transmitter over a window of the grid. The
model, and with it the surface, is sent to every worker once; results come back as int16. A large
grid is computed in bands of rows, so that neither a worker nor a message grows with the area, and
several workers share one layer. Cancelled work is cancelled on the cluster; the tasks of a worker
that is lost go to another. Layers are equal to the bit to those of one machine, as long as all
processors and versions are alike.

A scheduler runs code that it is sent, for whoever reaches it. Outside this machine it must
therefore be spoken to by TLS, with certificates by Dask's own configuration
(``distributed.comm.tls``, or ``DASK_DISTRIBUTED__COMM__TLS__CA_FILE`` and so on).
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from ..topology.errors import MissingExtraError, NgbwError, SurroundingsError, UsageError
from .grid import Grid
from .propagation import PropagationModel

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["ClusterWorkers", "bands_of", "check_scheduler", "cluster_workers"]

BAND_PIXELS = 8_000_000
"""Most pixels of a task: 16 MB of result."""

_ATTEMPTS = 4
"""How often a task is handed out, if the workers that held it or the model are lost."""

_AHEAD = 2
"""Layers asked for at a time, for each thread of the workers: while one is sent, one computes."""


@dataclass(frozen=True, slots=True)
class _Task:
    """The layer of a transmitter over a window."""

    grid: Grid
    x_m: float
    y_m: float
    height_m: float
    rx_height_m: float
    freq_mhz: float

    def run(self, model: PropagationModel) -> NDArray[np.int16]:
        return model.layer(
            self.grid,
            x_m=self.x_m,
            y_m=self.y_m,
            height_m=self.height_m,
            rx_height_m=self.rx_height_m,
            freq_mhz=self.freq_mhz,
        )


def _run(task: _Task, model: PropagationModel) -> NDArray[np.int16]:
    return task.run(model)


def check_scheduler(address: str) -> str:
    """Return a scheduler's address if it may be spoken to.

    Raises
    ------
    UsageError
        It is no address, or plain ``tcp://`` to another machine.

    Examples
    --------
    >>> check_scheduler("tls://planner.example:8786")
    'tls://planner.example:8786'
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("tls", "tcp") or not host or not port:
        raise UsageError(
            f"scheduler {address!r} is no address of a Dask scheduler; give tls://host:port"
        )
    if parts.scheme == "tcp" and not _is_loopback(host):
        raise UsageError(
            f"scheduler {address!r} speaks plain TCP to another machine: whoever reaches it can "
            "run code on all workers. Start it with --tls-ca-file, --tls-cert and --tls-key, and "
            "give tls://host:port; Dask's configuration (distributed.comm.tls) names the "
            "certificates of this side"
        )
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bands_of(grid: Grid, most_pixels: int = BAND_PIXELS) -> list[Grid]:
    """Return bands of whole rows that make up a grid from north to south.

    Examples
    --------
    >>> [band.height for band in bands_of(Grid("EPSG:32651", 0, 700, 10, 100, 70), 3000)]
    [30, 30, 10]
    """
    rows = max(1, most_pixels // grid.width)
    return [
        replace(
            grid,
            top_m=grid.top_m - first * grid.step_m,
            height=min(rows, grid.height - first),
        )
        for first in range(0, grid.height, rows)
    ]


class ClusterWorkers:
    """Who computes layers on a cluster; :func:`cluster_workers` makes it.

    Parameters
    ----------
    client
        Connection to the scheduler.
    band_pixels
        Most pixels of a task.

    Attributes
    ----------
    threads
        How many layers to ask for at a time, from as many threads.
    """

    def __init__(self, client: Client, *, band_pixels: int = BAND_PIXELS) -> None:
        self._client = client
        self._band_pixels = band_pixels
        self._lock = threading.Lock()
        self._model: tuple[PropagationModel, Future[Any]] | None = None
        self._running: set[Future[Any]] = set()
        self._cancelled = 0  # how often work was cancelled
        # Distributed's own types take every call for one of its asynchronous client.
        threads: dict[str, int] = cast("dict[str, int]", client.nthreads())
        self.threads = _AHEAD * max(1, sum(threads.values()))

    def _sent(self, model: PropagationModel, *, again: bool) -> Future[Any]:
        """Return the model as it lies on the workers; send it if need be."""
        if again or self._model is None or self._model[0] is not model:
            sent = self._client.scatter(model, broadcast=True, hash=False)
            self._model = (model, cast("Future[Any]", sent))
        return self._model[1]

    def _submit(
        self, model: PropagationModel, task: _Task, begun: int, *, again: bool = False
    ) -> Future[Any]:
        with self._lock:
            if self._cancelled != begun:
                raise CancelledError
            future = self._client.submit(
                _run, task, self._sent(model, again=again), pure=False, retries=_ATTEMPTS
            )
            self._running.add(future)
        return future

    def _result(self, future: Future[Any]) -> NDArray[np.int16]:
        try:
            return np.asarray(future.result(), np.int16)
        finally:
            with self._lock:
                self._running.discard(future)

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
        """Return the same as ``model.layer``.

        Raises
        ------
        NgbwError
            What the model refuses.
        SurroundingsError
            The cluster cannot do the work.
        """
        tasks = [
            _Task(band, x_m, y_m, height_m, rx_height_m, freq_mhz)
            for band in bands_of(grid, self._band_pixels)
        ]
        begun = self._cancelled
        futures = [self._submit(model, task, begun) for task in tasks]
        bands = [
            self._finish(model, task, begun, future)
            for task, future in zip(tasks, futures, strict=True)
        ]
        return bands[0] if len(bands) == 1 else np.concatenate(bands)

    def _finish(
        self, model: PropagationModel, task: _Task, begun: int, future: Future[Any]
    ) -> NDArray[np.int16]:
        """Wait for a task; hand it out again where all that held the model were lost."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                return self._result(future)
            except NgbwError:
                raise
            except ImportError as error:
                raise SurroundingsError(
                    f"a worker of the cluster cannot run ngbw: {error}; install the same version "
                    "of ngbw[cluster] for all workers and the scheduler"
                ) from error
            except (CancelledError, FutureCancelledError, KilledWorker, OSError) as error:
                if self._cancelled != begun:
                    raise CancelledError from error
                reason = f"{type(error).__name__}: {error}"
            future = self._submit(model, task, begun, again=True)
        raise SurroundingsError(
            f"the cluster lost a layer {_ATTEMPTS} times ({reason}); look at its workers' logs for "
            "want of memory, or plan without --scheduler"
        )

    def cancel(self) -> None:
        """Stop all work that was asked for."""
        with self._lock:
            self._cancelled += 1
            running = list(self._running)
        if running:
            self._client.cancel(running, force=True)


@contextmanager
def cluster_workers(address: str, *, timeout_s: float = 15.0) -> Iterator[ClusterWorkers]:
    """Connect to a Dask scheduler for the time of a ``with`` block.

    Parameters
    ----------
    address
        ``tls://host:port``, or ``tcp://`` on this machine.
    timeout_s
        How long to wait for the scheduler and its first worker.

    Raises
    ------
    UsageError
        The address is none, or unsafe.
    MissingExtraError
        Dask is not installed.
    SurroundingsError
        Nobody answers, TLS fails, or there is no worker.
    """
    check_scheduler(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError("planning on a cluster", "cluster") from error
    try:
        client = Client(address, timeout=timeout_s, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        # ValueError and TypeError: Dask's configuration names no certificate, or a wrong one.
        raise SurroundingsError(
            f"no Dask scheduler at {address}: {error}; start one with dask scheduler, and name "
            "certificates in Dask's configuration (distributed.comm.tls)"
        ) from error
    try:
        try:
            client.wait_for_workers(1, timeout=timeout_s)
        except OSError as error:
            raise SurroundingsError(
                f"the scheduler at {address} has no worker; start some with: dask worker {address}"
            ) from error
        workers = ClusterWorkers(client)
        try:
            yield workers
        finally:
            workers.cancel()
    finally:
        client.close()
