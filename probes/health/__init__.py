"""How well links, optics and paths do, as observations: from rates and readings to figures."""

from __future__ import annotations

from .availability import Availability, availability
from .figures import FigureTable
from .flaps import Flaps
from .link_figures import LINK_FIGURES, ipv6_share, link_figures
from .optics import OpticalLimits, Trend, optical_margin_db, optical_trend
from .voice import Codec, Voice, voice_quality

__all__ = [
    "LINK_FIGURES",
    "Availability",
    "Codec",
    "FigureTable",
    "Flaps",
    "OpticalLimits",
    "Trend",
    "Voice",
    "availability",
    "ipv6_share",
    "link_figures",
    "optical_margin_db",
    "optical_trend",
    "voice_quality",
]
