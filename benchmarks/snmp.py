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
from ngbw.probes.snmp.ports import WANTED_OCTETS
from ngbw.probes.snmp.values import oid, oid_text

IF, IFX = oid("1.3.6.1.2.1.2.2.1"), oid("1.3.6.1.2.1.31.1.1.1")
COLUMNS = (
    (*IF, 8), (*IF, 13), (*IF, 14), (*IF, 20), (*IFX, 1), (*IFX, 6), (*IFX, 10), (*IFX, 15),
)  # fmt: skip
PROGRAMS = oid("1.3.6.1.2.1.25.6.3.1")
SEALED = tuple((*PROGRAMS, n) for n in range(1, 6))
"""Programs that are installed where this runs: hundreds of rows that stand still."""

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
            probe.bind(("", 0))
            port = probe.getsockname()[1]
        settings = Path(directory) / "snmpd.conf"
        settings.write_text(
            f"createUser bench SHA-256 {USER.auth_password} AES {USER.priv_password}\n"
            "rouser bench priv\n"
            "dontLogTCPWrappersConnects yes\n"  # or its full pipe stops it
        )
        with subprocess.Popen(
            [program, "-f", "-Le", "-m", "", "-C", "-c", settings, f"udp:0.0.0.0:{port}"],
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
    """Return so many addresses of 127/8, of every hundred in a row of which ten are silent."""
    return [f"127.{1 + n // 65_536}.{n // 256 % 256}.{n % 256}" for n in range(100, 100 + count)]


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


def pysnmp_reading(
    hlapi: Any, credential: Any, columns: tuple[tuple[int, ...], ...], places: list[str], port: int
) -> Callable[[], int]:
    """Return how pysnmp reads columns side by side, 25 rows at once, without MIB names."""
    engine = hlapi.SnmpEngine()
    width = len(columns)

    async def one(at: str) -> int:
        target = await hlapi.UdpTransportTarget.create((at, port), timeout=30, retries=1)
        names = [oid_text(column) for column in columns]
        rows = 0
        while names:
            bound = [hlapi.ObjectType(hlapi.ObjectIdentity(name)) for name in names]
            trouble, _, _, read = await hlapi.bulk_cmd(
                engine, credential, target, hlapi.ContextData(), 0, 25, *bound, lookupMib=False
            )
            assert not trouble, trouble
            texts = [str(name) for name, _ in read]
            inside = [
                text.startswith(oid_text(columns[n % width]) + ".") for n, text in enumerate(texts)
            ]
            rows += sum(inside)
            whole = len(texts) // width * width
            names = texts[whole - width : whole] if all(inside) else []
            rows -= len(texts) - whole if names else 0  # a row that was cut off is read again
        return rows

    async def every() -> int:
        return sum([await one(at) for at in places])

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(every())  # first contact with each device costs more
    return lambda: loop.run_until_complete(every())


def pysnmp_columns(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Read them by pysnmp, eight columns side by side."""
    from pysnmp.hlapi.v3arch import asyncio as hlapi

    return pysnmp_reading(hlapi, hlapi.CommunityData("public"), COLUMNS, addresses(devices), port)


def ngbw_sealed(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Read five columns of net-snmp's agent by SNMPv3, signed and sealed, at many addresses."""
    engine = Engine()
    engine.prepare()
    limits = Budget(datagram_bytes=largest, timeout_s=30)
    wanted = [
        Ask(Agent(at, at, USER, port), tables=(SEALED,), budget=limits) for at in addresses(devices)
    ]

    def run() -> int:
        values = 0
        for answer in engine.collect(wanted):
            assert answer.outcome == Outcome.ANSWERED, answer.faults
            values += sum(len(answer.view.column(column)) for column in SEALED)
        return values

    run()
    return run


def gufo_sealed(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Read them by gufo-snmp, one column after the other."""
    from gufo.snmp import Aes128Key, Sha256Key, User
    from gufo.snmp.sync import SnmpSession
    from gufo.snmp.user import KeyType

    auth = Sha256Key.get_master_key(USER.auth_password.encode())
    priv = Sha256Key.get_master_key(USER.priv_password.encode())

    def run() -> int:
        user = User(
            USER.user,
            auth_key=Sha256Key(auth, KeyType.Master),
            priv_key=Aes128Key(priv, KeyType.Master),
        )
        values = 0
        for at in addresses(devices):
            # A second refresh of one session falls silent, so that each reading has its own.
            with SnmpSession(at, port, user=user, timeout=30) as session:
                for column in SEALED:
                    values += sum(1 for _ in session.getbulk(oid_text(column), 25))
        return values

    return run


def pysnmp_sealed(port: int, devices: int, largest: int) -> Callable[[], int]:
    """Read them by pysnmp, side by side."""
    from pysnmp.hlapi.v3arch import asyncio as hlapi

    user = hlapi.UsmUserData(
        USER.user, USER.auth_password, USER.priv_password,
        authProtocol=hlapi.USM_AUTH_HMAC192_SHA256, privProtocol=hlapi.USM_PRIV_CFB128_AES,
    )  # fmt: skip
    return pysnmp_reading(hlapi, user, SEALED, addresses(devices), port)


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


def cycles(port: int, count: int, rounds: int, buffer: int) -> None:
    """Print how cycles of many devices went, as JSON."""
    engine = Engine(buffer_octets=buffer)
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
    print("SNMPv3, SHA-256 and AES-128, five columns of net-snmp's agent at 30 addresses")
    with net_snmp_agent() as v3_port:
        if v3_port is None:
            print("  no snmpd here")
            return
        names = ("ngbw, SNMPv3", "gufo-snmp, SNMPv3", "pysnmp, SNMPv3")
        found = {
            name: child("rate", name, v3_port, 1 if "pysnmp" in name else 30, 8000)["values_s"]
            for name in names
        }
    for name, values_s in found.items():
        print(f"  {name:30s} {values_s:12,.0f} /CPU-s  x {values_s / found[names[-1]]:6.1f}")


def report_cycles() -> None:
    """Show the cycles of 1,000 devices of which 100 are dead, and the memory of 10,000."""
    bare = ("setpriv", "--bounding-set=-net_admin") if os.geteuid() == 0 else ()
    # Without the capability a socket gets what the system allows everybody: 212,992 as it comes.
    for title, prefix, buffer in (
        ("as it is", (), WANTED_OCTETS),
        ("without CAP_NET_ADMIN, 212,992 octets a socket", bare, 212_992),
    ):
        print(f"1,000 devices, 100 dead, timeout 2 s, no retry, {title}")
        with load_agents(silent_percent=10) as port:
            for one in child("cycles", port, 1000, 5, buffer, prefix=prefix)["cycles"]:
                print(
                    f"  {one['answered']} answered, {one['silent']} silent, {one['wall_s']:.2f} s, "
                    f"{one['cpu_s']:.2f} CPU-s, {one['drops']} dropped, {one['ports']} ports"
                )
    with load_agents(silent_percent=10) as port:
        told = child("cycles", port, 10_000, 3, WANTED_OCTETS)
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
    for name in ("port", "count", "rounds", "buffer"):
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
