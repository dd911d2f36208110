"""Replayed agents that speak SNMPv3 with authentication and encryption, through pysnmp.

Slow beside :mod:`.agents` (some hundred requests a second), exact in what matters here: engine
discovery, boots and time, digests, ciphers. Faults of values (loops, wrong types, drift, reboot,
endless rows) are those of :mod:`.responder`; faults of datagrams are loss, delay and truncation.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from ...topology.errors import MissingExtraError, SurroundingsError, UsageError
from ..snmp.agents import UserSecurity
from ..snmp.ber import encode_oid
from ..snmp.values import Oid, Tag, Typed
from .agents import Served
from .fault_rules import FaultRule, Faults, faults_of
from .recordings import Recording
from .responder import Rows

__all__ = ["V3ReplayAgents"]

_AUTH = {
    "md5": "USM_AUTH_HMAC96_MD5",
    "sha1": "USM_AUTH_HMAC96_SHA",
    "sha224": "USM_AUTH_HMAC128_SHA224",
    "sha256": "USM_AUTH_HMAC192_SHA256",
    "sha384": "USM_AUTH_HMAC256_SHA384",
    "sha512": "USM_AUTH_HMAC384_SHA512",
}
_PRIV = {
    "des": "USM_PRIV_CBC56_DES",
    "aes128": "USM_PRIV_CFB128_AES",
    "aes192": "USM_PRIV_CFB192_AES",
    "aes256": "USM_PRIV_CFB256_AES",
}
_MOST_VARBINDS = 400
"""In a reply; more do not fit into a datagram with typical values."""


def _pysnmp_value(typed: Typed) -> Any:
    from pysnmp.proto import rfc1902, rfc1905

    tag, value = typed
    if tag == Tag.NO_SUCH_OBJECT:
        return rfc1905.noSuchObject
    if tag == Tag.NO_SUCH_INSTANCE:
        return rfc1905.noSuchInstance
    if tag == Tag.END_OF_MIB_VIEW:
        return rfc1905.endOfMibView
    kinds: Mapping[int, Any] = {
        Tag.INTEGER: rfc1902.Integer32,
        Tag.COUNTER32: rfc1902.Counter32,
        Tag.GAUGE32: rfc1902.Gauge32,
        Tag.TIME_TICKS: rfc1902.TimeTicks,
        Tag.COUNTER64: rfc1902.Counter64,
        Tag.OBJECT_IDENTIFIER: rfc1902.ObjectIdentifier,
        Tag.OPAQUE: rfc1902.Opaque,
    }
    if value is None:
        return rfc1902.Null("")
    if tag == Tag.IP_ADDRESS and isinstance(value, bytes) and len(value) == 4:
        return rfc1902.IpAddress(value)
    if tag in kinds:
        return kinds[tag](value)
    # pysnmp cannot say a tag that no standard knows; the octets arrive as a string.
    return rfc1902.OctetString(value if isinstance(value, bytes) else str(value).encode())


class _Instrument:
    """What pysnmp's responders read from: the rows of a recording."""

    def __init__(self, rows: Rows, clock: Callable[[], float]) -> None:
        self.rows = rows
        self._clock = clock

    def read_variables(self, *varbinds: Any, **_: Any) -> list[tuple[Any, Any]]:
        found = []
        for name, _value in varbinds:
            numbers: Oid = tuple(name)
            if self.rows.holds(numbers):
                typed = self.rows.value(numbers, self._clock())
            else:
                typed = Typed(Tag.NO_SUCH_INSTANCE, None)
            found.append((name, _pysnmp_value(typed)))
        return found

    def read_next_variables(self, *varbinds: Any, **_: Any) -> list[tuple[Any, Any]]:
        from pysnmp.proto import rfc1902

        found = []
        for name, _value in varbinds:
            numbers: Oid = tuple(name)
            place = self.rows.next_place(encode_oid(numbers), numbers)
            if place < len(self.rows.order):
                following = self.rows.order[place]
                value = _pysnmp_value(self.rows.value(following, self._clock()))
                found.append((rfc1902.ObjectName(following), value))
            elif self.rows.faults.endless:
                following = self.rows.invented(self.rows.place_behind(numbers))
                found.append((rfc1902.ObjectName(following), rfc1902.Integer32(1)))
            else:
                found.append((name, _pysnmp_value(Typed(Tag.END_OF_MIB_VIEW, None))))
        return found


class V3ReplayAgents:
    """Serves recordings to one SNMPv3 user until it is closed; use it as a context manager.

    Parameters
    ----------
    recordings
        One agent each, on a port of its own that the kernel chooses.
    user
        Who may ask; without an authentication protocol, requests are neither signed nor hidden.
    host
        IPv4 or IPv6 address to listen on.
    faults, seed, clock
        As for :class:`~ngbw.probes.replay.agents.ReplayAgents`.

    Raises
    ------
    MissingExtraError
        pysnmp is not installed.
    UsageError
        A protocol is unknown, or a password has less than 8 characters (RFC 3414 11.2).
    SurroundingsError
        The address cannot be had.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        *,
        user: UserSecurity,
        host: str = "127.0.0.1",
        faults: tuple[FaultRule, ...] = (),
        seed: int = 0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        try:
            import pysnmp.entity.config  # noqa: F401 - only whether it is there
        except ImportError:
            raise MissingExtraError("serving SNMPv3", "probes") from None
        for protocol, known in ((user.auth_protocol, _AUTH), (user.priv_protocol, _PRIV)):
            if protocol is not None and protocol not in known:
                raise UsageError(f"{protocol!r} is not served; use one of {', '.join(known)}")
        for protocol, password in (
            (user.auth_protocol, user.auth_password),
            (user.priv_protocol, user.priv_password),
        ):
            if protocol is not None and len(password) < 8:
                raise UsageError("a password of SNMPv3 has 8 characters or more (RFC 3414 11.2)")
        started = time.monotonic()
        self._clock = clock or (lambda: time.monotonic() - started)
        self._user = user
        self._host = host
        self._recordings = list(recordings)
        self._faults = {one.name: faults_of(faults, one.name, seed=seed) for one in recordings}
        self._seed = seed
        self._ready = threading.Event()
        self._failed: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="replay-v3", daemon=True)
        self._engines: list[Any] = []
        self.served: tuple[Served, ...] = ()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to answer, in a thread of its own."""
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            self._thread.join()
            raise SurroundingsError(
                f"cannot listen on {self._host}: {self._failed.strerror}; name another address"
            )

    def close(self) -> None:
        """Stop answering and give back the ports."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loop = loop
        try:
            self.served = tuple(loop.run_until_complete(self._open_all()))
        except OSError as error:
            self._failed = error
        finally:
            self._ready.set()
        if self._failed is None:
            loop.run_forever()
        for engine in self._engines:
            engine.transport_dispatcher.close_dispatcher()
        # What pysnmp left waiting (its timer, datagrams on their way) ends with the loop.
        waiting = asyncio.all_tasks(loop)
        for task in waiting:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    async def _open_all(self) -> list[Served]:
        return [await self._open(one) for one in self._recordings]

    async def _open(self, recording: Recording) -> Served:
        from pysnmp.carrier.asyncio.dgram import udp, udp6
        from pysnmp.entity import config, engine
        from pysnmp.entity.rfc3413 import cmdrsp, context

        # With an identity of our own, pysnmp would keep its boots in a file that outlives us.
        own = engine.SnmpEngine()
        self._engines.append(own)
        module = udp6 if ":" in self._host else udp
        domain = config.SNMP_UDP6_DOMAIN if ":" in self._host else config.SNMP_UDP_DOMAIN
        base = module.Udp6AsyncioTransport if ":" in self._host else module.UdpAsyncioTransport
        faults = self._faults[recording.name]
        transport = _faulty(base, faults, random.Random(f"{self._seed}:{recording.name}"))()  # noqa: S311 - no secret
        endpoint = transport.open_server_mode((self._host, 0))
        await endpoint._lport  # the socket is there once this task has ended
        config.add_transport(own, domain, endpoint)
        user = self._user
        level = "noAuthNoPriv"
        keys: dict[str, Any] = {
            "authProtocol": config.USM_AUTH_NONE, "privProtocol": config.USM_PRIV_NONE,
        }  # fmt: skip
        if user.auth_protocol is not None:
            level = "authNoPriv"
            keys |= {"authProtocol": getattr(config, _AUTH[user.auth_protocol]),
                     "authKey": user.auth_password}  # fmt: skip
            if user.priv_protocol is not None:
                level = "authPriv"
                keys |= {"privProtocol": getattr(config, _PRIV[user.priv_protocol]),
                         "privKey": user.priv_password}  # fmt: skip
        config.add_v3_user(own, user.user, **keys)
        config.add_vacm_user(own, 3, user.user, level, readSubTree=(1,))
        place = context.SnmpContext(own)
        place.unregister_context_name(b"")
        instrument: Any = _Instrument(Rows(recording, faults), self._clock)
        place.register_context_name(b"", instrument)

        class Bulk(cmdrsp.BulkCommandResponder):  # type: ignore[misc]  # pysnmp is not typed
            max_varbinds = _MOST_VARBINDS

        cmdrsp.GetCommandResponder(own, place)
        cmdrsp.NextCommandResponder(own, place)
        Bulk(own, place)
        at = endpoint.transport.get_extra_info("sockname")[:2]
        return Served(recording.name, at[0], at[1], "", faults)


def _faulty(base: Any, faults: Faults, chance: random.Random) -> Any:
    """Return the transport, with replies that are lost, late or cut short."""
    if not (faults.silence or faults.loss or faults.delay or faults.truncate):
        return base

    class Faulty(base):  # type: ignore[misc]
        def send_message(self, octets: bytes, peer: Any) -> None:
            if faults.silence or (faults.loss and chance.random() < faults.loss):
                return
            if faults.truncate and chance.random() < faults.truncate:
                octets = octets[: len(octets) // 2]
            if faults.delay:
                self.loop.call_later(faults.delay, base.send_message, self, octets, peer)
            else:
                base.send_message(self, octets, peer)

    return Faulty
