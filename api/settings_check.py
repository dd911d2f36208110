"""Check what the settings say of services, propagation and fibre before a plan trips over it."""

from __future__ import annotations

from collections.abc import Callable

from ..coverage.propagation import model_from_settings
from ..coverage.services import service_from_settings
from ..topology.errors import Problem, UsageError
from ..topology.fibre.cost import cost_model
from ..topology.project import Project
from ..topology.settings import SETTINGS_FILE

__all__ = ["settings_problems"]


def settings_problems(project: Project) -> list[Problem]:
    """Return every service, model or cost that a plan would refuse."""
    settings = project.settings
    checks: list[Callable[[], object]] = [
        lambda: model_from_settings(settings.propagation),
        lambda: cost_model(settings.fibre),
    ]
    for service_id in settings.services:

        def check(service_id: str = service_id) -> None:
            service = service_from_settings(settings, service_id)
            model_from_settings(settings.propagation).check_frequency(service.freq_mhz.value)

        checks.append(check)
    problems = []
    for check_it in checks:
        try:
            check_it()
        except UsageError as error:
            words = str(error).removeprefix(f"{SETTINGS_FILE}: ")
            rule, _, fix = words.partition("; ")
            problem = Problem("error", SETTINGS_FILE, "settings", None, None, "", rule, fix)
            if problem not in problems:
                problems.append(problem)
    return problems
