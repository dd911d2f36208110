"""How fast one loss layer of the grid is, against plain numpy in the same run.

Run with the machine quiet: ``python -P benchmarks/plan_speed.py``. Times are the best of the runs,
of one core. The choice of sites has its own: ``benchmarks/siting.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ngbw.coverage.grid import Grid
from ngbw.coverage.propagation.hata import Hata, hata_loss_db

SIDE_M = 7746.0  # 60 km2
GRID_M = 25.0


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Return the least wall time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def numpy_layer(grid: Grid, x_m: float, y_m: float) -> np.ndarray:
    """Compute the same layer the way one writes it in numpy."""
    distance_km = np.hypot(*np.meshgrid(grid.x_m() - x_m, grid.y_m() - y_m)) / 1000.0
    loss = hata_loss_db(distance_km, freq_mhz=698.0, height_m=40.0)
    return np.rint(loss * 100).astype(np.int16)


def layers() -> None:
    """Compare the rate of one loss layer."""
    pixels = round(SIDE_M / GRID_M)
    grid = Grid("EPSG:32651", 0.0, SIDE_M, GRID_M, pixels, pixels)
    model = Hata()

    def ours() -> np.ndarray:
        return model.layer(
            grid, x_m=3000.0, y_m=4000.0, height_m=40.0, rx_height_m=1.5, freq_mhz=698.0
        )

    assert np.abs(ours().astype(int) - numpy_layer(grid, 3000.0, 4000.0)).max() <= 1
    count = pixels * pixels
    plain = best_of(20, lambda: numpy_layer(grid, 3000.0, 4000.0))
    fast = best_of(20, ours)
    print(
        f"Hata layer, {count} pixels: ngbw {count / fast / 1e6:.1f} M pixels/s/core, "
        f"numpy {count / plain / 1e6:.1f} M pixels/s/core, ratio {plain / fast:.1f}"
    )


if __name__ == "__main__":
    layers()
