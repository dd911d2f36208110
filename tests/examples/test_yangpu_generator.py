"""The generator makes the committed Yangpu tables again, and its parts keep their promises."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
import statistics
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ngbw.examples import yangpu_city
from ngbw.examples.yangpu_chance import share_of, smooth_noise
from ngbw.examples.yangpu_egress import egress
from ngbw.examples.yangpu_fibre import fibre
from ngbw.examples.yangpu_main_streets import JUNCTIONS, MAIN_STREETS
from ngbw.examples.yangpu_outline import borders, district, projected, rivers, unprojected
from ngbw.examples.yangpu_people import squares, whole_people
from ngbw.examples.yangpu_roofs import HEIGHT_QUANTILES_M, height_m
from ngbw.examples.yangpu_streets import Street, streets
from ngbw.topology.errors import InputError

HERE = Path(__file__).resolve().parents[2] / "examples" / "yangpu"
NUMBER = re.compile(r"-?\d+\.\d+")


def _records(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    return [
        {**one["properties"], "coordinates": one["geometry"]["coordinates"]}
        for one in json.loads(path.read_text(encoding="utf-8"))["features"]
    ]


def _same(old: object, new: object) -> bool:
    """Compare cells: numbers within 1e-6 (the last printed digit may round), the rest exactly."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if isinstance(old, str) and isinstance(new, str) and NUMBER.fullmatch(old):
        return bool(NUMBER.fullmatch(new)) and _same(float(old), float(new))
    if isinstance(old, float) and isinstance(new, (int, float)):
        return math.isclose(old, new, abs_tol=1.000001e-6, rel_tol=0)
    return old == new


def test_tables_are_made_again_as_they_are_committed(tmp_path: Path) -> None:
    assert yangpu_city.main([str(tmp_path / "city")]) == 0
    made = sorted(path.name for path in (tmp_path / "city").iterdir())
    assert made == sorted(yangpu_city.GENERATED)
    for name in made:
        old, new = _records(HERE / name), _records(tmp_path / "city" / name)
        assert len(old) == len(new), name
        for before, after in zip(old, new, strict=True):
            assert before.keys() == after.keys(), name
            different = [key for key in before if not _same(before[key], after[key])]
            assert not different, (name, before, after)


@pytest.mark.parametrize("arguments", [["a", "b"], ["--help"], ["-x"]])
def test_other_arguments_are_a_usage_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert yangpu_city.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


@given(
    st.lists(st.floats(0, 1e3, allow_subnormal=False), min_size=1, max_size=40).filter(
        lambda weights: sum(weights) > 1e-3
    ),
    st.integers(0, 200_000),
)
def test_people_are_shared_out_whole_and_in_proportion(weights: list[float], total: int) -> None:
    people = whole_people(weights, total)
    assert sum(people) == total
    for weight, count in zip(weights, people, strict=True):
        assert abs(count - weight / sum(weights) * total) < 1 + 1e-6
        assert count == 0 or weight > 0


def test_chance_belongs_to_the_name_and_is_even() -> None:
    assert share_of("roof:1") == share_of("roof:1") != share_of("roof:2")
    drawn = [share_of(f"n:{n}") for n in range(4000)]
    assert 0 <= min(drawn) <= max(drawn) < 1
    assert statistics.fmean(drawn) == pytest.approx(0.5, abs=0.02)
    assert statistics.pstdev(drawn) == pytest.approx(math.sqrt(1 / 12), abs=0.02)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_noise_is_smooth_and_stays_in_range(x_m: float, y_m: float) -> None:
    here = smooth_noise("n", x_m, y_m, step_m=700)
    assert 0 <= here < 1
    # The steepest smooth step has a slope of 1.5 a lattice side.
    for there in ((x_m + 1, y_m), (x_m, y_m + 1)):
        assert abs(smooth_noise("n", *there, step_m=700) - here) < 1.5 / 700 + 1e-6


def test_heights_follow_the_quantiles_inside_their_band() -> None:
    homes = sorted(height_m("residential_rooftop", f"home {n}") for n in range(4000))
    assert homes[0] >= 10.0
    assert homes[-1] <= 46.7
    # A band from 0.20 to 0.90 has its middle at the 0.55 quantile.
    assert statistics.median(homes) == pytest.approx(18.2 + (23.9 - 18.2) * 0.05 / 0.25, abs=0.5)
    offices = [height_m("office", f"office {n}") for n in range(500)]
    assert min(offices) > 23.9
    assert max(offices) <= 65.8


def test_height_quantiles_rise() -> None:
    shares, heights = zip(*HEIGHT_QUANTILES_M, strict=True)
    assert list(shares) == sorted(set(shares))
    assert list(heights) == sorted(set(heights))
    assert (shares[0], shares[-1]) == (0, 1)


def test_campus_and_waterfront_are_thinly_inhabited() -> None:
    without = {(one.x_m, one.y_m): one.people for one in squares([(121.3, 31.0)])}
    campus = projected(shapely.Point(121.51, 31.285))
    with_campus = {(one.x_m, one.y_m): one.people for one in squares([(121.51, 31.285)])}
    near = [at for at in without if campus.distance(shapely.Point(at)) < 300]
    assert len(near) > 20
    assert sum(with_campus[at] for at in near) < 0.4 * sum(without[at] for at in near)
    assert sum(with_campus.values()) == sum(without.values()) == 1_242_600
    river = projected(rivers()["YP-W1"])
    density = {True: [0, 0], False: [0, 0]}
    for at, people in without.items():
        bank = density[bool(river.distance(shapely.Point(at)) < 500)]
        bank[0] += people
        bank[1] += 1
    assert density[True][0] / density[True][1] < 0.7 * density[False][0] / density[False][1]


def test_degrees_and_metres_turn_into_each_other() -> None:
    outline = district()
    again = unprojected(projected(outline))
    assert shapely.hausdorff_distance(outline, again) < 1e-8
    assert len(borders()) == 12


def test_main_streets_name_known_junctions_and_use_each_of_them() -> None:
    used = {junction for street in MAIN_STREETS for junction in street.junctions}
    assert used == set(JUNCTIONS)


def test_no_two_streets_cross_without_a_junction() -> None:
    lines = [shapely.LineString([street.a, street.b]) for street in streets()]
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(one) == len(other) == 0


def test_links_of_a_ring_are_disjoint_except_those_of_the_single_entry() -> None:
    made = fibre(streets(), yangpu_city.read_places())
    ring_of = {"100000": range(1, 3), "west": range(3, 11), "east": range(11, 19),
               "north": range(19, 27)}  # fmt: skip
    spans = {row["link_id"]: set(str(row["spans"]).split(";")) for row in made.links}
    for numbers in ring_of.values():
        for a, b in itertools.combinations([f"YP-L{n:02d}" for n in numbers], 2):
            shared = spans[a] & spans[b]
            assert bool(shared) == ({a, b} == {"YP-L04", "YP-L05"}), (a, b)


def test_both_groups_of_egress_and_both_head_ends_are_on_different_ground() -> None:
    made = fibre(streets(), yangpu_city.read_places())
    spans = {row["link_id"]: set(str(row["spans"]).split(";")) for row in made.links}
    groups = [{span for n in numbers for span in spans[f"YP-L{n}"]}
              for numbers in (range(28, 34), range(34, 38))]  # fmt: skip
    assert not groups[0] & groups[1]


def test_a_cable_that_leaves_by_a_street_that_is_not_there_is_refused() -> None:
    network = [street for street in streets() if street.name != "杨浦大桥"]
    corners = {"YP-H1": network[0].a, "YP-H2": network[0].b}
    with pytest.raises(InputError, match="no street '杨浦大桥'"):
        egress(network, corners, first=28)


def test_a_park_that_is_not_among_the_places_is_named() -> None:
    with pytest.raises(InputError, match="no office park 'YP-K52'"):
        fibre(streets(), [])


def test_streets_without_a_second_way_cannot_carry_a_ring() -> None:
    """A star of streets has no ring in it: the generator says so instead of doubling a duct."""
    middle = projected(shapely.Point(121.52, 31.30))
    x, y = float(shapely.get_x(middle)), float(shapely.get_y(middle))
    hub = (x, y)
    star: list[Street] = []
    for n in range(30):
        angle = 2 * math.pi * n / 30
        inner = (x + 500 * math.cos(angle), y + 500 * math.sin(angle))
        outer = (x + 900 * math.cos(angle), y + 900 * math.sin(angle))
        more = (x + 950 * math.cos(angle), y + 900 * math.sin(angle) + 9)
        last = (x + 990 * math.cos(angle), y + 900 * math.sin(angle) + 19)
        star += [
            Street(f"S{n}a{k}", "", "local", a, b)
            for k, (a, b) in enumerate([(hub, inner), (inner, outer), (inner, more), (inner, last)])
        ]
    with pytest.raises(InputError, match="move a room"):
        fibre(star, [])
