"""The package is whole, its floors hold, and its command answers at once."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "topology": 1, "coverage": 2, "probes": 2, "ipv6": 3, "maps": 4, "api": 5, "examples": 2,
}  # fmt: skip
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages():
    """Return every folder with an __init__.py, as a dotted name below ngbw."""
    found = {"ngbw"}
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("__init__.py"):
            found.add(".".join(["ngbw", *path.parent.relative_to(ROOT).parts]))
    return found


def modules():
    for floor in FLOORS:
        yield from sorted((ROOT / floor).rglob("*.py"))


def imported(path):
    """Return the floors that a module imports, with the line of each import."""
    here = ["ngbw", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            full = [*base, *(node.module.split(".") if node.module else [])]
            names = [[*full, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        for name in names:
            if name[0] == "ngbw" and len(name) > 1 and name[1] in FLOORS:
                yield name[1], node.lineno


def test_every_package_is_declared():
    assert set(SETTINGS["tool"]["setuptools"]["packages"]) == packages()


def test_imports_run_downwards_only():
    wrong = []
    for path in modules():
        floor = path.relative_to(ROOT).parts[0]
        for other, line in imported(path):
            if other != floor and FLOORS[other] >= FLOORS[floor] and floor != "api":
                wrong.append(f"{path.relative_to(ROOT)}:{line} imports {other}")
    assert not wrong


def test_examples_import_topology_only():
    floors = {f for path in (ROOT / "examples").rglob("*.py") for f, _ in imported(path)}
    assert floors <= {"topology", "examples"}


def test_no_module_imports_in_a_circle():
    graph = {}
    for path in modules():
        here = ["ngbw", *path.relative_to(ROOT).with_suffix("").parts]
        edges = set()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.level:
                base = [*here[: len(here) - node.level], *(node.module or "").split(".")]
                base = [part for part in base if part]
                for alias in node.names:
                    for name in (".".join([*base, alias.name]), ".".join(base)):
                        file = ROOT.joinpath(*name.split(".")[1:]).with_suffix(".py")
                        if file.is_file():
                            edges.add(name)
                            break
        graph[".".join(here)] = edges
    done = set()

    def walk(name, trail):
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for edge in graph.get(name, ()):
                walk(edge, [*trail, name])
            done.add(name)

    for name in graph:
        walk(name, [])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    copy = tmp_path_factory.mktemp("source") / "ngbw"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in tracked:
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, copy],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(out.glob("*.whl"))


@pytest.mark.slow
def test_wheel_holds_every_module_and_data_file(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {"ngbw/" + path.relative_to(ROOT).as_posix() for path in modules()}
    for folder in (
        "maps/vendor", "maps/words", "maps/templates", "api/templates", "api/static",
        "probes/mibs", "probes/profiles",
    ):  # fmt: skip
        wanted |= {"ngbw/" + p.relative_to(ROOT).as_posix() for p in (ROOT / folder).glob("*.*")}
    for path in (ROOT / "examples" / "yangpu").glob("*.*"):
        wanted.add("ngbw/" + path.relative_to(ROOT).as_posix())
    assert wanted <= held
    assert {"ngbw/py.typed", "ngbw/__main__.py"} <= held
    assert not [name for name in held if name.startswith("ngbw/tests")]


def test_help_imports_nothing_heavy():
    # What takes time is importing; the time itself depends on the machine.
    code = (
        "import sys, ngbw.api.cli as c; c.main(['--help']); "
        "print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    heavy = {"numpy", "pandas", "numba", "scipy", "shapely", "folium", "rich", "fastapi", "pyproj"}
    assert not heavy & set(ast.literal_eval(done.stderr))
    assert "plan" in done.stdout
    assert "Exit codes" in done.stdout


@pytest.mark.parametrize("module", ["coverage", "numba"])
def test_repository_root_does_not_hide_coverage_py(module):
    code = f"import {module}; import coverage; print(coverage.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "site-packages" in done.stdout


def test_every_help_line_fits_80_columns():
    from ngbw.api.cli import app

    verbs = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    for verb in ["", *verbs]:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ngbw", *([verb] if verb else []), "--help"],
            capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "79"},
        )  # fmt: skip
        assert max(len(line) for line in done.stdout.splitlines()) < 80
