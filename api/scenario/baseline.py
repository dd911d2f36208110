"""The baseline: values that must not get worse, in a file that a reviewer can read.

One value a line, sorted, so that a merge request shows exactly what moved::

    {
     "format": 1,
     "values": {
      "any-one-link demand_lost.max": 0.0312,
      "as-planned coverage.share": 0.9459
     }
    }
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from ...topology.errors import FileError, MissingError
from ...topology.formats.whole_file import replacing
from ...topology.metrics import Metric
from ...topology.quantities import Tolerance
from .file_model import Baseline
from .report import Change, Result

__all__ = ["change_of", "read_baseline", "write_baseline"]

_MAX_BYTES = 10_000_000


def read_baseline(baseline: Baseline) -> dict[str, float]:
    """Return the values of a baseline by scenario and metric.

    Raises
    ------
    MissingError
        There is no such file yet.
    FileError
        It is damaged.
    """
    path = baseline.file
    if not path.is_file():
        raise MissingError(
            f"baseline {path} does not exist; write it with ngbw check --update-baseline and "
            "commit it"
        )
    if path.stat().st_size > _MAX_BYTES:
        raise FileError(f"baseline {path} is larger than 10 MB; write it again")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != 1:
            raise FileError(
                f"baseline {path} has format {document['format']!r}, this release reads 1; write "
                "it again with --update-baseline"
            )
        values = {str(key): float(value) for key, value in document["values"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(
            f"baseline {path} is damaged ({error}); restore it, or write it again with "
            "--update-baseline"
        ) from None
    if not all(math.isfinite(value) for value in values.values()):
        raise FileError(f"baseline {path} holds a value that is no number; write it again")
    return values


def write_baseline(baseline: Baseline, results: Iterable[Result]) -> int:
    """Write what was found as the new baseline, whole or not at all; return how many values.

    What cannot be told is left out; digits beyond the twelfth are noise of the machine.
    """
    values = {
        result.key: float(f"{result.reading.value:.12g}")
        for result in results
        if result.reading.value is not None
    }
    document = {"format": 1, "values": values}
    baseline.file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(baseline.file) as path:
        path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return len(values)


def change_of(
    result_key: str,
    value: float | None,
    metric: Metric,
    *,
    known: Mapping[str, float],
    tolerate: Mapping[str, Tolerance],
) -> Change:
    """Return how a value moved against the baseline, in the direction that is worse.

    A metric of which neither direction is better may not move at all, beyond its tolerance. A
    value that cannot be told any more is worse than any.
    """
    old = known.get(result_key)
    allowed = tolerate.get(metric.name, Tolerance())
    if old is None:
        return Change(None, worse=False, tolerance=allowed)
    if value is None:
        return Change(old, worse=True, tolerance=allowed)
    loss = {"higher": old - value, "lower": value - old, "neither": abs(value - old)}
    worse = not allowed.allows(old, loss[metric.better])
    return Change(old, worse=worse, tolerance=allowed)
