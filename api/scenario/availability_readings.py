"""Readings of availability: minutes a year without service, by site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...topology.errors import FileError, InputError, TableError
from ...topology.metrics import Reading, cannot_tell
from .network_readings import roots_unknown
from .study import Study, table_item

if TYPE_CHECKING:
    from ...topology.availability.report import AvailabilityReport

__all__ = ["AVAILABILITY_METRICS", "read_availability"]

AVAILABILITY_METRICS = ("site.minutes_down_per_year.max", "site.minutes_down_per_year.mean")
"""Metrics of this module."""

_TOP = 20


def _report(study: Study, component_table: Path | None) -> AvailabilityReport:
    def compute() -> AvailabilityReport:
        # Late: its kernels are compiled, and a check of structure alone must not wait for that.
        from ...topology.availability.components import COMPONENTS, read_components
        from ...topology.availability.report import availability_of

        components = (
            COMPONENTS
            if component_table is None
            else read_components(component_table, models=study.project.table("devices")["model"])
        )
        roots = study.project.settings.network_roots or None
        return availability_of(study.network, roots=roots, components=components)

    return study.once(("availability", component_table), compute)


def read_availability(study: Study, metric: str, component_table: Path | None = None) -> Reading:
    """Return an availability metric, by a component table or the built-in one.

    Raises
    ------
    MissingError, FileError, TableError
        The component table does not exist, is no table or breaks its rules.
    """
    if not len(study.network.links):
        return cannot_tell(metric)
    try:
        if guessed := roots_unknown(study):
            return cannot_tell(metric, guessed)
        report = _report(study, component_table)
    except (FileError, TableError):
        raise  # a table that is wrong is no reason why a figure cannot be told
    except InputError as error:
        return cannot_tell(metric, str(error))
    known = [site for site in report.sites if site.minutes_a_year is not None]
    unknown = [site for site in report.sites if site.minutes_a_year is None]
    if unknown or not known:
        first = f"; {unknown[0].site_id}: {unknown[0].reason}" if unknown else ""
        missing = f"no figure for {', '.join(report.unknown_components) or 'any component'}"
        return cannot_tell(
            metric, f"{len(unknown)} of {len(report.sites)} sites are unknown ({missing}){first}"
        )
    minutes = [site.minutes_a_year for site in known if site.minutes_a_year is not None]
    items = tuple(
        table_item(
            study, "sites", site.site_id,
            note=f"{site.minutes_a_year:,.1f} minutes a year ({site.method}), "
            f"{site.people:,.0f} residents",
        )
        for site in known[:_TOP]
    )  # fmt: skip
    value = max(minutes) if metric.endswith(".max") else sum(minutes) / len(minutes)
    table = "the built-in component table" if component_table is None else component_table.name
    return Reading(
        metric, value, origin="predicted", source=f"closed form, {table}",
        assumed=report.assumed_components, worst=items,
    )  # fmt: skip
