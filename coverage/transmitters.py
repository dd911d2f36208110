"""The transmitters of a site for one service: from the tables, or what the service equips it with.

Every figure that a table does not give comes from the cell's pattern file, where it has one, or
from the service's default transmitter, and is then named in ``assumed``, so that a plan can say
what it rests on.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from pyproj import Transformer

from ..topology.errors import NgbwError
from ..topology.network import Network, Site
from .antenna.pattern import AntennaPattern, shown
from .antenna.project_patterns import ProjectPatterns
from .antenna.sectors import PATTERNS, Pattern
from .antenna.standing import Disagreement, disagreements, standings
from .field_strength import FIELD_CONSTANT_DB
from .results import Notice
from .services import Service

__all__ = ["Station", "Transmitter", "antenna_notices", "stations"]


@dataclass(frozen=True, slots=True)
class Transmitter:
    """A carrier on an antenna.

    Attributes
    ----------
    height_m
        Antenna above ground.
    eirp_dbm
        Power + gain - feeder loss, in the main direction.
    pattern
        Built-in antenna, or what a pattern file holds.
    azimuth_deg
        Main direction, clockwise from north.
    tilt_deg
        Electrical downtilt; for a pattern file what it adds to the tilt in its cuts.
    mech_tilt_deg
        Mechanical downtilt: the antenna is rotated.
    lean_deg
        Direction in which it leans; None for its main direction.
    uplink_needs_more_db
        By how much the way back needs a stronger field than the downlink, negative where it
        needs less; None for a broadcast service.
    sfn_group
        Single-frequency network it belongs to.
    calibration_db
        What measurements add to its predicted field.
    """

    height_m: float
    freq_mhz: float
    eirp_dbm: float
    pattern: Pattern | AntennaPattern
    azimuth_deg: float
    tilt_deg: float
    mech_tilt_deg: float = 0.0
    lean_deg: float | None = None
    uplink_needs_more_db: float | None = None
    sfn_group: str = ""
    calibration_db: float = 0.0

    @property
    def uplink_shortfall_db(self) -> float:
        """What a field must lose so that the downlink's requirement judges both links."""
        return max(0.0, self.uplink_needs_more_db or 0.0)

    @property
    def field_at_0_db_loss(self) -> float:
        """Field in dBuV/m that would arrive over a path without loss."""
        level_dbm = self.eirp_dbm + self.calibration_db
        return level_dbm + FIELD_CONSTANT_DB + 20.0 * math.log10(self.freq_mhz)


@dataclass(frozen=True, slots=True)
class Station:
    """A site with its transmitters for one service.

    Attributes
    ----------
    x_m, y_m
        Position in the project's CRS.
    assumed
        Figures that no table gives, each once.
    disagreements
        Where its cells and their pattern files disagree, each with the antenna's file.
    """

    site: Site
    x_m: float
    y_m: float
    transmitters: tuple[Transmitter, ...]
    assumed: tuple[str, ...]
    disagreements: tuple[tuple[str, Disagreement], ...] = ()

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


@dataclass(frozen=True, slots=True)
class _Equipment:
    """One row of the cells, or the service's default, before it is put on the mast."""

    owner: str
    antenna: str
    gain_dbi: float | None
    gain_fallback_dbi: float
    tilt_deg: float | None
    mech_tilt_deg: float | None
    azimuth_deg: float | None
    height_m: float
    freq_mhz: float
    power_dbm: float
    feeder_loss_db: float
    sfn_group: str = ""


def _mounted(
    equipment: _Equipment, service: Service, patterns: ProjectPatterns, assumed: list[str]
) -> tuple[list[Transmitter], tuple[Disagreement, ...]]:
    """Put the antennas of a cell on the mast."""
    e = equipment
    try:
        pattern = patterns.find(e.antenna)
        where = standings(
            pattern,
            azimuth_deg=e.azimuth_deg,
            tilt_deg=e.tilt_deg,
            mech_tilt_deg=e.mech_tilt_deg,
        )
    except NgbwError as error:
        raise type(error)(f"{e.owner}, antenna {shown(e.antenna)}: {error}") from None
    gain = e.gain_dbi
    if gain is None and isinstance(pattern, AntennaPattern):
        gain = pattern.gain_dbi
    if gain is None:
        assumed.append("gain_dbi")
        gain = e.gain_fallback_dbi
    if len(where) > 1:
        assumed.append("azimuth_deg")
    eirp = e.power_dbm + gain - e.feeder_loss_db
    made = [
        Transmitter(
            e.height_m,
            e.freq_mhz,
            eirp,
            pattern,
            stand.azimuth_deg,
            stand.tilt_deg,
            stand.mech_tilt_deg,
            stand.lean_deg,
            service.uplink_needs_more_db(e.power_dbm),
            e.sfn_group,
            service.calibration_db.value if service.calibration_db else 0.0,
        )
        for stand in where
    ]
    return made, disagreements(
        pattern,
        gain_dbi=e.gain_dbi,
        freq_mhz=e.freq_mhz,
        tilt_deg=e.tilt_deg,
        mech_tilt_deg=e.mech_tilt_deg,
    )


def _of_cell(
    row: Mapping[str, object], site: Site, service: Service, assumed: list[str]
) -> _Equipment:
    """Read a row of the cells, with the service's figures where it has none."""
    default = service.transmitter
    antenna = str(row["antenna"] or default.pattern)
    from_file = bool(row["antenna"]) and antenna not in PATTERNS
    if not row["antenna"]:
        assumed.append("antenna")

    def figure(column: str, fallback: float) -> float:
        value = _number(row, column)
        if value is None:
            assumed.append(column)
            return fallback
        assumed.extend(_assumed_in(str(row["assumed"]), [column]))
        return value

    def of_antenna(column: str, fallback: float | None) -> float | None:
        """Return a figure that the pattern file knows better than an assumption does."""
        value = _number(row, column)
        guessed = bool(_assumed_in(str(row["assumed"]), [column]))
        if from_file and (value is None or guessed):
            return None
        if value is None and fallback is not None:
            assumed.append(column)
        if guessed:
            assumed.append(column)
        return fallback if value is None else value

    height = _number(row, "height_m") or site.antenna_height_m
    if height is None:
        assumed.append("height_m")
        height = default.height_m.value
    own_gain = _number(row, "gain_dbi")
    mech_tilt = _number(row, "mech_tilt_deg")
    if mech_tilt is not None:
        assumed += _assumed_in(str(row["assumed"]), ["mech_tilt_deg"])
    return _Equipment(
        owner=f"cell {row['cell_id']!r}",
        antenna=antenna,
        power_dbm=figure("power_dbm", default.power_dbm.value),
        gain_dbi=of_antenna("gain_dbi", default.gain_dbi.value),
        gain_fallback_dbi=default.gain_dbi.value if own_gain is None else own_gain,
        feeder_loss_db=figure("feeder_loss_db", default.feeder_loss_db.value),
        tilt_deg=of_antenna("tilt_deg", default.tilt_deg.value),
        mech_tilt_deg=mech_tilt,
        azimuth_deg=_number(row, "azimuth_deg"),
        height_m=height,
        freq_mhz=figure("freq_mhz", service.freq_mhz.value),
        sfn_group=str(row["sfn_group"] or ""),
    )


def _by_default(site: Site, service: Service, assumed: list[str]) -> _Equipment:
    """Return what the service equips a site with that has no cell of its own."""
    default = service.transmitter
    assumed += ["power_dbm", "gain_dbi", "feeder_loss_db", "tilt_deg", "antenna"]
    height = site.antenna_height_m
    if height is None:
        assumed.append("antenna_height_m")
        height = default.height_m.value
    else:
        assumed += _assumed_in(site.assumed, ["antenna_height_m"])
    return _Equipment(
        owner=f"the transmitter of services.{service.service_id}",
        antenna=default.pattern,
        power_dbm=default.power_dbm.value,
        gain_dbi=default.gain_dbi.value,
        gain_fallback_dbi=default.gain_dbi.value,
        feeder_loss_db=default.feeder_loss_db.value,
        tilt_deg=default.tilt_deg.value,
        mech_tilt_deg=None,
        azimuth_deg=None,
        height_m=height,
        freq_mhz=service.freq_mhz.value,
    )


def stations(
    network: Network, site_ids: Iterable[str], service: Service, crs: str
) -> list[Station]:
    """Return the sites with their transmitters for the service, in the order given.

    A site without a cell of the service's technology gets the service's default transmitter.
    Pattern files are looked for in the network's directory.

    Raises
    ------
    MissingError
        A site is not in the network, or a pattern file does not exist; names the cell.
    FileError, InputError, SurroundingsError
        A pattern file is broken or does not go with the cell; names cell, file and line.
    """
    patterns = ProjectPatterns(network.directory)
    cells: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    frame = network.cells
    for row in frame[frame["technology"] == service.technology].to_dict("records"):
        cells[str(row["site_id"])].append(cast("Mapping[str, object]", row))
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    out = []
    for site_id in site_ids:
        site = network.site(site_id)
        assumed: list[str] = []
        if site_id in cells:
            equipment = [_of_cell(row, site, service, assumed) for row in cells[site_id]]
        else:
            equipment = [_by_default(site, service, assumed)]
        transmitters: list[Transmitter] = []
        odd: list[tuple[str, Disagreement]] = []
        for one in equipment:
            made, found = _mounted(one, service, patterns, assumed)
            transmitters += made
            odd += [(one.antenna, disagreement) for disagreement in found]
        x, y = to_metres.transform(site.lon, site.lat)
        out.append(
            Station(
                site,
                float(x),
                float(y),
                tuple(transmitters),
                tuple(dict.fromkeys(assumed)),
                tuple(odd),
            )
        )
    return out


def antenna_notices(where: Iterable[Station]) -> list[Notice]:
    """Return what a plan says of antennas that disagree with their cells: how many, and the file.

    The default transmitter of many sites counts at each of them.
    """
    counts: Counter[tuple[str, str]] = Counter(
        (disagreement.key, antenna)
        for station in where
        for antenna, disagreement in station.disagreements
    )
    return [Notice(key, count, antenna) for (key, antenna), count in counts.items()]
