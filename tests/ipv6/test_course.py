"""How subjects moved: the same as asking the book for every moment, and days that end at midnight."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.course import course_of, days_between
from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.evidence_book import EvidenceBook
from ngbw.ipv6.ladder import rung
from ngbw.ipv6.verdicts import SubjectKind, Verdict
from ngbw.probes.store import open_store
from ngbw.topology.errors import UsageError

STEP_S = 30_000.0


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from([Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN])),
        max_size=8,
    ),
    st.integers(-1, 30),
)  # fmt: skip
def test_a_course_agrees_with_the_book_at_every_moment(tmp_path_factory, given_rows, step):
    store = open_store(tmp_path_factory.mktemp("book"))
    book = EvidenceBook(store)
    book.record(
        Evidence(
            check_id="S1", subject="website:a", vantage="here", asked=(), began_s=n * STEP_S,
            verdict=verdict, reason="" if verdict is Verdict.PASS else "no-aaaa",
        )
        for n, verdict in given_rows
    )  # fmt: skip
    course = course_of(SubjectKind.WEBSITE, book.findings())
    moment_s = step * STEP_S / 2
    counts = book.standing(moment_s).of("website:a")
    verdicts = {check: finding.verdict for check, finding in counts.items()}
    assert course.at(moment_s) == rung(SubjectKind.WEBSITE, verdicts)
    number = course.changed_by(moment_s)
    assert number is None or book.findings()[number - 1].ended_s <= moment_s
    store.close()


def test_days_end_at_midnight_of_the_projects_zone_and_the_last_when_it_is_asked():
    first_s = 1_477_929_600.0  # 2016-10-31 16:00 UTC is midnight in Shanghai
    days = days_between(first_s, first_s + 2.5 * 86_400, "Asia/Shanghai")
    assert days.dates == (date(2016, 11, 1), date(2016, 11, 2), date(2016, 11, 3))
    assert days.ends_s == (first_s + 86_399.999, first_s + 2 * 86_400 - 0.001, first_s + 216_000)
    assert days_between(first_s + 99, first_s, "UTC").dates == (date(2016, 10, 31),)
    with pytest.raises(UsageError, match="days; at most"):
        days_between(0.0, 2e9, "UTC")
