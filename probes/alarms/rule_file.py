"""``alarms.toml``: thresholds that people can review, from the default down to the single port.

Levels, each above the one before it, setting by setting: what is built in (``defaults.toml`` beside
this module), ``[defaults.TYPE]``, ``[groups.NAME.TYPE]`` in the order of the file,
``[devices.ID.TYPE]``, ``[ports."DEVICE/PORT".TYPE]``, ``[resources."KIND:NAME".TYPE]``. A rule
remembers which level gave each of its settings (:attr:`.Rule.levels`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ...topology.nearest_word import nearest
from ..observations import Resource, resource
from .alarm_types import ALARM_TYPES, AlarmType
from .model import Severity
from .placement import NOWHERE, Placement, device_of, names_in
from .rule_settings import (
    FORMAT,
    GROUP_SETTINGS,
    check_rule,
    check_top,
    named_tables,
    number_between,
    own_types,
)
from .rules import Rule, Threshold
from .toml_places import PlacedToml, read_toml, read_toml_file

__all__ = ["ALARMS_FILE", "RuleBook", "built_in_rules", "read_rules"]

ALARMS_FILE = "alarms.toml"
"""Name of the file in a project; it need not exist."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Rules of one table of the file: alarm type to settings, each checked by itself."""

    name: str
    path: tuple[str, ...]
    file: PlacedToml
    types: Mapping[str, Mapping[str, Any]]

    def place(self, alarm_type: str, setting: str) -> str:
        if not self.path:
            return "built in"
        return f"{self.name}, line {self.file.line(*self.path, alarm_type, setting)}"


@dataclass(frozen=True, slots=True)
class _Group:
    level: _Level
    members: Mapping[str, tuple[str, ...]]

    def holds(self, of: Resource, placed: Placement) -> bool:
        device = device_of(of)
        sites = placed.sites(of)
        named = {
            "devices": (device,) if device else (),
            "roles": (placed.role_of_device.get(device, ""),),
            "sites": sites,
            "kinds": tuple(placed.kind_of_site.get(site, "") for site in sites),
            "areas": tuple(placed.area_of_site.get(site, "") for site in sites),
        }
        return any(
            fnmatchcase(name, pattern)
            for by, patterns in self.members.items()
            for name in named[by]
            for pattern in patterns
            if name
        )


class RuleBook:
    """The rules of a project; which one holds for a resource is found once and remembered."""

    def __init__(self, file: PlacedToml, placement: Placement = NOWHERE) -> None:
        self.file = file
        self.placement = placement
        check_top(file)
        own = own_types(file)
        self.types: dict[str, AlarmType] = {**ALARM_TYPES, **own}
        self._by_figure: dict[str, list[AlarmType]] = {}
        for one in self.types.values():
            if one.figure:
                self._by_figure.setdefault(one.figure, []).append(one)
        built_in = _built_in_file()
        base = _Level("built in", (), built_in, built_in.raw["defaults"])
        self._base = [base]
        if "defaults" in file.raw:
            self._base.append(self._level(file, ("defaults",), "defaults"))
        self.groups: dict[str, _Group] = dict(self._read_groups(file))
        self._single: dict[Resource, list[_Level]] = {}
        for kind, of, level in self._read_singles(file):
            self._check_known(of, kind, level)
            self._single.setdefault(of, []).append(level)
        learning = file.raw.get("learning", built_in.raw["learning"])
        self._learning_s = number_between(
            file, ("learning", "hours"), learning.get("hours", 24), 0, 8784
        )
        self._learning_s *= 3600.0
        self._of_scope: dict[tuple[str, tuple[str, ...]], Rule] = {}
        self._rules: dict[tuple[Resource, str], Rule | None] = {}
        self._found: dict[tuple[Resource, str], tuple[Rule, ...]] = {}
        for level in self._levels():
            for name in level.types:
                self._compile(self.types[name], [*self._base, level])

    # -------------------------------------------------------------- what the book of alarms asks

    @property
    def learning_s(self) -> float:
        """For how long a thing that is new is only learned."""
        return self._learning_s

    @property
    def probe_site(self) -> str:
        """Where the poller stands; "" where the file does not say."""
        return str(self.file.raw.get("probe", {}).get("site", ""))

    def rules_for(self, of: Resource, figure: str) -> Sequence[Rule]:
        """Return the rules that judge a figure of a resource; those switched off are left out."""
        found = self._found.get((of, figure))
        if found is None:
            types = self._by_figure.get(figure, ())
            rules = (self.rule(of, one.name) for one in types)
            found = tuple(rule for rule in rules if rule is not None and rule.enabled)
            self._found[of, figure] = found
        return found

    def rule(self, of: Resource, alarm_type: str) -> Rule | None:
        """Return the rule of a type on a resource; None where the type is not declared."""
        name = (of, alarm_type)
        if name not in self._rules:
            self._rules[name] = self._find(of, alarm_type)
        return self._rules[name]

    def _find(self, of: Resource, alarm_type: str) -> Rule | None:
        one = self.types.get(alarm_type)
        if one is None:
            return None
        levels = [*self._base]
        levels += [g.level for g in self.groups.values() if g.holds(of, self.placement)]
        device = device_of(of)
        if device and of != resource("device", device):
            levels += self._single.get(resource("device", device), [])
        levels += self._single.get(of, [])
        scope = (alarm_type, tuple(".".join(level.path) for level in levels))
        if scope not in self._of_scope:
            self._of_scope[scope] = self._compile(one, levels)
        return self._of_scope[scope]

    def lineage(self, of: Resource) -> tuple[Resource, ...]:
        """Return the resource and what it stands on: port, device, site, area."""
        return self.placement.lineage(of)

    def groups_of(self, of: Resource) -> tuple[str, ...]:
        """Return the groups that a resource belongs to, in the order of the file."""
        return tuple(n for n, group in self.groups.items() if group.holds(of, self.placement))

    # -------------------------------------------------------------- reading levels

    def _levels(self) -> Iterator[_Level]:
        yield from self._base[1:]
        yield from (group.level for group in self.groups.values())
        for levels in self._single.values():
            yield from levels

    def _level(
        self,
        file: PlacedToml,
        path: tuple[str, ...],
        name: str,
        skip: Mapping[str, str] | None = None,
    ) -> _Level:
        raw: Any = file.raw
        for part in path:
            raw = raw[part]
        types: dict[str, Mapping[str, Any]] = {}
        if not isinstance(raw, Mapping):
            raise file.error(path, "is no table; write [" + ".".join((*path, "TYPE")) + "]")
        for alarm_type, settings in raw.items():
            if skip and alarm_type in skip:
                continue
            here = (*path, alarm_type)
            if alarm_type not in self.types:
                raise file.error(
                    here,
                    f"is no alarm type{nearest(alarm_type, self.types)}; types are "
                    f"{', '.join(self.types)}, and those of [types.NAME]",
                )
            if not isinstance(settings, Mapping):
                raise file.error(here, f"is {settings!r}; write a table of settings below it")
            types[alarm_type] = check_rule(file, here, settings, self.types[alarm_type])
        return _Level(name, path, file, types)

    def _read_groups(self, file: PlacedToml) -> Iterator[tuple[str, _Group]]:
        for name, raw in named_tables(file, "groups"):
            path = ("groups", name)
            members: dict[str, tuple[str, ...]] = {}
            for by in GROUP_SETTINGS:
                given = raw.get(by, [])
                if not isinstance(given, list) or not all(isinstance(x, str) for x in given):
                    raise file.error((*path, by), f"is {given!r}; give a list of texts")
                if given:
                    members[by] = tuple(given)
            if not members:
                raise file.error(path, f"has no members; name them by {', '.join(GROUP_SETTINGS)}")
            level = self._level(file, path, f"groups.{name}", GROUP_SETTINGS)
            yield name, _Group(level, members)

    def _read_singles(self, file: PlacedToml) -> Iterator[tuple[str, Resource, _Level]]:
        for name, _ in named_tables(file, "devices"):
            path = ("devices", name)
            yield "device", resource("device", name), self._level(file, path, f"devices.{name}")
        for name, _ in named_tables(file, "ports"):
            device, slash, port = name.partition("/")
            if not (device and slash and port):
                raise file.error(
                    ("ports", name), 'is no port; write [ports."DEVICE/PORT".TYPE], such as '
                    '[ports."R1/xe-0/0/0".port-down]',
                )  # fmt: skip
            path = ("ports", name)
            yield "port", resource("port", device, port), self._level(file, path, f"ports.{name}")
        for name, _ in named_tables(file, "resources"):
            if ":" not in name:
                raise file.error(
                    ("resources", name), 'has no kind; write [resources."link:YP-L27".TYPE]'
                )
            path = ("resources", name)
            yield "resource", name, self._level(file, path, f"resources.{name}")

    def _check_known(self, of: Resource, kind: str, level: _Level) -> None:
        """Refuse a device that the tables do not know: its rules would never be used."""
        known = self.placement.site_of_device
        device = names_in(of)[1][0]
        if kind in ("device", "port") and known and device not in known:
            raise level.file.error(
                level.path, f"names device {device!r}, which is not in devices"
                f"{nearest(device, known)}",
            )  # fmt: skip

    # -------------------------------------------------------------- one rule out of its levels

    def _compile(self, of: AlarmType, levels: Sequence[_Level]) -> Rule:
        merged: dict[str, Any] = {}
        places: dict[str, str] = {}
        last: _Level | None = None
        for level in levels:
            for setting, value in level.types.get(of.name, {}).items():
                merged[setting] = value
                places[setting] = level.place(of.name, setting)
                last = level
        thresholds = []
        for severity in sorted(Severity, key=lambda one: -one.rank):
            value = merged.pop(severity.value, None)
            if isinstance(value, tuple):
                raise_at, clear_at = value
                place = places[severity.value]
                thresholds.append(Threshold(severity, raise_at, clear_at, place))
        named = merged.pop("severity", None)
        if of.direction == "no" and named is not None:
            thresholds = [Threshold(Severity(named), 0.5, 0.5, places["severity"])]
        _check_order(of, thresholds, last)
        return Rule(of, tuple(thresholds), levels=places, **merged)


def _check_order(of: AlarmType, thresholds: Sequence[Threshold], last: _Level | None) -> None:
    """Refuse a worse severity at a better value: the milder one would never be seen."""
    sign = 1.0 if of.direction == "above" else -1.0
    for worse, milder in itertools.pairwise(thresholds):
        if sign * (worse.raise_at - milder.raise_at) < 0:
            rule = (
                f"makes {worse.severity} ({worse.raise_at:g}; {worse.level}) begin before "
                f"{milder.severity} ({milder.raise_at:g}; {milder.level}); put the worse one "
                "further out, or the milder one to false"
            )
            assert last is not None  # noqa: S101 - thresholds come from levels
            raise last.file.error((*last.path, of.name), rule)


# ------------------------------------------------------------------ files


def _built_in_file() -> PlacedToml:
    path = Path(__file__).with_name("defaults.toml")
    read = read_toml(path.read_text(encoding="utf-8"), path.name)
    defaults = {
        name: check_rule(read, ("defaults", name), settings, ALARM_TYPES[name])
        for name, settings in read.raw["defaults"].items()
    }
    return PlacedToml(read.file, {**read.raw, "defaults": defaults}, read.lines)


def built_in_rules(placement: Placement = NOWHERE) -> RuleBook:
    """Return the rules of a project that has no ``alarms.toml``."""
    return RuleBook(PlacedToml(ALARMS_FILE, {"format": FORMAT}, {}), placement)


def read_rules(directory: Path, placement: Placement = NOWHERE) -> RuleBook:
    """Return the rules of a project directory; those built in where it has no ``alarms.toml``.

    Parameters
    ----------
    placement
        Where things are (:func:`.placement_of`), for groups and to refuse unknown devices.

    Raises
    ------
    FileError
        The file is not TOML.
    SettingError
        A setting is wrong; says on which line and how to put it right.
    """
    path = directory / ALARMS_FILE
    if not path.exists():
        return built_in_rules(placement)
    return RuleBook(read_toml_file(path), placement)
