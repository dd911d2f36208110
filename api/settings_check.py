"""Check what the settings say of services, propagation and fibre before a plan trips over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..coverage.grid import Grid
from ..coverage.measured.applied import calibration_from_settings
from ..coverage.propagation import PropagationModel, model_from_settings, needs_surface
from ..coverage.service_settings import service_from_settings
from ..coverage.surface.settings import surface_settings
from ..coverage.surface_model import Surface
from ..topology.errors import Problem, SettingError, UsageError
from ..topology.fibre.cost import cost_model
from ..topology.project import Project
from ..topology.settings import SETTINGS_FILE

__all__ = ["settings_problems"]


def _model(propagation: Mapping[str, Any]) -> PropagationModel:
    """Return the model, over a surface of one pixel where it needs one."""
    if not needs_surface(propagation):
        return model_from_settings(propagation)
    flat = np.zeros((1, 1), np.float32)
    return model_from_settings(
        propagation, Surface(Grid("EPSG:32651", 0.0, 0.0, 25.0, 1, 1), flat, flat, "none")
    )


def _surface(project: Project) -> None:
    """Check ``[surface]``, and that the files it names are there."""
    for name in surface_settings(project.settings.surface).files:
        if not (project.directory / name).is_file():
            raise SettingError(
                f"{SETTINGS_FILE}: surface names {name}, which is not in the project; put it there "
                "or leave the setting out"
            )


def settings_problems(project: Project) -> list[Problem]:
    """Return every service, model or cost that a plan would refuse."""
    settings = project.settings
    checks: list[Callable[[], object]] = [
        lambda: _model(settings.propagation),
        lambda: _surface(project),
        lambda: cost_model(settings.fibre),
    ]
    for service_id in settings.services:

        def check(service_id: str = service_id) -> None:
            service = service_from_settings(settings, service_id)
            _model(settings.propagation).check_frequency(service.freq_mhz.value)
            calibration_from_settings(settings, service_id)

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
