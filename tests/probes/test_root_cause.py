"""What follows from what: dominators, borders, redundancy, shared spans, dark sites; the proof."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.alarms import AlarmBook, AlarmKey, MemoryLog, people
from ngbw.probes.alarms.model import State
from ngbw.probes.notify.messages import Impact, impact_shown
from ngbw.probes.root_cause import RootCauseJudge, watched_graph
from ngbw.tests.probes.alarms.conftest import rules_of, seen
from ngbw.topology.errors import MissingError
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES


def table(name, rows):
    return coerce(TABLES[name], pd.DataFrame(rows, dtype=object))


def network_of(links, *, devices=(), spans=None, kinds=None):
    """Return a network of links like "A-B", each site with one device unless devices say so."""
    sites = sorted({end for link in links for end in link.split("-")[:2]})
    held = devices or [(site, site) for site in sites]
    first: dict[str, str] = {}
    for device, site in held:
        first.setdefault(site, device)
    rows, ports = [], []
    named = sorted({span for cell in (spans or {}).values() for span in cell.split("; ")})
    for link in links:
        a, b = link.split("-")[:2]
        row = {"link_id": link, "a_site": a, "b_site": b, "spans": (spans or {}).get(link, "")}
        for end, site in (("a", a), ("b", b)):
            if site in first:
                port = f"{link}.{end}"
                ports.append({"port_id": port, "device_id": first[site], "if_name": link})
                row[f"{end}_port"] = port
        rows.append(row)
    at = {"lon": 121.5, "lat": 31.3, "state": "built"}
    tables = {
        "sites": table(
            "sites", [{"site_id": s, "kind": (kinds or {}).get(s, "olt"), **at} for s in sites]
        ),
        "devices": table("devices", [{"device_id": d, "site_id": s} for d, s in held]),
        "ports": table("ports", ports),
        "links": table("links", rows),
    }
    if named:
        tables["spans"] = table("spans", [{"span_id": s} for s in named])
    return Network(tables)


def judge_of(links, probe="A", **more):
    return RootCauseJudge(watched_graph(network_of(links, **more), probe_site=probe))


def dev(*names):
    return [f"device:{name}" for name in names]


def causes(found):
    return {cause.resource for cause in found.causes}


def test_what_hangs_behind_a_silent_room_follows_from_it():
    found = judge_of(["A-B", "B-C", "C-D"]).diagnose(dev("B", "C", "D"))
    assert causes(found) == {"device:B"}
    assert found.roots_of("device:C") == found.roots_of("device:D") == ("device:B",)
    assert found.roots_of("device:B") == ()
    assert found.roots_of("port:D/C-D") == ("device:B",)
    proof = found.proof("device:B")
    assert set(proof.follows) >= {"device:C", "device:D"}
    assert proof.still_reached == ()


def test_a_second_way_makes_a_silent_neighbour_a_cause_of_its_own():
    ring = ["A-B", "B-C", "A-D", "D-C"]
    found = judge_of(ring).diagnose(dev("B", "C"))
    assert causes(found) == {"device:B", "device:C"}
    assert found.roots_of("device:C") == ()


def test_what_is_cut_off_by_two_failures_together_names_both():
    found = judge_of(["A-B", "B-C", "A-D", "D-C"]).diagnose(dev("B", "D", "C"))
    assert causes(found) == {"device:B", "device:D"}
    assert found.roots_of("device:C") == ("device:B", "device:D")
    proof = found.proof("device:B")
    assert proof.together_with == ("device:D",)


def test_a_cut_link_of_a_ring_takes_nothing_and_the_proof_says_by_which_way():
    found = judge_of(["A-B", "B-C", "A-C"]).diagnose(["port:B/B-C", "port:C/B-C"])
    (cause,) = found.causes
    assert (cause.resource, cause.alarm_type, cause.reason) == (
        "link:B-C", "link-down", "ports-down",
    )  # fmt: skip
    assert found.roots_of("port:B/B-C") == ("link:B-C",)
    proof = found.proof("link:B-C")
    ways = dict(proof.still_reached)
    assert ways == {"device:B": ("A-B",), "device:C": ("A-C",)}


def test_links_through_one_span_that_fail_together_are_one_cut():
    spans = {"A-B": "S1", "A-B-2": "S1; S2", "A-C": "S1; S3", "A-D": "S4"}
    judge = judge_of(list(spans), spans=spans)
    ports = ["port:A/A-B", "port:A/A-B-2", "port:A/A-C"]
    found = judge.diagnose([*ports, *dev("B", "C")])
    (cause,) = found.causes
    assert (cause.resource, cause.alarm_type) == ("span:S1", "span-cut")
    assert set(cause.names) == {"A-B", "A-B-2", "A-C"}
    assert all(found.roots_of(name) == ("span:S1",) for name in [*ports, *dev("B", "C")])


def test_a_span_with_a_link_that_still_works_is_whole():
    spans = {"A-B": "S1", "A-C": "S1", "A-D": "S1"}
    found = judge_of(list(spans), spans=spans).diagnose(["port:A/A-B", "port:A/A-C"])
    assert causes(found) == {"link:A-B", "link:A-C"}


def test_spans_that_cannot_be_told_apart_are_all_named():
    spans = {"A-B": "S1; S2", "A-C": "S2; S1"}
    (cause,) = judge_of(list(spans), spans=spans).diagnose(["port:A/A-B", "port:A/A-C"]).causes
    assert {cause.resource, *(f"span:{s}" for s in cause.instead)} == {"span:S1", "span:S2"}


def test_a_site_whose_devices_are_all_silent_is_dark():
    devices = [("A", "A"), ("B1", "B"), ("B2", "B"), ("C", "C")]
    net = network_of(["A-B", "A-C"], devices=devices)
    links = net.links.copy()
    extra = coerce(
        TABLES["links"],
        pd.DataFrame(
            [{"link_id": "X", "a_site": "A", "b_site": "B", "b_port": "B2.p"}], dtype=object
        ),
    )
    ports = pd.concat(
        [
            net.ports,
            coerce(
                TABLES["ports"],
                pd.DataFrame([{"port_id": "B2.p", "device_id": "B2"}], dtype=object),
            ),
        ]
    )
    tables = {name: net.table(name) for name in TABLES}
    tables |= {"links": pd.concat([links, extra], ignore_index=True), "ports": ports}
    judge = RootCauseJudge(watched_graph(Network(tables), probe_site="A"))
    found = judge.diagnose(dev("B1", "B2"))
    (cause,) = found.causes
    assert (cause.resource, cause.alarm_type) == ("site:B", "site-dark")
    assert found.roots_of("device:B1") == ("site:B",)
    assert causes(judge.diagnose(dev("B1"))) == {"device:B1"}


def test_parents_are_the_devices_that_every_way_passes():
    judge = judge_of(["A-B", "B-C", "B-D", "C-E", "D-E", "E-F"])
    assert judge.parents("device:F") == tuple(dev("E", "B", "A"))
    assert judge.parents("device:E") == tuple(dev("B", "A"))
    assert judge.parents("port:F/E-F") == tuple(dev("F", "E", "B", "A"))
    assert judge.parents("device:nowhere") == ()


def test_the_probe_can_stand_where_service_comes_from():
    net = network_of(["A-B"], kinds={"A": "headend"})
    assert RootCauseJudge(watched_graph(net)).parents("device:B") == ("device:A",)
    with pytest.raises(MissingError, match=r"probe\.site is 'X'"):
        watched_graph(net, probe_site="X")


@st.composite
def worlds(draw):
    """Draw a connected graph of sites and what of it is down."""
    count = draw(st.integers(3, 9))
    names = [chr(65 + n) for n in range(count)]
    links = [f"{names[draw(st.integers(0, n - 1))]}-{names[n]}" for n in range(1, count)]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda p: p[0] != p[1])
    links += [f"{a}-{b}-{n}" for n, (a, b) in enumerate(draw(st.lists(pairs, max_size=5)))]
    dead = draw(st.sets(st.sampled_from(names[1:]), max_size=4))
    cut = draw(st.sets(st.sampled_from(links), max_size=3))
    return links, dead, cut


def plain(links, dead=(), cut=()):
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    for link in links:
        a, b = link.split("-")[:2]
        graph.add_nodes_from((a, b))
        if link not in cut and a not in dead and b not in dead:
            graph.add_edge(a, b)
    return nx.node_connected_component(graph, "A") - set(dead)


@given(worlds())
def test_roots_are_exactly_what_has_to_come_back(world):
    links, dead, cut = world
    down = [*dev(*dead), *(f"port:{link.split('-')[0]}/{link}" for link in cut)]
    found = judge_of(links).diagnose(down)
    reached = plain(links, dead, cut)
    everyone = {end for link in links for end in link.split("-")[:2]}
    for name in everyone:
        roots = found.roots_of(f"device:{name}")
        if name in reached:
            assert roots == ()
        elif not roots:
            assert f"device:{name}" in causes(
                found
            )  # at the border: the probe gets to its neighbour
        for root in roots:
            # With this one root back, and all that merely follows sound, the thing is reached.
            kind, _, thing = root.partition(":")
            others = causes(found) - {root}
            still_dead = {o.partition(":")[2] for o in others if o.startswith("device:")}
            still_cut = {o.partition(":")[2] for o in others if o.startswith("link:")}
            if kind == "device":
                still_dead.discard(thing)
            assert name in plain(links, still_dead, still_cut)


@given(worlds())
def test_parents_are_the_nodes_without_which_nothing_is_reached(world):
    links, _, _ = world
    judge = judge_of(links)
    everyone = {end for link in links for end in link.split("-")[:2]}
    for name in everyone - {"A"}:
        wanted = {x for x in everyone - {name} if x == "A" or name not in plain(links, {x})}
        assert set(judge.parents(f"device:{name}")) == set(dev(*wanted))


# ------------------------------------------------------------------ together with the book

FAST = """
[learning]
hours = 0
[defaults.unreachable]
raise_samples = 1
hold_off_s = 60
verify_parents_s = 120
escalate_after_s = 1000
"""


class World:
    """A chain A-B-C-D whose devices are polled one by one."""

    def __init__(self):
        self.log = MemoryLog()
        judge = judge_of(["A-B", "B-C", "C-D"])
        self.book = AlarmBook(self.log, rules_of(FAST), judge=judge)
        self.poll(0, A=1, B=1, C=1, D=1)

    def poll(self, at_s, **answers):
        batch = [seen(f"device:{n}", "reachable", up, at_s) for n, up in answers.items()]
        events = self.book.observe(batch, at_s)
        return [(e.kind, e.key.resource[-1]) for e in events if e.feed and e.key]

    def alarm(self, name):
        found = self.book.get(AlarmKey(f"device:{name}", "unreachable"))
        assert found is not None
        return found


def test_a_child_is_not_declared_before_its_parents_were_asked_again():
    world = World()
    world.poll(100, D=0)
    assert world.poll(160, D=0) == []
    assert world.book.to_verify() == tuple(dev("C", "B", "A"))
    assert world.poll(165, A=1, B=1, C=1) == [("raised", "D")]
    assert world.alarm("D").state is State.ACTIVE


def test_a_child_waits_for_a_parent_that_is_about_to_be_declared():
    world = World()
    world.poll(100, D=0)
    world.poll(160, D=0)
    assert world.poll(165, A=1, B=0, C=0) == []
    kinds = [(e.kind, e.key.resource[-1]) for e in world.book.tick(225) if e.key]
    assert set(kinds) == {("raised", "B"), ("raised", "C"), ("raised", "D")}
    assert world.alarm("B").state is State.ACTIVE
    assert world.alarm("C").root_causes == world.alarm("D").root_causes == ("device:B",)


def test_a_child_whose_parents_say_nothing_is_raised_all_the_same():
    world = World()
    world.poll(100, D=0)
    assert world.book.tick(279) == ()
    assert [e.kind for e in world.book.tick(281)] == ["raised"]


def down_behind_b(world):
    world.poll(100, A=1, B=0, C=0, D=0)
    world.poll(161, A=1, B=0, C=0, D=0)


def test_children_are_measured_once_when_their_parent_is_back():
    world = World()
    down_behind_b(world)
    assert world.alarm("D").state is State.SUPPRESSED
    world.book.to_verify()
    # The next in the row is now the one that is next to what is reached.
    assert world.poll(300, B=1) == [("cleared", "B"), ("suppressed", "D")]
    assert world.book.to_verify() == tuple(dev("C"))
    assert world.alarm("C").muted  # nobody is told before it was measured
    assert world.poll(310, C=1) == [("cleared", "C")]
    assert world.book.to_verify() == tuple(dev("D"))
    assert world.alarm("D").muted
    assert world.poll(320, D=0) == [("released", "D")]
    assert world.alarm("D").state is State.ACTIVE


def test_suppression_takes_nothing_from_the_time_people_have():
    world = World()
    world.poll(100, C=0)
    world.poll(160, C=0)
    world.poll(165, A=1, B=1)  # C raised at 165, its clock runs
    assert world.alarm("C").waiting_since_s == 165
    world.poll(600, B=0)
    world.poll(665, A=1, B=0)  # B raised, C suppressed at 665 with 500 s on its clock
    assert (world.alarm("C").waited_s, world.alarm("C").waiting_since_s) == (500, None)
    assert not [e for e in world.book.tick(5000) if e.key and e.key.resource == "device:C"]
    world.poll(5001, B=1)
    world.poll(5002, C=0)  # released
    assert not [e for e in world.book.tick(5500) if e.kind == "escalated"]
    assert [e.kind for e in world.book.tick(5503)] == ["escalated"]


def test_maintenance_of_a_parent_keeps_the_children_quiet():
    world = World()
    world.book.say(people.maintain(["device:B"], from_s=50, until_s=1000, by="li", text="割接"), 50)
    down_behind_b(world)
    assert world.alarm("B").state is State.SHELVED
    assert world.alarm("C").state is State.SUPPRESSED
    kinds = [(e.kind, e.key.resource[-1]) for e in world.book.tick(1000) if e.key]
    assert kinds == [("unshelved", "B")]
    assert world.alarm("B").state is State.ACTIVE


def test_the_state_with_root_causes_replays_bit_for_bit():
    world = World()
    down_behind_b(world)
    world.poll(300, B=1)
    world.poll(310, C=1, D=0)
    again = AlarmBook(world.log, rules_of(FAST))
    assert again.digest() == world.book.digest()


def test_a_silent_device_through_which_another_answers_has_lost_its_management_alone():
    judge = judge_of(["A-B", "B-C", "C-D"])
    since = {"device:B": 100.0}
    found = judge.diagnose(dev("B"), since_s=since, heard_s={"device:D": 130.0, "device:A": 130.0})
    (cause,) = found.causes
    assert (cause.resource, cause.reason, cause.names) == (
        "device:B", "management-lost", ("device:D",),
    )  # fmt: skip
    assert found.roots_of("device:C") == ()
    assert found.proof("device:B").follows == ()


def test_an_answer_from_before_the_silence_shows_nothing():
    judge = judge_of(["A-B", "B-C"])
    found = judge.diagnose(
        dev("B"), since_s={"device:B": 100.0}, heard_s={"device:C": 99.0, "device:A": 130.0}
    )
    (cause,) = found.causes
    assert cause.reason == ""
    assert found.roots_of("device:C") == ("device:B",)


def test_an_answer_by_another_way_shows_nothing():
    judge = judge_of(["A-B", "B-C", "A-C"])
    found = judge.diagnose(
        dev("B"), since_s={"device:B": 100.0}, heard_s={"device:C": 130.0, "device:A": 130.0}
    )
    assert [cause.reason for cause in found.causes] == [""]


def test_a_port_that_a_neighbour_sees_up_shows_that_a_silent_end_lives():
    judge = judge_of(["A-B", "B-C"])
    seen_up = {"port:A/A-B": 130.0}
    last = judge.diagnose(
        dev("C"), since_s={"device:C": 100.0}, heard_s={"port:B/B-C": 130.0, "device:B": 130.0}
    )
    assert [cause.names for cause in last.causes] == [("port:B/B-C",)]
    # Where all behind it is silent too, light on the port says nothing of what passes.
    both = judge.diagnose(
        dev("B", "C"), since_s={"device:B": 100.0, "device:C": 100.0}, heard_s=seen_up
    )
    assert [(cause.resource, cause.reason) for cause in both.causes] == [("device:B", "")]
    assert both.roots_of("device:C") == ("device:B",)


def test_the_alarm_says_what_shows_it_and_takes_it_back_when_the_rest_falls_silent():
    judge = judge_of(["A-B", "B-C"])
    at_once = (
        "[learning]\nhours = 0\n[defaults.unreachable]\nraise_samples = 1\nhold_off_s = 0\n"
        "verify_parents_s = 0\n"
    )
    book: Any = AlarmBook(MemoryLog(), rules_of(at_once), judge=judge)
    key = AlarmKey("device:B", "unreachable")

    def poll(at_s, **up):
        book.observe(
            [seen(f"device:{d}", "reachable", float(v), at_s) for d, v in up.items()], at_s
        )

    poll(0.0, A=1, B=1, C=1)
    poll(60.0, A=1, B=0, C=1)
    assert book.get(key).carried_by == ("device:C",)
    assert impact_shown(book.get(key), Impact(people=5000)) == Impact(
        why_unknown="only its management is lost", carried_by=("device:C",)
    )
    poll(120.0, A=1, B=0, C=0)
    assert book.get(key).carried_by == ()
    assert impact_shown(book.get(key), Impact(people=5000)) == Impact(people=5000)
    follows = book.get(AlarmKey("device:C", "unreachable"))
    assert follows.root_causes == ("device:B",)
