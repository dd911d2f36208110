"""Two hosts with a router between them, in network namespaces of this test run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class District:
    """Namespaces: ``near`` asks, ``router`` forwards, ``far`` is asked; the far link is narrow."""

    near: str
    router: str
    far: str

    far_addresses = ("10.9.2.2", "2001:db8:2::2")
    router_addresses = ("10.9.1.1", "2001:db8:1::1")
    far_mtu = 1400

    def ask(self, expression: str) -> object:
        """Evaluate an expression in the near namespace, in a process of its own, as JSON."""
        program = (
            "import dataclasses, json\n"
            "from ngbw.probes.active.echo import EchoPlan, echo\n"
            "from ngbw.probes.active.path import path_mtu, trace\n"
            "from ngbw.probes.safety import Target\n"
            f"found = {expression}\n"
            "rows = found if isinstance(found, list) else [found]\n"
            "print(json.dumps([dataclasses.asdict(row) for row in rows]))\n"
        )
        done = subprocess.run(
            ["ip", "netns", "exec", self.near, sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)
        return rows if isinstance(rows, list) and len(rows) != 1 else rows[0]

    def drop_at_router(self, *rules: str) -> None:
        """Make the router throw away what matches, of its own answers."""
        lines = [" type filter hook output priority 0", *(f" {rule} drop" for rule in rules)]
        table = "table inet quiet {\n chain out {\n" + "\n".join(lines) + "\n }\n}\n"
        _run("ip", "netns", "exec", self.router, "nft", "-f", "-", stdin=table)

    def sysctl(self, namespace: str, setting: str) -> None:
        """Set a kernel setting of a namespace."""
        _run("ip", "netns", "exec", namespace, "sysctl", "-qw", setting)


def _run(*command: str, stdin: str = "") -> None:
    subprocess.run(command, input=stdin, text=True, check=True, capture_output=True, timeout=20)


@pytest.fixture
def district(_namespaces):
    """Give the namespaces, with a router that answers."""
    yield _namespaces
    _run("ip", "netns", "exec", _namespaces.router, "nft", "flush", "ruleset")


@pytest.fixture(scope="module")
def _namespaces():
    """Build the namespaces, or skip where this user cannot."""
    for program in ("ip", "nft"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    names = [f"ngbw-{os.getpid()}-{part}" for part in ("near", "router", "far")]
    made = []
    try:
        try:
            for name in names:
                _run("ip", "netns", "add", name)
                made.append(name)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces need root: {error.stderr.strip()}")
        near, router, far = names
        for name, port, side, other in ((near, "n0", "r0", "1"), (far, "f0", "r1", "2")):
            _run("ip", "link", "add", port, "netns", name, "type", "veth", "peer", "name", side, "netns", router)  # fmt: skip
            for namespace, device, last in ((router, side, "1"), (name, port, "2")):
                _run("ip", "-n", namespace, "addr", "add", f"10.9.{other}.{last}/24", "dev", device)
                _run("ip", "-n", namespace, "addr", "add", f"2001:db8:{other}::{last}/64", "dev", device, "nodad")  # fmt: skip
                _run("ip", "-n", namespace, "link", "set", device, "up")
            _run("ip", "-n", name, "link", "set", "lo", "up")
            _run("ip", "-n", name, "route", "add", "default", "via", f"10.9.{other}.1")
            _run("ip", "-n", name, "-6", "route", "add", "default", "via", f"2001:db8:{other}::1")
        for namespace, device in ((router, "r1"), (far, "f0")):
            _run("ip", "-n", namespace, "link", "set", device, "mtu", str(District.far_mtu))
        built = District(near, router, far)
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            built.sysctl(router, setting)
        for namespace in (router, far):
            for setting in ("net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"):
                built.sysctl(namespace, setting)
        # The first packet of each family resolves neighbours, which takes its time.
        warm = "[*echo([Target(a, a) for a in ('10.9.2.2', '2001:db8:2::2')], EchoPlan(count=3))]"
        built.ask(warm)
        yield built
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
