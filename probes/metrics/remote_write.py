"""Prometheus' remote write 1.0: protobuf, snappy, one POST for each batch.

A receiver that is away or overloaded (429, 5xx) is an error that may be tried again; one that says
400 will never take the batch. Redirects are not followed and the token is sent to the named host
alone.

Source: Prometheus Remote-Write 1.0 specification; prompb/remote.proto, types.proto.
"""

from __future__ import annotations

import math
import struct
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from email.message import Message
from itertools import islice
from typing import IO
from urllib.parse import urlsplit

from ... import __version__
from ...topology.errors import InputError, SurroundingsError, UsageError
from .catalogue import METRICS
from .exposition import Point, plain_label
from .snappy import compress

__all__ = ["RemoteWriter", "write_request"]

_SERIES_AT_ONCE = 2_000
_ANSWER_BYTES = 2_000
_MOST_LABELS = 2_000_000


def _varint(number: int) -> bytes:
    number %= 2**64
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


class _Labels:
    """The bytes of a series' labels, made once; forgotten when far too many have come and gone."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[str, ...]], bytes] = {}

    def of(self, point: Point) -> bytes:
        key = (point.metric, point.labels)
        made = self._made.get(key)
        if made is None:
            declared = METRICS.get(point.metric)
            if declared is None or len(declared.labels) != len(point.labels):
                raise InputError(f"{point.metric} is not a metric of ngbw with these labels")
            pairs = [("__name__", point.metric), *zip(declared.labels, point.labels, strict=True)]
            # Labels go in the order of their names; one without text is one that is not there.
            made = b"".join(
                _field(1, _field(1, name.encode()) + _field(2, shown.encode()))
                for name, text in sorted(pairs)
                if (shown := plain_label(text))
            )
            if len(self._made) >= _MOST_LABELS:
                self._made.clear()
            self._made[key] = made
        return made


def write_request(points: Iterable[Point], at_s: float, labels: _Labels | None = None) -> bytes:
    """Return a WriteRequest with one sample of each point; values that are NaN are left out."""
    known = labels or _Labels()
    when = b"\x10" + _varint(round(at_s * 1000))
    out = []
    for point in points:
        if not math.isnan(point.value):
            sample = b"\x09" + struct.pack("<d", point.value) + when
            out.append(_field(1, known.of(point) + _field(2, sample)))
    return b"".join(out)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Follow nothing: the token is for the host that was named."""


def _batches(points: Iterable[Point]) -> Iterator[list[Point]]:
    waiting = iter(points)
    while batch := list(islice(waiting, _SERIES_AT_ONCE)):
        yield batch


class RemoteWriter:
    """Sends points to a receiver.

    Parameters
    ----------
    url
        http or https; without a password in it.
    token
        Bearer token; shown nowhere.
    """

    def __init__(self, url: str, *, token: str = "", timeout_s: float = 30.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("the URL for remote write must begin with http:// or https://")
        if parts.username is not None or parts.password is not None:
            raise UsageError("the URL for remote write holds a password; give a token instead")
        self.url = url
        self._token = token
        self._timeout_s = timeout_s
        self._labels = _Labels()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def __repr__(self) -> str:
        return f"RemoteWriter({self.url!r})"

    def bodies(self, points: Iterable[Point], at_s: float) -> Iterator[tuple[bytes, int]]:
        """Yield what to post of points as of a time, each with the samples it holds."""
        for batch in _batches(point for point in points if not math.isnan(point.value)):
            yield compress(write_request(batch, at_s, self._labels)), len(batch)

    def send(self, points: Iterable[Point], at_s: float) -> int:
        """Send points as of a time and return how many bytes went out.

        Raises
        ------
        SurroundingsError
            The receiver is away or says that it cannot now; send the same again later.
        InputError
            The receiver refuses the batch; it will not take it later either.
        """
        sent = 0
        for body, _ in self.bodies(points, at_s):
            self.post(body)
            sent += len(body)
        return sent

    def post(self, body: bytes) -> None:
        """Send one of :meth:`bodies`; raises as :meth:`send` does."""
        headers = {
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "User-Agent": f"ngbw/{__version__}",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self.url, body, headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(_ANSWER_BYTES).decode("utf-8", "replace").strip()
            words = f"{self.url} answers {error.code} {' '.join(said.split())[:200]}"
            if error.code == 429 or error.code >= 500:
                raise SurroundingsError(f"{words}; the same will be sent again later") from None
            raise InputError(f"{words}; check the URL and the receiver's limits") from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise SurroundingsError(f"{self.url} cannot be reached: {reason}") from None
