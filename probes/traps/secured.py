"""Notifications of v3: who sent them is proven by their keys (RFC 3414).

pysnmp checks and opens them. A trap is authenticated with keys that belong to the sender's own
engine, whose name stands in the message: a user's keys are made for an engine when it is first
heard, at most so many of them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ...topology.errors import MissingExtraError, SettingError
from ..snmp.agents import UserSecurity
from ..snmp.ber import BrokenBerError, read_header
from ..snmp.values import Oid, Tag, Typed
from .notification import Notification, of_varbinds

__all__ = ["SecuredReader"]

_LOG = logging.getLogger("ngbw.probes.traps")
_ENGINES = 10_000
_SEQUENCE = 0x30


def _library() -> Any:
    try:
        for part in (
            "carrier.asyncio.dgram.udp",
            "carrier.base",
            "entity.config",
            "entity.engine",
            "entity.rfc3413.ntfrcv",
            "proto.api.v2c",
            "proto.error",
        ):
            import_module(f"pysnmp.{part}")
    except ImportError:
        raise MissingExtraError("receiving notifications of SNMPv3", "probes") from None
    return import_module("pysnmp")


def _parts(datagram: bytes) -> tuple[bytes, bytes]:
    """Return engine and user that a v3 message names (RFC 3414, section 2.4).

    Raises
    ------
    BrokenBerError
        It is no such message.
    """
    tag, at, end = read_header(datagram, 0, len(datagram))
    if tag != _SEQUENCE:
        raise BrokenBerError("a message is not a SEQUENCE")
    for _ in range(2):  # version, header data
        _, _, at = read_header(datagram, at, end)
    tag, at, stop = read_header(datagram, at, end)
    if tag != Tag.OCTET_STRING:
        raise BrokenBerError("a message has no security parameters")
    tag, at, stop = read_header(datagram, at, stop)
    found: list[bytes] = []
    while at < stop and len(found) < 4:
        _, begin, at = read_header(datagram, at, stop)
        found.append(datagram[begin:at])
    if len(found) < 4:
        raise BrokenBerError("security parameters are cut short")
    return found[0], found[3]


def _typed(value: Any) -> Typed | None:
    """Return a value of pysnmp's with its tag; None for one of no known type."""
    tag_set = value.tagSet[-1]
    tag = tag_set.tagClass | tag_set.tagFormat | tag_set.tagId
    if tag == Tag.OBJECT_IDENTIFIER:
        return Typed(tag, tuple(int(part) for part in value))
    if tag in (Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE):
        return Typed(tag, bytes(value))
    if tag in (Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64):
        return Typed(tag, int(value))
    return Typed(Tag.NULL, None) if tag == Tag.NULL else None


class SecuredReader:
    """Opens v3 notifications of known users; others are refused.

    Parameters
    ----------
    users
        Who may send. Users without authentication are refused: they would prove nothing.
    """

    def __init__(self, users: Sequence[UserSecurity]) -> None:
        for user in users:
            if user.auth_protocol is None:
                raise SettingError(
                    f"the SNMPv3 user {user.user!r} has no authentication; a trap of theirs would "
                    "prove nothing, so give auth_protocol and a password"
                )
        self._library = _library()
        self._users = {user.user.encode(): user for user in users}
        self._known: set[tuple[bytes, bytes]] = set()
        self._read: list[tuple[tuple[tuple[Oid, Typed | None], ...], bytes]] = []
        self._reply: bytes | None = None
        self._engine = self._library.entity.engine.SnmpEngine()
        self._engine.register_transport_dispatcher(self._dispatcher())
        self._library.entity.rfc3413.ntfrcv.NotificationReceiver(self._engine, self._take)
        for user in users:
            self._add(user, b"")

    def _dispatcher(self) -> Any:
        reader = self
        base: Any = self._library.carrier.base.AbstractTransportDispatcher

        class Dispatcher(base):  # type: ignore[misc]
            """Keeps what the engine wants to send; there is no network behind it."""

            def send_message(self, message: bytes, domain: object, address: object) -> None:
                del domain, address
                reader._reply = message

        return Dispatcher()

    def _protocols(self, user: UserSecurity) -> tuple[Any, Any]:
        config = self._library.entity.config
        auth = {
            "md5": config.USM_AUTH_HMAC96_MD5,
            "sha1": config.USM_AUTH_HMAC96_SHA,
            "sha224": config.USM_AUTH_HMAC128_SHA224,
            "sha256": config.USM_AUTH_HMAC192_SHA256,
            "sha384": config.USM_AUTH_HMAC256_SHA384,
            "sha512": config.USM_AUTH_HMAC384_SHA512,
        }
        priv = {
            None: config.USM_PRIV_NONE,
            "des": config.USM_PRIV_CBC56_DES,
            "aes128": config.USM_PRIV_CFB128_AES,
            "aes192": config.USM_PRIV_CFB192_AES,
            "aes256": config.USM_PRIV_CFB256_AES,
        }
        try:
            return auth[user.auth_protocol or ""], priv[user.priv_protocol]
        except KeyError as error:
            raise SettingError(
                f"the SNMPv3 user {user.user!r} has the protocol {error.args[0]!r}; use one of "
                f"{', '.join(auth)} with {', '.join(name for name in priv if name)} or none"
            ) from None

    def _add(self, user: UserSecurity, engine_id: bytes) -> None:
        auth, priv = self._protocols(user)
        name = self._library.proto.api.v2c.OctetString
        self._library.entity.config.add_v3_user(
            self._engine,
            user.user,
            auth,
            user.auth_password,
            priv,
            user.priv_password or None,
            securityEngineId=name(engine_id) if engine_id else None,
        )

    def _take(
        self,
        engine: object,
        reference: object,
        context_engine: object,
        context: object,
        varbinds: Any,
        more: object,
    ) -> None:
        del engine, reference, context_engine, context, more
        bound = tuple((tuple(int(n) for n in name), _typed(value)) for name, value in varbinds)
        self._read.append((bound, b""))

    def read(self, datagram: bytes, source: str) -> tuple[Notification | None, bytes | None]:
        """Return the notification, if it is one of a known user, and what to answer, if anything.

        An answer without a notification is a report, by which a sender of informs learns this
        engine's name and clock.

        Raises
        ------
        BrokenBerError
            It is no v3 message.
        """
        engine_id, user_name = _parts(datagram)
        user = self._users.get(user_name)
        if user is not None and engine_id and (engine_id, user_name) not in self._known:
            if len(self._known) >= _ENGINES:
                raise BrokenBerError("there are too many engines to make keys for another one")
            self._known.add((engine_id, user_name))
            if engine_id != bytes(self._engine.snmpEngineID):
                self._add(user, engine_id)
        self._read.clear()
        self._reply = None
        udp = self._library.carrier.asyncio.dgram.udp
        try:
            self._engine.message_dispatcher.receive_message(
                self._engine, udp.DOMAIN_NAME, udp.UdpTransportAddress((source, 162)), datagram
            )
        except self._library.proto.error.StatusInformation:
            return None, self._reply
        except Exception as error:  # noqa: BLE001 - a library's decoder in front of hostile bytes
            _LOG.info("a v3 message of %s was refused: %s", source, type(error).__name__)
            raise BrokenBerError("a v3 message cannot be opened") from None
        if not self._read:
            return None, self._reply
        varbinds, _ = self._read[0]
        read = of_varbinds(
            varbinds,
            source=source,
            version=3,
            confirmed=self._reply is not None,
            credential=user_name,
        )
        return read, self._reply
