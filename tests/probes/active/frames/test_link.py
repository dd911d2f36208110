"""The helper that may send frames, on a link in namespaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from ngbw.probes.active.frames import link
from ngbw.topology.errors import SurroundingsError, UsageError

ANSWER = """
import dataclasses, json, sys
from ngbw.probes.active.frames.link import ask_link
from ngbw.topology.errors import NgbwError
asked = json.loads(sys.argv[1])
try:
    found = ask_link(asked.pop("question"), asked.pop("interface"), **asked)
    print(json.dumps([[type(m).__name__, dataclasses.asdict(m)] for _, m in found.messages]))
except NgbwError as error:
    print(json.dumps(str(error)))
"""

LISTEN = """
import socket, struct, sys, time
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
index = socket.if_nametoindex("f0")
four.setsockopt(0, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.7.7.7") + bytes(4) + struct.pack("=i", index))
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.setsockopt(41, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "ff15::7:7") + struct.pack("=I", index))
print("ready", flush=True)
sys.stdin.read()
"""

ROUTER = """
import socket, sys
from scapy.layers import inet6
from scapy.layers.l2 import Ether
from scapy.contrib import lldp
advert = bytes(
    Ether(src="02:00:00:00:00:01", dst="33:33:00:00:00:01") / inet6.IPv6(src="fe80::77", dst="ff02::1", hlim=255)
    / inet6.ICMPv6ND_RA(routerlifetime=900) / inet6.ICMPv6NDOptPrefixInfo(prefix="2001:db8:77::", prefixlen=64)
)
hello = bytes(
    Ether(src="02:00:00:00:00:01", dst="01:80:c2:00:00:0e", type=0x88CC) / lldp.LLDPDUChassisID(subtype=4, id="02:00:00:00:00:01")
    / lldp.LLDPDUPortID(subtype=5, id=b"r0") / lldp.LLDPDUTimeToLive(ttl=120) / lldp.LLDPDUEndOfLLDPDU()
)
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)
sock.bind(("r0", 3))
print("ready", flush=True)
sock.settimeout(0.1)
while True:
    try:
        frame = sock.recv(2000)
    except TimeoutError:
        sock.send(hello)
        continue
    if frame[20:21] == b":" and frame[54:55] == bytes([133]):
        sock.send(advert)
"""


class Beside:
    """A program that runs in a namespace for a while."""

    def __init__(self, namespace, program):
        command = ["ip", "netns", "exec", namespace, sys.executable, "-c", program]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=10)


def ask(namespace, question, interface, **more):
    request = json.dumps({"question": question, "interface": interface, **more})
    done = subprocess.run(
        ["ip", "netns", "exec", namespace, sys.executable, "-c", ANSWER, request],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_neighbour_is_found_and_a_free_address_is_free(district):
    ((kind, found),) = ask(
        district.router, "neighbour-solicit", "r1", address="2001:db8:2::2", seconds=0.5
    )
    assert (kind, found["target"], found["solicited"]) == ("NeighbourAdvert", "2001:db8:2::2", True)
    assert found["from_this_link"]
    taken = ask(district.router, "duplicate-check", "r1", address="2001:db8:2::2", seconds=0.5)
    assert [found["target"] for _, found in taken] == ["2001:db8:2::2"]
    assert ask(district.router, "duplicate-check", "r1", address="2001:db8:2::9", seconds=0.5) == []


def test_listeners_of_both_families_answer_a_query(district):
    with Beside(district.far, LISTEN):
        four = ask(district.router, "igmp-query", "r1", seconds=2.0)
        six = ask(district.router, "mld-query", "r1", seconds=2.0)
    assert any("239.7.7.7" in found["groups"] for _, found in four)
    assert any("ff15::7:7" in found["groups"] for _, found in six)
    assert {kind for kind, _ in four + six} == {"GroupReport"}


def test_a_router_answers_and_a_device_announces_itself(district):
    with Beside(district.router, ROUTER):
        routers = ask(district.near, "router-solicit", "n0", seconds=1.0)
        devices = ask(district.near, "lldp-listen", "n0", seconds=1.0)
        offers = ask(district.near, "dhcpv6-solicit", "n0", seconds=0.3)
    assert [(f["router"], f["lifetime_s"], f["prefixes"][0]["prefix"]) for _, f in routers] == [
        ("fe80::77", 900, "2001:db8:77::/64")
    ]
    assert {f["port"] for _, f in devices} == {"r0"}
    assert offers == []


def test_an_interface_that_is_not_there_is_said(district):
    assert "nowhere0 cannot be asked" in ask(district.near, "lldp-listen", "nowhere0", seconds=0.1)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root, which only root can")
def test_the_helper_keeps_one_right_and_no_more():
    program = (
        "from ngbw.probes.active.frames import helper\n"
        "helper._give_up_rights()\n"
        "print(open('/proc/self/status').read())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    status = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 1 << 13
    assert status["Uid"].split() == ["65534"] * 4
    assert status["NoNewPrivs"].strip() == "1"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("reboot", "eth0"), "is no question"),
        (("lldp-listen", "eth0; id"), "no name of an interface"),
        (("neighbour-solicit", "eth0"), "needs an IPv6 address"),
        (("duplicate-check", "eth0", "10.0.0.1"), "needs an IPv6 address"),
        (("lldp-listen", "eth0", "::1"), "takes no address"),
    ],
)
def test_what_cannot_be_asked_is_refused(arguments, why):
    question, interface, *address = arguments
    with pytest.raises(UsageError, match=why):
        link.ask_link(question, interface, address=address[0] if address else None)


def test_listening_for_ever_is_refused():
    with pytest.raises(UsageError, match=r"0\.05 to 65"):
        link.ask_link("lldp-listen", "lo", seconds=1000)


def test_a_helper_that_dies_is_said(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SurroundingsError, match="helper for frames failed"):
        link.ask_link("lldp-listen", "lo", seconds=0.1)
