"""The poll service of a project against replayed agents: what it tells to those who fetch figures."""

from __future__ import annotations

import csv
import http.client
import re
import threading

import pytest

from ngbw.api.new_project import new_project
from ngbw.api.watching import warnings_of, watching
from ngbw.probes.replay import Faults, ReplayAgents
from ngbw.probes.replay.planned_devices import planned_recordings
from ngbw.probes.service import Place, probe_settings
from ngbw.tests.probes.metrics.decoding import series_of
from ngbw.tests.probes.notify.receivers import HttpReceiver
from ngbw.topology.project import open_project


def table(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def chain(tmp_path):
    """Return a project of a chain of three rooms H-R-S with a device each."""
    home = tmp_path / "p"
    new_project(home, name="小区", crs="EPSG:32651", language="en", timezone="Asia/Shanghai")
    table(home / "sites.csv", [
        {"site_id": s, "name": s, "kind": kind, "state": "built", "lon": 121.5 + n / 100,
         "lat": 31.27}
        for n, (s, kind) in enumerate([("H", "headend"), ("R", "olt"), ("S", "olt")])
    ])  # fmt: skip
    table(home / "devices.csv", [{"device_id": d, "site_id": d} for d in "HRS"])
    table(home / "ports.csv", [
        {"port_id": f"{d}{n}", "device_id": d, "if_name": f"xe-0/0/{n}", "speed_mbps": 1000}
        for d, n in (("H", 1), ("R", 1), ("R", 2), ("S", 1))
    ])  # fmt: skip
    table(home / "links.csv", [
        {"link_id": "L1", "a_site": "H", "b_site": "R", "a_port": "H1", "b_port": "R1"},
        {"link_id": "L2", "a_site": "R", "b_site": "S", "a_port": "R2", "b_port": "S1"},
    ])  # fmt: skip
    return open_project(home)


class Polling:
    """A watched project on a clock of its own, with agents that really answer."""

    def __init__(self, project, **raw):
        self.now_s = 1_700_000_000.0
        self.raw = {
            "networks": ["127.0.0.0/8"],
            "timeout_s": 0.3,
            "credentials": [{"name": "c", "version": "2c", "community": "file:word"}],
            **raw,
        }
        (project.directory / "word").write_text("word", encoding="utf-8")
        self.project = project
        self.settings = probe_settings(self.raw, project.directory)

    def __enter__(self):
        began_s = self.now_s
        self.agents = ReplayAgents(
            planned_recordings(self.project.network()),
            community="word",
            clock=lambda: self.now_s - began_s,
        )
        self.agents.__enter__()
        places = {one.name: Place(one.address, one.port) for one in self.agents.served}
        self.manager = watching(
            self.project, places=places, settings=self.settings, radio=False,
            clock=lambda: self.now_s, monotonic=lambda: self.now_s,
        )  # fmt: skip
        self.watched = self.manager.__enter__()
        return self

    def __exit__(self, *_):
        self.watched.service.close()
        self.manager.__exit__(None, None, None)
        self.agents.__exit__(None, None, None)

    def run(self, seconds):
        for _ in range(int(seconds)):
            self.now_s += 1.0
            self.watched.service.step(self.now_s)
            # Large tables are read beside, in real time, which this clock would outrun.
            if (job := self.watched.service._poller._slow_job) is not None:
                job[0].exception()


def fetch(url):
    host, path = url.removeprefix("http://").split("/", 1)
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", f"/{path}")
    with connection.getresponse() as answer:
        text = answer.read().decode()
    connection.close()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


@pytest.fixture
def free_port():
    """Return a port that nobody uses."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_figures_can_be_fetched_while_the_service_polls(chain, free_port):
    with Polling(chain, metrics={"port": free_port}) as polling:
        polling.run(190)
        seen = fetch(polling.watched.metrics_url)
    assert seen['ngbw_port_octets_total{device="H",port="xe-0/0/1",direction="in"}'] > 0
    assert seen['ngbw_figure{resource="device:R",figure="reachable",source="poll"}'] == 1.0
    assert 0 <= seen['ngbw_port_utilisation_ratio{device="H",port="xe-0/0/1",direction="in"}'] < 1
    assert seen['ngbw_poller_devices{outcome="answered"}'] == 3.0
    assert seen["ngbw_poller_cycles_total"] == 3.0
    assert seen["ngbw_poller_replies_total"] >= 9
    assert seen["ngbw_poller_dead_devices"] == 0
    assert seen["ngbw_poller_receive_drops_total"] == 0
    assert seen['ngbw_alarms{severity="major",state="active"}'] == 0.0
    assert not any("utilisation_in_share" in name for name in seen)  # it has a metric of its own


def test_what_has_not_been_measured_for_long_is_absent(chain, free_port):
    with Polling(chain, metrics={"port": free_port}) as polling:
        polling.run(190)
        polling.agents.change("S", faults=Faults(silence=1.0))
        polling.run(400)
        seen = fetch(polling.watched.metrics_url)
    assert not any(re.search(r'device="S",port', name) for name in seen)
    assert seen['ngbw_figure{resource="device:S",figure="reachable",source="poll"}'] == 0.0
    assert seen["ngbw_poller_dead_devices"] == 1.0
    assert sum(value for name, value in seen.items() if name.startswith("ngbw_alarms")) >= 1


def test_the_same_figures_are_sent_by_remote_write(chain):
    with HttpReceiver() as receiver:
        settings = {"url": f"http://127.0.0.1:{receiver.port}/write", "token": "file:token"}
        (chain.directory / "token").write_text("canary-token", encoding="utf-8")
        with Polling(chain, remote_write=settings) as polling:
            polling.run(190)
            arrived = threading.Event()
            for _ in range(400):
                if any("ngbw_port_octets_total" in str(names(body)) for *_, body in receiver.got):
                    break
                polling.run(1)
                arrived.wait(0.02)
            assert "canary" not in repr(polling.settings)
        got = [found for *_, body in receiver.got for found in names(body)]
    assert receiver.got[0][1]["Authorization"] == "Bearer canary-token"
    assert {"ngbw_port_octets_total", "ngbw_poller_cycles_total", "ngbw_figure"} <= set(got)


def names(body):
    return [dict(labels)["__name__"] for labels, _ in series_of(body)]


def test_an_open_page_and_a_token_without_tls_are_warned_of(tmp_path):
    (tmp_path / "token").write_text("x", encoding="utf-8")
    settings = probe_settings(
        {
            "metrics": {"port": 9464, "address": "0.0.0.0", "open": True},  # noqa: S104
            "remote_write": {"url": "http://tsdb.example/w", "token": "file:token"},
        },
        tmp_path,
    )
    told = " ".join(warnings_of(settings))
    assert "/metrics is open to every machine" in told
    assert "not https" in told
