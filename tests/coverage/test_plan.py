"""From tables to sites, shares and gaps, on districts small enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.plan import evaluate, plan
from ngbw.coverage.propagation.hata import hata_loss_db
from ngbw.coverage.results import Notice
from ngbw.coverage.service_settings import service_from_settings
from ngbw.topology.errors import InputError, MissingError, UsageError

# Two towns 3 km apart, and a hamlet in the east that no site reaches.
PEOPLE = [(1000, 2000, 5000, 200), (4000, 2000, 3000, 200), (5700, 300, 40)]
SITES = [("west", 1100, 2000), ("middle", 2500, 2000), ("east", 4100, 2000)]


def radius_km(settings, height_m=40.0):
    """Return how far a site of 56 dBm EIRP serves, by bisection on the plain formula."""
    service = service_from_settings(settings)
    limit = 56 + FIELD_CONSTANT_DB + 20 * np.log10(698) - service.planning_field_dbuv_m
    low, high = 0.02, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        loss = float(hata_loss_db(middle, freq_mhz=698, height_m=height_m))
        low, high = (middle, high) if loss <= limit else (low, middle)
    return low


def test_two_sites_serve_the_two_towns_and_the_hamlet_is_the_gap(world):
    made = plan(world.network(PEOPLE, SITES), world.settings())
    assert [site.site_id for site in made.sites] == ["west", "east"]
    assert made.value == made.coverage.headline.served == pytest.approx(8000)
    assert made.coverage.headline.share == pytest.approx(8000 / 8040)
    assert made.met
    (gap,) = made.gaps
    assert (gap.people, gap.reason, gap.next_site_id) == (40, "no-candidate", "east")
    assert gap.area_id == "E"
    assert gap.geometry.contains_properly(gap.geometry.centroid)


def test_one_site_takes_the_larger_town_and_says_how_far_from_the_best_it_is(world):
    made = plan(world.network(PEOPLE, SITES), world.settings(), sites=1)
    assert [site.site_id for site in made.sites] == ["west"]
    assert made.met is False
    assert made.bound is not None
    assert made.value <= made.bound
    assert made.proven == (made.bound - made.value < 1e-6)
    assert [gap.people for gap in made.gaps] == [3000, 40]
    assert made.gaps[0].reason == "too-far"


def test_share_falls_to_zero_just_outside_the_radius(world):
    settings = world.settings(grid_m=10)
    radius_m = 1000 * radius_km(settings)
    assert 500 < radius_m < 900
    for distance, served in ((radius_m - 20, True), (radius_m + 20, False)):
        network = world.network([(1000 + distance, 2000, 10)], [("s", 1000, 2000)])
        made = plan(network, settings, sites=1)
        assert (made.coverage.headline.served > 0) is served


def test_expected_share_counts_probabilities_and_differs_from_the_share(world):
    settings = world.settings(grid_m=10)
    radius_m = 1000 * radius_km(settings)
    network = world.network([(1000 + radius_m + 60, 2000, 100)], [("s", 1000, 2000)])
    made = evaluate(network, settings, ["s"])
    assert made.coverage.headline.share == 0
    expected = made.coverage.headline.expected_share
    assert expected is not None
    assert 0.85 < expected < 0.95


def test_people_of_a_square_are_spread_over_it(world):
    settings = world.settings(grid_m=25)
    radius_m = 1000 * radius_km(settings)
    # A square of 400 m whose middle lies on the circle: about half of it is served.
    network = world.network([(1000 + radius_m, 2000, 1600, 400)], [("s", 1000, 2000)])
    assert evaluate(network, settings, ["s"]).coverage.headline.share == pytest.approx(
        0.47, abs=0.06
    )


def test_subdistricts_and_kinds_are_counted_apart(world):
    places = [("h1", "hospital", 1000, 2100), ("h2", "hospital", 5700, 300),
              ("m", "mall", 4000, 2100), ("far", "mall", 9000, 9000)]  # fmt: skip
    made = plan(world.network(PEOPLE, SITES, places=places), world.settings())
    assert made.coverage.by_subdistrict["W"].share == 1
    assert made.coverage.by_subdistrict["E"].share == pytest.approx(3000 / 3040)
    assert made.coverage.by_kind["place:hospital"].share == 0.5
    assert made.coverage.by_kind["place:mall"].share == 1
    assert {p.place_id: p.served for p in made.places} == {"h1": True, "h2": False, "m": True}
    assert Notice("places-outside", 1, "place:mall") in made.notices


def test_paths_under_one_kilometre_are_counted_as_outside_the_model(world):
    made = plan(world.network(PEOPLE, SITES), world.settings())
    assert made.coverage.outside_model == {"too-near": pytest.approx(8000)}


def test_low_antenna_is_counted_as_outside_the_model(world):
    network = world.network([(1000, 2000, 10)], [("s", 1000, 2000, {"antenna_height_m": 20})])
    assert set(plan(network, world.settings()).coverage.outside_model) == {
        "too-near", "antenna-too-low",
    }  # fmt: skip


def test_built_sites_come_first_and_count_against_the_budget(world):
    sites = [*SITES[:2], ("old", 2600, 2000, {"state": "built"}), SITES[2]]
    made = plan(world.network(PEOPLE, sites), world.settings(), sites=2)
    assert [(s.site_id, s.origin) for s in made.sites] == [("old", "fixed"), ("west", "chosen")]


def test_forbidden_sites_and_exclusion_areas_are_never_used(world):
    areas = [
        {"area_id": "D", "name": "D", "kind": "district", "geometry": world.square(0, 0, 6000, 4000)},
        {"area_id": "X", "name": "X", "kind": "exclusion",
         "geometry": world.square(4000, 1900, 200, 200)},
    ]  # fmt: skip
    sites = [("west", 1100, 2000, {"state": "forbidden"}), *SITES[1:]]
    made = plan(world.network(PEOPLE, sites, areas=areas), world.settings())
    assert not {"west", "east"} & {site.site_id for site in made.sites}
    assert Notice("candidates-excluded", 1) in made.notices


def test_cells_of_the_technology_replace_the_default_transmitter(world):
    cells = [{"cell_id": "w1", "site_id": "west", "technology": "ngb-w", "power_dbm": 10}]
    weak = plan(world.network(PEOPLE, SITES, cells=cells), world.settings(), sites=1)
    assert [site.site_id for site in weak.sites] == ["east"]
    other = [{**cells[0], "technology": "lte"}]
    strong = plan(world.network(PEOPLE, SITES, cells=other), world.settings(), sites=1)
    assert [site.site_id for site in strong.sites] == ["west"]


def test_assumed_figures_are_named_with_the_site(world):
    cells = [{"cell_id": "w1", "site_id": "west", "power_dbm": 43, "gain_dbi": 15,
              "feeder_loss_db": 2, "antenna": "omni", "tilt_deg": 0, "freq_mhz": 698}]  # fmt: skip
    made = plan(world.network(PEOPLE, SITES, cells=cells), world.settings())
    assumed = {site.site_id: site.assumed for site in made.sites}
    assert assumed["west"] == ()
    assert assumed["east"] == ("power_dbm", "gain_dbi", "feeder_loss_db", "tilt_deg", "antenna")


def test_people_alone_is_what_only_one_site_serves(world):
    network = world.network(
        [(1000, 2000, 100), (1600, 2000, 7)], [("a", 800, 2000), ("b", 1900, 2000)]
    )
    made = evaluate(network, world.settings(), ["a", "b"])
    people = {site.site_id: (site.people, site.people_alone) for site in made.sites}
    assert people == {"a": (100, 100), "b": (7, 7)}


def test_site_outside_the_district_still_serves(world):
    network = world.network([(100, 2000, 50)], [("over-the-river", -300, 2000)])
    assert plan(network, world.settings()).value == 50


def test_same_input_gives_the_same_plan_from_cache_or_not(world, tmp_path):
    network = world.network(PEOPLE, SITES)
    first = plan(network, world.settings(), cache_directory=tmp_path)
    again = plan(network, world.settings(), cache_directory=tmp_path)
    bare = plan(network, world.settings())
    assert first.sites == again.sites == bare.sites
    assert first.coverage == again.coverage == bare.coverage
    np.testing.assert_array_equal(first.raster.field_dbuv_m, bare.raster.field_dbuv_m)
    assert len(list(tmp_path.rglob("*.npy"))) == 3


def test_damaged_layer_is_computed_again(world, tmp_path):
    network = world.network(PEOPLE, SITES)
    first = plan(network, world.settings(), cache_directory=tmp_path)
    for path in tmp_path.rglob("*.npy"):
        path.write_bytes(b"not a layer")
    assert plan(network, world.settings(), cache_directory=tmp_path).coverage == first.coverage


def test_unwritable_cache_is_only_a_warning(world, tmp_path, caplog):
    (tmp_path / "layers").write_text("a file where the directory should be")
    made = plan(world.network(PEOPLE, SITES), world.settings(), cache_directory=tmp_path)
    assert made.value == pytest.approx(8000)
    assert "layers are not kept" in caplog.text


def test_people_of_all_gaps_are_all_unserved_people(world):
    random = np.random.default_rng(1)
    people = [(x, y, n) for x, y, n in random.uniform((0, 0, 1), (6000, 4000, 50), (300, 3))]
    made = plan(world.network(people, SITES), world.settings())
    unserved = made.coverage.headline.total - made.coverage.headline.served
    assert sum(gap.people for gap in made.gaps) == pytest.approx(unserved)
    assert [gap.rank for gap in made.gaps] == list(range(1, len(made.gaps) + 1))
    counts = [gap.people for gap in made.gaps]
    assert counts == sorted(counts, reverse=True)


def test_indoor_loss_is_the_reason_where_outdoors_would_do(world):
    settings = world.settings(grid_m=10)
    radius_m = 1000 * radius_km(settings)
    network = world.network(
        [(1000 + radius_m + 60, 2000, 9)], [("s", 1000, 2000), ("n", 4000, 2000)]
    )
    reached = world.network(
        [(1000 + radius_m + 60, 2000, 9)], [("s", 1000, 2000), ("n", 1500 + radius_m, 2000)]
    )
    assert evaluate(network, settings, ["s"]).gaps[0].reason == "no-candidate"
    assert evaluate(reached, settings, ["s"]).gaps[0].reason == "indoor-loss"


def test_geodataframes_hold_sites_and_gaps(world):
    made = plan(world.network(PEOPLE, SITES), world.settings())
    frame = made.to_geodataframe()
    assert frame["site_id"].tolist() == ["west", "east"]
    assert str(frame.crs) == "EPSG:4326"
    assert made.gaps_geodataframe()["people"].tolist() == [40]
    assert "99.5%" in made._repr_html_()


def test_hostile_service_name_is_escaped_in_a_notebook(world):
    import dataclasses

    made = plan(world.network(PEOPLE, SITES), world.settings())
    hostile = dataclasses.replace(made.service, name_en="<script>alert(1)</script>")
    assert "<script>" not in dataclasses.replace(made, service=hostile)._repr_html_()


def test_without_anybody_to_serve_the_way_out_is_named(world):
    with pytest.raises(InputError, match="ngbw import PROJECT demand"):
        plan(world.network([], SITES), world.settings())


def test_without_candidates_the_way_out_is_named(world):
    with pytest.raises(InputError, match="import candidates"):
        plan(world.network(PEOPLE, []), world.settings())


def test_budget_below_what_stands_is_refused(world):
    sites = [(i, x, y, {"state": "built"}) for i, x, y in SITES]
    with pytest.raises(UsageError, match="3 NGB-W sites are built"):
        plan(world.network(PEOPLE, sites), world.settings(), sites=2)


def test_frequency_outside_the_model_is_refused(world):
    with pytest.raises(UsageError, match="150-2000"):
        plan(world.network(PEOPLE, SITES), world.settings(freq_mhz=3500))


def test_unknown_site_is_refused(world):
    with pytest.raises(MissingError, match="'nowhere'"):
        evaluate(world.network(PEOPLE, SITES), world.settings(), ["nowhere"])


@given(
    people=st.lists(
        st.tuples(st.floats(0, 6000), st.floats(0, 4000), st.floats(0.1, 1000)),
        min_size=1, max_size=12,
    ),
    budget=st.integers(1, 4),
)  # fmt: skip
def test_more_sites_never_serve_fewer_and_never_exceed_the_bound(world, people, budget):
    network = world.network(people, [(f"s{n}", 700.0 + 1300 * n, 2000.0) for n in range(4)])
    settings = world.settings(grid_m=100)
    small = plan(network, settings, sites=budget)
    large = plan(network, settings, sites=4)
    assert small.value <= large.value + 1e-6
    assert small.bound is not None
    assert small.value <= small.bound + 1e-6
    assert len(small.sites) <= budget
