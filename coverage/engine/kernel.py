"""Compile the engine's kernels without counting who holds an array.

Numba counts references to an array at every call that hands it on, with two locked additions that
each wait for the processor's caches. The kernels of this package hand the same few arrays to
dozens of small functions for every pixel; nobody lets go of one before the outermost call has
returned, and none is made inside. Without the count they are a fifth faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ...topology.compiled import compiled

__all__ = ["kernel"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

if TYPE_CHECKING:

    def kernel(function: _Function) -> _Function:
        """Compile a kernel."""
        return function

else:

    def kernel(function):  # noqa: ANN001, ANN201 - numba's dispatcher has no useful type
        """Compile a kernel that makes no array and returns none."""
        dispatcher = compiled(function)
        if hasattr(dispatcher, "targetoptions"):  # numba may be told not to compile at all
            dispatcher.targetoptions["_nrt"] = False
        return dispatcher
