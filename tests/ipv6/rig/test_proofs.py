"""The table of what the rig can prove names every check, and stands in the documents."""

from __future__ import annotations

from ngbw.tests.conftest import ROOT
from ngbw.tests.ipv6.rig.proofs import missing, table


def test_every_check_of_the_catalogue_has_its_row():
    assert missing() == set()


def test_the_document_is_the_table():
    assert (ROOT / "docs" / "ipv6-rig.md").read_text("utf-8") == table()
