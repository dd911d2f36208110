"""What `ngbw measure` answers: the comparison as data, and the same as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..coverage.measured.agreement import HELD_OUT_POINTS, Agreement, worth_of
from ..coverage.measured.applied import Calibration
from ..coverage.measured.comparison import Comparison
from ..coverage.measured.project_logs import list_logs
from ..coverage.measured.residuals import residual_group, residuals_by
from ..maps.measured_facts import measured_answers, measured_notes, measured_tables
from ..topology.project import Project
from .answer import aligned_table

__all__ = ["measured_document", "measured_text"]


def measured_document(
    project: Project,
    comparison: Comparison,
    *,
    agreement: Agreement | None,
    block_m: float,
    calibration: Calibration | None,
    created: datetime,
) -> dict[str, Any]:
    """Return a comparison as data for ``--json`` and for the page.

    Parameters
    ----------
    agreement
        What is stated over all points; None where they are too few or too clustered.
    block_m
        Side of the blocks that the points are counted over.
    calibration
        What the project's settings hold for the service; it is not part of the comparison.
    """
    points = comparison.points
    compared = set(points["log_id"])
    logs = list_logs(project)
    groups: dict[str, list[dict[str, Any]]] = {
        f"by_{what}": [] for what in ("distance", "clutter", "site", "cell", "log")
    }
    worth = 0.0
    if len(points):
        pairs = comparison.pairs()
        for what in ("distance", "clutter", "site", "cell"):
            groups[f"by_{what}"] = [group.to_dict() for group in residuals_by(pairs, what)]
        worth = worth_of(pairs, block_m)
        groups["by_log"] = [
            residual_group(str(log_id), residuals.tolist()).to_dict()
            for log_id, residuals in points.groupby("log_id")["residual_db"]
        ]
    settings = project.settings
    return {
        "project": {
            "name": settings.name,
            "name_en": settings.name_en,
            "timezone": settings.timezone,
        },
        "created": created.isoformat(timespec="seconds"),
        "service": {
            "id": comparison.service.service_id,
            "name": comparison.service.name,
            "name_en": comparison.service.name_en,
        },
        "model": {"name": comparison.model.name, "title": comparison.model.title},
        "logs": [
            {
                "log_id": row["log_id"],
                "file": row["file"],
                "unit": row["unit"],
                "rx_height_m": float(row["rx_height_m"]),
                "assumed": str(row["assumed"]).split(),
            }
            for row in logs.to_dict("records")
            if row["log_id"] in compared
        ],
        "samples": comparison.samples,
        "points": len(points),
        "left_out": dict(comparison.left_out),
        "unknown": dict(comparison.unknown),
        "assumed": list(comparison.assumed),
        "agreement": None if agreement is None else agreement.to_dict(),
        "refused": None
        if agreement is not None
        else {
            "points": len(points),
            "effective_points": worth,
            "needed": HELD_OUT_POINTS,
            "block_m": block_m,
        },
        "calibration": None
        if calibration is None
        else {
            "offset_db": calibration.offset_db.value,
            "sigma_db": calibration.sigma_db.value,
            "date": calibration.date.isoformat(),
        },
        **groups,
    }


def measured_text(document: Mapping[str, Any], language: str) -> str:
    """Return the comparison as lines of text."""
    lines: list[str] = []
    for answer in measured_answers(document):
        lines.append(answer.question.in_language(language))
        lines.append(f"  {answer.figure.in_language(language)}")
        lines += [f"  {detail.in_language(language)}" for detail in answer.details]
    for table in measured_tables(document):
        head = [column.heading.in_language(language) for column in table.columns]
        rows = [[cell.in_language(language) for cell in row.cells] for row in table.rows]
        lines += ["", table.title.in_language(language), *aligned_table(head, rows, (1, 2, 3, 4))]
    notes = [f"- {note.in_language(language)}" for note in measured_notes(document)]
    return "\n".join([*lines, *([""] if notes else []), *notes])
