"""Sensors of ENTITY-SENSOR-MIB and Cisco's, DOCSIS and EPON levels: scaled, bounded, honest."""

from __future__ import annotations

import pytest

from ngbw.probes.mibs import oid_of
from ngbw.probes.readings.cable import (
    read_cable_channels,
    read_cable_sensors,
    read_epon_sensors,
)
from ngbw.probes.readings.entity import modules_of, read_entities
from ngbw.probes.readings.figures import FIGURES, absent_reason
from ngbw.probes.readings.forwarding import read_forwarding
from ngbw.probes.readings.limits import ordered_limits
from ngbw.probes.readings.records import Sensor, SensorState, Thresholds
from ngbw.probes.readings.sensors import read_entity_sensors
from ngbw.probes.readings.telemetry import lights_of, optical_margin_db, transmitters_of
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.snmp.values import Tag, Typed


def view_of(cells):
    rows = []
    for (name, *index), value in cells.items():
        tag = {int: Tag.INTEGER, bytes: Tag.OCTET_STRING, tuple: Tag.OBJECT_IDENTIFIER}
        rows.append(((*oid_of(name), *index), Typed(tag[type(value)], value)))
    return recording_of("device", rows)


def sensor(kind, scale, precision, raw, status=1, words=b"sensor", **more):
    cells = {
        ("entPhySensorType", 9): kind,
        ("entPhySensorScale", 9): scale,
        ("entPhySensorPrecision", 9): precision,
        ("entPhySensorValue", 9): raw,
        ("entPhySensorOperStatus", 9): status,
        ("entPhysicalDescr", 9): words,
    }
    (found,) = read_entity_sensors(view_of(cells | more.get("cells", {})))
    return found


@pytest.mark.parametrize(
    ("kind", "scale", "precision", "raw", "figure", "value"),
    [
        (8, 9, 0, 43, "temperature_c", 43),
        (8, 9, 1, 533, "temperature_c", 53.3),
        (8, 8, 0, 33000, "temperature_c", 33),
        (4, 8, 0, 3300, "voltage_v", 3.3),
        (5, 7, 0, 660_000, "current_a", 0.66),
        (10, 9, 0, 8426, "fan_rpm", 8426),
        (6, 10, 0, 2, "power_w", 2000),
        (9, 9, 0, 40, "humidity_percent", 40),
        (8, 9, -1, 4, "temperature_c", 40),
    ],
)
def test_value_is_scaled_by_scale_and_precision(kind, scale, precision, raw, figure, value):
    found = sensor(kind, scale, precision, raw)
    assert found.figure == figure
    assert found.value == pytest.approx(value)
    assert found.raw == raw


@pytest.mark.parametrize(
    ("raw", "status", "why"),
    [
        (1, 2, "not available"),
        (1, 3, "not operational"),
        (1_000_000_000, 1, "above its range"),
        (-1_000_000_000, 1, "below its range"),
        (2**31 - 1, 1, "not set"),
        (-4000, 1, "no light"),
        (0, 1, "no light"),
        (65535, 1, "out of range"),
    ],
)
def test_what_is_no_measurement_has_no_value_and_says_why(raw, status, why):
    found = sensor(14, 9, 2, raw, status, b"Rx power")
    assert (found.value, found.absent) == (None, why)
    assert found.raw == raw


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        (b"DOM RX Power Sensor for Ethernet1", "rx_power_dbm"),
        (b"Ethernet1 Transmit Power", "tx_power_dbm"),
        (b"amplifier stage 2", "optical_power_dbm"),
    ],
)
def test_direction_of_light_comes_from_the_sensors_own_words(words, figure):
    assert sensor(14, 9, 2, -512, words=words).figure == figure


def test_optical_watts_are_given_in_dbm_and_electrical_ones_stay():
    light = sensor(6, 7, 0, 501, words=b"SFP RX power")
    assert light.figure == "rx_power_dbm"
    assert light.value == pytest.approx(-3.0, abs=0.01)
    assert sensor(6, 9, 0, 55, words=b"Power for Power Supply 1/2").figure == "power_w"


def test_cisco_limits_become_alarm_and_warning_by_severity():
    cells: dict[tuple[str | int, ...], int | bytes] = {
        ("entSensorType", 9): 14, ("entSensorScale", 9): 9, ("entSensorPrecision", 9): 1,
        ("entSensorValue", 9): -52, ("entSensorStatus", 9): 1,
        ("entPhysicalDescr", 9): b"Receive Power",
    }  # fmt: skip
    for row, (severity, relation, value) in enumerate(
        [(20, 4, 20), (10, 4, 0), (20, 2, -200), (10, 2, -170)], 1
    ):
        cells |= {
            ("entSensorThresholdSeverity", 9, row): severity,
            ("entSensorThresholdRelation", 9, row): relation,
            ("entSensorThresholdValue", 9, row): value,
        }
    (found,) = read_entity_sensors(view_of(cells))
    assert found.thresholds == Thresholds(-20.0, -17.0, 0.0, 2.0)


def test_sensor_in_both_tables_is_given_once_from_the_one_with_limits():
    cells = {
        ("entSensorType", 9): 8, ("entSensorValue", 9): 30, ("entSensorStatus", 9): 1,
        ("entSensorScale", 9): 9, ("entSensorPrecision", 9): 0,
    }  # fmt: skip
    assert sensor(8, 9, 0, 30, cells=cells).source == "CISCO-ENTITY-SENSOR-MIB"


def test_part_with_a_status_and_no_value_is_a_state():
    (found,) = read_entity_sensors(view_of({("entPhySensorOperStatus", 4): 3}))
    assert (found.figure, found.state) == ("state", SensorState.CRITICAL)


def test_interface_comes_from_the_alias_table_or_from_the_words():
    named = {("ifName", 7): b"Ethernet1", ("ifName", 8): b"Ethernet11"}
    assert sensor(14, 9, 2, -500, words=b"RX for Ethernet1", cells=named).if_index == 7
    alias = named | {("entAliasMappingIdentifier", 9, 0): (*oid_of("ifIndex"), 8)}
    assert sensor(14, 9, 2, -500, words=b"RX for Ethernet1", cells=alias).if_index == 8


def test_parts_that_contain_each_other_do_not_loop():
    cells = {("entPhysicalContainedIn", 9): 10, ("entPhysicalContainedIn", 10): 9}
    assert sensor(8, 9, 0, 30, cells=cells).if_index is None


def test_limits_are_put_in_order_and_empty_bands_dropped():
    assert ordered_limits(0, -5, 75, 70) == Thresholds(-5, 0, 70, 75)
    assert not ordered_limits(0, 0, 0, 0)
    assert ordered_limits(0, None, 0, 32) == Thresholds(None, None, 0, 32)
    assert not ordered_limits(10, None, None, 5)


def test_every_figure_has_a_range_that_its_no_light_lies_outside_of():
    assert absent_reason("rx_power_dbm", -40.0) == "no light"
    assert all(f.lowest is None or f.highest is None or f.lowest < f.highest
               for f in FIGURES.values())  # fmt: skip


def test_modem_receives_what_a_cmts_sends_in_the_same_object():
    level = {("docsIfDownChannelPower", 3): -73, ("ifDescr", 3): b"RF Downstream"}
    (cmts,) = read_cable_sensors(view_of(level))
    assert (cmts.figure, cmts.value) == ("tx_level_dbmv", -7.3)
    modem = level | {("docsIfCmStatusValue", 2): 12, ("docsIfCmStatusTxPower", 2): 524}
    found = {s.figure: s.value for s in read_cable_sensors(view_of(modem))}
    assert found == {"rx_level_dbmv": -7.3, "tx_level_dbmv": 52.4}


def test_snr_of_zero_is_a_silent_upstream():
    view = view_of({("docsIfSigQSignalNoise", 11): 269, ("docsIfSigQSignalNoise", 12): 0})
    assert [(s.value, s.absent) for s in read_cable_sensors(view)] == [
        (26.9, ""), (None, "no signal"),
    ]  # fmt: skip


def test_channel_has_frequency_modulation_and_codewords():
    view = view_of({
        ("docsIfDownChannelId", 3): 1, ("docsIfDownChannelFrequency", 3): 603_000_000,
        ("docsIfDownChannelModulation", 3): 4, ("docsIfSigQUncorrectables", 3): 17,
    })  # fmt: skip
    (channel,) = read_cable_channels(view)
    assert (channel.frequency_mhz, channel.modulation) == (603.0, "qam256")
    assert channel.uncorrectable == (17, 32)


def test_epon_power_is_in_tenths_with_its_limits():
    view = view_of({
        ("dot3ExtPkgOptIfInputPower", 5): -215,
        ("dot3ExtPkgOptIfLowerInputPowerThreshold", 5): -270,
        ("dot3ExtPkgOptIfUpperInputPowerThreshold", 5): -80,
    })  # fmt: skip
    (found,) = read_epon_sensors(view)
    assert (found.value, found.thresholds) == (-21.5, Thresholds(-27.0, None, None, -8.0))
    assert optical_margin_db(found) == pytest.approx(5.5)


def test_margin_is_unknown_without_light_or_limit():
    assert optical_margin_db(Sensor("a", "rx_power_dbm", "p", None)) is None
    assert optical_margin_db(Sensor("a", "rx_power_dbm", "p", -10.0)) is None


def test_lanes_of_a_port_stay_apart_and_share_its_warmth():
    def one(figure, value, number):
        return Sensor(f"{figure}.{number}", figure, "port", value, if_index=7, entity=number)

    sensors = [
        one("temperature_c", 30.0, 1),
        *(one("rx_power_dbm", -1.0 * lane, 10 + lane) for lane in (1, 2)),
        *(one("tx_power_dbm", 1.0 * lane, 20 + lane) for lane in (1, 2)),
    ]
    found = [(one.rx_power_dbm, one.tx_power_dbm, one.temperature_c) for one in lights_of(sensors)]
    assert found == [(-1.0, 1.0, 30.0), (-2.0, 2.0, 30.0)]


def test_transmitter_is_one_record_whoever_made_it():
    sensors = [
        Sensor("f.64.1", "frequency_mhz", "64.1", 602.0, source="maker"),
        Sensor("p", "forward_power_w", "TX", 50.0, source="maker"),
        Sensor("v", "vswr", "TX", 1.2, source="maker"),
        Sensor("g", "gnss_lock", "TX", 0.0, source="maker"),
    ]
    (found,) = transmitters_of(sensors)
    assert (found.part, found.frequency_mhz, found.vswr) == ("TX", 602.0, 1.2)
    assert found.gnss_locked is False
    assert found.on_air is None


def test_transceiver_is_a_module_with_pluggable_words_and_its_ports_interface():
    view = view_of({
        ("entPhysicalClass", 5): 9, ("entPhysicalDescr", 5): b"10GBASE-LR SFP+ module",
        ("entPhysicalSerialNum", 5): b"S1", ("entPhysicalModelName", 5): b"LR",
        ("entPhysicalClass", 6): 10, ("entPhysicalContainedIn", 6): 5,
        ("entAliasMappingIdentifier", 6, 0): (*oid_of("ifIndex"), 3),
        ("entPhysicalClass", 7): 9, ("entPhysicalDescr", 7): b"line card",
        ("entPhysicalSerialNum", 7): b"S2",
    })  # fmt: skip
    found = {m.serial: (m.kind, m.if_index) for m in modules_of(read_entities(view))}
    assert found == {"S1": ("transceiver", 3), "S2": ("module", None)}


def test_learned_addresses_come_with_port_and_vlan():
    view = view_of({
        ("dot1qTpFdbPort", 3, 2, 0, 94, 0, 83, 1): 12, ("dot1qTpFdbStatus", 3, 2, 0, 94, 0, 83, 1): 3,
        ("dot1dBasePortIfIndex", 12): 1012, ("dot1qVlanFdbId", 0, 100): 3,
        ("dot1dTpFdbPort", 2, 0, 94, 0, 83, 9): 1,
    })  # fmt: skip
    (entry,) = read_forwarding(view)
    assert (entry.mac, entry.if_index, entry.vlan, entry.status) == (
        "02:00:5e:00:53:01", 1012, 100, "learned",
    )  # fmt: skip


def test_bridge_without_vlans_is_read_from_the_older_table():
    (entry,) = read_forwarding(view_of({("dot1dTpFdbPort", 2, 0, 94, 0, 83, 9): 1}))
    assert (entry.mac, entry.vlan, entry.filtering_database) == ("02:00:5e:00:53:09", None, None)
