"""A link of the rig is asked, and judged as it was built."""

from __future__ import annotations

import json
import sys

from ngbw.tests.ipv6.rig.addresses import SERVERS, SERVERS_V4


def asked(rig, *options, namespace="cli", interface="c0"):
    command = (sys.executable, "-m", "ngbw", "ipv6", "link", interface, "--json", "--seconds", "1")
    done = rig.run(namespace, *command, *options)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["checks"]


def verdict(row):
    return row["verdict"], row["reason"]


def test_the_rigs_link_passes_what_it_was_built_to_pass(rig):
    done = rig.run("cli", sys.executable, "-m", "ngbw", "ipv6", "link", "c0", "--json", "--seconds", "2")  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["checks"]
    verdicts = {name: (row["verdict"], row["reason"]) for name, row in rows.items()}
    for name in ("L1", "L2", "L3", "L4", "L6", "L7", "L13"):
        assert verdicts[name] == ("pass", ""), (name, rows[name])
    assert rows["L6"]["answered"]["prefixes"][0].endswith("/56")
    assert rows["L2"]["answered"]["answers"] == {"2001:db8:1::1": True}
    # The router tells a prefix; this resolver makes no addresses, so that nothing contradicts it.
    assert rows["L5"]["answered"]["by_advert"] == ["2001:db8:64::/96"]
    assert {row["basis"] for row in rows.values()} == {"measured"}


def test_an_interface_that_is_not_there_is_said(rig):
    done = rig.run("cli", sys.executable, "-m", "ngbw", "ipv6", "link", "nowhere0")
    assert done.returncode == 6
    assert "nowhere0" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_links_router_answers_every_header_when_no_target_is_named(rig):
    rows = asked(rig)
    assert verdict(rows["L10"]) == ("pass", ""), rows["L10"]
    ((router, row),) = rows["L10"]["answered"]["answered_of_tried"].items()
    assert router.startswith("fe80:")
    assert row == {key: [3, 3] for key in ("plain", "destination", "hop-by-hop", "fragment")}
    assert {verdict(rows[name]) for name in ("L11", "L12", "L14")} == {("unknown", "not-tried")}


def test_good_heeds_too_big_and_is_no_detour(rig):
    try:
        rows = asked(
            rig, "--target", f"{SERVERS}80", "--target", f"{SERVERS_V4}80", "--too-big",
            "--inbound", f"{SERVERS}80",
        )  # fmt: skip
    finally:  # whoever asks next finds a server that was told nothing
        rig.run("srv", "ip", "-6", "route", "flush", "cache")
    assert verdict(rows["L10"]) == ("pass", ""), rows["L10"]
    assert verdict(rows["L12"]) == ("pass", ""), rows["L12"]
    assert rows["L12"]["answered"]["told_mtu_bytes"] == {f"{SERVERS}80": 1280}
    assert rows["L12"]["answered"]["heeded"] == [f"{SERVERS}80"]
    assert verdict(rows["L11"]) == ("pass", ""), rows["L11"]
    assert rows["L11"]["answered"]["hops_ipv6"] == rows["L11"]["answered"]["hops_ipv4"] == 3
    assert verdict(rows["L14"]) == ("partial", "inbound-open")
    assert rows["L14"]["answered"]["ports"] == {"22": "refused", "80": "open", "443": "open"}


def test_diff_loses_destination_options_and_the_filter_counts_them(rig):
    before = rig.counters()
    rows = asked(rig, "--target", f"{SERVERS}82")
    assert verdict(rows["L10"]) == ("partial", "headers-dropped")
    assert rows["L10"]["detail"] == f"destination 0/3 to {SERVERS}82"
    assert rows["L10"]["answered"]["answered_of_tried"][f"{SERVERS}82"]["fragment"] == [3, 3]
    assert sum(rig.counters()) - sum(before) == 3


def test_of_a_target_that_is_silent_nothing_is_said(rig):
    dead = f"{SERVERS}84"
    rows = asked(
        rig, "--target", dead, "--target", f"{SERVERS_V4}84", "--too-big", "--inbound", dead,
        "--port", "80",
    )  # fmt: skip
    for name in ("L10", "L12", "L14"):
        assert verdict(rows[name]) == ("unknown", "no-answer"), rows[name]
    assert verdict(rows["L11"]) == ("fail", "not-reached")


def test_a_host_that_is_up_behind_a_filter_passes(rig):
    rows = asked(rig, "--inbound", f"{SERVERS}58", "--port", "53")
    assert verdict(rows["L14"]) == ("pass", ""), rows["L14"]
    assert rows["L14"]["answered"] | {"frames": 0} == {
        "frames": 0, "trouble": "", "ports": {"53": "silent"}, "answers_echo": True,
    }  # fmt: skip
