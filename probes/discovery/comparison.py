"""Planned against seen: which links are there, which are not, and of which nothing can be said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from .edges import Edge, Port

__all__ = ["Comparison", "PlannedLink", "compare"]


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """A link of the project between two ports; a port without a name is not known."""

    link_id: str
    a: Port
    b: Port


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of every planned link and every edge.

    Attributes
    ----------
    confirmed
        Planned and seen, with the edge.
    one_sided
        Planned, and heard by one end alone though both can listen.
    moved
        Planned between these devices, but seen on other ports.
    missing
        Planned, not seen, though both ends listen: *planned but not seen*.
    unknown
        Planned, and nothing can be said, with the reason: an end that was not polled, or hears
        nothing at all.
    unplanned
        Seen and not planned.
    """

    confirmed: tuple[tuple[PlannedLink, Edge], ...]
    one_sided: tuple[tuple[PlannedLink, Edge], ...]
    moved: tuple[tuple[PlannedLink, Edge], ...]
    missing: tuple[PlannedLink, ...]
    unknown: tuple[tuple[PlannedLink, str], ...]
    unplanned: tuple[Edge, ...]


def _devices(a: Port, b: Port) -> tuple[str, str]:
    first, second = sorted((a.device, b.device))
    return first, second


def _same(edge: Edge, link: PlannedLink) -> bool:
    """Whether an edge runs between the very ports of a link, as far as both name them."""

    def agree(seen: Port, planned: Port) -> bool:
        return seen.device == planned.device and (
            not seen.port or not planned.port or seen.port == planned.port
        )

    return (agree(edge.a, link.a) and agree(edge.b, link.b)) or (
        agree(edge.a, link.b) and agree(edge.b, link.a)
    )


def _exactness(edge: Edge, link: PlannedLink) -> int:
    """Return how many ports an edge and a link name alike, so that the best match goes first."""
    ends = {(link.a.device, link.a.port), (link.b.device, link.b.port)}
    return sum((end.device, end.port) in ends and bool(end.port) for end in (edge.a, edge.b))


def compare(
    planned: Iterable[PlannedLink],
    edges: Sequence[Edge],
    *,
    polled: Collection[str],
    listening: Collection[str],
) -> Comparison:
    """Hold planned links against edges that were seen.

    Parameters
    ----------
    polled
        Devices that answered: of others nothing is known.
    listening
        Devices that heard anybody at all. One that hears nobody has discovery switched off, as far
        as can be told, and its links are unknown rather than missing.

    Returns
    -------
    Comparison
        Every planned link in exactly one list; every edge used at most once.
    """
    left = list(edges)
    confirmed, one_sided, moved, missing, unknown = [], [], [], [], []
    waiting: list[PlannedLink] = []
    links = list(planned)
    options = sorted(
        (
            (-_exactness(edge, link), n, k)
            for n, link in enumerate(links)
            for k, edge in enumerate(edges)
            if _devices(edge.a, edge.b) == _devices(link.a, link.b) and _same(edge, link)
        ),
    )
    of_link: dict[int, Edge] = {}
    used: set[int] = set()
    for _, n, k in options:
        if n not in of_link and k not in used:
            of_link[n] = edges[k]
            used.add(k)
    left = [edge for k, edge in enumerate(edges) if k not in used]
    for n, link in enumerate(links):
        edge = of_link.get(n)
        if edge is None:
            waiting.append(link)
        elif edge.one_sided and {edge.a.device, edge.b.device} <= set(listening):
            one_sided.append((link, edge))
        else:
            confirmed.append((link, edge))
    for link in waiting:
        other = next((e for e in left if _devices(e.a, e.b) == _devices(link.a, link.b)), None)
        deaf = [end.device for end in (link.a, link.b) if end.device not in listening]
        away = [device for device in deaf if device not in polled]
        if other is not None:
            left.remove(other)
            moved.append((link, other))
        elif away:
            unknown.append((link, f"{' and '.join(away)} did not answer"))
        elif deaf:
            words = "hears" if len(deaf) == 1 else "hear"
            unknown.append((link, f"{' and '.join(deaf)} {words} no neighbour at all"))
        else:
            missing.append(link)
    return Comparison(
        tuple(confirmed),
        tuple(one_sided),
        tuple(moved),
        tuple(missing),
        tuple(unknown),
        tuple(left),
    )
