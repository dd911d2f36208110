"""Links of a network: budgets from the table, what was assumed, what homes share."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.access_links import access_segments, pon_budgets

STREET = [("a", [(0, 0), (2000, 0)])]
SITES = {"O": (0, 0, "olt"), "B": (2000, 0, "building")}


def network_of(town, *links, **tables):
    rows = [
        {"link_id": f"L{n}", "a_site": "O", "b_site": "B", **link} for n, link in enumerate(links)
    ]
    return town(STREET, SITES, links=rows, **tables)


def test_a_link_that_says_everything_assumes_nothing(town):
    network = network_of(
        town,
        {"kind": "pon", "length_km": 10, "pon_class": "gpon-b+", "split": "1:32",
         "connectors": 4, "splices": 5},
    )  # fmt: skip
    (each,) = pon_budgets(network)
    assert each.budget.margin_db == pytest.approx(4.8)
    assert each.assumed == ()
    assert (each.a_site, each.b_site) == ("O", "B")


def test_what_a_link_does_not_say_is_assumed_and_named(town):
    (each,) = pon_budgets(network_of(town, {"kind": "pon"}))
    assert each.budget.drop.length_km == pytest.approx(2.8, rel=0.01)
    assert each.budget.drop.splices == 4
    said = " | ".join(each.assumed)
    for words in ("1.4 times the distance", "class gpon-b+", "split 1:32", "4 connectors", "4 spl"):
        assert words in said


def test_the_length_of_the_spans_counts_where_the_link_has_none(town):
    spans = [{"span_id": "f1", "length_m": 1500}, {"span_id": "f2", "length_m": 700}]
    (each,) = pon_budgets(network_of(town, {"kind": "pon", "spans": "f1;f2"}, spans=spans))
    assert each.budget.drop.length_km == pytest.approx(2.2)


def test_powers_of_an_unconfirmed_class_are_named(town):
    (each,) = pon_budgets(network_of(town, {"kind": "pon", "pon_class": "epon-px30"}))
    assert any("powers of epon-px30" in words for words in each.assumed)


def test_a_link_that_is_wrong_is_named(town):
    with pytest.raises(InputError, match="link 'L0': split '1:33'"):
        pon_budgets(network_of(town, {"kind": "pon", "split": "1:33"}))
    with pytest.raises(InputError, match="link 'L0': PON class 'gpon'"):
        pon_budgets(network_of(town, {"kind": "pon", "pon_class": "gpon"}))


def test_homes_share_the_port_or_the_node(town):
    network = network_of(
        town,
        {"kind": "pon", "split": "1:8 1:8"},
        {"kind": "pon", "pon_class": "xgs-pon-n1", "split": "1:64", "homes": 40},
        {"kind": "hfc", "homes": 100},
        {"kind": "hfc", "homes": 100, "capacity_mbps": 1000},
        {"kind": "hfc"},
        {"kind": "fibre", "homes": 3},
    )
    segments = access_segments(network)
    assert list(segments) == ["L0", "L1", "L2", "L3"]
    assert segments["L0"].homes == 64
    assert segments["L0"].assumed == ("homes: one a way of the splitters",)
    assert segments["L0"].sustained_down_mbps == pytest.approx(38.88)
    assert segments["L1"].sustained_down_mbps == pytest.approx(9953.28 / 40)
    assert segments["L2"].down_mbps == 800
    assert segments["L3"].down_mbps == 1000
    half = access_segments(network, active_share=0.5)
    assert half["L2"].sustained_down_mbps == pytest.approx(16)
