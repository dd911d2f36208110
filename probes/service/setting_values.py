"""Values of ``ngbw.toml`` as the poll service takes them: each checked, each refusal with a way out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...topology.errors import SettingError
from ...topology.nearest_word import nearest
from ..safety import AllowedNetworks, SecretStore, read_secret

__all__ = [
    "Keeper",
    "check_names",
    "choice",
    "entries",
    "networks_of",
    "number",
    "part",
    "text",
    "truth",
    "web_address",
    "whole",
    "wrong",
]


def wrong(name: str, value: object, rule: str) -> SettingError:
    """Return the error for a setting with a value that breaks a rule."""
    return SettingError(f"ngbw.toml: {name} is {value!r}; {rule}")


def check_names(raw: Mapping[str, Any], known: Mapping[str, str], where: str) -> None:
    """Refuse a setting that is not known."""
    for name in raw:
        if name not in known:
            raise SettingError(
                f"ngbw.toml: {where}.{name} is not a setting{nearest(name, known)}; "
                f"use {', '.join(known)}"
            )


def number(
    raw: Mapping[str, Any], name: str, default: float, low: float, high: float, *,
    where: str = "probes",
) -> float:  # fmt: skip
    """Return a number in a range."""
    value = raw.get(name, default)
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not low <= value <= high:
        raise wrong(f"{where}.{name}", value, f"give a number from {low:g} to {high:g}")
    return float(value)


def whole(
    raw: Mapping[str, Any], name: str, default: int, low: int, high: int, *, where: str = "probes"
) -> int:
    """Return a whole number in a range."""
    value = number(raw, name, default, low, high, where=where)
    if not value.is_integer():
        raise wrong(f"{where}.{name}", value, "give a whole number")
    return int(value)


def truth(raw: Mapping[str, Any], name: str, *, where: str = "probes") -> bool:
    """Return true or false, false when not given."""
    value = raw.get(name, False)
    if not isinstance(value, bool):
        raise wrong(f"{where}.{name}", value, "give true or false")
    return value


def networks_of(value: object, name: str) -> AllowedNetworks:
    """Return networks from a list in CIDR form."""
    if not isinstance(value, list):
        raise wrong(name, value, 'give a list such as ["192.0.2.0/24", "2001:db8::/32"]')
    return AllowedNetworks.of(value, setting=name)


def text(raw: Mapping[str, Any], name: str, where: str, default: str = "") -> str:
    """Return a text."""
    value = raw.get(name, default)
    if not isinstance(value, str):
        raise wrong(f"{where}.{name}", value, "give text")
    return value


def choice(raw: Mapping[str, Any], name: str, where: str, known: tuple[str, ...]) -> str | None:
    """Return one of some words, None when not given."""
    value = raw.get(name)
    if value is not None and value not in known:
        close = nearest(value, known) if isinstance(value, str) else ""
        raise wrong(f"{where}.{name}", value, f"use one of {', '.join(known)}{close}")
    return value


def web_address(raw: Mapping[str, Any], name: str, where: str) -> str:
    """Return the address of something that speaks HTTP, empty when not given."""
    url = text(raw, name, where)
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise wrong(f"{where}.{name}", url, "give an address that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise SettingError(
            f"ngbw.toml: {where}.{name} holds a password; that file is shared, so name a secret"
        )
    return url


def part(raw: Mapping[str, Any], name: str, known: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a table below ``[probes]``, empty when it is not there."""
    value = raw.get(name, {})
    where = f"probes.{name}"
    if not isinstance(value, Mapping):
        raise wrong(where, value, f"write it as a table, [{where}]")
    check_names(value, known, where)
    return value


def entries(
    raw: Mapping[str, Any], name: str, known: Mapping[str, str]
) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return the tables of a list below ``[[probes.NAME]]``, each with where it stands."""
    value = raw.get(name, [])
    where = f"probes.{name}"
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise wrong(where, value, f"write each below [[{where}]]")
    found = [(f"{where}[{place}]", one) for place, one in enumerate(value)]
    for at, one in found:
        check_names(one, known, at)
    return found


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where secrets are, and the directory that relative files of secrets lie in."""

    store: SecretStore
    directory: Path

    def reveal(self, raw: Mapping[str, Any], name: str, where: str) -> str:
        """Return the secret that a setting refers to."""
        reference = raw.get(name)
        if not isinstance(reference, str):
            raise SettingError(
                f"ngbw.toml: {where}.{name} is missing; refer to a secret, as secret:NAME "
                "(ngbw secret set), env:NAME or file:NAME"
            )
        setting = f"ngbw.toml: {where}.{name}"
        return read_secret(
            reference, self.store, setting=setting, directory=self.directory
        ).reveal()
