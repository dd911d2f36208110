"""All checks of a link, in the order of the catalogue."""

from __future__ import annotations

from ..evidence import Evidence
from .heard import Heard
from .hosts import addresses, delegation, groups, neighbours
from .passage import extension_headers, hops, inbound, too_big
from .resolvers import nat64, resolvers
from .routers import adverts, lifetimes, mtu, one_set

__all__ = ["check_link"]

_RULES = (
    adverts, resolvers, lifetimes, mtu, nat64, delegation, neighbours, groups, addresses,
    extension_headers, hops, too_big, one_set, inbound,
)  # fmt: skip


def check_link(heard: Heard) -> list[Evidence]:
    """Return the evidence of L1 to L14 for what was heard."""
    return [rule(heard) for rule in _RULES]
