"""Router advertisements read from the bytes of a capture: ours against scapy's.

Run: .venv/bin/python benchmarks/ipv6_adverts.py
"""

from __future__ import annotations

import struct
import tempfile
import time
from pathlib import Path

from scapy.layers import inet6
from scapy.layers.l2 import Ether

from ngbw.probes.active.frames.captures import Capture
from ngbw.probes.active.frames.messages import RouterAdvert, read_frame


def frames(routers: int) -> list[bytes]:
    """Return an advert of each router: source MAC, prefix, MTU, a resolver."""
    return [
        bytes(
            Ether(src="02:00:00:00:00:01", dst="33:33:00:00:00:01")
            / inet6.IPv6(src=f"fe80::{k + 1:x}", dst="ff02::1", hlim=255)
            / inet6.ICMPv6ND_RA(routerlifetime=1800)
            / inet6.ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")
            / inet6.ICMPv6NDOptPrefixInfo(prefix=f"2001:db8:{k:x}::", prefixlen=64)
            / inet6.ICMPv6NDOptMTU(mtu=1500)
            / inet6.ICMPv6NDOptRDNSS(dns=[f"2001:db8:{k:x}::1"], lifetime=1800)
        )
        for k in range(routers)
    ]


def capture_of(path: Path, sent: list[bytes], count: int) -> None:
    """Write a capture of so many adverts, the routers in turn."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
        for k in range(count):
            frame = sent[k % len(sent)]
            file.write(struct.pack("<IIII", k, 0, len(frame), len(frame)) + frame)


def ours(path: Path) -> int:
    """Read every advert of a capture."""
    return sum(isinstance(read_frame(frame), RouterAdvert) for _, frame in Capture(path))


def best_s(work, rounds: int = 7) -> float:
    """Return the least processor time of several rounds."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    """Print adverts a second for few routers, for all of them different, and for scapy."""
    count = 50_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adverts.pcap"
        for routers, what in ((40, "40 routers that repeat themselves"), (50_000, "all different")):
            sent = frames(routers)
            capture_of(path, sent, count)
            assert ours(path) == count
            print(f"{what}: {count / best_s(lambda: ours(path)):,.0f} adverts/s")
    few = frames(1000)
    took_s = best_s(lambda: [Ether(frame)[inet6.ICMPv6ND_RA].routerlifetime for frame in few], 3)
    print(f"scapy: {len(few) / took_s:,.0f} adverts/s")


if __name__ == "__main__":
    main()
