"""From the feed to people: one message a root cause, routes, hours, digests, retries, cursors."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from ngbw.api.alarm_words import AlarmWriter
from ngbw.probes.alarms import AlarmBook, AlarmKey, MemoryLog, people
from ngbw.probes.alarms.placement import Placement
from ngbw.probes.notify import Impact, Notifier, read_notify
from ngbw.probes.notify.channels import open_channel
from ngbw.probes.root_cause import RootCauseJudge, watched_graph
from ngbw.tests.probes.alarms.conftest import rules_of, seen
from ngbw.tests.probes.notify.receivers import HttpReceiver
from ngbw.tests.probes.test_root_cause import network_of
from ngbw.topology.errors import MissingError, SurroundingsError

RULES = """
[learning]
hours = 0
[types.heat]
figure = "heat"
direction = "above"
[defaults.heat]
warning = 10
major = 20
flap_count = 0
escalate_after_s = 0
[defaults.unreachable]
raise_samples = 1
hold_off_s = 0
verify_parents_s = 0
[groups.core]
devices = ["R*"]
[notify]
wait_s = 20
language = "en"
link = "https://noc.example/a/{alarm}"
[channels.c]
kind = "syslog"
host = "never.example"
"""
ALL = '[routes.all]\nchannels = ["c"]\nmin_severity = "warning"\n'
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()  # a Tuesday
HOUR = 3600.0


class Paper:
    """A channel that keeps what it is told, or says no."""

    one_by_one = False

    def __init__(self, most_bytes=100_000):
        self.sent, self.refuse, self.most_bytes = [], False, most_bytes

    def send(self, text, messages, *, now_s):
        if self.refuse:
            raise SurroundingsError("channel c: no")
        self.sent.append((text, tuple(messages)))

    @property
    def told(self):
        return [[(m.kind, m.alarm.alarm_id) for m in messages] for _, messages in self.sent]


class Office:
    def __init__(self, routes=ALL, *, judge=None, rules=RULES, placement=None, **more):
        self.log = MemoryLog()
        self.rules = rules_of(rules + routes, placement or Placement())
        self.book = AlarmBook(self.log, self.rules, judge=judge)
        self.paper = Paper()
        self.more = more
        self.restart()

    def restart(self):
        settings = read_notify(self.rules.file, language="en", types=self.rules.types)
        self.notifier = Notifier(
            self.book, self.rules, settings, AlarmWriter("UTC"),
            channels=dict.fromkeys(settings.channels, self.paper), **self.more,
        )  # fmt: skip

    def heat(self, value, at_s, name="R1"):
        self.book.observe([seen(f"device:{name}", "heat", value, at_s)], at_s)


def test_an_alarm_is_told_once_and_its_end_once():
    office = Office()
    office.heat(12, NOON)
    assert office.notifier.deliver(NOON + 10) == ()  # the feed has not settled
    assert [d.messages for d in office.notifier.deliver(NOON + 20)] == [1]
    assert office.notifier.deliver(NOON + 40) == ()
    office.heat(0, NOON + 60)
    office.notifier.deliver(NOON + 100)
    assert office.paper.told == [[("raised", "A1")], [("cleared", "A1")]]
    (text, _), (end, _) = office.paper.sent
    assert text.title == "[warning] heat: device:R1"
    assert "heat was 12, at or past 10" in text.body
    assert "https://noc.example/a/A1" in text.body
    assert "after 1 min" in end.body


def test_what_came_and_went_meanwhile_is_one_message():
    office = Office()
    office.heat(12, NOON)
    office.heat(0, NOON + 5)
    office.notifier.deliver(NOON + 30)
    assert office.paper.told == [[("cleared", "A1")]]


def test_a_channel_that_refuses_is_tried_again_ever_more_slowly_and_nothing_is_lost():
    office = Office()
    office.heat(12, NOON)
    office.paper.refuse = True
    times, now_s = [], NOON + 20
    for _ in range(10):
        (one,) = office.notifier.deliver(now_s)
        assert one.error == "channel c: no"
        times.append(one.retry_s - now_s)
        assert office.notifier.deliver(one.retry_s - 1) == ()
        now_s = one.retry_s
    assert times == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    office.heat(25, now_s, "R2")
    office.paper.refuse = False
    office.notifier.deliver(now_s + 20)
    assert office.paper.told == [[("raised", "A2"), ("raised", "A1")]]  # the worst first


def test_a_restart_says_nothing_twice_that_was_taken():
    office = Office()
    office.heat(12, NOON)
    office.notifier.deliver(NOON + 20)
    office.book = AlarmBook(office.log, office.rules)
    office.restart()
    assert office.notifier.deliver(NOON + 100) == ()
    assert len(office.paper.sent) == 1


def test_a_crash_between_sending_and_noting_it_sends_again_under_the_same_key():
    office = Office()
    office.heat(12, NOON)
    lines = list(office.log.lines)
    office.notifier.deliver(NOON + 20)
    office.log.lines[:] = lines  # the cursor never reached the disk
    office.book = AlarmBook(office.log, office.rules)
    office.restart()
    office.notifier.deliver(NOON + 30)
    (_, (first,)), (_, (second,)) = office.paper.sent
    assert (first.first, first.last) == (second.first, second.last)


def test_a_new_channel_is_not_told_the_history():
    office = Office()
    office.heat(12, NOON)
    assert office.notifier.deliver(NOON + 10 * HOUR) == ()
    office.heat(12, NOON + 10 * HOUR, "R2")
    office.notifier.deliver(NOON + 10 * HOUR + 30)
    assert office.paper.told == [[("raised", "A2")]]


def test_one_message_for_a_root_cause_with_what_follows_and_what_is_lost():
    judge = RootCauseJudge(watched_graph(network_of(["A-B", "B-C", "C-D"]), probe_site="A"))
    impact = Impact(12345.0, 97, 800.0, 10, 0.5, ("五角场",))
    office = Office(judge=judge, impact=lambda resource: impact)
    up = [seen(f"device:{n}", "reachable", 1, NOON - 60) for n in "ABCD"]
    office.book.observe(up, NOON - 60)
    down = [seen(f"device:{n}", "reachable", n == "A", NOON) for n in "ABCD"]
    office.book.observe(down, NOON)
    office.notifier.deliver(NOON + 20)
    ((text, (one,)),) = office.paper.sent
    assert one.alarm.key.resource == "device:B"
    assert (one.followers_total, len(one.followers)) == (2, 2)
    assert "2 alarms follow from it: " in text.body
    assert "12,300 people" in text.body or "12,345 people" in text.body
    assert "五角场" in text.body
    assert one.to_dict()["impact"]["homes"] == 97
    json.dumps(one.to_dict(), allow_nan=False)
    office.book.observe([seen(f"device:{n}", "reachable", 1, NOON + 60) for n in "ABCD"], NOON + 60)
    office.notifier.deliver(NOON + 90)
    assert office.paper.told[1:] == [[("cleared", one.alarm.alarm_id)]]


def test_shelved_alarms_are_told_when_they_come_off_the_shelf():
    office = Office()
    office.heat(12, NOON)
    key = AlarmKey("device:R1", "heat")
    office.book.say(people.shelve(key, until_s=NOON + 600, by="li"), NOON + 1)
    office.notifier.deliver(NOON + 100)
    assert office.paper.sent == []
    office.book.tick(NOON + 600)
    office.notifier.deliver(NOON + 630)
    assert office.paper.told == [[("unshelved", "A1")]]


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ('min_severity = "major"', ["A2"]),
        ('min_severity = "warning"\ngroups = ["core"]', ["A1"]),
        ('min_severity = "warning"\nareas = ["D2"]', ["A2"]),
        ('min_severity = "warning"\ntypes = ["port-down"]', []),
    ],
)
def test_routes_pick_by_severity_group_area_and_type(route, told):
    placed = Placement({"R1": "S1", "X2": "S2"}, area_of_site={"S1": "D1", "S2": "D2"})
    office = Office(f'[routes.r]\nchannels = ["c"]\n{route}\n', placement=placed)
    office.heat(12, NOON, "R1")
    office.heat(25, NOON, "X2")
    office.notifier.deliver(NOON + 30)
    assert [name for round_ in office.paper.told for _, name in round_] == told


@pytest.mark.parametrize("outside", ["wait", "skip"])
def test_outside_its_hours_a_route_waits_or_skips(outside):
    office = Office(
        '[routes.day]\nchannels = ["c"]\nmin_severity = "warning"\nhours = "08:00-20:00"\n'
        f'outside_hours = "{outside}"\n'
    )
    office.notifier.deliver(NOON)
    night = NOON + 10 * HOUR  # 22:00
    office.heat(12, night)
    office.heat(0, night + HOUR)
    for hour in range(2, 10):
        office.notifier.deliver(night + hour * HOUR)
    assert office.paper.sent == []
    office.heat(12, night + 10 * HOUR, "R2")
    office.notifier.deliver(night + 10.01 * HOUR)
    waited = [("cleared", "A1")] * (outside == "wait")
    assert office.paper.told == [[("raised", "A2"), *waited]]


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    office = Office(
        '[routes.n]\nchannels = ["c"]\nmin_severity = "warning"\nhours = "22:00-06:00"\n'
        'days = ["tue"]\n'
    )
    assert office.notifier.deliver(NOON) == ()
    office.heat(12, NOON + 15 * HOUR)  # Wednesday 03:00
    office.notifier.deliver(NOON + 15 * HOUR + 30)
    office.heat(12, NOON + 35 * HOUR, "R2")  # Wednesday 23:00
    office.notifier.deliver(NOON + 35 * HOUR + 30)
    assert office.paper.told == [[("raised", "A1")]]


def test_two_routes_to_one_channel_tell_an_alarm_once():
    office = Office(
        '[routes.bad]\nchannels = ["c"]\nmin_severity = "major"\n'
        '[routes.rest]\nchannels = ["c"]\nmin_severity = "warning"\n'
    )
    office.heat(25, NOON, "R1")
    office.heat(12, NOON, "R2")
    for n in range(5):
        office.notifier.deliver(NOON + 20 + n)
    assert sorted(name for round_ in office.paper.told for _, name in round_) == ["A1", "A2"]


def test_what_nobody_takes_up_reaches_the_escalation_route():
    office = Office(
        '[routes.boss]\nchannels = ["c"]\nmin_severity = "warning"\nescalated = true\n',
        rules=RULES.replace("escalate_after_s = 0", "escalate_after_s = 500"),
    )
    office.heat(12, NOON)
    office.notifier.deliver(NOON + 100)
    assert office.paper.sent == []
    office.book.tick(NOON + 500)
    office.notifier.deliver(NOON + 530)
    assert office.paper.told == [[("escalated", "A1")]]


def test_a_storm_is_one_digest_that_fits_the_channel():
    office = Office()
    office.paper = Paper(most_bytes=2048)
    office.restart()
    batch = [seen(f"device:R{n}", "heat", 12 + 10 * (n % 7 == 0), NOON) for n in range(700)]
    office.book.observe(batch, NOON)
    office.notifier.deliver(NOON + 20)
    ((text, messages),) = office.paper.sent
    assert len(messages) == 700
    assert text.title == "700 alarm messages"
    assert len(f"{text.title}\n{text.body}".encode()) <= 2048
    assert text.body.startswith("[major]")
    assert "more; see the list" in text.body


def test_a_channel_is_not_used_more_often_than_it_allows():
    office = Office(
        '[channels.robot]\nkind = "syslog"\nhost = "x"\nper_minute = 1\n'
        '[routes.r]\nchannels = ["robot"]\nmin_severity = "warning"\n'
    )
    office.heat(12, NOON, "R1")
    office.notifier.deliver(NOON + 20)
    office.heat(12, NOON + 21, "R2")
    assert office.notifier.deliver(NOON + 45) == ()
    office.notifier.deliver(NOON + 80)
    assert office.paper.told == [[("raised", "A1")], [("raised", "A2")]]


def test_a_channel_speaks_its_own_language():
    office = Office(
        '[channels.zh]\nkind = "syslog"\nhost = "x"\nlanguage = "zh-CN"\n'
        '[routes.r]\nchannels = ["zh"]\nmin_severity = "warning"\n'
    )
    office.heat(12, NOON)
    office.notifier.deliver(NOON + 20)
    assert office.paper.sent[0][0].title == "【警告】heat：device:R1"


def test_a_test_message_and_a_channel_that_is_not_there():
    office = Office()
    office.notifier.test("c", NOON)
    assert office.paper.sent[0][0].title == "Test message of channel c"
    with pytest.raises(MissingError, match=r"no channel 'd'.*it has c"):
        office.notifier.test("d", NOON)


def test_the_secret_is_in_no_log_error_message_or_event(monkeypatch, caplog):
    canary = "s3cret-canary-4712"
    caplog.set_level(logging.DEBUG)
    with HttpReceiver((500, {"errcode": 1})) as receiver:
        monkeypatch.setenv("C_URL", f"http://127.0.0.1:{receiver.port}/?key={canary}")
        office = Office(
            '[channels.w]\nkind = "wecom"\nurl_env = "C_URL"\ninsecure = true\n'
            'allow = ["127.0.0.0/8"]\n[routes.r]\nchannels = ["w"]\nmin_severity = "warning"\n'
        )
        settings = read_notify(office.rules.file, language="en", types=office.rules.types)
        notifier = Notifier(office.book, office.rules, settings, AlarmWriter("UTC"))
        office.heat(12, NOON)
        (one,) = notifier.deliver(NOON + 20)
        channel = open_channel(settings.channels["w"])
    assert receiver.got
    everything = [one.error, repr(settings), repr(notifier), repr(channel), caplog.text]
    everything += [line.decode() for line in office.log.lines]
    assert not [text for text in everything if canary in text]
