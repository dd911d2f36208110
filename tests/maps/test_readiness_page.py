"""The map of readiness: levels of sites and links, who holds them back, and nothing that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.evidence import Evidence
from ngbw.ipv6.evidence_book import EvidenceBook
from ngbw.ipv6.ladder import Rung
from ngbw.ipv6.readiness import hindrance, readiness
from ngbw.ipv6.verdicts import Level, Verdict
from ngbw.maps.offline import outside_links
from ngbw.maps.readiness_page import readiness_page
from ngbw.probes.store import open_store
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES
from ngbw.topology.targets import read_targets

NOON = 1_478_088_000.0  # 2016-11-02 12:00 UTC
FACTS = {
    "name": "示例区", "name_en": "Sample District", "review_number": None, "version": "0.1.0",
}  # fmt: skip
RUN_IT = "window.ran=(window.ran||0)+1"
PAYLOADS = {
    "image": f"<img src=x onerror='{RUN_IT}'>",
    "placeholder": "${" + RUN_IT + "}",
    "script": f"</script><script>{RUN_IT}</script>",
    "attribute": f"\" onfocus=\"{RUN_IT}\" autofocus x=\"",
    "template": "{{ cycler.__init__.__globals__ }}{% raw %}",
}  # fmt: skip


def table(name: str, rows: list[dict[str, Any]]) -> Any:
    return coerce(TABLES[name], pd.DataFrame(rows))


def district(name: str = "") -> Network:
    """A head-end, two rooms with a device, one without, and a roof behind; names may be hostile."""
    kinds = {"H": "headend", "A": "olt", "B": "olt", "C": "olt", "P": "building"}
    links = [("L1", "H", "A"), ("L2", "A", "B"), ("L3", "B", "C"), ("L4", "A", "P")]
    return Network({
        "sites": table("sites", [
            {"site_id": one, "name": name or f"{one}机房", "kind": kind, "state": "built",
             "lon": 121.50 + n / 100, "lat": 31.30 + n % 2 / 100}
            for n, (one, kind) in enumerate(kinds.items())
        ]),
        "devices": table("devices", [
            {"device_id": f"D{one}", "name": name or f"dev-{one}", "site_id": one, "role": role}
            for one, role in (("H", "backbone"), ("A", "access"), ("B", "access"))
        ]),
        "websites": table("websites", [
            {"website_id": "W", "name": name or "门户", "name_en": name or "Portal",
             "host": "w.example", "kind": "portal", "site_id": "H", "visits_per_day": 10.0},
        ]),
        "links": table("links", [
            {"link_id": link, "a_site": a, "b_site": b,
             "kind": "pon" if link == "L4" else "fibre", "homes": 40 if link == "L4" else None}
            for link, a, b in links
        ]),
        "areas": table("areas", [
            {"area_id": "Z", "kind": "district", "name": name or "区",
             "geometry": shapely.box(121.49, 31.29, 121.56, 31.32)},
        ]),
    })  # fmt: skip


def rows(subject: str, upto: Level, broken: str = "", detail: str = "") -> Iterator[Evidence]:
    for check in checks().values():
        if check.subject != "device" or (check.level or Level.CAPABLE) > upto:
            continue
        bad = check.check_id == broken
        yield Evidence(
            check_id=check.check_id, subject=subject, vantage="here", asked=("?",), began_s=NOON,
            verdict=Verdict.FAIL if bad else Verdict.PASS,
            reason=min(check.reasons) if bad else "", detail=detail if bad else "",
        )  # fmt: skip


Maker = Callable[..., tuple[Any, Network]]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Maker]:
    """Return what makes a day on which one device has every level and another fails a check."""
    store = open_store(tmp_path / "store")

    def make(name: str = "", *, recorded: bool = True) -> tuple[Any, Network]:
        book = EvidenceBook(store)
        if recorded:
            book.record(rows("device:DH", Level.PARITY))
            book.record(rows("device:DA", Level.PARITY, "D4", name or "look here"))
        asked = read_targets(table("targets", [{
            "id": name[:40] or "T", "meaning": name or "all of it", "quote_zh": name or "全部",
            "metric": "ipv6.ready.share by layer", "operator": ">=", "value": 1.0,
            "due": "2016-12-31", "due_basis": "stated", "kind": "number",
            "responsible": name or "区科委",
        }]))  # fmt: skip
        net = district(name)
        return readiness(net, book, asked, at_s=NOON + 60, timezone="Asia/Shanghai"), net

    yield make
    store.close()


def page(made: Maker, language: str = "en", name: str = "", **more: Any) -> str:
    stand, net = made(name, **more)
    return readiness_page(stand, net, facts=FACTS, language=language)


def shapes_of(html: str) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="shapes">(.*?)</script>', html, re.DOTALL
    )
    assert found is not None
    shapes: dict[str, Any] = json.loads(found[1])
    return shapes


def test_sites_and_links_have_the_level_of_their_weakest(made: Maker) -> None:
    stand, net = made()
    shapes = shapes_of(readiness_page(stand, net, facts=FACTS))
    levels = [one["stand"]["level"] for one in shapes["sites"]]
    # H hosts a website that nobody asked, B and C are not known, P has nothing that is judged.
    weak = int(stand.rungs["device:DA"].level)
    assert weak == Level.CAPABLE
    assert levels == [Level.UNKNOWN, weak, Level.UNKNOWN, Level.UNKNOWN, None]
    drop = shapes["links"][3]["stand"]
    assert (drop["level"], drop["drop"]) == (weak, True)
    assert [one["stand"]["open"] for one in shapes["sites"][2:4]] == [True, True]


def test_what_holds_a_device_back_is_the_check_that_failed(made: Maker) -> None:
    stand, _ = made()
    subjects = stand.inventory.subjects
    failed = hindrance(subjects["device:DA"], stand)
    assert failed is not None
    assert (failed.check_id, failed.state) == ("D4", "unmet")
    unknown = hindrance(subjects["device:DB"], stand)
    assert unknown is not None
    assert (unknown.reason, unknown.state) == ("not-asked", "unknown")
    assert hindrance(subjects["device:DH"], stand) is None


def test_a_room_without_a_device_is_unknown(made: Maker) -> None:
    html = page(made)
    assert "The tables name no device here, so nothing is known." in html
    assert "表格中此处没有设备，情况未知。" in html


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_holds_both_languages_and_no_outside_link(made: Maker, language: str) -> None:
    html = page(made, language)
    assert f'<html lang="{language}">' in html
    assert outside_links(html) == []
    assert "Content-Security-Policy" in html
    assert len(html.encode()) < 1_000_000
    assert "优先升级清单" in html
    assert "What to upgrade first" in html
    assert "&lt;span" not in html
    assert "look here" in html


def test_before_anything_was_measured_the_map_says_how_to_begin(made: Maker) -> None:
    html = page(made, recorded=False)
    assert "Nothing had been measured by then" in html
    assert {one["stand"]["level"] for one in shapes_of(html)["sites"]} == {0, None}


def test_harm_comes_first_and_marks_its_links(made: Maker) -> None:
    stand, net = made()
    harmful = next(
        one.check_id for one in checks().values() if one.harmful and one.subject == "website"
    )
    worse = Rung(Level.CARRYING, Level.CARRYING, True, True, (), (), (harmful,))
    harmed = replace(stand, rungs={**stand.rungs, "website:W": worse})
    html = readiness_page(harmed, net, facts=FACTS, language="en")
    shapes = shapes_of(html)
    assert [one["stand"]["harm"] for one in shapes["sites"]] == [True, False, False, False, False]
    assert [one["stand"]["harm"] for one in shapes["links"]] == [True, False, False, False]
    assert "Mend what does harm" in html
    assert re.search(r'<tr id="sites-1"[^>]*data-about="1"', html)


def test_the_view_holds_sites_beyond_the_district(made: Maker) -> None:
    stand, net = made()
    sites = net.sites.copy()
    sites.loc[0, "lat"] = 31.2
    far = Network({
        name: sites if name == "sites" else getattr(net, name)
        for name in ("sites", "devices", "websites", "links", "areas")
    })  # fmt: skip
    south_west, north_east = shapes_of(readiness_page(stand, far, facts=FACTS))["bounds"]
    assert south_west == [31.2, 121.49]
    assert north_east == [31.32, 121.56]


@pytest.mark.browser
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_name_runs(browser: Any, made: Maker, tmp_path: Path, payload: str) -> None:
    html, count = re.subn(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page(made, name=payload)
    )
    assert count == 1  # the policy would hide a hole in the escaping
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    browser.open(tmp_path / "page.html")
    browser.run(
        """(async () => {
            for (const language of ["zh-CN", "en"]) {
                document.querySelector(`[data-language="${language}"]`).click();
                for (const row of document.querySelectorAll("tbody tr")) row.click();
                for (const one of document.querySelectorAll(".leaflet-marker-icon")) one.click();
                await new Promise(done => requestAnimationFrame(done));
            }
        })()"""
    )
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelectorAll('#map img, table img').length") == 0
    assert browser.run("document.querySelector('#sites').textContent").count(payload[:30]) >= 5
    assert browser.requests() == []
    assert browser.errors() == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_map_opens_without_network_or_complaint(
    browser: Any, made: Maker, tmp_path: Path, language: str, width: int
) -> None:
    (tmp_path / "page.html").write_text(page(made, language), encoding="utf-8")
    browser.open(tmp_path / "page.html", width, 900)
    assert browser.requests() == []
    assert browser.errors() == []
    assert browser.run("document.documentElement.lang") == language
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("document.querySelectorAll('.room .stand').length") == 4
    signs = browser.run(
        "[...document.querySelectorAll('.room .stand text')].map(one => one.textContent)"
    )
    assert signs.count("?") == 3


@pytest.mark.browser
def test_a_row_of_the_work_list_shows_its_site_and_a_site_what_to_do(
    browser: Any, made: Maker, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(page(made), encoding="utf-8")
    browser.open(tmp_path / "page.html")
    browser.run("document.querySelector('#work tbody tr[data-sites]').click()")
    assert browser.run("document.querySelectorAll('.room.chosen').length") >= 1
    browser.run("document.querySelector('#targets-1').click()")
    assert browser.run("document.querySelectorAll('.room.chosen').length") == 2
    browser.run(
        "document.querySelector('.room [class~=\"stand\"]:not(.level-0)').parentNode.click()"
    )
    said = browser.run("[...document.querySelectorAll('.leaflet-popup-content')].at(-1).innerText")
    assert "dev-A (DA)" in said
    assert "look here" in said
    assert browser.errors() == []


@pytest.mark.browser
def test_the_map_is_complete_on_paper_and_without_scripts(
    browser: Any, made: Maker, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(page(made), encoding="utf-8")
    browser.open(tmp_path / "page.html")
    pdf = browser.pdf()
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(1191, 842)}
    browser.open(tmp_path / "page.html", scripts=False)
    seen = browser.run("document.body.innerText")
    assert "look here" in seen
    assert "Show on the map" not in seen
