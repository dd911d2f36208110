"""The page as a reader meets it, in a browser that has no network at all."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ngbw.coverage.results import PlanLayers
from ngbw.maps.coverage_map import CoverageMap
from ngbw.maps.folium_page import coverage_page

pytestmark = pytest.mark.browser
MakeMap = Callable[..., CoverageMap]
MakeLayers = Callable[..., PlanLayers]

RUN_IT = "window.ran=(window.ran||0)+1"
PAYLOADS = {
    "image": f"<img src=x onerror='{RUN_IT}'>",
    "placeholder": "${" + RUN_IT + "}",
    "backtick": f"`+({RUN_IT})+`",
    "script": f"</script><script>{RUN_IT}</script>",
    "quote": f"\"'-({RUN_IT})-'\"",
    "attribute": f"\" onfocus=\"{RUN_IT}\" autofocus x=\"",
    "comment": f"--><script>{RUN_IT}</script>",
    "svg": f"<svg onload='{RUN_IT}'>",
    "link": f"javascript:{RUN_IT}",
    "template": "{{ cycler.__init__.__globals__ }}{% raw %}",
    "backslash": "\\",
    "line": "\u2028\u2029",
}  # fmt: skip
TEXT_FIELDS = {
    "name", "name_en", "category", "area_name", "area_name_en", "nearest_place",
    "nearest_place_en", "next_site_id", "reason", "title", "valid", "service", "version", "id",
}  # fmt: skip


def write(path: Path, page: str) -> Path:
    path.write_text(page, encoding="utf-8")
    return path


def poison(payload: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts the payload into every text that comes from a file."""

    def everywhere(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: payload if key in TEXT_FIELDS and isinstance(one, str) else everywhere(one)
                for key, one in value.items()
            }
        return [everywhere(one) for one in value] if isinstance(value, list) else value

    def change(parts: dict[str, Any]) -> None:
        for name in list(parts):
            parts[name] = everywhere(parts[name])
        run = parts["run"]
        run["notices"] = [{"key": "people-outside", "count": 1, "kind": payload}]
        run["service"]["assumed"] = [payload]
        run["project"]["review_number"] = payload
        run["coverage"]["outside_model"] = {payload: 10.0}
        run["coverage"]["by_kind"][payload] = run["coverage"]["by_kind"]["residents"]
        run["places"] = [
            {"place_id": "P", "name": payload, "name_en": payload, "kind": payload,
             "area_id": "A1", "lon": 121.5, "lat": 31.3, "probability": 0.5, "served": False}
        ]  # fmt: skip
        for number, site in enumerate(run["sites"]["table"]):
            site["site_id"] = f"{number}{payload}"
            site["assumed"] = [payload]
            parts["sites"]["features"][number]["properties"]["site_id"] = site["site_id"]

    return change


def everything_opened(browser: Any) -> None:
    """Open every popup, in both languages, and come near with the pointer's focus."""
    browser.run(
        """(async () => {
            for (const language of ["en", "zh-CN"]) {
                document.querySelector(`[data-language="${language}"]`).click();
                for (const one of document.querySelectorAll(".leaflet-marker-icon.rank, .site")) {
                    one.focus();
                    one.click();
                    await new Promise(done => requestAnimationFrame(done));
                }
                for (const row of document.querySelectorAll("#gaps tbody tr")) row.click();
            }
        })()"""
    )
    browser.settle()


@pytest.mark.parametrize("guarded", [False, True], ids=["escaping-alone", "with-policy"])
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_text_from_a_file_runs(
    browser: Any, make_map: MakeMap, tmp_path: Path, payload: str, guarded: bool
) -> None:
    page = coverage_page(make_map(poison(payload)))
    if not guarded:
        # The policy would hide a hole in the escaping.
        page, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        assert count == 1
    browser.open(write(tmp_path / "page.html", page))
    assert browser.run("window.ran === undefined")
    everything_opened(browser)
    assert browser.run("window.ran === undefined")
    assert browser.run("document.querySelector('.leaflet-popup-content h3') !== null")
    shown = browser.run("document.querySelector('#sites-1').cells[2].textContent")
    assert shown == payload
    assert (
        browser.run("document.querySelectorAll('#gaps-1 img, #sites-1 img, .facts img').length")
        == 0
    )
    assert browser.requests() == []
    assert browser.errors() == []


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_opens_without_network_or_complaint(
    browser: Any, make_map: MakeMap, tmp_path: Path, language: str, width: int
) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map(), language)), width, 900)
    assert browser.requests() == []
    assert browser.errors() == []
    assert browser.run("document.documentElement.lang") == language
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("document.querySelectorAll('path.gap').length") == 2
    assert browser.run("document.querySelectorAll('.site').length") == 2
    assert browser.run("document.querySelectorAll('.site.fixed').length") == 1
    assert browser.run("document.querySelectorAll('.rank').length") == 2
    assert browser.run("document.querySelector('.leaflet-image-layer').naturalWidth > 100")


def test_the_switch_changes_the_whole_page(browser: Any, make_map: MakeMap, tmp_path: Path) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map())))
    read = """[document.title, document.querySelector("h1").innerText,
        document.querySelector(".legend h2").innerText,
        document.querySelector("#gaps th").innerText, document.querySelector("#frame").ariaLabel,
        document.querySelector(".leaflet-control-zoom-in").title,
        document.querySelector(".area-name").innerText,
        document.querySelector("#gaps-1").cells[4].innerText]"""
    assert browser.run(read) == [
        "示例区：覆盖与缺口，方案 A", "示例区：覆盖与缺口，方案 A", "图例", "缺口",
        "覆盖与缺口地图；同样的内容见下方表格", "放大", "西街道", "第一医院 · 300 m",
    ]  # fmt: skip
    browser.run("document.querySelector('[data-language=en]').click()")
    assert browser.run(read) == [
        "Sample District: coverage and gaps, plan A", "Sample District: coverage and gaps, plan A",
        "Legend", "Gap", "Map of coverage and gaps; the tables below hold the same facts",
        "Zoom in", "West", "First Hospital · 300 m",
    ]  # fmt: skip
    assert browser.run("document.documentElement.lang") == "en"
    assert browser.run("document.querySelector('[data-language=en]').ariaPressed") == "true"
    browser.run("document.querySelector('.rank').click()")
    popup = browser.run("document.querySelector('.leaflet-popup-content').innerText")
    assert "Gap 1" in popup
    assert "West" in popup
    browser.run("document.querySelector('[data-language=\"zh-CN\"]').click()")
    popup = browser.run("document.querySelector('.leaflet-popup-content').innerText")
    assert "缺口 1" in popup
    assert "West" not in popup
    assert browser.requests() == []


def test_a_gap_is_reached_from_its_row_by_keyboard(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map(), "en")))
    browser.run("document.querySelector('#gaps-2 button').focus()")
    for kind in ("rawKeyDown", "char", "keyUp"):
        browser.send(
            "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
            windowsVirtualKeyCode=13,
        )  # fmt: skip
    browser.settle()
    assert browser.run("document.querySelector('#gaps-2').ariaCurrent") == "true"
    assert "Gap 2" in browser.run("document.querySelector('.leaflet-popup-content').innerText")
    outline = "getComputedStyle(document.querySelector('#gaps-2 button')).outlineStyle"
    assert browser.run(outline) == "solid"
    assert browser.errors() == []


def test_layers_can_be_switched_off_in_the_legend(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map())))
    count = """["path.gap, path.casing, .rank", ".site", "path.area, .area-name"]
        .map(one => frame.querySelectorAll(one).length)"""
    before = browser.run(count)
    assert all(before)
    switch = "document.querySelectorAll('[data-layer]').forEach(one => one.click())"
    browser.run(switch)
    assert browser.run(count) == [0, 0, 0]
    browser.run(switch)
    assert browser.run(count) == before
    assert browser.errors() == []


def press(browser: Any, key: str, code: int) -> None:
    for kind in ("rawKeyDown", "keyUp"):
        browser.send(
            "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
        )
    browser.settle()


def test_every_picture_can_be_chosen_by_keyboard_and_its_legend_follows(
    browser: Any, make_map: MakeMap, make_layers: MakeLayers, tmp_path: Path
) -> None:
    def two_way(parts: dict[str, Any]) -> None:
        parts["run"]["service"]["two_way"] = True

    page = coverage_page(make_map(two_way, layers=make_layers(sinr=True)), "en")
    browser.open(write(tmp_path / "page.html", page))
    seen = """(() => {
        const shown = [...document.querySelectorAll("[data-classes]")].filter(one => !one.hidden);
        return [document.querySelector("[name=picture]:checked").value, frame.dataset.picture,
            document.activeElement.value, shown.map(one => one.dataset.classes).join(),
            shown.map(one => one.innerText).join(),
            frame.querySelector(".leaflet-image-layer")?.src || ""];
    })()"""
    browser.run("document.querySelector('[name=picture]').focus()")
    found = [browser.run(seen)]
    for _ in range(7):
        press(browser, "ArrowDown", 40)
        found.append(browser.run(seen))
    names = ["probability", "field", "server", "reason", "servers", "sinr", "limit", "none"]
    assert [one[0] for one in found] == names
    assert [one[1] for one in found] == names
    assert [one[2] for one in found] == names
    assert [one[3] for one in found] == [*names[:-1], ""]
    assert len({one[4] for one in found}) == 8
    assert len({one[5] for one in found}) == 8
    assert "below 63.3" in found[1][4]
    assert "Shadowed: terrain or buildings stand in between" in found[3][4]
    # From the last one the choice goes on to the first, and its picture is back.
    press(browser, "ArrowDown", 40)
    assert browser.run(seen) == found[0]
    assert browser.requests() == []
    assert browser.errors() == []


def test_a_chosen_sites_area_stands_out_among_the_servers(
    browser: Any, make_map: MakeMap, make_layers: MakeLayers, tmp_path: Path
) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map(layers=make_layers()), "en")))
    browser.run("document.querySelector('[name=picture][value=server]').click()")
    browser.settle()
    picture = "frame.querySelector('.leaflet-image-layer').src"
    whole = browser.run(picture)
    # Opacity at the middle of the west, which S2 serves, and of the east, which S1 does.
    opacity = """(async () => {
        const image = new Image();
        image.src = frame.querySelector(".leaflet-image-layer").src;
        await image.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.width, image.height];
        const drawing = canvas.getContext("2d");
        drawing.drawImage(image, 0, 0);
        return [0.3, 0.8].map(part => drawing.getImageData(
            Math.round(image.width * part), image.height >> 1, 1, 1).data[3]);
    })()"""
    assert browser.run(opacity) == [255, 255]
    changed = f"""new Promise(done => {{
        const wait = () => {picture} === before ? setTimeout(wait, 10) : done(true);
        wait();
    }})"""
    browser.run("before = " + picture)
    browser.run("document.querySelectorAll('.site')[1].click()")
    assert browser.run(changed)
    west, east = browser.run(opacity)
    assert west == 255
    assert 0 < east < 128
    browser.run("before = " + picture)
    browser.run("document.querySelector('.leaflet-popup-close-button').click()")
    assert browser.run(changed)
    assert browser.run(picture) == whole
    assert browser.errors() == []


def test_gaps_with_few_people_are_drawn_from_near_or_when_chosen(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    def many(parts: dict[str, Any]) -> None:
        gap, outline = parts["run"]["gaps"][0], parts["gaps"]["features"][0]
        parts["run"]["gaps"] = [{**gap, "rank": rank} for rank in range(1, 61)]
        parts["gaps"]["features"] = [
            {**outline, "properties": {"rank": rank}} for rank in range(1, 61)
        ]

    browser.open(write(tmp_path / "page.html", coverage_page(make_map(many), "en")))
    drawn = """[...document.querySelectorAll("path.gap")]
        .filter(one => getComputedStyle(one).display !== "none").length"""
    assert browser.run(drawn) == 50
    assert "only the 50 gaps with most people have one" in browser.run("document.body.innerText")
    browser.run("document.querySelector('#gaps-60').click()")
    browser.run("new Promise(done => setTimeout(done, 600))")
    chosen = "getComputedStyle(document.querySelector('path.gap.chosen')).display"
    assert browser.run(chosen) != "none"
    number = "[...document.querySelectorAll('.rank')].find(one => one.innerText === '60')"
    assert browser.run(f"getComputedStyle({number}).display") != "none"
    assert browser.errors() == []


def test_nothing_stands_on_the_scale_or_the_legend(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    path = write(tmp_path / "page.html", coverage_page(make_map()))
    for width in (1400, 400):
        browser.open(path, width, 900)
        overlap = browser.run(
            """(() => {
                const boxes = [".leaflet-control-scale", ".leaflet-control-zoom", ".north", ".home",
                    ".legend"].map(one => document.querySelector(one).getBoundingClientRect());
                return boxes.some((a, i) => boxes.some((b, j) => i < j && a.left < b.right
                    && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
            })()"""
        )
        assert overlap is False
        scale = browser.run("document.querySelector('.leaflet-control-scale').innerText")
        assert re.fullmatch(r"\d+ k?m", scale.strip())


def test_without_scripts_the_tables_are_readable(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    path = write(tmp_path / "page.html", coverage_page(make_map(), "en"))
    browser.open(path, scripts=False)
    seen = browser.run("document.body.innerText")
    assert "The map needs scripts to be allowed" in seen
    assert "First Hospital · 300 m" in seen
    assert "第一医院" not in seen
    assert "Print" not in seen


def test_a_print_has_the_title_and_every_gap(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map(), "en")))
    pdf = browser.pdf()
    assert pdf.startswith(b"%PDF")
    assert b"(Sample District: coverage and gaps, plan A)" in pdf
    # A3 landscape in points.
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(1191, 842)}
    assert browser.errors() == []


def test_every_gap_number_stands_on_paper_and_apart(
    browser: Any, make_map: MakeMap, tmp_path: Path
) -> None:
    def crowd(parts: dict[str, Any]) -> None:
        gap, outline = parts["run"]["gaps"][0], parts["gaps"]["features"][0]
        # Thirty gaps in 300 m: on the screen there is no room for all their numbers.
        parts["run"]["gaps"] = [
            {
                **gap,
                "rank": rank,
                "lon": gap["lon"] + rank % 6 * 5e-4,
                "lat": gap["lat"] + rank * 5e-5,
            }
            for rank in range(1, 31)
        ]
        parts["gaps"]["features"] = [
            {**outline, "properties": {"rank": rank}} for rank in range(1, 31)
        ]

    browser.open(write(tmp_path / "page.html", coverage_page(make_map(crowd), "en")), 700, 600)
    shown = """[...document.querySelectorAll(".rank")]
        .filter(one => getComputedStyle(one).display !== "none").length"""
    assert browser.run(shown) < 30
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run(shown) == 30
    apart = """(() => {
        const boxes = [...document.querySelectorAll(".rank:not(.worst)")]
            .map(one => one.getBoundingClientRect());
        return boxes.every((a, i) => boxes.every((b, j) => i >= j || a.left >= b.right
            || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom));
    })()"""
    assert browser.run(apart)
    browser.run("dispatchEvent(new Event('afterprint'))")
    assert browser.run(shown) < 30
    assert browser.errors() == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_controls_stand_clear_of_marks_and_popups_on_a_phone(
    browser: Any, make_map: MakeMap, tmp_path: Path, language: str
) -> None:
    browser.open(write(tmp_path / "page.html", coverage_page(make_map(), language)), 400, 900)
    covered = """(seen => {
        const boxes = one => [...document.querySelectorAll(one)].map(o => o.getBoundingClientRect());
        return boxes(".home, .leaflet-control-zoom").some(a => boxes(seen).some(b =>
            a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
    })"""
    assert not browser.run(f"{covered}('.rank, .site')")
    for number in (1, 2):
        browser.run(f"document.querySelectorAll('.rank')[{number - 1}].click()")
        browser.run("new Promise(done => setTimeout(done, 400))")
        assert not browser.run(f"{covered}('.leaflet-popup-content-wrapper')")
    assert browser.errors() == []
