"""Run a loop over arrays as machine code or as it stands, whichever answers sooner.

Compiling takes seconds and even loading cached machine code takes half a second; a graph of some
thousand nodes is done before that by the same loop over Python's lists. So a loop is written once,
in the part of Python that numba understands, and compiled only for large graphs or where
:meth:`Loop.prepare` was called, as a service and a benchmark do. Both ways do the same operations
in the same order and give the same numbers to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["PLAIN_UP_TO", "Loop"]

PLAIN_UP_TO = 200_000
"""Steps up to which a loop that is not compiled yet runs as it stands: about 0.2 s."""

_Array = NDArray[Any]


class Loop:
    """A loop over flat arrays that calls nothing but numpy scalars' arithmetic.

    Parameters
    ----------
    function
        Takes its inputs, then the arrays it fills; returns a number.
    """

    all: ClassVar[list[Loop]] = []
    """Every loop there is, for a service that compiles them all when it starts."""

    def __init__(self, function: Callable[..., Any]) -> None:
        Loop.all.append(self)
        self.plain = function
        self.machine: Callable[..., Any] | None = None
        self.__doc__ = function.__doc__

    def prepare(self) -> None:
        """Compile, or load what an earlier run compiled."""
        if self.machine is None:
            from .compiled import compiled

            self.machine = compiled(self.plain)

    def __call__(self, inputs: Sequence[Any], outputs: Sequence[_Array], *, steps: int) -> Any:
        """Run the loop; ``steps`` is about how often its body runs."""
        if self.machine is None and steps > PLAIN_UP_TO:
            self.prepare()
        if self.machine is not None:
            return self.machine(*inputs, *outputs)
        given = [item.tolist() if isinstance(item, np.ndarray) else item for item in inputs]
        filled = [array.tolist() for array in outputs]
        result = self.plain(*given, *filled)
        for array, values in zip(outputs, filled, strict=True):
            array[:] = np.array(values, array.dtype)
        return result
