"""YAML as plain data that knows where it stands, from text that nobody vouches for.

A scenario needs maps, lists and plain scalars. Everything else that YAML can do is refused with
its line and column: anchors and aliases (a few of which expand to gigabytes), tags, duplicate and
non-text keys, several documents, deep nesting, large files. Scalars follow YAML 1.2's core schema:
``no`` and ``on`` are text, ``012`` is 12, ``2016-06-30`` is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from ...topology.errors import FileError, MissingError, UsageError

__all__ = ["MAX_BYTES", "Node", "ScenarioError", "read_yaml"]

MAX_BYTES = 1_000_000
_MAX_DEPTH = 20
_MAX_NODES = 50_000

Scalar: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file and where it begins; line and column count from 1.

    Attributes
    ----------
    value
        A scalar, a list of nodes, or a dict of names to nodes.
    key_line, key_column
        Where the name of a dict's entry stands; the value's own place elsewhere.
    """

    value: Scalar | list[Node] | dict[str, Node]
    file: Path
    line: int
    column: int
    key_line: int
    key_column: int

    @property
    def kind(self) -> str:
        """What the value is, for a message."""
        for kind, word in (
            (dict, "a map"),
            (list, "a list"),
            (str, "text"),
            (bool, "true or false"),
        ):
            if isinstance(self.value, kind):
                return word
        return "nothing" if self.value is None else "a number"

    def error(self, rule: str, *, offset: int = 0, at_key: bool = False) -> ScenarioError:
        """Return an error that points here, or so many characters behind the beginning."""
        line, column = (self.key_line, self.key_column) if at_key else (self.line, self.column)
        return ScenarioError(self.file, line, column + offset, rule)


class ScenarioError(UsageError):
    """A scenario file breaks a rule, at a line and column."""

    def __init__(self, file: Path, line: int, column: int, rule: str) -> None:
        self.file, self.line, self.column = file, line, column
        super().__init__(f"{file}:{line}:{column}: {rule}")


_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _plain(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 19:
        return int(text)
    if _FLOAT.fullmatch(text) and len(text) < 40:
        return float(text)
    return text


def _place(event: yaml.Event) -> tuple[int, int]:
    """Return line and column of an event, counted from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Reader:
    """Turn parser events into nodes, with every limit checked before anything grows."""

    def __init__(self, file: Path, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.events = events
        self.nodes = 0

    def error(self, event: yaml.Event, rule: str) -> ScenarioError:
        return ScenarioError(self.file, *_place(event), rule)

    def node(self, event: yaml.Event, depth: int, key: yaml.Event | None = None) -> Node:
        self.nodes += 1
        if self.nodes > _MAX_NODES:
            raise self.error(event, f"the file holds more than {_MAX_NODES} values; split it")
        if depth > _MAX_DEPTH:
            raise self.error(event, f"nested deeper than {_MAX_DEPTH}; no scenario is")
        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, f"alias *{event.anchor} is refused; write the value again")
        assert isinstance(event, yaml.NodeEvent)  # noqa: S101 - what the parser promises
        if event.anchor:
            raise self.error(event, f"anchor &{event.anchor} is refused; write the value again")
        if getattr(event, "tag", None) is not None:
            raise self.error(event, f"tag {event.tag} is refused; write plain values")  # type: ignore[attr-defined]
        if isinstance(event, yaml.ScalarEvent):
            value: Scalar | list[Node] | dict[str, Node] = (
                _plain(event.value) if event.style is None else event.value
            )
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
                value.append(self.node(item, depth + 1))
        else:
            value = self._mapping(depth)
        return Node(value, self.file, *_place(event), *_place(key or event))

    def _mapping(self, depth: int) -> dict[str, Node]:
        out: dict[str, Node] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self.error(key, "a name must be text")
            if key.value == "<<" and key.style is None:
                raise self.error(key, "merge << is refused; write the values again")
            name = self.node(key, depth + 1).value
            name = key.value if not isinstance(name, str) else name
            if name in out:
                first = out[name]
                raise self.error(
                    key, f"{name[:80]!r} stands twice; it is given in line {first.key_line} already"
                )
            out[name] = self.node(next(self.events), depth + 1, key)
        return out


def read_yaml(path: Path) -> Node:
    """Read a YAML file as nodes.

    Raises
    ------
    MissingError
        There is no such file.
    FileError
        It is too large or not UTF-8.
    ScenarioError
        It is not YAML, or uses what is refused; with line and column.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MissingError(f"{path} does not exist; name a scenario file") from None
    except IsADirectoryError:
        raise MissingError(f"{path} is a directory; name the scenario file in it") from None
    if len(raw) > MAX_BYTES:
        raise FileError(f"{path} is larger than 1 MB; it cannot be a scenario")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    try:
        events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        reader = _Reader(path, events)
        next(events)  # the stream begins
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            raise ScenarioError(path, 1, 1, "the file is empty; begin with ngbw: 1")
        node = reader.node(next(events), 0)
        next(events)  # the document ends
        if not isinstance(rest := next(events), yaml.StreamEndEvent):
            raise reader.error(rest, "a second document begins; keep one in a file")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = str(error.problem)
        if "\\t" in problem:  # the parser's words are of tokens, not of what to do
            problem = "a tab stands here; indent and part with spaces"
        raise ScenarioError(path, line, column, f"not YAML: {problem}") from None
    except yaml.YAMLError as error:
        words = str(error).splitlines()[0]
        raise ScenarioError(path, 1, 1, f"not YAML: {words}") from None
    except RecursionError:
        raise ScenarioError(path, 1, 1, f"nested deeper than {_MAX_DEPTH}") from None
    return node
