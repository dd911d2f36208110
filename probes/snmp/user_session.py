"""SNMPv3 with one agent: its engine, its clock, and messages that are signed and sealed.

The user-based security model of RFC 3414 with the hashes of RFC 7860 and AES of RFC 3826. A
session outlives an ask, so that a poll needs no discovery. A report of the agent that its clock is
elsewhere, or that its engine is another, sets the session right; the question is then put again.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from ...topology.errors import MissingExtraError
from .agents import UserSecurity
from .ber import REPORT, BrokenBerError, decode_pdu, encode_integer, encode_pdu_of, read_header, tlv
from .user_keys import AUTH, Keys, check_user, localized_keys

__all__ = ["Opened", "Report", "UserSession", "message_id"]

_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_AUTH_FLAG, _PRIV_FLAG, _REPORTABLE = 1, 2, 4
_USM = 3
_LONGEST = 65_507
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
    """A unit out of a message."""

    octets: bytes
    begin: int
    end: int


class _Parts(NamedTuple):
    """A message taken apart; ``digest_at`` is where in it the signature lies."""

    message_id: int
    flags: int
    engine_id: bytes
    boots: int
    time_s: int
    user: bytes
    digest: bytes
    digest_at: int
    salt: bytes
    data_tag: int
    data: bytes


def _integer(octets: bytes, at: int, end: int) -> tuple[int, int]:
    tag, begin, stop = read_header(octets, at, end)
    if tag != _INTEGER or not 1 <= stop - begin <= 5:
        raise BrokenBerError("a number of the message is not an INTEGER")
    return int.from_bytes(octets[begin:stop], "big", signed=True), stop


def _octets(octets: bytes, at: int, end: int) -> tuple[int, int]:
    tag, begin, stop = read_header(octets, at, end)
    if tag != _OCTETS:
        raise BrokenBerError("a part of the message is not an OCTET STRING")
    return begin, stop


def message_id(octets: bytes) -> int | None:
    """Return the id of a v3 message; None when it is none."""
    try:
        tag, at, end = read_header(octets, 0, len(octets))
        version, at = _integer(octets, at, end)
        if tag != _SEQUENCE or version != 3:
            return None
        _, at, end = read_header(octets, at, end)
        return _integer(octets, at, end)[0]
    except BrokenBerError:
        return None


def _take_apart(octets: bytes) -> _Parts:
    tag, at, end = read_header(octets, 0, len(octets))
    version, at = _integer(octets, at, end)
    if tag != _SEQUENCE or version != 3:
        raise BrokenBerError("no message of SNMPv3")
    _, inner, at = read_header(octets, at, end)
    identifier, inner = _integer(octets, inner, at)
    _, inner = _integer(octets, inner, at)
    begin, inner = _octets(octets, inner, at)
    model, _ = _integer(octets, inner, at)
    if model != _USM or inner - begin != 1:
        raise BrokenBerError("no message of the user-based security model")
    flags = octets[begin]
    begin, at = _octets(octets, at, end)
    tag, begin, stop = read_header(octets, begin, at)
    first, last = _octets(octets, begin, stop)
    engine_id = octets[first:last]
    boots, begin = _integer(octets, last, stop)
    time_s, begin = _integer(octets, begin, stop)
    if not (0 <= boots < 2**31 and 0 <= time_s < 2**31):
        raise BrokenBerError("the engine's clock is out of range")
    first, last = _octets(octets, begin, stop)
    user = octets[first:last]
    digest_at, last = _octets(octets, last, stop)
    digest = octets[digest_at:last]
    first, last = _octets(octets, last, stop)
    salt = octets[first:last]
    tag, begin, stop = read_header(octets, at, end)
    data = octets[begin:stop] if tag == _OCTETS else octets[at:stop]
    return _Parts(
        identifier, flags, engine_id, boots, time_s, user, digest, digest_at, salt, tag, data
    )


def _ciphers() -> Any:
    try:
        from cryptography.hazmat.primitives import ciphers
    except ImportError:
        raise MissingExtraError("privacy of SNMPv3", "probes") from None
    return ciphers


def _feedback(vector: bytes) -> Any:
    try:
        from cryptography.hazmat.decrepit.ciphers.modes import CFB
    except ImportError:  # before it moved
        from cryptography.hazmat.primitives.ciphers.modes import CFB
    return CFB(vector)


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
        self._cipher: Any = None
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
        flags, salt, time_s = _REPORTABLE, b"", self.time_s
        user = self.user
        if user.auth_protocol is None:
            return self._message(
                identifier, flags, self.engine_id, 0, 0, self._name, b"", b"", scoped
            )
        flags |= _AUTH_FLAG
        if user.priv_protocol is not None:
            flags |= _PRIV_FLAG
            self._salt = (self._salt + 1) % 2**64
            salt = self._salt.to_bytes(8, "big")
            if user.priv_protocol == "des":
                salt = self.boots.to_bytes(4, "big") + salt[4:]
                scoped += bytes(-len(scoped) % 8)
            sealed = self._encryptor(self.boots, time_s, salt).encryptor()
            scoped = tlv(_OCTETS, sealed.update(scoped) + sealed.finalize())
        protocol = AUTH[user.auth_protocol]
        blank = bytes(protocol.digest_octets)
        whole = self._message(
            identifier, flags, self.engine_id, self.boots, time_s, self._name, blank, salt, scoped
        )
        # The signature stands before the salt and what is sealed.
        at = len(whole) - len(scoped) - len(salt) - 2 - protocol.digest_octets
        digest = hmac.digest(self._keys.auth, whole, protocol.hash)[: protocol.digest_octets]
        return whole[:at] + digest + whole[at + protocol.digest_octets :]

    def open(self, octets: bytes) -> Opened | Report | None:
        """Return the unit of a reply, what a report means, or None for what is to be ignored.

        Raises
        ------
        BrokenBerError
            It is no message of SNMPv3.
        """
        parts = _take_apart(octets)
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
        scoped = parts.data
        if parts.flags & _PRIV_FLAG:
            if not authentic or not self._keys.priv or len(parts.salt) != 8:
                return None
            opened = self._encryptor(parts.boots, parts.time_s, parts.salt).decryptor()
            if self.user.priv_protocol == "des" and len(scoped) % 8:
                raise BrokenBerError("what DES sealed is no multiple of eight octets")
            scoped = opened.update(scoped) + opened.finalize()
        tag, at, end = read_header(scoped, 0, len(scoped))
        if tag != _SEQUENCE:
            raise BrokenBerError("a message has no scoped unit")
        _, at = _octets(scoped, at, end)
        _, at = _octets(scoped, at, end)
        if at < end and scoped[at] == REPORT:
            return self._reported(parts, scoped, at, end)
        if protocol is not None and not authentic:
            self.bare_replies += 1
            return None
        if self.user.priv_protocol is not None and not parts.flags & _PRIV_FLAG:
            self.bare_replies += 1
            return None
        return Opened(scoped, at, end)

    def _reported(self, parts: _Parts, scoped: bytes, at: int, end: int) -> Report | None:
        unit, _ = decode_pdu(scoped, at, end)
        number = 0
        for name, _value in unit.varbinds:
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

    def _meet(self, parts: _Parts) -> None:
        if parts.engine_id != self.engine_id:
            self.engine_id = parts.engine_id
            self._keys = localized_keys(self.user, self.engine_id)
            self._cipher = None
        self._set_clock(parts)

    def _set_clock(self, parts: _Parts) -> None:
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
        head = tlv(
            _SEQUENCE,
            encode_integer(identifier)
            + encode_integer(_LONGEST)
            + tlv(_OCTETS, bytes((flags,)))
            + encode_integer(_USM),
        )
        security = tlv(
            _SEQUENCE,
            tlv(_OCTETS, engine_id)
            + encode_integer(boots)
            + encode_integer(time_s)
            + tlv(_OCTETS, user)
            + tlv(_OCTETS, digest)
            + tlv(_OCTETS, salt),
        )
        return tlv(_SEQUENCE, encode_integer(3) + head + tlv(_OCTETS, security) + data)

    def _encryptor(self, boots: int, time_s: int, salt: bytes) -> Any:
        ciphers = _ciphers()
        key = self._keys.priv
        if self.user.priv_protocol == "des":
            if self._cipher is None:
                try:
                    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
                except ImportError:  # before it moved
                    from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES
                self._cipher = TripleDES(key[:8] * 3)
            vector = bytes(a ^ b for a, b in zip(key[8:16], salt, strict=True))
            return ciphers.Cipher(self._cipher, ciphers.modes.CBC(vector))
        if self._cipher is None:
            self._cipher = ciphers.algorithms.AES(key)
        vector = boots.to_bytes(4, "big") + time_s.to_bytes(4, "big") + salt
        return ciphers.Cipher(self._cipher, _feedback(vector))

    def __repr__(self) -> str:
        return f"UserSession({self.user.user!r}, engine {self.engine_id.hex()})"
