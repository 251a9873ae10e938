"""What is done about each kind of text, alone and beside others."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from smsbot.clinic import load_clinic
from smsbot.domain import (
    EMERGENCY_FLAGS,
    Consent,
    ConsentChange,
    Flag,
    Inbound,
    Intent,
    Media,
    Outcome,
    Reply,
    SenderKind,
    Situation,
    Triage,
    Urgency,
)
from smsbot.handlers import HANDLERS, decide
from smsbot.handlers.consent import MEANT_THE_VISIT
from smsbot.handlers.crisis import WATCHED, crisis_key
from smsbot.replies import load_wording, render, segments
from smsbot.replies.situations import most_segments

NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
NIGHT = datetime(2026, 12, 4, 23, tzinfo=UTC)
CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)
SITUATION = Situation(now=NOW)
INBOUND = Inbound("SM" + "0" * 32, "+15615550101", SenderKind.PHONE, "+15615550100", "some words", NOW)
NONE, ROUTINE, URGENT, EMERGENCY = Urgency.NONE, Urgency.ROUTINE, Urgency.URGENT, Urgency.EMERGENCY

NEUTRAL = "received.neutral"
APPOINTMENT = "received.appointment"
NOT_BOOKED = "also.not_booked"
CALL_OFFICE = "also.call_office"
LINE = "also.emergency"
TIMES = "ask.times"


def decided(
    intents: list[Intent],
    urgency: Urgency,
    *flags: Flag,
    body: str = "some words",
    situation: Situation = SITUATION,
    **inbound: object,
) -> Outcome:
    triage = Triage(urgency, tuple(intents), flags)
    return decide(replace(INBOUND, body=body, **inbound), triage, situation)  # type: ignore[arg-type]


def keys(outcome: Outcome) -> set[str]:
    return {reply.key for reply in outcome.replies}


ALONE = [
    (Intent.APPOINTMENT_REQUEST, ROUTINE, {APPOINTMENT, NOT_BOOKED, TIMES}),
    (Intent.APPOINTMENT_RESCHEDULE, ROUTINE, {APPOINTMENT, NOT_BOOKED, TIMES}),
    (Intent.APPOINTMENT_CANCEL, ROUTINE, {APPOINTMENT, NOT_BOOKED}),
    (Intent.APPOINTMENT_CONFIRM, NONE, set()),
    (Intent.APPOINTMENT_CONFIRM, ROUTINE, {APPOINTMENT, NOT_BOOKED}),  # takes an offered time
    (Intent.APPOINTMENT_LATE, URGENT, {APPOINTMENT, CALL_OFFICE}),
    (Intent.APPOINTMENT_QUESTION, ROUTINE, {APPOINTMENT}),
    (Intent.MEDICATION_SIDE_EFFECT, ROUTINE, {NEUTRAL}),
    (Intent.MEDICATION_SIDE_EFFECT, URGENT, {NEUTRAL, LINE}),
    (Intent.MEDICATION_MISSED_DOSE, ROUTINE, {NEUTRAL}),
    (Intent.MEDICATION_REFILL, ROUTINE, {NEUTRAL, "ask.medication"}),
    (Intent.MEDICATION_REFILL, URGENT, {NEUTRAL, LINE}),
    (Intent.MEDICATION_QUESTION, ROUTINE, {NEUTRAL}),
    (Intent.MEDICATION_INEFFECTIVE, ROUTINE, {NEUTRAL}),
    (Intent.MEDICATION_STOPPED, URGENT, {NEUTRAL, LINE}),
    (Intent.SYMPTOM, ROUTINE, {NEUTRAL}),
    (Intent.SYMPTOM, URGENT, {NEUTRAL, LINE}),
    (Intent.CRISIS, EMERGENCY, {"crisis.both"}),
    (Intent.ADMIN, ROUTINE, {"received.office"}),
    (Intent.ADMIN, URGENT, {"received.office"}),
    (Intent.CONSENT_STOP, NONE, {"consent.stop"}),
    (Intent.CONSENT_START, NONE, {"consent.start"}),
    (Intent.CONSENT_HELP, NONE, {"consent.help"}),
    (Intent.CONSENT_HELP, URGENT, {"consent.help", LINE}),
    (Intent.SOCIAL, NONE, set()),
    (Intent.WRONG_NUMBER, NONE, set()),
    (Intent.WRONG_NUMBER, ROUTINE, set()),
    (Intent.UNCLEAR, ROUTINE, {NEUTRAL}),
    (Intent.UNCLEAR, URGENT, {NEUTRAL, LINE}),
]


@pytest.mark.parametrize(("intent", "urgency", "wanted"), ALONE)
def test_each_intent_alone_gets_its_answer(intent: Intent, urgency: Urgency, wanted: set[str]) -> None:
    outcome = decided([intent], urgency)
    assert keys(outcome) == wanted
    assert outcome.urgency is urgency
    assert outcome.opens_case is (urgency is not NONE)
    assert outcome.tells_staff is (urgency in (URGENT, EMERGENCY))


def test_the_table_above_leaves_no_intent_out() -> None:
    assert {intent for intent, _, _ in ALONE} == set(Intent) == set(HANDLERS)


@pytest.mark.parametrize(
    ("intents", "urgency", "flags", "wanted"),
    [
        (
            [Intent.APPOINTMENT_REQUEST, Intent.MEDICATION_REFILL],
            ROUTINE,
            [],
            {APPOINTMENT, NOT_BOOKED, NEUTRAL, TIMES},
        ),
        (
            [Intent.APPOINTMENT_QUESTION, Intent.SYMPTOM],
            URGENT,
            [Flag.SAME_DAY],
            {APPOINTMENT, CALL_OFFICE, NEUTRAL, LINE},
        ),
        ([Intent.SOCIAL, Intent.ADMIN], ROUTINE, [], {"received.office"}),
        ([Intent.SOCIAL, Intent.APPOINTMENT_CONFIRM], NONE, [], set()),
        ([Intent.APPOINTMENT_CONFIRM, Intent.CRISIS], EMERGENCY, [Flag.SUICIDE], {"crisis.lifeline"}),
        ([Intent.ADMIN, Intent.CRISIS], EMERGENCY, [Flag.CHEST_PAIN], {"crisis.medical"}),
        ([Intent.CONSENT_STOP, Intent.MEDICATION_REFILL], ROUTINE, [], {"consent.stop"}),
        ([Intent.CONSENT_STOP, Intent.CRISIS], EMERGENCY, [Flag.SUICIDE], {"crisis.lifeline"}),
        ([Intent.CONSENT_HELP, Intent.ADMIN], ROUTINE, [], {"consent.help", "received.office"}),
        ([Intent.MEDICATION_QUESTION, Intent.SYMPTOM], ROUTINE, [], {NEUTRAL}),
    ],
)
def test_several_intents_get_one_set_of_replies(
    intents: list[Intent], urgency: Urgency, flags: list[Flag], wanted: set[str]
) -> None:
    outcome = decided(intents, urgency, *flags)
    assert keys(outcome) == wanted
    assert outcome.urgency is urgency


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.CRISIS])
@pytest.mark.parametrize("urgency", list(Urgency))
def test_the_urgency_is_never_below_triage_nor_below_a_flag(intent: Intent, urgency: Urgency) -> None:
    assert decided([intent], urgency).urgency.rank >= urgency.rank
    assert decided([intent], urgency, Flag.HIGH_BP).urgency.rank >= URGENT.rank
    flagged = decided([intent], urgency, Flag.BLEEDING)
    assert flagged.urgency is EMERGENCY and keys(flagged) == {"crisis.medical"}


@pytest.mark.parametrize(
    "intent",
    [
        intent
        for intent in Intent
        if intent.value.split(".")[0] in {"appointment", "medication", "symptom", "admin", "unclear"}
        and intent is not Intent.APPOINTMENT_CONFIRM
    ],
)
def test_what_needs_a_person_is_never_none_even_if_triage_says_so(intent: Intent) -> None:
    assert decided([intent], NONE).urgency is ROUTINE


def test_a_text_without_any_intent_is_put_before_a_person() -> None:
    outcome = decided([], NONE)
    assert outcome.opens_case and keys(outcome) == {NEUTRAL}


# --- Emergencies -----------------------------------------------------------------------------------

ONLY_911 = {
    *(Flag.CHEST_PAIN, Flag.BREATHING, Flag.STROKE, Flag.UNRESPONSIVE, Flag.SEIZURE, Flag.ANAPHYLAXIS),
    *(Flag.SEROTONIN_OR_NMS, Flag.SEVERE_RASH, Flag.CONFUSION, Flag.IMPAIRED_DRIVING, Flag.BLEEDING),
    Flag.HYPERTENSIVE_CRISIS,
}
NUMBERS = {
    **dict.fromkeys(ONLY_911, {"911"}),
    Flag.SUICIDE: {"911", "988"},
    Flag.SELF_HARM: {"911", "988"},
    Flag.HARM_TO_OTHERS: {"911", "988"},
    Flag.OVERDOSE: {"911", "1-800-222-1222"},
    Flag.DANGER_FROM_OTHERS: set(),
}
IN_988 = {"en": ["call or text 988"], "es": ["oprima 2", "AYUDA"], "ht": ["entèprèt kreyòl"]}


def answer(outcome: Outcome, *languages: str, now: datetime = NOW) -> str:
    return render(WORDING, outcome.replies, languages, CLINIC.office_at(now), CLINIC, now=now)


@pytest.mark.parametrize("flag", sorted(EMERGENCY_FLAGS))
@pytest.mark.parametrize("language", ["en", "es", "ht", ""])
@pytest.mark.parametrize("now", [NOW, NIGHT])
def test_every_emergency_flag_names_the_right_numbers(flag: Flag, language: str, now: datetime) -> None:
    text = answer(decided([Intent.CRISIS], EMERGENCY, flag), *([language] if language else []), now=now)
    assert set(re.findall(r"1-800-222-1222|\b911\b|\b988\b", text)) == NUMBERS[flag]
    if "988" in NUMBERS[flag]:
        for one in [language] if language else list(IN_988):
            assert all(words in text for words in IN_988[one])
    assert segments(text) <= 3


def test_the_table_of_numbers_covers_every_emergency_flag() -> None:
    assert NUMBERS.keys() == EMERGENCY_FLAGS


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ([], "crisis.both"),
        ([Flag.PSYCHOSIS], "crisis.both"),
        ([Flag.MANIA, Flag.WORSENING_MOOD], "crisis.both"),
        ([Flag.WITHDRAWAL], "crisis.medical"),
        ([Flag.FALL], "crisis.medical"),
        ([Flag.SUICIDE, Flag.OVERDOSE], "crisis.all"),
        ([Flag.HARM_TO_OTHERS, Flag.OVERDOSE], "crisis.all"),
        ([Flag.SUICIDE, Flag.CHEST_PAIN], "crisis.both"),
        ([Flag.SUICIDE, Flag.HYPERTENSIVE_CRISIS], "crisis.both"),
        ([Flag.SELF_HARM, Flag.WORSENING_MOOD], "crisis.lifeline"),
        ([Flag.HYPERTENSIVE_CRISIS], "crisis.neutral"),
        ([Flag.HYPERTENSIVE_CRISIS, Flag.CHEST_PAIN], "crisis.medical"),
        ([Flag.HYPERTENSIVE_CRISIS, Flag.HARM_TO_OTHERS], "crisis.both"),
        ([Flag.OVERDOSE, Flag.UNRESPONSIVE], "crisis.overdose"),
        ([Flag.DANGER_FROM_OTHERS, Flag.SUICIDE], "crisis.private"),
        ([Flag.DANGER_FROM_OTHERS, Flag.BREATHING], "crisis.private"),
    ],
)
def test_flags_together_choose_one_wording(flags: list[Flag], wanted: str) -> None:
    assert crisis_key(frozenset(flags)) == wanted
    assert keys(decided([Intent.CRISIS, Intent.ADMIN], EMERGENCY, *flags)) == {wanted}


def test_staff_are_warned_of_a_phone_that_may_be_watched() -> None:
    assert decided([Intent.CRISIS], EMERGENCY, Flag.DANGER_FROM_OTHERS).notes == (WATCHED,)


def test_an_emergency_without_the_crisis_intent_gets_the_crisis_reply() -> None:
    assert keys(decided([Intent.SYMPTOM], EMERGENCY)) == {"crisis.both"}


# --- Consent ---------------------------------------------------------------------------------------


def test_stop_changes_consent_and_nothing_else() -> None:
    outcome = decided([Intent.CONSENT_STOP], NONE, body="STOP")
    assert outcome == Outcome(NONE, replies=(Reply("consent.stop"),), consent=ConsentChange.STOP)


def test_cancel_alone_stops_texts_and_asks_a_person_about_the_visit() -> None:
    outcome = decided([Intent.CONSENT_STOP, Intent.APPOINTMENT_CANCEL], ROUTINE, body=" Cancel ")
    assert outcome.consent is ConsentChange.STOP
    assert (outcome.urgency, outcome.opens_case, outcome.tells_staff) == (ROUTINE, True, False)
    assert outcome.notes == (MEANT_THE_VISIT,)
    assert keys(outcome) == {"consent.stop_visit"}


def test_help_alone_is_urgent_whatever_triage_says_and_info_is_not() -> None:
    outcome = decided([Intent.CONSENT_HELP], NONE, body="HELP")
    assert (outcome.urgency, outcome.tells_staff) == (URGENT, True)
    assert keys(outcome) == {"consent.help", LINE}
    assert decided([Intent.CONSENT_HELP], NONE, body="INFO").urgency is NONE


@pytest.mark.parametrize("kind", ["STOP", "START"])
def test_what_the_provider_did_counts_even_if_we_read_something_else(kind: str) -> None:
    outcome = decided([Intent.UNCLEAR], ROUTINE, body="BAJA", opt_out_type=kind)
    assert outcome.consent is ConsentChange(kind.lower())


OPTED_OUT = replace(SITUATION, consent=Consent.OPTED_OUT)


@pytest.mark.parametrize(
    ("body", "recipient", "consent", "wanted"),
    [
        ("YES", "+15615550100", Consent.OPTED_OUT, ConsentChange.START),
        ("unstop", "+15615550100", Consent.OPTED_OUT, ConsentChange.START),
        ("YES", "+18885550100", Consent.OPTED_OUT, None),  # a toll-free line
        ("UNSTOP", "+18885550100", Consent.OPTED_OUT, ConsentChange.START),
        ("YES", "+15615550100", Consent.OPTED_IN, None),
        ("yes, tuesday", "+15615550100", Consent.OPTED_OUT, None),
    ],
)
def test_yes_from_an_opted_out_number_is_start_except_on_toll_free_lines(
    body: str, recipient: str, consent: Consent, wanted: ConsentChange | None
) -> None:
    situation = replace(SITUATION, consent=consent)
    outcome = decided([Intent.APPOINTMENT_CONFIRM], NONE, body=body, recipient=recipient, situation=situation)
    assert outcome.consent is wanted


# --- What needs no answer, and what cannot be read -------------------------------------------------

OURS = "We got your message. If this is an emergency, call 911."


@pytest.mark.parametrize(
    "body",
    [
        "Liked “We got your message.”",
        "Loved an image",
        'Disliked "see you tuesday"',
        "Reacted 👍🏽 to “can you come today?”",
        "Removed a heart from “ok”",
        "Le gustó “Recibimos su mensaje.”",
        "Questioned “are you\nsafe?” ",
    ],
)
@pytest.mark.parametrize("urgency", [NONE, ROUTINE, URGENT])
def test_reactions_never_alert_and_get_no_answer(body: str, urgency: Urgency) -> None:
    assert decided([Intent.SYMPTOM], urgency, body=body) == Outcome(NONE)


@pytest.mark.parametrize("quoted", [OURS, OURS[:30] + "…"])
def test_a_reaction_to_our_own_emergency_words_is_none(quoted: str) -> None:
    situation = replace(SITUATION, sent=(OURS,))
    assert decided([Intent.CRISIS], EMERGENCY, body=f"Liked “{quoted}”", situation=situation) == Outcome(NONE)


@pytest.mark.parametrize(
    "body",
    [
        "Emphasized “I took all my pills”",  # a patient stressing their own words
        "Liked “ok” but I want to die",
        "I liked “Hamlet”",
        'Loved "that". I want to "go"',
    ],
)
def test_danger_is_not_lost_in_what_looks_like_a_reaction(body: str) -> None:
    assert decided([Intent.CRISIS], EMERGENCY, Flag.SUICIDE, body=body).urgency is EMERGENCY


def test_reading_reactions_takes_no_time_on_hostile_texts() -> None:
    began = time.thread_time()
    for body in ("Liked “" + "” " * 800, "Liked “" + "”" + " " * 1600 + "x", "Reacted " + "x" * 1600):
        decided([Intent.SOCIAL], NONE, body=body)
    assert time.thread_time() - began < 0.05


def test_a_wrong_number_opens_a_case_for_the_record_but_is_not_written_to() -> None:
    outcome = decided([Intent.WRONG_NUMBER], ROUTINE)
    assert outcome.opens_case and not outcome.replies and "wrong number" in outcome.notes[0]
    assert decided([Intent.WRONG_NUMBER], NONE) == Outcome(NONE)


@pytest.mark.parametrize("kind", ["image/jpeg", "audio/amr", "text/vcard"])
def test_a_picture_or_voice_memo_alone_is_urgent_and_says_we_cannot_look(kind: str) -> None:
    outcome = decided([Intent.UNCLEAR], ROUTINE, body=" ", media=(Media(0, kind), Media(1, kind)))
    assert (outcome.urgency, outcome.tells_staff) == (URGENT, True)
    assert keys(outcome) == {"received.media", LINE}
    assert "2 attachment" in outcome.notes[0]


def test_staff_see_that_signs_of_a_text_were_unreadable() -> None:
    outcome = decided([Intent.UNCLEAR], ROUTINE, marks=frozenset({"broken_bytes"}))
    assert "could not be read" in outcome.notes[0]


# --- All of it -------------------------------------------------------------------------------------


def test_every_reply_that_can_be_decided_keeps_to_its_segments_in_every_language() -> None:
    sets = set()
    chosen = [(one,) for one in Intent] + list(combinations(Intent, 2)) + [tuple(Intent)]
    for intents in chosen:
        for urgency in Urgency:
            for flags in ((), (Flag.SAME_DAY,), (Flag.SUICIDE, Flag.OVERDOSE), (Flag.DANGER_FROM_OTHERS,)):
                for body in ("some words", "help", "cancel"):
                    sets.add(decided(list(intents), urgency, *flags, body=body).replies)
    assert len(sets) > 30
    for replies in sets:
        for languages in ((), ("en",), ("es",), ("ht",)):
            for now in (NOW, NIGHT):
                for alerted in (True, False):
                    office = CLINIC.office_at(now)
                    text = render(WORDING, replies, languages, office, CLINIC, now=now, team_alerted=alerted)
                    assert bool(text) is bool(replies)
                    assert segments(text) <= most_segments(replies), (replies, text)


def test_deciding_takes_well_under_a_millisecond() -> None:
    triage = Triage(URGENT, (Intent.SYMPTOM, Intent.APPOINTMENT_REQUEST, Intent.ADMIN), (Flag.SAME_DAY,))
    began = time.thread_time()
    for _ in range(200):
        decide(INBOUND, triage, SITUATION)
    assert time.thread_time() - began < 0.2
