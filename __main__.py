"""``python -m ngbw`` is the ``ngbw`` command."""

from __future__ import annotations

from ngbw.api.cli import run

if __name__ == "__main__":
    run()
