"""The known word that an unknown one was probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["nearest"]

_ALIKE = 0.6
"""Words that share less are not worth a guess; the limit that difflib takes."""


def nearest(word: str, words: Iterable[str]) -> str:
    """Return " (did you mean ...?)" for the closest known word, the first of equals, or nothing."""
    match = difflib.SequenceMatcher(b=word)
    best, alike = "", _ALIKE
    for known in words:
        match.set_seq1(known)
        # The two upper bounds are cheap and spare nearly every word the real comparison.
        if match.real_quick_ratio() >= alike and match.quick_ratio() >= alike:
            ratio = match.ratio()
            if ratio > alike or (not best and ratio == alike):
                best, alike = known, ratio
    return f" (did you mean {best!r}?)" if best else ""
