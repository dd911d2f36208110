"""Network maps of a project as pages: what every failure costs, and what one takes away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .. import __version__
from ..maps.network_map import network_map
from ..maps.network_page import failures_page, fall_page
from ..topology.project import Project
from .failures_document import every_single_failure
from .fall_document import Fall

__all__ = ["failures_map", "fall_map"]


def _facts(project: Project) -> dict[str, Any]:
    settings = project.settings
    return {
        "name": settings.name,
        "name_en": settings.name_en or settings.name,
        "timezone": settings.timezone,
        "review_number": settings.review_number or None,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": __version__,
    }


def failures_map(
    project: Project, document: Mapping[str, Any], *, plan: str = "", language: str
) -> str:
    """Return the page of what every failure takes away.

    Parameters
    ----------
    document
        See :func:`.failures_document`, made with the same plan.
    language
        In which the page opens.
    """
    singles = every_single_failure(project, plan)
    shown = network_map(project.network(), singles, facts=_facts(project))
    return failures_page(shown, document, language)


def fall_map(project: Project, fall: Fall, *, language: str) -> str:
    """Return the page of what one failure takes away; ``language`` is in which it opens."""
    shown = network_map(project.network(), fall.singles, facts=_facts(project))
    return fall_page(shown, fall.document, fall.features, language)
