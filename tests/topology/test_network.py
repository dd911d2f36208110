"""The network: accessors, the graph, and what is left when things fail."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.errors import MissingError, TableError
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES


def table(name, *rows):
    return coerce(TABLES[name], pd.DataFrame(list(rows), dtype=object))


def small():
    """Return three sites in a chain: A -S1- B -S2- C, with a device and ports at B."""
    at = {"lon": 121.5, "lat": 31.3}
    return Network(
        {
            "sites": table("sites", *[{"site_id": i, **at} for i in "ABC"]),
            "cells": table("cells", {"cell_id": "B1", "site_id": "B", "freq_mhz": 698}),
            "devices": table("devices", {"device_id": "R", "site_id": "B"}),
            "ports": table("ports", {"port_id": "R.1", "device_id": "R"}),
            "spans": table("spans", {"span_id": "S1"}, {"span_id": "S2"}),
            "links": table(
                "links",
                {"link_id": "L1", "a_site": "A", "b_site": "B", "b_port": "R.1", "spans": "S1"},
                {"link_id": "L2", "a_site": "B", "b_site": "C", "spans": "S2; S1"},
            ),
        }
    )


def ids(network):
    return {name: set(network.table(name)[t.key]) for name, t in TABLES.items()
            if len(network.table(name))}  # fmt: skip


def test_records_carry_plain_values_and_none_for_unknown():
    network = small()
    assert network.cell("B1").freq_mhz == 698.0
    assert type(network.cell("B1").freq_mhz) is float
    assert network.cell("B1").power_dbm is None
    assert network.link("L2").spans == ("S2", "S1")
    assert network.site("A").state == "candidate"


def test_missing_record_names_the_table():
    with pytest.raises(MissingError, match="site_id 'X' is not in sites"):
        small().site("X")


def test_graph_has_sites_as_nodes_and_link_ids_as_keys():
    graph = small().graph()
    assert set(graph.nodes) == {"A", "B", "C"}
    assert set(graph.edges(keys=True)) == {("A", "B", "L1"), ("B", "C", "L2")}
    assert graph.edges["A", "B", "L1"]["kind"] == "fibre"


def test_failed_site_takes_its_cells_devices_ports_and_links():
    left = ids(small().without(["B"]))
    assert left == {"sites": {"A", "C"}, "spans": {"S1", "S2"}}


def test_failed_span_takes_every_link_through_it():
    assert "links" not in ids(small().without(["S1"]))
    assert ids(small().without(["S2"]))["links"] == {"L1"}


def test_failed_device_takes_the_links_on_its_ports():
    left = ids(small().without(["devices:R"]))
    assert left["links"] == {"L2"}
    assert "ports" not in left


def test_nothing_failed_leaves_everything():
    assert ids(small().without([])) == ids(small())


def test_unknown_id_is_refused():
    with pytest.raises(MissingError, match="'Z' is in no table"):
        small().without(["Z"])


def test_unknown_id_is_told_with_the_nearest():
    with pytest.raises(MissingError, match=r"'S11' is in no table; did you mean S1\?"):
        small().without(["S11"])
    with pytest.raises(MissingError, match=r"'links:L11' is in no table; did you mean L1\?"):
        small().without(["links:L11"])


@given(st.sets(st.sampled_from(["A", "B", "C", "B1", "R", "R.1", "S1", "S2", "L1", "L2"])))
def test_order_of_failures_does_not_matter(failed):
    together = small().without(failed)
    one_by_one = small()
    for thing in sorted(failed):
        if any(thing in names for names in ids(one_by_one).values()):
            one_by_one = one_by_one.without([thing])
    assert ids(together) == ids(one_by_one)


def test_failed_area_leaves_its_sites_without_area():
    network = Network(
        {
            "areas": table("areas", {"area_id": "D", "name": "d"}),
            "sites": table("sites", {"site_id": "A", "lon": 1, "lat": 2, "area_id": "D"}),
        }
    )
    assert network.without(["D"]).site("A").area_id == ""


def test_dangling_reference_is_refused_with_the_row():
    with pytest.raises(TableError, match="Q"):
        Network({"cells": table("cells", {"cell_id": "1", "site_id": "Q"})})
