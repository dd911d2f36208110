"""The rig's router, asked over IPv4 and again over IPv6, against what its kernel knows."""

from __future__ import annotations

ASK = """
import json, sys
from ngbw.ipv6.devices import check_device, poll_devices
from ngbw.probes.safety import AllowedNetworks
from ngbw.probes.service.settings import NamedCredential
from ngbw.probes.service.targets import PolledDevice
from ngbw.probes.snmp.agents import Community
from ngbw.probes.snmp.engine import Engine

networks = AllowedNetworks.of(["192.0.2.0/24", "2001:db8::/32"])
target = PolledDevice("r1", sys.argv[1], 161, (NamedCredential("public", Community("public")),))
with Engine() as engine:
    polls = poll_devices([target], engine, networks=networks)
rows = check_device(polls["r1"], role="backbone")
print(json.dumps({row.check_id: [row.verdict, row.reason, row.detail] for row in rows}))
"""


def test_router_answers_over_both_families_and_has_addresses_and_a_way_out(rig):
    for address in ("192.0.2.1", "2001:db8:1::1"):
        found = rig.python("cli", ASK, address)
        for check_id in ("D1", "D2", "D3", "D4", "D5", "D12"):
            assert found[check_id][:2] == ["pass", ""], (address, check_id, found[check_id])
        assert found["D5"][2] == "2001:db8:2::2"
        assert found["D8"][1] == "adverts-not-shown"  # net-snmp keeps no such table
