"""What devices on paper say in their maker's own MIB: ONUs of an OLT, figures of a transmitter.

The objects lie below 1.3.6.1.4.1.32473, the enterprise number for examples (RFC 5612); the profiles
``example-olt`` and ``example-transmitter`` of the example project tell what they mean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ...topology.network import Device, Link
from ..snmp.values import Oid, Tag, Typed
from .drifts import Drift, share_of

__all__ = ["EXAMPLE_ENTERPRISE", "onu_rows", "transmitter_rows"]

EXAMPLE_ENTERPRISE: Oid = (1, 3, 6, 1, 4, 1, 32473)

_ONU_ENTRY: Oid = (*EXAMPLE_ENTERPRISE, 2, 1, 1)
_TRANSMITTER: Oid = (*EXAMPLE_ENTERPRISE, 4, 1)

_LAUNCH_DBM, _ONU_LAUNCH_DBM = 3.0, 2.0
"""Mean launch power of a class B+ port and of an ONU (ITU-T G.984.2, Amendment 1)."""
_FIBRE_DB_KM, _CONNECTOR_DB, _SPLICE_DB = 0.35, 0.3, 0.1
_SPLIT_DB_PER_HALVING = 3.4  # 3.01 dB and what a planar splitter loses besides

_Row = tuple[Oid, Typed, Drift | None]


def _tree_loss_db(link: Link) -> float:
    """Return what a tree loses from the port to its farthest ONU."""
    ways = [int(number) for number in re.findall(r"1:(\d+)", link.split)]
    split_db = sum(_SPLIT_DB_PER_HALVING * math.log2(number) for number in ways if number > 1)
    return (
        split_db
        + (link.length_km or 1.0) * _FIBRE_DB_KM
        + (link.connectors or 4) * _CONNECTOR_DB
        + (link.splices or 4) * _SPLICE_DB
    )


def onu_rows(link: Link, if_name: str, if_index: int) -> Iterator[_Row]:
    """Yield name and received powers of every ONU at a PON port.

    The farthest ONU has the whole loss of the tree, the others up to 2 dB less.
    """
    loss_db = _tree_loss_db(link)
    for onu in range(1, (link.homes or 0) + 1):
        nearer_db = 0.0 if onu == 1 else 2.0 * share_of(f"onu:{link.link_id}:{onu}")
        received = round(100 * (_LAUNCH_DBM - loss_db + nearer_db))
        heard = round(100 * (_ONU_LAUNCH_DBM - loss_db + nearer_db))
        index = (if_index, onu)
        name = f"{if_name} ONU {onu}".encode()
        yield (*_ONU_ENTRY, 1, *index), Typed(Tag.OCTET_STRING, name), None
        for column, value in ((2, received), (3, heard)):
            typed = Typed(Tag.INTEGER, value)
            yield (*_ONU_ENTRY, column, *index), typed, Drift(float(value), 0.0, 12.0)


def transmitter_rows(device: Device) -> Iterator[_Row]:
    """Yield forward and reflected power, frequency, MER, SFN delay and the state of the clock."""
    forward_w = 150 + 100 * share_of(f"forward:{device.device_id}")
    for number, value, sway in (
        (1, forward_w * 10, 8.0),
        (2, forward_w * 0.004 * 100, 4.0),
        (3, 698_000.0, 0.0),
        (4, 360.0, 3.0),
        (5, 2150.0, 0.0),
        (6, 1.0, 0.0),
    ):
        whole = round(value)
        drift = Drift(float(whole), 0.0, sway) if sway else None
        yield (*_TRANSMITTER, number, 0), Typed(Tag.INTEGER, whole), drift
