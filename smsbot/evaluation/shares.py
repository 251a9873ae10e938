"""Shares and F1 scores with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_Z = 1.959964  # the normal quantile of 97.5 %


@dataclass(frozen=True, slots=True)
class Figure:
    """`hits` of `of` as a number from 0 to 1 with its 95 % interval; None when there was nothing to count."""

    hits: int
    of: int
    value: float | None
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, float | int | None]:
        """Rounded to four places."""
        return {
            "value": _rounded(self.value),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "hits": self.hits,
            "of": self.of,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How often a label was rightly read, read without being there, and overlooked."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.extra + other.extra, self.missed + other.missed)

    @property
    def precision(self) -> Figure:
        """Of what was read, how much is there."""
        return share(self.right, self.right + self.extra)

    @property
    def recall(self) -> Figure:
        """Of what is there, how much was read."""
        return share(self.right, self.right + self.missed)

    @property
    def f1(self) -> Figure:
        """2 right / (2 right + extra + missed)."""
        return f1(self)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927). `of` must be positive."""
    value = hits / of
    middle = value + _Z * _Z / (2 * of)
    half = _Z * math.sqrt(value * (1 - value) / of + _Z * _Z / (4 * of * of))
    scale = 1 + _Z * _Z / of
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def share(hits: int, of: int) -> Figure:
    """A share with Wilson's interval."""
    if not of:
        return Figure(hits, of, None, None, None)
    return Figure(hits, of, hits / of, *wilson(hits, of))


def share_of(answers: Iterable[bool]) -> Figure:
    """The share of true answers."""
    kept = list(answers)
    return share(sum(kept), len(kept))


def f1(counts: Counts) -> Figure:
    """F1 with an interval.

    F1 is no share, but right / (right + extra + missed) is one, and F1 grows with it (2 j / (1 + j)):
    Wilson's interval of that share is carried over. Labels count as independent of each other.
    """
    union = counts.right + counts.extra + counts.missed
    if not union:
        return Figure(0, 0, None, None, None)
    low, high = (2 * bound / (1 + bound) for bound in wilson(counts.right, union))
    of = counts.right + union
    return Figure(2 * counts.right, of, 2 * counts.right / of, low, high)


def total(counts: Iterable[Counts]) -> Counts:
    """All of them together."""
    return sum(counts, Counts())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
