"""What the moments before a text say about it: a thought sent in pieces, an answer to our question."""

from __future__ import annotations

from datetime import timedelta

import re2

from smsbot.domain import EMERGENCY_FLAGS, Intent, Situation, Urgency
from smsbot.triage.normalise import Folded, fold
from smsbot.triage.reading import Label, Reading
from smsbot.triage.rulebook import Rulebook
from smsbot.triage.rules import find_hits

_TOGETHER = timedelta(minutes=5)  # texts this close are read as one thought
_MOST_EARLIER = 5
_LONGEST = 700  # characters of earlier texts that are read again
_SAFE_NOW = "safe_now"

_SAFE = re2.compile(
    r"^(?:yes|yeah|yep|yea|yup|y|si|sip|wi|im safe|i am safe|safe|im ok|im okay|im fine"
    r"|im good|estoy (?:bien|a salvo|segur[oa])|m anfom|m byen)\b"
)
_UNSAFE = re2.compile(
    r"\b(?:no|nope|nah|not|dont|idk|maybe|unsure|never|hardly|barely|cant|scared|non"
    r"|pa|nop|tampoco|talvez|tal vez|miedo|kom si|pe)\b"
)


def read_situation(book: Rulebook, folded: Folded, body: str, situation: Situation | None) -> Reading:
    """Dangers that only appear when the text is read with those just before it, or as an answer of ours."""
    if situation is None:
        return Reading("situation")
    labels = [*_split_thoughts(book, body, situation), *_unsafe_answer(folded, situation)]
    return Reading.of("situation", labels)


def _split_thoughts(book: Rulebook, body: str, situation: Situation) -> list[Label]:
    earlier = " ".join(recent_texts(situation))[-_LONGEST:]
    if not earlier.strip() or not body.strip():
        return []
    joined = fold(f"{earlier} {body}")
    border = len(earlier) + 1
    labels = []
    for hit in find_hits(book, joined, frozenset()):
        start, end = joined.original_span(hit.start, hit.end)
        if hit.rule.flag in EMERGENCY_FLAGS and start < border < end:
            why = f"{hit.rule.why} (read together with the text before)"
            labels.append(
                Label(why, 0, end - border, hit.rule.flag, None, hit.rule.urgency, 0.85, hit.rule.id)
            )
    return labels


def recent_texts(situation: Situation | None) -> tuple[str, ...]:
    """What was texted so shortly before that it may be one thought with the text, oldest first."""
    if situation is None:
        return ()
    close = [text.body for text in situation.earlier if situation.now - text.received_at <= _TOGETHER]
    return tuple(close[-_MOST_EARLIER:])


def _unsafe_answer(folded: Folded, situation: Situation) -> list[Label]:
    """Asked "are you safe right now?", anything but a clear yes is not an all-clear."""
    if situation.question != _SAFE_NOW:
        return []
    span = folded.original_span(0, len(folded.text))
    is_unsafe = bool(_UNSAFE.search(folded.text))
    if _SAFE.match(folded.text) and not is_unsafe:
        return []
    if is_unsafe:
        return [
            Label(
                "does not say yes when asked whether they are safe",
                *span,
                None,
                Intent.CRISIS,
                Urgency.EMERGENCY,
            )
        ]
    return [Label("no clear answer when asked whether they are safe", *span, None, None, Urgency.URGENT)]
