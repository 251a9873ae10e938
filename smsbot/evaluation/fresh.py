"""What the engine needs to get ready, measured in a process that has done nothing else.

Usage: python -m smsbot.evaluation.fresh [FOLDER OF OVERRIDES]; one JSON object on stdout.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

_STATM = Path(
    "/proc/self/statm"
)  # Linux; other systems tell peaks alone, which the start of a process spoils
_PAGE_MB = 4096 / 1024 / 1024


def main(arguments: list[str]) -> int:
    """Loads the engine, reads one text, and says what both took."""
    override = Path(arguments[0]) if arguments else None
    memory, start = _memory_mb(), time.perf_counter()
    from smsbot.triage import load_engine  # here: what importing takes is part of getting ready

    engine = load_engine(override)
    engine.triage("hello", datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    ready = time.perf_counter() - start
    after = _memory_mb()
    added = None if memory is None or after is None else after - memory
    sys.stdout.write(json.dumps({"ready_s": ready, "memory_mb": added}) + "\n")
    return 0


def _memory_mb() -> float | None:
    if not _STATM.exists():
        return None
    return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE_MB


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
