"""Turn a map of location probability into shares: of residents, of places, of land."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .demand import RESIDENTS, Demand, Land
from .results import CoverageSummary, Share
from .services import Service

__all__ = ["share_of", "summarise"]


def _share(weight: NDArray[np.float64], p: NDArray[np.float64], required: float) -> Share:
    return Share(
        total=float(weight.sum()),
        served=float(weight[p >= required].sum()),
        expected=float((weight * p).sum()),
    )


def share_of(
    service: Service, demand: Demand, probability: NDArray[np.floating], kind: str
) -> Share:
    """Return how much of one kind of demand a map of location probability serves."""
    mine = demand.kind == demand.kinds.index(kind)
    p = probability.ravel()[demand.pixel[mine]].astype(np.float64)
    return _share(demand.weight[mine], p, service.required_probability.value)


def summarise(
    service: Service,
    land: Land,
    demand: Demand,
    probability: NDArray[np.float64],
    outside_model: dict[str, float],
) -> CoverageSummary:
    """Count whom a service reaches.

    Parameters
    ----------
    probability
        Location probability per pixel, 0..1, shape of the grid.
    outside_model
        Residents on paths outside the propagation model's range, by reason.

    Returns
    -------
    CoverageSummary
        ``headline`` counts residents whose probability reaches the service's requirement.
    """
    required = service.required_probability.value
    p = probability.ravel()[demand.pixel]

    def share(mine: NDArray[np.bool_]) -> Share:
        return _share(demand.weight[mine], p[mine], required)

    by_kind = {kind: share(demand.kind == n) for n, kind in enumerate(demand.kinds)}
    residents = demand.kind == demand.kinds.index(RESIDENTS)
    by_subdistrict = {
        area_id: share(residents & (demand.area == n)) for n, area_id in enumerate(land.area_ids)
    }
    nowhere = residents & (demand.area < 0)
    if land.area_ids and nowhere.any():
        by_subdistrict[""] = share(nowhere)
    ground = np.where(land.inside, land.grid.pixel_km2, 0.0).ravel()
    return CoverageSummary(
        service_id=service.service_id,
        headline=by_kind[RESIDENTS],
        census_year=demand.census_year,
        area=_share(ground, np.nan_to_num(probability.ravel()), required),
        by_kind=by_kind,
        by_subdistrict=by_subdistrict,
        area_names={area_id: land.area_names[area_id] for area_id in land.area_ids},
        outside_model=outside_model,
    )
