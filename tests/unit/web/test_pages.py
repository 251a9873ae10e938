"""How texts are cut for highlighting and how hidden characters are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsbot.web.case_pages import highlight
from smsbot.web.pages import telling, visible

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


@given(st.text(max_size=50), SPANS)
def test_highlighting_loses_no_character(body: str, spans: list[tuple[int, int]]) -> None:
    evidence = [{"start": a, "end": b, "why": "because", "flag": "fall", "intent": None} for a, b in spans]
    assert "".join(piece.text for piece in highlight(body, evidence)) == body


def test_overlapping_evidence_is_told_together() -> None:
    evidence = [
        {"start": 0, "end": 10, "why": "one", "flag": "chest_pain", "intent": None},
        {"start": 6, "end": 12, "why": "two", "flag": None, "intent": "symptom"},
    ]
    pieces = highlight("chest tight since", evidence)
    assert [(piece.text, piece.why) for piece in pieces] == [
        ("chest ", "one"),
        ("tigh", "one two"),
        ("t ", "two"),
        ("since", ""),
    ]


@pytest.mark.parametrize("hidden", ["\x07", "\u202e", "\u2066", "\x7f", "\x00"])
def test_hidden_characters_are_shown(hidden: str) -> None:
    assert hidden not in visible(f"a{hidden}b")


def test_line_breaks_and_emoji_stay() -> None:
    assert visible("a\nb\t🎂") == "a\nb\t🎂"


def test_unclear_is_told_only_alone() -> None:
    assert telling(["crisis", "unclear", "symptom"]) == ["symptom"]
    assert telling(["unclear"]) == ["unclear"]
