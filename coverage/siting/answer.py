"""What the solvers answer: a plan, what no plan can exceed, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Remark", "SitePlan", "Status", "Step"]

Status = Literal["optimal", "within-gap", "unproven", "time-limit", "cancelled"]
"""Why a solver stopped: the plan is proven best; its gap is what was asked for; all that was
allowed has been tried; the time was up; it was interrupted."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to a plan.

    Attributes
    ----------
    what
        Name of the step.
    seconds
        When it ended, from the start of the solver.
    value, bound
        Best plan and best bound by then.
    sites, groups, pairs
        Size of the problem that is left after it.
    nodes
        Branches looked at by then.
    """

    what: str
    seconds: float
    value: float
    bound: float
    sites: int
    groups: int
    pairs: int
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that the reader of a plan should know.

    Attributes
    ----------
    kind
        ``nothing-in-reach``: no usable site reaches any weight, so every plan is worth 0;
        ``sites-enough``: fewer sites than allowed reach all that can be reached;
        ``fewer-candidates``: there are fewer usable sites than allowed.
    count
        The number it is about.
    text
        The same in words, with what would change it.
    """

    kind: Literal["nothing-in-reach", "sites-enough", "fewer-candidates"]
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A choice of sites with a bound that holds for every choice.

    Attributes
    ----------
    sites
        Fixed sites first, then always the one that adds most.
    value
        Weight that they reach, evaluated on the whole problem.
    cost
        What they cost together; their number where no costs were given.
    objective
        ``weight``: as much weight as possible; ``cost`` or ``sites``: a share of the weight as
        cheaply, or with as few sites, as possible.
    bound
        With the objective ``weight``: no plan under the same conditions reaches more. Else: no
        plan that reaches the share costs less. It holds however the solver ended.
    gap
        How far the plan is from the bound at most, as a share of the bound (of the cost, where
        cost is the objective).
    proven
        Whether no plan can be better.
    status
        Why the solver stopped.
    seconds
        How long it took.
    log
        What was done.
    remarks
        What the reader should know.
    cancelled_by
        What interrupted the solver: whatever ``progress`` raised, or ``KeyboardInterrupt``. The
        caller decides whether to show the plan or to raise it again.
    """

    sites: tuple[int, ...]
    value: float
    cost: float
    objective: Literal["weight", "cost", "sites"]
    bound: float
    gap: float
    proven: bool
    status: Status
    seconds: float
    log: tuple[Step, ...] = field(default=(), repr=False)
    remarks: tuple[Remark, ...] = ()
    cancelled_by: BaseException | None = None
