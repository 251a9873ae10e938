"""Trains the published recipe that the engine is set against: a keyword filter, TF-IDF, logistic regression.

Usage: python -m training.rivals    (needs scikit-learn; training only)
Writes smsbot/evaluation/weights/cmd1.npz, and scores of some corpus texts for the test that holds our own
scoring equal to scikit-learn's. Both thresholds are set on held-out fifths of the training messages.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline

from smsbot.domain import Urgency
from smsbot.evaluation.examples import Example, read_examples
from smsbot.evaluation.linear import Linear, load_linear, save_linear, words
from smsbot.evaluation.rivals import AS_PUBLISHED, FEW_ALARMS, WEIGHTS

ROOT = Path(__file__).parents[1]
SCORES = ROOT / "tests/unit/evaluation/cmd1_scores.json"
FEATURES = 20_000  # most frequent words and pairs
FILTER_LEAST = 3  # emergencies that must hold a word before it joins the filter
FILTER_LIFT = 1.5  # how much more often than in other messages
RECALL, FALSE_ALARMS = 0.98, 0.04


def main() -> int:
    """Trains, checks what was written against scikit-learn, and prints what held-out fifths reach."""
    examples = read_examples(sorted((ROOT / "corpus/train").glob("*.jsonl")))
    bodies = [example.body for example in examples]
    truth = np.array([example.urgency is Urgency.EMERGENCY for example in examples])
    filter_words = choose_filter(examples)
    passes = np.array([not filter_words.isdisjoint(words(body)) for body in bodies])
    thresholds = choose_thresholds(bodies, truth, passes)
    pipeline = make_pipeline().fit(_kept(bodies, passes), truth[passes])
    save_linear(WEIGHTS, as_linear(pipeline, filter_words, thresholds))
    check_equal(pipeline, bodies[::10])
    write_scores(pipeline, bodies[:: len(bodies) // 60])
    megabytes, passed = WEIGHTS.stat().st_size / 1e6, passes[truth].mean()
    print(f"{WEIGHTS.name}: {megabytes:.2f} MB; {passed:.4f} of emergencies pass the filter")
    return 0


def make_pipeline() -> Pipeline:
    """The recipe without its filter."""
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=FEATURES)
    model = LogisticRegression(C=4.0, class_weight="balanced", max_iter=2000)
    return Pipeline([("vectors", vectors), ("model", model)])


def choose_filter(examples: list[Example]) -> frozenset[str]:
    """Words that stand more often in emergencies than in the rest.

    The recipe's authors had clinicians write such a list for English; a list learned from the corpus
    serves three languages and is no worse for the recipe.
    """
    inside, outside = Counter[str](), Counter[str]()
    for example in examples:
        (inside if example.urgency is Urgency.EMERGENCY else outside).update(set(words(example.body)))
    emergencies = sum(example.urgency is Urgency.EMERGENCY for example in examples)
    rest = len(examples) - emergencies
    return frozenset(
        word
        for word, count in inside.items()
        if count >= FILTER_LEAST and count / emergencies > FILTER_LIFT * outside[word] / rest
    )


def choose_thresholds(bodies: list[str], truth: np.ndarray, passes: np.ndarray) -> dict[str, float]:
    """Decision values for both settings, from scores of fifths that were not trained on."""
    scores = held_out_scores(bodies, truth, passes)
    # The filter has lost some emergencies for good: of those that pass, a larger share must be caught.
    wanted = min(1.0, RECALL * truth.sum() / (truth & passes).sum())
    found = {
        AS_PUBLISHED: float(np.quantile(scores[truth & passes], 1 - wanted, method="lower")),
        FEW_ALARMS: float(np.quantile(scores[~truth], 1 - FALSE_ALARMS, method="higher")),
    }
    for name, threshold in found.items():
        say(name, scores >= threshold, truth)
    return found


def held_out_scores(bodies: list[str], truth: np.ndarray, passes: np.ndarray) -> np.ndarray:
    """A score for every text that passes, from a model that never saw it; the others get the least."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = np.full(len(bodies), -1e9)
    scores[passes] = cross_val_predict(
        make_pipeline(), _kept(bodies, passes), truth[passes], cv=folds, method="decision_function"
    )
    return scores


def say(name: str, alarms: np.ndarray, truth: np.ndarray) -> None:
    """Prints what a setting reaches on held-out fifths."""
    recall, precision, false = alarms[truth].mean(), truth[alarms].mean(), alarms[~truth].mean()
    print(f"{name}: held out, recall {recall:.3f}, precision {precision:.3f}, false alarms {false:.3f}")


def as_linear(pipeline: Pipeline, filter_words: frozenset[str], thresholds: dict[str, float]) -> Linear:
    """The trained pipeline as plain arrays."""
    vectors, model = pipeline["vectors"], pipeline["model"]
    return Linear(
        places={str(term): int(place) for term, place in vectors.vocabulary_.items()},
        idf=vectors.idf_.astype(np.float32),
        weights=model.coef_[0].astype(np.float32),
        bias=float(model.intercept_[0]),
        filter_words=filter_words,
        thresholds=thresholds,
    )


def check_equal(pipeline: Pipeline, bodies: list[str]) -> None:
    """Raises AssertionError when what was written does not score as scikit-learn does."""
    linear = load_linear(WEIGHTS)
    ours = np.array([linear.score(body) for body in bodies])
    assert np.abs(ours - pipeline.decision_function(bodies)).max() < 1e-5


def write_scores(pipeline: Pipeline, bodies: list[str]) -> None:
    """Texts with scikit-learn's own scores, for the test."""
    pairs = zip(bodies, pipeline.decision_function(bodies), strict=True)
    scores = [{"body": body, "score": round(float(score), 7)} for body, score in pairs]
    SCORES.write_text(json.dumps(scores, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _kept(bodies: list[str], passes: np.ndarray) -> list[str]:
    return [body for body, is_kept in zip(bodies, passes, strict=True) if is_kept]


if __name__ == "__main__":
    sys.exit(main())
