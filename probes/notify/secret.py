"""Secrets of channels: read from the environment or a file, shown to nobody."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ...topology.errors import SurroundingsError

__all__ = ["Secret", "read_secret"]

_MAX_BYTES = 10_000


class Secret:
    """A text that does not show itself: not in a repr, a message, a log or a comparison's failure."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")

    def scrub(self, text: str) -> str:
        """Return a text, of an error say, in which the secret is blotted out."""
        return text.replace(self._text, "...") if self._text else text


def read_secret(
    name: str, *, variable: str = "", file: str = "", environment: Mapping[str, str] = os.environ
) -> Secret:
    """Read a secret from an environment variable or a file.

    Parameters
    ----------
    name
        What it is for, in messages.

    Raises
    ------
    SurroundingsError
        The variable is not set, the file cannot be read, or it is empty.
    """
    if variable:
        text = environment.get(variable, "").strip()
        if not text:
            raise SurroundingsError(f"{name}: the environment variable {variable} is not set")
        return Secret(text)
    try:
        with Path(file).open("rb") as opened:
            text = opened.read(_MAX_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SurroundingsError(f"{name}: the file {file} cannot be read ({reason})") from None
    if not text:
        raise SurroundingsError(f"{name}: the file {file} is empty")
    return Secret(text)
