"""Hostile agents over UDP end within their budgets, and the machine's own trouble is not theirs."""

from __future__ import annotations

import itertools
import socket
import sys
import threading
from dataclasses import replace

import pytest

from ngbw.probes.snmp import ber
from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community, Outcome, UserSecurity
from ngbw.probes.snmp.engine import PLAIN_REPLIES, Engine
from ngbw.probes.snmp.values import Tag, Typed, oid

from .conftest import NAME, OCTETS, AuthoredAgent, World, datagram

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells this")


@pytest.fixture
def engine():
    with Engine() as opened:
        yield opened


def one(engine, ask):
    (answer,) = engine.collect([ask])
    return answer, [fault.kind for fault in answer.faults]


def honest(world):
    return lambda message, _: [datagram(message, world.response(message.pdu))]


def test_an_honest_agent_is_read_whole(engine):
    with AuthoredAgent(honest(World(48))) as agent:
        answer, kinds = one(engine, agent.ask())
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
    assert answer.view.column(NAME)[(48,)] == Typed(Tag.OCTET_STRING, b"ge-48")
    assert answer.view.column(OCTETS)[(48,)] == Typed(Tag.COUNTER64, 2**40 + 48)
    assert answer.uptime_s == 42.0
    assert (answer.cost.requests, answer.cost.replies) == (2, 2)
    assert answer.cost.varbinds >= 97
    assert engine.health().trustworthy


def test_machine_code_takes_over_in_the_middle_of_a_walk(engine):
    with AuthoredAgent(honest(World(PLAIN_REPLIES))) as agent:
        ask = agent.ask(budget={"max_repetitions": 1, "seconds": 60, "timeout_s": 2})
        answer, kinds = one(engine, ask)
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
    assert [index for (index,) in answer.view.column(NAME)] == list(range(1, PLAIN_REPLIES + 1))


@linux
def test_a_closed_port_is_a_refusal_at_once(engine):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    agent = Agent("a", "127.0.0.1", Community("public"), port)
    answer, kinds = one(engine, Ask(agent, budget=Budget(timeout_s=30)))
    assert (answer.outcome, kinds) == (Outcome.REFUSED, ["port-closed"])
    assert answer.cost.seconds < 10


def test_a_credential_that_cannot_be_is_told_without_its_password(engine):
    user = UserSecurity("u", "sha256", "hidden1")
    answer, kinds = one(engine, Ask(Agent("a", "127.0.0.1", user)))
    assert (answer.outcome, kinds) == (Outcome.UNKNOWN, ["unusable-credential"])
    assert "hidden1" not in answer.faults[0].detail


def test_replies_under_a_wrong_id_or_community_are_no_replies(engine):
    world = World(3)

    def wrong_id(message, _):
        pdu = replace(world.response(message.pdu), request_id=message.pdu.request_id ^ 1)
        return [datagram(message, pdu)]

    with AuthoredAgent(wrong_id) as agent:
        answer, kinds = one(engine, agent.ask())
    assert (answer.outcome, kinds) == (Outcome.SILENT, ["wrong-id"])

    def wrong_community(message, _):
        return [datagram(replace(message, community=b"other"), world.response(message.pdu))]

    with AuthoredAgent(wrong_community) as agent:
        answer, kinds = one(engine, agent.ask())
    assert answer.outcome == Outcome.SILENT


def test_a_question_sent_back_is_no_reply(engine):
    with AuthoredAgent(lambda _, received: [received]) as agent:
        answer, _ = one(engine, agent.ask())
    assert answer.outcome == Outcome.SILENT


def test_replies_from_another_address_count_and_are_told(engine):
    world = World(3)
    with AuthoredAgent(
        lambda message, _: [(datagram(message, world.response(message.pdu)),)]
    ) as agent:
        answer, kinds = one(engine, agent.ask())
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, ["other-address"])
    assert len(answer.view.column(NAME)) == 3


def test_replies_that_come_twice_count_once(engine):
    world = World(48)
    with AuthoredAgent(
        lambda message, _: [datagram(message, world.response(message.pdu))] * 2
    ) as agent:
        answer, kinds = one(engine, agent.ask())
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
    assert answer.cost.replies == 2


def test_octets_behind_a_reply_are_ignored_and_told(engine):
    world = World(3)
    with AuthoredAgent(
        lambda message, _: [datagram(message, world.response(message.pdu)) + b"\x00\x00"]
    ) as agent:
        answer, kinds = one(engine, agent.ask())
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, ["trailing-octets"])


def test_a_late_reply_to_the_first_try_counts(engine):
    world, kept = World(3), []

    def late(message, _):
        kept.append(message)
        if len(kept) == 1:
            return []
        return [datagram(kept[0], world.response(kept[0].pdu))] if len(kept) == 2 else [
            datagram(message, world.response(message.pdu))
        ]  # fmt: skip

    with AuthoredAgent(late) as agent:
        answer, kinds = one(engine, agent.ask())
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])


def test_an_endless_agent_ends_with_its_rows(engine):
    ports = itertools.count(1)

    def endless(message, _):
        rows = [((*NAME, next(ports)), Typed(Tag.COUNTER32, 1)) for _ in range(50)]
        return [datagram(message, World(0).response(message.pdu, rows))]

    with AuthoredAgent(endless) as agent:
        answer, kinds = one(engine, agent.ask(tables=((NAME,),), budget={"rows": 2000}))
    assert (answer.outcome, kinds[-1]) == (Outcome.PARTIAL, "row-budget")


def test_a_slow_drip_ends_with_its_seconds():
    world, moment = World(500), [0.0]

    def drip(message, _):
        moment[0] += 0.06  # just inside the timeout
        return [datagram(message, world.response(message.pdu, world.bindings(message.pdu)[:2]))]

    with Engine(clock=lambda: moment[0]) as engine, AuthoredAgent(drip) as agent:
        answer, kinds = one(engine, agent.ask(budget={"seconds": 0.5}))
    assert (answer.outcome, kinds) == (Outcome.PARTIAL, ["time-budget"])
    assert answer.cost.seconds < 1.5


def test_counters_without_their_leading_zero_are_what_was_meant(engine):
    def unsigned(message, _):
        name, end = ber.encode_oid((*NAME, 1)), ber.encode_oid((*OCTETS, 1))
        bound = ber.encode_varbind(name, b"\x41\x04\xff\xff\xff\xf0") + ber.encode_varbind(end)
        pdu = ber.encode_pdu_of(ber.RESPONSE, message.pdu.request_id, 0, 0, bound)
        inner = ber.encode_integer(1) + ber.tlv(4, b"public") + pdu
        return [ber.tlv(0x30, inner)]

    with AuthoredAgent(unsigned) as agent:
        scalars = tuple(oid(f"1.3.6.1.4.1.1.{n}") for n in range(8))
        ask = agent.ask(tables=((NAME,),), scalars=scalars)
        answer, _ = one(engine, ask)
    assert answer.view.column(NAME) == {(1,): Typed(Tag.COUNTER32, 4294967280)}


def test_a_reader_that_dawdles_makes_no_agent_look_silent():
    moment, waiting = [0.0], threading.Semaphore(0)

    def last(message, _):
        yield datagram(message, World(48).response(message.pdu))
        waiting.release()  # the reply is on its way

    outcomes = []
    with (
        Engine(clock=lambda: moment[0]) as engine,
        AuthoredAgent(honest(World(1))) as first,
        AuthoredAgent(last) as second,
    ):
        asks = [first.ask(), second.ask(agent_id="b", budget={"seconds": 60, "timeout_s": 1})]
        for answer in engine.collect(asks):
            outcomes.append(answer.outcome)
            if not moment[0]:
                assert waiting.acquire(timeout=5)
                moment[0] += 3.0  # three timeouts
    assert outcomes == [Outcome.ANSWERED] * 2


@linux
def test_where_this_machine_drops_replies_the_silence_proves_nothing():
    world = World(3)

    def flood(message, _):
        # More than the smallest buffer holds, before the reply that matters.
        return [b"\x30" + bytes(1000)] * 50 + [datagram(message, world.response(message.pdu))]

    with Engine(buffer_octets=2048, ports=1) as engine, AuthoredAgent(flood) as agent:
        (port,) = [engine._port_for(socket.AF_INET, 1)]
        assert port is not None
        port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        answer, kinds = one(engine, agent.ask(budget={"retries": 0}))
        health = engine.health()
    assert health.receive_drops > 0
    assert not health.trustworthy
    assert (answer.outcome, kinds) == (Outcome.UNKNOWN, ["local-drops"])


def test_more_agents_than_one_buffer_holds_are_all_heard():
    world = World(48)
    with Engine(buffer_octets=4096, ports=4) as engine:
        agents = [AuthoredAgent(honest(world)) for _ in range(30)]
        try:
            asks = [
                agent.__enter__().ask(agent_id=str(n), budget={"timeout_s": 2})
                for n, agent in enumerate(agents)
            ]
            answers = list(engine.collect(asks))
        finally:
            for agent in agents:
                agent.__exit__()
    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}
    assert engine.health().receive_drops == 0
