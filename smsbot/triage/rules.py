"""Tries the rules of a rulebook on one folded text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from smsbot.triage.normalise import Folded
from smsbot.triage.rulebook import Rule, Rulebook
from smsbot.triage.scope import Scope

_MOST_MATCHES = 40  # of one pattern in one text: far more than any real text has
_MOST_PAIRS = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits `text[start:end]` of the folded text."""

    rule: Rule
    start: int
    end: int


def find_hits(book: Rulebook, folded: Folded, drug_classes: frozenset[str]) -> tuple[Hit, ...]:
    """The first hit of each rule that no scope silences, in book order."""
    scope = Scope(folded.text)
    hits: list[Hit] = []
    for rule in book.candidates(folded.text):
        if rule.needs and not rule.needs & drug_classes:
            continue
        if rule.unless_text is not None and rule.unless_text.search(folded.text):
            continue
        hit = _first_hit(rule, folded.text, scope)
        if hit:
            hits.append(hit)
    return tuple(hits)


def _first_hit(rule: Rule, text: str, scope: Scope) -> Hit | None:
    for start, end in _spans(rule, text):
        if rule.unless is not None and rule.unless.search(scope.sentence(start, end)):
            continue
        if rule.firm or scope.silencer(rule.flag, start, end) is None:
            return Hit(rule, start, end)
    return None


def _spans(rule: Rule, text: str) -> Iterator[tuple[int, int]]:
    if rule.any is not None:
        yield from _matches(rule.any, text, _MOST_MATCHES)
    if rule.near:
        yield from _near_spans(rule, text)


def _matches(pattern: Any, text: str, most: int) -> list[tuple[int, int]]:
    return [match.span() for match in islice(pattern.finditer(text), most)]


def _near_spans(rule: Rule, text: str) -> Iterator[tuple[int, int]]:
    """Spans that hold one match of every group; `within = 0` means anywhere in the text."""
    groups = [_matches(pattern, text, _MOST_PAIRS) for pattern in rule.near]
    if not all(groups):
        return
    for first in groups[0]:
        spans = [first]
        for group in groups[1:]:
            nearest = min(group, key=lambda span: _distance(first, span))
            if rule.within and _distance(first, nearest) > rule.within:
                break
            spans.append(nearest)
        else:
            yield min(span[0] for span in spans), max(span[1] for span in spans)


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(one[0] - other[1], other[0] - one[1], 0)
