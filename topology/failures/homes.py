"""The homes that a failure leaves without service: those on the access links behind the cut.

People belong to the nearest access site (see :mod:`.served_graph`), so that a drop to a building
costs nobody anything there. The table ``links`` says how many homes hang on a link. It says so of
the trees it names and of no other, so that homes are a second figure beside the people: they are
never added to them, and other trees of the same building may hang on the same cable.

A link loses its homes when it fails itself or one of its ends goes dark; one without service before
loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..network import Network
from .depth_first import walk
from .outage import Outage
from .served_graph import ServedGraph
from .singles import SingleFailures

__all__ = ["Homes", "homes_of_links", "homes_without_service", "single_home_losses"]

_ACCESS = ("pon", "hfc")
"""Kinds of link on which homes hang."""


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """The homes on each link.

    Attributes
    ----------
    count
        By link, in table order; 0 where the table says nothing.
    unknown
        Whether a link must have homes (it is ``pon`` or ``hfc``) and the table does not say how
        many.
    """

    count: NDArray[np.int64]
    unknown: NDArray[np.bool_]


def homes_of_links(network: Network) -> Homes:
    """Return how many homes hang on each link of the table."""
    links = network.links
    homes = links["homes"].to_numpy(float, na_value=np.nan)
    said = ~np.isnan(homes)
    access = links["kind"].isin(_ACCESS).to_numpy(bool)
    return Homes(np.where(said, homes, 0).astype(np.int64), access & ~said)


def homes_without_service(served: ServedGraph, homes: Homes, gone: Outage) -> int | None:
    """Return the homes on the links that an outage takes, known ones only.

    None where it takes links with homes and the table gives the number of none of them.
    """
    reached = walk(served.graph, served.roots, served.weight).disc > 0
    ends = served.graph.ends[: served.links]
    failed = np.zeros(served.links, bool)
    failed[gone.links] = True
    dark = np.zeros(served.graph.nodes, bool)
    dark[gone.dark] = True
    lost = reached[ends].all(axis=1) & (failed | dark[ends].any(axis=1))
    if homes.unknown[lost].any() and not homes.count[lost].any():
        return None
    return int(homes.count[lost].sum())


def single_home_losses(
    singles: SingleFailures, homes: Homes
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the homes that each link and each site takes with it when it fails alone.

    One more walk for all. The homes of a link count at that of its ends which the walk from the
    roots meets first: whatever leaves this end dark takes them, and so does the link, and the other
    end, which this end never needs.
    """
    served = singles.served
    ends = served.graph.ends[: served.links]
    visit = singles.walked.disc[ends]
    rows = np.arange(len(ends))
    near = ends[rows, visit.argmin(axis=1)] if len(ends) else np.zeros(0, np.int32)
    far = ends[rows, visit.argmax(axis=1)] if len(ends) else np.zeros(0, np.int32)
    count = np.where((visit > 0).all(axis=1), homes.count, 0)
    weight = np.zeros(served.graph.nodes)
    np.add.at(weight, near, count)
    walked = walk(served.graph, served.roots, weight)
    of_sites = np.rint(walked.node_loss).astype(np.int64)
    apart = near != far
    np.add.at(of_sites, far[apart], count[apart])
    return np.rint(walked.link_loss[: served.links]).astype(np.int64) + count, of_sites
