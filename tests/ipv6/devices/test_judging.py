"""Devices judged check by check: what passes, what fails, what nobody can tell."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.devices import check_device, poll_of_recording
from ngbw.ipv6.devices.parity import ServiceStatement, services_stated
from ngbw.ipv6.devices.polls import DevicePoll
from ngbw.ipv6.devices.questions import QUESTIONS
from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.verdicts import Basis, SubjectKind, Verdict
from ngbw.probes.mibs import oid_of
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.snmp.agents import Outcome
from ngbw.probes.snmp.values import Tag, Typed

KINDS = {int: Tag.INTEGER, bytes: Tag.OCTET_STRING}


def six(text):
    return tuple(IPv6Address(text).packed)


def recorded(cells):
    rows = []
    for (name, *index), one in cells.items():
        typed = one if isinstance(one, Typed) else Typed(KINDS[type(one)], one)
        rows.append(((*oid_of(name), *(index or (0,))), typed))
    return recording_of("r1", rows)


def wide(value):
    return Typed(Tag.COUNTER64, value)


def judged(cells, *, later=None, role="other", seconds=300.0, **more):
    before = None
    if later is not None:
        ticks = {("sysUpTime",): Typed(Tag.TIME_TICKS, 100_000)}
        before = poll_of_recording(recorded(cells | ticks), "r1", at_s=1e9)
        ticks = {("sysUpTime",): Typed(Tag.TIME_TICKS, 100_000 + round(seconds * 100))}
        cells = cells | later | ticks
    poll = poll_of_recording(recorded(cells), "r1", at_s=1e9 + seconds)
    rows = check_device(poll, before, role=role, **more)
    return {row.check_id: (row.verdict, row.reason) for row in rows}


PASS = (Verdict.PASS, "")


def test_older_flag_answers_where_the_newer_is_not_kept_and_the_newer_leads():
    assert judged({("ipv6Forwarding",): 1})["D2"] == PASS
    assert judged({("ipv6Forwarding",): 1, ("ipv6IpForwarding",): 2})["D2"] == (
        Verdict.FAIL,
        "not-forwarding",
    )


def test_number_of_interfaces_alone_is_no_interface():
    found = judged({("ipv6Interfaces",): 2048, ("ipv6Forwarding",): 2})
    assert found["D3"] == (Verdict.FAIL, "no-ipv6-interface")


@pytest.mark.parametrize(
    ("address", "status", "verdict"),
    [
        ("2001:db8::1", 1, PASS),
        ("2001:db8::1", 6, (Verdict.FAIL, "address-not-usable")),
        ("fe80::1", 1, (Verdict.FAIL, "no-global-address")),
        ("fd00::1", 1, (Verdict.FAIL, "no-global-address")),
        ("2002:c000:201::1", 1, (Verdict.FAIL, "no-global-address")),
        ("::1", 1, (Verdict.FAIL, "no-global-address")),
    ],
)
def test_only_a_global_address_in_use_counts(address, status, verdict):
    index = (2, 16, *six(address))
    cells = {("ipAddressIfIndex", *index): 3, ("ipAddressStatus", *index): status}
    assert judged(cells)["D4"] == verdict


def test_prefix_length_of_no_link_is_odd_and_one_that_is_right_is_enough():
    def cells(*lengths):
        found = {}
        for number, length in enumerate(lengths, 1):
            found[("ipv6AddrPfxLength", 3, *six(f"2001:db8::{number}"))] = length
        return found

    assert judged(cells(80))["D4"] == (Verdict.PARTIAL, "odd-prefix-length")
    assert judged(cells(80, 64))["D4"] == PASS
    assert judged(cells(127))["D4"] == PASS


def test_rows_of_addresses_that_cannot_be_decoded_are_unknown_and_shown():
    cells = {("ipAddressIfIndex", 2, 5, 1, 2, 3, 4, 5): 1}
    assert judged(cells)["D4"] == (Verdict.UNKNOWN, "addresses-undecodable")
    (row,) = [
        one
        for one in check_device(poll_of_recording(recorded(cells), "r1", at_s=1e9))
        if one.check_id == "D4"
    ]
    assert row.answered["undecodable"] == 1
    assert row.answered["undecodable_rows"][0].startswith("ipAddressTable.2.5.1.2.3.4.5: ")


def route(destination, length, kind):
    index = (2, 16, *six(destination), length, 2, 0, 0, 2, 16, *six("fe80::1"))
    return {("inetCidrRouteType", *index): kind, ("inetCidrRouteIfIndex", *index): 4}


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        (route("::", 0, 4), PASS),
        (route("2000::", 3, 4), PASS),
        (route("::", 0, 5), (Verdict.FAIL, "route-discards")),
        (route("2001:db8:1::", 48, 4), (Verdict.FAIL, "no-default-route")),
        ({("ipv6RouteNumber",): 180_000}, PASS),
        ({("ipv6RouteType", *six("::"), 0, 1): 4}, PASS),
        ({("ipDefaultRouterLifetime", 2, 16, *six("fe80::9"), 3): 1800}, PASS),
        ({("ipv6IpForwarding",): 1}, (Verdict.UNKNOWN, "routes-not-shown")),
        ({("ifType", 1): 6}, (Verdict.FAIL, "no-ipv6-object")),
    ],
)
def test_way_out_is_a_route_that_leads_somewhere(cells, verdict):
    assert judged(cells)["D5"] == verdict


@pytest.mark.parametrize(
    ("cells", "role", "verdict"),
    [
        ({("ospfv3NbrState", 2, 0, 9): 8}, "backbone", PASS),
        ({("ospfv3NbrState", 2, 0, 9): 3}, "backbone", (Verdict.FAIL, "no-adjacency-up")),
        ({("ospfv3AdminStatus",): 1}, "other", (Verdict.FAIL, "no-adjacency-up")),
        (
            {("ospfv3AdminStatus",): 1, ("ospfv3AsScopeLsaCount",): 17},
            "backbone",
            (Verdict.UNKNOWN, "adjacencies-not-shown"),
        ),
        (
            {("bgpPeerState", 192, 0, 2, 1): 6},
            "backbone",
            (Verdict.UNKNOWN, "adjacencies-not-shown"),
        ),
        ({}, "access", (Verdict.NOT_APPLICABLE, "no-routing-protocol")),
    ],
)
def test_neighbour_of_routing_is_up_down_or_not_shown(cells, role, verdict):
    assert judged({("ipv6IpForwarding",): 1} | cells, role=role)["D6"] == verdict


def test_adverts_need_a_lifetime_and_a_switch_sends_none():
    sends = {("ipv6RouterAdvertSendAdverts", 4): 1}
    assert judged(sends)["D8"] == PASS
    dead = sends | {("ipv6RouterAdvertDefaultLifetime", 4): 0}
    assert judged(dead)["D8"] == (Verdict.FAIL, "lifetime-zero")
    assert judged({("ipv6RouterAdvertSendAdverts", 4): 2})["D8"] == (Verdict.FAIL, "no-adverts")
    assert judged({("ipForwarding",): 2})["D8"] == (Verdict.NOT_APPLICABLE, "not-a-router")


def test_forwarded_packets_show_that_a_device_carries():
    column = ("ipSystemStatsHCOutForwDatagrams", 2)
    assert judged({column: wide(7)}, later={column: wide(9)})["D9"] == PASS
    assert judged({column: wide(7)})["D9"] == (Verdict.UNKNOWN, "one-poll")


def test_none_forwarded_is_a_fail_only_where_the_counters_see_the_traffic():
    def cells(octets):
        return {
            ("ipSystemStatsHCOutForwDatagrams", 2): wide(0),
            ("ipSystemStatsHCInOctets", 1): wide(octets), ("ipSystemStatsHCOutOctets", 1): wide(0),
            ("ipSystemStatsHCInOctets", 2): wide(0), ("ipSystemStatsHCOutOctets", 2): wide(0),
        }  # fmt: skip

    def port(octets):
        return {("ifType", 1): 6, ("ifHCInOctets", 1): wide(octets), ("ifHCOutOctets", 1): wide(0)}

    honest = judged(cells(0) | port(0), later=cells(900) | port(1000))
    assert honest["D9"] == (Verdict.FAIL, "none-forwarded")
    assert honest["D10"] == (Verdict.FAIL, "no-ipv6-traffic")
    slow = judged(cells(0) | port(0), later=cells(900) | port(10**9))
    assert slow["D9"] == (Verdict.UNKNOWN, "forwarded-not-counted")
    assert slow["D10"] == (Verdict.UNKNOWN, "slow-path-only")


@pytest.mark.parametrize(
    ("lost6", "lost4", "verdict"),
    [
        (1, 1, PASS),
        (100, 60, PASS),
        (500, 60, (Verdict.FAIL, "more-errors")),
    ],
)
def test_losses_are_held_against_those_of_ipv4(lost6, lost4, verdict):
    def cells(packets, six, four):
        return {
            ("ipSystemStatsHCInReceives", 2): wide(packets),
            ("ipSystemStatsHCInReceives", 1): wide(packets),
            ("ipSystemStatsInDiscards", 2): Typed(Tag.COUNTER32, six),
            ("ipSystemStatsInDiscards", 1): Typed(Tag.COUNTER32, four),
            ("ifType", 1): 6,
            ("ifHighSpeed", 1): Typed(Tag.GAUGE32, 100),
        }

    assert judged(cells(0, 0, 0), later=cells(10_000, lost6, lost4))["D11"] == verdict


def test_interfaces_with_both_families_are_counted_of_those_with_ipv4():
    def cells(*with_six):
        found = {("ipAdEntIfIndex", 192, 0, 2, n): n for n in (1, 2)}
        return found | {("ipv6InterfaceEnableStatus", n): 1 for n in with_six}

    assert judged(cells(1, 2))["D14"] == PASS
    assert judged(cells(1))["D14"] == (Verdict.FAIL, "single-stack-interfaces")
    assert judged({("ipv6InterfaceEnableStatus", 1): 1})["D14"][0] is Verdict.UNKNOWN


def test_nothing_is_concluded_from_what_a_cut_answer_lacks():
    poll = poll_of_recording(recorded({("sysDescr",): b"x"}), "r1", at_s=1e9)
    cut = DevicePoll(
        device_id="r1", outcome=Outcome.PARTIAL, began_s=1e9, reading=poll.reading,
        cuts=(((), "time-budget"),),
    )  # fmt: skip
    rows = {row.check_id: row for row in check_device(cut)}
    assert rows["D1"].verdict is Verdict.PASS
    assert {rows[one].reason for one in ("D2", "D3", "D4", "D5")} == {"cut-short"}
    assert all(row.verdict is not Verdict.FAIL for row in rows.values())


@pytest.mark.parametrize(
    ("outcome", "verdict", "reason"),
    [
        (Outcome.SILENT, Verdict.FAIL, "silent"),
        (Outcome.REFUSED, Verdict.FAIL, "refused"),
        (Outcome.UNKNOWN, Verdict.UNKNOWN, "own-trouble"),
    ],
)
def test_a_device_that_did_not_answer_has_one_row(outcome, verdict, reason):
    (row,) = check_device(DevicePoll(device_id="r1", outcome=outcome, began_s=1e9))
    assert (row.check_id, row.verdict, row.reason) == ("D1", verdict, reason)


def test_statements_are_marked_and_count_from_their_own_day():
    def stated(**over):
        return services_stated(
            "r1", ServiceStatement(over, "operator", 1.4e9), vantage="here", now_s=1.5e9
        )

    good = stated(ntp=True, syslog=True, ssh=True, aaa=True)
    assert (good.verdict, good.basis, good.began_s) == (Verdict.PASS, Basis.STATEMENT, 1.4e9)
    assert stated(ntp=True).reason == "not-all-stated"
    assert stated(ntp=True, aaa=False).reason == "some-over-ipv4-only"
    assert services_stated("r1", None, vantage="here", now_s=1.0).reason == "not-stated"


def test_rows_name_their_clause_question_and_digest_and_survive_the_store():
    poll = poll_of_recording(recorded({("ipv6IpForwarding",): 1}), "r1", at_s=1e9)
    rows = check_device(poll)
    assert {row.check_id for row in rows} | {"D12", "D13"} == {
        one.check_id for one in checks().values() if one.subject is SubjectKind.DEVICE
    }
    assert all(row.asked and len(row.digest) == 64 for row in rows)
    assert [Evidence.from_body(row.to_body()) for row in rows] == rows


objects = st.sampled_from(
    sorted({*QUESTIONS.scalars, *(c for group in QUESTIONS.tables + QUESTIONS.slow_tables
                                  for c in group)})
)  # fmt: skip
indices = st.one_of(
    st.just((0,)),
    st.lists(st.integers(0, 300), max_size=40).map(tuple),
    st.tuples(st.integers(0, 5), st.integers(0, 20), *(st.integers(0, 255) for _ in range(16))),
    st.tuples(st.integers(1, 3)),
)
values = st.one_of(
    st.integers(-(2**31), 2**64 - 1).map(lambda n: Typed(Tag.COUNTER64, n)),
    st.integers(-5, 300).map(lambda n: Typed(Tag.INTEGER, n)),
    st.integers(0, 2**32 - 1).map(lambda n: Typed(Tag.TIME_TICKS, n)),
    st.binary(max_size=24).map(lambda b: Typed(Tag.OCTET_STRING, b)),
    st.lists(st.integers(0, 300), max_size=24).map(
        lambda o: Typed(Tag.OBJECT_IDENTIFIER, tuple(o))
    ),
    st.just(Typed(Tag.NULL, None)),
)
garbage = st.lists(st.tuples(objects, indices, values), max_size=30)


@given(garbage, garbage, st.sampled_from(["backbone", "access", "idc", "", "\x00"]))
def test_whatever_an_agent_says_gives_verdicts_with_reasons_and_never_an_error(first, second, role):
    def poll(rows, at_s):
        recording = recording_of("r1", [((*base, *index), typed) for base, index, typed in rows])
        return poll_of_recording(recording, "r1", at_s=at_s)

    for row in check_device(poll(second, 1e9 + 300), poll(first, 1e9), role=role):
        assert row.reason or row.verdict is Verdict.PASS
        assert Evidence.from_body(row.to_body()) == row
