"""Asking once for what is missing, and what may be said to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsbot.domain import Flag, Intent, Media, Question, Silence, Situation, Triage, Window
from smsbot.handlers.senders import SHARED
from tests.unit.handlers.parts import (
    ADMIN,
    EMERGENCY,
    NONE,
    NOW,
    ROUTINE,
    SITUATION,
    STOP,
    SYMPTOM,
    URGENT,
    WHO,
    after,
    case,
    danger,
    keys,
    seen,
    told,
)

TUESDAY = (Window("2026-12-08T12:00", "2026-12-08T17:00"),)
VISIT = Triage(ROUTINE, (Intent.APPOINTMENT_REQUEST,))
MOVE = Triage(ROUTINE, (Intent.APPOINTMENT_RESCHEDULE,))
REFILL = Triage(ROUTINE, (Intent.MEDICATION_REFILL,))
NAMED = Triage(ROUTINE, (Intent.MEDICATION_REFILL,), medications=("escitalopram",))
BOTH = Triage(ROUTINE, (Intent.APPOINTMENT_REQUEST, Intent.MEDICATION_REFILL))


@pytest.mark.parametrize(
    ("triage", "body", "wanted"),
    [
        (VISIT, "can I get an appointment", Question.TIMES),
        (MOVE, "I need to move my visit", Question.TIMES),
        (Triage(ROUTINE, VISIT.intents, windows=TUESDAY), "can I come tuesday afternoon", None),
        (Triage(URGENT, VISIT.intents, (Flag.SAME_DAY,)), "anything today?", None),
        (Triage(ROUTINE, (Intent.APPOINTMENT_CANCEL,)), "cancel my visit", None),
        (Triage(ROUTINE, (Intent.APPOINTMENT_QUESTION,)), "when is my visit", None),
        (REFILL, "need a refill", Question.MEDICATION),
        (REFILL, "need a refill at walgreens", Question.MEDICATION),
        (NAMED, "refill my lexapro", Question.PHARMACY),
        (NAMED, "refill my lexapro at CVS", None),
        (NAMED, "lexapro refill, same pharmacy", None),
        (NAMED, "Lexapro, la misma farmacia por favor", None),
        (NAMED, "Lexapro nan famasi Walgreens la", None),
        (BOTH, "refill and a visit please", Question.TIMES),  # one question, not two
        (ADMIN, "my bill", None),
        (Triage(URGENT, (Intent.MEDICATION_REFILL,), (Flag.OUT_OF_MEDICATION,)), "im out", None),
        (danger(), "refill", None),
    ],
)
def test_what_is_missing_is_asked(triage: Triage, body: str, wanted: Question | None) -> None:
    outcome = after(triage, body=body)
    assert outcome.asks is wanted
    assert [key for key in keys(outcome) if key.startswith("ask.")] == ([f"ask.{wanted}"] if wanted else [])


@pytest.mark.parametrize(
    ("situation", "may_ask"),
    [
        (seen(open_case=case()), True),
        (seen(open_case=case(asked="times")), False),
        (seen(recent_case=case(asked="times")), False),
        (seen(open_case=case(), replies=(told("ask.pharmacy", minutes=900),)), False),
        (seen(open_case=case(), replies=(told("ask.pharmacy", minutes=900, of="other"),)), True),
        (seen(open_case=case(URGENT)), False),
        (seen(open_case=case(EMERGENCY)), False),
        (seen(open_case=case(is_taken=True)), False),
        (seen(question="pharmacy"), False),
        (seen(staff_wrote_at=NOW - timedelta(minutes=5)), False),
        (seen(has_list=True, patients=0), False),
        (seen(has_list=True, patients=1), True),
        (seen(has_list=True, patients=2), False),
        (seen(silence=Silence.COMPLAINT), False),
        (seen(open_case=case(), replies=(told("received.neutral", minutes=3),)), False),  # we are silent
        (seen(replies=tuple(told("consent.help", minutes=m) for m in (9, 8, 7))), False),
    ],
)
@pytest.mark.parametrize("triage", [VISIT, REFILL, NAMED])
def test_a_case_is_asked_one_question_and_only_when_that_helps(
    situation: Situation, may_ask: bool, triage: Triage
) -> None:
    outcome = after(triage, situation)
    assert (outcome.asks is not None) is may_ask
    assert any(key.startswith("ask.") for key in keys(outcome)) is may_ask


UNKNOWN = seen(has_list=True, patients=0)


@pytest.mark.parametrize(
    ("triage", "wanted"),
    [
        (VISIT, ["received.unknown"]),
        (ADMIN, ["received.unknown"]),
        (SYMPTOM, ["received.unknown", "also.emergency"]),
        (BOTH, ["received.unknown"]),
        (danger(), ["crisis.both"]),
        (STOP, ["consent.stop"]),
        (Triage(NONE, (Intent.SOCIAL,)), []),
    ],
)
def test_to_an_unknown_number_nobody_is_confirmed_to_be_a_patient(triage: Triage, wanted: list[str]) -> None:
    assert keys(after(triage, UNKNOWN)) == wanted


def test_a_picture_is_answered_alike_whoever_sends_it() -> None:
    picture = (Media(0, "image/jpeg"),)
    for situation in (UNKNOWN, SITUATION):
        for body in ("", "👀"):
            outcome = after(Triage(NONE, (Intent.SOCIAL,)), situation, body=body, media=picture)
            assert keys(outcome) == ["received.media", "also.emergency"]
            assert outcome.urgency is URGENT


def test_a_number_of_several_patients_gets_neutral_words_and_staff_are_warned() -> None:
    family = seen(has_list=True, patients=2)
    outcome = after(VISIT, family)
    assert (keys(outcome), outcome.notes) == (["received.neutral"], (SHARED,))
    assert after(Triage(NONE, (Intent.SOCIAL,)), family).notes == ()
    assert keys(after(danger(), family)) == ["crisis.both"]


NEW = seen(was_told=False)


@pytest.mark.parametrize(
    ("triage", "situation", "is_told"),
    [
        (ADMIN, NEW, True),
        (VISIT, seen(was_told=False, has_list=True), True),
        (ADMIN, SITUATION, False),
        (danger(), NEW, False),
        (STOP, NEW, False),
        (WHO, NEW, False),
        (Triage(ROUTINE, (Intent.CONSENT_HELP, Intent.ADMIN)), NEW, False),
        (Triage(NONE, (Intent.SOCIAL,)), NEW, False),
        (ADMIN, seen(was_told=False, silence=Silence.COMPLAINT), False),
    ],
)
def test_the_first_acknowledgement_says_that_texts_are_not_private(
    triage: Triage, situation: Situation, is_told: bool
) -> None:
    assert ("notice.privacy" in keys(after(triage, situation))) is is_told
