"""Names of SNMP objects, from a table compiled offline: no MIB file is read at run time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from ...topology.errors import MissingError
from ...topology.nearest_word import nearest
from ..snmp.values import Oid, oid, oid_text

__all__ = ["MibObject", "name_of", "object_at", "object_named", "oid_of"]


@dataclass(frozen=True, slots=True)
class MibObject:
    """What is known of an object.

    Attributes
    ----------
    syntax
        ``integer``, ``counter64``, ``text``, ``enum``...; ``node`` for what has no value.
    index
        Names of the objects that name a row; empty for a scalar.
    words
        Number to word, for an enumeration or for bits.
    """

    oid: Oid
    name: str
    module: str
    syntax: str
    index: tuple[str, ...] = ()
    words: Mapping[int, str] = field(default_factory=dict)


@cache
def _table() -> tuple[dict[Oid, MibObject], dict[str, MibObject]]:
    text = resources.files("ngbw.probes.mibs").joinpath("names.tsv").read_text(encoding="utf-8")
    by_oid: dict[Oid, MibObject] = {}
    by_name: dict[str, MibObject] = {}
    for line in text.splitlines():
        identifier, name, module, syntax, index, words = (line.split("\t") + [""] * 2)[:6]
        found = MibObject(
            oid(identifier),
            name,
            module,
            syntax,
            tuple(index.split(",")) if index else (),
            {int(n): word for word, n in (pair.split("=") for pair in words.split(",") if pair)},
        )
        by_oid[found.oid] = found
        by_name[name] = found
    return by_oid, by_name


def object_at(identifier: Oid) -> tuple[MibObject, Oid] | None:
    """Return the nearest known object at or above an identifier, and what is left below it."""
    by_oid, _ = _table()
    for end in range(len(identifier), 0, -1):
        found = by_oid.get(identifier[:end])
        if found is not None:
            return found, identifier[end:]
    return None


def name_of(identifier: Oid) -> str:
    """Return an identifier for people: the nearest known name, and numbers for the rest.

    Examples
    --------
    >>> name_of((1, 3, 6, 1, 2, 1, 2, 2, 1, 8, 3)), name_of((1, 3, 6, 1, 2, 1, 1, 3, 0))
    ('ifOperStatus.3', 'sysUpTime.0')
    >>> name_of((1, 3, 9)), name_of(())
    ('1.3.9', '')
    """
    found = object_at(identifier)
    if found is None:
        return oid_text(identifier)
    return ".".join((found[0].name, *map(str, found[1])))


def object_named(name: str) -> MibObject:
    """Return the object of that name.

    Raises
    ------
    MissingError
        The table has no such name.
    """
    by_name = _table()[1]
    if name not in by_name:
        raise MissingError(
            f"no SNMP object is called {name!r}{nearest(name, by_name)}; "
            "write its number with dots, as in 1.3.6.1.2.1.1.3"
        )
    return by_name[name]


def oid_of(name: str) -> Oid:
    """Return the identifier of a name, of a name with an index, or of dotted numbers.

    Examples
    --------
    >>> oid_of("sysUpTime.0") == oid_of("1.3.6.1.2.1.1.3.0") == oid_of(".1.3.6.1.2.1.1.3.0")
    True

    Raises
    ------
    MissingError
        The table has no such name.
    """
    head, dot, rest = name.strip().removeprefix(".").partition(".")
    if head.isdigit():
        return oid(name)
    try:
        below = oid(rest) if dot else ()
    except ValueError:
        below = None
    if below is None:
        raise MissingError(f"{name!r}: after the name stand numbers with dots, as in ifDescr.3")
    return object_named(head).oid + below
