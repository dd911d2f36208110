"""Ports stay themselves when their numbers change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.port_identity import KnownPort, SeenPort, match_ports


def known(*ports):
    return [KnownPort(f"p{place}", port) for place, port in enumerate(ports)]


def test_ports_that_were_numbered_anew_are_recognised_and_told():
    before = known(SeenPort(1, "ge-0", "uplink", "aa"), SeenPort(2, "ge-1", "olt", "bb"))
    match = match_ports(before, [SeenPort(2, "ge-0", "uplink", "aa"),
                                 SeenPort(7, "ge-1", "olt", "bb")])  # fmt: skip
    assert {port: seen.index for port, seen in match.found.items()} == {"p0": 2, "p1": 7}
    assert [str(remap) for remap in match.remaps] == [
        "port p0: index 1 -> 2 (same if_name, if_alias, mac)",
        "port p1: index 2 -> 7 (same if_name, if_alias, mac)",
    ]
    assert not match.new
    assert not match.gone


def test_renamed_port_is_recognised_by_alias_and_address():
    match = match_ports(
        known(SeenPort(1, "ge-0/0/0", "uplink", "aa")), [SeenPort(9, "et-0/0/0", "uplink", "aa")]
    )
    assert match.remaps[0].recognised_by == ("if_alias", "mac")


def test_replaced_line_card_keeps_its_ports_by_name():
    match = match_ports(known(SeenPort(1, "ge-0", "old", "aa")), [SeenPort(1, "ge-0", "new", "cc")])
    assert match.found["p0"].mac == "cc"
    assert match.remaps[0].recognised_by == ("if_name",)


def test_ports_that_nothing_tells_apart_keep_their_numbers_and_are_never_guessed():
    twins = known(SeenPort(1, "", "", "aa"), SeenPort(2, "", "", "aa"))
    same = match_ports(twins, [SeenPort(1, "", "", "aa"), SeenPort(2, "", "", "aa")])
    assert not same.remaps
    moved = match_ports(twins, [SeenPort(5, "", "", "aa"), SeenPort(6, "", "", "aa")])
    assert len(moved.new) == len(moved.gone) == 2


def test_shared_address_does_not_make_two_ports_one():
    match = match_ports(known(SeenPort(1, "vlan10", "", "aa")), [SeenPort(1, "vlan20", "", "aa")])
    assert [port.if_name for port in match.new] == ["vlan20"]
    assert [port.port_id for port in match.gone] == ["p0"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["ge-0", "ge-1", "xe-0", ""]),
                  st.sampled_from(["", "up", "olt"]), st.sampled_from(["", "aa", "bb"])),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_no_port_is_taken_for_another_when_numbers_are_shuffled(texts, random):
    before = known(*(SeenPort(place + 1, *text) for place, text in enumerate(texts)))
    numbers = list(range(1, len(texts) + 1))
    random.shuffle(numbers)
    seen = [SeenPort(number, *text) for number, text in zip(numbers, texts, strict=True)]
    match = match_ports(before, seen)
    for place, text in enumerate(texts):
        now = match.found.get(f"p{place}")
        if now is not None:
            assert (now.if_name, now.if_alias, now.mac) == text
        if texts.count(text) == 1 and any(text):
            assert now is not None
    assert len({port.index for port in match.found.values()}) == len(match.found)
    assert len(match.found) + len(match.new) == len(match.found) + len(match.gone) == len(texts)
