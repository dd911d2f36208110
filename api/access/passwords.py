"""Passwords: what one must be, and the Argon2id hash by which it is known again."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from ...topology.errors import MissingExtraError, UsageError

__all__ = ["LEAST_LENGTH", "matches", "sealed"]

LEAST_LENGTH = 12
_MOST_LENGTH = 256
_LEAST_DIFFERENT = 5


@cache
def _hasher() -> Any:
    try:
        import argon2
    except ImportError:
        raise MissingExtraError("signing people in", "web") from None
    # RFC 9106, section 4, second choice: 64 MiB, three passes.
    return argon2.PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


@cache
def _nobody() -> str:
    """Return a hash that no password has, so that an unknown name takes as long as a known one."""
    return str(_hasher().hash("\0" * LEAST_LENGTH))


def _plain(password: str) -> str:
    """Return the password as every keyboard gives it (NFKC, as RFC 8265 prepares passwords)."""
    return unicodedata.normalize("NFKC", password)


def sealed(password: str, *, name: str) -> str:
    """Return the hash of a new password.

    Raises
    ------
    UsageError
        It is too short, too long, or as good as the name.
    """
    password = _plain(password)
    if not LEAST_LENGTH <= len(password) <= _MOST_LENGTH:
        raise UsageError(
            f"the password has {len(password)} characters; take {LEAST_LENGTH} to {_MOST_LENGTH}: "
            "a few words one after the other are easy to keep"
        )
    if name.casefold() in password.casefold() or len(set(password)) < _LEAST_DIFFERENT:
        raise UsageError(
            "the password is easy to guess (it holds the name, or few different characters); "
            "take another"
        )
    return str(_hasher().hash(password))


def matches(stored: str | None, password: str) -> bool:
    """Return whether a password is the one that was stored; None takes as long and is False."""
    import argon2

    try:
        found = _hasher().verify(stored or _nobody(), _plain(password[:_MOST_LENGTH]))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return bool(found) and stored is not None
