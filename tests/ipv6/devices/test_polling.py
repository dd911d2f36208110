"""Polls of devices: credentials in turn, the agent over IPv6, what is remembered between runs."""

from __future__ import annotations

import gzip
from dataclasses import replace

from ngbw.ipv6.devices import check_device, poll_devices, poll_of_recording
from ngbw.ipv6.devices.last_counters import (
    counters_file,
    read_last_counters,
    write_last_counters,
)
from ngbw.ipv6.devices.polls import OverIpv6Outcome
from ngbw.ipv6.verdicts import Verdict
from ngbw.probes.mibs import oid_of
from ngbw.probes.replay.recorded_transport import RecordedTransport
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.safety import AllowedNetworks
from ngbw.probes.service.settings import NamedCredential
from ngbw.probes.service.targets import PolledDevice
from ngbw.probes.snmp.agents import Answer, Community, LocalHealth, Outcome
from ngbw.probes.snmp.values import Tag, Typed

OWN = (0x20, 1, 0x0D, 0xB8, *[0] * 11, 7)
NETWORKS = AllowedNetworks.of(["192.0.2.0/24", "2001:db8::/32"])
RIGHT, WRONG = (NamedCredential(name, Community(name)) for name in ("right", "wrong"))


def device(name="r1", octets=0):
    return recording_of(name, [
        ((*oid_of("sysName"), 0), Typed(Tag.OCTET_STRING, name.encode())),
        ((*oid_of("sysUpTime"), 0), Typed(Tag.TIME_TICKS, 100_000)),
        ((*oid_of("ipAddressIfIndex"), 2, 16, *OWN), Typed(Tag.INTEGER, 1)),
        ((*oid_of("ifType"), 1), Typed(Tag.INTEGER, 6)),
        ((*oid_of("ifHCInOctets"), 1), Typed(Tag.COUNTER64, octets)),
        ((*oid_of("ipIfStatsHCInOctets"), 2, 1), Typed(Tag.COUNTER64, octets)),
    ])  # fmt: skip


class Network(RecordedTransport):
    """Answers the right community, and over IPv6 as it is told."""

    over_ipv6 = Outcome.ANSWERED

    def _answer(self, ask):
        answer = super()._answer(ask)
        if ask.agent.credential != RIGHT.credential:
            return replace(answer, outcome=Outcome.SILENT, view=recording_of("", []))
        if ":" in ask.agent.address and self.over_ipv6 is not Outcome.ANSWERED:
            return Answer(answer.agent_id, self.over_ipv6, recording_of("", []), at_s=answer.at_s)
        return answer


def network(*recordings):
    return Network({one.name: one for one in recordings or (device(),)}, clock=lambda: 1e9)


def target(name="r1", address="192.0.2.1", credentials=(RIGHT,)):
    return PolledDevice(name, address, 161, credentials)


def over_ipv6(transport, *targets, **more):
    polls = poll_devices(targets or [target()], transport, networks=NETWORKS, **more)
    rows = [row for row in check_device(polls["r1"]) if row.check_id == "D12"]
    return [(row.verdict, row.reason) for row in rows]


def test_credentials_are_tried_in_turn_and_the_known_one_first():
    transport = network()
    both = target(credentials=(WRONG, RIGHT))
    polls = poll_devices([both], transport, networks=NETWORKS, over_ipv6=False)
    assert polls["r1"].outcome is Outcome.ANSWERED
    assert [one.agent.credential for one in transport.asked] == [WRONG.credential, RIGHT.credential]
    transport.asked.clear()
    poll_devices([both], transport, networks=NETWORKS, over_ipv6=False, known={"r1": "right"})
    assert [one.agent.credential for one in transport.asked] == [RIGHT.credential]


def test_silence_is_ours_where_this_machine_lost_packets():
    transport = network()
    transport.lost = LocalHealth(receive_drops=3)
    polls = poll_devices([target(credentials=(WRONG,))], transport, networks=NETWORKS)
    assert polls["r1"].outcome is Outcome.UNKNOWN


def test_agent_that_answers_at_its_own_address_passes():
    transport = network()
    assert over_ipv6(transport) == [(Verdict.PASS, "")]
    assert [one.agent.address for one in transport.asked] == ["192.0.2.1", "2001:db8::7"]


def test_silence_over_ipv6_proves_something_only_when_somebody_answers_over_it():
    transport = network(device(), device("r2"))
    transport.over_ipv6 = Outcome.SILENT
    assert over_ipv6(transport) == [(Verdict.UNKNOWN, "own-trouble")]
    assert over_ipv6(transport, vantage_proven=True) == [(Verdict.FAIL, "silent-over-ipv6")]


def test_poll_over_ipv6_is_its_own_proof_and_one_that_is_not_allowed_is_not_sent():
    assert over_ipv6(network(), target(address="2001:db8::7")) == [(Verdict.PASS, "")]
    transport = network()
    narrow = AllowedNetworks.of(["192.0.2.0/24"])
    polls = poll_devices([target()], transport, networks=narrow)
    told = polls["r1"].over_ipv6
    assert told is not None
    assert (told.outcome, told.tried) == (OverIpv6Outcome.NOT_ALLOWED, ("2001:db8::7",))
    assert len(transport.asked) == 1


def test_another_agent_at_the_address_is_no_answer_of_this_one():
    class Elsewhere(Network):
        def _answer(self, ask):
            answer = super()._answer(ask)
            if ":" in ask.agent.address:
                return replace(answer, view=device("somebody else"))
            return answer

    transport = Elsewhere({"r1": device()}, clock=lambda: 1e9)
    assert over_ipv6(transport) == [(Verdict.UNKNOWN, "another-agent")]


def test_counters_of_the_run_before_serve_as_the_earlier_poll(tmp_path):
    path = counters_file(tmp_path)
    assert read_last_counters(path) == {}
    first = poll_of_recording(device(), "r1", at_s=1e9)
    write_last_counters(path, [first])
    later = poll_of_recording(device(octets=900), "r1", at_s=1e9 + 300)
    assert later.reading is not None
    clock = replace(later.reading.system, agent_uptime_s=1300.0)
    later = replace(later, reading=replace(later.reading, system=clock))
    kept = read_last_counters(path)["r1"]

    def answered(before):
        rows = check_device(later, before)
        return {row.check_id: (row.verdict, row.reason) for row in rows}

    assert answered(kept) == answered(first)
    assert answered(kept)["D10"] == (Verdict.UNKNOWN, "no-octet-counters")


def test_file_of_counters_that_is_nonsense_gives_nothing(tmp_path):
    path = counters_file(tmp_path)
    path.parent.mkdir(parents=True)
    for content in (b"", b"\x1f\x8b", gzip.compress(b"[]"), gzip.compress(b'{"devices": 3}'),
                    gzip.compress(b'{"devices": {"r1": {"ended_s": "x"}}}')):  # fmt: skip
        path.write_bytes(content)
        assert read_last_counters(path) == {}
