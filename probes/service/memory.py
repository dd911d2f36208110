"""What the poll service remembers from one run to the next: which credential fits, who is dead."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from ..snmp.values import Oid, oid, oid_text

__all__ = ["Kind", "Memory", "read_memory", "write_memory"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a device says it is: sysObjectID and sysDescr."""

    object_id: Oid
    description: str = ""


@dataclass(slots=True)
class Memory:
    """What was learned of devices.

    Attributes
    ----------
    credential
        Name of the credential that a device answered.
    misses
        How often in a row a device had not answered.
    kind
        What a device said it is: it decides what of a maker's own is asked.
    """

    credential: dict[str, str] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    kind: dict[str, Kind] = field(default_factory=dict)


def read_memory(path: Path) -> Memory:
    """Read what an earlier run left; nothing when it left nothing, or nothing that can be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Memory(
            {str(k): str(v) for k, v in document["credential"].items()},
            {str(k): int(v) for k, v in document["misses"].items()},
            {str(k): Kind(oid(v[0]), str(v[1])) for k, v in document["kind"].items()},
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Memory()  # it is all learned again within a few intervals


def write_memory(memory: Memory, path: Path) -> None:
    """Write what was learned, whole or not at all."""
    document = {
        "credential": memory.credential, "misses": memory.misses,
        "kind": {k: [oid_text(one.object_id), one.description] for k, one in memory.kind.items()},
    }  # fmt: skip
    beside = path.with_name(f".{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
