"""Many websites in one go: the vantage first, then all of them side by side.

Names of the root and of top-level zones, hosts and zones that several share are asked for once.
What is found is handed over website by website, so that nothing is lost where a batch is stopped.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...topology.errors import NgbwError
from ..evidence import Evidence
from ..vantage import (
    DEAD_ADDRESS,
    THIS_MACHINE,
    Machine,
    Reference,
    Vantage,
    prove_vantage,
    references_of,
)
from .examination import ALL_CHECKS, Examiner, Website
from .host_addresses import HostBook
from .name_chain import Chain
from .page_fetch import PAGE_BOUNDS, Bounds, trust
from .polite_wire import Manners, Wire
from .reachable_addresses import AddressGuard
from .root_servers import ROOT_SERVERS, NameServer

__all__ = ["BatchPlan", "examine_batch", "examine_websites", "system_resolvers"]

_MOST_RESOLVERS = 2
Deliver = Callable[[Website | None, tuple[Evidence, ...]], None]
"""Takes the rows of a website; of the vantage where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """How a batch is asked.

    Attributes
    ----------
    vantage
        Name of the place from where it is asked.
    asked
        Ids of the checks that are wanted.
    guard
        What may be contacted beside the internet.
    roots
        Name servers of the root.
    references
        Hosts with both families; those of the root where there are none.
    resolvers
        Addresses of resolvers, at most two are asked.
    dead
        Address that nobody has.
    at_once
        Websites side by side.
    cafile
        Certificates to trust in place of the system's.
    seed
        Of the draws behind S10's bound.
    """

    vantage: str = "here"
    asked: Sequence[str] = ALL_CHECKS
    guard: AddressGuard = field(default_factory=AddressGuard.of)
    manners: Manners = Manners()  # noqa: RUF009 - it is frozen
    bounds: Bounds = PAGE_BOUNDS
    roots: Sequence[NameServer] = ROOT_SERVERS
    references: Sequence[Reference] = ()
    resolvers: Sequence[str] = ()
    dead: str = DEAD_ADDRESS
    at_once: int = 64
    cafile: str | None = None
    seed: int = 0


def system_resolvers(path: Path = Path("/etc/resolv.conf")) -> tuple[str, ...]:
    """Return the resolvers that this machine uses, at most two; none where that is not told."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(str(ipaddress.ip_address(words[1])))
            except ValueError:
                continue
    return tuple(one for one in found if "%" not in one)[:_MOST_RESOLVERS]


async def examine_batch(
    websites: Sequence[Website], plan: BatchPlan, *, deliver: Deliver,
    history: Mapping[str, Sequence[Evidence]] | None = None, now_s: Callable[[], float] = time.time,
    wire: Wire | None = None, machine: Machine = THIS_MACHINE,
) -> Vantage:  # fmt: skip
    """Prove the vantage, then examine websites; everything is unknown where it is not fit.

    Parameters
    ----------
    deliver
        Called with the vantage's rows first, then with each website's as they come.
    history
        Earlier evidence by website id, from which stability is told.
    now_s, wire, machine
        The clock, the sockets, and what the machine says of itself.
    """
    wire = wire or Wire(plan.guard, plan.manners)
    resolvers = plan.resolvers[:_MOST_RESOLVERS]
    vantage = await prove_vantage(
        wire, plan.references or references_of(plan.roots), resolvers=resolvers, name=plan.vantage,
        dead=plan.dead, now_s=now_s, machine=machine,
    )  # fmt: skip
    deliver(None, vantage.evidence)
    chains = {family: Chain(wire, plan.roots, family) for family in (4, 6)}
    book = HostBook(wire, chains, resolvers, synthesised=vantage.synthesised)
    tls: ssl.SSLContext = trust(plan.cafile)
    examiner = Examiner(
        wire, chains, book, vantage=plan.vantage, asked=plan.asked, tls=tls, seed=plan.seed,
        bounds=plan.bounds, now_s=now_s,
    )  # fmt: skip
    if not vantage.fit:
        for website in websites:
            deliver(website, examiner.unfit(website))
        return vantage
    waiting = iter(websites)

    async def work() -> None:
        for website in waiting:
            rows = await examiner.examine(
                website, history=(history or {}).get(website.website_id, ())
            )
            deliver(website, rows)

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(plan.at_once, len(websites))):
                workers.create_task(work())
    except BaseExceptionGroup as group:
        # What stops the batch, such as a full disk, stops it once and not once a worker.
        if ours := group.subgroup(NgbwError):
            raise ours.exceptions[0] from None
        raise
    return vantage


def examine_websites(
    websites: Sequence[Website], plan: BatchPlan, *, deliver: Deliver,
    history: Mapping[str, Sequence[Evidence]] | None = None, now_s: Callable[[], float] = time.time,
) -> Vantage:  # fmt: skip
    """Do as :func:`examine_batch`, from outside an event loop."""
    return asyncio.run(examine_batch(websites, plan, deliver=deliver, history=history, now_s=now_s))
