"""Measure P.1812 over an area beside SPLAT! and pycraf, in the same run.

``python benchmarks/area_peers.py``. A peer that is not there is left out: SPLAT! is the Debian
package ``splat``, pycraf is on PyPI. All rates are pixels a second of processor time. The peers
do not compute the same:

- SPLAT! 1.4.2: the Irregular Terrain Model (``-olditm``), terrain without buildings' own class, on
  cells of 3" (about 90 m) out to 20 km, one profile for each cell of the rim that the cells on the
  way share; with reading the terrain and writing picture and table, which a user cannot avoid.
- pycraf: Recommendation ITU-R P.452 over terrain of height 0, cells of 0.0002 degrees (about
  20 m), one profile for each cell of the rim; once with the profiles ready, once with their making.
- ngbw: Recommendation ITU-R P.1812-8 over ground and buildings, 7.75 km square at 10 m.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from p1812_area import block_city, loss, seconds

SDF_SIDE = 1200
SPLAT_RANGE_KM = 20


def splat_rate() -> float | None:
    """Return pixels a second of SPLAT!, the program's start and its files included."""
    program = shutil.which("splat")
    if not program:
        return None
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:SDF_SIDE, :SDF_SIDE] * 90.0
    height_m = 4.0 * (1.0 + np.sin(x / 1700.0) * np.cos(y / 1300.0))
    height_m += np.where(rng.random(x.shape) < 0.25, rng.uniform(6.0, 60.0, x.shape), 0.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Degrees west and north: greatest west, least north, least west, greatest north.
        lines = ["239", "31", "238", "32", *map(str, height_m.astype(int).ravel().tolist())]
        (folder / "31:32:238:239.sdf").write_text("\n".join(lines) + "\n")
        (folder / "tx.qth").write_text("TX\n31.5\n238.5\n35 meters\n")
        # Permittivity, conductivity, refractivity, MHz, climate, polarization, shares, ERP.
        (folder / "tx.lrp").write_text("5.0\n0.003\n330.0\n600.0\n5\n0\n0.50\n0.50\n100.0\n")
        command = [program, "-t", "tx.qth", "-L", "1.5", "-metric", "-R", str(SPLAT_RANGE_KM),
                   "-d", name, "-o", "map.ppm", "-ano", "loss.txt", "-N", "-olditm"]  # fmt: skip
        times = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            times.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)
        with (folder / "loss.txt").open() as table:
            pixels = sum(1 for _ in table) - 2
    return pixels / min(times)


def pycraf_rates() -> tuple[float, float] | None:
    """Return pixels a second of pycraf: the map alone, and with the making of its profiles."""
    try:
        from astropy import units as u
        from pycraf import pathprof
    except ImportError:
        return None
    warnings.simplefilter("ignore")  # of terrain that is not there, which is taken as 0
    with tempfile.TemporaryDirectory() as name, pathprof.SrtmConf.set(srtm_dir=name):
        prepare = map_only = np.inf
        for _ in range(2):
            start = time.process_time()
            profiles = pathprof.height_map_data(
                121.5 * u.deg, 31.3 * u.deg, 0.08 * u.deg, 0.08 * u.deg,
                map_resolution=0.0002 * u.deg,
            )  # fmt: skip
            prepare = min(prepare, time.process_time() - start)
            start = time.process_time()
            result = pathprof.atten_map_fast(
                0.6 * u.GHz, 293 * u.K, 1000 * u.hPa, 35 * u.m, 1.5 * u.m, 50 * u.percent, profiles
            )
            map_only = min(map_only, time.process_time() - start)
    pixels = int(result["L_b"].size)
    return pixels / map_only, pixels / (map_only + prepare)


def main() -> None:
    """Measure and print."""
    city = block_city(775, 10.0)
    for mode in ("sweep", "exact"):
        loss(block_city(40, 10.0), mode)  # compiles
        rate = city.ground_m.size / seconds(
            4 if mode == "sweep" else 2, lambda m=mode: loss(city, m)
        )  # type: ignore[misc]
        print(f"{'ngbw, P.1812-8, ' + mode:44s} {rate / 1e3:8.0f} thousand pixels/s/core")
    splat = splat_rate()
    words = f"{splat / 1e3:8.0f} thousand pixels/s/core" if splat else "  not installed"
    print(f"{'SPLAT!, ITM, 20 km at 3 seconds':44s} {words}")
    pycraf = pycraf_rates()
    for name, rate in zip(("map alone", "with profiles"), pycraf or (None, None), strict=True):
        words = f"{rate / 1e3:8.1f} thousand pixels/s/core" if rate else "  not installed"
        print(f"{'pycraf, P.452, ' + name:44s} {words}")


if __name__ == "__main__":
    main()
