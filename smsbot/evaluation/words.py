"""How figures are written for people, in the text and on the page alike."""

from __future__ import annotations

from smsbot.evaluation.bars import Judged
from smsbot.evaluation.shares import Figure

LANGUAGES = {"en": "English", "es": "Spanish", "ht": "Haitian Creole", "mixed": "mixed", "other": "other"}

# Said wherever the rivals are shown.
ABOUT_RIVALS = (
    "The CMD-1 recipe was trained on corpus/train: on messages from there its figures flatter it. "
    "All but this engine know emergencies alone."
)

MEASURES = {
    "emergency_recall": "emergencies read as emergency",
    "emergency_as_urgent": "emergencies read as urgent or more",
    "emergency_as_none": "emergencies read as none",
    "emergency_precision": "of those read as emergency, really one",
    "urgent_recall": "urgent read as urgent or more",
    "false_emergency": "not an emergency, yet read as one",
    "over_triage": "routine or none read as urgent or more",
    "urgency_exact": "urgency exactly right",
    "intents_f1": "intents, micro-F1",
    "flags_f1": "flags, micro-F1",
    "medications_f1": "medications, F1",
    "windows_exact": "time windows exactly right",
    "everyday_emergency": "everyday texts read as emergency",
}


def figure_words(figure: Figure) -> str:
    """`0.973 (0.961–0.981)`, or a dash when there was nothing to count."""
    if figure.value is None:
        return "–"
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def count_words(figure: Figure) -> str:
    """`292 of 300`."""
    return f"{figure.hits} of {figure.of}" if figure.of else ""


def value_words(judged: Judged) -> str:
    """The value held against a bar, with its interval or its unit."""
    if judged.figure is not None:
        return figure_words(judged.figure)
    if judged.value is None:
        return "–"
    note = f" ({judged.note})" if judged.note else ""
    return f"{judged.value:.3g}{judged.bar.unit}{note}"


def language_words(code: str) -> str:
    """The name of a language of the corpus."""
    return LANGUAGES.get(code, code)
