"""Metrics are declared, escaped, shown on dashboards, and arrive by remote write."""

from __future__ import annotations

import json
import math
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.health import link_figures
from ngbw.probes.metrics import (
    METRICS,
    Point,
    PollerFigures,
    RemoteWriter,
    WriteFigures,
    alarm_points,
    counter_points,
    exposition,
    link_points,
    observation_points,
    poller_points,
    store_points,
    write_points,
)
from ngbw.probes.metrics.snappy import compress
from ngbw.probes.observations import Observation
from ngbw.probes.port_counters import PORT_COUNTERS
from ngbw.probes.quality import Quality
from ngbw.probes.rates import CounterReading, Rates
from ngbw.probes.store import NewEvent, open_store
from ngbw.tests.probes.metrics.decoding import series_of, unsnap
from ngbw.topology.errors import InputError, SurroundingsError, UsageError

DOCS = Path(__file__).resolve().parents[3] / "docs"
PORTS = ["port:D%2F1/ge-0", "port:D2/xe-1"]
COLUMNS = len(PORT_COUNTERS)


def everything(tmp_path):
    """Return points of every metric."""
    counts = np.full((2, COLUMNS), 2**64 - 1, dtype=np.uint64)
    width = np.full((2, COLUMNS), 64, dtype=np.uint8)
    width[1, 0] = 0
    none = np.full(2, np.nan)
    reading = CounterReading(counts, width, none, none, np.array([-1, -1]), none)
    found = Rates(
        np.ones((2, COLUMNS)), np.zeros((2, COLUMNS), dtype=np.uint8), np.array([60.0, 60.0])
    )
    table = link_figures(found, np.array([1e9, np.nan]), PORTS, np.zeros(2))
    store = open_store(tmp_path / "store")
    store.events("alarms").append([NewEvent(1, b"a")])
    figures = PollerFigures(
        cycle_s=2.5, last_cycle_at_s=1e9, loop_lag_s=0.1, dead=3, late_s=0.5,
        devices={"answered": 900, "silent": 100},
    )  # fmt: skip
    points = [
        *counter_points(reading, PORTS),
        *link_points(table, found),
        *observation_points([Observation("port:D/1", "rx_power_dbm", -20.5, Quality.OK, 1.0),
                             Observation("port:D/2", "rx_power_dbm", None, Quality.GAP, 1.0)]),
        *poller_points(figures),
        *alarm_points({("major", "active"): 2}),
        *write_points(WriteFigures(sent=4000, waiting_bytes=10)),
        *store_points(store),
    ]  # fmt: skip
    store.close()
    return points


def test_every_declared_metric_is_exposed(tmp_path):
    text = exposition(everything(tmp_path))
    assert set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)) == set(METRICS)
    assert set(re.findall(r"^(\w+)[ {]", text.replace("# ", "#"), re.MULTILINE)) == set(METRICS)
    assert (
        'ngbw_port_octets_total{device="D/1",port="ge-0",direction="in"} 9007199254740991' in text
    )
    assert 'ngbw_poller_devices{outcome="silent"} 100\n' in text


def test_what_is_not_known_is_absent_and_not_zero(tmp_path):
    text = exposition(everything(tmp_path))
    assert 'ngbw_port_octets_total{device="D2",port="xe-1",direction="in"}' not in text
    assert 'ngbw_port_utilisation_ratio{device="D2"' not in text
    assert "rx_power_dbm" in text
    assert "port:D/2" not in text


def test_text_of_devices_cannot_break_out_of_a_label():
    hostile = 'a"} 1\nngbw_store_bytes 666\\\x00\x1b'
    text = exposition([Point("ngbw_figure", (hostile, "f", "poll"), 1.0)])
    assert len(text.splitlines()) == 3
    assert r'resource="a\"} 1\nngbw_store_bytes 666\\"' in text


@given(st.text(max_size=250))
def test_labels_read_back_as_they_were(text):
    line = exposition([Point("ngbw_store_events", (text,), 2.5)]).split("\n", 2)[2]
    inside = re.fullmatch(r'ngbw_store_events\{log="((?:[^"\\\n]|\\[\\"n])*)"\} 2\.5\n', line)
    assert inside is not None
    back = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], inside[1])
    assert back == "".join(c for c in text[:200] if c.isprintable() or c == "\n")


def test_metric_that_is_not_declared_is_refused():
    with pytest.raises(InputError, match="not a metric"):
        exposition([Point("ngbw_cats", (), 1.0)])


@pytest.mark.parametrize("path", sorted((DOCS / "grafana").glob("*.json")), ids=lambda p: p.name)
def test_dashboard_shows_metrics_that_exist(path):
    board = json.loads(path.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    queries += [one["query"] for one in board["templating"]["list"]]
    named = {name for query in queries for name in re.findall(r"\bngbw_\w+", query)}
    assert named
    assert named <= set(METRICS)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for query in queries:
        for name, labels in re.findall(r"(ngbw_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)[=!]", labels)) <= set(METRICS[name].labels)


def test_every_metric_is_on_a_dashboard_and_in_the_docs():
    shown = "".join(p.read_text(encoding="utf-8") for p in (DOCS / "grafana").glob("*.json"))
    page = (DOCS / "watching.md").read_text(encoding="utf-8")
    for metric in METRICS.values():
        assert re.search(rf"\b{metric.name}\b", shown), metric.name
        labels = ", ".join(metric.labels)
        assert f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |" in page


# ------------------------------------------------------------------ remote write


@given(st.one_of(
    st.binary(max_size=2000),
    st.lists(st.sampled_from([b"device", b"port", b"\x00", b"abcdefgh" * 9]), max_size=200).map(
        b"".join),
))  # fmt: skip
def test_snappy_comes_back(data):
    assert unsnap(compress(data)) == data


def test_snappy_of_more_than_a_block_comes_back_small():
    data = b"".join(b'ngbw_port{device="D%d"}' % (n % 977) for n in range(20_000))
    packed = compress(data)
    assert unsnap(packed) == data
    assert len(packed) < len(data) / 3


@pytest.fixture
def receiver():
    """Yield the URL of a receiver on loopback, what it got, and the codes that it will answer."""
    got: list[tuple[dict[str, str], bytes]] = []
    codes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            code = codes.pop(0) if codes else 204
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "http://127.0.0.1:9/steal")
            self.send_header("Content-Length", "4" if code >= 400 else "0")
            self.end_headers()
            if code >= 400:
                self.wfile.write(b"full")

        def log_message(self, format, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/write", got, codes
    server.shutdown()
    thread.join()
    server.server_close()


def test_remote_write_delivers_every_point_with_its_time(receiver, tmp_path):
    url, got, _ = receiver
    points = everything(tmp_path)
    sent = RemoteWriter(url, token="hush").send(points, 1_700_000_000.25)  # noqa: S106
    ((headers, body),) = got
    assert sent == len(body)
    assert headers["Content-Encoding"] == "snappy"
    assert headers["X-Prometheus-Remote-Write-Version"] == "0.1.0"
    assert headers["Authorization"] == "Bearer hush"
    arrived = series_of(body)
    told = [point for point in points if not math.isnan(point.value)]
    assert len(arrived) == len(told)
    for (labels, samples), point in zip(arrived, told, strict=True):
        assert labels == sorted(labels)
        assert dict(labels)["__name__"] == point.metric
        assert [dict(labels)[name] for name in METRICS[point.metric].labels] == list(point.labels)
        assert samples == [(point.value, 1_700_000_000_250)]


def test_many_points_go_in_batches(receiver):
    url, got, _ = receiver
    points = [Point("ngbw_store_events", (f"l{n}",), n) for n in range(4500)]
    RemoteWriter(url).send(points, 1.0)
    assert [len(series_of(body)) for _, body in got] == [2000, 2000, 500]


@pytest.mark.parametrize(("code", "error"), [(429, SurroundingsError), (503, SurroundingsError),
                                             (400, InputError), (302, InputError)])  # fmt: skip
def test_what_may_be_sent_again_is_told_from_what_is_refused(receiver, code, error):
    url, got, codes = receiver
    codes.append(code)
    with pytest.raises(error, match=f"answers {code}"):
        RemoteWriter(url, token="hush").send([Point("ngbw_store_bytes", (), 1.0)], 1.0)  # noqa: S106
    assert len(got) == 1


def test_receiver_that_is_away_is_an_error_of_the_surroundings():
    with pytest.raises(SurroundingsError, match="cannot be reached"):
        RemoteWriter("http://127.0.0.1:1/w").send([Point("ngbw_store_bytes", (), 1.0)], 1.0)


@pytest.mark.parametrize("url", ["ftp://x/", "file:///etc/passwd", "http://", "http://u:p@x/"])
def test_url_without_a_host_or_with_a_password_is_refused(url):
    with pytest.raises(UsageError):
        RemoteWriter(url)


def test_token_is_shown_nowhere():
    assert "hush" not in repr(RemoteWriter("http://h/", token="hush"))  # noqa: S106
