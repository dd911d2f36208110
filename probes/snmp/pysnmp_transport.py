"""The same conversations carried by pysnmp: portable, independent, and some hundred times as slow.

Guards, budgets and faults are those of :class:`.conversation.Conversation`; pysnmp only writes
and reads datagrams. It drops what it cannot read, so that a broken reply looks like silence here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...topology.errors import MissingExtraError, NgbwError
from .agents import Agent, Answer, Ask, Community, Cost, LocalHealth, Outcome, UserSecurity
from .ber import GET, GET_BULK, decode_oid, encode_oid, encode_typed, encode_varbind
from .conversation import SYS_UP_TIME, Conversation, Event, Question, Reply
from .ports import place_of
from .remembered import Devices
from .user_keys import check_user
from .values import Oid, Tag, Typed

__all__ = ["PysnmpTransport"]

AGENTS_AT_ONCE = 16
"""More would overrun the one socket that pysnmp has for all of them."""

_GRACE_S = 1.0  # pysnmp counts its timeouts in half seconds

_REFUSALS = {
    "UnknownUserName": "unknown-user",
    "UnknownSecurityName": "unknown-user",
    "WrongDigest": "wrong-key",
    "AuthenticationFailure": "wrong-key",
    "DecryptionError": "no-privacy",
    "UnsupportedSecurityLevel": "no-such-level",
    "NotInTimeWindow": "clock-window",
}
"""Faults by the class of pysnmp's error indication; any other is silence."""

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
    "aes192": "USM_PRIV_CFB192_AES_BLUMENTHAL",
    "aes256": "USM_PRIV_CFB256_AES_BLUMENTHAL",
    "aes192c": "USM_PRIV_CFB192_AES",
    "aes256c": "USM_PRIV_CFB256_AES",
}


class _RefusedError(Exception):
    """The agent said no; the argument is the kind of fault."""


class PysnmpTransport:
    """A :class:`.agents.SnmpTransport` by pysnmp; not for use inside a running event loop.

    Parameters
    ----------
    devices
        What is remembered of devices; a new memory unless given.
    clock
        Monotonic seconds.
    now_s
        Unix time, for the time of answers.

    Raises
    ------
    MissingExtraError
        pysnmp is not installed.
    """

    def __init__(
        self,
        *,
        devices: Devices | None = None,
        clock: Callable[[], float] = time.monotonic,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        try:
            from pysnmp.error import PySnmpError
            from pysnmp.hlapi.v3arch import asyncio as hlapi
        except ImportError:
            raise MissingExtraError("the transport 'pysnmp'", "probes") from None
        self._hlapi: Any = hlapi
        self._error = PySnmpError
        self.devices = devices or Devices()
        self._clock = clock
        self._now_s = now_s
        self._loop = asyncio.new_event_loop()
        self._engine: Any = None
        self._health = LocalHealth()

    def collect(self, asks: Iterable[Ask], /) -> Iterator[Answer]:
        """Yield an answer for each ask as it ends."""
        began_s, began_cpu_s = self._clock(), time.thread_time()
        feed = iter(asks)
        held: list[Ask] = []
        running: dict[asyncio.Task[Answer], tuple[str, int]] = {}
        try:
            while True:
                while len(running) < AGENTS_AT_ONCE:
                    busy = set(running.values())
                    ask = next((one for one in held if _key(one) not in busy), None)
                    if ask is not None:
                        held.remove(ask)
                    elif (ask := next(feed, None)) is None:
                        break
                    elif _key(ask) in busy:
                        held.append(ask)
                        continue
                    running[self._loop.create_task(self._question(ask))] = _key(ask)
                if not running:
                    break
                done, _ = self._loop.run_until_complete(
                    asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                )
                for task in done:
                    del running[task]
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            if running:
                self._loop.run_until_complete(asyncio.wait(running))
            cpu_s = time.thread_time() - began_cpu_s
            self._health = LocalHealth(cpu_s=cpu_s, wall_s=self._clock() - began_s)

    def health(self) -> LocalHealth:
        """Return what the last batch cost; pysnmp does not tell of drops."""
        return self._health

    def close(self) -> None:
        """Give back sockets and the event loop."""
        if self._loop.is_closed():
            return
        if self._engine is not None:
            self._engine.close_dispatcher()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _question(self, ask: Ask) -> Answer:
        if self._engine is None:
            self._engine = self._hlapi.SnmpEngine()
        began_s = self._clock()
        conversation = Conversation(ask, self.devices.of(ask.agent), clock=self._clock)
        asking = conversation.run()
        outcome: Outcome | None = None
        ends_s = began_s + ask.budget.seconds
        try:
            event: Event = None
            place_of(ask.agent)  # no names and no zones that are not here
            while True:
                try:
                    question = asking.send(event)
                except StopIteration:
                    break
                left_s = max(0.05, ends_s - self._clock())
                event = await self._put(ask.agent, question, min(ask.budget.timeout_s, left_s))
        except _RefusedError as refusal:
            conversation.note(str(refusal))
            outcome = Outcome.PARTIAL if conversation.rows else Outcome.REFUSED
        except NgbwError as error:
            conversation.note("unusable-credential", str(error))
            outcome = Outcome.UNKNOWN
        except (OSError, ValueError, self._error) as error:
            conversation.note("no-route", f"{ask.agent.address}: {error}")
            outcome = Outcome.PARTIAL if conversation.rows else Outcome.UNKNOWN
        finally:
            asking.close()
        ticks = conversation.view.early(SYS_UP_TIME)
        return Answer(
            ask.agent.agent_id,
            outcome or conversation.outcome,
            conversation.view,
            conversation.faults,
            Cost(
                conversation.requests,
                conversation.replies,
                0,  # pysnmp does not tell
                conversation.received_bytes,
                conversation.varbinds,
                self._clock() - began_s,
            ),
            ticks.value / 100 if ticks and isinstance(ticks.value, int) else None,
            self._now_s(),
        )

    async def _put(self, agent: Agent, question: Question, timeout_s: float) -> Event:
        """Put one question."""
        hlapi = self._hlapi
        credential = agent.credential
        context = b"" if isinstance(credential, Community) else credential.context.encode()
        kind = hlapi.Udp6TransportTarget if ":" in agent.address else hlapi.UdpTransportTarget
        where = await kind.create((agent.address, agent.port), timeout=timeout_s, retries=0)
        bound = [
            hlapi.ObjectType(hlapi.ObjectIdentity(decode_oid(name))) for name in question.names
        ]
        given = (
            self._engine,
            self._auth(credential, v1=question.v1),
            where,
            hlapi.ContextData(contextName=context),
        )
        if question.tag == GET_BULK:
            numbers = question.scalars, question.repetitions
            asked = hlapi.bulk_cmd(*given, *numbers, *bound, lookupMib=False)
        elif question.tag == GET:
            asked = hlapi.get_cmd(*given, *bound, lookupMib=False)
        else:
            asked = hlapi.next_cmd(*given, *bound, lookupMib=False)
        try:
            # pysnmp never ends a question whose answer carries an error status it does not know.
            reply = await asyncio.wait_for(asked, timeout_s + _GRACE_S)
        except TimeoutError:
            return None
        indication, status, index, varbinds = reply
        if indication:
            refused = _REFUSALS.get(type(indication).__name__)
            if refused:
                raise _RefusedError(refused)
            return Reply(b"", 0, 0, 0, 0, 0) if _is_empty(indication) else None
        octets = b"".join(_binding(name, value) for name, value in varbinds)
        return Reply(octets, 0, len(octets), int(status), int(index), len(octets))

    def _auth(self, credential: Community | UserSecurity, *, v1: bool) -> Any:
        if isinstance(credential, Community):
            return self._hlapi.CommunityData(credential.community, mpModel=0 if v1 else 1)
        check_user(credential)
        options = {}
        if credential.auth_protocol is not None:
            options["authKey"] = credential.auth_password
            options["authProtocol"] = getattr(self._hlapi, _AUTH[credential.auth_protocol])
        if credential.priv_protocol is not None:
            options["privKey"] = credential.priv_password
            options["privProtocol"] = getattr(self._hlapi, _PRIV[credential.priv_protocol])
        return self._hlapi.UsmUserData(credential.user, **options)


def _key(ask: Ask) -> tuple[str, int]:
    return ask.agent.address, ask.agent.port


def _is_empty(indication: object) -> bool:
    return type(indication).__name__ == "EmptyResponse"


def _binding(name: Any, value: Any) -> bytes:
    """Return what pysnmp read as it stood on the wire."""
    tag = value.tagSet.superTags[-1]
    number = int(tag.tagId) | {0: 0, 64: 0x40, 128: 0x80}[int(tag.tagClass)]
    if number in (Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE):
        content: int | bytes | Oid | None = value.asOctets()
    elif number == Tag.OBJECT_IDENTIFIER:
        content = tuple(value)
    elif number == Tag.NULL or number >= Tag.NO_SUCH_OBJECT:
        content = None
    else:
        content = int(value)
    base = tuple(name) if len(tuple(name)) > 1 else (0, 0)
    try:
        encoded = encode_typed(Typed(number, content))
    except ValueError:
        encoded = bytes((number, 0))  # broken, so that it is left out like any other bad value
    return encode_varbind(encode_oid(base), encoded)
