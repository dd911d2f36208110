"""lldpd in two network namespaces, read through net-snmp's agent, gives the edge between them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ngbw.tests.conftest import need

PATIENCE_S = 40.0
ADDRESSES = ("10.9.9.1", "10.9.9.2")

CRAWL = """
import json
from ngbw.probes.discovery import crawl
from ngbw.probes.safety import AllowedNetworks
from ngbw.probes.snmp.agents import Budget, Community
from ngbw.probes.snmp.engine import Engine
with Engine() as engine:
    found = crawl(
        ["10.9.9.1", "10.9.9.2"], engine, allowed=AllowedNetworks.of(["10.9.9.0/24"]),
        credentials=lambda _: [Community("public")], now_s=1.7e9, budget=Budget(timeout_s=1),
    )
print(json.dumps([
    [edge.a.device, edge.a.port, edge.b.device, edge.b.port, edge.one_sided]
    for edge in found.book.edges()
]))
"""


def run(*command: str) -> None:
    subprocess.run(command, text=True, check=True, capture_output=True, timeout=20)


@dataclass
class Cable:
    """Two namespaces at the ends of one cable, with an agent and lldpd in each."""

    directory: Path
    names: list[str] = field(default_factory=list)
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, namespace: str, *command: str) -> None:
        log = (self.directory / f"{namespace}.log").open("ab")
        with log:
            self.programs.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", namespace, *command],
                    env={**os.environ, "SNMP_PERSISTENT_DIR": str(self.directory / namespace)},
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )
            )  # fmt: skip

    def wait_for(self, namespace: str, words: str) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while words not in (said := (self.directory / f"{namespace}.log").read_text()):
            assert time.monotonic() < until_s, said

    def plug_in(self) -> None:
        for number, port in enumerate(("left0", "right0")):
            name = f"ngbw-{os.getpid()}-lldp{number}"
            run("ip", "netns", "add", name)
            self.names.append(name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            if number:
                run("ip", "link", "add", "left0", "netns", self.names[0], "type", "veth",
                    "peer", "name", port, "netns", name)  # fmt: skip
        for name, port, address in zip(self.names, ("left0", "right0"), ADDRESSES, strict=True):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", port)
            run("ip", "-n", name, "link", "set", port, "up")
        often = self.directory / "lldpd.conf"
        often.write_text("configure lldp tx-interval 1\n")
        for number, name in enumerate(self.names):
            config = self.directory / f"{name}.conf"
            config.write_text(
                "dontLogTCPWrappersConnects yes\nrocommunity public\nmaster agentx\n"
                f"agentXSocket tcp:127.0.0.1:705\nsysName end{number}.example\n"
                f"exactEngineID 0x80001f8804bb0{number}\n"
            )
            self.start(name, "snmpd", "-f", "-Le", "-m", "", "-M", "", "-C", "-c", str(config),
                       "-I", "-smux", "udp:161")  # fmt: skip
            self.wait_for(name, "NET-SNMP version")  # lldpd tries again after 15 s only
            self.start(name, "lldpd", "-d", "-x", "-X", "tcp:127.0.0.1:705",
                       "-u", str(self.directory / f"{name}.ctl"),
                       "-p", str(self.directory / f"{name}.pid"),
                       "-S", f"end{number}", "-O", str(often))  # fmt: skip

    def unplug(self) -> None:
        for program in self.programs:
            program.terminate()
        for program in self.programs:
            program.wait(20)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def edges(self) -> list[list[object]]:
        done = subprocess.run(
            ["ip", "netns", "exec", self.names[0], sys.executable, "-c", CRAWL],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, list)
        return found


@pytest.fixture
def cable():
    """Return the cable, or skip where its programs or rights are missing."""
    for program, package in (("ip", "iproute2"), ("lldpd", "lldpd"), ("snmpd", "snmpd")):
        if shutil.which(program) is None:
            need(f"no {program}; install it with: apt-get install -y {package}")
    # Where lldpd's own user may go, which pytest's directory is closed to.
    directory = Path(tempfile.mkdtemp(prefix="ngbw-lldp-"))
    directory.chmod(0o755)
    made = Cable(directory)
    try:
        try:
            made.plug_in()
        except subprocess.CalledProcessError as error:
            need(f"network namespaces need root: {error.stderr.strip()}")
        yield made
    finally:
        made.unplug()
        shutil.rmtree(directory)


def test_the_edge_between_two_hosts_is_heard_at_both_ends(cable):
    until_s = time.monotonic() + PATIENCE_S
    found: list[list[object]] = []
    while time.monotonic() < until_s:
        found = cable.edges()
        if found and not found[0][4]:
            break
    logs = "\n".join(one.read_text() for one in cable.directory.glob("*.log"))[-3000:]
    assert len(found) == 1, logs
    a_device, a_port, b_device, b_port, one_sided = found[0]
    assert not one_sided, logs
    assert {(a_device, a_port), (b_device, b_port)} == {
        ("end0.example", "left0"), ("end1.example", "right0"),
    }  # fmt: skip
