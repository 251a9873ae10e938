"""The published ways of doing the same, read on the same messages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

from smsbot.evaluation.linear import Linear, load_linear
from smsbot.evaluation.readers import Reader, alarm_reader

_HERE = Path(__file__).parent
PHRASES = _HERE / "phrases.toml"
WEIGHTS = _HERE / "weights" / "cmd1.npz"

# Where the recipe is run: at the sensitivity its authors publish, and at our own bar for false alarms.
AS_PUBLISHED, FEW_ALARMS = "recall 0.98", "false alarms 0.04"


def rival_readers() -> dict[str, Reader]:
    """Every rival by its name in the report."""
    linear = load_linear(WEIGHTS)
    return {
        "keyword list": keyword_reader(),
        f"CMD-1 recipe, set to {AS_PUBLISHED}": cmd1_reader(linear, AS_PUBLISHED),
        f"CMD-1 recipe, set to {FEW_ALARMS}": cmd1_reader(linear, FEW_ALARMS),
    }


def keyword_reader(path: Path = PHRASES) -> Reader:
    """An alarm for any phrase of the list, anywhere: no scope, no help but with case and accents."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    phrases = sorted({_plain(phrase) for language in ("en", "es", "ht") for phrase in table[language]})
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, phrases)) + r")\b")
    return alarm_reader(lambda body: bool(pattern.search(_plain(body))), "keyword list")


def cmd1_reader(linear: Linear, setting: str) -> Reader:
    """Cerebral's recipe: a keyword filter, then TF-IDF and logistic regression over what passes.

    Swaminathan and others, npj Digital Medicine 6:213 (2023), doi 10.1038/s41746-023-00951-3; trained on
    our corpus (training/rivals.py).
    """
    threshold = linear.thresholds[setting]
    return alarm_reader(
        lambda body: linear.passes_filter(body) and linear.score(body) >= threshold, f"CMD-1 {setting}"
    )


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("'", ""))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())
