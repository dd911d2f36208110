"""The pictures that a map can show of a run, each with its legend; the reader chooses one.

*Location probability*, *median field*, *best server*, *reason for miss*, *number of servers*,
*SINR* and *limiting link*: what a run does not have, the map does not offer. A picture is numbers
of colours on the run's grid; words and colours of its legend come along, so that picture and legend
cannot disagree.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..coverage.results import GAP_REASONS, PlanLayers
from ..coverage.servers.miss_reasons import MissReason
from ..coverage.servers.uplink import Limit
from . import figures
from .bilingual import Both, both, say, word
from .coverage_map import CoverageMap
from .palette import (
    COLOURS,
    LINKS,
    REASONS,
    SERVERS,
    STEPS,
    class_numbers,
    coverage_classes,
    stepped,
)
from .raster import MAX_COLOURS, MercatorFrame, palette_png
from .site_areas import common_borders, main_areas, site_colours

__all__ = ["ClassEntry", "Picture", "pictures"]

_FIELD_STEP_DB = 10.0
_SINR_EDGES_DB = (0.0, 6.0, 12.0, 18.0)
_SERVER_EDGES = (1, 2, 3, 4)
_CODE_BITS = 3
"""Lowest bits of each colour channel that tell sites of one colour apart; no eye sees them."""


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A colour of a picture with its words; several colours where the words are for all.

    ``wide`` words need the whole width of the legend.
    """

    colours: tuple[str, ...]
    label: Both
    wide: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a map can show of a run.

    Attributes
    ----------
    name
        ``probability``, ``field``, ``server``, ``reason``, ``servers``, ``sinr`` or ``limit``.
    title
        For the choice.
    numbers
        Number of each pixel's colour, on the run's grid; 0 is not painted.
    colours
        Colour 1 and up.
    entries
        The legend.
    clear
        Numbers of colours that are not painted.
    note
        What else the legend says.
    lines
        Areas between which a line stands, on the run's grid; None for a picture without lines.
    site_colours
        Colour of each site's area, by which the page finds it in the picture; empty for other
        pictures, and where a picture has too few colours for all sites.
    """

    name: str
    title: Both
    numbers: NDArray[np.uint8]
    colours: tuple[str, ...]
    entries: tuple[ClassEntry, ...]
    clear: tuple[int, ...] = ()
    note: Both | None = None
    lines: NDArray[np.uint8] | None = None
    site_colours: tuple[str, ...] = ()

    def png(self, frame: MercatorFrame) -> bytes:
        """Return the picture in Web Mercator."""
        numbers = frame.picture(self.numbers)
        if self.lines is None:
            return palette_png(numbers, self.colours, clear=self.clear)
        line = len(self.colours) + 1
        drawn = np.where(_borders(frame.picture(self.lines)), np.uint8(line), numbers)
        return palette_png(drawn, (*self.colours, COLOURS["ink"]), clear=self.clear)


def _borders(numbers: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the pixels left of or above a pixel of another area."""
    line = np.zeros(numbers.shape, bool)
    for here, one, other in (
        (line[:, :-1], numbers[:, :-1], numbers[:, 1:]),
        (line[:-1], numbers[:-1], numbers[1:]),
    ):
        here |= (one != other) & (one > 0) & (other > 0)
    return line


def _percent(value: float) -> str:
    return f"{value * 100:.10g}%"


def _between(edges: Sequence[float], digits: int) -> list[Both]:
    """Return the words for the classes between edges, the lowest first."""

    def written(value: float) -> Both:
        return both(lambda language: figures.number(value, language, digits))

    named = [written(edge) for edge in edges]
    return [
        say("legend.class_below", upper=named[0]),
        *(
            say("legend.class_between", lower=lower, upper=upper)
            for lower, upper in itertools.pairwise(named)
        ),
        say("legend.class_from", lower=named[-1]),
    ]


def _steps(labels: Sequence[Both]) -> tuple[ClassEntry, ...]:
    """Return the legend of the five strengths, the best first."""
    found = [ClassEntry((colour,), label) for colour, label in zip(STEPS, labels, strict=True)]
    return tuple(reversed(found))


def _probability(map: CoverageMap, required: float) -> Picture:
    classes = coverage_classes(required)
    entries = []
    for one in reversed(classes):
        lower, upper = _percent(one.lower), _percent(one.upper)
        if one.served:
            label = say("legend.class_served", lower=lower)
        elif one.lower == 0:
            label = say("legend.class_below", upper=upper)
        else:
            label = say("legend.class_between", lower=lower, upper=upper)
        entries.append(ClassEntry((one.colour,), label, wide=one.served))
    weak = classes[min(1, len(classes) - 1)].colour
    entries.append(ClassEntry((weak, classes[-1].colour), say("legend.uninhabited"), wide=True))
    return Picture(
        "probability",
        say("picture.probability"),
        class_numbers(map.raster.probability, classes),
        tuple(one.colour for one in classes),
        tuple(entries),
        clear=tuple(number for number, one in enumerate(classes, start=1) if one.served),
        note=say("picture.probability_note"),
    )


def _field(map: CoverageMap, planning_dbuv_m: float) -> Picture:
    edges = [planning_dbuv_m + step * _FIELD_STEP_DB for step in (-1, 0, 1, 2)]
    value = both(lambda language: figures.number(planning_dbuv_m, language, 1))
    return Picture(
        "field",
        say("picture.field"),
        stepped(map.raster.field_dbuv_m, edges),
        STEPS,
        _steps(_between(edges, 1)),
        note=say("picture.field_note", value=value),
    )


def _coded(colour: str, code: int) -> str:
    """Return a colour with a code in its lowest bits."""
    mask = (1 << _CODE_BITS) - 1
    channels = [int(colour[at : at + 2], 16) & ~mask for at in (1, 3, 5)]
    for place in range(3):
        channels[place] |= code >> (place * _CODE_BITS) & mask
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _wrapped(server: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Return numbers in a byte that are unlike for neighbours, however many sites there are."""
    return np.where(server > 0, (server - 1) % MAX_COLOURS + 1, 0).astype(np.uint8)


def _server(layers: PlanLayers, sites: int) -> Picture:
    main = main_areas(layers.server)
    chosen = site_colours(common_borders(main, sites), len(SERVERS))
    entries = (
        ClassEntry(SERVERS, say("picture.server_areas"), wide=True),
        ClassEntry((COLOURS["ink"],), say("picture.server_border"), wide=True),
    )
    own: tuple[str, ...] = ()
    if sites < MAX_COLOURS:
        numbers = layers.server
        own = tuple(
            _coded(SERVERS[colour], chosen[:site].count(colour))
            for site, colour in enumerate(chosen)
        )
    else:
        numbers = np.array([0, *(colour + 1 for colour in chosen)], np.int16)[layers.server]
    return Picture(
        "server",
        say("picture.server"),
        numbers.astype(np.uint8),
        own or SERVERS,
        entries,
        note=say("picture.server_note") if own else None,
        lines=_wrapped(main),
        site_colours=own,
    )


def _categories(
    layer: NDArray[np.uint8], colours: Mapping[Any, str]
) -> tuple[NDArray[np.uint8], list[Any]]:
    """Return the numbers of a layer of categories, and the categories that occur."""
    numbers = np.zeros(layer.shape, np.uint8)
    for number, category in enumerate(colours, start=1):
        numbers[layer == category] = number
    occur = [one for number, one in enumerate(colours, start=1) if (numbers == number).any()]
    return numbers, occur


def _reason(layers: PlanLayers) -> Picture:
    numbers, occur = _categories(layers.reason, REASONS)
    entries = [
        ClassEntry(
            (REASONS[one],),
            say(
                "picture.reason_entry",
                reason=word("reason", GAP_REASONS[one]),
                why=say(f"picture.reason.{GAP_REASONS[one]}"),
            ),
            wide=True,
        )
        for one in occur
    ]
    unknown = bool(((layers.reason == MissReason.UNKNOWN) & (layers.server > 0)).any())
    return Picture(
        "reason",
        say("picture.reason"),
        numbers,
        tuple(REASONS.values()),
        tuple(entries),
        note=say("picture.reason_note_unknown" if unknown else "picture.reason_note"),
    )


def _servers(layers: PlanLayers, inside: NDArray[np.bool_]) -> Picture:
    counts = np.where(inside, layers.servers, np.nan).astype(np.float32)
    labels = [say("picture.servers_count", count=count) for count in range(len(_SERVER_EDGES))]
    labels.append(say("picture.servers_more", count=_SERVER_EDGES[-1]))
    return Picture(
        "servers",
        say("picture.servers"),
        stepped(counts, _SERVER_EDGES),
        STEPS,
        _steps(labels),
        note=say("picture.servers_note"),
    )


def _sinr(sinr_db: NDArray[np.float32]) -> Picture:
    return Picture(
        "sinr",
        say("picture.sinr"),
        stepped(sinr_db, _SINR_EDGES_DB),
        STEPS,
        _steps(_between(_SINR_EDGES_DB, 0)),
        note=say("picture.sinr_note"),
    )


def _limit(layers: PlanLayers, inside: NDArray[np.bool_]) -> Picture:
    numbers, occur = _categories(np.where(inside, layers.limit, 255).astype(np.uint8), LINKS)
    words = {
        Limit.DOWNLINK: "downlink",
        Limit.UPLINK: "uplink",
        Limit.NONE: "equal",
        Limit.UNREACHED: "unreached",
    }
    return Picture(
        "limit",
        say("picture.limit"),
        numbers,
        tuple(LINKS.values()),
        tuple(ClassEntry((LINKS[one],), say(f"picture.limit_{words[one]}")) for one in occur),
        note=say("picture.limit_note"),
    )


def pictures(map: CoverageMap, required_probability: float) -> tuple[Picture, ...]:
    """Return the pictures of a run, location probability first.

    Runs of older releases have no layers and so no more than probability and field.
    """
    run, raster = map.run, map.raster
    found = [_probability(map, required_probability)]
    planning_dbuv_m = run["service"].get("planning_field_dbuv_m")
    if planning_dbuv_m is not None:
        found.append(_field(map, float(planning_dbuv_m)))
    layers = raster.layers
    if layers is None:
        return tuple(found)
    inside = ~np.isnan(raster.probability)
    sites = max(int(layers.server.max()), len(run["sites"]["table"]))
    if sites:
        found.append(_server(layers, sites))
    found += [_reason(layers), _servers(layers, inside)]
    if layers.sinr_db is not None:
        found.append(_sinr(layers.sinr_db))
    if run["service"].get("two_way"):
        found.append(_limit(layers, inside))
    return tuple(found)
