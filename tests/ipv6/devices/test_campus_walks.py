"""What 23 walks of a campus network come to: shares, refusals, levels, rows that nobody can read."""

from __future__ import annotations

import json

import pytest

from ngbw.ipv6.devices import check_device, poll_of_recording, traffic_share
from ngbw.ipv6.devices.polls import read_ipv6
from ngbw.ipv6.devices.share import octets_since_start
from ngbw.ipv6.ladder import rung
from ngbw.ipv6.verdicts import Level, SubjectKind, Verdict
from ngbw.probes.replay.recordings import read_recording

REFUSALS = {
    "no per-family octet counters": "no-octet-counters",
    "no IPv4 row: share undefined": "no-v4-row",
    "both zero: octets not implemented": "octets-zero",
    "unverified: no interface octets to compare with": "unverified",
    "slow path only": "slow-path-only",
    "IP octets are": "interface-counters-incomplete",
}


def refusal(sentence):
    return next(code for words, code in REFUSALS.items() if sentence.startswith(words))


@pytest.fixture(scope="module")
def campus(shared):
    folder = shared / "vectors" / "ipv6" / "snmp"
    facts = json.loads((folder / "expected_facts.json").read_text())
    return [(one, read_recording(folder / one["file"])) for one in facts]


def rows_of(recording, role="other"):
    poll = poll_of_recording(recording, recording.name, at_s=1e9)
    return {row.check_id: row for row in check_device(poll, role=role)}


def level_of(rows, role="other"):
    verdicts = {check_id: row.verdict for check_id, row in rows.items()}
    return rung(SubjectKind.DEVICE, verdicts, role).level


@pytest.mark.shared
def test_shares_coverage_and_refusals_of_totals_equal_the_facts(campus):
    for facts, recording in campus:
        octets = octets_since_start(read_ipv6(recording), every_interface=True)
        told = traffic_share(octets)
        assert told.totals
        assert told.share == facts["share"]
        assert told.reason == refusal(facts["share_reason"]), facts["file"]
        for name in ("naive_share", "coverage"):
            found, wanted = getattr(told, name), facts[name]
            assert found == (wanted if wanted is None else pytest.approx(wanted, abs=6e-7)), (
                facts["file"],
                name,
            )


@pytest.mark.shared
def test_interface_octets_are_those_of_the_facts(campus):
    for facts, recording in campus:
        octets = octets_since_start(read_ipv6(recording), every_interface=True)
        assert (octets.interface_octets or 0) == facts["if_octets"], facts["file"]


@pytest.mark.shared
def test_every_check_gives_the_refusal_of_the_facts_and_never_a_verdict_on_totals(campus):
    for facts, recording in campus:
        row = rows_of(recording)["D10"]
        assert (row.verdict, row.reason) == (Verdict.UNKNOWN, refusal(facts["share_reason"]))
        assert row.answered["totals_since_start"]


@pytest.mark.shared
def test_routes_neighbours_adverts_and_rows_that_cannot_be_decoded_are_counted(campus):
    for facts, recording in campus:
        reading, rows = read_ipv6(recording), rows_of(recording)
        routes = [one for one in reading.routes.routes if one.table == "inetCidrRouteTable"]
        assert len(routes) == facts["routes6"], facts["file"]
        heard = [
            one
            for one in reading.neighbours.neighbours
            if one.table == "ipNetToPhysicalTable" and one.address.version == 6 and one.state
        ]
        assert len(heard) == facts["nd6"], facts["file"]
        assert rows["D8"].answered["sending"] == facts["ra_interfaces"], facts["file"]
        listed = [row for row in reading.addresses.unreadable if row.table == "ipAddressTable"]
        assert len(listed) == facts["undecodable"], facts["file"]
        assert rows["D4"].answered["undecodable"] >= facts["undecodable"]
        assert bool(reading.ospfv3_on) == bool(facts["ospfv3_admin"]), facts["file"]
        words = {None: None, True: 1, False: 2}
        asked = rows["D2"].answered
        assert words[asked["ipv6IpForwarding"]] == facts["forwarding6"]
        assert words[asked["ipv6Forwarding"]] == facts["forwarding6_legacy"]


@pytest.mark.shared
def test_core_router_that_keeps_nothing_in_ip_mib_is_configured_by_fallback(campus):
    found = [recording for facts, recording in campus if "mx960" in facts["file"]]
    assert len(found) == 2
    for recording in found:
        rows = rows_of(recording, "backbone")
        assert level_of(rows, "backbone") is Level.CONFIGURED
        assert rows["D2"].answered["source"] == "IPV6-MIB"
        assert "inetCidrRouteTable" in rows["D4"].detail
        assert rows["D6"].detail.startswith("ospfv3 fe80::")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["huawei-s12704", "huawei-s5720", "h3c-e528-1"])
def test_switch_that_says_so_is_not_forwarding_and_not_ready(campus, name):
    (recording,) = [one for facts, one in campus if facts["file"].startswith(name)]
    rows = rows_of(recording)
    assert (rows["D2"].verdict, rows["D2"].reason) == (Verdict.FAIL, "not-forwarding")
    assert rows["D3"].reason == "no-ipv6-interface"
    assert level_of(rows) is Level.NOT_READY


@pytest.mark.shared
def test_switch_without_any_object_of_ipv6_is_not_ready(campus):
    (recording,) = [one for facts, one in campus if "5250" in facts["file"]]
    rows = rows_of(recording)
    assert {rows[check].reason for check in ("D2", "D3", "D4", "D5")} == {"no-ipv6-object"}


@pytest.mark.shared
def test_walk_of_net_snmp_gives_the_kernels_addresses_and_way_out(shared):
    folder = shared / "vectors" / "ipv6" / "rig"
    recording = read_recording(folder / "r1_netsnmp593.walk")
    rows = rows_of(recording)
    kernel = {
        (address["local"], link["ifindex"])
        for link in json.loads((folder / "r1_ip_addr.json").read_text())
        for address in link["addr_info"]
    }
    own = {(one["address"], one["if_index"]) for one in rows["D4"].answered["shown"]}
    assert own == {one for one in kernel if one[0].startswith("2001:")}
    assert rows["D4"].verdict is Verdict.PASS
    assert rows["D5"].detail == "2001:db8:12::2"  # ip -6 route: default via 2001:db8:12::2
    assert rows["D8"].reason == "adverts-not-shown"
    # It counts IPv6 alone at interfaces, and both families for the whole.
    by_interface = octets_since_start(read_ipv6(recording), source="ipIfStatsTable")
    assert traffic_share(by_interface).reason == "no-v4-row"
