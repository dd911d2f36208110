"""How long service is away: minutes a year and nines, in closed form and by random scenarios.

``availability_of(network)`` answers for every site, subdistrict and the district. Below it:

- :mod:`.components` says how often each class of equipment is away, and reads your own table,
- :mod:`.equipment` says what stands at every site and along every link,
- :mod:`.failure_model` holds what can fail in a graph and what fails together,
- :mod:`.exact` and :mod:`.cut_sets` give every node's unavailability in closed form,
- :mod:`.sampling` checks that with 64 random scenarios in every machine word,
- :mod:`.report` puts it together.

On arrays, without tables::

    model = FailureModel(graph, roots, weight, node_q, edge_q, own_q, groups)
    closed = node_unavailability(model)
    drawn = sample_unavailability(model, scenarios=10_000_000, seed=42)
"""

from .components import COMPONENTS, Component, read_components
from .cut_sets import CutUnavailability, cut_unavailability
from .equipment import NamedGroup, equipment_of, failure_model_of, power_areas
from .exact import exact_unavailability
from .failure_model import FailureModel, RiskGroup
from .report import (
    AreaAvailability,
    AvailabilityReport,
    NodeUnavailability,
    SiteAvailability,
    availability_of,
    minutes_a_year,
    nines,
    node_unavailability,
)
from .sampling import SCENARIOS_A_CHUNK, SampledUnavailability, sample_unavailability

__all__ = [
    "COMPONENTS",
    "SCENARIOS_A_CHUNK",
    "AreaAvailability",
    "AvailabilityReport",
    "Component",
    "CutUnavailability",
    "FailureModel",
    "NamedGroup",
    "NodeUnavailability",
    "RiskGroup",
    "SampledUnavailability",
    "SiteAvailability",
    "availability_of",
    "cut_unavailability",
    "equipment_of",
    "exact_unavailability",
    "failure_model_of",
    "minutes_a_year",
    "nines",
    "node_unavailability",
    "power_areas",
    "read_components",
    "sample_unavailability",
]
