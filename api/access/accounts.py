"""People, keys and open sessions, in the tables of a project's store.

What opens a door is never kept: of a password there is an Argon2id hash, of a key a hash under a
pepper that lies beside the store, of a session's ticket a plain hash, as it has 256 random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ...probes.store.database import Database, Writer
from ...topology.errors import MissingError, SurroundingsError, UsageError
from . import passwords
from .roles import Role

__all__ = ["LOCAL", "Accounts", "ApiKey", "Person", "Session", "project_pepper"]

# Types that SQLite and PostgreSQL both take.
_TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS ngbw_person (name TEXT PRIMARY KEY, role TEXT NOT NULL, "
        "password TEXT NOT NULL, made_s DOUBLE PRECISION NOT NULL, disabled BIGINT NOT NULL)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS ngbw_key (id TEXT PRIMARY KEY, label TEXT NOT NULL, "
        "role TEXT NOT NULL, digest TEXT NOT NULL, made_s DOUBLE PRECISION NOT NULL, "
        "expires_s DOUBLE PRECISION NOT NULL, used_s DOUBLE PRECISION, revoked_s DOUBLE PRECISION)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS ngbw_session (digest TEXT PRIMARY KEY, name TEXT NOT NULL, "
        "role TEXT, form_token TEXT NOT NULL, made_s DOUBLE PRECISION NOT NULL, "
        "seen_s DOUBLE PRECISION NOT NULL)"
    ),
)

LOCAL = "local"
"""Name of the sessions that were opened from the server's own terminal."""

_NAME = re.compile(r"[\w.@-]{1,60}")
_KEY = re.compile(r"ngbw_([a-z2-7]{16})\.([A-Za-z0-9_-]{43})")
_IDLE_S = 3600.0
_LONGEST_S = 12 * 3600.0
_NOTED_S = 60.0  # "last used" is written no more often than this
_MOST_KEY_DAYS = 3660
_TURN = "ngbw access"


def project_pepper(project: Path) -> bytes:
    """Return the pepper of a project's keys; it is made at the first use.

    It lies in a file of its own, readable by its owner alone, so that a copy of the store, such as
    a backup, is not enough to try keys against.
    """
    path = project / ".ngbw" / "pepper"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            made = path.with_name(f"pepper.{os.getpid()}.{secrets.token_hex(4)}")
            made.touch(0o600, exist_ok=False)
            made.write_bytes(secrets.token_bytes(32))
            try:
                os.link(made, path)  # the first of several processes wins, and none replaces it
            except FileExistsError:
                pass
            finally:
                made.unlink()
        pepper = path.read_bytes()
    except OSError as error:
        raise SurroundingsError(
            f"the pepper of keys {path} cannot be kept: {error.strerror}; check the disk and your "
            "rights"
        ) from None
    if len(pepper) != 32:
        raise SurroundingsError(
            f"{path} holds {len(pepper)} bytes in place of 32; remove it and make new keys"
        )
    return pepper


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    name: str
    role: Role
    made_s: float
    disabled: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a program. ``used_s`` is exact to a minute."""

    key_id: str
    label: str
    role: Role
    made_s: float
    expires_s: float
    used_s: float | None = None
    revoked_s: float | None = None

    def holds(self, now_s: float) -> bool:
        """Return whether the key opens anything at a moment."""
        return self.revoked_s is None and now_s < self.expires_s


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has signed in. ``form_token`` proves that a form is one of ours."""

    name: str
    role: Role
    form_token: str


def _clean_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name).casefold()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r} is no name to sign in with; use up to 60 letters, digits and . _ @ -"
        )
    if name == LOCAL:
        raise UsageError(f"{LOCAL!r} stands for the server's own terminal; take another name")
    return name


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()


class Accounts:
    """People, keys and sessions.

    Parameters
    ----------
    database
        Where the tables lie; they are made when they are not there.
    pepper
        Secret under which keys are hashed (:func:`project_pepper`).
    """

    def __init__(self, database: Database, pepper: bytes) -> None:
        self._database = database
        self._pepper = pepper
        with database.writing(_TURN) as writer:
            for table in _TABLES:
                writer.run(table)

    def exist(self) -> bool:
        """Return whether anybody may sign in or holds a key that was not revoked."""
        return bool(
            self._database.read("SELECT 1 FROM ngbw_person LIMIT 1")
            or self._database.read("SELECT 1 FROM ngbw_key WHERE revoked_s IS NULL LIMIT 1")
        )

    # People

    def people(self) -> tuple[Person, ...]:
        """Return everybody, by name."""
        rows = self._database.read(
            "SELECT name, role, made_s, disabled FROM ngbw_person ORDER BY name"
        )
        return tuple(Person(str(n), Role(r), float(m), bool(d)) for n, r, m, d in rows)

    def add_person(self, name: str, role: Role, password: str, *, now_s: float) -> Person:
        """Let somebody sign in.

        Raises
        ------
        UsageError
            The name is taken or cannot be one, or the password is too weak.
        """
        name = _clean_name(name)
        stored = passwords.sealed(password, name=name)
        with self._database.writing(_TURN) as writer:
            if writer.run("SELECT 1 FROM ngbw_person WHERE name = ?", (name,)):
                raise UsageError(f"{name!r} is there already; change the password or the role")
            writer.run(
                "INSERT INTO ngbw_person (name, role, password, made_s, disabled) "
                "VALUES (?, ?, ?, ?, 0)",
                (name, role.value, stored, now_s),
            )
        return Person(name, role, now_s, disabled=False)

    def set_password(self, name: str, password: str) -> None:
        """Give somebody another password; whoever is signed in by the name is signed out."""
        name = _clean_name(name)
        stored = passwords.sealed(password, name=name)
        with self._database.writing(_TURN) as writer:
            _person(writer, name)
            writer.run("UPDATE ngbw_person SET password = ? WHERE name = ?", (stored, name))
            writer.run("DELETE FROM ngbw_session WHERE name = ?", (name,))

    def set_role(self, name: str, role: Role) -> None:
        """Give somebody another role, from the next request on."""
        name = _clean_name(name)
        with self._database.writing(_TURN) as writer:
            person = _person(writer, name)
            if role is not Role.ADMIN:
                _keep_an_admin(writer, person)
            writer.run("UPDATE ngbw_person SET role = ? WHERE name = ?", (role.value, name))

    def disable(self, name: str, *, disabled: bool = True) -> None:
        """Keep somebody out, at once, without forgetting who it was; or let them in again."""
        name = _clean_name(name)
        with self._database.writing(_TURN) as writer:
            person = _person(writer, name)
            if disabled:
                _keep_an_admin(writer, person)
                writer.run("DELETE FROM ngbw_session WHERE name = ?", (name,))
            writer.run("UPDATE ngbw_person SET disabled = ? WHERE name = ?", (int(disabled), name))

    def remove(self, name: str) -> None:
        """Forget somebody; the log of what was done keeps the name."""
        name = _clean_name(name)
        with self._database.writing(_TURN) as writer:
            _keep_an_admin(writer, _person(writer, name))
            writer.run("DELETE FROM ngbw_session WHERE name = ?", (name,))
            writer.run("DELETE FROM ngbw_person WHERE name = ?", (name,))

    def signed_by(self, name: str, password: str) -> Person | None:
        """Return whose name and password these are; None takes as long."""
        try:
            name = _clean_name(name)
        except UsageError:
            name = ""
        rows = self._database.read(
            "SELECT name, role, made_s, disabled, password FROM ngbw_person WHERE name = ?",
            (name,),
        )
        known = rows[0] if rows and not rows[0][3] else None
        if not passwords.matches(None if known is None else str(known[4]), password):
            return None
        assert known is not None  # noqa: S101 - nothing matches nobody
        return Person(str(known[0]), Role(known[1]), float(known[2]), disabled=False)

    # Keys

    def api_keys(self) -> tuple[ApiKey, ...]:
        """Return every key, the newest first."""
        rows = self._database.read(
            "SELECT id, label, role, made_s, expires_s, used_s, revoked_s FROM ngbw_key "
            "ORDER BY made_s DESC, id"
        )
        return tuple(ApiKey(str(i), str(n), Role(r), *times) for i, n, r, *times in rows)

    def add_key(self, label: str, role: Role, *, now_s: float, days: int) -> tuple[ApiKey, str]:
        """Make a key for a program and return it with its text, which is shown this once.

        Raises
        ------
        UsageError
            The label is empty or long, or the key would hold for ever.
        """
        label = " ".join(label.split())
        if not 1 <= len(label) <= 100 or not label.isprintable():
            raise UsageError("a key needs a label of 1 to 100 characters: which program holds it")
        if not 1 <= days <= _MOST_KEY_DAYS:
            raise UsageError(f"a key holds for 1 to {_MOST_KEY_DAYS} days, not {days}")
        letters = "abcdefghijklmnopqrstuvwxyz234567"
        key_id = "".join(secrets.choice(letters) for _ in range(16))
        secret = secrets.token_urlsafe(32)
        key = ApiKey(key_id, label, role, now_s, now_s + days * 86_400.0)
        with self._database.writing(_TURN) as writer:
            writer.run(
                "INSERT INTO ngbw_key (id, label, role, digest, made_s, expires_s) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (key_id, label, role.value, self._sealed(secret), now_s, key.expires_s),
            )
        return key, f"ngbw_{key_id}.{secret}"

    def revoke_key(self, key_id: str, *, now_s: float) -> None:
        """Close a key at once.

        Raises
        ------
        MissingError
            No key of that name is open.
        """
        with self._database.writing(_TURN) as writer:
            if not writer.run(
                "SELECT 1 FROM ngbw_key WHERE id = ? AND revoked_s IS NULL", (key_id,)
            ):
                raise MissingError(f"no open key is called {key_id[:40]!r}; list them first")
            writer.run("UPDATE ngbw_key SET revoked_s = ? WHERE id = ?", (now_s, key_id))

    def key_of(self, text: str, *, now_s: float) -> ApiKey | None:
        """Return the key that a text is; None for anything else."""
        parts = _KEY.fullmatch(text)
        if parts is None:
            return None
        rows = self._database.read(
            "SELECT id, label, role, made_s, expires_s, used_s, revoked_s, digest FROM ngbw_key "
            "WHERE id = ?",
            (parts[1],),
        )
        # An unknown id is compared too, so that time says nothing about ids.
        stored = str(rows[0][7]) if rows else ""
        if not hmac.compare_digest(self._sealed(parts[2]), stored) or not rows:
            return None
        key = ApiKey(str(rows[0][0]), str(rows[0][1]), Role(rows[0][2]), *rows[0][3:7])
        if not key.holds(now_s):
            return None
        if key.used_s is None or now_s - key.used_s >= _NOTED_S:
            with self._database.writing(_TURN) as writer:
                writer.run("UPDATE ngbw_key SET used_s = ? WHERE id = ?", (now_s, key.key_id))
        return key

    def _sealed(self, secret: str) -> str:
        return hmac.new(self._pepper, secret.encode(), hashlib.sha256).hexdigest()

    # Sessions

    def open_session(self, name: str, *, now_s: float, role: Role | None = None) -> str:
        """Open a session and return its ticket, which the browser keeps.

        Parameters
        ----------
        role
            Of somebody who is no person of the tables; theirs is looked up at each request.
        """
        ticket = secrets.token_urlsafe(32)
        with self._database.writing(_TURN) as writer:
            writer.run(
                "DELETE FROM ngbw_session WHERE seen_s < ? OR made_s < ?",
                (now_s - _IDLE_S, now_s - _LONGEST_S),
            )
            writer.run(
                "INSERT INTO ngbw_session (digest, name, role, form_token, made_s, seen_s) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    _digest(ticket), name, None if role is None else role.value,
                    secrets.token_urlsafe(32), now_s, now_s,
                ),
            )  # fmt: skip
        return ticket

    def session_of(self, ticket: str, *, now_s: float) -> Session | None:
        """Return the open session of a ticket: seen within the hour, opened within twelve."""
        rows = self._database.read(
            "SELECT s.name, coalesce(s.role, p.role), s.form_token, s.made_s, s.seen_s "
            "FROM ngbw_session s LEFT JOIN ngbw_person p ON p.name = s.name AND p.disabled = 0 "
            "WHERE s.digest = ?",
            (_digest(ticket),),
        )
        if not rows or rows[0][1] is None:
            return None
        name, role, form_token, made_s, seen_s = rows[0]
        if now_s - seen_s > _IDLE_S or now_s - made_s > _LONGEST_S:
            return None
        if now_s - seen_s >= _NOTED_S:
            with self._database.writing(_TURN) as writer:
                writer.run(
                    "UPDATE ngbw_session SET seen_s = ? WHERE digest = ?", (now_s, _digest(ticket))
                )
        return Session(str(name), Role(role), str(form_token))

    def close_session(self, ticket: str) -> None:
        """Close a session; one that is closed already stays so."""
        with self._database.writing(_TURN) as writer:
            writer.run("DELETE FROM ngbw_session WHERE digest = ?", (_digest(ticket),))


def _person(writer: Writer, name: str) -> Person:
    rows = writer.run(
        "SELECT name, role, made_s, disabled FROM ngbw_person WHERE name = ?", (name,)
    )
    if not rows:
        raise MissingError(f"nobody is called {name!r}; list the people first")
    return Person(str(rows[0][0]), Role(rows[0][1]), float(rows[0][2]), bool(rows[0][3]))


def _keep_an_admin(writer: Writer, person: Person) -> None:
    """Refuse to take away the last admin while there are others who need one."""
    if person.role is not Role.ADMIN or person.disabled:
        return
    others = writer.run("SELECT role, disabled FROM ngbw_person WHERE name <> ?", (person.name,))
    if others and not any(role == Role.ADMIN.value and not off for role, off in others):
        raise UsageError(f"{person.name!r} is the last admin; make somebody else admin first")
