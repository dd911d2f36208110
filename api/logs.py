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

_HUSHED = r"[\w-]*(?:community|password|passwd|secret|token|(?:auth|priv|api)[_-]?key)[\w-]*"
_SECRETS = (
    # name: "value with spaces", 'name': 'value', name=value
    re.compile(rf"(?i)({_HUSHED}[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}}]+)"),
    re.compile(r"(?i)((?:proxy-)?authorization[\"']?\s*[=:]\s*[\"']?)([^\"'\r\n]+)"),
    re.compile(r"(?i)(://[^/\s:@]+:)([^@/\s]+)(?=@)"),
)
_SECRET_FIELD = re.compile(rf"(?i){_HUSHED}")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _mask(text: str) -> str:
    for secret in _SECRETS:
        text = secret.sub(r"\1***", text)
    return text


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
                line[name] = "***" if _SECRET_FIELD.fullmatch(name) else _mask(str(value))
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
