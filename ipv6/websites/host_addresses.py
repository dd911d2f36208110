"""Addresses of hosts, found once for a whole batch: by the chain, else by resolvers.

The chain over IPv4 is the usual way and the control; where it leads nowhere, the chain over IPv6
is tried (a zone may have IPv6 alone), and then the resolvers: in a closed network nothing else may
answer.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .dns_wire import Reply, canonical
from .name_chain import Chain, ChainEnd, Walk
from .polite_wire import Silence, Wire
from .reachable_addresses import unusable_kind

__all__ = ["HostAddresses", "HostBook", "ask_resolver"]

_MOST_KEPT = 16
"""Addresses of one host that are looked at; how many there were is told."""
_MOST_FOLLOWED = 16


@dataclass(frozen=True, slots=True)
class HostAddresses:
    """What is known of a host's addresses.

    Attributes
    ----------
    ipv4, ipv6
        That may be used, sorted, at most sixteen.
    unusable
        AAAA that nobody reaches over IPv6, each with its kind.
    end
        How the search ended; None where only a resolver answered.
    """

    host: str
    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()
    end: ChainEnd | None = None

    @property
    def told(self) -> bool:
        """Whether there was an answer at all."""
        return self.end in (None, ChainEnd.ANSWER, ChainEnd.NO_DATA, ChainEnd.NO_NAME)


def end_of(reply: Reply, name: str) -> str:
    """Return the name behind the aliases of a resolver's answer."""
    for _ in range(_MOST_FOLLOWED):
        onward = reply.values(name, "CNAME")
        if not onward:
            break
        name = onward[0]
    return name


async def ask_resolver(wire: Wire, resolver: str, name: str, kind: str) -> tuple[str, ...] | None:
    """Return what a resolver answers, None where it says nothing that counts."""
    try:
        reply, _ = await wire.ask_fully(resolver, name, kind, recursion=True)
    except Silence:
        return None
    if reply.rcode not in ("NOERROR", "NXDOMAIN"):
        return None
    return reply.values(end_of(reply, canonical(name)), kind)


class HostBook:
    """Finds addresses, each host once.

    Attributes
    ----------
    chains
        By family.
    resolvers
        Addresses of resolvers.
    synthesised
        Prefix under which the resolvers make up AAAA (DNS64, RFC 6147); such are left out.
    """

    def __init__(
        self, wire: Wire, chains: Mapping[int, Chain], resolvers: Sequence[str] = (),
        *, synthesised: ipaddress.IPv6Network | None = None,
    ) -> None:  # fmt: skip
        self.wire, self.chains, self.resolvers = wire, chains, tuple(resolvers)
        self.synthesised = synthesised
        self._found: dict[str, asyncio.Task[HostAddresses]] = {}

    async def find(self, host: str) -> HostAddresses:
        """Return the addresses of a host; asked for once."""
        key = canonical(host)
        task = self._found.get(key)
        if task is None:
            task = self._found[key] = asyncio.create_task(self._find(key))
        return await asyncio.shield(task)

    async def walks(self, host: str) -> tuple[Walk, Walk]:
        """Return the walks for A and AAAA over the usual way, else over the other."""
        first: tuple[Walk, Walk] | None = None
        for family in (4, 6):
            a, aaaa = await asyncio.gather(
                self.chains[family].walk(host, "A"), self.chains[family].walk(host, "AAAA")
            )
            if a.told or aaaa.told or aaaa.end is ChainEnd.ALIAS_LOOP:
                return a, aaaa
            first = first or (a, aaaa)
        assert first is not None  # noqa: S101 - there are two families
        return first

    async def by_resolvers(self, host: str, kind: str) -> dict[str, tuple[str, ...] | None]:
        """Return what each resolver answers, without what it makes up."""
        answers = await asyncio.gather(
            *(ask_resolver(self.wire, one, host, kind) for one in self.resolvers)
        )
        return {
            resolver: None if values is None else tuple(v for v in values if not self._made_up(v))
            for resolver, values in zip(self.resolvers, answers, strict=True)
        }

    def _made_up(self, value: str) -> bool:
        return (
            self.synthesised is not None
            and ":" in value
            and ipaddress.IPv6Address(value) in self.synthesised
        )

    async def _find(self, host: str) -> HostAddresses:
        a, aaaa = await self.walks(host)
        if a.told or aaaa.told:
            return self.sorted_out(host, a.values, aaaa.values, end=aaaa.end)
        for resolver in self.resolvers:
            found = [await ask_resolver(self.wire, resolver, host, kind) for kind in ("A", "AAAA")]
            if found[0] is not None and found[1] is not None:
                made = tuple(v for v in found[1] if not self._made_up(v))
                return self.sorted_out(host, found[0], made, end=None)
        return HostAddresses(host, end=aaaa.end)

    def sorted_out(
        self, host: str, ipv4: Sequence[str], ipv6: Sequence[str], *, end: ChainEnd | None
    ) -> HostAddresses:
        """Return the addresses with those that are of no use set apart."""
        allowed = self.wire.guard.allowed
        # Servers turn their answers round: sorted, so that every run looks at the same ones.
        judged = [
            (one, unusable_kind(one, allowed))
            for one in sorted(set(ipv6), key=lambda a: int(ipaddress.IPv6Address(a)))
        ]
        return HostAddresses(
            host,
            tuple(sorted(set(ipv4), key=lambda a: int(ipaddress.IPv4Address(a)))[:_MOST_KEPT]),
            tuple(one for one, kind in judged if not kind)[:_MOST_KEPT],
            tuple((one, kind) for one, kind in judged if kind)[:_MOST_KEPT],
            end,
        )
