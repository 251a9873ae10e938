"""Which languages a text is written in: English, Spanish, Haitian Creole, another, or nothing to tell by.

Each word says how well it fits each language: a table of counted words, pieces of three letters for the rest.
The likeliest run of languages through the text is found with a price on every change of language, so that a
borrowed word or a name makes no second language, and a clause does.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "es", "ht", "other")
UNDETERMINED = "und"

Costs = tuple[float, ...]  # for each of LANGUAGES, how far it lies behind the likeliest, in nats

_TABLES_FILE = Path(__file__).with_name("words_language.toml")
_MOST_WORDS = 320  # read; a text has 1,600 characters at most
_LONGEST_WORD = 16  # letters looked at
_CHANGE = 2.6  # nats: the price of changing language between two words
_OTHER = 2.0  # nats: another language than the clinic's three must be clear
_CLAUSE_WORDS = 2  # words of its own that a further language needs
_CLAUSE_MARGIN = 3.0  # nats by which those words must speak for it
_LEAST = 0.3  # nats by which the main language must win, else nothing is told
_SPANISH_MARKS = "ñ¿¡"
_SPANISH_BONUS = 2.5  # nats
_PIECE_WEIGHT = 0.5
_MOST_BY_LETTERS = 2.5  # nats
_NEUTRAL: Costs = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Tables:
    words: dict[str, Costs]
    letters: dict[str, Costs]


def read_languages(body: str) -> tuple[str, ...]:
    """The languages of `body`, main one first, a further one if it holds at least a clause.

    "en", "es", "ht"; "other" for a readable language that is none of them; "und" alone when nothing tells.
    """
    words = _words(body)
    if not words:
        return (UNDETERMINED,)
    if _is_foreign_script(words):
        return ("other",)
    costs = [_word_costs(word) for word in words]
    if any(mark in body for mark in _SPANISH_MARKS):
        costs.append((_SPANISH_BONUS, 0.0, _SPANISH_BONUS, _SPANISH_BONUS))
    path = _likeliest(costs)
    return _languages_of(path, costs)


def _words(body: str) -> list[str]:
    """Runs of letters, at most as many as are read."""
    spaced = "".join(
        letter if letter.isalpha() or unicodedata.combining(letter) else " " for letter in body.lower()
    )
    return spaced.split()[:_MOST_WORDS]


def _languages_of(path: list[int], costs: list[Costs]) -> tuple[str, ...]:
    told = [0.0] * len(LANGUAGES)
    own = [0] * len(LANGUAGES)
    for language, cost in zip(path, costs, strict=True):
        margin = min(cost[:language] + cost[language + 1 :]) - cost[language]
        told[language] += margin
        own[language] += margin > 1.0
    main = max(range(len(LANGUAGES)), key=lambda at: (told[at], -at))
    if told[main] < _LEAST:
        return (UNDETERMINED,)
    further = [
        at
        for at in range(len(LANGUAGES))
        if at != main and own[at] >= _CLAUSE_WORDS and told[at] >= _CLAUSE_MARGIN
    ]
    further.sort(key=lambda at: -told[at])
    return tuple(LANGUAGES[at] for at in (main, *further))


def _likeliest(costs: list[Costs]) -> list[int]:
    """The cheapest language for each word, changes included (Viterbi)."""
    total = [0.0, 0.0, 0.0, _OTHER]
    came_from: list[list[int]] = []
    for cost in costs:
        least = min(total)
        best, change = total.index(least), least + _CHANGE
        came_from.append([at if each <= change else best for at, each in enumerate(total)])
        total = [(each if each <= change else change) + own for each, own in zip(total, cost, strict=True)]
    at = total.index(min(total))
    path = []
    for origins in reversed(came_from):
        path.append(at)
        at = origins[at]
    return path[::-1]


def _word_costs(word: str) -> Costs:
    tables = _load_tables()
    known = tables.words.get(_bare(word))
    return known if known is not None else _letter_costs(word[:_LONGEST_WORD], tables.letters)


def _letter_costs(word: str, letters: dict[str, Costs]) -> Costs:
    """Unknown words are judged by their pieces, mildly: names and misspellings are in no language."""
    if len(word) < 2:
        return _NEUTRAL
    framed = f"^{word}$"
    en = es = ht = other = 0.0
    for at in range(len(framed) - 2):
        piece = letters.get(framed[at : at + 3])
        if piece is not None:
            en, es, ht, other = en + piece[0], es + piece[1], ht + piece[2], other + piece[3]
    least = min(en, es, ht, other)
    return tuple(min((each - least) * _PIECE_WEIGHT, _MOST_BY_LETTERS) for each in (en, es, ht, other))


def _bare(word: str) -> str:
    if word.isascii():
        return word
    split = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in split if unicodedata.category(letter) != "Mn")


def _is_foreign_script(words: list[str]) -> bool:
    letters = "".join(words)
    foreign = sum(
        letter > "\u024f" and not "\u1e00" <= letter <= "\u1eff" and letter.isalpha() for letter in letters
    )
    return foreign * 2 > len(letters)


@lru_cache(maxsize=1)
def _load_tables() -> _Tables:
    with _TABLES_FILE.open("rb") as file:
        data = tomllib.load(file)
    return _Tables(_read_table(data["words"]), _read_table(data["letters"]))


def _read_table(lines: str) -> dict[str, Costs]:
    table: dict[str, Costs] = {}
    for line in lines.splitlines():
        key, *tenths = line.split()
        table[key] = tuple(int(tenth) / 10 for tenth in tenths)
    return table
