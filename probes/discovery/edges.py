"""Edges between devices, each with who heard whom, by which protocol, and when.

LLDP and CDP are heard, never asked for: each end of a cable says what it hears. An edge that both
ends hear is as good as seen; one that a single end hears is one-sided, which has its own causes
(a receiver that is off, a fibre broken in one direction, a switch between). Evidence that is not
repeated grows old and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Edge", "EdgeBook", "Evidence", "Port"]


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """An end of an edge: a device by its name in the project or the network, and a port of it.

    ``port`` is empty where only the device is known.
    """

    device: str
    port: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """That one end heard the other.

    Attributes
    ----------
    listener, heard
        Who heard whom.
    protocol
        ``lldp``, ``lldp2`` or ``cdp``.
    first_s, last_s
        Unix time of the first and of the latest time it was heard.
    """

    listener: Port
    heard: Port
    protocol: str
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True)
class Edge:
    """Two ends, in alphabetical order, and all evidence for them."""

    a: Port
    b: Port
    evidence: tuple[Evidence, ...]

    @property
    def listeners(self) -> tuple[str, ...]:
        """Return the devices that heard the other end, sorted."""
        return tuple(sorted({one.listener.device for one in self.evidence}))

    @property
    def one_sided(self) -> bool:
        """Whether only one of the two ends hears the other."""
        return len(self.listeners) == 1

    def age_s(self, now_s: float) -> float:
        """Return how long ago it was last heard."""
        return now_s - max(one.last_s for one in self.evidence)


@dataclass(slots=True)
class EdgeBook:
    """All edges that are known, kept current with what each poll hears.

    Attributes
    ----------
    keep_s
        Evidence that is older is dropped.
    """

    keep_s: float = 7 * 86_400.0
    _known: dict[tuple[Port, Port, str], Evidence] = field(default_factory=dict)

    def hear(self, listener: Port, heard: Port, protocol: str, now_s: float) -> None:
        """Note that one end heard the other.

        A listener that hears itself is a loop in a cable or a reflection, and no edge.
        """
        if listener.device == heard.device:
            return
        key = (listener, heard, protocol)
        known = self._known.get(key)
        first_s = now_s if known is None else known.first_s
        latest_s = now_s if known is None else max(known.last_s, now_s)
        self._known[key] = Evidence(listener, heard, protocol, first_s, latest_s)

    def forget(self, now_s: float) -> int:
        """Drop evidence that has grown old, and return how much."""
        old = [key for key, one in self._known.items() if now_s - one.last_s > self.keep_s]
        for key in old:
            del self._known[key]
        return len(old)

    def rename(self, names: Mapping[str, str]) -> None:
        """Give devices the names they turned out to have, such as a chassis that was polled."""
        old, self._known = self._known, {}
        for (listener, heard, protocol), one in old.items():
            fresh = (
                Port(names.get(listener.device, listener.device), listener.port),
                Port(names.get(heard.device, heard.device), heard.port),
                protocol,
            )
            if fresh[0].device == fresh[1].device:
                continue
            other = self._known.get(fresh)
            first_s = one.first_s if other is None else min(one.first_s, other.first_s)
            last_s = one.last_s if other is None else max(one.last_s, other.last_s)
            self._known[fresh] = Evidence(fresh[0], fresh[1], protocol, first_s, last_s)

    def evidence(self) -> tuple[Evidence, ...]:
        """Return all evidence, in order."""
        return tuple(self._known[key] for key in sorted(self._known))

    @staticmethod
    def of(evidence: Iterable[Evidence], *, keep_s: float = 7 * 86_400.0) -> EdgeBook:
        """Take up evidence that was kept."""
        book = EdgeBook(keep_s)
        for one in evidence:
            book._known[(one.listener, one.heard, one.protocol)] = one
        return book

    def edges(self) -> tuple[Edge, ...]:
        """Return the edges, each once.

        What the two ends say of one cable is put together: a side that names only the other
        device (as CDP proxies and old LLDP do) joins the one edge between the two that it fits.
        """
        pairs: dict[tuple[Port, Port], list[Evidence]] = {}
        vague: list[Evidence] = []
        for one in self.evidence():
            if one.listener.port and one.heard.port:
                a, b = sorted((one.listener, one.heard))
                pairs.setdefault((a, b), []).append(one)
            else:
                vague.append(one)
        for one in vague:
            a, b = sorted((one.listener, one.heard))
            fits = [key for key in pairs if _fits(key[0], a) and _fits(key[1], b)]
            # Ends of equal names may stand the other way round; sorted names make that impossible.
            key = fits[0] if len(fits) == 1 else (a, b)
            pairs.setdefault(key, []).append(one)
        return tuple(Edge(a, b, tuple(found)) for (a, b), found in sorted(pairs.items()))


def _fits(known: Port, said: Port) -> bool:
    return known.device == said.device and said.port in ("", known.port)
