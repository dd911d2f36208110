"""Every website and zone of the rig comes out as it was built, in any order of asking."""

from __future__ import annotations

import json

import pytest

PROGRAM = """
import json, sys
from pathlib import Path
from ngbw.ipv6.websites.batch import BatchPlan, examine_websites
from ngbw.ipv6.websites.examination import Website
from ngbw.ipv6.websites.reachable_addresses import AddressGuard
from ngbw.ipv6.websites.root_servers import read_root_hints

given, seen = json.loads(sys.argv[1]), {}
plan = BatchPlan(
    guard=AddressGuard.of(
        ["2001:db8::/32", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
    ),
    roots=read_root_hints(Path("/run/rig/hints")),
    resolvers=["2001:db8:1::1"],
    cafile="/run/rig/ca.pem",
    at_once=given.get("at_once", 64),
    asked=given["checks"],
)

def deliver(website, rows):
    for row in rows:
        key = website.website_id if website else "here"
        seen.setdefault(key, {})[row.check_id] = [row.verdict, row.reason, row.detail]

examine_websites([Website(one, one) for one in given["names"]], plan, deliver=deliver)
print(json.dumps(seen))
"""

QUICK = [f"S{n}" for n in (*range(1, 10), 11, 13, 15, 16, 19)]

EXPECTED = {
    "good.test": {"S16": "", "S1": "", "S4": "", "S6": "", "S7": "", "S8": "", "S9": "", "S15": ""},
    "http://good.test/big.bin": {"S8": "", "S11": ""},
    "v4only.test": {
        "S16": "mx-no-aaaa",
        "S1": "no-aaaa",
        "S4": "",
        "S6": "no-aaaa",
        "S8": "no-aaaa",
    },
    "v6only.test": {"S1": "", "S6": "", "S8": "", "S9": "no-a", "S15": "no-pair"},
    "refused.test": {"S6": "connection-refused", "S19": "aaaa-does-not-connect"},
    "diff.test": {"S8": "", "S9": "pages-differ", "S19": ""},
    "http://blackhole.test/big.bin": {"S6": "", "S11": "black-hole"},
    "dead.test": {"S6": "timeout", "S15": "races-lost", "S19": "aaaa-does-not-connect"},
    "mapped.test": {"S1": "unusable-address", "S6": "no-aaaa"},
    "ula.test": {"S1": "unusable-address"},
    "linklocal.test": {"S1": "unusable-address"},
    "sixtofour.test": {"S1": "unusable-address"},
    "teredo.test": {"S1": "unusable-address"},
    "half.test": {"S1": "", "S6": "some-addresses"},
    "badname.test": {"S7": "tls-name", "S8": ""},
    "to-v4only.test": {"S8": "redirect-to-v4-only"},
    "to-inside.test": {"S8": "redirect-forbidden"},
    "busy.test": {"S8": "rate-limited", "S9": "rate-limited"},
    "parts.test": {"S13": "blocking-v4-only"},
    "www.ns4.test": {"S2": "no-ns-aaaa"},
    "www.onens.test": {"S2": "one-name-server", "S4": ""},
    "www.bad-ipv6-ns.test": {"S2": "", "S3": "some-servers-silent", "S4": ""},
    "www.silent.test": {"S3": "servers-silent", "S4": "servers-silent"},
    "www.noglue.test": {"S4": "no-glue"},
    "www.notcp.test": {"S3": "no-dns-over-tcp"},
    "www.lame.test": {"S1": "not-resolved"},
    "nobody.test": {"S1": "no-such-name"},
    "192.0.2.7": {"S1": "address-for-name"},
    "fe80::1%c0": {"S1": "address-for-name"},
    "a..b": {"S1": "bad-name"},
}


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, -1])
def test_websites_of_the_rig_come_out_as_built_in_any_order(rig, order):
    given = {"names": list(EXPECTED)[::order], "checks": QUICK}
    found = rig.python("cli", PROGRAM, json.dumps(given), timeout_s=300)
    assert {one: found["here"][one][0] for one in ("V1", "V2", "V3", "V4")} == dict.fromkeys(
        ("V1", "V2", "V3", "V4"), "pass"
    )
    wrong = {
        (name, check): found[name][check]
        for name, wanted in EXPECTED.items()
        for check, reason in wanted.items()
        if found[name][check][1] != reason or (not reason and found[name][check][0] != "pass")
    }
    assert not wrong


@pytest.mark.slow
def test_a_host_that_sends_visitors_to_ipv4_is_named_and_a_lost_race_counted(rig):
    given = {"names": ["to-v4only.test", "dead.test"], "checks": ["S8", "S15"]}
    found = rig.python("cli", PROGRAM, json.dumps(given), timeout_s=120)
    assert found["to-v4only.test"]["S8"] == ["fail", "redirect-to-v4-only", "v4only.test"]
    verdict, reason, detail = found["dead.test"]["S15"]
    assert (verdict, reason) == ("fail", "races-lost")
    lost, added = detail.split(" +")
    assert lost == "5/5"
    assert 240 <= float(added.removesuffix(" ms")) < 1000  # RFC 8305: 250 ms, on a loaded machine


@pytest.mark.slow
def test_a_server_that_drips_costs_a_bounded_time(rig):
    given = {"names": ["drip.test"], "checks": ["S6", "S8"]}
    found = rig.python("cli", PROGRAM, json.dumps(given), timeout_s=120)
    assert found["drip.test"]["S8"][:2] == ["fail", "slow"]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "word"), [("en", "What to do:"), ("zh-CN", "怎么办:")])
def test_the_verb_says_why_and_what_to_do(rig, language, word):
    import sys

    done = rig.run(
        "cli", sys.executable, "-P", "-m", "ngbw", "ipv6", "site", "v4only.test", "fe80::1%x",
        "--allow", "2001:db8::/32", "--allow", "192.0.2.0/24", "--allow", "203.0.113.0/24",
        "--root-hints", "/run/rig/hints", "--trust", "/run/rig/ca.pem", "--checks", "S1,S4",
        "--lang", language, timeout_s=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert word in done.stdout
    assert "Traceback" not in done.stderr
