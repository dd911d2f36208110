"""Figures of many resources at one moment, as arrays, and as observations one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..observations import Observation, Resource
from ..quality import Quality
from ..rates import QUALITIES

__all__ = ["FigureTable", "worst"]

_ORDER = (
    Quality.OK,
    Quality.WRAPPED,
    Quality.SATURATED,
    Quality.SUSPECT,
    Quality.NO_HC,
    Quality.RESET,
    Quality.GAP,
)
_RANK = np.array([_ORDER.index(quality) for quality in QUALITIES], dtype=np.uint8)
_CODE = np.array([QUALITIES.index(quality) for quality in _ORDER], dtype=np.uint8)


def worst(*codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the worst quality of what a figure is made of, element by element."""
    ranks = _RANK[codes[0]]
    for other in codes[1:]:
        ranks = np.maximum(ranks, _RANK[other])
    return _CODE[ranks]


@dataclass(frozen=True, slots=True, eq=False)
class FigureTable:
    """Figures of resources.

    Attributes
    ----------
    values
        ``[resource, figure]``; NaN where not known.
    quality
        ``[resource, figure]``: index into :data:`ngbw.probes.rates.QUALITIES`.
    at_s
        ``[resource]``: Unix time.
    """

    resources: Sequence[Resource]
    figures: tuple[str, ...]
    values: NDArray[np.float64]
    quality: NDArray[np.uint8]
    at_s: NDArray[np.float64]
    source: str = "poll"

    def observations(self, *figures: str) -> Iterator[Observation]:
        """Yield an observation for each resource and figure; only of ``figures`` when given."""
        for column, figure in enumerate(self.figures):
            if figures and figure not in figures:
                continue
            for resource, value, code, at_s in zip(
                self.resources,
                self.values[:, column].tolist(),
                self.quality[:, column].tolist(),
                self.at_s.tolist(),
                strict=True,
            ):
                yield Observation(
                    resource,
                    figure,
                    None if value != value else value,  # noqa: PLR0124  # NaN
                    QUALITIES[code],
                    at_s,
                    self.source,
                )
