"""The map of readiness: sites coloured by level, hatched where more may be reached.

A site shows the lowest level of what stands there or is hosted there: one device that is not ready
stops the way through it. The numbers are the steps of the work list. Words stand in the caption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ...ipv6.ladder import Rung
from ...ipv6.readiness import Readiness
from ...ipv6.verdicts import Level, SubjectKind
from ...topology.network import Network
from ..bilingual import Both, raw, say
from ..palette import COLOURS
from .drawing import Disc, Drawing, Label, Line, Mark, Shape

__all__ = ["LEVEL_COLOURS", "readiness_drawing", "site_rungs", "weakest"]

LEVEL_COLOURS: Mapping[Level, str] = {
    Level.UNKNOWN: "#ffffff",
    Level.NOT_READY: "#00204d",
    Level.CAPABLE: "#44536b",
    Level.CONFIGURED: "#808078",
    Level.CARRYING: "#bcae6c",
    Level.PARITY: "#ffe945",
}
"""From dark blue over grey to yellow: lightness rises with the level, for every sort of eye."""

_SIDE, _MARGIN, _RADIUS = 1000, 30.0, 13.0
_LEGEND_PX = 34.0


def site_rungs(stand: Readiness) -> dict[str, Rung]:
    """Return for each site the rung of its weakest: what is certain of all, and what all may reach.

    One device that is certainly not ready settles the site, whatever is not known of the others.
    """
    members: dict[str, list[Rung]] = {}
    for key, one in stand.inventory.subjects.items():
        if one.site_id and one.kind is not SubjectKind.LINK:
            members.setdefault(one.site_id, []).append(stand.rungs[key])
    return {site: weakest(rungs) for site, rungs in members.items()}


def weakest(rungs: Sequence[Rung]) -> Rung:
    """Return the rung of what is no better than its weakest: certain where one settles it."""
    low, high = min(one.low for one in rungs), min(one.high for one in rungs)
    harmful = any(one.harmful for one in rungs)
    told = low is high or all(one.told for one in rungs)
    return Rung(low, high, told, harmful, (), (), ())


class _Frame:
    """Turns degrees into pixels."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        self.west, self.south, self.east, self.north = bounds
        self.narrow = math.cos(math.radians((self.south + self.north) / 2))
        wide = max((self.east - self.west) * self.narrow, 1e-4)
        high = max(self.north - self.south, 1e-4)
        self.scale = (_SIDE - 2 * _MARGIN) / max(wide, high)
        self.width = round(wide * self.scale + 2 * _MARGIN)
        self.height = round(high * self.scale + 2 * _MARGIN)

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        return (
            (lon - self.west) * self.narrow * self.scale + _MARGIN,
            (self.north - lat) * self.scale + _MARGIN,
        )

    def moved(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(
            shapely.force_2d(geometry.simplify(2e-5)),
            lambda degrees: np.array([self(lon, lat) for lon, lat in degrees]),
        )


def _hatch(x: float, y: float, colour: str) -> list[Mark]:
    """Return strokes across a disc, at 45 degrees."""
    marks: list[Mark] = []
    for offset in (-8.0, -4.0, 0.0, 4.0, 8.0):
        half = math.sqrt(max(0.0, _RADIUS**2 - (offset * math.sqrt(2) / 2 * 1.4) ** 2)) * 0.7
        middle = x + offset * 0.7, y + offset * 0.7
        marks.append(
            Line(
                ((middle[0] - half, middle[1] + half), (middle[0] + half, middle[1] - half)),
                colour, 1.6,
            )
        )  # fmt: skip
    return marks


def _place(x: float, y: float, stands: Rung) -> list[Mark]:
    """Return the mark of a site."""
    marks: list[Mark] = []
    if stands.harmful:
        marks.append(Disc(x, y, _RADIUS + 4, COLOURS["missed"]))
    marks.append(Disc(x, y, _RADIUS, LEVEL_COLOURS[stands.level], COLOURS["ink"], 1.6))
    if not (stands.certain and stands.told):
        dark = stands.level in (Level.NOT_READY, Level.CAPABLE)
        marks += _hatch(x, y, COLOURS["paper"] if dark else COLOURS["ink"])
    return marks


def _legend(width: int, top: float) -> list[Mark]:
    """Return the levels in two rows."""
    marks: list[Mark] = []
    half = len(Level) // 2
    step = (width - 2 * _MARGIN) / half
    for n, level in enumerate(Level):
        x, y = _MARGIN + 12 + n % half * step, top + n // half * _LEGEND_PX
        sample = Rung(level, level, level is not Level.UNKNOWN, False, (), (), ())
        marks += _place(x, y, sample)
        marks.append(Label(x + 20, y + 5, say(f"ipv6_level.{level.name}"), 15))
    return marks


def readiness_drawing(stand: Readiness, network: Network) -> Drawing | None:
    """Return the map of a project's sites; None where no site with a subject has a place."""
    rungs = site_rungs(stand)
    sites = network.sites
    at = {
        site: (lon, lat)
        for site, lon, lat in zip(sites["site_id"], sites["lon"], sites["lat"], strict=True)
        if site in rungs
    }
    if not at:
        return None
    areas = network.areas
    shapes = []
    if "geometry" in areas.columns:
        known = areas[areas["geometry"].notna()]
        shapes = list(zip(known["kind"], known["geometry"], strict=True))
    corners = [shapely.Point(point) for point in at.values()]
    corners += [one for kind, one in shapes if kind == "district"]
    frame = _Frame(shapely.GeometryCollection(corners).bounds)
    marks: list[Mark] = []
    for kind, fill in (("district", "ground"), ("water", "water")):
        marks += [Shape(frame.moved(one), fill=COLOURS[fill]) for k, one in shapes if k == kind]
    for kind, width in (("subdistrict", 0.7), ("district", 2.0)):
        colour = COLOURS["border"]
        marks += [
            Shape(frame.moved(one), outline=colour, width=width) for k, one in shapes if k == kind
        ]
    links = network.links[["a_site", "b_site"]].drop_duplicates()
    for a, b in links.itertuples(index=False):
        if a in at and b in at:
            good = all(
                rungs[end].low >= Level.CONFIGURED and not rungs[end].harmful for end in (a, b)
            )
            colour = COLOURS["link"] if good else COLOURS["border"]
            marks.append(Line((frame(*at[a]), frame(*at[b])), colour, 2.6 if good else 1.6))
    for site, point in at.items():
        marks += _place(*frame(*point), rungs[site])
    seen: set[str] = set()
    for number, step in enumerate(stand.paths.steps, start=1):
        for node in step.nodes:
            subject = stand.inventory.subjects.get(node)
            if subject is None or subject.site_id not in at or subject.site_id in seen:
                continue
            seen.add(subject.site_id)
            x, y = frame(*at[subject.site_id])
            marks.append(Label(x, y - _RADIUS - 6, raw(number), 15, "middle", bold=True, halo=True))
    marks += _legend(max(frame.width, 600), frame.height + _LEGEND_PX / 2 - 4)
    title: Both = say("readiness.map_worst")
    return Drawing(
        max(frame.width, 600), round(frame.height + 2 * _LEGEND_PX), title, tuple(marks),
        COLOURS["outside"],
    )  # fmt: skip
