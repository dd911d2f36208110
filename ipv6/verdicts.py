"""The words of readiness: what a check may say, and the rungs of the ladder."""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = ["Basis", "Level", "SubjectKind", "Verdict"]


class Verdict(StrEnum):
    """What a check found. Unknown is neither pass nor fail."""

    PASS = "pass"  # noqa: S105 - a verdict
    PARTIAL = "partial"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "n/a"


class Level(IntEnum):
    """Rung of the ladder: the highest whose checks, and all below it, pass. Never an average."""

    UNKNOWN = 0
    NOT_READY = 1
    CAPABLE = 2
    CONFIGURED = 3
    CARRYING = 4
    PARITY = 5


class SubjectKind(StrEnum):
    """What a check is about.

    A website is a portal or service that people reach by its name; the network's own sites are
    judged by their devices.
    """

    DEVICE = "device"
    WEBSITE = "website"
    LINK = "link"
    VANTAGE = "vantage"


class Basis(StrEnum):
    """How evidence came about."""

    MEASURED = "measured"
    PASSIVE = "passive"
    STATEMENT = "statement"
