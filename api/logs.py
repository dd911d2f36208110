"""One logging configuration for every verb: text for people, JSON lines for machines.

Every line carries the run id of the process. Log records hold ids and numbers, never secrets:
values of fields whose name says secret are masked before they are written.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from datetime import UTC, datetime
from typing import Literal

__all__ = ["LogFormat", "configure", "process_id"]

LogFormat = Literal["text", "json"]

process_id = secrets.token_hex(4)
"""Names this process in its log lines."""

_SECRET = re.compile(
    r"(?i)\b(community|password|passwd|secret|token|auth_?key|priv_?key|api_?key)"
    r"(\s*[=:]\s*|\"\s*:\s*\")([^\s\",;&]+)"
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _mask(text: str) -> str:
    return _SECRET.sub(r"\1\2***", text)


class _TextLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _mask(f"{record.levelname.lower()}: {super().format(record)}")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run": process_id,
            "message": _mask(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD:
                line[name] = _mask(str(value))
        if record.exc_info:
            line["trace"] = _mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def configure(form: LogFormat = "text", *, verbose: bool = False) -> None:
    """Send ngbw's log to stderr in the given form; replaces an earlier configuration."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else _TextLines())
    logger = logging.getLogger("ngbw")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
