"""The settings of a project: what ``ngbw.toml`` says, checked.

The file is small on purpose. Services keep their figures as
``{value = 48.9, source = "...", assumed = true}`` so that every number that is shown can say
where it comes from; :mod:`ngbw.coverage.services` gives them their meaning.
"""

from __future__ import annotations

import math
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import FileError, MissingError, SettingError
from .named_files import is_plain_file_name
from .nearest_word import nearest
from .tables import TABLES

__all__ = [
    "FORMAT",
    "PLAN_SETTINGS",
    "SETTINGS",
    "SETTINGS_FILE",
    "Figure",
    "Settings",
    "nearest",
    "read_settings",
]

FORMAT = 1
"""The newest project format this release reads and writes."""

SETTINGS_FILE = "ngbw.toml"

_SETTINGS_MAX_BYTES = 1_000_000

SETTINGS: dict[str, str] = {
    "format": "version of the project's layout; ngbw migrate raises it",
    "name": "name of the project in the district's language",
    "name_en": "name in English",
    "language": "zh-CN or en: language of reports and of the page that opens first",
    "timezone": "IANA zone in which times are shown; they are stored in UTC",
    "crs": "projected coordinate system in metres for all computation, as EPSG:n",
    "grid_m": "side of a coverage pixel in metres, 5 to 200",
    "headline_service": "service by which the coverage share and the plan are judged",
    "census_year": "year of the resident count; shown beside every share of residents",
    "review_number": "number under which the map was approved for publication (审图号)",
    "tables": "file of a table, where it is not TABLE.csv or TABLE.geojson",
    "network": "roots: ids of the sites that service comes from, where it is not the head-ends",
    "plan": "sites (budget of a plan), share (target for the headline service, 0..1), unit_cost and "
    "phases",
    "propagation": "model and its parameters",
    "calibration": "offset and sigma per service, found by ngbw calibrate --apply",
    "surface": "ground, buildings and land cover over which the model p1812 runs",
    "services": "radio services: frequency, fields, entry loss, and their transmitter",
    "transmitters": "what a site is equipped with when its tables do not say; pattern is an antenna "
    "as in cells.antenna",
    "store": "days for which samples are kept: raw_days, five_minute_days, hour_days, day_days",
    "fibre": "costs of duct and cable per km, each with its source, and the unit of money",
    "probes": "networks that may be polled, credentials, intervals",
}
"""Every top-level setting and what it means; the documentation lists them."""

PLAN_SETTINGS: dict[str, str] = {
    "sites": "at most so many sites, standing ones included (40)",
    "share": "share of residents that the headline service should reach, 0 to 1 (0.90)",
    "unit_cost": "money (in fibre.unit) that 1 in sites.cost stands for, as { value, source, "
    "assumed }; without it sites.cost is money itself",
    "phases": "sites that are built in each phase, in order: 2015 = 12, 2016 = 14, 2017 = 14; "
    "standing ones count in the first, the last takes what a plan has more",
}
"""Every setting of ``[plan]`` and what it means."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it rests on."""

    value: float
    source: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``ngbw.toml`` says.

    Attributes
    ----------
    plan_sites
        Budget of a plan: at most so many sites.
    plan_share
        Share of the headline service's weight that must be served, 0..1.
    plan_unit_cost
        Money that 1 in ``sites.cost`` stands for; None where that is money itself.
    plan_phases
        Sites that each phase adds, in order; empty for a plan without phases.
    network_roots
        Sites that service comes from; none when the kind of a site decides.
    tables
        Table name to file name, relative to the project.
    services
        Service id to its raw settings; ``transmitter`` is the transmitter's settings themselves.
    fibre
        Raw costs; :mod:`.fibre.cost` gives them their meaning.
    probes
        Raw settings of the poll service; :mod:`ngbw.probes.service.settings` reads them.
    store
        Raw days; :mod:`ngbw.probes.store.retention` gives them their meaning.
    """

    name: str
    headline_service: str
    crs: str
    timezone: str = "UTC"
    name_en: str = ""
    language: str = "zh-CN"
    grid_m: float = 25.0
    census_year: int | None = None
    review_number: str = ""
    plan_sites: int = 40
    plan_share: float = 0.90
    plan_unit_cost: Figure | None = None
    plan_phases: Mapping[str, int] = field(default_factory=dict)
    network_roots: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    propagation: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    surface: Mapping[str, Any] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fibre: Mapping[str, Any] = field(default_factory=dict)
    probes: Mapping[str, Any] = field(default_factory=dict)
    store: Mapping[str, Any] = field(default_factory=dict)

    def file_of(self, table: str) -> str:
        """Return the file name that holds the table."""
        return self.tables.get(table, TABLES[table].file_name)

    @property
    def surface_files(self) -> tuple[str, ...]:
        """Files of the project that ``[surface]`` names, in their order there."""
        named: list[Any] = []
        for setting in ("dem", "buildings", "land_cover"):
            given = self.surface.get(setting)
            named += given if isinstance(given, list) else [given]
        return tuple(name for name in named if is_plain_file_name(name))


def _take(
    raw: Mapping[str, Any], name: str, kind: type | tuple[type, ...], default: Any, rule: str
) -> Any:
    value = raw.get(name, default)
    wrong_bool = isinstance(value, bool) and kind is not bool
    if value is None or wrong_bool or not isinstance(value, kind):
        raise SettingError(f"{SETTINGS_FILE}: {name} is {value!r}; {rule}")
    return value


def _check_tables(raw: Mapping[str, Any]) -> dict[str, str]:
    tables: dict[str, str] = {}
    for table, file in raw.items():
        if table not in TABLES:
            raise SettingError(
                f"{SETTINGS_FILE}: [tables] names {table!r}, which is not a table"
                f"{nearest(table, TABLES)}; tables are {', '.join(TABLES)}"
            )
        if not isinstance(file, str) or Path(file).name != file or file.startswith("."):
            raise SettingError(
                f"{SETTINGS_FILE}: tables.{table} is {file!r}; give a plain file name that lies "
                "in the project directory"
            )
        tables[table] = file
    return tables


def _check_roots(raw: Mapping[str, Any]) -> tuple[str, ...]:
    for name in raw:
        if name != "roots":
            raise SettingError(f"{SETTINGS_FILE}: network.{name} is not a setting; use roots")
    roots = raw.get("roots", [])
    if not isinstance(roots, list) or not all(isinstance(root, str) and root for root in roots):
        raise SettingError(
            f"{SETTINGS_FILE}: network.roots is {roots!r}; give ids of sites, "
            'roots = ["YP-H1", "YP-H2"]'
        )
    return tuple(dict.fromkeys(roots))


def _unit_cost(raw: object) -> Figure:
    """Check the money that 1 in ``sites.cost`` stands for."""
    rule = 'write { value = 400000, source = "...", assumed = true }'
    if not isinstance(raw, Mapping) or set(raw) != {"value", "source", "assumed"}:
        raise SettingError(f"{SETTINGS_FILE}: plan.unit_cost is {raw!r}; {rule}")
    value, source, assumed = raw["value"], raw["source"], raw["assumed"]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not (math.isfinite(value) and value > 0):
        raise SettingError(
            f"{SETTINGS_FILE}: plan.unit_cost.value is {value!r}; give money above 0"
        )
    if not isinstance(source, str) or not isinstance(assumed, bool):
        raise SettingError(f"{SETTINGS_FILE}: plan.unit_cost needs a source and assumed; {rule}")
    return Figure(float(value), source, assumed)


def _phases(raw: Mapping[str, Any]) -> dict[str, int]:
    """Check the sites that each phase adds."""
    phases: dict[str, int] = {}
    for label, count in raw.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise SettingError(
                f"{SETTINGS_FILE}: plan.phases.{label} is {count!r}; give the number of sites that "
                "the phase builds"
            )
        phases[label] = count
    if raw and not sum(phases.values()):
        raise SettingError(
            f"{SETTINGS_FILE}: plan.phases builds no site; give numbers, or leave it out"
        )
    return phases


def _check_crs(text: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        raise SettingError(
            f"{SETTINGS_FILE}: crs is {text!r}, which is not a known coordinate system; give a "
            "projected one in metres, for Shanghai EPSG:32651"
        ) from None
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise SettingError(
            f"{SETTINGS_FILE}: crs is {text!r}, which is not projected in metres; for Shanghai "
            "use EPSG:32651"
        )
    return text


def _join_transmitters(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Put the transmitter that a service names into the service."""
    transmitters = _take(raw, "transmitters", dict, {}, "describe [transmitters.NAME]")
    services: dict[str, Mapping[str, Any]] = {}
    for service_id, service in raw["services"].items():
        if not isinstance(service, Mapping):
            raise SettingError(
                f"{SETTINGS_FILE}: services.{service_id} is {service!r}; describe it in "
                f"[services.{service_id}]"
            )
        named = service.get("transmitter")
        if not isinstance(named, str) or not isinstance(transmitters.get(named), Mapping):
            raise SettingError(
                f"{SETTINGS_FILE}: services.{service_id}.transmitter is {named!r}, which is not "
                f"one of [transmitters]{nearest(str(named), transmitters)}; it describes "
                f"{', '.join(transmitters) or 'none'}"
            )
        services[service_id] = {**service, "transmitter": transmitters[named]}
    return services


def parse_settings(raw: Mapping[str, Any]) -> Settings:
    """Check a parsed ``ngbw.toml``.

    Raises
    ------
    SettingError
        A setting is unknown, missing, of the wrong type or out of range, or the format is newer
        than this release.
    """
    for name in raw:
        if name not in SETTINGS:
            raise SettingError(
                f"{SETTINGS_FILE}: {name!r} is not a setting{nearest(name, SETTINGS)}; "
                f"settings are {', '.join(SETTINGS)}"
            )
    version = _take(raw, "format", int, None, f"write format = {FORMAT}")
    if version > FORMAT:
        raise SettingError(
            f"{SETTINGS_FILE}: format is {version}, this release reads up to {FORMAT}; "
            "install a newer ngbw"
        )
    if version < 1:
        raise SettingError(f"{SETTINGS_FILE}: format is {version}; run ngbw migrate")
    timezone = _take(raw, "timezone", str, "UTC", "give an IANA zone such as Asia/Shanghai")
    if timezone not in zoneinfo.available_timezones():
        raise SettingError(
            f"{SETTINGS_FILE}: timezone is {timezone!r}, which is not an IANA zone; "
            "for Shanghai write Asia/Shanghai"
        )
    language = _take(raw, "language", str, "zh-CN", "write zh-CN or en")
    if language not in ("zh-CN", "en"):
        raise SettingError(f"{SETTINGS_FILE}: language is {language!r}; write zh-CN or en")
    grid_m = float(_take(raw, "grid_m", (int, float), 25, "give metres, 5 to 200"))
    if not 5 <= grid_m <= 200:
        raise SettingError(f"{SETTINGS_FILE}: grid_m is {grid_m:g}; give metres, 5 to 200")
    services = _take(raw, "services", dict, None, "describe at least one service")
    headline = _take(raw, "headline_service", str, None, "name the service that is judged")
    if headline not in services:
        raise SettingError(
            f"{SETTINGS_FILE}: headline_service is {headline!r}, which [services] does not "
            f"describe{nearest(headline, services)}; it has {', '.join(services) or 'none'}"
        )
    plan = _take(raw, "plan", dict, {}, "write sites = 40 and share = 0.90 below it")
    for name in plan:
        if name not in PLAN_SETTINGS:
            raise SettingError(
                f"{SETTINGS_FILE}: plan.{name} is not a setting{nearest(name, PLAN_SETTINGS)}; "
                f"use {', '.join(PLAN_SETTINGS)}"
            )
    sites = _take(plan, "sites", int, 40, "plan.sites must be a whole number from 1 to 100000")
    share = _take(plan, "share", (int, float), 0.9, "plan.share must be a number from 0 to 1")
    if not 1 <= sites <= 100_000:
        raise SettingError(f"{SETTINGS_FILE}: plan.sites is {sites}; give 1 to 100000")
    if not 0 <= share <= 1:
        raise SettingError(
            f"{SETTINGS_FILE}: plan.share is {share}; give a share from 0 to 1, 0.90 for 90 %"
        )
    year = raw.get("census_year")
    if year is not None and (not isinstance(year, int) or not 1900 <= year <= 2100):
        raise SettingError(f"{SETTINGS_FILE}: census_year is {year!r}; give a year, 1900 to 2100")
    return Settings(
        name=_take(raw, "name", str, None, "give the project a name"),
        name_en=_take(raw, "name_en", str, "", "give the name as text"),
        language=language,
        timezone=timezone,
        crs=_check_crs(_take(raw, "crs", str, None, "give EPSG:n of a projected system")),
        grid_m=grid_m,
        headline_service=headline,
        census_year=year,
        review_number=_take(raw, "review_number", str, "", "give the number as text"),
        plan_sites=sites,
        plan_share=float(share),
        plan_unit_cost=_unit_cost(plan["unit_cost"]) if "unit_cost" in plan else None,
        plan_phases=_phases(_take(plan, "phases", dict, {}, "write 2015 = 12 below [plan.phases]")),
        network_roots=_check_roots(_take(raw, "network", dict, {}, "write roots = [...] below it")),
        tables=_check_tables(_take(raw, "tables", dict, {}, "name files, table = file")),
        propagation=_take(raw, "propagation", dict, {}, 'write model = "hata" below it'),
        calibration=_take(raw, "calibration", dict, {}, "see ngbw calibrate --apply"),
        surface=_take(raw, "surface", dict, {}, "name files below [surface], such as dem"),
        services=_join_transmitters(raw),
        fibre=_take(raw, "fibre", dict, {}, 'write unit = "CNY" below it'),
        probes=_take(raw, "probes", dict, {}, "write networks = [...] below it"),
        store=_take(raw, "store", dict, {}, "write raw_days = 10 below it"),
    )


def read_settings(directory: Path) -> Settings:
    """Read and check ``ngbw.toml`` of a project directory.

    Raises
    ------
    MissingError
        The directory is not a project.
    FileError
        The file is not TOML.
    SettingError
        A setting is wrong.
    """
    path = directory / SETTINGS_FILE
    if not path.is_file():
        raise MissingError(
            f"{directory} is not an ngbw project (it has no {SETTINGS_FILE}); "
            f"make one with: ngbw init {directory}"
        )
    if path.stat().st_size > _SETTINGS_MAX_BYTES:
        raise FileError(f"{path} is larger than 1 MB; it cannot be a settings file")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is not TOML: {error}; correct that line") from None
    return parse_settings(raw)
