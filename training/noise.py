"""Spelling noise for the emergency suite: how people and phones misspell, made deterministically."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

_WORD = re.compile(r"[^\W\d_]+")
_LONG = 5  # letters a word must have before it is mistyped
_LONGER = 8  # letters from which on one may be missing: a shorter word may not be told any more
_MANY = 8  # words from which on two of them are mistyped

_LOOK_ALIKES = str.maketrans("aceiopxyACEHKMOPTXB", "асеіорхуАСЕНКМОРТХВ")  # Latin to Cyrillic

_TEXT_SPEAK = {
    "en": {
        "going to": "gonna",
        "want to": "wanna",
        "because": "bc",
        "tonight": "tonite",
        "tomorrow": "tmrw",
        "please": "plz",
        "you": "u",
        "are": "r",
        "without": "w/o",
        "with": "w/",
        "about": "abt",
        "right now": "rn",
        "and": "n",
        "hours": "hrs",
        "minutes": "mins",
        "I am": "im",
        "something": "smth",
        "before": "b4",
    },
    "es": {
        "que": "q",
        "porque": "xq",
        "por": "x",
        "para": "pa",
        "estoy": "toy",
        "también": "tb",
        "de": "d",
        "quiero": "kiero",
        "todas": "tdas",
    },
    "ht": {
        "mwen": "mw",
        "m ap": "map",
        "pa ka": "paka",
        "kounye a": "kounya",
        "pou": "pu",
        "anpil": "anpl",
        "ankò": "anko",
        "tèt mwen": "tèm",
        "depi": "dpi",
    },
}

Noise = Callable[[str, str, random.Random], str]  # text, language and dice in; the noisy text out


def add_typos(text: str, language: str, dice: random.Random) -> str:
    """A letter swapped, dropped or doubled inside one long word, or two in a longer text."""
    words = [word for word in _WORD.finditer(text) if len(word.group()) >= _LONG]
    chosen = dice.sample(words, min(len(words), 1 if len(text.split()) < _MANY else 2))
    for word in sorted(chosen, key=lambda word: -word.start()):
        text = text[: word.start()] + _mistype(word.group(), dice) + text[word.end() :]
    return text


def drop_accents(text: str, language: str, dice: random.Random) -> str:
    """Letters without their accents."""
    kept = (letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return "".join(kept)


def curl_quotes(text: str, language: str, dice: random.Random) -> str:
    """The apostrophe of a phone."""
    return text.replace("'", "’")


def shout(text: str, language: str, dice: random.Random) -> str:
    """Capitals only."""
    return text.upper()


def space_out(text: str, language: str, dice: random.Random) -> str:
    """The longest word typed letter by letter."""
    word = max(_WORD.finditer(text), key=lambda word: len(word.group()))
    return text[: word.start()] + " ".join(word.group()) + text[word.end() :]


def hide_zero_width(text: str, language: str, dice: random.Random) -> str:
    """Invisible characters inside every longer word."""
    return _WORD.sub(lambda word: _split(word.group(), "\u200b"), text)


def swap_look_alikes(text: str, language: str, dice: random.Random) -> str:
    """Cyrillic letters that look like Latin ones in the two longest words."""
    words = sorted(_WORD.finditer(text), key=lambda word: (-len(word.group()), word.start()))[:2]
    for word in sorted(words, key=lambda word: -word.start()):
        text = text[: word.start()] + word.group().translate(_LOOK_ALIKES) + text[word.end() :]
    return text


def close_up(text: str, language: str, dice: random.Random) -> str:
    """No space after punctuation."""
    return re.sub(r"([.,!?:;]) +", r"\1", text)


def speak_text(text: str, language: str, dice: random.Random) -> str:
    """The short forms people type."""
    for long, short in _TEXT_SPEAK[language].items():
        text = re.sub(rf"\b{long}\b", short, text, flags=re.IGNORECASE)
    return text


NOISES: dict[str, Noise] = {
    "typos": add_typos,
    "accents": drop_accents,
    "curly": curl_quotes,
    "caps": shout,
    "spaced": space_out,
    "zero-width": hide_zero_width,
    "look-alike": swap_look_alikes,
    "closed-up": close_up,
    "text-speak": speak_text,
}


def _mistype(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    doubled = word[:at] + word[at] + word[at:]
    dropped = word[:at] + word[at + 1 :]
    return dice.choice([swapped, doubled, dropped] if len(word) >= _LONGER else [swapped, doubled])


def _split(word: str, mark: str) -> str:
    return word if len(word) < 4 else word[: len(word) // 2] + mark + word[len(word) // 2 :]
