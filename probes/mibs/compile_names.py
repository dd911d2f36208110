"""Compile the table of names from ``definitions.txt`` and the objects that profiles name.

Run ``python -m ngbw.probes.mibs.compile_names`` after an edit; a test fails while
``names.tsv`` is older than what it is made from. It reads no MIB files: the definitions are
written down by hand from the standards, since MIB modules come with licences of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from ...topology.errors import FileError
from ..snmp.values import Oid, oid, oid_text

__all__ = ["SYNTAXES", "compiled_text", "main", "read_definitions"]

HERE = Path(__file__).parent

SYNTAXES = frozenset(
    (
        "integer", "unsigned", "counter32", "counter64", "gauge", "ticks", "text", "mac", "octets",
        "bits", "oid", "address", "truth", "date", "enum", "node", "trap",
    )
)  # fmt: skip

Row = tuple[Oid, str, str, str, str, str]  # identifier, name, module, syntax, index, words


def _words(text: str, where: str) -> str:
    for pair in text.split(",") if text else ():
        word, equals, number = pair.partition("=")
        if not (word and equals and number.lstrip("-").isdigit()):
            raise FileError(f"{where}: {pair!r} is no WORD=NUMBER; separate pairs by commas")
    return text


def read_definitions(text: str, name: str) -> list[Row]:
    """Return the objects of a definitions file in its order.

    Raises
    ------
    FileError
        A line is not of the form that the head of ``definitions.txt`` describes.
    """
    rows: list[Row] = []
    module, index = "", ""
    table: Oid = ()
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}, line {number}"
        parts = line.split("#", 1)[0].split()
        if not parts:
            continue
        if parts[0] == "module":
            module, table = parts[1], ()
            continue
        try:
            if parts[0] == "table":
                _, base, entry, index = parts
                table = oid(base)
                rows.append((table, entry, module, "node", index, ""))
                continue
            start, object_name, syntax, *rest = parts
            indented = line.startswith(" ")
            identifier = (*table, int(start)) if indented else oid(start)
        except ValueError as wrong:
            raise FileError(f"{where}: {line.strip()!r} is no definition: {wrong}") from wrong
        if indented and not table:
            raise FileError(f"{where}: a column stands outside a table; name the table first")
        if syntax not in SYNTAXES:
            raise FileError(f"{where}: {syntax!r} is no syntax; use {', '.join(sorted(SYNTAXES))}")
        words = _words(rest[0] if rest else "", where)
        rows.append((identifier, object_name, module, syntax, index if indented else "", words))
    return rows


def _check_unique(rows: Iterable[Row]) -> None:
    names: dict[str, Oid] = {}
    identifiers: dict[Oid, str] = {}
    for identifier, name, *_ in rows:
        if names.setdefault(name, identifier) != identifier:
            raise FileError(
                f"the name {name!r} stands for {oid_text(names[name])} and {oid_text(identifier)};"
                " give one of them another name"
            )
        if identifiers.setdefault(identifier, name) != name:
            raise FileError(
                f"{oid_text(identifier)} is called {identifiers[identifier]!r} and {name!r};"
                " keep one name"
            )


def compiled_text(rows: Iterable[Row]) -> str:
    """Return the compact table: one object a line, by identifier, each once."""
    rows = list(rows)
    _check_unique(rows)
    lines = [
        "\t".join((oid_text(identifier), *rest)).rstrip("\t")
        for identifier, *rest in sorted(set(rows))
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write ``names.tsv``."""
    from ..profiles.objects import profile_objects

    definitions = HERE / "definitions.txt"
    rows = read_definitions(definitions.read_text(encoding="utf-8"), definitions.name)
    text = compiled_text([*rows, *profile_objects()])
    (HERE / "names.tsv").write_text(text, encoding="utf-8")
    sys.stdout.write(f"{text.count(chr(10))} objects, {len(text)} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
