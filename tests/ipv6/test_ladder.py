"""The ladder: gated and never averaged, unknown leaves an interval, harm blocks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.catalogue import Check, checks
from ngbw.ipv6.ladder import gates, meets, rung, value_range
from ngbw.ipv6.verdicts import Level, SubjectKind, Verdict

PASS, FAIL, PARTIAL = Verdict.PASS, Verdict.FAIL, Verdict.PARTIAL
UNKNOWN, NONE = Verdict.UNKNOWN, Verdict.NOT_APPLICABLE


def check(check_id, level, *, kind=SubjectKind.DEVICE, roles=(), either=(), harmful=False):
    return Check(check_id, 1, kind, "", level, frozenset(roles), frozenset(either), harmful,
                 3600.0, frozenset(), "")  # fmt: skip


NOTE = {
    one.check_id: one
    for one in (
        check("D1", None),
        check("D2", Level.CAPABLE, either=("D3",)),
        check("D3", Level.CAPABLE, either=("D2",)),
        check("D4", Level.CONFIGURED),
        check("D5", Level.CONFIGURED),
        check("D6", Level.CONFIGURED, roles=("backbone",)),
        check("D8", Level.CONFIGURED, roles=("access",)),
        check("D9", Level.CARRYING),
        check("D10", Level.CARRYING),
        check("D11", Level.PARITY),
        check("D12", Level.PARITY),
        check("D14", Level.PARITY),
        check("D99", None, harmful=True),
        check("S1", Level.CAPABLE, kind=SubjectKind.WEBSITE),
        check("S3", Level.CONFIGURED, kind=SubjectKind.WEBSITE),
    )
}
"""The device half of the scoring as the research note's table has it, and a harmful check."""

IDS = [name for name in NOTE if name.startswith("D")]
VERDICTS = st.sampled_from(list(Verdict))
FOUND = st.dictionaries(st.sampled_from(IDS), VERDICTS)
ROLES = st.sampled_from(["backbone", "access", "idc", ""])


def stands(found, role="", catalogue=NOTE):
    return rung(SubjectKind.DEVICE, found, role, catalogue=catalogue)


def all_pass(*without, **changed):
    return {name: PASS for name in IDS if name not in without} | changed


def test_a_level_needs_everything_below_it():
    assert stands(all_pass(), "backbone").level is Level.PARITY
    assert stands(all_pass(D4=FAIL)).level is Level.CAPABLE
    assert stands(all_pass(D4=FAIL)).failed == ("D4",)
    assert stands(all_pass(D10=PARTIAL)).level is Level.CONFIGURED
    assert stands(all_pass(D2=FAIL, D3=FAIL)).level is Level.NOT_READY
    assert stands(all_pass(D2=FAIL, D3=FAIL)).failed == ("D2", "D3")


def test_one_of_two_alternatives_is_enough():
    assert stands(all_pass(D2=FAIL)).level is Level.PARITY
    assert stands(all_pass(D2=NONE, D3=FAIL)).level is Level.NOT_READY
    assert [tuple(c.check_id for c in group)
            for group in gates(SubjectKind.DEVICE, catalogue=NOTE)[Level.CAPABLE]] == [("D2", "D3")]  # fmt: skip


def test_an_alternative_that_is_needed_itself_stays_needed():
    one_way = NOTE | {"D10": check("D10", Level.CARRYING, either=("D9",))}
    for catalogue in (one_way, dict(reversed(one_way.items()))):
        assert stands(all_pass(D10=FAIL), catalogue=catalogue).level is Level.PARITY
        assert stands(all_pass(D9=FAIL), catalogue=catalogue).level is Level.CONFIGURED


def test_a_role_is_gated_by_its_own_checks():
    assert stands(all_pass(D6=FAIL), "backbone").level is Level.CAPABLE
    assert stands(all_pass(D6=FAIL), "access").level is Level.PARITY
    assert stands(all_pass(D8=FAIL), "access").level is Level.CAPABLE


def test_what_is_not_known_leaves_an_interval():
    nothing = stands({})
    assert (nothing.low, nothing.high, nothing.level) == (
        Level.NOT_READY, Level.PARITY, Level.UNKNOWN,
    )  # fmt: skip
    assert nothing.open[:2] == ("D2", "D3")
    some = stands(all_pass("D9", "D99"))
    assert (some.low, some.high, some.level) == (
        Level.CONFIGURED, Level.PARITY, Level.CONFIGURED,
    )  # fmt: skip
    assert some.open == ("D9",)
    bounded = stands({"D4": FAIL})
    assert (bounded.low, bounded.high, bounded.level) == (
        Level.NOT_READY, Level.CAPABLE, Level.UNKNOWN,
    )  # fmt: skip


def test_a_rung_of_which_nothing_applies_was_not_shown():
    found = all_pass(D11=NONE, D12=NONE, D14=NONE)
    assert stands(found).high is Level.CARRYING
    assert stands(found | {"D12": PASS}).level is Level.PARITY


def test_harm_blocks_a_target_at_any_level():
    assert meets(stands(all_pass()), Level.CONFIGURED) == "met"
    assert meets(stands(all_pass(D99=FAIL)), Level.CONFIGURED) == "unmet"
    assert meets(stands(all_pass("D99")), Level.CONFIGURED) == "unknown"
    assert stands(all_pass(D99=FAIL)).harms == ("D99",)
    assert value_range(stands(all_pass(D99=FAIL))) == (0.0, 0.0)
    assert value_range(stands(all_pass("D99"))) == (0.0, 1.0)


def test_the_ladder_of_a_kind_without_a_rung_goes_on_above_it():
    few = {"L1": check("L1", Level.CONFIGURED, kind=SubjectKind.LINK)}
    assert rung(SubjectKind.LINK, {"L1": PASS}, catalogue=few).level is Level.CONFIGURED
    assert rung(SubjectKind.LINK, {"L1": FAIL}, catalogue=few).level is Level.NOT_READY
    assert rung(SubjectKind.LINK, {}, catalogue=few).level is Level.UNKNOWN


def plain_level(found, role, unknown_is):
    """The highest level all of whose checks up to it pass, spelled out check by check."""
    words = {name: found.get(name, UNKNOWN) for name in IDS}
    words = {name: unknown_is if word is UNKNOWN else word for name, word in words.items()}
    mine = {"backbone": ("D6",), "access": ("D8",)}.get(role, ())
    rungs: list[tuple[Level, list[tuple[str, ...]]]] = [
        (Level.CAPABLE, [("D2", "D3")]),
        (Level.CONFIGURED, [(name,) for name in ("D4", "D5", *mine)]),
        (Level.CARRYING, [("D9",), ("D10",)]),
        (Level.PARITY, [("D11",), ("D12",), ("D14",)]),
    ]
    level = Level.NOT_READY
    for next_level, groups in rungs:
        met = [any(words[n] is PASS for n in group) for group in groups]
        spared = [all(words[n] is NONE for n in group) for group in groups]
        if not all(m or s for m, s in zip(met, spared, strict=True)) or not any(met):
            break
        level = next_level
    return level


@given(FOUND, ROLES)
def test_both_ends_agree_with_the_table_read_aloud(found, role):
    one = stands(found, role)
    assert one.low is plain_level(found, role, FAIL)
    assert one.high is plain_level(found, role, PASS)


@given(FOUND, ROLES, st.sampled_from(IDS))
def test_an_added_pass_never_lowers(found, role, name):
    before, after = stands(found, role), stands(found | {name: PASS}, role)
    assert after.low >= before.low
    assert after.high >= before.high or found.get(name, UNKNOWN) is not UNKNOWN
    order = ["unmet", "unknown", "met"]
    for need in list(Level)[2:]:
        assert order.index(meets(after, need)) >= order.index(meets(before, need))


@given(FOUND, ROLES, st.sampled_from(IDS))
def test_an_unknown_only_widens(found, role, name):
    before, after = stands(found, role), stands(found | {name: UNKNOWN}, role)
    assert after.low <= before.low
    assert after.high >= before.high
    assert after.harmful in (before.harmful, None)
    low, high = value_range(after)
    assert low <= value_range(before)[0]
    assert high >= value_range(before)[1]
    for need in list(Level)[2:]:
        assert meets(after, need) in (meets(before, need), "unknown")


@given(FOUND, ROLES)
def test_harm_never_raises(found, role):
    safe, harmed = (stands(found | {"D99": word}, role) for word in (PASS, FAIL))
    assert (harmed.low, harmed.high) == (safe.low, safe.high)
    assert value_range(harmed) <= value_range(safe)
    assert all(meets(harmed, need) == "unmet" for need in list(Level)[2:])


@given(FOUND, ROLES, st.randoms())
def test_the_order_of_evidence_and_catalogue_does_not_matter(found, role, random):
    names = list(NOTE)
    random.shuffle(names)
    mixed = {name: NOTE[name] for name in names}
    turned = dict(reversed(list(found.items())))
    one, other = stands(found, role), stands(turned, role, mixed)
    assert (one.low, one.high, one.harmful, one.told) == (
        other.low, other.high, other.harmful, other.told,
    )  # fmt: skip
    assert set(one.failed) == set(other.failed)
    assert set(one.open) == set(other.open)


@given(FOUND, ROLES)
def test_what_holds_a_subject_back_is_what_would_lift_it(found, role):
    one = stands(found, role)
    if one.high is Level.PARITY:
        assert one.failed == ()
        return
    lifted = stands(found | dict.fromkeys(one.failed, PASS), role)
    assert lifted.high > one.high
    assert set(one.open) <= {name for name in IDS if found.get(name, UNKNOWN) is UNKNOWN}


@pytest.mark.parametrize("kind", [SubjectKind.DEVICE, SubjectKind.WEBSITE])
def test_the_built_in_catalogue_can_be_climbed(kind):
    mine = [c.check_id for c in checks().values() if c.subject is kind]
    for role in ("backbone", "access", "idc"):
        one = rung(kind, dict.fromkeys(mine, PASS), role)
        assert one.certain
        assert one.harmful is False
        assert all(
            stop in mine for group in itertools.chain(*gates(kind, role).values()) for stop in
            (c.check_id for c in group)
        )  # fmt: skip
