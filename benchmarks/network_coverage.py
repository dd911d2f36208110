"""Measure a whole network by P.1812: 40 transmitters over 60 km2 at 10 m, and what they do together.

``python benchmarks/network_coverage.py``. The scene is that of ``p1812_area.py``, with
transmitters of 50 dBm EIRP at 600 MHz and 35 m on a jittered raster. Layers come from
:class:`.LayerStore` in two threads and are not kept on disk. From them: best server, SINR and its
probability, the sum of a single-frequency network, and the probability that any server is enough.
Then one transmitter is moved, and its layer joined to the others in two ways: everything combined
again, and by :func:`.update` only where the change can be seen.

*Wall* is a clock's time, *core* the processor time of all threads; on a machine that others use
as well, half of *core* is what two idle processors would take at best. Peak memory is the whole
process's, Python and compiled code included.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from p1812_area import block_city

from ngbw.coverage.layers import LayerStore
from ngbw.coverage.propagation.p1812_area import P1812Model
from ngbw.coverage.servers.best import find_servers
from ngbw.coverage.servers.edited import Combined, Reception, combine, update
from ngbw.coverage.servers.level_stack import levels_of_losses
from ngbw.coverage.servers.several_servers import at_least_one
from ngbw.coverage.servers.sfn import dtmb_guard, sum_network
from ngbw.coverage.servers.shadowing import Shadowing
from ngbw.coverage.servers.sinr import sinr_db, sinr_probability
from ngbw.coverage.surface_model import Surface
from ngbw.coverage.transmitters import Station, Transmitter
from ngbw.topology.network import Site

THREADS = 2
SITES = 40
CANDIDATES = 300
MOVED = 20
RUNS = 5
THRESHOLD_DBUV_M = 55.0
NOISE_DBUV_M = 35.0
SHADOWING = Shadowing(5.5)
RECEPTION = Reception(THRESHOLD_DBUV_M, 0.0, NOISE_DBUV_M, SHADOWING, load=0.5)
MAST = Transmitter(35.0, 600.0, 50.0, "omni", 0.0, 0.0)

Layer = NDArray[np.int16]


def masts_on(surface: Surface, count: int) -> list[Station]:
    """Return transmitters, each somewhere in its own cell of a raster over the surface."""
    rng = np.random.default_rng(7)
    across = int(np.ceil(np.sqrt(count)))
    west, south, east, north = surface.grid.bounds_m
    out = []
    for k in range(count):
        row, column = (np.array(divmod(k, across)) + rng.uniform(0.2, 0.8, 2)) / across
        site = Site(
            site_id=f"S{k}", name="", kind="building", state="candidate", lon=0.0, lat=0.0,
            area_id="", roof_height_m=None, antenna_height_m=35.0, category="", cost=None,
            accuracy_m=None, source="generated", assumed="",
        )  # fmt: skip
        place = west + column * (east - west), south + row * (north - south)
        out.append(Station(site, *place, (MAST,), ()))
    return out


def layers_of(store: LayerStore, masts: list[Station]) -> list[Layer]:
    """Return a layer for each transmitter."""
    return [next(iter(layers.values())) for layers in store.of_stations(masts)]


def combinations(
    surface: Surface, masts: list[Station], layers: list[Layer]
) -> dict[str, Callable[[], object]]:
    """Return what transmitters do together, each as work to be done."""
    levels = levels_of_losses(layers, MAST.field_at_0_db_loss)
    x_m, y_m = np.meshgrid(surface.grid.x_m(), surface.grid.y_m())
    tx_x_m, tx_y_m = np.array([[mast.x_m, mast.y_m] for mast in masts]).T
    return {
        "best server": lambda: find_servers(
            levels, threshold_db=THRESHOLD_DBUV_M, threads=THREADS
        ),
        "SINR": lambda: sinr_db(levels, noise_db=NOISE_DBUV_M, load=0.5, threads=THREADS),
        "SINR probability": lambda: sinr_probability(
            levels, threshold_db=0.0, noise_db=NOISE_DBUV_M, shadowing=SHADOWING, load=0.5,
            threads=THREADS,
        ),
        "SFN sum": lambda: sum_network(
            levels, tx_x_m=tx_x_m, tx_y_m=tx_y_m, x_m=x_m, y_m=y_m, noise_db=NOISE_DBUV_M,
            guard=dtmb_guard(420), threads=THREADS,
        ),
        "location probability": lambda: at_least_one(
            levels, threshold_db=THRESHOLD_DBUV_M, shadowing=SHADOWING, threads=THREADS
        ),
    }  # fmt: skip


def show(name: str, work: Callable[[], object]) -> object:
    """Do the work, print its times, return its result."""
    wall, core = time.perf_counter(), time.process_time()
    result = work()
    wall, core = time.perf_counter() - wall, time.process_time() - core
    print(f"{name:52s} wall {wall:6.2f} s, core {core:6.2f} s", flush=True)
    return result


def whole(surface: Surface, count: int, *, each: bool) -> tuple[list[Station], list[Layer]]:
    """Compute and combine the layers of a network from nothing."""
    masts = masts_on(surface, count)
    store = LayerStore(surface.grid, P1812Model(surface), 1.5, None, threads=THREADS)
    layers: list[Layer] = []
    steps = {f"  layers of {count}": lambda: layers.extend(layers_of(store, masts))}
    for name, work in steps.items():
        show(name, work) if each else work()
    for name, work in combinations(surface, masts, layers).items():
        show(f"  {name}", work) if each else work()
    return masts, layers


def moved(surface: Surface, masts: list[Station]) -> tuple[list[Station], Layer]:
    """Move the transmitter in the middle by 50 m; return all of them and its layer."""
    mast = masts[MOVED]
    there = Station(mast.site, mast.x_m + 50.0, mast.y_m, (MAST,), ())
    store = LayerStore(surface.grid, P1812Model(surface), 1.5, None, threads=THREADS)
    return [*masts[:MOVED], there, *masts[MOVED + 1 :]], layers_of(store, [there])[0]


def combined_again(surface: Surface, masts: list[Station], layers: list[Layer]) -> None:
    """Move one transmitter and combine everything again."""
    masts, layer = moved(surface, masts)
    layers = [*layers[:MOVED], layer, *layers[MOVED + 1 :]]
    for work in combinations(surface, masts, layers).values():
        work()


def updated(
    surface: Surface, masts: list[Station], layers: list[Layer], kept: Combined
) -> Combined:
    """Move one transmitter and look only where that can be seen; sum the network as a whole."""
    masts, layer = moved(surface, masts)
    found = update(kept, server=MOVED, layer=layer, threads=THREADS)
    layers = [*layers[:MOVED], layer, *layers[MOVED + 1 :]]
    combinations(surface, masts, layers)["SFN sum"]()
    return found


def edits(surface: Surface, masts: list[Station], layers: list[Layer]) -> None:
    """Measure both ways and what they differ by."""
    levels = levels_of_losses(layers, MAST.field_at_0_db_loss)
    kept = combine(levels, RECEPTION, threads=THREADS)
    for _ in range(RUNS):
        show("one site moved: its layer alone", lambda: moved(surface, masts))
        show("one site moved, all combined again", lambda: combined_again(surface, masts, layers))
        show("one site moved, updated", lambda: updated(surface, masts, layers, kept))
    found = updated(surface, masts, layers, kept)
    whole_again = combine(found.levels, RECEPTION, threads=THREADS)
    sinr_share, share = (count / levels.pixels for count in found.recombined)
    print(f"pixels asked again: {sinr_share:.1%} for the SINR, {share:.1%} for the probability")
    print(
        "largest difference to all combined again: "
        f"{np.nanmax(np.abs(found.sinr_db - whole_again.sinr_db)):.4f} dB of SINR, "
        f"{np.abs(found.sinr_probability - whole_again.sinr_probability).max():.4f} of its "
        f"probability, {np.abs(found.probability - whole_again.probability).max():.4f} of the "
        "location probability"
    )


def main() -> None:
    """Measure and print."""
    small = block_city(60, 10.0)
    _, layers = whole(small, 3, each=False)  # compiles
    kept = combine(levels_of_losses(layers, MAST.field_at_0_db_loss), RECEPTION)
    update(kept, server=0, layer=layers[1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    city = block_city(775, 10.0)
    whole(city, SITES, each=True)
    masts, layers = show(f"{SITES} sites, end to end", lambda: whole(city, SITES, each=False))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {after / 1024:.0f} MB, of which {before / 1024:.0f} MB before the network")
    edits(city, masts, layers)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {after / 1024:.0f} MB")
    many = masts_on(city, CANDIDATES)
    store = LayerStore(city.grid, P1812Model(city), 1.5, None, threads=THREADS)
    show(f"layers of {CANDIDATES} candidates", lambda: sum(1 for _ in store.of_stations(many)))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {after / 1024:.0f} MB")


if __name__ == "__main__":
    main()
