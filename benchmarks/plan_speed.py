"""How fast the grid and the choice of sites are, against plain numpy and spopt in the same run.

Needs ``pip install 'ngbw[test]' spopt pulp``; without spopt its rows are left out. Run with the
machine quiet: ``python -P benchmarks/plan_speed.py``. Times are the best of the runs, of one core
unless the row says otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import scipy.sparse

from ngbw.coverage.grid import Grid
from ngbw.coverage.propagation.hata import Hata, hata_loss_db
from ngbw.coverage.siting import SiteProblem, exchange, greedy, upper_bound

SIDE_M = 7746.0  # 60 km2
GRID_M = 25.0
SITES = 300
BUDGET = 40
RADIUS_M = 620.0


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


def instance(seed: int, points: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Return a clustered town: which points each of 300 sites reaches, and their weights."""
    random = np.random.default_rng(seed)
    centres = random.uniform(0, SIDE_M, (40, 2))
    spread = random.uniform(150, 700, 40)
    pick = random.integers(0, 40, points * 3 // 4)
    clustered = centres[pick] + random.normal(size=(pick.size, 2)) * spread[pick, None]
    even = random.uniform(0, SIDE_M, (points - pick.size, 2))
    xy = np.clip(np.vstack([clustered, even]), 0, SIDE_M)
    sites = random.uniform(0, SIDE_M, (SITES, 2))
    weight = random.integers(1, 21, points).astype(float)
    cover = [np.flatnonzero(np.hypot(*(xy - site).T) <= RADIUS_M) for site in sites]
    return cover, weight


def choice(points: int, *, peer: bool) -> None:
    """Compare the choice of 40 among 300 sites."""
    cover, weight = instance(1, points)

    def ours() -> tuple[float, float]:
        problem = SiteProblem.from_cover(cover, weight)
        chosen = exchange(problem, greedy(problem, BUDGET), rounds=10_000)
        value = problem.value(chosen)
        return value, upper_bound(problem, BUDGET, value=value)

    value, bound = ours()
    seconds = best_of(3, ours)
    print(
        f"choice of {BUDGET} among {SITES}, {points} points: ngbw {seconds:.2f} s, "
        f"value {value:.0f}, at most {(bound - value) / bound:.2%} below the best"
    )
    if not peer:
        return
    try:
        import pulp
        from spopt.locate import MCLP
    except ImportError:
        print("  spopt is not installed; no peer")
        return
    start = time.perf_counter()
    row = np.concatenate(cover)
    column = np.repeat(np.arange(SITES), [len(reached) for reached in cover])
    reach = scipy.sparse.coo_matrix((np.ones(row.size), (row, column)), (points, SITES))
    cost = np.where(reach.toarray() > 0, 0.0, 2.0)
    model = MCLP.from_cost_matrix(cost, weight, service_radius=1.0, p_facilities=BUDGET)
    built = time.perf_counter() - start
    model.problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=60))
    total = time.perf_counter() - start
    found = pulp.value(model.problem.objective)
    # Solution status 1 is a proven optimum, 2 the best found when time ran out.
    proven = "proven" if model.problem.sol_status == 1 else "not proven"
    print(
        f"  spopt + CBC {total:.1f} s (of which {built:.1f} s build the model, 60 s at most "
        f"solve it), value {found:.0f} {proven}; ratio of times {total / seconds:.0f}"
    )


if __name__ == "__main__":
    layers()
    choice(10_000, peer=True)
    choice(100_000, peer=False)
