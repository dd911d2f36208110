"""The pages for people, as they come out of the application."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ngbw.api.http import create_app
from ngbw.api.negotiation import language_for, prefers_html, prefers_json
from ngbw.maps.palette import COLOURS
from ngbw.maps.words import words

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ROOT = Path(__file__).resolve().parents[2]


def client(project: Any, **options: Any) -> TestClient:
    return TestClient(create_app(project, **options), base_url="http://localhost")


def seen(page: str) -> str:
    """Return the text of a page as one line."""
    body = page.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_the_first_page_answers_how_much_how_many_and_where_next(district: Any) -> None:
    district.add_run()
    page = client(district.project()).get("/?lang=en", headers=HTML).text
    text = seen(page)
    assert "91.2% ✓ target met" in text
    assert "91.2% of residents served; target 90%" in text
    assert "2 / 40 ✓ within budget" in text
    assert "West 3,200 people 300 m from First Hospital · Too far" in text
    assert page.count('class="rank"') == 5
    answers, map_place, tables = (page.index(part) for part in ("Where next?", "<iframe", "<table"))
    assert answers < map_place < tables


def test_a_missed_target_and_a_broken_budget_are_said_in_words(district: Any) -> None:
    def worse(run: dict[str, Any]) -> None:
        run["coverage"] |= {"share": 0.8996, "met": False}
        run["sites"]["count"] = 41

    district.add_run(change=worse)
    text = seen(client(district.project()).get("/?lang=en").text)
    assert "89.9% ✗ target missed" in text
    assert "41 / 40 ✗ over budget" in text


def test_a_plan_without_gaps_says_so(district: Any) -> None:
    district.add_run(change=lambda run: run["gaps"].clear())
    text = seen(client(district.project()).get("/?lang=en").text)
    assert "No gap: every resident is served" in text


def test_nobody_to_serve_is_unknown_and_not_zero(district: Any) -> None:
    def empty(run: dict[str, Any]) -> None:
        run["coverage"] |= {"share": None, "expected_share": None, "met": None, "total": 0.0}

    district.add_run(change=empty)
    text = seen(client(district.project()).get("/?lang=en").text)
    assert "— unknown cannot be judged" in text
    assert "Share of residents served unknown; target 90%" in text
    assert "expected share — unknown" in text


def test_a_project_without_a_run_says_how_to_make_one(district: Any) -> None:
    response = client(district.project()).get("/?lang=en", headers=HTML)
    assert response.status_code == 200
    assert "There is no plan yet. Make one with: ngbw plan PROJECT" in seen(response.text)
    assert str(district.directory) not in response.text


def test_a_plan_made_while_the_server_runs_is_shown(district: Any) -> None:
    web = client(district.project())
    assert "91.2%" not in web.get("/").text
    district.add_run()
    assert "91.2%" in web.get("/").text
    newer = {"created": "2026-11-23T10:00:00Z", "name": "B"}
    district.add_run("b" * 16, **newer, change=lambda run: run["coverage"].update(share=0.95))
    assert ">95%<" in web.get("/").text


@pytest.mark.parametrize(
    ("query", "header", "default", "language"),
    [
        ("", "", "zh-CN", "zh-CN"),
        ("", "", "en", "en"),
        ("", "fr, en-GB;q=0.8, zh;q=0.3", "zh-CN", "en"),
        ("?lang=zh-CN", "en", "en", "zh-CN"),
        ("?lang=en", "zh", "zh-CN", "en"),
        ("?lang=klingon", "fr", "en", "en"),
    ],
)
def test_the_language_is_the_addresss_then_the_browsers_then_the_projects(
    district: Any, query: str, header: str, default: str, language: str
) -> None:
    district.add_run()
    web = client(district.project(language=default))
    response = web.get(f"/{query}", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in response.text
    assert response.headers["Content-Language"] == language
    question = words(language)["answer.how_much"]
    assert question in response.text


def test_the_language_switch_keeps_the_rest_of_the_address(district: Any) -> None:
    district.add_run(name="学校 & 医院")
    query = {"plan": "学校 & 医院", "from": 'x"><b>', "lang": "en"}
    page = client(district.project()).get("/", params=query).text
    plan = "plan=%E5%AD%A6%E6%A0%A1+%26+%E5%8C%BB%E9%99%A2&amp;from=x%22%3E%3Cb%3E"
    assert f'href="?{plan}&amp;lang=zh-CN" lang="zh-CN"' in page
    assert f'href="?{plan}&amp;lang=en" lang="en" hreflang="en" aria-current="true"' in page


def test_a_plan_is_chosen_by_name_or_id_and_the_newest_is_shown_first(district: Any) -> None:
    district.add_run(name="A", change=lambda run: run["coverage"].update(share=0.91))
    newer = {"name": "B", "created": "2026-11-23T10:00:00Z"}
    district.add_run("b" * 16, **newer, change=lambda run: run["coverage"].update(share=0.95))
    web = client(district.project())
    assert ">95%<" in web.get("/").text
    assert ">91%<" in web.get("/?plan=A").text
    page = web.get(f"/?plan={'b' * 16}").text
    assert ">95%<" in page
    assert re.findall(r'aria-current="page"><bdi>(.*?)</bdi>', page) == ["B"]
    assert "map?lang=zh-CN&amp;plan=bbbb" in page


def test_an_unknown_plan_is_a_page_for_people_and_a_problem_for_programs(district: Any) -> None:
    district.add_run()
    web = client(district.project())
    page = web.get("/?plan=nothing&lang=en", headers=HTML)
    assert page.status_code == 404
    assert "No such page" in page.text
    assert 'href="/"' in page.text
    problem = web.get("/?plan=nothing")
    assert problem.status_code == 404
    assert problem.json()["type"] == "urn:ngbw:problem:no-plan"


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" onfocus="alert(1)" autofocus x="',
    "${alert(1)}",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "'><svg onload=alert(1)>",
    "\\\u2028\u202e",
)


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_names_stay_text(district: Any, payload: str) -> None:
    def poison(run: dict[str, Any]) -> None:
        for where in ("project", "service"):
            run[where]["name"] = run[where]["name_en"] = payload
        run["model"]["title"] = payload
        run["notices"] = [{"key": "people-outside", "count": 1, "kind": payload}]
        run["coverage"]["by_kind"][payload] = run["coverage"]["by_kind"]["residents"]
        for area in run["coverage"]["by_subdistrict"].values():
            area["name"] = area["name_en"] = payload
        for gap in run["gaps"]:
            gap["area_name"] = gap["nearest_place"] = gap["reason"] = payload

    district.add_run(change=poison)
    page = client(district.project()).get("/?lang=zh-CN").text
    assert payload in html.unescape(page)
    assert "<img" not in page
    assert "<svg onload" not in page
    assert 'onfocus="' not in page
    assert re.findall(r"<script[^>]*>(.*?)</script>", page) == [""]
    assert len(re.findall(r"<script", page)) == 1


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(district: Any) -> None:
    district.add_run()
    response = client(district.project()).get("/")
    page, policy = response.text, response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"\s(style|on\w+)=", page)
    assert "<style" not in page
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert links
    assert not [link for link in links if re.match(r"[a-z]+:|//|/", link)]


def test_static_files_are_served_and_nothing_around_them(district: Any) -> None:
    web = client(district.project())
    css = web.get("/static/page.css")
    assert css.headers["Content-Type"].startswith("text/css")
    known = {"If-None-Match": css.headers["ETag"]}
    assert web.get("/static/page.css", headers=known).status_code == 304
    assert web.get("/static/../http.py").status_code == 404
    assert web.get("/static/%2e%2e/http.py").status_code == 404
    assert web.get("/static/").json()["status"] == 404


def test_the_map_page_opens_in_the_language_that_was_asked(district: Any) -> None:
    district.add_run()
    web = client(district.project())
    english = web.get("/map?lang=en")
    assert english.text.count("<html") == 1
    assert '<html lang="en">' in english.text
    policy = english.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'sha256-" in policy
    assert english.headers["X-Frame-Options"] == "SAMEORIGIN"
    framed = web.get("/map?lang=en&embedded=true").text
    assert len(framed) > len(english.text)
    assert framed.replace(re.findall(r"<style>[^<]*</style></head>", framed)[0], "</head>") == (
        english.text
    )


def test_style_sheet_uses_the_colours_of_the_map_only() -> None:
    css = (ROOT / "api/static/page.css").read_text(encoding="utf-8")
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", css)) <= set(COLOURS.values())
    assert "url(" not in css


@pytest.mark.parametrize(
    ("accept", "json", "html_page"),
    [
        ("", False, False),
        ("*/*", False, False),
        ("application/json", True, False),
        ("application/geo+json", True, False),
        ("application/json, text/plain, */*", True, False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False, True),
        ("text/html;q=0.4, application/json;q=0.5", True, False),
        ("application/json;q=0", False, False),
        ("text/html;q=nan, ;;;,=", False, False),
    ],
)
def test_accept_is_read_by_weight_and_plainness(accept: str, json: bool, html_page: bool) -> None:
    assert prefers_json(accept) is json
    assert prefers_html(accept) is html_page


def test_equal_weights_take_the_first_language() -> None:
    assert language_for(None, "en, zh", "zh-CN") == "en"
    assert language_for(None, "zh, en", "en") == "zh-CN"
    assert language_for(None, "zh;q=0, fr", "en") == "en"


def test_the_first_page_shows_the_newest_budgeted_plan_of_the_headline_service(
    district: Any,
) -> None:
    def of_share(share: float, **changes: Any) -> Any:
        def change(run: dict[str, Any]) -> None:
            run["coverage"]["share"] = share
            run["service"] |= changes.get("service", {})
            run["plan"] |= changes.get("plan", {})

        return change

    other = {"service": {"headline": False}}
    district.add_run("a" * 16, created="2026-11-25T10:00:00Z", change=of_share(0.75, **other))
    web = client(district.project())
    assert ">75%<" in web.get("/").text  # there is no other
    given = of_share(0.85, plan={"bound": None})
    district.add_run("b" * 16, created="2026-11-24T10:00:00Z", change=given)
    assert ">85%<" in web.get("/").text
    district.add_run("c" * 16, created="2026-11-23T10:00:00Z", change=of_share(0.95))
    assert ">95%<" in web.get("/").text
    assert web.get("/coverage").json()["coverage"]["share"] == 0.95
    assert ">75%<" in web.get(f"/?plan={'a' * 16}").text


def test_a_run_of_another_service_has_no_verdict_and_is_named_in_the_heading(
    district: Any,
) -> None:
    def other(run: dict[str, Any]) -> None:
        run["service"]["headline"] = False
        run["coverage"] |= {"target": None, "met": None}

    district.add_run(name="School", change=other)
    page = client(district.project()).get("/?lang=en").text
    heading = re.findall(r"<h1>(.*?)</h1>", page)
    assert heading == ["Sample District: coverage and gaps, Portable indoor, plan School"]
    assert "91.2% of residents served" in seen(page)
    assert "target" not in seen(page).replace("bar-target", "")
    assert "cannot be judged" not in page


def spoil_notices(run: dict[str, Any]) -> None:
    run["notices"] = 5


def spoil_notice(run: dict[str, Any]) -> None:
    run["notices"] = ["people-outside"]


def spoil_zone(run: dict[str, Any]) -> None:
    run["project"]["timezone"] = "Mars/Olympus"


def spoil_time(run: dict[str, Any]) -> None:
    run["created"] = 20261125


def spoil_gaps(run: dict[str, Any]) -> None:
    del run["gaps"][0]["people"]


def spoil_share(run: dict[str, Any]) -> None:
    run["coverage"]["share"] = "much"


def spoil_model(run: dict[str, Any]) -> None:
    del run["model"]


def spoil_name(run: dict[str, Any]) -> None:
    run["project"]["name"] = 7


@pytest.mark.parametrize(
    "spoil",
    [spoil_notices, spoil_notice, spoil_zone, spoil_time, spoil_gaps, spoil_share, spoil_model,
     spoil_name],
)  # fmt: skip
def test_a_damaged_newest_run_does_not_take_the_first_page_down(
    district: Any, spoil: Any, caplog: pytest.LogCaptureFixture
) -> None:
    district.add_run()
    newer = district.add_run("b" * 16, created="2026-11-25T10:00:00Z")
    spoil(newer)
    path = district.directory / "runs" / ("b" * 16) / "run.json"
    path.write_text(json.dumps(newer), encoding="utf-8")
    web = client(district.project())
    page = web.get("/?lang=en", headers=HTML)
    assert page.status_code == 200
    assert "91.2%" in page.text
    assert "3f2a9c17e05b4477" in page.text
    assert f"run {'b' * 16} is left out" in caplog.text
    assert [run["id"] for run in web.get("/runs").json()["runs"]] == ["3f2a9c17e05b4477"]


def test_a_name_written_from_right_to_left_does_not_reverse_our_words(district: Any) -> None:
    def turn(run: dict[str, Any]) -> None:
        run["project"]["name"] = run["project"]["name_en"] = "\u202eabc"
        run["gaps"][0]["nearest_place"] = "\u202eabc"

    district.add_run(change=turn)
    page = client(district.project()).get("/?lang=zh-CN").text
    assert "<h1><bdi>\u202eabc</bdi>：覆盖与缺口</h1>" in page
    assert "距<bdi>\u202eabc</bdi> 300 m" in page


def test_a_notice_on_the_model_stands_below_the_coverage(district: Any) -> None:
    notice = {"key": "outside-model", "count": 600, "share": 0.0101, "kind": "too-far"}
    district.add_run(change=lambda run: run["notices"].append(notice))
    page = client(district.project()).get("/?lang=en").text
    assert '<p class="caution">1% of residents (600) are served over paths' in page
