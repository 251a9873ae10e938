"""What the provider posts about a call to staff: forged, doubled, at once, from a wrong telephone."""

from __future__ import annotations

import threading
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot.models import Case, CaseState, Dispatch, DispatchState, Message, Receipt, Refusal, Staff, new_id
from smsbot.wiring import Wiring
from tests.integration.conftest import Webhook, the_case
from tests.integration.voice.parts import (
    EMERGENCY,
    PRESCRIBER,
    STRANGER,
    an_alert_by_call,
    call_sid,
    events,
    everything,
    fate,
    post,
    press,
    staff,
)
from tests.system import NURSE, TEXT_LINE
from tests.texts import inbound


@pytest.mark.parametrize("path", ["alert", "answer", "status", "incoming", "missed", "screen", "accept"])
def test_a_forged_request_is_refused_and_changes_nothing(wiring: Wiring, webhook: Webhook, path: str) -> None:
    dispatch_id = an_alert_by_call(wiring)
    query = f"?dispatch={dispatch_id}&call={call_sid()}"
    forged = post(webhook, path + query, signature="Zm9yZ2Vk", Digits="1", CallStatus="completed")
    assert forged.status_code == 403
    assert the_case(wiring).state == CaseState.OPEN
    assert fate(wiring, dispatch_id) == (DispatchState.PENDING, None)
    assert (everything(wiring, Receipt), len(everything(wiring, Message))) == ([], 2)
    assert [one.reason for one in everything(wiring, Refusal)] == ["bad_signature"]


def test_a_signature_for_another_dispatch_is_refused(wiring: Wiring, webhook: Webhook) -> None:
    from smsbot.twilio.form import parse_form
    from smsbot.twilio.signature import sign

    dispatch_id = an_alert_by_call(wiring)
    form = {"AccountSid": wiring.account.account_sid, "CallSid": call_sid(), "To": NURSE, "Digits": "1"}
    raw = urlencode(form).encode()
    url = f"{wiring.settings.public_url}/twilio/voice/answer?dispatch={new_id()}"
    stolen = sign(wiring.account.auth_tokens[0], url, parse_form(raw))
    path = f"/twilio/voice/answer?dispatch={dispatch_id}"
    assert webhook.post(raw, path, signature=stolen).status_code == 403


def test_a_form_without_a_call_is_refused(webhook: Webhook) -> None:
    assert post(webhook, "incoming", CallSid="CA1").status_code == 400


@pytest.mark.parametrize("key", ["1", "2"])
def test_the_same_key_twice_acts_once(wiring: Wiring, webhook: Webhook, key: str) -> None:
    dispatch_id, sid = an_alert_by_call(wiring), call_sid()
    first = press(webhook, dispatch_id, key, CallSid=sid)
    version = the_case(wiring).version
    assert press(webhook, dispatch_id, key, CallSid=sid) == first
    assert the_case(wiring).version == version
    acted = [*events(wiring, "case_taken"), *events(wiring, "case_passed_on")]
    assert len(acted) == 1


def test_a_replayed_key_does_not_take_a_case_that_was_passed_on_since(
    wiring: Wiring, webhook: Webhook
) -> None:
    dispatch_id, sid = an_alert_by_call(wiring), call_sid()
    press(webhook, dispatch_id, "1", CallSid=sid)
    with wiring.db.writing() as session:
        wiring.ladder.pass_on(session, session.scalars(select(Case)).one(), staff(wiring, NURSE))
    press(webhook, dispatch_id, "1", CallSid=sid)
    assert the_case(wiring).state == CaseState.OPEN


def test_of_two_who_press_1_at_once_one_has_the_case(wiring: Wiring, app: Flask) -> None:
    phones = (NURSE, PRESCRIBER)
    calls = [(an_alert_by_call(wiring, phone), phone) for phone in phones]
    heard: list[str] = []

    def press_1(dispatch_id: str, phone: str) -> None:
        heard.append(press(Webhook(app.test_client(), wiring), dispatch_id, "1", To=phone))

    threads = [threading.Thread(target=press_1, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("You have case" in words for words in heard) == [False, True]
    assert sorted("already taken" in words for words in heard) == [False, True]
    assert len(events(wiring, "case_taken")) == 1


def test_only_the_telephone_of_the_person_called_counts(wiring: Wiring, webhook: Webhook) -> None:
    dispatch_id = an_alert_by_call(wiring)
    for to in (PRESCRIBER, STRANGER, TEXT_LINE, ""):
        assert "There is no alert" in press(webhook, dispatch_id, "1", To=to)
        script = post(webhook, f"alert?dispatch={dispatch_id}", To=to).text
        assert "There is no alert" in script and "Case" not in script
    assert the_case(wiring).state == CaseState.OPEN


def test_somebody_who_left_the_clinic_hears_and_takes_nothing(wiring: Wiring, webhook: Webhook) -> None:
    from smsbot import people

    dispatch_id = an_alert_by_call(wiring)
    with wiring.db.writing() as session:
        people.disable(session, session.get_one(Staff, staff(wiring, NURSE)))
    assert "There is no alert" in press(webhook, dispatch_id, "1")
    assert the_case(wiring).state == CaseState.OPEN


@pytest.mark.parametrize("route", ["sms", "twiml"])
def test_a_dispatch_that_is_no_call_cannot_be_answered(wiring: Wiring, webhook: Webhook, route: str) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    other = next(one for one in everything(wiring, Dispatch) if one.route == route)
    assert "There is no alert" in press(webhook, other.id, "1", To=other.recipient)
    assert the_case(wiring).state == CaseState.OPEN


def test_an_address_without_a_dispatch_says_that_there_is_nothing(webhook: Webhook) -> None:
    for query in ("", "?dispatch=", "?dispatch=../../x", f"?dispatch={new_id()}"):
        assert "There is no alert" in post(webhook, f"alert{query}").text
        assert post(webhook, f"status{query}", CallStatus="completed").status_code == 200
