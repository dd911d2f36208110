"""DOCSIS channels (DOCS-IF-MIB RFC 4546, DOCS-IF3-MIB) and EPON ports (RFC 4837).

Levels are tenths of dBmV and dB in the MIBs. A modem's downstream level is what it receives; a
CMTS states what it sends in the same object, so that who speaks decides the figure.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..mibs import object_named, oid_of
from ..snmp.values import MibView, Oid
from .column_cache import ColumnCache
from .figures import absent_reason
from .limits import ordered_limits
from .plain_values import counter, text, whole, word
from .records import Counter, Sensor

__all__ = ["CableChannel", "read_cable_channels", "read_cable_sensors", "read_epon_sensors"]


@dataclass(frozen=True, slots=True)
class CableChannel:
    """A DOCSIS channel with its codewords, from which error ratios follow."""

    if_index: int
    direction: str  # downstream, upstream
    channel_id: int | None = None
    frequency_mhz: float | None = None
    width_mhz: float | None = None
    modulation: str | None = None
    snr_db: float | None = None
    unerrored: Counter | None = None
    corrected: Counter | None = None
    uncorrectable: Counter | None = None


def _mhz(hertz: int | None) -> float | None:
    return hertz / 1e6 if hertz is not None and hertz > 0 else None


def read_cable_channels(view: MibView) -> tuple[CableChannel, ...]:
    """Read every channel that the device sends or receives."""
    view = ColumnCache(view)
    found = []
    noise = view.column(oid_of("docsIfSigQSignalNoise"))

    def codewords(name: str, index: Oid) -> Counter | None:
        wide = counter(view.column(oid_of("docsIfSigQExt" + name)).get(index), 64)
        return wide or counter(view.column(oid_of("docsIfSigQ" + name)).get(index), 32)

    for direction, prefix, kind in (
        ("downstream", "docsIfDownChannel", "Modulation"),
        ("upstream", "docsIfUpChannel", "Type"),
    ):
        ids = view.column(oid_of(prefix + "Id"))
        frequencies = view.column(oid_of(prefix + "Frequency"))
        widths = view.column(oid_of(prefix + "Width"))
        kinds = view.column(oid_of(prefix + kind))
        for index in dict.fromkeys(i for i in (*ids, *frequencies) if len(i) == 1):
            tenths = whole(noise.get(index))
            found.append(
                CableChannel(
                    if_index=index[0],
                    direction=direction,
                    channel_id=whole(ids.get(index)),
                    frequency_mhz=_mhz(whole(frequencies.get(index))),
                    width_mhz=_mhz(whole(widths.get(index))),
                    modulation=word(kinds.get(index), object_named(prefix + kind).words),
                    snr_db=tenths / 10 if tenths else None,
                    unerrored=codewords("Unerroreds", index),
                    corrected=codewords("Correcteds", index),
                    uncorrectable=codewords("Uncorrectables", index),
                )
            )
    return tuple(found)


def _levels(
    view: MibView, object_name: str, figure: str, what: str, *, zero_is_none: bool = False
) -> list[Sensor]:
    """Return a column of tenths as sensors of interfaces."""
    base = oid_of(object_name)
    names = view.column(oid_of("ifName"))
    descriptions = view.column(oid_of("ifDescr"))
    found = []
    for index, typed in view.column(base).items():
        tenths = whole(typed)
        if tenths is None or not index:
            continue
        row = index[:1]
        part = text(descriptions.get(row)) or text(names.get(row)) or f"ifIndex {row[0]}"
        absent = absent_reason(figure, tenths / 10)
        if zero_is_none and tenths == 0:
            absent = "no signal"
        found.append(
            Sensor(
                name=".".join((figure, *map(str, index))),
                figure=figure,
                part=part,
                value=None if absent else tenths / 10,
                label=f"{part} {what}",
                oid=(*base, *index),
                raw=float(tenths),
                absent=absent,
                if_index=row[0],
                source=object_named(object_name).module,
            )
        )
    return found


def read_cable_sensors(view: MibView) -> tuple[Sensor, ...]:
    """Read levels and signal to noise ratios of DOCSIS channels.

    An SNR of 0 is an upstream on which nobody talks, not a measurement.
    """
    modem = bool(view.column(oid_of("docsIfCmStatusValue")))
    return (
        *_levels(
            view,
            "docsIfDownChannelPower",
            "rx_level_dbmv" if modem else "tx_level_dbmv",
            "level received" if modem else "level sent",
            zero_is_none=not modem,
        ),
        *_levels(view, "docsIfSigQSignalNoise", "snr_db", "SNR", zero_is_none=True),
        *_levels(view, "docsIf3SignalQualityExtRxMER", "mer_db", "MER", zero_is_none=True),
        *_levels(view, "docsIfCmStatusTxPower", "tx_level_dbmv", "level sent", zero_is_none=True),
        *_levels(view, "docsIf3CmStatusUsTxPower", "tx_level_dbmv", "level sent"),
    )


def read_epon_sensors(view: MibView) -> tuple[Sensor, ...]:
    """Read optical power of EPON interfaces with the limits the device holds for them."""
    found = []
    names = view.column(oid_of("ifName"))
    for side, figure in (("Input", "rx_power_dbm"), ("Output", "tx_power_dbm")):
        base = oid_of(f"dot3ExtPkgOptIf{side}Power")
        low = view.column(oid_of(f"dot3ExtPkgOptIfLower{side}PowerThreshold"))
        high = view.column(oid_of(f"dot3ExtPkgOptIfUpper{side}PowerThreshold"))
        for index, typed in view.column(base).items():
            tenths = whole(typed)
            if tenths is None or len(index) != 1:
                continue
            absent = "no light" if tenths == 0 else absent_reason(figure, tenths / 10)
            least, most = whole(low.get(index)), whole(high.get(index))
            part = text(names.get(index)) or f"ifIndex {index[0]}"
            found.append(
                Sensor(
                    name=f"{figure}.{index[0]}",
                    figure=figure,
                    part=part,
                    value=None if absent else tenths / 10,
                    label=f"{part} {side.lower()} power",
                    oid=(*base, index[0]),
                    raw=float(tenths),
                    absent=absent,
                    thresholds=ordered_limits(
                        None if least is None else least / 10,
                        None,
                        None,
                        None if most is None else most / 10,
                    ),
                    if_index=index[0],
                    source="DOT3-EPON-MIB",
                )
            )
    return tuple(found)
