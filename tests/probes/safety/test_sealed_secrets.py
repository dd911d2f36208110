"""Secrets go in, are used, and are never seen."""

from __future__ import annotations

import json
import logging
import pickle
import traceback

import pytest

from ngbw.probes.safety.sealed_secrets import (
    KEYS,
    KEYS_FILE,
    Secret,
    SecretStore,
    new_key,
    read_secret,
)
from ngbw.topology.errors import (
    FileError,
    InputError,
    MissingError,
    SettingError,
    SurroundingsError,
    UsageError,
)

CANARY = "canary-5f3a-community"


def store(tmp_path, *keys):
    return SecretStore(tmp_path / ".ngbw" / "secrets.json", {KEYS: ",".join(keys)})


def test_what_is_sealed_opens_again_and_is_not_on_the_disk(tmp_path):
    kept = store(tmp_path, new_key())
    kept.put("backbone", CANARY)
    assert kept.open("backbone").reveal() == CANARY
    assert kept.names() == ("backbone",)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes()
            assert file.stat().st_mode & 0o077 == 0


def test_a_secret_shows_itself_to_nobody(tmp_path, caplog):
    secret = Secret(CANARY)
    with caplog.at_level(logging.DEBUG, "ngbw"):
        logging.getLogger("ngbw").warning("using %s %r", secret, secret)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{[secret]}", caplog.text]
    assert not any(CANARY in text for text in shown)
    assert bool(secret)
    assert not Secret("")
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


def test_no_error_holds_the_secret(tmp_path):
    mine = store(tmp_path, new_key())
    mine.put("a", CANARY)
    other = store(tmp_path, new_key())
    for wrong in (
        lambda: other.open("a"),
        lambda: mine.open("b"),
        lambda: mine.put("bad name", CANARY),
        lambda: mine.put("a", CANARY * 1000),
        lambda: read_secret(CANARY, mine, setting="probes.credentials.x.community"),
    ):
        with pytest.raises((InputError, MissingError, UsageError)) as refused:
            wrong()
        chain = traceback.format_exception(refused.value, chain=True)
        assert not any(CANARY in line for line in chain)


def test_an_old_key_opens_until_everything_is_sealed_anew(tmp_path):
    old, new = new_key(), new_key()
    store(tmp_path, old).put("a", "1")
    store(tmp_path, old).put("b", "2")
    both = store(tmp_path, new, old)
    assert both.open("a").reveal() == "1"
    assert both.rotate() == 2
    assert store(tmp_path, new).open("b").reveal() == "2"
    with pytest.raises(InputError, match="sealed under another key"):
        store(tmp_path, old).open("b")


def test_rotation_that_cannot_open_one_changes_none(tmp_path):
    lost, new = new_key(), new_key()
    store(tmp_path, lost).put("a", "1")
    before = (tmp_path / ".ngbw/secrets.json").read_bytes()
    with pytest.raises(InputError, match="'a' does not open"):
        store(tmp_path, new).rotate()
    assert (tmp_path / ".ngbw/secrets.json").read_bytes() == before


def test_a_token_moved_to_another_name_does_not_open(tmp_path):
    kept = store(tmp_path, new_key())
    kept.put("guest", "1")
    kept.put("admin", "2")
    document = json.loads(kept.path.read_text())
    document["secrets"]["admin"] = document["secrets"]["guest"]
    kept.path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="'admin' does not open"):
        kept.open("admin")


def test_without_a_key_the_way_to_one_is_said(tmp_path):
    with pytest.raises(SurroundingsError, match="ngbw secret key"):
        SecretStore(tmp_path / "s.json", {}).put("a", "1")


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "keys"
    file.write_text(new_key() + "\n")
    file.chmod(0o644)
    kept = SecretStore(tmp_path / "s.json", {KEYS_FILE: str(file)})
    with pytest.raises(SurroundingsError, match="chmod 600"):
        kept.put("a", "1")
    file.chmod(0o600)
    kept.put("a", "1")
    assert kept.open("a").reveal() == "1"


def test_a_key_that_is_none_is_said_without_showing_it(tmp_path):
    with pytest.raises(SettingError, match="no Fernet key") as refused:
        store(tmp_path, CANARY).put("a", "1")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"secrets": [1]}', '{"secrets": {"a": 1}}'])
def test_a_damaged_file_is_named_and_kept(tmp_path, content):
    kept = store(tmp_path, new_key())
    kept.path.parent.mkdir()
    kept.path.write_text(content)
    with pytest.raises(FileError, match="no file of secrets"):
        kept.put("a", "1")
    assert kept.path.read_text() == content


def test_references_lead_to_secrets_of_three_kinds(tmp_path):
    kept = SecretStore(tmp_path / "s.json", {KEYS: new_key(), "SNMP_WORD": "from-env"})
    kept.put("a", "sealed")
    (tmp_path / "word").write_text("from file\n")
    found = [
        read_secret(reference, kept, setting="x", directory=tmp_path).reveal()
        for reference in ("secret:a", "env:SNMP_WORD", "file:word")
    ]
    assert found == ["sealed", "from-env", "from file"]
    for reference in ("env:NOT_SET", "file:not-there", "secret:b"):
        with pytest.raises(MissingError):
            read_secret(reference, kept, setting="x", directory=tmp_path)
    with pytest.raises(SettingError, match="does not belong"):
        read_secret("public", kept, setting="x")


def test_a_removed_secret_is_gone(tmp_path):
    kept = store(tmp_path, new_key())
    kept.put("a", "1")
    kept.remove("a")
    assert kept.names() == ()
    with pytest.raises(MissingError, match="nothing was removed"):
        kept.remove("a")
