"""The readings that went wrong, the most serious first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smsbot.domain import Urgency
from smsbot.evaluation.readers import Pair


@dataclass(frozen=True, slots=True)
class Miss:
    """One message whose urgency was read wrongly. Bodies are corpus texts, never patients'."""

    id: str
    kind: str
    truth: Urgency
    read: Urgency
    confidence: float
    language: str
    flags: tuple[str, ...]
    body: str


def list_misses(pairs: Sequence[Pair]) -> list[Miss]:
    """Emergencies read too low (lowest, surest first), urgent texts read too low, false emergencies."""
    found = [miss for pair in pairs if (miss := _miss(pair)) is not None]
    return sorted(found, key=_seriousness)


def _miss(pair: Pair) -> Miss | None:
    truth, read = pair.example.urgency, pair.read.urgency
    kind = None if truth is None else _kind(truth, read)
    if truth is None or kind is None:
        return None
    return Miss(
        pair.example.id,
        kind,
        truth,
        read,
        round(pair.read.confidence, 4),
        pair.example.language,
        tuple(sorted(pair.example.flags or ())),
        pair.example.body,
    )


def _kind(truth: Urgency, read: Urgency) -> str | None:
    if truth is Urgency.EMERGENCY and read is not Urgency.EMERGENCY:
        return "missed emergency"
    if truth is Urgency.URGENT and read.rank < Urgency.URGENT.rank:
        return "missed urgent"
    if truth is not Urgency.EMERGENCY and read is Urgency.EMERGENCY:
        return "false emergency"
    return None


_KINDS = ("missed emergency", "missed urgent", "false emergency")


def _seriousness(miss: Miss) -> tuple[int, int, float, str]:
    gap = miss.read.rank if miss.kind != "false emergency" else miss.truth.rank
    return _KINDS.index(miss.kind), gap, -miss.confidence, miss.id
