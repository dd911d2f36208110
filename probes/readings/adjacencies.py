"""Neighbours of routing protocols: OSPF, OSPFv3, BGP (standard and makers' own), IS-IS.

BGP4-MIB knows IPv4 transport only; that it is silent says nothing of IPv6.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from ..mibs import object_named, oid_of
from ..snmp.values import Index, MibView
from .inet_address import read_inet_address, take_inet_address
from .plain_values import ip_value, octets, text, whole, word
from .records import Adjacency, Family

__all__ = ["read_adjacencies"]

_UP = frozenset({"full", "established", "up"})


def _family(address: IPv4Address | IPv6Address | None) -> Family | None:
    if address is None:
        return None
    return Family.IPV4 if address.version == 4 else Family.IPV6


def _up(state: str, *, two_way_is_up: bool = False) -> bool | None:
    """Return whether an adjacency stands; two-way is the end state between two DROthers."""
    if not state or state.isdigit():
        return None
    return state in _UP or (two_way_is_up and state == "twoWay")


def _dotted(number: int) -> str:
    return str(IPv4Address(number)) if 0 <= number < 2**32 else str(number)


def _ospf(view: MibView) -> list[Adjacency]:
    words = object_named("ospfNbrState").words
    found = []
    for index, typed in view.column(oid_of("ospfNbrState")).items():
        if len(index) != 5 or any(part > 255 for part in index[:4]):
            continue
        state = word(typed, words) or ""
        found.append(
            Adjacency(
                protocol="ospf",
                neighbour=str(IPv4Address(bytes(index[:4]))),
                state=state,
                up=_up(state, two_way_is_up=True),
                family=Family.IPV4,
                if_index=index[4] or None,
                table="ospfNbrTable",
            )
        )
    return found


def _ospfv3(view: MibView) -> list[Adjacency]:
    words = object_named("ospfv3NbrState").words
    addresses = view.column(oid_of("ospfv3NbrAddress"))
    found = []
    for index, typed in view.column(oid_of("ospfv3NbrState")).items():
        if len(index) != 3:
            continue
        state = word(typed, words) or ""
        address = ip_value(addresses.get(index))
        found.append(
            Adjacency(
                protocol="ospfv3",
                neighbour=str(address) if address is not None else _dotted(index[2]),
                state=state,
                up=_up(state, two_way_is_up=True),
                family=Family.IPV6,
                if_index=index[0],
                table="ospfv3NbrTable",
            )
        )
    return found


_BGP = {
    # entry: (status column, its word for "on", time established)
    "bgpPeer": ("AdminStatus", "FsmEstablishedTime"),
    "cbgpPeer2": ("AdminStatus", "FsmEstablishedTime"),
    "aristaBgp4V2Peer": ("AdminStatus", None),
    "jnxBgpM2Peer": ("Status", None),
    "hwBgpPeer": (None, None),
}


def _remote(entry: str, index: Index) -> IPv4Address | IPv6Address | None:
    """Return the remote address that a peer's index holds, by the table's own layout."""
    if entry == "bgpPeer":
        if len(index) == 4 and all(part <= 255 for part in index):
            return IPv4Address(bytes(index))
        return None
    if entry == "cbgpPeer2":
        return read_inet_address(index).address
    if entry == "aristaBgp4V2Peer":
        return read_inet_address(index[1:]).address
    if entry == "hwBgpPeer":
        return read_inet_address(index[3:]).address
    for strict in (True, False):  # Juniper: instance, local type and address, remote ones
        local = take_inet_address(index[1:], strict=strict)
        if local is not None:
            address = read_inet_address(local[1]).address
            if address is not None:
                return address
    return None


def _bgp(view: MibView) -> list[Adjacency]:
    found: dict[str, Adjacency] = {}
    # Makers' tables know both families and lead; BGP4-MIB fills in what they do not list.
    for entry in ("cbgpPeer2", "aristaBgp4V2Peer", "jnxBgpM2Peer", "hwBgpPeer", "bgpPeer"):
        status, since = _BGP[entry]
        words = object_named(entry + "State").words
        remote_as = view.column(oid_of(entry + "RemoteAs"))
        admin = view.column(oid_of(entry + status)) if status else {}
        times = view.column(oid_of(entry + since)) if since else {}
        for index, typed in view.column(oid_of(entry + "State")).items():
            address = _remote(entry, index)
            if address is None:
                continue
            state = word(typed, words) or ""
            running = whole(admin.get(index))
            established = whole(times.get(index))
            found.setdefault(
                str(address),
                Adjacency(
                    protocol="bgp",
                    neighbour=str(address),
                    state=state,
                    up=_up(state),
                    family=_family(address),
                    remote_as=whole(remote_as.get(index)),
                    admin_up=None if running is None else running == 2,
                    established_s=None if established is None else float(established),
                    table=f"{entry}Table",
                ),
            )
    return list(found.values())


def _isis(view: MibView) -> list[Adjacency]:
    words = object_named("isisISAdjState").words
    systems = view.column(oid_of("isisISAdjNeighSysID"))
    circuits = view.column(oid_of("isisCircIfIndex"))
    kinds: dict[Index, set[int]] = {}
    for index, typed in view.column(oid_of("isisISAdjIPAddrType")).items():
        kind = whole(typed)
        if kind in (1, 2):
            kinds.setdefault(index[:2], set()).add(kind)
    found: list[Adjacency] = []
    for index, typed in view.column(oid_of("isisISAdjState")).items():
        if len(index) != 2:
            continue
        state = word(typed, words) or ""
        system = octets(systems.get(index)) or b""
        name = ".".join(system.hex()[n : n + 4] for n in range(0, len(system) * 2, 4))
        carried: list[Family | None] = [
            Family.IPV4 if kind == 1 else Family.IPV6 for kind in sorted(kinds.get(index, ()))
        ]
        found.extend(
            Adjacency(
                protocol="isis",
                neighbour=name or text(systems.get(index)) or str(index[1]),
                state=state,
                up=_up(state),
                family=family,
                if_index=whole(circuits.get(index[:1])),
                table="isisISAdjTable",
            )
            for family in carried or [None]
        )
    return found


def read_adjacencies(view: MibView) -> tuple[Adjacency, ...]:
    """Read adjacencies of every protocol; IS-IS ones once for each family they carry."""
    return (*_ospf(view), *_ospfv3(view), *_bgp(view), *_isis(view))
