"""Who may read the figures of the poll service, and to whom it sends them.

``/metrics`` says names and addresses of a whole network, and it asks nobody who they are: it is
opened on this machine alone unless the settings say in so many words that others may read it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...topology.errors import SettingError
from .setting_values import Keeper, number, part, text, truth, web_address, whole, wrong

__all__ = ["METRIC_SETTINGS", "REMOTE_WRITE_SETTINGS", "MetricSettings", "metric_settings"]

METRIC_SETTINGS: dict[str, str] = {
    "port": "TCP port of `/metrics`, for Prometheus; 0, as when not given, opens none",
    "address": "address of that port; 127.0.0.1 when not given",
    "open": "true lets other machines read it, which any other address than loopback needs",
}
"""Settings of ``[probes.metrics]`` and what each means."""

REMOTE_WRITE_SETTINGS: dict[str, str] = {
    "url": "where figures are sent by Prometheus' remote write; nowhere when not given",
    "token": "bearer token: secret:NAME (ngbw secret set), env:NAME or file:NAME; none when not given",
    "interval_s": "seconds between two times, 5 to 86400; that of the polls when not given",
    "queue_mb": "megabytes that wait while the receiver is away, 1 to 4096; 64 when not given",
}
"""Settings of ``[probes.remote_write]`` and what each means."""


@dataclass(frozen=True, slots=True)
class MetricSettings:
    """Where figures are served and sent to."""

    port: int = 0
    address: str = "127.0.0.1"
    write_url: str = ""
    write_token: str = field(default="", repr=False)
    write_interval_s: float = 60.0
    queue_bytes: int = 64_000_000


def _address(raw: Mapping[str, Any]) -> str:
    where = "probes.metrics"
    written = text(raw, "address", where, "127.0.0.1")
    try:
        address = ipaddress.ip_address(written.strip("[]"))
    except ValueError:
        raise wrong(
            f"{where}.address", written, "give an IP address, as 127.0.0.1 or ::1"
        ) from None
    if not address.is_loopback and not truth(raw, "open", where=where):
        raise SettingError(
            f"ngbw.toml: {where}.address is {written!r}, which other machines reach, and /metrics "
            "asks nobody for a password; keep it on 127.0.0.1, or write open = true beside it if a "
            "firewall decides who may read it"
        )
    return str(address)


def metric_settings(raw: Mapping[str, Any], keeper: Keeper, *, interval_s: float) -> MetricSettings:
    """Read ``[probes.metrics]`` and ``[probes.remote_write]``.

    Raises
    ------
    SettingError
        A setting is unknown or out of range, or would open the figures to others unsaid.
    """
    served = part(raw, "metrics", METRIC_SETTINGS)
    sent = part(raw, "remote_write", REMOTE_WRITE_SETTINGS)
    where = "probes.remote_write"
    return MetricSettings(
        port=whole(served, "port", 0, 0, 65_535, where="probes.metrics"),
        address=_address(served),
        write_url=web_address(sent, "url", where),
        write_token=keeper.reveal(sent, "token", where) if "token" in sent else "",
        write_interval_s=number(sent, "interval_s", interval_s, 5, 86_400, where=where),
        queue_bytes=whole(sent, "queue_mb", 64, 1, 4096, where=where) * 1_000_000,
    )
