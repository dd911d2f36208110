"""Physical parts of a device (ENTITY-MIB, RFC 6933) and the interfaces they carry."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..mibs import object_named, oid_of
from ..snmp.values import MibView, Oid
from .plain_values import moment, text, truth, whole, word
from .records import Entity, Module

__all__ = [
    "entity_interfaces",
    "interface_of",
    "modules_of",
    "parents_of",
    "read_entities",
]

_PLUGGABLE = re.compile(
    r"\b(sfp\w*|qsfp\w*|xfp|cfp\w*|gbic|xenpak|osfp|transceiver|xcvr)\b|pluggable|[0-9]+gbase",
    re.IGNORECASE,
)
_KINDS = {"chassis": "chassis", "powerSupply": "power-supply", "fan": "fan", "module": "module"}

_IF_INDEX = oid_of("ifIndex")


def entity_interfaces(view: MibView) -> dict[int, int]:
    """Return physical index to ifIndex, from entAliasMappingTable."""
    found: dict[int, int] = {}
    for index, typed in view.column(oid_of("entAliasMappingIdentifier")).items():
        value = typed.value
        if isinstance(value, tuple) and value[: len(_IF_INDEX)] == _IF_INDEX and index:
            below: Oid = value[len(_IF_INDEX) :]
            if len(below) == 1:
                found.setdefault(index[0], below[0])
    return found


def interface_of(
    entity: int, interfaces: dict[int, int], parents: dict[int, int], steps: int = 8
) -> int | None:
    """Return the interface that a part or what it sits in carries; a loop of parts ends."""
    seen = entity
    for _ in range(steps):
        if seen in interfaces:
            return interfaces[seen]
        parent = parents.get(seen)
        if not parent or parent == seen:
            return None
        seen = parent
    return None


def parents_of(view: MibView) -> dict[int, int]:
    """Return physical index to the index of what contains it."""
    return {
        index[0]: parent
        for index, typed in view.column(oid_of("entPhysicalContainedIn")).items()
        if len(index) == 1 and (parent := whole(typed)) is not None and parent > 0
    }


def read_entities(view: MibView) -> tuple[Entity, ...]:
    """Read every physical part, by its index."""
    names = (
        "Descr VendorType ContainedIn Class ParentRelPos Name HardwareRev FirmwareRev SoftwareRev"
        " SerialNum MfgName ModelName Alias AssetID IsFRU MfgDate"
    )
    columns = {name: view.column(oid_of("entPhysical" + name)) for name in names.split()}
    kinds = object_named("entPhysicalClass").words
    interfaces = entity_interfaces(view)
    rows = dict.fromkeys(i for column in columns.values() for i in column if len(i) == 1)
    found = []
    for index in sorted(rows):
        cell = {name: column.get(index) for name, column in columns.items()}
        made_by = cell["VendorType"]
        vendor = made_by.value if made_by is not None else None
        found.append(
            Entity(
                index=index[0],
                kind=word(cell["Class"], kinds) or "unknown",
                description=text(cell["Descr"]),
                name=text(cell["Name"]),
                contained_in=whole(cell["ContainedIn"]),
                position=whole(cell["ParentRelPos"]),
                model=text(cell["ModelName"]),
                serial=text(cell["SerialNum"]),
                maker=text(cell["MfgName"]),
                hardware=text(cell["HardwareRev"]),
                firmware=text(cell["FirmwareRev"]),
                software=text(cell["SoftwareRev"]),
                alias=text(cell["Alias"]),
                asset=text(cell["AssetID"]),
                made=moment(cell["MfgDate"]),
                replaceable=truth(cell["IsFRU"]),
                vendor_type=vendor if isinstance(vendor, tuple) else (),
                if_index=interfaces.get(index[0]),
            )
        )
    return tuple(found)


def modules_of(entities: Iterable[Entity]) -> tuple[Module, ...]:
    """Return the parts that can be drawn: those with a model or a serial number.

    A part whose words name a pluggable form is a transceiver, whatever class it claims; its
    interface is its own or that of what it sits in.
    """
    known = {entity.index: entity for entity in entities}
    interfaces = {i: e.if_index for i, e in known.items() if e.if_index is not None}
    parents = {i: e.contained_in for i, e in known.items() if e.contained_in}
    children: dict[int, int] = {}
    for index, parent in parents.items():
        if index in interfaces:
            children.setdefault(parent, interfaces[index])
    found = []
    for entity in known.values():
        if not (entity.model or entity.serial) or entity.kind in ("sensor", "stack"):
            continue
        words = f"{entity.description} {entity.name} {entity.model}"
        pluggable = entity.kind in ("module", "port", "other") and _PLUGGABLE.search(words)
        kind = "transceiver" if pluggable else _KINDS.get(entity.kind)
        if kind is None:
            continue
        own = children.get(entity.index)
        found.append(
            Module(
                name=f"entity.{entity.index}",
                kind=kind,
                description=entity.description,
                model=entity.model,
                serial=entity.serial,
                maker=entity.maker,
                revision=entity.hardware,
                made=entity.made or "",
                if_index=own
                if own is not None
                else interface_of(entity.index, interfaces, parents, steps=3),
                entity=entity.index,
                source="ENTITY-MIB",
            )
        )
    return tuple(found)
