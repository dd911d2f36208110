"""Recordings of real devices read to the rows that another program expects of them.

What may differ stands in docs/snmp-conformance.md, with its reason, and nowhere else: the table
there is read by this test, and a row of it that no longer holds fails as well.
"""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from pathlib import Path

import pytest

from ngbw.probes.device_reading import read_device
from ngbw.probes.readings.figures import STATE_FIGURES
from ngbw.probes.readings.records import Sensor
from ngbw.probes.replay.recordings import read_recording, recordings_below
from ngbw.probes.snmp.values import oid_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "snmp-conformance.md"

UNITS = {  # their unit by ours, where it is not the same
    "frequency_mhz": (1e6, 1.0),
    "channel_mhz": (1.0, 1e6, 1e-3),
    "bias_current_a": (1.0, 1e3),
    "bitrate_mbps": (1e6,),
    "capacity_mbps": (1e6,),
    "network_delay_us": (1e-6,),
    "distance_m": (1e-3,),
}

pytestmark = pytest.mark.shared


def listed_differences():
    """Return (recording, rows, kind) to the number of rows that may differ."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 5 and cells[3].isdigit():
            found[cells[0], cells[1], cells[2]] = int(cells[3])
    return found


def theirs(expected, section, key):
    for stage in ("poller", "discovery"):
        rows = expected.get(section, {}).get(stage)
        if isinstance(rows, dict) and rows.get(key):
            return rows[key]
    return []


def port_differences(expected, device):
    ours = {one.if_index: one for one in device.interfaces.interfaces}
    for row in theirs(expected, "ports", "ports"):
        one = ours.get(row["ifIndex"])
        if one is None:
            yield "ports", "missing"
            continue
        if row["ifName"] and row["ifName"] != one.name:
            yield "port names", "other"
        if row["ifAlias"] and row["ifAlias"] not in (one.alias, one.description, one.name):
            yield "port aliases", "other"
        for name, state in (("ifOperStatus", one.oper), ("ifAdminStatus", one.admin)):
            if row[name] and row[name] != state:
                yield "port states", "other"
        mac = (one.mac or "").replace(":", "")
        if mac != (row["ifPhysAddress"] or "") and set(row["ifPhysAddress"] or "") != {"0"}:
            yield "port addresses", "other"
        if row["ifMtu"] and row["ifMtu"] != one.mtu_bytes:
            yield "port MTUs", "other"
        speed = row["ifSpeed"] / 1e6 if row["ifSpeed"] else None
        if speed != one.speed_mbps and not (
            speed and one.speed_mbps and speed == pytest.approx(one.speed_mbps, rel=0.01)
        ):
            yield "port speeds", "other"
        for name, counter in (
            ("ifInOctets", one.in_octets),
            ("ifOutOctets", one.out_octets),
            ("ifInUcastPkts", one.in_unicast),
            ("ifOutMulticastPkts", one.out_multicast),
            ("ifInErrors", one.in_errors),
            ("ifOutDiscards", one.out_discards),
        ):
            wanted = int(row[name]) if row[name] is not None else None
            value = counter.value if counter is not None else None
            # Their stored 0 also stands for "not given".
            if wanted is not None and wanted != value and not (wanted == 0 and value is None):
                yield "port counters", "other"


def set_differences(name, theirs_set, ours_set):
    for _ in theirs_set - ours_set:
        yield name, "missing"
    for _ in ours_set - theirs_set:
        yield name, "more"


def address_differences(expected, device):
    for version, section, key, column in (
        (4, "ipv4-addresses", "ipv4_addresses", "ipv4_address"),
        (6, "ipv6-addresses", "ipv6_addresses", "ipv6_compressed"),
    ):
        rows = theirs(expected, section, key)
        if not rows:
            continue
        wanted = {
            (r[column], r["ifIndex"], r[f"ipv{version}_prefixlen"] or None)
            for r in rows
            if not ipaddress.ip_address(r[column]).is_loopback
        }
        ours = {
            (str(a.address), a.if_index, a.prefix_length or None)
            for a in device.addresses.addresses
            if a.address.version == version and not a.address.is_loopback and a.kind != "broadcast"
        }
        yield from set_differences(section, wanted, ours)
    rows = theirs(expected, "ipv6-nd", "ipv6_nd")
    if rows:
        told = {(ipaddress.ip_address(r["ipv6_address"]), r["mac_address"]) for r in rows}
        known = {
            (n.address, (n.mac or "").replace(":", ""))
            for n in device.neighbours.neighbours
            if n.address.version == 6
        }
        yield from set_differences("ipv6-nd", told, known)


def link_differences(expected, device):
    names = {one.if_index: one.name for one in device.interfaces.interfaces}
    ours = set()
    for link in device.links:
        name = names.get(link.local_if_index, "")
        ports = {link.remote_port, link.remote_port_description, link.remote_port.upper()}
        ours |= {(name, link.remote_name, port.upper().replace(":", " ")) for port in ports}
    for row in theirs(expected, "discovery-protocols", "links"):
        port = row["remote_port"].partition(" (")[0].upper().replace(":", " ")
        if (row["ifName"], row["remote_hostname"], port) not in ours:
            yield "links", "missing"


def entity_differences(expected, device):
    ours = {one.index: one for one in device.entities}
    serials = {one.serial for one in device.modules} | {one.serial for one in device.entities}
    described = {one.description for one in device.modules}
    for row in theirs(expected, "entity-physical", "entPhysical"):
        one = ours.get(row["entPhysicalIndex"])
        text = " ".join((row["entPhysicalDescr"] or "").split())
        if one is None:
            known = row["entPhysicalSerialNum"] in serials and row["entPhysicalSerialNum"]
            if not known and text not in described:
                yield "entity", "missing"
        elif one.description != text or (row["entPhysicalSerialNum"] or "") != one.serial:
            yield "entity", "other"
    for row in theirs(expected, "transceivers", "transceivers"):
        if (row["model"], row["serial"]) not in {
            (one.model, one.serial) for one in device.modules if one.kind == "transceiver"
        }:
            yield "transceivers", "missing"


def agrees(sensor, current):
    """Whether a sensor says the figure that they store, in whichever of the units they use."""
    if sensor.value is None:
        return bool(sensor.absent)  # no measurement: they keep the place holder
    if sensor.figure in STATE_FIGURES:
        return sensor.raw == current
    values = [sensor.value * factor for factor in UNITS.get(sensor.figure, (1.0,))]
    if sensor.figure.endswith("_dbm"):
        values.append(10 ** (sensor.value / 10) / 1000)  # they keep optical watts
    return any(current == pytest.approx(value, rel=1e-3, abs=1e-6) for value in values)


def sensor_differences(expected, device):
    ours: dict[str, list[Sensor]] = {}
    for sensor in device.sensors:
        ours.setdefault(oid_text(sensor.oid), []).append(sensor)
    for section, key, column in (
        ("sensors", "sensors", "sensor_oid"),
        ("wireless", "wireless_sensors", "sensor_oids"),
    ):
        for row in theirs(expected, section, key):
            named = row[column]
            oids = json.loads(named) if named.startswith("[") else [named]
            if len(oids) > 1:
                continue  # a sum over rows that we keep apart
            oid = oids[0].lstrip(".")
            if oid.startswith("1.3.6.1.2.1.99.1.1.1.5.") and oid not in ours:
                oid = oid.replace("1.99.1.1.1.5.", "1.99.1.1.1.4.")
                operational = row["sensor_current"] == 1
                found = ours.get(oid, [])
                if not any((one.value is not None) == operational for one in found):
                    yield f"{section}, {row['sensor_class']}", "missing"
                continue
            if oid not in ours:
                yield f"{section}, {row['sensor_class']}", "missing"
            elif not any(agrees(one, row["sensor_current"] or 0) for one in ours[oid]):
                yield f"{section}, {row['sensor_class']}", "other"


def differences(name, expected, device):
    found: Counter[tuple[str, str, str]] = Counter()
    for part in (
        port_differences,
        address_differences,
        link_differences,
        entity_differences,
        sensor_differences,
    ):
        for rows, kind in part(expected, device):
            found[name, rows, kind] += 1
    return found


def test_recordings_read_to_the_rows_expected_of_them(shared):
    folder = shared / "vectors" / "snmp"
    found: Counter[tuple[str, str, str]] = Counter()
    for path in sorted((folder / "expected").glob("*.json")):
        expected = json.loads(path.read_text(encoding="utf-8"))
        device = read_device(read_recording(folder / f"{path.stem}.snmprec"))
        found += differences(path.stem, expected, device)
    assert dict(found) == listed_differences()


def test_every_recording_of_every_kind_reads_without_an_error(shared):
    for folder in ("snmp", "ipv6/snmp"):
        for path in recordings_below(shared / "vectors" / folder):
            device = read_device(read_recording(path))
            names = [sensor.name for sensor in device.sensors]
            assert len(set(zip(names, (s.source for s in device.sensors), strict=True))) == len(
                names
            ), path
