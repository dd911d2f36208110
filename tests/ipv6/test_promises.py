"""Targets of the plan by evidence: when they were met, who misses them, and what the pace says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.evidence_book import EvidenceBook
from ngbw.ipv6.forecast import forecast, wilson
from ngbw.ipv6.layers import LAYER_WEIGHT, LayerValue, district_total, layer_values
from ngbw.ipv6.readiness import misses_of, readiness, to_ask_again
from ngbw.ipv6.verdicts import Level, Verdict
from ngbw.probes.store import open_store
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES
from ngbw.topology.targets import read_targets

DAY_S = 86_400.0
NOON = 1_478_088_000.0  # 2016-11-02 12:00 UTC


def table(name, rows):
    return coerce(TABLES[name], pd.DataFrame(rows))


def network(*devices, websites=()):
    return Network({
        "sites": table("sites", [{"site_id": "H", "kind": "headend", "lon": 121.5, "lat": 31.3}]),
        "devices": table("devices", [{"site_id": "H", **one} for one in devices]),
        "websites": table("websites", list(websites)),
    })  # fmt: skip


def targets(metric="ipv6.ready.share by layer", value=1.0, due="2016-12-31"):
    return read_targets(table("targets", [{
        "id": "T", "meaning": "all of it", "metric": metric, "operator": ">=", "value": value,
        "due": due, "due_basis": "stated", "kind": "number",
    }]))  # fmt: skip


def rows(subject, at_s, *, upto=Level.PARITY, broken=()):
    """Return passing rows for every check up to a level, but for those that are broken."""
    kind = subject.partition(":")[0]
    for check in checks().values():
        if check.subject != kind or (check.level or Level.CAPABLE) > upto:
            continue
        bad = check.check_id in broken
        yield Evidence(
            check_id=check.check_id, subject=subject, vantage="here", asked=("?",), began_s=at_s,
            verdict=Verdict.FAIL if bad else Verdict.PASS,
            reason=min(check.reasons) if bad else "",
        )  # fmt: skip


@pytest.fixture
def book(tmp_path):
    store = open_store(tmp_path / "store")
    yield EvidenceBook(store)
    store.close()


def stand(book, net, at_s, asked=None, timezone="UTC"):
    return readiness(net, book, targets() if asked is None else asked, at_s=at_s, timezone=timezone)


TWO = ({"device_id": "A", "role": "backbone"}, {"device_id": "B", "role": "access"})


def test_a_target_is_met_by_the_row_that_completed_it_and_on_that_day(book):
    book.record(rows("device:A", NOON))
    book.record(rows("device:B", NOON, broken=("D4",)))
    (before,) = stand(book, network(*TWO), NOON + 60).promises
    assert (before.word, before.low, before.high) == ("at risk", 0.0, 0.0)
    numbers = book.record(rows("device:B", NOON + DAY_S))
    (met,) = stand(book, network(*TWO), NOON + DAY_S + 60).promises
    assert (met.word, met.met_on, met.days_late) == ("met", date(2016, 11, 3), 0)
    assert met.evidence in numbers
    # The past keeps its answer whatever came later.
    (again,) = stand(book, network(*TWO), NOON + 60).promises
    assert (again.word, again.met_on) == ("at risk", None)


def test_late_by_so_many_days_only_where_somebody_looked(book):
    due = targets(due="2016-11-02")
    book.record(rows("device:A", NOON, broken=("D4",)))
    book.record(rows("device:A", NOON + 3 * DAY_S))
    (late,) = stand(book, network(TWO[0]), NOON + 3 * DAY_S + 1, due).promises
    assert (late.word, late.days_late) == ("met", 3)
    early = targets(due="2015-12-31")
    (unseen,) = stand(book, network(TWO[0]), NOON + 3 * DAY_S + 1, early).promises
    assert (unseen.word, unseen.days_late) == ("met", None)


def test_evidence_that_expired_makes_unknown_and_never_missed(book):
    book.record(rows("device:A", NOON))
    found = stand(book, network(TWO[0]), NOON + 400 * DAY_S)
    (promise,) = found.promises
    assert (promise.word, promise.low, promise.high) == ("cannot tell", 0.0, 1.0)
    assert (promise.met_on, promise.days_late) == (date(2016, 11, 2), 0)
    (miss,) = misses_of(promise, found)
    assert (miss.state, miss.reason) == ("unknown", "expired")
    assert [one.key for one in to_ask_again(found)] == ["device:A"]


def test_one_known_miss_is_a_miss_whatever_the_others_are(book):
    book.record(rows("device:A", NOON, broken=("D4",)))
    found = stand(book, network(*TWO), NOON + 60, targets(due="2016-11-01"))
    (promise,) = found.promises
    assert promise.word == "missed"
    first, second = misses_of(promise, found)
    assert (first.subject.key, first.state, first.check_id) == ("device:A", "unmet", "D4")
    assert (second.subject.key, second.state, second.reason) == (
        "device:B", "unknown", "not-asked",
    )  # fmt: skip


def test_main_equipment_is_what_is_marked_else_all_of_the_three_layers(book):
    marked = ({**TWO[0], "main": "true"}, {**TWO[1], "main": "false"})
    found = stand(book, network(*marked), NOON)
    assert [len(g.subjects) for g in found.promises[0].standings.groups] == [1]
    assert found.promises[0].standings.missing == ("access", "idc")
    assert not found.inventory.main_assumed
    assert stand(book, network(*TWO), NOON).inventory.main_assumed


def test_a_demonstration_must_have_carried_ipv6_for_thirty_days(book):
    site = {"website_id": "W", "host": "a.example", "kind": "demonstration", "field": "education"}
    net = network(websites=[site])
    asked = targets("ipv6.demo.fields", 1)
    for day in range(31):
        book.record(rows("website:W", NOON + day * DAY_S, upto=Level.CARRYING))
    (early,) = stand(book, net, NOON + 10 * DAY_S + 60, asked).promises
    assert early.word == "cannot tell"
    found = stand(book, net, NOON + 30 * DAY_S + 60, asked)
    assert (found.promises[0].word, found.promises[0].low) == ("met", 1.0)
    book.record(rows("website:W", NOON + 31 * DAY_S, upto=Level.CARRYING, broken=("S1",)))
    (lost,) = stand(book, net, NOON + 31 * DAY_S + 60, asked).promises
    # Nobody has named a website for the other three fields: that is not known.
    assert (lost.word, lost.low, lost.high) == ("cannot tell", 0.0, 3.0)


def test_a_field_without_a_website_is_not_known(book):
    (promise,) = stand(book, network(*TWO), NOON, targets("ipv6.demo.fields", 4)).promises
    assert promise.word == "cannot tell"
    assert len(promise.standings.missing) == 4


def test_a_harmful_website_meets_nothing(book):
    net = network(websites=[{"website_id": "W", "host": "a.example", "kind": "portal"}])
    book.record(rows("website:W", NOON, broken=("S19",)))
    found = stand(book, net, NOON + 60, targets("ipv6.sites.share", 1.0))
    (promise,) = found.promises
    assert (promise.word, promise.high) == ("at risk", 0.0)
    assert misses_of(promise, found)[0].check_id == "S19"
    assert found.layers[-1].harmful == 1


def test_the_pace_is_that_of_subjects_that_were_known_not_to_be_ready():
    days = [date(2016, 1, 1 + n) for n in range(31)]
    moved = np.array([0] * 10 + [2] * 21, np.int8)
    still = np.zeros(31, np.int8)
    found_late = np.array([1] * 10 + [2] * 21, np.int8)
    found = forecast([moved, still, found_late], days)
    assert (found.moved, found.of, found.over_days, found.left) == (1, 2, 30, 1)
    assert found.expected == date(2016, 3, 1)
    assert found.earliest is not None
    assert found.expected is not None
    assert found.latest is not None
    assert found.earliest < found.expected < found.latest
    assert forecast([still], days).expected is None
    assert forecast([moved[:5]], days[:5]).over_days == 0


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilsons_interval_holds_the_share_and_stays_inside(hits, tries):
    hits = min(hits, tries)
    low, high = wilson(hits, tries)
    assert 0 <= low <= hits / tries <= high <= 1


def layer(name, low, high):
    return LayerValue(name, low, high, 1.0, {}, 0, 1, 0)


def test_one_dead_layer_kills_the_district():
    names = ("backbone", "access", "idc", "terminal", "sites")
    assert district_total(tuple(layer(n, 1.0, 1.0) for n in names)) == (1.0, 1.0)
    dead = (*(layer(n, 1.0, 1.0) for n in names[:4]), layer("sites", 0.0, 0.5))
    low, high = district_total(dead)
    assert low == 0.0
    assert high == pytest.approx(0.5**0.25)


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5), st.floats(0.01, 100))
def test_weights_are_scale_free(values, factor):
    names = ("backbone", "access", "idc", "terminal", "sites")
    layers = tuple(layer(n, v, v) for n, v in zip(names, values, strict=True))
    weights = dict(LAYER_WEIGHT)
    scaled = {name: weight * factor for name, weight in weights.items()}
    assert district_total(layers, scaled)[0] == pytest.approx(district_total(layers, weights)[0])


def test_a_layers_value_is_by_weight_and_every_figure_has_its_row(book):
    net = network(*TWO, {"device_id": "C", "role": "access"})
    book.record(rows("device:B", NOON))
    found = stand(book, net, NOON + 60)
    access = found.layers[1]
    assert (access.low, access.high, access.covered) == (0.5, 1.0, 0.5)
    assert access.weights_assumed == 2
    assert layer_values(found.inventory, found.rungs) == found.layers
    for finding in found.standing.of("device:B").values():
        assert book.row(finding.number).subject == "device:B"
