"""alarms.toml: levels in their order, and every mistake with its line."""

from __future__ import annotations

import pytest

from ngbw.probes.alarms.placement import Placement
from ngbw.probes.alarms.rule_file import built_in_rules, read_rules
from ngbw.probes.alarms.rule_settings import RULE_SETTINGS
from ngbw.probes.alarms.toml_places import read_toml
from ngbw.tests.probes.alarms.conftest import rules_of
from ngbw.topology.errors import FileError, SettingError

PLACED = Placement(
    {"R1": "S1", "R2": "S2"},
    {"R1": "backbone", "R2": "access"},
    area_of_site={"S1": "D1", "S2": "D2"},
    kind_of_site={"S1": "headend", "S2": "olt"},
)

LEVELS = """
[defaults.busy-in]
warning = {raise = 0.7, clear = 0.6}
[groups.core]
roles = ["backbone"]
[groups.core.busy-in]
warning = {raise = 0.5, clear = 0.4}
hold_off_s = 5
[devices.R1.busy-in]
hold_off_s = 6
[ports."R1/xe-0/0/0".busy-in]
enabled = false
"""


def busy(rules, resource):
    found = rules.rule(resource, "busy-in")
    assert found is not None
    return found


def test_each_level_overrides_the_ones_before_setting_by_setting():
    rules = rules_of(LEVELS, PLACED)
    other, core = busy(rules, "port:R2/a"), busy(rules, "port:R1/a")
    assert other.thresholds[-1].raise_at == 0.7
    assert other.thresholds[-1].level == "defaults, line 4"
    assert other.hold_off_s == 600
    assert other.levels["hold_off_s"] == "built in"
    assert core.thresholds[-1].raise_at == 0.5
    assert core.thresholds[0].raise_at == 0.95  # major, as it is built in
    assert core.hold_off_s == 6
    assert core.levels["hold_off_s"] == "devices.R1, line 11"
    assert rules.rules_for("port:R1/xe-0%2F0%2F0", "utilisation_in_share") == ()
    assert len(rules.rules_for("port:R1/a", "utilisation_in_share")) == 1


def test_rules_are_shared_by_what_lies_on_the_same_levels():
    rules = rules_of(LEVELS, PLACED)
    assert busy(rules, "port:R1/a") is busy(rules, "port:R1/b")
    assert rules.groups_of("port:R1/a") == ("core",)
    assert rules.groups_of("device:R2") == ()


def test_a_type_of_your_own_judges_any_figure():
    rules = rules_of(
        '[types.snow]\nfigure = "snow_cm"\ndirection = "above"\n[defaults.snow]\nmajor = 30\n'
    )
    (rule,) = rules.rules_for("site:S1", "snow_cm")
    assert rule.judge(30, None) == "major"
    assert rule.judge(29.9, None) is None


def test_what_is_built_in_has_thresholds_for_every_type():
    rules = built_in_rules()
    for name in rules.types:
        rule = rules.rule("device:R1", name)
        assert rule is not None
        assert rule.thresholds, name


def test_a_severity_can_be_switched_off():
    rules = rules_of("[defaults.busy-in]\nmajor = false\n")
    assert [t.severity for t in busy(rules, "port:R1/a").thresholds] == ["warning"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[defaults.busy-in]\nmajer = 1\n", 3, r"majer is not a setting \(did you mean 'major'\?\)"),
        ("[defaults.bussy-in]\nmajor = 1\n", 2, "is no alarm type"),
        ("[defaults.busy-in]\nhold_off_s = -3\n", 3, "hold_off_s is -3; give a number, 0 to 86400"),
        ("[defaults.busy-in]\nhold_off_s = nan\n", 3, "give a number"),
        ("[defaults.busy-in]\nraise_samples = 1.5\n", 3, "give a whole number"),
        ("[defaults.busy-in]\nwarning = {raise = 0.7, clear = 0.8}\n", 3, "clears at 0.8, which lies above"),
        ("[defaults.busy-in]\nwarning = {clear = 0.8}\n", 3, "has no raise"),
        ("[defaults.busy-in]\nwarning = true\n", 3, "give a number"),
        ("[defaults.busy-in]\nwarning = inf\n", 3, "give a number"),
        ("[defaults.busy-in]\nseverity = \"major\"\n", 3, "whose figure is a number"),
        ("[defaults.port-down]\nmajor = 3\n", 3, 'write severity = "major"'),
        ("[defaults.port-down]\nseverity = \"awful\"\n", 3, "use one of"),
        ("[defaults.port-down]\nenabled = 1\n", 3, "write true or false"),
        ("[defaults.busy-in]\nwarning = 0.99\n", 2, "makes major .* begin before warning"),
        ("[groups.core.busy-in]\nmajor = 0.9\n", 2, "has no members"),
        ("[groups.core]\nroles = \"backbone\"\n", 3, "give a list of texts"),
        ("[devices.R9.busy-in]\nmajor = 0.9\n", 2, r"names device 'R9', which is not in devices"),
        ("[ports.R1.busy-in]\nmajor = 0.9\n", 2, "is no port"),
        ("[resources.R1.busy-in]\nmajor = 0.9\n", 2, "has no kind"),
        ("[defalts.busy-in]\n", 2, r"did you mean 'defaults'\?"),
        ("[probe]\nsight = \"S1\"\n", 3, "use site"),
        ("[learning]\nhours = -1\n", 3, "give a number"),
        ("[types.port-down]\nfigure = \"x\"\n", 2, "is built in"),
        ("[types.snow]\nfigure = \"x\"\ndirection = \"up\"\n", 4, "write above, below or no"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_the_way_out(text, line, words):
    with pytest.raises(SettingError, match=words) as caught:
        rules_of(text, PLACED)
    assert str(caught.value).startswith(f"alarms.toml:{line}: ")


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path):
    (tmp_path / "alarms.toml").write_text("format = 1\n[defaults\n", encoding="utf-8")
    with pytest.raises(FileError, match="line 2"):
        read_rules(tmp_path)


def test_a_project_without_a_file_has_what_is_built_in(tmp_path):
    assert read_rules(tmp_path).learning_s == 86_400


def test_every_setting_of_a_rule_says_what_it_means():
    from dataclasses import fields

    from ngbw.probes.alarms.rules import Rule

    own = {f.name for f in fields(Rule)} - {"type", "thresholds", "levels"}
    severities = {"severity", "indeterminate", "warning", "minor", "major", "critical"}
    assert set(RULE_SETTINGS) == own | severities


def test_lines_are_found_behind_long_texts_quoted_names_and_arrays():
    text = (
        'format = 1\nlong = """\n[not.a.table]\nkey = 1\n"""\n'
        "[ports.\"R1/xe-0/0/0\".'busy-in']\nmajor = 0.9 # here\nlist = [\n  1,\n]\n"
        "[[routes]]\na = 1\n[[routes]]\na = 2\n"
    )
    file = read_toml(text, "x.toml")
    assert file.line("ports", "R1/xe-0/0/0", "busy-in", "major") == 7
    assert file.line("routes", "1", "a") == 14
    assert file.line("not", "a", "table") == 1
