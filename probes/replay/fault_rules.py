"""What a replayed agent does wrong, and which of them do it.

Written as words with commas: ``silence@0.1,loss=0.05,delay=0.2,loop@zxr10*``. Behind ``@`` stands
who is meant: a share of all agents, or a pattern of their names; without it, everyone. Who falls
into a share is decided by name and seed, so that two runs agree.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from ...topology.errors import UsageError
from ...topology.nearest_word import nearest
from .drifts import share_of

__all__ = ["FAULTS", "NO_FAULTS", "FaultRule", "Faults", "faults_of", "parse_faults"]

FAULTS: Mapping[str, str] = {
    "silence": "never answers",
    "loss": "loses this share of its replies",
    "delay": "answers so many seconds late",
    "loop": "walks in a circle: after so many rows it begins ten rows back",
    "endless": "invents rows without end behind its last one",
    "order": "walks in the order of the file, which may run backwards",
    "wrong_id": "answers with another request's number",
    "wrong_type": "sends numbers as text",
    "unsigned": "leaves out the zero octet before large counters, so that they read negative",
    "truncate": "cuts this share of its replies short",
    "garbage": "sends noise in place of this share of its replies",
    "empty": "answers with an empty list",
    "double": "sends every reply twice",
    "too_big": "refuses replies of more than so many octets",
    "error": "answers this share of requests with genErr",
    "elsewhere": "answers from another port than it was asked on",
    "reboot": "starts again every so many seconds: uptime and counters from zero",
    "drift": "octet and packet counters of ports advance at this share of the port's speed",
}
"""Every fault and what it does."""

_DEFAULTS = {"loop": 100.0, "too_big": 484.0, "reboot": 300.0}
_SWITCHES = frozenset(
    {"silence", "endless", "order", "wrong_id", "wrong_type", "unsigned", "empty", "double",
     "elsewhere"}
)  # fmt: skip
_SHARES = frozenset({"loss", "truncate", "garbage", "error", "drift"})


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one agent; zero is none. :data:`FAULTS` says what each does."""

    silence: float = 0.0
    loss: float = 0.0
    delay: float = 0.0
    loop: float = 0.0
    endless: float = 0.0
    order: float = 0.0
    wrong_id: float = 0.0
    wrong_type: float = 0.0
    unsigned: float = 0.0
    truncate: float = 0.0
    garbage: float = 0.0
    empty: float = 0.0
    double: float = 0.0
    too_big: float = 0.0
    error: float = 0.0
    elsewhere: float = 0.0
    reboot: float = 0.0
    drift: float = 0.0

    def __str__(self) -> str:
        given = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ", ".join(
            name if name in _SWITCHES else f"{name}={value:g}" for name, value in given if value
        )


NO_FAULTS = Faults()


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault and who has it: a share of the agents, or those whose name fits a pattern."""

    fault: str
    amount: float
    share: float = 1.0
    pattern: str = "*"

    def concerns(self, name: str, seed: int) -> bool:
        """Tell whether the agent has the fault."""
        if not fnmatch.fnmatchcase(name, self.pattern):
            return False
        return self.share >= 1.0 or share_of(f"{seed}:{self.fault}:{name}") < self.share


def _amount(fault: str, text: str) -> float:
    if not text:
        if fault in _SWITCHES:
            return 1.0
        if fault in _DEFAULTS:
            return _DEFAULTS[fault]
        raise UsageError(f"fault {fault!r} needs an amount: {fault}=NUMBER ({FAULTS[fault]})")
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf or (fault in _SHARES and amount > 1):
        limits = "a share from 0 to 1" if fault in _SHARES else "a number of 0 or more"
        raise UsageError(f"fault {fault}={text}: give {limits} ({FAULTS[fault]})")
    return amount


def parse_faults(text: str) -> tuple[FaultRule, ...]:
    """Read the words of ``--faults``.

    Raises
    ------
    UsageError
        A word is no fault, or its amount is out of range.
    """
    rules = []
    for word in filter(None, (word.strip() for word in text.split(","))):
        what, at, whom = word.partition("@")
        fault, _, amount = what.partition("=")
        fault = fault.strip().replace("-", "_")
        if fault not in FAULTS:
            raise UsageError(
                f"{fault!r} is not a fault{nearest(fault, FAULTS)}; faults are {', '.join(FAULTS)}"
            )
        rule = FaultRule(fault, _amount(fault, amount.strip()))
        if at and not whom:
            raise UsageError(f"{word!r} names nobody behind @; give a share or a name")
        if whom:
            try:
                share = float(whom)
            except ValueError:
                rule = replace(rule, pattern=whom)
            else:
                if not 0 <= share <= 1:
                    raise UsageError(f"{word!r}: the share behind @ is from 0 to 1")
                rule = replace(rule, share=share)
        rules.append(rule)
    return tuple(rules)


def faults_of(rules: tuple[FaultRule, ...], name: str, *, seed: int = 0) -> Faults:
    """Return what one agent does wrong; of two rules for a fault the later counts."""
    return Faults(**{rule.fault: rule.amount for rule in rules if rule.concerns(name, seed)})
