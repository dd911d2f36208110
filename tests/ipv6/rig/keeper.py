"""The first process of the rig's namespaces: builds what it is told, and is there until stdin ends.

It is process 1 of a process namespace, so that all it started ends with it, be the end ever so
sudden; the network namespaces, their interfaces and the files on its tmpfs go with the last of
them. Standard library alone, since the user of a namespace may not read ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_PATIENCE_S = 20.0


def _in(namespace: str, *command: str) -> list[str]:
    return ["nsenter", f"--net=/run/netns/v6-{namespace}", *command]


def _do(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{' '.join(command)}: {words or done.returncode}")
    return done.stdout


def _start(daemon: dict[str, Any], room: Path) -> subprocess.Popen[bytes]:
    name = Path(daemon["command"][0]).name
    log = (room / f"{name}.{daemon['namespace']}.err").open("ab")
    return subprocess.Popen(
        _in(daemon["namespace"], *daemon["command"]),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env={**os.environ, **daemon["environment"]},
    )


def _opened(namespace: str) -> set[str]:
    """Return what listens in a namespace, such as ``tcp6/80``."""
    places = [f"/proc/net/{kind}" for kind in ("tcp6", "udp6")]
    found = set()
    for place in places:
        for line in _do(*_in(namespace, "cat", place)).splitlines()[1:]:
            words = line.split()
            if place.endswith("udp6") or words[3] == "0A":
                found.add(f"{Path(place).name}/{int(words[1].rpartition(':')[2], 16)}")
    return found


def _missing(daemons: list[Any], running: list[Any], room: Path) -> list[str]:
    for daemon, process in zip(daemons, running, strict=True):
        if process.poll() is not None:
            command = " ".join(daemon["command"])
            raise RuntimeError(f"{command} ended at once: {_last_words(room)}")
    wanted: dict[str, set[str]] = {}
    for daemon in daemons:
        wanted.setdefault(daemon["namespace"], set()).update(daemon["opens"])
    missing = [
        f"{port} in {namespace}"
        for namespace, ports in wanted.items()
        for port in sorted(ports - _opened(namespace))
    ]
    addresses = _do(*_in("cli", "cat", "/proc/net/if_inet6"))
    if "20010db80001" not in addresses:
        missing.append("the client's address")
    if '"A"' not in _do(*_in("cli", sys.executable, "-SEc", _ASK)):
        missing.append("an answer of the resolver")
    return missing


_ASK = """
import socket
question = bytes.fromhex("4e4701000001000000000000") + b"\\4good\\4test\\0\\0\\x1c\\0\\1"
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
    sock.settimeout(0.5)
    try:
        sock.sendto(question, ("2001:db8:1::1", 53))
        reply = sock.recv(1500)
    except OSError:
        reply = bytes(12)
print('"A"' if reply[3] & 15 == 0 and reply[6:8] != b"\\0\\0" else "")
"""


def _build(plan: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    room = Path(plan["room"])
    _do("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for name, text in plan["files"].items():
        place = room / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    _do("mount", "--bind", str(room / "resolv.conf"), "/etc/resolv.conf")
    for name in plan["namespaces"]:
        _do("ip", "netns", "add", f"v6-{name}")
        _do(*_in(name, "sh", str(room / f"before.{name}.sh")))
    for cable in plan["cables"]:
        _do(*cable)
    for name in plan["namespaces"]:
        _do(*_in(name, "sh", str(room / f"up.{name}.sh")))
    while " state UP " not in _do(*_in("r1", "ip", "link", "show", "lan0")):
        time.sleep(0.02)  # the kernel takes a moment to believe in a cable, and kea asks once
    running = [_start(daemon, room) for daemon in plan["daemons"]]
    translator = _translate(room, plan)
    while missing := _missing(plan["daemons"], running, room):
        if time.monotonic() > began + _PATIENCE_S:
            raise RuntimeError(f"still missing: {', '.join(missing)}; {_last_words(room)}")
        time.sleep(0.02)
    return {
        "seconds": time.monotonic() - began,
        "nat64": translator,
        "files": sorted(plan["files"]),
    }


def _translate(room: Path, plan: dict[str, Any]) -> str:
    """Start the translator; return why there is none, as where nobody may open /dev/net/tun."""
    configuration = str(room / "tayga.conf")
    try:
        _do(*_in("r1", "tayga", "-c", configuration, "--mktun"))
        for line in plan["translator"]:
            _do(*_in("r1", *line))
    except RuntimeError as error:
        return str(error)
    command = ["tayga", "-c", configuration, "-d"]
    _start({"namespace": "r1", "command": command, "environment": {}}, room)
    return ""


def _last_words(room: Path) -> str:
    return " | ".join(
        f"{place.name}: {place.read_text('utf-8', 'replace')[-300:]}"
        for pattern in ("*.err", "*.log")
        for place in sorted(room.glob(pattern))
        if place.stat().st_size
    )


def main() -> None:
    """Build what the first line of stdin says, answer in a line, and stay until stdin ends."""
    try:
        reply = _build(json.loads(sys.stdin.readline()))
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        reply = {"error": str(error)}
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(reply), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
