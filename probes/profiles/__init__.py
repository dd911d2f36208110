"""Device profiles: what the objects of one maker's devices mean, as data.

A profile is a TOML file (docs/device-profiles.md). Built-in ones lie here; a project's own lie in
its folder ``profiles``.
"""

from .form import Profile
from .reading import built_in_profiles, project_profiles, read_profile
from .sensing import (
    matching_profiles,
    read_profile_modules,
    read_profile_sensors,
    wanted_by,
)

__all__ = [
    "Profile",
    "built_in_profiles",
    "matching_profiles",
    "project_profiles",
    "read_profile",
    "read_profile_modules",
    "read_profile_sensors",
    "wanted_by",
]
