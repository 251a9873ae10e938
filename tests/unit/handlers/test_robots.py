"""Machines at the other end: unanswered, and staff are told once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from smsbot.domain import EarlierText, Flag, Intent, SenderKind, Silence, Situation, Triage
from smsbot.handlers.answers import asks_who_is_there
from smsbot.handlers.policy import NO_PHONE
from smsbot.handlers.robots import AUTO_RESPONDER, ECHO, ROBOT, is_auto_responder
from smsbot.handlers.wishes import read_wish
from tests.unit.handlers.parts import (
    ADMIN,
    EMERGENCY,
    INBOUND,
    NONE,
    NOW,
    ROUTINE,
    STOP,
    SYMPTOM,
    UNCLEAR,
    URGENT,
    WHO,
    after,
    case,
    danger,
    keys,
    seen,
    told,
    wrote,
)

ALARMED = Triage(EMERGENCY, (Intent.SYMPTOM, Intent.CRISIS))  # what the learned part makes of driving phones
AWAY = Triage(URGENT, (Intent.ADMIN,))  # "if urgent, call ..."
WANTS_A_CALL = Triage(ROUTINE, (Intent.APPOINTMENT_REQUEST,))
MACHINES = [
    (
        "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message when I get where "
        "I’m going.",
        ALARMED,
    ),
    ("I'm driving with Driving Focus turned on. I'll see your message when I get where I'm going.", ALARMED),
    (
        '(I\'m not receiving notifications. If this is urgent, reply "urgent" to send a notification through '
        "with your original message.)",
        UNCLEAR,
    ),
    ("I'm driving right now - I'll get back to you later.", UNCLEAR),
    ("Automatic reply: I will be back on Monday.", UNCLEAR),
    ("Auto-Reply: thanks for your message!", Triage(NONE, (Intent.SOCIAL,))),
    ("[Automated response] This number is not monitored.", ADMIN),
    ("Out of Office: back Monday. If urgent call 561 555 0199", AWAY),
    ("I am currently out of the office until Monday and will respond when I return.", AWAY),
    (
        "Estoy conduciendo con la función No molestar al conducir activada. Veré tu mensaje cuando llegue a "
        "mi destino.",
        ALARMED,
    ),
    ("Respuesta automática: vuelvo el lunes.", UNCLEAR),
    ("Estoy fuera de la oficina hasta el lunes, responderé a mi regreso.", ADMIN),
    ("Repons otomatik: mwen pa la.", UNCLEAR),
    ("M'ap kondwi kounye a, m pa ka reponn.", UNCLEAR),
    ("Mwen pa nan biwo a, m ap reponn lè m tounen.", ADMIN),
]


@pytest.mark.parametrize(("body", "triage"), MACHINES)
def test_auto_responders_are_unanswered_and_staff_are_told_once(body: str, triage: Triage) -> None:
    outcome = after(triage, body=body)
    assert (outcome.replies, outcome.urgency, outcome.notes) == ((), ROUTINE, (AUTO_RESPONDER,))
    assert not outcome.tells_staff
    in_a_case = after(triage, seen(open_case=case()), body=body)
    assert (in_a_case.replies, in_a_case.urgency, in_a_case.opens_case) == ((), NONE, False)


@pytest.mark.parametrize(("body", "triage"), MACHINES)
def test_a_danger_in_such_a_text_counts_as_danger(body: str, triage: Triage) -> None:
    flagged = Triage(EMERGENCY, (Intent.CRISIS,), (Flag.SUICIDE,))
    assert keys(after(flagged, body=f"{body} I want to die")) == ["crisis.lifeline"]
    assert keys(after(flagged, body=body)) == ["crisis.lifeline"]


@pytest.mark.parametrize(
    ("body", "triage"),
    [
        ("I'm driving and I can't see straight", ALARMED),
        ("I'm driving right now, I'll crash it and then it's over", ALARMED),
        ("Automatic reply again? I want Denise", ADMIN),
        ("automatic replies are useless", UNCLEAR),
        ("is this an automatic reply", UNCLEAR),
        ("I am out of the office till Monday, can you call after?", WANTS_A_CALL),
        ("out of my zoloft, will you respond", Triage(URGENT, (Intent.MEDICATION_REFILL,))),
        ("Automatic reply: goodbye everyone", ALARMED),
    ],
)
def test_a_patient_is_not_taken_for_a_machine(body: str, triage: Triage) -> None:
    assert after(triage, body=body).urgency.rank >= triage.urgency.rank > NONE.rank


OURS = "We got your message. If anyone may be in danger, call 911 now."


def echoed(*earlier: EarlierText, **changes: object) -> Situation:
    base = {"sent": (OURS,), "replies": (told("crisis.both", minutes=1),), "earlier": earlier}
    return seen(**{**base, **changes})


def test_our_own_words_come_back_get_no_answer_and_staff_are_told_once() -> None:
    first = after(ALARMED, echoed(), body=OURS)
    assert (first.replies, first.urgency, first.notes) == ((), ROUTINE, (ECHO,))
    again = after(ALARMED, echoed(wrote(OURS, seconds=30)), body=OURS)
    assert (again.replies, again.urgency, again.notes) == ((), NONE, ())


def test_words_of_a_staff_member_may_be_repeated_by_a_patient_who_means_them() -> None:
    situation = echoed(staff_wrote_at=NOW - timedelta(seconds=10))
    assert after(ALARMED, situation, body=OURS).urgency is EMERGENCY
    assert after(danger(Flag.SUICIDE), echoed(), body=OURS).urgency is EMERGENCY


@pytest.mark.parametrize("kind", [SenderKind.SHORT_CODE, SenderKind.ALPHANUMERIC, SenderKind.OURSELVES])
def test_staff_hear_once_of_a_sender_that_is_never_answered(kind: SenderKind) -> None:
    assert after(ADMIN, sender_kind=kind).notes == (NO_PHONE,)
    assert after(ADMIN, seen(open_case=case()), sender_kind=kind).notes == ()
    assert after(ADMIN, seen(open_case=case()), sender_kind=kind).replies == ()


def test_staff_hear_of_our_own_number() -> None:
    outcome = after(ADMIN, sender=INBOUND.recipient)
    assert (outcome.replies, outcome.notes) == ((), (NO_PHONE,))


# --- Three an hour ---------------------------------------------------------------------------------

THREE = tuple(told("consent.help", minutes=m, of=None) for m in (50, 30, 10))


@pytest.mark.parametrize(
    ("replies", "triage", "wanted"),
    [
        (THREE[:2], ADMIN, ["received.office"]),
        (THREE, ADMIN, []),
        (THREE, SYMPTOM, []),
        (THREE, STOP, []),
        (THREE, WHO, []),
        (THREE, danger(), ["crisis.both"]),
        ((told("consent.help", minutes=60, of=None), *THREE[:2]), ADMIN, ["received.office"]),
    ],
)
def test_nobody_gets_more_than_three_replies_an_hour_but_in_an_emergency(
    replies: tuple[object, ...], triage: Triage, wanted: list[str]
) -> None:
    assert keys(after(triage, seen(replies=replies))) == wanted


def fast(*seconds: float) -> dict[str, object]:
    """Replies so many seconds ago, each answered three seconds later, the last one by this text."""
    replies = tuple(told("consent.help", minutes=second / 60, of=None) for second in seconds)
    earlier = tuple(wrote(f"word {second}", seconds=second - 3) for second in seconds[:-1])
    return {"replies": replies, "earlier": earlier}


@pytest.mark.parametrize(
    ("situation", "body", "is_robot"),
    [
        (seen(**fast(60, 30, 3)), "who is this", True),
        (seen(**fast(60, 3)), "who is this", False),  # two replies so far
        (seen(replies=THREE, earlier=(wrote("Who is this", seconds=90),)), "who is this", True),
        (seen(replies=THREE, earlier=(wrote("hello", seconds=90),)), "who is this", False),
        (seen(replies=THREE[:2], earlier=(wrote("who is this", seconds=90),)), "who is this", False),
        (seen(**fast(60, 30, 3), silence=Silence.ROBOT), "who is this", False),  # known already
    ],
)
def test_what_answers_every_reply_is_left_alone_and_staff_are_told_once(
    situation: Situation, body: str, is_robot: bool
) -> None:
    outcome = after(WHO, situation, body=body)
    assert (outcome.silence is Silence.ROBOT) is is_robot
    assert (ROBOT in outcome.notes) is is_robot
    assert outcome.opens_case is is_robot and not outcome.tells_staff
    assert not is_robot or outcome.replies == ()


@pytest.mark.parametrize("triage", [SYMPTOM, danger()])
def test_people_in_distress_who_repeat_themselves_are_no_robots(triage: Triage) -> None:
    outcome = after(triage, seen(replies=THREE, earlier=(wrote("help me", seconds=9),)), body="help me")
    assert outcome.silence is None and outcome.urgency is triage.urgency


def test_no_pattern_takes_long_on_hostile_texts() -> None:
    hostile = [
        "no more " * 200,
        "is this a " * 160,
        "im driving " * 145,
        "out of office " * 110,
        "(" * 1600,
        "don't write me he reads " * 66,
        "a b " * 400,
        "🙂" * 1600,
        "é" * 1600,
    ]
    for body in hostile:
        text = type(INBOUND)(
            INBOUND.provider_sid, "+15615550101", SenderKind.PHONE, "+15615550100", body, NOW
        )
        for read in (read_wish, asks_who_is_there, lambda _, text=text: is_auto_responder(text, UNCLEAR)):
            began = time.thread_time()
            read(body)
            assert time.thread_time() - began < 0.05
