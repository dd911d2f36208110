"""Neighbours get unlike colours; specks do not make neighbours."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ngbw.maps.site_areas import common_borders, main_areas, site_colours


def nearest(sites: int, seed: int) -> NDArray[np.int16]:
    """Return the nearest of some random sites for every pixel: areas without exclaves."""
    rng = np.random.default_rng(seed)
    at = rng.random((sites, 2)) * 60
    rows, columns = np.indices((60, 60))
    away = (rows[..., None] - at[:, 0]) ** 2 + (columns[..., None] - at[:, 1]) ** 2
    return np.asarray(away.argmin(axis=-1) + 1, np.int16)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000))
def test_neighbours_differ_in_six_colours(sites: int, seed: int) -> None:
    border = common_borders(nearest(sites, seed), sites)
    colours = site_colours(border, 6)
    for one, other in np.argwhere(border):
        assert colours[one] != colours[other]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(0, 1000))
def test_borders_are_counted_as_a_plain_loop_counts_them(sites: int, seed: int) -> None:
    server = np.random.default_rng(seed).integers(0, sites + 1, (7, 9))
    plain = np.zeros((sites, sites), int)
    for row in range(7):
        for column in range(9):
            for below, right in ((1, 0), (0, 1)):
                if row + below < 7 and column + right < 9:
                    one, other = server[row, column], server[row + below, column + right]
                    if one != other and one and other:
                        plain[one - 1, other - 1] += 1
                        plain[other - 1, one - 1] += 1
    assert np.array_equal(common_borders(server, sites), plain)


def test_too_few_colours_clash_on_the_shortest_border() -> None:
    border = np.array([[0, 9, 9], [9, 0, 1], [9, 1, 0]])
    first, second, third = site_colours(border, 2)
    assert second == third != first


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5), st.integers(0, 1000))
def test_a_main_area_is_the_most_frequent_server_nearby(sites: int, seed: int) -> None:
    server = np.random.default_rng(seed).integers(0, sites + 1, (14, 12)).astype(np.int16)
    main = main_areas(server)
    for row in range(14):
        for column in range(12):
            near = server[max(row - 4, 0) : row + 5, max(column - 4, 0) : column + 5]
            often = np.bincount(near.ravel(), minlength=sites + 1)[1:]
            if server[row, column] == 0:
                assert main[row, column] == 0
            else:
                # Equally frequent ones may win by rounding.
                assert often[main[row, column] - 1] == often.max()


def test_a_plan_without_sites_has_no_areas() -> None:
    server = np.zeros((3, 4), np.int16)
    assert not main_areas(server).any()
    assert site_colours(common_borders(server, 0), 6) == []
