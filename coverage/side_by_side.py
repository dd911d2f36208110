"""The same work for many stations at a time, in threads, with the results in order.

Fields are compiled loops that run without the interpreter's lock, so that two cores take half the
time. Only a few results wait at a time: a district's fields need not all be held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["side_by_side"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(
    work: Callable[[_Item], _Result], items: Iterable[_Item], *, threads: int
) -> Generator[_Result]:
    """Yield what work makes of each item, in order.

    Parameters
    ----------
    threads
        How many work at a time. With 1, work is done when its result is asked for.

    Examples
    --------
    >>> list(side_by_side(abs, [-2, 0, 1], threads=2))
    [2, 0, 1]
    >>> list(side_by_side(abs, [], threads=2))
    []
    """
    if threads <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()
