"""Device profiles: a file says what objects mean, mistakes are told, and rows become sensors."""

from __future__ import annotations

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.device_reading import profiles_for, read_device, read_sensors, wanted_of_device
from ngbw.probes.mibs import oid_of
from ngbw.probes.profiles import (
    built_in_profiles,
    matching_profiles,
    project_profiles,
    read_profile,
    read_profile_modules,
    read_profile_sensors,
    wanted_by,
)
from ngbw.probes.profiles.formulas import FORMULAS, reflected_power_w, vswr
from ngbw.probes.readings.records import SensorState, Thresholds
from ngbw.probes.readings.wanted import ALL_PARTS, SLOW_PARTS, Part, Wanted, wanted
from ngbw.probes.replay.recordings import recording_of
from ngbw.probes.snmp.values import Tag, Typed, oid
from ngbw.topology.errors import FileError, NgbwError

HEAD = """
title = "a transmitter"
source = "OWN-MIB"
[[match]]
object_id = "1.3.6.1.4.1.99999.1"
"""


def view_of(cells):
    kinds = {int: Tag.INTEGER, bytes: Tag.OCTET_STRING, tuple: Tag.OBJECT_IDENTIFIER}
    rows = [(oid(name), Typed(kinds[type(value)], value)) for name, value in cells.items()]
    return recording_of("device", rows)


def sensors(body, cells):
    return read_profile_sensors(view_of(cells), [read_profile(HEAD + body, "own")])


def only(body, cells):
    (found,) = sensors(body, cells)
    return found


FORWARD = """
[[sensor]]
id = "forward"
figure = "forward_power_w"
oid = "1.3.6.1.4.1.99999.1.1"
"""
REFLECTED = FORWARD.replace("forward", "reflected").replace("9.1.1", "9.1.2")


def test_scalar_is_read_with_scale_and_offset():
    body = FORWARD + 'scale = 0.1\noffset = 1\nlabel = "Power out"\n'
    found = only(body, {"1.3.6.1.4.1.99999.1.1.0": 500})
    assert (found.value, found.raw, found.label, found.source) == (51.0, 500.0, "Power out", "own")
    assert found.oid == oid("1.3.6.1.4.1.99999.1.1.0")


def test_number_in_text_is_read_past_its_unit():
    assert only(FORWARD, {"1.3.6.1.4.1.99999.1.1.0": b"50.5 W"}).value == 50.5
    assert only(FORWARD, {"1.3.6.1.4.1.99999.1.1.0": b"n/a"}).absent == "no number"


def test_column_gives_a_sensor_a_row_with_names_limits_and_interface():
    body = """
[[sensor]]
id = "rx"
figure = "rx_power_dbm"
oid = "1.3.6.1.4.1.99999.2.1.3"
table = true
scale = 0.01
label = "ONU {2} at {name}"
names = "1.3.6.1.4.1.99999.2.1.1"
names_index = [0]
interface = 0
absent = [65535, "none"]
limit_oids = {low_alarm = "1.3.6.1.4.1.99999.2.1.4"}
limits = {high_alarm = -8}
"""
    found = sensors(body, {
        "1.3.6.1.4.1.99999.2.1.1.7": b"PON 0/1",
        "1.3.6.1.4.1.99999.2.1.3.7.1": -2150,
        "1.3.6.1.4.1.99999.2.1.4.7.1": -2800,
        "1.3.6.1.4.1.99999.2.1.3.7.2": 65535,
        "1.3.6.1.4.1.99999.2.1.3.7.3": 0,
        "1.3.6.1.4.1.99999.2.1.3.7.4": b"none",
    })  # fmt: skip
    assert [one.value for one in found] == [-21.5, None, None, None]
    assert {one.absent for one in found[1:]} == {"no light"}
    first = found[0]
    assert (first.label, first.part, first.if_index) == ("ONU 1 at PON 0/1", "PON 0/1", 7)
    assert first.thresholds == Thresholds(-28.0, None, None, -8.0)


def test_rows_are_chosen_by_another_column():
    body = FORWARD + 'table = true\nonly = {oid = "1.3.6.1.4.1.99999.1.3", is = ["W"]}\n'
    cells = {"1.3.6.1.4.1.99999.1.1.1": 5, "1.3.6.1.4.1.99999.1.1.2": 6,
             "1.3.6.1.4.1.99999.1.3.1": b"W", "1.3.6.1.4.1.99999.1.3.2": b"V"}  # fmt: skip
    assert only(body, cells).value == 5


def test_rule_repeats_for_each_number():
    body = """
[[sensor]]
id = "mer"
figure = "mer_db"
oid = "1.3.6.1.4.1.99999.3.{n}.5"
each = [1, 4]
label = "Input {n}"
"""
    found = sensors(body, {"1.3.6.1.4.1.99999.3.2.5.0": 31, "1.3.6.1.4.1.99999.3.4.5.0": 30})
    assert [(one.name, one.label) for one in found] == [("mer-2", "Input 2"), ("mer-4", "Input 4")]


STATE = """
[[sensor]]
id = "gnss"
figure = "FIGURE"
oid = "1.3.6.1.4.1.99999.1.9"
states = {1 = "locked", 2 = "searching", 3 = "dead"}
ok = ["locked"]
warning = ["searching"]
critical = ["dead"]
"""


@pytest.mark.parametrize(
    ("raw", "word", "state", "locked"),
    [
        (1, "locked", SensorState.OK, 1.0),
        (2, "searching", SensorState.WARNING, 0.0),
        (3, "dead", SensorState.CRITICAL, 0.0),
        (8, "8", SensorState.UNKNOWN, None),
    ],
)
def test_state_is_a_word_and_what_it_means(raw, word, state, locked):
    cells = {"1.3.6.1.4.1.99999.1.9.0": raw}
    found = only(STATE.replace("FIGURE", "state"), cells)
    assert (found.state_word, found.state, found.value) == (word, state, raw)
    assert only(STATE.replace("FIGURE", "gnss_lock"), cells).value == locked


def test_milliwatts_become_dbm_and_darkness_is_no_light():
    body = (
        FORWARD.replace("forward_power_w", "rx_power_dbm") + 'raw = "milliwatts"\nscale = 0.001\n'
    )
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": 500}).value == pytest.approx(-3.01, abs=0.01)
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": 0}).absent == "no light"


def test_number_of_16_bits_can_be_negative():
    body = FORWARD.replace("forward_power_w", "onu_rx_power_dbm") + (
        'raw = "signed-16"\nscale = 0.002\noffset = -30\nabsent = [65535]\n'
    )
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": 65036}).value == pytest.approx(-31)
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": 3000}).value == pytest.approx(-24)


@pytest.mark.parametrize(("channel", "mhz"), [(6, 2437), (14, 2484), (157, 5785), (5180, 5180)])
def test_wifi_channel_becomes_its_frequency(channel, mhz):
    body = FORWARD.replace("forward_power_w", "channel_mhz") + 'raw = "wifi-channel"\n'
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": channel}).value == mhz


def test_part_of_a_list_in_a_text_is_picked():
    body = FORWARD + "position = 1\n"
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": b"49,50,51"}).value == 50
    assert only(body, {"1.3.6.1.4.1.99999.1.1.0": b"49"}).absent == "no number"


VSWR = """
[[computed]]
id = "vswr"
figure = "vswr"
formula = "vswr"
of = ["forward", "reflected"]
limits = {high_alarm = 2}
"""


def test_vswr_follows_from_both_powers_and_says_that_it_is_computed():
    cells = {"1.3.6.1.4.1.99999.1.1.0": 100, "1.3.6.1.4.1.99999.1.2.0": 4}
    found = sensors(FORWARD + REFLECTED + VSWR, cells)[-1]
    assert (found.value, found.basis, found.oid) == (1.5, "computed", ())


def test_vswr_without_forward_power_is_unknown():
    cells = {"1.3.6.1.4.1.99999.1.1.0": 0, "1.3.6.1.4.1.99999.1.2.0": 0}
    found = sensors(FORWARD + REFLECTED + VSWR, cells)[-1]
    assert (found.value, found.absent) == (None, "no answer")


def test_nothing_is_computed_from_what_was_not_read():
    found = sensors(FORWARD + REFLECTED + VSWR, {"1.3.6.1.4.1.99999.1.1.0": 100})
    assert [one.figure for one in found] == ["forward_power_w"]


@given(st.floats(0.01, 1e5), st.floats(0, 0.98))
def test_reflected_power_and_vswr_are_each_others_inverse(forward_w, share):
    standing = vswr(forward_w, forward_w * share)
    assert standing is not None
    assert standing >= 1
    back = reflected_power_w(forward_w, standing)
    assert back is not None
    assert math.isclose(back / forward_w, share, abs_tol=1e-3)


def test_modules_of_a_makers_own_table_are_read():
    body = """
[[part]]
id = "optics"
kind = "transceiver"
interface = 0
model = "1.3.6.1.4.1.99999.5.1.2"
serial = "1.3.6.1.4.1.99999.5.1.3"
"""
    view = view_of({"1.3.6.1.4.1.99999.5.1.2.7": b"LR", "1.3.6.1.4.1.99999.5.1.3.7": b"S1",
                    "1.3.6.1.4.1.99999.5.1.2.8": b""})  # fmt: skip
    (found,) = read_profile_modules(view, [read_profile(HEAD + body, "own")])
    assert (found.model, found.serial, found.if_index) == ("LR", "S1", 7)


MISTAKES = [
    ('figure = "forward_power_w"', 'figure = "forward_power"', "did you mean 'forward_power_w'"),
    ('figure = "forward_power_w"', 'figur = "x"', "no key 'figur' .did you mean 'figure'"),
    ('oid = "1.3.6.1.4.1.99999.1.1"', "", r"sensor\[0\].oid is None"),
    ('oid = "1.3.6.1.4.1.99999.1.1"', 'oid = "ifInOctet"', "did you mean 'ifInOctets'"),
    ('oid = "1.3.6.1.4.1.99999.1.1"', 'oid = "1.x"', "not an object identifier"),
    ('oid = "1.3.6.1.4.1.99999.1.1"', 'oid = "1"', "too short"),
    ('id = "forward"', 'id = "Forward power"', "small letters, digits"),
    ('id = "forward"', 'id = "forward"\nscale = 0', "makes every value 0"),
    ('id = "forward"', 'id = "forward"\nscale = true', "write a number"),
    ('id = "forward"', 'id = "forward"\nscale = nan', "write a number"),
    ('id = "forward"', 'id = "forward"\ntable = 1', "true or false"),
    ('id = "forward"', 'id = "forward"\nraw = "watts"', "forward_power_w is not in dBm"),
    ('id = "forward"', 'id = "forward"\nraw = "kilowatts"', "write one of"),
    ('id = "forward"', 'id = "forward"\nlabel = "{nam}"', "places are"),
    ('id = "forward"', 'id = "forward"\nlimits = {low_alarm = 5, high_alarm = 1}', "exchange them"),
    ('id = "forward"', 'id = "forward"\nlimits = {low_alarms = 5}', "did you mean 'low_alarm'"),
    ('id = "forward"', 'id = "forward"\nstates = {1 = "on"}', "no other figure has them"),
    ('id = "forward"', 'id = "forward"\neach = [1, 100000]', "1,000 apart"),
    ('id = "forward"', 'id = "forward"\nabsent = 5', "write a list"),
    ('id = "forward"', 'id = "forward"\nonly = {oid = "1.3.6"}', "write it as"),
    ('title = "a transmitter"', "", "title is None"),
    ('object_id = "1.3.6.1.4.1.99999.1"', "", "hold for every device"),
    ("[[match]]", "[[matches]]", "did you mean 'match'"),
    ('title = "a transmitter"', "title = ", "is not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_mistake_is_told_with_key_and_way_out(right, wrong, said):
    text = HEAD + FORWARD
    assert right in text
    with pytest.raises(FileError, match=said):
        read_profile(text.replace(right, wrong, 1), "own")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (STATE.replace("FIGURE", "state").replace('"dead"]', '"deat"]'), "did you mean 'dead'"),
        (STATE.replace("FIGURE", "state").replace('["dead"]', '["locked"]'), "one meaning"),
        (STATE.replace("FIGURE", "vswr"), "no other figure"),
        (FORWARD + FORWARD, "two rules have this id"),
        (FORWARD + VSWR, "ids of sensors of this profile"),
        (FORWARD + REFLECTED + VSWR.replace('"vswr"\nof', '"swr"\nof'), "did you mean 'vswr'"),
        (FORWARD + REFLECTED + VSWR.replace(', "reflected"', ""), "vswr takes 2"),
        ('[[part]]\nid = "a"\nkind = "card"\nmodel = "1.3.6"', "kinds are"),
        ('[[part]]\nid = "a"\nkind = "module"', "name a column"),
    ],
)
def test_mistake_in_states_formulas_and_parts_is_told(body, said):
    with pytest.raises(FileError, match=said):
        read_profile(HEAD + body, "own")


TOML_VALUES = st.recursive(
    st.one_of(st.integers(-5, 5), st.text(max_size=5), st.booleans(), st.floats(allow_nan=True)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(["title", "match", "sensor", "computed", "part", "roles"]), TOML_VALUES)
def test_no_value_under_any_key_ends_in_a_traceback(key, value):
    def written(one):
        if isinstance(one, bool):
            return str(one).lower()
        if isinstance(one, list):
            return "[" + ", ".join(map(written, one)) + "]"
        if isinstance(one, str):
            return (
                '"'
                + "".join(f"\\U{ord(c):08x}" for c in one if not 0xD800 <= ord(c) < 0xE000)
                + '"'
            )
        return str(one)

    text = f"{key} = {written(value)}\n"
    tomllib.loads(text)
    with pytest.raises(NgbwError):
        read_profile(text, "own")


def test_built_in_profiles_are_read_and_each_matches_its_own_device():
    profiles = built_in_profiles()
    assert len(profiles) >= 25
    for profile in profiles:
        match = profile.matches[0]
        fitting = matching_profiles(
            profiles, object_id=(*match.object_id, 1), description=match.description
        )
        assert profile in fitting


def test_nearest_match_comes_first_and_answers_decide_among_net_snmp_devices():
    net_snmp = {"1.3.6.1.2.1.1.2.0": oid("1.3.6.1.4.1.8072.3.2.10")}
    silent = view_of(net_snmp)
    candidates = profiles_for(silent, asked=False)
    assert {"ecreso-fm", "ubiquiti-unifi"} <= {one.profile_id for one in candidates}
    assert profiles_for(silent) == ()
    telling = view_of(net_snmp | {"1.3.6.1.4.1.6404.3.1.2.7.1.4.1.0": 9950})
    assert [one.profile_id for one in profiles_for(telling)] == ["ecreso-fm"]
    (frequency,) = read_device(telling).sensors
    assert (frequency.figure, frequency.value) == ("frequency_mhz", 99.5)


def test_projects_own_profile_takes_the_place_of_a_built_in_one(tmp_path):
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "cisco.toml").write_text(HEAD + FORWARD)
    (folder / "own.toml").write_text(HEAD + FORWARD)
    found = {one.profile_id: one for one in project_profiles(tmp_path)}
    assert found["cisco"].title == "a transmitter"
    assert set(found) == {one.profile_id for one in built_in_profiles()} | {"own"}


def test_project_without_profiles_has_the_built_in_ones(tmp_path):
    assert project_profiles(tmp_path) == built_in_profiles()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Own File.toml", b"", "name it with small letters"),
        ("own.toml", b"\xff\xfe", "not UTF-8"),
        ("own.toml", b"titel = 1", "did you mean 'title'"),
    ],
)
def test_bad_file_in_the_project_is_named(tmp_path, name, content, said):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / name).write_bytes(content)
    with pytest.raises(FileError, match=said):
        project_profiles(tmp_path)


def test_what_profiles_want_stands_in_groups_of_one_table():
    asked = wanted_by([one for one in built_in_profiles() if one.profile_id == "alcatel-aos"])
    for group in asked.tables:
        assert len({column[:-1] for column in group}) == 1
    flat = [column for group in asked.tables for column in group]
    assert len(flat) == len(set(flat))


def test_everything_a_profile_reads_is_asked_for():
    for profile in built_in_profiles():
        asked = wanted_by([profile])
        columns = {column for group in asked.tables for column in group}
        for rule in profile.sensors:
            assert rule.table or rule.oid in asked.scalars
            assert set(rule.columns) <= columns


def test_reading_what_was_asked_for_is_enough():
    """A view that holds only what was wanted reads like one that holds everything."""
    profile = next(one for one in built_in_profiles() if one.profile_id == "huawei-smartax")
    cells = {"1.3.6.1.2.1.1.2.0": oid("1.3.6.1.4.1.2011.2.123"),
             "1.3.6.1.4.1.2011.6.128.1.1.2.23.1.4.5": 711,
             "1.3.6.1.2.1.31.1.1.1.1.5": b"GPON 0/0/0"}  # fmt: skip
    view = view_of(cells)
    asked = wanted_of_device([profile])
    kept = [
        (name, value)
        for name, value in view.rows.items()
        if name[:-1] in asked.scalars
        or any(name[: len(c)] == c for group in asked.tables for c in group)
    ]
    assert read_sensors(recording_of("asked", kept), [profile]) == read_sensors(view, [profile])
    assert read_sensors(view, [profile])[0].part == "GPON 0/0/0"


def test_slow_tables_are_apart_and_what_any_part_wants_fast_is_fast():
    slow = wanted(SLOW_PARTS)
    assert slow.slow_tables
    assert oid_of("ipNetToPhysicalPhysAddress") in {c for g in slow.slow_tables for c in g}
    everything = wanted(ALL_PARTS)
    fast = {column for group in everything.tables for column in group}
    assert not fast & {column for group in everything.slow_tables for column in group}
    column = (1, 3, 9)
    joined = Wanted(slow_tables=((column,),)) | Wanted(tables=((column,),))
    assert joined == Wanted(tables=((column,),))


@pytest.mark.parametrize("part", ALL_PARTS)
def test_every_part_asks_for_something(part):
    asked = wanted([part])
    assert asked.tables or asked.slow_tables or part is Part.SYSTEM


def test_formulas_answer_none_and_not_nonsense():
    assert FORMULAS["return-loss"].compute(100, 1) == pytest.approx(20)
    assert FORMULAS["return-loss"].compute(100, 0) is None
    assert FORMULAS["mean"].compute() is None
    assert FORMULAS["dbuv-of-dbmv"].compute(0) == 60
    assert FORMULAS["dbm-of-dbuv-75"].compute(108.75) == 0
