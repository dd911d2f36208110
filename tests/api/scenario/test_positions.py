"""YAML that nobody vouches for: what is read, what is refused, and where."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.api.scenario.positions import MAX_BYTES, Node, ScenarioError, read_yaml
from ngbw.topology.errors import FileError, MissingError, NgbwError


def plain(node):
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [plain(value) for value in node.value]
    return node.value


def read(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(path)


def test_values_know_their_line_and_column(tmp_path):
    node: Any = read(tmp_path, "a: 1\nb:\n  - x\n  - {c: yes}\n")
    b = node.value["b"]
    assert (b.key_line, b.key_column) == (2, 1)
    assert [(item.line, item.column) for item in b.value] == [(3, 5), (4, 5)]
    c = b.value[1].value["c"]
    assert (c.key_line, c.key_column, c.line, c.column) == (4, 6, 4, 9)


def test_scalars_follow_yaml_1_2_core(tmp_path):
    text = (
        "a: 1\nb: 1.5\nc: true\nd: no\ne: on\nf: 2016-06-30\ng: 12:30\nh:\ni: '1'\nj: 012\nk: ~\n"
        "l: 1e3\nm: .5\nn: 0x10\no: 99999999999999999999\n"
    )
    assert plain(read(tmp_path, text)) == {
        "a": 1, "b": 1.5, "c": True, "d": "no", "e": "on", "f": "2016-06-30", "g": "12:30",
        "h": None, "i": "1", "j": 12, "k": None, "l": 1000.0, "m": 0.5, "n": "0x10",
        "o": 99999999999999999999.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ("a: &x 1\nb: *x\n", 1, 4, "anchor &x is refused"),
        ("a: 1\nb: *x\n", 2, 4, "alias"),
        ("a: !!python/object/apply:os.system ['id']\n", 1, 4, "tag"),
        ("a: !!str 1\n", 1, 4, "tag"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "'a' stands twice; it is given in line 1"),
        ("'a': 1\n? a\n: 2\n", 2, 3, "stands twice"),
        ("<<: {a: 1}\n", 1, 1, "merge"),
        ("[a, b]: 1\n", 1, 1, "a name must be text"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document"),
        ("a: [1, 2\n", 2, 1, "not YAML"),
        ("a:\n\t- 1\n", 2, 1, "not YAML: a tab stands here; indent and part with spaces"),
        ("a: 'x\n", 2, 1, "not YAML"),
        ("", 1, 1, "empty"),
        ("# only a comment\n", 1, 1, "empty"),
        ("a: " + "[" * 30 + "]" * 30, 1, 24, "nested deeper"),
    ],
)
def test_what_a_scenario_does_not_need_is_refused_with_its_place(tmp_path, text, line, column, why):
    with pytest.raises(ScenarioError, match=why) as caught:
        read(tmp_path, text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"{tmp_path / 's.yaml'}:{line}:{column}: ")
    assert caught.value.exit_code == 2


def test_billion_laughs_is_refused_at_its_first_anchor(tmp_path):
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(ScenarioError, match="anchor"):
        read(tmp_path, "\n".join(lines))


def test_too_many_values_and_too_deep_a_nest_end_early(tmp_path):
    with pytest.raises(ScenarioError, match="more than 50000 values"):
        read(tmp_path, "a: [" + "1," * 60_000 + "1]")
    with pytest.raises(ScenarioError, match="nested deeper"):
        read(tmp_path, "[" * 100_000)


def test_files_that_are_no_scenario(tmp_path):
    with pytest.raises(MissingError, match="does not exist"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(MissingError, match="is a directory"):
        read_yaml(tmp_path)
    with pytest.raises(FileError, match="not UTF-8"):
        read(tmp_path, b"a: \xff\xfe")
    with pytest.raises(FileError, match="larger than 1 MB"):
        read(tmp_path, b"#" * (MAX_BYTES + 1))
    with pytest.raises(ScenarioError, match="not YAML"):
        read(tmp_path, b"a: \x00")


def test_byte_order_mark_is_no_content(tmp_path):
    assert plain(read(tmp_path, b"\xef\xbb\xbfa: 1\n")) == {"a": 1}


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "s.yaml"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    with contextlib.suppress(NgbwError):
        assert isinstance(read_yaml(path), Node)
