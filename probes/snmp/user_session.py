"""SNMPv3 with one agent: its engine, its clock, and messages that are signed and sealed.

The user-based security model of RFC 3414 with the hashes of RFC 7860 and AES of RFC 3826. A
session outlives an ask, so that a poll needs no discovery. A report of the agent that its clock is
elsewhere, or that its engine is another, sets the session right; the question is then put again.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ...topology.errors import MissingExtraError
from .agents import UserSecurity
from .ber import REPORT, BrokenBerError, decode_pdu, encode_integer, encode_pdu_of, header, tlv
from .user_keys import AUTH, Keys, check_user, localized_keys
from .user_messages import Parts, Unit, take_unit

__all__ = ["Opened", "Report", "UserSession"]

_SEQUENCE, _OCTETS = 0x30, 0x04
_AUTH_FLAG, _PRIV_FLAG, _REPORTABLE = 1, 2, 4
_VERSION = _MODEL = encode_integer(3)  # SNMPv3, and in it the user-based security model
_SIZE_AND_FLAGS = encode_integer(65_507) + bytes((_OCTETS, 1))
_REPORTS = (1, 3, 6, 1, 6, 3, 15, 1, 1)

REPORTED = {
    1: "no-such-level",
    2: "clock-window",
    3: "unknown-user",
    4: "engine-replaced",
    5: "wrong-key",
    6: "no-privacy",
}
"""Faults by the number of usmStats that a report carries."""


class Report(NamedTuple):
    """A report: the fault it stands for, and whether the question is worth putting again."""

    kind: str
    again: bool


class Opened(NamedTuple):
    """A scoped unit in clear, and the unit in it."""

    octets: bytes
    unit: Unit


@cache
def _ciphers() -> Any:
    try:
        from cryptography.hazmat.primitives import ciphers
    except ImportError:
        raise MissingExtraError("privacy of SNMPv3", "probes") from None
    return ciphers


@cache
def _feedback() -> Any:
    try:
        from cryptography.hazmat.decrepit.ciphers.modes import CFB
    except ImportError:  # before it moved
        from cryptography.hazmat.primitives.ciphers.modes import CFB
    return CFB


@cache
def _triple_des() -> Any:
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    except ImportError:  # before it moved
        from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES
    return TripleDES


class UserSession:
    """What is known of one agent's engine, and its messages.

    Parameters
    ----------
    user
        As whom to ask.
    clock
        Monotonic seconds.
    random
        Where salts begin.

    Attributes
    ----------
    take_unit
        :func:`.user_messages.take_unit` or its fast twin.
    """

    def __init__(
        self,
        user: UserSecurity,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        check_user(user)
        if user.priv_protocol is not None:
            _ciphers()
        self.user = user
        self.engine_id = b""
        self.boots = 0
        self._clock = clock
        self._engine_began_s = 0.0  # on our clock, when the engine's was 0
        self._latest_s = 0
        self._keys = Keys(b"", b"")
        self._salt = int.from_bytes(random(8), "big")
        self._name = user.user.encode()
        self._context = tlv(_OCTETS, user.context.encode())
        self._algorithm: Any = None
        self._blocks: Any = None
        self.take_unit = take_unit
        self.bare_replies = 0  # unsigned or wrongly signed, and ignored

    @property
    def ready(self) -> bool:
        """Whether the agent's engine is known."""
        return bool(self.engine_id)

    @property
    def time_s(self) -> int:
        """Return what the engine's clock shows now, as far as is known."""
        return max(0, int(self._clock() - self._engine_began_s)) if self.engine_id else 0

    def discovery(self, identifier: int) -> bytes:
        """Return the question that makes an agent tell its engine (RFC 3414 section 4)."""
        unit = encode_pdu_of(0xA0, identifier, 0, 0, b"")
        scoped = tlv(_SEQUENCE, tlv(_OCTETS, b"") + tlv(_OCTETS, b"") + unit)
        return self._message(identifier, _REPORTABLE, b"", 0, 0, b"", b"", b"", scoped)

    def seal(self, unit: bytes, identifier: int) -> bytes:
        """Return a unit as a datagram of the user's security level."""
        scoped = tlv(_SEQUENCE, tlv(_OCTETS, self.engine_id) + self._context + unit)
        user = self.user
        if user.auth_protocol is None:
            return self._message(
                identifier, _REPORTABLE, self.engine_id, 0, 0, self._name, b"", b"", scoped
            )
        flags, salt, time_s = _REPORTABLE | _AUTH_FLAG, b"", self.time_s
        if user.priv_protocol is not None:
            flags |= _PRIV_FLAG
            self._salt = (self._salt + 1) % 2**64
            salt = self._salt.to_bytes(8, "big")
            if user.priv_protocol == "des":
                salt = self.boots.to_bytes(4, "big") + salt[4:]
                scoped += bytes(-len(scoped) % 8)
            sealed = self._cipher_for(self.boots, time_s, salt).encryptor()
            scoped = tlv(_OCTETS, sealed.update(scoped))
        protocol = AUTH[user.auth_protocol]
        size = protocol.digest_octets
        whole = self._message(
            identifier, flags, self.engine_id, self.boots, time_s, self._name, bytes(size), salt,
            scoped,
        )  # fmt: skip
        # The signature stands before the salt and what is sealed.
        at = len(whole) - len(scoped) - len(salt) - 2 - size
        digest = hmac.digest(self._keys.auth, whole, protocol.hash)
        return whole[:at] + digest[:size] + whole[at + size :]

    def open(self, octets: bytes, parts: Parts) -> Opened | Report | None:
        """Return the unit of a reply, what a report means, or None for what is to be ignored.

        Raises
        ------
        BrokenBerError
            What it holds is no unit.
        """
        authentic = False
        protocol = AUTH[self.user.auth_protocol] if self.user.auth_protocol else None
        if parts.flags & _AUTH_FLAG and protocol is not None and self.engine_id:
            if parts.engine_id == self.engine_id and parts.user == self._name:
                size = protocol.digest_octets
                at = parts.digest_at
                bare = octets[:at] + bytes(size) + octets[at + size :]
                due = hmac.digest(self._keys.auth, bare, protocol.hash)[:size]
                authentic = hmac.compare_digest(due, parts.digest)
            if not authentic:
                self.bare_replies += 1
                return None
            # The agent signed our random message id, so this is no replay (RFC 3414 section 3.2
            # step 7b asks the clock instead, and locks out agents that forget their boots).
            if (parts.boots, parts.time_s) > (self.boots, self._latest_s):
                self._set_clock(parts)
        scoped = parts.scoped
        if parts.flags & _PRIV_FLAG:
            if not authentic or not self._keys.priv or len(parts.salt) != 8:
                return None
            scoped = self._unsealed(parts)
        unit = self.take_unit(scoped)
        if unit.tag == REPORT:
            return self._reported(parts, scoped, unit)
        if protocol is not None and not authentic:
            self.bare_replies += 1
            return None
        if self.user.priv_protocol is not None and not parts.flags & _PRIV_FLAG:
            self.bare_replies += 1
            return None
        return Opened(scoped, unit)

    def _reported(self, parts: Parts, scoped: bytes, unit: Unit) -> Report | None:
        number = 0
        for name, _ in decode_pdu(scoped, unit.begin, unit.end)[0].varbinds:
            if name[: len(_REPORTS)] == _REPORTS and len(name) > len(_REPORTS):
                number = name[len(_REPORTS)]
        if number == 4 or not self.engine_id:
            if not 5 <= len(parts.engine_id) <= 32:
                return None
            replaced = bool(self.engine_id) and parts.engine_id != self.engine_id
            self._meet(parts)
            return Report("engine-replaced" if replaced else "", again=True)
        if number == 2:
            # Some agents do not sign this report. All it can do is to move the clock.
            self._set_clock(parts)
            return Report("clock-window", again=True)
        return Report(REPORTED.get(number, "report"), again=False)

    def _meet(self, parts: Parts) -> None:
        if parts.engine_id != self.engine_id:
            self.engine_id = parts.engine_id
            self._keys = localized_keys(self.user, self.engine_id)
            self._algorithm = self._blocks = None
        self._set_clock(parts)

    def _set_clock(self, parts: Parts) -> None:
        self.boots, self._latest_s = parts.boots, parts.time_s
        self._engine_began_s = self._clock() - parts.time_s

    def _message(
        self,
        identifier: int,
        flags: int,
        engine_id: bytes,
        boots: int,
        time_s: int,
        user: bytes,
        digest: bytes,
        salt: bytes,
        data: bytes,
    ) -> bytes:
        security = b"".join(
            [
                bytes((_OCTETS, len(engine_id))), engine_id, encode_integer(boots),
                encode_integer(time_s), tlv(_OCTETS, user), bytes((_OCTETS, len(digest))), digest,
                bytes((_OCTETS, len(salt))), salt,
            ]
        )  # fmt: skip
        security = tlv(_SEQUENCE, security)
        head = encode_integer(identifier) + _SIZE_AND_FLAGS + bytes((flags,)) + _MODEL
        body = b"".join(
            [
                _VERSION, bytes((_SEQUENCE, len(head))), head, header(_OCTETS, len(security)),
                security, data,
            ]
        )  # fmt: skip
        return header(_SEQUENCE, len(body)) + body

    def _unsealed(self, parts: Parts) -> bytes:
        """Return a scoped unit in clear."""
        sealed = parts.scoped
        if self.user.priv_protocol == "des":
            if len(sealed) % 8:
                raise BrokenBerError("what DES sealed is no multiple of eight octets")
            opened = self._cipher_for(parts.boots, parts.time_s, parts.salt).decryptor()
            return bytes(opened.update(sealed))
        # Cipher feedback is undone by sealing the vector and every block but the last once more,
        # all at once, and adding that: one call of a cipher that is made once.
        if self._blocks is None:
            ciphers = _ciphers()
            aes = ciphers.algorithms.AES(self._keys.priv)
            self._blocks = ciphers.Cipher(aes, ciphers.modes.ECB()).encryptor()
        size = len(sealed)
        vector = parts.boots.to_bytes(4, "big") + parts.time_s.to_bytes(4, "big") + parts.salt
        before = (vector + sealed)[: (size + 15) // 16 * 16]
        stream = self._blocks.update(before.ljust((size + 15) // 16 * 16, b"\0"))[:size]
        clear = int.from_bytes(stream, "big") ^ int.from_bytes(sealed, "big")
        return clear.to_bytes(size, "big")

    def _cipher_for(self, boots: int, time_s: int, salt: bytes) -> Any:
        """Return the cipher of one message."""
        ciphers = _ciphers()
        key = self._keys.priv
        if self.user.priv_protocol == "des":
            if self._algorithm is None:
                self._algorithm = _triple_des()(key[:8] * 3)
            vector = bytes(a ^ b for a, b in zip(key[8:16], salt, strict=True))
            return ciphers.Cipher(self._algorithm, ciphers.modes.CBC(vector))
        if self._algorithm is None:
            self._algorithm = ciphers.algorithms.AES(key)
        vector = boots.to_bytes(4, "big") + time_s.to_bytes(4, "big") + salt
        return ciphers.Cipher(self._algorithm, _feedback()(vector))

    def __repr__(self) -> str:
        return f"UserSession({self.user.user!r}, engine {self.engine_id.hex()})"
