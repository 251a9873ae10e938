"""Text into word pieces for the learned model: a small unigram tokenizer in plain Python.

The pieces and their scores are a part of the vocabulary of multilingual-e5-small (XLM-RoBERTa's), pruned
to what English, Spanish and Haitian Creole texts need. Letters it does not know become `UNKNOWN`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

START, PAD, END, UNKNOWN = 0, 1, 2, 3
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
WORD_MARK = "\u2581"  # SentencePiece's sign for the space before a word
_LONGEST_TEXT = 4000  # characters read; a text has 1,600 at most
_LONGEST_WORD = 200  # characters of one unbroken run read as one word: keeps hostile texts cheap
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One word piece and the characters of the text as sent, `body[start:end]`, that it stands for."""

    id: int
    start: int
    end: int


class Tokenizer:
    """Splits words into the likeliest pieces: Viterbi over unigram scores."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """`pieces[0:4]` are `SPECIAL`; the scores are log probabilities."""
        known = list(zip(pieces, scores, strict=True))[len(SPECIAL) :]
        self._known = {piece: (score, at + len(SPECIAL)) for at, (piece, score) in enumerate(known)}
        self._longest = max((len(piece) for piece, _ in known), default=1)
        self._unknown_score = min((score for _, score in known), default=0.0) - 10.0
        self._split = lru_cache(maxsize=20_000)(self._split_word)

    def encode(self, body: str) -> list[Piece]:
        """The pieces of `body`, without start and end signs."""
        found: list[Piece] = []
        for word, places in _words(body):
            at = 0
            for piece_id, length in self._split(WORD_MARK + word):
                first, last = max(at - 1, 0), max(at + length - 2, 0)
                found.append(Piece(piece_id, places[first][0], places[last][1]))
                at += length
        return found

    def _split_word(self, word: str) -> tuple[tuple[int, int], ...]:
        """Ids and lengths of the best split of one word."""
        best = [0.0] + [-1e30] * len(word)
        back: list[tuple[int, int]] = [(UNKNOWN, 0)] * (len(word) + 1)
        for start in range(len(word)):
            if best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown_score, (UNKNOWN, start)
            for end in range(start + 1, min(start + self._longest, len(word)) + 1):
                entry = self._known.get(word[start:end])
                if entry is not None and best[start] + entry[0] > best[end]:
                    best[end], back[end] = best[start] + entry[0], (entry[1], start)
        return _walk_back(back, len(word))


def _walk_back(back: list[tuple[int, int]], end: int) -> tuple[tuple[int, int], ...]:
    pieces = []
    while end > 0:
        piece_id, start = back[end]
        pieces.append((piece_id, end - start))
        end = start
    return tuple(reversed(pieces))


def _words(body: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """The words between white space in plain lower case; for every letter the characters it came from."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for letter, place in _plain_letters(body[:_LONGEST_TEXT]):
        if not letter.isspace():
            letters.append(letter)
            places.append(place)
        if letters and (letter.isspace() or len(letters) >= _LONGEST_WORD):
            yield "".join(letters), places
            letters, places = [], []
    if letters:
        yield "".join(letters), places


def _plain_letters(body: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Compatible, composed, lower-case letters: an accent typed apart joins the letter before it."""
    start = 0
    while start < len(body):
        end = start + 1
        while end < len(body) and unicodedata.combining(body[end]):
            end += 1
        for letter in _plain(body[start:end]):
            yield letter, (start, end)
        start = end


@lru_cache(maxsize=4096)
def _plain(cluster: str) -> str:
    if cluster.isascii():
        return cluster.lower() if cluster.isprintable() else " "
    plain = unicodedata.normalize("NFKC", cluster.translate(_PLAIN)).lower()
    return "".join(letter for letter in plain if unicodedata.category(letter) not in ("Cf", "Mn", "Cc", "Cs"))
