"""Recordings: everything one SNMP agent said, kept in a file of text.

Two forms are read: ``.snmprec`` (``OID|TAG|VALUE``, the BER tag in decimal, ``x`` behind it for
hex, ``e`` for backslash escapes, ``:numeric`` for a value that moves, :mod:`.drifts`) and what
``snmpwalk -On`` prints (:mod:`.walk_output`). Real recordings hold duplicates, lines out of order
and tags that no standard knows: the first of several values counts, and everything is kept as the
agent typed it. A file is hostile text; it is read with limits and never run.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ...topology.errors import FileError, MissingError
from ..snmp.ber import encode_oid
from ..snmp.values import EMPTY, Index, Oid, Tag, Typed, oid, oid_text
from .drifts import Drift, drift_text, parse_drift

__all__ = [
    "Recording",
    "read_recording",
    "recordings_below",
    "snmprec_text",
    "write_recording",
]

_MOST_BYTES = 200_000_000

NUMBERS = frozenset({Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64})
"""Tags whose values are whole numbers."""
NOTHING = frozenset(
    {Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW}
)  # fmt: skip
"""Tags that carry no value."""

_LINE = re.compile(r"\s*\.?([0-9][0-9.]*)\|([0-9]{1,3})([xeh]?)(?::([\w-]+))?\|(.*)", re.DOTALL)
_WALK_LINE = re.compile(r"\s*\.?[0-9][0-9.]*\s=\s?")
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
    b"a": b"\a",
}
_BEYOND = "No more variables left in this MIB View"


@dataclass(frozen=True)
class Recording:
    """What one agent said; a :class:`~ngbw.probes.snmp.values.MibView` by itself.

    Attributes
    ----------
    name
        What the recording is called: the file's name without its ending.
    rows
        Object to value, in the order of the file.
    drifts
        Objects whose number moves with time, and how.
    duplicates
        Lines that named an object again and were passed over.
    """

    name: str
    rows: Mapping[Oid, Typed]
    drifts: Mapping[Oid, Drift] = field(default_factory=dict)
    duplicates: int = 0
    ordered: tuple[Oid, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ordered", tuple(sorted(self.rows)))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def out_of_order(self) -> int:
        """Lines of the file whose object does not come after the one before it."""
        return sum(after < before for before, after in pairwise(self.rows))

    def scalar(self, base: Oid, /) -> Typed | None:
        """Return the instance ``base.0``; None when the recording has none."""
        return self.rows.get((*base, 0))

    def column(self, base: Oid, /) -> Mapping[Index, Typed]:
        """Return the rows below ``base`` by index, in lexicographic order."""
        start = bisect_left(self.ordered, base)
        length = len(base)
        found: dict[Index, Typed] = {}
        for name in self.ordered[start:]:
            if name[:length] != base:
                break
            if len(name) > length:
                found[name[length:]] = self.rows[name]
        return found or EMPTY

    def at(self, seconds: float) -> Recording:
        """Return the recording as it stands so many seconds after its start."""
        if not self.drifts:
            return self
        rows = dict(self.rows)
        for name, drift in self.drifts.items():
            tag = rows[name].tag
            rows[name] = Typed(tag, drift.at(seconds, name, tag))
        return Recording(self.name, rows, duplicates=self.duplicates)


def _unescaped(text: str) -> bytes:
    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if code[:1] == b"x" and len(code) == 3:
            return bytes([int(code[1:], 16)])
        if code.isdigit():
            return bytes([int(code, 8) % 256])
        return _ESCAPED.get(code, code)

    return _ESCAPE.sub(plain, text.encode("utf-8", "surrogateescape"))


def _octets(text: str, form: str) -> bytes:
    if form in ("x", "h"):
        digits = text.strip().removeprefix("0x").replace(" ", "").replace(":", "")
        return bytes.fromhex(digits)
    if form == "e":
        return _unescaped(text)
    return text.encode("utf-8", "surrogateescape")


def _identifier(text: str) -> Oid:
    return oid(text) if text.strip(" .") else (0, 0)


def _ip_octets(text: str, form: str) -> bytes:
    if form in ("x", "h"):
        return _octets(text, form)
    parts = text.strip().split(".")
    if len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts):
        return bytes(map(int, parts))
    return text.encode("utf-8", "surrogateescape")


def _value(tag: int, form: str, text: str) -> Typed:
    if tag in NOTHING:
        return Typed(tag, None)
    if tag in NUMBERS:
        if form:  # some tools write a counter's octets in hex
            return Typed(tag, int.from_bytes(_octets(text, form), "big", signed=tag == Tag.INTEGER))
        words = text.strip()
        # What is no number was kept by the tool that recorded; the agent typed it as it stands.
        return Typed(tag, int(words)) if words.lstrip("-").isdigit() else _odd(text)
    if tag == Tag.OBJECT_IDENTIFIER:
        return Typed(tag, _identifier(text))
    if tag == Tag.IP_ADDRESS:
        return Typed(tag, _ip_octets(text, form))
    return Typed(tag, _octets(text, form))


def _odd(text: str) -> Typed:
    raise ValueError(f"{text[:40]!r} is no whole number")


def _moving(tag: int, name: str, words: str) -> tuple[Typed, Drift]:
    if name != "numeric":
        raise ValueError(f"variation {name!r} is not known here; only numeric is")
    if tag not in NUMBERS:
        raise ValueError("only numbers can be numeric")
    drift = parse_drift(words)
    return Typed(tag, int(drift.initial)), drift


def parse_snmprec(text: str, name: str) -> Recording:
    """Read the lines of a ``.snmprec`` file.

    Raises
    ------
    FileError
        A line is not of that form; the message names it.
    """
    rows: dict[Oid, Typed] = {}
    drifts: dict[Oid, Drift] = {}
    duplicates = 0
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise FileError(
                f"{name}, line {number}: {line[:60]!r} is not OID|TAG|VALUE; correct that line or "
                "record the device again"
            )
        numbers, tag, form, variation, words = match.groups()
        if words.startswith(_BEYOND):
            continue
        try:
            object_name = oid(numbers.rstrip("."))
            encode_oid(object_name)  # what cannot be a name on the wire cannot be served
            if not int(tag) < 256:
                raise ValueError(f"tag {tag} does not fit into an octet")
            if object_name in rows:
                duplicates += 1
                continue
            if variation:
                rows[object_name], drifts[object_name] = _moving(int(tag), variation, words)
            else:
                rows[object_name] = _value(int(tag), form, words)
        except ValueError as error:
            raise FileError(f"{name}, line {number}: {error}; correct that line") from None
    return Recording(name, rows, drifts, duplicates)


def read_recording(path: Path) -> Recording:
    """Read a recording, ``.snmprec`` or what ``snmpwalk -On`` printed.

    Raises
    ------
    MissingError
        There is no such file.
    FileError
        It is neither, or larger than 200 MB.
    """
    from .walk_output import parse_walk

    if not path.is_file():
        raise MissingError(f"there is no recording {path}; make one with ngbw probe record")
    if path.stat().st_size > _MOST_BYTES:
        raise FileError(f"{path} is larger than 200 MB; a recording is not")
    # Not as text: a carriage return inside a value belongs to it.
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    first = next((line for line in text.split("\n") if line.strip() and line[0] != "#"), "")
    if _WALK_LINE.match(first):
        return parse_walk(text, path.stem)
    return parse_snmprec(text, path.stem)


def recordings_below(path: Path) -> list[Path]:
    """Return the file itself, or the recordings that lie in a directory, by name.

    Raises
    ------
    MissingError
        There is none.
    """
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.suffix in (".snmprec", ".snmpwalk"))
        if not found:
            raise MissingError(f"no .snmprec or .snmpwalk lies in {path}; name another directory")
        return found
    if not path.is_file():
        raise MissingError(f"there is no recording {path}; make one with ngbw probe record")
    return [path]


def _octets_text(content: bytes) -> tuple[str, str]:
    """Return the form and the text of octets: as they are where they are plain text."""
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        return "x", content.hex()
    return ("", text) if text.isprintable() else ("x", content.hex())


def _lines(recording: Recording) -> Iterator[str]:
    for name in recording.ordered:
        tag, value = recording.rows[name]
        drift = recording.drifts.get(name)
        if drift is not None:
            form, text = ":numeric", drift_text(drift)
        elif isinstance(value, int):
            form, text = "", str(value)
        elif isinstance(value, tuple):
            form, text = "", oid_text(value)
        elif value is None:
            form, text = "", ""
        elif tag == Tag.IP_ADDRESS and len(value) == 4:
            form, text = "", ".".join(map(str, value))
        else:
            form, text = _octets_text(value)
        yield f"{oid_text(name)}|{tag}{form}|{text}\n"


def snmprec_text(recording: Recording) -> str:
    """Write a recording as ``.snmprec``: sorted, each object once."""
    return "".join(_lines(recording))


def write_recording(recording: Recording, path: Path) -> None:
    """Write a recording to a file, whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(snmprec_text(recording), encoding="utf-8", newline="\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def recording_of(name: str, rows: Iterable[tuple[Oid, Typed]]) -> Recording:
    """Make a recording of rows; of several values for an object the first counts."""
    kept: dict[Oid, Typed] = {}
    doubled = 0
    for object_name, value in rows:
        if object_name in kept:
            doubled += 1
        else:
            kept[object_name] = value
    return Recording(name, kept, duplicates=doubled)
