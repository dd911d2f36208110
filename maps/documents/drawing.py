"""A drawing of a few shapes that becomes SVG for screens and PNG for Word, alike in both.

Positions are pixels from the upper left corner. No picture library and no font is needed: a PNG is
painted from polygons, and its figures are strokes. Only digits, capitals and the signs of
:data:`_STROKES` can be painted so; words stand in the SVG and, beside a PNG, in its caption.
"""

from __future__ import annotations

import base64
import html
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.affinity
import shapely.ops
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from ..bilingual import Both
from ..palette import COLOURS
from ..raster import palette_png, png_chunk

__all__ = ["Disc", "Drawing", "Label", "Line", "Paint", "Shape", "png_of", "svg_of"]

_OVERSAMPLING = 3
_STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((1, 0), (0, 1.2), (0, 4.8), (1, 6), (3, 6), (4, 4.8), (4, 1.2), (3, 0), (1, 0)),),
    "1": (((0.8, 4.8), (2.2, 6), (2.2, 0)),),
    "2": (((0, 4.8), (1, 6), (3, 6), (4, 4.9), (4, 4), (0, 0), (4, 0)),),
    "3": (
        ((0, 5.1), (1, 6), (3, 6), (4, 5), (4, 4.1), (3, 3.2), (1.6, 3.2)),
        ((3, 3.2), (4, 2.3), (4, 1), (3, 0), (1, 0), (0, 0.9)),
    ),
    "4": (((3.2, 0), (3.2, 6), (0, 1.7), (4.2, 1.7)),),
    "5": (((4, 6), (0.5, 6), (0.3, 3.3), (1.2, 3.8), (3, 3.8), (4, 2.8), (4, 1), (3, 0), (1, 0),
           (0, 0.8)),),
    "6": (((3.7, 5.3), (3, 6), (1, 6), (0, 4.6), (0, 1.1), (1, 0), (3, 0), (4, 1.1), (4, 2.5),
           (3, 3.5), (1, 3.5), (0, 2.5)),),
    "7": (((0, 6), (4, 6), (1.4, 0)),),
    "8": (((1, 3.2), (0.2, 4.1), (0.2, 5.1), (1, 6), (3, 6), (3.8, 5.1), (3.8, 4.1), (3, 3.2),
           (1, 3.2), (0, 2.2), (0, 1), (1, 0), (3, 0), (4, 1), (4, 2.2), (3, 3.2)),),
    "9": (((0.3, 0.7), (1, 0), (3, 0), (4, 1.4), (4, 4.9), (3, 6), (1, 6), (0, 4.9), (0, 3.5),
           (1, 2.5), (3, 2.5), (4, 3.5)),),
    "%": (((0.2, 4.2), (0.2, 6), (1.8, 6), (1.8, 4.2), (0.2, 4.2)), ((4.4, 6), (0.6, 0)),
          ((3.2, 0), (3.2, 1.8), (4.8, 1.8), (4.8, 0), (3.2, 0))),
    ".": (((0.2, 0), (0.4, 0)),),
    "-": (((0.6, 3), (3.4, 3)),),
    "\u2013": (((0.2, 3), (3.8, 3)),),
    "\u2265": (((0.3, 5.4), (3.8, 3.6), (0.3, 1.8)), ((0.3, 0), (3.8, 0))),
    "<": (((3.6, 5.2), (0.3, 3), (3.6, 0.8)),),
    "k": (((0, 6), (0, 0)), ((3.2, 4), (0, 1.6)), ((1.2, 2.4), (3.4, 0))),
    "m": (((0, 0), (0, 4)), ((0, 3), (1, 4), (1.8, 4), (2.4, 3.2), (2.4, 0)),
          ((2.4, 3), (3.4, 4), (4.2, 4), (4.8, 3.2), (4.8, 0))),
    "N": (((0, 0), (0, 6), (4, 0), (4, 6)),),
    " ": (),
    "A": (((0, 0), (2, 6), (4, 0)), ((0.7, 2), (3.3, 2))),
    "B": (((0, 0), (0, 6), (2.8, 6), (3.7, 5.3), (3.7, 4), (2.8, 3.2), (0, 3.2)), ((2.8, 3.2), (4, 2.3), (4, 0.8), (3, 0), (0, 0))),
    "C": (((4, 5), (3, 6), (1, 6), (0, 4.8), (0, 1.2), (1, 0), (3, 0), (4, 1)),),
    "D": (((0, 0), (0, 6), (2.5, 6), (4, 4.6), (4, 1.4), (2.5, 0), (0, 0)),),
    "E": (((4, 6), (0, 6), (0, 0), (4, 0)), ((0, 3.2), (3.2, 3.2))),
    "F": (((4, 6), (0, 6), (0, 0)), ((0, 3.2), (3.2, 3.2))),
    "G": (((4, 5), (3, 6), (1, 6), (0, 4.8), (0, 1.2), (1, 0), (3, 0), (4, 1), (4, 2.8), (2.4, 2.8)),),
    "H": (((0, 0), (0, 6)), ((4, 0), (4, 6)), ((0, 3.2), (4, 3.2))),
    "I": (((0, 0), (0, 6)),),
    "J": (((3, 6), (3, 1.2), (2, 0), (1, 0), (0, 1.2)),),
    "K": (((0, 0), (0, 6)), ((4, 6), (0, 2.6)), ((1.4, 3.8), (4, 0))),
    "L": (((0, 6), (0, 0), (3.6, 0)),),
    "M": (((0, 0), (0, 6), (2.4, 2.4), (4.8, 6), (4.8, 0)),),
    "O": (((1.2, 0), (0, 1.4), (0, 4.6), (1.2, 6), (3, 6), (4.2, 4.6), (4.2, 1.4), (3, 0), (1.2, 0)),),
    "P": (((0, 0), (0, 6), (2.8, 6), (4, 5.2), (4, 3.8), (2.8, 2.9), (0, 2.9)),),
    "Q": (((1.2, 0), (0, 1.4), (0, 4.6), (1.2, 6), (3, 6), (4.2, 4.6), (4.2, 1.4), (3, 0), (1.2, 0)), ((2.6, 1.6), (4.4, -0.4))),
    "R": (((0, 0), (0, 6), (2.8, 6), (4, 5.2), (4, 3.9), (2.8, 3), (0, 3)), ((2.2, 3), (4.1, 0))),
    "S": (((3.9, 5.1), (3, 6), (1, 6), (0, 5), (0, 4.1), (1, 3.3), (3, 2.8), (4, 2), (4, 0.9), (3, 0), (1, 0), (0, 0.9)),),
    "T": (((0, 6), (4.4, 6)), ((2.2, 6), (2.2, 0))),
    "U": (((0, 6), (0, 1.2), (1, 0), (3, 0), (4, 1.2), (4, 6)),),
    "V": (((0, 6), (2.1, 0), (4.2, 6)),),
    "W": (((0, 6), (1.4, 0), (2.8, 4.6), (4.2, 0), (5.6, 6)),),
    "X": (((0, 0), (4, 6)), ((0, 6), (4, 0))),
    "Y": (((0, 6), (2, 3), (4, 6)), ((2, 3), (2, 0))),
    "Z": (((0, 6), (4, 6), (0, 0), (4, 0)),),
}  # fmt: skip
"""Strokes of what a PNG can write, in a box 6 high whose lower left corner is 0, 0."""

_CAP_HEIGHT = 0.72
"""Height of a digit in parts of the font size."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon or what several make up; ``outline`` is drawn on its edge."""

    geometry: BaseGeometry
    fill: str = ""
    outline: str = ""
    width: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; ``dash`` is the length of strokes and of the space between.

    ``worded`` says that it stands beside a word and is of no use without it.
    """

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 1.0
    dash: float = 0.0
    worded: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    """A dot, or a square of the same size."""

    x: float
    y: float
    radius: float
    fill: str
    outline: str = ""
    width: float = 1.0
    square: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A figure or a word; ``upright`` turns it to read from below.

    ``anchor`` is ``start``, ``middle`` or ``end``; y is its baseline. ``code`` is what a PNG, which
    has no words, writes in its place; the caption says what it stands for.
    """

    x: float
    y: float
    text: Both
    size: float = 13.0
    anchor: str = "start"
    colour: str = COLOURS["ink"]
    bold: bool = False
    upright: bool = False
    halo: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """A palette picture: number of each pixel's colour, 0 and ``clear`` ones not painted."""

    x: float
    y: float
    width: float
    height: float
    numbers: NDArray[np.uint8]
    colours: tuple[str, ...]
    clear: tuple[int, ...] = ()
    opacity: float = 1.0


Mark = Shape | Line | Disc | Label | Paint


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks on a ground, the first below all others.

    Attributes
    ----------
    title
        What is to be seen, for those who do not see it.
    """

    width: int
    height: int
    title: Both
    marks: tuple[Mark, ...]
    ground: str = COLOURS["paper"]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _path(geometry: BaseGeometry) -> str:
    parts = []
    for polygon in shapely.get_parts(geometry):
        if polygon.geom_type != "Polygon":
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            pairs = [f"{_number(x)} {_number(y)}" for x, y in list(ring.coords)[:-1]]
            parts.append(f"M{'L'.join(pairs)}Z")
    return "".join(parts)


def _svg_mark(mark: Mark, language: str) -> str:
    if isinstance(mark, Shape):
        edge = f' stroke="{mark.outline}" stroke-width="{_number(mark.width)}"'
        return (
            f'<path d="{_path(mark.geometry)}" fill="{mark.fill or "none"}" fill-rule="evenodd" '
            f'opacity="{_number(mark.opacity)}"{edge if mark.outline else ""}/>'
        )
    if isinstance(mark, Line):
        points = " ".join(f"{_number(x)},{_number(y)}" for x, y in mark.points)
        dash = f' stroke-dasharray="{_number(mark.dash)}"' if mark.dash else ""
        return (
            f'<polyline points="{points}" fill="none" stroke="{mark.colour}" '
            f'stroke-width="{_number(mark.width)}" stroke-linejoin="round"{dash}/>'
        )
    if isinstance(mark, Disc):
        edge = f' stroke="{mark.outline}" stroke-width="{_number(mark.width)}"'
        edge = edge if mark.outline else ""
        if mark.square:
            side = _number(2 * mark.radius)
            return (
                f'<rect x="{_number(mark.x - mark.radius)}" y="{_number(mark.y - mark.radius)}" '
                f'width="{side}" height="{side}" fill="{mark.fill}"{edge}/>'
            )
        return (
            f'<circle cx="{_number(mark.x)}" cy="{_number(mark.y)}" r="{_number(mark.radius)}" '
            f'fill="{mark.fill}"{edge}/>'
        )
    if isinstance(mark, Label):
        turned = (
            f' transform="rotate(-90 {_number(mark.x)} {_number(mark.y)})"' if mark.upright else ""
        )
        halo = ' paint-order="stroke" stroke="#ffffff" stroke-width="3"' if mark.halo else ""
        weight = ' font-weight="600"' if mark.bold else ""
        return (
            f'<text x="{_number(mark.x)}" y="{_number(mark.y)}" font-size="{_number(mark.size)}" '
            f'text-anchor="{mark.anchor}" fill="{mark.colour}"{weight}{halo}{turned}>'
            f"{html.escape(mark.text.in_language(language))}</text>"
        )
    png = base64.b64encode(palette_png(mark.numbers, mark.colours, clear=mark.clear)).decode()
    return (
        f'<image x="{_number(mark.x)}" y="{_number(mark.y)}" width="{_number(mark.width)}" '
        f'height="{_number(mark.height)}" opacity="{_number(mark.opacity)}" '
        f'preserveAspectRatio="none" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{png}"/>'
    )


def svg_of(drawing: Drawing, language: str) -> str:
    """Return the drawing as an SVG element that needs nothing else."""
    title = html.escape(drawing.title.in_language(language))
    body = "\n".join(_svg_mark(mark, language) for mark in drawing.marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width} {drawing.height}" '
        f'width="{drawing.width}" height="{drawing.height}" role="img" aria-label="{title}" '
        "font-family=\"'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif\">\n"
        f"<title>{title}</title>\n"
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="{drawing.ground}"/>\n'
        f"{body}\n</svg>"
    )


def _strokes(label: Label) -> BaseGeometry | None:
    """Return a figure's strokes, or None where it holds what strokes cannot write."""
    text = label.code or label.text.en
    if any(letter not in _STROKES for letter in text):
        return None
    unit = label.size * _CAP_HEIGHT / 6.0
    lines: list[list[tuple[float, float]]] = []
    at = 0.0
    for letter in text:
        lines += [[(at + x * unit, -y * unit) for x, y in s] for s in _STROKES[letter]]
        wide = max((x for stroke in _STROKES[letter] for x, _ in stroke), default=1.5)
        at += (wide + 1.6) * unit
    width = max(0.0, at - 1.6 * unit)
    left = {"start": 0.0, "middle": -width / 2, "end": -width}[label.anchor]
    moved = [[(label.x + left + x, label.y + y) for x, y in line] for line in lines]
    thick = unit * (0.62 if label.bold else 0.45)
    drawn = shapely.MultiLineString(moved).buffer(thick)
    return (
        shapely.affinity.rotate(drawn, -90, origin=(label.x, label.y)) if label.upright else drawn
    )


def _dashed(line: Line) -> BaseGeometry:
    whole = shapely.LineString(line.points)
    if not line.dash:
        return whole
    starts = np.arange(0.0, whole.length, 2 * line.dash)
    return shapely.union_all(
        [
            shapely.ops.substring(whole, start, min(start + line.dash, whole.length))
            for start in starts
            if start < whole.length - 1e-9
        ]
    )


class _Canvas:
    """An RGB picture that polygons are blended onto, with smooth edges."""

    def __init__(self, width: int, height: int, ground: str) -> None:
        self.pixels = np.empty((height, width, 3), np.float32)
        self.pixels[:] = _rgb(ground)

    def fill(self, geometry: BaseGeometry, colour: str, opacity: float = 1.0) -> None:
        if geometry.is_empty:
            return
        height, width = self.pixels.shape[:2]
        west, north, east, south = geometry.bounds
        left, top = max(0, int(west) - 1), max(0, int(north) - 1)
        right, bottom = min(width, int(east) + 2), min(height, int(south) + 2)
        if left >= right or top >= bottom:
            return
        n = _OVERSAMPLING
        mask: NDArray[np.uint8] | None = rasterize(
            [(geometry, 1)],
            out_shape=((bottom - top) * n, (right - left) * n),
            transform=Affine(1 / n, 0, left, 0, 1 / n, top),
            dtype="uint8",
        )
        assert mask is not None  # noqa: S101 - it is only where rasterize fills one of ours
        share = mask.reshape(bottom - top, n, right - left, n).mean((1, 3), dtype=np.float32)
        window = self.pixels[top:bottom, left:right]
        weight = (share * opacity)[:, :, None]
        window *= 1 - weight
        window += weight * _rgb(colour)

    def paint(self, mark: Paint) -> None:
        height, width = self.pixels.shape[:2]
        left, top = max(0, round(mark.x)), max(0, round(mark.y))
        right = min(width, round(mark.x + mark.width))
        bottom = min(height, round(mark.y + mark.height))
        rows = (np.arange(top, bottom) + 0.5 - mark.y) / mark.height * mark.numbers.shape[0]
        columns = (np.arange(left, right) + 0.5 - mark.x) / mark.width * mark.numbers.shape[1]
        numbers = mark.numbers[
            rows.astype(int).clip(0, mark.numbers.shape[0] - 1)[:, None],
            columns.astype(int).clip(0, mark.numbers.shape[1] - 1)[None, :],
        ]
        shown = (numbers > 0) & ~np.isin(numbers, mark.clear)
        table = np.array([_rgb(COLOURS["paper"]), *map(_rgb, mark.colours)], np.float32)
        weight = (shown * np.float32(mark.opacity))[:, :, None]
        window = self.pixels[top:bottom, left:right]
        window *= 1 - weight
        window += weight * table[numbers]


def _rgb(colour: str) -> NDArray[np.float32]:
    return np.array(list(bytes.fromhex(colour[1:])), np.float32)


def png_of(drawing: Drawing) -> bytes:
    """Return the drawing as a PNG; words that strokes cannot write are left to its caption."""
    canvas = _Canvas(drawing.width, drawing.height, drawing.ground)
    for mark in drawing.marks:
        if isinstance(mark, Paint):
            canvas.paint(mark)
        elif isinstance(mark, Shape):
            if mark.fill:
                canvas.fill(mark.geometry, mark.fill, mark.opacity)
            if mark.outline:
                canvas.fill(
                    mark.geometry.boundary.buffer(mark.width / 2), mark.outline, mark.opacity
                )
        elif isinstance(mark, Line):
            if mark.worded:
                continue
            canvas.fill(_dashed(mark).buffer(mark.width / 2, cap_style="flat"), mark.colour)
        elif isinstance(mark, Disc):
            centre = shapely.Point(mark.x, mark.y)
            body = centre.buffer(mark.radius, cap_style="square" if mark.square else "round")
            canvas.fill(body, mark.fill)
            if mark.outline:
                canvas.fill(body.boundary.buffer(mark.width / 2), mark.outline)
        else:
            strokes = _strokes(mark)
            if strokes is not None:
                if mark.halo:
                    canvas.fill(strokes.buffer(1.5), COLOURS["paper"])
                canvas.fill(strokes, mark.colour)
    pixels = np.rint(canvas.pixels).astype(np.uint8)
    lines = np.zeros((drawing.height, drawing.width * 3 + 1), np.uint8)
    lines[:, 1:] = pixels.reshape(drawing.height, -1)
    header = struct.pack(">IIBBBBB", drawing.width, drawing.height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            png_chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            png_chunk(b"IEND", b""),
        )
    )
