"""The rig as fixtures: nothing of it starts before a test asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ngbw.tests.conftest import need

from .loopback import LoopbackSites, has_ipv6_loopback
from .network import Rig, RigError

__all__ = ["loopback_sites", "rig", "rig_as_root", "rig_in_user_namespace"]


def _built(*forms: str) -> Iterator[Rig]:
    reasons = []
    for form in forms:
        try:
            built = Rig(form)
        except RigError as error:
            reasons.append(f"{form}: {error}")
            continue
        with built:
            yield built
        return
    need(f"the IPv6 rig cannot stand here ({'; '.join(reasons)})")


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Give the rig in the best form this system allows."""
    yield from _built("root", "user")


@pytest.fixture(scope="session")
def rig_as_root() -> Iterator[Rig]:
    """Give the rig as root builds it."""
    yield from _built("root")


@pytest.fixture(scope="session")
def rig_in_user_namespace() -> Iterator[Rig]:
    """Give the rig as anybody builds it where user namespaces are allowed."""
    yield from _built("user")


@pytest.fixture
def loopback_sites() -> Iterator[LoopbackSites]:
    """Give the few sites that need no namespaces: servers on 127.0.0.1 and ::1."""
    if not has_ipv6_loopback():
        need("this system has no ::1")
    with LoopbackSites() as sites:
        yield sites
