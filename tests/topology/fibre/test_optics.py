"""Optical budgets: known answers, both ends, and fixes that hold."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.optics import (
    SPLITTER_DB,
    Drop,
    budget,
    parse_split,
    pon_class,
    reserve_db,
    split_text,
)
from ngbw.topology.fibre.pon_classes import FIBRE_DB_PER_KM, PON_CLASSES


def test_b_plus_over_10_km_with_1_to_32_leaves_4_8_db():
    # 17.2 splitter + 10 x 0.35 fibre + 4 x 0.5 connectors + 5 x 0.1 splices
    drop = Drop(pon_class("gpon-b+"), 10.0, (32,), connectors=4, splices=5)
    down, up = budget(drop).directions
    assert up.loss_db == pytest.approx(23.2)
    assert up.margin_db == pytest.approx(4.8)
    assert down.loss_db == pytest.approx(22.1)
    assert budget(drop).margin_db == pytest.approx(4.8)
    assert budget(drop).ok


def test_b_plus_with_1_to_64_reaches_about_4_km():
    def far(km):
        return budget(Drop(pon_class("gpon-b+"), km, (64,), 4, 0), reserve=3.0).ok

    assert far(4.2)
    assert not far(4.5)


@pytest.mark.parametrize("name", PON_CLASSES)
def test_the_figures_of_a_class_agree_with_each_other(name):
    pon = PON_CLASSES[name]
    for direction in ("down", "up"):
        assert 0.0 <= pon.penalty_db(direction) <= 3.0
    # At the least loss of the window nothing is overloaded (C+ leaves its ONU 2 dB to spare).
    assert -2.0 <= pon.olt.most_dbm - pon.min_loss_db - pon.onu.overload_dbm <= 1e-9
    assert -2.0 <= pon.onu.most_dbm - pon.min_loss_db - pon.olt.overload_dbm <= 1e-9
    assert {pon.down_nm, pon.up_nm} <= set(FIBRE_DB_PER_KM)
    assert len(pon.source) > 10


def test_classes_of_a_system_stand_from_small_to_large():
    for system in {pon.system for pon in PON_CLASSES.values()}:
        losses = [pon.max_loss_db for pon in PON_CLASSES.values() if pon.system == system]
        assert losses == sorted(losses)


def test_windows_are_those_of_the_standards():
    windows = {name: (pon.min_loss_db, pon.max_loss_db) for name, pon in PON_CLASSES.items()}
    assert windows["gpon-b+"] == (13, 28)
    assert windows["gpon-c+"] == (17, 32)
    assert windows["xgs-pon-n1"] == windows["xg-pon-n1"] == (14, 29)
    assert windows["xgs-pon-n2"] == (16, 31)
    assert windows["xgs-pon-e1"] == (18, 33)
    assert windows["xgs-pon-e2"] == (20, 35)
    assert windows["10g-epon-pr30"] == (15, 29)


def test_a_weak_drop_is_mended_by_the_next_class_or_a_smaller_split():
    judged = budget(Drop(pon_class("gpon-b+"), 10.0, (64,), 4, 5))
    assert [fault[:13] for fault in judged.faults] == ["OLT too weak:"] or len(judged.faults) == 2
    kinds = {fix.kind: fix.words for fix in judged.fixes}
    assert "gpon-c+" in kinds["class"]
    assert kinds["split"] == "split 1:32 instead of 1:64"
    assert "instead of 10" in kinds["length"]


def test_a_short_drop_overloads_and_an_attenuator_mends_it():
    judged = budget(Drop(pon_class("gpon-b+"), 0.5, (4,), 2, 0))
    assert judged.overload_margin_db < 0
    assert any("overloaded" in fault for fault in judged.faults)
    (words,) = [fix.words for fix in judged.fixes if fix.kind == "attenuator"]
    assert words == "an attenuator of 7 dB"


def test_overload_is_seen_at_both_receivers():
    down, up = budget(Drop(pon_class("xgs-pon-n2"), 0.1, (8,), 2, 0)).directions
    assert (down.receiver, up.receiver) == ("ONU", "OLT")
    assert down.strongest_dbm == pytest.approx(7 - 10.2 - 0.2 - 0.9 * 0.1 * 0.22)
    assert up.overload_margin_db == pytest.approx(-7 - (9 - 10.2 - 0.2 - 0.9 * 0.1 * 0.36))


drops = st.builds(
    Drop,
    st.sampled_from(list(PON_CLASSES.values())),
    st.floats(0, 60),
    st.lists(st.sampled_from([ways for ways in SPLITTER_DB if ways > 1]), max_size=2).map(tuple),
    st.integers(0, 10),
    st.integers(0, 60),
)


@given(drops)
def test_every_fix_that_is_offered_would_do(drop):
    judged = budget(drop)
    assert judged.ok == (not judged.faults)
    assert judged.ok <= (not judged.fixes)
    for way in judged.directions:
        assert way.least_loss_db <= way.loss_db + 1e-9
    for fix in judged.fixes:
        if fix.kind == "class":
            changed = dataclasses.replace(drop, pon=pon_class(fix.words.split()[1]))
        elif fix.kind == "split":
            text = fix.words.removeprefix("split ").split(" instead of ")[0]
            changed = dataclasses.replace(drop, split=parse_split(text))
        elif fix.kind == "length":
            changed = dataclasses.replace(drop, length_km=float(fix.words.split()[2]))
        else:
            changed = dataclasses.replace(drop, attenuator_db=float(fix.words.split()[3]))
        assert budget(changed).ok, fix.words


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("1:32", (32,)), ("1:4 1:8", (4, 8)), ("1x4+1x8", (4, 8)), ("1×64", (64,)),
        ("1:2, 1:4; 1:8", (2, 4, 8)), ("none", ()), ("1:1", ()), (" 1 : 16 ", (16,)),
    ],
)  # fmt: skip
def test_splitters_are_read_as_people_write_them(text, split):
    assert parse_split(text) == split
    assert parse_split(split_text(split)) == split


@pytest.mark.parametrize("text", ["", "32", "1:33", "1:32 or so", "2:32", "1:", "1:1000", "1:32x"])
def test_what_is_no_splitter_is_refused(text):
    with pytest.raises(InputError, match="split"):
        parse_split(text)


def test_bad_drops_name_the_value():
    pon = pon_class("gpon-b+")
    with pytest.raises(InputError, match="did you mean 'gpon-b\\+'"):
        pon_class("gpon-b")
    with pytest.raises(InputError, match="1:3 is not known"):
        Drop(pon, 1.0, (3,))
    with pytest.raises(InputError, match="nan km"):
        Drop(pon, float("nan"))
    with pytest.raises(InputError, match="-1 splices"):
        Drop(pon, 1.0, splices=-1)
    with pytest.raises(InputError, match="attenuator of -2"):
        Drop(pon, 1.0, attenuator_db=-2)


def test_the_reserve_grows_with_length():
    assert [reserve_db(km) for km in (0, 5, 5.1, 10, 20)] == [1, 1, 2, 2, 3]
