"""Devices, ports, links and samples of other monitoring systems, from files and from APIs."""

from __future__ import annotations

import csv
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ngbw.probes.store import open_store, store_directory

LIBRENMS: dict[str, Any] = {
    "devices": [
        {"device_id": 1, "hostname": "olt-1", "sysName": "OLT 1", "ip": "10.0.0.1",
         "hardware": "MA5800", "os": "smartax", "type": "network", "location": "west"},
        {"device_id": 2, "hostname": "core-1", "ip": "2001:db8::2", "type": "wireless",
         "location": "Hall East", "lat": 31.3, "lng": 121.53},
        {"device_id": 3, "hostname": "lost-1", "location": None},
    ],
    "ports": [
        {"port_id": 11, "device_id": 1, "ifIndex": 1, "ifName": "0/0/1", "ifAlias": "<b>up</b>",
         "ifHighSpeed": 10000, "ifSpeed": 4294967295, "ifInOctets": 2**63 + 5, "ifOutOctets": 7},
        {"port_id": 21, "device_id": 2, "ifIndex": 1, "ifName": "", "ifDescr": "xe-0",
         "ifHighSpeed": None, "ifSpeed": 4294967295, "deleted": 0},
        {"port_id": 22, "device_id": 2, "ifIndex": 2, "ifName": "old", "deleted": 1},
    ],
    "links": [
        {"local_port_id": 11, "remote_port_id": 21},
        {"local_port_id": 21, "remote_port_id": 11},
        {"local_port_id": 11, "remote_port_id": None},
    ],
}  # fmt: skip
ZABBIX: dict[str, Any] = {
    "hosts": [
        {"hostid": "7", "host": "sw-1", "name": "Switch 1",
         "interfaces": [{"type": "1", "ip": "10.9.9.9"}, {"type": "2", "useip": "1",
                                                          "ip": "10.0.0.7"}],
         "inventory": {"location": "middle", "vendor": "Huawei", "model": "S5735"}},
        {"hostid": "8", "host": "web", "interfaces": [{"type": "1", "ip": "10.0.0.8"}],
         "inventory": []},
    ],
    "items": [
        {"hostid": "7", "key_": "net.if.in[ifHCInOctets.3]", "units": "bps",
         "name": "Interface GE0/0/3(to olt): Bits received", "lastvalue": "1500000"},
        {"hostid": "7", "key_": "net.if.speed[ifHighSpeed.3]", "units": "bps",
         "name": "Interface GE0/0/3(to olt): Speed", "lastvalue": "1000000000"},
        {"hostid": "7", "key_": "system.uptime", "name": "Uptime", "lastvalue": "5"},
    ],
}  # fmt: skip


def written(tmp_path, document, name="list.json"):
    path = tmp_path / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def table(project, name):
    with (project / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_librenms_fills_devices_ports_and_links_and_undo_takes_them_back(ngbw, project, tmp_path):
    done = ngbw("import", project, "devices", written(tmp_path, LIBRENMS), "--from", "librenms")
    assert done.code == 0, done.err
    assert "1 devices have no location and were left out: lost-1" in done.err
    assert "1 locations are sites of the project by their name" in done.err
    devices = {row["device_id"]: row for row in table(project, "devices")}
    assert {k: (r["site_id"], r["mgmt_address"]) for k, r in devices.items()} == {
        "olt-1": ("west", "10.0.0.1"), "core-1": ("Hall East", "2001:db8::2"),
    }  # fmt: skip
    assert devices["core-1"]["role"] == "radio"
    assert devices["olt-1"]["assumed"] == "role"
    assert devices["olt-1"]["source"] == "LibreNMS list.json"
    ports = {row["port_id"]: row["capacity_mbps"] for row in table(project, "ports")}
    assert ports == {"olt-1:0/0/1": "10000", "core-1:xe-0": ""}
    (link,) = table(project, "links")
    assert {link["a_site"], link["b_site"]} == {"west", "Hall East"}
    assert "kind" in link["assumed"]
    again = ngbw("import", project, "devices", written(tmp_path, LIBRENMS), "--from", "librenms")
    assert "nothing was changed" in again.out
    assert ngbw("undo", project).code == 0
    assert not (project / "links.csv").exists()


def test_device_without_a_location_stands_where_it_is_told(ngbw, project, tmp_path):
    done = ngbw("import", project, "devices", written(tmp_path, LIBRENMS), "--from", "librenms",
                "--set", "site_id=east")  # fmt: skip
    assert done.code == 0, done.err
    placed = {row["device_id"]: row["site_id"] for row in table(project, "devices")}
    assert placed["lost-1"] == "east"


def test_place_without_a_position_stops_the_import_and_says_the_way_out(ngbw, project, tmp_path):
    document = {"devices": [{"hostname": "d", "location": "Nowhere"}], "ports": []}
    done = ngbw("import", project, "devices", written(tmp_path, document), "--from", "librenms")
    assert done.code == 3
    assert "has no position" in done.err
    assert not (project / "devices.csv").exists()


def test_zabbix_fills_devices_and_the_ports_that_items_watch(ngbw, project, tmp_path):
    done = ngbw("import", project, "devices", written(tmp_path, ZABBIX), "--from", "zabbix")
    assert done.code == 0, done.err
    assert "1 hosts have no SNMP interface" in done.err
    (device,) = table(project, "devices")
    assert (device["device_id"], device["site_id"], device["vendor"], device["mgmt_address"]) == (
        "sw-1", "middle", "Huawei", "10.0.0.7",
    )  # fmt: skip
    (port,) = table(project, "ports")
    assert (port["port_id"], port["if_alias"], port["capacity_mbps"]) == (
        "sw-1:GE0/0/3", "to olt", "1000",
    )  # fmt: skip


def test_zabbix_export_of_hosts_says_that_it_holds_no_ports(ngbw, project, tmp_path):
    host = {"host": "sw-1", "interfaces": [{"type": "SNMP", "ip": "10.0.0.7"}]}
    document = {"zabbix_export": {"version": "7.0", "hosts": [host]}}
    done = ngbw("import", project, "devices", written(tmp_path, document), "--from", "zabbix",
                "--set", "site_id=west")  # fmt: skip
    assert done.code == 0, done.err
    assert "use the API" in done.err


def test_samples_of_librenms_are_kept_under_its_name_and_once(ngbw, project, tmp_path):
    now = round(time.time())
    document = {**LIBRENMS, "ports": [{**p, "poll_time": now} for p in LIBRENMS["ports"]]}
    file = written(tmp_path, document)
    stranger = ngbw("import", project, "samples", file, "--from", "librenms", "--json").json
    assert stranger["unknown_devices"] == ["olt-1", "core-1"]
    assert stranger["samples"] == 0
    ngbw("import", project, "devices", file, "--from", "librenms")
    for _ in range(2):
        done = ngbw("import", project, "samples", file, "--from", "librenms")
        assert done.out == "2 samples of 2 devices, source librenms\n"
    store = open_store(store_directory(project))
    found = store.samples.raw("olt-1", "port:olt-1/0%2F0%2F1", "in_octets",
                              start_s=now - 1, end_s=now + 1)  # fmt: skip
    assert found.values.tolist() == [2**63 + 5]
    assert found.source == ("librenms",)
    store.close()


def test_samples_of_zabbix_are_rates_as_gauges(ngbw, project, tmp_path):
    now = round(time.time())
    document = {**ZABBIX, "items": [{**i, "lastclock": str(now)} for i in ZABBIX["items"]]}
    file = written(tmp_path, document)
    ngbw("import", project, "devices", file, "--from", "zabbix")
    done = ngbw("import", project, "samples", file, "--from", "zabbix")
    assert done.out == "1 samples of 1 devices, source zabbix\n"
    store = open_store(store_directory(project))
    found = store.samples.raw("sw-1", "port:sw-1/GE0%2F0%2F3", "in_bits_per_s",
                              start_s=now - 1, end_s=now + 1)  # fmt: skip
    assert found.values.tolist() == [1_500_000.0]
    store.close()


def test_stale_samples_are_not_taken_for_new_ones(ngbw, project, tmp_path):
    old = round(time.time()) - 3600
    document = {**LIBRENMS, "ports": [{**p, "poll_time": old} for p in LIBRENMS["ports"]]}
    done = ngbw("import", project, "samples", written(tmp_path, document), "--from", "librenms",
                "--json")  # fmt: skip
    assert done.json["devices"] == 0


# ------------------------------------------------------------------ APIs


@pytest.fixture
def api():
    """Yield a server on loopback that answers like the three programs, and what it was asked."""
    asked: list[tuple[str, dict[str, str]]] = []
    twist: dict[str, Any] = {}

    def answer(handler, body):
        url = urlsplit(handler.path)
        here = f"http://127.0.0.1:{handler.server.server_port}"
        if twist.get("code"):
            return twist["code"], {}
        if url.path == "/api/v0/devices":
            return 200, twist.get("devices", {"status": "ok", "devices": LIBRENMS["devices"]})
        if url.path == "/api/v0/ports":
            return 200, {"ports": LIBRENMS["ports"]}
        if url.path == "/api/v0/resources/links":
            return 200, {"links": LIBRENMS["links"]}
        if url.path == "/api_jsonrpc.php":
            method = json.loads(body)["method"]
            return 200, {"result": ZABBIX["hosts" if method == "host.get" else "items"]}
        name = url.path.removeprefix("/api/dcim/").strip("/")
        lists: dict[str, list[dict[str, Any]]] = {
            "sites": [{"id": 1, "name": "west", "slug": "west"},
                      {"id": 2, "name": "east", "slug": "east"}],
            "devices": [{"id": n, "name": f"r{n}", "site": {"slug": ("west", "east")[n]},
                         "role": {"slug": "access"}} for n in (0, 1)],
        }  # fmt: skip
        rows = lists.get(name, [])
        at = int(parse_qs(url.query).get("offset", ["0"])[0])
        following = None
        if at + 1 < len(rows):
            following = f"{twist.get('next', here)}/api/dcim/{name}/?limit=1&offset={at + 1}"
        return 200, {"count": len(rows), "next": following, "results": rows[at : at + 1]}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.path, dict(self.headers)))
            code, document = answer(self, body)
            content = json.dumps(document).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            if code == 302:
                self.send_header("Location", "http://127.0.0.1:9/steal")
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  # its name there

        def log_message(self, format, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked, twist
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "token"
    path.write_text("hush-hush\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("source", "header", "value", "devices"),
    [("librenms", "X-Auth-Token", "hush-hush", {"olt-1", "core-1"}),
     ("zabbix", "Authorization", "Bearer hush-hush", {"sw-1"}),
     ("netbox", "Authorization", "Token hush-hush", {"r0", "r1"})],
)  # fmt: skip
def test_api_gives_what_its_file_gives(ngbw, project, api, token, source, header, value, devices):
    url, asked, _ = api
    done = ngbw("import", project, "devices", "--from", source, "--url", url,
                "--token-file", token)  # fmt: skip
    assert done.code == 0, done.err
    assert {row["device_id"] for row in table(project, "devices")} == devices
    for _, headers in asked:
        assert {k.lower(): v for k, v in headers.items()}[header.lower()] == value
    assert "hush" not in done.out + done.err


def test_next_page_on_another_host_is_not_asked(ngbw, project, api, token):
    url, _, twist = api
    twist["next"] = "http://127.0.0.1:9"
    done = ngbw("import", project, "devices", "--from", "netbox", "--url", url,
                "--token-file", token)  # fmt: skip
    assert done.code == 3
    assert "is another host" in done.err


@pytest.mark.parametrize("code", [302, 401, 500])
def test_api_that_refuses_is_an_error_without_the_token(ngbw, project, api, token, code):
    url, asked, twist = api
    twist["code"] = code
    done = ngbw("import", project, "devices", "--from", "librenms", "--url", url,
                "--token-file", token)  # fmt: skip
    assert done.code == 6
    assert f"answers {code}" in done.err
    assert "hush" not in done.err
    assert len(asked) == 1


def test_answer_that_is_not_the_apis_is_named(ngbw, project, api, token):
    url, _, twist = api
    twist["devices"] = ["what"]
    done = ngbw("import", project, "devices", "--from", "librenms", "--url", url,
                "--token-file", token)  # fmt: skip
    assert done.code == 3
    assert 'without a list "devices"' in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("devices", "--url", "http://h"), "say which"),
     (("sites", "--from", "netbox", "x.json"), "are for devices and samples"),
     (("devices", "--from", "nagios", "x.json"), "use one of librenms, zabbix, netbox"),
     (("devices", "--from", "librenms"), "give one FILE that was exported, or --url"),
     (("devices", "--from", "librenms", "--url", "http://h"), "NGBW_IMPORT_TOKEN"),
     (("devices", "--from", "librenms", "x.json", "--set", "role=idc"), "only site_id"),
     (("samples", "--from", "netbox", "x.json"), "librenms or zabbix"),
     (("samples", "x.json"), "say which")],
)  # fmt: skip
def test_call_that_makes_no_sense_is_refused(ngbw, project, monkeypatch, arguments, words):
    monkeypatch.delenv("NGBW_IMPORT_TOKEN", raising=False)
    done = ngbw("import", project, *arguments)
    assert done.code == 2
    assert words in done.err
