"""Is the danger real, present and meant? Says what silences a phrase: negation, past, hypothetical, …

The cues of all three languages are tried on every text, for people mix them. A cue silences only
when it clearly belongs to the phrase: when in doubt the phrase stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import re2

from smsbot.domain import Flag
from smsbot.triage import cues
from smsbot.triage.rulebook import spaced

# What a person wants or means to do: a question or a "what if" does not make it harmless.
WISHES = frozenset({Flag.SUICIDE, Flag.SELF_HARM, Flag.HARM_TO_OTHERS})
# What may be gone for good; a fit or a chest pain that passed this week still needs a doctor.
MOODS = WISHES | {Flag.PSYCHOSIS, Flag.MANIA, Flag.WORSENING_MOOD, Flag.RELAPSE, Flag.DISSOCIATION}

# Matters precisely because it was in the past.
HISTORIES = frozenset({Flag.PRIOR_KETAMINE_REACTION})


def _any_of(patterns: Iterable[str]) -> Any:
    return re2.compile(rf"(?:\b|^)(?:{spaced('|'.join(patterns))})(?:\b|$)")


_SENTENCE_END = re2.compile(r"[.!?;\n]")
_CLAUSE_END = re2.compile(cues.CLAUSE_END)
_PAST = _any_of(cues.PAST)
_PAST_TENSE = _any_of(cues.PAST_TENSE)
_NOW = _any_of(cues.NOW)
_STILL = _any_of(cues.STILL)
_HYPOTHETICAL = _any_of(cues.HYPOTHETICAL)
_ON_PAPER = _any_of(cues.ON_PAPER)
_FICTION = _any_of(cues.FICTION)
_OWN = _any_of(cues.FIRST_PERSON)
_GONE = _any_of(cues.GONE)
_NOT_GONE = _any_of(cues.NOT_GONE)
_FIGURATIVE = _any_of(cues.FIGURATIVE)
_NEGATED_AFTER = re2.compile(cues.NEGATED_AFTER)
_FAR = 240  # characters of a sentence that are looked at on each side
_WORD = re2.compile(r"[a-z0-9]+|[,:]")


class Scope:
    """The scopes of one folded text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends = [match.start() for match in _SENTENCE_END.finditer(text)] + [len(text)]

    def sentence(self, start: int, end: int) -> str:
        """The sentence or sentences that hold `start:end`."""
        low, high = self._bounds(start, end)
        return self.text[low:high]

    def silencer(self, flag: Flag | None, start: int, end: int) -> str | None:
        """What silences a phrase with this flag at `start:end`; None when nothing does, or for an intent."""
        if flag is None:
            return None
        low, high = self._bounds(start, end)
        before, phrase, after = self.text[low:start], self.text[start:end], self.text[end:high]
        if _is_negated(before, phrase) or _NEGATED_AFTER.match(self.text[end : high + 20]):
            return "negated"
        if _is_on_paper(before + phrase + after, phrase, flag):
            return "on paper"
        if _is_fiction(before, phrase, after):
            return "fiction"
        if flag not in HISTORIES and _is_past(before, phrase, after, flag):
            return "past"
        if flag not in WISHES and _HYPOTHETICAL.search(_clause_before(before)):
            return "hypothetical"
        if flag not in WISHES and _FIGURATIVE.search(before + phrase + after):
            return "figurative"
        if flag in MOODS and _GONE.search(_clause_after(after)) and not _NOT_GONE.search(phrase + after):
            return "gone"
        return None

    def _bounds(self, start: int, end: int) -> tuple[int, int]:
        low = max((place + 1 for place in self._ends if place < start), default=0)
        high = min((place for place in self._ends if place >= end), default=len(self.text))
        return max(low, start - _FAR), min(high, end + _FAR)


def _clause_before(before: str) -> str:
    """What stands between the last break of a clause and the phrase."""
    ends = [match.end() for match in _CLAUSE_END.finditer(before)]
    return before[ends[-1] :] if ends else before


def _clause_after(after: str) -> str:
    match = _CLAUSE_END.search(after)
    return after[: match.start()] if match else after


def _is_negated(before: str, phrase: str) -> bool:
    """Walks back from the phrase over words that a negation reaches across; any other word ends it."""
    words = _WORD.findall(before)[-cues.REACH :]
    comma = False
    for index in range(len(words) - 1, -1, -1):
        word, follower = words[index], words[index + 1] if index + 1 < len(words) else None
        if word == ",":
            comma = True
        elif _negates(word, follower, words[index - 1] if index else None):
            return not comma or _is_list(words[index:], phrase)
        elif word not in cues.REACHED_ACROSS:
            return False
    return False


def _negates(word: str, follower: str | None, before: str | None) -> bool:
    if follower in cues.NEGATION_BROKEN_BY:
        return False
    if word in cues.CREOLE_NEGATORS:  # Spanish "pa" is "para": Creole has a subject before it or a verb after
        return before in cues.CREOLE_SUBJECTS or follower in cues.CREOLE_VERBS
    if word in cues.AUXILIARIES:
        return follower is None or follower in cues.NEGATED_VERBS
    return word in cues.NEGATORS


def _is_list(words: list[str], phrase: str) -> bool:
    """`no fever, sores or blisters` is one list; `no sleep, chest pain` is not."""
    return any(word in cues.LIST_JOINERS for word in words) and not _OWN.search(phrase)


def _is_past(before: str, phrase: str, after: str, flag: Flag) -> bool:
    clause = _clause_before(before) + phrase + _clause_after(after)
    opening = before[: len(before) - len(_clause_before(before))]
    told = _PAST.search(clause) or (_PAST.search(opening) and len(opening) < cues.OPENING)
    if not told or _NOW.search(clause) or _STILL.search(after):
        return False
    if flag not in WISHES:
        return True
    return bool(_PAST_TENSE.search(_clause_before(before)[-90:] + phrase))


def _is_on_paper(sentence: str, phrase: str, flag: Flag) -> bool:
    if flag in WISHES and _OWN.search(phrase):
        return False
    return bool(_ON_PAPER.search(sentence))


def _is_fiction(before: str, phrase: str, after: str) -> bool:
    if _OWN.search(before[-12:] + phrase):
        return False
    return bool(_FICTION.search(before + after))
