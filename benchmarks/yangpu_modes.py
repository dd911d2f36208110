"""Shared radials against a profile for every pixel, over the generated city of the Yangpu example.

Run: ``python benchmarks/yangpu_modes.py [SITES]``; a minute. The plan's own sites are taken (40 by
default, chosen by the sweep); what is compared is the share of residents they serve and the loss
of every pixel of the district, by both modes.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import ngbw
from ngbw.coverage.ground import ground_of
from ngbw.coverage.plan import evaluate, plan
from ngbw.coverage.transmitters import stations

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "yangpu"


def main() -> None:
    """Compare and print."""
    sites = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    district = ngbw.open(EXAMPLE)
    network, sweep = district.network, district.settings
    exact = replace(sweep, propagation={**sweep.propagation, "mode": "exact"})
    with tempfile.TemporaryDirectory() as kept:
        cache = Path(kept)
        made = plan(network, sweep, sites=sites, cache_directory=cache)
        chosen = [site.site_id for site in made.sites]
        share = {
            "sweep": made.coverage.headline,
            "exact": evaluate(network, exact, chosen, cache_directory=cache).coverage.headline,
        }
        for name, headline in share.items():
            print(
                f"{name}: {headline.share:.4%} of residents, expected {headline.expected_share:.4%}"
            )
        points = 100 * abs((share["sweep"].share or 0) - (share["exact"].share or 0))
        print(f"shares differ by {points:.3f} points (0.3 allowed)")
        differences = []
        grounds = [
            ground_of(network, settings, "", cache_directory=cache, threads=None)
            for settings in (sweep, exact)
        ]
        inside = grounds[0].land.inside
        where = stations(network, chosen, grounds[0].service, sweep.crs)
        for by_sweep, by_exact in zip(
            grounds[0].store.of_stations(where), grounds[1].store.of_stations(where), strict=True
        ):
            for key, losses in by_sweep.items():
                difference = losses[inside].astype(float) - by_exact[key][inside]
                differences.append(difference / 100.0)
        found = np.concatenate(differences)
        print(
            f"loss, sweep less exact: bias {found.mean():+.4f} dB (0.1 allowed), rms "
            f"{np.sqrt((found**2).mean()):.2f} dB, median {np.median(found):+.3f} dB, "
            f"{(np.abs(found) < 0.01).mean():.0%} within 0.01 dB, {found.size:,} pixels"
        )


if __name__ == "__main__":
    main()
