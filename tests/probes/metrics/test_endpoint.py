"""/metrics can be read and nothing else; a reader who dawdles keeps nobody else out."""

from __future__ import annotations

import http.client
import socket

import pytest

from ngbw.probes.metrics import MetricsEndpoint
from ngbw.topology.errors import InputError, SurroundingsError


@pytest.fixture
def endpoint():
    """Return an endpoint whose page counts how often it was made."""
    made: list[int] = []

    def page():
        made.append(1)
        return f"ngbw_store_bytes {len(made)}\n"

    served = MetricsEndpoint("127.0.0.1", 0, page)
    yield served
    served.close()


def ask(port, path="/metrics", method="GET", host="127.0.0.1", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, body=body, headers={"Host": host})
    with connection.getresponse() as answer:
        content = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), content


def test_the_page_is_prometheus_text(endpoint):
    status, kind, content = ask(endpoint.port)
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert content == "ngbw_store_bytes 1\n"
    assert endpoint.url == f"http://127.0.0.1:{endpoint.port}/metrics"


def test_the_page_is_not_made_anew_for_every_reader(endpoint):
    assert {ask(endpoint.port)[2] for _ in range(5)} == {"ngbw_store_bytes 1\n"}


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics/../etc/passwd", "/m"])
def test_there_is_no_other_path(endpoint, path):
    assert ask(endpoint.port, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_sent(endpoint, method):
    assert ask(endpoint.port, method=method, body="x")[0] == 501


def test_head_has_no_body(endpoint):
    status, kind, content = ask(endpoint.port, method="HEAD")
    assert (status, content) == (200, "")
    assert kind is not None


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:9464", 200), ("127.0.0.1", 200), ("[::1]:9464", 200),
     ("rebound.example", 421), ("[::1", 421)],
)  # fmt: skip
def test_a_name_that_leads_to_this_machine_is_refused(endpoint, host, status):
    assert ask(endpoint.port, host=host)[0] == status


def test_more_readers_than_there_is_room_for_are_told_to_come_again(endpoint):
    silent = [socket.create_connection(("127.0.0.1", endpoint.port)) for _ in range(8)]
    try:
        with socket.create_connection(("127.0.0.1", endpoint.port)) as late:
            late.settimeout(5)
            assert late.recv(100).startswith(b"HTTP/1.0 503 ")
    finally:
        for one in silent:
            one.close()
    with socket.create_connection(("127.0.0.1", endpoint.port)) as again:
        again.settimeout(5)
        again.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert again.recv(100)


def test_a_store_that_refuses_is_told_and_ends_nothing():
    def page():
        raise InputError("no such metric")

    served = MetricsEndpoint("::1", 0, page)
    try:
        connection = http.client.HTTPConnection("::1", served.port, timeout=5)
        connection.request("GET", "/metrics")
        with connection.getresponse() as answer:
            assert answer.status == 503
            assert b"metric" not in answer.read()
        connection.close()
    finally:
        served.close()


def test_a_port_that_is_taken_is_said(endpoint):
    with pytest.raises(SurroundingsError, match=r"another program uses it.*probes\.metrics"):
        MetricsEndpoint("127.0.0.1", endpoint.port, str)
