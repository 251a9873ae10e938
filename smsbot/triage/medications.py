"""Which medicines, remedies, drinks and drugs a text names, however they are spelt.

Names stand in medications.toml. They are read exactly first, several words together included; what is left
is compared with names of six letters or more, so that a slip of the fingers does not hide a medicine.
Everyday words that look like one (under [guard]) are never compared.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ahocorasick
from rapidfuzz import process
from rapidfuzz.distance import OSA

from smsbot.triage.normalise import Folded, Token, fold

_FORMAT = 1
_NAMES_FILE = Path(__file__).with_name("medications.toml")
_SHORTEST_FUZZY = 6  # letters; below, a slip turns one everyday word into another
_LONG = 9  # letters, from which two slips are forgiven


class MedicationFileError(ValueError):
    """medications.toml cannot be read; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Medication:
    """A medicine named at `start:end` of the original body.

    `name` is the generic. `classes` are what the rules ask for. `is_named` is false for alcohol and for words
    that name a whole class ("blood thinner"): rules use them, a list of medicines does not hold them.
    """

    name: str
    classes: frozenset[str]
    start: int
    end: int
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class _Drug:
    name: str
    classes: frozenset[str]
    is_named: bool
    shortest_fuzzy: int


@dataclass(frozen=True, slots=True)
class _Names:
    """`drugs` by spelling; `automaton` finds those spellings; `fuzzy` holds the long ones by first letter."""

    drugs: dict[str, tuple[_Drug, ...]]
    automaton: Any  # ahocorasick.Automaton, which has no types
    fuzzy: dict[str, list[str]]
    guard: frozenset[str]


def find_medications(folded: Folded) -> tuple[Medication, ...]:
    """Every medicine named in the text, in the order of naming. A medicine named twice is there twice."""
    names = _load_names()
    exact = list(_exact_spans(names, folded.tokens))
    taken = {place for first, last, _ in exact for place in range(first, last + 1)}
    near = (
        (place, place, spelling)
        for place, token in enumerate(folded.tokens)
        if place not in taken and (spelling := _nearest(names, token.text))
    )
    return tuple(
        Medication(drug.name, drug.classes, *_span(folded, first, last), drug.is_named)
        for first, last, spelling in sorted([*exact, *near])
        for drug in names.drugs[spelling]
    )


def list_names(medications: Iterable[Medication]) -> tuple[str, ...]:
    """The generic names of `medications` that belong in a list of medicines, each once, in order."""
    return tuple(dict.fromkeys(each.name for each in medications if each.is_named))


def _span(folded: Folded, first: int, last: int) -> tuple[int, int]:
    return folded.original_span(folded.tokens[first].start, folded.tokens[last].end)


def _exact_spans(names: _Names, tokens: tuple[Token, ...]) -> Iterator[tuple[int, int, str]]:
    """Token numbers and spelling of each name read exactly; of overlapping ones the earliest, longest."""
    line, starts = " ", {}
    for place, token in enumerate(tokens):
        starts[len(line)] = place
        line += token.text + " "
    hits = sorted(
        ((end - len(spelling), len(spelling), spelling) for end, spelling in names.automaton.iter(line)),
        key=lambda hit: (hit[0], -hit[1]),
    )
    free_from = 0
    for start, length, spelling in hits:
        if start < free_from:
            continue
        free_from = start + length
        first = starts[start]
        yield first, first + spelling.count(" "), spelling


def _nearest(names: _Names, word: str) -> str | None:
    """The name that `word` is a slip away from, two if both are long. Plurals and doses come off."""
    for form in _forms(word):
        if form in names.drugs:
            return form
    if not word.isalpha() or not word.isascii():
        word = word.rstrip("0123456789")
    if len(word) < _SHORTEST_FUZZY or not word.isalpha() or word in names.guard:
        return None
    slips = 2 if len(word) >= _LONG else 1
    best = process.extractOne(word, names.fuzzy.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips)
    if best is None or (best[1] > 1 and len(best[0]) < _LONG):
        return None
    return str(best[0])


def _forms(word: str) -> Iterator[str]:
    bare = word.rstrip("0123456789")
    if bare != word and len(bare) > 3:  # zoloft100, but not b12
        yield bare
    if bare.endswith("s") and len(bare) > 4:
        yield bare[:-1]


@lru_cache(maxsize=1)
def _load_names() -> _Names:
    with _NAMES_FILE.open("rb") as file:
        data = tomllib.load(file)
    if data.get("format") != _FORMAT:
        raise MedicationFileError(f"{_NAMES_FILE.name}: begin with `format = {_FORMAT}`")
    guard = frozenset(data["guard"]["words"].split())
    drugs = _drugs_by_spelling(data)
    return _Names(drugs, _automaton(drugs), _long_names(drugs), guard)


def _drugs_by_spelling(data: dict[str, Any]) -> dict[str, tuple[_Drug, ...]]:
    spellings: dict[str, tuple[_Drug, ...]] = {}
    by_generic: dict[str, _Drug] = {}
    for group in data["groups"]:
        for generic, written in group["drugs"].items():
            shortest = _LONG if group.get("slips") == "long" else _SHORTEST_FUZZY
            drug = _Drug(generic, frozenset(group["classes"]), group.get("named", True), shortest)
            by_generic[generic] = drug
            own = [generic] if group.get("generic", True) else []
            for spelling in (*own, *written):
                spellings.setdefault(_as_read(spelling), (drug,))
    other = frozenset({"other"})
    for phrase in data["nothing"]["phrases"]:
        spellings[_as_read(phrase)] = ()
    for spelling, generics in data["combinations"].items():
        spellings[_as_read(spelling)] = tuple(
            by_generic.get(generic, _Drug(generic, other, True, _LONG)) for generic in generics
        )
    return spellings


def _as_read(spelling: str) -> str:
    """A name as it comes out of folding, for text-speak is changed there too."""
    return " ".join(token.text for token in fold(spelling).tokens)


def _automaton(drugs: dict[str, tuple[_Drug, ...]]) -> Any:
    automaton = ahocorasick.Automaton()
    for spelling in drugs:
        automaton.add_word(f" {spelling} ", spelling)
    automaton.make_automaton()
    return automaton


def _long_names(drugs: dict[str, tuple[_Drug, ...]]) -> dict[str, list[str]]:
    long: dict[str, list[str]] = defaultdict(list)
    for spelling, found in drugs.items():
        if spelling.isalpha() and found and len(spelling) >= found[0].shortest_fuzzy and found[0].is_named:
            long[spelling[0]].append(spelling)
    return dict(long)
