"""What a log of measurements cannot say of itself: its unit, its receiver, its headings.

=========  =====================================  ============================================
unit       the file holds                         needed beside it
=========  =====================================  ============================================
dbuv_m     field strength in dBuV/m               nothing
dbm        power at the receiver's input in dBm   frequency, antenna gain, feeder loss
rsrp_dbm   LTE reference signal received power    the same, and the bandwidth
=========  =====================================  ============================================

Everything becomes the field of the whole carrier at the antenna, in dBuV/m, with

    E = P - G + L + 77.216 + 20 log f        (P in dBm, G in dBi, f in MHz)
    P = RSRP + 10 log(12 N)                  (N resource blocks of the bandwidth; all fully sent)
"""

from __future__ import annotations

import math
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError
from ...topology.settings import nearest
from ..field_strength import FIELD_CONSTANT_DB

__all__ = [
    "COLUMNS",
    "LTE_RESOURCE_BLOCKS",
    "LogFormat",
    "MeasuredUnit",
    "field_dbuv_m",
    "find_zone",
]

MeasuredUnit = Literal["dbuv_m", "dbm", "rsrp_dbm"]

LTE_RESOURCE_BLOCKS: dict[float, int] = {1.4: 6, 3.0: 15, 5.0: 25, 10.0: 50, 15.0: 75, 20.0: 100}
"""Resource blocks by bandwidth in MHz (3GPP TS 36.101, table 5.6-1)."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "lon": ("lon", "long", "lng", "longitude", "alllongitude", "经度", "东经"),
    "lat": ("lat", "latitude", "alllatitude", "纬度", "北纬"),
    "measured": (),
    "time": ("time", "timestamp", "datetime", "utctime", "timeutc", "时间", "测量时间"),
    "site_id": ("siteid", "site", "cellsite", "enodebid", "站点编号", "站号", "基站编号"),
    "cell_id": ("cellid", "cell", "servingcell", "cellname", "小区编号", "小区号", "小区"),
    "clutter": ("clutter", "clutterclass", "landuse", "environment", "env", "地物", "地貌"),
}
"""Our columns, and the headings that are known for them (as ``plain_heading`` makes them)."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """What a log cannot say of itself.

    Attributes
    ----------
    unit
        ``dbuv_m``, ``dbm`` or ``rsrp_dbm``.
    rx_height_m
        Receiving antenna above ground; predictions are made for the same height.
    columns
        Our column to the file's heading, for those that are not known words (``measured`` never
        is). An empty heading leaves an optional column out.
    freq_mhz, antenna_gain_dbi, feeder_loss_db
        Of the receiver, for ``dbm`` and ``rsrp_dbm``.
    bandwidth_mhz
        Of the LTE carrier, for ``rsrp_dbm``.
    time_zone
        IANA name of the zone of times without one; None refuses them.
    time_format
        As of ``datetime.strptime``; ISO 8601 when None.

    Raises
    ------
    UsageError
        A figure is missing for the unit, out of range or has no meaning for it; a column or zone
        is unknown.
    """

    unit: MeasuredUnit
    rx_height_m: float
    columns: Mapping[str, str] = field(default_factory=dict)
    freq_mhz: float | None = None
    antenna_gain_dbi: float | None = None
    feeder_loss_db: float | None = None
    bandwidth_mhz: float | None = None
    time_zone: str | None = None
    time_format: str | None = None

    def __post_init__(self) -> None:
        if self.unit not in get_args(MeasuredUnit):
            raise UsageError(
                f"unit is {self.unit!r}; say one of {', '.join(get_args(MeasuredUnit))}"
            )
        for name in self.columns:
            if name not in COLUMNS:
                raise UsageError(
                    f"columns names {name!r}{nearest(name, COLUMNS)}; a measurement has "
                    f"{', '.join(COLUMNS)}"
                )
        receiver = {
            "freq_mhz": (0.1, 100_000.0),
            "antenna_gain_dbi": (-30.0, 60.0),
            "feeder_loss_db": (0.0, 60.0),
        }
        needed = {} if self.unit == "dbuv_m" else receiver
        for name, (least, most) in receiver.items():
            value = getattr(self, name)
            if name in needed and value is None:
                raise UsageError(
                    f"{name} is not given; a power in {self.unit} becomes a field only with the "
                    "frequency, the antenna's gain and the feeder's loss (0 if it is calibrated out)"
                )
            if name not in needed and value is not None:
                raise UsageError(f"{name} has no meaning for field strength; leave it out")
            if value is not None and not least <= value <= most:
                raise UsageError(f"{name} is {value:g}; {least:g} to {most:g} are allowed")
        if not 0.5 <= self.rx_height_m <= 300:
            raise UsageError(f"rx_height_m is {self.rx_height_m:g}; 0.5 to 300 m are allowed")
        if (self.unit == "rsrp_dbm") != (self.bandwidth_mhz is not None):
            raise UsageError(
                "bandwidth_mhz is needed for rsrp_dbm (one of "
                f"{', '.join(f'{b:g}' for b in LTE_RESOURCE_BLOCKS)}) and has no meaning otherwise"
            )
        if self.bandwidth_mhz is not None and self.bandwidth_mhz not in LTE_RESOURCE_BLOCKS:
            raise UsageError(
                f"bandwidth_mhz is {self.bandwidth_mhz:g}; an LTE carrier has one of "
                f"{', '.join(f'{b:g}' for b in LTE_RESOURCE_BLOCKS)}"
            )
        if self.time_zone is not None:
            find_zone(self.time_zone)


def field_dbuv_m(measured: NDArray[np.float64], log: LogFormat) -> NDArray[np.float64]:
    """Return the field of the whole carrier at the antenna.

    Examples
    --------
    >>> import numpy as np
    >>> log = LogFormat("dbm", 1.5, freq_mhz=600, antenna_gain_dbi=0, feeder_loss_db=0)
    >>> field_dbuv_m(np.array([-80.0]), log).round(2).tolist()
    [52.78]
    """
    values = np.asarray(measured, np.float64)
    if log.freq_mhz is None or log.antenna_gain_dbi is None or log.feeder_loss_db is None:
        return values
    power_dbm = values
    if log.bandwidth_mhz is not None:
        power_dbm = values + 10.0 * math.log10(12 * LTE_RESOURCE_BLOCKS[log.bandwidth_mhz])
    at_0_dbm = FIELD_CONSTANT_DB + 20.0 * math.log10(log.freq_mhz)
    return power_dbm - log.antenna_gain_dbi + log.feeder_loss_db + at_0_dbm


def find_zone(name: str) -> tzinfo:
    """Return the zone of an IANA name, or raise UsageError."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"time_zone is {name!r}, which is no IANA zone; write one such as Asia/Shanghai or UTC"
        ) from None
