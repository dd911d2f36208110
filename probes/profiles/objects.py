"""Names that profiles give to their makers' objects, for the compiled table of names."""

from __future__ import annotations

from ..snmp.values import Oid
from .reading import built_in_profiles

__all__ = ["profile_objects"]


def profile_objects() -> list[tuple[Oid, str, str, str, str, str]]:
    """Return identifier, name, MIB, syntax, index and words of every object that has a name."""
    found = []
    for profile in built_in_profiles():
        for rule in profile.sensors:
            if rule.object_name:
                kind = "enum" if rule.states else "integer"
                found.append((rule.oid, rule.object_name, profile.source, kind, "", ""))
    return found
