"""What the words of a cell must be where a list of choices cannot say it: splits, classes, metrics.

A form takes the text of a cell and returns nothing where it is sound, else the rule that it breaks
and the way out. Columns name their form (:class:`.schema.Column`), so that an import, ``validate``
and every verb that reads the table refuse the same cells in the same words.
"""

from __future__ import annotations

import unicodedata

from .errors import InputError
from .fibre.optics import SPLITTER_DB, parse_split
from .fibre.pon_classes import PON_CLASSES
from .nearest_word import nearest
from .targets import broken_metric, broken_metrics

__all__ = ["host_form", "metric_form", "metrics_form", "pon_class_form", "split_form"]


def pon_class_form(text: str) -> tuple[str, str] | None:
    """Judge the class of a PON's optics."""
    if text in PON_CLASSES:
        return None
    return f"must be a PON class{nearest(text, PON_CLASSES)}", f"use {', '.join(PON_CLASSES)}"


def split_form(text: str) -> tuple[str, str] | None:
    """Judge the splitters of a PON link."""
    try:
        parse_split(text)
    except InputError:
        ways = ", ".join(f"1:{each}" for each in SPLITTER_DB if each > 1)
        return (
            "must be the splitters from the OLT on",
            f"write any of {ways}, several in a row as 1:4 1:8, or none",
        )
    return None


def host_form(text: str) -> tuple[str, str] | None:
    """Judge a name in the DNS (RFC 1035, 2.3.4; RFC 5890 for names in other scripts)."""
    labels = text.removesuffix(".").split(".")
    plain = all(
        letter in "-_" or unicodedata.category(letter)[0] in "LMN"
        for label in labels
        for letter in label
    )
    if plain and len(text) <= 253 and all(0 < len(label) <= 63 for label in labels):
        return None
    return "must be a name in the DNS", "write the host alone, without https:// and path"


def metric_form(text: str) -> tuple[str, str] | None:
    """Judge the name of a metric."""
    return broken_metric(text)


def metrics_form(text: str) -> tuple[str, str] | None:
    """Judge the metrics of a target, joined by ``and``, each with its grouping."""
    return broken_metrics(text)
