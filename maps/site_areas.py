"""The areas that sites serve as a map in the geographer's sense: main areas, borders, few colours.

Behind buildings the best server changes from pixel to pixel. The *main area* of a site is where it
is the most frequent server nearby; main areas are whole enough to have borders that can be drawn.

Two sites are neighbours where their main areas touch. They get their colours in smallest-last order
(the site with the fewest neighbours is set aside, again and again, and coloured last), by which six
colours suffice for every map without exclaves (Matula and Beck 1983). With exclaves a site may have
more neighbours than that: then the shortest common border has the same colour on both sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, uniform_filter

__all__ = ["common_borders", "main_areas", "site_colours"]

_NEARBY_PIXELS = 9
"""Side of the square in which servers are counted."""

_ROUNDS = 20
"""Passes of improvement; each shortens the borders between equal colours, so few suffice."""


def main_areas(server: NDArray[np.integer]) -> NDArray[np.int16]:
    """Return the most frequent server around each pixel; 0 where the pixel itself has none.

    Parameters
    ----------
    server
        Number of each pixel's site, 1 the first; 0 for none.
    """
    most = np.zeros(server.shape, np.float32)
    main = np.zeros(server.shape, np.int16)
    reach = _NEARBY_PIXELS // 2
    for site, found in enumerate(find_objects(server), start=1):
        if found is None:
            continue
        # Only the site's surroundings, so that many sites cost no more than few.
        near = tuple(slice(max(side.start - reach, 0), side.stop + reach) for side in found)
        often = uniform_filter(
            (server[near] == site).astype(np.float32), _NEARBY_PIXELS, mode="constant"
        )
        ahead = often > most[near]
        most[near][ahead] = often[ahead]
        main[near][ahead] = site
    main[server == 0] = 0
    return main


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
