"""A browser without any network, and a small invented district to draw in it."""

from __future__ import annotations

import base64
import copy
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.warp import transform

from ngbw.coverage.grid import Grid
from ngbw.coverage.results import CoverageRaster, PlanLayers
from ngbw.coverage.servers.miss_reasons import MissReason
from ngbw.coverage.servers.uplink import Limit
from ngbw.maps.coverage_map import CoverageMap

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE_S = 60.0

# Chromium reads the protocol from descriptor 3 and writes it to 4.
_CONNECT = """
import os, sys
read, write = os.dup(int(sys.argv[1])), os.dup(int(sys.argv[2]))
os.dup2(read, 3)
os.dup2(write, 4)
os.set_inheritable(3, True)
os.set_inheritable(4, True)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """Chromium in a network namespace of its own, driven through the DevTools pipe.

    A pipe and not a port, because in there not even the loopback is up.
    """

    def __init__(self, program: str, profile: Path) -> None:
        unshare = [shutil.which("unshare") or "unshare", "-n" if os.geteuid() == 0 else "-rn"]
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        command = [*unshare, program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CONNECT, str(theirs_in), str(theirs_out), *command],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = ours_in, ours_out
        self._buffer = b""
        self._count = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def close(self) -> None:
        os.close(self._out)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._in)

    def _message(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(self._in, 1 << 16) if ready else b""
            if not chunk:
                raise TimeoutError("Chromium does not answer")
            self._buffer += chunk
        one, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(one)
        return message

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        request: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._out, json.dumps(request).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._count:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def open(
        self, path: Path, width: int = 1400, height: int = 1000, *, scripts: bool = True
    ) -> None:
        """Open a file, with or without its scripts, and wait until it is loaded and drawn."""
        self.events.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.send("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message())
        if scripts:
            self.settle()

    def settle(self) -> None:
        """Wait for two frames, so that what was asked for is drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; a promise is awaited."""
        result = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def requests(self) -> list[str]:
        """Return every request but the page itself and pictures that it carries."""
        urls = [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        return [url for url in urls[1:] if not url.startswith("data:")]

    def errors(self) -> list[Any]:
        """Return what the page complained about: exceptions, console errors, blocked things."""
        found = []
        for event in self.events:
            params = event.get("params", {})
            if (
                event.get("method") == "Runtime.exceptionThrown"
                or (event.get("method") == "Runtime.consoleAPICalled" and params["type"] == "error")
                or (event.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error")
            ):
                found.append(params)
        return found

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def pdf(self) -> bytes:
        result = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(result["data"])


def _no_network(chromium: str) -> str:
    """Return why a program cannot be cut off from the network here; empty where it can."""
    program = shutil.which("unshare")
    if not program:
        return "no unshare; install it with: apt-get install -y util-linux"
    done = subprocess.run(
        [program, "-n" if os.geteuid() == 0 else "-rn", "true"],
        check=False,
        capture_output=True,
        text=True,
    )
    return "" if done.returncode == 0 else f"unshare -n is refused here: {done.stderr.strip()}"


@pytest.fixture(scope="session")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return Chromium cut off from every network."""
    reason = _no_network(chromium)
    if reason:
        # tests/conftest.py says what a skip means; its module has no fixed name to import.
        if os.environ.get("NGBW_TEST_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    started = Browser(chromium, tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()


_GRID = Grid("EPSG:32651", 355_000.0, 3_466_000.0, 25.0, 80, 96)
"""2 km by 2.4 km of an invented district."""


def _lonlat(x_m: float, y_m: float) -> list[float]:
    lons, lats = transform(_GRID.crs, "EPSG:4326", [x_m], [y_m])[:2]
    return [lons[0], lats[0]]


def _box(left: float, bottom: float, right: float, top: float) -> dict[str, Any]:
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    return {"type": "Polygon", "coordinates": [[_lonlat(x, y) for x, y in corners]]}


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def build_layers(*, sinr: bool = False) -> PlanLayers:
    """Return layers of the invented district: S2 serves the west, S1 the east, two gaps remain."""
    server = np.full(_GRID.shape, 1, np.int16)
    server[:, :40] = 2
    server[:, :4] = 0
    servers = np.where(server > 0, 1, 0).astype(np.int16)
    servers[:, 36:44] = 2
    reason = np.full(_GRID.shape, MissReason.SERVED, np.uint8)
    reason[:, :4] = MissReason.UNKNOWN
    reason[40:60, 10:30] = MissReason.SHADOW
    reason[10:14, 60:70] = MissReason.INDOOR
    servers[reason != MissReason.SERVED] = 0
    limit = np.where(server == 1, Limit.UPLINK, Limit.DOWNLINK).astype(np.uint8)
    limit[:, :4] = Limit.NONE
    level = np.where(server > 0, np.linspace(-5, 25, _GRID.width), np.nan).astype(np.float32)
    return PlanLayers(server, servers, reason, limit, level if sinr else None)


def build_map(
    change: Callable[[dict[str, Any]], None] | None = None, layers: PlanLayers | None = None
) -> CoverageMap:
    """Return a map of an invented district with two subdistricts, two gaps and two sites.

    ``change`` may alter the parts (run, areas, gaps, sites) before the map is made.
    """
    west, south, east, north = _GRID.bounds_m
    middle = (west + east) / 2
    probability = np.full(_GRID.shape, 0.99, np.float32)
    probability[:, :4] = np.nan  # outside the district
    probability[40:60, 10:30] = 0.3
    probability[10:14, 60:70] = 0.92
    gap_boxes = (
        _box(west + 250, north - 1500, west + 750, north - 1000),
        _box(west + 1500, north - 350, west + 1750, north - 250),
    )
    gaps = [
        {
            "rank": 1, "people": 5200.4, "area_km2": 0.25, "area_id": "A1", "area_name": "西街道",
            "area_name_en": "West", "lon": _lonlat(west + 500, north - 1250)[0],
            "lat": _lonlat(west + 500, north - 1250)[1], "reason": "too-far",
            "next_site_id": "S2", "next_site_m": 812.0, "nearest_place": "第一医院",
            "nearest_place_en": "First Hospital", "nearest_place_m": 300.0,
        },
        {
            "rank": 2, "people": 40.0, "area_km2": 0.025, "area_id": "A2", "area_name": "东街道",
            "area_name_en": "East", "lon": _lonlat(west + 1625, north - 300)[0],
            "lat": _lonlat(west + 1625, north - 300)[1], "reason": "indoor-loss",
            "next_site_id": "", "next_site_m": None, "nearest_place": "",
            "nearest_place_en": "", "nearest_place_m": None,
        },
    ]  # fmt: skip
    sites = [
        {
            "order": 1, "site_id": "S1", "name": "老塔", "category": "telecom_site",
            "area_id": "A2", "lon": _lonlat(west + 1500, north - 1500)[0],
            "lat": _lonlat(west + 1500, north - 1500)[1], "antenna_height_m": 52.0,
            "origin": "fixed", "people": 35000.0, "people_alone": 21000.0, "cost": None,
            "assumed": [],
        },
        {
            "order": 2, "site_id": "S2", "name": "New roof", "category": "school",
            "area_id": "A1", "lon": _lonlat(west + 700, north - 500)[0],
            "lat": _lonlat(west + 700, north - 500)[1], "antenna_height_m": 31.5,
            "origin": "chosen", "people": 30000.0, "people_alone": 25000.0, "cost": None,
            "assumed": ["power_dbm"],
        },
    ]  # fmt: skip

    def share(total: float, served: float | None) -> dict[str, Any]:
        part = None if served is None else served / total
        return {"total": total, "served": served, "share": part, "expected_share": part}

    parts: dict[str, Any] = {
        "run": {
            "format": 1, "id": "3f2a9c17e05b4477", "name": "A", "created": "2026-11-22T10:00:00Z",
            "version": "0.1.0", "seed": 0,
            "project": {
                "name": "示例区", "name_en": "Sample District", "timezone": "Asia/Shanghai",
                "crs": "EPSG:32651", "grid_m": 25.0, "language": "zh-CN",
            },
            "service": {
                "id": "ngbw-portable-indoor", "name": "便携室内", "name_en": "Portable indoor",
                "freq_mhz": 698.0, "rx_height_m": 1.5, "minimum_field_dbuv_m": 48.9,
                "entry_loss_db": 11.0, "entry_sigma_db": 6.0, "location_sigma_db": 5.5,
                "required_probability": 0.95, "planning_field_dbuv_m": 73.3,
                "assumed": ["freq_mhz"],
            },
            "model": {
                "name": "hata", "title": "Okumura-Hata, large city",
                "valid": "1-20 km, antenna 30-200 m", "parameters": {},
            },
            "sites": {
                "count": 2, "budget": 40, "built": 1, "selected": ["S1", "S2"], "table": sites,
            },
            "coverage": {
                "service": "ngbw-portable-indoor", "weight": "residents", "census_year": 2020,
                "total": 60000.0, "served": 54760.0, "share": 54760 / 60000, "target": 0.9,
                "met": True, "expected_share": 0.93, "area_share": 0.8,
                "by_kind": {
                    "residents": share(60000.0, 54760.0), "place:hospital": share(3.0, 2.0),
                    "place:lighthouse": share(1.0, None),
                },
                "by_subdistrict": {
                    "A1": {"name": "西街道", "name_en": "West", **share(30000.0, 24800.0)},
                    "A2": {"name": "东街道", "name_en": "East", **share(30000.0, 29960.0)},
                },
                "outside_model": {"under 1 km": 45000.0},
            },
            "plan": {
                "value": 54760.0, "bound": 55000.0, "gap": 0.0044, "proven": False,
                "target_share": 0.9, "met": True,
            },
            "gaps": gaps, "notices": [{"key": "places-outside", "count": 2, "kind": "place:mall"}], "timings": {},
            "seconds": 1.0, "inputs": {}, "versions": {},
        },
        "areas": _collection(
            _feature(_box(west + 100, south, east, north), area_id="A", kind="district",
                     name="示例区", name_en="Sample"),
            _feature(_box(west + 100, south, middle, north), area_id="A1", kind="subdistrict",
                     name="西街道", name_en="West"),
            _feature(_box(middle, south, east, north), area_id="A2", kind="subdistrict",
                     name="东街道", name_en="East"),
        ),
        "gaps": _collection(
            *(_feature(box, **gap) for box, gap in zip(gap_boxes, gaps, strict=True))
        ),
        "sites": _collection(
            *(
                _feature({"type": "Point", "coordinates": [site["lon"], site["lat"]]}, **site)
                for site in sites
            )
        ),
    }  # fmt: skip
    parts = copy.deepcopy(parts)
    if change is not None:
        change(parts)
    field = np.where(np.isnan(probability), np.nan, 70.0).astype(np.float32)
    people = np.where(np.isnan(probability), 0.0, 8.0).astype(np.float32)
    raster = CoverageRaster(_GRID, probability, field, people, layers)
    return CoverageMap(**parts, raster=raster)


@pytest.fixture
def make_layers() -> Callable[..., PlanLayers]:
    """Return the function that builds the invented district's layers."""
    return build_layers


@pytest.fixture
def make_map() -> Callable[..., CoverageMap]:
    """Return the function that builds the invented district's map."""
    return build_map
