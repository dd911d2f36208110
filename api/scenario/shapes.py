"""Shapes of the scenario file: one declaration that reads, explains and publishes.

A shape reads a node into plain data or raises with line and column, and says the same as JSON
Schema (draft 2020-12), so that the published schema cannot differ from what is accepted.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from .positions import Node

__all__ = [
    "Either",
    "Entry",
    "ListOf",
    "MapOf",
    "Number",
    "Record",
    "Shape",
    "Text",
    "YesNo",
    "nearest_of",
]


def nearest_of(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean ...?" for the closest known word, else all of them."""
    known = list(words)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; use one of {', '.join(known)}"


class Shape(Protocol):
    """What a value may be."""

    def read(self, node: Node) -> Any:
        """Return the value as plain data; ScenarioError where it breaks the shape."""
        ...

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        ...


@dataclass(frozen=True)
class Text:
    """Text, perhaps one of some words, perhaps of a pattern.

    ``parse`` turns it into something else and may raise through the node.
    """

    description: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    rule: str = "text"
    parse: Callable[[Node], Any] | None = None

    def read(self, node: Node) -> Any:
        """Return the text, or what ``parse`` makes of it."""
        value = node.value
        if isinstance(value, int | float) and not isinstance(value, bool) and not self.choices:
            value = str(value)  # an id or a tolerance that looks like a number
        if not isinstance(value, str) or not value.strip() or len(value) > 500:
            raise node.error(f"must be {self.rule}, not {node.kind}")
        if self.choices and value not in self.choices:
            raise node.error(f"{value[:80]!r} is not known{nearest_of(value, self.choices)}")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise node.error(f"{value[:80]!r} must be {self.rule}")
        return self.parse(node) if self.parse else value

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        out: dict[str, Any] = {"type": "string"}
        if self.choices:
            out["enum"] = list(self.choices)
        if self.pattern:
            out["pattern"] = f"^(?:{self.pattern})$"
        if self.description:
            out["description"] = self.description
        return out


@dataclass(frozen=True)
class Number:
    """A number of a range, both ends included."""

    minimum: float
    maximum: float
    whole: bool = False
    description: str = ""

    def read(self, node: Node) -> float | int:
        """Return the number."""
        value = node.value
        noun = "a whole number" if self.whole else "a number"
        rule = f"must be {noun} from {self.minimum:g} to {self.maximum:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise node.error(f"{rule}, not {node.kind}")
        if (self.whole and not isinstance(value, int)) or not math.isfinite(value):
            raise node.error(rule)
        if not self.minimum <= value <= self.maximum:
            raise node.error(f"is {value:g}; {rule}")
        return value

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        out: dict[str, Any] = {
            "type": "integer" if self.whole else "number",
            "minimum": self.minimum,
            "maximum": self.maximum,
        }
        if self.description:
            out["description"] = self.description
        return out


@dataclass(frozen=True)
class YesNo:
    """True or false."""

    def read(self, node: Node) -> bool:
        """Return the value."""
        if not isinstance(node.value, bool):
            raise node.error(f"must be true or false, not {node.kind}")
        return node.value

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class ListOf:
    """A list with at least one entry."""

    of: Shape
    description: str = ""

    def read(self, node: Node) -> list[Any]:
        """Return the entries."""
        if not isinstance(node.value, list):
            raise node.error(f"must be a list, not {node.kind}")
        if not node.value:
            raise node.error("must not be empty")
        return [self.of.read(item) for item in node.value]

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        out: dict[str, Any] = {"type": "array", "minItems": 1, "items": self.of.schema()}
        if self.description:
            out["description"] = self.description
        return out


@dataclass(frozen=True)
class MapOf:
    """Names chosen by the writer, each with a value read together with its name."""

    of: Shape
    read_entry: Callable[[str, Node], Any]
    names: tuple[str, ...] = ()
    description: str = ""

    def read(self, node: Node) -> dict[str, Any]:
        """Return the entries by name."""
        if not isinstance(node.value, dict):
            raise node.error(f"must be a map, not {node.kind}")
        return {name: self.read_entry(name, value) for name, value in node.value.items()}

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        out: dict[str, Any] = {"type": "object", "additionalProperties": self.of.schema()}
        if self.names:
            out["propertyNames"] = {"enum": list(self.names)}
        if self.description:
            out["description"] = self.description
        return out


@dataclass(frozen=True)
class Entry:
    """An entry of a record: its name, shape, and meaning."""

    name: str
    shape: Shape
    description: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True)
class Record:
    """A map with declared entries; ``make`` gets them as keyword arguments and the node."""

    name: str
    entries: tuple[Entry, ...]
    make: Callable[..., Any]
    one_of: tuple[str, ...] = ()
    rename: dict[str, str] = field(default_factory=dict)

    def read(self, node: Node) -> Any:
        """Return what ``make`` makes of the entries."""
        if not isinstance(node.value, dict):
            raise node.error(f"must be a map with {', '.join(e.name for e in self.entries)}")
        known = {entry.name: entry for entry in self.entries}
        for name, value in node.value.items():
            if name not in known:
                raise value.error(
                    f"{name[:80]!r} is not an entry of {self.name}{nearest_of(name, known)}",
                    at_key=True,
                )
        if self.one_of:
            given = [name for name in self.one_of if name in node.value]
            if len(given) != 1:
                raise node.error(f"give exactly one of {', '.join(self.one_of)}")
        values = {}
        for entry in self.entries:
            if entry.name in node.value:
                value = entry.shape.read(node.value[entry.name])
            elif entry.required:
                raise node.error(f"{self.name} needs {entry.name}: {entry.description}")
            else:
                value = entry.default
            values[self.rename.get(entry.name, entry.name)] = value
        return self.make(node=node, **values)

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        properties = {}
        for entry in self.entries:
            properties[entry.name] = {**entry.shape.schema(), "description": entry.description}
        out: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
        }
        needed = [entry.name for entry in self.entries if entry.required]
        if needed:
            out["required"] = needed
        if self.one_of:
            out["oneOf"] = [{"required": [name]} for name in self.one_of]
        return out


@dataclass(frozen=True)
class Either:
    """One shape for text and one for a map or a list."""

    text: Shape
    other: Shape

    def read(self, node: Node) -> Any:
        """Return the value by the shape that fits its kind."""
        composed = isinstance(node.value, dict | list)
        return (self.other if composed else self.text).read(node)

    def schema(self) -> dict[str, Any]:
        """Return the shape as JSON Schema."""
        return {"anyOf": [self.text.schema(), self.other.schema()]}
