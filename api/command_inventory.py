"""``ngbw import PROJECT devices|samples --from``: other monitoring systems as a source."""

from __future__ import annotations

import json as json_text
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from ..topology.errors import FileError, SurroundingsError, UsageError
from .command_topology import import_network
from .store_place import project_store
from .terminal import say, show_json, tell

__all__ = ["IMPORT_TOKEN", "import_devices", "import_samples"]

IMPORT_TOKEN = "NGBW_IMPORT_TOKEN"  # noqa: S105  # the variable's name
"""Environment variable with the token of the API that is imported from."""

_TOKEN_BYTES = 10_000
_SAMPLES = ("librenms", "zabbix")


def _token(file: Path | None) -> str:
    if file is None:
        token = os.environ.get(IMPORT_TOKEN, "")
        if not token:
            raise UsageError(f"an API needs a token; set {IMPORT_TOKEN} or give --token-file FILE")
    else:
        try:
            with file.open("rb") as opened:
                token = opened.read(_TOKEN_BYTES).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SurroundingsError(f"the token file {file} cannot be read: {error}") from None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("the token is not one word of plain characters; check its file")
    return token


def _asked(source: str, files: list[Path], url: str, token_file: Path | None) -> Any:
    """Return the document of an API, or of a file; None for a directory of exports."""
    from ..probes.inventory import SOURCES, fetch
    from ..topology.exchange.documents import read_json

    if source not in SOURCES:
        raise UsageError(f"--from is {source!r}; use one of {', '.join(SOURCES)}")
    if bool(url) == bool(files) or len(files) > 1:
        raise UsageError("give one FILE that was exported, or --url of the API")
    if url:
        return fetch(source, url, _token(token_file))
    if token_file is not None:
        raise UsageError("--token-file has no meaning for a file; leave it out")
    return None if files[0].is_dir() else read_json(files[0], f"{source} JSON")


def import_devices(
    project: Path, files: list[Path], *, source: str, url: str, token_file: Path | None,
    site_id: str, crs: str, replace: bool, dry_run: bool, fail_on_warning: bool, json: bool,
) -> int:  # fmt: skip
    """Import devices, ports and what links are known from another monitoring system."""
    document = _asked(source, files, url, token_file)
    if document is None:
        if site_id:
            raise UsageError("--set site_id has no meaning for NetBox, whose devices have a site")
        return import_network(
            project, files[0], form=source, crs=crs, replace=replace, dry_run=dry_run,
            fail_on_warning=fail_on_warning, json=json,
        )  # fmt: skip
    if site_id:
        if source == "netbox":
            raise UsageError("--set site_id has no meaning for NetBox, whose devices have a site")
        if not isinstance(document, dict):
            raise FileError(f"{files[0].name} is no list of {source}")
        document = document | {"default_location": site_id}
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / (files[0].name if files else f"{source}.json")
        file.write_text(json_text.dumps(document), encoding="utf-8")
        return import_network(
            project, file, form=source, crs=crs, replace=replace, dry_run=dry_run,
            fail_on_warning=fail_on_warning, json=json,
        )  # fmt: skip


def import_samples(
    project: Path, files: list[Path], *, source: str, url: str, token_file: Path | None,
    dry_run: bool, json: bool,
) -> int:  # fmt: skip
    """Keep what another monitoring system measured last, under its name."""
    from ..probes.inventory import keep_cycles, librenms_cycles, zabbix_cycles
    from ..topology.project import open_project

    if source not in _SAMPLES:
        raise UsageError(f"--from is {source!r}; samples come from {' or '.join(_SAMPLES)}")
    opened = open_project(project)
    document = _asked(source, files, url, token_file)
    if not isinstance(document, dict):
        raise FileError(f"{files[0].name if files else url} is no list of {source}")
    read = librenms_cycles if source == "librenms" else zabbix_cycles
    cycles = read(document, time.time())
    planned = set(opened.table("devices")["device_id"])
    strangers = [cycle.device_id for cycle in cycles if cycle.device_id not in planned]
    kept = [cycle for cycle in cycles if cycle.device_id in planned]
    samples = 0
    if not dry_run:
        store = project_store(opened)
        try:
            samples = keep_cycles(store.samples, kept)
        finally:
            store.close()
    if json:
        show_json({"devices": len(kept), "samples": samples, "unknown_devices": strangers,
                   "source": source, "written": not dry_run})  # fmt: skip
        return 0
    if strangers:
        tell(f"  {len(strangers)} devices are not in the project and were left out: "
             f"{', '.join(strangers[:5])}; import them first: ngbw import {project} devices "
             f"--from {source}")  # fmt: skip
    say("nothing written (--dry-run)" if dry_run else
        f"{samples} samples of {len(kept)} devices, source {source}")  # fmt: skip
    return 0
