"""Roles and what each of them may do: one table, asked by every endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["GRANTS", "Permission", "Role"]


class Permission(StrEnum):
    """What an endpoint takes of its caller."""

    MAP_READ = "map:read"
    """Coverage, sites, gaps, plans, targets."""
    PLAN_WRITE = "plan:write"
    """Make and change plans, edit sites, load tables."""
    WATCH_READ = "watch:read"
    """Devices, ports, addresses, alarms, evidence."""
    ALARM_WRITE = "alarm:write"
    """Acknowledge, shelve and annotate alarms."""
    ADMIN = "admin"
    """People, keys, and the log of what was done."""


class Role(StrEnum):
    """What somebody is to the network."""

    VIEWER = "viewer"
    PLANNER = "planner"
    ENGINEER = "engineer"
    ADMIN = "admin"


GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.MAP_READ}),
        Role.PLANNER: frozenset({Permission.MAP_READ, Permission.PLAN_WRITE}),
        Role.ENGINEER: frozenset(
            {Permission.MAP_READ, Permission.WATCH_READ, Permission.ALARM_WRITE}
        ),
        Role.ADMIN: frozenset(Permission),
    }
)
