"""The rig, for every test of readiness."""

from __future__ import annotations

from ngbw.tests.ipv6.rig.fixtures import (  # noqa: F401 - fixtures
    loopback_sites,
    rig,
    rig_as_root,
    rig_in_user_namespace,
)
