"""What others do, on our messages, for comparison: a keyword list, the CMD-1 recipe, and n-grams.

    python -m training.baselines [--corpus FOLDER] [--held-out w2,w7 | --messages FILE]

CMD-1 (Swaminathan et al. 2023, npj Digital Medicine 6:213): messages that hold a keyword go on to TF-IDF and
logistic regression; the others are no crisis. All three answer one question: emergency or not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from pathlib import Path

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from training.corpus import Message, read_messages
from training.measure import EMERGENCY, wilson

KEYWORDS = """
suicid kill\\w* die dying dead death end\\s+it want\\s+to\\s+die hurt\\s+myself cut\\w* self.?harm
overdos\\w* took\\s+too\\s+many whole\\s+bottle better\\s+off\\s+without goodbye
no\\s+reason\\s+to\\s+live chest breath\\w* seizure pass(ed)?\\s+out faint\\w* unconscious stroke
slurr\\w* numb swell\\w* swollen blood bleed\\w* 911 emergency attack gun knife hit\\s+me afraid voices
confus\\w* blister\\w* suicidio suicid\\w* matar\\w* morir\\w* muert\\w* sobredosis pecho respir\\w*
desmay\\w* convuls\\w* hinchad\\w* sangr\\w* cortar\\w* pistola cuchillo tuye touye mouri lanmo swisid
pwatrin lestomak respire dekonpoze endispoze kriz anfle san senyen koupe zam kouto
"""
_KEYWORD = re.compile(r"\b(?:" + "|".join(KEYWORDS.split()) + r")\b")


def plain(body: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", body.lower()) if not unicodedata.combining(c))


def by_keywords(messages: list[Message]) -> np.ndarray:
    """True where a keyword stands."""
    return np.array([_KEYWORD.search(plain(message.body)) is not None for message in messages])


class Cmd1:
    """Keyword filter, then TF-IDF and logistic regression; threshold at 98 % of the crises that pass."""

    def __init__(self, messages: list[Message]) -> None:
        passed = [message for message, hit in zip(messages, by_keywords(messages), strict=True) if hit]
        truth = np.array([message.urgency == EMERGENCY for message in passed])
        self._words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, preprocessor=plain)
        self._model = LogisticRegression(C=4, max_iter=400, class_weight="balanced")
        fit, tune = slice(0, None, 2), slice(1, None, 2)
        bodies = [message.body for message in passed]
        self._model.fit(self._words.fit_transform(bodies[fit]), truth[fit])
        shares = self._model.predict_proba(self._words.transform(bodies[tune]))[:, 1]
        self._cut = float(np.quantile(shares[truth[tune]], 0.02))

    def read(self, messages: list[Message]) -> np.ndarray:
        """True where it sees a crisis."""
        shares = self._model.predict_proba(self._words.transform([message.body for message in messages]))[
            :, 1
        ]
        return by_keywords(messages) & (shares >= self._cut)


class Ngrams:
    """Words and letters in a row, logistic regression."""

    def __init__(self, messages: list[Message]) -> None:
        self._words = [
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, preprocessor=plain),
            TfidfVectorizer(
                analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True, preprocessor=plain
            ),
        ]
        features = hstack([words.fit_transform([m.body for m in messages]) for words in self._words])
        self._model = LogisticRegression(C=8, max_iter=200, class_weight="balanced", solver="liblinear")
        self._model.fit(features, [message.urgency == EMERGENCY for message in messages])

    def read(self, messages: list[Message]) -> np.ndarray:
        """True where it sees an emergency."""
        features = hstack([words.transform([message.body for message in messages]) for words in self._words])
        return np.asarray(self._model.predict_proba(features)[:, 1] >= 0.5)


def report(
    training: list[Message], tested: list[Message]
) -> dict[str, dict[str, tuple[float, float, float]]]:
    """For each recipe: recall, precision and false emergencies, with 95 % intervals."""
    readings = {
        "keyword list": by_keywords(tested),
        "CMD-1 recipe": Cmd1(training).read(tested),
        "n-grams": Ngrams(training).read(tested),
    }
    truth = np.array([message.urgency == EMERGENCY for message in tested])
    return {name: _figures(truth, read) for name, read in readings.items()}


def _figures(truth: np.ndarray, read: np.ndarray) -> dict[str, tuple[float, float, float]]:
    return {
        "emergency_recall": wilson(int((read & truth).sum()), int(truth.sum())),
        "emergency_precision": wilson(int((read & truth).sum()), int(read.sum())),
        "false_emergency": wilson(int((read & ~truth).sum()), int((~truth).sum())),
    }


def main(arguments: list[str]) -> int:
    """Prints the comparison as JSON."""
    parser = argparse.ArgumentParser(description="Baselines on the corpus.")
    parser.add_argument("--corpus", type=Path, default=Path("corpus/train"))
    parser.add_argument("--held-out", default="w2,w7")
    parser.add_argument("--messages", type=Path)
    options = parser.parse_args(arguments)
    messages = read_messages(options.corpus)
    if options.messages:
        found = report(messages, read_messages(options.messages))
    else:
        held = set(options.held_out.split(","))
        found = report(
            [m for m in messages if m.writer not in held], [m for m in messages if m.writer in held]
        )
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
