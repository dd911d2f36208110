"""Views of other programmes: Internet.nl's recorded verdicts come out again, row by row."""

from __future__ import annotations

import csv
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.outside_views import (
    CAC_INDICATORS,
    MAIL_PARTS,
    WEB_PARTS,
    cac_score,
    internet_nl,
    mail_difference,
    nist_counts,
    ydt_table,
)
from ngbw.ipv6.verdicts import Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


def recorded(shared, kind, parts):
    path = shared / "vectors" / "ipv6" / "internetnl" / f"recorded_{kind}_ipv6.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield (
                {part: row[f"{kind}_ipv6_{part}"] == "True" for part in parts},
                row["cat_ipv6"] == "True",
            )


def test_563_recorded_websites_come_out_as_internet_nl_judged_them(shared):
    rows = list(recorded(shared, "web", WEB_PARTS))
    assert len(rows) == 563
    for parts, passes in rows:
        found = internet_nl({name: PASS if good else FAIL for name, good in parts.items()})
        assert found.passes is passes
        assert (found.percent_low == 100) is passes
    assert sum(passes for _, passes in rows) == 270
    assert sum(parts["ws_address"] for parts, _ in rows) == 284
    assert sum(parts["ws_reach"] for parts, _ in rows) == 281


def test_the_26_mail_domains_that_differ_have_no_mail_server(shared):
    rows = list(recorded(shared, "mail", MAIL_PARTS))
    assert len(rows) == 496
    why = [mail_difference(parts, passes) for parts, passes in rows]
    assert why.count("") == 470
    assert why.count("no-mail-server") == 26
    for (parts, passes), reason in zip(rows, why, strict=True):
        if reason:
            assert passes
            assert parts == {
                "mx_address": False, "mx_reach": False, "ns_address": True, "ns_reach": True,
            }  # fmt: skip


def test_a_difference_of_another_sort_is_not_explained_away():
    good = dict.fromkeys(MAIL_PARTS, True)
    assert mail_difference(good, True) == ""
    assert mail_difference(good, False) == "unexplained"
    assert mail_difference(good | {"ns_reach": False}, True) == "unexplained"
    assert mail_difference(good | {"mx_reach": False}, True) == "unexplained"


def test_points_are_internet_nls():
    web = dict.fromkeys(WEB_PARTS, PASS)
    assert internet_nl(web | {"ws_similar": FAIL}).percent_low == 100 * 40 / 42
    assert internet_nl(web | {"ns_address": Verdict.PARTIAL}).percent_low == 100 * 34 / 42
    assert internet_nl(web | {"ns_address": Verdict.PARTIAL}).passes is False
    half = internet_nl(web | {"ws_reach": UNKNOWN})
    assert (half.passes, half.percent_low, half.percent_high) == (None, 100 * 32 / 42, 100)


@given(st.dictionaries(st.sampled_from(list(CAC_INDICATORS.values())), st.sampled_from(Verdict)))
def test_unknown_widens_the_national_score(verdicts):
    low, high = cac_score(verdicts)
    assert 0 <= low <= high <= 100
    for check in verdicts:
        if verdicts[check] is not Verdict.NOT_APPLICABLE:
            wider = cac_score(verdicts | {check: UNKNOWN})
            assert wider[0] <= low
            assert wider[1] >= high


def test_levels_of_links_are_told_apart():
    links = {
        "second": {"asked": 9, "reached_share": 1.0},
        "third": {"asked": 9, "reached_share": 0.8},
    }
    table = ydt_table({"S12": FAIL, "S1": PASS}, {"S12": links})
    assert (table["second"], table["third"], table["aaaa"], table["same"]) == (
        PASS, FAIL, PASS, UNKNOWN,
    )  # fmt: skip
    none = ydt_table({}, {"S12": {"second": {"asked": 0, "reached_share": None}, "third": 3}})
    assert (none["second"], none["third"]) == (Verdict.NOT_APPLICABLE, UNKNOWN)


def test_servers_are_counted_by_service():
    answers: dict[str, dict[str, Any]] = {
        "S1": {"ipv4": ["192.0.2.1"], "addresses": ["2001:db8::1", "2001:db8::2"]},
        "S2": {"servers": {"a.example": 3}, "servers_with_ipv6": {"a.example": 2}},
        "S3": {"servers": [
            {"zone": "a.example", "host": "n1", "udp": "authoritative", "tcp": "authoritative"},
            {"zone": "a.example", "host": "n1", "udp": "timeout", "tcp": "authoritative"},
            {"zone": "a.example", "host": "n2", "udp": "lame", "tcp": "lame"},
        ]},
        "S6": {"tries": [
            {"address": "2001:db8::1", "port": 443, "outcomes": ["open"]},
            {"address": "2001:db8::2", "port": 443, "outcomes": ["refused", "refused"]},
        ]},
    }  # fmt: skip
    found = nist_counts({"S6": FAIL, "S8": PASS}, answers)
    assert {name: str(one) for name, one in found.items()} == {
        "dns": "3/2/1/0", "mail": "None", "web": "1/2/1/0",
    }  # fmt: skip
    assert nist_counts({}, {"S2": {}, "S1": {"ipv4": 3}, "S16": {"hosts": "x"}})["dns"] is None
