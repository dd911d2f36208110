"""Small random graphs, and each loop both as machine code and as it stands."""

from __future__ import annotations

import pytest

from ngbw.topology import loops


@pytest.fixture(params=["plain", "compiled"])
def both_ways(request, monkeypatch):
    """Run a test with the loops as they stand and as machine code."""
    if request.param == "plain":
        monkeypatch.setattr(loops.Loop, "prepare", lambda self: None)
        for loop in loops.Loop.all:
            monkeypatch.setattr(loop, "machine", None)
    else:
        for loop in loops.Loop.all:
            loop.prepare()
    return request.param
