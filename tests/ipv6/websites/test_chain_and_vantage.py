"""The chain ends within its bounds whatever servers say, and a place without IPv6 tells nothing."""

from __future__ import annotations

import asyncio

import pytest

from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.vantage import Machine, Reference, prove_vantage
from ngbw.ipv6.verdicts import Verdict
from ngbw.ipv6.websites.batch import BatchPlan, examine_batch
from ngbw.ipv6.websites.dns_wire import Record, Reply
from ngbw.ipv6.websites.examination import Website
from ngbw.ipv6.websites.name_chain import Chain, ChainEnd
from ngbw.ipv6.websites.polite_wire import Silence, Wire
from ngbw.ipv6.websites.reachable_addresses import AddressGuard
from ngbw.ipv6.websites.root_servers import NameServer, read_root_hints
from ngbw.topology.errors import FileError, SurroundingsError

ROOT = NameServer("a.root.", ("192.0.2.1",), ("2001:db8::1",))
GUARD = AddressGuard.of(["2001:db8::/32", "192.0.2.0/24"])


def reply(
    *answer: Record, aa: bool = True, rcode: str = "NOERROR", authority: tuple[Record, ...] = (),
    additional: tuple[Record, ...] = (),
) -> Reply:  # fmt: skip
    return Reply(rcode, aa, False, True, answer, authority, additional, 100)


def cut(zone: str, host: str, v6: str = "") -> Reply:
    """Return a referral to one server, with its IPv6 address where it is told along."""
    glue = (Record(host, "AAAA", 300, v6),) if v6 else ()
    return reply(aa=False, authority=(Record(zone, "NS", 300, host),), additional=glue)


class Told(Wire):
    """Answers from a table, by address and name; silence where nothing stands."""

    def __init__(self, table: dict[tuple[str, str], Reply], opens: tuple[str, ...] = ()) -> None:
        super().__init__(GUARD)
        self.table, self.opens, self.asked = table, opens, []  # type: ignore[var-annotated]

    async def ask_fully(self, address, name, kind, *, port=53, recursion=False):
        self.asked.append((address, name, kind))
        found = self.table.get((address, name))
        if found is None:
            raise Silence("timeout")
        return found, False

    async def dial(self, address, port, *, timeout_s=None, segment_octets=None):
        import socket

        from ngbw.ipv6.websites.polite_wire import Dialled

        if address not in self.opens:
            raise Silence("timeout")
        return Dialled(socket.socket(), 1.0)


def walk(table: dict[tuple[str, str], Reply], name: str = "www.a.test"):
    wire = Told(table)
    return asyncio.run(Chain(wire, [ROOT], 6).walk(name, "AAAA")), wire


def alias(name: str, to: str) -> Reply:
    return reply(Record(name, "CNAME", 300, to))


def test_the_chain_goes_from_the_root_over_ipv6_alone():
    found, wire = walk(
        {
            ("2001:db8::1", "www.a.test."): cut("test.", "ns.test.", "2001:db8::2"),
            ("2001:db8::2", "www.a.test."): cut("a.test.", "ns.a.test.", "2001:db8::3"),
            ("2001:db8::3", "www.a.test."): reply(
                Record("www.a.test.", "AAAA", 300, "2001:db8::80")
            ),
        }
    )
    assert (found.end, found.values) == (ChainEnd.ANSWER, ("2001:db8::80",))
    assert [zone.name for zone in found.zones] == ["a.test."]
    assert all(":" in address for address, _, _ in wire.asked)


def test_aliases_in_a_circle_end():
    found, wire = walk(
        {
            ("2001:db8::1", "www.a.test."): alias("www.a.test.", "b.test."),
            ("2001:db8::1", "b.test."): alias("b.test.", "www.a.test."),
        }
    )
    assert found.end is ChainEnd.ALIAS_LOOP
    assert len(wire.asked) == 2


def test_a_referral_that_never_ends_costs_a_bounded_number_of_questions():
    class Endless(Told):
        async def ask_fully(self, address, name, kind, *, port=53, recursion=False):
            self.asked.append((address, name, kind))
            depth = min(len(self.asked), 60)
            zone = ".".join(name.split(".")[-1 - depth :])
            return cut(zone, f"ns{len(self.asked)}.elsewhere.", ""), False

    wire = Endless({})
    found = asyncio.run(Chain(wire, [ROOT], 6).walk("x." * 60 + "test", "AAAA"))
    assert not found.told
    assert len(wire.asked) < 200


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (cut("a.test.", "ns.a.test."), ChainEnd.NO_GLUE),
        (cut("a.test.", "ns.a.test.", "2001:db8::9"), ChainEnd.SILENT),
        (reply(aa=False, rcode="REFUSED"), ChainEnd.LAME),
        (reply(rcode="NXDOMAIN"), ChainEnd.NO_NAME),
        (reply(), ChainEnd.NO_DATA),
    ],
)
def test_where_the_chain_ends_is_said(last, end):
    assert walk({("2001:db8::1", "www.a.test."): last})[0].end is end


def test_an_address_of_a_host_elsewhere_is_not_the_parents_to_tell():
    stray = reply(
        aa=False,
        authority=(Record("a.test.", "NS", 300, "ns.a.test."),),
        additional=(Record("ns.a.test.", "AAAA", 300, "2001:db8::3"),),
    )
    found, wire = walk(
        {
            ("2001:db8::1", "www.a.test."): cut("b.test.", "ns.b.test.", "2001:db8::2"),
            ("2001:db8::2", "www.a.test."): stray,
        }
    )
    assert found.end is ChainEnd.LAME
    assert all(address != "2001:db8::3" for address, _, _ in wire.asked)


REFERENCES = [Reference(f"r{n}.", f"2001:db8::{n}", f"192.0.2.{n}") for n in (1, 2)]
ALL = tuple(a for one in REFERENCES for a in (one.ipv6, one.ipv4))
MACHINE = Machine(
    source=lambda to: "2001:db8::99" if ":" in to else "192.0.2.99", path_mtu=lambda _: (1500, "")
)


@pytest.mark.parametrize(
    ("opens", "source", "failing"),
    [
        (ALL, "2001:db8::99", set()),
        (("192.0.2.1", "192.0.2.2"), "2001:db8::99", {"V2"}),
        ((*ALL, "2001:db8:dead:beef::1"), "2001:db8::99", {"V2"}),
        (("2001:db8::1", "2001:db8::2"), "2001:db8::99", {"V3"}),
        (ALL, "", {"V1"}),
        (ALL, "fd00::1", {"V1"}),
    ],
)
def test_a_place_is_fit_only_with_references_and_silence_where_nobody_is(opens, source, failing):
    machine = Machine(lambda to: source if ":" in to else "192.0.2.99", lambda _: (1500, ""))
    found = asyncio.run(prove_vantage(Told({}, opens), REFERENCES, machine=machine))
    assert {row.check_id for row in found.evidence if row.verdict is not Verdict.PASS} == failing
    assert found.fit == (not failing)


def test_from_a_place_that_is_not_fit_everything_is_unknown():
    rows: list[Evidence] = []
    plan = BatchPlan(guard=GUARD, roots=[ROOT], references=REFERENCES)
    asyncio.run(
        examine_batch(
            [Website("a", "www.a.test"), Website("b", "..")], plan,
            deliver=lambda website, found: rows.extend(found if website else ()),
            wire=Told({}), machine=MACHINE,
        )
    )  # fmt: skip
    assert len(rows) == 2 * 19
    assert {(row.verdict, row.reason) for row in rows} == {(Verdict.UNKNOWN, "vantage-unfit")}


def test_what_stops_a_batch_is_one_clear_error():
    def full(website, _rows):
        if website is not None:
            raise SurroundingsError("the disk is full")

    plan = BatchPlan(guard=GUARD, roots=[ROOT], references=REFERENCES)
    batch = examine_batch(
        [Website("a", ".."), Website("b", "..")], plan,
        deliver=full, wire=Told({}, ALL), machine=MACHINE,
    )  # fmt: skip
    with pytest.raises(SurroundingsError, match="disk is full"):
        asyncio.run(batch)


def test_hints_are_read_as_named_root_has_them(tmp_path):
    file = tmp_path / "hints"
    file.write_text(
        ". 3600 NS a.root.\na.root. 3600 A 192.0.2.1 ; x\na.root. 3600 AAAA 2001:db8::1\n"
    )
    assert read_root_hints(file) == (ROOT,)
    file.write_text("a.root. 3600 AAAA 192.0.2.1\n")
    with pytest.raises(FileError, match="line 1"):
        read_root_hints(file)
