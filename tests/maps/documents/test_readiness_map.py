"""The map of readiness: a site shows its weakest, hatched where more may be reached."""

from __future__ import annotations

import pandas as pd

from ngbw.ipv6.evidence_book import EvidenceBook
from ngbw.ipv6.readiness import readiness
from ngbw.ipv6.verdicts import Level
from ngbw.maps.documents.drawing import Disc, Label, png_of, svg_of
from ngbw.maps.documents.readiness_map import LEVEL_COLOURS, readiness_drawing, site_rungs
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES


def network(devices):
    site = {"kind": "olt", "lat": 31.3}
    return Network({
        "sites": coerce(TABLES["sites"], pd.DataFrame([
            {"site_id": "A", "lon": 121.5, **site}, {"site_id": "B", "lon": 121.6, **site},
        ])),
        "devices": coerce(TABLES["devices"], pd.DataFrame(devices)),
    })  # fmt: skip


def stand(net):
    return readiness(net, EvidenceBook(None), (), at_s=1.0, timezone="UTC")


def test_what_is_not_known_is_hatched_and_white():
    net = network([{"device_id": "D", "site_id": "A", "role": "access"}])
    found = stand(net)
    assert site_rungs(found)["A"].level is Level.UNKNOWN
    drawing = readiness_drawing(found, net)
    assert drawing is not None
    discs = [one for one in drawing.marks if isinstance(one, Disc)]
    assert [one.fill for one in discs].count(LEVEL_COLOURS[Level.UNKNOWN]) == 2  # and the legend's
    assert sum(isinstance(one, Label) for one in drawing.marks) == len(Level)
    assert "未知" in svg_of(drawing, "zh-CN")
    assert png_of(drawing).startswith(b"\x89PNG")


def test_without_a_placed_subject_there_is_no_map():
    net = network([])
    assert readiness_drawing(stand(net), net) is None
