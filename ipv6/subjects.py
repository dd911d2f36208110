"""Who is judged: the devices, access links and websites of a project, with what each weighs.

Devices of the layers backbone, access and IDC weigh their capacity, access links (the layer
``terminal``) their homes, websites their visits. What the tables do not say weighs like the
middle of its layer, and is counted as assumed.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from ..topology.network import Network
from .verdicts import SubjectKind

__all__ = ["LAYERS", "Inventory", "Subject", "inventory_of"]

LAYERS = ("backbone", "access", "idc", "terminal", "sites")
"""Layers of the district, in the order in which they are shown."""

_EQUIPMENT = LAYERS[:3]


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is judged.

    Attributes
    ----------
    key
        As evidence names it: ``device:ID``, ``link:ID``, ``website:ID``.
    role
        Of a device, as the checks ask for it.
    layer
        One of :data:`LAYERS`; "" where it belongs to none.
    name, name_en
        What people call it; hostile text.
    site_id
        Where it stands or is hosted; "" outside or unknown.
    weight, weight_assumed
        In Mbit/s, homes or visits a day; whether the tables say it.
    main
        Whether the plan's target for equipment is about it.
    field
        Field of an IPv6 demonstration that it is; "" for none.
    host, website_kind
        Of a website.
    assumed
        Whether the whole row is assumed.
    """

    key: str
    kind: SubjectKind
    role: str
    layer: str
    name: str
    name_en: str
    site_id: str
    weight: float
    weight_assumed: bool
    main: bool = False
    field: str = ""
    host: str = ""
    website_kind: str = ""
    assumed: bool = False

    @property
    def row_id(self) -> str:
        """Its key in its table."""
        return self.key.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All subjects of a project.

    Attributes
    ----------
    subjects
        By key: devices, access links, websites, in the order of their tables.
    main_assumed
        Whether no row says what main equipment is, so that all of the three layers is taken for it.
    """

    subjects: Mapping[str, Subject]
    main_assumed: bool

    def layer(self, name: str) -> tuple[Subject, ...]:
        """Return the subjects of a layer."""
        return tuple(one for one in self.subjects.values() if one.layer == name)

    def of_kind(self, kind: SubjectKind) -> tuple[Subject, ...]:
        """Return the devices, the websites or the links."""
        return tuple(one for one in self.subjects.values() if one.kind is kind)


def _weights(values: Mapping[str, float | None]) -> dict[str, tuple[float, bool]]:
    """Return each weight and whether it is assumed: the median of those that are known, else 1."""
    known = [value for value in values.values() if value]
    middle = statistics.median(known) if known else 1.0
    return {key: (value, False) if value else (middle, True) for key, value in values.items()}


def _known(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]


def _devices(network: Network) -> tuple[dict[str, Subject], bool]:
    frame = network.devices
    ports = network.ports.groupby("device_id")["capacity_mbps"].sum(min_count=1)
    marked = bool(frame["main"].notna().any())
    capacity = {row_id: _known(ports.get(row_id)) for row_id in frame["device_id"]}
    of_layer = {
        role: _weights({i: capacity[i] for i in frame.loc[frame["role"] == role, "device_id"]})
        for role in frame["role"].unique()
    }
    found = {}
    for row in frame.to_dict("records"):
        layer = row["role"] if row["role"] in _EQUIPMENT else ""
        weight, weight_assumed = of_layer[row["role"]][row["device_id"]]
        said = None if pd.isna(row["main"]) else bool(row["main"])
        key = f"device:{row['device_id']}"
        name = row["name"] or row["device_id"]
        found[key] = Subject(
            key, SubjectKind.DEVICE, row["role"], layer, name, name, row["site_id"], weight,
            weight_assumed, main=bool(layer) and (bool(said) if marked else True),
            assumed=row["assumed"].split() == ["*"],
        )  # fmt: skip
    return found, bool(len(frame)) and not marked


def _access_links(network: Network) -> dict[str, Subject]:
    frame = network.links[network.links["kind"].isin(["pon", "hfc"])]
    weights = _weights(
        {i: _known(n) for i, n in zip(frame["link_id"], frame["homes"], strict=True)}
    )
    return {
        f"link:{row['link_id']}": Subject(
            f"link:{row['link_id']}", SubjectKind.LINK, "", "terminal", row["link_id"],
            row["link_id"], row["b_site"], *weights[row["link_id"]],
            assumed=row["assumed"].split() == ["*"],
        )
        for row in frame.drop(columns="geometry", errors="ignore").to_dict("records")
    }  # fmt: skip


def _websites(network: Network) -> dict[str, Subject]:
    frame = network.websites
    visits = zip(frame["website_id"], frame["visits_per_day"], strict=True)
    weights = _weights({i: _known(n) for i, n in visits})
    return {
        f"website:{row['website_id']}": Subject(
            f"website:{row['website_id']}", SubjectKind.WEBSITE, "", "sites",
            row["name"] or row["host"], row["name_en"] or row["name"] or row["host"],
            row["site_id"], *weights[row["website_id"]], field=row["field"], host=row["host"],
            website_kind=row["kind"], assumed=row["assumed"].split() == ["*"],
        )
        for row in frame.to_dict("records")
    }  # fmt: skip


def inventory_of(network: Network) -> Inventory:
    """Return everything of a project that is judged."""
    devices, main_assumed = _devices(network)
    every = {**devices, **_access_links(network), **_websites(network)}
    return Inventory(MappingProxyType(every), main_assumed)
