"""SNDlib's native text and XML: network design instances with demands.

Read are nodes with their positions, links with pre-installed capacity, costs and modules, and the
demands. SNDlib states no unit of capacity: a pre-installed capacity is taken as Mbit/s and marked
as assumed; modules are what could be bought, not what is there, and are kept beside. Admissible
paths belong to the optimisation and are left out, with a note.

Source: the sections' own headings in the files of http://sndlib.zib.de, and Orlowski et al. 2007.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import FileError
from ..formats.plain_values import number_text
from ..formats.whole_file import replacing
from ..network import Network
from .documents import Element, read_text, read_xml
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["SNDLIB_HOLDS", "read_sndlib", "write_sndlib"]

SNDLIB_HOLDS: dict[str, frozenset[str] | None] = {
    "sites": frozenset({"site_id", "lon", "lat"}),
    "links": frozenset({"link_id", "a_site", "b_site", "capacity_mbps"}),
    "traffic": None,
}
"""Which columns of which tables the native format holds."""

_TOKEN = re.compile(r"[()]|[^\s()#]+|#[^\n]*")
_NATIVE = "?SNDlib native format"
_UNSAFE = re.compile(r"[\s()#]+")
_SITE = {"kind": "exchange", "state": "built"}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    line: int
    column: int

    @property
    def place(self) -> str:
        return f"line {self.line}, column {self.column}"


class _Reader:
    """Walks the tokens of the native format."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.tokens = list(self._split(text))
        self.at = 0

    @staticmethod
    def _split(text: str) -> Iterator[_Token]:
        for number, line in enumerate(text.splitlines(), start=1):
            for found in _TOKEN.finditer(line):
                if not found[0].startswith("#"):
                    yield _Token(found[0], number, found.start() + 1)

    @property
    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def peek(self) -> str:
        return "" if self.done else self.tokens[self.at].text

    def next(self, what: str) -> _Token:
        if self.done:
            last = self.tokens[-1] if self.tokens else _Token("", 1, 1)
            raise FileError(f"{self.name}, {last.place}: the file ends where {what} should be")
        self.at += 1
        return self.tokens[self.at - 1]

    def word(self, what: str) -> _Token:
        token = self.next(what)
        if token.text in "()":
            raise FileError(f"{self.name}, {token.place}: {token.text!r} stands where {what} must")
        return token

    def expect(self, text: str) -> _Token:
        token = self.next(repr(text))
        if token.text != text:
            raise FileError(
                f"{self.name}, {token.place}: {token.text[:40]!r} stands where {text!r} must"
            )
        return token

    def words_until_close(self) -> list[_Token]:
        words = []
        while self.peek() != ")":
            words.append(self.word("a value"))
        self.expect(")")
        return words

    def skip_section(self) -> None:
        depth = 1
        while depth:
            depth += {"(": 1, ")": -1}.get(self.next("')'").text, 0)


def _link_extra(setup: object, routing: object, modules: list[object]) -> dict[str, object]:
    """Return what an optimisation could buy, kept beside."""
    return {
        "routing_cost": routing or None,
        "setup_cost": setup or None,
        "module_capacities": ";".join(str(value) for value in modules[0::2]) or None,
        "module_costs": ";".join(str(value) for value in modules[1::2]) or None,
    }


def _add_link(
    rows: NetworkRows,
    place: str,
    ends: tuple[str, str, str],
    capacity: object,
    extra: Mapping[str, object],
) -> None:
    link_id, a, b = ends
    installed = rows.number(place, "the pre-installed capacity", capacity)
    if installed is not None and installed < 0:
        raise FileError(f"{rows.name}, {place}: the pre-installed capacity is {installed:g}; "
                        "it must not be negative")  # fmt: skip
    values = {
        "link_id": link_id,
        "a_site": a,
        "b_site": b,
        "kind": "fibre",
        "capacity_mbps": installed or None,  # 0 is: nothing is installed yet
    }
    rows.add("links", place, values, assumed=("kind", "capacity_mbps"), extra=extra)


def _native_nodes(reader: _Reader, rows: NetworkRows) -> None:
    while reader.peek() != ")":
        node = reader.word("a node")
        position: list[float | None] = [None, None]
        if reader.peek() == "(":
            reader.expect("(")
            words = reader.words_until_close()
            if len(words) != 2:
                raise FileError(f"{rows.name}, {node.place}: a position is ( longitude latitude )")
            position = [rows.number(word.place, "a coordinate", word.text) for word in words]
        values = _SITE | {"site_id": node.text, "lon": position[0], "lat": position[1]}
        rows.add("sites", node.place, values, assumed=_SITE)
    reader.expect(")")


def _native_links(reader: _Reader, rows: NetworkRows) -> None:
    while reader.peek() != ")":
        link = reader.word("a link")
        reader.expect("(")
        ends = reader.words_until_close()
        if len(ends) != 2:
            raise FileError(f"{rows.name}, {link.place}: a link has two ends, not {len(ends)}")
        numbers = []
        while reader.peek() not in ("(", ")", ""):
            word = reader.word("a number")
            numbers.append(rows.number(word.place, "a figure", word.text))
        if len(numbers) != 4:
            raise FileError(
                f"{rows.name}, {link.place}: a link has 4 figures (pre-installed capacity and its "
                f"cost, routing cost, setup cost), not {len(numbers)}"
            )
        reader.expect("(")
        modules: list[object] = [
            number_text(rows.number(word.place, "a module", word.text) or 0.0)
            for word in reader.words_until_close()
        ]
        _add_link(
            rows, link.place, (link.text, ends[0].text, ends[1].text), numbers[0],
            _link_extra(numbers[3], numbers[2], modules),
        )  # fmt: skip
    reader.expect(")")


def _native_demands(reader: _Reader, rows: NetworkRows) -> None:
    while reader.peek() != ")":
        demand = reader.word("a demand")
        reader.expect("(")
        ends = reader.words_until_close()
        if len(ends) != 2:
            raise FileError(f"{rows.name}, {demand.place}: a demand has two ends, not {len(ends)}")
        reader.word("the routing unit")
        value = reader.word("the value of the demand")
        reader.word("the longest path")
        rows.add_traffic(value.place, demand.text, ends[0].text, ends[1].text, value.text)
    reader.expect(")")


def _read_native(path: Path, crs: str | None) -> ForeignNetwork:
    text = read_text(path, "SNDlib native text")
    head, _, body = text.partition("\n")
    if not head.startswith(_NATIVE):
        raise FileError(f"{path.name} is not SNDlib's native format: it must begin with {_NATIVE}")
    rows = NetworkRows("sndlib", "SNDlib", path)
    named = re.search(r"^# network (\S+)", text, re.MULTILINE)
    rows.title = named[1] if named else path.stem
    reader = _Reader("\n" + body, path.name)
    sections = {"NODES": _native_nodes, "LINKS": _native_links, "DEMANDS": _native_demands}
    while not reader.done:
        section = reader.word("a section")
        reader.expect("(")
        if section.text in sections:
            sections[section.text](reader, rows)
        else:
            if reader.peek() != ")":
                rows.note(f"the section {section.text[:40]} was left out")
            reader.skip_section()
    return rows.finish(crs)


def _needed(rows: NetworkRows, element: Element, name: str) -> str:
    value = element.attributes.get(name) or element.text_of(name)
    if not value:
        raise FileError(f"{rows.name}, {element.place}: <{element.tag}> must have a {name}")
    return value


def _read_xml(path: Path, crs: str | None) -> ForeignNetwork:
    root = read_xml(path)
    structure = root.first("networkStructure")
    if root.tag != "network" or structure is None:
        raise FileError(
            f"{path.name} is not SNDlib XML: it must be a <network> with a <networkStructure>"
        )
    rows = NetworkRows("sndlib", "SNDlib", path)
    rows.title = path.stem.removeprefix("sndlib_")
    nodes = structure.first("nodes")
    flat = nodes is not None and nodes.attributes.get("coordinatesType") == "pixel"
    if flat:
        rows.note("the positions are pixels of a drawing, not degrees, and were left out")
    for node in nodes.all("node") if nodes is not None else ():
        node_id = _needed(rows, node, "id")
        at = node.first("coordinates")
        values: dict[str, Any] = {**_SITE, "site_id": node_id}
        if at is not None and not flat:
            values["lon"] = rows.number(at.place, "x", at.text_of("x"))
            values["lat"] = rows.number(at.place, "y", at.text_of("y"))
        rows.add("sites", node.place, values, assumed=_SITE)
    links = structure.first("links")
    for link in links.all("link") if links is not None else ():
        ends = (
            _needed(rows, link, "id"),
            _needed(rows, link, "source"),
            _needed(rows, link, "target"),
        )
        installed = link.first("preInstalledModule")
        bought = link.first("additionalModules")
        modules: list[object] = []
        for module in bought.all("addModule") if bought is not None else ():
            modules += [
                number_text(rows.number(module.place, part, module.text_of(part)) or 0.0)
                for part in ("capacity", "cost")
            ]
        _add_link(
            rows, link.place, ends, installed.text_of("capacity") if installed else None,
            _link_extra(
                rows.number(link.place, "setupCost", link.text_of("setupCost")),
                rows.number(link.place, "routingCost", link.text_of("routingCost")),
                modules,
            ),
        )  # fmt: skip
    demands = root.first("demands")
    for demand in demands.all("demand") if demands is not None else ():
        rows.add_traffic(
            demand.place,
            _needed(rows, demand, "id"),
            _needed(rows, demand, "source"),
            _needed(rows, demand, "target"),
            demand.text_of("demandValue"),
        )
    if demands is not None and any(demand.first("admissiblePaths") for demand in demands.children):
        rows.note("the admissible paths were left out")
    return rows.finish(crs)


def read_sndlib(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read an SNDlib network, native text or XML.

    Raises
    ------
    FileError
        It is neither, or breaks a rule; the message says the line and column.
    """
    with path.open("rb") as file:
        native = file.read(len(_NATIVE)).decode("latin-1") == _NATIVE
    return _read_native(path, crs) if native else _read_xml(path, crs)


def _words(ids: list[str]) -> dict[str, str]:
    """Return each id as a word of the format, different ids as different words."""
    words: dict[str, str] = {}
    taken: set[str] = set()
    for own in ids:
        word = base = _UNSAFE.sub("_", own).strip("_") or "_"
        number = 1
        while word in taken:
            number += 1
            word = f"{base}_{number}"
        taken.add(word)
        words[own] = word
    return words


def write_sndlib(network: Network, path: Path, *, traffic: pd.DataFrame, title: str) -> list[str]:
    """Write sites, links and traffic in the native format; return what was changed.

    Raises
    ------
    SurroundingsError
        The place cannot be written.
    """
    sites, links = network.sites, network.links
    site_words = _words(sites["site_id"].tolist())
    link_words = _words(links["link_id"].tolist())
    notes = [
        f"{changed} {what} got other ids: a word of the format has no spaces or brackets"
        for what, words in (("sites", site_words), ("links", link_words))
        if (changed := sum(own != word for own, word in words.items()))
    ]
    name = _UNSAFE.sub("_", title).strip("_") or "network"
    lines = [f"{_NATIVE}; type: network; version: 1.0", f"# network {name}", "", "NODES ("]
    for own, lon, lat in zip(sites["site_id"], sites["lon"], sites["lat"], strict=True):
        known = pd.notna(lon) and pd.notna(lat)
        place = f" ( {number_text(float(lon))} {number_text(float(lat))} )" if known else ""
        lines.append(f"  {site_words[own]}{place}")
    lines += [")", "", "LINKS ("]
    for own, a, b, rate in zip(
        links["link_id"], links["a_site"], links["b_site"], links["capacity_mbps"], strict=True
    ):
        installed = "0.00" if pd.isna(rate) else number_text(float(rate))
        lines.append(
            f"  {link_words[own]} ( {site_words[a]} {site_words[b]} ) {installed} 0.00 0.00 0.00 ( )"
        )
    lines += [")", "", "DEMANDS ("]
    demand_words = _words([str(own) for own in traffic["demand_id"]])
    for own, a, b, value in traffic.itertuples(index=False):
        lines.append(
            f"  {demand_words[str(own)]} ( {site_words[a]} {site_words[b]} ) 1 "
            f"{number_text(float(value))} UNLIMITED"
        )
    lines += [")", ""]
    with replacing(path) as target:
        target.write_bytes("\n".join(lines).encode("utf-8"))
    return notes
