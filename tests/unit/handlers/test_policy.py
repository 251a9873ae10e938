"""Whether a reply leaves: opt-out before emergency before nuisance rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smsbot.domain import (
    Consent,
    Flag,
    Inbound,
    Intent,
    Outcome,
    SenderKind,
    Situation,
    Triage,
    Urgency,
)
from smsbot.handlers import ReplyPolicy, apply_policy, decide
from smsbot.handlers.policy import CALL, NO_PHONE

NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
SITUATION = Situation(now=NOW)
OPTED_OUT = replace(SITUATION, consent=Consent.OPTED_OUT)
INBOUND = Inbound("SM" + "0" * 32, "+15615550101", SenderKind.PHONE, "+15615550100", "some words", NOW)
ALL = ReplyPolicy()
OURS = ReplyPolicy(opt_out_replies="ours")
ROUTINE = Triage(Urgency.ROUTINE, (Intent.ADMIN,))
CRISIS = Triage(Urgency.EMERGENCY, (Intent.CRISIS,), (Flag.SUICIDE,))
STOP = Triage(Urgency.NONE, (Intent.CONSENT_STOP,))
HELP = Triage(Urgency.URGENT, (Intent.CONSENT_HELP,))
START = Triage(Urgency.NONE, (Intent.CONSENT_START,))


def after(
    triage: Triage,
    policy: ReplyPolicy = ALL,
    situation: Situation = SITUATION,
    body: str = "some words",
    **changes: object,
) -> Outcome:
    inbound = replace(INBOUND, body=body, **changes)  # type: ignore[arg-type]
    return apply_policy(decide(inbound, triage, situation), inbound, situation, policy)


def keys(outcome: Outcome) -> list[str]:
    return [reply.key for reply in outcome.replies]


@pytest.mark.parametrize(
    ("replies", "routine", "crisis"),
    [
        ("all", ["received.office"], ["crisis.lifeline"]),
        ("crisis", [], ["crisis.lifeline"]),
        ("off", [], []),
    ],
)
def test_a_pilot_may_answer_crises_alone_or_nothing(
    replies: str, routine: list[str], crisis: list[str]
) -> None:
    policy = ReplyPolicy(replies=replies)
    assert keys(after(ROUTINE, policy)) == routine
    assert keys(after(CRISIS, policy)) == crisis
    assert after(CRISIS, policy).tells_staff and after(ROUTINE, policy).opens_case


@pytest.mark.parametrize(
    ("triage", "body", "by_provider", "by_us"),
    [
        (STOP, "STOP", [], ["consent.stop"]),
        (STOP, " stop ", [], ["consent.stop"]),
        (STOP, "optout", [], ["consent.stop"]),
        (START, "START", [], ["consent.start"]),
        (HELP, "HELP", [], ["consent.help", "also.emergency"]),
        (HELP, "info", [], ["consent.help", "also.emergency"]),
        # The provider knows whole words alone: these it does not answer, so we do.
        (STOP, "stop!", ["consent.stop"], ["consent.stop"]),
        (STOP, "please stop texting me", ["consent.stop"], ["consent.stop"]),
        (HELP, "who is this", ["consent.help", "also.emergency"], ["consent.help", "also.emergency"]),
    ],
)
def test_an_opt_out_is_confirmed_once_by_whoever_owns_it(
    triage: Triage, body: str, by_provider: list[str], by_us: list[str]
) -> None:
    assert keys(after(triage, ALL, body=body)) == by_provider
    assert keys(after(triage, OURS, body=body)) == by_us


def test_yes_to_an_offer_is_answered_although_it_is_a_carrier_word() -> None:
    triage = Triage(Urgency.ROUTINE, (Intent.APPOINTMENT_CONFIRM,))
    assert "received.appointment" in keys(after(triage, body="YES"))


@pytest.mark.parametrize("kind", ["STOP", "START", "HELP"])
def test_nothing_is_sent_when_the_provider_says_it_has_answered(kind: str) -> None:
    triage = {"STOP": STOP, "START": START, "HELP": HELP}[kind]
    outcome = after(triage, OURS, body=kind, opt_out_type=kind)
    assert outcome.replies == ()
    assert outcome.urgency is (Urgency.URGENT if kind == "HELP" else Urgency.NONE)


@pytest.mark.parametrize("kind", [kind for kind in SenderKind if kind is not SenderKind.PHONE])
@pytest.mark.parametrize("triage", [ROUTINE, CRISIS])
def test_only_phones_are_answered(kind: SenderKind, triage: Triage) -> None:
    outcome = after(triage, OURS, sender_kind=kind)
    assert outcome.replies == ()
    assert outcome.notes == (NO_PHONE,)
    assert outcome.urgency is triage.urgency


def test_our_own_number_is_never_answered() -> None:
    assert after(ROUTINE, sender=INBOUND.recipient).replies == ()


@pytest.mark.parametrize("triage", [ROUTINE, CRISIS, HELP, STOP])
def test_an_opted_out_contact_is_never_answered(triage: Triage) -> None:
    assert after(triage, OURS, OPTED_OUT).replies == ()


def test_staff_are_told_to_call_an_opted_out_contact() -> None:
    outcome = after(CRISIS, OURS, OPTED_OUT)
    assert outcome.notes == (CALL,) and "cannot be texted: call" in CALL
    assert outcome.tells_staff
    assert after(Triage(Urgency.NONE, (Intent.SOCIAL,)), OURS, OPTED_OUT).notes == ()


def test_start_from_an_opted_out_contact_is_welcomed() -> None:
    assert keys(after(START, OURS, OPTED_OUT, body="START")) == ["consent.start"]
    assert keys(after(START, ALL, OPTED_OUT, body="START")) == []
    assert keys(after(START, ALL, OPTED_OUT, body="ok you can text me again")) == ["consent.start"]


def test_an_emergency_beside_a_stop_is_answered_once_and_staff_are_told_to_call() -> None:
    both = Triage(Urgency.EMERGENCY, (Intent.CONSENT_STOP, Intent.CRISIS), (Flag.SUICIDE,))
    outcome = after(both, ALL, body="stop texting me, i want to die")
    assert keys(outcome) == ["crisis.lifeline"]
    assert outcome.consent is not None and CALL in outcome.notes


def test_a_stop_from_a_phone_that_may_be_watched_gets_nothing_at_all() -> None:
    both = Triage(Urgency.EMERGENCY, (Intent.CONSENT_STOP, Intent.CRISIS), (Flag.DANGER_FROM_OTHERS,))
    outcome = after(both, OURS, body="don't text me, he hits me and reads this")
    assert outcome.replies == () and CALL in outcome.notes


def test_a_robot_that_repeats_our_last_reply_is_not_answered() -> None:
    echoing = replace(SITUATION, sent=("We got your message. Don't wait.",))
    assert after(ROUTINE, situation=echoing, body="we got your message.  Don’t wait. ").replies == ()
    assert after(ROUTINE, situation=echoing, body="We got your message").replies != ()
    assert after(ROUTINE, situation=replace(SITUATION, sent=("",)), body="").replies != ()


def test_a_policy_changes_nothing_but_replies_and_notes() -> None:
    before = decide(INBOUND, CRISIS, SITUATION)
    outcome = apply_policy(before, INBOUND, SITUATION, ReplyPolicy(replies="off"))
    assert outcome == replace(before, replies=())
