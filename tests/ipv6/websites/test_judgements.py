"""What is found is judged by its rule alone."""

from __future__ import annotations

import random

import pytest

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.verdicts import Verdict
from ngbw.ipv6.websites.connection_checks import Knock, judge_connections, judge_harm
from ngbw.ipv6.websites.family_race import Race, judge_races
from ngbw.ipv6.websites.latency_parity import judge_latency
from ngbw.ipv6.websites.likeness import judge_likeness
from ngbw.ipv6.websites.page_fetch import Fetched, Page
from ngbw.ipv6.websites.page_links import judge_links, judge_resources, links_of, registrable
from ngbw.ipv6.websites.page_text import pieces
from ngbw.ipv6.websites.page_visit import absolute
from ngbw.ipv6.websites.quic_checks import first_packet, read_versions
from ngbw.ipv6.websites.reachable_addresses import AddressGuard, unusable_kind
from ngbw.ipv6.websites.segment_proof import SegmentFacts, judge_segments
from ngbw.ipv6.websites.stability import judge_stability, tries_in, wilson
from ngbw.ipv6.websites.website_names import NotAName, read_name
from ngbw.maps.words import LANGUAGES, words


def page(body: str, *, address: str = "2001:db8::1", **changes: object) -> Fetched:
    fields: dict[str, object] = {
        "outcome": "answered", "status": 200, "body": body.encode(), "body_whole": True,
        "received_octets": len(body), "connect_ms": 1.0,
    }  # fmt: skip
    return Fetched(Page("http://www.example.cn/"), address, **{**fields, **changes})  # type: ignore[arg-type]


def test_every_reason_has_its_words_and_its_way_out_in_both_languages():
    for language in LANGUAGES:
        known = words(language)
        for name, check in checks().items():
            if name[0] in "SV":
                assert f"ipv6_check.{name}" in known
                for reason in check.reasons:
                    assert f"ipv6_reason.{reason}" in known, reason
                    assert f"ipv6_do.{reason}" in known, reason


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("例子.中国", "xn--fsqu00a.xn--fiqs8s"),
        ("WWW.Example.CN.", "www.example.cn"),
        ("https://www.example.cn/a?b=1", "www.example.cn"),
        ("www。example。cn", "www.example.cn"),
    ],
)
def test_names_are_read_as_browsers_read_them(given, host):
    assert read_name(given).host == host


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("192.0.2.1", "address-for-name"), ("127.1", "address-for-name"),
        ("[2001:db8::1]", "address-for-name"), ("fe80::1%eth0", "address-for-name"),
        ("", "bad-name"), ("a..b", "bad-name"), ("xn--zzzzzzz99999-.cn", "bad-name"),
        ("x" * 64 + ".cn", "bad-name"), ("https://u:p@example.cn/", "bad-name"),
        ("a b.cn", "bad-name"), ("a\x1b[31m.cn", "bad-name"), ("http://[::1/", "bad-name"),
    ],
)  # fmt: skip
def test_what_is_no_name_is_said_so(given, reason):
    with pytest.raises(NotAName) as found:
        read_name(given)
    assert found.value.reason == reason


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("::ffff:192.0.2.1", "mapped"), ("fe80::1", "link-local"), ("fd00::1", "unique-local"),
        ("2002:c000:201::1", "6to4"), ("2001:0:1::1", "teredo"), ("2001:db8::1", "documentation"),
        ("64:ff9b::1", "translated"), ("::1", "loopback"), ("ff02::1", "multicast"),
        ("4000::1", "unassigned"), ("2400:3200::1", ""),
    ],
)  # fmt: skip
def test_addresses_that_nobody_reaches_are_told_apart(address, kind):
    assert unusable_kind(address, AddressGuard.of().allowed) == kind
    assert AddressGuard.of().lets(address) is (not kind)


def test_an_inner_address_is_let_only_where_its_network_is_named():
    assert not AddressGuard.of().lets("10.0.0.1")
    assert AddressGuard.of(["10.0.0.0/8"]).lets("10.0.0.1")
    assert not AddressGuard.of(["10.0.0.0/8"]).lets("169.254.169.254")


def test_a_reference_that_leads_nowhere_is_none():
    base = "http://www.example.cn/a/"
    assert absolute(base, "../b") == "http://www.example.cn/b"
    assert absolute(base, "//例子.中国/") == "http://xn--fsqu00a.xn--fiqs8s/"
    for bad in ("", "javascript:alert(1)", "http://x:99999/", "http://[::1", "mailto:a@b"):
        assert absolute(base, bad) == ""
    assert "\r" not in absolute(base, "/a\r\nX: y")


def knock(address: str, *outcomes: str, port: int = 80) -> Knock:
    return Knock(address, port, outcomes, 1.0 if "open" in outcomes else None)


def test_a_refusal_and_silence_are_told_apart_and_both_harm():
    good = [knock("192.0.2.1", "open")]
    for word, reason in (("refused", "connection-refused"), ("timeout", "timeout")):
        found = judge_connections([knock("2001:db8::1", word, word, word)], good)
        assert (found.verdict, found.reason) == (Verdict.FAIL, reason)
        assert judge_harm(found).reason == "aaaa-does-not-connect"


def test_a_website_that_is_down_says_nothing_of_ipv6():
    found = judge_connections([knock("2001:db8::1", "timeout")], [knock("192.0.2.1", "timeout")])
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "website-down")
    assert judge_harm(found).verdict is Verdict.UNKNOWN


def test_noise_of_the_page_itself_is_no_difference():
    words_of = lambda seed: " ".join(random.Random(seed).choices("abcdefghij", k=40))  # noqa: S311
    same = "<p>the same words stand on every one of these lines</p>" * 20
    v4 = [page(same + words_of(1)), page(same + words_of(2))]
    v6 = [page(same + words_of(3)), page(same + words_of(4))]
    assert judge_likeness(v4, v6).verdict is Verdict.PASS
    other = [page("<h1>elsewhere</h1>" + "<li>nothing of it is here</li>" * 20)]
    found = judge_likeness(v4, other)
    assert (found.verdict, found.reason) == (Verdict.FAIL, "pages-differ")
    assert "--- IPv6 ---" in found.excerpt


def test_who_is_asked_too_often_is_unknown():
    found = judge_likeness([page("a")], [page("b", status=429)])
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "rate-limited")


def test_dates_and_tokens_do_not_count():
    text = "<p>today is {} and the key is {}</p>" + "<p>the rest stays as it was</p>" * 3
    v4, v6 = page(text.format("2026-11-24", "a1b2c3")), page(text.format("2025-01-01", "9f8e7d"))
    assert judge_likeness([v4], [v6]).answered["distance"] == 0


def test_only_small_segments_prove_a_black_hole():
    stalled = page("", outcome="stalled", body_whole=False)
    whole = page("x" * 30_000)
    assert judge_segments(SegmentFacts(whole)).verdict is Verdict.PASS
    assert judge_segments(SegmentFacts(stalled, whole, whole)).reason == "black-hole"
    unsure = judge_segments(SegmentFacts(stalled, stalled, whole))
    assert (unsure.verdict, unsure.reason) == (Verdict.UNKNOWN, "stall-cause-unknown")
    assert judge_segments(SegmentFacts(stalled, stalled, stalled)).reason == "stalls-on-both"
    assert judge_segments(SegmentFacts(page("x"))).reason == "no-large-object"


def test_latency_is_judged_by_its_bound_and_the_same_seed_says_the_same():
    rng = random.Random(5)  # noqa: S311
    even = [(50 + rng.random(), 51 + rng.random()) for _ in range(10)]
    slow = [(50 + rng.random(), 90 + rng.random()) for _ in range(10)]
    wild = [(rng.uniform(10, 200), rng.uniform(10, 260)) for _ in range(10)]
    assert judge_latency({"connect_ms": even}, [], seed=1).verdict is Verdict.PASS
    assert judge_latency({"connect_ms": slow}, [], seed=1).reason == "slower"
    assert judge_latency({"connect_ms": wild}, [], seed=1).reason == "not-proven"
    assert judge_latency({"connect_ms": even[:9]}, [], seed=1).reason == "too-few-pairs"
    assert judge_latency({"a": wild}, [], seed=3) == judge_latency({"a": wild}, [], seed=3)


def test_small_times_are_equal_whatever_their_ratio():
    assert judge_latency({"a": [(0.1, 5.0)] * 10}, [], seed=0).verdict is Verdict.PASS


def test_lost_races_are_counted_with_what_they_cost():
    found = judge_races([Race(6, 5.0, 4.0)] * 4 + [Race(4, 255.0, 5.0)], [])
    assert (found.verdict, found.answered["added_ms"]) == (Verdict.PARTIAL, 50.0)


def test_a_day_is_steady_by_288_tries_and_not_by_fewer():
    good = [(300.0 * n, True) for n in range(288)]
    assert wilson(288, 288)[0] == pytest.approx(0.9868, abs=1e-4)
    assert judge_stability(good).verdict is Verdict.PASS
    assert judge_stability(good[:100]).reason == "too-few-tries"
    bad = [(at_s, n % 10 > 0) for n, (at_s, _) in enumerate(good)]
    assert judge_stability(bad).verdict is Verdict.FAIL
    assert judge_stability([]).verdict is Verdict.UNKNOWN


def test_looks_in_a_row_are_one_try_and_unknown_ones_are_none():
    def look(at_s: float, verdict: Verdict, reason: str) -> Evidence:
        return Evidence(check_id="S6", subject="website:a", vantage="v", asked=("x",), began_s=at_s,
                        verdict=verdict, reason=reason)  # fmt: skip

    rows = [look(1000.0, Verdict.PASS, ""), look(1010.0, Verdict.FAIL, "timeout"),
            look(1400.0, Verdict.UNKNOWN, "vantage-unfit"), look(1700.0, Verdict.PASS, "")]  # fmt: skip
    assert tries_in(rows, subject="website:a", now_s=2000.0) == [(1000.0, False), (1700.0, True)]
    assert tries_in(rows, subject="website:b", now_s=2000.0) == []


def test_what_a_page_is_made_of_is_told_by_whether_a_browser_waits():
    found = links_of(
        page(
            '<base href="/d/"><script src="a.js"></script><script async src=b.js></script>'
            '<link rel="stylesheet" href="//cdn.example.com/c.css"><a href="e.html#x">e</a>'
            '<!-- <a href="no"> --><script>"<a href=no>"</script><img src="f.png">'
        )
    )
    assert found.blocking == ("http://www.example.cn/d/a.js", "http://cdn.example.com/c.css")
    assert found.pages == ("http://www.example.cn/d/e.html",)
    assert found.others == ("http://www.example.cn/d/b.js", "http://www.example.cn/d/f.png")
    assert judge_resources({"cdn.example.com": False}, {}, []).reason == "blocking-v4-only"
    assert judge_resources({"cdn.example.com": None}, {}, []).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "text", ["<" * 50_000, "<script" * 30_000, "<a href='" * 20_000, "<!--" * 50_000]
)
def test_no_page_makes_its_reading_long(text):
    assert sum(1 for _ in pieces(text)) <= len(text)


def test_owners_are_told_by_the_domain_that_was_registered():
    assert registrable("a.b.shyp.gov.cn") == "shyp.gov.cn"
    assert registrable("www.x.sh.cn") == "x.sh.cn"
    assert registrable("www.example.com") == "example.com"
    assert registrable("news.bbc.co.uk") == "bbc.co.uk"


def test_links_need_95_and_90_per_cent():
    urls = {f"http://a.cn/{n}": n > 0 for n in range(20)}
    assert judge_links(urls, {}, []).verdict is Verdict.PASS
    assert judge_links({**urls, "http://a.cn/x": False}, {}, []).reason == "links-not-reached"
    assert (
        judge_links({"http://a.cn/": True}, {"http://a.cn/1": False}, []).verdict is Verdict.PARTIAL
    )
    assert judge_links({}, {}, []).verdict is Verdict.NOT_APPLICABLE


def test_versions_are_read_only_from_an_answer_to_our_packet():
    ours, theirs = b"12345678", b"abcdefgh"
    assert len(first_packet(ours, theirs)) == 1200
    answer = b"\x80" + bytes(4) + b"\x08" + theirs + b"\x08" + ours + bytes.fromhex("00000001")
    assert read_versions(answer, ours, theirs) == (1,)
    assert read_versions(answer, theirs, ours) == ()
    assert read_versions(b"", ours, theirs) == ()
