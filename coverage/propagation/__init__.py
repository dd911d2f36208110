"""How radio waves lose strength: one module per model, chosen by name.

A model turns one transmitter position into a layer of *basic transmission loss*: between
isotropic antennas, median over locations, in dB. Antennas, power, buildings that are entered and
the spread over locations come later, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...topology.errors import SettingError, UsageError
from ...topology.settings import SETTINGS_FILE, nearest
from .free_space import FreeSpace
from .hata import Hata
from .model import PropagationModel, Reach
from .p1812_area import P1812Model

if TYPE_CHECKING:
    from ..surface_model import Surface

__all__ = [
    "MODELS",
    "PARAMETERS",
    "FreeSpace",
    "Hata",
    "P1812Model",
    "PropagationModel",
    "Reach",
    "model_from_settings",
    "needs_surface",
]

MODELS: dict[str, Callable[..., PropagationModel]] = {
    "p1812": P1812Model,
    "hata": Hata,
    "free-space": FreeSpace,
}
"""Every model that ``[propagation] model`` may name."""

PARAMETERS: dict[str, dict[str, str]] = {
    "p1812": {
        "mode": "sweep: pixels share radials; exact: each has a profile of its own",
        "radials": "in the sweep, radials for each pixel at the far edge, 1-8; 2",
        "time_percent": "share of the average year in which the loss is not exceeded, 1-50; 50",
        "polarization": "horizontal or vertical",
        "delta_n": "lapse rate of refractivity in N-units/km; 45",
        "surface_refractivity": "refractivity at sea level in N-units; 330",
        "latitude_deg": "latitude; the district's by default",
    },
    "hata": {"environment": "large-city, urban, suburban or open"},
    "free-space": {
        "clutter_percent": "adds the clutter loss of ITU-R P.2108 at so many per cent of locations; "
        "0 adds none"
    },
}
"""What each model takes in ``[propagation]``; the documentation lists it."""

_OVER_A_SURFACE = ("p1812",)


def _name(propagation: Mapping[str, Any]) -> str:
    name = propagation.get("model", "hata")
    if name not in MODELS:
        raise SettingError(
            f"{SETTINGS_FILE}: propagation.model is {name!r}{nearest(str(name), list(MODELS))}; "
            f"use one of {', '.join(MODELS)}"
        )
    return str(name)


def needs_surface(propagation: Mapping[str, Any]) -> bool:
    """Tell whether the model that ``[propagation]`` describes runs over ground and buildings.

    Raises
    ------
    SettingError
        There is no such model.
    """
    return _name(propagation) in _OVER_A_SURFACE


def model_from_settings(
    propagation: Mapping[str, Any], surface: Surface | None = None
) -> PropagationModel:
    """Return the model that ``[propagation]`` describes; Hata for a large city by default.

    Parameters
    ----------
    surface
        Ground and clutter, for the models that :func:`needs_surface` names.

    Raises
    ------
    SettingError
        The model or one of its parameters is unknown or out of range.
    UsageError
        The model needs a surface and none was given.
    """
    name = _name(propagation)
    given = {key: value for key, value in propagation.items() if key != "model"}
    known = PARAMETERS[name]
    if name in _OVER_A_SURFACE and "clutter_percent" in given:
        raise SettingError(
            f"{SETTINGS_FILE}: propagation.clutter_percent has no place beside the model {name}: "
            "buildings stand in its profile, and ITU-R P.2108 would count them twice; leave it out"
        )
    if set(given) - set(known):
        raise SettingError(
            f"{SETTINGS_FILE}: [propagation] has {', '.join(sorted(given))}; the model "
            f"{name} takes {', '.join(known) or 'none'}"
        )
    if name in _OVER_A_SURFACE:
        if surface is None:
            raise UsageError(f"the model {name} needs a surface; build one with build_surface")
        given["surface"] = surface
    try:
        return MODELS[name](**given)
    except TypeError:
        raise SettingError(
            f"{SETTINGS_FILE}: a parameter of [propagation] has the wrong type; numbers are "
            "written without quotes, words with them"
        ) from None
