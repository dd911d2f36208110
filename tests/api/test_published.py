"""The pages that the program writes about itself are those it would write today."""

from __future__ import annotations

from pathlib import Path

import ngbw
from ngbw.api.published import metrics_page, publish, schema_text
from ngbw.topology.metrics import METRICS

DOCS = Path(ngbw.__file__).parent / "docs"


def test_published_pages_are_written_by_the_program():
    # When this fails: python -m ngbw.api.published docs
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == metrics_page()
    assert (DOCS / "scenario.schema.json").read_text(encoding="utf-8") == schema_text()


def test_every_metric_is_documented():
    page = metrics_page()
    assert all(f"| `{name}` |" in page for name in METRICS)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert all(row.count("|") == 7 for row in rows)


def test_publishing_writes_both_files(tmp_path):
    publish(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "metrics.md",
        "scenario.schema.json",
    ]
