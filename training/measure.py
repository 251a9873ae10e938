"""Figures by the project's bars, with 95 % intervals (Wilson's for shares)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.corpus import INTENTS, Message

EMERGENCY, URGENT = 3, 2


@dataclass(frozen=True)
class Readings:
    """What a model read: urgency places, and 0 or 1 for each intent and flag."""

    urgency: np.ndarray
    labels: np.ndarray


def wilson(hits: int, total: int) -> tuple[float, float, float]:
    """The share and its 95 % interval (Wilson 1927); zeros when there is nothing to share."""
    if not total:
        return 0.0, 0.0, 0.0
    share, z = hits / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return share, middle - half, middle + half


def figures(messages: list[Message], readings: Readings) -> dict[str, tuple[float, float, float]]:
    """The bars' figures: share and interval each (micro-F1 by the normal approximation over hits)."""
    truth = np.array([message.urgency for message in messages])
    read = readings.urgency
    return {
        "emergency_recall": _share(read[truth == EMERGENCY] == EMERGENCY),
        "emergency_as_urgent_or_more": _share(read[truth == EMERGENCY] >= URGENT),
        "false_emergency": _share(read[truth != EMERGENCY] == EMERGENCY),
        "urgent_recall": _share(read[truth == URGENT] >= URGENT),
        "over_triaged": _share(read[truth < URGENT] >= URGENT),
        "urgency_exact": _share(read == truth),
        "intents_f1": _micro_f1(messages, readings, slice(0, len(INTENTS))),
        "flags_f1": _micro_f1(messages, readings, slice(len(INTENTS), None)),
    }


def by_language(
    messages: list[Message], readings: Readings
) -> dict[str, dict[str, tuple[float, float, float]]]:
    """`figures` for all and for each language that has messages."""
    found = {"all": figures(messages, readings)}
    for language in sorted({message.language for message in messages}):
        places = [at for at, message in enumerate(messages) if message.language == language]
        chosen = Readings(readings.urgency[places], readings.labels[places])
        found[language] = figures([messages[at] for at in places], chosen)
    return found


def as_text(found: dict[str, dict[str, tuple[float, float, float]]]) -> str:
    """A table: one line for each language."""
    names = list(next(iter(found.values())))
    lines = ["language " + " ".join(names)]
    lines += [
        f"{language:8} " + " ".join(f"{each[name][0]:.3f}" for name in names)
        for language, each in found.items()
    ]
    return "\n".join(lines)


def _share(hits: np.ndarray) -> tuple[float, float, float]:
    return wilson(int(hits.sum()), len(hits))


def _micro_f1(messages: list[Message], readings: Readings, part: slice) -> tuple[float, float, float]:
    truth = np.stack([message.labels for message in messages])[:, part]
    counted = np.stack([message.counted for message in messages])[:, part]
    read = readings.labels[:, part]
    both = float((truth * read * counted).sum())
    wrong = float(((truth != read) * counted).sum())
    score = 2 * both / max(2 * both + wrong, 1)
    spread = 1.96 * math.sqrt(max(score * (1 - score), 1e-9) / max(both + wrong, 1))
    return score, max(0.0, score - spread), min(1.0, score + spread)
