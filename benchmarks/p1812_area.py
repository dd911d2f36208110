"""How fast and how close the area engine is, against a plain loop over the same profiles.

Run with the machine quiet: ``python -P benchmarks/p1812_area.py``; a minute, and half a minute
more when kernels are compiled first. Rates are processor time of one core, best of the runs. The
plain loop takes the same radials and gives every pixel the kernels of ``p1812.path`` on all
samples before it; it does every 16th radial only.

The scene: gentle hills, and blocks of 50 m of which a quarter carries buildings of 6-60 m.
Transmitter at 35 m in the middle, receiver at 1.5 m, 600 MHz, median time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from ngbw.coverage.engine import area_loss
from ngbw.coverage.engine.scene import Scene
from ngbw.coverage.engine.sweep import _lay, reach_cells
from ngbw.coverage.engine.trace import AT, CLUTTER, GROUND, Trace, new_trace
from ngbw.coverage.grid import Grid
from ngbw.coverage.propagation.p1812_losses import losses
from ngbw.coverage.propagation.p1812_profile import path_geometry
from ngbw.coverage.propagation.p1812_zones import Zoning
from ngbw.coverage.surface_model import Surface
from ngbw.topology.compiled import compiled

TX_M = 35.0
EVERY = 16


def block_city(side: int, step_m: float) -> Surface:
    """Return the scene."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:side, :side] * step_m
    ground_m = 4.0 * (1.0 + np.sin(x / 1700.0) * np.cos(y / 1300.0))
    ground_m += 0.3 * np.sin(x / 90.0) * np.sin(y / 70.0)
    cells = max(1, round(50.0 / step_m))
    blocks = (side // cells + 1,) * 2
    tops = np.where(rng.random(blocks) < 0.25, rng.uniform(6.0, 60.0, blocks), 0.0)
    clutter_m = np.kron(tops, np.ones((cells, cells)))[:side, :side]
    grid = Grid("EPSG:32651", 0.0, side * step_m, step_m, side, side)
    return Surface(grid, ground_m.astype(np.float32), clutter_m.astype(np.float32), "generated")


def place(surface: Surface) -> tuple[float, float]:
    """Return a place near the middle that is not that of a pixel."""
    middle = surface.grid.step_m * surface.grid.width / 2.0
    return middle + 0.2 * surface.grid.step_m, middle - 0.3 * surface.grid.step_m


def loss(surface: Surface, mode: str = "sweep", **given: object) -> NDArray[np.int16]:
    """Return the layers of the transmitter in the middle."""
    wanted: dict[str, object] = {"tx_height_m": TX_M, "frequencies_mhz": [600.0], "mode": mode}
    return area_loss(surface, *place(surface), **(wanted | given))  # type: ignore[arg-type]


def seconds(runs: int, work: Callable[[], object]) -> float:
    """Return the least processor time of several runs."""
    times = []
    for _ in range(runs):
        start = time.thread_time()
        work()
        times.append(time.thread_time() - start)
    return min(times)


@compiled
def plain_loop(
    scene: Scene, sector: int, per_slope: int, every: int, trace: Trace, owned: NDArray[np.int64]
) -> tuple[int, float]:
    """Give every pixel of some radials all samples before it; return how many pixels there were."""
    count = 0
    total_db = 0.0
    for radial in range(-per_slope, per_slope + 1, every):
        last, _ = _lay(scene, sector, radial, per_slope, trace, owned)
        for i in range(2, last + 1):
            if owned[i] >= 0 and trace.rows[AT, i] >= 0.25:
                length = trace.rows[AT, i]
                geometry = path_geometry(
                    trace.rows[AT],
                    trace.rows[GROUND],
                    trace.rows[CLUTTER],
                    i,
                    Zoning(0.0, length, length, 500.0, 500.0),
                    scene.tx_height_m,
                    scene.rx_height_m,
                    45.0,
                    31.3,
                )
                total_db += losses(geometry, 0.6, 50.0, 330.0, False).median_location_db
                count += 1
    return count, total_db


def plain_rate(surface: Surface) -> float:
    """Return pixels a second of the plain loop."""
    grid = surface.grid
    x_m, y_m = place(surface)
    scene = Scene(
        surface.ground_m, surface.clutter_m, grid.step_m / 1000.0,
        (grid.top_m - y_m) / grid.step_m - 0.5, x_m / grid.step_m - 0.5, 4.0, TX_M, 1.5,
        grid.step_m * grid.width / 500.0, 0, grid.height, 0, grid.width, False,
    )  # fmt: skip
    trace = new_trace(grid.width + 4)
    owned = np.empty(grid.width + 4, np.int64)
    plain_loop(scene, 0, 5, 5, trace, owned)
    start = time.thread_time()
    pixels = 0
    for sector in range(4):
        per_slope = 2 * reach_cells(scene, sector) + 1
        pixels += plain_loop(scene, sector, per_slope, EVERY, trace, owned)[0]
    return pixels / (time.thread_time() - start)


def main() -> None:
    """Measure and print."""
    for mode in ("sweep", "exact"):
        loss(block_city(40, 10.0), mode)  # compiles

    city = block_city(775, 10.0)
    pixels = city.ground_m.size
    rates: dict[str, float] = {}
    for name, runs, mode, given in (
        ("sweep, 2 radials a pixel", 5, "sweep", {}),
        ("sweep, 1 radial a pixel", 5, "sweep", {"radials": 1}),
        ("sweep, 1 % of time", 5, "sweep", {"time_percents": [1.0]}),
        ("exact, nearest-cell profiles", 2, "exact", {}),
    ):
        rates[name] = pixels / seconds(runs, lambda m=mode, g=given: loss(city, m, **g))  # type: ignore[misc]
        print(f"{name:34s} {rates[name] / 1e6:6.2f} million pixels/s/core (7.75 km square, 10 m)")
    plain = plain_rate(city)
    ratio = rates["sweep, 2 radials a pixel"] / plain
    print(f"{'plain loop, same radials':34s} {plain / 1e6:6.2f}; sweep is {ratio:.1f} times that")

    channels = [474.0 + 8.0 * k for k in range(41)]
    one = seconds(3, lambda: loss(city))
    many = seconds(1, lambda: loss(city, frequencies_mhz=channels))
    print(f"each further channel costs {(many - one) / 40 / pixels * 1e9:.0f} ns a pixel")

    per_pixel = {}
    for half_km in (2.5, 10.0, 20.0):
        side = int(2 * half_km * 100)
        wide = block_city(side, 10.0)
        per_pixel[half_km] = seconds(2, lambda s=wide: loss(s)) / wide.ground_m.size  # type: ignore[misc]
        words = f"half side of {half_km:g} km"
        print(f"{words:34s} {per_pixel[half_km] * 1e9:6.0f} ns a pixel", end="")
        if half_km == 10.0:
            print(f"; {1.0 / (plain_rate(wide) * per_pixel[half_km]):.1f} times the plain loop")
        else:
            print()
    print(f"20 km costs {per_pixel[20.0] / per_pixel[2.5]:.2f} times what 2.5 km does")

    coarse = block_city(310, 25.0)
    start = time.perf_counter()
    loss(coarse)
    print(f"one transmitter over 60 km2 at 25 m: {time.perf_counter() - start:.3f} s")
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: loss(city), range(8)))
    print(f"8 transmitters at 10 m in 2 threads: {time.perf_counter() - start:.2f} s")

    sweep = loss(city)[0, 0] / 100.0
    exact = loss(city, "exact")[0, 0] / 100.0
    apart = sweep - exact
    shares = [
        abs((sweep < limit).mean() - (exact < limit).mean()) for limit in np.arange(70.0, 160.0)
    ]
    print(
        f"sweep against exact: bias {apart.mean():+.4f} dB, rms {math.sqrt((apart**2).mean()):.2f} "
        f"dB, half within {np.median(abs(apart)):.2f} dB; share of pixels below any threshold "
        f"within {100.0 * max(shares):.3f} points"
    )


if __name__ == "__main__":
    main()
