"""One plain spelling for every way of typing: what all later layers read.

`fold` gives lower-case text without accents, format characters, look-alike letters, stretched or
spaced-out words and text-speak, and remembers for every character where it came from, so that
evidence points into the text as it was sent.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from itertools import groupby

from smsbot.triage.spelling import (
    DASHES,
    DIGIT_LETTERS,
    DOUBLED,
    GUARDED_WORDS,
    LOOK_ALIKES,
    QUOTES,
    TEXT_SPEAK,
)

_LONGEST = 2400  # characters read; a text has 1,600 at most, and one character can unfold into eighteen
_ELIDED = frozenset("mlntkwy")  # Creole: m'ap is m ap; English keeps dont, im, youre
_LONGEST_RUN = 40  # letters typed apart that are looked at together
_SPACED_OUT = 5  # this many single letters in a row are a word typed apart

Spelled = list[tuple[str, int]]  # characters, each with its place in the original


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or emoji of the folded text, `text[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in plain spelling. `positions[i]` is where `text[i]` stands in the body as it was sent."""

    text: str
    positions: tuple[int, ...]
    tokens: tuple[Token, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original body behind `text[start:end]`."""
        if not self.positions or start >= end:
            return (0, 0)
        return self.positions[start], self.positions[end - 1] + 1


def fold(body: str) -> Folded:
    """`body` in plain spelling: letters a to z, digits, simple marks, emoji, other scripts as they are."""
    spelled = _space_emoji(_settle_marks(_plain_characters(body)))
    words = _join_spaced_out(_words(spelled))
    return _folded([pair for word in words for pair in _plain_word(word)])


def with_placeholders(folded: Folded, spans: tuple[tuple[int, int], ...], word: str) -> Folded:
    """The same text with `word` in place of each span of the body: one rule then fits every name."""
    letters: list[str] = []
    places: list[int] = []
    at = 0
    for first, past in sorted(spans):
        start, end = bisect_left(folded.positions, first), bisect_left(folded.positions, past)
        if start < at or start >= end:
            continue
        letters += [folded.text[at:start], word]
        places += [*folded.positions[at:start], *([first] * (len(word) - 1)), past - 1]
        at = end
    letters.append(folded.text[at:])
    places += folded.positions[at:]
    text = "".join(letters)
    return Folded(text, tuple(places), _tokens(text))


def _plain_characters(body: str) -> Spelled:
    plain: Spelled = []
    for place, character in enumerate(body):
        plain.extend((letter, place) for letter in _unfold(character))
        if len(plain) >= _LONGEST:
            break
    return plain[:_LONGEST]


def _unfold(character: str) -> str:
    if character in "\r\n\u2028\u2029\x0b\x0c":
        return "\n"
    if character.isascii():
        return character.lower() if character.isprintable() else " "
    if character in QUOTES:
        return "'"
    if character in DASHES:
        return "-"
    if character == "…":
        return "..."
    return "".join(_keep(letter) for letter in _decomposed(character))


def _decomposed(character: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold())


def _keep(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in ("Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn") or letter in "\u3164\u115f\u1160\uffa0":
        return ""
    if kind == "Sk":  # skin tones and loose accents
        return ""
    if kind in ("Zs", "Zl", "Zp"):
        return " "
    return {"“": '"', "”": '"', "«": '"', "»": '"', "¿": " ", "¡": " "}.get(
        letter, letter.translate(LOOK_ALIKES)
    )


def _settle_marks(spelled: Spelled) -> Spelled:
    """can't is cant; m'ap is m ap; passed-out is two words, 10-20 stays; loose dashes are commas."""
    settled: Spelled = []
    for index, (letter, place) in enumerate(spelled):
        if letter not in "'`-_~":
            settled.append((letter, place))
            continue
        before = spelled[index - 1][0] if index else " "
        after = spelled[index + 1][0] if index + 1 < len(spelled) else " "
        starts_word = index < 2 or not spelled[index - 2][0].isalnum()
        settled.extend((plain, place) for plain in _settled_mark(letter, before, after, starts_word))
    return settled


def _settled_mark(mark: str, before: str, after: str, starts_word: bool) -> str:
    inside = before.isalnum() and after.isalnum()
    if mark in "'`":
        if not inside:
            return '"'
        return " " if before in _ELIDED and starts_word else ""
    if inside:
        return "-" if before.isdigit() and after.isdigit() else " "
    return ", " if mark == "-" and before in " -" and after in " -" else " "


def _is_emoji(letter: str) -> bool:
    return not letter.isascii() and unicodedata.category(letter) == "So"


def _space_emoji(spelled: Spelled) -> Spelled:
    spaced: Spelled = []
    for letter, place in spelled:
        if _is_emoji(letter):
            spaced += [(" ", place), (letter, place), (" ", place)]
        else:
            spaced.append((letter, place))
    return spaced


def _word_kind(letter: str) -> str:
    if letter == "\n":
        return "newline"
    if letter == " ":
        return "space"
    return "word" if letter.isalnum() or letter in "*@$!/-" else letter


def _words(spelled: Spelled) -> list[Spelled]:
    return [list(group) for _, group in groupby(spelled, key=lambda pair: _word_kind(pair[0]))]


def _plain_word(word: Spelled) -> Spelled:
    """Stretched letters, digits for letters and text-speak put right; anything else as it is."""
    text = "".join(letter for letter, _ in word)
    place = word[0][1]
    if not text[0].isalnum() and not any(letter.isalpha() for letter in text):
        return _plain_marks(text, place)
    core = text.rstrip("!*/@$") if text not in TEXT_SPEAK else text
    word = word[: len(core) + 1]  # one exclamation mark says as much as five
    last = word[-1][1]
    if not core:
        return word
    plain = _respell(core)
    if plain == core:
        return word
    tail = word[len(core) :]
    return [(letter, min(place + at, last)) for at, letter in enumerate(plain)] + tail


def _plain_marks(text: str, place: int) -> Spelled:
    if text[0] == "." and len(text) > 1:
        return [(",", place), (" ", place)]
    if text[0] == "\n":
        return [("\n", place)]
    return [(" " if text[0] in " *" else text[0], place)]


def _respell(word: str) -> str:
    word = _unmask(_letters_for_digits(word))
    if word in TEXT_SPEAK:
        return TEXT_SPEAK[word]
    if any(word[at] == word[at + 1] == word[at + 2] for at in range(len(word) - 2)) and word.isalpha():
        return _unstretch(word)
    return word


def _unstretch(word: str) -> str:
    pairs = "".join(letter * min(2, len(list(run))) for letter, run in groupby(word))
    single = "".join(
        letter if (length := len(list(run))) > 2 else letter * length for letter, run in groupby(word)
    )
    once = "".join(letter for letter, _ in groupby(word))
    if once in DOUBLED:
        return DOUBLED[once]
    spelled = TEXT_SPEAK.get(single, single)
    return pairs if pairs in DOUBLED.values() else spelled


def _letters_for_digits(word: str) -> str:
    if word.isalpha() or sum(letter.isalpha() for letter in word) < 3:
        return word
    inner = range(1, len(word) - 1)
    swapped = [
        DIGIT_LETTERS.get(letter, letter)
        if at in inner
        and word[at - 1].isalpha()
        and (word[at + 1].isalpha() or word[at + 1] in DIGIT_LETTERS)
        else letter
        for at, letter in enumerate(word)
    ]
    plain = "".join(swapped)
    if plain[0] == "$":
        plain = "s" + plain[1:]
    return plain if plain.isalpha() else word


def _unmask(word: str) -> str:
    if "*" not in word:
        return word
    for guarded in GUARDED_WORDS:
        if len(word) == len(guarded) and word[0] == guarded[0] and _fits(word, guarded):
            return guarded
    return word


def _fits(masked: str, guarded: str) -> bool:
    return all(shown in ("*", letter) for shown, letter in zip(masked, guarded, strict=True))


def _join_spaced_out(words: list[Spelled]) -> list[Spelled]:
    """`s u i c i d e` and `s.u.i.c.i.d.e` are one word again."""
    joined: list[Spelled] = []
    index = 0
    while index < len(words):
        run = _spaced_run(words, index)
        letters = "".join(word[0][0] for word in run)
        if len(run) >= _SPACED_OUT or letters in GUARDED_WORDS:
            joined.append([word[0] for word in run])
            index += 2 * len(run) - 1
        else:
            joined.append(words[index])
            index += 1
    return joined


def _spaced_run(words: list[Spelled], index: int) -> list[Spelled]:
    run: list[Spelled] = []
    while (
        index < len(words)
        and len(run) < _LONGEST_RUN
        and len(words[index]) == 1
        and words[index][0][0].isalpha()
    ):
        run.append(words[index])
        if index + 1 >= len(words) or len(words[index + 1]) != 1 or words[index + 1][0][0] not in " .,":
            break
        index += 2
    return run


def _folded(spelled: Spelled) -> Folded:
    tidy: Spelled = []
    for letter, place in spelled:
        if letter == " " and (not tidy or tidy[-1][0] in " \n"):
            continue
        if letter == "\n" and tidy and tidy[-1][0] == " ":
            tidy.pop()
        tidy.append((letter, place))
    text = "".join(letter for letter, _ in tidy)
    return Folded(text, tuple(place for _, place in tidy), _tokens(text))


def _tokens(text: str) -> tuple[Token, ...]:
    tokens: list[Token] = []
    start: int | None = None
    for index, letter in enumerate(text + " "):
        inside = letter.isalnum()
        if inside and start is None:
            start = index
        elif not inside and start is not None:
            tokens.append(Token(text[start:index], start, index))
            start = None
        if _is_emoji(letter):
            tokens.append(Token(letter, index, index + 1))
    return tuple(tokens)
