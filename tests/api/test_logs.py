"""Log lines: one form for people, one for machines, no secret in either."""

from __future__ import annotations

import json
import logging

import pytest

from ngbw.api.logs import configure


@pytest.fixture
def log():
    logger = logging.getLogger("ngbw")
    kept = logger.handlers[:], logger.propagate, logger.level
    yield logger
    logger.handlers[:], logger.propagate = kept[:2]
    logger.setLevel(kept[2])


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "message",
    [
        "snmp_community=canary",
        "{'community': 'canary'}",
        '"password": "canary with spaces"',
        "Authorization: Bearer canary",
        "fetching https://user:canary@host/x",
        "auth-key = canary, next",
        "API_KEY:canary",
    ],
)
def test_secret_in_a_message_is_masked(log, capsys, form, message):
    configure(form)
    log.info(message)
    assert "canary" not in capsys.readouterr().err


def test_field_whose_name_says_secret_is_masked(log, capsys):
    configure("json")
    log.info("polled", extra={"password": "canary", "snmp_community": "canary", "host": "R1"})
    line = json.loads(capsys.readouterr().err)
    assert (line["password"], line["snmp_community"], line["host"]) == ("***", "***", "R1")


def test_json_line_has_time_level_and_run(log, capsys):
    configure("json", verbose=True)
    log.debug("layer read")
    line = json.loads(capsys.readouterr().err)
    assert {"time", "level", "logger", "run", "message"} <= set(line)
    assert line["level"] == "debug"


def test_text_keeps_what_is_no_secret(log, capsys):
    configure("text")
    log.warning("no cache: tokens of trust")
    assert capsys.readouterr().err == "warning: no cache: tokens of trust\n"
