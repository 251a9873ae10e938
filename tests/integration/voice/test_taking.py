"""Calls that alert staff: heard, taken by a key, passed on, or not taken at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from smsbot.domain import Urgency
from smsbot.models import Alert, AlertState, Case, CaseState, DispatchState
from smsbot.simulator.provider_client import ProviderClient
from smsbot.wiring import Wiring
from tests.integration.conftest import Webhook, the_case
from tests.integration.voice.parts import (
    PRESCRIBER,
    an_alert_by_call,
    events,
    everything,
    fate,
    post,
    press,
    ring,
    staff,
)
from tests.system import NURSE, TEXT_LINE
from tests.texts import WALT


def test_pressing_1_takes_the_case(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    placed = line.calls()[0]
    assert (placed["from"], placed["to"]) == (TEXT_LINE, NURSE)
    ended = line.answer(sid, "1")
    case = the_case(wiring)
    assert (case.state, case.owner_id) == (CaseState.TAKEN, staff(wiring, NURSE))
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)
    assert [(one["status_code"], one["error_code"]) for one in ended["posted"]] == [(200, 0)] * 2
    assert ended["heard"][-1].startswith(f"You have case {', '.join(case.code)}.")
    assert [event.details for event in events(wiring, "case_taken")] == [{"by": "call"}]


def test_a_call_says_urgency_and_code_and_nothing_about_the_patient(
    wiring: Wiring, line: ProviderClient
) -> None:
    _, sid = ring(wiring, line)
    ended = line.answer(sid)
    words = " ".join(ended["heard"])
    assert words.count(f"Emergency. Case {', '.join(the_case(wiring).code)}.") == 2
    for secret in ("chest", "infusion", "Walt", WALT, "555", wiring.clinic.name, "ketamine", "heart"):
        assert secret not in words


def test_taken_by_call_an_emergency_is_only_held_until_it_was_opened(
    wiring: Wiring, line: ProviderClient
) -> None:
    _, sid = ring(wiring, line)
    line.answer(sid, "1")
    alert = everything(wiring, Alert)[0]
    assert alert.state == AlertState.TAKEN
    assert alert.next_at is not None


def test_pressing_2_passes_it_on(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    ended = line.answer(sid, "2")
    alert = everything(wiring, Alert)[0]
    assert (the_case(wiring).state, alert.state) == (CaseState.OPEN, AlertState.CLIMBING)
    assert alert.passed_by == [staff(wiring, NURSE)]
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)
    assert "passed on" in ended["heard"][-1]


def test_another_key_asks_again(wiring: Wiring, line: ProviderClient) -> None:
    _, sid = ring(wiring, line)
    ended = line.answer(sid, "7", "1")
    assert "That key does nothing here." in ended["heard"]
    assert the_case(wiring).state == CaseState.TAKEN


def test_who_picks_up_and_presses_nothing_has_not_taken_it(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    line.answer(sid)
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, "no-key")
    assert the_case(wiring).state == CaseState.OPEN


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_call_that_is_not_answered_has_not_reached_anybody(
    wiring: Wiring, line: ProviderClient, status: str
) -> None:
    dispatch_id, sid = ring(wiring, line)
    line.decline(sid, status)
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, status)
    assert the_case(wiring).state == CaseState.OPEN


def test_voicemail_hears_nothing_and_has_not_taken_it(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    words = " ".join(line.answer(sid, answered_by="machine_start")["heard"])
    assert words.startswith("This is an automated call.")
    assert ", ".join(the_case(wiring).code) not in words and "mergency" not in words
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, "voicemail")


def test_a_person_taken_for_a_machine_can_still_take_the_case(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    line.answer(sid, "5", "1", answered_by="machine_start")
    assert the_case(wiring).state == CaseState.TAKEN
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)


def test_who_is_slow_to_speak_hears_the_alert(wiring: Wiring, line: ProviderClient) -> None:
    _, sid = ring(wiring, line)
    assert "Emergency." in line.answer(sid, answered_by="unknown")["heard"][0]


def test_a_call_about_a_case_that_somebody_else_took_says_so(wiring: Wiring, line: ProviderClient) -> None:
    _, sid = ring(wiring, line)
    with wiring.db.writing() as session:
        wiring.ladder.take(session, session.scalars(select(Case)).one(), staff(wiring, PRESCRIBER))
    assert "already taken. Thank you" in line.answer(sid, "1")["heard"][0]
    assert the_case(wiring).owner_id == staff(wiring, PRESCRIBER)


def test_a_key_pressed_after_somebody_else_took_the_case_changes_nothing(
    wiring: Wiring, webhook: Webhook
) -> None:
    dispatch_id = an_alert_by_call(wiring)
    with wiring.db.writing() as session:
        wiring.ladder.take(session, session.scalars(select(Case)).one(), staff(wiring, PRESCRIBER))
    assert "already taken" in press(webhook, dispatch_id, "1")
    assert "already taken" in press(webhook, dispatch_id, "2")
    assert the_case(wiring).owner_id == staff(wiring, PRESCRIBER)


def test_a_call_about_a_resolved_case_says_that_it_is_over(wiring: Wiring, webhook: Webhook) -> None:
    from smsbot import escalation

    dispatch_id = an_alert_by_call(wiring)
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        escalation.resolve(session, case, staff(wiring, PRESCRIBER), None)
    assert "is over" in press(webhook, dispatch_id, "1")
    assert the_case(wiring).state == CaseState.RESOLVED


def test_a_call_says_how_urgent_that_is_of_which_it_alerts(wiring: Wiring, webhook: Webhook) -> None:
    dispatch_id = an_alert_by_call(wiring)
    with wiring.db.writing() as session:
        session.execute(update(Alert).values(urgency=Urgency.URGENT))
    assert "Urgent. Case " in post(webhook, f"alert?dispatch={dispatch_id}").text
    with wiring.db.writing() as session:
        session.execute(update(Alert).values(urgency=Urgency.EMERGENCY, reason="drill"))
    heard = post(webhook, f"alert?dispatch={dispatch_id}").text
    assert "A test of the alerts. Case " in heard and "Emergency" not in heard
