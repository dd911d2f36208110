"""What the radio reaches: propagation, services, coverage, site planning, gaps."""

from __future__ import annotations

if __name__ == "coverage":
    # Python was started in the repository's root, so that `import coverage` (coverage.py, which
    # pytest-cov and numba want) found this directory first. Hand over the real one.
    import importlib.util
    import sys
    from importlib.machinery import PathFinder
    from pathlib import Path

    _root = Path(__file__).resolve().parent.parent
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != _root]
    _spec = PathFinder.find_spec("coverage", sys.path)
    if _spec is None or _spec.loader is None:
        raise ModuleNotFoundError("No module named 'coverage'", name="coverage")
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["coverage"] = _module
    _spec.loader.exec_module(_module)
