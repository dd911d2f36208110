"""A view whose columns are fetched once: readings look into the same ones again and again."""

from __future__ import annotations

from collections.abc import Mapping

from ..snmp.values import Index, MibView, Oid, Typed

__all__ = ["ColumnCache"]


class ColumnCache:
    """A :class:`MibView` over another one, which may make a column anew at every question."""

    def __init__(self, view: MibView) -> None:
        self._view = view
        self._columns: dict[Oid, Mapping[Index, Typed]] = {}

    def scalar(self, base: Oid, /) -> Typed | None:
        """Return the instance ``base.0``."""
        return self._view.scalar(base)

    def column(self, base: Oid, /) -> Mapping[Index, Typed]:
        """Return the rows below ``base``."""
        found = self._columns.get(base)
        if found is None:
            found = self._columns[base] = self._view.column(base)
        return found
