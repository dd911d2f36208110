"""The receiver: takes datagrams, writes them down, answers informs, and gives out hints.

Every source has an allowance that refills; what is beyond it is counted and not read, so that one
talkative or hostile sender neither fills the disk nor keeps the poller busy. The same event told
again within the window is one hint. A sender that no agent of the project has is written down and
counted, and hints at nothing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import struct
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...topology.errors import SurroundingsError
from ..snmp.agents import Community, Credential, UserSecurity
from ..snmp.ber import BrokenBerError, read_header
from .journal import Entry, TrapJournal
from .notification import Hint, Notification, inform_reply, read_notification
from .secured import SecuredReader

__all__ = ["ReceiverFigures", "TrapReceiver"]

_LOG = logging.getLogger("ngbw.probes.traps")
_LONGEST = 65_535
_ROOM = 8 * 1024 * 1024
_DROPS = 40  # SO_RXQ_OVFL
_SOURCES = 10_000  # allowances that are remembered; the least recent are forgotten first
_BATCH = 500


@dataclass(slots=True)
class ReceiverFigures:
    """What the receiver did since it was made; they grow and are never reset."""

    received: int = 0
    limited: int = 0
    broken: int = 0
    refused: int = 0
    strangers: int = 0
    repeated: int = 0
    hints: int = 0
    kernel_drops: int = 0


@dataclass(slots=True)
class _Allowance:
    left: float
    at_s: float


def _plain(address: str) -> str:
    """Return an address without the disguise of a mapped one, so that it can be looked up."""
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(parsed if mapped is None else mapped)


class TrapReceiver:
    """Receives notifications on a socket and turns them into hints.

    Parameters
    ----------
    journal
        Where every datagram goes first.
    agents
        Agent of each address, as polled: a hint is about one of them.
    credentials
        Communities and users that may send; anything else is refused.
    rate_per_s, burst
        Allowance of each source.
    window_s
        The same notification within it is the same event.
    """

    def __init__(
        self,
        journal: TrapJournal,
        agents: Mapping[str, str],
        credentials: Sequence[Credential],
        *,
        rate_per_s: float = 10.0,
        burst: float = 100.0,
        window_s: float = 30.0,
    ) -> None:
        self._journal = journal
        self._agents = {_plain(address): agent for address, agent in agents.items()}
        self._communities = {
            one.community.encode() for one in credentials if isinstance(one, Community)
        }
        users = [one for one in credentials if isinstance(one, UserSecurity)]
        self._secured = SecuredReader(users) if users else None
        self._rate, self._burst, self._window_s = rate_per_s, burst, window_s
        self._allowances: OrderedDict[str, _Allowance] = OrderedDict()
        self._recent: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()
        self._socket: socket.socket | None = None
        self.figures = ReceiverFigures()

    def listen(self, address: str = "::", port: int = 162) -> int:
        """Open the socket and return its port; ``::`` hears both families.

        Raises
        ------
        SurroundingsError
            The port is taken, or is below 1024 and this user may not have it.
        """
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6 and address == "::":
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
                sock.setsockopt(socket.SOL_SOCKET, _DROPS, 1)
            sock.setblocking(False)
            sock.bind((address, port))
        except OSError as error:
            sock.close()
            raise SurroundingsError(
                f"notifications cannot be received on {address} port {port}: "
                f"{error.strerror}; choose a free port above 1023, or give CAP_NET_BIND_SERVICE"
            ) from None
        self._socket = sock
        return int(sock.getsockname()[1])

    def fileno(self) -> int:
        """Return the socket's descriptor, for a selector."""
        return -1 if self._socket is None else self._socket.fileno()

    def drain(self, now_s: float) -> list[Hint]:
        """Take what has come, and return the hints in it.

        Everything taken is on the disk before any of it is read or answered.

        Raises
        ------
        SurroundingsError
            The journal cannot be written; nothing was answered.
        """
        entries: list[Entry] = []
        replies: dict[int, tuple[object, ...]] = {}
        while self._socket is not None and len(entries) < _BATCH:
            try:
                datagram, ancillary, _, peer = self._socket.recvmsg(_LONGEST, 64)
            except BlockingIOError:
                break
            except OSError:  # an answer of ours met a closed port
                continue
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _DROPS):
                    self.figures.kernel_drops = struct.unpack("=I", data[:4])[0]
            self.figures.received += 1
            source = _plain(str(peer[0]).partition("%")[0])
            if not self._allowed(source, now_s):
                self.figures.limited += 1
                continue
            replies[len(entries)] = peer
            entries.append(Entry(now_s, source, int(peer[1]), datagram))
        self._journal.append(entries)
        hints: dict[tuple[object, ...], Hint] = {}
        for number, entry in enumerate(entries):
            reply = self._understand(entry, hints)
            if reply is not None and self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.sendto(reply, replies[number])
        self.figures.hints += len(hints)
        return list(hints.values())

    def _understand(self, entry: Entry, hints: dict[tuple[object, ...], Hint]) -> bytes | None:
        """Read an entry, note its hint, and return what to answer."""
        try:
            notification, reply = self._open(entry)
        except BrokenBerError as error:
            self.figures.broken += 1
            _LOG.debug("a datagram of %s is no notification: %s", entry.source, error)
            return None
        if notification is None:
            self.figures.refused += reply is None
            return reply
        agent = self._agents.get(entry.source)
        if agent is None and notification.agent is not None and notification.version == 3:
            agent = self._agents.get(notification.agent)  # a proxy, whose keys prove it
        if agent is None:
            self.figures.strangers += 1
            return reply
        self._note(notification, agent, entry.at_s, hints)
        return reply

    def _open(self, entry: Entry) -> tuple[Notification | None, bytes | None]:
        if _version(entry.datagram) == 3:
            return (
                (None, None)
                if self._secured is None
                else self._secured.read(entry.datagram, entry.source)
            )
        notification, message = read_notification(entry.datagram, entry.source)
        if notification.credential not in self._communities:
            return None, None
        return notification, None if message is None else inform_reply(message)

    def _note(
        self,
        notification: Notification,
        agent: str,
        now_s: float,
        hints: dict[tuple[object, ...], Hint],
    ) -> None:
        while self._recent and next(iter(self._recent.values()))[0] < now_s - self._window_s:
            self._recent.popitem(last=False)
        key = notification.same_as()
        first_s, count = self._recent.get(key, (now_s, 0))
        self._recent[key] = (first_s, count + 1)
        if count:
            self.figures.repeated += 1
            if key in hints:
                old = hints[key]
                hints[key] = Hint(old.agent_id, old.kind, old.if_index, old.at_s, count + 1)
            return
        if len(self._recent) > _SOURCES:
            self._recent.popitem(last=False)
        hints[key] = Hint(agent, notification.kind, notification.if_index, now_s)

    def _allowed(self, source: str, now_s: float) -> bool:
        """Take one from the allowance of a source."""
        allowance = self._allowances.pop(source, None) or _Allowance(self._burst, now_s)
        refilled = allowance.left + max(0.0, now_s - allowance.at_s) * self._rate
        allowance.left, allowance.at_s = min(self._burst, refilled), now_s
        self._allowances[source] = allowance  # most recent last
        if len(self._allowances) > _SOURCES:
            self._allowances.popitem(last=False)
        if allowance.left < 1.0:
            return False
        allowance.left -= 1.0
        return True

    def close(self) -> None:
        """Close socket and journal."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._journal.close()


def _version(datagram: bytes) -> int:
    """Return the version that a message states: 1, 2 or 3.

    Raises
    ------
    BrokenBerError
        It states none.
    """
    _, at, end = read_header(datagram, 0, len(datagram))
    tag, begin, stop = read_header(datagram, at, end)
    if tag != 2 or stop - begin != 1 or datagram[begin] not in (0, 1, 3):
        raise BrokenBerError("a message states no version that there is")
    return {0: 1, 1: 2, 3: 3}[datagram[begin]]
