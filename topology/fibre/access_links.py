"""The access links of a network: the optical budget of each ``pon`` link, and what homes share.

What the table ``links`` does not say is assumed and named link by link, so that a budget can be
read before the last splice is counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..network import Network
from ..references import split_ids
from .optics import Budget, Drop, budget, parse_split, pon_class
from .shared_segments import Segment, hfc_segment, pon_segment

__all__ = ["LinkBudget", "access_segments", "pon_budgets"]

DEFAULT_CLASS = "gpon-b+"
DEFAULT_SPLIT = (32,)
DEFAULT_CONNECTORS = 4
SPLICED_EVERY_KM = 2.0
"""Drum length of cable: a splice joins the next one."""
DETOUR = 1.4
"""Cable runs so much further than the crow flies, where no length is known."""

_EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class LinkBudget:
    """The budget of one ``pon`` link.

    Attributes
    ----------
    assumed
        What the tables do not say, one phrase each.
    marked
        Columns of the link that the table itself marks as assumed, of those the budget rests on.
    """

    link_id: str
    a_site: str
    b_site: str
    budget: Budget
    assumed: tuple[str, ...]
    marked: tuple[str, ...] = ()


_RESTS_ON = ("length_km", "pon_class", "split", "connectors", "splices")


def _marked(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns with a value that is marked as assumed (see :mod:`..tables`)."""
    marks = str(row["assumed"]).split()
    return tuple(
        column
        for column in _RESTS_ON
        if ("*" in marks or column in marks) and str(row[column]) not in ("", "<NA>", "nan")
    )


def _number(value: object) -> float | None:
    """Return a cell as a number; None where it is empty."""
    try:
        number = float(value)  # type: ignore[arg-type]  # pandas' NA refuses, which is caught
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number


def _crow_km(network: Network, a_site: str, b_site: str) -> float:
    a, b = network.site(a_site), network.site(b_site)
    lon, lat = np.radians([a.lon, b.lon]), np.radians([a.lat, b.lat])
    half = np.sin((lat[1] - lat[0]) / 2) ** 2
    half += np.cos(lat[0]) * np.cos(lat[1]) * np.sin((lon[1] - lon[0]) / 2) ** 2
    return float(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)))


def _length_km(network: Network, row: Mapping[str, Any], assumed: list[str]) -> float:
    """Return the length of a link: its own, that of its spans, or a detour of the crow's way."""
    given = _number(row["length_km"])
    if given is not None:
        return given
    spans = network.spans.set_index("span_id")["length_m"]
    lengths = [_number(spans[span]) for span in split_ids(str(row["spans"]))]
    if lengths and None not in lengths:
        return sum(length or 0.0 for length in lengths) / 1000.0
    length_km = _crow_km(network, row["a_site"], row["b_site"]) * DETOUR
    assumed.append(f"length {length_km:.2f} km ({DETOUR:g} times the distance)")
    return length_km


def _drop(network: Network, row: Mapping[str, Any]) -> tuple[Drop, tuple[str, ...]]:
    assumed: list[str] = []
    length_km = _length_km(network, row, assumed)
    name = str(row["pon_class"])
    if not name:
        name = DEFAULT_CLASS
        assumed.append(f"class {name}")
    pon = pon_class(name)
    if pon.assumed:
        assumed.append(f"powers of {name} ({pon.source})")
    if row["split"]:
        split = parse_split(str(row["split"]))
    else:
        split = DEFAULT_SPLIT
        assumed.append("split 1:32")
    connectors, splices = _number(row["connectors"]), _number(row["splices"])
    if connectors is None:
        connectors = DEFAULT_CONNECTORS
        assumed.append(f"{connectors} connectors")
    if splices is None:
        splices = math.ceil(length_km / SPLICED_EVERY_KM) + 2 * len(split)
        assumed.append(f"{splices} splices")
    return Drop(pon, length_km, split, int(connectors), int(splices)), tuple(assumed)


def _rows(network: Network, kind: str) -> list[Mapping[str, Any]]:
    links = network.links
    chosen = links[links["kind"] == kind].drop(columns="geometry", errors="ignore")
    return [{str(k): v for k, v in row.items()} for row in chosen.to_dict("records")]


def pon_budgets(network: Network, *, reserve: float | None = None) -> tuple[LinkBudget, ...]:
    """Return the budget of each link of kind ``pon``, in table order.

    Parameters
    ----------
    reserve
        Margin to keep, dB; by the length when None.

    Raises
    ------
    InputError
        A split or class of a link is none; the message names the link.
    """
    out = []
    for row in _rows(network, "pon"):
        try:
            drop, assumed = _drop(network, row)
        except InputError as error:
            raise InputError(f"link {row['link_id']!r}: {error}") from None
        judged = budget(drop, reserve=reserve)
        out.append(
            LinkBudget(row["link_id"], row["a_site"], row["b_site"], judged, assumed, _marked(row))
        )
    return tuple(out)


def access_segments(network: Network, *, active_share: float = 1.0) -> dict[str, Segment]:
    """Return what the homes of each ``pon`` and ``hfc`` link share, by link.

    A PON port serves the homes of the table, or as many as its splitters have ways (assumed).
    An HFC node without ``homes`` is left out: nothing says how many it has.

    Raises
    ------
    InputError
        As :func:`pon_budgets`, or a number of homes is 0.
    """
    segments = {}
    for each, row in zip(pon_budgets(network), _rows(network, "pon"), strict=True):
        homes, drop = _number(row["homes"]), each.budget.drop
        segment = pon_segment(
            drop.pon, drop.ways if homes is None else int(homes), active_share=active_share
        )
        assumed = ("homes: one a way of the splitters",) if homes is None else ()
        segments[each.link_id] = Segment(
            segment.technology, segment.down_mbps, segment.up_mbps, segment.homes,
            active_share, assumed,
        )  # fmt: skip
    for row in _rows(network, "hfc"):
        homes = _number(row["homes"])
        if homes is None:
            continue
        node = hfc_segment(int(homes), active_share=active_share)
        capacity = _number(row["capacity_mbps"])
        if capacity is None:
            down, missing = node.down_mbps, "16 channels down, 4 up"
        else:
            down, missing = capacity, "4 channels up"
        segments[row["link_id"]] = Segment(
            node.technology, down, node.up_mbps, node.homes, active_share,
            (*node.assumed, missing),
        )  # fmt: skip
    return segments
