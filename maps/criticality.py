"""How bad the failure of a link is, in classes that a map can show by colour and width.

Classes are shares of the residents, the same for every district, so that two maps can be held
against each other. Lightness falls from class to class and width grows, so that the order survives
colour blindness and a grey printer.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLASSES", "CriticalityClass", "class_of"]


@dataclass(frozen=True, slots=True)
class CriticalityClass:
    """A range of the share of residents who lose service, and how it is drawn.

    Attributes
    ----------
    above
        Lower edge of the share, excluded; of the first class that takes something away, included.
    upto
        Upper edge, included.
    colour
        As ``#rrggbb``.
    width_px
        Width of the line.
    """

    above: float
    upto: float
    colour: str
    width_px: float


CLASSES = (
    CriticalityClass(0.0, 0.0, "#8696a2", 2.5),
    CriticalityClass(0.0, 0.01, "#9a6008", 4.0),
    CriticalityClass(0.01, 0.05, "#8b1f15", 5.5),
    CriticalityClass(0.05, 0.15, "#470e39", 7.0),
    CriticalityClass(0.15, 1.0, "#000000", 9.0),
)
"""Classes, the harmless first: no site is lost, up to 1 %, 5 %, 15 %, and more.

Sites behind which nobody lives are in the second: between it and the first there is no lightness
left that a grey printer could tell from both, so that the legend says what is in it."""


def class_of(share: float | None, sites: int) -> int:
    """Return the number of the class of a failure in :data:`CLASSES`.

    Parameters
    ----------
    share
        Residents who lose service as a share of all, 0..1; None where nobody lives.
    sites
        Sites cut off. A failure that cuts off sites behind which nobody lives is not harmless.

    Examples
    --------
    >>> class_of(0.0, 0), class_of(0.0, 2), class_of(0.024, 1), class_of(0.2, 5), class_of(None, 1)
    (0, 1, 2, 4, 1)
    """
    if not sites:
        return 0
    for number, one in enumerate(CLASSES[1:], start=1):
        if (share or 0.0) <= one.upto:
            return number
    return len(CLASSES) - 1
