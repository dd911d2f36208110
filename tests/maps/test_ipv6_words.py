"""Every reason of the catalogue of checks has its words and its way out, every check its title."""

from __future__ import annotations

import pytest

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.verdicts import Level, Verdict
from ngbw.maps.words import LANGUAGES, words

REASONS = sorted({reason for check in checks().values() for reason in check.reasons})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_says_why_and_what_to_do(language):
    known = words(language)
    lacking = [
        f"{prefix}.{reason}"
        for reason in (*REASONS, "expired", "not-asked", "held-too-short")
        for prefix in ("ipv6_reason", "ipv6_do")
        if f"{prefix}.{reason}" not in known
    ]
    assert lacking == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_a_title(language):
    assert [c for c in checks() if f"ipv6_check.{c}" not in words(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_and_verdict_has_a_word(language):
    known = words(language)
    assert all(f"ipv6_level.{one.name}" in known for one in Level)
    assert all(f"ipv6_level_means.{one.name}" in known for one in Level)
    assert all(f"ipv6_found.{one}" in known for one in Verdict)


def test_chinese_words_are_chinese():
    mine = {k: v for k, v in words("zh-CN").items() if k.startswith(("ipv6_reason.", "ipv6_do."))}
    assert [k for k, v in mine.items() if not any(ord(c) > 0x2E80 for c in v)] == []
