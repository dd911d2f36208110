"""What was found of websites' readiness, for people and for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..ipv6.catalogue import checks
from ..ipv6.evidence import Evidence
from ..ipv6.verdicts import Verdict
from ..maps.words import text, word_or_raw
from .evidence_document import evidence_document

__all__ = ["website_document", "website_lines"]

FORMAT = 1


def _row_lines(row: Evidence, language: str) -> Iterator[str]:
    line = f"  {row.check_id} {text(f'ipv6_check.{row.check_id}', language)}: "
    line += text(f"ipv6_found.{row.verdict}", language)
    if row.reason:
        line += f" - {word_or_raw('ipv6_reason', row.reason, language)}"
    if row.detail:
        line += f" ({row.detail})"
    yield line
    if row.reason and row.verdict is not Verdict.PASS:
        do = word_or_raw("ipv6_do", row.reason, language)
        yield f"      {text('ipv6_website.do', language, do=do)}"


def _harmful(rows: Sequence[Evidence]) -> bool:
    return any(row.verdict is Verdict.FAIL and checks()[row.check_id].harmful for row in rows)


def website_lines(
    vantage: Sequence[Evidence],
    websites: Mapping[str, Sequence[Evidence]],
    *,
    fit: bool,
    language: str,
) -> Iterator[str]:
    """Yield the answer line by line: the place, then each website with what to do."""
    yield text("ipv6_website.vantage_fit" if fit else "ipv6_website.vantage_unfit", language)
    for row in vantage:
        if row.verdict is not Verdict.PASS:
            yield from _row_lines(row, language)
    for website_id, rows in websites.items():
        passed = sum(row.verdict is Verdict.PASS for row in rows)
        yield text(
            "ipv6_website.summary", language, website=website_id, passed=passed, asked=len(rows)
        )
        if _harmful(rows):
            yield f"  {text('ipv6_website.harmful', language)}"
        if not fit:
            continue  # one reason for all, said above
        for row in rows:
            if row.verdict is not Verdict.NOT_APPLICABLE and (
                row.verdict is not Verdict.PASS or row.reason
            ):
                yield from _row_lines(row, language)


def website_document(
    vantage: Sequence[Evidence],
    websites: Mapping[str, Sequence[Evidence]],
    *,
    fit: bool,
    language: str,
) -> dict[str, Any]:
    """Return the answer as plain data."""
    return {
        "format": FORMAT,
        "vantage_fit": fit,
        "vantage": {row.check_id: evidence_document(row, language) for row in vantage},
        "websites": {
            website_id: {
                "harmful": _harmful(rows),
                "checks": {row.check_id: evidence_document(row, language) for row in rows},
            }
            for website_id, rows in websites.items()
        },
    }
