"""A Dask cluster gives the layers that threads give, and nothing is said to strangers."""

from __future__ import annotations

import os
import signal
from concurrent.futures import CancelledError

import numpy as np
import pytest
from distributed import LocalCluster

from ngbw.coverage.cluster import ClusterWorkers, bands_of, check_scheduler, cluster_workers
from ngbw.coverage.grid import Grid
from ngbw.coverage.layers import LayerStore
from ngbw.coverage.propagation.p1812_area import P1812Model
from ngbw.coverage.surface_model import Surface
from ngbw.coverage.transmitters import Station, Transmitter
from ngbw.topology.errors import InputError, SurroundingsError, UsageError
from ngbw.topology.network import Site

MAST = Transmitter(30.0, 700.0, 60.0, "omni", 0.0, 0.0)


def station(name, x_m, y_m):
    site = Site(
        site_id=name, name=name, kind="building", state="candidate", lon=0.0, lat=0.0, area_id="",
        roof_height_m=None, antenna_height_m=30.0, category="", cost=None, accuracy_m=None,
        source="test", assumed="",
    )  # fmt: skip
    return Station(site, x_m, y_m, (MAST,), ())


STATIONS = [station(f"S{n}", 1100.0 + 170.0 * n, 4900.0 - 130.0 * n) for n in range(10)]


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(3)
    clutter_m = np.where(rng.random((60, 80)) < 0.2, 20.0, 0.0).astype(np.float32)
    grid = Grid("EPSG:32651", 1000.0, 5000.0, 25.0, 80, 60)
    return P1812Model(Surface(grid, np.zeros((60, 80), np.float32), clutter_m, "generated"))


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,  # pyright: ignore[reportArgumentType]  # None is no dashboard
    ) as cluster:
        yield cluster


@pytest.fixture
def workers(cluster):
    with cluster_workers(cluster.scheduler_address) as workers:
        yield workers


def layers(store):
    return [next(iter(found.values())) for found in store.of_stations(STATIONS)]


@pytest.fixture(scope="module")
def expected(model):
    return layers(LayerStore(model.surface.grid, model, 1.5, None, threads=2))


def test_two_workers_give_the_layers_of_threads_to_the_bit(model, workers, expected, tmp_path):
    seen = []

    def note(step, done, total):
        seen.append((step, done, total))

    store = LayerStore(model.surface.grid, model, 1.5, tmp_path, workers=workers)
    found = [next(iter(layers.values())) for layers in store.of_stations(STATIONS, note)]
    np.testing.assert_array_equal(found, expected)
    assert found[0].dtype == np.int16
    assert seen == [("layers", n, 10) for n in range(11)]
    assert store.computed == 10
    again = LayerStore(model.surface.grid, model, 1.5, tmp_path, workers=workers)
    np.testing.assert_array_equal(layers(again), expected)
    assert (again.computed, again.reused) == (0, 10)


def test_a_layer_in_bands_is_the_same(model, workers, expected):
    in_bands = ClusterWorkers(workers._client, band_pixels=500)
    store = LayerStore(model.surface.grid, model, 1.5, None, workers=in_bands)
    np.testing.assert_array_equal(layers(store), expected)


def test_the_tasks_of_a_lost_worker_go_to_another(model, cluster, workers, expected):
    store = LayerStore(model.surface.grid, model, 1.5, None, workers=workers)
    found = []
    for number, each in enumerate(store.of_stations(STATIONS)):
        if number == 0:
            os.kill(next(iter(workers._client.run(os.getpid).values())), signal.SIGKILL)
        found.append(next(iter(each.values())))
    np.testing.assert_array_equal(found, expected)


def test_stopping_cancels_what_was_asked_for_and_leaves_the_workers_usable(
    model, workers, expected
):
    class StopError(Exception):
        pass

    def stop(step, done, total):
        if done == 1:
            raise StopError

    store = LayerStore(model.surface.grid, model, 1.5, None, workers=workers)
    with pytest.raises(StopError):
        list(store.of_stations(STATIONS, stop))
    assert not workers._running
    np.testing.assert_array_equal(layers(store), expected)


def test_work_that_was_cancelled_is_not_handed_out(model, workers):
    task = {"x_m": 2000.0, "y_m": 4300.0, "height_m": 30.0, "rx_height_m": 1.5, "freq_mhz": 700.0}
    workers.layer(model, model.surface.grid, **task)
    begun = workers._cancelled
    workers.cancel()
    with pytest.raises(CancelledError):
        workers._submit(model, None, begun)


def test_what_the_model_refuses_comes_back_as_its_own_error(model, workers):
    store = LayerStore(model.surface.grid, model, 1.5, None, workers=workers)
    with pytest.raises(InputError, match="stands outside the surface"):
        list(store.of_stations([station("far", 0.0, 0.0)]))


@pytest.mark.parametrize(
    "address", ["tls://planner.example:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:1", "tcp://localhost:8786"]
)  # fmt: skip
def test_tls_and_this_machine_are_spoken_to(address):
    assert check_scheduler(address) == address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://10.0.0.7:8786", "plain TCP to another machine"),
        ("tcp://localhost.example:8786", "plain TCP to another machine"),
        ("tcp://127.0.0.1.example:8786", "plain TCP to another machine"),
        ("tcp://0.0.0.0:8786", "plain TCP to another machine"),
        ("planner.example:8786", "is no address"),
        ("tls://planner.example", "is no address"),
        ("tls://planner.example:port", "is no address"),
        ("ws://127.0.0.1:8786", "is no address"),
        ("tls://[::1:8786", "is no address"),
        ("", "is no address"),
    ],
)
def test_any_other_address_is_refused(address, words):
    with pytest.raises(UsageError, match=words):
        check_scheduler(address)


def test_a_scheduler_that_is_not_there_is_named():
    with (
        pytest.raises(SurroundingsError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"),
        cluster_workers("tcp://127.0.0.1:9", timeout_s=0.2),
    ):
        pass


def test_tls_without_certificates_is_refused_with_the_way_out():
    with (
        pytest.raises(SurroundingsError, match="certificates"),
        cluster_workers("tls://127.0.0.1:9", timeout_s=0.2),
    ):
        pass


def test_bands_make_up_the_grid():
    grid = Grid("EPSG:32651", 0.0, 700.0, 10.0, 100, 70)
    bands = bands_of(grid, 3000)
    assert [band.height for band in bands] == [30, 30, 10]
    assert [band.top_m for band in bands] == [700.0, 400.0, 100.0]
    assert bands_of(grid) == [grid]
    assert len(bands_of(grid, 1)) == 70
