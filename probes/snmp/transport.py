"""Which transport puts a question to an agent.

The poller's own :class:`.engine.Engine` speaks v1, v2c and v3 and is what is used. The portable
:class:`.pysnmp_transport.PysnmpTransport` carries the same conversations by pysnmp, some hundred
times as slowly; it is there for systems on which the engine does not run, and as a second opinion.
"""

from __future__ import annotations

from typing import Literal

from ...topology.errors import UsageError
from .agents import SnmpTransport
from .engine import Engine
from .remembered import Devices

__all__ = ["TRANSPORTS", "open_transport"]

TRANSPORTS = ("engine", "pysnmp")
"""Names of the transports."""


def open_transport(
    name: Literal["engine", "pysnmp"] | str = "engine", *, devices: Devices | None = None
) -> SnmpTransport:
    """Return a transport by name; the caller closes it.

    ``devices`` is what is remembered of devices, for several transports to share.

    Raises
    ------
    UsageError
        There is no transport of that name.
    MissingExtraError
        pysnmp is not installed.
    """
    if name == "engine":
        return Engine(devices=devices)
    if name == "pysnmp":
        from .pysnmp_transport import PysnmpTransport

        return PysnmpTransport(devices=devices)
    raise UsageError(f"there is no SNMP transport {name!r}; it is one of {', '.join(TRANSPORTS)}")
