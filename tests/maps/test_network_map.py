"""What the network map shows, before any browser: links, rings, classes, and how rows join."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ngbw.api.fall_document import what_falls
from ngbw.maps.criticality import CLASSES, class_of
from ngbw.maps.network_map import network_map
from ngbw.maps.network_page import failures_page, fall_page
from ngbw.maps.network_shapes import network_shapes
from ngbw.maps.offline import outside_links
from ngbw.tests.maps.network_worlds import FACTS, district, drawn


def shapes_of(page: str) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="shapes">(.*?)</script>', page, re.DOTALL
    )
    assert found is not None
    shapes: dict[str, Any] = json.loads(found[1])
    return shapes


def test_links_know_their_ring_and_what_they_cost(tmp_path: Path) -> None:
    shown, _ = drawn(district(tmp_path / "d"))
    links = {link.link_id: link for link in shown.links}
    assert [link.route for link in shown.links] == ["ring", "ring", "mesh", "spur", "ring", "ring"]
    assert [ring.links for ring in shown.rings] == [("L1", "L2"), ("L5", "L6")]
    assert (links["L4"].people, links["L4"].sites) == (50, ("C",))
    assert links["L4"].share == pytest.approx(50 / 350)
    assert (links["L1"].people, links["L1"].partner, links["L1"].pair_people) == (0, "L2", 100)
    assert links["L1"].classes == (0, 4)
    assert links["L4"].classes == (3, 3)
    # Two links that cut off a site behind which nobody lives are not harmless.
    assert links["L5"].classes == (0, 1)


def test_a_link_without_spans_is_straight_and_marked_so(tmp_path: Path) -> None:
    shown, _ = drawn(district(tmp_path / "d"))
    links = {link.link_id: link for link in shown.links}
    assert (links["L5"].placed, len(links["L5"].lines[0].coords)) == (False, 2)
    assert (links["L1"].placed, len(links["L1"].lines[0].coords)) == (True, 3)


def test_a_single_point_of_failure_is_a_site_that_takes_others_along(tmp_path: Path) -> None:
    shown, _ = drawn(district(tmp_path / "d"))
    assert [site.site_id for site in shown.sites if site.single_point] == ["H", "B"]
    assert [site.site_id for site in shown.sites if site.root] == ["H"]


def test_without_a_root_nothing_is_called_harmless_or_a_ring(tmp_path: Path) -> None:
    network = district(tmp_path / "d", roots=False).network()
    shown = network_map(network, None, facts=FACTS)
    assert {link.route for link in shown.links} == {"unknown"}
    assert {link.people for link in shown.links} == {None}
    assert shown.rings == ()


def test_the_classes_grow_wider_and_darker() -> None:
    widths = [one.width_px for one in CLASSES]
    assert widths == sorted(set(widths))
    assert [one.upto for one in CLASSES[:-1]] == [one.above for one in CLASSES[1:]]
    assert class_of(0.01, 1) == 1
    assert class_of(0.0101, 1) == 2
    assert class_of(1.0, 1) == len(CLASSES) - 1


def test_the_legend_says_where_sites_without_residents_are(tmp_path: Path) -> None:
    shown, document = drawn(district(tmp_path / "d"))
    page = failures_page(shown, document)
    assert "nothing: no site is cut off" in page
    assert re.search(r"up to 1% \(\d people\), also sites without residents", page)
    assert "含无居民的站点" in page


def test_every_row_that_marks_something_finds_it_on_the_map(tmp_path: Path) -> None:
    shown, document = drawn(district(tmp_path / "d"))
    page = failures_page(shown, document)
    shapes = shapes_of(page)
    for name, drawn_as in (("links", "links"), ("sites", "sites")):
        numbers = {one["n"] for one in shapes[drawn_as]}
        named = re.findall(rf'data-{name}="([\d ]+)"', page)
        assert named
        assert {int(n) for one in named for n in one.split()} <= numbers
    groups = [int(n) for n in re.findall(r'data-group="(\d+)"', page)]
    assert groups == [one["n"] for one in shapes["groups"]]
    assert {f"links-{link.number}" for link in shown.links} == set(
        re.findall(r'<tr id="(links-\d+)"', page)
    )
    for row in re.findall(r'data-row="([a-z_]+-\d+)"', page):
        assert f'<tr id="{row}"' in page


def test_the_data_of_the_map_hold_no_text(tmp_path: Path) -> None:
    shown, _ = drawn(district(tmp_path / "d", name="<b>${x}"))

    def texts(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {text for one in value.values() for text in texts(one)}
        if isinstance(value, list):
            return {text for one in value for text in texts(one)}
        return {value} if isinstance(value, str) else set()

    assert texts(network_shapes(shown)) <= {"headend", "exchange", "idc", "olt", "radio", "other"}


def test_the_same_network_gives_the_same_page_and_no_links(tmp_path: Path) -> None:
    shown, document = drawn(district(tmp_path / "d"))
    page = failures_page(shown, document, "en")
    assert page == failures_page(shown, document, "en")
    assert outside_links(page) == []
    assert "1 of 6 links cut sites off alone." in page


def test_a_page_of_some_sorts_has_those_tables(tmp_path: Path) -> None:
    shown, document = drawn(district(tmp_path / "d"))
    few = {key: value for key, value in document.items() if key not in ("groups", "site_pairs")}
    page = failures_page(shown, few)
    assert '<section id="pairs"' in page
    assert '<section id="groups"' not in page
    assert '<section id="site_pairs"' not in page


def test_a_cut_says_in_one_sentence_what_it_takes(tmp_path: Path) -> None:
    project = district(tmp_path / "d")
    fall = what_falls(project, ["L4"])
    shown = network_map(project.network(), fall.singles, facts=FACTS)
    page = fall_page(shown, fall.document, fall.features, "en")
    assert (
        "With L4 down, 1 site with 50 people (14.2% of residents) loses service. "
        "What the radio loses is unknown without a plan."
    ) in page
    assert "L4 失效，1个站点、50人（占居民14.2%）失去业务。" in page
    shapes = shapes_of(page)
    assert shapes["cut_links"] == [4]
    assert shapes["dark_sites"] == [shown.site_numbers()["C"]]


def test_a_cut_without_roots_says_that_it_cannot_tell(tmp_path: Path) -> None:
    project = district(tmp_path / "d", roots=False)
    fall = what_falls(project, ["L4"])
    assert fall.singles is None
    shown = network_map(project.network(), fall.singles, facts=FACTS)
    page = fall_page(shown, fall.document, fall.features, "en")
    assert "what the network loses is unknown" in page
