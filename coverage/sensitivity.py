"""How far an assumption could move the answer: the same sites over other assumed cities.

Where no buildings were surveyed the plan stands on a generated city. Other cities could as well be
meant; the sites of the plan are judged over these too, and the spread of their shares is what the
assumption is worth.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .ground import Ground, surface_for
from .results import Alternative
from .surface.settings import alternatives, surface_settings
from .transmitters import Station
from .verdict import best_field

__all__ = ["other_surfaces"]


def other_surfaces(ground: Ground, where: Sequence[Station]) -> tuple[Alternative, ...]:
    """Return what the sites cover over each other city that could be meant; nothing if surveyed.

    Interference between cells is left out: it moves both shares alike.
    """
    if ground.surface is None or not where:
        return ()
    needed = np.float32(ground.service.planning_field_dbuv_m)
    found = []
    for words, settings in alternatives(surface_settings(ground.settings.surface)).items():
        surface = surface_for(
            ground.network,
            ground.settings,
            ground.land.grid,
            changed=settings,
            asked=ground.asked,
        )
        served = best_field(ground.over(surface), where).ravel() >= needed
        share = float(ground.people[served].sum() / ground.people.sum())
        found.append(Alternative(words, share))
    return tuple(found)
