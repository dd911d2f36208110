"""The answers of the fibre verbs, as documents for ``--json`` and as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..topology.fibre.access_links import LinkBudget
from ..topology.fibre.microwave import Hop
from ..topology.fibre.rings import Ring, Rings
from ..topology.fibre.routes import Route, Routes
from ..topology.fibre.shared_segments import Segment

__all__ = [
    "fibre_document", "fibre_text", "microwave_document", "microwave_text", "optics_document",
    "optics_text",
]  # fmt: skip

_ROWS_SHOWN = 20
_NAMES_SHOWN = 8


def _route(route: Route) -> dict[str, Any]:
    return {
        "site": route.site_id,
        "room": route.room_id,
        "length_km": round(route.length_km, 4),
    }


def _ring(ring: Ring) -> dict[str, Any]:
    return {
        "site": ring.site_id,
        "disjoint": ring.disjoint,
        "same_room": ring.same_room,
        "first": {**_route(ring.first), "moved": ring.first_moved},
        "second": _route(ring.second) if ring.second else None,
        "shared": [
            {
                "street": stretch.street_id,
                "name": stretch.name,
                "kind": stretch.kind,
                "length_m": round(stretch.length_m, 1),
            }
            for stretch in ring.shared
        ],
        "shared_drop_m": round(ring.shared_drop_m, 1),
        "dug_km": round(ring.dug_km, 4),
        "cost": round(ring.cost, 2),
        "reason": ring.reason,
    }


def fibre_document(routes: Routes, rings: Rings | None) -> dict[str, Any]:
    """Return routes and rings as plain data."""
    document: dict[str, Any] = {
        "minimise": routes.minimise,
        "unit": routes.model.unit,
        "sites": len(routes.routes),
        "rooms": list(routes.rooms),
        "length_km": round(routes.length_km, 4),
        "cost": round(routes.cost, 2),
        "length_by_kind_km": {k: round(v, 4) for k, v in routes.length_by_kind_km().items()},
        "tree": {
            "value": round(routes.tree.value, 2),
            "bound": round(routes.tree.bound, 2),
            "gap": routes.tree.gap,
            "proven": routes.tree.proven,
            "method": routes.tree.method,
        },
        "routes": [_route(route) for route in routes.routes],
        "unreachable": dict(routes.unreachable),
        "assumed": list(routes.model.assumed),
    }
    if rings is not None:
        document["rings"] = {
            "closed": sum(ring.disjoint for ring in rings.rings),
            "of": len(rings.rings),
            "dug_km": round(rings.dug_km, 4),
            "cost": round(rings.cost, 2),
            "sites": [_ring(ring) for ring in rings.rings],
        }
    return document


def _cut(rows: Sequence[str]) -> list[str]:
    """Return the first rows, and how many more there are."""
    shown = list(rows[:_ROWS_SHOWN])
    if len(rows) > len(shown):
        shown.append(f"  ... and {len(rows) - len(shown)} more; --json has them all")
    return shown


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _bound_text(document: Mapping[str, Any]) -> str:
    tree, unit = document["tree"], document["unit"]
    if document["minimise"] == "length":
        bound, what = f"{tree['bound'] / 1000:.2f} km", "is shorter than"
    else:
        bound, what = f"{tree['bound']:,.0f} {unit}", "costs less than"
    if tree["proven"]:
        return "  proven: no other tree is lighter"
    return f"  no tree {what} {bound} ({tree['gap']:.1%} below this one; {tree['method']})"


def _rings_text(rings: Mapping[str, Any], unit: str) -> list[str]:
    lines = [
        "",
        (
            f"rings: {rings['closed']} of {rings['of']} sites have two ways that share no street; "
            f"{rings['dug_km']:.2f} km more to lay, {rings['cost']:,.0f} {unit} more"
        ),
    ]
    same = [ring["site"] for ring in rings["sites"] if ring["same_room"]]
    if same:
        lines.append(f"  both ways end in one room: {', '.join(same)}")
    open_rings = [
        f"  {ring['site']}: {ring['reason']}"
        + (f", {sum(s['length_m'] for s in ring['shared']):.0f} m shared" if ring["shared"] else "")
        for ring in rings["sites"]
        if not ring["disjoint"]
    ]
    return lines + _cut(open_rings)


def fibre_text(document: Mapping[str, Any]) -> str:
    """Return the answer about routes for reading."""
    unit = document["unit"]
    lines = [
        (
            f"{_count(document['sites'], 'site')} to {_count(len(document['rooms']), 'room')}: "
            f"{document['length_km']:.2f} km of route, {document['cost']:,.0f} {unit}"
        ),
        _bound_text(document),
        "",
        *(f"  {kind:<18} {km:8.2f} km" for kind, km in document["length_by_kind_km"].items()),
        "",
        *_cut(
            [f"  {r['site']} -> {r['room']}  {r['length_km']:.2f} km" for r in document["routes"]]
        ),
    ]
    if document["unreachable"]:
        lines += ["", "no way to:"]
        lines += _cut([f"  {site}: {why}" for site, why in document["unreachable"].items()])
    if "rings" in document:
        lines += _rings_text(document["rings"], unit)
    lines += ["", *(f"! assumed: {words}" for words in document["assumed"])]
    return "\n".join(lines).rstrip()


def _marked_words(columns: Sequence[str]) -> list[str]:
    return [f"{', '.join(columns)} (marked so in the table)"] if columns else []


def optics_document(
    budgets: Sequence[LinkBudget], segments: Mapping[str, Segment]
) -> dict[str, Any]:
    """Return budgets and shared segments as plain data."""
    links = []
    for each in budgets:
        judged = each.budget
        links.append(
            {
                "link": each.link_id,
                "a_site": each.a_site,
                "b_site": each.b_site,
                "class": judged.drop.pon.name,
                "length_km": round(judged.drop.length_km, 4),
                "split": list(judged.drop.split),
                "connectors": judged.drop.connectors,
                "splices": judged.drop.splices,
                "ok": judged.ok,
                "margin_db": round(judged.margin_db, 3),
                "reserve_db": judged.reserve_db,
                "overload_margin_db": round(judged.overload_margin_db, 3),
                "directions": [
                    {
                        "direction": way.name,
                        "receiver": way.receiver,
                        "wavelength_nm": way.wavelength_nm,
                        "loss_db": round(way.loss_db, 3),
                        "losses_db": {
                            part: round(loss, 3)
                            for part, loss in judged.drop.losses_db(way.wavelength_nm).items()
                        },
                        "class_loss_db": judged.drop.pon.max_loss_db,
                        "least_loss_db": round(way.least_loss_db, 3),
                        "weakest_dbm": round(way.weakest_dbm, 3),
                        "strongest_dbm": round(way.strongest_dbm, 3),
                        "margin_db": round(way.margin_db, 3),
                        "overload_margin_db": round(way.overload_margin_db, 3),
                    }
                    for way in judged.directions
                ],
                "faults": list(judged.faults),
                "fixes": [{"kind": fix.kind, "words": fix.words} for fix in judged.fixes],
                "assumed": [*each.assumed, *_marked_words(each.marked)],
            }
        )
    shared = {
        link: {
            "technology": segment.technology,
            "homes": segment.homes,
            "down_mbps": segment.down_mbps,
            "up_mbps": segment.up_mbps,
            "sustained_down_mbps": round(segment.sustained_down_mbps, 3),
            "sustained_up_mbps": round(segment.sustained_up_mbps, 3),
            "peak_down_mbps": round(segment.peak_down_mbps, 3),
            "assumed": list(segment.assumed),
        }
        for link, segment in segments.items()
    }
    return {
        "links": links,
        "failing": [link["link"] for link in links if not link["ok"]],
        "segments": shared,
    }


def optics_text(document: Mapping[str, Any]) -> str:
    """Return the answer about budgets for reading."""
    links, failing = document["links"], document["failing"]
    if not links and not document["segments"]:
        return "no link of kind pon or hfc; set links.kind to pon and give split, pon_class, homes"
    lines = [f"{_count(len(links), 'pon link')}, {len(failing)} out of budget"]
    for link in sorted(links, key=lambda each: (each["ok"], each["margin_db"])):
        splits = " ".join(f"1:{ways}" for ways in link["split"]) or "no splitter"
        lines.append(
            f"  {'ok  ' if link['ok'] else 'FAIL'} {link['link']}  {link['class']} {splits} "
            f"{link['length_km']:.2f} km  margin {link['margin_db']:.1f} dB, to overload "
            f"{link['overload_margin_db']:.1f} dB"
        )
        lines.append(_loss_text(link))
        lines += [f"       {fault}" for fault in link["faults"]]
        lines += [f"       would do: {fix['words']}" for fix in link["fixes"]]
        if link["faults"] and not link["fixes"]:
            lines.append("       no single change helps; change class and split together")
    for name, segment in document["segments"].items():
        lines.append(
            f"  {name}: {_count(segment['homes'], 'home')} share {segment['down_mbps']:,.0f} / "
            f"{segment['up_mbps']:,.0f} Mbit/s: {segment['sustained_down_mbps']:.1f} / "
            f"{segment['sustained_up_mbps']:.1f} Mbit/s each, tiers to "
            f"{segment['peak_down_mbps']:,.0f} Mbit/s"
        )
    by_words: dict[str, list[str]] = {}
    for name, assumed in (
        *((link["link"], link["assumed"]) for link in links),
        *((name, segment["assumed"]) for name, segment in document["segments"].items()),
    ):
        if assumed:
            by_words.setdefault("; ".join(assumed), []).append(name)
    for words, names in by_words.items():
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        lines.append(f"! assumed: {words}: {', '.join(names[:_NAMES_SHOWN])}{more}")
    return "\n".join(lines)


def _loss_text(link: Mapping[str, Any]) -> str:
    """Return the loss of the harder direction, part by part."""
    way = min(link["directions"], key=lambda each: each["margin_db"])
    parts = [f"{part} {loss:.1f}" for part, loss in way["losses_db"].items() if loss]
    return (
        f"       loss at {way['wavelength_nm']} nm: {' + '.join(parts)} = {way['loss_db']:.1f} dB "
        f"of {way['class_loss_db']:g} dB"
    )


def microwave_document(a: str, b: str, hop: Hop, assumed: Sequence[str]) -> dict[str, Any]:
    """Return a hop as plain data."""
    tight = hop.clearance
    return {
        "a_site": a,
        "b_site": b,
        "distance_km": round(hop.distance_km, 4),
        "freq_ghz": hop.radio.freq_ghz,
        "free": bool(tight.free),
        "line_of_sight": bool(tight.line_of_sight),
        "obstacle": {
            "at_km": round(float(tight.at_km), 4),
            "height_amsl_m": round(float(tight.obstacle_m), 2),
            "clearance_m": round(float(tight.clearance_m), 2),
            "fresnel_radius_m": round(float(tight.radius_m), 2),
            "missing_m": round(float(tight.missing_m), 2),
        },
        "free_space_db": round(hop.free_space_db, 2),
        "gas_db": round(hop.gas_db, 3),
        "obstruction_db": round(hop.obstruction_db, 2),
        "received_dbm": round(hop.received_dbm, 2),
        "threshold_dbm": hop.radio.threshold_dbm,
        "fade_margin_db": round(hop.fade_margin_db, 2),
        "rain_loss_001_db": round(hop.rain.loss_001_db, 2),
        "rain_outage_percent": hop.rain_outage_percent,
        "multipath_outage_percent": hop.multipath_outage_percent,
        "availability_percent": hop.availability_percent,
        "minutes_down_per_year": round(hop.minutes_down_per_year, 1),
        "faults": list(hop.faults),
        "assumed": list(assumed),
    }


def microwave_text(document: Mapping[str, Any]) -> str:
    """Return the answer about a hop for reading."""
    place = document["obstacle"]
    lines = [
        (
            f"{document['a_site']} - {document['b_site']}: {document['distance_km']:.2f} km at "
            f"{document['freq_ghz']:g} GHz"
        ),
        (
            f"  fade margin {document['fade_margin_db']:.1f} dB ({document['received_dbm']:.1f} dBm, "
            f"threshold {document['threshold_dbm']:g} dBm)"
        ),
        (
            f"  available {document['availability_percent']:.4f} % of a year, "
            f"{document['minutes_down_per_year']:.0f} minutes down; rain takes "
            f"{document['rain_loss_001_db']:.1f} dB in 0.01 % of it"
        ),
        f"  tightest at {place['at_km']:.2f} km: {place['clearance_m']:+.1f} m, first Fresnel "
        f"radius {place['fresnel_radius_m']:.1f} m" + ("; free" if document["free"] else ""),
        *(f"  FAIL {fault}" for fault in document["faults"]),
        *(f"! assumed: {words}" for words in document["assumed"]),
    ]
    return "\n".join(lines)
