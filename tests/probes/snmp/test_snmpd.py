"""net-snmp's agent is read alike by both transports, in every version and at every address."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community, Outcome, UserSecurity
from ngbw.probes.snmp.engine import Engine
from ngbw.probes.snmp.transport import TRANSPORTS, open_transport
from ngbw.probes.snmp.values import Tag, oid
from ngbw.tests.conftest import need

SYSTEM, IF_TABLE = oid("1.3.6.1.2.1.1"), oid("1.3.6.1.2.1.2.2.1")
DESCRIPTION, CONTACT = (*SYSTEM, 1), (*SYSTEM, 4)
IF_NAMES, IF_OCTETS = (*IF_TABLE, 2), (*IF_TABLE, 10)
AUTH = {
    "md5": "MD5", "sha1": "SHA", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384",
    "sha512": "SHA-512",
}  # fmt: skip
PRIV = {"des": "DES", "aes128": "AES", "aes192": "AES-192", "aes256": "AES-256"}
USERS = {
    f"{auth}{priv}": UserSecurity(f"{auth}{priv}", auth, "auth-word-1", priv, "priv-word-1")
    for auth, priv in itertools.product(AUTH, PRIV)
}
SEALED = USERS["sha256aes128"]


class Snmpd:
    """net-snmp's agent on ports of its own."""

    def __init__(self, program: str, directory: Path, port: int) -> None:
        self.program, self.directory, self.port = program, directory, port
        self.process: Any = None
        lines = ["dontLogTCPWrappersConnects yes"]  # or its full pipe stops it
        lines += ["rocommunity public", "rocommunity6 public", "sysContact somebody"]
        for name, user in USERS.items():
            auth, priv = AUTH[str(user.auth_protocol)], PRIV[str(user.priv_protocol)]
            lines += [
                f"createUser {name} {auth} {user.auth_password} {priv} {user.priv_password}",
                f"rouser {name} priv",
            ]
        lines += ["createUser signed SHA-256 auth-word-1", "rouser signed auth"]
        lines += ["createUser bare", "rouser bare noauth"]
        self.lines = lines

    def start(self, engine="80001f8804aa01"):
        lines = [f"exactEngineID 0x{engine}", *self.lines]
        (self.directory / "snmpd.conf").write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen(
            [
                self.program, "-f", "-Le", "-m", "", "-M", "", "-C",
                "-c", self.directory / "snmpd.conf", "-I", "-smux",
                f"udp:127.0.0.1:{self.port}", f"udp6:[::1]:{self.port}",
            ],
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(self.directory / engine)},
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        said = []
        for line in self.process.stderr:
            said.append(line)
            if line.startswith("NET-SNMP version"):  # it listens
                return
        pytest.fail("".join(said))

    def stop(self):
        self.process.terminate()
        self.process.stderr.close()
        self.process.wait(20)

    def ask(self, credential, address="127.0.0.1", **wanted):
        budget = Budget(timeout_s=wanted.pop("timeout_s", 5.0), retries=wanted.pop("retries", 1))
        wanted = wanted or {"scalars": (DESCRIPTION, CONTACT)}
        return Ask(Agent("a", address, credential, self.port), budget=budget, **wanted)


@pytest.fixture(scope="module")
def program():
    found = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        need("no snmpd; install it with: apt-get install -y snmpd")
    return found


def free_port():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        one.bind(("::", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def snmpd(program, tmp_path_factory):
    running = Snmpd(program, tmp_path_factory.mktemp("snmpd"), free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def engine():
    with Engine() as opened:
        yield opened


def one(transport, ask):
    (answer,) = transport.collect([ask])
    return answer, [fault.kind for fault in answer.faults]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("credential", [Community("public"), Community("public", 1), SEALED])
def test_every_version_is_spoken_over_ipv4_and_ipv6(snmpd, engine, address, credential):
    ask = snmpd.ask(credential, address, scalars=(CONTACT,), tables=((IF_NAMES, IF_OCTETS),))
    answer, kinds = one(engine, ask)
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
    assert answer.view.scalar(CONTACT).value == b"somebody"
    names = [typed.value.decode() for typed in answer.view.column(IF_NAMES).values()]
    assert sorted(names) == sorted(name for _, name in socket.if_nameindex())
    assert {typed.tag for typed in answer.view.column(IF_OCTETS).values()} == {Tag.COUNTER32}


@pytest.mark.parametrize("name", USERS)
def test_every_pair_of_protocols_opens_the_agent(snmpd, engine, name):
    answer, kinds = one(engine, snmpd.ask(USERS[name]))
    assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
    assert answer.view.scalar(CONTACT).value == b"somebody"


@pytest.mark.parametrize(
    "user", [UserSecurity("signed", "sha256", "auth-word-1"), UserSecurity("bare")]
)
def test_messages_may_be_signed_only_or_bare(snmpd, engine, user):
    assert one(engine, snmpd.ask(user))[0].outcome == Outcome.ANSWERED


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        (UserSecurity("nobody", "sha256", "auth-word-1"), "unknown-user"),
        (UserSecurity("signed", "sha256", "another-word"), "wrong-key"),
        (UserSecurity("signed", "sha512", "auth-word-1"), "wrong-key"),
        (replace(SEALED, user="signed"), "no-such-level"),
        (replace(SEALED, priv_protocol=None), "no-access"),
    ],
)
@pytest.mark.parametrize("name", TRANSPORTS)
def test_a_refusal_says_what_was_wrong(snmpd, user, kind, name):
    transport = open_transport(name)
    try:
        answer, kinds = one(transport, snmpd.ask(user))
    finally:
        transport.close()
    assert (answer.outcome, kinds) == (Outcome.REFUSED, [kind])


def test_the_whole_tree_is_the_same_for_both_transports_and_all_versions(snmpd, engine):
    moving = {oid(text) for text in ("1.3.6.1.2.1.1.3",)}
    walk = snmpd.ask(Community("public"), walks=(SYSTEM, oid("1.3.6.1.2.1.31.1.1.1.1")))
    seen = []
    other = open_transport("pysnmp")
    try:
        for transport, credential in itertools.product(
            (engine, other), (Community("public"), Community("public", 1), SEALED)
        ):
            ask = replace(walk, agent=replace(walk.agent, credential=credential))
            answer, kinds = one(transport, ask)
            assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
            rows: Any = answer.view
            seen.append({n: v for n, v in rows if n[:-1] not in moving})
    finally:
        other.close()
    assert len(seen[0]) > 20
    # sysORUpTime and its like stand still; a loaded machine changes nothing of the rest.
    assert all(rows == seen[0] for rows in seen[1:])


def test_a_session_is_kept_so_that_the_next_poll_needs_no_discovery(snmpd):
    with Engine() as engine:
        first, _ = one(engine, snmpd.ask(SEALED))
        (session,) = engine._sessions.values()
        known = session.engine_id
        second, _ = one(engine, snmpd.ask(SEALED))
        assert session.engine_id == known
        assert (first.outcome, second.outcome) == (Outcome.ANSWERED, Outcome.ANSWERED)
        assert second.cost.sent_bytes < first.cost.sent_bytes
        assert "priv-word-1" not in repr(session)


def test_an_agent_that_restarts_or_is_replaced_is_found_again(program, tmp_path):
    agent = Snmpd(program, tmp_path, free_port())
    agent.start()
    with Engine() as engine:
        try:
            assert one(engine, agent.ask(SEALED))[0].outcome == Outcome.ANSWERED
            agent.stop()
            agent.start()  # its boots go on, its time begins anew
            answer, kinds = one(engine, agent.ask(SEALED))
            assert (answer.outcome, kinds) == (Outcome.ANSWERED, [])
            agent.stop()
            agent.start("80001f8804aa02")  # another device
            answer, kinds = one(engine, agent.ask(SEALED))
            assert (answer.outcome, kinds) == (Outcome.ANSWERED, ["engine-replaced"])
        finally:
            agent.stop()


def test_a_clock_that_is_wrong_by_an_hour_is_set_right(snmpd):
    shift = [0.0]
    with Engine(clock=lambda: time.monotonic() + shift[0]) as engine:
        assert one(engine, snmpd.ask(SEALED))[0].outcome == Outcome.ANSWERED
        shift[0] = 3600.0
        assert one(engine, snmpd.ask(SEALED))[0].outcome == Outcome.ANSWERED
