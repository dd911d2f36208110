"""Compile the hot kernels, and keep the machine code where this user can write.

numba's own choice of cache directory fails in a container with read-only site-packages and no
home. Here the code goes beside the layers in ngbw's cache (``NGBW_CACHE_DIR``); where even that
cannot be written, kernels are compiled for this process only.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

__all__ = [
    "FLOORS",
    "Floor",
    "cache_directory",
    "compiled",
    "kernel_directory",
    "kernels_are_cached",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])
Floor = Literal["topology", "coverage", "probes"]
"""The floors that have kernels."""

FLOORS: tuple[Floor, ...] = get_args(Floor)

_log = logging.getLogger("ngbw.cache")


@cache
def cache_directory() -> Path | None:
    """Return the directory for layers and machine code, made if need be.

    ``NGBW_CACHE_DIR`` names it; else it is ``ngbw`` below ``XDG_CACHE_HOME`` or ``~/.cache``.
    None where it cannot be written, which is logged once as a warning: ngbw then works without.
    """
    named = os.environ.get("NGBW_CACHE_DIR")
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        path = Path(named) if named else base / "ngbw"
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (OSError, RuntimeError) as error:
        _log.warning(
            "no cache: %s; everything works, only slower. Set NGBW_CACHE_DIR to a directory "
            "that can be written",
            error,
        )
        return None
    return path


def _hash(floors: tuple[str, ...]) -> str:
    root = Path(__file__).parent.parent
    sources = hashlib.sha256()
    for floor in floors:
        for source in sorted((root / floor).rglob("*.py")):
            sources.update(source.read_bytes())
    return sources.hexdigest()[:16]


@cache
def kernel_directory(floor: Floor = "coverage") -> Path | None:
    """Return where a floor's machine code is kept; None where nothing can be kept.

    numba looks at a kernel's own file only and would go on using code into which an older version
    of a kernel from another file was compiled. So the directory carries a hash of all sources
    that the floor's kernels may be made of: its own and those of ``topology``.
    """
    path = cache_directory()
    if path is None:
        return None
    return path / "kernels" / f"{floor}-{_hash(tuple(sorted({'topology', floor})))}"


def kernels_are_cached(floor: Floor = "coverage") -> bool:
    """Tell whether machine code from an earlier run is there (else the first use compiles)."""
    path = kernel_directory(floor)
    return path is not None and any(path.rglob("*.nbc"))


def _numba_cache(floor: Floor) -> bool:
    from numba import config

    path = kernel_directory(floor)
    if path is None:
        return False
    config.CACHE_DIR = str(path)  # type: ignore[attr-defined]  # set by numba at import
    return True


if TYPE_CHECKING:

    def compiled(function: _Function) -> _Function:
        """Compile a kernel."""
        return function

else:

    def compiled(function):  # noqa: ANN001, ANN201 - numba's dispatcher has no useful type
        """Compile a kernel of plain loops over arrays; it runs without the interpreter's lock."""
        import numba

        floor = next((f for f in FLOORS if f".{f}." in function.__module__), "coverage")
        keep = _numba_cache(floor)
        return numba.njit(cache=keep, nogil=True, error_model="numpy")(function)
