"""How long work tells how far it is.

A progress callback gets the step's name, what is done and what there is to do. It stops the work
by raising; whatever it raises passes through unchanged.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "silent"]


class Progress(Protocol):
    """Called at the start of a step, and whenever a part of it is done."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Note that ``done`` of ``total`` parts of the step are done."""
        ...


def silent(step: str, done: int, total: int) -> None:
    """Say nothing."""
