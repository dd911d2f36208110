"""Evidence: a verdict exists only with a row, and a row survives its way through the store."""

from __future__ import annotations

import pytest

from ngbw.ipv6.catalogue import checks
from ngbw.ipv6.evidence import Evidence, digest_of
from ngbw.ipv6.verdicts import Verdict


def row(**changes: object) -> Evidence:
    fields: dict[str, object] = {
        "check_id": "S1",
        "subject": "website:portal",
        "vantage": "district",
        "asked": ("AAAA www.example.net",),
        "answered": {"addresses": ["2001:db8::1"], "rtt_ms": 3.5},
        "digest": digest_of(b"answer"),
        "began_s": 1_480_000_000.0,
        "duration_s": 0.25,
        "verdict": Verdict.FAIL,
        "reason": "no-aaaa",
        "detail": "杨浦 \x1b[31m<b>",
    }
    return Evidence(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_row_survives_its_way_through_the_store() -> None:
    assert Evidence.from_body(row().to_body()) == row()
    assert row().check_version == checks()["S1"].version


def test_a_row_counts_until_its_check_says() -> None:
    assert row().expires_s == 1_480_000_000.25 + 24 * 3600


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": "because"}, "knows no reason 'because'"),
        ({"reason": ""}, "fail needs a reason"),
        ({"subject": ""}, "needs a subject"),
        ({"began_s": float("nan")}, "and a time"),
    ],
)
def test_a_verdict_without_its_reason_is_no_evidence(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        row(**changes)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"not json", b'{"asked": 3}', b"\xff"])
def test_a_body_that_is_no_row_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Evidence.from_body(body)
