"""How fast a pattern is laid over the ground: files against the built-in sector, and numpy.

Run with the machine quiet: ``python -P benchmarks/antenna_field.py``. One transmitter over 60 km2
at 10 m, no floor, so that every pixel asks for its direction; processor time of one core, the best
of the runs, all kinds in turns. The peer is :func:`.mounted_gain_db` in the same run: the same
interpolation with the direction made by numpy first.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from ngbw.coverage.antenna.pattern import AntennaPattern
from ngbw.coverage.antenna.pattern_3d import mounted_gain_db
from ngbw.coverage.field import station_field
from ngbw.coverage.grid import Grid
from ngbw.coverage.transmitters import Station, Transmitter
from ngbw.topology.network import Site

SIDE_M = 7746.0  # 60 km2
GRID_M = 10.0
RUNS = 9
SITE = Site("S", "s", "ngb-w", "candidate", 121.5, 31.3, "", None, 40.0, "", None, None, "", "")


def sector() -> AntennaPattern:
    """Return a panel of 65 x 10 degrees, tilted by 6."""
    off = (np.arange(360.0) + 180) % 360 - 180
    down = np.where(np.abs(off) <= 90, off, np.where(off > 90, 180 - off, -180 - off))
    vertical = np.minimum(12 * ((down - 6) / 10) ** 2, 20)
    vertical = np.where(np.abs(off) <= 90, vertical, vertical + 20)
    horizontal = np.minimum(12 * (off / 65) ** 2, 20)
    return AntennaPattern("panel", 698, 15, 6, horizontal, vertical, "panel.msi")


def main() -> None:
    """Print the rate of each kind of antenna and its ratio to the built-in sector."""
    pixels = round(SIDE_M / GRID_M)
    grid = Grid("EPSG:32651", 0.0, SIDE_M, GRID_M, pixels, pixels)
    random = np.random.default_rng(1)
    layers = {(40.0, 698.0): random.integers(9000, 14_000, grid.shape).astype(np.int16)}
    ground = random.uniform(2, 6, grid.shape).astype(np.float32)
    x, y = 3000.0, 4000.0
    panel = sector()

    def field(transmitter: Transmitter, **options: object) -> Callable[[], object]:
        station = Station(SITE, x, y, (transmitter,), ())
        return lambda: station_field(station, layers, grid, 1.5, **options)  # type: ignore[arg-type]

    def numpy_first() -> np.ndarray:
        east, north = np.meshgrid(grid.x_m() - x, grid.y_m() - y)
        gain = mounted_gain_db(
            panel,
            bearing_deg=np.degrees(np.arctan2(east, north)),
            depression_deg=np.degrees(np.arctan2(38.5, np.hypot(east, north))),
            azimuth_deg=30.0,
            mechanical_tilt_deg=4.0,
        )
        return np.asarray(gain - 0.01 * layers[40.0, 698.0])

    kinds = {
        "omni": field(Transmitter(40.0, 698.0, 56.0, "omni", 0.0, 0.0)),
        "3gpp-65": field(Transmitter(40.0, 698.0, 56.0, "3gpp-65", 30.0, 6.0)),
        "3gpp-65, mechanical tilt": field(
            Transmitter(40.0, 698.0, 56.0, "3gpp-65", 30.0, 6.0, 4.0)
        ),
        "file": field(Transmitter(40.0, 698.0, 56.0, panel, 30.0, 0.0)),
        "file, mechanical tilt": field(Transmitter(40.0, 698.0, 56.0, panel, 30.0, 0.0, 4.0)),
        "file, mechanical tilt, ground": field(
            Transmitter(40.0, 698.0, 56.0, panel, 30.0, 0.0, 4.0),
            ground_m=ground,
            station_ground_m=4.0,
        ),
        "file, mechanical tilt, numpy's directions": numpy_first,
    }
    best = dict.fromkeys(kinds, float("inf"))
    for work in kinds.values():
        work()
    for _ in range(RUNS):
        for name, work in kinds.items():
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    count = grid.width * grid.height
    for name, seconds in best.items():
        print(
            f"{name}: {count / seconds / 1e6:.1f} M pixels/s/core, {seconds / count * 1e9:.0f} ns "
            f"a pixel, {seconds / best['3gpp-65']:.2f} times 3gpp-65"
        )


if __name__ == "__main__":
    main()
