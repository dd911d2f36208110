"""Ask a link through the helper that may send frames, and read what it heard."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from ....topology.errors import MissingExtraError, SurroundingsError, UsageError
from .messages import Message, read_frame

__all__ = ["WORDS", "LinkAnswer", "ask_link", "frames_after"]

WORDS: dict[str, str] = {
    "router-solicit": "routers on the link and what they announce",
    "neighbour-solicit": "who has an IPv6 address",
    "duplicate-check": "whether an IPv6 address is taken",
    "dhcpv6-solicit": "what DHCPv6 servers offer",
    "mld-query": "who listens to which IPv6 groups",
    "igmp-query": "who listens to which IPv4 groups",
    "lldp-listen": "which devices announce themselves",
}
"""Questions and what they find out."""

_WITH_ADDRESS = frozenset(("neighbour-solicit", "duplicate-check"))
_INTERFACE = re.compile(r"[A-Za-z0-9._@-]{1,15}")


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What was heard after a question.

    Attributes
    ----------
    messages
        Each with its delay in seconds.
    unreadable
        Frames of the right kind that could not be read: cut, or with lengths that lie.
    """

    question: str
    interface: str
    messages: tuple[tuple[float, Message], ...]
    unreadable: int


def ask_link(
    question: str, interface: str, *, address: str | None = None, seconds: float = 2.0
) -> LinkAnswer:
    """Put one question to the link behind an interface.

    Parameters
    ----------
    question
        One of :data:`WORDS`.
    interface
        Name of the interface.
    address
        IPv6 address, for the questions about one.
    seconds
        How long to listen, up to 65: devices announce themselves by LLDP every 30 s.

    Raises
    ------
    UsageError
        The question, the interface or the address is none.
    MissingExtraError
        scapy is not installed.
    SurroundingsError
        This user may not send frames, or the interface does not exist.
    """
    if question not in WORDS:
        raise UsageError(f"{question!r} is no question; ask one of {', '.join(WORDS)}")
    _check(interface, seconds)
    request: dict[str, object] = {"question": question}
    if question in _WITH_ADDRESS:
        try:
            request["address"] = str(ipaddress.IPv6Address(address or ""))
        except ValueError:
            raise UsageError(f"{question} needs an IPv6 address; {address!r} is none") from None
    elif address is not None:
        raise UsageError(f"{question} takes no address")
    messages: list[tuple[float, Message]] = []
    unreadable = 0
    for delay, frame in frames_after(request, interface=interface, seconds=seconds):
        message = read_frame(frame)
        if message is None:
            unreadable += 1
        else:
            messages.append((delay, message))
    return LinkAnswer(question, interface, tuple(messages), unreadable)


def frames_after(
    request: Mapping[str, object], *, interface: str, seconds: float
) -> list[tuple[float, bytes]]:
    """Return the frames that the helper heard after a request, each with its delay in seconds.

    Raises
    ------
    UsageError
        The interface's name or the seconds are impossible.
    MissingExtraError
        scapy is not installed.
    SurroundingsError
        This user may not send frames, or the interface does not exist.
    """
    _check(interface, seconds)
    whole = {**request, "interface": interface, "seconds": seconds}
    return [(delay, _frame(text)) for delay, text in _through_helper(whole, seconds)]


def _check(interface: str, seconds: float) -> None:
    if not _INTERFACE.fullmatch(interface):
        raise UsageError(f"{interface!r} is no name of an interface")
    if not 0.05 <= seconds <= 65.0:
        raise UsageError(f"listening for {seconds:g} s is not possible; choose 0.05 to 65 s")


def _frame(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _through_helper(request: dict[str, object], seconds: float) -> list[tuple[float, str]]:
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, a module of ours, no user's words
            [sys.executable, "-m", f"{__package__}.helper"],
            input=json.dumps(request) + "\n",
            capture_output=True,
            text=True,
            timeout=seconds + 30.0,
            check=False,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SurroundingsError(f"the helper for frames did not finish: {error}") from None
    if "No module named 'scapy'" in done.stderr:
        raise MissingExtraError("sending and hearing frames", "probes")
    try:
        reply = json.loads(done.stdout)
        if "frames" in reply:
            return [(float(delay), str(text)) for delay, text in reply["frames"]]
        reason = str(reply["error"])
    except (ValueError, KeyError, TypeError):
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise SurroundingsError(f"the helper for frames failed: {last[0]}") from None
    if reason == "permission":
        raise SurroundingsError(
            "sending and hearing frames needs CAP_NET_RAW; run the probe as root or give the "
            "capability to its service (AmbientCapabilities=CAP_NET_RAW)"
        )
    raise SurroundingsError(f"the link behind {request['interface']} cannot be asked: {reason}")


def _environment() -> dict[str, str]:
    """Return the surroundings of the helper: where modules lie, and nothing that is secret."""
    kept = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL")
    return {name: os.environ[name] for name in kept if name in os.environ}
