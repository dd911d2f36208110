"""How far the devices on paper are with IPv6, and what their MIBs show of it.

Three stages, as real networks have them side by side: no IPv6 at all; addresses, but no counter
that would prove traffic; traffic that IP-MIB counts by family (RFC 4293). A device whose management
address is IPv4 is at the first; backbone routers carry; of the rest the name decides.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator
from enum import StrEnum

from ...topology.network import Device
from ..mibs import oid_of
from ..snmp.values import Oid, Tag, Typed
from .drifts import Drift, share_of

__all__ = ["Ipv6Stage", "family_rows", "stage_of"]


class Ipv6Stage(StrEnum):
    """What of IPv6 a device shows."""

    NONE = "none"
    ADDRESSES = "addresses"
    CARRYING = "carrying"


_CARRYING_SHARE = 0.5
"""Of devices with IPv6 that are no backbone routers."""

_PACKET_OCTETS = 700


def stage_of(device: Device) -> Ipv6Stage:
    """Return how far a device on paper is with IPv6."""
    try:
        version = ipaddress.ip_address(device.mgmt_address).version
    except ValueError:
        version = 4
    if version == 4:
        return Ipv6Stage.NONE
    if device.role == "backbone":
        return Ipv6Stage.CARRYING
    carries = share_of(f"ipv6:{device.device_id}") < _CARRYING_SHARE
    return Ipv6Stage.CARRYING if carries else Ipv6Stage.ADDRESSES


def v6_share(device: Device) -> float:
    """Return the share of its traffic that a carrying device has on IPv6."""
    return 0.15 + 0.4 * share_of(f"ipv6 share:{device.device_id}")


def family_rows(
    device: Device, stage: Ipv6Stage, *, octets_s: float, uptime_s: float
) -> Iterator[tuple[Oid, Typed, Drift | None]]:
    """Yield the rows of ipSystemStatsTable: both families where the device carries IPv6.

    Parameters
    ----------
    octets_s
        What all ports receive together in a second.
    """
    yield (*oid_of("ipForwarding"), 0), Typed(Tag.INTEGER, 1), None
    if stage is Ipv6Stage.NONE:
        return
    yield (*oid_of("ipv6IpForwarding"), 0), Typed(Tag.INTEGER, 1), None
    if stage is Ipv6Stage.ADDRESSES:
        return
    share = v6_share(device)
    for family, part in ((1, 1 - share), (2, share)):
        for column, rate in (
            ("ipSystemStatsHCInReceives", octets_s * part / _PACKET_OCTETS),
            ("ipSystemStatsHCInOctets", octets_s * part),
            ("ipSystemStatsHCOutTransmits", octets_s * part / _PACKET_OCTETS),
            ("ipSystemStatsHCOutOctets", octets_s * part),
        ):
            drift = Drift(float(math.floor(rate * uptime_s)), round(rate, 3))
            yield (*oid_of(column), family), Typed(Tag.COUNTER64, int(drift.initial)), drift
