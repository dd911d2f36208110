"""What was found of devices' readiness, for people and for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..ipv6.evidence import Evidence
from ..ipv6.ladder import Rung
from ..ipv6.verdicts import Level, Verdict
from ..maps.words import text, word_or_raw
from .device_readiness import JudgedDevice, Judgement
from .evidence_document import evidence_document

__all__ = ["readiness_document", "readiness_lines"]

FORMAT = 1


def _level(level: Level, language: str) -> str:
    return text(f"ipv6_level.{level.name}", language)


def _row_lines(row: Evidence, language: str) -> Iterator[str]:
    line = text(
        "ipv6_device.line",
        language,
        check=row.check_id,
        title=text(f"ipv6_check.{row.check_id}", language),
        verdict=text(f"ipv6_found.{row.verdict}", language),
        reason=word_or_raw("ipv6_reason", row.reason, language),
    )
    if row.detail:
        line += " " + text("ipv6_device.shown", language, detail=row.detail)
    yield f"  {line}"
    if row.reason:
        do = word_or_raw("ipv6_do", row.reason, language)
        yield f"      {text('ipv6_device.do', language, do=do)}"


def _share_line(row: Evidence | None, language: str) -> Iterator[str]:
    """Yield the share of traffic where it could be told."""
    told = None if row is None else row.answered
    if not told or told.get("totals_since_start") or told.get("share") is None:
        return
    percent = {
        name: "-" if told[name] is None else f"{told[name]:.1%}"
        for name in ("share", "low", "high", "coverage")
    }
    key = "ipv6_device.share_assumed" if told["assumed"] else "ipv6_device.share"
    yield "  " + text(key, language, **percent, source=told["source"], assumed=told["assumed"])


def _device_lines(one: JudgedDevice, stands: Rung, language: str) -> Iterator[str]:
    rows = one.row_of
    level = _level(stands.level, language)
    if stands.level is Level.UNKNOWN or not stands.certain:
        high = _level(stands.high, language)
        yield text("ipv6_device.level_open", language, device=one.device_id, level=level, high=high)
    else:
        yield text("ipv6_device.level", language, device=one.device_id, level=level)
    yield from _share_line(rows.get("D10"), language)
    first = rows.get("D1")
    keeps = [*stands.failed, *stands.open]
    if first is not None and first.verdict is not Verdict.PASS:
        keeps = ["D1"]
    for check_id in dict.fromkeys(keeps):
        row = rows.get(check_id)
        if row is not None and row.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            yield from _row_lines(row, language)
    for check_id in ("D4", "D5", "D7"):
        found = rows[check_id].answered if check_id in rows else {}
        if found.get("undecodable"):
            shown = found["undecodable_rows"][0]
            yield "  " + text(
                "ipv6_device.undecodable", language, n=found["undecodable"], first=shown
            )


def readiness_lines(
    judgement: Judgement, rungs: Mapping[str, Rung], *, recorded: int, language: str
) -> Iterator[str]:
    """Yield the answer line by line: each device's level, what keeps it there, what to do."""
    for one in judgement.devices:
        yield from _device_lines(one, rungs[one.device_id], language)
    for device_id, why in judgement.not_asked.items():
        said = word_or_raw("ipv6_device.why", why, language)
        yield text("ipv6_device.not_asked", language, device=device_id, why=said)
    counts = Counter(stands.level for stands in rungs.values())
    levels = text("word.comma", language).join(
        text("ipv6_device.summary_level", language, n=counts[level], level=_level(level, language))
        for level in sorted(counts, reverse=True)
    )
    yield text(
        "ipv6_device.summary", language, n=len(judgement.devices), levels=levels, rows=recorded
    )


def readiness_document(
    judgement: Judgement, rungs: Mapping[str, Rung], *, recorded: range, language: str
) -> dict[str, Any]:
    """Return the answer as plain data."""
    return {
        "format": FORMAT,
        "at_s": judgement.at_s,
        "evidence": [recorded.start, recorded.stop - 1] if recorded else [],
        "devices": [
            {
                "device_id": one.device_id,
                "role": one.role,
                "listed": one.listed,
                "level": rungs[one.device_id].level.name.lower(),
                "at_most": rungs[one.device_id].high.name.lower(),
                "failed": list(rungs[one.device_id].failed),
                "open": list(rungs[one.device_id].open),
                "checks": {row.check_id: evidence_document(row, language) for row in one.rows},
            }
            for one in judgement.devices
        ],
        "not_asked": dict(judgement.not_asked),
    }
