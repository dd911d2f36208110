"""People, keys and sessions: what opens, what closes, and what is never kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ngbw.api.access.accounts import Accounts, project_pepper
from ngbw.api.access.roles import Role
from ngbw.api.access.throttle import Throttle
from ngbw.probes.store import open_store
from ngbw.tests.api.access.conftest import PASSWORD, PEPPER, Door
from ngbw.topology.errors import MissingError, SurroundingsError, UsageError

NOW_S = 1_480_000_000.0
HOUR_S = 3600.0


def test_name_and_password_together_open_and_neither_alone(door: Door) -> None:
    accounts = door.access.accounts
    door.add("Li.Wei", Role.PLANNER)
    found = accounts.signed_by("li.wei", PASSWORD)
    assert found is not None
    assert (found.name, found.role) == ("li.wei", Role.PLANNER)
    assert accounts.signed_by("li.wei", PASSWORD + " ") is None
    assert accounts.signed_by("nobody", PASSWORD) is None
    assert accounts.signed_by("'; DROP TABLE ngbw_person; --", PASSWORD) is None
    assert accounts.signed_by("", "") is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "5 characters"),
        ("x" * 300, "300 characters"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("my-name-is-wang-1", "easy to guess"),
    ],
)
def test_a_weak_password_is_refused_without_being_repeated(
    door: Door, password: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        door.access.accounts.add_person("wang", Role.VIEWER, password, now_s=NOW_S)
    assert password not in str(refused.value)
    assert not door.access.accounts.exist()


@pytest.mark.parametrize("name", ["", "a b", "x" * 61, "<b>", "a/b", "local", "a\n", "LOCAL"])
def test_a_name_that_cannot_be_one_is_refused(door: Door, name: str) -> None:
    with pytest.raises(UsageError):
        door.add(name, Role.VIEWER)


def test_a_name_is_taken_whatever_its_case(door: Door) -> None:
    door.add("Müller", Role.VIEWER)
    with pytest.raises(UsageError, match="is there already"):
        door.add("MÜLLER", Role.ADMIN)


def test_the_last_admin_stays_while_others_need_one(door: Door) -> None:
    accounts = door.access.accounts
    door.add("root", Role.ADMIN)
    accounts.set_role("root", Role.VIEWER)  # alone, there is nobody to lock out
    accounts.set_role("root", Role.ADMIN)
    door.add("li", Role.PLANNER)
    for deed in (
        lambda: accounts.remove("root"),
        lambda: accounts.disable("root"),
        lambda: accounts.set_role("root", Role.PLANNER),
    ):
        with pytest.raises(UsageError, match="last admin"):
            deed()
    accounts.set_role("li", Role.ADMIN)
    accounts.remove("root")
    assert [one.name for one in accounts.people()] == ["li"]


def test_whoever_is_kept_out_is_out_at_once(door: Door) -> None:
    accounts = door.access.accounts
    door.add("root", Role.ADMIN)
    door.add("li", Role.PLANNER)
    ticket = accounts.open_session("li", now_s=NOW_S)
    assert accounts.session_of(ticket, now_s=NOW_S) is not None
    accounts.disable("li")
    assert accounts.session_of(ticket, now_s=NOW_S) is None
    assert accounts.signed_by("li", PASSWORD) is None
    accounts.disable("li", disabled=False)
    assert accounts.session_of(ticket, now_s=NOW_S) is None
    assert accounts.signed_by("li", PASSWORD) is not None


def test_another_password_signs_out_and_another_role_holds_at_once(door: Door) -> None:
    accounts = door.access.accounts
    door.add("li", Role.PLANNER)
    ticket = accounts.open_session("li", now_s=NOW_S)
    accounts.set_role("li", Role.ENGINEER)
    session = accounts.session_of(ticket, now_s=NOW_S)
    assert session is not None
    assert session.role is Role.ENGINEER
    accounts.set_password("li", PASSWORD + "!")
    assert accounts.session_of(ticket, now_s=NOW_S) is None


def test_a_session_ends_after_an_idle_hour_and_after_twelve(door: Door) -> None:
    accounts = door.access.accounts
    door.add("li", Role.PLANNER)
    idle = accounts.open_session("li", now_s=NOW_S)
    assert accounts.session_of(idle, now_s=NOW_S + HOUR_S + 1) is None
    busy = accounts.open_session("li", now_s=NOW_S)
    for hour in range(1, 24):
        alive = accounts.session_of(busy, now_s=NOW_S + hour * 1800.0) is not None
        assert alive == (hour <= 24)
    assert accounts.session_of(busy, now_s=NOW_S + 12.4 * HOUR_S) is None
    accounts.close_session(busy)
    assert accounts.session_of(busy, now_s=NOW_S) is None


def test_a_key_opens_until_its_day_or_until_it_is_revoked(door: Door) -> None:
    accounts = door.access.accounts
    key, text = accounts.add_key("grafana", Role.ENGINEER, now_s=NOW_S, days=2)
    found = accounts.key_of(text, now_s=NOW_S + 86_400)
    assert found is not None
    assert (found.key_id, found.role) == (key.key_id, Role.ENGINEER)
    assert accounts.api_keys()[0].used_s == NOW_S + 86_400
    assert accounts.key_of(text, now_s=NOW_S + 2 * 86_400) is None
    assert accounts.key_of(text[:-1] + ("A" if text[-1] != "A" else "B"), now_s=NOW_S) is None
    for garbage in ("", "ngbw_", text.upper(), text + "\n", "ngbw_" + "a" * 16 + "." + "b" * 43):
        assert accounts.key_of(garbage, now_s=NOW_S) is None
    accounts.revoke_key(key.key_id, now_s=NOW_S)
    assert accounts.key_of(text, now_s=NOW_S) is None
    with pytest.raises(MissingError, match="no open key"):
        accounts.revoke_key(key.key_id, now_s=NOW_S)


@pytest.mark.parametrize(("label", "days"), [("", 1), ("x" * 101, 1), ("a", 0), ("a", 99_999)])
def test_a_key_without_a_holder_or_an_end_is_refused(door: Door, label: str, days: int) -> None:
    with pytest.raises(UsageError):
        door.access.accounts.add_key(label, Role.VIEWER, now_s=NOW_S, days=days)


def test_nothing_that_opens_is_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    accounts = Accounts(store.event_tables, PEPPER)
    accounts.add_person("li", Role.ADMIN, PASSWORD, now_s=NOW_S)
    _, key = accounts.add_key("x", Role.VIEWER, now_s=NOW_S, days=1)
    ticket = accounts.open_session("li", now_s=NOW_S)
    store.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())
    for secret in (PASSWORD, key.partition(".")[2], ticket):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept


def test_a_key_opens_nothing_under_another_pepper(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    _, text = Accounts(store.event_tables, PEPPER).add_key("x", Role.ADMIN, now_s=NOW_S, days=1)
    assert Accounts(store.event_tables, bytes(32)).key_of(text, now_s=NOW_S) is None
    assert Accounts(store.event_tables, PEPPER).key_of(text, now_s=NOW_S) is not None
    store.close()


def test_the_pepper_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    pepper = project_pepper(tmp_path)
    assert project_pepper(tmp_path) == pepper
    assert len(set(pepper)) > 5
    path = tmp_path / ".ngbw" / "pepper"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["pepper"]
    path.write_bytes(b"short")
    with pytest.raises(SurroundingsError, match="5 bytes"):
        project_pepper(tmp_path)


def test_a_bucket_empties_and_fills_again() -> None:
    bucket = Throttle(per_s=2.0, burst=3.0, remembered=2)
    assert [bucket.wait_s("a", 0.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.wait_s("a", 0.0) == 0.5
    assert bucket.wait_s("b", 0.0) == 0
    assert bucket.wait_s("a", 0.5) == 0
    assert bucket.wait_s("a", 0.4) == 0.5  # a clock that goes back gives nothing
    bucket.forget("a")
    assert bucket.wait_s("a", 0.5) == 0
