"""What the APIs of LibreNMS, Zabbix and NetBox list, as the documents that the readers take.

The documents are those of :mod:`ngbw.topology.exchange.librenms`, ``zabbix`` and ``netbox``: an API
and a file with the same lists give the same rows.

Sources: LibreNMS documentation, API; Zabbix 7.0 documentation, API; NetBox 4 documentation, REST API.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...topology.errors import FileError, SurroundingsError
from .api_client import ApiClient

__all__ = ["SOURCES", "fetch"]

_PAGES = 10_000
_NETBOX = ("sites", "devices", "interfaces", "cables")
_PORT_COLUMNS = (
    "port_id,device_id,ifIndex,ifName,ifDescr,ifAlias,ifHighSpeed,ifSpeed,ifOperStatus,deleted,"
    "ifInOctets,ifOutOctets,ifInUcastPkts,ifOutUcastPkts,ifInErrors,ifOutErrors,poll_time"
)


def _list_of(answer: object, name: str, who: str) -> list[Any]:
    found = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(found, list):
        raise FileError(f'{who} answers without a list "{name}"; check --url and its version')
    return found


def _librenms(url: str, token: str) -> dict[str, Any]:
    client = ApiClient(url, {"X-Auth-Token": token})
    return {
        "devices": _list_of(client.get("/api/v0/devices"), "devices", "LibreNMS"),
        "ports": _list_of(
            client.get("/api/v0/ports", {"columns": _PORT_COLUMNS}), "ports", "LibreNMS"
        ),
        "links": _list_of(client.get("/api/v0/resources/links"), "links", "LibreNMS"),
    }


def _zabbix(url: str, token: str) -> dict[str, Any]:
    client = ApiClient(url, {"Authorization": f"Bearer {token}"})

    def call(method: str, wanted: Mapping[str, Any]) -> list[Any]:
        question = {"jsonrpc": "2.0", "method": method, "params": wanted, "id": 1}
        answer = client.post("/api_jsonrpc.php", question)
        if isinstance(answer, Mapping) and isinstance(answer.get("error"), Mapping):
            said = " ".join(str(answer["error"].get(k, "")) for k in ("message", "data"))[:200]
            raise SurroundingsError(f"Zabbix refuses {method}: {said}; check the token's rights")
        return _list_of(answer, "result", "Zabbix")

    return {
        "hosts": call(
            "host.get",
            {"output": ["hostid", "host", "name"], "selectInterfaces": "extend",
             "selectInventory": "extend", "monitored_hosts": True},
        ),
        "items": call(
            "item.get",
            {"output": ["itemid", "hostid", "key_", "name", "lastvalue", "lastclock", "units"],
             "search": {"key_": "net.if."}, "startSearch": True, "monitored": True},
        ),
    }  # fmt: skip


def _netbox(url: str, token: str) -> dict[str, Any]:
    client = ApiClient(url, {"Authorization": f"Token {token}"})
    document: dict[str, Any] = {}
    for name in _NETBOX:
        rows: list[Any] = []
        page = client.get(f"/api/dcim/{name}/", {"limit": "500"})
        for _ in range(_PAGES):
            rows += _list_of(page, "results", "NetBox")
            following = page.get("next")
            if not following:
                break
            page = client.follow(str(following))
        else:
            raise FileError(f"NetBox names more than {_PAGES} pages of {name}; it is not read")
        document[name] = rows
    return document


SOURCES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "librenms": _librenms,
    "zabbix": _zabbix,
    "netbox": _netbox,
}
"""Programs whose API can be asked."""


def fetch(source: str, url: str, token: str) -> dict[str, Any]:
    """Return what the API of a program lists.

    Parameters
    ----------
    source
        One of :data:`SOURCES`.
    url
        Where the program answers; nobody else is asked.

    Raises
    ------
    SurroundingsError
        It cannot be reached, or refuses.
    FileError
        It answers with something that is not its API's, or with too much.
    """
    return SOURCES[source](url, token)
