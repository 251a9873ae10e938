"""People who call the text line: rung through, noted as a missed call, greeted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from smsbot.models import Alert, AlertState, Case, CaseState, Contact, Dispatch, Event, Message
from smsbot.wiring import Wiring
from tests.conftest import MONDAY_MORNING, Clock
from tests.integration.conftest import Browser, Webhook, the_case
from tests.integration.voice.parts import (
    EMERGENCY,
    PRESCRIBER,
    STRANGER,
    an_alert_by_call,
    call_sid,
    events,
    everything,
    post,
    press,
)
from tests.system import NURSE, TEXT_LINE
from tests.texts import WALT, inbound

OFFICE = "+15615550100"


def office_elsewhere(wiring: Wiring, **changes: Any) -> None:
    wiring.clinic = replace(wiring.clinic, office_phone=OFFICE, **changes)


def at_night(time: Clock) -> None:
    time.at = MONDAY_MORNING.replace(hour=8)  # 3 AM in Delray Beach


def caller(webhook: Webhook, path: str = "incoming", **fields: str) -> str:
    response = post(webhook, path, **{"From": WALT, "To": TEXT_LINE, "CallStatus": "ringing", **fields})
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    return str(response.text)


def test_an_open_office_is_rung(wiring: Wiring, webhook: Webhook) -> None:
    office_elsewhere(wiring)
    answer = caller(webhook)
    assert f"<Number>{OFFICE}</Number>" in answer
    assert "9 1 1" in answer and "9 8 8" in answer and "es-US" in answer
    assert everything(wiring, Case) == []


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled", ""])
def test_a_call_that_the_office_did_not_take_opens_an_urgent_case(
    wiring: Wiring, webhook: Webhook, status: str
) -> None:
    answer = caller(webhook, "missed", DialCallStatus=status)
    case = the_case(wiring)
    assert (case.urgency, case.state, case.team) == ("urgent", CaseState.OPEN, "nurse")
    assert case.look_by is not None
    assert "has been noted" in answer
    message = everything(wiring, Message)[0]
    assert (message.body, message.marks, message.author) == ("", ["missed_call"], "patient")
    assert (everything(wiring, Contact)[0].number, len(events(wiring, "missed_call"))) == (WALT, 1)
    assert [one.state for one in everything(wiring, Alert)] == [AlertState.CLIMBING]
    assert [one.recipient for one in everything(wiring, Dispatch) if one.route == "sms"] == [NURSE]


def test_a_call_that_the_office_took_leaves_nothing(wiring: Wiring, webhook: Webhook) -> None:
    assert "Hangup" in caller(webhook, "missed", DialCallStatus="completed")
    assert (everything(wiring, Case), everything(wiring, Contact)) == ([], [])


def test_a_missed_call_is_noted_once_however_often_it_is_told(wiring: Wiring, webhook: Webhook) -> None:
    sid = call_sid()
    for _ in range(3):
        caller(webhook, "missed", DialCallStatus="no-answer", CallSid=sid)
    assert (len(everything(wiring, Message)), len(everything(wiring, Alert))) == (1, 1)


def test_missed_calls_race_and_open_one_case(wiring: Wiring, app: Flask) -> None:
    sids = [call_sid(), call_sid()] * 3
    threads = [
        threading.Thread(target=caller, args=(Webhook(app.test_client(), wiring), "missed"), kwargs=fields)
        for fields in ({"DialCallStatus": "busy", "CallSid": sid} for sid in sids)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(everything(wiring, Message)) == 2
    assert (len(everything(wiring, Case)), len(everything(wiring, Alert))) == (1, 1)


def test_a_second_missed_call_joins_the_case_and_tells_nobody_again(wiring: Wiring, webhook: Webhook) -> None:
    for _ in range(2):
        caller(webhook, "missed", DialCallStatus="no-answer")
    assert the_case(wiring).urgency == "urgent"
    assert (len(everything(wiring, Message)), len(everything(wiring, Alert))) == (2, 1)


def test_an_office_that_is_the_text_line_itself_is_not_rung(wiring: Wiring, webhook: Webhook) -> None:
    answer = caller(webhook)
    assert "<Dial" not in answer
    assert "has been noted" in answer
    assert the_case(wiring).urgency == "urgent"


def test_the_office_calling_the_text_line_is_not_connected_with_itself(
    wiring: Wiring, webhook: Webhook
) -> None:
    office_elsewhere(wiring)
    assert "<Dial" not in caller(webhook, From=OFFICE)


def test_a_closed_clinic_notes_the_call(wiring: Wiring, webhook: Webhook, time: Clock) -> None:
    office_elsewhere(wiring)
    at_night(time)
    assert "<Dial" not in caller(webhook)
    assert the_case(wiring).urgency == "urgent"


def test_at_night_the_person_on_call_is_rung_if_the_clinic_says_so(
    wiring: Wiring, webhook: Webhook, time: Clock
) -> None:
    office_elsewhere(wiring, forward_calls_at_night=True)
    at_night(time)
    sid = call_sid()
    answer = caller(webhook, CallSid=sid)
    assert f">{NURSE}</Number>" in answer and PRESCRIBER not in answer
    assert f'callerId="{TEXT_LINE}"' in answer
    assert f"/twilio/voice/screen?call={sid}" in answer
    assert everything(wiring, Case) == []


def test_only_a_pressed_key_connects_a_caller_with_a_private_phone(wiring: Wiring, webhook: Webhook) -> None:
    waiting = call_sid()
    leg = {"From": TEXT_LINE, "To": NURSE}
    assert "Press 1" in post(webhook, f"screen?call={waiting}", **leg).text
    assert "Hangup" in post(webhook, f"accept?call={waiting}", Digits="5", **leg).text
    # the private voicemail picked up: the call counts as completed, and was missed all the same
    caller(webhook, "missed?screened=1", DialCallStatus="completed", CallSid=waiting)
    assert the_case(wiring).urgency == "urgent"


def test_a_caller_who_was_taken_at_night_leaves_no_case(wiring: Wiring, webhook: Webhook) -> None:
    waiting = call_sid()
    taken = post(webhook, f"accept?call={waiting}", Digits="1", From=TEXT_LINE, To=NURSE)
    assert "Hangup" not in taken.text
    caller(webhook, "missed?screened=1", DialCallStatus="completed", CallSid=waiting)
    assert everything(wiring, Case) == []


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "", "Restricted", "262966"])
def test_a_withheld_number_is_greeted_and_leaves_no_case(
    wiring: Wiring, webhook: Webhook, number: str
) -> None:
    answer = caller(webhook, From=number)
    assert "cannot see your number" in answer and "9 1 1" in answer
    assert (everything(wiring, Case), everything(wiring, Contact)) == ([], [])


def test_staff_who_call_back_are_told_to_sign_in_and_alarm_nobody(wiring: Wiring, webhook: Webhook) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    answer = caller(webhook, From=NURSE)
    assert "Sign in" in answer and "<Gather" not in answer and the_case(wiring).code not in answer
    assert len(everything(wiring, Case)) == 1


@pytest.mark.parametrize("show", ["/", "/cases/{code}"])
def test_a_missed_call_can_be_read_in_the_inbox(
    wiring: Wiring, webhook: Webhook, browser: Browser, show: str
) -> None:
    caller(webhook, "missed", DialCallStatus="no-answer")
    browser.sign_in()
    page = browser.get(show.format(code=the_case(wiring).code))
    assert page.status_code == 200
    assert "(561) 555-0110" in page.text


def test_a_text_after_a_missed_call_joins_its_case(wiring: Wiring, webhook: Webhook) -> None:
    caller(webhook, "missed", DialCallStatus="no-answer")
    wiring.intake.receive(inbound("Little nauseous after today's session, ginger ale is helping"))
    case = the_case(wiring)
    assert {one.case_id for one in everything(wiring, Message)} == {case.id}
    assert "medication.side_effect" in case.intents


def test_calls_leave_no_number_in_the_logs(
    wiring: Wiring, webhook: Webhook, capsys: pytest.CaptureFixture[str]
) -> None:
    dispatch_id, sid = an_alert_by_call(wiring), call_sid()
    steps: list[Callable[[], object]] = [
        lambda: caller(webhook, "missed", DialCallStatus="busy", From=STRANGER),
        lambda: post(webhook, f"status?dispatch={dispatch_id}", CallSid=sid, CallStatus="busy"),
        lambda: press(webhook, dispatch_id, "1", CallSid=sid),
    ]
    for step in steps:
        step()
    shown = "".join(capsys.readouterr())
    assert {"call_not_answered", "missed_call"} <= {one.kind for one in everything(wiring, Event)}
    assert not [number for number in (STRANGER, NURSE, TEXT_LINE) if number.lstrip("+") in shown]
