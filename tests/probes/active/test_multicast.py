"""Joining groups with a real sender, on the loopback and in a namespace."""

from __future__ import annotations

import inspect
import json
import socket
import struct
import subprocess
import sys
import threading

import pytest

from ngbw.probes.active.multicast import watch_group
from ngbw.topology.errors import SurroundingsError, UsageError


def free_port(family, host):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        return sock.getsockname()[1]


class Sender:
    """Sends numbered RTP datagrams to a group on the loopback until it is told to stop."""

    def __init__(self, group, port, interface="lo"):
        self.family = socket.AF_INET6 if ":" in group else socket.AF_INET
        self.sock = socket.socket(self.family, socket.SOCK_DGRAM)
        index = socket.if_nametoindex(interface)
        if self.family == socket.AF_INET6:
            self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        else:
            self.sock.bind(("127.0.0.1", 0))
            request = bytes(4) + socket.inet_aton("127.0.0.1") + struct.pack("=i", index)
            self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
        self.to = (group, port)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        number = 0
        while not self.stop.wait(0.005):
            number += 1
            if number % 5:  # every fifth is lost on the way
                self.sock.sendto(bytes([0x80, 33]) + number.to_bytes(2) + bytes(8), self.to)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.sock.close()


def check(join_ms, form, loss_ratio, drops):
    assert drops == 0
    assert join_ms is not None
    assert 0 <= join_ms < 400
    assert form == "rtp"
    assert loss_ratio == pytest.approx(0.2, abs=0.06)


@pytest.mark.parametrize(("group", "source"), [("239.7.7.7", None), ("232.7.7.7", "127.0.0.1")])
def test_a_group_is_joined_timed_and_its_loss_seen(group, source):
    port = free_port(socket.AF_INET, "127.0.0.1")
    with Sender(group, port):
        watched = watch_group(group, port, seconds=0.5, source=source, interface="lo")
    check(watched.join_ms, watched.figures.form, watched.figures.loss_ratio, watched.local_drops)


@pytest.mark.parametrize(("group", "source"), [("ff15::7:7", None), ("ff35::7:7", "2001:db8:2::2")])
def test_a_group_of_ipv6_is_joined_too(district, group, source):
    program = (
        "import json, socket, struct, threading\n"
        "from ngbw.probes.active.multicast import watch_group\n"
        f"{inspect.getsource(Sender)}\n"
        f"with Sender({group!r}, 5004, 'f0'):\n"
        f"    w = watch_group({group!r}, 5004, seconds=0.5, source={source!r}, interface='f0')\n"
        "print(json.dumps([w.join_ms, w.figures.form, w.figures.loss_ratio, w.local_drops]))\n"
    )
    done = subprocess.run(
        ["ip", "netns", "exec", district.far, sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check(*json.loads(done.stdout))


def test_a_silent_group_is_no_stream_and_no_rate():
    watched = watch_group(
        "239.7.7.8", free_port(socket.AF_INET, "127.0.0.1"), seconds=0.1, interface="lo"
    )
    assert (watched.join_ms, watched.figures.datagrams, watched.figures.rate_mbps) == (
        None,
        0,
        None,
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("10.0.0.1", 1234), "no multicast group"),
        (("x", 1234), "no IP address"),
        (("239.1.1.1", 0), "port"),
    ],
)
def test_what_cannot_be_joined_is_refused(arguments, why):
    with pytest.raises(UsageError, match=why):
        watch_group(*arguments)


def test_a_source_of_the_other_family_is_refused():
    with pytest.raises(UsageError, match="its family"):
        watch_group("232.1.1.1", 1234, source="::1")


def test_an_interface_that_is_not_there_is_named():
    with pytest.raises(SurroundingsError, match="on nowhere0"):
        watch_group("239.1.1.1", 1234, seconds=0.1, interface="nowhere0")
