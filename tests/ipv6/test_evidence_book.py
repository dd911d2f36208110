"""The book of evidence: whole batches or nothing, what counted on any day, and damage that shows."""

from __future__ import annotations

import sqlite3
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.evidence_book import EVIDENCE_LOG, EvidenceBook
from ngbw.ipv6.verdicts import Verdict
from ngbw.probes.store import NewEvent, open_store
from ngbw.topology.errors import MissingError, UsageError

DAY_S = 86_400.0


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def book(store):
    return EvidenceBook(store)


def row(at_s, verdict=Verdict.PASS, *, subject="website:portal", **changes):
    reason = {Verdict.PASS: ""}.get(verdict, "no-aaaa")
    fields = {"check_id": "S1", "vantage": "district", "asked": ("AAAA",), "reason": reason}
    return Evidence(**{**fields, **changes}, subject=subject, began_s=at_s, verdict=verdict)


def test_the_newest_row_counts_from_its_answer_until_it_expires(book):
    book.record([row(1000, duration_s=5.0), row(2000, Verdict.FAIL)])
    assert book.standing(1004.9).of("website:portal") == {}
    assert book.standing(1005).of("website:portal")["S1"].verdict is Verdict.PASS
    assert book.standing(2000).of("website:portal")["S1"].verdict is Verdict.FAIL
    late = book.standing(2000 + DAY_S)
    assert late.of("website:portal") == {}
    assert late.expired_of("website:portal")["S1"].verdict is Verdict.FAIL
    assert late.subjects("website") == ("website:portal",)
    assert late.subjects("device") == ()


def test_a_row_that_could_not_tell_leaves_what_still_holds(book):
    book.record([row(1000), row(2000, Verdict.UNKNOWN)])
    assert book.standing(3000).of("website:portal")["S1"].verdict is Verdict.PASS
    # The pass has expired, the try has not: now it is not known.
    assert book.standing(1500 + DAY_S).of("website:portal")["S1"].verdict is Verdict.UNKNOWN


def test_what_comes_in_later_changes_no_answer_about_what_was_known(book):
    book.record([row(1000)])
    then = book.standing(5000)
    book.record([row(4000, Verdict.FAIL)])
    assert book.standing(5000, up_to=1) == then
    assert book.standing(5000).of("website:portal")["S1"].number == 2
    assert [f.verdict for f in book.history("website:portal", "S1")] == ["pass", "fail"]
    assert book.history("website:portal", "S2") == ()


def test_a_batch_is_kept_whole_or_not_at_all(book):
    with pytest.raises(UsageError, match="at most"):
        book.record([row(1000), row(1001, excerpt="x" * 2_000_000)])
    with pytest.raises(ValueError, match="JSON"):
        book.record([row(1000), row(1001, answered={"rtt_ms": float("nan")})])
    assert book.findings() == ()
    assert list(book.record([])) == []
    assert list(book.record([row(1000), row(1001)])) == [1, 2]


def test_a_row_comes_back_whole_by_its_number(book):
    wanted = row(1000, answered={"addresses": ["2001:db8::1"]}, excerpt="<b>杨浦</b>")
    (number,) = book.record([wanted])
    assert book.row(number) == wanted
    for nowhere in (0, -3, 2):
        with pytest.raises(MissingError, match="does not exist"):
            book.row(nowhere)


def test_another_process_sees_what_was_recorded(tmp_path):
    one, two = open_store(tmp_path / "store"), open_store(tmp_path / "store")
    first, second = EvidenceBook(one), EvidenceBook(two)
    assert second.findings() == ()
    first.record([row(1000)])
    assert len(second.findings()) == 1
    first.record([row(2000)])
    assert second.standing(3000) == first.standing(3000)
    one.close()
    two.close()


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"[" * 900_000, b'{"check_id": "S1"}', b"null",
     row(1).to_body().replace(b'"S1"', b'"S99"'),
     row(1).to_body().replace(b'"duration_s": 0.0', b'"duration_s": NaN')],
    ids=["empty", "no-text", "list", "deep", "lacking", "null", "no-check", "no-duration"],
)  # fmt: skip
def test_what_is_no_row_is_shown_and_counts_for_nothing(store, book, body):
    store.events(EVIDENCE_LOG).append([NewEvent(1.0, body)])
    book.record([row(1000)])
    (damage,) = book.damage()
    assert damage.number == 1
    assert damage.why
    assert [f.number for f in book.findings()] == [2]
    with pytest.raises(MissingError, match="cannot be read"):
        book.row(1)


def test_a_row_that_was_changed_on_the_disk_shows(tmp_path):
    store = open_store(tmp_path / "store")
    EvidenceBook(store).record([row(1000, Verdict.FAIL), row(2000)])
    store.close()
    raw = sqlite3.connect(tmp_path / "store" / "events.sqlite")
    raw.execute("DROP TRIGGER ngbw_event_holds")
    better = row(1000).to_body()
    raw.execute("UPDATE ngbw_event SET body = ? WHERE seq = 1", (better,))
    raw.commit()
    raw.close()
    store = open_store(tmp_path / "store")
    (damage, *_) = EvidenceBook(store).damage()
    assert "event 1 is not what was written" in damage.why
    store.close()


def plain_standing(rows, at_s):
    """What counts, the slow and obvious way: every row is held against every other."""
    found = {}
    for subject in {r.subject for r in rows}:
        counts = [
            (r.verdict is not Verdict.UNKNOWN, r.began_s, n, r)
            for n, r in enumerate(rows)
            if r.subject == subject and r.began_s <= at_s < r.began_s + DAY_S
        ]
        if counts:
            found[subject] = max(counts)[-1].verdict
    return found


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4).map(lambda n: n * 40_000.0),
            st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]),
            st.sampled_from(["website:a", "website:b"]),
        ),
        max_size=8,
    ),
    st.integers(0, 10).map(lambda n: n * 30_000.0),
)
def test_what_counts_agrees_with_the_obvious_way(tmp_path_factory, given_rows, at_s):
    store = open_store(tmp_path_factory.mktemp("book"))
    rows = [row(began, verdict, subject=subject) for began, verdict, subject in given_rows]
    book = EvidenceBook(store)
    book.record(rows)
    standing = book.standing(at_s)
    assert {s: c["S1"].verdict for s, c in standing.valid.items()} == plain_standing(rows, at_s)
    store.close()


def test_between_two_moments_nothing_changes(book):
    rng = np.random.default_rng(7)
    words = [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN]
    book.record([row(float(t), words[n % 3]) for n, t in enumerate(rng.uniform(0, 3e5, 12))])
    for start, end in pairwise(book.moments()):
        inside = [start + (end - start) * part for part in (0.0, 0.3, 0.9)]
        assert len({str(book.standing(at_s).valid) for at_s in inside}) == 1
