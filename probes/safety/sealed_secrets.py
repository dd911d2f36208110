"""Communities, passwords and tokens: sealed on the disk, and shown to nobody.

A project keeps them in ``.ngbw/secrets.json``, each sealed by Fernet (AES-128-CBC with
HMAC-SHA-256) under a key that lies elsewhere: in ``NGBW_SECRET_KEYS`` or in the file that
``NGBW_SECRET_KEYS_FILE`` names. Several keys are separated by commas or lines; the first seals,
all open, so that a key can be changed without losing anything (:meth:`SecretStore.rotate`). The
name is sealed with the value: a token moved to another name does not open.

Secrets go in and are used; there is no way to read one back.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...topology.errors import (
    FileError,
    InputError,
    MissingError,
    MissingExtraError,
    SettingError,
    SurroundingsError,
    UsageError,
)

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

__all__ = ["KEYS", "KEYS_FILE", "Secret", "SecretStore", "new_key", "read_secret"]

KEYS = "NGBW_SECRET_KEYS"
KEYS_FILE = "NGBW_SECRET_KEYS_FILE"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST = 4096
_LARGEST_FILE = 1_000_000


class Secret:
    """A text that shows itself to nobody who does not ask for it by name.

    ``repr``, ``str``, formatting, pickling and comparison give nothing away; :meth:`reveal` is the
    one way to the text, and is called where the text goes to the wire.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text; call it only where it is sent."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is not written anywhere")

    def __bool__(self) -> bool:
        return bool(self._text)


def new_key() -> str:
    """Return a fresh key, for ``NGBW_SECRET_KEYS``."""
    key: bytes = _fernet_module().Fernet.generate_key()
    return key.decode("ascii")


def _fernet_module() -> Any:
    try:
        from cryptography import fernet
    except ImportError:
        raise MissingExtraError("sealing secrets", "probes") from None
    return fernet


def _keys(environment: Mapping[str, str]) -> list[str]:
    """Return the keys that the surroundings give, newest first."""
    text, where = environment.get(KEYS, ""), KEYS
    named = environment.get(KEYS_FILE, "")
    if not text and named:
        path, where = Path(named), named
        try:
            status = path.stat()
            if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
                raise SurroundingsError(
                    f"the key file {path} can be read by others; make it yours alone: "
                    f"chmod 600 {path}"
                )
            if not stat.S_ISREG(status.st_mode) or status.st_size > 10_000:
                raise FileError(f"the key file {path} is no small plain file; name one with keys")
            text = path.read_text("ascii")
        except UnicodeDecodeError:
            raise FileError(f"the key file {path} holds something else than keys") from None
        except FileNotFoundError:
            raise MissingError(f"the key file {path} does not exist; check {KEYS_FILE}") from None
        except OSError as error:
            if isinstance(error, SurroundingsError):
                raise
            raise SurroundingsError(f"the key file {path} cannot be read: {error}") from None
    keys = [key for key in re.split(r"[\s,]+", text) if key]
    if not keys:
        raise SurroundingsError(
            f"secrets need a key: make one with ngbw secret key, keep it outside the project, and "
            f"name it in {KEYS_FILE} (or give it in {KEYS})"
            + (f"; {where} holds none" if text or named else "")
        )
    return keys


def _lock(environment: Mapping[str, str]) -> MultiFernet:
    fernet = _fernet_module()
    try:
        lock: MultiFernet = fernet.MultiFernet([fernet.Fernet(key) for key in _keys(environment)])
    except (ValueError, TypeError):
        raise SettingError(
            f"a key in {KEYS} or {KEYS_FILE} is no Fernet key (32 bytes in base64); make one with "
            "ngbw secret key"
        ) from None
    return lock


@dataclass(frozen=True, slots=True)
class SecretStore:
    """The sealed secrets of a project.

    Attributes
    ----------
    path
        The file; it need not exist yet.
    environment
        Where the keys are looked for.
    """

    path: Path
    environment: Mapping[str, str]

    @staticmethod
    def of_project(directory: Path) -> SecretStore:
        """Return the store of a project's directory."""
        return SecretStore(directory / ".ngbw" / "secrets.json", os.environ)

    def names(self) -> tuple[str, ...]:
        """Return the names of what is kept, sorted; no key is needed."""
        return tuple(sorted(self._read()))

    def put(self, name: str, text: str) -> None:
        """Seal a secret under a name, in place of what was there.

        Raises
        ------
        UsageError
            The name or the text cannot be kept.
        SurroundingsError
            There is no key.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot name a secret; use 1-64 letters, digits, dots, dashes"
            )
        if not text or len(text) > _LONGEST or "\0" in text:
            raise UsageError(f"the secret {name!r} must hold 1-{_LONGEST} characters")
        sealed = self._seal(_lock(self.environment), name, text)
        self._write(self._read() | {name: sealed})

    def open(self, name: str) -> Secret:
        """Return a secret for use.

        Raises
        ------
        MissingError
            There is none of that name.
        InputError
            It does not open: sealed under another key, or changed.
        """
        tokens = self._read()
        if name not in tokens:
            known = ", ".join(sorted(tokens)) or "none"
            raise MissingError(
                f"there is no secret {name!r} (known: {known}); set it: ngbw secret set PROJECT "
                f"{name}"
            )
        return Secret(self._unseal(_lock(self.environment), name, tokens[name]))

    def remove(self, name: str) -> None:
        """Forget a secret.

        Raises
        ------
        MissingError
            There is none of that name.
        """
        tokens = self._read()
        if name not in tokens:
            raise MissingError(f"there is no secret {name!r}; nothing was removed")
        del tokens[name]
        self._write(tokens)

    def rotate(self) -> int:
        """Seal everything anew under the first key, and return how many there are.

        Nothing is written unless all of them open.
        """
        lock = _lock(self.environment)
        tokens = self._read()
        fresh = {
            name: self._seal(lock, name, self._unseal(lock, name, token))
            for name, token in tokens.items()
        }
        self._write(fresh)
        return len(fresh)

    @staticmethod
    def _seal(lock: MultiFernet, name: str, text: str) -> str:
        return lock.encrypt(json.dumps([name, text]).encode()).decode("ascii")

    def _unseal(self, lock: MultiFernet, name: str, token: str) -> str:
        invalid: type[Exception] = _fernet_module().InvalidToken
        try:
            sealed_name, text = json.loads(lock.decrypt(token.encode()))
        except (invalid, ValueError, TypeError):
            sealed_name, text = None, ""
        if sealed_name != name or not isinstance(text, str):
            raise InputError(
                f"the secret {name!r} does not open: it was sealed under another key, or was "
                f"changed; give the old key in {KEYS}, or set it anew: ngbw secret set PROJECT {name}"
            )
        return text

    def _read(self) -> dict[str, str]:
        try:
            if self.path.stat().st_size > _LARGEST_FILE:
                raise FileError(f"{self.path} is too large for a file of secrets; was it replaced?")
            document = json.loads(self.path.read_text("utf-8"))
            tokens = document["secrets"]
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError):
            tokens = None
        if not isinstance(tokens, dict) or not all(isinstance(t, str) for t in tokens.values()):
            raise FileError(
                f"{self.path} is no file of secrets; restore it, or move it away and set the "
                "secrets anew"
            )
        return {str(name): token for name, token in tokens.items()}

    def _write(self, tokens: Mapping[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=self.path.parent, prefix=".secrets-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:  # mkstemp: ours alone
                json.dump({"format": 1, "secrets": dict(sorted(tokens.items()))}, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(self.path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise


def read_secret(
    reference: str, store: SecretStore, *, setting: str, directory: Path | None = None
) -> Secret:
    """Return the secret that a setting refers to: ``secret:NAME``, ``env:NAME`` or ``file:NAME``.

    Parameters
    ----------
    reference
        As written in ``ngbw.toml``; a secret itself is refused, since that file is shared.
    setting
        Name of the setting, for messages; the reference is not shown in them.
    directory
        Where ``file:`` names are looked for when they are relative.

    Raises
    ------
    SettingError
        It is no reference.
    MissingError
        What it names is not there.
    """
    kind, colon, name = reference.partition(":")
    if not colon or kind not in ("secret", "env", "file") or not name:
        raise SettingError(
            f"{setting} must refer to a secret, as secret:NAME (ngbw secret set), env:NAME or "
            "file:NAME; a secret itself does not belong into a file that is shared"
        )
    if kind == "secret":
        return store.open(name)
    if kind == "env":
        text = store.environment.get(name, "")
        if not text:
            raise MissingError(f"{setting} refers to the environment's {name}, which is not set")
        return Secret(text)
    path = (directory or Path()) / name
    try:
        if path.stat().st_size > _LONGEST:
            raise FileError(f"{setting} refers to {path}, which is too long for a secret")
        text = path.read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError):
        raise MissingError(f"{setting} refers to {path}, which cannot be read as text") from None
    if not text:
        raise MissingError(f"{setting} refers to {path}, which is empty")
    return Secret(text)
