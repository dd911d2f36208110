"""Colours hold for everybody: classes stay apart for colour-blind eyes, text stays legible."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from ngbw.maps.criticality import CLASSES
from ngbw.maps.palette import (
    COLOURS,
    LINKS,
    REASONS,
    SERVERS,
    STEPS,
    TEXT_PAIRS,
    class_numbers,
    coverage_classes,
    stepped,
)
from ngbw.topology.errors import UsageError

Vector = NDArray[np.float64]

SIMULATION = {
    # Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB.
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
    "grey": np.array([[0.2126, 0.7152, 0.0722]] * 3),
}  # fmt: skip
OPACITY = 0.85
"""Of the coverage picture on the white ground."""

LEAST_DIFFERENCE = 15.0
"""CIE76; 2.3 is just noticeable side by side, 10 is plain at a glance."""


def linear(colour: str) -> Vector:
    encoded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def painted(colour: str) -> str:
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part * OPACITY + 255 * (1 - OPACITY)):02x}" for part in parts)


def lab(rgb: Vector) -> Vector:
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    )  # fmt: skip
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, vision: str) -> float:
    matrix = SIMULATION[vision]
    return float(np.linalg.norm(lab(matrix @ linear(one)) - lab(matrix @ linear(other))))


def contrast(one: str, other: str) -> float:
    light = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(c)) for c in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.parametrize("vision", SIMULATION)
@pytest.mark.parametrize("required", [0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0])
def test_any_two_classes_differ_for_every_sort_of_eye(required: float, vision: str) -> None:
    colours = [
        one.colour if one.served else painted(one.colour) for one in coverage_classes(required)
    ]
    for one, other in itertools.combinations(colours, 2):
        assert difference(one, other, vision) >= LEAST_DIFFERENCE, (one, other)


@pytest.mark.parametrize("vision", SIMULATION)
@pytest.mark.parametrize(
    "colours", [STEPS, tuple(REASONS.values()), SERVERS, tuple(LINKS.values())[:2]]
)
def test_colours_of_a_picture_differ_for_every_sort_of_eye(
    colours: tuple[str, ...], vision: str
) -> None:
    # In grey, servers have their borders and gaps their reason in words.
    if vision == "grey" and colours == SERVERS:
        return
    least = 10.0 if vision == "grey" else LEAST_DIFFERENCE
    for one, other in itertools.combinations([painted(colour) for colour in colours], 2):
        assert difference(one, other, vision) >= least, (one, other)


def test_a_stronger_class_is_lighter() -> None:
    lightness = [lab(linear(colour))[0] for colour in STEPS]
    assert lightness == sorted(lightness)


@pytest.mark.parametrize("vision", SIMULATION)
def test_gap_and_site_differ_from_each_other_and_from_the_ground(vision: str) -> None:
    three = [COLOURS["gap"], COLOURS["site"], COLOURS["ground"]]
    for one, other in itertools.combinations(three, 2):
        assert difference(one, other, vision) >= LEAST_DIFFERENCE, (one, other)


def test_weaker_is_darker() -> None:
    lightness = [lab(linear(one.colour))[0] for one in coverage_classes(0.95)]
    assert lightness == sorted(lightness)


@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_is_legible_on_its_ground(ink: str, ground: str) -> None:
    assert contrast(COLOURS[ink], COLOURS[ground]) >= 4.5


def test_marks_stand_out_from_the_ground() -> None:
    for mark in ("gap", "gap_text", "border", "selected", "link", "met", "missed"):
        assert contrast(COLOURS[mark], COLOURS["ground"]) >= 3.0, mark


def test_classes_join_without_a_hole_and_only_the_last_is_served() -> None:
    for required in (0.2, 0.5, 0.7, 0.85, 0.95, 1.0):
        classes = coverage_classes(required)
        assert classes[0].lower == 0.0
        assert classes[-1].upper == 1.0
        assert classes[-1].lower == required
        for one, after in itertools.pairwise(classes):
            assert one.upper == after.lower
        assert [one.served for one in classes] == [False] * (len(classes) - 1) + [True]


@pytest.mark.parametrize("required", [0.0, -0.1, 1.1, float("nan")])
def test_a_requirement_that_is_no_probability_is_refused(required: float) -> None:
    with pytest.raises(UsageError, match="required_probability"):
        coverage_classes(required)


def test_a_pixel_exactly_at_the_requirement_is_served_in_single_precision() -> None:
    classes = coverage_classes(0.95)
    values = np.array([0.0, 0.49, 0.5, 0.7, 0.9, 0.95, 1.0, np.nan])
    for dtype in (np.float32, np.float64):
        assert class_numbers(values.astype(dtype), classes).tolist() == [1, 1, 2, 3, 4, 5, 5, 0]


def test_a_value_on_an_edge_is_in_the_upper_class_in_single_precision() -> None:
    values = np.array([np.nan, -np.inf, 63.17, 63.16, 100.0], np.float32)
    assert stepped(values, (53.17, 63.17, 73.17)).tolist() == [0, 1, 3, 2, 4]


@pytest.mark.parametrize("vision", SIMULATION)
def test_classes_of_criticality_differ_for_every_sort_of_eye(vision: str) -> None:
    for one, other in itertools.combinations([one.colour for one in CLASSES], 2):
        assert difference(one, other, vision) >= LEAST_DIFFERENCE, (one, other)


def test_a_worse_link_is_darker_and_every_link_stands_out() -> None:
    lightness = [lab(linear(one.colour))[0] for one in CLASSES]
    assert lightness == sorted(lightness, reverse=True)
    for one in CLASSES:
        assert contrast(one.colour, COLOURS["ground"]) >= 3.0
