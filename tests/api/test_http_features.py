"""OGC API Features and the other resources for programs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError
from starlette.testclient import TestClient

from ngbw.api.features import boxes_of
from ngbw.api.http import create_app
from ngbw.api.runs import Run, RunStore

BASE = "http://localhost"


@pytest.fixture
def web(district: Any) -> TestClient:
    district.add_run(name="A")
    return TestClient(create_app(district.project()), base_url=BASE)


def rels(body: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in body["links"]}


def test_the_landing_page_leads_to_everything(web: TestClient) -> None:
    by_name = web.get("/?f=json")
    by_header = web.get("/", headers={"Accept": "application/json"})
    assert by_name.headers["Content-Type"] == "application/json"
    assert by_header.json()["title"] == by_name.json()["title"] == "Sample District"
    for link in by_name.json()["links"]:
        found = web.get(link["href"])
        assert found.status_code == 200, link
        assert found.headers["Content-Type"].split(";")[0] == link["type"].split(";")[0], link
    assert {"self", "service-desc", "conformance", "data"} <= set(rels(by_name.json()))


def test_a_page_overlooks_what_a_messenger_adds_and_the_landing_document_does_not(
    web: TestClient,
) -> None:
    assert web.get("/?from=singlemessage").status_code == 200
    response = web.get("/?from=singlemessage&f=json")
    assert response.status_code == 400
    assert [error["loc"] for error in response.json()["errors"]] == [["query", "from"]]
    assert web.get("/?f=xml").status_code == 400


def test_only_classes_that_hold_are_declared(web: TestClient) -> None:
    declared = web.get("/conformance").json()["conformsTo"]
    assert [one.rpartition("/")[2] for one in declared] == ["core", "geojson"]


def test_every_collection_says_what_it_is_and_where_it_lies(web: TestClient) -> None:
    body = web.get("/collections").json()
    assert [one["id"] for one in body["collections"]] == ["sites", "gaps", "areas", "places"]
    for one in body["collections"]:
        west, south, east, north = one["extent"]["spatial"]["bbox"][0]
        assert 121 < west < east < 122
        assert 31 < south < north < 32
        assert web.get(rels(one)["self"]).json() == one
        assert web.get(rels(one)["items"]).json()["numberReturned"] > 0


def test_items_are_geojson_with_the_names_of_their_areas(web: TestClient) -> None:
    response = web.get("/collections/sites/items")
    assert response.headers["Content-Type"] == "application/geo+json"
    body = response.json()
    assert body["type"] == "FeatureCollection"
    assert (body["numberMatched"], body["numberReturned"]) == (2, 2)
    assert "next" not in rels(body)
    first = body["features"][0]
    assert first["id"] == "S1"
    assert first["geometry"]["type"] == "Point"
    assert first["properties"]["area_name"] == "东街道"
    places = web.get("/collections/places/items").json()["features"]
    assert [place["properties"]["served"] for place in places] == [False, True]


def test_pages_follow_each_other_until_all_are_seen_once(web: TestClient) -> None:
    seen, url = [], "/collections/gaps/items?limit=4"
    while url:
        body = web.get(url).json()
        assert body["numberMatched"] == 6
        assert body["numberReturned"] == len(body["features"]) <= 4
        seen += [feature["id"] for feature in body["features"]]
        url = rels(body).get("next", "")
    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_plan_made_between_two_pages_does_not_mix_into_them(
    web: TestClient, district: Any
) -> None:
    first = web.get("/collections/gaps/items?limit=5").json()
    district.add_run(
        "b" * 16, created="2026-11-23T10:00:00Z", change=lambda run: run["gaps"].clear()
    )
    second = web.get(rels(first)["next"]).json()
    assert second["run"] == first["run"]
    assert [feature["id"] for feature in second["features"]] == [6]
    assert web.get("/collections/gaps/items").json()["numberMatched"] == 0


def test_a_box_picks_what_touches_it_and_pages_within_it(web: TestClient) -> None:
    everything = web.get("/collections/gaps/items").json()["features"]
    west_half = [feature for feature in everything if feature["properties"]["area_id"] == "A1"]
    middle = 121.4868  # between the third gap and the next
    body = web.get(f"/collections/gaps/items?bbox=121.4,31.2,{middle},31.4&limit=2").json()
    assert body["numberMatched"] == len(west_half) == 3
    second = web.get(rels(body)["next"]).json()
    assert second["numberMatched"] == 3
    assert [one["id"] for one in [*body["features"], *second["features"]]] == [1, 2, 3]
    assert web.get("/collections/gaps/items?bbox=0,0,1,1").json()["features"] == []
    with_heights = web.get("/collections/gaps/items?bbox=121,31,-5,122,32,90").json()
    assert with_heights["numberMatched"] == 6


def test_a_box_across_the_date_line_is_two_boxes() -> None:
    assert boxes_of("170,-10,-170,10") == ((170, -10, 180, 10), (-180, -10, -170, 10))


def test_a_larger_limit_is_cut_and_not_refused(web: TestClient) -> None:
    assert web.get("/collections/gaps/items?limit=100000").status_code == 200


@pytest.mark.parametrize(
    "when",
    [
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "../2026-01-01",
        "2020-01-01/..",
        "2026-01-02T10:00:00+08:00/2026-01-02",
        "2026-01-02/2026-01-02",
    ],
)
def test_features_without_time_match_every_time(web: TestClient, when: str) -> None:
    body = web.get("/collections/gaps/items", params={"datetime": when}).json()
    assert body["numberMatched"] == 6


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=1,2,3,4,5", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("bbox=nan,0,1,1", "bbox"),
        ("bbox=0,0,1e999,1", "bbox"),
        ("bbox=181,0,182,1", "bbox"),
        ("bbox=0,50,1,40", "bbox"),
        ("bbox=0,-91,1,40", "bbox"),
        ("bbox=0,0,9,1,1,1", "bbox"),
        ("bbox=" + "1" * 300, "bbox"),
        ("datetime=yesterday", "datetime"),
        ("datetime=2026-13-01", "datetime"),
        ("datetime=../..", "datetime"),
        ("datetime=2026-01-01/2026-01-02/2026-01-03", "datetime"),
        ("datetime=2026-01-03/2026-01-02", "datetime"),
        ("datetime=2026-01-02T10:00:00Z/2026-01-02T09:59:59Z", "datetime"),
        ("after=nobody", "after"),
        ("plan=", "plan"),
        ("colour=red", "colour"),
    ],
)
def test_a_parameter_that_breaks_its_rule_is_named(web: TestClient, query: str, field: str) -> None:
    response = web.get(f"/collections/gaps/items?{query}")
    assert response.status_code == 400
    problem = response.json()
    assert problem["type"] == "urn:ngbw:problem:bad-request"
    assert [error["loc"] for error in problem["errors"]] == [["query", field]]


@given(st.text(max_size=60))
def test_any_text_is_a_box_or_refused(text: str) -> None:
    try:
        boxes = boxes_of(text)
    except PydanticCustomError:
        return
    assert all(west <= east and south <= north for west, south, east, north in boxes)


numbers = st.floats(-180, 180).map(lambda value: round(value, 4))


@given(numbers, numbers, st.floats(-90, 0).map(float), st.floats(0, 90).map(float))
def test_four_numbers_in_range_are_a_box(
    west: float, east: float, south: float, north: float
) -> None:
    boxes = boxes_of(f"{west!r},{south!r},{east!r},{north!r}")
    assert len(boxes) == (1 if west <= east else 2)


def test_one_feature_has_its_own_address(web: TestClient) -> None:
    body = web.get("/collections/gaps/items/3").json()
    assert body["type"] == "Feature"
    assert body["properties"]["rank"] == 3
    assert set(rels(body)) == {"self", "collection"}
    assert web.get(rels(body)["self"]).json() == body
    # An id may hold what separates segments of a path.
    assert web.get("/collections/places/items/P%2F2").json()["id"] == "P/2"


@pytest.mark.parametrize(
    "path", ["/collections/nothing", "/collections/nothing/items", "/collections/gaps/items/99",
             "/collections/sites/items/..%2f..%2frun.json"]
)  # fmt: skip
def test_what_is_not_there_is_not_found(web: TestClient, path: str) -> None:
    response = web.get(path)
    assert response.status_code == 404
    assert response.json()["type"] == "urn:ngbw:problem:not-found"


def test_coverage_is_the_run_documents_summary(web: TestClient) -> None:
    body = web.get("/coverage?plan=A").json()
    assert body["coverage"]["share"] == pytest.approx(0.9127)
    assert body["coverage"]["target"] == 0.9
    assert body["sites"] == {"count": 2, "budget": 40, "built": 1}
    assert body["service"]["id"] == "indoor"
    assert body["model"]["name"] == "hata"
    assert body["plan"]["bound"] == 55000.0
    assert body["names"] == ["A"]


def test_runs_are_listed_the_newest_first_and_by_page(web: TestClient, district: Any) -> None:
    district.add_run("b" * 16, name="B", created="2026-11-23T10:00:00Z")
    district.add_run("c" * 16, created="2026-11-21T10:00:00Z")
    body = web.get("/runs").json()
    assert [run["id"][:3] for run in body["runs"]] == ["bbb", "3f2", "ccc"]
    assert [run["names"] for run in body["runs"]] == [["B"], ["A"], []]
    assert [run["newest"] for run in body["runs"]] == [True, False, False]
    first = web.get("/runs?limit=2").json()
    rest = web.get(rels(first)["next"]).json()
    assert [run["id"][:3] for run in rest["runs"]] == ["ccc"]
    assert [run["id"][:3] for run in web.get("/runs?plan=A").json()["runs"]] == ["3f2"]
    for link in body["runs"][1]["links"]:
        assert web.get(link["href"]).status_code == 200


def test_without_a_run_collections_are_known_and_their_items_are_not(district: Any) -> None:
    web = TestClient(create_app(district.project()), base_url=BASE)
    assert "extent" not in web.get("/collections").json()["collections"][0]
    assert web.get("/runs").json()["runs"] == []
    for path in ("/collections/gaps/items", "/coverage", "/map", "/collections/gaps/items/1"):
        response = web.get(path)
        assert response.status_code == 404
        assert "ngbw plan PROJECT" in response.json()["detail"]


def test_a_damaged_run_is_left_out_and_the_others_are_served(
    web: TestClient, district: Any
) -> None:
    for run_id, text in (("d" * 16, "{"), ("e" * 16, "[]"), ("f" * 16, '{"created": "2030"}')):
        path = district.directory / "runs" / run_id
        path.mkdir()
        (path / "run.json").write_text(text, encoding="utf-8")
    assert [run["id"][:3] for run in web.get("/runs").json()["runs"]] == ["3f2"]


def test_a_run_is_read_once_and_again_only_when_it_changes(
    web: TestClient, district: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def reading(self: Any, what: str) -> Any:
            read.append(what)
            return original(self, what)

        monkeypatch.setattr(owner, name, reading)

    counted(RunStore, "open")
    counted(Run, "features")
    paths = (
        "/collections/gaps/items",
        "/collections/gaps/items/1",
        "/map",
        "/",
        "/runs",
        "/coverage",
    )
    for path in (*paths, *paths):
        assert web.get(path).status_code == 200
    assert read == ["3f2a9c17e05b4477", "gaps"]
    district.add_run("b" * 16, created="2026-11-23T10:00:00Z")
    for path in (*paths, *paths):
        assert web.get(path).status_code == 200
    assert read[2:] == ["b" * 16, "gaps"]
    district.add_run("b" * 16, created="2026-11-23T11:00:00Z")
    assert web.get("/coverage").json()["created"] == "2026-11-23T11:00:00Z"
    assert read[4:] == ["b" * 16]
