"""Secrets on the command line: they go in, and nothing gives them back."""

from __future__ import annotations

import io

import pytest

CANARY = "canary-community-71"


@pytest.fixture
def keyed(monkeypatch, ngbw):
    """Give the process a key, as an operator would."""
    made = ngbw("secret", "key")
    monkeypatch.setenv("NGBW_SECRET_KEYS", made.out.strip())


def put(ngbw, monkeypatch, project, name, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))
    return ngbw("secret", "set", project, name)


def test_a_secret_is_set_listed_replaced_and_removed(ngbw, monkeypatch, keyed, project):
    done = put(ngbw, monkeypatch, project, "backbone", CANARY)
    assert (done.code, done.out) == (0, "backbone: kept; refer to it as secret:backbone\n")
    assert "replaced" in put(ngbw, monkeypatch, project, "backbone", CANARY).out
    listed = ngbw("secret", "list", project, "--json")
    assert listed.json == {"secrets": ["backbone"]}
    assert "1 sealed" in ngbw("secret", "rotate", project).out
    assert ngbw("secret", "remove", project, "backbone").code == 0
    assert "no secrets" in ngbw("secret", "list", project).out


def test_nothing_on_the_disk_or_the_screen_holds_it(ngbw, monkeypatch, keyed, project):
    done = put(ngbw, monkeypatch, project, "a", CANARY)
    assert CANARY not in done.out + done.err
    for file in project.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file


def test_without_a_key_the_error_says_how_to_get_one(ngbw, monkeypatch, project):
    monkeypatch.delenv("NGBW_SECRET_KEYS", raising=False)
    monkeypatch.delenv("NGBW_SECRET_KEYS_FILE", raising=False)
    done = put(ngbw, monkeypatch, project, "a", CANARY)
    assert done.code == 6
    assert "ngbw secret key" in done.err


@pytest.mark.parametrize("text", [f"{CANARY}\nsecond line", f"{CANARY}\udcff"])
def test_what_would_be_cut_short_or_never_sent_is_refused(ngbw, monkeypatch, keyed, project, text):
    done = put(ngbw, monkeypatch, project, "a", text)
    assert (done.code, "nothing was changed" in done.err) == (2, True)
    assert CANARY not in done.out + done.err
    assert "no secrets" in ngbw("secret", "list", project).out


@pytest.mark.parametrize(("name", "text"), [("bad name", "x"), ("a", "")])
def test_what_cannot_be_kept_is_refused(ngbw, monkeypatch, keyed, project, name, text):
    done = put(ngbw, monkeypatch, project, name, text)
    assert done.code == 2
    assert repr(name) in done.err
