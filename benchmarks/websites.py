"""How long a batch of websites takes over a slow network, and what it costs this machine.

``python -P benchmarks/websites.py``: 1,000 websites, each in a zone of its own at two name servers
with both families, http that leads to https, a page of 8 kB; every answer of every server comes 50 ms
late. The servers are a process of their own on loopback. S1 to S9 are asked, with the vantage's
proof first; processor time is the asking process's alone.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import multiprocessing
import resource
import socket
import ssl
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset

from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.vantage import Machine
from ngbw.ipv6.websites.batch import BatchPlan, examine_batch
from ngbw.ipv6.websites.examination import ALL_CHECKS, Website
from ngbw.ipv6.websites.polite_wire import Silence, Wire
from ngbw.ipv6.websites.reachable_addresses import AddressGuard
from ngbw.ipv6.websites.root_servers import NameServer

DELAY_S = 0.05
PROVIDERS = 50
PAGE = (
    b"<!doctype html><title>Portal</title>" + b"<p>The same words on every line of it.</p>\n" * 190
)
DEAD = "2001:db8:dead:beef::1"
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
ROOTS = tuple(
    NameServer(f"{x}.root.", (f"192.0.2.{n}",), (f"2001:db8::{n}",))
    for n, x in ((1, "a"), (2, "b"))
)
TOPS = tuple(
    NameServer(f"{x}.top.test.", (f"192.0.2.{n}",), (f"2001:db8::{n}",))
    for n, x in ((11, "a"), (12, "b"))
)


def website_addresses(number: int) -> tuple[str, str]:
    """Return the addresses of a website."""
    return f"198.18.{number >> 8}.{number & 255}", f"2001:db8:80::{number + 1:x}"


def provider(number: int) -> tuple[NameServer, ...]:
    """Return the name servers of a provider of many zones."""
    return tuple(
        NameServer(f"{x}{number}.top.test.", (f"198.51.100.{2 * number + n}",),
                   (f"2001:db8:53::{2 * number + n + 1:x}",))
        for n, x in enumerate(("c", "d"))
    )  # fmt: skip


class Names(asyncio.DatagramProtocol):
    """Name servers of one depth: 0 the root, 1 ``test.``, 2 all below."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.made: dict[bytes, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.way = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Answer late."""
        answer = self.answer(data)
        asyncio.get_running_loop().call_later(DELAY_S, self.way.sendto, answer, addr)  # type: ignore[attr-defined]

    def answer(self, data: bytes) -> bytes:
        """Return the answer to a question."""
        if data[2:] not in self.made:
            self.made[data[2:]] = self._make(data)
        return data[:2] + self.made[data[2:]][2:]

    def _make(self, data: bytes) -> bytes:
        asked = dns.message.from_wire(data)
        name, kind = asked.question[0].name.to_text().lower(), asked.question[0].rdtype
        reply = dns.message.make_response(asked)

        def add(section: list[dns.rrset.RRset], owner: str, what: str, *values: str) -> None:
            section.append(dns.rrset.from_text(owner, 300, "IN", what, *values))

        def tell(servers: tuple[NameServer, ...]) -> None:
            for one in servers:
                add(reply.additional, one.host, "A", *one.ipv4)
                add(reply.additional, one.host, "AAAA", *one.ipv6)

        if self.depth == 0 and name.endswith("test."):
            add(reply.authority, "test.", "NS", *(one.host for one in TOPS))
            tell(TOPS)
        elif self.depth == 1 and ".top." not in name and name != "test.":
            zone = ".".join(name.split(".")[-3:])
            servers = provider(int(zone.split(".")[0][1:]) % PROVIDERS)
            add(reply.authority, zone, "NS", *(one.host for one in servers))
            tell(servers)
        else:
            reply.flags |= dns.flags.AA
            self._authoritative(reply, name, int(kind), add)
        return reply.to_wire()

    def _authoritative(self, reply: dns.message.Message, name: str, kind: int, add: object) -> None:
        assert callable(add)
        first = name.split(".")[0]
        if ".top." in name:
            number = int(first[1:] or 0)
            servers = TOPS if len(first) == 1 else provider(number)
            one = servers["abcd".index(first[0]) % 2]
            v4, v6 = one.ipv4[0], one.ipv6[0]
        elif first == "www":
            number = int(name.split(".")[1][1:])
            v4, v6 = website_addresses(number)
        else:
            if kind == 2:
                hosts = TOPS if name == "test." else provider(int(first[1:]) % PROVIDERS)
                add(reply.answer, name, "NS", *(one.host for one in hosts))
            if kind == 6:
                add(reply.answer, name, "SOA", "a.top.test. x.test. 1 3600 600 86400 300")
            return
        if kind == 1:
            add(reply.answer, name, "A", v4)
        elif kind == 28:
            add(reply.answer, name, "AAAA", v6)


async def _by_tcp(names: Names, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            size = int.from_bytes(await reader.readexactly(2), "big")
            answer = names.answer(await reader.readexactly(size))
            await asyncio.sleep(DELAY_S)
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def _page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(DELAY_S)
        if writer.get_extra_info("ssl_object") is None:
            host = head.split(b"Host: ")[1].split(b"\r\n")[0]
            writer.write(
                b"HTTP/1.1 301 x\r\nLocation: https://" + host + b"/\r\nContent-Length: 0\r\n\r\n"
            )
        else:
            writer.write(b"HTTP/1.1 200 x\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
        await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        pass
    writer.close()


class Authority:
    """Signs a certificate for each website when TLS asks for it by name."""

    def __init__(self, folder: Path) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec

        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.write("ca", x509.BasicConstraints(True, None), "bench.test", True)

    def write(self, stem: str, what: object, host: str, critical: bool) -> None:
        """Write a certificate and the key."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization

        now = datetime.datetime.now(datetime.UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, stem)])
        made = (
            x509.CertificateBuilder()
            .subject_name(self.name if stem == "ca" else subject)
            .issuer_name(self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(what, critical)  # type: ignore[arg-type]
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
            .sign(self.key, hashes.SHA256())
        )
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        key = self.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        (self.folder / f"{stem}.pem").write_bytes(made.public_bytes(pem))
        (self.folder / f"{stem}.key").write_bytes(key)

    def context(self, host: str) -> ssl.SSLContext:
        """Return the server's side of TLS for a host."""
        if host not in self.contexts:
            from cryptography import x509

            self.write(host, x509.BasicConstraints(False, None), host, False)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.folder / f"{host}.pem", self.folder / f"{host}.key")
            self.contexts[host] = context
        return self.contexts[host]

    def choose(self, plug: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        """Take the certificate of the website that is asked for."""
        plug.context = self.context(host or "none.test")


async def _serve(folder: Path, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    authority = Authority(folder)
    outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    outer.load_cert_chain(folder / "ca.pem", folder / "ca.key")
    outer.sni_callback = authority.choose  # type: ignore[assignment]
    ports: dict[tuple[int, str], int] = {}
    keep: list[object] = []
    for family, place in LOOPBACK.items():
        for depth in range(3):
            names = Names(depth)
            tcp = await asyncio.start_server(
                lambda r, w, n=names: _by_tcp(n, r, w), place, 0, backlog=1024
            )
            port = tcp.sockets[0].getsockname()[1]
            way, _ = await loop.create_datagram_endpoint(
                lambda n=names: n,  # type: ignore[misc]
                (place, port),
            )
            way.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            keep += [way, tcp]
            ports[family, f"names{depth}"] = port
        for what, context in (("80", None), ("443", outer)):
            server = await asyncio.start_server(_page, place, 0, ssl=context, backlog=1024)
            keep.append(server)
            ports[family, what] = server.sockets[0].getsockname()[1]
    pipe.send(ports)
    await asyncio.Event().wait()


def serve(folder: str, pipe: Connection) -> None:
    """Run every server until ended."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    asyncio.run(_serve(Path(folder), pipe))


class DetouredWire(Wire):
    """Leads every address to the loopback servers that stand for it."""

    ports: dict[tuple[int, str], int]

    def place(self, address: str, port: int) -> tuple[str, int]:
        """Return where an address is served."""
        if address == DEAD:
            raise Silence("unreachable", address)
        family = 6 if ":" in address else 4
        what = str(port)
        if port == 53:
            depth = 0 if address in _AT[0] else 1 if address in _AT[1] else 2
            what = f"names{depth}"
        return LOOPBACK[family], self.ports[family, what]


_AT = [{a for one in group for a in (*one.ipv4, *one.ipv6)} for group in (ROOTS, TOPS)]


def main() -> None:
    """Measure, and print a line for the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--websites", type=int, default=1000)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    with tempfile.TemporaryDirectory() as folder:
        mine, theirs = multiprocessing.Pipe()
        servers = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, theirs))
        servers.start()
        try:
            measure(given.websites, mine.recv(), Path(folder), profile=given.profile)
        finally:
            servers.kill()
            servers.join()
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(f"servers: {used.ru_utime + used.ru_stime:.1f} s of processor time")


def measure(count: int, ports: dict[tuple[int, str], int], folder: Path, *, profile: bool) -> None:
    """Examine the websites and print what that took."""
    plan = BatchPlan(
        asked=ALL_CHECKS[:9],
        guard=AddressGuard.of(
            ["2001:db8::/32", "192.0.2.0/24", "198.51.100.0/24", "198.18.0.0/15"]
        ),
        roots=ROOTS,
        dead=DEAD,
        cafile=str(folder / "ca.pem"),
    )
    wire = DetouredWire(plan.guard, plan.manners)
    wire.ports = ports
    rows: list[Evidence] = []
    websites = [Website(f"w{n}", f"www.s{n}.test") for n in range(count)]
    machine = Machine(
        source=lambda to: "2001:db8:1::1" if ":" in to else "192.0.2.200",
        path_mtu=lambda _: (1500, ""),
    )
    run = examine_batch(
        websites, plan, deliver=lambda _, found: rows.extend(found), wire=wire, machine=machine
    )
    watch = None
    if profile:
        import cProfile

        watch = cProfile.Profile()
        watch.enable()
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(run)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if watch:
        watch.disable()
        watch.print_stats("tottime")
    counts = Counter((r.check_id, r.verdict.value, r.reason) for r in rows if r.verdict != "pass")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {count} websites, S1-S9 | {wall:.1f} s | {cpu:.1f} s | {wire.sent[4] + wire.sent[6]} | {peak_mb:.0f} MB |"
    )
    print(f"rows that do not pass: {dict(counts)}")


if __name__ == "__main__":
    main()
