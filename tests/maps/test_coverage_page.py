import copy
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape

from ngbw.maps import outlines
from ngbw.maps.answers import coverage_answer, next_answer, page_title, sites_answer
from ngbw.maps.coverage_map import CoverageMap
from ngbw.maps.folium_page import coverage_page
from ngbw.maps.legend import facts
from ngbw.maps.offline import outside_links
from ngbw.maps.page_tables import page_tables
from ngbw.topology.errors import InputError, MissingError

MakeMap = Callable[..., CoverageMap]


class Texts(HTMLParser):
    """Collects what a reader sees, in both languages."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._silent = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.text.append(data.strip())


def texts(html: str) -> str:
    parser = Texts()
    parser.feed(html)
    return " ".join(parser.text)


def test_the_page_answers_the_three_questions_in_both_languages(make_map: MakeMap) -> None:
    seen = texts(coverage_page(make_map()))
    for expected in (
        "覆盖91.2%的常住人口；目标 90%", "91.2% of residents served; target 90%",
        "规划2个站点；预算40个", "2 sites planned; budget 40",
        "西街道：5200人未覆盖", "West: 5,200 people not served",
        "达标", "target met", "在预算内", "within budget",
    ):  # fmt: skip
        assert expected in seen


def test_the_legend_says_what_the_map_rests_on(make_map: MakeMap) -> None:
    said = {name.en: value.en for name, value in facts(make_map().run)}
    assert said["Model"] == "Okumura-Hata, large city"
    assert said["Minimum field"] == "48.9 dBµV/m"
    assert said["Required probability"] == "95%"
    assert said["Receiver height"] == "1.5 m"
    assert said["Census year"] == "2020"
    assert said["Coordinate system"] == "EPSG:32651"
    assert said["Computed"] == "2026-11-22 18:00 (Asia/Shanghai)"
    assert said["Building entry loss"] == "median 11.0 dB, standard deviation 6.0 dB"
    assert said["Outside the model's valid range"] == "under 1 km: 45,000 residents"
    assert said["Data quality"] == (
        "assumed for the service: frequency; 1 of 2 sites have assumed figures"
    )
    assert "not reviewed" in said["Map review number"]


def test_unknown_figures_are_dashes_never_zero(make_map: MakeMap) -> None:
    def forget(parts: dict[str, Any]) -> None:
        parts["run"]["coverage"].update(
            share=None, served=None, met=None, expected_share=None, area_share=None,
            census_year=None,
        )  # fmt: skip
        parts["run"]["plan"].update(gap=None, bound=None)
        parts["run"]["sites"]["built"] = None
        parts["run"]["gaps"][0].update(area_km2=None, nearest_place_m=None)

    run = make_map(forget).run
    answer = coverage_answer(run)
    assert answer.figure.en == "— unknown"
    assert answer.verdict is not None
    assert answer.verdict.en == "cannot be judged"
    assert answer.good is None
    assert "census year unknown" in answer.details[0].en
    assert "unknown" in sites_answer(run).details[0].en
    assert "unknown" in sites_answer(run).details[1].en
    row = page_tables(run)["gaps"].rows[0].cells
    assert row[2].zh == "— 未知"
    assert row[4].en == "First Hospital · — unknown"
    assert "0%" not in answer.statement.en.replace("90%", "")


def test_a_missed_target_is_said_in_words(make_map: MakeMap) -> None:
    def miss(parts: dict[str, Any]) -> None:
        parts["run"]["coverage"].update(share=0.89999, met=False)
        parts["run"]["sites"].update(count=41)

    run = make_map(miss).run
    answer = coverage_answer(run)
    assert (answer.figure.en, answer.verdict and answer.verdict.en) == ("89.9%", "target missed")
    assert sites_answer(run).verdict == sites_answer(run).verdict
    assert [one and one.zh for one in (sites_answer(run).verdict,)] == ["超出预算"]


def test_the_distance_to_the_best_plan_is_never_shown_smaller(make_map: MakeMap) -> None:
    assert sites_answer(make_map().run).details[1].en == (
        "at most 0.5% below the best possible plan (not proven best)"
    )


def test_a_proven_plan_says_so(make_map: MakeMap) -> None:
    def prove(parts: dict[str, Any]) -> None:
        parts["run"]["plan"].update(proven=True, gap=0.0)

    assert sites_answer(make_map(prove).run).details[1].en == "proven to be the best possible plan"


def test_a_district_without_gaps_says_so(make_map: MakeMap) -> None:
    def serve(parts: dict[str, Any]) -> None:
        parts["run"]["gaps"] = []
        parts["gaps"] = {"type": "FeatureCollection", "features": []}

    page = coverage_page(make_map(serve), "en")
    assert "No gap: every resident is served" in texts(page)
    assert "There is no gap." in texts(page)
    assert next_answer(make_map(serve).run).gap_rank is None


def test_gaps_stand_in_the_order_of_their_rank(make_map: MakeMap) -> None:
    def turn(parts: dict[str, Any]) -> None:
        parts["run"]["gaps"].reverse()

    rows = page_tables(make_map(turn).run)["gaps"].rows
    assert [row.number for row in rows] == [1, 2]
    assert [cell.en for cell in rows[1].cells] == [
        "2", "40", "0.03", "East", "none", "none", "Indoor loss",
    ]  # fmt: skip


def test_only_reasons_that_occur_are_explained(make_map: MakeMap) -> None:
    caption = page_tables(make_map().run)["gaps"].caption.en
    assert "Too far:" in caption
    assert "Indoor loss:" in caption
    assert "No candidate:" not in caption


def test_subdistricts_with_the_lowest_share_come_first(make_map: MakeMap) -> None:
    def add(parts: dict[str, Any]) -> None:
        parts["run"]["coverage"]["by_subdistrict"][""] = {
            "name": "", "name_en": "", "total": 0.0, "served": 0.0, "share": None,
            "expected_share": None,
        }  # fmt: skip

    rows = page_tables(make_map(add).run)["subdistricts"].rows
    assert [row.cells[0].en for row in rows] == ["West", "East", "Outside every subdistrict"]
    assert rows[2].cells[3].en == "— unknown"


def test_kinds_without_a_word_are_shown_as_they_stand(make_map: MakeMap) -> None:
    rows = page_tables(make_map().run)["kinds"].rows
    assert [row.cells[0].zh for row in rows] == ["常住人口", "医院", "lighthouse"]


def test_places_not_served_are_listed_weakest_first(make_map: MakeMap) -> None:
    def add(parts: dict[str, Any]) -> None:
        parts["run"]["places"] = [
            {"place_id": f"P{n}", "name": f"地点{n}", "name_en": "", "kind": "mall",
             "area_id": "A1", "lon": 121.5, "lat": 31.3, "probability": p, "served": p >= 0.95}
            for n, p in enumerate([0.9, 0.99, 0.2])
        ]  # fmt: skip

    rows = page_tables(make_map(add).run)["places"].rows
    assert [row.cells[0].en for row in rows] == ["地点2", "地点0"]
    assert rows[0].cells[2].en == "West"
    assert "places" not in page_tables(make_map().run)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_links_to_nothing_outside(make_map: MakeMap, language: str) -> None:
    page = coverage_page(make_map(), language)
    assert outside_links(page) == []
    without_scripts = re.sub(r"(?s)<(script|style)[ >].*?</\1>", "", page)
    assert not re.search(r"https?:", without_scripts)
    assert f'<html lang="{language}">' in page


def test_the_same_run_gives_the_same_page(make_map: MakeMap) -> None:
    assert coverage_page(make_map()) == coverage_page(make_map())


def test_an_unknown_language_is_refused(make_map: MakeMap) -> None:
    with pytest.raises(MissingError, match="zh-CN, en"):
        coverage_page(make_map(), "de")


def test_shapes_of_another_run_are_refused(make_map: MakeMap) -> None:
    def mix_gaps(parts: dict[str, Any]) -> None:
        parts["gaps"]["features"][0]["properties"]["rank"] = 9

    def mix_sites(parts: dict[str, Any]) -> None:
        parts["sites"]["features"][0]["properties"]["site_id"] = "S9"

    def cut(parts: dict[str, Any]) -> None:
        del parts["run"]["plan"]

    for change, message in ((mix_gaps, "rank = 9"), (mix_sites, "S9"), (cut, "no 'plan'")):
        with pytest.raises(InputError, match=message):
            make_map(change)


def test_a_service_without_a_requirement_is_refused(make_map: MakeMap) -> None:
    def forget(parts: dict[str, Any]) -> None:
        parts["run"]["service"]["required_probability"] = None

    with pytest.raises(InputError, match="required_probability"):
        coverage_page(make_map(forget))


def test_a_project_without_areas_still_has_a_map(make_map: MakeMap) -> None:
    def clear(parts: dict[str, Any]) -> None:
        parts["areas"] = {"type": "FeatureCollection", "features": []}

    assert "5,200 people not served" in texts(coverage_page(make_map(clear)))


def test_map_layers_hold_numbers_and_no_text(make_map: MakeMap) -> None:
    map_ = make_map()
    for collection in (
        outlines.district(map_), outlines.subdistricts(map_), outlines.subdistrict_labels(map_)[0],
        outlines.gap_outlines(map_), outlines.gap_points(map_), outlines.site_points(map_),
    ):  # fmt: skip
        assert collection["features"]
        for feature in collection["features"]:
            assert all(type(value) is int for value in feature["properties"].values())
            assert set(feature) == {"type", "properties", "geometry"}


def test_a_gap_of_one_pixel_keeps_its_square(make_map: MakeMap) -> None:
    square = [[121.5, 31.3], [121.50026, 31.3], [121.50026, 31.30022], [121.5, 31.30022]]

    def shrink(parts: dict[str, Any]) -> None:
        parts["gaps"]["features"][1]["geometry"] = {
            "type": "Polygon", "coordinates": [[*square, square[0]]],
        }  # fmt: skip

    outline = outlines.gap_outlines(make_map(shrink))["features"][1]["geometry"]
    assert len(outline["coordinates"][0]) == 5
    assert shape(outline).area == pytest.approx(0.00026 * 0.00022, rel=0.1)


def test_specks_of_a_gap_are_drawn_as_one_that_covers_them(make_map: MakeMap) -> None:
    # A chessboard of pixels, 5 by 5, with a hole in which nobody is missed.
    side = 25 / 111_320
    specks = [
        box(121.5 + column * side, 31.3 + row * side, 121.5 + (column + 1) * side,
            31.3 + (row + 1) * side)
        for row in range(5)
        for column in range(5)
        if (row + column) % 2 == 0
    ]  # fmt: skip

    def scatter(parts: dict[str, Any]) -> None:
        parts["gaps"]["features"][0]["geometry"] = mapping(MultiPolygon(specks))

    (outline, _) = outlines.gap_outlines(make_map(scatter))["features"]
    drawn = shape(outline["geometry"])
    assert isinstance(drawn, Polygon)
    assert not drawn.interiors
    grown = drawn.buffer(0.8 * side)
    assert all(grown.covers(speck) for speck in specks)
    assert drawn.within(MultiPolygon(specks).convex_hull.buffer(0.2 * side))


def test_coordinates_are_rounded_to_a_metre(make_map: MakeMap) -> None:
    for number in re.findall(r"\d+\.(\d+)", json.dumps(outlines.gap_outlines(make_map()))):
        assert len(number) <= 5


def test_a_page_of_a_district_of_ordinary_size_stays_small(make_map: MakeMap) -> None:
    def fill(parts: dict[str, Any]) -> None:
        gap, outline = parts["run"]["gaps"][0], parts["gaps"]["features"][0]
        site, point = parts["run"]["sites"]["table"][0], parts["sites"]["features"][0]
        ring = [[121.5 + n / 9e4, 31.3 + (n % 2) / 9e3] for n in range(16)]
        polygon = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        parts["run"]["gaps"] = [{**gap, "rank": rank} for rank in range(1, 301)]
        parts["gaps"]["features"] = [
            {**outline, "geometry": polygon, "properties": {"rank": rank}} for rank in range(1, 301)
        ]
        parts["run"]["sites"]["table"] = [
            {**site, "site_id": f"S{n}", "order": n} for n in range(1, 41)
        ]
        parts["sites"]["features"] = [
            {**point, "properties": {"site_id": f"S{n}"}} for n in range(1, 41)
        ]

    assert len(coverage_page(make_map(fill)).encode()) < 500_000


def test_no_text_of_a_file_becomes_a_template_or_a_tag(make_map: MakeMap) -> None:
    hostile = "{{ 7 * 7 }}{% for x in y %}<i>&\u2028</script>"

    def poison(parts: dict[str, Any]) -> None:
        parts["run"]["project"]["name"] = hostile
        parts["run"]["gaps"][0]["nearest_place"] = hostile
        parts["gaps"]["features"][0]["properties"]["nearest_place"] = hostile
        for feature in parts["areas"]["features"]:
            feature["properties"]["name"] = hostile

    page = coverage_page(make_map(poison))
    assert "<i>&" not in page
    assert "{{ 7 * 7 }}" in texts(page)
    scripts = "".join(re.findall(r"(?s)<script[^>]*>(.*?)</script>", page))
    assert "\u2028" not in scripts


def test_a_run_of_another_service_has_no_target_and_says_its_service(make_map: MakeMap) -> None:
    def other(parts: dict[str, Any]) -> None:
        parts["run"]["service"]["headline"] = False
        parts["run"]["coverage"].update(target=None, met=None)

    run = make_map(other).run
    answer = coverage_answer(run)
    assert (answer.verdict, answer.good, answer.target) == (None, None, None)
    assert answer.statement.en == "91.2% of residents served"
    assert answer.statement.zh == "覆盖91.2%的常住人口"
    assert page_title(run).en == "Sample District: coverage and gaps, Portable indoor, plan A"
    assert page_title(make_map().run).en == "Sample District: coverage and gaps, plan A"
    seen = texts(coverage_page(make_map(other), "en"))
    assert "target met" not in seen
    assert "cannot be judged" not in seen


def test_people_outside_the_model_are_told_beside_the_answer(make_map: MakeMap) -> None:
    def beyond(parts: dict[str, Any]) -> None:
        parts["run"]["notices"].append(
            {"key": "outside-model", "count": 54000, "share": 0.98999, "kind": "too-near"}
        )

    run = make_map(beyond).run
    (caution,) = coverage_answer(run).cautions
    assert caution.en == (
        "98.9% of residents (54,000) are served over paths the model was not made for: "
        "path shorter than the model's range"
    )
    assert (
        caution.zh == "98.9%的常住人口（5.4万人）的收发路径超出模型适用范围：收发距离小于模型下限"
    )
    page = coverage_page(make_map(beyond), "en")
    assert page.index("98.9% of residents (54,000)") < page.index('id="frame"')
    assert coverage_answer(make_map().run).cautions == ()


def test_costs_keep_their_decimals(make_map: MakeMap) -> None:
    def price(parts: dict[str, Any]) -> None:
        for site, cost in zip(parts["run"]["sites"]["table"], (1.8, 12.0), strict=True):
            site["cost"] = cost

    rows = page_tables(make_map(price).run)["sites"].rows
    assert [row.cells[-1].en for row in rows] == ["1.8", "12.0"]
    assert [row.cells[5].en for row in rows] == ["52.0", "31.5"]


def test_one_gap_is_not_told_in_the_plural(make_map: MakeMap) -> None:
    def one(parts: dict[str, Any]) -> None:
        del parts["run"]["gaps"][1]
        del parts["gaps"]["features"][1]

    assert next_answer(make_map(one).run).details[-1].en == (
        "1 gap in all, 5,200 people not served"
    )


def test_water_has_its_own_colour_and_stands_in_the_legend(make_map: MakeMap) -> None:
    def flood(parts: dict[str, Any]) -> None:
        area = copy.deepcopy(parts["areas"]["features"][1])
        area["properties"].update(kind="water", area_id="W")
        parts["areas"]["features"].append(area)

    wet, dry = coverage_page(make_map(flood), "en"), coverage_page(make_map(), "en")
    assert "Water" in texts(wet)
    assert "Water" not in texts(dry)
    assert "ngbw.onEach.water" in wet
    assert len(outlines.water(make_map(flood))["features"]) == 1


def test_a_name_that_turns_the_direction_of_writing_is_isolated(make_map: MakeMap) -> None:
    def turn(parts: dict[str, Any]) -> None:
        parts["run"]["project"].update(name="\u202eabc\u2069", name_en="\u202eabc\u2069")

    page = coverage_page(make_map(turn), "en")
    assert "<bdi>\u202eabc</bdi>: coverage and gaps, plan A" in page
    assert page_title(make_map(turn).run).en == "\u2068\u202eabc\u2069: coverage and gaps, plan A"


def test_every_gap_carries_its_number(make_map: MakeMap) -> None:
    def many(parts: dict[str, Any]) -> None:
        gap, outline = parts["run"]["gaps"][0], parts["gaps"]["features"][0]
        parts["run"]["gaps"] = [{**gap, "rank": rank} for rank in range(1, 81)]
        parts["gaps"]["features"] = [
            {**outline, "properties": {"rank": rank}} for rank in range(1, 81)
        ]

    assert len(outlines.gap_points(make_map(many))["features"]) == 80
