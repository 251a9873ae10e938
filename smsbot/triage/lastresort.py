"""When no rule spoke: what is not understood goes to a person, and never as `none`."""

from __future__ import annotations

import re2

from smsbot.domain import Intent, Urgency
from smsbot.triage.normalise import Folded
from smsbot.triage.reading import Label, Reading

_ENOUGH_WORDS = 3
_EMOJI_GOOD = frozenset(
    "👍❤♥😊🙂🙏👏💪🎉😂🤣😁😄😀🥰😍💕💖💗💙💚💛💜🧡🤗✅👌🤝🌻🌸🎂🥳💯🤞😃😅😎🫶🤍☺😇🌞☀🌈💐🎈🙌🤙🫡"
)
_LETTERS = re2.compile(r"[a-z]{2,}")
_QUESTION = re2.compile(
    r"\?|\b(?:can|does|do|is|are|how|when|should|what|where|puedo|como|cuando|eske|kijan|kile)\b"
)


def read_last_resort(
    folded: Folded, languages: tuple[str, ...], *, names_medication: bool, layer: str
) -> Reading:
    """One label for a text of which nothing else was understood."""
    span = folded.original_span(0, len(folded.text))
    if _only_good_emoji(folded):
        return _one(layer, span, "friendly emoji alone", Intent.SOCIAL, Urgency.NONE)
    words = _LETTERS.findall(folded.text)
    if _is_unreadable(folded, languages, words):
        return _one(layer, span, "a language that cannot be read", Intent.UNCLEAR, Urgency.URGENT)
    if names_medication:
        question = bool(_QUESTION.search(folded.text))
        intent = Intent.MEDICATION_QUESTION if question else Intent.MEDICATION_SIDE_EFFECT
        return _one(
            layer, span, "names a medication, and nothing else is understood", intent, Urgency.ROUTINE
        )
    if len(words) >= 3:
        return _one(layer, span, "words are read but the sense is not", Intent.UNCLEAR, Urgency.ROUTINE)
    return _one(layer, span, "too little to tell", Intent.UNCLEAR, Urgency.ROUTINE)


def _one(layer: str, span: tuple[int, int], why: str, intent: Intent, urgency: Urgency) -> Reading:
    return Reading.of(layer, [Label(why, *span, None, intent, urgency, 0.4)])


def _is_unreadable(folded: Folded, languages: tuple[str, ...], words: list[str]) -> bool:
    """A language that we do not read; or none can be told although there are words enough to tell one."""
    main = languages[0] if languages else "und"
    if main == "other":
        return _has_letters(folded)
    return main == "und" and len(words) >= _ENOUGH_WORDS


def _only_good_emoji(folded: Folded) -> bool:
    texts = [token.text for token in folded.tokens]
    return bool(texts) and all(text in _EMOJI_GOOD for text in texts)


def _has_letters(folded: Folded) -> bool:
    return any(token.text.isalpha() and len(token.text) > 1 for token in folded.tokens)
