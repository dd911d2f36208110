"""Whom the probe verbs ask, and as whom: targets and credentials from options or a project."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from ..probes.safety import AllowedNetworks, Target
from ..probes.service.settings import ProbeSettings, probe_settings
from ..probes.snmp.agents import (
    Agent,
    Budget,
    Community,
    Credential,
    SnmpTransport,
    UserSecurity,
)
from ..probes.snmp.engine import Engine
from ..topology.errors import InputError, UsageError
from ..topology.project import open_project

__all__ = [
    "AUTH_VARIABLE",
    "PRIV_VARIABLE",
    "agents_of",
    "credential_from",
    "opened_transport",
    "permitted",
    "place_of",
    "prepared_transport",
    "settings_of",
]

AUTH_VARIABLE, PRIV_VARIABLE = "NGBW_SNMP_AUTH", "NGBW_SNMP_PRIV"
"""Environment variables with the passwords of a user that is named on the command line."""

_PORT = 161
_BY_HAND = AllowedNetworks.of(["0.0.0.0/0", "::/0", "127.0.0.0/8", "::1/128", "fe80::/10"])


def opened_transport() -> SnmpTransport:
    """Return the transport for v1, v2c and v3."""
    return Engine()


def prepared_transport() -> SnmpTransport:
    """Return the transport, its machine code loaded: in a first cycle that would look like lag."""
    engine = Engine()
    engine.prepare()
    return engine


def credential_from(
    community: str, community_env: str, user: str, auth: str, priv: str
) -> Credential | None:
    """Return the credential that the options name; None when they name none."""
    given = [bool(community), bool(community_env), bool(user)]
    if sum(given) > 1:
        raise UsageError("give one of --community, --community-env, --user")
    if community_env:
        community = os.environ.get(community_env, "")
        if not community:
            raise UsageError(f"the environment variable {community_env} is not set")
    if community:
        return Community(community)
    if not user:
        return None
    if priv and not auth:
        raise UsageError("--priv needs --auth: RFC 3414 has no privacy without it")
    passwords = []
    for protocol, variable in ((auth, AUTH_VARIABLE), (priv, PRIV_VARIABLE)):
        if protocol and not os.environ.get(variable):
            raise UsageError(f"set the environment variable {variable} to the password")
        passwords.append(os.environ.get(variable, "") if protocol else "")
    return UserSecurity(user, auth or None, passwords[0], priv or None, passwords[1])


def place_of(target: str) -> tuple[str, int]:
    """Return host and port of ``udp://HOST:PORT``, ``HOST:PORT`` or ``HOST``.

    Raises
    ------
    UsageError
        It is none of these.
    """
    text = target if "://" in target else f"udp://{target}"
    if text.count(":") > 2 and "[" not in text:  # a bare IPv6 address
        text = f"udp://[{text.removeprefix('udp://')}]"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError as error:
        raise UsageError(f"{target!r} is no target ({error}); write udp://HOST:PORT") from None
    if parts.scheme not in ("udp", "udp6") or not host or parts.path.strip("/"):
        raise UsageError(f"{target!r} is no target; write udp://HOST:PORT")
    return host, port


def settings_of(project: Path | None) -> ProbeSettings | None:
    """Return the probe settings of a project; None without one."""
    if project is None:
        return None
    return probe_settings(open_project(project).settings.probes, project)


def permitted(host: str, project: Path | None) -> Target:
    """Return the address to contact for a host, inside the networks of the project if given."""
    settings = settings_of(project)
    # Who names a host by hand means it; a project's own list is narrower.
    return (_BY_HAND if settings is None else settings.networks).permit(host)


def agents_of(
    target: str, credential: Credential | None, settings: ProbeSettings | None
) -> tuple[list[tuple[str, Agent]], Budget]:
    """Return the agent, once with each credential to try, and what it may cost."""
    host, port = place_of(target)
    networks = _BY_HAND if settings is None else settings.networks
    address = networks.permit(host).address
    name = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    budget = Budget() if settings is None else settings.budget
    if credential is not None:
        return [("the one given", Agent(name, address, credential, port))], budget
    if settings is None:
        raise UsageError(
            "no credential: give --community-env NAME, --user NAME, or --project DIR whose "
            "ngbw.toml has [[probes.credentials]]"
        )
    fitting = [one for one in settings.credentials if one.is_for(address)]
    if not fitting:
        raise InputError(f"no credential of ngbw.toml is for {address}; add its network to one")
    return [(one.name, Agent(name, address, one.credential, port)) for one in fitting], budget
