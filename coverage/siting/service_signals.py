"""The signals of candidate stations for a service whose cells interfere or add up.

Levels are fields outdoors less the median entry loss, and noise is the field at which the
receiver's own noise lies, as :mod:`..combined` judges a network. A single-frequency network needs
the margin for locations that one transmitter needs; against interference the margin lies between
that over noise alone and that of two signals whose common shadows drop out.

The search with these medians is fast; what the chosen sites serve is then judged by probabilities
(:func:`..verdict.judge`), and that figure is the one to be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ...topology.errors import UsageError
from ..field import NO_FIELD, station_field
from ..ground import Ground
from ..progress import Progress, silent
from ..servers.sfn import dtmb_guard
from ..servers.shadowing import Shadowing
from ..services import SingleFrequency
from ..side_by_side import side_by_side
from ..transmitters import Station
from .signals import Signals, SiteSignal, signals_of

__all__ = ["on_one_carrier", "service_signals"]


def on_one_carrier(where: Sequence[Station]) -> None:
    """Check that stations send on one carrier and in one group.

    Raises
    ------
    UsageError
        They do not; names two that differ.
    """
    seen = {(t.freq_mhz, t.sfn_group): s.site.site_id for s in where for t in s.transmitters}
    if len(seen) > 1:
        (one, first), (other, second) = list(seen.items())[:2]
        raise UsageError(
            f"site {first!r} sends on {one[0]:g} MHz, group {one[1] or 'none'!r}, and site "
            f"{second!r} on {other[0]:g} MHz, group {other[1] or 'none'!r}; sites are chosen as a "
            "network on one carrier and in one group: leave the others out"
        )


def _each(ground: Ground, where: Sequence[Station], progress: Progress) -> Iterator[SiteSignal]:
    service, grid = ground.service, ground.land.grid
    rx_height_m = service.rx_height_m.value
    planning = np.float32(service.planning_field_dbuv_m)
    lived_in = np.flatnonzero(ground.people > 0)

    def signal_of(
        at: tuple[Station, Mapping[tuple[float, float], NDArray[np.int16]]],
    ) -> SiteSignal:
        station, layers = at
        cells = [
            station_field(replace(station, transmitters=(one,)), layers, grid, rx_height_m)
            .ravel()[lived_in]
            for one in station.transmitters
        ]  # fmt: skip
        weaker = station_field(
            station, layers, grid, rx_height_m, link="weaker", floor_dbuv_m=float(planning)
        ).ravel()[lived_in]
        levels = np.array(cells, np.float32)
        levels = np.where(
            levels <= NO_FIELD, -np.inf, levels - np.float32(service.entry_loss_db.value)
        )
        return SiteSignal(levels, weaker >= planning, station.x_m, station.y_m)

    pairs = zip(where, ground.store.of_stations(where, progress), strict=True)
    yield from side_by_side(signal_of, pairs, threads=ground.store.threads)


def service_signals(
    ground: Ground, where: Sequence[Station], *, progress: Progress = silent
) -> Signals:
    """Return the signals of stations at all pixels with residents, for :func:`.choose_as_network`.

    Parameters
    ----------
    where
        Stations that stand or may be built, in order.
    progress
        Told about each layer; stops the work by raising.

    Raises
    ------
    UsageError
        The service says nothing of what its cells are to each other, or stations send on several
        carriers or in several groups.
    """
    service, network = ground.service, ground.service.network
    if network is None:
        raise UsageError(
            f"services.{service.service_id} has no network: its sites neither interfere nor add "
            "up, and are chosen by their best server (or set network in ngbw.toml)"
        )
    on_one_carrier(where)
    required_db = network.required_sinr_db.value
    noise_db = service.minimum_field_dbuv_m.value - required_db
    lived_in = np.flatnonzero(ground.people > 0)
    people = ground.people[lived_in]
    made = _each(ground, where, progress)
    if isinstance(network, SingleFrequency):
        grid = ground.land.grid
        xy = np.column_stack(
            [grid.x_m()[lived_in % grid.width], grid.y_m()[lived_in // grid.width]]
        )
        return signals_of(
            made,
            people,
            kind="single-frequency",
            noise_db=noise_db,
            required_db=required_db + service.planning_margin_db,
            guard=dtmb_guard(network.guard_symbols),
            point_xy_m=xy,
        )
    shadows = Shadowing(
        service.location_sigma_db.value, entry_sigma_db=service.entry_sigma_db.value
    )
    return signals_of(
        made,
        people,
        kind="interference",
        noise_db=noise_db,
        required_db=required_db,
        deviations=float(ndtri(service.required_probability.value)),
        shadowing=shadows,
        load=network.load.value,
    )
