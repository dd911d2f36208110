"""Write the pages that the program itself knows best: its metrics, and the scenario file's schema.

Run as ``python -m ngbw.api.published docs``; a test compares the committed files with these.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..topology.metrics import METRICS
from ..topology.quantities import UNITS
from .scenario.file_model import OF_FAILURES
from .scenario.file_reading import json_schema
from .scenario.readings import COMPUTED

__all__ = ["metrics_page", "publish", "schema_text"]

_HEAD = """\
# Metrics

Written by `python -m ngbw.api.published docs`; edit `topology/metrics.py`, not this page.

Targets and assertions name metrics by these names. A value is kept in the metric's unit, shares
as 0..1; an assertion may be written in any unit of the last table. *better* says which direction
is an improvement: a baseline and `ngbw diff` judge by it. Two that must not blur: `plan.sites` is
how many sites a plan uses and is held against its budget; `sites.built` is how many stand.

*Where from* says what gives the value: **computed** from the project; **failures**, in a scenario
with `fail`; or **evidence**, a statement (`ngbw import PROJECT statements FILE`) or measurement
without which it cannot be told.
"""


def metrics_page() -> str:
    """Return ``docs/metrics.md``."""
    lines = [_HEAD]
    lines += ["| metric | unit | meaning | how it is computed | better | where from |"]
    lines += ["|---|---|---|---|---|---|"]
    for name, metric in METRICS.items():
        source = "computed" if name in COMPUTED else "evidence"
        source = "failures" if name in OF_FAILURES else source
        lines.append(
            f"| `{name}` | {metric.unit} | {metric.meaning} | {metric.computed} | "
            f"{metric.better} | {source} |"
        )
    lines += ["", "## Units", "", "| unit | may be written as |", "|---|---|"]
    for unit, factors in UNITS.items():
        words = ", ".join(f"`{word}`" for word in factors if word)
        lines.append(f"| {unit} | {words or 'not in an assertion'} |")
    return "\n".join(lines) + "\n"


def schema_text() -> str:
    """Return ``docs/scenario.schema.json``."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def publish(directory: Path) -> None:
    """Write both files into a directory."""
    (directory / "metrics.md").write_text(metrics_page(), encoding="utf-8")
    (directory / "scenario.schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
