"""Is the confidence honest? Of the texts read with 0.9, nine in ten should have the right urgency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smsbot.evaluation.readers import Pair
from smsbot.evaluation.shares import Figure, share_of

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings whose confidence lies in one tenth: its mean, and the share that was right."""

    low: float
    high: float
    confidence: float
    right: Figure


def bins(pairs: Sequence[Pair]) -> list[Bin]:
    """The tenths that hold readings, lowest first."""
    judged = [pair for pair in pairs if pair.example.urgency is not None]
    tenths: list[list[Pair]] = [[] for _ in range(BINS)]
    for pair in judged:
        tenths[min(BINS - 1, int(pair.read.confidence * BINS))].append(pair)
    return [_bin(place, tenth) for place, tenth in enumerate(tenths) if tenth]


def calibration_error(found: Sequence[Bin]) -> float | None:
    """The mean distance of confidence and truth, weighted by readings (expected calibration error)."""
    readings = sum(each.right.of for each in found)
    if not readings:
        return None
    gaps = (each.right.of * abs(each.confidence - (each.right.value or 0.0)) for each in found)
    return sum(gaps) / readings


def _bin(place: int, pairs: list[Pair]) -> Bin:
    confidence = sum(pair.read.confidence for pair in pairs) / len(pairs)
    right = share_of(pair.read.urgency is pair.example.urgency for pair in pairs)
    return Bin(place / BINS, (place + 1) / BINS, confidence, right)
