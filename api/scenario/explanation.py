"""One scenario explained: what each assertion asks for, what was found and what it rests on."""

from __future__ import annotations

from typing import Any

from ...topology.quantities import shown
from .report import Report, item_dict

__all__ = ["explanation", "explanation_text"]


def explanation(report: Report, *, top: int = 20) -> dict[str, Any]:
    """Return the assertions of a report with everything that is known about each."""
    scenario = report.file.scenarios[0]
    return {
        "scenario": scenario.scenario_id,
        "title": scenario.title or None,
        "fail": None if scenario.fail is None else str(scenario.fail),
        "project": str(report.file.project),
        "assertions": [
            {
                **result.to_dict(),
                "meaning": result.assertion.metric.meaning,
                "computed": result.assertion.metric.computed,
                "shown": shown(result.reading.value, result.assertion.metric),
                "wanted": result.assertion.wanted,
                "worst": [
                    {**item_dict(item), "words": str(item)} for item in result.reading.worst[:top]
                ],
            }
            for result in report.results
        ],
    }


def explanation_text(found: dict[str, Any]) -> str:
    """Return an explanation for reading."""
    words = found["title"] or found["fail"] or ""
    lines = [f"{found['scenario']}{f': {words}' if words else ''}"]
    for each in found["assertions"]:
        lines += ["", f"{each['assertion']}: {each['outcome']}"]
        lines.append(f"  {each['meaning']} ({each['computed']})")
        if each["value"] is None:
            lines.append(f"  cannot be told: {each['reason']}")
        else:
            lines.append(f"  {each['shown']}, must be {each['wanted']}; {each['origin']}")
        if each["basis"]:
            lines.append(f"  judged {each['basis']}")
        if each["source"]:
            lines.append(f"  from {each['source']}")
        if each["assumed"]:
            lines.append(f"  assumed: {', '.join(each['assumed'])}")
        if each["proven"] is not None:
            lines.append(
                f"  {'proven' if each['proven'] else 'not proven'} to be the best possible"
            )
        lines += [f"  {number}. {item['words']}" for number, item in enumerate(each["worst"], 1)]
    return "\n".join(lines)
