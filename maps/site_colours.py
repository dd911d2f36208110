"""Few colours for many sites, such that the areas of neighbours differ.

The areas of best servers make a map in the geographer's sense: two sites are neighbours where
their areas touch. Sites are taken in smallest-last order (the one with the fewest neighbours is
set aside, again and again, and coloured last), by which six colours suffice for every map without
enclaves (Matula and Beck 1983). Areas behind buildings are torn and may have more neighbours than
that: then the shortest common border gets the same colour on both sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["common_borders", "site_colours"]

_ROUNDS = 20
"""Passes of improvement; each shortens the borders between equal colours, so few suffice."""


def common_borders(server: NDArray[np.integer], sites: int) -> NDArray[np.int64]:
    """Return the length of the border between any two sites' areas, in pixel edges.

    Parameters
    ----------
    server
        Number of each pixel's site, 1 the first; 0 for none.
    sites
        How many sites there are.

    Returns
    -------
    ndarray
        Symmetric, ``sites`` by ``sites``, 0 on the diagonal.
    """
    border = np.zeros((sites + 1, sites + 1), np.int64)
    for one, other in ((server[:, :-1], server[:, 1:]), (server[:-1], server[1:])):
        apart = (one != other) & (one > 0) & (other > 0)
        np.add.at(border, (one[apart], other[apart]), 1)
    return (border + border.T)[1:, 1:]


def site_colours(border: NDArray[np.int64], colours: int) -> list[int]:
    """Return a colour number, 0 the first, for each site.

    Parameters
    ----------
    border
        From :func:`common_borders`.
    colours
        How many there are.

    Examples
    --------
    >>> site_colours(np.array([[0, 3, 0], [3, 0, 2], [0, 2, 0]]), 2)
    [1, 0, 1]
    """
    sites = len(border)
    left = np.ones(sites, bool)
    last_first: list[int] = []
    for _ in range(sites):
        degree = ((border > 0) & left).sum(axis=1)
        length = np.where(left, border, 0).sum(axis=1)
        least = min(np.flatnonzero(left), key=lambda n: (degree[n], length[n]))
        left[least] = False
        last_first.append(int(least))
    chosen = np.full(sites, -1)

    def best(site: int) -> int:
        clash = [border[site][chosen == colour].sum() for colour in range(colours)]
        # Among equals the one used least, so that all colours occur.
        return min(range(colours), key=lambda c: (clash[c], int((chosen == c).sum()), c))

    for site in reversed(last_first):
        chosen[site] = best(site)
    for _ in range(_ROUNDS):
        changed = False
        for site in range(sites):
            before = int(chosen[site])
            chosen[site] = -1
            after = best(site)
            if border[site][chosen == after].sum() >= border[site][chosen == before].sum():
                after = before
            chosen[site] = after
            changed |= after != before
        if not changed:
            break
    return [int(colour) for colour in chosen]
