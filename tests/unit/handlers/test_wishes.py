"""STOP and what is less than a STOP: who is told what, and what staff see."""

from __future__ import annotations

import pytest

from smsbot.domain import Consent, ConsentChange, Flag, Intent, Silence, Situation, Triage
from smsbot.handlers.consent import MEANT_THE_VISIT, PATIENT_STOPPED
from smsbot.handlers.policy import CALL
from smsbot.handlers.social import WRONG_NUMBER
from smsbot.handlers.wishes import COMPLAINT, PRIVATE
from tests.unit.handlers.parts import (
    EMERGENCY,
    NONE,
    ROUTINE,
    STOP,
    UNCLEAR,
    URGENT,
    after,
    case,
    danger,
    keys,
    seen,
)

READS = "Don't write me on this phone, my husband reads everything"
ENOUGH = "stop with the robot replies, I want a real person"
ON_FILE = seen(patients=1, has_list=True)
BOTH = Triage(ROUTINE, (Intent.CONSENT_STOP, Intent.ADMIN))


def test_no_reminders_ends_reminders_alone() -> None:
    outcome = after(Triage(ROUTINE, (Intent.ADMIN,)), body="no more reminders please")
    assert outcome.consent is ConsentChange.NO_REMINDERS
    assert keys(outcome) == ["consent.no_reminders"]
    assert outcome.silence is None


def test_an_opted_out_contact_stays_so_when_it_wants_no_reminders() -> None:
    situation = seen(consent=Consent.OPTED_OUT)
    outcome = after(UNCLEAR, situation, body="no more reminders please")
    assert outcome.replies == () and CALL in outcome.notes


def test_a_complaint_about_automatic_replies_mutes_them_and_reaches_staff() -> None:
    outcome = after(Triage(ROUTINE, (Intent.ADMIN,)), body=ENOUGH)
    assert (outcome.silence, outcome.consent) == (Silence.COMPLAINT, None)
    assert keys(outcome) == ["consent.muted"]
    assert (outcome.urgency, outcome.opens_case) == (ROUTINE, True)
    assert COMPLAINT in outcome.notes
    again = after(Triage(ROUTINE, (Intent.ADMIN,)), seen(silence=Silence.COMPLAINT), body=ENOUGH)
    assert again.replies == ()


@pytest.mark.parametrize("consent", list(Consent))
def test_a_phone_that_others_read_gets_no_text_at_all(consent: Consent) -> None:
    outcome = after(UNCLEAR, seen(consent=consent, was_told=False), body=READS)
    assert (outcome.silence, outcome.replies) == (Silence.PRIVATE, ())
    assert (outcome.urgency, outcome.tells_staff) == (URGENT, True)
    assert PRIVATE in outcome.notes


def test_not_even_an_emergency_is_answered_on_such_a_phone() -> None:
    outcome = after(danger(Flag.SUICIDE), body=READS)
    assert (outcome.urgency, outcome.replies) == (EMERGENCY, ())


def test_a_stop_in_the_same_text_holds_beside_the_wish() -> None:
    outcome = after(STOP, body=READS)
    assert (outcome.consent, outcome.silence, outcome.replies) == (ConsentChange.STOP, Silence.PRIVATE, ())
    complaint = after(STOP, body=ENOUGH)
    assert (complaint.consent, complaint.silence) == (ConsentChange.STOP, None)
    assert keys(complaint) == ["consent.stop"]


@pytest.mark.parametrize(
    ("body", "triage", "situation", "urgency", "wanted", "notes"),
    [
        ("STOP", STOP, seen(), NONE, ["consent.stop"], []),
        ("STOP", STOP, seen(has_list=True), NONE, ["consent.stop"], []),
        ("STOP", STOP, ON_FILE, ROUTINE, ["consent.stop"], [PATIENT_STOPPED, CALL]),
        ("stop texting me", STOP, ON_FILE, ROUTINE, ["consent.stop"], [PATIENT_STOPPED, CALL]),
        ("END", STOP, seen(), ROUTINE, ["consent.stop_visit"], [MEANT_THE_VISIT, CALL]),
        ("quit", STOP, seen(), ROUTINE, ["consent.stop_visit"], [MEANT_THE_VISIT, CALL]),
        ("Cancel", STOP, ON_FILE, ROUTINE, ["consent.stop_visit"], [MEANT_THE_VISIT, PATIENT_STOPPED, CALL]),
        ("STOP", STOP, seen(patients=1, has_list=True, consent=Consent.OPTED_OUT), NONE, [], []),
        ("stop, and my bill", BOTH, seen(), ROUTINE, ["consent.stop"], [CALL]),
    ],
)
def test_an_opt_out_that_staff_must_see_is_routine(
    body: str, triage: Triage, situation: Situation, urgency: object, wanted: list[str], notes: list[str]
) -> None:
    outcome = after(triage, situation, body=body)
    assert (outcome.urgency, keys(outcome), list(outcome.notes)) == (urgency, wanted, notes)
    assert outcome.opens_case is (urgency is not NONE)
    assert outcome.consent is ConsentChange.STOP


WRONG = (Intent.WRONG_NUMBER,)


@pytest.mark.parametrize(
    ("triage", "situation", "silence", "urgency"),
    [
        (Triage(ROUTINE, WRONG), ON_FILE, Silence.WRONG_NUMBER, ROUTINE),
        (Triage(ROUTINE, WRONG), seen(has_list=True), None, ROUTINE),
        (Triage(ROUTINE, WRONG), seen(), None, ROUTINE),
        (Triage(NONE, WRONG), ON_FILE, None, NONE),  # spam
        (Triage(NONE, (*WRONG, Intent.CONSENT_STOP)), ON_FILE, Silence.WRONG_NUMBER, ROUTINE),
        (Triage(ROUTINE, (*WRONG, Intent.MEDICATION_REFILL)), ON_FILE, None, ROUTINE),  # it is a patient
    ],
)
def test_a_wrong_number_of_the_list_is_checked_before_anything_else_is_sent(
    triage: Triage, situation: Situation, silence: Silence | None, urgency: object
) -> None:
    outcome = after(triage, situation, body="you have the wrong number")
    assert (outcome.silence, outcome.urgency) == (silence, urgency)
    assert "received.neutral" not in keys(outcome) or silence is None
    assert (WRONG_NUMBER in outcome.notes) is (urgency is ROUTINE)


def test_a_wrong_number_in_danger_gets_emergency_words() -> None:
    triage = Triage(EMERGENCY, (*WRONG, Intent.CRISIS), (Flag.SUICIDE,))
    assert keys(after(triage, ON_FILE)) == ["crisis.lifeline"]


def test_a_stop_while_a_case_is_open_asks_nothing() -> None:
    assert after(BOTH, seen(open_case=case()), body="stop texting me").asks is None
