"""What a person should know about words before they are texted: their length, their language, what they name.

Pure, and never a bar: whoever writes decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from smsbot.replies import segments, to_gsm
from smsbot.replies.segments import is_gsm
from smsbot.triage.language import UNDETERMINED, read_languages
from smsbot.triage.medications import find_medications
from smsbot.triage.normalise import fold

ADVISED_SEGMENTS = 3  # more is read badly on a phone, and carriers filter it sooner
_ENOUGH_WORDS = 3  # fewer show no language


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text is as it will be sent."""

    characters: int
    segments: int
    is_gsm: bool  # else UCS-2, in which a segment holds less than half
    costly: tuple[str, ...] = ()  # the characters that make it UCS-2, each once


def measure(words: str) -> Length:
    """The length of these words, once typographic signs are replaced as they are before sending."""
    text = to_gsm(words).strip()
    costly = tuple(dict.fromkeys(sign for sign in text if not is_gsm(sign)))
    return Length(len(text), segments(text), not costly, costly)


def other_language(words: str, language: str | None) -> str | None:
    """The language these words are written in, if it is plainly not `language`; `other` for a fourth one."""
    if language is None or len(re.findall(r"[^\W\d_]+", words)) < _ENOUGH_WORDS:
        return None
    read = read_languages(words)
    return None if language in read or read == (UNDETERMINED,) else read[0]


def medications_named(words: str) -> tuple[str, ...]:
    """The medications named, as they are written here, each once."""
    named = (one for one in find_medications(fold(words)) if one.is_named)
    return tuple(dict.fromkeys(words[one.start : one.end] for one in named))
