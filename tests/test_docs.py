"""The documentation says what the program does."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ngbw.api.reference import ENVIRONMENT, reference
from ngbw.topology.availability.components import COMPONENT_COLUMNS, COMPONENTS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_reference_is_written_by_the_program():
    # When this fails: python -m ngbw.api.reference docs/reference.md
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == reference()


def test_every_component_and_column_of_its_table_is_documented():
    page = reference()
    for name in COMPONENT_COLUMNS:
        assert f"| {name} | " in page.split("## Component table")[1]
    for component in COMPONENTS.values():
        figure = component.unavailability
        value = "unknown" if figure is None else f"{figure.value:.3g}"
        assert f"| `{component.name}` | {'km' if component.per_km else 'each'} | {value} |" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    named = re.findall(
        r"`((?:topology|coverage|maps|api|examples|tests|benchmarks|docs)/[\w/.-]+)`",
        page.read_text(encoding="utf-8"),
    )
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_every_environment_variable_is_documented():
    read = set()
    for folder in ("topology", "coverage", "probes", "maps", "api", "examples", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"\bNGBW_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert read == {name for name in ENVIRONMENT if name.startswith("NGBW_")}


def test_changelog_and_package_agree_on_the_version():
    import ngbw

    assert f"## {ngbw.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'version = "{ngbw.__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


def commands(page):
    """Return the ngbw commands of a page's shell blocks."""
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in block.splitlines():
            line = line.split("#")[0].strip()
            if line.startswith("ngbw ") and not line.startswith("ngbw serve"):
                yield line


@pytest.mark.slow
def test_commands_of_the_readme_run(tmp_path):
    run_page(ROOT / "README.md", tmp_path)


def run_page(page, directory):
    """Run a page's commands in order in a directory that holds the files they name."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["站址编号", "站名", "经度", "纬度", "挂高"])
    sheet.append(["R1", "屋顶一", 121.5135, 31.2981, 35])
    book.save(directory / "rooftops.xlsx")
    for line in commands(page):
        words, _, output = line.partition(" > ")
        done = subprocess.run(
            [sys.executable, "-P", "-m", *shlex.split(words)],
            cwd=directory, capture_output=True, text=True, check=False,
        )  # fmt: skip
        # 1 is a missed target and 4 a plan that is not proven: answers, not failures.
        assert done.returncode in (0, 1, 4), f"{line}\n{done.stdout}\n{done.stderr}"
        if output:
            (directory / output.strip()).write_text(done.stdout, encoding="utf-8")


def test_readme_has_one_picture_the_two_commands_and_four_paths():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(re.findall(r"!\[", text)) == 1
    assert "make demo" in text
    assert "make test" in text
    paths = text.split("## Your path")[1].split("## Read on")[0]
    assert paths.count("```sh") == 4
    assert len(text) < 4000
