"""What a check found about a website, before it is written down as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..verdicts import Verdict

__all__ = ["Finding", "failed", "not_applicable", "partly", "passed", "unknown"]

_MOST_ASKED = 64


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with what it rests on; fields as in :class:`~..evidence.Evidence`.

    Attributes
    ----------
    raw
        The raw answer, of which the digest is kept; b"" where the parsed one says it all.
    excerpt
        Text of it that is kept.
    """

    verdict: Verdict
    reason: str = ""
    detail: str = ""
    asked: tuple[str, ...] = ()
    answered: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = b""
    excerpt: str = ""


def _finding(
    verdict: Verdict, reason: str, detail: str, asked: Sequence[str], answered: Mapping[str, Any]
) -> Finding:
    return Finding(verdict, reason, detail[:300], tuple(asked[:_MOST_ASKED]), answered)


def passed(asked: Sequence[str], reason: str = "", detail: str = "", **answered: Any) -> Finding:
    """Return a pass."""
    return _finding(Verdict.PASS, reason, detail, asked, answered)


def partly(reason: str, asked: Sequence[str], detail: str = "", **answered: Any) -> Finding:
    """Return a pass in part."""
    return _finding(Verdict.PARTIAL, reason, detail, asked, answered)


def failed(reason: str, asked: Sequence[str], detail: str = "", **answered: Any) -> Finding:
    """Return a fail."""
    return _finding(Verdict.FAIL, reason, detail, asked, answered)


def unknown(reason: str, asked: Sequence[str] = (), detail: str = "", **answered: Any) -> Finding:
    """Return that it cannot be told."""
    return _finding(Verdict.UNKNOWN, reason, detail, asked, answered)


def not_applicable(
    reason: str, asked: Sequence[str] = (), detail: str = "", **answered: Any
) -> Finding:
    """Return that the question does not arise."""
    return _finding(Verdict.NOT_APPLICABLE, reason, detail, asked, answered)
