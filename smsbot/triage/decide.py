"""Joins what the layers read into one triage: floors, what takes the place of what, and the last resorts.

Layers may only raise. The one exception is stated here: the reading of the layer `fallback`, which
speaks when no rule did, gives way to any other layer that has an opinion. A learned layer joins as one
more `Reading`: its labels and its urgency count like those of any other layer.

Confidence is that the urgency is right. It is a table, not a guess at run time: the score of the surest
label that carries the urgency, lowered when only weak evidence or the last resort speaks (see `_confidence`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smsbot.domain import Evidence, Flag, Intent, Urgency
from smsbot.triage.reading import Label, Reading

FALLBACK = "fallback"
LEARNED = "learned"

INTENT_URGENCY = {
    Intent.APPOINTMENT_CONFIRM: Urgency.NONE,
    Intent.CONSENT_STOP: Urgency.NONE,
    Intent.CONSENT_START: Urgency.NONE,
    Intent.CONSENT_HELP: Urgency.NONE,
    Intent.SOCIAL: Urgency.NONE,
    Intent.WRONG_NUMBER: Urgency.NONE,
    Intent.CRISIS: Urgency.EMERGENCY,
}

# The flag on the left takes the place of those on the right.
REPLACES = {
    Flag.OVERDOSE: {Flag.DOSE_ERROR},
    Flag.HYPERTENSIVE_CRISIS: {Flag.HIGH_BP},
    Flag.SEVERE_RASH: {Flag.RASH},
    Flag.ANAPHYLAXIS: {Flag.RASH},
    Flag.CHEST_PAIN: {Flag.HEART},
    Flag.SUICIDE: {Flag.WORSENING_MOOD},
}

# What a flag asks for when the text names no request of its own.
FLAG_INTENT = {
    Flag.OUT_OF_MEDICATION: Intent.MEDICATION_REFILL,
    Flag.DOSE_ERROR: Intent.MEDICATION_MISSED_DOSE,
    Flag.WITHDRAWAL: Intent.MEDICATION_STOPPED,
    Flag.INTERACTION: Intent.MEDICATION_QUESTION,
    Flag.PRIOR_KETAMINE_REACTION: Intent.MEDICATION_SIDE_EFFECT,
    Flag.DISSOCIATION: Intent.MEDICATION_SIDE_EFFECT,
    Flag.SAME_DAY: Intent.APPOINTMENT_LATE,
}
_BLAMED = {Flag.RASH, Flag.HEART, Flag.VOMITING, Flag.URINARY, Flag.MANIA, Flag.FALL}

_VISITS = {
    Intent.APPOINTMENT_REQUEST,
    Intent.APPOINTMENT_RESCHEDULE,
    Intent.APPOINTMENT_CANCEL,
    Intent.APPOINTMENT_LATE,
    Intent.APPOINTMENT_QUESTION,
}
# The intent on the left makes those on the right superfluous.
OUTRANKS = {
    Intent.APPOINTMENT_RESCHEDULE: {
        Intent.APPOINTMENT_CANCEL,
        Intent.APPOINTMENT_REQUEST,
        Intent.APPOINTMENT_CONFIRM,
    },
    Intent.APPOINTMENT_LATE: {Intent.APPOINTMENT_CONFIRM, Intent.APPOINTMENT_REQUEST},
    Intent.APPOINTMENT_CANCEL: {Intent.APPOINTMENT_CONFIRM, Intent.APPOINTMENT_REQUEST},
    Intent.APPOINTMENT_REQUEST: {Intent.APPOINTMENT_CONFIRM},
    Intent.MEDICATION_SIDE_EFFECT: {Intent.SYMPTOM},
    Intent.MEDICATION_INEFFECTIVE: {Intent.SYMPTOM},
    Intent.CONSENT_STOP: {Intent.ADMIN},
    Intent.WRONG_NUMBER: {Intent.CONSENT_HELP},
}
_CONSENT = {Intent.CONSENT_STOP, Intent.CONSENT_START, Intent.CONSENT_HELP}
_EXPLAINED_WORDS = 14  # longer texts hid dangers behind "thanks" and "see you then" when this was measured
_WEAK = 0.7  # a rule of this score or less is a word in passing
_YIELDING = (Intent.SOCIAL, Intent.UNCLEAR, Intent.WRONG_NUMBER)  # only when nothing else was read


@dataclass(frozen=True, slots=True)
class Decision:
    """Urgency, intents and flags of one text, in the guide's order, with their evidence."""

    urgency: Urgency
    intents: tuple[Intent, ...]
    flags: tuple[Flag, ...]
    confidence: float
    evidence: tuple[Evidence, ...]


def decide(readings: Sequence[Reading], *, names_medication: bool = False, words: int = 0) -> Decision:
    """The decision that follows from all readings of a text of so many words."""
    labels = [label for reading in _heard(readings) for label in reading.labels]
    flags = _settle_flags({label.flag for label in labels if label.flag})
    labels = [label for label in labels if label.flag is None or label.flag in flags]
    labels = _without_guessed_strangers(labels)
    urgency = Urgency.highest(
        *(flag.least_urgency for flag in flags),
        *(label.urgency for label in labels),
        *(_urgency_of(label) for label in labels if label.intent),
        *(reading.urgency for reading in _heard(readings) if not reading.labels),
    )
    intents = _settle_intents(_spoken_intents(labels), flags, urgency, names_medication)
    if urgency is Urgency.NONE and not (_is_settled(intents, words) and _is_read(intents, labels)):
        urgency = Urgency.ROUTINE  # what is not understood is never `none`
    return Decision(
        urgency,
        tuple(intent for intent in Intent if intent in intents),
        tuple(flag for flag in Flag if flag in flags),
        _confidence(labels, readings, urgency),
        _evidence(labels, intents, flags),
    )


def _is_settled(intents: set[Intent], words: int) -> bool:
    """Whether nobody need see the text. A thank-you or a yes explains a short text, not a long one."""
    if Intent.UNCLEAR in intents:
        return False
    return words <= _EXPLAINED_WORDS or bool(intents & _CONSENT)


def _is_read(intents: set[Intent], labels: Iterable[Label]) -> bool:
    """Whether a rule read what makes the text need nobody. A yes that only the model hears may be a wish."""
    if intents != {Intent.APPOINTMENT_CONFIRM}:
        return True
    return Intent.APPOINTMENT_CONFIRM in _by_rules(labels)


def _by_rules(labels: Iterable[Label]) -> set[Intent]:
    return {label.intent for label in labels if label.intent and label.source != LEARNED}


def _without_guessed_strangers(labels: list[Label]) -> list[Label]:
    """Without a wrong number that no rule read: "hi its luis, about the visit" must not stay unread."""
    if Intent.WRONG_NUMBER in _by_rules(labels):
        return labels
    return [label for label in labels if label.intent is not Intent.WRONG_NUMBER]


def _heard(readings: Sequence[Reading]) -> list[Reading]:
    spoken = [reading for reading in readings if reading.layer != FALLBACK]
    return spoken if any(reading.labels for reading in spoken) else list(readings)


def _settle_flags(flags: set[Flag]) -> set[Flag]:
    replaced = {loser for winner in flags for loser in REPLACES.get(winner, ())}
    return flags - replaced


def _urgency_of(label: Label) -> Urgency:
    if label.intent is None:
        return Urgency.NONE
    return INTENT_URGENCY.get(label.intent, Urgency.ROUTINE)


def _spoken_intents(labels: Iterable[Label]) -> set[Intent]:
    """All intents but those of weak rules (single words), which count only when nothing firmer was read."""
    named = [label for label in labels if label.intent]
    firm = {label.intent for label in named if label.score > _WEAK} - {None, Intent.SOCIAL, Intent.CRISIS}
    return {label.intent for label in named if label.intent and (label.score > _WEAK or not firm)}


def _settle_intents(
    intents: set[Intent], flags: set[Flag], urgency: Urgency, names_medication: bool
) -> set[Intent]:
    settled = intents - {loser for winner in intents for loser in OUTRANKS.get(winner, ())}
    for yielding in _YIELDING:
        beside = settled - {yielding, Intent.CRISIS}
        if yielding is Intent.WRONG_NUMBER:
            beside -= _CONSENT  # "wrong number, stop texting me" says both
        if beside or flags:
            settled.discard(yielding)
    settled.discard(Intent.CRISIS)
    if urgency is Urgency.EMERGENCY:
        settled.add(Intent.CRISIS)
    elif not settled:
        settled = {_intent_of(flag, names_medication) for flag in flags} or {Intent.UNCLEAR}
    if len(settled) > 1:
        settled.discard(Intent.UNCLEAR)
    return settled


def _intent_of(flag: Flag, names_medication: bool) -> Intent:
    if flag in _BLAMED and names_medication:
        return Intent.MEDICATION_SIDE_EFFECT
    return FLAG_INTENT.get(flag, Intent.SYMPTOM)


def _confidence(labels: Iterable[Label], readings: Sequence[Reading], urgency: Urgency) -> float:
    carrying = [label for label in labels if Urgency.highest(label.urgency, _urgency_of(label)) is urgency]
    if not carrying or _heard(readings) == [reading for reading in readings if reading.layer == FALLBACK]:
        return 0.4
    surest = max(label.score for label in carrying)
    more = sum(label.score >= 0.8 for label in carrying) > 1
    return round(min(0.99, surest + (0.03 if more else 0.0)), 2)


def _evidence(labels: Iterable[Label], intents: set[Intent], flags: set[Flag]) -> tuple[Evidence, ...]:
    kept: dict[tuple[int, int, Flag | None, Intent | None], Evidence] = {}
    for label in labels:
        if label.flag in flags or label.intent in intents or (label.flag is None and label.intent is None):
            intent = label.intent if label.intent in intents else None
            if intent is None and label.intent is not None and label.flag is None:
                continue
            key = (label.start, label.end, label.flag, intent)
            kept.setdefault(key, Evidence(label.start, label.end, label.why, label.flag, intent))
    return tuple(sorted(kept.values(), key=lambda item: (item.start, item.end, item.why)))
