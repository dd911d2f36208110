"""What ``[probes]`` may say, and who is polled then."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from ngbw.probes.safety import SecretStore
from ngbw.probes.service import find_targets, probe_settings, read_places
from ngbw.probes.snmp.agents import Community, UserSecurity
from ngbw.topology.errors import FileError, MissingError, SettingError
from ngbw.topology.network import Network

SITES = pd.DataFrame({"site_id": ["S"], "lon": [121.5], "lat": [31.3]})


def read(raw, directory, **environment):
    store = SecretStore(directory / "secrets.json", environment=environment)
    return probe_settings(raw, directory, secrets=store)


def test_nothing_said_means_nothing_may_be_polled(tmp_path):
    settings = read({}, tmp_path)
    assert settings.networks.networks == ()
    assert settings.credentials == ()
    assert settings.interval_s == 60


def test_credentials_come_from_where_the_file_says(tmp_path):
    (tmp_path / "auth").write_text("long password\n")
    settings = read(
        {
            "networks": ["192.0.2.0/24"],
            "credentials": [
                {"name": "old", "version": "2c", "community": "env:WORD"},
                {"name": "new", "user": "ngbw", "auth": "sha256", "auth_password": "file:auth",
                 "priv": "aes128", "priv_password": "env:PRIV", "networks": ["192.0.2.9/32"]},
            ],
        },
        tmp_path, WORD="canary-word", PRIV="canary-priv",
    )  # fmt: skip
    old, new = settings.credentials
    assert old.credential == Community("canary-word", 2)
    assert new.credential == UserSecurity(
        "ngbw", "sha256", "long password", "aes128", "canary-priv"
    )
    assert new.is_for("192.0.2.9")
    assert not new.is_for("192.0.2.10")
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"network": []}, "did you mean 'networks'"),
        ({"networks": "192.0.2.0/24"}, "give a list"),
        ({"networks": ["192.0.2.1/24"]}, "no network"),
        ({"interval_s": 1}, "5 to 86400"),
        ({"metrics": {"port": 9464, "address": "0.0.0.0"}}, "open = true"),  # noqa: S104
        ({"metrics": {"address": "::"}}, "asks nobody for a password"),
        ({"metrics": {"address": "poller.example"}}, "give an IP address"),
        ({"metrics": {"prot": 1}}, "did you mean 'port'"),
        ({"metrics": 9464}, "write it as a table"),
        ({"remote_write": {"url": "ftp://x"}}, "https://"),
        ({"remote_write": {"url": "https://u:p@x/w"}}, "holds a password"),
        ({"remote_write": {"url": "https://x/w", "token": "hush"}}, "must refer to a secret"),
        ({"interval_s": float("nan")}, "5 to 86400"),
        ({"retries": 1.5}, "whole number"),
        ({"slow_interval_s": 30}, "60 to"),
        ({"heartbeat_url": "ftp://x"}, "https://"),
        ({"credentials": [{"version": "4"}]}, 'use "1", "2c" or "3"'),
        ({"credentials": [{"version": "2c"}]}, "community is missing"),
        ({"credentials": [{"version": "2c", "community": "s3cret"}]}, "must refer to a secret"),
        ({"credentials": [{"user": "u", "auth": "sha255"}]}, "did you mean 'sha256'"),
        (
            {"credentials": [{"user": "u", "auth": "sha256", "auth_password": "env:SHORT"}]},
            "credentials[0].auth_password refers to a password of less than 8",
        ),
        ({"credentials": [{"user": "u", "priv": "aes128"}]}, "no privacy without it"),
        ({"credentials": [{"user": "u", "auth": "sha3"}]}, "use one of md5"),
        ({"credentials": [{"user": ""}]}, "user is missing"),
        ({"credentials": ["x"]}, "[[probes.credentials]]"),
    ],
)
def test_a_wrong_setting_is_named_and_a_secret_is_not(tmp_path, raw, words):
    with pytest.raises(SettingError) as caught:
        read(raw, tmp_path, SHORT="s3cret")
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_secret_that_is_not_there_is_missed_by_name(tmp_path):
    with pytest.raises(MissingError, match="WORD"):
        read({"credentials": [{"version": "2c", "community": "env:WORD"}]}, tmp_path)


def network(*addresses):
    ids = [f"d{n}" for n in range(len(addresses))]
    devices = pd.DataFrame({"device_id": ids, "site_id": "S", "mgmt_address": addresses})
    return Network({"sites": SITES, "devices": devices})


def test_only_what_is_allowed_and_readable_is_polled(tmp_path):
    settings = read(
        {"networks": ["192.0.2.0/24"],
         "credentials": [{"version": "2c", "community": "env:WORD"}]},
        tmp_path, WORD="w",
    )  # fmt: skip
    tables = network(
        "192.0.2.1", "198.51.100.1", "::ffff:192.0.2.7", "::ffff:198.51.100.7",
        "64:ff9b::198.51.100.9", "127.0.0.1", "not one", "",
    )  # fmt: skip
    targets, refused = find_targets(tables, settings)
    assert "d0" in {one.device_id for one in targets}
    assert {"d1", "d3", "d4", "d5", "d6", "d7"} <= set(refused)
    assert "loopback" in refused["d5"]
    assert all(refused.values())


def test_places_take_the_part_of_addresses_but_not_of_the_list(tmp_path):
    path = tmp_path / "places.json"
    path.write_text(json.dumps({"agents": {"d0": {"address": "127.0.0.1", "port": 1161}}}))
    places = read_places(path)
    raw = {"networks": ["127.0.0.0/8"],
           "credentials": [{"version": "2c", "community": "env:WORD"}]}  # fmt: skip
    tables = network("192.0.2.1", "192.0.2.2")
    targets, refused = find_targets(tables, read(raw, tmp_path, WORD="w"), places=places)
    assert [(one.address, one.port) for one in targets] == [("127.0.0.1", 1161)]
    assert set(refused) == {"d1"}
    narrow = {**raw, "networks": ["192.0.2.0/24"]}
    assert find_targets(tables, read(narrow, tmp_path, WORD="w"), places=places)[0] == []
    path.write_text('{"agents": {"d0": {"address": "no", "port": 1}}}')
    with pytest.raises(FileError, match="not a list of places"):
        read_places(path)
    with pytest.raises(MissingError, match="--places"):
        read_places(tmp_path / "none")
