"""Opens the JSON and XML documents of other programs with limits, and knows where things stand.

A network file comes from anywhere. Its size, its depth and the number of its elements are bounded
before it is believed; XML has no DTD and so no entities; and whatever is wrong later is said with
the line and column (XML, text) or the JSON path (``$.nodes[3].id``) at which it stands.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from ..errors import FileError
from ..files import check_file
from ..formats.text_encoding import decode_text, whole_characters

__all__ = [
    "MAX_DEPTH",
    "MAX_DOCUMENT_BYTES",
    "MAX_ELEMENTS",
    "Element",
    "each_child",
    "inner",
    "items",
    "member",
    "read_json",
    "read_text",
    "read_xml",
    "root_tag",
]

MAX_DOCUMENT_BYTES = 128 * 1024**2
"""Largest document that is held in memory whole."""

MAX_ELEMENTS = 2_000_000
"""Most XML elements that are held in memory at once."""

MAX_DEPTH = 100
"""Deepest nesting of elements, objects and lists."""

_DECLARATION = re.compile(
    r"""\s*<\?xml\b[^>]*?(?:encoding\s*=\s*["']([A-Za-z0-9_.-]+)["'][^>]*)?\?>"""
)
_LEGACY = ("iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii")


def _check_size(path: Path, wanted: str) -> None:
    size = path.stat().st_size
    if size > MAX_DOCUMENT_BYTES:
        raise FileError(
            f"{path.name} has {size} bytes; at most {MAX_DOCUMENT_BYTES} are read as {wanted}; "
            "cut out the part that is needed"
        )


def read_text(path: Path, wanted: str) -> str:
    """Return the text of a file that is held in memory whole.

    Raises
    ------
    FileError
        It is too large, binary, or in no known encoding.
    """
    check_file(path)
    _check_size(path, wanted)
    return decode_text(path.read_bytes(), path.name, wanted)[0]


# ------------------------------------------------------------------ JSON


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON; a number must be finite")


def _too_deep(document: object) -> bool:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            return True
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(v for v in value.values() if isinstance(v, (dict, list)))
            elif isinstance(value, list):
                below.extend(v for v in value if isinstance(v, (dict, list)))
        level = below
    return False


def read_json(path: Path, wanted: str = "JSON") -> Any:
    """Return a JSON document.

    Raises
    ------
    FileError
        It is too large, too deep, or not JSON; the message says the line and column.
    """
    text = read_text(path, wanted)
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FileError(
            f"{path.name}, line {error.lineno}, column {error.colno}: {error.msg}; this is not "
            "JSON, export the file again"
        ) from None
    except RecursionError:
        raise FileError(
            f"{path.name} is nested deeper than {MAX_DEPTH} levels; it is not read"
        ) from None
    except ValueError as error:
        raise FileError(f"{path.name}: {str(error)[:200]}") from None
    if _too_deep(document):
        raise FileError(f"{path.name} is nested deeper than {MAX_DEPTH} levels; it is not read")
    return document


def member(value: object, name: str, path: str, file: str) -> list[Any]:
    """Return the list that an object holds under a name; empty when it has none.

    Raises
    ------
    FileError
        The value is no object, or what it holds is no list.
    """
    if not isinstance(value, Mapping):
        raise FileError(f"{file}, {path} must be an object")
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise FileError(f"{file}, {path}.{name} must be a list")
    return found


def inner(value: object, *names: str) -> Any:
    """Return what stands inside objects in objects; None where any of them is missing.

    Examples
    --------
    >>> inner({"site": {"slug": "yp"}}, "site", "slug"), inner({"site": 7}, "site", "slug")
    ('yp', None)
    """
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def items(
    value: object, name: str, path: str, file: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the objects of a list with the path of each.

    Raises
    ------
    FileError
        The list is no list, or an item of it is no object.
    """
    for number, item in enumerate(member(value, name, path, file)):
        here = f"{path}.{name}[{number}]"
        if not isinstance(item, Mapping):
            raise FileError(f"{file}, {here} must be an object")
        yield here, item


# ------------------------------------------------------------------ XML


@dataclass(slots=True)
class Element:
    """An XML element without its namespace, and where it begins."""

    tag: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def place(self) -> str:
        """Where the element begins, for messages."""
        return f"line {self.line}, column {self.column}"

    def all(self, tag: str) -> list[Element]:
        """Return the children of that name."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element | None:
        """Return the first child of that name."""
        return next((child for child in self.children if child.tag == tag), None)

    def text_of(self, tag: str) -> str:
        """Return the text of the first child of that name, "" when there is none."""
        child = self.first(tag)
        return "" if child is None else child.text.strip()


class _Tree(ContentHandler):
    """Builds elements; hands each child of the root to ``on_child`` where one is given."""

    def __init__(self, name: str, on_child: Callable[[Element], None] | None) -> None:
        super().__init__()
        self.name = name
        self.on_child = on_child
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        locator = self._locator  # type: ignore[attr-defined]  # set by the parser
        line, column = locator.getLineNumber() or 1, (locator.getColumnNumber() or 0) + 1
        element = Element(name.rpartition(":")[2], dict(attrs.items()), line, column)
        self.count += 1
        if len(self.open) >= MAX_DEPTH:
            raise FileError(
                f"{self.name}, line {line}: nested deeper than {MAX_DEPTH} elements; it is not read"
            )
        if self.count > MAX_ELEMENTS:
            raise FileError(
                f"{self.name} has more than {MAX_ELEMENTS} elements; cut out the part that is needed"
            )
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def characters(self, content: str) -> None:
        self.open[-1].text += content

    def endElement(self, name: str) -> None:  # noqa: N802 - SAX's name
        element = self.open.pop()
        if self.on_child is not None and len(self.open) == 1:
            self.on_child(element)
            self.open[0].children.clear()
            self.count = 0


def _xml_bytes(path: Path) -> bytes:
    """Return the document in UTF-8; its declaration becomes spaces, so that columns stay."""
    data = path.read_bytes()
    declared = _DECLARATION.match(data[:200].decode("latin-1"))
    if declared is not None and (declared[1] or "").lower() in _LEGACY:
        text = data.decode(declared[1], "replace")
    else:
        text = decode_text(data, path.name, "XML")[0]
    if not text.lstrip().startswith("<"):
        raise FileError(f"{path.name} is not XML: it does not begin with <; export it again")
    found = _DECLARATION.match(text)
    if found is not None:
        # expat refuses a declaration that no longer says the encoding.
        text = re.sub(r"[^\n]", " ", found[0]) + text[found.end() :]
    return whole_characters(text).encode("utf-8")


def _parse(path: Path, on_child: Callable[[Element], None] | None) -> Element:
    check_file(path)
    tree = _Tree(path.name, on_child)
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(tree)
    try:
        parser.parse(io.BytesIO(_xml_bytes(path)))
    except SAXParseException as error:
        raise FileError(
            f"{path.name}, line {error.getLineNumber()}, column {(error.getColumnNumber() or 0) + 1}: "
            f"{error.getMessage()}; this is not XML, export the file again"
        ) from None
    except DefusedXmlException:
        raise FileError(
            f"{path.name} declares a DTD or entities, which are not read; take the <!DOCTYPE ...> out"
        ) from None
    if tree.root is None:
        raise FileError(f"{path.name} holds no element; export it again")
    return tree.root


def read_xml(path: Path) -> Element:
    """Return the root of an XML document.

    Raises
    ------
    FileError
        It is too large, too deep, has a DTD, or is not XML; the message says the line and column.
    """
    check_file(path)
    _check_size(path, "XML")
    return _parse(path, None)


def each_child(path: Path, on_child: Callable[[Element], None]) -> Element:
    """Hand the children of the root to a function one by one, forgetting each; return the root.

    Raises
    ------
    FileError
        As :func:`read_xml`, but for the size: only ``check_file``'s limit holds.
    """
    return _parse(path, on_child)


def root_tag(head: str) -> str:
    """Return the name of the first element of a text, without namespace; "" where there is none."""
    found = re.search(r"<(?![?!])\s*(?:[\w.-]+:)?([\w.-]+)", head)
    return found[1] if found else ""
