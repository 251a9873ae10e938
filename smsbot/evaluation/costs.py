"""What reading costs: time for one message and for a hostile one, and what the engine needs to get ready."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from smsbot.evaluation.examples import Example
from smsbot.evaluation.readers import Pair, Reader

_LENGTH = 1600  # characters: the longest text the provider takes
_TRIES = 3  # the fastest counts: the question is what the text costs, not what else the machine does

_PATIENCE = 120  # seconds a fresh process may take before it counts as failed

_HOSTILE = (
    "a" * _LENGTH,
    "k i l l " * 200,
    "no not never dont want to die or kill or hurt myself " * 30,
    "1/1/1 over 9 " * 123,
    "m pa vle " * 178,
    "\u200bs\u0301u\u0301i\u0301" * 228,
    "((((((\"'\"'.,!?" * 114,
    "tomorrow or tuesday after 3 but not before 5 unless friday " * 27,
    "😀🫠👍🏽" * 400,
)


def timings(pairs: Sequence[Pair]) -> dict[str, float | None]:
    """Mean and 99th percentile of one message, in milliseconds."""
    if not pairs:
        return {"mean_ms": None, "p99_ms": None}
    spent = sorted(pair.seconds * 1000 for pair in pairs)
    place = min(len(spent) - 1, int(0.99 * len(spent)))
    return {"mean_ms": sum(spent) / len(spent), "p99_ms": spent[place]}


def hostile_ms(reader: Reader, like: Example) -> float:
    """Milliseconds for the slowest of some texts made to be slow; `like` lends time and situation."""
    return max(_fastest_ms(reader, like, body[:_LENGTH]) for body in _HOSTILE)


def fresh_costs(override_dir: Path | None) -> dict[str, float | None]:
    """Seconds until ready and megabytes added, from a process of its own; empty when it fails."""
    command = [
        sys.executable,
        "-m",
        "smsbot.evaluation.fresh",
        *([str(override_dir)] if override_dir else []),
    ]
    done = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603
    if done.returncode != 0:
        return {"ready_s": None, "memory_mb": None}
    return dict(json.loads(done.stdout))


def _fastest_ms(reader: Reader, like: Example, body: str) -> float:
    example = Example(like.id, body, like.language, like.writer, like.received_at, like.situation)
    best = float("inf")
    for _ in range(_TRIES):
        start = time.perf_counter()
        reader(example)
        best = min(best, time.perf_counter() - start)
    return best * 1000
