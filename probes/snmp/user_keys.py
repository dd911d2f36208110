"""Keys of SNMPv3's users: from passwords, for each engine (RFC 3414 A.2, RFC 7860, RFC 3826).

Making a key from a password hashes a megabyte, which costs more than polling a device; it is done
once for each password and kept. Keys of AES-192 and AES-256 are lengthened by Blumenthal's draft
(``aes192``, ``aes256``) or, as Cisco and others do, by Reeder's (``aes192c``, ``aes256c``).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from ...topology.errors import UsageError
from .agents import UserSecurity

__all__ = [
    "AUTH",
    "PRIV",
    "SHORTEST_PASSWORD",
    "Keys",
    "check_user",
    "localized_keys",
    "master_key",
]


class _Auth(NamedTuple):
    hash: str
    digest_octets: int  # of the hash that a message carries


AUTH = {
    "md5": _Auth("md5", 12),
    "sha1": _Auth("sha1", 12),
    "sha224": _Auth("sha224", 16),
    "sha256": _Auth("sha256", 24),
    "sha384": _Auth("sha384", 32),
    "sha512": _Auth("sha512", 48),
}
"""Authentication protocols."""

PRIV = {"des": 16, "aes128": 16, "aes192": 24, "aes256": 32, "aes192c": 24, "aes256c": 32}
"""Privacy protocols, with the octets of their keys (DES: eight of them are for the vector)."""

SHORTEST_PASSWORD = 8
"""Characters that a password has at least (RFC 3414, 11.2)."""

_MEGABYTE = 1 << 20


class Keys(NamedTuple):
    """Keys of a user at one engine; never shown."""

    auth: bytes
    priv: bytes

    def __repr__(self) -> str:
        return "Keys(...)"


def check_user(user: UserSecurity) -> None:
    """Refuse a user that cannot be.

    Raises
    ------
    UsageError
        A protocol is unknown, a password is missing or too short, or there is privacy without
        authentication.
    """
    name = f"SNMPv3 user {user.user!r}"
    if user.auth_protocol is not None and user.auth_protocol not in AUTH:
        raise UsageError(
            f"{name}: auth_protocol is {user.auth_protocol!r}; it is one of {', '.join(AUTH)}"
        )
    if user.priv_protocol is not None and user.priv_protocol not in PRIV:
        raise UsageError(
            f"{name}: priv_protocol is {user.priv_protocol!r}; it is one of {', '.join(PRIV)}"
        )
    if user.priv_protocol is not None and user.auth_protocol is None:
        raise UsageError(f"{name} has privacy without authentication; give auth_protocol as well")
    for what, protocol, password in (
        ("auth_password", user.auth_protocol, user.auth_password),
        ("priv_password", user.priv_protocol, user.priv_password),
    ):
        if protocol is not None and len(password) < SHORTEST_PASSWORD:
            raise UsageError(
                f"{name}: {what} is shorter than {SHORTEST_PASSWORD} characters (RFC 3414 11.2)"
            )


@lru_cache(maxsize=1024)
def master_key(hash_name: str, password: bytes) -> bytes:
    """Return the key that a password stands for at every engine (RFC 3414 A.2)."""
    whole = password * (_MEGABYTE // len(password) + 1)
    return hashlib.new(hash_name, whole[:_MEGABYTE], usedforsecurity=False).digest()


def _localized(hash_name: str, key: bytes, engine_id: bytes) -> bytes:
    return hashlib.new(hash_name, key + engine_id + key, usedforsecurity=False).digest()


def localized_keys(user: UserSecurity, engine_id: bytes) -> Keys:
    """Return a user's keys at an engine."""
    if user.auth_protocol is None:
        return Keys(b"", b"")
    name = AUTH[user.auth_protocol].hash
    auth = _localized(name, master_key(name, user.auth_password.encode()), engine_id)
    if user.priv_protocol is None:
        return Keys(auth, b"")
    priv = _localized(name, master_key(name, user.priv_password.encode()), engine_id)
    size = PRIV[user.priv_protocol]
    while len(priv) < size:
        if user.priv_protocol.endswith("c"):
            last = priv[-hashlib.new(name, usedforsecurity=False).digest_size :]
            priv += _localized(name, master_key(name, last), engine_id)
        else:
            priv += hashlib.new(name, priv, usedforsecurity=False).digest()
    return Keys(auth, priv[:size])
