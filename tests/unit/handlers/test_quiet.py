"""When an acknowledgement would be one too many: a situation, and what still goes out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsbot.domain import Intent, Silence, Situation, Triage
from smsbot.handlers import ReplyPolicy
from smsbot.handlers.policy import OFF
from tests.unit.handlers.parts import (
    ADMIN,
    CLOSED,
    EMERGENCY,
    NONE,
    NOW,
    ROUTINE,
    START,
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

OFFICE = ["received.office"]
URGENTLY = ["received.neutral", "also.emergency"]


@pytest.mark.parametrize(
    ("situation", "triage", "wanted"),
    [
        (seen(open_case=case()), ADMIN, OFFICE),  # nothing was said in it yet
        (seen(open_case=case(), replies=(told("received.office", minutes=14.9),)), ADMIN, []),
        (seen(open_case=case(), replies=(told("received.office", minutes=15),)), ADMIN, OFFICE),
        (seen(open_case=case(), replies=(told("received.office", minutes=5, of="other"),)), ADMIN, OFFICE),
        (seen(open_case=case(), replies=(told("consent.help", minutes=5),)), ADMIN, OFFICE),
        (seen(open_case=case(), replies=(told("received.office", minutes=5),)), SYMPTOM, URGENTLY),
        (seen(open_case=case(URGENT), replies=(told("received.neutral", minutes=5),)), SYMPTOM, []),
        (seen(open_case=case(EMERGENCY), replies=(told("crisis.both", minutes=5),)), SYMPTOM, []),
        (seen(open_case=case(EMERGENCY), replies=(told("crisis_short.both", minutes=5),)), ADMIN, []),
        # Resolved meanwhile: the text opens the same case again.
        (seen(recent_case=case(), replies=(told("received.office", minutes=5),)), ADMIN, []),
        (seen(recent_case=case(), replies=(told("received.office", minutes=5),)), SYMPTOM, URGENTLY),
        (seen(replies=(told("received.office", minutes=5),)), ADMIN, OFFICE),
    ],
)
def test_a_case_is_acknowledged_once_in_fifteen_minutes_unless_it_rises(
    situation: Situation, triage: Triage, wanted: list[str]
) -> None:
    assert keys(after(triage, situation)) == wanted


def ago(minutes: float) -> Situation:
    return seen(open_case=case(), staff_wrote_at=NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("minutes", "triage", "wanted"),
    [
        (1, ADMIN, []),
        (59, ADMIN, []),
        (60, ADMIN, OFFICE),
        (1, SYMPTOM, []),  # even though it rises: the nurse sees it
        (1, danger(), ["crisis.both"]),
        (1, STOP, ["consent.stop"]),
        (1, WHO, ["consent.help"]),
        (1, Triage(ROUTINE, (Intent.CONSENT_HELP, Intent.ADMIN)), ["consent.help"]),
        (1, Triage(URGENT, (Intent.CONSENT_HELP, Intent.SYMPTOM)), ["consent.help", "also.emergency"]),
    ],
)
def test_no_robot_talks_into_a_conversation_with_a_staff_member(
    minutes: float, triage: Triage, wanted: list[str]
) -> None:
    assert sorted(keys(after(triage, ago(minutes)))) == sorted(wanted)


@pytest.mark.parametrize(
    ("office_is_closed", "minutes", "triage", "wanted"),
    [
        (True, 200, ADMIN, []),  # closed for six hours: told since
        (True, 361, ADMIN, OFFICE),  # told while it was open
        (False, 200, ADMIN, OFFICE),
        (True, 200, SYMPTOM, URGENTLY),  # it rises
        (True, 200, danger(), ["crisis.both"]),
        (True, 200, WHO, ["consent.help"]),
    ],
)
def test_after_hours_a_contact_is_told_once(
    office_is_closed: bool, minutes: float, triage: Triage, wanted: list[str]
) -> None:
    situation = seen(open_case=case(), replies=(told("received.neutral", minutes=minutes, of="other"),))
    if office_is_closed:
        situation = seen(open_case=case(), replies=situation.replies, office=CLOSED)
    assert keys(after(triage, situation)) == wanted


def test_a_crisis_reply_of_the_night_does_not_count_as_having_told_when_texts_are_read() -> None:
    situation = seen(office=CLOSED, replies=(told("crisis.both", minutes=200, of="other"),))
    assert keys(after(ADMIN, situation)) == OFFICE


@pytest.mark.parametrize(
    ("body", "triage", "wanted"),
    [
        ("👍", Triage(ROUTINE, (Intent.UNCLEAR,)), []),
        ("❤️ 🙏🏽", Triage(ROUTINE, (Intent.UNCLEAR,)), []),
        ("👍", Triage(NONE, (Intent.SOCIAL,)), []),
        ("thanks", Triage(NONE, (Intent.SOCIAL,)), []),
        ("see you then", Triage(NONE, (Intent.APPOINTMENT_CONFIRM,)), []),
        ("Liked “We got your message.”", Triage(ROUTINE, (Intent.UNCLEAR,)), []),
        ("?", Triage(ROUTINE, (Intent.UNCLEAR,)), ["received.neutral"]),
        ("", Triage(ROUTINE, (Intent.UNCLEAR,)), ["received.neutral"]),
        ("🔪🔪", Triage(URGENT, (Intent.UNCLEAR,)), URGENTLY),
    ],
)
def test_thanks_reactions_emoji_and_confirmations_get_no_answer(
    body: str, triage: Triage, wanted: list[str]
) -> None:
    assert keys(after(triage, body=body)) == wanted


CONSENT_TOO = [(STOP, ["consent.stop"]), (START, ["consent.start"])]


@pytest.mark.parametrize(
    ("silence", "triage", "wanted"),
    [
        (Silence.COMPLAINT, ADMIN, []),
        (Silence.COMPLAINT, SYMPTOM, []),
        (Silence.COMPLAINT, danger(), ["crisis.both"]),
        *((Silence.COMPLAINT, *one) for one in CONSENT_TOO),
        (Silence.ROBOT, ADMIN, []),
        (Silence.ROBOT, STOP, []),
        (Silence.ROBOT, danger(), ["crisis.both"]),
        (Silence.WRONG_NUMBER, ADMIN, []),
        (Silence.WRONG_NUMBER, STOP, []),
        (Silence.WRONG_NUMBER, danger(), ["crisis.both"]),
        (Silence.PRIVATE, ADMIN, []),
        (Silence.PRIVATE, START, []),
        (Silence.PRIVATE, danger(), []),
    ],
)
def test_what_a_silence_leaves(silence: Silence, triage: Triage, wanted: list[str]) -> None:
    assert keys(after(triage, seen(silence=silence))) == wanted


@pytest.mark.parametrize("silence", list(Silence))
def test_staff_are_told_each_time_that_automatic_texts_are_off(silence: Silence) -> None:
    assert OFF[silence] in after(ADMIN, seen(silence=silence)).notes
    assert after(Triage(NONE, (Intent.SOCIAL,)), seen(silence=silence)).notes == ()


@pytest.mark.parametrize(
    ("names_topic", "intent", "wanted"),
    [
        (True, Intent.APPOINTMENT_CANCEL, ["received.appointment", "also.not_booked"]),
        (False, Intent.APPOINTMENT_CANCEL, ["received.neutral"]),
        (False, Intent.APPOINTMENT_REQUEST, ["received.neutral"]),
        (True, Intent.ADMIN, OFFICE),
        (False, Intent.ADMIN, ["received.neutral"]),
        (True, Intent.MEDICATION_QUESTION, ["received.neutral"]),
    ],
)
def test_a_clinic_may_have_every_answer_neutral(names_topic: bool, intent: Intent, wanted: list[str]) -> None:
    outcome = after(Triage(ROUTINE, (intent,)), policy=ReplyPolicy(names_topic=names_topic))
    assert keys(outcome) == wanted
    assert all(reply.times for reply in outcome.replies if reply.key.startswith("received."))
    assert names_topic or outcome.asks is None
