"""What every store promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.probes.store import (
    DeviceCycle,
    NewEvent,
    Retention,
    Series,
    SeriesKind,
    open_store,
)
from ngbw.topology.errors import InputError, SurroundingsError, UsageError

HOUR = 1_700_002_800  # a whole hour
PORT = "port:D/ge-0"
OCTETS = Series(PORT, "in_octets", SeriesKind.COUNTER64, speed_bps=1e9)
POWER = Series(PORT, "rx_power_dbm", decimals=2)


def keep(store, series, rows, *, device="D", **more):
    """Append cycles given as (time, values); None is a value that was not read."""
    layout = store.samples.layout(device, series)
    cycles = []
    for at_s, values in rows:
        present = np.array([value is not None for value in values])
        held = [0 if value is None else value % 2**64 for value in values]
        numbers = np.array(held, dtype=np.uint64).view(np.int64)
        cycles.append(DeviceCycle(device, layout, at_s, numbers, present, **more))
    return store.samples.append(cycles)


def minutes(start_s, count, first=0, step=6000):
    return [(start_s + 60 * n, [first + step * n]) for n in range(count)]


def octets(store, start_s, end_s):
    found = store.samples.raw("D", PORT, "in_octets", start_s=start_s, end_s=end_s)
    return found.values[found.present].tolist()


class TestSamples:
    def test_raw_samples_come_back_bit_for_bit(self, store):
        keep(store, [OCTETS, POWER], [(HOUR, [2**64 - 1, -1234]), (HOUR + 60, [2**63, None])])
        found = store.samples.raw("D", PORT, "in_octets", start_s=HOUR, end_s=HOUR + 61)
        assert found.values.tolist() == [2**64 - 1, 2**63]
        power = store.samples.raw("D", PORT, "rx_power_dbm", start_s=HOUR, end_s=HOUR + 61)
        assert power.values[0] == -12.34
        assert power.present.tolist() == [True, False]

    def test_compaction_changes_no_sample(self, store):
        rows = [(HOUR + 60 * n, [2**63 + 10**9 * n, -2000 + n if n % 7 else None])
                for n in range(90)]  # fmt: skip
        keep(store, [OCTETS, POWER], rows, clock_s=5.0, uptime_s=77.0, source="librenms")
        before = [store.samples.raw("D", PORT, figure, start_s=HOUR, end_s=HOUR + 5400)
                  for figure in ("in_octets", "rx_power_dbm")]  # fmt: skip
        done = store.samples.compact(HOUR + 5400)
        assert (done["hours"], done["samples"]) == (1, 60 + 60 - 9)
        for old, figure in zip(before, ("in_octets", "rx_power_dbm"), strict=True):
            new = store.samples.raw("D", PORT, figure, start_s=HOUR, end_s=HOUR + 5400)
            assert new.at_s.tolist() == old.at_s.tolist()
            assert new.values[new.present].tolist() == old.values[old.present].tolist()
            assert new.source == old.source == ("librenms",) * 90
        assert store.check() == []

    def test_cycle_that_is_delivered_twice_counts_once(self, store):
        keep(store, [OCTETS], [(HOUR, [5])])
        keep(store, [OCTETS], [(HOUR, [6])])
        assert octets(store, HOUR, HOUR + 1) == [6]

    def test_late_cycle_is_worked_into_its_closed_hour(self, store):
        rows = minutes(HOUR, 80)
        keep(store, [OCTETS], rows[:30] + rows[31:])
        store.samples.compact(HOUR + 5400)
        keep(store, [OCTETS], rows[30:31])
        store.samples.compact(HOUR + 5400)
        assert octets(store, HOUR, HOUR + 3600) == [values[0] for _, values in rows[:60]]

    def test_cycle_that_does_not_fit_its_layout_leaves_nothing(self, store):
        layout = store.samples.layout("D", [OCTETS])
        good = DeviceCycle("D", layout, HOUR, np.array([1]))
        bad = DeviceCycle("D", layout, HOUR + 60, np.array([1, 2]))
        with pytest.raises(InputError, match="has 2 values; its layout"):
            store.samples.append([good, bad])
        assert octets(store, HOUR, HOUR + 99) == []

    def test_counter_without_a_rule_for_its_rate_is_refused(self, store):
        with pytest.raises(InputError, match=r"'cats' of .* is not a counter"):
            store.samples.layout("D", [Series(PORT, "cats", SeriesKind.COUNTER64)])

    def test_same_list_of_series_has_the_same_layout_after_reopening(self, store, place):
        first = store.samples.layout("D", [OCTETS, POWER])
        again = open_store(place)
        assert again.samples.layout("D", (OCTETS, POWER)) == first
        assert again.samples.layout("D", [POWER]) != first
        assert again.samples.devices() == ("D",)
        again.close()

    def test_series_are_those_of_the_newest_cycle(self, store):
        keep(store, [OCTETS, POWER], [(HOUR, [1, 1])])
        keep(store, [OCTETS], [(HOUR + 60, [2])])
        assert store.samples.series("D") == (OCTETS,)
        assert store.samples.series("nobody") == ()

    def test_room_that_is_taken_is_told(self, store):
        keep(store, [OCTETS], minutes(HOUR, 80))
        store.samples.compact(HOUR + 5400)
        store.sample_tables.tidy()
        assert store.size_bytes() > 10_000


class TestGraphs:
    def graph(self, store, start_s, end_s, figure="in_octets", **more):
        return store.samples.graph("D", PORT, figure, start_s=start_s, end_s=end_s, **more)

    @pytest.mark.parametrize("compacted", [False, True])
    def test_steady_traffic_is_the_same_in_every_bucket(self, store, compacted):
        keep(store, [OCTETS], minutes(HOUR - 60, 82))
        if compacted:
            store.samples.compact(HOUR + 4600)
        drawn = self.graph(store, HOUR, HOUR + 3600)
        assert drawn.bucket_s == 300
        for figures in (drawn.minimum, drawn.maximum, drawn.mean, drawn.last):
            assert figures.tolist() == [100.0] * 12
        assert drawn.coverage.tolist() == [1.0] * 12
        assert drawn.percentile_95 == 100.0

    def test_what_was_not_polled_is_a_gap_and_not_zero(self, store):
        rows = minutes(HOUR, 60)
        keep(store, [OCTETS], rows[:10] + rows[40:])
        drawn = self.graph(store, HOUR, HOUR + 3600)
        assert np.flatnonzero(np.isnan(drawn.mean)).tolist() == [2, 3, 4, 5, 6, 7]
        assert drawn.coverage[3] == 0

    def test_reset_lowers_the_coverage_and_makes_no_zero(self, store):
        layout = store.samples.layout("D", [OCTETS])
        cycles = [
            DeviceCycle("D", layout, HOUR + 60 * n, np.array([6000 * (n % 4)]), None,
                        60.0 * n, 1000.0 + 60 * n if n < 4 else 60.0 * (n - 4) + 5)
            for n in range(6)
        ]  # fmt: skip
        store.samples.append(cycles)
        drawn = self.graph(store, HOUR, HOUR + 300)
        assert drawn.minimum[0] == drawn.maximum[0] == 100.0
        assert drawn.coverage[0] == pytest.approx(4 / 5)

    def test_peak_of_a_minute_is_seen_in_the_day(self, store):
        values = [6000 * n + (1_000_000 if n >= 700 else 0) for n in range(1440 + 90)]
        day = HOUR - HOUR % 86_400
        keep(store, [OCTETS], [(day + 60 * n, [v]) for n, v in enumerate(values)])
        store.samples.compact(day + 86_400 + 5400)
        drawn = self.graph(store, day, day + 86_400, points=1)
        assert drawn.bucket_s == 86_400
        assert drawn.maximum[0] == pytest.approx(100 + 1_000_000 / 60, rel=1e-6)
        assert drawn.mean[0] == pytest.approx(100 + 1_000_000 / 86_400, rel=1e-4)
        assert drawn.percentile_bucket_s == 300
        assert drawn.percentile_95 == pytest.approx(100)

    def test_polls_every_300_s_cover_every_bucket(self, store):
        keep(store, [OCTETS], [(HOUR + 7 + 300 * n, [30_000 * (n + 1)]) for n in range(-1, 16)])
        store.samples.compact(HOUR + 4600)
        drawn = self.graph(store, HOUR, HOUR + 3600)
        assert drawn.mean.tolist() == [100.0] * 12
        assert drawn.coverage.tolist() == pytest.approx([1.0] * 12)

    def test_new_layout_in_an_hour_continues_the_graph(self, store):
        keep(store, [OCTETS], minutes(HOUR, 30))
        keep(store, [POWER, OCTETS], [(t, [-500, v[0]]) for t, v in minutes(HOUR, 80)[30:]])
        store.samples.compact(HOUR + 5400)
        drawn = self.graph(store, HOUR, HOUR + 3600)
        assert not np.isnan(drawn.mean).any()
        assert drawn.coverage.tolist() == pytest.approx([1.0] * 5 + [0.8] + [1.0] * 6, abs=0.01)
        assert self.graph(store, HOUR, HOUR + 3600, "rx_power_dbm").mean[11] == -5.0

    def test_unknown_series_is_one_gap(self, store):
        assert np.isnan(self.graph(store, HOUR, HOUR + 3600).mean).all()
        assert self.graph(store, HOUR, HOUR + 3600).percentile_95 is None

    def test_what_is_past_its_retention_is_forgotten_and_coarser_figures_stay(self, place):
        kept = open_store(place, retention=Retention(1, 2, 3, 4))
        day = HOUR - HOUR % 86_400
        keep(kept, [OCTETS], [(day + 300 * n, [30_000 * n]) for n in range(6 * 288)])
        now_s = day + 6 * 86_400
        kept.samples.compact(now_s)
        assert octets(kept, day, now_s - 2 * 86_400) == []
        assert self.graph(kept, now_s - 86_400, now_s).bucket_s == 300
        assert self.graph(kept, now_s - 2.8 * 86_400, now_s, points=2000).bucket_s == 3600
        old = self.graph(kept, now_s - 4 * 86_400, now_s, points=2000)
        assert old.bucket_s == 86_400
        assert old.mean.tolist() == pytest.approx([100.0] * 4)
        kept.close()


class TestEvents:
    def test_numbers_count_up_without_a_gap(self, store):
        log = store.events("alarms")
        assert log.append([NewEvent(1.0, b"a"), NewEvent(2.0, b"b")]) == range(1, 3)
        assert log.append([]) == range(3, 3)
        assert log.append([NewEvent(3.0, b"\x00\xff")]) == range(3, 4)
        assert [event.body for event in log.read()] == [b"a", b"b", b"\x00\xff"]
        assert [event.sequence for event in log.read(after=1, limit=1)] == [2]
        assert log.last() == 3

    def test_logs_count_by_themselves(self, store):
        store.events("alarms").append([NewEvent(1.0, b"a")])
        assert store.events("traps").append([NewEvent(1.0, b"t")]) == range(1, 2)
        assert store.logs() == ("alarms", "traps")

    def test_events_are_there_after_reopening(self, store, place):
        store.events("alarms").append([NewEvent(1.5, "断纤".encode())])
        again = open_store(place)
        assert again.events("alarms").read()[0].body.decode() == "断纤"
        assert again.events("alarms").append([NewEvent(2, b"b")]) == range(2, 3)
        assert again.check() == []
        again.close()

    def test_threads_that_append_together_get_numbers_of_their_own(self, store):
        log, given_numbers = store.events("alarms"), []

        def write(name):
            for n in range(20):
                numbers = log.append([NewEvent(n, f"{name}-{n}-{k}".encode()) for k in range(3)])
                given_numbers.append((name, n, numbers))

        threads = [threading.Thread(target=write, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bodies = {event.sequence: event.body for event in log.read()}
        assert sorted(bodies) == list(range(1, 361))
        for name, n, numbers in given_numbers:
            assert [bodies[k] for k in numbers] == [f"{name}-{n}-{k}".encode() for k in range(3)]
        assert store.check() == []

    def test_reader_that_did_not_advance_gets_the_events_again(self, store):
        log = store.events("alarms")
        log.append([NewEvent(n, b"x") for n in range(5)])
        assert log.position("mail") == 0
        log.advance("mail", 3)
        assert log.position("mail") == 3
        with pytest.raises(UsageError, match="stands at 3 and the newest event is 5"):
            log.advance("mail", 6)
        with pytest.raises(UsageError):
            log.advance("mail", 2)

    def test_event_that_is_too_large_is_refused(self, store):
        with pytest.raises(UsageError, match="at most 1000000"):
            store.events("alarms").append([NewEvent(1, bytes(1_000_001))])
        assert store.events("alarms").last() == 0

    @pytest.mark.parametrize("name", ["", "Alarms", "a b", "../x", "a'--"])
    def test_log_has_a_plain_name(self, store, name):
        with pytest.raises(UsageError, match="name of a log"):
            store.events(name)

    def test_changed_event_shows_in_the_check(self, store):
        store.events("alarms").append([NewEvent(n, b"x%d" % n) for n in range(4)])
        store.event_tables.close()
        _tamper(store)
        assert store.check() == ["log alarms: event 3 is not what was written"]


def _tamper(store):
    """Change an event behind the store's back."""
    from ngbw.probes.store.database import SqliteDatabase
    from ngbw.probes.store.event_log import EVENT_TABLES

    tables = store.event_tables
    if isinstance(tables, SqliteDatabase):
        store.event_tables = tables = SqliteDatabase(tables._path, EVENT_TABLES, durable=True)
        with tables.writing() as writer, pytest.raises(Exception, match="not changed"):
            writer.run("UPDATE ngbw_event SET at_s = 9 WHERE seq = 3")
        with tables.writing() as writer:
            writer.run("DROP TRIGGER ngbw_event_holds")
    with tables.writing() as writer:
        writer.run("UPDATE ngbw_event SET body = ? WHERE seq = 3", (b"other",))


def test_store_of_a_newer_release_is_refused(store, place):
    with store.event_tables.writing() as writer:
        writer.run("UPDATE ngbw_store SET value = 2 WHERE name = 'format'")
    with pytest.raises(SurroundingsError, match="install a newer ngbw"):
        open_store(place)


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3 * 3600 - 1),
            st.one_of(st.none(), st.integers(0, 2**64 - 1)),
            st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        ),
        max_size=40,
    ),
    st.integers(0, 3),
)
def test_what_was_kept_comes_back_whatever_is_compacted_when(tmp_path_factory, rows, compactions):
    kept = open_store(tmp_path_factory.mktemp("store"))
    truth = {}
    for place, (offset, count, power) in enumerate(rows):
        keep(kept, [OCTETS, POWER], [(HOUR + offset, [count, power])])
        truth[HOUR + offset] = count
        if compactions and place % (len(rows) // compactions + 1) == 0:
            kept.samples.compact(HOUR + 3600 * 4)
    found = kept.samples.raw("D", PORT, "in_octets", start_s=HOUR, end_s=HOUR + 3 * 3600)
    assert found.at_s.tolist() == sorted(truth)
    for at_s, value, there in zip(found.at_s, found.values.tolist(), found.present, strict=True):
        assert (value if there else None) == truth[at_s]
    assert kept.check() == []
    kept.close()
