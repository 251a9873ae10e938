"""An answer is read by its question, whoever asked it, and a danger in it is a danger all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsbot.domain import Intent, Situation, Urgency
from smsbot.triage import Engine

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
NOTHING_ASKED = Situation(now=NOW)
OFFER = "We have 1) Tue Nov 24 3 PM 2) Wed Nov 25 10 AM. Which one suits you?"

OURS = [
    ("times", "Tues pm works", Intent.APPOINTMENT_REQUEST),
    ("times", "martes por la tarde", Intent.APPOINTMENT_REQUEST),
    ("times", "madi apremidi", Intent.APPOINTMENT_REQUEST),
    ("medication", "lexapro", Intent.MEDICATION_REFILL),
    ("medication", "the small blue one", Intent.MEDICATION_REFILL),
    ("pharmacy", "the walgreens on atlantic", Intent.MEDICATION_REFILL),
    ("pharmacy", "la de siempre", Intent.MEDICATION_REFILL),
]


@pytest.mark.parametrize(("question", "body", "intent"), OURS)
def test_an_answer_to_our_question_is_about_what_was_asked(
    engine: Engine, question: str, body: str, intent: Intent
) -> None:
    assert intent in engine.triage(body, NOW, replace(NOTHING_ASKED, question=question)).intents


@pytest.mark.parametrize("body", ["2", "2 please", "number 2", "the second one", "la segunda", "dezyem"])
def test_a_number_chooses_one_of_the_offered_times(engine: Engine, body: str) -> None:
    read = engine.triage(body, NOW, replace(NOTHING_ASKED, staff_asked=OFFER))
    assert read.urgency is Urgency.ROUTINE
    assert Intent.APPOINTMENT_REQUEST in read.intents
    assert [window.start for window in read.windows] == ["2026-11-25T10:00"]


@pytest.mark.parametrize("body", ["3", "20", "2 pills left", "24"])
def test_a_number_that_was_not_offered_chooses_nothing(engine: Engine, body: str) -> None:
    read = engine.triage(body, NOW, replace(NOTHING_ASKED, staff_asked=OFFER))
    assert all(one.why != "chooses one of the offered times" for one in read.evidence)


def test_a_number_without_an_offer_chooses_nothing(engine: Engine) -> None:
    for asked in (None, "Take 1-2 with food.", "Which one?"):
        read = engine.triage("2", NOW, replace(NOTHING_ASKED, staff_asked=asked))
        assert Intent.APPOINTMENT_REQUEST not in read.intents


def test_a_time_after_a_question_of_staff_is_a_wish_for_a_visit(engine: Engine) -> None:
    asked = replace(NOTHING_ASKED, staff_asked="What days suit you?")
    read = engine.triage("Tues pm works", NOW, asked)
    assert read.intents == (Intent.APPOINTMENT_REQUEST,)
    assert [window.start for window in read.windows] == ["2026-11-24T12:00"]


@pytest.mark.parametrize("body", ["yes", "no", "ok", "si", "wi", "not yet"])
def test_even_a_yes_to_staff_is_put_before_a_person(engine: Engine, body: str) -> None:
    asked = replace(NOTHING_ASKED, staff_asked="Did you eat before the visit?")
    assert engine.triage(body, NOW, asked).urgency.rank >= Urgency.ROUTINE.rank


@pytest.mark.parametrize("body", ["thanks", "ok thank you", "gracias", "mesi"])
def test_thanks_answer_nothing(engine: Engine, body: str) -> None:
    asked = replace(NOTHING_ASKED, staff_asked="See you then?", question="pharmacy")
    assert engine.triage(body, NOW, asked).urgency is Urgency.NONE


@pytest.mark.parametrize("question", ["times", "medication", "pharmacy"])
def test_a_danger_in_an_answer_is_a_danger(engine: Engine, question: str) -> None:
    asked = replace(NOTHING_ASKED, question=question, staff_asked=OFFER)
    assert engine.triage("i took all my pills", NOW, asked).urgency is Urgency.EMERGENCY
