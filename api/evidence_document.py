"""A row of evidence as plain data, the same for devices, websites and links."""

from __future__ import annotations

from typing import Any

from ..ipv6.evidence import Evidence
from ..maps.words import word_or_raw

__all__ = ["evidence_document"]


def evidence_document(row: Evidence, language: str) -> dict[str, Any]:
    """Return a row with its reason and the way out in words, where it has one."""
    document: dict[str, Any] = {
        "check_version": row.check_version,
        "verdict": row.verdict.value,
        "reason": row.reason,
        "basis": row.basis.value,
        "detail": row.detail,
        "asked": list(row.asked),
        "answered": dict(row.answered),
        "digest": row.digest,
        "began_s": row.began_s,
        "duration_s": row.duration_s,
    }
    if row.reason:
        document["why"] = word_or_raw("ipv6_reason", row.reason, language)
        document["what_to_do"] = word_or_raw("ipv6_do", row.reason, language)
    return document
