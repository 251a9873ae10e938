"""TF-IDF and logistic regression in a few lines of numpy: scores what scikit-learn trained.

The same as `TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)` followed by
`LogisticRegression.decision_function`; a test holds the two equal.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"(?u)\b\w\w+\b")  # scikit-learn's own idea of a word


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of single words and pairs. `filter_words`: texts without any of them are never scored."""

    places: dict[str, int]
    idf: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: float
    filter_words: frozenset[str]
    thresholds: dict[str, float]

    def score(self, body: str) -> float:
        """The decision value: its logistic is the probability of an emergency."""
        counts = Counter(place for term in terms(body) if (place := self.places.get(term)) is not None)
        values = [(place, (1 + math.log(count)) * float(self.idf[place])) for place, count in counts.items()]
        norm = math.sqrt(sum(value * value for _, value in values)) or 1.0
        return self.bias + sum(value / norm * float(self.weights[place]) for place, value in values)

    def passes_filter(self, body: str) -> bool:
        """Whether any word of the filter stands in the text."""
        return not self.filter_words.isdisjoint(words(body))


def words(body: str) -> list[str]:
    """Lower-case words of two letters or more."""
    return _WORD.findall(body.lower())


def terms(body: str) -> list[str]:
    """The words, then each pair of neighbours."""
    single = words(body)
    return single + [f"{one} {other}" for one, other in zip(single, single[1:], strict=False)]


def load_linear(path: Path) -> Linear:
    """Weights as `save_linear` writes them. Nothing in the file is ever run."""
    with np.load(path, allow_pickle=False) as data:
        return Linear(
            places={term: place for place, term in enumerate(_lines(data["terms"]))},
            idf=data["idf"],
            weights=data["weights"],
            bias=float(data["bias"]),
            filter_words=frozenset(_lines(data["filter_words"])),
            thresholds=dict(
                zip(_lines(data["threshold_names"]), map(float, data["thresholds"]), strict=True)
            ),
        )


def save_linear(path: Path, linear: Linear) -> None:
    """Writes one compressed .npz of plain arrays."""
    np.savez_compressed(
        path,
        terms=_bytes(sorted(linear.places, key=linear.places.__getitem__)),
        idf=linear.idf.astype(np.float32),
        weights=linear.weights.astype(np.float32),
        bias=np.float64(linear.bias),
        filter_words=_bytes(sorted(linear.filter_words)),
        threshold_names=_bytes(list(linear.thresholds)),
        thresholds=np.array(list(linear.thresholds.values()), np.float64),
    )


def _bytes(lines: list[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _lines(data: npt.NDArray[np.uint8]) -> list[str]:
    return data.tobytes().decode().split("\n")
