"""Replayed agents answer as their recordings say, and misbehave as they are told."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from ngbw.probes.replay import Faults, Recording, ReplayAgents, parse_faults, read_recording
from ngbw.probes.replay.agents import copies_of, parse_listen
from ngbw.probes.replay.fault_rules import faults_of
from ngbw.probes.replay.recordings import parse_snmprec, recordings_below
from ngbw.probes.replay.responder import Responder
from ngbw.probes.replay.v3_agents import V3ReplayAgents
from ngbw.probes.replay.walk_output import parse_walk
from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community, Outcome, UserSecurity
from ngbw.probes.snmp.ber import (
    GET,
    GET_BULK,
    GET_NEXT,
    Pdu,
    decode_message,
    encode_integer,
    encode_pdu,
    tlv,
)
from ngbw.probes.snmp.engine import Engine
from ngbw.probes.snmp.values import Tag, Typed, oid
from ngbw.topology.errors import MissingError, UsageError

ROWS = parse_snmprec(
    "1.3.6.1.2.1.1.1.0|4|box\n1.3.6.1.2.1.1.3.0|67|1000\n"
    + "".join(f"1.3.6.1.2.1.2.2.1.10.{n}|65|{n * 100}\n" for n in range(1, 6))
    + "".join(f"1.3.6.1.2.1.2.2.1.5.{n}|66|8000000\n" for n in range(1, 6))
    + "1.3.6.1.2.1.31.1.1.1.6.1|70|4294967296\n",
    "box",
)
FIRST = (1, 3, 6, 1, 2, 1, 1, 1, 0)
LAST = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 1)


class Box:
    """An agent without a socket, with a clock that a test turns."""

    def __init__(self, faults: Faults | None = None, recording: Recording = ROWS) -> None:
        self.now_s = 0.0
        self.responder = Responder(
            recording, clock=lambda: self.now_s, faults=faults or Faults(), seed=7
        )

    def ask(self, kind, *names, count=10, version=1, community=b"public") -> Any:
        """Return the unit of the reply, None for silence."""
        pdu = Pdu(kind, 77, 0, count if kind == GET_BULK else 0, tuple((n, None) for n in names))
        message = tlv(0x30, encode_integer(version) + tlv(4, community) + encode_pdu(pdu))
        reply = self.responder.reply(message)
        return None if reply is None else decode_message(reply.octets).pdu


def rows_of(pdu):
    return [(name, typed.tag, typed.value) for name, typed in pdu.varbinds]


def test_get_says_the_value_or_that_there_is_none():
    pdu = Box().ask(GET, FIRST, (1, 3, 6, 1, 2, 1, 1, 9, 0))
    assert rows_of(pdu)[0] == (FIRST, 4, b"box")
    assert pdu.varbinds[1][1].tag in (Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE)


def test_getnext_walks_to_the_end_of_the_view():
    box, name, walked = Box(), (1, 3), []
    for _ in range(20):
        ((name, typed),) = box.ask(GET_NEXT, name).varbinds
        if typed.tag == Tag.END_OF_MIB_VIEW:
            break
        walked.append(name)
    assert tuple(walked) == ROWS.ordered


def test_getbulk_goes_on_in_every_column_and_repeats_the_name_at_the_end():
    pdu = Box().ask(GET_BULK, oid("1.3.6.1.2.1.2.2.1.10"), LAST, count=2)
    assert [name for name, _, _ in rows_of(pdu)] == [
        oid("1.3.6.1.2.1.2.2.1.10.1"), LAST, oid("1.3.6.1.2.1.2.2.1.10.2"), LAST,
    ]  # fmt: skip
    assert pdu.varbinds[1][1].tag == Tag.END_OF_MIB_VIEW


def test_version_1_refuses_names_and_passes_over_64_bits():
    box = Box()
    assert box.ask(GET, (1, 3, 9), version=0).error_status == 2
    assert box.ask(GET_NEXT, ROWS.ordered[-2], version=0).error_status == 2


def test_another_community_and_noise_are_met_with_silence():
    box = Box()
    assert box.ask(GET, FIRST, community=b"private") is None
    assert box.responder.reply(b"\x30\x03abc") is None
    assert box.responder.reply(b"") is None
    assert box.responder.requests == 0


def test_time_moves_uptime_and_a_reboot_takes_it_back():
    box = Box(Faults(reboot=100))
    uptime = (1, 3, 6, 1, 2, 1, 1, 3, 0)
    box.now_s = 50
    assert box.ask(GET, uptime).varbinds[0][1].value == 5000
    box.now_s = 130
    assert box.ask(GET, uptime).varbinds[0][1].value == 3000
    plain = Box()
    plain.now_s = 50
    assert plain.ask(GET, uptime).varbinds[0][1].value == 6000


def test_drift_moves_counters_at_a_share_of_the_speed():
    box = Box(Faults(drift=0.5))
    box.now_s = 10
    value = box.ask(GET, oid("1.3.6.1.2.1.2.2.1.10.1")).varbinds[0][1].value
    assert value == 100 + 10 * 8_000_000 * 0.5 / 8


def test_a_loop_comes_back_and_endless_rows_never_end():
    loop, name, walked = Box(Faults(loop=8)), (1, 3), []
    for _ in range(30):
        ((name, typed),) = loop.ask(GET_NEXT, name).varbinds
        assert typed.tag != Tag.END_OF_MIB_VIEW
        walked.append(name)
    assert len(set(walked)) == 8
    pdu = Box(Faults(endless=1)).ask(GET_BULK, LAST, count=30)
    names = [name for name, _, _ in rows_of(pdu)]
    assert len(names) == 30
    assert all(name[: len(LAST)] == LAST for name in names)
    assert names == sorted(set(names))


def test_the_order_of_the_file_is_kept_when_it_is_asked_for():
    mixed = parse_snmprec("1.3.6.1|2|1\n1.3.6.3|2|3\n1.3.6.2|2|2\n", "mixed")
    pdu = Box(Faults(order=1), mixed).ask(GET_BULK, (1, 3, 6), count=3)
    assert [name[-1] for name, _, _ in rows_of(pdu)] == [1, 3, 2]


def test_small_faults_show_in_the_reply():
    assert Box(Faults(silence=1)).ask(GET, FIRST) is None
    assert Box(Faults(loss=1)).ask(GET, FIRST) is None
    assert Box(Faults(wrong_id=1)).ask(GET, FIRST).request_id == 76
    assert Box(Faults(empty=1)).ask(GET, FIRST).varbinds == ()
    assert Box(Faults(error=1)).ask(GET, FIRST).error_status == 5
    assert Box(Faults(too_big=40)).ask(GET, FIRST, LAST).error_status == 1
    counter = oid("1.3.6.1.2.1.2.2.1.10.3")
    assert Box(Faults(wrong_type=1)).ask(GET, counter).varbinds[0][1] == Typed(4, b"300")


def test_an_unsigned_counter_lacks_its_zero_octet():
    box = Box(Faults(unsigned=1), parse_snmprec("1.3.6.1|65|4294967280\n", "x"))
    message = tlv(0x30, encode_integer(1) + tlv(4, b"public")
                  + encode_pdu(Pdu(GET, 1, 0, 0, (((1, 3, 6, 1), None),))))  # fmt: skip
    reply = box.responder.reply(message)
    assert reply is not None
    assert reply.octets.endswith(b"\x41\x04\xff\xff\xff\xf0")


def test_truncation_and_garbage_are_the_same_for_the_same_seed():
    request = tlv(0x30, encode_integer(1) + tlv(4, b"public")
                  + encode_pdu(Pdu(GET, 1, 0, 0, ((FIRST, None),))))  # fmt: skip

    def replies(faults):
        box = Box(faults)
        return [box.responder.reply(request) for _ in range(20)]

    spoilt = replies(Faults(truncate=0.5, garbage=0.2, loss=0.2))
    assert spoilt == replies(Faults(truncate=0.5, garbage=0.2, loss=0.2))
    assert len({one and one.octets for one in spoilt}) > 2


def test_faults_are_read_from_words_and_meet_whom_they_name():
    rules = parse_faults("silence@0.25, loss=0.1@sw*,delay=2,loop")
    chosen = [faults_of(rules, f"sw{n}").silence for n in range(400)]
    assert 70 < sum(chosen) < 130
    assert chosen == [faults_of(rules, f"sw{n}").silence for n in range(400)]
    assert chosen != [faults_of(rules, f"sw{n}", seed=1).silence for n in range(400)]
    mine = faults_of(parse_faults("loss=0.1@sw*,delay=2,loop"), "rt")
    assert mine == Faults(delay=2, loop=100)
    assert str(mine) == "delay=2, loop=100"
    for wrong in ("slience", "loss", "loss=2", "delay=x", "silence@", "silence@3", "delay=inf"):
        with pytest.raises(UsageError):
            parse_faults(wrong)
    with pytest.raises(UsageError, match="did you mean 'silence'"):
        parse_faults("slience")


def test_places_to_listen_are_read():
    assert parse_listen("127.0.0.1") == ("127.0.0.1", 0)
    assert parse_listen("127.0.0.1:1161") == ("127.0.0.1", 1161)
    assert parse_listen("[::1]:1161") == ("::1", 1161)
    assert parse_listen("::1") == ("::1", 0)
    for wrong in ("localhost", "127.0.0.1:x", "127.0.0.1:70000", ""):
        with pytest.raises(UsageError):
            parse_listen(wrong)


def test_agents_share_a_port_on_addresses_in_a_row_or_an_address():
    with ReplayAgents(copies_of([ROWS], 3)) as apart:
        assert [one.name for one in apart.served] == ["box", "box-2", "box-3"]
        assert len({one.port for one in apart.served}) == 3
        free = apart.served[0].port
    with ReplayAgents(copies_of([ROWS], 3), host="127.9.0.1", port=free) as rowed:
        assert [one.address for one in rowed.served] == ["127.9.0.1", "127.9.0.2", "127.9.0.3"]
        assert {one.port for one in rowed.served} == {free}
    with pytest.raises(UsageError, match="two recordings"):
        ReplayAgents([ROWS, ROWS])


def asked(served, *names, timeout_s=1.0, retries=0):
    agent = Agent(served.name, served.address, Community("public"), served.port)
    return Ask(agent, walks=names, budget=Budget(timeout_s=timeout_s, retries=retries))


def test_values_and_faults_change_while_an_agent_runs():
    with ReplayAgents([ROWS]) as agents, Engine() as engine:
        counter = oid("1.3.6.1.2.1.2.2.1.10")
        agents.change("box", put={(*counter, 1): Typed(65, 5)})
        (answer,) = engine.collect([asked(agents.served[0], counter)])
        assert answer.view.column(counter)[(1,)].value == 5
        agents.change("box", faults=Faults(silence=1))
        (answer,) = engine.collect([asked(agents.served[0], counter, timeout_s=0.2)])
        assert answer.outcome is Outcome.SILENT
        agents.change("box", faults=Faults())
        (answer,) = engine.collect([asked(agents.served[0], counter)])
        assert answer.view.column(counter)[(1,)].value == 5
        with pytest.raises(MissingError):
            agents.change("box", put={(1, 3, 9): Typed(2, 1)})
        with pytest.raises(MissingError):
            agents.at("nobody")


def test_late_and_double_replies_reach_the_asker():
    rules = parse_faults("delay=0.1,double")
    with ReplayAgents([ROWS], faults=rules) as agents, Engine() as engine:
        (answer,) = engine.collect([asked(agents.served[0], (1, 3))])
        assert answer.outcome is Outcome.ANSWERED
        assert agents.requests()["box"] >= 1


def test_version_3_is_served_with_secrets_and_not_without():
    user = UserSecurity("ngbw", "sha256", "maplesyrup1", "aes128", "maplesyrup2")
    other = UserSecurity("ngbw", "sha256", "wrong-words", "aes128", "maplesyrup2")
    with V3ReplayAgents([ROWS], user=user) as agents, Engine() as engine:
        (served,) = agents.served
        for credential, good in ((user, True), (other, False)):
            agent = Agent("box", served.address, credential, served.port)
            budget = Budget(timeout_s=2.0, retries=0)
            (answer,) = engine.collect([Ask(agent, walks=((1, 3),), budget=budget)])
            assert (answer.outcome is Outcome.ANSWERED) is good
            if good:
                assert len(answer.view.column((1, 3))) == len(ROWS)
    with pytest.raises(UsageError, match="8 characters"):
        V3ReplayAgents([ROWS], user=UserSecurity("u", "sha1", "short"))


@pytest.mark.shared
@pytest.mark.slow
def test_net_snmp_walks_every_recording_of_real_devices_row_by_row(shared):
    if shutil.which("snmpbulkwalk") is None:
        pytest.skip("no snmpbulkwalk; install it with: apt-get install -y snmp")
    recordings = [read_recording(path) for path in recordings_below(shared / "vectors" / "snmp")]
    with ReplayAgents(recordings, clock=lambda: 0.0) as agents:
        for recording in recordings:
            if any(typed.tag == 40 for typed in recording.rows.values()):
                continue  # net-snmp refuses the tag that this one made up
            served = agents.at(recording.name)
            done = subprocess.run(
                ["snmpbulkwalk", "-v2c", "-cpublic", "-On", "-Cc", "-Cr40",
                 f"{served.address}:{served.port}", ".1"],
                capture_output=True, check=True,
            )  # fmt: skip
            text = done.stdout.decode("utf-8", "surrogateescape")
            walked = parse_walk(text, recording.name)
            assert list(walked.rows) == list(recording.ordered), recording.name
            differing = [n for n in recording.rows if recording.rows[n] != walked.rows[n]]
            # net-snmp prints some strings as text with their control characters gone.
            assert all(recording.rows[n].tag in (4, 68) for n in differing), recording.name
