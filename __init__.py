"""Plan, simulate, watch and show the broadcast-wireless and broadband network of a district.

>>> import ngbw
>>> project = ngbw.open("my-district")  # doctest: +SKIP
>>> project.plan(sites=40).coverage.headline.share  # doctest: +SKIP
0.93
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["__version__", "open"]

if TYPE_CHECKING:
    from pathlib import Path

    from .api.library import District


def open(directory: str | Path) -> District:
    """Open a project directory.

    Raises
    ------
    ngbw.topology.errors.MissingError
        The directory is not a project.
    """
    from .api.library import District  # imported late: `import ngbw` stays instant

    return District.open(directory)
