"""A pattern drawn in letters: where the beam points on the page."""

from __future__ import annotations

import numpy as np

from ngbw.maps.antenna_sketch import pattern_sketch


def drawn(horizontal, vertical):
    lines = pattern_sketch(horizontal, vertical).splitlines()[1:]
    page = [line.ljust(85) for line in lines]
    return [line[:41] for line in page], [line[44:] for line in page]


def test_a_round_antenna_fills_the_outer_ring():
    left, right = drawn(np.zeros(360), np.zeros(360))
    for page in (left, right):
        assert page[0][20] == page[20][20] == page[10][0] == page[10][40] == "#"
        assert page[10][20] == "+"


def test_the_front_points_up_from_above_and_right_from_the_side(sector_cuts):
    left, right = drawn(*sector_cuts(0))
    assert left[0][20] == right[10][40] == "#"
    assert left[20][20] == right[10][0] == "."  # 20 dB below, on the inner ring
    assert left[10 + 3][20] == "#"


def test_a_tilted_beam_sinks_on_the_page(sector_cuts):
    _, right = drawn(*sector_cuts(30))
    assert right[15][20 + 17] == "#"


def test_every_line_is_plain_text(sector_cuts):
    text = pattern_sketch(*sector_cuts(4))
    assert text.isascii()
    assert max(len(line) for line in text.splitlines()) <= 85
