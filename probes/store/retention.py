"""How long samples and their roll-ups are kept, as ``[store]`` of ``ngbw.toml`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ...topology.errors import SettingError

__all__ = ["Retention", "retention_of"]

_MOST_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class Retention:
    """Days for which each resolution is kept; events are kept for ever."""

    raw_days: int = 10
    five_minute_days: int = 60
    hour_days: int = 366
    day_days: int = 2_192

    def of_tier(self, bucket_s: int) -> int:
        """Return the days for which buckets of a length are kept."""
        return {300: self.five_minute_days, 3600: self.hour_days, 86_400: self.day_days}[bucket_s]


def retention_of(settings: Mapping[str, Any]) -> Retention:
    """Read ``[store]``.

    Raises
    ------
    SettingError
        A setting is unknown, not a number of days, or finer figures would outlive coarser ones.
    """
    known = [field.name for field in fields(Retention)]
    for name, value in settings.items():
        if name not in known:
            raise SettingError(f"ngbw.toml: store.{name} is not a setting; use {', '.join(known)}")
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_DAYS:
            raise SettingError(
                f"ngbw.toml: store.{name} is {value!r}; give whole days, 1 to {_MOST_DAYS}"
            )
    kept = Retention(**settings)
    days = [getattr(kept, name) for name in known]
    for finer, coarser in zip(range(len(days)), range(1, len(days)), strict=False):
        if days[finer] > days[coarser]:
            raise SettingError(
                f"ngbw.toml: store.{known[finer]} is {days[finer]} and store.{known[coarser]} is "
                f"{days[coarser]}; coarser figures must be kept at least as long"
            )
    return kept
