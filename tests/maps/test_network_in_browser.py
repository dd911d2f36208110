"""The network map as a reader meets it, in a browser that has no network at all."""

import re
from pathlib import Path
from typing import Any

import pytest

from ngbw.api.fall_document import what_falls
from ngbw.maps.network_map import network_map
from ngbw.maps.network_page import failures_page, fall_page
from ngbw.tests.maps.network_worlds import FACTS, district, drawn

pytestmark = pytest.mark.browser

RUN_IT = "window.ran=(window.ran||0)+1"
PAYLOADS = {
    "image": f"<img src=x onerror='{RUN_IT}'>",
    "placeholder": "${" + RUN_IT + "}",
    "backtick": f"`+({RUN_IT})+`",
    "script": f"</script><script>{RUN_IT}</script>",
    "attribute": f"\" onfocus=\"{RUN_IT}\" autofocus x=\"",
    "template": "{{ cycler.__init__.__globals__ }}{% raw %}",
}  # fmt: skip


def written(path: Path, page: str) -> Path:
    path.write_text(page, encoding="utf-8")
    return path


def failures_of(directory: Path, language: str = "en", name: str = "") -> str:
    shown, document = drawn(district(directory / "d", name=name))
    return failures_page(shown, document, language)


def fall_of(directory: Path, *ids: str, language: str = "en", name: str = "") -> str:
    project = district(directory / "d", name=name)
    fall = what_falls(project, list(ids))
    shown = network_map(project.network(), fall.singles, facts=FACTS)
    return fall_page(shown, fall.document, fall.features, language)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_name_of_a_site_runs(browser: Any, tmp_path: Path, payload: str) -> None:
    for number, make in enumerate((failures_of, lambda *a, **k: fall_of(*a, "L4", **k))):
        folder = tmp_path / str(number)
        folder.mkdir()
        page = make(folder, name=payload)
        # The policy would hide a hole in the escaping.
        page, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        assert count == 1
        browser.open(written(folder / "page.html", page))
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
        assert payload in browser.run(
            "[...document.querySelectorAll('#site-names b')].map(one => one.textContent)"
        )
        assert browser.requests() == []
        assert browser.errors() == []


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_open_without_network_or_complaint(
    browser: Any, tmp_path: Path, language: str, width: int
) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path, language)), width, 900)
    assert browser.requests() == []
    assert browser.errors() == []
    assert browser.run("document.documentElement.lang") == language
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("document.querySelectorAll('path.link').length") == 6
    assert browser.run("document.querySelectorAll('.room').length") == 5
    assert browser.run("document.querySelectorAll('.room.point').length") == 2
    assert browser.run("document.querySelectorAll('.leaflet-marker-icon.alarm').length") == 1


def crowded(directory: Path) -> str:
    """Return the page of a district in which drops hang on one room, close to each other."""
    project = district(directory / "d")
    with (directory / "d" / "sites.csv").open("a", encoding="utf-8") as file:
        file.writelines(
            f"P{n},Customer premises number {n},building,built,{121.531 + n / 2000},{31.2901}\n"
            for n in range(12)
        )
    with (directory / "d" / "links.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"D{n},C,P{n},,0.1\n" for n in range(12))
    shown, document = drawn(project)
    return failures_page(shown, document, "en")


def test_badges_in_a_crowd_are_dots_until_the_view_is_near(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", crowded(tmp_path)), 1400, 900)
    assert browser.run("document.querySelectorAll('.leaflet-marker-icon.alarm').length") == 13
    dots = "document.querySelectorAll('.alarm.dot').length"
    far = browser.run(dots)
    assert far >= 8
    assert browser.run("document.querySelector('.alarm.dot i').getBoundingClientRect().width") < 10
    for _ in range(3):
        browser.run("document.querySelector('.leaflet-control-zoom-in').click()")
        browser.run("new Promise(done => setTimeout(done, 500))")
    assert browser.run(dots) < far


def test_no_name_goes_beneath_a_button_or_over_the_edge(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", crowded(tmp_path)), 400, 850)
    assert browser.run(
        """(() => {
            const box = (one) => one.getBoundingClientRect();
            const frame = box(document.getElementById("map"));
            const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top
                || b.bottom <= a.top;
            const names = [...document.querySelectorAll(".name > span")]
                .filter((one) => one.style.visibility !== "hidden").map(box);
            const controls = [...document.querySelectorAll("#map .leaflet-control")].map(box);
            return names.length > 0 && names.every((name) => name.left >= frame.left
                && name.right <= frame.right && controls.every((one) => apart(name, one)));
        })()"""
    )


def test_a_name_that_turns_the_line_is_isolated_wherever_it_stands(
    browser: Any, tmp_path: Path
) -> None:
    turned = "abc\u202edef"
    for number, page in enumerate((failures_of, lambda *a, **k: fall_of(*a, "L4", **k))):
        folder = tmp_path / str(number)
        folder.mkdir()
        browser.open(written(folder / "page.html", page(folder, name=turned)))
        stray = browser.run(
            """(() => {
                const found = [];
                const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
                while (walk.nextNode()) {
                    const {data, parentElement} = walk.currentNode;
                    if (data.includes("\\u202e") && !parentElement.closest("bdi, script")) {
                        found.push(data);
                    }
                }
                return found;
            })()"""
        )
        assert stray == []


def test_a_row_marks_its_links_and_says_what_fails(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)))
    browser.run("document.querySelector('#pairs-1').click()")
    assert browser.run("document.querySelector('#pairs-1').ariaCurrent") == "true"
    assert browser.run("document.querySelectorAll('path.chosen-line').length") == 2
    said = browser.run("document.querySelector('.leaflet-popup-content').innerText")
    assert "L1 + L2" in said
    assert "100" in said
    browser.run("document.querySelector('#links-4').click()")
    assert browser.run("document.querySelector('#pairs-1').ariaCurrent") is None
    assert browser.run("document.querySelectorAll('path.chosen-line').length") == 1
    assert browser.run("document.querySelectorAll('.room.chosen').length") == 1
    # The popup before it may still be fading.
    browser.run("[...document.querySelectorAll('.leaflet-popup-close-button')].at(-1).click()")
    browser.run("new Promise(done => setTimeout(done, 300))")
    assert browser.run("document.querySelectorAll('path.chosen-line, .room.chosen').length") == 0
    assert browser.errors() == []


def test_a_link_on_the_map_shows_its_facts_and_its_row(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)))
    browser.run(
        """document.querySelectorAll("path.pick")[3].dispatchEvent(
            new MouseEvent("click", {bubbles: true, clientX: 500, clientY: 500}))"""
    )
    assert browser.run("document.querySelector('[aria-current=true]').id") == "links-4"
    said = browser.run("document.querySelector('.leaflet-popup-content').innerText")
    assert "spur" in said
    assert "C机房" in said


def test_a_row_is_reached_by_keyboard(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)))
    browser.run("document.querySelector('#rings-1 button').focus()")
    for kind in ("rawKeyDown", "char", "keyUp"):
        browser.send(
            "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r",
            windowsVirtualKeyCode=13,
        )  # fmt: skip
    browser.settle()
    assert browser.run("document.querySelector('#rings-1').ariaCurrent") == "true"
    assert browser.run("document.querySelectorAll('path.chosen-line').length") == 2


def test_the_second_measure_colours_what_a_second_failure_costs(
    browser: Any, tmp_path: Path
) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)))
    width = "document.querySelector('path.link-1').getAttribute('stroke-width')"
    alone = float(browser.run(width))
    browser.run("document.querySelector('[name=measure][value=\"1\"]').click()")
    assert float(browser.run(width)) > alone


def test_groups_that_harm_nobody_wait_in_the_legend(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)))
    count = "document.querySelectorAll('.leaflet-marker-icon.group').length"
    assert browser.run(count) == 2
    browser.run("document.querySelector('[data-layer=harmless]').click()")
    assert browser.run(count) == 4
    browser.run("document.querySelector('[data-layer=groups]').click()")
    assert browser.run(count) == 2
    browser.run("document.querySelector('#groups-1').click()")
    assert browser.run(count) == 3
    assert browser.errors() == []


def test_a_cut_is_dashed_and_what_it_takes_is_crossed_out(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", fall_of(tmp_path, "L4")))
    assert browser.requests() == []
    assert browser.errors() == []
    assert browser.run("document.querySelector('path.link-4').getAttribute('stroke-dasharray')")
    assert not browser.run("document.querySelector('path.link-1').getAttribute('stroke-dasharray')")
    assert browser.run("document.querySelectorAll('.room.lost').length") == 1
    assert browser.run("document.querySelector('.sentence').innerText").startswith("With L4 down")


def test_without_scripts_the_tables_are_readable(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)), scripts=False)
    seen = browser.run("document.body.innerText")
    assert "L1 + L2" in seen
    assert "Show on the map" not in seen


def test_a_print_has_the_title_on_a3(browser: Any, tmp_path: Path) -> None:
    browser.open(written(tmp_path / "page.html", failures_of(tmp_path)))
    pdf = browser.pdf()
    assert b"(Sample District: what each failure of the network costs)" in pdf
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert {(round(float(w)), round(float(h))) for w, h in sizes} == {(1191, 842)}
