"""The ground and what stands on it, on the pixels of a grid: what every radio path runs over.

Two layers are kept apart because the propagation models treat them apart: the bare ground, and
the height of buildings or other clutter above it. Where they come from (a terrain model, surveyed
footprints, land cover, a generated city) is the business of other modules; this one only promises
that both layers are complete, and that a surface says what it rests on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..topology.errors import InputError
from .grid import Grid

__all__ = ["CLUTTER_MAX_M", "GROUND_MAX_M", "GROUND_MIN_M", "Surface"]

GROUND_MIN_M = -500.0
"""Below the Dead Sea's shore there is no ground to plan on; lower values are nodata marks."""

GROUND_MAX_M = 9000.0
"""Above Mount Everest; higher values are not metres."""

CLUTTER_MAX_M = 1000.0
"""Taller than any building; higher values are not metres above ground."""


def _checked_layer(
    name: str, layer: NDArray[np.float32], grid: Grid, lowest_m: float, highest_m: float
) -> NDArray[np.float32]:
    """Return a read-only float32 copy of a layer that is complete and within its range."""
    given = np.asarray(layer)
    if given.shape != grid.shape:
        raise InputError(
            f"surface: {name} has the shape {given.shape}, the grid has {grid.shape} "
            "(rows, columns); resample it to the grid first"
        )
    if given.dtype.kind not in "fiu":
        raise InputError(f"surface: {name} holds {given.dtype}, not numbers; give metres")
    # The range is checked before the narrowing, which would turn 1e300 into infinity. NaN fails
    # both comparisons.
    bad = ~((given >= lowest_m) & (given <= highest_m))
    if bad.any():
        row, column = (int(index) for index in np.unravel_index(int(bad.argmax()), bad.shape))
        raise InputError(
            f"surface: {name} is {given[row, column]} in row {row}, column {column} and is wrong "
            f"in {int(np.count_nonzero(bad))} of {given.size} pixels; it must be metres from "
            f"{lowest_m:g} to {highest_m:g} everywhere: fill gaps before building the surface"
        )
    # + 0.0 turns -0.0 into 0.0, so that equal heights are equal bytes.
    checked = np.array(given, dtype=np.float32, order="C", copy=True) + np.float32(0.0)
    checked.setflags(write=False)
    return checked


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Ground and clutter heights on a grid, and what they rest on.

    The layers are copied and read-only, so that a digest stays true. Two surfaces are equal when
    their digests are.

    Attributes
    ----------
    grid
        The pixels of all layers; row 0 is the northern edge.
    ground_m
        Height of the bare ground above sea level, float32.
    clutter_m
        Height of buildings or other clutter above the ground, float32; 0 is open.
    source
        Where both come from, in words for a legend.
    assumed
        What was assumed rather than read, one sentence each; empty when nothing was.
    building
        Pixels whose clutter is a building, so that people in it are indoors; None means every
        pixel with clutter. Trees are clutter in which nobody lives.
    """

    grid: Grid
    ground_m: NDArray[np.float32]
    clutter_m: NDArray[np.float32]
    source: str
    assumed: tuple[str, ...] = ()
    building: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        ground_m = _checked_layer("ground_m", self.ground_m, self.grid, GROUND_MIN_M, GROUND_MAX_M)
        clutter_m = _checked_layer("clutter_m", self.clutter_m, self.grid, 0.0, CLUTTER_MAX_M)
        building = clutter_m > 0 if self.building is None else np.array(self.building, copy=True)
        if building.shape != self.grid.shape or building.dtype != np.bool_:
            raise InputError(
                f"surface: building is {building.dtype} of the shape {building.shape}; it must be "
                f"true or false for each of {self.grid.shape} (rows, columns)"
            )
        if (building & (clutter_m == 0)).any():
            raise InputError(
                "surface: building marks pixels whose clutter_m is 0; a building has a height"
            )
        building.setflags(write=False)
        object.__setattr__(self, "ground_m", ground_m)
        object.__setattr__(self, "clutter_m", clutter_m)
        object.__setattr__(self, "building", building)
        object.__setattr__(self, "assumed", tuple(self.assumed))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Surface):
            return NotImplemented
        return self.digest() == other.digest()

    def __hash__(self) -> int:
        return hash(self.digest())

    @property
    def built_up(self) -> NDArray[np.bool_]:
        """Pixels in which people are indoors."""
        assert self.building is not None  # noqa: S101  (set when the surface was made)
        return self.building

    @property
    def built_share(self) -> float:
        """Share of the pixels on which a building stands, 0..1."""
        return float(np.count_nonzero(self.built_up)) / self.clutter_m.size

    def top_m(self) -> NDArray[np.float32]:
        """Return the height of the upper edge above sea level: ground plus clutter."""
        top: NDArray[np.float32] = self.ground_m + self.clutter_m
        return top

    def digest(self) -> str:
        """Return the SHA-256 of the content: equal surfaces give equal path losses.

        Words (``source``, ``assumed``) count as well, because results quote them.
        """
        grid = self.grid
        content = hashlib.sha256(b"ngbw surface 1\0")
        corner = (float(grid.left_m), float(grid.top_m), float(grid.step_m))
        # Length first, so that no two lists of words run together to the same bytes.
        for word in (grid.crs, repr((corner, grid.shape)), self.source, *self.assumed):
            raw = word.encode("utf-8")
            content.update(len(raw).to_bytes(8, "little"))
            content.update(raw)
        content.update(b"\0layers\0")
        for layer in (self.ground_m, self.clutter_m):
            content.update(layer.astype("<f4", copy=False).tobytes())
        content.update(np.packbits(self.built_up).tobytes())
        return content.hexdigest()
