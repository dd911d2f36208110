"""How far the devices on paper are with IPv6, and what their MIBs show of it.

Three stages, as real networks have them side by side: no IPv6 at all; addresses, but no counter
that would prove traffic; traffic that IP-MIB counts by family (RFC 4293). A device whose management
address is IPv4 is at the first; backbone routers carry; of the rest the name decides.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Sequence
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

_IP_SHARE = 0.96
"""Of the octets of a port: the rest is Ethernet's frames and what is no IP."""

_LOST = 2e-5
"""Share of packets of either family that are discarded."""

_UPLINK = ipaddress.IPv6Address("fe80::1").packed
_FULL = 8  # ospfv3NbrState


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


def _routing_rows(
    device: Device, stage: Ipv6Stage, if_indices: Sequence[int]
) -> Iterator[tuple[Oid, Typed, Drift | None]]:
    """Yield a route to everything, and what a device that carries tells its neighbours."""
    if not if_indices:
        return
    way_out = (2, 16, *(0,) * 16, 0, 0, 2, 16, *_UPLINK)
    for column, value in (
        ("inetCidrRouteIfIndex", if_indices[0]), ("inetCidrRouteType", 4),
        ("inetCidrRouteProto", 13 if device.role == "backbone" else 3),
    ):  # fmt: skip
        yield (*oid_of(column), *way_out), Typed(Tag.INTEGER, value), None
    if stage is not Ipv6Stage.CARRYING:
        return
    if device.role == "backbone":
        yield (*oid_of("ospfv3AdminStatus"), 0), Typed(Tag.INTEGER, 1), None
        for n in if_indices:
            yield (*oid_of("ospfv3NbrState"), n, 0, n), Typed(Tag.INTEGER, _FULL), None
    if device.role == "access":
        for n in if_indices:
            yield (*oid_of("ipv6RouterAdvertSendAdverts"), n), Typed(Tag.INTEGER, 1), None
            lifetime = Typed(Tag.GAUGE32, 1800)
            yield (*oid_of("ipv6RouterAdvertDefaultLifetime"), n), lifetime, None


def family_rows(
    device: Device,
    stage: Ipv6Stage,
    *,
    octets_s: tuple[float, float],
    uptime_s: float,
    if_indices: Sequence[int] = (),
) -> Iterator[tuple[Oid, Typed, Drift | None]]:
    """Yield forwarding, routes, and ipSystemStatsTable of both families where IPv6 is carried.

    Parameters
    ----------
    octets_s
        What all ports receive, and send, together in a second; of it a little is no IP.
    if_indices
        Of the ports that lead to other devices.
    """
    yield (*oid_of("ipForwarding"), 0), Typed(Tag.INTEGER, 1), None
    if stage is Ipv6Stage.NONE:
        return
    yield (*oid_of("ipv6IpForwarding"), 0), Typed(Tag.INTEGER, 1), None
    yield from _routing_rows(device, stage, if_indices)
    if stage is Ipv6Stage.ADDRESSES:
        return
    share = v6_share(device)
    received_s, sent_s = (_IP_SHARE * rate for rate in octets_s)
    for family, part in ((1, 1 - share), (2, share)):
        for column, rate in (
            ("ipSystemStatsHCInReceives", received_s * part / _PACKET_OCTETS),
            ("ipSystemStatsHCInOctets", received_s * part),
            ("ipSystemStatsHCOutForwDatagrams", sent_s * part / _PACKET_OCTETS),
            ("ipSystemStatsHCOutTransmits", sent_s * part / _PACKET_OCTETS),
            ("ipSystemStatsHCOutOctets", sent_s * part),
        ):
            drift = Drift(float(math.floor(rate * uptime_s)), round(rate, 3))
            yield (*oid_of(column), family), Typed(Tag.COUNTER64, int(drift.initial)), drift
        lost_s = received_s * part / _PACKET_OCTETS * _LOST
        lost = Drift(float(math.floor(lost_s * uptime_s) % 2**32), round(lost_s, 6))
        discards = (*oid_of("ipSystemStatsInDiscards"), family)
        yield discards, Typed(Tag.COUNTER32, int(lost.initial)), lost
