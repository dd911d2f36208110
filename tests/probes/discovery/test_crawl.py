"""Devices are found from seeds by what they hear, inside the allowed networks."""

from __future__ import annotations

import ipaddress

import pytest

from ngbw.probes.discovery import Port, crawl
from ngbw.probes.safety import AllowedNetworks
from ngbw.probes.snmp.agents import Answer, Community, LocalHealth, Outcome
from ngbw.probes.snmp.values import EMPTY, Tag, Typed, oid
from ngbw.topology.errors import InputError, UsageError

NETWORK = AllowedNetworks.of(["10.0.0.0/24", "2001:db8::/64"])
WORDS = (Community("right"),)
LLDP = "1.0.8802.1.1.2.1"


class View:
    """The objects of a device, by identifier."""

    def __init__(self, objects):
        self.objects = {oid(name): value for name, value in objects.items()}

    def scalar(self, base):
        return self.objects.get((*base, 0))

    def column(self, base):
        size = len(base)
        return {name[size:]: v for name, v in self.objects.items() if name[:size] == base} or EMPTY


def text(value):
    return Typed(Tag.OCTET_STRING, value.encode() if isinstance(value, str) else value)


def number(value):
    return Typed(Tag.INTEGER, value)


def device(name, addresses, neighbours=()):
    """Return a device's objects; a neighbour is (local port, name, port, management address)."""
    objects = {
        "1.3.6.1.2.1.1.1.0": text("a switch"),
        "1.3.6.1.2.1.1.5.0": text(name),
        f"{LLDP}.3.2.0": text(name),
    }
    for row in range(1, 5):
        objects[f"1.3.6.1.2.1.2.2.1.2.{row}"] = text(f"port {row}")
        objects[f"1.3.6.1.2.1.31.1.1.1.1.{row}"] = text(f"ge{row}")
        objects[f"{LLDP}.3.7.1.2.{row}"] = number(5)
        objects[f"{LLDP}.3.7.1.3.{row}"] = text(f"ge{row}")
    for address in addresses:
        if ":" not in address:
            objects[f"1.3.6.1.2.1.4.20.1.1.{address}"] = Typed(
                Tag.IP_ADDRESS, ipaddress.ip_address(address).packed
            )
            objects[f"1.3.6.1.2.1.4.20.1.2.{address}"] = number(1)
            objects[f"1.3.6.1.2.1.4.20.1.3.{address}"] = Typed(
                Tag.IP_ADDRESS, bytes([255, 255, 255, 0])
            )
    for count, (port, other, other_port, address) in enumerate(neighbours, 1):
        key = f"0.{port}.{count}"
        objects[f"{LLDP}.4.1.1.4.{key}"] = number(7)
        objects[f"{LLDP}.4.1.1.5.{key}"] = text(other)
        objects[f"{LLDP}.4.1.1.6.{key}"] = number(5)
        objects[f"{LLDP}.4.1.1.7.{key}"] = text(other_port)
        objects[f"{LLDP}.4.1.1.9.{key}"] = text(other)
        if address:
            packed = ipaddress.ip_address(address).packed
            index = f"{key}.{1 if len(packed) == 4 else 2}.{len(packed)}." + ".".join(
                map(str, packed)
            )
            objects[f"{LLDP}.4.2.1.3.{index}"] = number(2)
    return View(objects)


class Network:
    """Devices by address; asks are remembered."""

    def __init__(self, devices):
        self.devices = devices
        self.asked = []

    def collect(self, asks):
        for ask in asks:
            self.asked.append(ask.agent.address)
            view = self.devices.get(ask.agent.address)
            right = view is not None and ask.agent.credential == WORDS[-1]
            yield Answer(
                ask.agent.agent_id,
                Outcome.ANSWERED if right else Outcome.SILENT,
                view if view is not None and right else View({}),
            )

    def health(self):
        return LocalHealth()

    def close(self):
        return None


def ring():
    """Three switches in a ring; the second has two addresses; one names a stranger outside."""
    a = device("a", ["10.0.0.1"], [(1, "b", "ge1", "10.0.0.2"), (2, "c", "ge2", "10.0.0.3")])
    b = device(
        "b", ["10.0.0.2", "10.0.0.22"], [(1, "a", "ge1", "10.0.0.1"), (2, "c", "ge1", "10.0.0.3")]
    )
    c = device(
        "c",
        ["10.0.0.3"],
        [(2, "a", "ge2", "10.0.0.1"), (1, "b", "ge2", "10.0.0.22"), (3, "far", "x1", "192.0.2.9")],
    )
    return Network({"10.0.0.1": a, "10.0.0.2": b, "10.0.0.22": b, "10.0.0.3": c})


def run(network, seeds=("10.0.0.1",), **more):
    more.setdefault("credentials", lambda _: WORDS)
    return crawl(list(seeds), network, allowed=NETWORK, now_s=1000.0, **more)


def test_a_ring_is_walked_once_from_one_seed():
    network = ring()
    found = run(network)
    assert [(one.name, one.asked, one.depth) for one in found.devices] == [
        ("a", "10.0.0.1", 0),
        ("b", "10.0.0.2", 1),
        ("c", "10.0.0.3", 1),
    ]
    assert sorted(network.asked) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert found.complete
    edges = {(edge.a, edge.b): edge for edge in found.book.edges()}
    assert set(edges) == {
        (Port("a", "ge1"), Port("b", "ge1")),
        (Port("a", "ge2"), Port("c", "ge2")),
        (Port("b", "ge2"), Port("c", "ge1")),
        (Port("c", "ge3"), Port("far", "x1")),
    }
    assert not edges[(Port("a", "ge1"), Port("b", "ge1"))].one_sided
    assert edges[(Port("c", "ge3"), Port("far", "x1"))].one_sided


def test_nobody_outside_the_allowed_networks_is_asked():
    network = ring()
    found = run(network)
    assert [address for address, _ in found.refused] == ["192.0.2.9"]
    assert "192.0.2.9" not in network.asked
    assert found.named_only == (("far", ("c",)),)


def test_a_device_that_does_not_answer_goes_by_the_projects_name():
    network = ring()
    network.devices.pop("10.0.0.3")
    found = run(network, known={"c": "YP-C"}.get)
    assert found.named_only == (("YP-C", ("a", "b")),)
    ends = {end.device for edge in found.book.edges() for end in (edge.a, edge.b)}
    assert ends == {"a", "b", "YP-C"}


def test_the_projects_names_are_used_where_it_knows_an_address():
    found = run(ring(), known={"10.0.0.22": "YP-B"}.get)
    assert [one.name for one in found.devices] == ["a", "YP-B", "c"]
    assert any(Port("YP-B", "ge1") in (edge.a, edge.b) for edge in found.book.edges())


def test_a_neighbour_that_announces_no_address_is_found_by_the_projects():
    a = device("a", ["10.0.0.1"], [(1, "b", "ge1", None)])
    b = device("b", ["10.0.0.2"], [(1, "a", "ge1", None)])
    devices = {"10.0.0.1": a, "10.0.0.2": b}
    assert len(run(Network(devices)).devices) == 1
    found = run(Network(devices), where={"b": "10.0.0.2"}.get)
    assert [one.name for one in found.devices] == ["a", "b"]


def test_credentials_are_tried_in_order_and_silence_is_told():
    network = ring()
    network.devices.pop("10.0.0.3")
    found = run(network, credentials=lambda _: (Community("wrong"), *WORDS))
    assert [(one.name, one.credential) for one in found.devices] == [("a", 1), ("b", 1)]
    assert found.silent == ("10.0.0.3",)
    assert network.asked.count("10.0.0.3") == 2


def test_limits_end_a_crawl_and_it_says_so():
    assert len(run(ring(), most_devices=2).devices) == 2
    assert not run(ring(), most_devices=2).complete
    assert [one.name for one in run(ring(), most_depth=0).devices] == ["a"]


def test_devices_that_share_a_name_stay_two_devices():
    first = device("switch", ["10.0.0.1"], [(1, "switch", "ge1", "10.0.0.2")])
    second = device("switch", ["10.0.0.2"], [(1, "switch", "ge1", "10.0.0.1")])
    found = run(Network({"10.0.0.1": first, "10.0.0.2": second}))
    assert [one.name for one in found.devices] == ["switch", "switch (10.0.0.2)"]
    (edge,) = found.book.edges()
    assert not edge.one_sided


def test_a_crawl_without_a_seed_that_may_be_asked_is_refused():
    with pytest.raises(InputError, match=r"192\.0\.2\.1: it is in none"):
        run(ring(), seeds=["192.0.2.1"])
    with pytest.raises(UsageError, match="needs a seed"):
        run(ring(), seeds=[])
