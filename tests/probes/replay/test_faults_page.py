"""Every fault stands on the page that engineers read, in the words of the program."""

from __future__ import annotations

from pathlib import Path

from ngbw.probes.replay import FAULTS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "probes.md"


def test_every_fault_is_on_the_page():
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    told = {
        cells[1].strip().strip("`").split("=")[0]: cells[2].strip()
        for cells in rows
        if len(cells) == 4 and cells[1].strip().startswith("`")
    }
    assert told == dict(FAULTS)
