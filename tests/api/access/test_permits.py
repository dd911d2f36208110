"""Every route says what it takes, and every role gets exactly what its row of the table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from ngbw.api.access.callers import COOKIE
from ngbw.api.access.permit import Permit
from ngbw.api.access.roles import GRANTS, Permission, Role
from ngbw.api.access.sign_in import local_path
from ngbw.api.http import create_app
from ngbw.tests.api.access.conftest import PASSWORD, Door

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:starlette")

EVERYBODY = {"/healthz", "/sign-in", "/sign-out"}


@pytest.fixture
def client(district: Any, door: Door) -> Iterator[TestClient]:
    district.add_run()
    app = create_app(district.project(), access=door.access)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as one:
        yield one


def permissions_of(dependant: Any) -> set[Permission | None]:
    """Return what a route takes of its caller."""
    found: set[Permission | None] = set()
    queue = [dependant]
    while queue:
        one = queue.pop()
        if isinstance(one.call, Permit):
            found.add(one.call.permission)
        queue.extend(one.dependencies)
    return found


def routes_of(app: Any) -> dict[str, Any]:
    """Return what every endpoint depends on, by path, those of included routers too."""
    found: dict[str, Any] = {}
    for route in app.routes:
        if hasattr(route, "effective_route_contexts"):
            found.update((one.path, one.dependant) for one in route.effective_route_contexts())
        elif hasattr(route, "dependant"):
            found[route.path] = route.dependant
    return found


def test_every_route_says_which_permission_it_takes(client: TestClient) -> None:
    routes = routes_of(client.app)
    assert set(routes) >= {"/", "/map", "/coverage", "/admin", "/collections", "/sign-in"}
    for path, dependant in routes.items():
        taken = permissions_of(dependant)
        assert taken, f"{path} lets everybody in without saying so"
        assert (taken == {None}) == (path in EVERYBODY), path


READ = ["/", "/map", "/coverage", "/runs", "/collections", "/collections/sites/items",
        "/openapi.json", "/conformance"]  # fmt: skip
AT = [*((path, Permission.MAP_READ) for path in READ), ("/admin", Permission.ADMIN)]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("path", "permission"), AT)
def test_a_role_gets_what_its_row_says(
    client: TestClient, door: Door, role: Role, path: str, permission: Permission
) -> None:
    headers = {"Authorization": f"Bearer {door.key(role)}", "Accept": "application/json"}
    expected = 200 if permission in GRANTS[role] else 403
    answer = client.get(path, headers=headers)
    assert answer.status_code == expected, answer.text
    if expected == 403:
        assert answer.json()["type"] == "urn:ngbw:problem:forbidden"


@pytest.mark.parametrize("path", [path for path, _ in AT])
def test_once_there_are_accounts_nobody_gets_in_unnamed(
    client: TestClient, door: Door, path: str
) -> None:
    door.add("root", Role.ADMIN)
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["type"] == "urn:ngbw:problem:sign-in-needed"
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 303
    assert page.headers["location"].startswith("/sign-in?next=%2F")


def test_without_accounts_this_machine_may_look_and_nothing_else(client: TestClient) -> None:
    assert client.get("/coverage").status_code == 200
    assert client.get("/admin", headers={"Accept": "application/json"}).status_code == 403


def test_a_key_that_opens_nothing_is_told_so_and_not_let_in_as_anybody(
    client: TestClient, door: Door
) -> None:
    key = door.key(Role.ADMIN, days=1)
    door.clock.now_s += 86_401
    for sent in (key, "ngbw_x.y", "public"):
        answer = client.get("/coverage", headers={"Authorization": f"Bearer {sent}"})
        assert answer.status_code == 401
        assert sent not in answer.text


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **form: str) -> Any:
    return client.post("/sign-in", data={"name": name, "password": password, **form})


def test_signing_in_opens_and_signing_out_closes(client: TestClient, door: Door) -> None:
    door.add("root", Role.ADMIN)
    entered = sign_in(client, "root", next="/admin")
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = client.get("/admin")
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    ticket = client.cookies[COOKIE]
    assert client.post("/sign-out").status_code == 303
    client.cookies.set(COOKIE, ticket)
    assert client.get("/admin", headers={"Accept": "application/json"}).status_code == 401


def test_a_wrong_password_says_nothing_of_the_name(client: TestClient, door: Door) -> None:
    door.add("root", Role.ADMIN)
    known, unknown = sign_in(client, "root", "wrong password 1"), sign_in(client, "who", PASSWORD)
    assert known.status_code == unknown.status_code == 401
    assert known.text == unknown.text
    assert "set-cookie" not in known.headers


def test_guessing_gets_slow(client: TestClient, door: Door) -> None:
    door.add("root", Role.ADMIN)
    answers = [sign_in(client, "root", f"wrong password {n}").status_code for n in range(7)]
    assert answers[:5] == [401] * 5
    assert answers[5:] == [429] * 2
    waiting = sign_in(client, "root")
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) > 0
    door.clock.now_s += 60
    assert sign_in(client, "root").status_code == 303


def test_asking_without_end_is_answered_with_a_wait(client: TestClient, door: Door) -> None:
    answers = {client.get("/healthz").status_code for _ in range(450)}
    assert answers == {200, 429}


def test_a_form_from_elsewhere_changes_nothing(client: TestClient, door: Door) -> None:
    door.add("root", Role.ADMIN)
    sign_in(client, "root")
    ticket = client.cookies[COOKIE]
    session = door.access.accounts.session_of(ticket, now_s=door.clock())
    assert session is not None
    deed = {"deed": "person.add", "name": "eve", "role": "admin", "password": PASSWORD}
    good = {**deed, "form_token": session.form_token}
    for form, headers in (
        (deed, {}),
        ({**deed, "form_token": "x"}, {}),
        (good, {"Origin": "http://evil.example"}),
        (good, {"Sec-Fetch-Site": "cross-site"}),
    ):
        answer = client.post("/admin", data=form, headers={"Accept": "application/json", **headers})
        assert answer.status_code == 403
    assert [one.name for one in door.access.accounts.people()] == ["root"]
    assert client.post("/admin", data=good).status_code == 303
    assert len(door.access.accounts.people()) == 2


def test_what_was_done_is_written_down_without_secrets(client: TestClient, door: Door) -> None:
    door.add("root", Role.ADMIN)
    sign_in(client, "root", "canary wrong 77")
    sign_in(client, "root")
    ticket = client.cookies[COOKIE]
    session = door.access.accounts.session_of(ticket, now_s=door.clock())
    assert session is not None
    token = {"form_token": session.form_token}
    client.post("/admin", data={**token, "deed": "person.add", "name": "li", "role": "viewer",
                                "password": "canary kettle 5511"})  # fmt: skip
    made = client.post("/admin", data={**token, "deed": "key.add", "label": "<b>g", "role": "viewer",
                                       "days": "9"})  # fmt: skip
    assert made.status_code == 200
    assert "&lt;b&gt;g" in made.text
    assert "ngbw_" in made.text
    refused = client.post("/admin", data={**token, "deed": "person.remove", "name": "root"})
    assert refused.status_code == 422
    entries = [entry for _, entry in door.access.audit.newest(100)]
    assert [(one.deed, one.outcome) for one in entries] == [
        ("person.remove", "refused"), ("key.add", "done"), ("person.add", "done"),
        ("sign-in", "done"), ("sign-in", "refused"),
    ]  # fmt: skip
    assert entries[2].who == "person:root"
    assert entries[2].change == {"role": "viewer"}
    assert "canary" not in repr(entries)
    assert "ngbw_" not in repr(entries)
    page = client.get("/admin").text
    assert "canary" not in page
    assert "<b>g" not in page


def test_the_word_of_the_terminal_signs_in_once(client: TestClient, door: Door) -> None:
    word = door.access.local_ticket()
    assert client.get("/sign-in", params={"word": "guess"}).status_code == 200
    entered = client.get("/sign-in", params={"word": word, "next": "//evil.example/"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert client.get("/admin").status_code == 200
    client.cookies.clear()
    assert client.get("/sign-in", params={"word": word}).status_code == 200
    late = door.access.local_ticket()
    door.clock.now_s += 601
    assert client.get("/sign-in", params={"word": late}).status_code == 200


def test_a_body_is_read_up_to_its_cap(client: TestClient, door: Door) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"a=" + b"x" * 10_000 + b"&"

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = client.post("/sign-in", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:ngbw:problem:content-too-large"
    garbage = client.post("/sign-in", content=b"\xff\xfe==&&", headers=headers)
    assert garbage.status_code == 422


@pytest.mark.parametrize(
    "text",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil", "javascript:alert(1)",
     "/other/map", "", None, "/ngbw/\n//x", "///x", "/ngbw\t/"],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(text: str | None) -> None:
    assert local_path(text, "/ngbw") == "/ngbw/"


def test_after_signing_in_one_is_where_one_wanted_to_be() -> None:
    assert local_path("/ngbw/map?plan=a&lang=en", "/ngbw") == "/ngbw/map?plan=a&lang=en"
