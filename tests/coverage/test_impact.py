"""What goes dark when radio sites fail is what the remaining sites leave open."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.grid import Grid
from ngbw.coverage.impact import Impact, ServedPlace, outline, radio_impact
from ngbw.coverage.plan import evaluate
from ngbw.topology.errors import MissingError

GRID = Grid("EPSG:32651", 357_000, 3_464_000, 100, 4, 3)

PEOPLE = [(500, 2000, 1000), (1500, 2000, 300), (5500, 2000, 500)]
SITES = [("west", 600, 2000), ("beside", 900, 2000), ("east", 5400, 2000)]


def impact(cover, people, places=()):
    return Impact(
        GRID, {k: np.array(v, np.int32) for k, v in cover.items()}, np.array(people, float),
        tuple(ServedPlace(f"p{n}", "", "", "school", 0, 0, n) for n in places),
        np.array([0] * 6 + [1] * 5 + [-1], np.int16), ("W", "E"),
    )  # fmt: skip


covers = st.dictionaries(
    st.sampled_from("abcde"), st.lists(st.integers(0, 11), unique=True).map(sorted), min_size=1
)


@given(covers, st.data())
def test_dark_is_what_was_served_and_is_by_no_site_left(cover, data):
    dark = data.draw(st.lists(st.sampled_from(sorted(cover)), unique=True))
    weaker = {
        site: np.array(data.draw(st.lists(st.sampled_from(cover[site]), unique=True)), np.int32)
        for site in data.draw(st.lists(st.sampled_from(sorted(cover)), unique=True))
        if site not in dark and cover[site]
    }
    people = list(range(1, 13))
    found = impact(cover, people, places=range(12)).of(dark, weaker=weaker)
    before = {pixel for pixels in cover.values() for pixel in pixels}
    after = {p for site, pixels in cover.items() if site not in {*dark, *weaker} for p in pixels}
    after |= {int(p) for pixels in weaker.values() for p in pixels}
    gone = sorted(before - after)
    assert found.pixels.tolist() == gone
    assert found.people == sum(people[p] for p in gone)
    assert [place.pixel for place in found.places] == gone
    assert sum(found.people_by_area.values()) == found.people
    assert found.area_km2 == pytest.approx(0.01 * len(gone))


def test_subdistricts_stand_by_people_lost():
    found = impact({"a": [0, 7, 8, 11]}, [1] * 12).of(["a"])
    assert found.people_by_area == {"E": 2, "W": 1, "": 1}
    assert next(iter(found.people_by_area)) == "E"


def test_a_site_whose_cover_is_not_known_is_named():
    with pytest.raises(MissingError, match="'x' is none of the 1"):
        impact({"a": [0]}, [1] * 12).of(["x"])


def test_the_outline_is_the_squares_of_the_pixels():
    shape = outline(GRID, np.array([0, 1, 11], np.int32))
    assert shapely.get_num_geometries(shape) == 2
    assert outline(GRID, np.zeros(0, np.int32)).is_empty


def test_served_before_is_what_the_plan_serves(world):
    network = world.network(PEOPLE, SITES, places=[("h", "hospital", 5500, 2000)])
    settings = world.settings()
    found, _ = radio_impact(network, settings, ["west", "east"])
    judged = evaluate(network, settings, ["west", "east"])
    assert found.served_people == judged.coverage.headline.served
    assert found.served_places == 1


def test_what_is_left_is_what_a_plan_without_the_site_serves(world):
    network = world.network(PEOPLE, SITES, places=[("h", "hospital", 5500, 2000)])
    settings = world.settings()
    found, _ = radio_impact(network, settings, ["west", "beside", "east"])
    for gone in ("west", "east"):
        left = [site for site, _, _ in SITES if site != gone]
        served = evaluate(network, settings, left).coverage.headline.served
        assert found.served_people - found.of([gone]).people == pytest.approx(served)
    assert [place.place_id for place in found.of(["east"]).places] == ["h"]


def test_a_site_that_loses_a_sector_serves_what_the_others_reach(world):
    sectors = [
        {"cell_id": f"c{azimuth}", "site_id": "west", "technology": "ngb-w",
         "antenna": "3gpp-65", "azimuth_deg": azimuth}
        for azimuth in (90, 270)
    ]  # fmt: skip
    network = world.network(PEOPLE, SITES[:1], cells=sectors)
    left = network.without(["c90"])
    found, weaker = radio_impact(network, world.settings(), ["west"], changed=(left, ["west"]))
    dark = found.of([], weaker=weaker)
    assert 0 < dark.pixels.size < found.cover["west"].size
    assert dark.sites == ("west",)
