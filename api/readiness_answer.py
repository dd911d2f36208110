"""Readiness of a project, put together: its tables, its book of evidence, its targets, a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..topology.errors import InputError, MissingError
from ..topology.targets import read_targets
from .store_place import project_store, store_place

if TYPE_CHECKING:
    from ..ipv6.evidence_book import EvidenceBook
    from ..ipv6.readiness import Readiness
    from ..topology.network import Network
    from ..topology.project import Project

__all__ = ["exits_of", "moment_of", "opened_book", "readiness_of"]


def moment_of(at: date | None, timezone: str, *, now_s: float) -> float:
    """Return the moment that a day is judged at: its end, or now where it has not ended."""
    if at is None:
        return now_s
    if at >= datetime.fromtimestamp(now_s, ZoneInfo(timezone)).date():
        return now_s  # no day follows the last one that a calendar holds
    end = datetime.combine(at + timedelta(days=1), time.min, ZoneInfo(timezone))
    return min(now_s, end.astimezone(UTC).timestamp() - 0.001)


@contextmanager
def opened_book(project: Project, *, make: bool = False) -> Iterator[EvidenceBook]:
    """Yield the book of evidence of a project; an empty one where there is no store yet."""
    from ..ipv6.evidence_book import EvidenceBook

    place = store_place(project.directory)
    if not make and isinstance(place, Path) and not (place / "events.sqlite").is_file():
        yield EvidenceBook(None)
        return
    store = project_store(project, make=make)
    try:
        yield EvidenceBook(store)
    finally:
        store.close()


def exits_of(project: Project, network: Network) -> tuple[str, ...]:
    """Return the sites behind which everything outside lies.

    The outer ends of links that cross the district's border; where none does, the roots of
    service; none where nothing says.
    """
    from ..topology.capacity.egress import egress_of
    from ..topology.service_roots import service_roots

    links = set(egress_of(network).links)
    rows = network.links[network.links["link_id"].isin(links)]
    if len(rows):
        areas = network.areas
        district = areas.loc[areas["kind"] == "district", "geometry"]
        import shapely

        inside = shapely.union_all(district.to_numpy())
        ends = dict.fromkeys([*rows["a_site"], *rows["b_site"]])
        return tuple(
            site for site in ends
            if not inside.covers(shapely.Point(network.site(site).lon, network.site(site).lat))
        )  # fmt: skip
    try:
        return service_roots(network.sites, project.settings.network_roots).ids
    except (InputError, MissingError):
        return ()


def readiness_of(
    project: Project,
    book: EvidenceBook,
    *,
    at: date | None = None,
    now_s: float,
    network: Network | None = None,
) -> Readiness:
    """Return what is known of a project's readiness on a day.

    Parameters
    ----------
    at
        The day; now when None.
    network
        The project's own when None; another where something has failed.
    """
    from ..ipv6.readiness import readiness

    network = project.network() if network is None else network
    timezone = project.settings.timezone
    targets = read_targets(project.table("targets"), file=project.path_of("targets").name)
    return readiness(
        network,
        book,
        targets,
        at_s=moment_of(at, timezone, now_s=now_s),
        timezone=timezone,
        exits=exits_of(project, network),
    )
