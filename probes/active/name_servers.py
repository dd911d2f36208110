"""Resolvers that everybody depends on: whether they answer, and how fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...topology.errors import MissingExtraError, UsageError
from ..safety import Target

__all__ = ["NameAnswer", "ask_name_server", "success_ratio"]

_SHOWN = 20  # records of an answer that are kept


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """What a name server said to one question.

    Attributes
    ----------
    rtt_ms
        None when no answer came.
    rcode
        ``NOERROR``, ``NXDOMAIN``, ``SERVFAIL`` ...; None when no answer came.
    records
        Texts of the records of the type asked for, sorted, at most twenty.
    over_tcp
        The answer over UDP was cut, and was asked for again.
    reason
        Why there is no answer; empty otherwise.
    """

    server: str
    name: str
    kind: str
    rtt_ms: float | None
    rcode: str | None
    records: tuple[str, ...]
    over_tcp: bool
    reason: str

    @property
    def resolved(self) -> bool:
        """Whether the question was answered, be it with *no such name*."""
        return self.rcode in ("NOERROR", "NXDOMAIN")


def _dns() -> Any:
    try:
        import dns.exception
        import dns.message
        import dns.name
        import dns.query
        import dns.rcode
        import dns.rdatatype
    except ImportError:
        raise MissingExtraError("asking name servers", "probes") from None
    return dns


def ask_name_server(
    server: Target, name: str, kind: str = "A", *, timeout_s: float = 2.0, port: int = 53
) -> NameAnswer:
    """Ask a resolver one question, over UDP and then TCP where the answer was cut.

    Raises
    ------
    UsageError
        The name or the type cannot be asked for.
    """
    dns = _dns()
    try:
        question = dns.message.make_query(name, kind, use_edns=0, payload=1232)
    except (dns.exception.DNSException, ValueError, UnicodeError):
        raise UsageError(f"{name!r} {kind} cannot be asked of a name server") from None
    wanted = question.question[0].rdtype
    start = time.monotonic()
    over_tcp, reply, reason = False, None, ""
    try:
        reply, over_tcp = dns.query.udp_with_fallback(
            question, server.address, timeout=timeout_s, port=port, ignore_unexpected=True
        )
    except dns.exception.Timeout:
        reason = f"no answer within {timeout_s:g} s"
    except dns.exception.DNSException as error:
        reason = f"the answer is broken ({type(error).__name__})"
    except (OSError, EOFError) as error:
        reason = f"not reached: {error}"
    rtt_ms = (time.monotonic() - start) * 1000.0
    if reply is None:
        return NameAnswer(server.address, name, kind, None, None, (), False, reason)
    records = sorted(  # servers turn them round with every answer
        record.to_text() for rrset in reply.answer if rrset.rdtype == wanted for record in rrset
    )
    return NameAnswer(
        server=server.address,
        name=name,
        kind=kind,
        rtt_ms=rtt_ms,
        rcode=dns.rcode.to_text(reply.rcode()),
        records=tuple(records[:_SHOWN]),
        over_tcp=bool(over_tcp),
        reason="",
    )


def success_ratio(answers: Sequence[NameAnswer]) -> float | None:
    """Return the share of questions that were answered; None for no questions."""
    return sum(answer.resolved for answer in answers) / len(answers) if answers else None
