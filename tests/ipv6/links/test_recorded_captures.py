"""Recorded captures are read as tcpdump prints them, field by field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ngbw.ipv6.links.heard import capture_heard
from ngbw.ipv6.links.judging import check_link
from ngbw.probes.active.frames.captures import Capture
from ngbw.probes.active.frames.messages import (
    DhcpMessage,
    Echo,
    GroupQuery,
    GroupReport,
    NeighbourSolicit,
    OspfExchange,
    OspfHello,
    PacketError,
    RouterAdvert,
    read_frame,
)
from ngbw.probes.active.frames.packets import Packet, read_packet

pytestmark = pytest.mark.shared


@pytest.fixture
def recorded(shared):
    """Return frames read beside their printed lines: ``recorded(pcap, printed)``."""

    def pairs(name, printed=None) -> Any:
        folder = Path(shared) / "vectors" / "ipv6" / "pcap"
        text = (folder / f"{printed or name}.out").read_text("utf-8")
        lines = re.split(r"(?m)^ {1,4}\d+ {2}(?=\d{4}-)", text)[1:]
        capture = Capture(folder / f"{name}.pcap")
        frames = list(capture)
        assert len(frames) == len(lines)
        return [
            (read_frame(f), read_packet(f), line)
            for (_, f), line in zip(frames, lines, strict=True)
        ]

    return pairs


def fields(pattern, line) -> Any:
    """Return the match; Any, since a line without it fails the test anyway."""
    return re.search(pattern, line)


def field(pattern, line) -> Any:
    found = fields(pattern, line)
    return None if found is None else found[1]


def header_agrees(packet, line):
    """Hold what every verbose line prints of the fixed header against the packet."""
    assert isinstance(packet, Packet)
    assert packet.traffic_class == int(field(r"class (0x\w+)", line) or "0", 16)
    assert packet.flow_label == int(field(r"flowlabel (0x\w+)", line) or "0", 16)
    assert packet.hop_limit == int(field(r"hlim (\d+)", line))
    assert packet.payload_bytes == int(field(r"payload length (\d+)", line))
    source, target = fields(r"\)\s(\S+) > (\S+):", line).groups()
    if "next-header UDP" in line:
        source, target = source.rpartition(".")[0], target.rpartition(".")[0]
    assert (packet.source, packet.target) == (source, target)


def printed_advert(line):
    """Return what is printed of an advertisement, in the words of our record."""
    route = re.findall(r"route info option.*?:\s+(\S+), pref=(\w+), lifetime=(\d+)s", line)
    servers = re.findall(r"rdnss option.*?lifetime (\d+)s,((?: addr: \S+)+)", line)
    search = re.findall(r"dnssl option.*?lifetime (\d+)s, domain\(s\): (.*)", line)
    nat64 = re.findall(r"pref64 option.*?:\s+(\S+) \(plc (\d)\), lifetime (\d+)s", line)
    agent = fields(r"preference (\d+), lifetime (\d+)", line)
    flags = field(r"Flags \[(.*?)\], pref", line)
    interval = field(r"interval option.*?(\d+)ms", line)
    size = field(r"mtu option.*?:\s+(\d+)", line)
    return {
        "hop_limit": int(field(r"hop limit (\d+)", line)),
        "managed": "managed" in flags,
        "other": "other stateful" in flags,
        "home_agent": "home agent" in flags,
        "preference": field(r"pref (\w+)", line),
        "lifetime_s": int(field(r"router lifetime (\d+)s", line)),
        "reachable_ms": int(field(r"reachable time (\d+)ms", line)),
        "retransmit_ms": int(field(r"retrans timer (\d+)ms", line)),
        "source_mac": field(r"source link-address.*?: (\S+)", line),
        "prefixes": [
            (prefix, "onlink" in marks, "auto" in marks, int(valid), int(preferred))
            for prefix, marks, valid, preferred in re.findall(
                r"prefix info.*?: (\S+), Flags \[(.*?)\], valid time (\d+)s, pref. time (\d+)s",
                line,
            )
        ],
        "name_servers": tuple(a for _, s in servers for a in s.replace("addr:", "").split()),
        "name_server_lifetimes_s": tuple(
            int(s) for s, listed in servers for _ in listed.split("addr:")[1:]
        ),
        "search": tuple(n.rstrip(".") for _, listed in search for n in listed.split()),
        "search_lifetimes_s": tuple(int(s) for s, listed in search for _ in listed.split()),
        "nat64_prefixes": tuple(p for p, code, _ in nat64 if int(code) < 6),
        "nat64_lifetimes_s": tuple(int(s) for _, code, s in nat64 if int(code) < 6),
        "nat64_refused": tuple(int(code) for _, code, _ in nat64 if int(code) > 5),
        "routes": [(p, preference, int(s)) for p, preference, s in route],
        "mtu_bytes": None if size is None else int(size),
        "interval_ms": None if interval is None else int(interval),
        "home_agent_preference": agent and int(agent[1]),
        "home_agent_lifetime_s": agent and int(agent[2]),
    }


def advert_agrees(read, line):
    assert isinstance(read, RouterAdvert)
    for name, value in printed_advert(line).items():
        ours = getattr(read, name)
        if name == "prefixes":
            ours = [(p.prefix, p.on_link, p.autonomous, p.valid_s, p.preferred_s) for p in ours]
        elif name == "routes":
            ours = [(r.prefix, r.preference, r.lifetime_s) for r in ours]
        assert ours == value, name


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("icmpv6-ra-pref64", "icmpv6-ra-pref64-v1"),
        ("icmpv6-ra-pref64", "icmpv6-ra-pref64-v2"),
        ("icmpv6_opt24", "icmpv6_opt24-v"),
    ],
)
def test_router_advertisements_agree(recorded, name, printed):
    for read, packet, line in recorded(name, printed):
        header_agrees(packet, line)
        advert_agrees(read, line)


def test_the_invalid_nat64_prefix_is_refused(recorded):
    reads = [read for read, _, _ in recorded("icmpv6-ra-pref64", "icmpv6-ra-pref64-v1")]
    assert [(read.nat64_refused, len(read.nat64_prefixes)) for read in reads] == [
        ((), 1), ((6,), 0), ((), 1), ((), 1),
    ]  # fmt: skip


def test_an_advertisement_with_everything_and_listeners_agree(recorded):
    (advert, _, first), *rest = recorded("icmpv6")
    advert_agrees(advert, first)
    for read, packet, line in rest:
        header_agrees(packet, line)
        assert [one.kind for one in packet.extensions] == ["hop-by-hop"]
        assert packet.extensions[0].options == ((5, b"\0\0"),)
        if isinstance(read, GroupQuery):
            assert read.response_ms == int(field(r"delay=(\d+)", line))
            assert read.robustness == int(field(r"robustness=(\d+)", line))
            assert read.interval_s == int(field(r"qqi=(\d+)", line))
            assert read.group == field(r"gaddr (\S+)", line)
            continue
        assert isinstance(read, GroupReport)
        printed = re.findall(r"gaddr (\S+) (\w+) \{ (.*?)\}", line)
        assert [(r.group, r.mode.replace("-", "_"), " ".join(r.sources)) for r in read.records] == [
            (group, mode, sources.strip()) for group, mode, sources in printed
        ]
    assert sum(isinstance(read, GroupReport) for read, _, _ in rest) == 3


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_solicitation_with_a_nonce_agrees(recorded, version):
    ((read, packet, line),) = recorded("icmpv6-ns-nonce", f"icmpv6-ns-nonce-{version}")
    header_agrees(packet, line)
    assert isinstance(read, NeighbourSolicit)
    assert read.own_address
    assert read.target == field(r"who has (\S+)", line)
    assert read.nonce == field(r"nonce option .*?: ([0-9a-f ]+)", line).replace(" ", "")


ASKED = {23: "DNS-server", 24: "DNS-search-list", 64: "AFTR-Name"}


def identifier(text):
    """Return a printed identifier in our words."""
    found = fields(r"hwaddr(?:/time)? type 1(?: time (\d+))? (\w{12})", text)
    mac = ":".join(re.findall("..", found[2]))
    return f"time {found[1]} mac {mac}" if found[1] else f"mac {mac}"


@pytest.mark.parametrize("name", ["dhcpv6-ia-na", "dhcpv6-ia-pd", "dhcpv6-AFTR-Name-RFC6334"])
def test_dhcpv6_agrees(recorded, name):
    for read, packet, line in recorded(name):
        header_agrees(packet, line)
        assert isinstance(read, DhcpMessage)
        assert read.kind == field(r"dhcp6 (\w+)", line)
        assert read.transaction == int(field(r"xid=(\w+)", line), 16)
        assert read.client == identifier(field(r"client-ID (.*?)\)", line))
        server = field(r"server-ID (.*?)\)", line)
        assert read.server == (identifier(server) if server else "")
        asked = field(r"option-request (.*?)\)", line)
        assert [ASKED[code] for code in read.asked] == (asked or "").split()
        preference = field(r"\(preference (\d+)\)", line)
        assert read.preference == (None if preference is None else int(preference))
        elapsed = field(r"elapsed-time (\d+)", line)
        assert read.elapsed_ms == (None if elapsed is None else 10 * int(elapsed))
        servers = field(r"\(DNS-server (.*?)\)", line)
        assert list(read.name_servers) == (servers or "").split()
        assert read.softwire_router == (field(r"AFTR-Name (\S+?)\)\)?$", line.strip()) or "")
        kind, identity, renew, rebind = fields(
            r"(IA_\w\w) IAID:(\d+) T1:(\d+) T2:(\d+)", line
        ).groups()
        (request,) = read.requests
        assert request.what == {"IA_NA": "addresses", "IA_PD": "prefixes"}[kind]
        assert (request.identity, request.renew_s, request.rebind_s) == (
            int(identity), int(renew), int(rebind),
        )  # fmt: skip
        leases = re.findall(r"(?:IA_ADDR|IA_PD-prefix) (\S+) pltime:(\d+) vltime:(\d+)", line)
        assert [
            (one.text, str(one.preferred_s), str(one.valid_s)) for one in request.leases
        ] == leases


def test_a_chain_that_is_cut_is_reported_as_rfc_7112_says(recorded):
    ((read, _, line),) = recorded("icmpv6-rfc7112")
    assert isinstance(read, PacketError)
    assert (read.kind, read.why) == ("parameter-problem", "chain-cut")
    assert "incomplete header chain" in line
    assert read.pointer == int(field(r"octet (\d+)", line))
    source, target = fields(r"IP6 (\S+) > (\S+):", line).groups()
    assert (read.reporter, read.sent_to) == (source, target)


def test_a_version_that_is_not_six_is_a_fault(recorded):
    for read, packet, line in recorded("ipv6-bad-version"):
        if "invalid" in line:
            assert read is None
            assert (packet.fault, packet.version) == ("version", 0)
        else:
            assert isinstance(read, NeighbourSolicit)
            assert read.target == field(r"who has (\S+?),", line)


def test_routing_headers_agree(recorded):
    for read, packet, line in recorded("ipv6-routing-header"):
        header_agrees(packet, line.replace("next-header UDP", ""))
        (header,) = packet.extensions
        assert header.size_bytes == 8 * (int(field(r"RT6 \(len=(\d+)", line)) + 1)
        assert header.routing_type == int(field(r"type=(\d+)", line))
        assert header.segments_left == int(field(r"segleft=(\d+)", line))
        assert list(header.segments) == re.findall(r"\[\d\](\S+?)[,)]", line)
        if "echo request" in line:
            assert isinstance(read, Echo)
            assert (read.reply, read.identity, read.sequence) == (False, 0, 0)
        else:
            assert packet.protocol == 17
            assert int.from_bytes(packet.body[:2]) == int(field(r"\) (\d+) >", line))


def test_a_segment_routing_header_agrees(recorded):
    ((_, packet, line),) = recorded("ipv6-srh-ext-header")
    assert packet.payload_bytes == 144
    (header,) = packet.extensions
    assert header.size_bytes == 8 * (int(field(r"RT6 \(len=(\d+)", line)) + 1)
    assert header.routing_type == 4
    assert header.segments_left == int(field(r"segleft=(\d+)", line))
    assert header.last_entry == int(field(r"last-entry=(\d+)", line))
    assert header.tag == int(field(r"tag=(\d+)", line))
    assert list(header.segments) == re.findall(r"\[\d\](\S+?)[,)]", line)
    assert packet.protocol == 41
    assert packet.flow_label == int(field(r"flowlabel (0x\w+)", line), 16)


def test_a_fragment_of_negative_length_is_a_fault(recorded):
    ((read, packet, line),) = recorded("ipv6_frag6_negative_len")
    assert read is None
    header_agrees(packet, line)
    identity, offset = fields(r"frag \((0x\w+):(\d+)\|", line).groups()
    assert packet.fragment.identity == int(identity, 16)
    assert packet.fragment.offset_bytes == int(offset)
    assert packet.fault == "fragment"


OPTIONS = {"V6": "V6", "External": "E", "Router": "R", "Demand Circuit": "DC"}
KINDS = {
    "Database Description": "description",
    "LS-Request": "request",
    "LS-Update": "update",
    "LS-Ack": "acknowledgement",
}


def test_ospf_agrees(recorded):
    seen = set()
    for read, packet, line in recorded("OSPFv3_broadcast_adjacency", "ospf3_bc-vv"):
        header_agrees(packet, line)
        kind = field(r"OSPFv3, (.*?), length", line)
        seen.add(kind)
        assert isinstance(read, OspfHello | OspfExchange)
        assert read.source == packet.source
        assert read.router == field(r"Router-ID (\S+?),", line)
        assert read.area == field(r"Area (\S+)", line)
        if kind in ("Hello", "Database Description"):
            options = field(r"Options \[(.*?)\]", line).split(", ")
            assert set(read.options) == {OPTIONS[word] for word in options}
        if isinstance(read, OspfHello):
            assert kind == "Hello"
            assert read.hello_s == int(field(r"Hello Timer (\d+)s", line))
            assert read.dead_s == int(field(r"Dead Timer (\d+)s", line))
            assert read.priority == int(field(r"Priority (\d+)", line))
            assert read.interface == int(field(r"Interface-ID [\d.]*\.(\d+)", line))
            assert read.designated == (field(r"Designated Router (\S+?),?\s", line) or "0.0.0.0")  # noqa: S104
            assert read.backup == (field(r"Backup Designated Router (\S+)", line) or "0.0.0.0")  # noqa: S104
            assert list(read.neighbours) == line.split("Neighbor List:")[1].split()
            continue
        assert read.kind == KINDS[kind]
        if read.kind == "description":
            flags = field(r"DD Flags \[(.*?)\]", line)
            assert read.mtu_bytes == int(field(r"MTU (\d+)", line))
            assert read.sequence == int(field(r"DD-Sequence (0x\w+)", line), 16)
            assert [word.title() for word in read.flags] == (
                [] if flags == "none" else flags.split(", ")
            )
        if read.kind != "request":
            heads = re.findall(
                r"Advertising Router (\S+), seq (0x\w+), age (\d+)s, length (\d+)\s+"
                r".*?\((\d+)\), .*?LSA-ID ([\d.]+)",
                line,
            )
            assert [
                (
                    a.router,
                    a.sequence,
                    a.age_s,
                    (a.size_bytes or 0) - 20,
                    a.kind & 0x1FFF,
                    a.identity,
                )
                for a in read.adverts
            ] == [
                (router, int(sequence, 16), int(age), int(size), int(number), identity)
                for router, sequence, age, size, number, identity in heads
            ]
        else:
            asked = re.findall(r"Advertising Router (\S+)\s+.*?\((\d+)\), .*?LSA-ID ([\d.]+)", line)
            assert [(a.router, str(a.kind & 0x1FFF), a.identity) for a in read.adverts] == asked
    assert seen == {"Hello", *KINDS}


def test_the_rigs_own_capture_is_judged_as_the_rig_was(shared):
    place = Path(shared) / "vectors" / "ipv6" / "rig" / "cli.pcap"
    heard = capture_heard(place, subject="link:lan", vantage="file")
    rows = {row.check_id: row for row in check_link(heard)}
    assert {name for name, row in rows.items() if row.verdict == "pass"} == {
        "L1", "L4", "L6", "L7", "L8", "L12", "L13",
    }  # fmt: skip
    assert rows["L6"].answered["prefixes"] == ["2001:db8:f000::/56"]
    assert rows["L2"].reason == "resolver-not-asked"
    assert (rows["L3"].reason, rows["L9"].reason) == ("lifetimes-long", "hardware-address")
    tried = rows["L10"].answered["answered_of_tried"]
    assert tried["2001:db8:2::80"]["hop-by-hop"] == [1, 1]
    assert tried["2001:db8:2::82"]["destination"] == [0, 2]
    assert {row.basis for row in rows.values()} == {"passive"}


def test_every_capture_is_judged_however_it_is_cut(shared, tmp_path):
    place = Path(shared) / "vectors" / "ipv6" / "rig" / "cli.pcap"
    whole = place.read_bytes()
    for size in range(4, len(whole), 997):
        cut = tmp_path / "cut.pcap"
        cut.write_bytes(whole[:size])
        heard = capture_heard(cut, subject="link:lan", vantage="file")
        assert heard.trouble == "cut-short"
        assert len(check_link(heard)) == 14
