"""What a check found about a website, before it is written down as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..verdicts import Verdict

__all__ = ["Finding", "Heard"]

_MOST_ASKED = 64
_MOST_DETAIL = 300


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


class Heard:
    """What was asked and what was answered, on which a verdict is given.

    Parameters
    ----------
    asked
        Questions; of very many the first are kept.
    answered
        What was read of the answers: JSON-able values.
    raw
        The raw answer.
    """

    def __init__(
        self, asked: Sequence[str], answered: Mapping[str, Any] | None = None, *, raw: bytes = b""
    ) -> None:
        self.asked, self.answered, self.raw = tuple(asked[:_MOST_ASKED]), answered or {}, raw

    def _give(self, verdict: Verdict, reason: str, detail: str, excerpt: str = "") -> Finding:
        detail = detail[:_MOST_DETAIL]
        return Finding(verdict, reason, detail, self.asked, self.answered, self.raw, excerpt)

    def passed(self, reason: str = "", detail: str = "") -> Finding:
        """Give a pass."""
        return self._give(Verdict.PASS, reason, detail)

    def partly(self, reason: str, detail: str = "") -> Finding:
        """Give a pass in part."""
        return self._give(Verdict.PARTIAL, reason, detail)

    def failed(self, reason: str, detail: str = "", *, excerpt: str = "") -> Finding:
        """Give a fail."""
        return self._give(Verdict.FAIL, reason, detail, excerpt)

    def unknown(self, reason: str, detail: str = "") -> Finding:
        """Say that it cannot be told."""
        return self._give(Verdict.UNKNOWN, reason, detail)

    def not_applicable(self, reason: str, detail: str = "") -> Finding:
        """Say that the question does not arise."""
        return self._give(Verdict.NOT_APPLICABLE, reason, detail)
