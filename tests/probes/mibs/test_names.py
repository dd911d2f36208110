"""The table of names is up to date, and a name leads to its object and back."""

from __future__ import annotations

import pytest

from ngbw.probes.mibs import name_of, object_at, object_named, oid_of
from ngbw.probes.mibs.compile_names import HERE, compiled_text, read_definitions
from ngbw.probes.profiles.objects import profile_objects
from ngbw.topology.errors import FileError, MissingError


def test_compiled_table_is_what_its_sources_say():
    # When this fails: python -m ngbw.probes.mibs.compile_names
    definitions = (HERE / "definitions.txt").read_text(encoding="utf-8")
    rows = [*read_definitions(definitions, "definitions.txt"), *profile_objects()]
    assert (HERE / "names.tsv").read_text(encoding="utf-8") == compiled_text(rows)


def test_name_and_number_lead_to_each_other():
    assert oid_of("ifHCInOctets.7") == (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 7)
    assert name_of(oid_of("ifHCInOctets.7")) == "ifHCInOctets.7"
    assert oid_of(".1.3.6.1.2.1.1.3.0") == oid_of("sysUpTime.0")


def test_unknown_number_is_shown_by_the_nearest_name_above_it():
    assert name_of((1, 3, 6, 1, 4, 1, 99999, 1)) == "enterprises.99999.1"
    assert name_of((0, 0)) == "0.0"
    assert object_at((2, 5)) is None


def test_column_knows_its_index_and_its_words():
    status = object_named("ifOperStatus")
    assert status.index == ("ifIndex",)
    assert status.words[7] == "lowerLayerDown"
    assert object_named("sysDescr").index == ()


def test_wrong_name_is_answered_with_the_one_meant():
    with pytest.raises(MissingError, match="did you mean 'ifInOctets'"):
        oid_of("ifInOctet")
    with pytest.raises(MissingError, match=r"ifDescr\.3"):
        oid_of("ifDescr.x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.3.x name integer", "is no definition"),
        ("1.3.6 name number", "is no syntax"),
        ("  1 column integer", "outside a table"),
        ("1.3.6 name enum up:1", "WORD=NUMBER"),
    ],
)
def test_mistake_in_definitions_names_its_line(text, said):
    with pytest.raises(FileError, match=f"line 1: .*{said}"):
        read_definitions(text, "definitions.txt")


def test_one_name_for_two_objects_is_refused():
    rows = read_definitions("1.3.6.1 one integer\n1.3.6.2 one integer", "d")
    with pytest.raises(FileError, match="another name"):
        compiled_text(rows)
