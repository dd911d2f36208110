"""What is asked of a plan: how much may be built, what every plan must keep to, and for how long.

Money is in the unit of ``[fibre] unit``; a site costs its table's ``cost`` times
``plan.unit_cost``. Subdistricts and sites are named by their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ..topology.errors import UsageError

__all__ = ["PlanRequest"]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is asked of a plan; by default the best plan of the project's number of sites.

    Attributes
    ----------
    sites
        At most so many; None is ``plan.sites``, or no limit where money or a share is asked for.
    budget
        At most so much money, standing sites included.
    share
        Reach this share of residents with the fewest sites, or at the least cost with
        ``cheapest``.
    cheapest
        Let money decide instead of the number of sites.
    max_gap
        Branch until the plan is proven to be within this share of the best; None does not branch.
    time_limit_s
        Stop after so many seconds with the best plan so far; what else stands beside it shares
        them, and what found no time is left out. 0 is no limit.
    fix, forbid
        Sites that are in every plan, and in none.
    apart
        Sets of sites of which a plan may hold one at most.
    per_subdistrict
        At least so many sites in each subdistrict.
    least_share
        At least this share of the residents of each subdistrict.
    servers
        A resident counts when so many sites serve him, each on its own.
    survive
        Choose the plan of which the loss of any one site leaves most.
    as_network
        Count whom the sites serve as a network, after interference or as a sum of signals, as
        the service's ``network`` says, and not one by one.
    connected
        Within the budget, count the fibre that connects the sites, too.
    microwave
        With ``connected``: a site may be joined by a microwave hop where that is cheaper.
    share_with_stations
        At least this share of the sites stand on existing base stations.
    tune
        Turn, tilt and weaken the antennas of the chosen sites that are not built until nobody
        more can be served that way.
    safe
        Say the cheapest additions with which the loss of any one site leaves this share of
        residents served; None does not look.
    phases
        Sites that stand at the end of each phase; None takes ``[plan.phases]``, empty has none.
    curve_to
        Up to how many sites the curve goes; 0 draws none.
    """

    sites: int | None = None
    budget: float | None = None
    share: float | None = None
    cheapest: bool = False
    max_gap: float | None = None
    time_limit_s: float = 0.0
    fix: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    per_subdistrict: int = 0
    least_share: float = 0.0
    servers: int = 1
    survive: bool = False
    as_network: bool = False
    connected: bool = False
    microwave: bool = False
    share_with_stations: float = 0.0
    tune: bool = False
    safe: float | None = None
    phases: Mapping[str, int] | None = field(default=None)
    curve_to: int = 60

    def __post_init__(self) -> None:
        if self.sites is not None and self.sites < 1:
            raise UsageError(f"the number of sites is {self.sites}; allow at least 1")
        for name, share in (
            ("share", self.share),
            ("least share", self.least_share),
            ("share on base stations", self.share_with_stations),
            ("safe share", self.safe),
        ):
            if share is not None and not 0 <= share <= 1:
                raise UsageError(f"the {name} is {share}; give 0 to 1, 0.90 for 90 %")
        if self.max_gap is not None and not 0 <= self.max_gap <= 1:
            raise UsageError(f"the gap is {self.max_gap}; give 0 to 1, 0 for an optimal plan")
        if self.budget is not None and not 0 <= self.budget < float("inf"):
            raise UsageError(f"the budget is {self.budget}; give an amount of money of 0 or more")
        if not 0 <= self.time_limit_s < float("inf"):
            raise UsageError(f"the time limit is {self.time_limit_s}; give seconds, 0 for none")
        both = sorted(set(self.fix) & set(self.forbid))
        if both:
            raise UsageError(f"site {both[0]!r} is both fixed and forbidden; take it out of one")
        if self.budget is not None and self.share is not None:
            raise UsageError(
                "budget and share are both given; ask for the most people within the budget, or "
                "for the fewest sites for the share"
            )
        if self.cheapest and self.share is None:
            raise UsageError(
                "--cheapest needs the share that must be reached at the least cost; add --share 90% "
                "(in a scenario, share: 90%)"
            )
        if self.connected and self.budget is None:
            raise UsageError("connected sites are chosen within a budget of money; give one")
        if sum((self.survive, self.as_network, self.connected)) > 1:
            raise UsageError("survive, as network and connected are goals of their own; give one")
        self._check_extras()
        one_by_one = (
            self.apart
            or self.per_subdistrict
            or self.least_share
            or self.servers > 1
            or self.share_with_stations
        )
        if (self.as_network or self.connected) and (one_by_one or self.share is not None):
            raise UsageError(
                "sites chosen as a network, or with their fibre, keep to numbers, money, fixed and "
                "forbidden sites only; leave the other wishes out"
            )
        if self.as_network and self.budget is not None:
            raise UsageError("sites are chosen as a network by their number; leave out the budget")
        if self.survive and (self.budget is not None or self.share is not None or self.apart):
            raise UsageError(
                "the plan that survives best is chosen by its number of sites; leave out budget, "
                "share and sites apart"
            )

    def _check_extras(self) -> None:
        """Refuse what cannot go together with turned antennas, shared sites and hops."""
        if self.microwave and not self.connected:
            raise UsageError(
                "microwave hops are weighed against fibre where sites are connected within a "
                "budget; ask for connected, too"
            )
        if self.share_with_stations and self.sites is None and self._not_by_number:
            raise UsageError(
                "a share of the sites on base stations needs the number of sites; give it, too"
            )
        if self.tune and (self.survive or self.servers > 1 or self.least_share):
            raise UsageError(
                "antennas are turned for the residents whom one site serves, in all of the "
                "district; leave out survive, servers and least share, or tune"
            )
        if self.tune and self.max_gap is not None:
            raise UsageError(
                "how good turned antennas could be at best is not known, so that no gap can be "
                "proven; leave out the gap, or tune"
            )

    @property
    def _not_by_number(self) -> bool:
        return self.budget is not None or self.share is not None

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the default, as plain data."""
        plain = asdict(self)
        default = {one.name: one.default for one in fields(self)}
        return {
            name: [list(x) if isinstance(x, tuple) else x for x in value]
            if isinstance(value, tuple)
            else value
            for name, value in plain.items()
            if value != default[name]
        }
