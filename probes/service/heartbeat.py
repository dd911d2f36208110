"""A sign of life after each cycle, so that somebody else notices when the poller is dead.

A file whose time a watchdog looks at, an address it expects to be asked, or both. The address is
asked in a thread of its own: a watchdog that hangs must not stop the poller.
"""

from __future__ import annotations

import logging
import threading
import urllib.error
import urllib.request
from pathlib import Path

__all__ = ["Heartbeat"]

_LOG = logging.getLogger("ngbw.probes.service")
_TIMEOUT_S = 10.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else than where the settings say."""

    def redirect_request(
        self, req: object, fp: object, code: object, msg: object, headers: object, newurl: object
    ) -> None:
        del req, fp, code, msg, headers, newurl


class Heartbeat:
    """Tells the outside that the service lives."""

    def __init__(self, file: Path | None = None, url: str = "") -> None:
        self._file = file
        self._url = url
        self._asking: threading.Thread | None = None
        self._complained = False

    def beat(self) -> None:
        """Touch the file and ask the address; trouble is logged once and never raised."""
        if self._file is not None:
            try:
                self._file.touch()
            except OSError as error:
                self._complain(f"cannot touch the heartbeat file {self._file}: {error.strerror}")
        if self._url and (self._asking is None or not self._asking.is_alive()):
            self._asking = threading.Thread(target=self._ask, name="heartbeat", daemon=True)
            self._asking.start()

    def _ask(self) -> None:
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(self._url, timeout=_TIMEOUT_S) as reply:
                reply.read(1024)
            self._complained = False
        except (OSError, ValueError) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            self._complain(f"the heartbeat address did not answer: {type(error).__name__}")

    def _complain(self, words: str) -> None:
        if not self._complained:
            self._complained = True
            _LOG.warning("%s", words)

    def close(self) -> None:
        """Wait for the last request to end."""
        if self._asking is not None:
            self._asking.join(_TIMEOUT_S)
