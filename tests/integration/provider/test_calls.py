"""Calls through the stand-in: rung, answered, declined, and their digits."""

from __future__ import annotations

import pytest
import requests
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import CLINIC, EMPTY, JOE, MARA, TOKEN, Clinic, refused, twiml, until


def test_a_call_rings_is_answered_and_its_digits_reach_the_clinic(
    clinic: Clinic, sdk: Client, phones: ProviderClient
) -> None:
    gather = '<Response><Gather numDigits="1" action="/digits"><Say>Press 1</Say></Gather></Response>'
    clinic.answers["twiml"] = lambda: twiml(gather)
    clinic.answers["digits"] = lambda: twiml("<Response><Say>Thank you</Say><Hangup/></Response>")
    call = sdk.calls.create(
        to=MARA,
        from_=CLINIC,
        url=f"{clinic.url}/twiml?a=1",
        status_callback=f"{clinic.url}/call-status",
        status_callback_event=["ringing", "answered", "completed"],
        machine_detection="Enable",
    )
    assert (call.status, call.direction) == ("queued", "outbound-api")
    until(lambda: clinic.forms("call-status"))
    assert sdk.calls(call.sid).fetch().status == "ringing"
    ended = phones.answer(call.sid, "1")
    assert ended["heard"] == ["Press 1", "Thank you"]
    assert [post["status_code"] for post in ended["posted"]] == [200, 200]
    (asked,), (typed,) = clinic.forms("twiml"), clinic.forms("digits")
    assert (asked["CallStatus"], asked["AnsweredBy"], asked["CallSid"]) == ("in-progress", "human", call.sid)
    assert typed["Digits"] == "1"
    for path, form, headers in clinic.posts:
        url = f"{clinic.url}/{path}" + ("?a=1" if path == "twiml" else "")
        assert RequestValidator(TOKEN).validate(url, form, headers["X-Twilio-Signature"])
    assert [form["CallStatus"] for form in clinic.forms("call-status")] == [
        "ringing",
        "in-progress",
        "completed",
    ]
    assert sdk.calls(call.sid).fetch().status == "completed"
    assert sdk.calls.list(to=MARA)[0].answered_by == "human"
    assert (phones.ledger()[0]["kind"], phones.ledger()[0]["to"]) == ("call", MARA)
    assert phones.calls()[0]["heard"] == ["Press 1", "Thank you"]
    with pytest.raises(requests.HTTPError):
        phones.answer(call.sid, "1")


def test_a_call_with_its_own_twiml_is_heard_without_a_webhook(
    clinic: Clinic, sdk: Client, phones: ProviderClient
) -> None:
    call = sdk.calls.create(to=MARA, from_=CLINIC, twiml="<Response><Say>Please call in</Say></Response>")
    ended = phones.answer(call.sid, answered_by="machine_start")
    assert (ended["heard"], ended["posted"]) == (["Please call in"], [])
    assert ended["answered_by"] is None
    assert clinic.posts == []


def test_a_call_nobody_answers_ends_unanswered(clinic: Clinic, sdk: Client, phones: ProviderClient) -> None:
    callback = f"{clinic.url}/call-status"
    order = {"to": MARA, "from_": CLINIC, "twiml": EMPTY, "status_callback": callback}
    phones.change_settings(ring_seconds=0.2)
    rung_out = sdk.calls.create(**order)
    until(lambda: sdk.calls(rung_out.sid).fetch().status == "no-answer")
    busy = sdk.calls.create(**order)
    phones.decline(busy.sid)
    canceled = sdk.calls.create(**order)
    sdk.calls(canceled.sid).update(status="completed")
    assert sdk.calls(canceled.sid).fetch().status == "canceled"
    assert refused(lambda: sdk.calls(canceled.sid).update(status="canceled")) == (400, 21220)
    until(lambda: len(clinic.forms("call-status")) == 3)
    assert {form["CallStatus"] for form in clinic.forms("call-status")} == {"no-answer", "busy", "canceled"}
    assert [call.status for call in sdk.calls.list(status="busy")] == ["busy"]


@pytest.mark.parametrize(
    ("wrong", "code"), [({"to": "911"}, 21211), ({"from_": JOE}, 21210), ({"twiml": ""}, 21205)]
)
def test_a_call_that_cannot_be_placed_is_refused(
    sdk: Client, phones: ProviderClient, wrong: dict[str, str], code: int
) -> None:
    order = {"to": MARA, "from_": CLINIC, "twiml": EMPTY} | wrong
    assert refused(lambda: sdk.calls.create(**order)) == (400, code)
    assert phones.ledger() == []


def test_the_connection_of_a_call_that_was_accepted_can_be_cut(sdk: Client, phones: ProviderClient) -> None:
    phones.faults({"do": "drop_after_accept", "match": {"path": "Calls"}})
    with pytest.raises(requests.ConnectionError):
        sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)
    assert [line["kind"] for line in phones.ledger()] == ["call"]
