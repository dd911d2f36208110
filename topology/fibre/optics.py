"""The optical budget of a drop: both directions, both ends, and the change that would fix it.

The design loss takes every part at its largest; it must leave a reserve below the class's largest
loss, or a receiver is too weak. The least loss takes every part at its smallest; it must not send
more into a receiver than overloads it. Upstream is the harder direction, as fibre loses more at
1310 and 1270 nm; both are computed all the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import InputError
from ..nearest_word import nearest
from .pon_classes import FIBRE_DB_PER_KM, PON_CLASSES, PonClass

__all__ = [
    "CONNECTOR_DB", "SPLICE_DB", "SPLITTER_DB", "Budget", "Direction", "Drop", "Fix", "budget",
    "parse_split", "pon_class", "reserve_db", "split_text",
]  # fmt: skip

SPLITTER_DB: dict[int, tuple[float, float]] = {
    1: (0.0, 0.0),
    2: (3.3, 4.3),
    4: (6.5, 7.4),
    8: (10.2, 10.7),
    16: (13.5, 13.9),
    32: (16.5, 17.2),
    64: (19.5, 21.5),
    128: (22.5, 25.5),
}
"""Least and largest loss of an even splitter by its ways: the least of JJSATS' range, the largest
of makers' PLC data sheets. 1 is no splitter."""

CONNECTOR_DB = (0.1, 0.5)
"""A mated pair: well made, and the usual design value (0.25 is typical)."""

SPLICE_DB = (0.02, 0.1)
"""A fusion splice: well made, and the usual design value."""

_FIBRE_LEAST = 0.9
"""Good cable loses so much of the design attenuation."""

_MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class Drop:
    """The passive way from an OLT to an ONU.

    Attributes
    ----------
    pon
        Class of the optics.
    length_km
        Fibre from end to end.
    split
        Ways of each splitter in a row, from the OLT on; empty for none.
    connectors, splices
        Number of mated pairs and of splices.
    attenuator_db
        A fixed attenuator, as against overload.
    """

    pon: PonClass
    length_km: float
    split: tuple[int, ...] = (32,)
    connectors: int = 4
    splices: int = 0
    attenuator_db: float = 0.0

    def __post_init__(self) -> None:
        for ways in self.split:
            if ways not in SPLITTER_DB:
                raise InputError(
                    f"a splitter 1:{ways} is not known; use 1:"
                    f"{', 1:'.join(str(each) for each in SPLITTER_DB if each > 1)}, or several in "
                    "a row"
                )
        if not (math.isfinite(self.length_km) and 0 <= self.length_km <= 200):
            raise InputError(f"a drop of {self.length_km} km; give 0 to 200 km of fibre")
        for name in ("connectors", "splices"):
            if not 0 <= getattr(self, name) <= _MOST_PARTS:
                raise InputError(
                    f"a drop with {getattr(self, name)} {name}; give 0 to {_MOST_PARTS}"
                )
        if not (math.isfinite(self.attenuator_db) and 0 <= self.attenuator_db <= 60):
            raise InputError(f"an attenuator of {self.attenuator_db} dB; give 0 to 60 dB")

    @property
    def ways(self) -> int:
        """How many ONUs share the OLT's port at most."""
        return math.prod(self.split)

    def loss_db(self, wavelength_nm: int, *, least: bool = False) -> float:
        """Return the design loss, or the least that the parts can lose."""
        return sum(self.losses_db(wavelength_nm, least=least).values())

    def losses_db(self, wavelength_nm: int, *, least: bool = False) -> dict[str, float]:
        """Return what each sort of part loses; their sum is :meth:`loss_db`.

        Returns
        -------
        dict
            ``splitters``, ``fibre``, ``connectors``, ``splices`` and ``attenuator``, in dB.

        Examples
        --------
        >>> drop = Drop(pon_class("gpon-b+"), 10.0, (32,), connectors=4, splices=5)
        >>> {part: round(loss, 2) for part, loss in drop.losses_db(1490).items()}
        {'splitters': 17.2, 'fibre': 2.4, 'connectors': 2.0, 'splices': 0.5, 'attenuator': 0.0}
        """
        part = 0 if least else 1
        fibre = FIBRE_DB_PER_KM[wavelength_nm] * (_FIBRE_LEAST if least else 1.0)
        return {
            "splitters": sum((SPLITTER_DB[ways][part] for ways in self.split), 0.0),
            "fibre": self.length_km * fibre,
            "connectors": self.connectors * CONNECTOR_DB[part],
            "splices": self.splices * SPLICE_DB[part],
            "attenuator": self.attenuator_db,
        }


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a drop, at its receiver.

    Attributes
    ----------
    loss_db, least_loss_db
        Design loss, and the least loss.
    weakest_dbm, strongest_dbm
        What can arrive.
    margin_db
        Between the design loss and the class's largest loss.
    overload_margin_db
        Between the strongest signal and overload; below 0 it is too strong.
    """

    name: Literal["down", "up"]
    receiver: Literal["ONU", "OLT"]
    wavelength_nm: int
    loss_db: float
    least_loss_db: float
    weakest_dbm: float
    strongest_dbm: float
    margin_db: float
    overload_margin_db: float


@dataclass(frozen=True, slots=True)
class Fix:
    """One change that alone would make a drop good."""

    kind: Literal["class", "split", "length", "attenuator"]
    words: str


@dataclass(frozen=True, slots=True)
class Budget:
    """What a drop's budget says.

    Attributes
    ----------
    reserve_db
        Margin that must be left for ageing and repair.
    fixes
        Changes each of which would do; empty where the drop is good, or nothing single helps.
    """

    drop: Drop
    directions: tuple[Direction, Direction]
    reserve_db: float
    fixes: tuple[Fix, ...]

    @property
    def margin_db(self) -> float:
        """The smaller margin of the two directions."""
        return min(each.margin_db for each in self.directions)

    @property
    def overload_margin_db(self) -> float:
        """The smaller distance to overload of the two receivers."""
        return min(each.overload_margin_db for each in self.directions)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, one sentence each; empty where the drop is good."""
        said = []
        for each in self.directions:
            if each.margin_db < self.reserve_db - _SMALL_DB:
                said.append(
                    f"{each.receiver} too weak: {each.loss_db:.1f} dB at {each.wavelength_nm} nm "
                    f"leave {each.margin_db:.1f} dB, {self.reserve_db:g} dB are to be kept"
                )
            if each.overload_margin_db < -_SMALL_DB:
                said.append(
                    f"{each.receiver} overloaded: up to {each.strongest_dbm:.1f} dBm arrive, "
                    f"{-each.overload_margin_db:.1f} dB too much"
                )
        return tuple(said)

    @property
    def ok(self) -> bool:
        """Whether both receivers get enough and not too much."""
        return not self.faults


_SMALL_DB = 1e-9
_ATTENUATOR_STEP_DB = 1.0
_LENGTH_STEP_KM = 0.1


def reserve_db(length_km: float) -> float:
    """Return the margin to keep for ageing and repair: 1 dB to 5 km, 2 to 10 km, 3 beyond.

    As makers' planning guides advise; the standards leave it to the operator.
    """
    if length_km <= 5:
        return 1.0
    return 2.0 if length_km <= 10 else 3.0


def _direction(drop: Drop, name: Literal["down", "up"]) -> Direction:
    pon = drop.pon
    down = name == "down"
    sender, receiver = (pon.olt, pon.onu) if down else (pon.onu, pon.olt)
    wavelength = pon.down_nm if down else pon.up_nm
    loss, least = drop.loss_db(wavelength), drop.loss_db(wavelength, least=True)
    strongest = sender.most_dbm - least
    return Direction(
        name,
        "ONU" if down else "OLT",
        wavelength,
        loss,
        least,
        sender.least_dbm - loss,
        strongest,
        pon.max_loss_db - loss,
        receiver.overload_dbm - strongest,
    )


def _judged(drop: Drop, reserve: float | None) -> Budget:
    kept = reserve_db(drop.length_km) if reserve is None else reserve
    return Budget(drop, (_direction(drop, "down"), _direction(drop, "up")), kept, ())


def split_text(split: Sequence[int]) -> str:
    """Return splitters as people write them: ``1:4 1:8``; ``none`` without one."""
    return " ".join(f"1:{ways}" for ways in split) or "none"


def _fixes(drop: Drop, reserve: float | None) -> tuple[Fix, ...]:
    """Return single changes after which the drop is good."""
    found = []
    others = [each for each in PON_CLASSES.values() if each.system == drop.pon.system]
    for each in others:
        if each is not drop.pon and _judged(replace(drop, pon=each), reserve).ok:
            margin = _judged(replace(drop, pon=each), reserve).margin_db
            found.append(Fix("class", f"class {each.name} (margin {margin:.1f} dB)"))
            break
    for ways in sorted(SPLITTER_DB, reverse=True):
        if drop.split and ways < drop.split[-1]:
            smaller = (*drop.split[:-1], *((ways,) if ways > 1 else ()))
            if _judged(replace(drop, split=smaller), reserve).ok:
                words = f"split {split_text(smaller)} instead of {split_text(drop.split)}"
                found.append(Fix("split", words))
                break
    steps = int(drop.length_km / _LENGTH_STEP_KM)
    shorter = (step * _LENGTH_STEP_KM for step in range(steps, -1, -1))
    good = next((km for km in shorter if _judged(replace(drop, length_km=km), reserve).ok), None)
    if good is not None and good < drop.length_km:
        found.append(Fix("length", f"at most {good:.1f} km of fibre instead of {drop.length_km:g}"))
    too_much = -_judged(drop, reserve).overload_margin_db
    if too_much > 0:
        step = math.ceil((too_much - _SMALL_DB) / _ATTENUATOR_STEP_DB) * _ATTENUATOR_STEP_DB
        total = drop.attenuator_db + step
        if total <= 60 and _judged(replace(drop, attenuator_db=total), reserve).ok:
            found.append(Fix("attenuator", f"an attenuator of {total:g} dB"))
    return tuple(found)


def budget(drop: Drop, *, reserve: float | None = None) -> Budget:
    """Return the budget of a drop, with what would fix it where it fails.

    Parameters
    ----------
    reserve
        Margin to keep, dB; by the length when None (see :func:`reserve_db`).

    Examples
    --------
    >>> b_plus = Drop(pon_class("gpon-b+"), 10.0, (32,), connectors=4, splices=5)
    >>> round(budget(b_plus).margin_db, 1)
    4.8
    """
    judged = _judged(drop, reserve)
    return judged if judged.ok else replace(judged, fixes=_fixes(drop, reserve))


def pon_class(name: str) -> PonClass:
    """Return a class by its name.

    Raises
    ------
    InputError
        There is none; the message names the nearest.
    """
    try:
        return PON_CLASSES[name]
    except KeyError:
        raise InputError(
            f"PON class {name!r} is not known{nearest(name, PON_CLASSES)}; classes are "
            f"{', '.join(PON_CLASSES)}"
        ) from None


_STAGE = re.compile(r"1\s*[:x×/]\s*(\d{1,3})", re.IGNORECASE)


def parse_split(text: str) -> tuple[int, ...]:
    """Read splitters as people write them: ``1:32``, ``1:4 1:8``, ``1x4+1x8``, ``none``.

    Raises
    ------
    InputError
        The text is none of these, or a splitter is not known.
    """
    words = text.strip()
    if words.lower() in ("none", "1:1", "0"):
        return ()
    stages = tuple(int(ways) for ways in _STAGE.findall(words))
    if not stages or _STAGE.sub("", words).strip(" +,;*·-"):
        raise InputError(f"split {text!r} is not one; write 1:32, or 1:4 1:8 for two in a row")
    for ways in stages:
        if ways not in SPLITTER_DB or ways < 2:
            raise InputError(
                f"split {text!r} has a splitter 1:{ways}; use 1:"
                f"{', 1:'.join(str(each) for each in SPLITTER_DB if each > 1)}"
            )
    return stages
