"""Each transport ends every hostile agent inside its budget and reads every honest one alike."""

from __future__ import annotations

import time

import pytest

from ngbw.probes.snmp.agents import Agent, Ask, Community, Outcome
from ngbw.probes.snmp.engine import Engine
from ngbw.probes.snmp.transport import TRANSPORTS, open_transport
from ngbw.probes.snmp.values import Tag, Typed, oid
from ngbw.topology.errors import UsageError

from .conftest import NAME, OCTETS, AuthoredAgent, World, datagram


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    if request.param == "pysnmp":
        pytest.importorskip("pysnmp")
    opened = open_transport(request.param)
    yield opened
    opened.close()


def one(transport, ask):
    (answer,) = transport.collect([ask])
    return answer, [fault.kind for fault in answer.faults]


def test_an_unknown_transport_is_refused_by_name():
    with pytest.raises(UsageError, match="'carrier pigeon'; it is one of engine, pysnmp"):
        open_transport("carrier pigeon")
    engine = open_transport()
    assert isinstance(engine, Engine)
    engine.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("version", [1, 2])
def test_an_honest_agent_is_read_whole(transport, host, version):
    world = World(7)
    world.rows[(*NAME, 3)] = Typed(Tag.NULL, None)
    world.rows[(*NAME, 4)] = Typed(Tag.OBJECT_IDENTIFIER, oid("1.3.6.1.4.1"))
    world.rows[(*NAME, 5)] = Typed(Tag.IP_ADDRESS, bytes((192, 0, 2, 1)))
    world.rows[(*NAME, 6)] = Typed(Tag.OPAQUE, b"\x9f\x78\x04\x00\x00\x00\x00")
    world.rows[(*NAME, 7)] = Typed(Tag.INTEGER, -5)

    if version == 1:  # which knows no counters of 64 bits
        world.rows |= {(*OCTETS, port): Typed(Tag.COUNTER32, port) for port in range(1, 8)}

    def answer(message, _):
        rows = world.bindings(message.pdu)
        bad = [n for n, (_, typed) in enumerate(rows, 1) if typed.tag >= Tag.NO_SUCH_OBJECT]
        if message.version == 0 and bad:
            return [datagram(message, world.response(message.pdu, (), status=2, index=bad[0]))]
        return [datagram(message, world.response(message.pdu, rows))]

    with AuthoredAgent(answer, host) as agent:
        got, kinds = one(transport, agent.ask(version=version, budget={"timeout_s": 1}))
    assert (got.outcome, kinds, got.uptime_s) == (Outcome.ANSWERED, [], 42.0)
    for column in (NAME, OCTETS):
        assert got.view.column(column) == {
            (port,): world.rows[(*column, port)] for port in range(1, 8)
        }


def test_a_silent_agent_is_silent_after_its_tries(transport):
    with AuthoredAgent(lambda *_: []) as agent:
        answer, kinds = one(transport, agent.ask())
        assert len(agent.messages) == 2
    assert (answer.outcome, kinds) == (Outcome.SILENT, [])


@pytest.mark.parametrize(
    ("address", "said"),
    [("fe80::1%nowhere9", "nowhere9"), ("router.example", "router.example")],
)
def test_what_this_machine_cannot_send_says_nothing_about_the_agent(transport, address, said):
    answer, kinds = one(transport, Ask(Agent("a", address, Community("public"))))
    assert (answer.outcome, kinds) == (Outcome.UNKNOWN, ["no-route"])
    assert said in answer.faults[0].detail


def test_asks_to_one_agent_follow_each_other(transport):
    world = World(3)
    with AuthoredAgent(
        lambda message, _: [datagram(message, world.response(message.pdu))]
    ) as agent:
        asks = [agent.ask(agent_id=str(n), budget={"timeout_s": 1}) for n in range(4)]
        answers = list(transport.collect(asks))
    assert [answer.agent_id for answer in answers] == ["0", "1", "2", "3"]
    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}


def test_a_batch_that_is_left_early_leaves_nothing_behind(transport):
    world = World(3)
    with (
        AuthoredAgent(lambda message, _: [datagram(message, world.response(message.pdu))]) as first,
        AuthoredAgent(lambda *_: []) as second,
    ):
        answers = transport.collect([first.ask(), second.ask(agent_id="b")])
        next(answers)
        answers.close()
        answer, kinds = one(transport, first.ask())
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])


HOSTILE = {
    "noise": lambda message, _: [b"\x30\x03\x02\x01\x01", b"", bytes(range(200))],
    "indefinite length": lambda message, _: [
        b"\x30\x80" + datagram(message, World(3).response(message.pdu))[2:]
    ],
    "empty list": lambda message, _: [datagram(message, World(3).response(message.pdu, ()))],
    "the same for ever": lambda message, _: [
        datagram(
            message,
            World(3).response(message.pdu, [((*NAME, 1), Typed(Tag.INTEGER, 1))] * 9),
        )
    ],
    "always too big": lambda message, _: [
        datagram(message, World(3).response(message.pdu, (), status=1))
    ],
    "always genErr": lambda message, _: [
        datagram(message, World(3).response(message.pdu, (), status=5, index=9))
    ],
    "cut in half": lambda message, _: [
        (whole := datagram(message, World(99).response(message.pdu)))[: len(whole) // 2]
    ],
    "an error nobody knows": lambda message, _: [
        datagram(message, World(3).response(message.pdu, (), status=99, index=-5))
    ],
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("version", [1, 2])
def test_hostile_agents_end_inside_their_budget(transport, name, version):
    with AuthoredAgent(HOSTILE[name]) as agent:
        ask = agent.ask(version=version, scalars=(oid("1.3.6.1.2.1.1.5"),))
        began_s = time.monotonic()
        answer, kinds = one(transport, ask)
        assert time.monotonic() - began_s < ask.budget.seconds + 1
        assert len(agent.messages) < 100
    assert answer.outcome in (Outcome.PARTIAL, Outcome.SILENT)
    assert kinds or answer.outcome == Outcome.SILENT
