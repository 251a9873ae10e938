"""The headline figures of one set of readings: urgency, labels, medications, times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

from smsbot.domain import Flag, Intent, Urgency
from smsbot.evaluation.readers import Pair
from smsbot.evaluation.shares import Counts, Figure, share_of, total

_Label = TypeVar("_Label", bound=StrEnum)

Confusion = dict[Urgency, dict[Urgency, int]]  # truth, then reading


def measure(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Every headline figure by its name."""
    judged = [pair for pair in pairs if pair.example.urgency is not None]
    emergencies = [pair for pair in judged if pair.example.urgency is Urgency.EMERGENCY]
    others = [pair for pair in judged if pair.example.urgency is not Urgency.EMERGENCY]
    return {
        "emergency_recall": share_of(_is_alarm(pair) for pair in emergencies),
        "emergency_as_urgent": share_of(_is_raised(pair) for pair in emergencies),
        "emergency_as_none": share_of(pair.read.urgency is Urgency.NONE for pair in emergencies),
        "emergency_precision": share_of(
            pair.example.urgency is Urgency.EMERGENCY for pair in judged if _is_alarm(pair)
        ),
        "urgent_recall": share_of(_is_raised(pair) for pair in _with(judged, Urgency.URGENT)),
        "false_emergency": share_of(_is_alarm(pair) for pair in others),
        "over_triage": share_of(_is_raised(pair) for pair in _with(judged, Urgency.ROUTINE, Urgency.NONE)),
        "urgency_exact": share_of(pair.read.urgency is pair.example.urgency for pair in judged),
        "intents_f1": total(intent_counts(pairs).values()).f1,
        "flags_f1": total(flag_counts(pairs).values()).f1,
        "medications_f1": medication_counts(pairs).f1,
        "windows_exact": windows_exact(pairs),
    }


def confusion(pairs: Iterable[Pair]) -> Confusion:
    """How many messages of each urgency were read as each urgency."""
    table = {truth: dict.fromkeys(Urgency, 0) for truth in Urgency}
    for pair in pairs:
        if pair.example.urgency is not None:
            table[pair.example.urgency][pair.read.urgency] += 1
    return table


def intent_counts(pairs: Iterable[Pair]) -> dict[Intent, Counts]:
    """Counts of every intent."""
    rows = [
        (pair.example.intents, pair.example.intents_allowed, pair.read.intents)
        for pair in pairs
        if pair.example.intents is not None
    ]
    return _label_counts(rows, Intent)


def flag_counts(pairs: Iterable[Pair]) -> dict[Flag, Counts]:
    """Counts of every flag."""
    rows = [
        (pair.example.flags, pair.example.flags_allowed, pair.read.flags)
        for pair in pairs
        if pair.example.flags is not None
    ]
    return _label_counts(rows, Flag)


def medication_counts(pairs: Iterable[Pair]) -> Counts:
    """Counts over all medications named, by generic name."""
    rows = [pair for pair in pairs if pair.example.medications is not None]
    return total(
        _set_counts(pair.example.medications or frozenset(), set(pair.read.medications)) for pair in rows
    )


def windows_exact(pairs: Iterable[Pair]) -> Figure:
    """Messages whose times and exclusions are all right, of those that hold a time or were read to hold one.

    Texts in which there is none and none was read would only flatter the share.
    """
    return share_of(_is_exact(pair) for pair in pairs if _has_time(pair))


def group(pairs: Iterable[Pair], name: Callable[[Pair], str]) -> dict[str, list[Pair]]:
    """The pairs by a name of theirs, in the order of the names."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(name(pair), []).append(pair)
    return dict(sorted(groups.items()))


def _with(pairs: Iterable[Pair], *urgencies: Urgency) -> list[Pair]:
    return [pair for pair in pairs if pair.example.urgency in urgencies]


def _is_alarm(pair: Pair) -> bool:
    return pair.read.urgency is Urgency.EMERGENCY


def _is_raised(pair: Pair) -> bool:
    return pair.read.urgency.rank >= Urgency.URGENT.rank


def _label_counts(
    rows: Iterable[tuple[frozenset[_Label] | None, frozenset[_Label], Collection[_Label]]],
    kind: type[_Label],
) -> dict[_Label, Counts]:
    counts = dict.fromkeys(kind, Counts())
    for must, allowed, read in rows:
        for label in kind:
            counts[label] += _label_count(label, must or frozenset(), allowed, read)
    return counts


def _label_count(
    label: _Label, must: frozenset[_Label], allowed: frozenset[_Label], read: Collection[_Label]
) -> Counts:
    if label in must:
        return Counts(right=1) if label in read else Counts(missed=1)
    return Counts(extra=1) if label in read and label not in allowed else Counts()


def _set_counts(must: Collection[str], read: Collection[str]) -> Counts:
    right = len(set(must) & set(read))
    return Counts(right, len(set(read)) - right, len(set(must)) - right)


def _has_time(pair: Pair) -> bool:
    example, read = pair.example, pair.read
    if example.windows is None:
        return False
    return bool(example.windows or example.excluded or read.windows or read.excluded)


def _is_exact(pair: Pair) -> bool:
    is_wished = frozenset(pair.read.windows) == pair.example.windows
    return is_wished and frozenset(pair.read.excluded) == pair.example.excluded
