"""What a scenario's failures do to the radio: which sites go dark, and with them which people.

A radio site is dark when it fails, when its room is cut off, or when a failure takes all of its
transmitters. What dark sites cost is counted on the pixels that each serves
(:mod:`ngbw.coverage.impact`) and kept, so that a check on the same tables asks only once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...topology.errors import InputError
from ...topology.failures.outage import outage
from ...topology.metrics import Item
from .failure_cases import cases_of, gone, served_by
from .file_model import Failure
from .study import Sites, Study

__all__ = ["Dark", "dark_cases"]


@dataclass(frozen=True, slots=True)
class Dark:
    """What one failure takes from the radio.

    Attributes
    ----------
    item
        The failure, with what it does as its note.
    people, area_km2
        Residents and area that are served before and not after.
    places
        Names of the important places among them.
    sites
        Radio sites that are dark.
    """

    item: Item
    people: float
    area_km2: float
    places: tuple[str, ...]
    sites: tuple[str, ...]


def _dark_sites(
    study: Study, radio: Sequence[str], ids: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the radio sites that a failure darkens, and those that only lose transmitters."""
    served = served_by(study, radio)
    links, sites = gone(study, served, ids)
    names = served.graph.node_ids
    wanted = set(radio)
    dark = {names[n] for n in outage(served, links=links, sites=sites).dark} & wanted
    if all(name.startswith(("links:", "sites:")) for name in ids):
        return tuple(sorted(dark)), ()  # a link carries no transmitter; a site takes all of its own
    before, after = study.network.cells, study.after(tuple(ids)).network.cells
    lost = set(before.loc[~before["cell_id"].isin(after["cell_id"]), "site_id"]) & wanted
    weaker = (lost & set(after["site_id"])) - dark
    return tuple(sorted(dark | (lost - weaker))), tuple(sorted(weaker))


def _key(dark: Sequence[str], weaker: Sequence[str], ids: Sequence[str]) -> str:
    # Which transmitters are left depends on what failed; for dark sites it does not matter.
    return "|".join([",".join(dark), ",".join(weaker), ",".join(ids) if weaker else ""])


def dark_cases(study: Study, failure: Failure, sites: Sites, service: str) -> list[Dark]:
    """Return what each failure of a scenario takes from the radio, the worst first.

    Raises
    ------
    InputError
        Nothing says where service comes from, or the failures are too many.
    """

    def compute() -> list[Dark]:
        radio = study.radio_sites(sites, service)
        if not radio:
            raise InputError("there is no radio site that could go dark")
        cases = cases_of(study, failure)
        hit = [_dark_sites(study, radio, case.ids) for case in cases]
        wanted = {
            _key(dark, weaker, case.ids): (dark, weaker, case.ids)
            for case, (dark, weaker) in zip(cases, hit, strict=True)
        }
        known = study.kept(
            {"what": "dark", "sites": radio, "service": service, "cases": sorted(wanted)},
            lambda: _effects(study, radio, service, wanted),
        )
        out = []
        for case, (dark, weaker) in zip(cases, hit, strict=True):
            effect = known[_key(dark, weaker, case.ids)]
            places = tuple(effect["places"])
            named = f" ({', '.join(places[:3])}{', ...' if len(places) > 3 else ''})"
            note = (
                f"{effect['people']:,.0f} residents, {effect['area_km2']:.2f} km2 and "
                f"{len(places)} places{named if places else ''} lose radio service, "
                f"{len(dark)} of {len(radio)} sites dark"
            )
            out.append(
                Dark(replace(case.item, note=note), effect["people"], effect["area_km2"], places,
                     dark)
            )  # fmt: skip
        return sorted(out, key=lambda dark: (-dark.people, -len(dark.places)))

    key = ("dark", failure.kind, failure.count, failure.shared_m, failure.area, failure.ids)
    return study.once((*key, sites, service), compute)


def _effects(
    study: Study,
    radio: Sequence[str],
    service: str,
    wanted: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]],
) -> dict[str, Any]:
    from ...coverage.impact import radio_impact

    network, settings = study.network, study.project.settings
    impact, _ = radio_impact(
        network, settings, radio, service_id=service, cache_directory=study.cache,
        progress=study.progress,
    )  # fmt: skip
    out: dict[str, Any] = {}
    for key, (dark, weaker, ids) in wanted.items():
        still: Mapping[str, Any] = {}
        if weaker:
            left = study.after(ids).network
            _, still = radio_impact(
                network, settings, (), service_id=service, changed=(left, weaker),
                cache_directory=study.cache, progress=study.progress,
            )  # fmt: skip
        found = impact.of(dark, weaker=still)
        out[key] = {
            "people": found.people,
            "area_km2": found.area_km2,
            "places": [place.name_en or place.name for place in found.places],
        }
    return out
