"""Expected cover: a point is served by the best of the chosen sites, with that site's probability.

The weight to expect, ``sum over points of weight * best probability``, is a covering problem in
disguise. Sort the probabilities of a point: each step from one to the next lower is a piece of
weight that counts when any site at or above it is chosen. So search, bound and proof are those of
:class:`.problem.SiteProblem`, and the bound is the strong one of the facility location problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from ...topology.compiled import compiled
from ...topology.errors import InputError, UsageError
from .conditions import Asked
from .cover import Floats, Ints, Short
from .problem import SiteProblem

__all__ = ["expected_problem"]


@compiled
def _levels(
    start: Ints, sites: Short, probability: Floats, weight: Floats
) -> tuple[Ints, Short, Floats, Ints]:
    """Split points into steps of probability: who counts for each, its weight and its point."""
    steps, pairs = 0, 0
    for point in range(weight.size):
        own = np.sort(probability[start[point] : start[point + 1]])[::-1]
        for k in range(own.size):
            if k + 1 == own.size or own[k + 1] < own[k]:
                steps += 1
                pairs += k + 1
    out_start = np.zeros(steps + 1, np.int64)
    out_sites = np.empty(pairs, np.int32)
    out_weight = np.zeros(steps)
    of_step = np.empty(steps, np.int64)
    step = 0
    for point in range(weight.size):
        first, end = start[point], start[point + 1]
        own = probability[first:end]
        order = np.argsort(-own, kind="mergesort")
        for k in range(order.size):
            lower = own[order[k + 1]] if k + 1 < order.size else 0.0
            if lower < own[order[k]] or k + 1 == order.size:
                at = out_start[step]
                members = np.sort(sites[first:end][order[: k + 1]])
                out_sites[at : at + k + 1] = members
                out_start[step + 1] = at + k + 1
                out_weight[step] = weight[point] * (own[order[k]] - lower)
                of_step[step] = point
                step += 1
    return out_start, out_sites, out_weight, of_step


def expected_problem(
    cover: Sequence[tuple[NDArray[np.integer], NDArray[np.floating]]],
    weight: ArrayLike,
    **asked: Unpack[Asked],
) -> SiteProblem:
    """Build the problem of the most weight to expect, with the probability that a site serves.

    Values, bounds and curves of the problem are weights to expect.

    Parameters
    ----------
    cover
        For each site the indices of points, each once, and the probability of serving each,
        0 to 1.
    weight
        Weight of each point, 0 or more.
    **asked
        What every plan keeps to: :class:`.conditions.Asked`. ``servers`` must be 1, and least
        shares are of the weight to expect.

    Raises
    ------
    InputError
        A probability is outside 0 to 1, or a weight is negative.
    UsageError
        A site or point does not exist.
    """
    if asked.get("servers", 1) != 1:
        raise UsageError("expected cover is by the best of several sites; servers must be 1")
    points, chances = [], []
    for site, (reached, probability) in enumerate(cover):
        own = np.asarray(probability, np.float64)
        at = np.asarray(reached, np.int64)
        if own.shape != at.shape:
            raise UsageError(f"site {site}: {own.size} probabilities for {at.size} points")
        bad = np.flatnonzero(~((own >= 0) & (own <= 1)))
        if bad.size:
            raise InputError(
                f"site {site} serves point {at[bad[0]]} with probability {own[bad[0]]}; "
                "probabilities are 0 to 1"
            )
        points.append(at)
        chances.append(own)
    sizes = [at.size for at in points]
    point = np.concatenate([*points, np.zeros(0, np.int64)])
    total = np.asarray(weight, np.float64)
    if point.size and not 0 <= point.min() <= point.max() < total.size:
        raise UsageError(f"a site serves a point outside 0..{total.size - 1}")
    server = np.repeat(np.arange(len(cover)), sizes)
    entry = (np.concatenate([*chances, np.zeros(0)]), (point, server))
    chance = scipy.sparse.csr_array(entry, shape=(total.size, len(cover)))
    chance.eliminate_zeros()
    chance.sort_indices()
    SiteProblem.from_cover([], total)  # refuses weights that are negative or unknown
    start, members, heavy, of_step = _levels(
        chance.indptr.astype(np.int64),
        chance.indices.astype(np.int32),
        np.asarray(chance.data, np.float64),
        total,
    )
    areas = asked.get("point_areas")
    if areas is not None and len(areas) == total.size:
        asked["point_areas"] = [areas[at] for at in of_step]
    steps = scipy.sparse.csr_array(
        (np.ones(members.size), members, start), shape=(heavy.size, len(cover))
    )
    problem = SiteProblem.from_matrix(steps, heavy, **asked)
    return replace(problem, total_weight=float(total.sum()))
