"""The lower half of the legend: what every figure of the map rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import figures
from .bilingual import Both, both, listed, named, phrase, raw, say, word
from .notices import is_near_in

__all__ = ["facts", "model_limits"]


def _percent(value: float) -> str:
    return f"{value * 100:.10g}%"


def _measure(unit: str, value: float | None, digits: int) -> Both:
    if value is None:
        return both(figures.unknown)
    return both(
        lambda language: say(
            f"unit.{unit}", value=figures.number(value, language, digits)
        ).in_language(language)
    )


def _people(value: float | None) -> Both:
    return both(lambda language: figures.people_in_prose(value, language))


def _joined(parts: list[Both]) -> Both:
    return Both("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _quality(run: Mapping[str, Any]) -> Both:
    """Say which figures were assumed, or that none was."""
    parts = []
    service = run["service"].get("assumed") or ()
    if service:
        parts.append(say("legend.quality_service", figures=listed("figure", service)))
    table = run["sites"]["table"]
    count = sum(1 for site in table if site.get("assumed"))
    if count:
        parts.append(say("legend.quality_sites", count=count, total=len(table)))
    return _joined(parts) if parts else say("legend.quality_all_given")


def model_limits(run: Mapping[str, Any]) -> list[tuple[Both, Both]]:
    """Return who is served beside the model or outside its range, as pairs of name and value."""
    beside: list[Both] = []
    outside: list[Both] = []
    for reason, residents in (run["coverage"].get("outside_model") or {}).items():
        near_in = is_near_in(run, reason)
        part = say(
            "legend.outside_model_value",
            reason=word("outside", "near-in" if near_in else reason),
            people=_people(residents),
        )
        (beside if near_in else outside).append(part)
    found = (("beside_model", beside), ("outside_model", outside))
    return [(say(f"legend.{name}"), _joined(parts)) for name, parts in found if parts]


def _titled(found: list[tuple[str, Both]]) -> list[tuple[Both, Both]]:
    return [(say(f"legend.{name}"), value) for name, value in found]


def facts(run: Mapping[str, Any]) -> list[tuple[Both, Both]]:
    """Return what the map rests on, as pairs of name and value."""
    project, service, coverage = run["project"], run["service"], run["coverage"]
    median, sigma = service.get("entry_loss_db"), service.get("entry_sigma_db")
    entry = say(
        "legend.entry_loss_value",
        median=both(lambda language: figures.number(median, language, 1)),
        sigma=both(lambda language: figures.number(sigma, language, 1)),
    )
    required = service.get("required_probability")
    year = coverage.get("census_year")
    model_valid = run["model"].get("valid")
    model = [
        ("service", named(service.get("name"), service.get("name_en"))),
        ("model", phrase(run["model"].get("title") or run["model"]["name"])),
        ("model_valid", phrase(model_valid) if model_valid else both(figures.unknown)),
    ]
    figures_used = [
        ("frequency", _measure("mhz", service.get("freq_mhz"), 1)),
        ("minimum_field", _measure("dbuv_m", service.get("minimum_field_dbuv_m"), 1)),
        ("entry_loss", entry),
        (
            "required_probability",
            both(figures.unknown) if required is None else raw(_percent(required)),
        ),
        ("planning_field", _measure("dbuv_m", service.get("planning_field_dbuv_m"), 1)),
        ("receiver_height", _measure("m", service.get("rx_height_m"), 1)),
        ("census_year", both(figures.unknown) if year is None else raw(year)),
        ("data_quality", _quality(run)),
        ("grid", _measure("m", project.get("grid_m"), 0)),
        ("crs", raw(project["crs"])),
        (
            "date",
            both(
                lambda language: figures.moment(
                    run["created"], project.get("timezone") or "UTC", language
                )
            ),
        ),
        ("source", say("legend.source_value", version=run.get("version") or "?")),
        ("run", raw(run.get("id") or "—")),
        (
            "review",
            raw(project["review_number"])
            if project.get("review_number")
            else say("legend.review_none"),
        ),
    ]
    return [*_titled(model), *model_limits(run), *_titled(figures_used)]
