"""The published ways: a phrase list without scope, and a recipe scored as scikit-learn scores it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from smsbot.domain import Urgency
from smsbot.evaluation.linear import Linear, load_linear, save_linear, terms
from smsbot.evaluation.rivals import AS_PUBLISHED, FEW_ALARMS, WEIGHTS, keyword_reader, rival_readers
from tests.unit.evaluation.made import pair

SCORES = json.loads((Path(__file__).parent / "cmd1_scores.json").read_text("utf-8"))


def test_our_scores_are_those_of_scikit_learn() -> None:
    linear = load_linear(WEIGHTS)
    ours = [linear.score(row["body"]) for row in SCORES]
    assert ours == pytest.approx([row["score"] for row in SCORES], abs=1e-5)
    assert len(SCORES) > 50 and min(ours) < -1 < 1 < max(ours)


def test_the_weights_stay_small() -> None:
    assert WEIGHTS.stat().st_size < 2_000_000


def test_terms_are_words_of_two_letters_or_more_and_their_pairs() -> None:
    assert terms("I want, to Die!") == ["want", "to", "die", "want to", "to die"]


def test_saved_weights_come_back_the_same(tmp_path: Path) -> None:
    linear = Linear(
        {"año": 0, "want to": 1},
        np.array([1.0, 2.0], np.float32),
        np.array([0.5, -0.5], np.float32),
        -0.25,
        frozenset({"año"}),
        {"a": 0.1},
    )
    save_linear(tmp_path / "w.npz", linear)
    back = load_linear(tmp_path / "w.npz")
    assert back.places == linear.places and back.filter_words == linear.filter_words
    assert back.thresholds == linear.thresholds
    assert back.score("año, want to want to") == linear.score("año, want to want to") != -0.25


def test_a_text_without_a_filter_word_is_never_an_emergency() -> None:
    linear = load_linear(WEIGHTS)
    assert not linear.passes_filter("")
    assert linear.thresholds[AS_PUBLISHED] < linear.thresholds[FEW_ALARMS]


@pytest.mark.parametrize(
    ("body", "urgency"),
    [
        ("I can’t breathe", Urgency.EMERGENCY),
        ("ME VOY A MATAR", Urgency.EMERGENCY),
        ("mwen vle mouri", Urgency.EMERGENCY),
        ("I am not suicidal at all", Urgency.EMERGENCY),  # no scope: that is the point of it
        ("squeezing behind my breastbone", Urgency.ROUTINE),
        ("refill please", Urgency.ROUTINE),
    ],
)
def test_the_keyword_list_sees_phrases_and_nothing_else(body: str, urgency: Urgency) -> None:
    assert keyword_reader()(pair("none", "none", body=body).example).urgency is urgency


def test_the_recipe_is_stricter_when_set_to_few_alarms() -> None:
    settings = {name: reader for name, reader in rival_readers().items() if name.startswith("CMD-1")}
    alarms = {
        name: sum(
            reader(pair("none", "none", body=row["body"]).example).urgency is Urgency.EMERGENCY
            for row in SCORES
        )
        for name, reader in settings.items()
    }
    many, few = alarms.values()
    assert 0 < few < many < len(SCORES)
