"""What a kilometre of fibre costs, by where it runs.

New duct costs by the kind of street it is dug into; where a duct lies already only the cable is
pulled; a drop leads from the street into a building. A microwave hop can stand in for fibre, at a
price for both its ends. All other figures are costs per km in the project's unit; all can be set in ``ngbw.toml``::

    [fibre]
    unit = "CNY"
    existing_duct = { value = 40000, source = "framework contract 2016", assumed = false }
    new_duct.trunk = { value = 520000, source = "...", assumed = true }
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingError
from ..network import Network
from ..settings import SETTINGS_FILE, Figure, nearest
from ..tables import STREETS
from .street_graph import StreetGraph

__all__ = ["REUSABLE", "CostModel", "cost_model", "streets_with_duct"]

_GUESS = "order of magnitude of municipal works, no quotation"

REUSABLE = ("duct", "tunnel", "bridge")
"""Kinds of span through which another cable can be pulled."""

_KINDS = STREETS["kind"].choices


def _guess(value: float) -> Figure:
    return Figure(value, _GUESS, assumed=True)


@dataclass(frozen=True, slots=True)
class CostModel:
    """Costs per km, each with its source.

    Attributes
    ----------
    unit
        Of money, for people.
    new_duct
        By kind of street: duct dug, cable pulled.
    existing_duct
        Cable pulled through a duct that lies already.
    drop
        From the street to the place.
    microwave_hop
        Of a hop in place of fibre, both ends together: not per km.
    """

    unit: str
    new_duct: Mapping[str, Figure]
    existing_duct: Figure
    drop: Figure
    microwave_hop: Figure

    def per_km(self, streets: StreetGraph, ducts: Iterable[str] = ()) -> NDArray[np.float64]:
        """Return the cost per km of each edge.

        Parameters
        ----------
        ducts
            Ids of streets in which a duct can be used.
        """
        usable = set(ducts)
        by_row = np.array(
            [
                (self.existing_duct if street_id in usable else self.new_duct[kind]).value
                for street_id, kind in zip(streets.street_ids, streets.kinds, strict=True)
            ]
            + [self.drop.value]
        )
        return by_row[streets.street_row]

    @property
    def assumed(self) -> tuple[str, ...]:
        """What of it was assumed, one sentence each."""
        named = {f"new duct, {kind}": figure for kind, figure in self.new_duct.items()}
        named |= {"existing duct": self.existing_duct, "drop": self.drop}
        return tuple(
            f"{name}: {figure.value:,.0f} {self.unit}/km ({figure.source})"
            for name, figure in named.items()
            if figure.assumed
        )


_DEFAULT = CostModel(
    "CNY",
    {
        "trunk": _guess(500_000),
        "main": _guess(400_000),
        "local": _guess(300_000),
        "bridge": _guess(1_500_000),
        "tunnel": _guess(2_000_000),
    },
    _guess(40_000),
    _guess(100_000),
    Figure(150_000, "two radios with dishes and a licence, no quotation", assumed=True),
)


def _figure(raw: object, name: str) -> Figure:
    """Check one figure of the settings."""
    rule = 'write { value = 300000, source = "...", assumed = true }'
    if not isinstance(raw, Mapping) or set(raw) != {"value", "source", "assumed"}:
        raise SettingError(f"{SETTINGS_FILE}: {name} is {raw!r}; {rule}")
    value, source, assumed = raw["value"], raw["source"], raw["assumed"]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SettingError(f"{SETTINGS_FILE}: {name}.value is {value!r}; give a number")
    if not (math.isfinite(value) and value >= 0):
        raise SettingError(f"{SETTINGS_FILE}: {name}.value is {value}; give a cost of 0 or more")
    if not isinstance(source, str) or not isinstance(assumed, bool):
        raise SettingError(f"{SETTINGS_FILE}: {name} needs a source and assumed; {rule}")
    return Figure(float(value), source, assumed)


def cost_model(raw: Mapping[str, Any]) -> CostModel:
    """Return the costs that ``[fibre]`` sets, and assumed ones for the rest.

    Raises
    ------
    SettingError
        A setting is unknown, or no figure with its source.
    """
    known = ("unit", "new_duct", "existing_duct", "drop", "microwave_hop")
    for name in raw:
        if name not in known:
            raise SettingError(
                f"{SETTINGS_FILE}: fibre.{name} is not a setting{nearest(name, list(known))}; "
                f"use {', '.join(known)}"
            )
    unit = raw.get("unit", _DEFAULT.unit)
    if not isinstance(unit, str) or not unit.strip():
        raise SettingError(f"{SETTINGS_FILE}: fibre.unit is {unit!r}; name the unit, such as CNY")
    given = raw.get("new_duct", {})
    if not isinstance(given, Mapping):
        raise SettingError(f"{SETTINGS_FILE}: fibre.new_duct is {given!r}; give a figure per kind")
    for kind in given:
        if kind not in _KINDS:
            raise SettingError(
                f"{SETTINGS_FILE}: fibre.new_duct.{kind} is no kind of street"
                f"{nearest(kind, list(_KINDS))}; kinds are {', '.join(_KINDS)}"
            )
    new_duct = {kind: _figure(figure, f"fibre.new_duct.{kind}") for kind, figure in given.items()}
    single = {
        name: _figure(raw[name], f"fibre.{name}") if name in raw else getattr(_DEFAULT, name)
        for name in ("existing_duct", "drop", "microwave_hop")
    }
    return CostModel(unit, {**_DEFAULT.new_duct, **new_duct}, **single)


def streets_with_duct(network: Network) -> frozenset[str]:
    """Return the ids of streets in which a span lies whose duct can take another cable."""
    spans = network.spans
    usable = spans["kind"].isin(REUSABLE) & (spans["street_id"] != "")
    return frozenset(str(street) for street in spans.loc[usable, "street_id"])
