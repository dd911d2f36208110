"""What the book of alarms asks of the topology: what hangs on what, and what follows from what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..observations import Resource
from .rules import Rule

__all__ = ["Cause", "Diagnosis", "Judge", "Rules"]


@dataclass(frozen=True, slots=True)
class Cause:
    """A failure that follows from no other.

    Attributes
    ----------
    alarm_type
        Type under which it is raised where nothing measures it: a cut span, a dark site; "" where
        it has an alarm of its own.
    reason, names
        From what it is concluded: ``ports-down``, ``links-together``, ``devices-silent``, and which;
        ``management-lost`` where the device is silent and yet carries traffic, as these show.
    instead
        What else it may be, as far as can be told.
    """

    resource: Resource
    alarm_type: str = ""
    reason: str = ""
    names: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


class Diagnosis(Protocol):
    """What follows from what, at one moment."""

    @property
    def causes(self) -> Sequence[Cause]:
        """Failures that follow from no other."""
        ...

    def roots_of(self, resource: Resource, /) -> tuple[Resource, ...]:
        """Return the causes from which a resource's troubles follow; none for a cause itself."""
        ...


class Judge(Protocol):
    """Something that knows the network as it is seen from the probe."""

    def parents(self, resource: Resource, /) -> tuple[Resource, ...]:
        """Return what every way from the probe to a resource passes, nearest to it first."""
        ...

    def diagnose(
        self,
        down: Collection[Resource],
        /,
        *,
        since_s: Mapping[Resource, float],
        heard_s: Mapping[Resource, float],
    ) -> Diagnosis:
        """Return what follows from what when these are down.

        Parameters
        ----------
        since_s
            Since when each of them has been.
        heard_s
            When devices last answered and ports were last seen up, of those that were.
        """
        ...


class Rules(Protocol):
    """Something that knows the thresholds and where things belong."""

    @property
    def learning_s(self) -> float:
        """For how long a thing that is new is only learned."""
        ...

    def rules_for(self, resource: Resource, figure: str, /) -> Sequence[Rule]:
        """Return the rules that judge a figure of a resource; none where nobody asked for any."""
        ...

    def rule(self, resource: Resource, alarm_type: str, /) -> Rule | None:
        """Return the rule of an alarm type on a resource; None where it is not declared any more."""
        ...

    def lineage(self, resource: Resource, /) -> tuple[Resource, ...]:
        """Return the resource and what it stands on: port, device, site."""
        ...
