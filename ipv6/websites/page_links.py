"""S12 and S13: what a page leads to and is made of, and whether IPv6 alone reaches it.

Links of the same owner count, by registrable domain; links to others and into closed networks are
listed apart, since they are not the website's to cure. A domain is registrable below a suffix such
as ``gov.cn``, ``sh.cn`` or ``co.uk``; this is the rule of the .cn registry and of the common
second-level names, not the whole list of public suffixes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from .findings import Finding, Heard
from .page_fetch import Fetched
from .page_text import Tag, decoded, pieces
from .page_visit import absolute

__all__ = ["Links", "judge_links", "judge_resources", "links_of", "registrable"]

SECOND_SHARE, THIRD_SHARE = 0.95, 0.90
"""Of second- and third-level links that IPv6 must reach (the indicators of the CAC)."""
_MOST_LINKS = 2000
_SECOND = frozenset(("com", "co", "net", "org", "gov", "go", "edu", "ac", "mil", "or", "ne", "gob"))
_OF_CN = (
    "bj sh tj cq he sx nm ln jl hl js zj ah fj jx sd ha hb hn gd gx hi sc gz yn xz sn gs qh nx xj "
    "tw hk mo "
)
"""Provinces, each with a label of two letters below .cn."""


def registrable(host: str) -> str:
    """Return the domain that somebody registered and under which a host lies."""
    labels = host.rstrip(".").lower().split(".")
    if len(labels) < 3 or len(labels[-1]) != 2:
        return ".".join(labels[-2:])
    second = labels[-2]
    keep = 3 if second in _SECOND or (labels[-1] == "cn" and f"{second} " in _OF_CN) else 2
    return ".".join(labels[-keep:])


@dataclass(frozen=True, slots=True)
class Links:
    """What a page names.

    Attributes
    ----------
    pages
        URLs of links, each once, in order.
    blocking, others
        URLs of sub-resources without which a browser shows nothing, and of the rest.
    """

    pages: tuple[str, ...]
    blocking: tuple[str, ...]
    others: tuple[str, ...]


def _blocks(tag: Tag) -> str | None:
    """Return what a browser waits for because of a tag: its reference; None where it does not."""
    found = tag.attributes
    if tag.name == "script" and not ({"async", "defer", "nomodule"} & found.keys()):
        return None if found.get("type") == "module" else found.get("src")
    if tag.name == "link" and "stylesheet" in found.get("rel", "").lower().split():
        # A style for paper or for wide screens alone does not hold the page up.
        return found.get("href") if found.get("media", "all") in ("", "all", "screen") else None
    return None


def links_of(page: Fetched) -> Links:
    """Return what a page names; hostile pages name at most two thousand."""
    base = page.page.url
    kinds: tuple[dict[str, None], ...] = ({}, {}, {})
    for piece in pieces(decoded(page.body, page.headers.get("content-type", ""))):
        if not isinstance(piece, Tag) or sum(map(len, kinds)) >= _MOST_LINKS:
            continue
        if piece.inside.startswith("/"):
            continue
        found = piece.attributes
        if piece.name == "base" and found.get("href"):
            base = absolute(base, found["href"]) or base
        elif piece.name == "a":
            if url := absolute(base, found.get("href", "")):
                kinds[0].setdefault(url.partition("#")[0])
        elif reference := _blocks(piece):
            if url := absolute(base, reference):
                kinds[1].setdefault(url)
        elif piece.name in ("script", "img", "iframe", "video", "audio", "source", "embed") and (
            url := absolute(base, found.get("src", ""))
        ):
            kinds[2].setdefault(url)
    return Links(*(tuple(one) for one in kinds))


def host_of(url: str) -> str:
    """Return the host of a URL made by :func:`.page_visit.absolute`."""
    return urlsplit(url).hostname or ""


def own(urls: Iterable[str], host: str) -> list[str]:
    """Return the URLs that belong to the same registrable domain as a host."""
    domain = registrable(host)
    return [url for url in urls if registrable(host_of(url)) == domain]


_PAGE = re.compile(r".*\.(pdf|docx?|xlsx?|zip|rar|7z|mp4|mp3|jpe?g|png|gif|exe|apk)", re.IGNORECASE)


def is_page(url: str) -> bool:
    """Whether a link leads to a page rather than to a file that is large."""
    return not _PAGE.fullmatch(urlsplit(url).path)


def judge_resources(
    blocking: Mapping[str, bool | None], others: Mapping[str, bool | None], asked: Sequence[str]
) -> Finding:
    """Judge S13 by the hosts of sub-resources: whether each has an IPv6 address (RFC 6589).

    Parameters
    ----------
    blocking, others
        By host; None where that cannot be told.
    """
    lacking = sorted(host for host, has in blocking.items() if has is False)
    later = sorted(host for host, has in others.items() if has is False)
    unsure = sorted(host for host, has in blocking.items() if has is None)
    answered = {
        "blocking_hosts": len(blocking), "blocking_v4_only": lacking, "other_hosts": len(others),
        "other_v4_only": later,
    }  # fmt: skip
    heard = Heard(asked, answered)
    if lacking:
        return heard.failed("blocking-v4-only", lacking[0])
    if unsure:
        return heard.unknown("not-resolved", unsure[0])
    if later:
        return heard.passed("others-v4-only", later[0])
    return heard.passed()


def judge_links(
    second: Mapping[str, bool | None], third: Mapping[str, bool | None], apart: Sequence[str]
) -> Finding:
    """Judge S12 by links of the same owner: whether IPv6 reaches each.

    Parameters
    ----------
    second, third
        Links on the page, and on those pages; None where IPv4 does not reach them either.
    apart
        Hosts of links that belong to others.
    """
    asked = [*second, *third]
    answered: dict[str, object] = {"others": list(apart[:50])}
    heard = Heard(asked, answered)
    if not second:
        return heard.not_applicable("no-links")
    missed = ""
    verdict = ""
    for name, links, needed in (("second", second, SECOND_SHARE), ("third", third, THIRD_SHARE)):
        told = {url: reached for url, reached in links.items() if reached is not None}
        bad = [url for url, reached in told.items() if not reached]
        share = 1 - len(bad) / len(told) if told else None
        answered[name] = {
            "asked": len(links), "told": len(told), "reached_share": share, "missed": bad[:20]
        }  # fmt: skip
        if share is not None and share < needed and not verdict:
            verdict, missed = name, bad[0]
    if not any(one is not None for one in second.values()):
        return heard.unknown("website-down")
    if verdict == "second":
        return heard.failed("links-not-reached", missed)
    if verdict:
        return heard.partly("links-not-reached", missed)
    return heard.passed()
