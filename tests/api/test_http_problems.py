"""What stands around the endpoints: problems, headers, host check, HEAD, tags, sub-path."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, SecretStr
from starlette.testclient import TestClient

from ngbw.api.http import create_app
from ngbw.api.problems import PROBLEM_TYPES
from ngbw.topology.errors import UsageError

BASE = "http://localhost"
PATHS = (
    "/", "/?f=json", "/map", "/collections", "/collections/gaps", "/collections/gaps/items",
    "/collections/gaps/items/1", "/conformance", "/coverage", "/runs", "/healthz",
    "/openapi.json", "/static/page.css",
)  # fmt: skip
TAGGED = ("/", "/map", "/collections", "/collections/gaps", "/collections/gaps/items",
          "/collections/gaps/items/1", "/coverage")  # fmt: skip


@pytest.fixture
def web(district: Any) -> TestClient:
    district.add_run(name="A")
    return TestClient(create_app(district.project()), base_url=BASE)


def check_problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """Assert that a response is a whole problem of a kind, and return it."""
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"urn:ngbw:problem:{kind}"
    assert (body["status"], body["title"]) == PROBLEM_TYPES[kind]
    assert body["instance"] == f"urn:uuid:{uuid.UUID(response.headers['X-Request-Id'])}"
    assert response.headers["Cache-Control"] == "no-store"
    return body


def test_what_is_not_there_is_a_problem(web: TestClient) -> None:
    check_problem(web.get("/nothing"), 404, "not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(web: TestClient, method: str) -> None:
    response = web.request(method, "/collections/gaps/items")
    check_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD"


class Login(BaseModel):
    password: SecretStr = Field(min_length=12)
    age: int


def with_route(app: FastAPI) -> FastAPI:
    """Add endpoints that take a body and that break, to see what becomes of it."""

    @app.post("/login")
    def login(body: Login) -> str:
        return "in"

    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("/home/somebody/secret.csv line 3")

    return app


def test_a_broken_body_is_named_and_never_repeated(district: Any) -> None:
    web = TestClient(with_route(create_app(district.project())), base_url=BASE)
    response = web.post("/login", json={"password": "hunter2", "age": "hunter3"})
    body = check_problem(response, 422, "invalid-content")
    assert "hunter" not in response.text
    assert [error["loc"] for error in body["errors"]] == [["body", "password"], ["body", "age"]]
    assert all(set(error) == {"loc", "msg", "type"} for error in body["errors"])
    check_problem(web.post("/login", content=b"{hunter2"), 422, "invalid-content")


def test_a_crash_says_nothing_of_what_is_inside(
    district: Any, caplog: pytest.LogCaptureFixture
) -> None:
    web = TestClient(with_route(create_app(district.project())), base_url=BASE)
    response = web.get("/broken")
    body = check_problem(response, 500, "internal-error")
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    request_id = body["instance"].removeprefix("urn:uuid:")
    logged = [record for record in caplog.records if request_id in record.getMessage()]
    assert any(record.exc_info for record in logged)
    page = web.get("/broken?lang=en", headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["X-Request-Id"] in page.text
    assert "secret" not in page.text


def test_a_damaged_result_says_what_to_do_and_no_path(
    web: TestClient, district: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = next((district.directory / "runs").glob("*/gaps.geojson"))
    path.write_text('{"features": 3}', encoding="utf-8")
    response = web.get("/collections/gaps/items")
    body = check_problem(response, 500, "damaged-result")
    assert "ngbw plan" in body["detail"]
    assert str(district.directory) not in response.text
    assert str(path) in caplog.text


def test_a_result_that_is_just_being_replaced_is_not_available_now(
    web: TestClient, district: Any
) -> None:
    next((district.directory / "runs").glob("*/map.html")).unlink()
    check_problem(web.get("/map"), 503, "unavailable")


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/collections/gaps/items?limit=0"])
def test_every_response_has_the_security_headers(web: TestClient, path: str) -> None:
    headers = web.get(path, headers={"Origin": "http://elsewhere.example"}).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == ("SAMEORIGIN" if path == "/map" else "DENY")
    assert uuid.UUID(headers["X-Request-Id"])
    assert not [name for name in headers if name.lower().startswith("access-control-")]
    assert "server" not in headers


def test_json_may_load_nothing_at_all(web: TestClient) -> None:
    policy = web.get("/coverage").headers["Content-Security-Policy"]
    assert "'self'" not in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:80", "[::1]:8000", "127.8.8.8"]
)
def test_the_machines_own_names_are_answered(web: TestClient, host: str) -> None:
    assert web.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "10.0.0.1", "[2001:db8::1]", "", "0.0.0.0",  # noqa: S104 - refused
        "localhost:x@evil.example", "localhost:80@evil.example", "[::1]evil.example", "[::1",
        "user@localhost", "localhost:80:80",
    ],
)  # fmt: skip
def test_foreign_host_names_are_refused(web: TestClient, host: str) -> None:
    check_problem(web.get("/healthz", headers={"Host": host}), 400, "unknown-host")


def test_a_host_name_that_was_given_is_answered(district: Any) -> None:
    app = create_app(district.project(), hosts=["Plan.Example.cn"])
    web = TestClient(app, base_url="https://plan.example.cn")
    assert web.get("/healthz").status_code == 200
    href = web.get("/?f=json").json()["links"][0]["href"]
    assert href == "https://plan.example.cn/?f=json"


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_a_body(web: TestClient, path: str) -> None:
    get, head = web.get(path), web.head(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.parametrize("path", TAGGED)
def test_what_the_client_has_is_not_sent_again(web: TestClient, district: Any, path: str) -> None:
    first = web.get(path)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"3f2a9c17e05b4477-')
    assert first.headers["Cache-Control"] == "no-cache"
    again = web.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    # A 304 changes the headers that the browser has kept, so it must not bring another policy.
    assert "Content-Security-Policy" not in again.headers
    assert "X-Frame-Options" not in again.headers
    district.add_run("b" * 16, created="2026-11-23T10:00:00Z")
    assert web.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_each_representation_has_its_own_tag(web: TestClient) -> None:
    paths = ("/?lang=en", "/?lang=zh-CN", "/map?lang=en", "/map?lang=zh-CN", "/coverage",
             "/collections/gaps/items", "/collections/gaps/items?limit=2")  # fmt: skip
    tags = {web.get(path).headers["ETag"] for path in paths}
    assert len(tags) == len(paths)
    chinese = web.get("/", headers={"Accept-Language": "zh"}).headers
    english = web.get("/", headers={"Accept-Language": "en"}).headers
    assert chinese["ETag"] != english["ETag"]
    assert "Accept-Language" in english["Vary"]


def test_a_run_that_is_written_again_gets_a_new_tag(web: TestClient, district: Any) -> None:
    tag = web.get("/coverage").headers["ETag"]
    district.add_run(change=lambda run: run["coverage"].update(share=0.5, met=False))
    assert web.get("/coverage", headers={"If-None-Match": tag}).json()["coverage"]["share"] == 0.5


def test_pages_and_data_travel_compressed(web: TestClient) -> None:
    for path in ("/", "/map", "/collections/gaps/items"):
        response = web.get(path, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response.headers["Vary"]
        plain = web.get(path, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert plain.content == response.content


@pytest.mark.parametrize("kept", [False, True], ids=["proxy-strips", "proxy-keeps"])
def test_links_hold_the_sub_path_of_the_proxy(district: Any, kept: bool) -> None:
    district.add_run()
    app = create_app(district.project(), root_path="/ngbw/")
    web = TestClient(app, base_url=BASE)
    before = "/ngbw" if kept else ""

    def inside(href: str) -> str:
        """Return the address as the proxy passes it on."""
        assert href.startswith(f"{BASE}/ngbw/")
        return href if kept else href.replace("/ngbw", "", 1)

    landing = web.get(f"{before}/?f=json").json()
    for link in landing["links"]:
        assert web.get(inside(link["href"])).status_code == 200
    page = web.get(f"{before}/collections/gaps/items?limit=2").json()
    hrefs = {link["rel"]: link["href"] for link in page["links"]}
    assert hrefs["self"] == f"{BASE}/ngbw/collections/gaps/items?limit=2"
    assert web.get(inside(hrefs["next"])).json()["features"][0]["id"] == 3
    assert web.get(f"{before}/static/page.css").status_code == 200
    assert web.get(f"{before}/openapi.json").json()["servers"] == [{"url": "/ngbw"}]
    error = web.get(f"{before}/a/b/c", headers={"Accept": "text/html"}).text
    assert 'href="/ngbw/static/page.css' in error
    moved = web.get(f"{before}/collections/", follow_redirects=False)
    assert inside(moved.headers["Location"]).endswith("/collections")


def test_the_sub_path_without_its_slash_leads_to_the_page(district: Any) -> None:
    web = TestClient(create_app(district.project(), root_path="/ngbw"), base_url=BASE)
    moved = web.get("/ngbw", follow_redirects=False)
    assert moved.status_code in (307, 308)
    assert moved.headers["Location"] == f"{BASE}/ngbw/"


@pytest.mark.parametrize("root_path", ["ngbw", "/a b", "/../x", "/a//b", "//evil.example", "/<b>"])
def test_a_sub_path_that_is_none_is_refused(district: Any, root_path: str) -> None:
    with pytest.raises(UsageError, match="root path"):
        create_app(district.project(), root_path=root_path)


def test_the_description_of_the_api_is_whole_and_vendored(web: TestClient) -> None:
    spec = web.get("/openapi.json").json()
    assert spec["openapi"].startswith("3.1")
    operations = [one for path in spec["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids)) == 10
    for one in operations:
        assert "422" not in one["responses"]
    assert "HTTPValidationError" not in spec["components"]["schemas"]
    problem = spec["components"]["schemas"]["Problem"]
    assert len(problem["properties"]["type"]["enum"]) == len(PROBLEM_TYPES)
    for path in ("/docs", "/redoc"):
        assert web.get(path).status_code == 404


def test_health_needs_no_run(district: Any) -> None:
    web = TestClient(create_app(district.project()), base_url=BASE)
    assert web.get("/healthz").json() == {"status": "ok", "version": "0.1.0"}


def test_the_log_has_one_line_a_request_and_no_query(
    web: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "ngbw.http"):
        response = web.get("/coverage%0aforged?plan=secret")
    lines = [one.getMessage() for one in caplog.records if one.name == "ngbw.http"]
    assert len(lines) == 1
    assert lines[0].startswith("GET /coverage%0aforged 404 ")
    assert response.headers["X-Request-Id"] in lines[0]
    assert "secret" not in lines[0]
