"""Small changes that keep a message's meaning: how people really type. Used on training messages alone."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

import numpy as np

from smsbot.domain import Intent
from training.corpus import INTENTS, URGENCIES, Message

_NEAR = {
    "a": "s",
    "e": "r",
    "i": "o",
    "o": "p",
    "t": "y",
    "n": "m",
    "r": "t",
    "s": "d",
    "l": "k",
    "d": "f",
    "u": "i",
}
_SHORT_FORMS = {
    "you": "u", "your": "ur", "are": "r", "because": "cuz", "tomorrow": "tmrw", "please": "pls",
    "thanks": "thx",
    "appointment": "appt", "going": "goin", "about": "abt", "medication": "meds", "with": "w", "doctor": "dr",
    "today": "2day", "que": "q", "porque": "pq", "por": "x", "estoy": "toy", "mwen": "m",
}  # fmt: skip
_ALONE = [
    INTENTS.index(Intent.UNCLEAR),
    INTENTS.index(Intent.CONSENT_STOP),
    INTENTS.index(Intent.CONSENT_START),
]
_SOCIAL = INTENTS.index(Intent.SOCIAL)


def noisy(body: str, dice: random.Random) -> str:
    """`body` as someone else may have typed it."""
    for chance, change in _CHANGES:
        if dice.random() < chance:
            body = change(body, dice) or body
    return body


def joined(first: Message, second: Message) -> Message | None:
    """The two messages as one text with the labels of both; None when they mean something only alone."""
    if any(message.labels[_ALONE].any() for message in (first, second)):
        return None
    urgency = max(first.urgency, second.urgency)
    labels = np.maximum(first.labels, second.labels)
    counted = np.maximum(np.minimum(first.counted, second.counted), labels)
    counted[_SOCIAL] = 0  # thanks beside a request may be read or not
    urgencies = np.eye(len(URGENCIES), dtype=np.float32)[urgency]
    return Message("", "", first.language, f"{first.body}\n{second.body}", urgencies, labels, counted)


def _without_accents(body: str, dice: random.Random) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", body) if not unicodedata.combining(c))


def _without_punctuation(body: str, dice: random.Random) -> str:
    return re.sub(r"(?<!\d)[.,;:!?¿¡](?!\d)", "", body)


def _without_apostrophes(body: str, dice: random.Random) -> str:
    return re.sub(r"(?<=\w)['’](?=\w)", "", body)


def _with_typos(body: str, dice: random.Random) -> str:
    letters = list(body)
    for _ in range(1 + len(body) // 60):
        at = dice.randrange(len(letters)) if letters else 0
        if letters and letters[at].isalpha():
            letters[at] = dice.choice(
                [
                    "",
                    letters[at] * 2,
                    _NEAR.get(letters[at].lower(), letters[at]),
                    letters[at] + letters[at - 1],
                ]
            )
    return "".join(letters)


def _with_short_forms(body: str, dice: random.Random) -> str:
    return re.sub(
        r"\w+",
        lambda found: _SHORT_FORMS.get(found[0].lower(), found[0]) if dice.random() < 0.5 else found[0],
        body,
    )


def _shouted(body: str, dice: random.Random) -> str:
    return body.upper()


def _in_lower_case(body: str, dice: random.Random) -> str:
    return body.lower()


def _in_pieces(body: str, dice: random.Random) -> str:
    """As a thread of texts sent one after the other: triage joins those with line breaks."""
    words = body.split(" ")
    for _ in range(min(2, len(words) // 3)):
        at = dice.randrange(1, len(words))
        words[at] = "\n" + words[at].removeprefix("\n")
    return " ".join(words).replace(" \n", "\n")


def _with_a_tail(body: str, dice: random.Random) -> str:
    return body + dice.choice(
        [" 😔", " 🙏", " lol", " thx", "!!", "...", " 😂", " ok?", " gracias", " mesi", " - Ana", " sorry"]
    )


_CHANGES: list[tuple[float, Callable[[str, random.Random], str]]] = [
    (0.15, _without_accents),
    (0.15, _without_punctuation),
    (0.15, _without_apostrophes),
    (0.15, _with_short_forms),
    (0.2, _with_typos),
    (0.06, _with_a_tail),
    (0.08, _in_pieces),
    (0.12, _in_lower_case),
    (0.04, _shouted),
]
