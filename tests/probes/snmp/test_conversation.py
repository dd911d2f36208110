"""Every agent is asked to its end and no further, whatever it answers; nothing here takes time."""

from __future__ import annotations

from typing import Any

import pytest

from ngbw.probes.snmp import ber
from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community, Outcome, UserSecurity
from ngbw.probes.snmp.conversation import Conversation, Reply, Unreadable
from ngbw.probes.snmp.remembered import CHANCE_ASKS, CLEAN_REPLIES, Device, Manner
from ngbw.probes.snmp.values import Tag, Typed, oid

from .conftest import END, NAME, OCTETS, World

SILENT = None
ROOT = oid("1.3.6.1.2.1.31.1.1.1")


class Told:
    """Runs a conversation against ``answer(pdu, question)``, on a clock that only silence moves."""

    def __init__(self, answer, *, version=2, device=None, credential=None, **wanted):
        wanted.setdefault("tables", ((NAME, OCTETS),))
        self.now_s = 0.0
        agent = Agent("a", "192.0.2.1", credential or Community("public", version))
        ask = Ask(agent, budget=Budget(**wanted.pop("budget", {})), **wanted)
        self.device = device or Device()
        self.conversation = Conversation(ask, self.device, clock=lambda: self.now_s)
        self.questions: list[Any] = []
        asking = self.conversation.run()
        event = None
        while len(self.questions) < 2000:
            try:
                question = asking.send(event)
            except StopIteration:
                break
            self.questions.append(question)
            names = tuple((ber.decode_oid(name), None) for name in question.names)
            first, second = 0, 0
            if question.tag == ber.GET_BULK:
                first, second = question.scalars, question.repetitions
            event = self._event(answer(ber.Pdu(question.tag, 1, first, second, names), question))
            if event is SILENT:
                self.now_s += ask.budget.timeout_s
        else:
            raise AssertionError("the conversation does not end")
        self.kinds = [fault.kind for fault in self.conversation.faults]
        self.outcome = self.conversation.outcome
        self.view = self.conversation.view

    @staticmethod
    def _event(answer):
        if answer is SILENT or isinstance(answer, (Unreadable, Reply)):
            return answer
        octets = b"".join(
            ber.encode_varbind(
                ber.encode_oid(name), ber.encode_typed(typed or Typed(Tag.NULL, None))
            )
            for name, typed in answer.varbinds
        )
        status, index = answer.error_status, answer.error_index
        return Reply(octets, 0, len(octets), status, index, len(octets) + 40)

    def ports(self, column=NAME):
        return [index[0] for index in self.view.column(column)]


def honest(ports=10):
    world = World(ports)
    return lambda pdu, _: world.response(pdu)


def test_columns_are_read_side_by_side_with_the_scalars_aside():
    told = Told(honest(48), scalars=(oid("1.3.6.1.2.1.1.5"),))
    assert (told.outcome, told.kinds) == (Outcome.ANSWERED, [])
    assert told.ports() == told.ports(OCTETS) == list(range(1, 49))
    assert told.view.scalar(oid("1.3.6.1.2.1.1.3")) == Typed(Tag.TIME_TICKS, 4200)
    assert told.view.scalar(oid("1.3.6.1.2.1.1.5")) is None
    assert [question.tag for question in told.questions] == [ber.GET_BULK] * 2


def test_a_table_is_asked_for_as_many_rows_as_it_had_last_time():
    device = Device()
    for asked in ([25], [4]):
        told = Told(honest(3), device=device)
        assert [question.repetitions for question in told.questions] == asked
        assert told.ports() == [1, 2, 3]


def test_a_table_that_grew_is_read_whole():
    device = Device()
    Told(honest(3), device=device)
    assert Told(honest(30), device=device).ports() == list(range(1, 31))


def test_rows_are_no_more_than_the_datagram_holds():
    told = Told(honest(48), budget={"datagram_bytes": 400})
    assert max(question.repetitions for question in told.questions) < 9
    assert told.ports() == list(range(1, 49))


def test_walks_columns_and_scalars_come_from_one_view():
    told = Told(honest(3), tables=(), walks=(ROOT,))
    assert told.ports() == [1, 2, 3]
    assert len(told.view.column(ROOT)) == 6
    assert told.view.column(oid("1.3.6.1.2.1.31.1.1.1.9")) == {}


def test_v1_is_asked_by_getnext_and_ends_with_no_such_name():
    world = World(3)

    def v1(pdu, question):
        assert question.v1
        assert pdu.tag != ber.GET_BULK
        rows = world.bindings(pdu)
        for place, (_, typed) in enumerate(rows, 1):
            if typed.tag >= Tag.NO_SUCH_OBJECT:
                return world.response(pdu, pdu.varbinds, status=2, index=place)
        return world.response(pdu)

    told = Told(v1, version=1, scalars=(oid("1.3.6.1.2.1.1.5"),))
    assert (told.outcome, told.kinds) == (Outcome.ANSWERED, [])
    assert told.ports() == told.ports(OCTETS) == [1, 2, 3]


def test_a_dead_agent_costs_its_tries_and_no_more():
    told = Told(lambda *_: SILENT, budget={"retries": 2})
    assert (told.outcome, len(told.questions)) == (Outcome.SILENT, 3)
    assert len(Told(lambda *_: SILENT, budget={"retries": 0}).questions) == 1


def test_an_agent_that_never_answered_is_asked_in_each_manner():
    device = Device()
    asked = []
    for _ in range(3):
        told = Told(lambda *_: SILENT, device=device, budget={"retries": 0})
        asked += [(question.tag, question.v1) for question in told.questions]
    assert asked == [(ber.GET_BULK, False), (ber.GET_NEXT, False), (ber.GET_NEXT, True)]
    user = UserSecurity("u")
    told = Told(lambda *_: SILENT, credential=user, budget={"retries": 5})
    assert not any(question.v1 for question in told.questions)


def test_an_agent_that_knows_v1_only_is_found_and_remembered():
    world, device = World(3), Device()

    def v1_only(pdu, question):
        if not question.v1:
            return SILENT
        rows = world.bindings(pdu)
        if any(typed.tag >= Tag.NO_SUCH_OBJECT for _, typed in rows):
            return world.response(pdu, pdu.varbinds, status=2, index=1)
        return world.response(pdu)

    first = Told(v1_only, device=device, budget={"retries": 2})
    assert (first.outcome, first.kinds, first.ports()) == (
        Outcome.ANSWERED, ["only-v1"], [1, 2, 3],
    )  # fmt: skip
    assert device.manner == Manner.V1
    assert Told(v1_only, device=device, budget={"retries": 0}).outcome == Outcome.ANSWERED


def test_an_agent_without_getbulk_is_found_and_remembered():
    world, device = World(3), Device()

    def no_bulk(pdu, _):
        return SILENT if pdu.tag == ber.GET_BULK else world.response(pdu)

    first = Told(no_bulk, device=device, budget={"seconds": 100})
    assert (first.outcome, first.ports()) == (Outcome.ANSWERED, [1, 2, 3])
    assert (device.manner, first.kinds) == (Manner.NEXT, ["no-bulk"])
    again = Told(no_bulk, device=device)
    assert len(again.questions) == again.conversation.replies


def test_rows_are_halved_until_replies_come_through_and_that_is_remembered():
    world, device = World(48), Device(answered=True)

    def narrow(pdu, question):
        return SILENT if question.repetitions > 5 else world.response(pdu)

    told = Told(narrow, device=device, budget={"seconds": 100})
    assert (told.outcome, told.ports()) == (Outcome.ANSWERED, list(range(1, 49)))
    assert device.limit <= 5
    again = Told(narrow, device=device)
    assert max(question.repetitions for question in again.questions) <= 5
    assert len(again.questions) == again.conversation.replies


def test_after_many_clean_replies_more_is_asked_for_again():
    device = Device(answered=True, limit=6, proven=6)
    for _ in range(CLEAN_REPLIES):
        device.gave(6, 25)
    assert device.limit == 12


def test_an_agent_that_was_away_is_soon_asked_as_before():
    device = Device()
    Told(honest(48), device=device)
    for _ in range(6):
        Told(lambda *_: SILENT, device=device)
    assert device.limit == 1
    for _ in range(3):
        Told(honest(48), device=device)
    assert device.limit == 25


def test_an_agent_that_falls_silent_gives_what_it_gave():
    world, count = World(48), []

    def dying(pdu, _):
        count.append(1)
        return world.response(pdu) if len(count) == 1 else SILENT

    told = Told(dying)
    assert (told.outcome, told.kinds) == (Outcome.PARTIAL, ["fell-silent"])
    assert told.ports() == list(range(1, 26))
    assert [question.tag for question in told.questions] == [
        ber.GET_BULK,
        ber.GET_BULK,
        ber.GET_NEXT,
    ]


def test_a_slow_drip_ends_with_the_time():
    world = World(10_000)
    told_s = [0.0]

    def drip(pdu, _):
        told_s[0] += 1
        told.now_s += 1.9
        return world.response(pdu)

    told = Told.__new__(Told)
    Told.__init__(told, drip, budget={"seconds": 30})
    assert (told.outcome, told.kinds) == (Outcome.PARTIAL, ["time-budget"])
    assert told_s[0] < 30 / 1.9 + 1


def test_rows_and_octets_have_budgets():
    rows = Told(honest(5000), budget={"rows": 100})
    assert (rows.outcome, rows.kinds) == (Outcome.PARTIAL, ["row-budget"])
    assert 100 <= len(rows.ports()) + len(rows.ports(OCTETS)) < 160
    octets = Told(honest(5000), budget={"reply_bytes": 5000})
    assert (octets.outcome, octets.kinds) == (Outcome.PARTIAL, ["byte-budget"])


def test_an_agent_that_gives_one_name_for_ever_is_left():
    world = World(3)
    one = ((*NAME, 1), Typed(Tag.OCTET_STRING, b"x"))
    told = Told(lambda pdu, _: world.response(pdu, [one, one] * 5), tables=((NAME,),))
    assert told.outcome == Outcome.PARTIAL
    assert told.kinds == ["not-increasing", "loop"]
    assert (told.ports(), len(told.questions)) == ([1], 2)


def test_an_agent_that_walks_in_a_circle_is_left_with_every_row_once():
    def circle(pdu, _):
        start = pdu.varbinds[-1][0][len(NAME) :]
        at = start[0] if start else 0
        rows = [(*NAME, (at + n) % 60 + 1) for n in range(25)]
        return World(0).response(pdu, [(name, Typed(Tag.INTEGER, 1)) for name in rows])

    told = Told(circle, tables=((NAME,),), scalars=())
    assert (told.outcome, sorted(told.ports())) == (Outcome.PARTIAL, list(range(1, 61)))
    assert told.kinds == ["not-increasing", "loop"]
    assert len(told.questions) < 8


def test_an_endless_agent_ends_with_the_rows():
    def endless(pdu, _):
        rest = pdu.varbinds[-1][0][len(NAME) :]
        at = rest[0] if rest else 0
        rows = [((*NAME, at + n + 1), Typed(Tag.INTEGER, 1)) for n in range(25)]
        return World(0).response(pdu, rows)

    told = Told(endless, tables=((NAME,),), budget={"rows": 1000})
    assert (told.outcome, told.kinds) == (Outcome.PARTIAL, ["row-budget"])


def test_rows_sorted_as_text_are_all_read():
    order = sorted(range(1, 31), key=str)  # 1, 10, 11, ..., 2, 20, ...

    def as_text(pdu, question):
        rest = pdu.varbinds[-1][0][len(NAME) :]
        at = order.index(rest[0]) + 1 if rest else 0
        rows = [((*NAME, port), Typed(Tag.INTEGER, port)) for port in order[at : at + 7]]
        outside = [] if len(rows) == 7 else [((*OCTETS, 1), Typed(Tag.COUNTER64, 1))]
        aside = [(name, END) for name, _ in pdu.varbinds[: question.scalars]]
        return World(0).response(pdu, aside + rows + outside)

    told = Told(as_text, tables=((NAME,),))
    assert (told.outcome, told.kinds) == (Outcome.ANSWERED, ["not-increasing"])
    assert told.ports() == order


def test_doubled_rows_are_kept_once_and_the_walk_goes_on():
    world = World(30)

    def doubled(pdu, _):
        rows = [row for row in world.bindings(pdu) for _ in range(1 + (row[0][:-1] == NAME))]
        return world.response(pdu, rows)

    told = Told(doubled, tables=((NAME,),))
    assert (told.outcome, told.ports()) == (Outcome.ANSWERED, list(range(1, 31)))
    assert told.kinds == ["not-increasing"]


def test_too_big_halves_rows_then_columns():
    world = World(12)

    def small(pdu, _):
        if len(world.bindings(pdu)) > 1:
            return world.response(pdu, (), status=1)
        return world.response(pdu)

    told = Told(small)
    assert (told.outcome, told.kinds) == (Outcome.ANSWERED, [])
    assert told.ports() == told.ports(OCTETS) == list(range(1, 13))


def test_an_answer_that_is_always_too_big_is_given_up():
    told = Told(lambda pdu, _: World(1).response(pdu, (), status=1))
    assert told.outcome == Outcome.PARTIAL
    assert set(told.kinds) == {"too-big", "agent-error"}


@pytest.mark.parametrize("index", [0, 2, 77, -1])
def test_an_error_closes_the_column_it_points_at_or_that_is_found_to_have_it(index):
    world = World(6)

    def error(pdu, _):
        at = [n for n, (name, _) in enumerate(pdu.varbinds, 1) if name[: len(OCTETS)] == OCTETS]
        if at:
            return world.response(pdu, (), status=5, index=at[0] if index == 2 else index)
        return world.response(pdu)

    told = Told(error)
    assert (told.outcome, told.kinds) == (Outcome.PARTIAL, ["agent-error"])
    assert told.conversation.faults[0].root == OCTETS
    assert "genErr" in told.conversation.faults[0].detail
    assert (told.ports(), told.ports(OCTETS)) == (list(range(1, 7)), [])


def test_no_access_at_all_is_a_refusal():
    told = Told(lambda pdu, _: World(1).response(pdu, (), status=16))
    assert (told.outcome, told.kinds) == (Outcome.REFUSED, ["no-access"])


def test_empty_replies_end_the_walk():
    told = Told(lambda pdu, _: World(1).response(pdu, ()))
    assert (told.outcome, set(told.kinds)) == (Outcome.PARTIAL, {"empty-reply"})
    assert len(told.questions) < 6


def test_replies_that_cannot_be_read_are_asked_for_smaller_and_then_given_up():
    world = World(12)

    def fragile(pdu, question):
        return Unreadable(50) if question.repetitions > 3 else world.response(pdu)

    told = Told(fragile)
    assert (told.outcome, told.kinds) == (Outcome.ANSWERED, ["repaired-reply"])
    assert told.ports() == list(range(1, 13))
    never = Told(lambda *_: Unreadable(50))
    assert never.outcome == Outcome.PARTIAL
    assert "broken-reply" in never.kinds
    assert len(never.questions) < 20


def test_rows_before_the_damage_are_kept_and_the_walk_goes_on_behind_them():
    world = World(12)

    def damaged(pdu, _):
        octets = b"".join(
            ber.encode_varbind(ber.encode_oid(name), ber.encode_typed(typed))
            for name, typed in world.bindings(pdu)
        )
        size = len(octets) if pdu.error_index < 3 else min(len(octets), 90)
        return Reply(octets[:size], 0, size, 0, 0, size)

    told = Told(damaged)
    assert (told.outcome, told.ports()) == (Outcome.ANSWERED, list(range(1, 13)))
    assert told.kinds == ["repaired-reply"]


def test_a_reply_may_hold_less_than_a_row():
    world = World(5)
    told = Told(lambda pdu, _: world.response(pdu, world.bindings(pdu)[:2]))
    assert (told.outcome, told.kinds) == (Outcome.ANSWERED, [])
    assert told.ports() == told.ports(OCTETS) == [1, 2, 3, 4, 5]


def test_more_scalars_than_ride_along_are_asked_for_by_get():
    world = World(0)
    bases = [oid(f"1.3.6.1.4.1.9.1.{n}") for n in range(45)]
    for base in bases:
        world.rows[(*base, 0)] = Typed(Tag.INTEGER, base[-1])
    told = Told(lambda pdu, _: world.response(pdu), tables=(), scalars=tuple(bases))
    assert told.outcome == Outcome.ANSWERED
    assert [value and value.value for value in map(told.view.scalar, bases)] == list(range(45))
    assert {question.tag for question in told.questions} == {ber.GET}


SENSORS = oid("1.3.6.1.2.1.99.1.1.1.4")


class Endless(World):
    """A device whose column of octets never ends, with sensors in a table behind it."""

    def __init__(self, ports=3, sensors=2):
        super().__init__(ports)
        self.last = (*OCTETS, ports)
        for number in range(1, sensors + 1):
            self.rows[(*SENSORS, number)] = Typed(Tag.INTEGER, 40 + number)
        self.names = sorted(self.rows)

    def after(self, name):
        if name[: len(OCTETS)] == OCTETS and name >= self.last:
            return (*OCTETS, name[len(OCTETS)] + 1), Typed(Tag.COUNTER64, 7)
        return super().after(name)


def _endless_octets():
    world = Endless()
    return lambda pdu, _: world.response(pdu)


def test_a_table_without_end_hides_nothing_that_stands_behind_it():
    told = Told(
        _endless_octets(),
        tables=((NAME, OCTETS), (SENSORS,)),
        budget={"table_rows": 1000},
    )
    assert told.outcome is Outcome.PARTIAL
    assert [(fault.kind, fault.root) for fault in told.conversation.faults] == [
        ("table-budget", OCTETS)
    ]
    assert told.ports() == [1, 2, 3]
    assert told.ports(SENSORS) == [1, 2]


def test_a_table_without_end_is_paid_for_once():
    device = Device()
    wanted = {"tables": ((NAME, OCTETS), (SENSORS,)), "budget": {"table_rows": 1000}}
    first = Told(_endless_octets(), device=device, **wanted)
    second = Told(_endless_octets(), device=device, **wanted)
    assert first.conversation.rows >= 1000
    assert second.conversation.rows < 100
    assert second.kinds == ["table-budget"]
    assert second.ports(SENSORS) == [1, 2]


def test_a_table_that_has_an_end_again_is_read_whole_again():
    device = Device()
    wanted = {"tables": ((NAME, OCTETS),), "budget": {"table_rows": 1000}}
    Told(_endless_octets(), device=device, **wanted)
    assert device.most_rows
    assert Told(honest(3), device=device, **wanted).outcome is Outcome.ANSWERED
    assert not device.most_rows


def test_a_table_that_grew_gets_its_rows_back_in_time():
    device = Device()
    wanted = {"tables": ((NAME,),), "budget": {"table_rows": 1000}}
    Told(_endless_octets(), device=device, tables=((OCTETS,),), budget={"table_rows": 1000})
    (limit,) = device.most_rows.values()
    device.most_rows = {hash((NAME,)): limit}
    for _ in range(5 * CHANCE_ASKS):
        Told(honest(900), device=device, **wanted)
    told = Told(honest(900), device=device, **wanted)
    assert told.ports() == list(range(1, 901))


def test_what_the_time_did_not_suffice_for_is_said_and_comes_last_next_time():
    device = Device()
    asking: list[Any] = []

    def slow(pdu, question):
        asking[-1].now_s += 1.0
        return _endless_octets()(pdu, question)

    class Slow(Told):
        def __init__(self, *args, **more):
            asking.append(self)
            super().__init__(*args, **more)

    wanted = {"tables": ((OCTETS,), (SENSORS,)), "budget": {"seconds": 10.0}}
    first = Slow(slow, device=device, **wanted)
    assert [(fault.kind, fault.root) for fault in first.conversation.faults] == [
        ("time-budget", OCTETS),
        ("time-budget", SENSORS),
    ]
    second = Slow(slow, device=device, **wanted)
    assert second.ports(SENSORS) == [1, 2]
    assert second.now_s >= 10.0
    third = Slow(slow, device=device, **wanted)
    assert third.ports(SENSORS) == [1, 2]
    assert third.now_s <= 4.0  # it was late twice: a quarter of the time is enough to see it lives
