"""The transmitters of a site for one service: from the tables, or what the service equips it with.

Every figure that a table does not give comes from the service's default transmitter and is named
in ``assumed``, so that a plan can say what it rests on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from pyproj import Transformer

from ..topology.network import Network, Site
from .antenna.sectors import SECTOR_AZIMUTHS_DEG, Pattern
from .field_strength import FIELD_CONSTANT_DB
from .services import Service

__all__ = ["Station", "Transmitter", "stations"]


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A carrier on an antenna.

    Attributes
    ----------
    height_m
        Antenna above ground.
    eirp_dbm
        Power + gain - feeder loss, in the main direction.
    uplink_needs_more_db
        By how much the way back needs a stronger field than the downlink, negative where it
        needs less; None for a broadcast service.
    sfn_group
        Single-frequency network it belongs to.
    """

    height_m: float
    freq_mhz: float
    eirp_dbm: float
    pattern: Pattern
    azimuth_deg: float
    tilt_deg: float
    uplink_needs_more_db: float | None = None
    sfn_group: str = ""

    @property
    def uplink_shortfall_db(self) -> float:
        """What a field must lose so that the downlink's requirement judges both links."""
        return max(0.0, self.uplink_needs_more_db or 0.0)

    @property
    def field_at_0_db_loss(self) -> float:
        """Field in dBuV/m that would arrive over a path without loss."""
        return self.eirp_dbm + FIELD_CONSTANT_DB + 20.0 * math.log10(self.freq_mhz)


@dataclass(frozen=True, slots=True)
class Station:
    """A site with its transmitters for one service.

    Attributes
    ----------
    x_m, y_m
        Position in the project's CRS.
    assumed
        Figures that no table gives, each once.
    """

    site: Site
    x_m: float
    y_m: float
    transmitters: tuple[Transmitter, ...]
    assumed: tuple[str, ...]

    @property
    def height_m(self) -> float:
        """Height of the highest antenna."""
        return max(transmitter.height_m for transmitter in self.transmitters)


def _number(row: Mapping[str, object], column: str) -> float | None:
    value = row[column]
    return None if not isinstance(value, float) or math.isnan(value) else value


def _assumed_in(text: str, columns: Iterable[str]) -> list[str]:
    marked = set(text.split())
    return list(columns) if "*" in marked else [name for name in columns if name in marked]


def _from_cells(
    rows: list[Mapping[str, object]], site: Site, service: Service
) -> tuple[list[Transmitter], list[str]]:
    default, assumed, out = service.transmitter, [], []

    def figure(row: Mapping[str, object], column: str, fallback: float) -> float:
        value = _number(row, column)
        if value is None:
            assumed.append(column)
            return fallback
        assumed.extend(_assumed_in(str(row["assumed"]), [column]))
        return value

    for row in rows:
        pattern = cast("Pattern", row["antenna"] or default.pattern)
        if not row["antenna"]:
            assumed.append("antenna")
        power = figure(row, "power_dbm", default.power_dbm.value)
        gain = figure(row, "gain_dbi", default.gain_dbi.value)
        feeder = figure(row, "feeder_loss_db", default.feeder_loss_db.value)
        tilt = figure(row, "tilt_deg", default.tilt_deg.value)
        frequency = figure(row, "freq_mhz", service.freq_mhz.value)
        height = _number(row, "height_m") or site.antenna_height_m
        if height is None:
            assumed.append("height_m")
            height = default.height_m.value
        azimuth = _number(row, "azimuth_deg")
        if azimuth is not None:
            azimuths: tuple[float, ...] = (azimuth,)
        else:
            azimuths = SECTOR_AZIMUTHS_DEG[pattern]
            if pattern != "omni":
                assumed.append("azimuth_deg")
        needs_more = service.uplink_needs_more_db(power)
        group = str(row["sfn_group"] or "")
        out += [
            Transmitter(
                height, frequency, power + gain - feeder, pattern, azimuth, tilt, needs_more, group
            )
            for azimuth in azimuths
        ]
    return out, assumed


def _by_default(site: Site, service: Service) -> tuple[list[Transmitter], list[str]]:
    default = service.transmitter
    assumed = ["power_dbm", "gain_dbi", "feeder_loss_db", "tilt_deg", "antenna"]
    height = site.antenna_height_m
    if height is None:
        assumed.append("antenna_height_m")
        height = default.height_m.value
    else:
        assumed += _assumed_in(site.assumed, ["antenna_height_m"])
    if default.pattern != "omni":
        assumed.append("azimuth_deg")
    power = default.power_dbm.value
    eirp = power + default.gain_dbi.value - default.feeder_loss_db.value
    return [
        Transmitter(
            height,
            service.freq_mhz.value,
            eirp,
            default.pattern,
            azimuth,
            default.tilt_deg.value,
            service.uplink_needs_more_db(power),
        )
        for azimuth in SECTOR_AZIMUTHS_DEG[default.pattern]
    ], assumed


def stations(
    network: Network, site_ids: Iterable[str], service: Service, crs: str
) -> list[Station]:
    """Return the sites with their transmitters for the service, in the order given.

    A site without a cell of the service's technology gets the service's default transmitter.

    Raises
    ------
    MissingError
        A site is not in the network.
    """
    cells: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    frame = network.cells
    for row in frame[frame["technology"] == service.technology].to_dict("records"):
        cells[str(row["site_id"])].append(cast("Mapping[str, object]", row))
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    out = []
    for site_id in site_ids:
        site = network.site(site_id)
        if site_id in cells:
            transmitters, assumed = _from_cells(cells[site_id], site, service)
        else:
            transmitters, assumed = _by_default(site, service)
        x, y = to_metres.transform(site.lon, site.lat)
        out.append(
            Station(site, float(x), float(y), tuple(transmitters), tuple(dict.fromkeys(assumed)))
        )
    return out
