"""S9: whether both families show the same page, beyond what the page itself changes each time.

The pages are taken in the order IPv4, IPv6, IPv4, IPv6. What differs between the two over IPv4 is
noise: counters, adverts, the news of a minute. Before that, what is known to change is taken out:
tokens, dates, figures, scripts. The distance is 1 - Dice over runs of four tags and words, so that
a page moved or repeated in part counts by that part.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .findings import Finding, Heard
from .page_fetch import Fetched
from .page_text import Tag, decoded, pieces

__all__ = ["FREE_DISTANCE", "NOISE_MARGIN", "distance", "judge_likeness", "shape_of"]

FREE_DISTANCE = 0.10
NOISE_MARGIN = 0.05
"""Pages are alike within the larger of the free distance and the noise with this margin."""
RATE_LIMITED = frozenset((403, 429))
_RUN = 4
_MOST_TOKENS = 60_000
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W_]+")
_CHANGING = re.compile(r".*[0-9].*|[A-Za-z0-9+/=]{24,}")
_KEPT = 32 * 1024


def shape_of(page: Fetched) -> Counter[tuple[str, ...]]:
    """Return a page's runs of tags and words, without what changes by itself."""
    tokens: list[str] = []
    for piece in pieces(decoded(page.body, page.headers.get("content-type", ""))):
        if isinstance(piece, Tag):
            tokens.append(f"<{piece.name}")
        else:
            # Tokens with digits are dates, counters, keys: that there is one stays.
            tokens += ["#" if _CHANGING.fullmatch(t) else t for t in _TOKEN.findall(piece)]
        if len(tokens) > _MOST_TOKENS:
            break
    tokens = tokens[:_MOST_TOKENS]
    if len(tokens) < _RUN:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(zip(*(tokens[n:] for n in range(_RUN)), strict=False))


def distance(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    """Return how far two pages are apart, 0 to 1: the share of runs that only one has."""
    total = one.total() + other.total()
    if not total:
        return 0.0
    return 1.0 - 2.0 * (one & other).total() / total


def judge_likeness(over_v4: Sequence[Fetched], over_v6: Sequence[Fetched]) -> Finding:
    """Judge S9 by the pages over IPv4 and over IPv6, two of each where both came."""
    pages = [*over_v4, *over_v6]
    asked = [f"GET {one.page.url} at {one.address}" for one in pages]
    answered: dict[str, object] = {"statuses": [one.status for one in pages]}
    raw = b"\0".join(group[0].body for group in (over_v4, over_v6) if group)
    heard = Heard(asked, answered, raw=raw)
    if not over_v4 or not over_v6:
        return heard.not_applicable("no-a" if not over_v4 else "no-aaaa")
    limited = [one for one in pages if one.status in RATE_LIMITED]
    if limited:
        return heard.unknown("rate-limited", f"{limited[0].status} at {limited[0].address}")
    broken = [one for one in pages if not (one.answered and one.body_whole)]
    if broken:
        return heard.unknown("no-page", f"{broken[0].outcome} at {broken[0].address}")
    if len({one.body for one in pages}) == 1:
        apart, noise = 0.0, 0.0
    else:
        v4, v6 = [shape_of(one) for one in over_v4], [shape_of(one) for one in over_v6]
        noise = max((distance(a, b) for a in v4 for b in v4 if a is not b), default=0.0)
        apart = min(distance(a, b) for a in v4 for b in v6)
    most = max(FREE_DISTANCE, noise + NOISE_MARGIN)
    answered |= {"distance": round(apart, 4), "noise": round(noise, 4), "most": round(most, 4)}
    if apart <= most:
        return heard.passed()
    # Both pages are kept where somebody has to look at them.
    kept = [
        decoded(one.body[: _KEPT // 2], one.headers.get("content-type", ""))
        for one in (over_v4[0], over_v6[0])
    ]
    excerpt = f"--- IPv4 ---\n{kept[0]}\n--- IPv6 ---\n{kept[1]}"
    return heard.failed("pages-differ", f"{apart:.3f} > {most:.3f}", excerpt=excerpt)
