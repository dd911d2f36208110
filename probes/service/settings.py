"""What ``[probes]`` in ``ngbw.toml`` says: what may be polled, as whom, how often.

Secrets never stand in the file: it refers to them, as ``secret:NAME``, ``env:NAME`` or
``file:NAME``, and they are read once, when the service starts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...topology.errors import SettingError
from ...topology.nearest_word import nearest
from ..safety import AllowedNetworks, SecretStore, read_secret
from ..snmp.agents import Budget, Community, Credential, UserSecurity
from ..snmp.user_keys import AUTH, PRIV, SHORTEST_PASSWORD

__all__ = [
    "CREDENTIAL_SETTINGS",
    "PROBE_SETTINGS",
    "NamedCredential",
    "ProbeSettings",
    "probe_settings",
]

PROBE_SETTINGS: dict[str, str] = {
    "networks": "networks whose addresses may be polled, as CIDR; none may when it is empty",
    "interval_s": "seconds between two polls of a device, 5 to 86400; 60 when not given",
    "slow_interval_s": "seconds between two polls of its large tables; 3600 when not given",
    "timeout_s": "seconds to wait for a reply, 0.1 to 60; 2 when not given",
    "retries": "how often a request is sent again, 0 to 10; 1 when not given",
    "max_repetitions": "rows asked for in one reply, 1 to 100; 25 when not given",
    "max_agents": "devices polled at the same time, 1 to 10000; 1000 when not given",
    "heartbeat_file": "file whose time is set after every cycle, for a watchdog",
    "heartbeat_url": "address asked with GET after every cycle, for a watchdog",
    "trap_port": "UDP port on which traps and informs are heard; 0, as when not given, hears none",
    "trap_address": "address of that port; `::` (both families) when not given",
    "credentials": "list of credentials, tried in order until one is answered",
}
"""Settings of ``[probes]`` and what each means."""

CREDENTIAL_SETTINGS: dict[str, str] = {
    "name": "what the credential is called in messages",
    "networks": "networks for which it is; all when not given",
    "version": '"1", "2c" or "3"; 3 when not given',
    "community": "community of 1 and 2c: secret:NAME (ngbw secret set), env:NAME or file:NAME",
    "user": "user of version 3",
    "auth": "md5, sha1, sha224, sha256, sha384 or sha512; none when not given",
    "auth_password": "its password, as for community",
    "priv": "aes128, aes192, aes256, aes192c or aes256c (Cisco's keys), des; none when not given",
    "priv_password": "its password, as for community",
    "context": "context of version 3; empty when not given",
}
"""Settings of ``[[probes.credentials]]`` and what each means."""

_AUTH, _PRIV = tuple(AUTH), tuple(PRIV)


@dataclass(frozen=True, slots=True)
class NamedCredential:
    """A credential under a name that may be shown; itself it is never shown."""

    name: str
    credential: Credential = field(repr=False)
    networks: AllowedNetworks | None = None

    def is_for(self, address: str) -> bool:
        """Tell whether the credential may be sent to an address."""
        return self.networks is None or self.networks.refusal(address) is None


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """The settings of the poll service. :data:`PROBE_SETTINGS` says what each means."""

    networks: AllowedNetworks = AllowedNetworks(())  # noqa: RUF009 - it is immutable
    credentials: tuple[NamedCredential, ...] = ()
    interval_s: float = 60.0
    slow_interval_s: float = 3600.0
    budget: Budget = field(default_factory=Budget)
    max_agents: int = 1000
    heartbeat_file: Path | None = None
    heartbeat_url: str = ""
    trap_port: int = 0
    trap_address: str = "::"


def _wrong(name: str, value: object, rule: str) -> SettingError:
    return SettingError(f"ngbw.toml: {name} is {value!r}; {rule}")


def _check_names(raw: Mapping[str, Any], known: Mapping[str, str], where: str) -> None:
    for name in raw:
        if name not in known:
            raise SettingError(
                f"ngbw.toml: {where}.{name} is not a setting{nearest(name, known)}; "
                f"use {', '.join(known)}"
            )


def _number(raw: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = raw.get(name, default)
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not low <= value <= high:
        raise _wrong(f"probes.{name}", value, f"give a number from {low:g} to {high:g}")
    return float(value)


def _whole(raw: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = _number(raw, name, default, low, high)
    if not value.is_integer():
        raise _wrong(f"probes.{name}", value, "give a whole number")
    return int(value)


def _networks(value: object, name: str) -> AllowedNetworks:
    if not isinstance(value, list):
        raise _wrong(name, value, 'give a list such as ["192.0.2.0/24", "2001:db8::/32"]')
    return AllowedNetworks.of(value, setting=name)


def _text(raw: Mapping[str, Any], name: str, where: str, default: str = "") -> str:
    value = raw.get(name, default)
    if not isinstance(value, str):
        raise _wrong(f"{where}.{name}", value, "give text")
    return value


def _choice(raw: Mapping[str, Any], name: str, where: str, known: tuple[str, ...]) -> str | None:
    value = raw.get(name)
    if value is not None and value not in known:
        close = nearest(value, known) if isinstance(value, str) else ""
        raise _wrong(f"{where}.{name}", value, f"use one of {', '.join(known)}{close}")
    return value


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Where secrets are, and the directory that relative files of secrets lie in."""

    store: SecretStore
    directory: Path

    def reveal(self, raw: Mapping[str, Any], name: str, where: str) -> str:
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


def _password(raw: Mapping[str, Any], name: str, where: str, keeper: _Keeper) -> str:
    password = keeper.reveal(raw, name, where)
    if len(password) < SHORTEST_PASSWORD:
        raise SettingError(
            f"ngbw.toml: {where}.{name} refers to a password of less than {SHORTEST_PASSWORD} "
            "characters, which SNMPv3 does not take (RFC 3414, 11.2)"
        )
    return password


def _credential(raw: Mapping[str, Any], where: str, keeper: _Keeper) -> NamedCredential:
    _check_names(raw, CREDENTIAL_SETTINGS, where)
    name = _text(raw, "name", where, where.removeprefix("probes."))
    networks = _networks(raw["networks"], f"{where}.networks") if "networks" in raw else None
    version = str(raw.get("version", "3"))
    if version in ("1", "2c"):
        community = keeper.reveal(raw, "community", where)
        return NamedCredential(name, Community(community, 1 if version == "1" else 2), networks)
    if version != "3":
        raise _wrong(f"{where}.version", version, 'use "1", "2c" or "3"')
    user = _text(raw, "user", where)
    if not user:
        raise SettingError(f"ngbw.toml: {where}.user is missing; version 3 needs one")
    auth = _choice(raw, "auth", where, _AUTH)
    priv = _choice(raw, "priv", where, _PRIV)
    if priv is not None and auth is None:
        raise _wrong(f"{where}.priv", priv, "give auth too: RFC 3414 has no privacy without it")
    return NamedCredential(
        name,
        UserSecurity(
            user,
            auth,
            _password(raw, "auth_password", where, keeper) if auth else "",
            priv,
            _password(raw, "priv_password", where, keeper) if priv else "",
            _text(raw, "context", where),
        ),
        networks,
    )


def _heartbeat_url(raw: Mapping[str, Any]) -> str:
    url = _text(raw, "heartbeat_url", "probes")
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise _wrong("probes.heartbeat_url", url, "give an address that begins with https://")
    return url


def probe_settings(
    raw: Mapping[str, Any], directory: Path, *, secrets: SecretStore | None = None
) -> ProbeSettings:
    """Read ``[probes]``, with the secrets that it refers to.

    Parameters
    ----------
    directory
        Of the project.
    secrets
        Sealed secrets and the environment; the project's own when None.

    Raises
    ------
    SettingError
        A setting is unknown or out of range, or a secret stands in the file itself.
    MissingError
        A secret is not where it should be.
    """
    keeper = _Keeper(secrets or SecretStore.of_project(directory), directory)
    _check_names(raw, PROBE_SETTINGS, "probes")
    listed = raw.get("credentials", [])
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise _wrong("probes.credentials", listed, "write each below [[probes.credentials]]")
    interval_s = _number(raw, "interval_s", 60, 5, 86_400)
    file = _text(raw, "heartbeat_file", "probes")
    return ProbeSettings(
        networks=_networks(raw.get("networks", []), "probes.networks"),
        credentials=tuple(
            _credential(one, f"probes.credentials[{number}]", keeper)
            for number, one in enumerate(listed)
        ),
        interval_s=interval_s,
        slow_interval_s=_number(raw, "slow_interval_s", 3600, interval_s, 30 * 86_400),
        budget=Budget(
            # A device that needs longer is asked for less, and never holds up the next cycle.
            seconds=max(2.0, min(30.0, interval_s / 2)),
            timeout_s=_number(raw, "timeout_s", 2, 0.1, 60),
            retries=_whole(raw, "retries", 1, 0, 10),
            max_repetitions=_whole(raw, "max_repetitions", 25, 1, 100),
        ),
        max_agents=_whole(raw, "max_agents", 1000, 1, 10_000),
        heartbeat_file=Path(file) if file else None,
        heartbeat_url=_heartbeat_url(raw),
        trap_port=_whole(raw, "trap_port", 0, 0, 65_535),
        trap_address=_text(raw, "trap_address", "probes", "::"),
    )
