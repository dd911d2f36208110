"""A document as a Word file with real headings, tables and pictures, to be edited further."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ...topology.formats.steady_archive import steady_archive
from ..bilingual import Both
from ..palette import COLOURS
from .blocks import (
    Block,
    Boxes,
    Checks,
    Document,
    Facts,
    Grid,
    Heading,
    Items,
    Paragraph,
    Picture,
)
from .drawing import png_of

__all__ = ["docx_of"]

_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FONT, _CHINESE_FONT = "Calibri", "Microsoft YaHei"
_WIDTH_CM = 17.0


class _Writer:
    """A Word file under construction, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.file = docx.Document()
        section = self.file.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.0)
        section.top_margin = section.bottom_margin = Cm(1.8)
        for name, size in (("Normal", 10), ("Title", 20), ("Heading 1", 14), ("Heading 2", 11.5)):
            style: Any = self.file.styles[name]
            style.font.name, style.font.size = _FONT, Pt(size)
            style.font.color.rgb = RGBColor.from_string(COLOURS["ink"][1:].upper())
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            fonts.set(qn("w:eastAsia"), _CHINESE_FONT)
        normal: Any = self.file.styles["Normal"]
        normal.paragraph_format.space_after = Pt(4)

    def text(self, words: Both) -> str:
        found = words.in_language(self.language)
        # Marks of isolates have no meaning in Word's own run.
        return _NOT_XML.sub("\ufffd", found.replace("\u2068", "").replace("\u2069", ""))

    def paragraph(self, words: str, *, style: str | None = None, small: bool = False) -> Any:
        made = self.file.add_paragraph(style=style)
        run = made.add_run(words)
        if small:
            run.font.size = Pt(8.5)
            run.font.color.rgb = RGBColor.from_string(COLOURS["muted"][1:].upper())
        return made

    def table(self, block: Grid) -> None:
        if block.caption is not None:
            self.paragraph(
                self.text(block.caption), small=True
            ).paragraph_format.keep_with_next = True
        made = self.file.add_table(rows=1, cols=len(block.headings), style="Table Grid")
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        made.autofit = True
        _repeat(made.rows[0])
        _fill(made.rows[0], [self.text(one) for one in block.headings], block.numeric, bold=True)
        for cells in block.rows:
            _fill(made.add_row(), [self.text(one) for one in cells], block.numeric, bold=False)
        self.file.add_paragraph().paragraph_format.space_after = Pt(2)

    def facts(self, block: Facts) -> None:
        made = self.file.add_table(rows=0, cols=4, style="Table Grid")
        pairs = list(block.pairs)
        for left in range(0, len(pairs), 2):
            row = made.add_row()
            cells = [self.text(part) for pair in pairs[left : left + 2] for part in pair]
            _fill(row, [*cells, *[""] * (4 - len(cells))], (False,) * 4, bold=False)
        for row in made.rows:
            for number, share in enumerate((0.19, 0.31, 0.19, 0.31)):
                row.cells[number].width = Cm(_WIDTH_CM * share)
        self.file.add_paragraph().paragraph_format.space_after = Pt(2)

    def boxes(self, block: Boxes) -> None:
        made = self.file.add_table(rows=1, cols=len(block.labels), style="Table Grid")
        made.rows[0].height = Cm(block.height_cm)
        _fill(made.rows[0], [self.text(one) for one in block.labels], (False,) * len(block.labels),
              bold=False)  # fmt: skip
        self.file.add_paragraph().paragraph_format.space_after = Pt(2)

    def add(self, block: Block) -> None:
        if isinstance(block, Heading):
            self.file.add_heading(self.text(block.text), block.level)
        elif isinstance(block, Paragraph):
            made = self.paragraph(self.text(block.text), small=block.kind == "note")
            if block.kind == "lead":
                made.runs[0].font.size, made.runs[0].bold = Pt(12), True
        elif isinstance(block, Items):
            for one in block.texts:
                self.paragraph(self.text(one), style="List Bullet")
        elif isinstance(block, Checks):
            for one in block.texts:
                self.paragraph(f"☐ {self.text(one)}").paragraph_format.space_after = Pt(1)
        elif isinstance(block, Facts):
            self.facts(block)
        elif isinstance(block, Grid):
            self.table(block)
        elif isinstance(block, Picture):
            png = io.BytesIO(png_of(block.drawing))
            self.file.add_picture(png, width=Cm(block.width_cm))
            shown = self.file.paragraphs[-1]
            shown.alignment = WD_ALIGN_PARAGRAPH.CENTER
            shown.paragraph_format.keep_with_next = True
            described = self.file.inline_shapes[-1]._inline.docPr
            described.set("descr", self.text(block.drawing.title))
            self.paragraph(self.text(block.caption), small=True)
        elif isinstance(block, Boxes):
            self.boxes(block)
        else:
            self.file.add_page_break()  # type: ignore[no-untyped-call,unused-ignore]


def _repeat(row: Any) -> None:
    """Repeat a heading on every page that the table goes on."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _fill(row: Any, texts: list[str], numeric: tuple[bool, ...], *, bold: bool) -> None:
    unbroken = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(unbroken)
    for cell, text, right in zip(row.cells, texts, numeric, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(text)
        run.font.size, run.bold = Pt(8.5), bold
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def docx_of(document: Document, language: str) -> bytes:
    """Return the document as the bytes of a DOCX file; the same run gives the same bytes."""
    when = datetime.fromisoformat(document.created).astimezone(UTC)
    writer = _Writer(language)
    writer.file.add_heading(writer.text(document.title), 0)
    writer.paragraph(writer.text(document.subtitle), small=True)
    for block in document.blocks:
        writer.add(block)
    properties = writer.file.core_properties
    properties.title = writer.text(document.title)[:255]
    properties.author, properties.last_modified_by = "ngbw", "ngbw"
    properties.comments, properties.language = "", language
    properties.created = properties.modified = when.replace(tzinfo=None)
    out = io.BytesIO()
    writer.file.save(out)
    return steady_archive(out.getvalue(), when)
