"""Power windows of passive optical networks, by class: what both ends send and can receive.

Powers are dBm at the OLT and the ONU, mean of the burst upstream. Each class names where its
figures stand; ``assumed`` says that only one source could be had and its figures were checked by
arithmetic alone: least power sent - largest loss - path penalty = sensitivity, and most power
sent - least loss = overload. Every class here passes that check (within its path penalty).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FIBRE_DB_PER_KM", "PON_CLASSES", "Ends", "PonClass"]

FIBRE_DB_PER_KM: dict[int, float] = {1270: 0.36, 1310: 0.35, 1490: 0.24, 1550: 0.22, 1577: 0.22}
"""Design attenuation of G.652.D cable by wavelength in nm.

1310, 1490 and 1550 nm are usual design values below the limits of ITU-T G.652 (0.40 dB/km at
1310 nm, 0.30 at 1550 nm); 1577 nm is taken as 1550 nm, 1270 nm 0.01 above 1310 nm (assumed).
"""

_G984 = "ITU-T G.984.2 Amd 1 as quoted by TechTarget 2010; VeEX px90 thresholds (G.984.2 2019/08)"
_G984_CP = "ITU-T G.984.2 Amd 2 by VeEX px90 thresholds; Sino-Telecom C+ data sheet (17-32 dB)"
_CPP = "Ascent and JJSATS data sheets of OLT modules; no class of G.984.2, makers differ by 1-2 dB"
_XGS = "ITU-T G.9807.1 by the VeEX FX80 manual; FiberGateway XGS-PON manual"
_XGS_E2 = "ITU-T G.9807.1 Amd 2 by VeEX px90 thresholds; receiver of the OLT by arithmetic"
_XG = "ITU-T G.987.2, from memory of the Recommendation"
_AV = "IEEE 802.3av, budgets as in FiberOpticTel's table of PR10/20/30; powers by arithmetic"
_AH = "IEEE 802.3ah/bk, from memory of clause 60"
_YD = "YD/T 1475 and makers' PX20+ modules (28 dB), from memory"


@dataclass(frozen=True, slots=True)
class Ends:
    """What one end sends and can receive, dBm.

    Attributes
    ----------
    least_dbm, most_dbm
        Mean power sent.
    sensitivity_dbm, overload_dbm
        Least and most power at which it receives.
    """

    least_dbm: float
    most_dbm: float
    sensitivity_dbm: float
    overload_dbm: float


@dataclass(frozen=True, slots=True)
class PonClass:
    """A class of optics for a passive optical network.

    Attributes
    ----------
    system
        Family whose classes can take each other's place on one tree.
    min_loss_db, max_loss_db
        Window of the loss between OLT and ONU.
    down_nm, up_nm
        Wavelengths.
    down_mbps, up_mbps
        Line rates that all homes share.
    """

    name: str
    system: str
    min_loss_db: float
    max_loss_db: float
    down_nm: int
    up_nm: int
    down_mbps: float
    up_mbps: float
    olt: Ends
    onu: Ends
    source: str
    assumed: bool

    def penalty_db(self, direction: str) -> float:
        """Return the path penalty that the figures leave, for ``down`` or ``up``."""
        sender, receiver = (self.olt, self.onu) if direction == "down" else (self.onu, self.olt)
        return sender.least_dbm - self.max_loss_db - receiver.sensitivity_dbm


def _class(
    name: str,
    system: str,
    window_db: tuple[float, float],
    olt: Ends,
    onu: Ends,
    source: str,
    *,
    assumed: bool,
) -> PonClass:
    down_nm, up_nm, down_mbps, up_mbps = _SYSTEMS[system]
    return PonClass(
        name, system, *window_db, down_nm, up_nm, down_mbps, up_mbps, olt, onu, source, assumed
    )


# Wavelengths down and up in nm, line rates down and up in Mbit/s.
_SYSTEMS: dict[str, tuple[int, int, float, float]] = {
    "gpon": (1490, 1310, 2488.32, 1244.16),
    "xg-pon": (1577, 1270, 9953.28, 2488.32),
    "xgs-pon": (1577, 1270, 9953.28, 9953.28),
    "epon": (1490, 1310, 1000.0, 1000.0),
    "10g-epon": (1577, 1270, 8700.0, 8700.0),
    "10g-1g-epon": (1577, 1310, 8700.0, 1000.0),
}

_GPON_ONU = Ends(0.5, 5.0, -27.0, -8.0)
_CP_ONU = Ends(0.5, 5.0, -30.0, -8.0)
_XGS_ONU = Ends(4.0, 9.0, -28.0, -9.0)
_XG_ONU = Ends(2.0, 7.0, -28.0, -8.0)

PON_CLASSES: dict[str, PonClass] = {
    each.name: each
    for each in (
        _class(
            "gpon-b+", "gpon", (13, 28), Ends(1.5, 5, -28, -8), _GPON_ONU, _G984, assumed=False
        ),
        _class(
            "gpon-c+", "gpon", (17, 32), Ends(3, 7, -32, -12), _CP_ONU, _G984_CP, assumed=False
        ),
        _class("gpon-c++", "gpon", (18, 33), Ends(4.5, 10, -33, -12), _CP_ONU, _CPP, assumed=True),
        _class("xg-pon-n1", "xg-pon", (14, 29), Ends(2, 6, -27.5, -7), _XG_ONU, _XG, assumed=True),
        _class("xg-pon-n2", "xg-pon", (16, 31), Ends(4, 8, -29.5, -9), _XG_ONU, _XG, assumed=True),
        _class(
            "xg-pon-e1", "xg-pon", (18, 33), Ends(6, 10, -31.5, -11), _XG_ONU, _XG, assumed=True
        ),
        _class(
            "xg-pon-e2", "xg-pon", (20, 35), Ends(8, 12, -33.5, -13), _XG_ONU, _XG, assumed=True
        ),
        _class(
            "xgs-pon-n1", "xgs-pon", (14, 29), Ends(2, 5, -26, -5), _XGS_ONU, _XGS, assumed=False
        ),
        _class(
            "xgs-pon-n2", "xgs-pon", (16, 31), Ends(4, 7, -28, -7), _XGS_ONU, _XGS, assumed=False
        ),
        _class(
            "xgs-pon-e1", "xgs-pon", (18, 33), Ends(6, 9, -30, -9), _XGS_ONU, _XGS, assumed=False
        ),
        _class(
            "xgs-pon-e2", "xgs-pon", (20, 35), Ends(8, 11, -32, -11), _XGS_ONU, _XGS_E2,
            assumed=True,
        ),
        _class(
            "epon-px20", "epon", (10, 24), Ends(2, 7, -27, -6), Ends(-1, 4, -24, -3), _AH,
            assumed=True,
        ),
        _class(
            "epon-px20+", "epon", (10, 28), Ends(2, 7, -30, -6), Ends(-1, 4, -27, -3), _YD,
            assumed=True,
        ),
        _class(
            "epon-px30", "epon", (15, 29), Ends(3, 7, -29.78, -9.38), Ends(0.62, 5.62, -27, -8),
            _AH, assumed=True,
        ),
        _class(
            "10g-epon-pr20", "10g-epon", (10, 24), Ends(5, 9, -28, -6), Ends(-1, 4, -20.5, -1),
            _AV, assumed=True,
        ),
        _class(
            "10g-epon-pr30", "10g-epon", (15, 29), Ends(2, 5, -28, -6), Ends(4, 9, -28.5, -10),
            _AV, assumed=True,
        ),
        _class(
            "10g-epon-prx30", "10g-1g-epon", (15, 29), Ends(2, 5, -29.78, -9.38),
            Ends(0.62, 5.62, -28.5, -10), _AV, assumed=True,
        ),
    )
}  # fmt: skip
"""Classes by name, each system from the smallest to the largest loss."""
