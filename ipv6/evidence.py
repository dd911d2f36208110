"""Evidence: who asked what of whom when, what came back, and the verdict that rests on it.

A verdict exists only as a row of evidence. Rows are never changed; they grow old.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .catalogue import check_named
from .verdicts import Basis, Verdict

__all__ = ["MOST_KEPT_BYTES", "Evidence", "digest_of"]

MOST_KEPT_BYTES = 64 * 1024
"""Of a raw answer; its digest covers all of it."""


def digest_of(raw: bytes) -> str:
    """Return the digest that stands for a raw answer, SHA-256 in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A row of evidence.

    Attributes
    ----------
    check_id, check_version
        Of the catalogue; the version is that of the rule that judged.
    subject
        ``device:ID``, ``website:ID``, ``link:ID``, ``vantage:NAME``.
    vantage
        From where it was asked.
    asked
        Questions, as they were put: objects, names and types, requests.
    answered
        What was read of the answers: JSON-able values with their units in the names.
    digest
        Of the raw answer (:func:`digest_of`); "" where none came.
    began_s, duration_s
        Unix time, and seconds.
    reason
        Code of the check's catalogue entry; "" where a pass needs none.
    detail
        The one thing to look at, such as the address that refused; hostile text.
    excerpt
        First bytes of a raw answer, at most :data:`MOST_KEPT_BYTES`, as text.

    Raises
    ------
    ValueError
        The reason is not one of the check's, or the row says less than a verdict needs.
    """

    check_id: str
    subject: str
    vantage: str
    asked: tuple[str, ...]
    answered: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    began_s: float
    duration_s: float = 0.0
    verdict: Verdict
    reason: str = ""
    detail: str = ""
    basis: Basis = Basis.MEASURED
    check_version: int = 0
    excerpt: str = ""

    def __post_init__(self) -> None:
        check = check_named(self.check_id)
        if not self.check_version:
            object.__setattr__(self, "check_version", check.version)
        if not self.subject or not self.vantage or not math.isfinite(self.began_s):
            raise ValueError(f"{self.check_id}: evidence needs a subject, a vantage and a time")
        if self.check_version == check.version and self.reason not in check.reasons | {""}:
            raise ValueError(f"{self.check_id} knows no reason {self.reason!r}")
        if not self.reason and self.verdict is not Verdict.PASS:
            raise ValueError(f"{self.check_id}: {self.verdict} needs a reason")

    @property
    def expires_s(self) -> float:
        """When the row no longer counts, Unix time."""
        return self.began_s + self.duration_s + check_named(self.check_id).expires_s

    def to_body(self) -> bytes:
        """Return the row as the body of an event: JSON, UTF-8, keys sorted."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(row, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()

    @classmethod
    def from_body(cls, body: bytes) -> Evidence:
        """Return the row that a body holds.

        Raises
        ------
        ValueError
            The body is not a row of evidence.
        """
        try:
            row = json.loads(body)
            row["asked"] = tuple(row["asked"])
            row["verdict"] = Verdict(row["verdict"])
            row["basis"] = Basis(row["basis"])
            return cls(**row)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a row of evidence: {error}") from None
