"""Which objects the readings look at, by name, in the groups in which they are walked.

The columns of a group share their index, so that a transport can walk them side by side.
"""

from __future__ import annotations

from ..mibs import oid_of
from ..snmp.values import Oid

__all__ = [
    "ADDRESS_SCALARS",
    "ADDRESS_TABLES",
    "ADJACENCY_SCALARS",
    "ADJACENCY_TABLES",
    "BRIDGE_PORT_TABLES",
    "CDP_TABLES",
    "DOCSIS_TABLES",
    "ENTITY_SENSOR_TABLES",
    "ENTITY_TABLES",
    "EPON_TABLES",
    "FAMILY_SCALARS",
    "FAMILY_TABLES",
    "FORWARDING_TABLES",
    "IDENTITY_SCALARS",
    "IF_NUMBER",
    "INTERFACE_TABLES",
    "LARGE_ROUTE_TABLES",
    "LLDP_TABLES",
    "NEIGHBOUR_TABLES",
    "ROUTE_SCALARS",
    "ROUTE_TABLES",
    "SYSTEM_SCALARS",
    "TOWARDS_ALL",
    "columns",
]


def columns(prefix: str, names: str) -> tuple[Oid, ...]:
    """Return the identifiers of several columns whose names begin alike."""
    return tuple(oid_of(prefix + name) for name in names.split())


IDENTITY_SCALARS = columns("sys", "Descr ObjectID")
SYSTEM_SCALARS = (
    *columns("sys", "Descr ObjectID UpTime Contact Name Location"),
    *columns("", "snmpEngineBoots snmpEngineTime hrSystemUptime"),
)
IF_NUMBER = oid_of("ifNumber")
INTERFACE_TABLES = (
    columns("if", "Descr Type Mtu Speed PhysAddress AdminStatus OperStatus LastChange"),
    columns(
        "if",
        "InOctets InUcastPkts InDiscards InErrors InUnknownProtos OutOctets OutUcastPkts"
        " OutDiscards OutErrors",
    ),
    columns(
        "if",
        "Name HCInOctets HCInUcastPkts HCInMulticastPkts HCInBroadcastPkts HCOutOctets"
        " HCOutUcastPkts HCOutMulticastPkts HCOutBroadcastPkts",
    ),
    columns(
        "if",
        "InMulticastPkts InBroadcastPkts OutMulticastPkts OutBroadcastPkts HighSpeed"
        " ConnectorPresent Alias CounterDiscontinuityTime",
    ),
)
ADDRESS_SCALARS = columns("", "ipForwarding ipv6IpForwarding ipv6Forwarding ipv6Interfaces")
ADDRESS_TABLES = (
    columns("ipAdEnt", "Addr IfIndex NetMask"),
    columns("ipAddress", "IfIndex Type Prefix Origin Status"),
    columns("cIpAddress", "IfIndex Type Prefix Origin Status"),
    columns("ipAddressPrefix", "Origin"),
    columns("ipv6Addr", "PfxLength Type AnycastFlag Status"),
    columns("ipv6ScopeZoneIndex", "LinkLocal"),
    columns("ipv6Interface", "EnableStatus Forwarding"),
    columns("ipv6If", "AdminStatus OperStatus"),
    columns("ipv6RouterAdvert", "SendAdverts ManagedFlag OtherConfigFlag LinkMTU DefaultLifetime"),
)
NEIGHBOUR_TABLES = (
    columns("ipNetToMedia", "PhysAddress Type"),
    columns("ipNetToPhysical", "PhysAddress Type State"),
    (*columns("ipv6NetToMedia", "PhysAddress Type"), oid_of("ipv6IfNetToMediaState")),
    columns("cInetNetToMedia", "PhysAddress Type State"),
)
ENTITY_TABLES = (
    columns(
        "entPhysical",
        "Descr VendorType ContainedIn Class ParentRelPos Name HardwareRev FirmwareRev",
    ),
    columns("entPhysical", "SoftwareRev SerialNum MfgName ModelName Alias AssetID IsFRU MfgDate"),
    columns("entAliasMapping", "Identifier"),
)
ENTITY_SENSOR_TABLES = (
    columns("entPhySensor", "Type Scale Precision Value OperStatus UnitsDisplay"),
    columns("entSensor", "Type Scale Precision Value Status MeasuredEntity"),
    columns("entSensorThreshold", "Severity Relation Value"),
    columns("aristaEntSensorThreshold", "LowWarning LowCritical HighWarning HighCritical"),
    columns("entPhysical", "Descr Name ContainedIn Class"),
    columns("entAliasMapping", "Identifier"),
)
LLDP_TABLES = (
    columns("lldpLocPort", "IdSubtype Id Desc"),
    columns("lldpRem", "ChassisIdSubtype ChassisId PortIdSubtype PortId PortDesc SysName SysDesc"),
    columns("lldpRem", "SysCapEnabled"),
    columns("lldpRemManAddr", "IfSubtype"),
    columns("lldpV2LocPort", "IdSubtype Id Desc"),
    columns(
        "lldpV2Rem", "ChassisIdSubtype ChassisId PortIdSubtype PortId PortDesc SysName SysDesc"
    ),
    columns("lldpV2Rem", "SysCapEnabled"),
    columns("lldpV2RemManAddr", "IfSubtype"),
    columns("dot1dBasePort", "IfIndex"),
)
CDP_TABLES = (
    columns("cdpCache", "AddressType Address Version DeviceId DevicePort Platform Capabilities"),
    columns("cdpCache", "SysName"),
)
BRIDGE_PORT_TABLES = (columns("dot1dBasePort", "IfIndex"), columns("dot1qVlan", "FdbId"))
FORWARDING_TABLES = (
    columns("dot1dTpFdb", "Port Status"),
    columns("dot1qTpFdb", "Port Status"),
)
DOCSIS_TABLES = (
    columns("docsIfDownChannel", "Id Frequency Width Modulation Power Annex"),
    columns("docsIfUpChannel", "Id Frequency Width Type"),
    columns(
        "docsIfSigQ",
        "Unerroreds Correcteds Uncorrectables SignalNoise Microreflections ExtUnerroreds"
        " ExtCorrecteds ExtUncorrectables",
    ),
    columns("docsIfCmStatus", "Value TxPower Resets LostSyncs"),
    columns("docsIf3SignalQualityExt", "RxMER"),
    columns("docsIf3CmStatusUs", "TxPower"),
)
EPON_TABLES = (
    columns("dot3Mpcp", "OperStatus Mode RegistrationState RoundTripTime RemoteMACAddress"),
    columns(
        "dot3ExtPkgOptIf",
        "InputPower LowerInputPowerThreshold UpperInputPowerThreshold OutputPower"
        " LowerOutputPowerThreshold UpperOutputPowerThreshold",
    ),
)
_STATS = (
    "InReceives HCInReceives InOctets HCInOctets InNoRoutes InForwDatagrams HCInForwDatagrams"
    " InDiscards InDelivers HCInDelivers OutForwDatagrams HCOutForwDatagrams OutDiscards"
    " OutTransmits HCOutTransmits OutOctets HCOutOctets OutFragFails DiscontinuityTime"
)
FAMILY_SCALARS = (
    *columns("jnxIpv6Stats", "Receives Delivers Forwards OutRequests OutDiscards OutNoRoutes"),
    oid_of("jnxIcmpv6StatsTooBigs"),
)
FAMILY_TABLES = (
    (*columns("ipSystemStats", _STATS), oid_of("ipSystemStatsOutNoRoutes")),
    columns("ipIfStats", _STATS),
    columns(
        "ipv6IfStats",
        "InReceives InTooBigErrors InNoRoutes InDiscards InDelivers OutForwDatagrams OutRequests"
        " OutDiscards",
    ),
    columns("jnxIpv6If", "InOctets OutOctets"),
    columns("icmpMsgStats", "OutPkts"),
)
ROUTE_SCALARS = columns("", "inetCidrRouteNumber ipv6RouteNumber")
TOWARDS_ALL: tuple[Oid, ...] = (
    (2, 16, *(0,) * 16, 0),
    (2, 16, 32, *(0,) * 15, 3),
    (2, *(0,) * 16, 0),
    (2, 32, *(0,) * 15, 3),
)
"""How indices of routes to ::/0 and 2000::/3 begin, with and without the length of RFC 4001."""
ROUTE_TABLES = (
    columns("ipDefaultRouter", "Lifetime Preference"),
    (
        *((*oid_of("inetCidrRouteType"), *begin) for begin in TOWARDS_ALL),
        *((*oid_of("ipv6RouteType"), *begin[2:]) for begin in TOWARDS_ALL[:2]),
    ),
)
LARGE_ROUTE_TABLES = (  # IPv6 alone: a core router holds hundreds of thousands of IPv4
    tuple((*column, 2) for column in columns("inetCidrRoute", "IfIndex Type Proto")),
    columns("ipv6Route", "IfIndex Type Protocol"),
)
ADJACENCY_SCALARS = columns("", "ospfAdminStat ospfv3AdminStatus ospfv3AsScopeLsaCount bgpLocalAs")
ADJACENCY_TABLES = (
    columns("ospfNbr", "RtrId State"),
    columns("ospfv3Nbr", "AddressType Address State"),
    columns("bgpPeer", "State AdminStatus RemoteAs FsmEstablishedTime"),
    columns("cbgpPeer2", "State AdminStatus RemoteAs FsmEstablishedTime"),
    columns("jnxBgpM2Peer", "State Status RemoteAs"),
    columns("aristaBgp4V2Peer", "State AdminStatus RemoteAs"),
    columns("hwBgpPeer", "State RemoteAs"),
    columns("isisISAdj", "State NeighSysID"),
    columns("isisISAdjIPAddr", "Type Address"),
    columns("isisCirc", "IfIndex"),
)
