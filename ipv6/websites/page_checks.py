"""S7 and S8: whether TLS and the page itself are over IPv6 what they are over IPv4."""

from __future__ import annotations

from collections.abc import Sequence

from .findings import Finding, Heard
from .likeness import RATE_LIMITED
from .page_fetch import Fetched
from .page_visit import Visit

__all__ = ["judge_page", "judge_tls"]

_REASONS = {
    "timeout": "timeout", "refused": "connection-refused", "reset": "cut", "cut": "cut",
    "unreachable": "unreachable", "prohibited": "unreachable", "forbidden": "unreachable",
    "stalled": "stalled", "slow": "slow", "not-http": "not-http",
}  # fmt: skip
_OF_REDIRECTS = frozenset(
    ("redirect-to-v4-only", "redirect-forbidden", "redirect-unresolved", "redirect-broken",
     "redirect-loop")
)  # fmt: skip


def _key(page: Fetched) -> str:
    if page.certificate is None:
        return ""
    return page.certificate.key_digest or page.certificate.digest


def judge_tls(
    over_v4: Fetched | None, over_v6: Sequence[Fetched], *, unverified: Sequence[Fetched] = ()
) -> Finding:
    """Judge S7: certificates over IPv6 are good, or the same as over IPv4.

    Parameters
    ----------
    over_v4, over_v6
        The page in TLS; one for each IPv6 address.
    unverified
        The same without judging certificates, the one over IPv4 first, where one was bad.
    """
    pages = [*([over_v4] if over_v4 else []), *over_v6]
    asked = [f"TLS {one.page.host} at {one.address}" for one in pages]
    answered = {
        "certificates": [
            {"address": one.address, "outcome": one.outcome,
             "digest": one.certificate.digest if one.certificate else "",
             "names": list(one.certificate.names) if one.certificate else []}
            for one in pages
        ]
    }  # fmt: skip
    heard = Heard(asked, answered)
    if not over_v6:
        return heard.not_applicable("no-tls")
    bad = [one for one in over_v6 if one.certificate is None]
    if not bad:
        return heard.passed()
    first = bad[0]
    detail = f"{first.address}: {first.detail or first.outcome}"
    if first.outcome.startswith("tls-"):
        keys = {_key(one) for one in unverified}
        if over_v4 and over_v4.outcome == first.outcome and len(keys) == 1 and "" not in keys:
            return heard.passed("invalid-on-both", detail)
        return heard.failed(first.outcome, detail)
    return heard.failed(_REASONS.get(first.outcome, "tls-failed"), detail)


def _told(visit: Visit) -> dict[str, object]:
    return {
        "outcome": visit.outcome,
        "steps": [[one.page.url, one.address, one.status] for one in visit.steps],
        "octets": visit.last.received_octets if visit.steps else 0,
    }


def judge_page(pairs: Sequence[tuple[Visit | None, Visit]]) -> Finding:
    """Judge S8 by visits over IPv4 and over IPv6: the same kind of answer from the same host.

    Parameters
    ----------
    pairs
        A visit over each family for each scheme and IPv6 address; None where there is no IPv4.
    """
    asked = [f"GET {one.page.url} at {one.address}" for _, v6 in pairs for one in v6.steps]
    answered = {
        "visits": [
            {"v4": _told(v4) if v4 else None, "v6": _told(v6)} for v4, v6 in pairs
        ]
    }  # fmt: skip
    heard = Heard(asked, answered)
    if not pairs:
        return heard.not_applicable("no-aaaa")
    worst: Finding | None = None
    good = 0
    for v4, v6 in pairs:
        found = _judge_pair(v4, v6, heard)
        if found is None:
            good += 1
        elif worst is None or (worst.reason == "rate-limited" and found.reason != worst.reason):
            worst = found
    if worst is None:
        return heard.passed()
    partial = good and worst.reason in _REASONS.values()
    if partial:  # one address of several, or one of two schemes
        return heard.partly(worst.reason, worst.detail)
    return worst


def _judge_pair(v4: Visit | None, v6: Visit, heard: Heard) -> Finding | None:
    """Return what is wrong with one visit, None for nothing."""
    for one in (v6, v4):
        if one is not None and one.steps and one.last.status in RATE_LIMITED:
            detail = f"{one.last.status} at {one.last.address}"
            return heard.unknown("rate-limited", detail)
    if not v6.answered:
        if v6.outcome in _OF_REDIRECTS:
            return heard.failed(v6.outcome, v6.detail)
        if v4 is not None and not v4.answered:
            detail = f"{v6.outcome}: {v6.detail}"
            return heard.unknown("website-down", detail)
        reason = _REASONS.get(v6.outcome, "tls-failed")
        return heard.failed(reason, f"{v6.last.address}: {v6.detail}")
    status = str(v6.last.status)
    if v4 is None or not v4.answered:
        return heard.failed("status-differs", status) if v6.last.status >= 400 else None
    if v4.last.status // 100 != v6.last.status // 100:
        return heard.failed("status-differs", f"{v4.last.status} -> {status}")
    if v4.last.page.host != v6.last.page.host:
        detail = f"{v4.last.page.host} -> {v6.last.page.host}"
        return heard.failed("ends-elsewhere", detail)
    return None
