"""Reports and survey sheets say the same in every form, and hostile names stay text."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from html.parser import HTMLParser

import docx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ngbw.maps.bilingual import raw, say
from ngbw.maps.documents.as_docx import docx_of
from ngbw.maps.documents.as_html import html_of
from ngbw.maps.documents.as_markdown import markdown_of
from ngbw.maps.documents.blocks import Document, Facts, Grid, Heading, Items, Paragraph
from ngbw.maps.documents.curve_drawing import curve_drawing
from ngbw.maps.documents.drawing import Disc, Drawing, Label, Line, Shape, png_of, svg_of
from ngbw.maps.documents.map_drawing import map_caption, map_drawing
from ngbw.maps.documents.plan_report import plan_report
from ngbw.maps.documents.survey_sheets import NearestRoom, survey_sheets
from ngbw.maps.palette import coverage_classes, limits_of

CREATED = "2026-11-24T10:00:00Z"
HOSTILE = "</td><script>alert(1)</script>|`${x}`<img src=x onerror=y>"

CURVE = {
    "points": [
        {"sites": 1, "at_least": 0.4, "at_most": 0.4, "cost": 400_000.0},
        {"sites": 2, "at_least": 0.7, "at_most": 0.8, "cost": 900_000.0},
        {"sites": 3, "at_least": 0.92, "at_most": 0.95, "cost": None},
    ],
    "target": {"share": 0.9, "at_least": 3, "at_most": 3},
    "budget": {"sites": 2, "at_least": 0.7, "at_most": 0.8, "cost": 900_000.0},
}


class _Words(HTMLParser):
    """Collects the text of a page and the tags that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data):
        self.words.append(data)


def document(*blocks):
    return Document(raw("Title"), raw("below"), CREATED, blocks)


def with_plan(parts):
    """Give the invented district's run what a plan has beside its share."""
    run = parts["run"]
    run["curve"] = CURVE
    run["cost"] = {"unit": "CNY", "sites": 900_000.0, "known_sites": 2, "unknown_sites": 0,
                   "assumed": True, "basis": ["1 in sites.cost = 1 CNY"], "fibre": None}  # fmt: skip
    run["phases"] = {
        "order": "end-state-first",
        "steps": [
            {"label": "2015", "sites": 1, "new": ["S1"], "share": 0.4, "ceiling": 0.4,
             "cost": 400_000.0},
        ],
    }  # fmt: skip
    run["sites"]["table"][0]["name"] = HOSTILE


def test_html_markdown_and_word_hold_the_same_texts(make_map):
    report = plan_report(make_map(with_plan))
    page = _Words()
    page.feed(html_of(report, "en"))
    html = re.sub(r"\s+", " ", " ".join(page.words))
    markdown, _ = markdown_of(report, "en", stem="report")
    plain = re.sub(r"\\(.)", r"\1", markdown)
    word = docx.Document(io.BytesIO(docx_of(report, "en")))
    cells = [c.text for t in word.tables for r in t.rows for c in r.cells]
    paper = [p.text for p in word.paragraphs] + cells
    for block in report.blocks:
        texts = []
        if isinstance(block, (Heading, Paragraph)):
            texts = [block.text]
        elif isinstance(block, Items):
            texts = list(block.texts)
        elif isinstance(block, Grid):
            texts = [text for row in (block.headings, *block.rows) for text in row]
        elif isinstance(block, Facts):
            texts = [text for pair in block.pairs for text in pair]
        for text in texts:
            shown = re.sub(r"\s+", " ", text.en).strip()
            assert shown in html
            assert shown in re.sub(r"\s+", " ", plain)
            assert any(shown in re.sub(r"\s+", " ", one) for one in paper), shown


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_hostile_name_stays_text(make_map, language):
    report = plan_report(make_map(with_plan))
    page = _Words()
    html = html_of(report, language)
    page.feed(html)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert HOSTILE in "".join(page.words)
    assert "default-src 'none'" in html
    markdown, pictures = markdown_of(report, language, stem="report")
    assert "<script>" not in markdown
    assert set(pictures) == {"report-map.svg", "report-curve.svg"}
    assert not re.search(r'(?:src|href)="(?!data:)', html)


def test_the_same_run_makes_the_same_bytes(make_map):
    report = plan_report(make_map(with_plan))
    assert docx_of(report, "zh-CN") == docx_of(report, "zh-CN")
    with zipfile.ZipFile(io.BytesIO(docx_of(report, "en"))) as archive:
        core = archive.read("docProps/core.xml")
        assert core.count(report.created.encode()) == 2  # and not the clock


def test_the_report_has_no_part_for_what_the_run_does_not_have(make_map):
    words = {b.text.en for b in plan_report(make_map()).blocks if isinstance(b, Heading)}
    assert "Cost" not in words
    assert "How many sites?" not in words
    words = {b.text.en for b in plan_report(make_map(with_plan)).blocks if isinstance(b, Heading)}
    assert {"Cost", "How many sites?", "Phases"} <= words


def test_control_characters_are_no_reason_to_fail():
    odd = document(Paragraph(raw("a\0b\x1bc\ud800")), Items((raw("1. no list"), raw("# no head"))))
    assert docx_of(odd, "en")
    markdown, _ = markdown_of(odd, "en", stem="x")
    assert "\0" not in markdown
    assert "1\\. no list" in markdown
    assert "\\# no head" in markdown


def test_each_chosen_site_has_a_sheet_with_its_room_and_neighbours(make_map):
    run = make_map(with_plan).run
    ids = [site["site_id"] for site in run["sites"]["table"]]
    rooms = {ids[0]: NearestRoom("R1", "机房", 500.0, 812.0)}
    sheets = survey_sheets(run, rooms, site_ids=ids)
    text, _ = markdown_of(sheets, "en", stem="survey")
    assert text.count("## Site ") == len(ids)
    assert "812 m" in text
    assert text.count("- [ ] ") == 12 * len(ids)
    one = survey_sheets(run, rooms, site_ids=ids[:1])
    assert markdown_of(one, "zh-CN", stem="s")[0].count("## 第") == 1


def _pixels(png):
    import zlib

    width, height = struct.unpack(">II", png[16:24])
    data = b""
    at = 8
    while at < len(png):
        length = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + width * 3)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 3)


def test_png_paints_shapes_lines_dots_and_digits():
    marks = (
        Shape(shapely.box(0, 0, 10, 10), fill="#ff0000"),
        Line(((20, 5), (40, 5)), "#00ff00", 4),
        Disc(55, 5, 4, "#0000ff"),
        Label(70, 12, raw("8"), 16),
        Label(85, 12, raw("人"), 16),
    )
    pixels = _pixels(png_of(Drawing(100, 20, raw("t"), marks, "#ffffff")))
    assert pixels[5, 5].tolist() == [255, 0, 0]
    assert pixels[5, 30].tolist() == [0, 255, 0]
    assert pixels[5, 55].tolist() == [0, 0, 255]
    assert (pixels[:, 70:80] < 100).any()
    assert (pixels[:, 84:] == 255).all()  # a word that strokes cannot write is left out


def test_curve_of_one_site_or_of_full_coverage_can_be_drawn():
    full = {"points": [{"sites": 1, "at_least": 1.0, "at_most": 1.0, "cost": None}]}
    for curve in (full, CURVE):
        drawing = curve_drawing(curve)
        assert png_of(drawing)[1:4] == b"PNG"
        assert "nan" not in svg_of(drawing, "zh-CN").lower()


def test_svg_escapes_its_words():
    drawing = Drawing(9, 9, raw("<b>"), (Label(0, 0, raw("<script>")),))
    assert "<script>" not in svg_of(drawing, "en")
    assert "&lt;script&gt;" in svg_of(drawing, "en")
    assert say("curve.title").en in svg_of(curve_drawing(CURVE), "en")


def test_the_map_has_a_key_of_colours_and_names_its_subdistricts(make_map):
    map_ = make_map()
    drawing = map_drawing(map_)
    for language, names in (("en", ("West", "East")), ("zh-CN", ("西街道", "东街道"))):
        svg = svg_of(drawing, language)
        assert all(f">{name}</text>" in svg for name in names)
        assert all(limits_of(one) in svg for one in coverage_classes(0.95))
        caption = map_caption(map_).in_language(language)
        assert f"A {names[0]}" in caption
        assert f"B {names[1]}" in caption
    codes = [mark.code for mark in drawing.marks if isinstance(mark, Label) and mark.code]
    assert codes == ["A", "B"]
    bare = Drawing(40, 30, raw("t"), (Label(20, 20, raw("街道"), 16, "middle", code="A"),))
    assert (_pixels(png_of(bare)) < 100).any()  # the letter stands where no word can


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=3))
def test_a_png_writes_every_capital_and_digit(letters):
    drawing = Drawing(90, 30, raw("t"), (Label(45, 24, raw(letters), 20, "middle"),))
    assert (_pixels(png_of(drawing)) < 100).any()


def test_a_district_reader_is_sent_to_no_file_of_the_program(make_map):
    def coarse(parts):
        parts["run"]["notices"] = [{"key": "pixels-coarse", "count": 25, "kind": ""}]

    for language in ("en", "zh-CN"):
        page = html_of(plan_report(make_map(coarse)), language)
        assert "docs/" not in page
        assert ".md" not in page
