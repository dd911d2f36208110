"""Write ``docs/reference.md`` from the program itself, so that it cannot be out of date.

Run as ``python -m ngbw.api.reference FILE``; a test compares the committed page with this one.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..coverage.measured.project_logs import LOGS
from ..coverage.propagation import MODELS, PARAMETERS
from ..coverage.service_settings import (
    NETWORK_SETTINGS,
    SERVICE_SETTINGS,
    TRANSMITTER_SETTINGS,
    UPLINK_SETTINGS,
)
from ..coverage.surface.settings import SURFACE_SETTINGS
from ..probes.service.metric_settings import METRIC_SETTINGS, REMOTE_WRITE_SETTINGS
from ..probes.service.settings import CREDENTIAL_SETTINGS, PROBE_SETTINGS
from ..topology.errors import EXIT_CODES
from ..topology.project import Project
from ..topology.schema import Table
from ..topology.settings import PLAN_SETTINGS, SETTINGS, Settings
from ..topology.tables import TABLES
from .cli import DEFECT, STOPPED, app

__all__ = ["ENVIRONMENT", "reference"]

ENVIRONMENT: dict[str, str] = {
    "NGBW_CACHE_DIR": "directory for path-loss layers and machine code; `~/.cache/ngbw` otherwise",
    "NGBW_SECRET_KEYS": "keys that seal a project's secrets, separated by commas; the first seals",
    "NGBW_SECRET_KEYS_FILE": "file of such keys, readable by its owner alone",
    "NGBW_IMPORT_TOKEN": "token of the API that `ngbw import ... --url` asks",
    "NGBW_SHARED": "where the outside test data lies (see vectors.md); `../shared` otherwise",
    "NGBW_SNMP_AUTH": "authentication password of the user that `--user` names",
    "NGBW_SNMP_PRIV": "encryption password of that user",
    "NGBW_STORE_URL": "`postgresql://...` of the database for what is measured; a file otherwise",
    "NGBW_TEST_REQUIRE_ALL": "1 turns skipped tests into failures",
    "NO_COLOR": "set to switch colours off",
}
"""Every environment variable that ngbw or its tests read."""

_HEAD = """\
# Reference

Written by `python -m ngbw.api.reference docs/reference.md`; edit the program, not this page.
"""


def _parameters(verb: Any) -> Iterator[tuple[str, str]]:
    """Yield the name and help of each argument and option of a verb."""
    for name, parameter in inspect.signature(verb, eval_str=True).parameters.items():
        info = next((x for x in getattr(parameter.annotation, "__metadata__", ()) if x), None)
        if info is None:
            continue
        # In Annotated, typer keeps the first name of an option where a default would stand.
        names = [getattr(info, "default", None), *(getattr(info, "param_decls", None) or ())]
        declared = [text for text in names if isinstance(text, str) and text.startswith("-")]
        if type(info).__name__ == "ArgumentInfo":
            yield f"`{name.upper()}`", info.help or ""
        else:
            shown = " ".join(f"`{text}`" for text in declared)
            yield shown or f"`--{name.replace('_', '-')}`", info.help or ""


def _group_name(group: Any) -> str:
    """Return a group's name, wherever it was given."""
    return group.name if isinstance(group.name, str) else str(group.typer_instance.info.name)


def _verbs() -> Iterator[str]:
    yield "## Verbs\n"
    yield "Every verb takes `--json`, except `serve`: one document on stdout, remarks on stderr.\n"
    groups = [("", app), *((f"{_group_name(g)} ", g.typer_instance) for g in app.registered_groups)]
    commands = [(group, command) for group, verbs in groups if verbs is not None
                for command in verbs.registered_commands]  # fmt: skip
    for group, command in commands:
        verb = command.callback
        if verb is None:
            continue
        name = group + (command.name or verb.__name__)
        yield f"### ngbw {name}\n"
        yield inspect.cleandoc(verb.__doc__ or "") + "\n"
        yield "| | |\n|---|---|"
        for shown, words in _parameters(verb):
            yield f"| {shown} | {words} |"
        yield ""


def _endpoints() -> Iterator[str]:
    from .http import create_app  # late: the web parts are an extra

    yield "## Endpoints\n"
    yield "`ngbw serve PROJECT`; errors are problem+json (RFC 9457). `?plan=` chooses a plan.\n"
    yield "| path | meaning | parameters |\n|---|---|---|"
    nowhere = Project(Path(), Settings(name="", headline_service="", crs="EPSG:32651"))
    for path, methods in create_app(nowhere).openapi()["paths"].items():
        for method, operation in methods.items():
            names = ", ".join(f"`{p['name']}`" for p in operation.get("parameters", ()))
            yield f"| {method.upper()} `{path}` | {operation['summary']} | {names} |"
    yield ""


def _columns(table: Table) -> Iterator[str]:
    yield "| column | meaning | rule |\n|---|---|---|"
    for column in table.columns:
        name = f"**{column.name}**" if column.required else column.name
        rule = column.rule()
        if column.references:
            rule += f"; an id of {column.references}"
        if column.default is not None:
            rule += f"; {column.default} when empty"
        yield f"| {name} | {column.description} | {rule} |"
    yield ""


def _tables() -> Iterator[str]:
    yield "## Tables\n"
    yield (
        "A table is a file of the project: `NAME.csv`, or `NAME.geojson` for lines and polygons; "
        "`[tables]` in `ngbw.toml` names another file. Bold columns must be filled in.\n"
    )
    for table in TABLES.values():
        yield f"### {table.name}\n"
        yield f"{table.description}. File: `{table.file_name}`; key: `{table.key}`.\n"
        yield from _columns(table)
    yield "## Logs of measurements\n"
    yield f"{LOGS.description} ([measurements](measurements.md)). File: `{LOGS.file_name}`.\n"
    yield from _columns(LOGS)


def _components() -> Iterator[str]:
    from ..topology.availability.components import COMPONENT_COLUMNS, COMPONENTS

    yield "## Component table\n"
    yield (
        "How often equipment fails: a CSV or spreadsheet that a scenario names "
        "(`availability: {component_table: mtbf.csv}`). A row takes the place of a built-in class; "
        "a row without figures says that the class is unknown. Unavailability is MTTR / (MTBF + "
        "MTTR), with MTBF = 10^9 / FIT, or 1 - availability. A row of a model goes before the class "
        "of the device's role.\n"
    )
    yield "| column | meaning |\n|---|---|"
    yield from (f"| {name} | {words} |" for name, words in COMPONENT_COLUMNS.items())
    yield ""
    yield "Built-in classes; every figure is assumed.\n"
    yield "| component | per | unavailability | source |\n|---|---|---|---|"
    for component in COMPONENTS.values():
        per = "km" if component.per_km else "each"
        figure = component.unavailability
        value, source = (
            ("unknown", "") if figure is None else (f"{figure.value:.3g}", figure.source)
        )
        yield f"| `{component.name}` | {per} | {value} | {source} |"
    yield ""


def _part(heading: str, settings: Mapping[str, str]) -> list[str]:
    rows = [f"| {name} | {words} |" for name, words in settings.items()]
    return ["", f"### {heading}", "", "| setting | meaning |", "|---|---|", *rows]


def _parts_of_settings() -> Iterator[str]:
    """Yield what stands below the top level of ``ngbw.toml``."""
    for model, parameters in PARAMETERS.items():
        if parameters:
            yield from _part(f'[propagation] with model = "{model}"', parameters)
    yield from _part("[plan]", PLAN_SETTINGS)
    yield from _part('[surface], for model = "p1812"', SURFACE_SETTINGS)
    yield from _part("[services.ID]", SERVICE_SETTINGS)
    yield from _part("[services.ID.uplink]", UPLINK_SETTINGS)
    yield from _part("[services.ID.network]", NETWORK_SETTINGS)
    yield from _part("[transmitters.NAME]", TRANSMITTER_SETTINGS)
    yield from _part("[probes]", PROBE_SETTINGS)
    yield from _part("[[probes.credentials]]", CREDENTIAL_SETTINGS)
    yield from _part("[probes.metrics]", METRIC_SETTINGS)
    yield from _part("[probes.remote_write]", REMOTE_WRITE_SETTINGS)


def _alarm_settings() -> Iterator[str]:
    """Yield what stands in ``alarms.toml``."""
    from ..probes.alarms.alarm_types import ALARM_TYPES
    from ..probes.alarms.rule_settings import (
        GROUP_SETTINGS,
        RULE_SETTINGS,
        TOP_SETTINGS,
        TYPE_SETTINGS,
    )
    from ..probes.notify.channel_file import (
        CHANNEL_KINDS,
        CHANNEL_SETTINGS,
        NOTIFY_SETTINGS,
        ROUTE_SETTINGS,
    )

    yield "## Alarms\n"
    yield "`alarms.toml` in the project directory; it need not exist ([alarms](alarms.md)).\n"
    yield "| setting | meaning |\n|---|---|"
    yield from (f"| {name} | {words} |" for name, words in TOP_SETTINGS.items())
    yield from _part("A rule, such as [defaults.TYPE]", RULE_SETTINGS)
    yield from _part("[groups.NAME]", GROUP_SETTINGS)
    yield from _part("[types.NAME]", TYPE_SETTINGS)
    yield from _part("[notify]", NOTIFY_SETTINGS)
    yield from _part("[channels.NAME]", CHANNEL_SETTINGS)
    yield from _part("[routes.NAME]", ROUTE_SETTINGS)
    yield "\n| kind of channel | meaning |\n|---|---|"
    yield from (f"| {name} | {words} |" for name, words in CHANNEL_KINDS.items())
    yield "\n| alarm type | figure | bad | event type | probable cause |\n|---|---|---|---|---|"
    for one in ALARM_TYPES.values():
        figure = f"`{one.figure}`" if one.figure else "inferred"
        yield (
            f"| {one.name} | {figure} | {one.direction} | {one.event_type} | {one.probable_cause} |"
        )
    yield ""


def reference() -> str:
    """Return the whole page."""
    lines = [_HEAD, "## Exit codes\n", "| code | meaning |\n|---|---|"]
    lines += [f"| {code} | {words} |" for code, words in EXIT_CODES.items()]
    beside = (
        f"{STOPPED} is Ctrl-C, {DEFECT} a defect of ngbw with its traceback. Where a target is "
        "missed and proof is missing too, 4 wins. With `--fail-on-warning` the work is done all "
        "the same."
    )
    lines += ["", beside]
    lines += ["", *_verbs()]
    lines += _endpoints()
    lines += ["## Settings\n", "`ngbw.toml` in the project directory.\n"]
    lines += ["| setting | meaning |\n|---|---|"]
    lines += [f"| {name} | {words} |" for name, words in SETTINGS.items()]
    lines += [*_parts_of_settings()]
    models = ", ".join(f"`{name}`" for name in MODELS)
    lines += ["", f"Propagation models: {models}.", ""]
    lines += _alarm_settings()
    lines += ["## Environment\n", "| variable | meaning |\n|---|---|"]
    lines += [f"| {name} | {words} |" for name, words in ENVIRONMENT.items()]
    lines += ["", *_tables(), *_components()]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
