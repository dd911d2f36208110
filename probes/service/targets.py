"""Which agents are polled: the devices of the tables that may be, and why others are not."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...topology.errors import FileError, MissingError, UsageError
from ...topology.network import Network
from ..snmp.agents import Agent
from .settings import NamedCredential, ProbeSettings

__all__ = ["Place", "PolledDevice", "find_targets", "read_places"]

_MOST_BYTES = 10_000_000
SNMP_PORT = 161


@dataclass(frozen=True, slots=True)
class Place:
    """Where an agent listens."""

    address: str
    port: int = SNMP_PORT
    community: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PolledDevice:
    """An agent and the credentials to try, in their order."""

    device_id: str
    address: str
    port: int
    credentials: tuple[NamedCredential, ...]

    def agent(self, credential: NamedCredential) -> Agent:
        """Return the agent as a transport takes it."""
        return Agent(self.device_id, self.address, credential.credential, self.port)


def read_places(path: Path) -> dict[str, Place]:
    """Read where agents really listen, as ``ngbw probe replay --places FILE`` writes it.

    Raises
    ------
    MissingError
        There is no such file.
    FileError
        It is not such a document.
    """
    if not path.is_file():
        raise MissingError(f"there is no {path}; ngbw probe replay writes it with --places")
    if path.stat().st_size > _MOST_BYTES:
        raise FileError(f"{path} is larger than 10 MB; it cannot be a list of places")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Place(str(ipaddress.ip_address(one["address"])), int(one["port"]))
            for name, one in document["agents"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FileError(
            f'{path} is not a list of places; write {{"agents": {{"ID": {{"address": "127.0.0.1", '
            '"port": 1161}}}'
        ) from None


def find_targets(
    network: Network, settings: ProbeSettings, *, places: Mapping[str, Place] | None = None
) -> tuple[list[PolledDevice], dict[str, str]]:
    """Return the devices to poll, and for every other device why it is not.

    Parameters
    ----------
    places
        Where agents listen instead of at their management address; then no other device is
        polled. The address must lie in an allowed network all the same.
    """
    targets: list[PolledDevice] = []
    refused: dict[str, str] = {}
    frame = network.devices
    columns = zip(frame["device_id"], frame["mgmt_address"], strict=True)
    for device_id, written in columns:
        place = Place(str(written).strip())
        if places is not None:
            if device_id not in places:
                refused[device_id] = "it is not among the places"
                continue
            place = places[device_id]
        if not place.address:
            refused[device_id] = "it has no mgmt_address"
            continue
        try:
            refusal = settings.networks.refusal(place.address)
        except UsageError:
            refusal = "it is no IP address"
        if refusal is not None:
            refused[device_id] = f"{place.address}: {refusal}"
            continue
        fitting = tuple(one for one in settings.credentials if one.is_for(place.address))
        if not fitting:
            refused[device_id] = f"no credential is for {place.address}"
            continue
        targets.append(PolledDevice(str(device_id), place.address, place.port, fitting))
    return targets, refused
