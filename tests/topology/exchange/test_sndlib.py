"""SNDlib: the native text and the XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from ngbw.topology.errors import FileError
from ngbw.topology.exchange.formats import read_network, write_network

NATIVE = """?SNDlib native format; type: network; version: 1.0
# network tiny

NODES (
  A ( 18.60 54.20 )
  B   # a node needs no position
)
LINKS (
  L1 ( A B ) 155.00 0.00 1.00 156.00 ( 155.00 156.00 622.00 468.00 )
  L2 ( A B ) 0.00 0.00 0.00 0.00 ( )
)
DEMANDS (
  D1 ( A B ) 1 195.00 UNLIMITED
)
ADMISSIBLE_PATHS (
  D1 ( P_0 ( L1 ) )
)
"""

XML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<network xmlns="http://sndlib.zib.de/network" version="1.0">
 <networkStructure>
  <nodes coordinatesType="{kind}">
   <node id="A"><coordinates><x>18.6</x><y>54.2</y></coordinates></node>
   <node id="B"/>
  </nodes>
  <links>
   <link id="L1"><source>A</source><target>B</target>
    <preInstalledModule><capacity>155.0</capacity><cost>0</cost></preInstalledModule>
    <routingCost>1.0</routingCost><setupCost>156.0</setupCost>
    <additionalModules><addModule><capacity>155</capacity><cost>156</cost></addModule>
     <addModule><capacity>622</capacity><cost>468</cost></addModule></additionalModules></link>
   <link id="L2"><source>A</source><target>B</target></link>
  </links>
 </networkStructure>
 <demands><demand id="D1"><source>A</source><target>B</target><demandValue>195.0</demandValue>
  </demand></demands>
</network>
"""


def written(tmp_path: Path, text: str, name: str = "tiny.txt") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [NATIVE, XML.format(kind="geographical")], ids=["native", "xml"])
def test_both_forms_say_the_same(tmp_path: Path, text: str) -> None:
    found = read_network(written(tmp_path, text))
    sites, links = found.tables["sites"], found.tables["links"]
    assert sites["site_id"].tolist() == ["A", "B"]
    assert "".join(sites["name"]) == ""  # SNDlib has ids and no names
    assert sites["lon"].tolist()[0] == 18.6
    assert sites["lat"].isna().tolist() == [False, True]
    assert links["capacity_mbps"].tolist()[0] == 155.0
    assert links["capacity_mbps"].isna().tolist()[1]  # nothing installed is not known to be zero
    assert links["assumed"].tolist() == ["kind capacity_mbps", "kind"]  # the unit is our reading
    assert links["module_capacities"].tolist()[0] == "155;622"
    assert links["module_costs"].tolist()[0] == "156;468"
    assert (links["routing_cost"].tolist()[0], links["setup_cost"].tolist()[0]) == ("1", "156")
    assert found.traffic.to_numpy().tolist() == [["D1", "A", "B", 195.0]]
    assert found.title == "tiny"


def test_pixels_are_no_degrees(tmp_path: Path) -> None:
    found = read_network(written(tmp_path, XML.format(kind="pixel"), "x.xml"))
    assert found.tables["sites"]["lon"].isna().all()
    assert "pixels" in found.notes[0]


def test_ids_with_spaces_become_words_and_stay_apart(tmp_path: Path) -> None:
    first = read_network(written(tmp_path, NATIVE)).network()
    sites = first.sites.assign(site_id=["New York", "New#York"])
    links = first.links.assign(a_site="New York", b_site="New#York")
    renamed = type(first)({"sites": sites, "links": links})
    report = write_network(renamed, tmp_path / "out.txt")
    back = read_network(tmp_path / "out.txt")
    assert back.tables["sites"]["site_id"].tolist() == ["New_York", "New_York_2"]
    assert "2 sites got other ids" in report.notes[-1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("L1 ( A B )", "L1 ( A Z )", r"tiny\.txt, line 9, column 3: b_site 'Z' must be a site_id"),
        ("L1 ( A B )", "L1 ( A )", "line 9, column 3: a link has two ends, not 1"),
        ("  L2", "  L1", r"line 10, column 3: link_id 'L1' stands there already, at line 9"),
        ("155.00 0.00 1.00", "-155 0.00 1.00", ("line 9, column 3: the pre-installed capacity is "
         "-155")),
        ("155.00 0.00 1.00", "nan 0.00 1.00", "line 9, column 14: a figure is 'nan'; it must be"),
        ("155.00 0.00 1.00 156.00", "155.00 0.00", "a link has 4 figures .* not 2"),
        ("1 195.00", "1 -5", "line 13, column 16: a demand must be a number of at least 0"),
        ("( 18.60 54.20 )", "( 18.60 )", r"line 5, column 3: a position is \( longitude latitude"),
        ("( 18.60 54.20 )", "( 18.60 954.20 )", "line 5, column 3: lat '954.2' must be a number"),
        ("ADMISSIBLE_PATHS (\n  D1 ( P_0 ( L1 ) )\n)", "PATHS ( ( ", "the file ends where"),
        ("NODES (", "NODES", "line 5, column 3: 'A' stands where '\\(' must"),
        ("D1 ( A B ) 1", "D1 ( A Q ) 1", "demand 'D1' ends at 'Q', which is no node"),
    ],
)  # fmt: skip
def test_a_broken_file_says_line_and_column(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in NATIVE
    with pytest.raises(FileError, match=message):
        read_network(written(tmp_path, NATIVE.replace(old, new)))


def test_xml_without_an_end_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = XML.format(kind="geographical").replace("<target>B</target></link>", "</link>")
    with pytest.raises(FileError, match=r"line 14, column 4: <link> must have a target"):
        read_network(written(tmp_path, text, "x.xml"))
