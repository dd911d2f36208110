"""What the map offers is what the run has, and picture and legend say the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ngbw.coverage.results import PlanLayers
from ngbw.coverage.servers.miss_reasons import MissReason
from ngbw.maps.coverage_map import CoverageMap
from ngbw.maps.palette import REASONS, SERVERS, STEPS
from ngbw.maps.pictures import Picture, pictures
from ngbw.maps.raster import mercator_frame

MakeMap = Callable[..., CoverageMap]
MakeLayers = Callable[..., PlanLayers]


def two_way(parts: dict[str, Any]) -> None:
    parts["run"]["service"]["two_way"] = True


def by_name(map_: CoverageMap) -> dict[str, Picture]:
    return {one.name: one for one in pictures(map_, 0.95)}


def test_a_run_of_an_older_release_has_probability_and_field(make_map: MakeMap) -> None:
    assert list(by_name(make_map())) == ["probability", "field"]


def test_the_map_offers_what_the_run_has(make_map: MakeMap, make_layers: MakeLayers) -> None:
    broadcast = by_name(make_map(layers=make_layers()))
    assert list(broadcast) == ["probability", "field", "server", "reason", "servers"]
    both_ways = by_name(make_map(two_way, layers=make_layers(sinr=True)))
    assert list(both_ways) == [*broadcast, "sinr", "limit"]


def test_the_planning_field_is_an_edge(make_map: MakeMap) -> None:
    map_ = make_map()
    field = map_.raster.field_dbuv_m.copy()
    field[50, 50], field[50, 51] = np.float32(73.3), np.nextafter(np.float32(73.3), np.float32(0))
    picture = by_name(replace(map_, raster=replace(map_.raster, field_dbuv_m=field)))["field"]
    assert picture.numbers[50, 50] == picture.numbers[50, 51] + 1
    assert picture.numbers[50, 0] == 0  # outside
    assert [one.label.en for one in picture.entries] == [
        "93.3 or more", "83.3 to 93.3", "73.3 to 83.3", "63.3 to 73.3", "below 63.3",
    ]  # fmt: skip
    assert [one.colours for one in picture.entries] == [(colour,) for colour in reversed(STEPS)]
    assert picture.note is not None
    assert "73.3 is the planning field" in picture.note.en


def test_only_missed_places_are_painted_and_only_their_reasons_explained(
    make_map: MakeMap, make_layers: MakeLayers
) -> None:
    layers = make_layers()
    picture = by_name(make_map(layers=layers))["reason"]
    missed = np.isin(layers.reason, list(REASONS))
    assert np.array_equal(picture.numbers > 0, missed)
    painted = {picture.colours[number - 1] for number in np.unique(picture.numbers[missed])}
    assert painted == {REASONS[MissReason.SHADOW], REASONS[MissReason.INDOOR]}
    assert {one.colours[0] for one in picture.entries} == painted
    assert [one.label.en.partition(":")[0] for one in picture.entries] == [
        "Shadowed", "Indoor loss",
    ]  # fmt: skip


def test_a_place_whose_reason_nobody_knows_is_said(
    make_map: MakeMap, make_layers: MakeLayers
) -> None:
    layers = make_layers()
    layers.reason[80, 60] = MissReason.UNKNOWN
    note = by_name(make_map(layers=layers))["reason"].note
    assert note is not None
    assert "nobody knows the reason" in note.en


def test_every_site_has_a_colour_of_its_own_that_no_eye_tells_from_the_legends(
    make_map: MakeMap, make_layers: MakeLayers
) -> None:
    layers = make_layers()
    layers.server[:] = 1 + np.arange(layers.server.size).reshape(layers.server.shape) % 250
    picture = by_name(make_map(layers=layers))["server"]
    assert len(set(picture.site_colours)) == 250

    def channels(colour: str) -> tuple[int, ...]:
        return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))

    for colour in picture.site_colours:
        assert any(
            all(abs(a - b) < 8 for a, b in zip(channels(colour), channels(base), strict=True))
            for base in SERVERS
        )


def test_more_sites_than_a_palette_has_share_the_six_colours(
    make_map: MakeMap, make_layers: MakeLayers
) -> None:
    layers = make_layers()
    layers.server[:] = 1 + np.arange(layers.server.size).reshape(layers.server.shape) // 24
    assert layers.server.max() == 320
    picture = by_name(make_map(layers=layers))["server"]
    assert picture.colours == SERVERS
    assert picture.site_colours == ()
    assert picture.note is None
    assert picture.png(mercator_frame(make_map().raster.grid)).startswith(b"\x89PNG")


def test_servers_are_counted_inside_the_district_only(
    make_map: MakeMap, make_layers: MakeLayers
) -> None:
    picture = by_name(make_map(layers=make_layers()))["servers"]
    assert picture.numbers[50, 0] == 0  # outside
    assert picture.numbers[50, 20] == 1  # none
    assert picture.numbers[80, 20] == 2  # one
    assert picture.numbers[80, 40] == 3  # two
    assert [one.label.en for one in picture.entries] == ["4 or more", "3", "2", "1", "0"]


def test_the_weaker_link_is_named_where_it_occurs(
    make_map: MakeMap, make_layers: MakeLayers
) -> None:
    picture = by_name(make_map(two_way, layers=make_layers()))["limit"]
    assert [one.label.en for one in picture.entries] == ["Downlink", "Uplink"]
    assert picture.numbers[50, 0] == 0
