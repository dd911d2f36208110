"""What ``[probes]`` in ``ngbw.toml`` says: what may be polled, as whom, how often.

Secrets never stand in the file: it refers to them, as ``secret:NAME``, ``env:NAME`` or
``file:NAME``, and they are read once, when the service starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...topology.errors import SettingError
from ..safety import AllowedNetworks, SecretStore
from ..snmp.agents import Budget, Community, Credential, UserSecurity
from ..snmp.user_keys import AUTH, PRIV, SHORTEST_PASSWORD
from .metric_settings import MetricSettings, metric_settings
from .setting_values import (
    Keeper,
    check_names,
    choice,
    entries,
    networks_of,
    number,
    text,
    web_address,
    whole,
    wrong,
)

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
    "metrics": "table: who may read the service's figures",
    "remote_write": "table: to whom they are sent",
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
    metrics: MetricSettings = field(default_factory=MetricSettings)


def _password(raw: Mapping[str, Any], name: str, where: str, keeper: Keeper) -> str:
    password = keeper.reveal(raw, name, where)
    if len(password) < SHORTEST_PASSWORD:
        raise SettingError(
            f"ngbw.toml: {where}.{name} refers to a password of less than {SHORTEST_PASSWORD} "
            "characters, which SNMPv3 does not take (RFC 3414, 11.2)"
        )
    return password


def _credential(raw: Mapping[str, Any], where: str, keeper: Keeper) -> NamedCredential:
    name = text(raw, "name", where, where.removeprefix("probes."))
    networks = networks_of(raw["networks"], f"{where}.networks") if "networks" in raw else None
    version = str(raw.get("version", "3"))
    if version in ("1", "2c"):
        community = keeper.reveal(raw, "community", where)
        return NamedCredential(name, Community(community, 1 if version == "1" else 2), networks)
    if version != "3":
        raise wrong(f"{where}.version", version, 'use "1", "2c" or "3"')
    user = text(raw, "user", where)
    if not user:
        raise SettingError(f"ngbw.toml: {where}.user is missing; version 3 needs one")
    auth = choice(raw, "auth", where, _AUTH)
    priv = choice(raw, "priv", where, _PRIV)
    if priv is not None and auth is None:
        raise wrong(f"{where}.priv", priv, "give auth too: RFC 3414 has no privacy without it")
    return NamedCredential(
        name,
        UserSecurity(
            user,
            auth,
            _password(raw, "auth_password", where, keeper) if auth else "",
            priv,
            _password(raw, "priv_password", where, keeper) if priv else "",
            text(raw, "context", where),
        ),
        networks,
    )


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
    keeper = Keeper(secrets or SecretStore.of_project(directory), directory)
    check_names(raw, PROBE_SETTINGS, "probes")
    interval_s = number(raw, "interval_s", 60, 5, 86_400)
    file = text(raw, "heartbeat_file", "probes")
    return ProbeSettings(
        networks=networks_of(raw.get("networks", []), "probes.networks"),
        credentials=tuple(
            _credential(one, where, keeper)
            for where, one in entries(raw, "credentials", CREDENTIAL_SETTINGS)
        ),
        interval_s=interval_s,
        slow_interval_s=number(raw, "slow_interval_s", 3600, interval_s, 30 * 86_400),
        budget=Budget(
            # A device that needs longer is asked for less, and never holds up the next cycle.
            seconds=max(2.0, min(30.0, interval_s / 2)),
            timeout_s=number(raw, "timeout_s", 2, 0.1, 60),
            retries=whole(raw, "retries", 1, 0, 10),
            max_repetitions=whole(raw, "max_repetitions", 25, 1, 100),
        ),
        max_agents=whole(raw, "max_agents", 1000, 1, 10_000),
        heartbeat_file=Path(file) if file else None,
        heartbeat_url=web_address(raw, "heartbeat_url", "probes"),
        trap_port=whole(raw, "trap_port", 0, 0, 65_535),
        trap_address=text(raw, "trap_address", "probes", "::"),
        metrics=metric_settings(raw, keeper, interval_s=interval_s),
    )
