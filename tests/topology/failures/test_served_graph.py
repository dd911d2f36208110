"""Who is behind what: roots, the nearest access site, radio sites without a link."""

from __future__ import annotations

import pytest

from ngbw.tests.topology.failures.towns import CRS, town
from ngbw.topology.errors import InputError, MissingError
from ngbw.topology.failures.served_graph import served_graph
from ngbw.topology.failures.singles import single_failures

ROOMS = [("H", "headend", 0, 0), ("X", "exchange", 500, 0), ("R", "olt", 1000, 0)]
LINKS = [("L1", "H", "X", ""), ("L2", "X", "R", "")]


def weights(served):
    return dict(zip(served.graph.node_ids, served.weight.tolist(), strict=True))


def roots(served):
    return [served.graph.node_ids[n] for n in served.roots], served.roots_from


def test_head_ends_are_roots_then_exchanges_then_what_is_named():
    whole = town(ROOMS, links=LINKS)
    assert roots(served_graph(whole, CRS)) == (["H"], "headend")
    assert roots(served_graph(whole.without(["H"]), CRS)) == (["X"], "exchange-idc")
    assert roots(served_graph(whole, CRS, roots=["R", "X"])) == (["R", "X"], "setting")


def test_roots_of_an_assumed_kind_are_told_unless_the_setting_names_them():
    guessed = [("X", "exchange", 0, 0, {"assumed": "kind state"}), ("R", "olt", 1000, 0)]
    network = town(guessed, links=[("L", "X", "R", "")])
    assert served_graph(network, CRS).roots_kind_assumed == ("X",)
    assert served_graph(network, CRS, roots=["X"]).roots_kind_assumed == ()
    drawn_up = town([("X", "exchange", 0, 0, {"assumed": "*"})])
    assert served_graph(drawn_up, CRS).roots_kind_assumed == ()


def test_without_roots_the_setting_is_named():
    with pytest.raises(InputError, match=r"\[network\] roots"):
        served_graph(town(ROOMS[2:]), CRS)
    with pytest.raises(MissingError, match="'Z'"):
        served_graph(town(ROOMS), CRS, roots=["Z"])


def test_people_belong_to_the_nearest_access_site():
    network = town(ROOMS, links=LINKS, people=[(0, 0, 5), (1100, 0, 7)])
    assert weights(served_graph(network, CRS)) == {"H": 0, "X": 0, "R": 12}


def test_without_access_sites_people_belong_to_the_nearest_room():
    network = town(ROOMS[:2], links=LINKS[:1], people=[(0, 0, 5), (1100, 0, 7)])
    assert weights(served_graph(network, CRS)) == {"H": 5, "X": 7}


def test_only_residents_are_counted():
    network = town(ROOMS, links=LINKS, people=[(0, 0, 5)])
    network.demand["kind"] = "passengers"
    assert served_graph(network, CRS).people == 0


def test_a_radio_site_without_a_link_hangs_on_the_nearest_room():
    network = town(
        [*ROOMS, ("M", "ngb-w", 1200, 0), ("C", "ngb-w", 10, 0, {"state": "candidate"})],
        links=LINKS,
        people=[(1300, 0, 9)],
    )
    served = served_graph(network, CRS)
    assert served.homing == {"M": "R"}
    assert served.links == 2
    assert served.graph.edge_ids == ("L1", "L2", "homing:M")
    assert "C" not in served.graph.node_ids
    found = single_failures(served)
    assert found.link_loss.tolist() == [9, 9]
    assert served_graph(network, CRS, radio_sites=["C"]).homing == {"M": "R", "C": "H"}


def test_a_radio_site_with_a_link_or_as_a_root_is_not_tied():
    network = town([*ROOMS, ("M", "ngb-w", 1200, 0)], links=[*LINKS, ("L3", "M", "H", "")])
    assert served_graph(network, CRS).homing == {}
    assert served_graph(network.without(["L3"]), CRS, roots=["M"]).homing == {}


def test_a_radio_site_that_does_not_exist_is_named():
    with pytest.raises(MissingError, match="'Q'"):
        served_graph(town(ROOMS, links=LINKS), CRS, radio_sites=["Q"])
