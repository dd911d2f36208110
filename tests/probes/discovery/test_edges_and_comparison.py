"""Edges are kept with their evidence and held against the plan."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.discovery import EdgeBook, PlannedLink, Port, compare

DAY = 86_400.0


def both(book, a, b, now_s=0.0):
    book.hear(a, b, "lldp", now_s)
    book.hear(b, a, "lldp", now_s)


A1, A2, B1, B2, C1 = Port("a", "1"), Port("a", "2"), Port("b", "1"), Port("b", "2"), Port("c", "1")


def test_an_edge_heard_from_both_ends_is_one_edge():
    book = EdgeBook()
    both(book, A1, B1)
    (edge,) = book.edges()
    assert (edge.a, edge.b, edge.listeners, edge.one_sided) == (A1, B1, ("a", "b"), False)


def test_an_end_without_a_port_joins_the_edge_it_fits():
    book = EdgeBook()
    book.hear(A1, B1, "lldp", 0.0)
    book.hear(Port("b", ""), A1, "cdp", 0.0)
    (edge,) = book.edges()
    assert not edge.one_sided
    book.hear(A2, B2, "lldp", 0.0)
    book.hear(Port("b", ""), Port("a", ""), "cdp", 0.0)  # fits two: it is neither
    assert len(book.edges()) == 3


def test_evidence_ages_and_is_dropped():
    book = EdgeBook(keep_s=2 * DAY)
    both(book, A1, B1, 0.0)
    book.hear(A1, B1, "lldp", DAY)
    (edge,) = book.edges()
    assert edge.age_s(DAY + 5) == 5
    assert book.forget(2.5 * DAY) == 1
    assert book.edges()[0].one_sided
    assert book.forget(4 * DAY) == 1
    assert book.edges() == ()


def test_a_device_that_hears_itself_is_no_edge():
    book = EdgeBook()
    book.hear(A1, A2, "lldp", 0.0)
    assert book.edges() == ()


def test_a_chassis_that_gets_a_name_keeps_its_history():
    book = EdgeBook()
    book.hear(A1, Port("00:11:22:33:44:55", "1"), "lldp", 5.0)
    book.hear(A1, B1, "lldp", 9.0)
    book.rename({"00:11:22:33:44:55": "b"})
    (edge,) = book.edges()
    (evidence,) = edge.evidence
    assert (evidence.first_s, evidence.last_s) == (5.0, 9.0)
    assert EdgeBook.of(book.evidence()).edges() == book.edges()


def judged(planned, book, polled="abc", listening="abc"):
    return compare(planned, book.edges(), polled=set(polled), listening=set(listening))


def test_every_fate_of_a_planned_link_is_told_apart():
    book = EdgeBook()
    both(book, A1, B1)
    book.hear(A2, C1, "lldp", 0.0)
    both(book, Port("b", "9"), Port("c", "9"))
    both(book, Port("c", "7"), Port("x", "1"))
    links = {
        "seen": PlannedLink("seen", B1, A1),
        "half": PlannedLink("half", A2, C1),
        "moved": PlannedLink("moved", B2, Port("c", "2")),
        "gone": PlannedLink("gone", Port("a", "5"), Port("b", "5")),
        "away": PlannedLink("away", Port("a", "6"), Port("d", "1")),
        "deaf": PlannedLink("deaf", Port("a", "7"), Port("e", "1")),
    }
    found = judged(list(links.values()), book, polled="abcxe", listening="abcx")
    assert [link.link_id for link, _ in found.confirmed] == ["seen"]
    assert [link.link_id for link, _ in found.one_sided] == ["half"]
    assert [link.link_id for link, _ in found.moved] == ["moved"]
    assert [link.link_id for link in found.missing] == ["gone"]
    assert [(link.link_id, why) for link, why in found.unknown] == [
        ("away", "d did not answer"),
        ("deaf", "e hears no neighbour at all"),
    ]
    assert [(edge.a, edge.b) for edge in found.unplanned] == [(Port("c", "7"), Port("x", "1"))]


def test_an_end_that_cannot_listen_makes_no_link_one_sided():
    book = EdgeBook()
    book.hear(A1, B1, "lldp", 0.0)
    found = judged([PlannedLink("l", A1, B1)], book, listening="a")
    assert [link.link_id for link, _ in found.confirmed] == ["l"]


def test_parallel_links_are_matched_port_by_port():
    book = EdgeBook()
    both(book, A2, B2)
    found = judged([PlannedLink("one", A1, B1), PlannedLink("two", A2, B2)], book)
    assert [link.link_id for link, _ in found.confirmed] == ["two"]
    assert [link.link_id for link in found.missing] == ["one"]


PORTS = st.builds(Port, st.sampled_from("abcd"), st.sampled_from(["", "1", "2"]))


@given(
    st.lists(st.tuples(PORTS, PORTS), max_size=8),
    st.lists(st.tuples(PORTS, PORTS), max_size=8),
    st.sets(st.sampled_from("abcd")),
)
def test_every_link_has_one_fate_and_every_edge_is_used_once(heard, planned, listening):
    book = EdgeBook()
    for listener, other in heard:
        book.hear(listener, other, "lldp", 0.0)
    links = [PlannedLink(str(n), a, b) for n, (a, b) in enumerate(planned)]
    found = compare(links, book.edges(), polled=listening, listening=listening)
    fates = [
        *(link for link, _ in found.confirmed + found.one_sided + found.moved + found.unknown),
        *found.missing,
    ]
    assert sorted(link.link_id for link in fates) == sorted(link.link_id for link in links)
    used = [edge for _, edge in found.confirmed + found.one_sided + found.moved] + list(
        found.unplanned
    )
    assert sorted((e.a, e.b) for e in used) == [(e.a, e.b) for e in book.edges()]
