"""Every failure of one link or one site, with the people who lose service: one walk for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .depth_first import Walk, walk
from .served_graph import ServedGraph

__all__ = ["SingleFailures", "single_failures"]


@dataclass(frozen=True, slots=True, eq=False)
class SingleFailures:
    """What each link and each site takes with it.

    Attributes
    ----------
    served
        The graph that was judged.
    walked
        The walk that found it; dual failures start from it.
    link_loss, link_sites
        Residents who lose service and sites cut off when a link fails, by link; 0 for a link whose
        two ends have another way.
    site_loss, site_sites
        The same when a site fails, itself and the people behind it included. 0 where nothing was
        served before.
    unconnected
        Residents behind sites that no root reaches even when nothing has failed; never counted as
        lost by a failure.
    unconnected_sites
        Those sites, by node number.
    """

    served: ServedGraph
    walked: Walk
    link_loss: NDArray[np.float64]
    link_sites: NDArray[np.int32]
    site_loss: NDArray[np.float64]
    site_sites: NDArray[np.int32]
    unconnected: float
    unconnected_sites: NDArray[np.int32]


def single_failures(served: ServedGraph) -> SingleFailures:
    """Return what every single failure takes away; time grows as sites + links."""
    walked = walk(served.graph, served.roots, served.weight)
    apart = np.flatnonzero(walked.disc == 0).astype(np.int32)
    return SingleFailures(
        served,
        walked,
        walked.link_loss[: served.links],
        walked.link_nodes[: served.links],
        walked.node_loss,
        walked.node_nodes,
        float(served.weight[apart].sum()),
        apart,
    )
