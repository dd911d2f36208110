"""What a document says, before it is HTML, Markdown or Word: one content, three renderings.

A document is a list of blocks with texts in both languages. Whoever writes a report makes blocks
and nothing else, so that its three forms cannot say different things.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..bilingual import Both
from ..page_tables import FactTable
from .drawing import Drawing

__all__ = [
    "Block",
    "Boxes",
    "Checks",
    "Document",
    "Facts",
    "Grid",
    "Heading",
    "Items",
    "NewPage",
    "Paragraph",
    "Picture",
    "grid_of",
]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 begins a part, 2 a section of it."""

    text: Both
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``kind`` is ``lead`` for the answer itself and ``note`` for small print."""

    text: Both
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences."""

    texts: tuple[Both, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, two of them beside each other where there is room."""

    pairs: tuple[tuple[Both, Both], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes
    ----------
    headings, numeric
        Of each column: its words, and whether it holds figures, which stand at the right.
    rows
        Cells of each row.
    caption
        What the table says; None where the heading says it.
    """

    headings: tuple[Both, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Both, ...], ...]
    caption: Both | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with what the reader needs to know of it.

    Attributes
    ----------
    name
        Part of the file name where a form keeps pictures beside the text.
    caption
        Says in words all that the drawing has no words for.
    width_cm
        On paper.
    """

    name: str
    drawing: Drawing
    caption: Both
    width_cm: float = 16.0


@dataclass(frozen=True, slots=True)
class Boxes:
    """Empty frames to be filled by hand, side by side; each has its label."""

    labels: tuple[Both, ...]
    height_cm: float = 4.0


@dataclass(frozen=True, slots=True)
class Checks:
    """Sentences to be ticked off on site."""

    texts: tuple[Both, ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a new sheet."""


Block = Heading | Paragraph | Items | Facts | Grid | Picture | Boxes | Checks | NewPage


@dataclass(frozen=True, slots=True)
class Document:
    """A document to be rendered in one language.

    Attributes
    ----------
    created
        Time stamp of the run, so that the same run makes the same bytes.
    """

    title: Both
    subtitle: Both
    created: str
    blocks: tuple[Block, ...]


def grid_of(table: FactTable, *, rows: int | None = None, without: tuple[int, ...] = ()) -> Grid:
    """Return a table of the map's page as a block.

    Parameters
    ----------
    rows
        At most so many rows.
    without
        Columns that are left out, by their number from 0.
    """
    kept = [n for n in range(len(table.columns)) if n not in without]
    return Grid(
        tuple(table.columns[n].heading for n in kept),
        tuple(table.columns[n].numeric for n in kept),
        tuple(tuple(row.cells[n] for n in kept) for row in table.rows[:rows]),
        table.caption if table.caption.zh else None,
    )
