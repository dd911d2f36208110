"""Work in threads gives the results of a plain loop, in order, and stops where one fails."""

from __future__ import annotations

import threading

import pytest

from ngbw.coverage.side_by_side import side_by_side


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_results_are_those_of_a_loop_in_order(threads):
    assert list(side_by_side(lambda n: n * n, range(50), threads=threads)) == [
        n * n for n in range(50)
    ]


def test_only_a_few_results_wait():
    asked = []

    def items():
        for n in range(100):
            asked.append(n)
            yield n

    results = side_by_side(lambda n: n, items(), threads=2)
    assert next(results) == 0
    assert len(asked) <= 4
    results.close()


def test_two_work_at_the_same_time():
    both = threading.Barrier(2, timeout=30)
    assert list(side_by_side(lambda n: both.wait() >= 0, range(2), threads=2)) == [True, True]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_work_raises_comes_through(threads):
    def work(n):
        if n == 3:
            raise LookupError("three")
        return n

    found: list[int] = []
    with pytest.raises(LookupError, match="three"):
        found.extend(side_by_side(work, range(9), threads=threads))
