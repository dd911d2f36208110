"""Whom the probe verbs ask, and as whom: targets and credentials from options or a project."""

from __future__ import annotations

import os
from collections.abc import Collection
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
from ..probes.snmp.user_keys import AUTH, PRIV, SHORTEST_PASSWORD
from ..topology.errors import FileError, InputError, MissingError, UsageError
from ..topology.nearest_word import nearest
from ..topology.project import open_project

__all__ = [
    "AUTH_VARIABLE",
    "PRIV_VARIABLE",
    "agents_of",
    "community_from",
    "credential_from",
    "opened_transport",
    "permitted",
    "place_of",
    "prepared_transport",
    "scrubbing_key",
    "secrets_of",
    "settings_of",
]

AUTH_VARIABLE, PRIV_VARIABLE = "NGBW_SNMP_AUTH", "NGBW_SNMP_PRIV"
"""Environment variables with the passwords of a user that is named on the command line."""

_PORT = 161
_OTHER_WORDS = {"sha": "sha1", "aes": "aes128"}
"""As net-snmp and RFC 3414 say them."""
_LONGEST_USER = 32
_SHORTEST_KEY, _LARGEST_KEY = 16, 10_000
_BY_HAND = AllowedNetworks.of(["0.0.0.0/0", "::/0", "127.0.0.0/8", "::1/128", "fe80::/10"])


def opened_transport() -> SnmpTransport:
    """Return the transport for v1, v2c and v3."""
    return Engine()


def prepared_transport() -> SnmpTransport:
    """Return the transport, its machine code loaded: in a first cycle that would look like lag."""
    engine = Engine()
    engine.prepare()
    return engine


def community_from(community: str, community_env: str, *, default: str = "") -> str:
    """Return the community that one of the two options gives; ``default`` where neither does."""
    if community and community_env:
        raise UsageError("give one of --community and --community-env")
    if not community_env:
        return community or default
    found = os.environ.get(community_env, "")
    if not found:
        raise UsageError(f"the environment variable {community_env} is not set")
    return found


def _protocol(option: str, given: str, known: Collection[str]) -> str | None:
    """Return a protocol by our word for it: ``SHA-256``, ``SHA`` and ``AES`` are understood."""
    word = given.lower().replace("-", "")
    word = _OTHER_WORDS.get(word, word)
    if word and word not in known:
        raise UsageError(
            f"{option} is {given!r}{nearest(word, known)}; use one of {', '.join(known)}"
        )
    return word or None


def _password(option: str, protocol: str | None, variable: str) -> str:
    """Return the password of a protocol from its variable, which is named and never shown."""
    if protocol is None:
        return ""
    password = os.environ.get(variable, "")
    if not password:
        raise UsageError(
            f"{option} {protocol} needs a password; set the environment variable {variable} to it"
        )
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(
            f"{option} {protocol}: the password in {variable} is shorter than "
            f"{SHORTEST_PASSWORD} characters, which SNMPv3 does not take (RFC 3414, 11.2)"
        )
    return password


def credential_from(
    community: str, community_env: str, user: str, auth: str, priv: str
) -> Credential | None:
    """Return the credential that the options name; None when they name none.

    Raises
    ------
    UsageError
        Options exclude each other, a protocol is unknown, or a password is missing or too short.
    """
    given = [bool(community), bool(community_env), bool(user)]
    if sum(given) > 1:
        raise UsageError("give one of --community, --community-env, --user")
    if word := community_from(community, community_env):
        given_too = [name for name, value in (("--auth", auth), ("--priv", priv)) if value]
        if given_too:
            raise UsageError(f"{given_too[0]} is for SNMPv3; give --user instead of a community")
        return Community(word)
    if not user:
        if auth or priv:
            raise UsageError("--auth and --priv are of a user of SNMPv3; name it with --user")
        return None
    if len(user.encode()) > _LONGEST_USER:
        raise UsageError(f"--user is longer than {_LONGEST_USER} octets (RFC 3414, 5)")
    if priv and not auth:
        raise UsageError("--priv needs --auth: RFC 3414 has no privacy without it")
    auth_word, priv_word = _protocol("--auth", auth, AUTH), _protocol("--priv", priv, PRIV)
    return UserSecurity(
        user,
        auth_word,
        _password("--auth", auth_word, AUTH_VARIABLE),
        priv_word,
        _password("--priv", priv_word, PRIV_VARIABLE),
    )


def secrets_of(credential: Credential) -> list[str]:
    """Return the words of a credential that must not stand in anything that is given away."""
    if isinstance(credential, UserSecurity):
        found = [credential.user, credential.auth_password, credential.priv_password]
        return [one for one in found if one]
    return [credential.community]


def scrubbing_key(path: Path) -> bytes:
    """Return the key by which recordings are scrubbed alike.

    Raises
    ------
    MissingError, FileError
        There is no such file, or it holds too little: whoever guesses the key finds out what was
        replaced.
    """
    try:
        with path.open("rb") as file:
            key = file.read(_LARGEST_KEY).strip()
    except FileNotFoundError:
        raise MissingError(
            f"there is no key file {path}; make one, such as: ngbw secret key > {path}"
        ) from None
    except OSError as error:
        raise FileError(f"the key file {path} cannot be read ({error.strerror})") from None
    if len(key) < _SHORTEST_KEY:
        raise FileError(
            f"the key file {path} holds less than {_SHORTEST_KEY} octets, which can be guessed; "
            f"make one, such as: ngbw secret key > {path}"
        )
    return key


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
