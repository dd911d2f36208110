"""The overview as a reader meets it: a real server, a real browser."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websocket

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-port=0", "--hide-scrollbars",
)  # fmt: skip
PATIENCE_S = 60.0
SERVER = """
import sys
from pathlib import Path
from ngbw.api.serve import serve
from ngbw.topology.project import Project
from ngbw.topology.settings import Settings

settings = Settings(name="示例区", name_en="Sample District", headline_service="indoor",
                    crs="EPSG:32651", timezone="Asia/Shanghai", services={"indoor": {}})
serve(Project(Path(sys.argv[1]), settings), port=0, root_path=sys.argv[2],
      ready=lambda url: print(url, flush=True))
"""
RUN_IT = "window.top.ran=(window.top.ran||0)+1"
PAYLOADS = (
    f"<img src=x onerror='{RUN_IT}'>",
    f"</script><script>{RUN_IT}</script>",
    f"\" onfocus=\"{RUN_IT}\" autofocus x=\"",
    "${" + RUN_IT + "}",
    f"`+({RUN_IT})+`",
    f"</title></style><svg onload='{RUN_IT}'>",
    f"javascript:{RUN_IT}",
    "{{ cycler.__init__.__globals__ }}{% raw %}",
    "\\\u2028\u202e",
)  # fmt: skip


class Browser:
    """Chromium, driven by DevTools over a socket of this machine."""

    def __init__(self, program: str, profile: Path) -> None:
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._count = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []
        assert self._process.stderr is not None
        for line in self._process.stderr:  # ends when Chromium dies
            if found := re.search(r"DevTools listening on (ws://\S+)", line):
                break
        else:
            raise RuntimeError("Chromium did not start")
        self._socket = websocket.create_connection(
            found[1], timeout=PATIENCE_S, suppress_origin=True
        )
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def close(self) -> None:
        self._socket.close()
        os.killpg(self._process.pid, signal.SIGTERM)
        if self._process.stderr is not None:
            self._process.stderr.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        request: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        self._socket.send(json.dumps(request))
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv())
            if message.get("id") == self._count:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def open(self, url: str, width: int = 1400, height: int = 1000) -> None:
        """Open an address and wait until it and its frame are loaded and drawn."""
        self.events.clear()
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.send("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self._socket.recv()))
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; a promise is awaited."""
        result = self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def requests(self) -> list[str]:
        """Return every request that went out."""
        urls = [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith("data:")]

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
        """Save a picture of the whole page."""
        picture = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))


@pytest.fixture(scope="module")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = Browser(chromium, tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()


@contextmanager
def served(directory: Path, root_path: str = "") -> Iterator[str]:
    """Serve a project in a process of its own; give the address of its first page."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVER, str(directory), root_path],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(timeout=30) == 0


def poison(payload: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts the payload into the texts that come from tables."""

    def change(run: dict[str, Any]) -> None:
        run["notices"] = [{"key": "people-outside", "count": 1, "kind": payload}]
        run["project"]["name"] = run["project"]["name_en"] = payload
        run["service"]["name"] = run["service"]["name_en"] = payload
        run["coverage"]["by_kind"][payload] = run["coverage"]["by_kind"]["residents"]
        for area in run["coverage"]["by_subdistrict"].values():
            area["name"] = area["name_en"] = payload
        for gap in run["gaps"]:
            gap["area_name"] = gap["area_name_en"] = payload
            gap["nearest_place"] = gap["nearest_place_en"] = payload
            gap["reason"] = payload
        for site in run["sites"]["table"]:
            site["name"] = payload

    return change


@pytest.fixture(scope="module")
def overview(make_district: Callable[[], Any]) -> Iterator[str]:
    """Serve a project with two plans; give the address of its first page."""
    district = make_district()
    district.add_run(name="A")
    district.add_run("aaaabbbbcccc0000", name="学校优先", created="2026-11-23T10:00:00Z")
    with served(district.directory) as url:
        yield url


@pytest.fixture(scope="module")
def hostile(make_district: Callable[[], Any]) -> Iterator[str]:
    """Serve a project with one plan for each payload; give the address of its first page."""
    district = make_district()
    for number, payload in enumerate(PAYLOADS):
        district.add_run(f"{number:016d}", change=poison(payload))
    with served(district.directory) as url:
        yield url


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_overview_loads_from_its_server_only_and_without_complaint(
    browser: Browser, overview: str, language: str, width: int
) -> None:
    url = f"{overview}?lang={language}"
    for visit in ("first", "from the browser's store"):
        browser.open(url, width)
        assert browser.errors() == [], visit
        assert all(request.startswith(overview) for request in browser.requests())
        assert browser.run("document.documentElement.lang") == language
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        assert browser.run("getComputedStyle(document.querySelector('.bar-served')).fill") == (
            "rgb(0, 96, 74)"
        )
        assert browser.run("document.querySelectorAll('.gaps li').length") == 5
        frame = "document.getElementById('map-frame').contentDocument"
        assert browser.run(f"{frame}.documentElement.lang") == language
        assert browser.run(f"{frame}.querySelectorAll('path.gap').length") == 6
        # Inside the frame stand the map and its legend; the answers are on the page around it.
        parts = "header, .answers, #gaps, footer, #frame, .legend"
        shown = f"""[...{frame}.querySelectorAll("{parts}")]
            .filter(one => one.offsetParent !== null).map(one => one.className || one.id)"""
        assert browser.run(shown) == ["frame", "legend"]
        assert browser.run(f"{frame}.documentElement.scrollWidth <= {frame}.defaultView.innerWidth")


def test_a_click_on_a_gap_moves_the_map_of_the_page(browser: Browser, overview: str) -> None:
    browser.open(f"{overview}?lang=en")
    browser.run("document.querySelector('[data-gap=\"3\"]').click()")
    title = """document.getElementById("map-frame").contentDocument
        .querySelector(".leaflet-popup-content h3").innerText"""
    assert browser.run(title).split() == ["Gap", "3"]
    assert browser.run("location.href") == f"{overview}?lang=en"
    assert browser.errors() == []


def test_the_whole_map_page_opens_by_itself(browser: Browser, overview: str) -> None:
    browser.open(f"{overview}map?lang=en")
    assert browser.run("document.documentElement.lang") == "en"
    assert browser.run("document.querySelector('.answers').offsetParent !== null")
    assert browser.requests() == [f"{overview}map?lang=en"]
    assert browser.errors() == []


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_no_text_of_a_run_becomes_script(browser: Browser, hostile: str, number: int) -> None:
    browser.open(f"{hostile}?plan={number:016d}")
    assert browser.run("document.querySelector('.gap-area').textContent") == PAYLOADS[number]
    browser.run("document.querySelector('[data-gap=\"1\"]').click()")
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelectorAll('main img, main [onload]').length") == 0
    assert all(request.startswith(hostile) for request in browser.requests())
    assert browser.errors() == []


def test_the_overview_works_below_the_sub_path_of_a_proxy(browser: Browser, district: Any) -> None:
    district.add_run()
    with served(district.directory, "/ngbw") as url:
        browser.open(f"{url}ngbw/?lang=en")
        assert browser.errors() == []
        assert browser.requests()
        assert all(request.startswith(f"{url}ngbw/") for request in browser.requests())
        browser.open(f"{url}ngbw")  # without the slash, relative links would go astray
        assert browser.run("location.pathname") == "/ngbw/"


def test_printing_the_overview_leaves_its_frame_out_and_keeps_to_a4(
    browser: Browser, overview: str
) -> None:
    browser.open(f"{overview}?lang=en")
    made = browser.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", base64.b64decode(made["data"]))
    assert {(round(float(w)), round(float(h))) for w, h in sizes} <= {(595, 842), (596, 842)}
    frame = "document.getElementById('map-frame')"
    assert not browser.run(f"{frame}.contentDocument.documentElement.matches('.printing')")
    browser.run(f"{frame}.contentWindow.dispatchEvent(new Event('beforeprint'))")
    assert not browser.run(f"{frame}.contentDocument.documentElement.matches('.printing')")
    browser.send("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll('iframe, .on-paper')].map(one => one.offsetHeight > 0)"
    try:
        assert browser.run(shown) == [False, True]
        line = browser.run("document.querySelector('.on-paper').innerText")
    finally:
        browser.send("Emulation.setEmulatedMedia", media="")
    assert line == f"Print the map from its own page: {overview}map?lang=en"


def test_the_map_opens_at_the_gap_of_its_address(browser: Browser, overview: str) -> None:
    browser.open(f"{overview}map?lang=en#gaps-3")
    title = "document.querySelector('.leaflet-popup-content h3').innerText"
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run(title).split() == ["Gap", "3"]
    assert browser.run("document.querySelector('#gaps-3').ariaCurrent") == "true"
    for hash_ in ("#gaps-2", "#gaps-999", "#gaps-x"):
        browser.run(f"location.hash = '{hash_}'")
        browser.run("new Promise(done => setTimeout(done, 100))")
        assert browser.run("document.querySelector('tr[aria-current]').id") == "gaps-2"
    assert browser.errors() == []


def test_a_very_long_name_of_a_project_wraps_and_is_cut(browser: Browser, district: Any) -> None:
    def stretch(run: dict[str, Any]) -> None:
        run["project"]["name"] = run["project"]["name_en"] = "W" * 3000

    district.add_run(change=stretch)
    with served(district.directory) as url:
        for page in ("", "map"):
            browser.open(f"{url}{page}?lang=en", 400, 900)
            assert browser.run("document.documentElement.scrollWidth <= innerWidth")
            assert browser.run("document.querySelector('h1').offsetHeight < 120")
