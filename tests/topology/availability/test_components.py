"""A component table is read whole or every wrong cell is named."""

from __future__ import annotations

import math

import pytest

from ngbw.topology.availability import COMPONENTS, read_components
from ngbw.topology.availability.components import Component
from ngbw.topology.errors import MissingError, TableError
from ngbw.topology.settings import Figure


def figure(component: Component) -> Figure:
    assert component.unavailability is not None
    return component.unavailability


def written(tmp_path, text):
    path = tmp_path / "mtbf.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_way_to_give_a_figure_gives_the_same(tmp_path):
    found = read_components(
        written(
            tmp_path,
            "component,mtbf_h,mttr_h,fit,availability,source\n"
            "a,9996,4,,,log of 2015\n"
            "b,,4,100040.016,,\n"
            "c,,,,0.9996,\n",
        )
    )
    shares = [figure(found[name]).value for name in "abc"]
    assert shares == pytest.approx([4e-4] * 3, rel=1e-6)
    assert figure(found["a"]).source == "log of 2015"
    assert figure(found["b"]).source == "mtbf.csv, row 3"
    assert not figure(found["a"]).assumed


def test_own_figures_replace_built_in_ones_and_keep_what_is_counted_by_the_kilometre(tmp_path):
    found = read_components(
        written(tmp_path, "component,mtbf_h,mttr_h,assumed\ncable_duct,1000000,10,x\n")
    )
    assert found["cable_duct"].per_km
    assert figure(found["cable_duct"]).assumed
    assert found["router"] is COMPONENTS["router"]


def test_a_row_without_figures_says_that_the_class_is_unknown(tmp_path):
    found = read_components(written(tmp_path, "component,mtbf_h\nrouter,\n"))
    assert found["router"].unavailability is None
    assert math.isnan(found["router"].over(1.0))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("x,-5,4,,,,", "mtbf_h"),
        ("x,often,4,,,,", "mtbf_h"),
        ("x,nan,4,,,,", "mtbf_h"),
        ("x,100,,,,,", "mttr_h"),
        ("x,,4,,,,", "mtbf_h"),
        ("x,100,4,50,,,", "mtbf_h"),
        ("x,,,,1.5,,", "availability"),
        ("x,,4,,0.99,,", "mttr_h"),
        ("x,,,,0.99,mile,", "per"),
        (",,,,0.99,,", "component"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(tmp_path, row, column):
    path = written(
        tmp_path, f"component,mtbf_h,mttr_h,fit,availability,per,source\nok,100,1,,,,\n{row}\n"
    )
    with pytest.raises(TableError) as caught:
        read_components(path)
    assert [(p.row, p.column) for p in caught.value.problems] == [(3, column)]


def test_a_class_that_stands_twice_and_an_unknown_column_are_both_named(tmp_path):
    path = written(tmp_path, "component,availability,mtbf\na,0.9,\nA,0.8,\n")
    with pytest.raises(TableError) as caught:
        read_components(path)
    assert [(p.row, p.column) for p in caught.value.problems] == [(None, "mtbf"), (3, "component")]


def test_a_table_without_classes_is_refused(tmp_path):
    with pytest.raises(TableError, match="names the class"):
        read_components(written(tmp_path, "mtbf_h,mttr_h\n100,1\n"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingError, match=r"none\.csv"):
        read_components(tmp_path / "none.csv")


def test_every_built_in_figure_is_marked_as_assumed_with_its_source():
    for component in COMPONENTS.values():
        figure = component.unavailability
        assert figure is None or (figure.assumed and len(figure.source) > 20)


def test_cable_of_two_kilometres_fails_twice_as_often():
    cable = Component("cable", Figure(1e-6, "test", assumed=False), per_km=True)
    assert cable.over(2.0) == pytest.approx(2e-6, rel=1e-5)
    assert cable.over(0.0) == 0.0


def test_a_class_that_nothing_has_is_named_with_the_nearest(tmp_path):
    text = "component,mtbf_h,mttr_h\nrouterx,1,2\nMX480,1,2\ndevice of role other,1,2\n"
    path = written(tmp_path, text)
    with pytest.raises(TableError) as caught:
        read_components(path, models=["mx480", ""])
    assert [(p.row, p.column) for p in caught.value.problems] == [(2, "component")]
    assert "did you mean 'router'?" in str(caught.value)
    assert "mx480" in read_components(
        written(tmp_path, text.replace("routerx", "router")), models=["MX480"]
    )
