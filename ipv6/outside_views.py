"""The same evidence as other programmes count it: Internet.nl, YD/T 3118-2016, NIST, national.

None of these decides anything here; they let those who know the figures compare. Where one of our
checks could not tell, what is counted from it has a range.

* Internet.nl: each part full 10, in part 2, fail 0, similarity 2; a category passes when all of
  its parts do (checks/scoring.py and checks/categories.py of Internet.nl). Without a mail server
  its two parts count in full there; here they do not apply.
* YD/T 3118-2016: a table of items; a delay may be 20 % worse.
* NIST (USGv6 deployment estimates): for each service servers with IPv4, with an IPv6 address, with
  one that was reached, and with all of them operational.
* National: the seven indicators of the CAC with equal weights (the official ones are not public).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .verdicts import Verdict

__all__ = [
    "CAC_INDICATORS",
    "MAIL_PARTS",
    "WEB_PARTS",
    "YDT_ITEMS",
    "Category",
    "NistCounts",
    "cac_score",
    "internet_nl",
    "mail_difference",
    "nist_counts",
    "ydt_table",
]

WEB_PARTS: Mapping[str, str] = {
    "ns_address": "S2", "ns_reach": "S3", "ws_address": "S1", "ws_reach": "S6", "ws_similar": "S9",
}  # fmt: skip
"""Part of Internet.nl's category for websites to our check."""

MAIL_PARTS: Mapping[str, str] = {
    "mx_address": "S16", "mx_reach": "S16", "ns_address": "S2", "ns_reach": "S3",
}  # fmt: skip
"""Part of Internet.nl's category for mail to our check."""

_FULL, _PARTLY, _SIMILAR = 10, 2, 2

YDT_ITEMS: Mapping[str, str] = {
    "aaaa": "S1", "web": "S8", "connect": "S6", "second": "S12", "third": "S12", "stable": "S14",
    "delay": "S10", "chain": "S4", "same": "S9",
}  # fmt: skip
"""Item of the table of YD/T 3118-2016 to our check."""

CAC_INDICATORS: Mapping[str, str] = {
    "resolution": "S1", "access": "S8", "stability": "S14", "delay": "S10", "consistency": "S9",
    "links": "S12", "chain": "S4",
}  # fmt: skip
"""Indicator of the CAC to our check."""

_Verdicts = Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Category:
    """A category of Internet.nl.

    Attributes
    ----------
    passes
        Whether all parts pass; None where one could not be told and none failed.
    percent_low, percent_high
        Points of all points, 0-100.
    """

    passes: bool | None
    percent_low: float
    percent_high: float


def internet_nl(parts: _Verdicts) -> Category:
    """Return a category from the verdict on each of its parts; what does not apply counts in full.

    Examples
    --------
    >>> from ngbw.ipv6.verdicts import Verdict
    >>> web = dict.fromkeys(WEB_PARTS, Verdict.PASS)
    >>> internet_nl(web)
    Category(passes=True, percent_low=100.0, percent_high=100.0)
    >>> internet_nl(web | {"ws_similar": Verdict.UNKNOWN}).passes is None
    True
    """
    low = high = whole = 0
    for part, verdict in parts.items():
        full = _SIMILAR if part == "ws_similar" else _FULL
        whole += full
        if verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            low, high = low + full, high + full
        elif verdict is Verdict.PARTIAL:
            low, high = low + min(_PARTLY, full), high + min(_PARTLY, full)
        elif verdict is Verdict.UNKNOWN:
            high += full
    words = set(parts.values()) - {Verdict.PASS, Verdict.NOT_APPLICABLE}
    passes = False if words - {Verdict.UNKNOWN} else None if words else True
    return Category(passes, 100 * low / max(whole, 1), 100 * high / max(whole, 1))


def mail_difference(parts: Mapping[str, bool], passes: bool) -> str:
    """Return why a recorded category for mail is not what its recorded parts come to.

    Parameters
    ----------
    parts
        Recorded verdict on each of :data:`MAIL_PARTS`.
    passes
        Recorded verdict on the category.

    Returns
    -------
    str
        "" where they agree; ``no-mail-server`` where both parts on mail servers are false, the
        category passes and it would with those parts left out: the domain has no mail server,
        which counts in full there; ``unexplained`` otherwise.
    """
    if all(parts.values()) is passes:
        return ""
    verdicts = {name: Verdict.PASS if good else Verdict.FAIL for name, good in parts.items()}
    if passes and not parts["mx_address"] and not parts["mx_reach"]:
        none = {"mx_address": Verdict.NOT_APPLICABLE, "mx_reach": Verdict.NOT_APPLICABLE}
        if internet_nl(verdicts | none).passes:
            return "no-mail-server"
    return "unexplained"


def ydt_table(verdicts: _Verdicts, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Verdict]:
    """Return the verdict on each item of YD/T 3118-2016.

    Parameters
    ----------
    verdicts
        Check to what counts of it.
    answers
        Check to what its row answered; S12 tells the levels of links apart.
    """
    found = {item: verdicts.get(check, Verdict.UNKNOWN) for item, check in YDT_ITEMS.items()}
    for level, needed in (("second", 0.95), ("third", 0.90)):
        links = answers.get("S12", {}).get(level)
        if not isinstance(links, Mapping):
            continue
        share = links.get("reached_share")
        if links.get("asked") == 0:
            found[level] = Verdict.NOT_APPLICABLE
        elif isinstance(share, int | float):
            found[level] = Verdict.PASS if share >= needed else Verdict.FAIL
        else:
            found[level] = Verdict.UNKNOWN
    return found


def cac_score(verdicts: _Verdicts) -> tuple[float, float]:
    """Return the points of 100 for the seven indicators, equally weighted, at least and at most."""
    words = [verdicts.get(check, Verdict.UNKNOWN) for check in CAC_INDICATORS.values()]
    applies = [word for word in words if word is not Verdict.NOT_APPLICABLE]
    if not applies:
        return 0.0, 100.0
    low = sum(word is Verdict.PASS for word in applies)
    high = low + sum(word is Verdict.UNKNOWN for word in applies)
    return 100 * low / len(applies), 100 * high / len(applies)


@dataclass(frozen=True, slots=True)
class NistCounts:
    """Servers of a service: with IPv4, with an IPv6 address, reached over it, operational."""

    servers: int
    assigned: int
    reached: int
    operational: int

    def __str__(self) -> str:
        return f"{self.servers}/{self.assigned}/{self.reached}/{self.operational}"


def _rows(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = answer.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [row for row in found if isinstance(row, Mapping)]


def _domain(answers: Mapping[str, Mapping[str, Any]]) -> NistCounts | None:
    if "S2" not in answers:
        return None
    counts = answers["S2"].get("servers")
    with_v6 = answers["S2"].get("servers_with_ipv6")
    if not isinstance(counts, Mapping) or not isinstance(with_v6, Mapping):
        return None
    tried = _rows(answers.get("S3", {}), "servers")
    hosts: dict[Any, list[bool]] = {}
    for row in tried:
        good = row.get("udp") == "authoritative" and row.get("tcp") == "authoritative"
        hosts.setdefault((row.get("zone"), row.get("host")), []).append(good)
    return NistCounts(
        sum(n for n in counts.values() if isinstance(n, int)),
        sum(n for n in with_v6.values() if isinstance(n, int)),
        sum(any(words) for words in hosts.values()),
        sum(all(words) for words in hosts.values()),
    )


def _mail(answers: Mapping[str, Mapping[str, Any]]) -> NistCounts | None:
    if "S16" not in answers:
        return None
    hosts = _rows(answers["S16"], "hosts")
    over = [row["over_v6"] for row in hosts if isinstance(row.get("over_v6"), Mapping)]
    good = [[str(word) == "greets" for word in one.values()] for one in over]
    return NistCounts(
        len(hosts), sum(bool(one) for one in over), sum(any(words) for words in good),
        sum(bool(words) and all(words) for words in good),
    )  # fmt: skip


def _web(verdicts: _Verdicts, answers: Mapping[str, Mapping[str, Any]]) -> NistCounts | None:
    if "S1" not in answers:
        return None
    v4, v6 = (answers["S1"].get(name) for name in ("ipv4", "addresses"))
    if not isinstance(v4, list) or not isinstance(v6, list):
        return None
    opened: dict[str, list[bool]] = {}
    for row in _rows(answers.get("S6", {}), "tries"):
        outcomes = row.get("outcomes")
        if row.get("address") in v6 and isinstance(outcomes, list):
            opened.setdefault(str(row["address"]), []).append("open" in outcomes)
    reached = sum(any(words) for words in opened.values())
    works = verdicts.get("S8") is Verdict.PASS and verdicts.get("S6") is Verdict.PASS
    return NistCounts(len(v4), len(v6), reached, reached if works else 0)


def nist_counts(
    verdicts: _Verdicts, answers: Mapping[str, Mapping[str, Any]]
) -> dict[str, NistCounts | None]:
    """Return the counts for ``dns``, ``mail`` and ``web``; None where nothing was asked."""
    return {"dns": _domain(answers), "mail": _mail(answers), "web": _web(verdicts, answers)}
