"""What a device profile can say, and the keys of its file.

The declaration here drives reading, the messages about mistakes and docs/device-profiles.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..readings.records import SensorState
from ..snmp.values import MibView, Oid

__all__ = [
    "COMPUTED_KEYS",
    "LIMITS",
    "MATCH_KEYS",
    "PART_KEYS",
    "PART_KINDS",
    "PROFILE_KEYS",
    "SENSOR_KEYS",
    "Computed",
    "Match",
    "Only",
    "PartRule",
    "Profile",
    "SensorRule",
]

PART_KINDS = ("transceiver", "module", "chassis", "power-supply", "fan")
LIMITS = ("low_alarm", "low_warning", "high_warning", "high_alarm")

PROFILE_KEYS = {
    "title": "maker and kind of device, for people",
    "source": "where the objects' meaning is published: the MIB's name",
    "roles": "list of what such devices do: broadcast, olt, cable, microwave, wifi, switch, ...",
    "match": "list of tables; one that holds is enough",
    "sensor": "list of tables, one a figure",
    "computed": "list of tables, figures that follow from others of the same row",
    "part": "list of tables, one a table of modules or transceivers",
}
MATCH_KEYS = {
    "object_id": "sysObjectID equals this or lies below it",
    "description": "sysDescr holds this text; upper and lower case are alike",
    "answers": "an object that only such devices have, for agents that hide behind net-snmp's "
    "sysObjectID",
}
SENSOR_KEYS = {
    "id": "short name, unique in the profile: letters, digits and hyphens",
    "object": "name of the object in its MIB, for messages",
    "figure": "name of the figure, which fixes the unit (the list below)",
    "oid": "object; without .0 for a scalar, of the column for a table; {n} with each",
    "table": "true for a column: one sensor for each row",
    "each": "[first, last]: the rule repeats, with that number for {n} in oids and label",
    "scale": "factor from the raw number to the figure's unit, 1 unless given",
    "offset": "added after scaling",
    "scale_power": "column that holds the power of ten to scale by, as -1 for tenths",
    "raw": "form of the number: number (a unit behind it is passed over), signed-16 (numbers from "
    "32768 on are negative), wifi-channel (its centre in MHz), or watts, milliwatts, microwatts for a figure in dBm",
    "position": "number of the value in a text that lists several by commas, from 0",
    "label": "what people call it; {name}, {index}, {n} and {1}, {2}... (parts of the index) fill in",
    "names": "column with the names of rows, for {name} and the part",
    "names_index": "positions of the index that name the row of names, as [0]",
    "interface": "position of the ifIndex in the index of the row",
    "absent": "raw values that mean no measurement, numbers or text",
    "least": "raw values below mean no measurement",
    "most": "raw values above mean no measurement",
    "only": "table {oid = column, is = [values]}: rows whose column holds one of them",
    "states": "for state, gnss_lock and rf_on: table of number or text to word",
    "ok": "words that mean all is well",
    "warning": "words that mean look at it",
    "critical": "words that mean act",
    "limits": "table of low_alarm, low_warning, high_warning, high_alarm in the figure's unit",
    "limit_oids": "the same table with columns that hold the limits as raw numbers",
    "limit_scale": "factor for limit_oids where it differs from scale",
}
PART_KEYS = {
    "id": "short name, unique in the profile",
    "kind": "transceiver, module, chassis, power-supply or fan",
    "interface": "position of the ifIndex in the index of the row",
    "description": "column with words for people",
    "model": "column with the model",
    "serial": "column with the serial number",
    "maker": "column with the maker",
    "revision": "column with the revision of the hardware",
    "connector": "column with the connector, as text",
    "made": "column with the day of making, as text",
}
COMPUTED_KEYS = {
    "id": "short name, unique in the profile",
    "figure": "name of the figure",
    "formula": "one of the formulas below",
    "of": "ids of the sensors that go in, in the formula's order",
    "label": "what people call it",
    "limits": "table of low_alarm, low_warning, high_warning, high_alarm",
}

Raw = Literal["number", "signed-16", "wifi-channel", "watts", "milliwatts", "microwatts"]


@dataclass(frozen=True, slots=True)
class Match:
    """When a profile applies; every condition that is given must hold."""

    object_id: Oid = ()
    description: str = ""
    answers: Oid = ()

    def holds(self, object_id: Oid, description: str, view: MibView | None = None) -> bool:
        """Whether a device with this sysObjectID and sysDescr is meant.

        Before the device was asked there is no view, and ``answers`` is taken to hold: what it
        names must be asked first.
        """
        return (
            object_id[: len(self.object_id)] == self.object_id
            and self.description.casefold() in description.casefold()
            and (not self.answers or view is None or _has(view, self.answers))
        )


def _has(view: MibView, base: Oid) -> bool:
    return view.scalar(base) is not None or bool(view.column(base))


@dataclass(frozen=True, slots=True)
class Only:
    """A column that says which rows are meant."""

    column: Oid
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class SensorRule:
    """How one figure is read; the keys of :data:`SENSOR_KEYS` with their numbers filled in."""

    rule_id: str
    figure: str
    oid: Oid
    table: bool = False
    number: int | None = None  # of {n}
    object_name: str = ""
    scale: float = 1.0
    offset: float = 0.0
    scale_power: Oid = ()
    raw: Raw = "number"
    position: int | None = None
    label: str = ""
    names: Oid = ()
    names_index: tuple[int, ...] | None = None
    interface: int | None = None
    absent: frozenset[str] = frozenset()
    least: float | None = None
    most: float | None = None
    only: Only | None = None
    states: Mapping[str, str] = field(default_factory=dict)
    meaning: Mapping[str, SensorState] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    limit_oids: Mapping[str, Oid] = field(default_factory=dict)
    limit_scale: float | None = None

    @property
    def columns(self) -> tuple[Oid, ...]:
        """Columns that the rule needs, the value's own first; none for a scalar."""
        others = (self.names, self.scale_power, *(self.limit_oids.values()))
        only = (self.only.column,) if self.only is not None else ()
        own = (self.oid,) if self.table else ()
        return tuple(column for column in (*own, *others, *only) if column)


@dataclass(frozen=True, slots=True)
class Computed:
    """A figure that follows from others of the same row."""

    rule_id: str
    figure: str
    formula: str
    of: tuple[str, ...]
    label: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartRule:
    """A maker's own table of modules; ``columns`` is field of :class:`Module` to column."""

    rule_id: str
    kind: str
    columns: Mapping[str, Oid]
    interface: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the objects of one kind of device mean."""

    profile_id: str
    title: str
    source: str
    roles: tuple[str, ...]
    matches: tuple[Match, ...]
    sensors: tuple[SensorRule, ...]
    computed: tuple[Computed, ...] = ()
    parts: tuple[PartRule, ...] = ()
