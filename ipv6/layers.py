"""What the layers of the district are worth on the ladder, and the district's total.

A layer's value is the mean of what its subjects' levels count (:data:`.ladder.LEVEL_VALUE`), by
weight; the district's total is the weighted geometric mean of its layers, because one dead layer
kills the service whatever the others do. Both are intervals: what is not known counts nothing at
the low end and everything at the high end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .ladder import Rung, value_range
from .subjects import LAYERS, Inventory
from .verdicts import Level

__all__ = ["LAYER_WEIGHT", "LayerValue", "district_total", "layer_values"]

LAYER_WEIGHT: Mapping[str, float] = {
    "backbone": 0.20, "access": 0.25, "idc": 0.20, "terminal": 0.10, "sites": 0.25,
}  # fmt: skip
"""Weight of each layer in the total; printed with it."""


@dataclass(frozen=True, slots=True)
class LayerValue:
    """What a layer is worth.

    Attributes
    ----------
    low, high
        Its value, 0-1, at least and at most; 0 and 1 where it has no subject.
    covered
        Share of its weight that is on one certain level.
    levels
        Subjects on each level; unknown ones under :attr:`.Level.UNKNOWN`.
    harmful
        Subjects that harm those who use IPv6.
    subjects, weights_assumed
        How many it has, and of how many the weight is assumed.
    """

    layer: str
    low: float
    high: float
    covered: float
    levels: Mapping[Level, int]
    harmful: int
    subjects: int
    weights_assumed: int


def layer_values(inventory: Inventory, rungs: Mapping[str, Rung]) -> tuple[LayerValue, ...]:
    """Return the value of each layer, in the order of :data:`.subjects.LAYERS`.

    Parameters
    ----------
    rungs
        Subject to where it stands; each subject of the inventory has one.
    """
    found = []
    for layer in LAYERS:
        members = inventory.layer(layer)
        stands = [rungs[one.key] for one in members]
        whole = math.fsum(one.weight for one in members)
        low, high, covered = 0.0, 1.0, 0.0
        if whole > 0:
            parts = [one.weight / whole for one in members]
            ends = [value_range(rung_) for rung_ in stands]
            low = math.fsum(w * end[0] for w, end in zip(parts, ends, strict=True))
            high = math.fsum(w * end[1] for w, end in zip(parts, ends, strict=True))
            covered = math.fsum(
                w for w, rung_ in zip(parts, stands, strict=True) if rung_.certain and rung_.told
            )
        found.append(
            LayerValue(
                layer,
                min(low, 1.0),
                min(high, 1.0),
                min(covered, 1.0),
                {level: sum(rung_.level is level for rung_ in stands) for level in Level},
                sum(rung_.harmful is True for rung_ in stands),
                len(members),
                sum(one.weight_assumed for one in members),
            )
        )
    return tuple(found)


def district_total(
    values: tuple[LayerValue, ...], weights: Mapping[str, float] = LAYER_WEIGHT
) -> tuple[float, float]:
    """Return the weighted geometric mean of layers, at least and at most.

    Parameters
    ----------
    weights
        Of each layer; only their proportions matter.
    """
    whole = math.fsum(weights[one.layer] for one in values)

    def mean(ends: list[float]) -> float:
        if any(end <= 0 for end in ends):
            return 0.0
        logs = [
            weights[one.layer] / whole * math.log(end)
            for one, end in zip(values, ends, strict=True)
        ]
        return min(1.0, math.exp(math.fsum(logs)))

    return mean([one.low for one in values]), mean([one.high for one in values])
