"""What gets through to a target: extension headers, counted, and a Packet Too Big of our own."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from ....topology.errors import UsageError
from .link import frames_after
from .packets import read_packet
from .tries import HEADERS, TOKEN_BYTES

__all__ = ["HeaderPassage", "read_passage", "tell_too_big", "try_headers"]


@dataclass(frozen=True, slots=True)
class HeaderPassage:
    """How many echoes were answered behind each header.

    Attributes
    ----------
    answered_of_tried
        Header, one of :data:`~.tries.HEADERS`, to how many were answered and how many were sent.
    refused_by
        Header to who reported an error instead; no entry for silence.
    """

    answered_of_tried: dict[str, tuple[int, int]]
    refused_by: dict[str, tuple[str, ...]]


def read_passage(
    frames: Iterable[bytes], *, token: bytes, headers: tuple[str, ...], tries: int
) -> HeaderPassage:
    """Count the replies among frames, each once, by the token and the mark behind it.

    Parameters
    ----------
    headers, tries
        What was sent, and how often each.
    """
    answered: dict[str, set[int]] = {kind: set() for kind in headers}
    refused: dict[str, set[str]] = {}
    for frame in frames:
        packet = read_packet(frame)
        at = frame.find(token)
        if packet is None or packet.protocol != 58 or not packet.body or at < 0:
            continue
        mark = frame[at + TOKEN_BYTES : at + TOKEN_BYTES + 2]
        kind = HEADERS[mark[0]] if len(mark) == 2 and mark[0] < len(HEADERS) else ""
        if kind not in answered or mark[1] >= tries:
            continue
        if packet.body[0] == 129:
            answered[kind].add(mark[1])
        elif packet.body[0] < 128:
            refused.setdefault(kind, set()).add(packet.source)
    return HeaderPassage(
        {kind: (len(numbers), tries) for kind, numbers in answered.items()},
        {kind: tuple(sorted(who)) for kind, who in refused.items()},
    )


def try_headers(
    target: str,
    interface: str,
    *,
    headers: tuple[str, ...] = HEADERS,
    tries: int = 3,
    seconds: float = 1.0,
) -> HeaderPassage:
    """Send echoes behind extension headers to a target and count what is answered.

    Parameters
    ----------
    target
        IPv6 address, without a zone: the interface is its zone.
    headers
        Of :data:`~.tries.HEADERS`: each with 8 bytes, options of a type that is to be skipped.
    tries
        Echoes of each, 1 to 10.
    seconds
        How long to listen after the last.

    Raises
    ------
    UsageError
        There are no such headers, or a limit is out of range.
    MissingExtraError, SurroundingsError
        As for :func:`~.link.ask_link`.
    """
    if not headers or not set(headers) <= set(HEADERS) or not 1 <= tries <= 10:
        raise UsageError(f"headers are of {', '.join(HEADERS)}, with 1 to 10 tries of each")
    token = secrets.token_bytes(TOKEN_BYTES)
    request = {
        "question": "header-echoes",
        "target": str(ipaddress.IPv6Address(target)),
        "token": token.hex(),
        "headers": list(headers),
        "tries": tries,
    }
    frames = frames_after(request, interface=interface, seconds=seconds)
    return read_passage((one for _, one in frames), token=token, headers=headers, tries=tries)


def tell_too_big(target: str, interface: str, *, seconds: float = 1.0) -> list[tuple[float, bytes]]:
    """Tell a host that its echo reply of 1300 bytes was too big, and ask again.

    Only for hosts of one's own: a host that heeds it sends this machine smaller packets for some
    minutes (ten on Linux).

    Parameters
    ----------
    target
        IPv6 address, without a zone.
    seconds
        How long to listen after the first echo.

    Returns
    -------
    Frames with their delay in seconds: the first reply, our report (without MACs), our further
    echoes and their replies; nothing where the first echo was not answered.

    Raises
    ------
    MissingExtraError, SurroundingsError
        As for :func:`~.link.ask_link`.
    """
    request = {
        "question": "too-big",
        "target": str(ipaddress.IPv6Address(target)),
        "token": secrets.token_hex(TOKEN_BYTES),
    }
    return frames_after(request, interface=interface, seconds=seconds)
