"""Profiles from their files: TOML, checked key by key, with one message for each mistake.

Built-in profiles lie in this package; a user's own lie in the folder ``profiles`` of the project
and take the place of a built-in one of the same name.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from ...topology.errors import FileError
from ...topology.nearest_word import nearest
from ..mibs import oid_of
from ..readings.figures import FIGURES, STATE_FIGURES
from ..readings.records import SensorState
from ..snmp.values import Oid
from .form import (
    COMPUTED_KEYS,
    LIMITS,
    MATCH_KEYS,
    PART_KEYS,
    PART_KINDS,
    PROFILE_KEYS,
    SENSOR_KEYS,
    Computed,
    Match,
    Only,
    PartRule,
    Profile,
    Raw,
    SensorRule,
)
from .formulas import FORMULAS

__all__ = ["PROFILE_FOLDER", "built_in_profiles", "project_profiles", "read_profile"]

PROFILE_FOLDER = "profiles"

_MOST_BYTES = 1_000_000
_MOST_EACH = 1_000
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLACE = re.compile(r"\{([^{}]*)\}")


class _Place:
    """Where in the file we are, and how to complain about it."""

    def __init__(self, file: str, path: str) -> None:
        self.file, self.path = file, path

    def __getitem__(self, key: object) -> _Place:
        return _Place(self.file, f"{self.path}.{key}" if self.path else str(key))

    def wrong(self, value: object, rule: str) -> FileError:
        shown = repr(value)
        return FileError(
            f"{self.file}: {self.path} is {shown if len(shown) <= 80 else shown[:77] + '...'}; {rule}"
        )


def _known_keys(raw: Mapping[str, Any], keys: Mapping[str, str], at: _Place) -> None:
    for key in raw:
        if key not in keys:
            raise at[key].wrong(
                raw[key],
                f"there is no key {key!r}{nearest(key, keys)}; keys are {', '.join(keys)}",
            )


def _text(raw: Mapping[str, Any], key: str, at: _Place, default: str | None = None) -> str:
    value = raw.get(key, default)
    if value is None:
        raise at[key].wrong(value, "it is missing; write a text")
    if not isinstance(value, str):
        raise at[key].wrong(value, "write a text in quotes")
    return value


def _real(value: object, at: _Place) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise at.wrong(value, "write a number")
    if abs(value) > 1e18:
        raise at.wrong(value, "write a number below 10^18")
    return float(value)


def _tables(raw: Mapping[str, Any], key: str, at: _Place) -> list[tuple[Mapping[str, Any], _Place]]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise at[key].wrong(value, f"write each as a table [[{key}]]")
    return [(one, at[f"{key}[{n}]"]) for n, one in enumerate(value)]


def _oid(value: object, at: _Place, number: int | None = None) -> Oid:
    if not isinstance(value, str):
        raise at.wrong(value, "write an object identifier in quotes, as in '1.3.6.1.2.1.1.3'")
    written = value if number is None else value.replace("{n}", str(number))
    try:
        found = oid_of(written)
    except LookupError as wrong:
        raise at.wrong(value, str(wrong)) from None
    except ValueError:
        raise at.wrong(value, "it is not an object identifier; write numbers with dots") from None
    if len(found) < 2:
        raise at.wrong(value, "it is too short for an object")
    return found


def _limits(raw: Mapping[str, Any], at: _Place) -> dict[str, float]:
    value = raw.get("limits", {})
    if not isinstance(value, dict):
        raise at["limits"].wrong(value, f"write a table of {', '.join(LIMITS)}")
    found: dict[str, float] = {}
    for key, limit in value.items():
        if key not in LIMITS:
            raise at["limits"][key].wrong(
                limit, f"limits are {', '.join(LIMITS)}{nearest(key, LIMITS)}"
            )
        found[key] = _real(limit, at["limits"][key])
    order = [(key, found[key]) for key in LIMITS if key in found]
    for (low, least), (high, most) in pairwise(order):
        if least > most:
            raise at["limits"].wrong(value, f"{low} lies above {high}; exchange them")
    return found


def _figure(raw: Mapping[str, Any], at: _Place) -> str:
    figure = _text(raw, "figure", at)
    if figure not in FIGURES:
        raise at["figure"].wrong(
            figure,
            f"there is no such figure{nearest(figure, FIGURES)}; see docs/device-profiles.md",
        )
    return figure


def _rule_id(raw: Mapping[str, Any], at: _Place) -> str:
    rule_id = _text(raw, "id", at)
    if not _ID.fullmatch(rule_id) or len(rule_id) > 64:
        raise at["id"].wrong(rule_id, "write small letters, digits and single hyphens")
    return rule_id


def _whole_number(value: object, at: _Place, rule: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
        raise at.wrong(value, rule)
    return value


def _states(raw: Mapping[str, Any], at: _Place) -> tuple[dict[str, str], dict[str, SensorState]]:
    value = raw.get("states", {})
    if not isinstance(value, dict) or not all(isinstance(w, str) for w in value.values()):
        raise at["states"].wrong(value, 'write a table of number to word, as in {1 = "up"}')
    meaning: dict[str, SensorState] = {}
    for state in (SensorState.OK, SensorState.WARNING, SensorState.CRITICAL):
        words = raw.get(state.value, [])
        if not isinstance(words, list):
            raise at[state.value].wrong(words, "write a list of words of states")
        for word in words:
            if word not in value.values():
                raise at[state.value].wrong(
                    word, f"states has no such word{nearest(str(word), value.values())}"
                )
            if word in meaning:
                raise at[state.value].wrong(word, "a word has one meaning; name it once")
            meaning[word] = state
    return {str(key): word for key, word in value.items()}, meaning


def _only(raw: Mapping[str, Any], at: _Place, number: int | None) -> Only | None:
    value = raw.get("only")
    if value is None:
        return None
    if (
        not isinstance(value, dict)
        or set(value) != {"oid", "is"}
        or not isinstance(value["is"], list)
    ):
        raise at["only"].wrong(value, 'write it as {oid = "1.3...", is = [1, 2]}')
    return Only(_oid(value["oid"], at["only"]["oid"], number), frozenset(map(str, value["is"])))


def _label(raw: Mapping[str, Any], at: _Place, number: int | None) -> str:
    label = _text(raw, "label", at, "")
    for place in _PLACE.findall(label):
        if place not in ("name", "index", "n") and not place.isdigit():
            raise at["label"].wrong(label, "places are {name}, {index}, {n} and {1}, {2}...")
    return label if number is None else label.replace("{n}", str(number))


def _sensor(raw: Mapping[str, Any], at: _Place, number: int | None) -> SensorRule:
    figure = _figure(raw, at)
    table = raw.get("table", False)
    if not isinstance(table, bool):
        raise at["table"].wrong(table, "write true or false")
    form = raw.get("raw", "number")
    if form not in get_args(Raw):
        raise at["raw"].wrong(form, f"write one of {', '.join(get_args(Raw))}")
    if form.endswith("watts") and not figure.endswith("_dbm"):
        raise at["raw"].wrong(form, f"{figure} is not in dBm; use scale for other units")
    states, meaning = _states(raw, at)
    if (figure in STATE_FIGURES) != bool(states):
        raise at["states"].wrong(
            states, f"{', '.join(sorted(STATE_FIGURES))} need states, and no other figure has them"
        )
    absent = raw.get("absent", [])
    if not isinstance(absent, list) or not all(isinstance(a, int | float | str) for a in absent):
        raise at["absent"].wrong(absent, "write a list of raw numbers or texts")
    scale = _real(raw.get("scale", 1.0), at["scale"])
    if scale == 0:
        raise at["scale"].wrong(scale, "a scale of 0 makes every value 0")
    limit_oids = raw.get("limit_oids", {})
    if not isinstance(limit_oids, dict) or not set(limit_oids) <= set(LIMITS):
        raise at["limit_oids"].wrong(limit_oids, f"write a table of {', '.join(LIMITS)}")
    names_index = raw.get("names_index")
    if names_index is not None and not isinstance(names_index, list):
        raise at["names_index"].wrong(names_index, "write a list of positions, as [0]")
    counted = "write a whole number from 0 on"
    return SensorRule(
        rule_id=_rule_id(raw, at) + ("" if number is None else f"-{number}"),
        figure=figure,
        oid=_oid(raw.get("oid"), at["oid"], number),
        table=table,
        number=number,
        object_name=_text(raw, "object", at, ""),
        scale=scale,
        offset=_real(raw.get("offset", 0.0), at["offset"]),
        scale_power=_oid(raw["scale_power"], at["scale_power"], number)
        if "scale_power" in raw
        else (),
        raw=form,
        position=_whole_number(raw["position"], at["position"], counted)
        if "position" in raw
        else None,
        label=_label(raw, at, number),
        names=_oid(raw["names"], at["names"], number) if "names" in raw else (),
        names_index=None
        if names_index is None
        else tuple(_whole_number(n, at["names_index"], counted) for n in names_index),
        interface=_whole_number(raw["interface"], at["interface"], counted)
        if "interface" in raw
        else None,
        absent=frozenset(map(str, absent)),
        least=_real(raw["least"], at["least"]) if "least" in raw else None,
        most=_real(raw["most"], at["most"]) if "most" in raw else None,
        only=_only(raw, at, number),
        states=states,
        meaning=meaning,
        limits=_limits(raw, at),
        limit_oids={
            key: _oid(value, at["limit_oids"][key], number) for key, value in limit_oids.items()
        },
        limit_scale=_real(raw["limit_scale"], at["limit_scale"]) if "limit_scale" in raw else None,
    )


def _sensors(raw: Mapping[str, Any], at: _Place) -> list[SensorRule]:
    found: list[SensorRule] = []
    for one, place in _tables(raw, "sensor", at):
        _known_keys(one, SENSOR_KEYS, place)
        each = one.get("each")
        if each is None:
            found.append(_sensor(one, place, None))
            continue
        numbers = isinstance(each, list) and len(each) == 2 and all(type(n) is int for n in each)
        if not numbers or not 0 <= each[0] <= each[1] <= each[0] + _MOST_EACH:
            raise place["each"].wrong(each, "write [first, last], at most 1,000 apart")
        found.extend(_sensor(one, place, number) for number in range(each[0], each[1] + 1))
    return found


def _computed(raw: Mapping[str, Any], at: _Place, sensors: Iterable[SensorRule]) -> list[Computed]:
    known = {rule.rule_id for rule in sensors}
    found: list[Computed] = []
    for one, place in _tables(raw, "computed", at):
        _known_keys(one, COMPUTED_KEYS, place)
        name = _text(one, "formula", place)
        if name not in FORMULAS:
            raise place["formula"].wrong(
                name, f"formulas are {', '.join(FORMULAS)}{nearest(name, FORMULAS)}"
            )
        of = one.get("of")
        if not isinstance(of, list) or not of or not set(map(str, of)) <= known:
            raise place["of"].wrong(of, "write a list of ids of sensors of this profile")
        inputs = FORMULAS[name].inputs
        if inputs is not None and len(of) != inputs:
            raise place["of"].wrong(of, f"{name} takes {inputs} figures")
        found.append(
            Computed(
                rule_id=_rule_id(one, place),
                figure=_figure(one, place),
                formula=name,
                of=tuple(of),
                label=_text(one, "label", place, ""),
                limits=_limits(one, place),
            )
        )
    return found


def _parts(raw: Mapping[str, Any], at: _Place) -> list[PartRule]:
    found: list[PartRule] = []
    for one, place in _tables(raw, "part", at):
        _known_keys(one, PART_KEYS, place)
        kind = _text(one, "kind", place)
        if kind not in PART_KINDS:
            raise place["kind"].wrong(kind, f"kinds are {', '.join(PART_KINDS)}")
        columns = {
            key: _oid(value, place[key])
            for key, value in one.items()
            if key not in ("id", "kind", "interface")
        }
        if not columns:
            raise place.wrong(one, "name a column, as model or serial")
        interface = None
        if "interface" in one:
            interface = _whole_number(
                one["interface"], place["interface"], "write a whole number from 0 on"
            )
        found.append(PartRule(_rule_id(one, place), kind, columns, interface))
    return found


def read_profile(text: str, profile_id: str) -> Profile:
    """Read a profile from the text of its file.

    Raises
    ------
    FileError
        It is not TOML, or says something that no profile can; the message names key and rule.
    """
    file = f"profile {profile_id!r}"
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise FileError(f"{file} is not TOML: {wrong}; correct that line") from None
    at = _Place(file, "")
    _known_keys(raw, PROFILE_KEYS, at)
    matches = []
    for one, place in _tables(raw, "match", at):
        _known_keys(one, MATCH_KEYS, place)
        if not one:
            raise place.wrong(one, "an empty match would hold for every device")
        matches.append(
            Match(
                _oid(one["object_id"], place["object_id"]) if "object_id" in one else (),
                _text(one, "description", place, ""),
                _oid(one["answers"], place["answers"]) if "answers" in one else (),
            )
        )
    if not matches:
        raise at["match"].wrong([], "say for which devices it is: [[match]] with object_id")
    roles = raw.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise at["roles"].wrong(roles, "write a list of texts")
    sensors = _sensors(raw, at)
    computed = _computed(raw, at, sensors)
    parts = _parts(raw, at)
    ids = [rule.rule_id for rule in sensors]
    ids += [rule.rule_id for rule in computed] + [rule.rule_id for rule in parts]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise at["sensor"].wrong(rule_id, "two rules have this id; give one another")
    return Profile(
        profile_id=profile_id,
        title=_text(raw, "title", at),
        source=_text(raw, "source", at),
        roles=tuple(roles),
        matches=tuple(matches),
        sensors=tuple(sensors),
        computed=tuple(computed),
        parts=tuple(parts),
    )


@cache
def built_in_profiles() -> tuple[Profile, ...]:
    """Return the profiles that come with the program, by name."""
    folder = resources.files("ngbw.probes.profiles")
    named = {
        file.name.removesuffix(".toml"): file
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    }
    return tuple(
        read_profile(named[name].read_text(encoding="utf-8"), name) for name in sorted(named)
    )


def project_profiles(project: Path) -> tuple[Profile, ...]:
    """Return the built-in profiles with the project's own from its folder ``profiles``.

    Raises
    ------
    FileError
        A file there is no profile; its name and the rule stand in the message.
    """
    folder = project / PROFILE_FOLDER
    own: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(f"{path.name} is larger than 1 MB; a profile is not")
        if not _ID.fullmatch(path.stem):
            raise FileError(
                f"{PROFILE_FOLDER}/{path.name}: name it with small letters, digits and hyphens"
            )
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise FileError(
                f"{PROFILE_FOLDER}/{path.name} is not UTF-8; save it as UTF-8"
            ) from None
        own[path.stem] = read_profile(text, path.stem)
    built_in = (one for one in built_in_profiles() if one.profile_id not in own)
    return tuple(sorted((*built_in, *own.values()), key=lambda one: one.profile_id))
