"""How radio waves lose strength: one module per model, chosen by name.

A model turns one transmitter position into a layer of *basic transmission loss*: between
isotropic antennas, median over locations, in dB. Antennas, power, buildings that are entered and
the spread over locations come later, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...topology.errors import SettingError
from ...topology.settings import SETTINGS_FILE, nearest
from .free_space import FreeSpace
from .hata import Hata
from .model import PropagationModel, Reach

__all__ = ["MODELS", "FreeSpace", "Hata", "PropagationModel", "Reach", "model_from_settings"]

MODELS: dict[str, Callable[..., PropagationModel]] = {"free-space": FreeSpace, "hata": Hata}
"""Every model that ``[propagation] model`` may name."""


def model_from_settings(propagation: Mapping[str, Any]) -> PropagationModel:
    """Return the model that ``[propagation]`` describes; Hata for a large city by default.

    Raises
    ------
    SettingError
        The model or one of its parameters is unknown or out of range.
    """
    parameters = dict(propagation)
    name = parameters.pop("model", "hata")
    if name not in MODELS:
        raise SettingError(
            f"{SETTINGS_FILE}: propagation.model is {name!r}{nearest(str(name), list(MODELS))}; "
            f"use one of {', '.join(MODELS)}"
        )
    try:
        return MODELS[name](**parameters)
    except TypeError:
        known = ", ".join(getattr(MODELS[name], "__slots__", ())) or "none"
        raise SettingError(
            f"{SETTINGS_FILE}: [propagation] has {', '.join(sorted(parameters))}; the model "
            f"{name} takes {known}"
        ) from None
