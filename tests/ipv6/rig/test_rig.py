"""The rig itself: every site is as bad as it should be, and nothing is left of it."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from pathlib import Path

import pytest

from ngbw.tests.ipv6.rig.addresses import BLACK_HOLE, NAT64_PREFIX, SERVERS, SITES, site
from ngbw.tests.ipv6.rig.network import Rig, RigError

FETCH = """
import json, socket, ssl, sys
address, port, path, segment, host = sys.argv[1:6]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
found = {"bytes": 0, "status": 0, "error": ""}
with socket.socket(family) as sock:
    sock.settimeout(3.0)
    if int(segment):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, int(segment))
    try:
        sock.connect((address, int(port)))
        if port == "443":
            sock = ssl.create_default_context(cafile="/run/rig/ca.pem").wrap_socket(sock, server_hostname=host)
        sock.sendall(f"GET /{path} HTTP/1.0\\r\\nHost: {host}\\r\\n\\r\\n".encode())
        whole = b""
        while chunk := sock.recv(65536):
            whole += chunk
    except OSError as error:
        found["error"] = type(error).__name__
head, _, body = whole.partition(b"\\r\\n\\r\\n") if "whole" in dir() else (b"", b"", b"")
found |= {"bytes": len(body), "status": int(head[9:12] or 0), "body": body[:2000].decode()}
print(json.dumps(found))
"""

READ = """
import json, socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20.0) as sock:
    sock.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    print(json.dumps([sock.recv(100).decode(), sock.recv(100).decode()]))
"""

RESOLVE = """
import json, sys
import dns.flags, dns.message, dns.query, dns.rcode
server, name, kind, how = sys.argv[1:5]
query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
query.flags &= ~dns.flags.RD if how != "recurse" else 0xFFFF
try:
    ask = dns.query.tcp if how == "tcp" else dns.query.udp
    reply = ask(query, server, timeout=5.0)
    found = {
        "rcode": dns.rcode.to_text(reply.rcode()),
        "authoritative": bool(reply.flags & dns.flags.AA),
        "cut": bool(reply.flags & dns.flags.TC),
        "answer": sorted(row.to_text() for part in reply.answer for row in part),
        "authority": sorted(row.to_text() for part in reply.authority for row in part),
        "glue": sorted(row.to_text() for part in reply.additional for row in part),
    }
except Exception as error:
    found = {"error": type(error).__name__}
print(json.dumps(found))
"""


def fetch(rig, address, *, port=80, path="", segment=0, host="good.test"):
    return rig.python("cli", FETCH, address, str(port), path, str(segment), host)


def resolve(rig, server, name, kind="AAAA", how="udp"):
    return rig.python("cli", RESOLVE, server, name, kind, how)


def test_the_rig_stands_within_ten_seconds(rig):
    assert rig.built_s < 10.0  # of the whole, whatever the machine does beside


def test_names_have_the_addresses_of_the_table(rig):
    resolver = "2001:db8:1::1"
    for one in SITES:
        assert resolve(rig, resolver, one.host, how="recurse")["answer"] == sorted(one.v6)
    assert resolve(rig, resolver, "v6only.test", "A", "recurse")["answer"] == []
    assert resolve(rig, resolver, "nowhere.test", how="recurse")["rcode"] == "NXDOMAIN"
    assert resolve(rig, resolver, "www.bad-ipv6-ns.test", how="recurse")["answer"] == [
        f"{SERVERS}80"
    ]


def test_good_is_the_same_over_both_families_and_with_tls(rig):
    one = site("good")
    for address in (*one.v4, *one.v6):
        assert fetch(rig, address, path="big.bin")["bytes"] == 100_000
        assert fetch(rig, address, port=443)["status"] == 200
    assert fetch(rig, one.v4[0])["body"] == fetch(rig, one.v6[0])["body"]


def test_a_system_resolver_and_a_name_lead_to_good(rig):
    program = (
        "import json, urllib.request\n"
        "print(json.dumps(urllib.request.urlopen('http://good.test/', timeout=5).status))"
    )
    assert rig.python("cli", program) == 200


def test_refused_refuses_at_once_and_dead_is_silent(rig):
    assert fetch(rig, site("refused").v6[0])["error"] == "ConnectionRefusedError"
    assert fetch(rig, site("refused").v4[0])["status"] == 200
    assert fetch(rig, site("dead").v6[0])["error"] == "TimeoutError"
    assert fetch(rig, site("dead").v4[0])["status"] == 200


def test_diff_has_another_page_and_loses_destination_options(rig):
    one = site("diff")
    assert fetch(rig, one.v4[0])["body"] != fetch(rig, one.v6[0])["body"]


@pytest.mark.parametrize("first", ["hole first", "good first"])
def test_the_black_hole_swallows_what_is_large_in_any_order(rig, first):
    if first == "good first":
        assert fetch(rig, site("good").v6[0], path="big.bin")["bytes"] == 100_000
    dropped = rig.counters()[0]
    assert fetch(rig, BLACK_HOLE)["status"] == 200
    large = fetch(rig, BLACK_HOLE, path="big.bin")
    assert (large["error"], large["bytes"]) == ("TimeoutError", 0)
    assert rig.counters()[0] > dropped
    assert fetch(rig, BLACK_HOLE, path="big.bin", segment=1220)["bytes"] == 100_000
    assert fetch(rig, site("blackhole").v4[0], path="big.bin")["bytes"] == 100_000


def test_certificates_redirects_limits_and_parts_are_as_bad_as_said(rig):
    one = site("badname")
    assert fetch(rig, one.v4[0], port=443, host=one.host)["status"] == 200
    assert fetch(rig, one.v6[0], port=443, host=one.host)["error"] == "SSLCertVerificationError"
    assert fetch(rig, site("to-v4only").v6[0])["status"] == 302
    assert fetch(rig, site("to-inside").v6[0])["status"] == 302
    assert fetch(rig, site("busy").v6[0])["status"] == 429
    assert "v4only.test" in fetch(rig, site("parts").v6[0])["body"]
    assert fetch(rig, site("slow").v6[0])["status"] == 200
    assert rig.python("cli", READ, site("drip").v6[0], "80") == ["H", "T"]
    assert rig.python("cli", READ, site("mail").v6[0], "25")[0].startswith("220 mail.test")


def test_the_chain_from_the_root_is_delegated_with_glue(rig):
    down = resolve(rig, f"{SERVERS}50", "good.test")
    assert (down["authoritative"], down["answer"]) == (False, [])
    assert {f"{SERVERS}53", f"{SERVERS}54"} <= set(down["glue"])
    there = resolve(rig, f"{SERVERS}53", "good.test")
    assert (there["authoritative"], there["answer"]) == (True, [f"{SERVERS}80"])
    assert resolve(rig, f"{SERVERS}53", "good.test", how="tcp")["authoritative"]


def test_name_servers_are_as_bad_as_said(rig):
    top, child = f"{SERVERS}53", f"{SERVERS}55"
    assert not [g for g in resolve(rig, top, "www.ns4.test")["glue"] if ":" in g]
    assert not [g for g in resolve(rig, top, "www.noglue.test")["glue"] if ":" in g]
    assert resolve(rig, child, "ns1.noglue.test")["answer"] == [child]
    assert len([g for g in resolve(rig, top, "www.onens.test")["glue"] if ":" in g]) == 1
    three = [g for g in resolve(rig, top, "www.bad-ipv6-ns.test")["glue"] if ":" in g]
    answers = [resolve(rig, g, "www.bad-ipv6-ns.test").get("rcode") for g in three]
    assert sorted(answers, key=str) == ["NOERROR", None, None]
    assert resolve(rig, f"{SERVERS}57", "www.lame.test")["rcode"] == "REFUSED"
    assert resolve(rig, f"{SERVERS}58", "www.notcp.test")["rcode"] == "NOERROR"
    assert "error" in resolve(rig, f"{SERVERS}58", "www.notcp.test", how="tcp")
    assert resolve(rig, child, "big.test", "DNSKEY")["cut"]
    assert len(resolve(rig, child, "big.test", "DNSKEY", "tcp")["answer"]) == 6


def test_nat64_and_dns64_agree(rig):
    synthetic = resolve(rig, "2001:db8:1::64", "ipv4only.arpa", how="recurse")["answer"]
    assert synthetic == ["2001:db8:64::c000:aa", "2001:db8:64::c000:ab"]
    if rig.without_nat64:
        pytest.skip(f"no translator here: {rig.without_nat64}")
    through = NAT64_PREFIX.partition("/")[0] + "203.0.113.80"
    assert fetch(rig, through)["status"] == 200


def test_the_agent_answers_over_ipv6(rig):
    done = rig.run("cli", "snmpget", "-v2c", "-cpublic", "-Ovq", "udp6:[2001:db8:1::1]:161", "1.3.6.1.2.1.1.5.0")  # fmt: skip
    assert done.stdout.strip().strip('"') == "r1.test", done.stderr


def test_a_test_that_fails_leaves_nothing_of_the_rig():
    if os.geteuid() != 0:
        pytest.skip("looks at other people's processes, which only root sees")
    built = Rig()
    beside = built.start("cli", "sleep", "1000")
    keeper = Path(f"/proc/{built.keeper}")
    held = _processes(keeper)
    with pytest.raises(ZeroDivisionError), built:
        raise ZeroDivisionError
    assert len(held[1]) > 10
    assert beside.poll() is not None
    assert not keeper.exists()
    assert not [process for process in held[1] if _link(process / "ns/pid") == held[0]]


def _link(place):
    try:
        return str(place.readlink())
    except OSError:
        return ""


def _processes(keeper):
    """Return the process namespace of a keeper and everybody in it."""
    space = _link(keeper / "ns/pid")
    return space, [p for p in Path("/proc").glob("[0-9]*") if _link(p / "ns/pid") == space]


def _any_form():
    for form in ("root", "user"):
        try:
            return Rig(form)
        except RigError as error:
            reason = str(error)
    return pytest.skip(reason)


def test_two_rigs_do_not_meet(rig):
    with _any_form() as other:
        for one in (rig, other):
            assert fetch(one, site("good").v6[0])["status"] == 200


def test_the_form_for_everybody_shows_the_same_sites(rig_in_user_namespace):
    rig = rig_in_user_namespace
    assert fetch(rig, site("good").v6[0], path="big.bin")["bytes"] == 100_000
    assert fetch(rig, BLACK_HOLE, path="big.bin")["error"] == "TimeoutError"
    assert fetch(rig, BLACK_HOLE, path="big.bin", segment=1220)["bytes"] == 100_000
    assert fetch(rig, site("dead").v6[0])["error"] == "TimeoutError"


def test_the_loopback_form_has_what_it_can_have(loopback_sites):
    def get(name, host, path=""):
        place = f"http://{host}:{loopback_sites.port[name]}/{path}"
        with urllib.request.urlopen(place, timeout=0.5) as reply:
            return reply.read()

    assert get("good", "127.0.0.1") == get("good", "[::1]")
    assert get("diff", "127.0.0.1") != get("diff", "[::1]")
    assert get("slow", "[::1]") == get("good", "[::1]")
    with pytest.raises(OSError, match="refused"):
        get("refused", "[::1]")
    assert len(get("hang", "127.0.0.1", "big.bin")) == 100_000
    with pytest.raises(TimeoutError):
        get("hang", "[::1]", "big.bin")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2.0)
        sock.sendto(
            b"\1\2\1\0\0\1\0\0\0\0\0\0\4good\4test\0\0\x1c\0\1", ("::1", loopback_sites.dns_port)
        )
        reply = sock.recv(1500)
    assert reply[6:8] == b"\0\1"
    assert reply[-16:] == bytes(15) + b"\1"
    assert json.dumps(loopback_sites.port)
