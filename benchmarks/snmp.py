"""How many values a poller reads for a second of processor time, against pysnmp and gufo-snmp.

Run with the machine quiet: ``python -P benchmarks/snmp.py`` in an environment with ``gufo-snmp``
and ``pysnmp`` beside ngbw, a C compiler, and ``snmpd`` for SNMPv3; about five minutes. Agents are
``load_agent.c``, compiled here: every address of 127/8 is a device with 48 ports. Every client
runs in a process of its own; its processor time counts from its first question to its last value.

Values are rows that were asked for: names and values beyond the end of a table do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community, Outcome, UserSecurity
from ngbw.probes.snmp.engine import Engine
from ngbw.probes.snmp.values import oid, oid_text

IF, IFX = oid("1.3.6.1.2.1.2.2.1"), oid("1.3.6.1.2.1.31.1.1.1")
COLUMNS = (
    (*IF, 8), (*IF, 13), (*IF, 14), (*IF, 20), (*IFX, 1), (*IFX, 6), (*IFX, 10), (*IFX, 15),
)  # fmt: skip
TREE = oid("1.3.6.1.2.1.25.6.3")  # programs that are installed: thousands of rows that stand still
USER = UserSecurity("bench", "sha256", "auth-word-1", "aes128", "priv-word-1")
RUNS = 3


@contextlib.contextmanager
def load_agents(silent_percent: int = 0, largest: int = 1400) -> Iterator[int]:
    """Run the load agents; give their port."""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "load_agent"
        source = Path(__file__).with_name("load_agent.c")
        subprocess.run(["cc", "-O2", "-o", program, source], check=True)
        words = [program, "-s", str(silent_percent), "-m", str(largest)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as agents:
            assert agents.stdout is not None
            try:
                yield int(agents.stdout.readline())
            finally:
                agents.kill()


@contextlib.contextmanager
def net_snmp_agent() -> Iterator[int | None]:
    """Run net-snmp's agent with a user of SNMPv3; give its port, or None where there is none."""
    program = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as directory:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = Path(directory) / "snmpd.conf"
        settings.write_text(
            f"createUser bench SHA-256 {USER.auth_password} AES {USER.priv_password}\n"
            "rouser bench priv\n"
        )
        with subprocess.Popen(
            [program, "-f", "-Le", "-m", "", "-C", "-c", settings, f"udp:127.0.0.1:{port}"],
            env={**os.environ, "SNMP_PERSISTENT_DIR": directory},
            stderr=subprocess.PIPE, text=True,
        ) as agent:  # fmt: skip
            assert agent.stderr is not None
            for line in agent.stderr:
                if line.startswith("NET-SNMP version"):
                    break
            try:
                yield port
            finally:
                agent.terminate()


def addresses(count: int) -> list[str]:
    """Return so many addresses of 127/8, of which a tenth is silent to ``-s 10``."""
    return [f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}" for n in range(count)]


def asks(port: int, count: int, **budget: Any) -> list[Ask]:
    """Return asks of eight columns."""
    limits = Budget(**budget)
    return [
        Ask(Agent(at, at, Community("public"), port), tables=(COLUMNS,), budget=limits)
        for at in addresses(count)
    ]


# clients: each returns how many values it read ----------------------------------------------------


def ngbw_columns(port: int, devices: int, largest: int, *, unpacked: bool) -> Callable[[], int]:
    """Read eight columns of each device by our engine."""
    engine = Engine()
    engine.prepare()
    wanted = asks(port, devices, datagram_bytes=largest)

    def run() -> int:
        values = 0
        for answer in engine.collect(wanted):
            assert answer.outcome == Outcome.ANSWERED
            if unpacked:
                values += sum(len(answer.view.column(column)) for column in COLUMNS)
            else:
                values += 48 * len(COLUMNS)
        return values

    run()  # so that how many rows there are is known, as in every cycle but the first
    return run


def gufo_columns(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Read them by gufo-snmp, one column after the other, which is all it can."""
    from gufo.snmp import SnmpVersion
    from gufo.snmp.sync import SnmpSession

    def run() -> int:
        values = 0
        for at in addresses(devices):
            with SnmpSession(
                at, port, community="public", version=SnmpVersion.v2c, timeout=5
            ) as session:
                for column in COLUMNS:
                    values += sum(1 for _ in session.getbulk(oid_text(column), 25))
        return values

    return run


def pysnmp_columns(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Read them by pysnmp, eight columns side by side, without MIB names."""
    from pysnmp.hlapi.v3arch import asyncio as hlapi

    engine = hlapi.SnmpEngine()
    community = hlapi.CommunityData("public")

    async def one(at: str) -> int:
        target = await hlapi.UdpTransportTarget.create((at, port), timeout=5, retries=1)
        names = [oid_text(column) for column in COLUMNS]
        rows = 0
        while names:
            bound = [hlapi.ObjectType(hlapi.ObjectIdentity(name)) for name in names]
            trouble, _, _, read = await hlapi.bulk_cmd(
                engine, community, target, hlapi.ContextData(), 0, 25, *bound, lookupMib=False
            )
            assert not trouble, trouble
            texts = [str(name) for name, _ in read]
            inside = [
                text.startswith(oid_text(COLUMNS[n % 8]) + ".") for n, text in enumerate(texts)
            ]
            rows += sum(inside)
            names = texts[len(texts) - len(texts) % 8 - 8 :][:8] if all(inside) else []
        return rows

    async def every() -> int:
        return sum([await one(at) for at in addresses(devices)])

    def run() -> int:
        return asyncio.get_event_loop().run_until_complete(every())

    asyncio.set_event_loop(asyncio.new_event_loop())
    run()  # its first contact with each device costs more
    return run


def ngbw_sealed(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Walk net-snmp's agent by SNMPv3, signed and sealed."""
    engine = Engine()
    engine.prepare()
    agent = Agent("a", "127.0.0.1", USER, port)
    ask = Ask(agent, walks=(TREE,), budget=Budget(datagram_bytes=largest, timeout_s=30))

    def run() -> int:
        (answer,) = engine.collect([ask])
        assert answer.outcome == Outcome.ANSWERED, answer.faults
        return len(answer.view.column(TREE))

    run()
    return run


def gufo_sealed(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Walk it by gufo-snmp."""
    from gufo.snmp import Aes128Key, Sha256Key, User
    from gufo.snmp.sync import SnmpSession

    user = User(
        USER.user,
        auth_key=Sha256Key(USER.auth_password.encode()),
        priv_key=Aes128Key(USER.priv_password.encode()),
    )
    session = SnmpSession("127.0.0.1", port, user=user, timeout=30)
    session.refresh()

    def run() -> int:
        session._sock.refresh()
        return sum(1 for _ in session.getbulk(oid_text(TREE), 25))

    return run


def pysnmp_sealed(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Walk it by pysnmp."""
    from pysnmp.hlapi.v3arch import asyncio as hlapi

    engine = hlapi.SnmpEngine()
    user = hlapi.UsmUserData(
        USER.user, USER.auth_password, USER.priv_password,
        authProtocol=hlapi.USM_AUTH_HMAC192_SHA256, privProtocol=hlapi.USM_PRIV_CFB128_AES,
    )  # fmt: skip

    async def walk() -> int:
        target = await hlapi.UdpTransportTarget.create(("127.0.0.1", port), timeout=10, retries=1)
        name, rows = oid_text(TREE), 0
        while True:
            bound = hlapi.ObjectType(hlapi.ObjectIdentity(name))
            trouble, _, _, read = await hlapi.bulk_cmd(
                engine, user, target, hlapi.ContextData(), 0, 25, bound, lookupMib=False
            )
            assert not trouble, trouble
            inside = [one for one in read if str(one[0]).startswith(oid_text(TREE) + ".")]
            rows += len(inside)
            if len(inside) < len(read) or not read:
                return rows
            name = str(read[-1][0])

    asyncio.set_event_loop(asyncio.new_event_loop())
    asyncio.get_event_loop().run_until_complete(walk())
    return lambda: asyncio.get_event_loop().run_until_complete(walk())


CLIENTS: dict[str, Callable[..., Callable[[], int]]] = {
    "ngbw": lambda *given: ngbw_columns(*given, unpacked=False),
    "ngbw, every value looked at": lambda *given: ngbw_columns(*given, unpacked=True),
    "gufo-snmp": gufo_columns,
    "pysnmp": pysnmp_columns,
    "ngbw, SNMPv3": ngbw_sealed,
    "gufo-snmp, SNMPv3": gufo_sealed,
    "pysnmp, SNMPv3": pysnmp_sealed,
}


def rate(client: str, port: int, devices: int, largest: int) -> None:
    """Print values for each second of processor time, the best of several runs, as JSON."""
    run = CLIENTS[client](port, devices, largest)
    best = 0.0
    for _ in range(RUNS):
        began_s = time.process_time()
        values = run()
        best = max(best, values / (time.process_time() - began_s))
    print(json.dumps({"values": values, "values_s": best}))


def cycles(port: int, count: int, rounds: int) -> None:
    """Print how cycles of many devices went, as JSON."""
    engine = Engine()
    engine.prepare()
    wanted = asks(port, count, timeout_s=2.0, retries=0)
    told = []
    for _ in range(rounds):
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        outcomes = Counter(answer.outcome for answer in engine.collect(wanted))
        told.append(
            {
                "wall_s": time.monotonic() - began_s,
                "cpu_s": time.process_time() - began_cpu_s,
                "answered": outcomes[Outcome.ANSWERED],
                "silent": outcomes[Outcome.SILENT],
                "drops": engine.health().receive_drops,
                "ports": len(engine._all_ports()),
            }
        )
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cycles": told, "memory_mb": memory_mb}))


def child(*words: str | int, prefix: tuple[str, ...] = ()) -> Any:
    """Run a part of this program in a process of its own; return what it printed."""
    said = subprocess.run(
        [*prefix, sys.executable, "-P", __file__, *map(str, words)],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    return json.loads(said)


def report_rates() -> None:
    """Compare clients."""
    for title, largest, devices in (
        ("48 ports x 8 columns, replies up to 8,000 octets", 8000, 400),
        ("48 ports x 8 columns, replies up to 1,400 octets", 1400, 400),
    ):
        print(title)
        with load_agents(largest=largest) as port:
            found = {
                name: child(
                    "rate", name, port, 30 if name == "pysnmp" else devices, largest
                )["values_s"]
                for name in ("ngbw", "ngbw, every value looked at", "gufo-snmp", "pysnmp")
            }  # fmt: skip
        for name, values_s in found.items():
            print(f"  {name:30s} {values_s:12,.0f} /CPU-s  x {values_s / found['pysnmp']:6.1f}")
    print("SNMPv3, SHA-256 and AES-128, walk of net-snmp's agent")
    with net_snmp_agent() as v3_port:
        if v3_port is None:
            print("  no snmpd here")
            return
        names = ("ngbw, SNMPv3", "gufo-snmp, SNMPv3", "pysnmp, SNMPv3")
        found = {name: child("rate", name, v3_port, 1, 1400)["values_s"] for name in names}
    for name, values_s in found.items():
        print(f"  {name:30s} {values_s:12,.0f} /CPU-s  x {values_s / found[names[-1]]:6.1f}")


def report_cycles() -> None:
    """Show the cycles of 1,000 devices of which 100 are dead, and the memory of 10,000."""
    bare = ("setpriv", "--bounding-set=-net_admin") if os.geteuid() == 0 else ()
    for title, prefix in (("as it is", ()), ("without CAP_NET_ADMIN", bare)):
        print(f"1,000 devices, 100 dead, timeout 2 s, no retry, {title}")
        with load_agents(silent_percent=10) as port:
            for one in child("cycles", port, 1000, 5, prefix=prefix)["cycles"]:
                print(
                    f"  {one['answered']} answered, {one['silent']} silent, {one['wall_s']:.2f} s, "
                    f"{one['cpu_s']:.2f} CPU-s, {one['drops']} dropped, {one['ports']} ports"
                )
    with load_agents(silent_percent=10) as port:
        told = child("cycles", port, 10_000, 3)
    print("10,000 devices, 1,000 dead")
    for one in told["cycles"]:
        print(
            f"  {one['answered']} answered, {one['silent']} silent, {one['wall_s']:.2f} s, "
            f"{one['cpu_s']:.2f} CPU-s, {one['drops']} dropped"
        )
    print(f"  largest memory {told['memory_mb']:.0f} MB")


def main() -> None:
    """Run everything, or the part that a child is told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest="part")
    one = parts.add_parser("rate")
    one.add_argument("client")
    for name in ("port", "devices", "largest"):
        one.add_argument(name, type=int)
    two = parts.add_parser("cycles")
    for name in ("port", "count", "rounds"):
        two.add_argument(name, type=int)
    given = vars(parser.parse_args())
    part = given.pop("part")
    if part == "rate":
        rate(**given)
    elif part == "cycles":
        cycles(**given)
    else:
        report_rates()
        report_cycles()


if __name__ == "__main__":
    main()
