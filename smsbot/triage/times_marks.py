"""A text cut into marks for reading times: words with what they can mean, numbers, clock times, punctuation.

The words stand in times_words.toml. A mark may mean several things ("a" joins days in Spanish and is an
article in English); whoever reads the marks decides.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import re2
from rapidfuzz.distance import OSA

_WORDS_FILE = Path(__file__).with_name("times_words.toml")
_MOST_TOKENS = 300  # read; a text has 1,600 characters at most
_LONGEST_PIECE = 40  # characters without a blank that are looked at
_LONGEST_PHRASE = 6  # words
_NOON = 12 * 60

# Kinds of marks made here; all others are the cues of times_words.toml.
NUMBER, CLOCK, ORDINAL, SLASH, MEASURE = "num", "clocktime", "ordinal", "slash", "measure"
COMMA, STOP, DASH, WORD = "comma", "stop", "dash", "word"

# What stands in one piece between blanks and is no plain word. Alternatives in order; linear, for it is RE2.
_PIECE = re2.compile(
    r"(?P<word>\b(?:b4|2day|2morrow|2moro|2mrw|2nite|2night|l8r)\b)"
    r"|(?P<skip>\$\d[\d,.]*|\b\d{3}[-.]\d{4}\b|\b\d{5,}\b|\b\d+\.\d{1,2}\b(?:mg|ml)?|\b\d+%|#\d+)"
    r"|(?P<iso>\b20\d\d-\d\d-\d\d\b)"
    r"|(?P<slash>\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b)"
    r"|(?P<clock>\b\d{1,2}[:h]\d{2}(?:am?\b|pm?\b)?|\b\d{1,4}[ap]m\b|\b\d{1,2}[ap]\b|\b\d{1,2}(?:oclock|ish|hs)\b"
    r"|\b\d{1,2}(?:z?e|tr?e|ze|h)(?:[0-5]\d)?\b)"
    r"|(?P<ordinal>\b\d{1,2}(?:(?:st|nd|rd|th)s?|e?ro|er|do|ye|yem)\b)"
    r"|(?P<measure>\b\d+[a-z]+\b)"
    r"|(?P<number>\b\d{1,4}\b)"
    r"|(?P<plain>[a-z]+|[@&+])"
    r"|(?P<stop>[.!?;]+)"
    r"|(?P<comma>[,:/])"
    r"|(?P<dash>-+)"
)
_CLOCK_PARTS = re2.compile(r"(\d{1,2})(?:\s?[:hzetr]*\s?)(\d{2})?\s?([ap])?")
_SCORED = frozenset(
    {
        "mood",
        "pain",
        "anxiety",
        "depression",
        "stress",
        "energy",
        "sleep",
        "level",
        "feeling",
        "animo",
        "ansiedad",
    }
    | {
        "dolor",
        "humor",
        "nivel",
        "doule",
        "estres",
        "a",
        "at",
        "about",
        "like",
        "is",
        "was",
        "now",
        "im",
        "un",
        "una",
        "en",
    }
)  # before 6/10
_ABBREVIATED = frozenset(
    {
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "dic",
        "dr",
        "mr",
        "mrs",
    }
)  # a full stop after these ends no sentence
_WORD_GUARD = frozenset(
    {"vienes", "mourning", "someday", "payday", "midday", "birthday", "workday", "holiday"}
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One word, phrase, number or point of punctuation. `kinds` says what it can mean, with what value.

    `minutes` of a clock time are counted from midnight; `is_flexible` when neither am nor pm was said. `date`
    is month, day and, if given, year.
    """

    text: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    minutes: int = 0
    is_flexible: bool = False
    date: tuple[int, int, int | None] | None = None

    def has(self, *kinds: str) -> bool:
        """Whether it can mean one of `kinds`."""
        for kind in kinds:  # noqa: SIM110 - the hottest line; any() takes twice as long
            if kind in self.kinds:
                return True
        return False


def read_marks(body: str) -> list[Mark]:
    """The marks of `body` in order, at most a few hundred."""
    tokens = list(_tokens(_plain(body)))[:_MOST_TOKENS]
    marks: list[Mark] = []
    at = 0
    while at < len(tokens):
        mark, used = _mark_at(tokens, at)
        marks.append(mark)
        at += used
    return marks


def office_minutes(hour: int, minute: int) -> int:
    """Without am or pm a clock time falls in office hours: 8 to 12 before noon, 1 to 7 after (guide)."""
    return (hour + 12 if 1 <= hour <= 7 else hour) * 60 + minute


def _plain(body: str) -> str:
    split = unicodedata.normalize("NFKD", body.lower().replace("&amp;", "&"))
    letters = (
        split if split.isascii() else "".join(letter for letter in split if not unicodedata.combining(letter))
    )
    plain = letters.translate(_PLAIN)
    return plain.replace("a.m", "am").replace("p.m", "pm") if ".m" in plain else plain


_PLAIN = str.maketrans(
    dict.fromkeys("'’‘`´ʼ′", "") | dict.fromkeys("–—−‐‑", "-") | {"…": " . ", "¿": " ", "¡": " "}
)

Token = tuple[str, str]  # kind and text


def _tokens(text: str) -> Iterator[Token]:
    for line_at, line in enumerate(text.split("\n")):
        if line_at:
            yield "stop", "\n"
        for piece in line.split():
            yield from _piece_tokens(piece[:_LONGEST_PIECE])


def _piece_tokens(piece: str) -> Iterator[Token]:
    """Plain words are told without a pattern, for they are most of a text."""
    bare = piece.rstrip(".,!?;:)")
    if not bare or (bare.isascii() and bare.isalpha()):
        if bare:
            yield "word", bare
        piece = piece[len(bare) :].replace(")", "")
        if piece == "." and bare in _ABBREVIATED:
            return
        if piece:
            yield "comma" if piece in (",", ":") else "stop", piece
        return
    if not piece.strip("-"):
        yield "loose", piece
        return
    for match in _PIECE.finditer(piece):
        kind = match.lastgroup
        if kind is not None:
            yield "word" if kind == "plain" else kind, match.group()


def _mark_at(tokens: list[Token], at: int) -> tuple[Mark, int]:
    kind, text = tokens[at]
    if kind == "word" or (kind == "number" and at + 1 < len(tokens)):
        phrase = _phrase_at(tokens, at)
        if phrase is not None:
            return phrase
    if kind == "slash" and text.endswith("/10") and at and tokens[at - 1][1] in _SCORED:
        return Mark(text, {MEASURE: text}), 1  # mood 6/10
    if kind == "word":
        return _unknown_word(text), 1
    return _number_or_point(kind, text), 1


def _phrase_at(tokens: list[Token], at: int) -> tuple[Mark, int] | None:
    phrases = _load_phrases()
    words, used = _words_ahead(tokens, at)
    for length in range(len(words), 0, -1):
        if length == 1 and tokens[at][0] == "number":
            return None
        phrase = " ".join(words[:length])
        kinds = phrases.get(phrase)
        if kinds is not None:
            return Mark(phrase, kinds), used[length - 1]
    return None


def _words_ahead(tokens: list[Token], at: int) -> tuple[list[str], list[int]]:
    """The words from `at` on that could make a phrase, and the tokens used up to each; a hyphen joins."""
    words: list[str] = []
    used: list[int] = []
    for ahead, (kind, text) in enumerate(tokens[at : at + 2 * _LONGEST_PHRASE], start=1):
        if kind in ("word", "number") and len(words) < _LONGEST_PHRASE:
            words.append(text)
            used.append(ahead)
        elif kind != "dash":
            break
    return words, used


def _unknown_word(text: str) -> Mark:
    """A slip of the fingers in a day's name is put right; the forms of "to move" are known by their stem."""
    if text.startswith(_MOVING_STEMS):
        return Mark(text, {"move": "move"})
    if 6 <= len(text) <= 10 and text not in _WORD_GUARD:
        slips = 2 if len(text) > 8 else 1
        for right in _SLIPPABLE:
            if OSA.distance(text, right, score_cutoff=slips) <= slips:
                return Mark(right, _load_phrases()[right])
    return Mark(text, {WORD: text})


_MOVING_STEMS = (
    "cambi",
    "pasem",
    "pasam",
    "pasel",
    "pasal",
    "correm",
    "correl",
    "muev",
    "movi",
    "reprogram",
    "reagend",
    "pospon",
    "adelant",
    "atras",
    "ranvwa",
    "deplas",
    "resched",
)
_SLIPPABLE = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow", "morning",
    "afternoon", "evening", "miercoles", "viernes", "vandredi", "apremidi",
)  # fmt: skip


def _number_or_point(kind: str, text: str) -> Mark:
    if kind == "iso":
        year, month, day = (int(part) for part in text.split("-"))
        return Mark(text, {SLASH: text}, date=(month, day, year))
    if kind == "slash":
        return _slash(text)
    if kind == "clock":
        return _clock(text)
    if kind == "ordinal":
        return Mark(text, {ORDINAL: text}, number=int("".join(filter(str.isdigit, text))))
    if kind == "number":
        return Mark(text, {NUMBER: text}, number=int(text))
    if kind == "loose":  # "mon - thu", and "tuesday - anything open?"
        return Mark(text, {COMMA: text, DASH: text})
    return Mark(text, {MEASURE if kind in ("measure", "skip") else kind: text})


def _slash(text: str) -> Mark:
    month, day, *year = (int(part) for part in text.split("/"))
    if month > 12 >= day:
        month, day = day, month  # 22/10, as it is written outside the United States
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return Mark(text, {MEASURE: text})
    full_year = (year[0] if year[0] > 99 else 2000 + year[0]) if year else None
    return Mark(text, {SLASH: text}, date=(month, day, full_year))


def _clock(text: str) -> Mark:
    digits = text.replace(".", "")
    if digits[:4].isdigit() or (digits[:3].isdigit() and not digits[3:4].isdigit()):
        split = 2 if digits[:4].isdigit() else 1
        digits = f"{digits[:split]}:{digits[split:]}"
    match = _CLOCK_PARTS.match(digits)
    hour, minute = int(match.group(1)), int(match.group(2) or 0)
    if hour > 23 or minute > 59 or (hour == 0 and match.group(3)):
        return Mark(text, {MEASURE: text})
    half = match.group(3)
    if half is None:
        flexible = 1 <= hour <= 12
        return Mark(text, {CLOCK: text}, hour, office_minutes(hour, minute), flexible)
    return Mark(text, {CLOCK: text}, hour, (hour % 12) * 60 + minute + (_NOON if half == "p" else 0))


@lru_cache(maxsize=1)
def _load_phrases() -> dict[str, Mapping[str, str]]:
    """What each phrase can mean: from the plain phrase to its kinds and their values."""
    with _WORDS_FILE.open("rb") as file:
        data = tomllib.load(file)
    phrases: dict[str, dict[str, str]] = {}
    for section, entries in data.items():
        if section == "format":
            continue
        for value, written in entries.items():
            kind = value if section == "cue" else section
            for phrase in written:
                phrases.setdefault(_plain(phrase), {}).setdefault(kind, value)
    for phrase in list(phrases):
        for other in _other_forms(phrase):
            phrases.setdefault(other, phrases[phrase])
    return dict(phrases)


def _other_forms(phrase: str) -> Iterator[str]:
    """ "i am free" for "im free", "mwen travay" for "m travay": long forms need not be listed."""
    words = phrase.split()
    for short, long in _LONG_FORMS:
        if short in words and len(words) > 1:
            yield " ".join(long if word == short else word for word in words)


_LONG_FORMS = (
    ("m", "mwen"), ("map", "m ap"), ("map", "mwen ap"), ("im", "i am"), ("im", "i m"), ("ill", "i will"),
    ("dont", "do not"), ("doesnt", "does not"), ("cant", "can not"), ("cant", "cannot"), ("wont", "will not"),
    ("isnt", "is not"), ("arent", "are not"), ("ive", "i have"), ("dont", "dnt"), ("cant", "can t"),
    ("gotta", "have to"), ("got to", "have to"), ("you", "u"), ("you", "ya"), ("que", "q"), ("por", "x"),
    ("para", "pa"), ("prefiero", "preferiria"), ("ap", "pral"),
)  # fmt: skip
