"""Emergency words: the full ones once for each danger, short ones after that, and none on a watched phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsbot.domain import EarlierReply, Flag, OpenCase, Outcome, Situation, Triage
from smsbot.handlers.answers import asks_who_is_there
from smsbot.handlers.crisis import WATCHED
from tests.unit.handlers.parts import (
    ADMIN,
    EMERGENCY,
    NOW,
    ROUTINE,
    STOP,
    UNCLEAR,
    after,
    case,
    danger,
    keys,
    seen,
    told,
)

SUICIDE = danger(Flag.SUICIDE)
CHEST = danger(Flag.CHEST_PAIN)
PRIVATE = danger(Flag.DANGER_FROM_OTHERS)
FULL, SHORT = "crisis.lifeline", "crisis_short.lifeline"


def further(*replies: EarlierReply, of: OpenCase | None = None) -> Situation:
    return seen(open_case=of or case(EMERGENCY), replies=replies)


@pytest.mark.parametrize(
    ("triage", "situation", "wanted"),
    [
        (SUICIDE, seen(), [FULL]),
        (SUICIDE, further(), [FULL]),
        (SUICIDE, further(told("received.neutral", minutes=1)), [FULL]),
        (SUICIDE, further(told(FULL, minutes=4.9)), []),
        (SUICIDE, further(told(FULL, minutes=5)), [SHORT]),
        (SUICIDE, further(told(FULL, minutes=6), told(SHORT, minutes=1)), []),
        (SUICIDE, further(*(told(FULL, minutes=m) for m in (50, 30, 10))), []),
        (SUICIDE, further(*(told(FULL, minutes=m) for m in (60, 30, 10))), [SHORT]),
        (SUICIDE, further(told(FULL, minutes=700)), [SHORT]),  # it is the same open case all day
        # Another danger has other words: they are said at once, once.
        (CHEST, further(told(FULL, minutes=1)), ["crisis.medical"]),
        (CHEST, further(*(told(FULL, minutes=m) for m in (3, 2, 1))), ["crisis.medical"]),
        (CHEST, further(told(FULL, minutes=20), told("crisis.medical", minutes=1)), []),
        (CHEST, further(told(FULL, minutes=20), told("crisis.medical", minutes=9)), ["crisis_short.medical"]),
        # What was said with another danger need not be said again.
        (CHEST, further(told("crisis.both", minutes=1)), []),
        (SUICIDE, further(told("crisis.all", minutes=9)), [SHORT]),
        # Another case has its own first reply; one that was resolved just now is the same case.
        (SUICIDE, seen(replies=(told(FULL, minutes=1),)), [FULL]),
        (SUICIDE, further(told(FULL, minutes=1, of="other")), [FULL]),
        (SUICIDE, seen(recent_case=case(EMERGENCY), replies=(told(FULL, minutes=1),)), []),
        (SUICIDE, seen(recent_case=case(EMERGENCY), replies=(told(FULL, minutes=9),)), [SHORT]),
        (SUICIDE, seen(recent_case=case(EMERGENCY), replies=(told(FULL, minutes=90),)), [FULL]),
    ],
)
def test_crisis_replies_keep_to_their_limits(triage: Triage, situation: Situation, wanted: list[str]) -> None:
    outcome = after(triage, situation)
    assert keys(outcome) == wanted
    assert outcome.tells_staff and outcome.urgency is EMERGENCY


@pytest.mark.parametrize(
    ("triage", "situation", "wanted"),
    [
        (danger(confidence=0.84), seen(), ["crisis.unsure"]),
        (danger(confidence=0.85), seen(), ["crisis.both"]),
        (danger(Flag.PSYCHOSIS, confidence=0.5), seen(), ["crisis.unsure"]),
        (danger(Flag.SUICIDE, confidence=0.5), seen(), [FULL]),
        (danger(Flag.WITHDRAWAL, confidence=0.5), seen(), ["crisis.medical"]),
        (danger(Flag.DANGER_FROM_OTHERS, confidence=0.5), seen(), ["crisis.private"]),
        (danger(Flag.HYPERTENSIVE_CRISIS, confidence=0.9), seen(), ["crisis.neutral"]),
        (danger(confidence=0.5), further(told("crisis.unsure", minutes=9)), ["crisis_short.unsure"]),
        (danger(confidence=0.5), further(told(FULL, minutes=9)), ["crisis_short.unsure"]),
        (danger(confidence=0.5), further(told(FULL, minutes=1)), []),
        (SUICIDE, further(told("crisis.unsure", minutes=1)), [FULL]),  # now it is certain
    ],
)
def test_suspicion_alone_gets_softer_words(triage: Triage, situation: Situation, wanted: list[str]) -> None:
    assert keys(after(triage, situation)) == wanted


WATCHED_CASE = case(EMERGENCY, flags=(Flag.DANGER_FROM_OTHERS,))


def test_a_phone_that_may_be_watched_gets_one_text_and_staff_are_warned() -> None:
    first = after(PRIVATE, seen(open_case=case()))
    assert keys(first) == ["crisis.private"] and WATCHED in first.notes


@pytest.mark.parametrize("triage", [PRIVATE, SUICIDE, CHEST, ADMIN, STOP, UNCLEAR])
@pytest.mark.parametrize(
    "situation",
    [
        seen(open_case=WATCHED_CASE),
        seen(recent_case=WATCHED_CASE),
        further(told("crisis.private", minutes=2000)),
    ],
)
def test_after_that_nothing_is_ever_sent_in_this_case(triage: Triage, situation: Situation) -> None:
    outcome = after(triage, situation, body="is this a real person?")
    assert outcome.replies == ()
    assert outcome.urgency.rank >= triage.urgency.rank


def asked(situation: Situation, triage: Triage = UNCLEAR) -> Outcome:
    return after(triage, situation, body="Is this a real person?")


@pytest.mark.parametrize(
    ("situation", "wanted"),
    [
        (further(told(FULL, minutes=1)), ["answer.bot"]),
        (further(*(told(FULL, minutes=m) for m in (9, 8, 7))), ["answer.bot"]),  # the truth has its own limit
        (further(told("answer.bot", minutes=59)), ["received.neutral"]),
        (further(told("answer.bot", minutes=60)), ["answer.bot"]),
        (seen(open_case=case(ROUTINE)), ["received.neutral"]),
        (seen(), ["received.neutral"]),
        (seen(open_case=case(EMERGENCY), staff_wrote_at=NOW - timedelta(minutes=3)), []),  # it is a person
    ],
)
def test_in_an_open_emergency_the_truth_is_told(situation: Situation, wanted: list[str]) -> None:
    assert keys(asked(situation)) == wanted


def test_the_truth_goes_beside_emergency_words_and_alone_when_they_were_said() -> None:
    assert keys(asked(further(told("received.neutral", minutes=1)), SUICIDE)) == ["answer.bot", FULL]
    assert keys(asked(further(told(FULL, minutes=1)), SUICIDE)) == ["answer.bot"]


@pytest.mark.parametrize(
    "body",
    [
        "are you a real person?",
        "Is this a robot",
        "r u human",
        "am I talking to a bot or what",
        "is anyone there??",
        "Hello? Is anybody reading this",
        "does anyone even read these",
        "bot?",
        "¿Es una persona real?",
        "estoy hablando con un robot?",
        "¿Hay alguien ahí?",
        "Èske se yon moun vre?",
        "eske gen moun la",
        "m ap pale ak yon wobo?",
    ],
)
def test_the_question_is_known_in_three_languages(body: str) -> None:
    assert asks_who_is_there(body)


@pytest.mark.parametrize(
    "body",
    [
        "this is a real emergency",
        "my husband is a real jerk",
        "i am really bad",
        "he is dead",
        "",
        "mi persona",
    ],
)
def test_other_texts_are_not_taken_for_the_question(body: str) -> None:
    assert not asks_who_is_there(body)
