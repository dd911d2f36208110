"""Limits on how often: a bucket of tokens for each caller, and a memory that cannot grow.

A bucket holds ``burst`` tokens and gains ``per_s`` each second. Only the callers seen last are
remembered; a caller that was forgotten starts with a full bucket, as one that waited would.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

__all__ = ["Throttle"]


class Throttle:
    """Buckets by name."""

    def __init__(self, *, per_s: float, burst: float, remembered: int = 10_000) -> None:
        self._per_s = per_s
        self._burst = burst
        self._remembered = remembered
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, name: str, now_s: float, *, cost: float = 1.0) -> float:
        """Take tokens and return 0, or take none and return how long to wait for them."""
        with self._lock:
            tokens, then_s = self._buckets.pop(name, (self._burst, now_s))
            tokens = min(self._burst, tokens + max(0.0, now_s - then_s) * self._per_s)
            short = cost - tokens
            self._buckets[name] = (tokens if short > 0 else tokens - cost, now_s)
            while len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
        return max(0.0, short / self._per_s)

    def forget(self, name: str) -> None:
        """Fill a bucket again, as after a sign-in that succeeded."""
        with self._lock:
            self._buckets.pop(name, None)
