"""The receipts of the stand-in: signed, in order, or astray as scripted."""

from __future__ import annotations

import time
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import ACCOUNT, CLINIC, EMPTY, JOE, MARA, TOKEN, Clinic, twiml, until


def test_receipts_come_signed_and_in_order(clinic: Clinic, sdk: Client) -> None:
    message = sdk.messages.create(to=MARA, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status?d=7")
    until(lambda: len(clinic.posts) == 4)
    assert clinic.statuses(message.sid) == ["accepted", "queued", "sent", "delivered"]
    for _, form, headers in clinic.posts:
        assert RequestValidator(TOKEN).validate(
            f"{clinic.url}/status?d=7", form, headers["X-Twilio-Signature"]
        )
        assert (form["To"], form["From"], form["AccountSid"]) == (MARA, CLINIC, ACCOUNT)
        assert form["SmsStatus"] == form["MessageStatus"]
        assert "ErrorCode" not in form


def test_a_message_that_does_not_arrive_says_so_everywhere(
    clinic: Clinic, sdk: Client, phones: ProviderClient
) -> None:
    phones.faults({"do": "undelivered", "code": 30005, "match": {"to": MARA}})
    lost = sdk.messages.create(to=MARA, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status")
    other = sdk.messages.create(to=JOE, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status")
    until(lambda: len(clinic.forms("status")) == 8)
    assert clinic.statuses(other.sid)[-1] == "delivered"
    assert clinic.statuses(lost.sid) == ["accepted", "queued", "sent", "undelivered"]
    (last,) = [form for form in clinic.forms("status") if form["MessageStatus"] == "undelivered"]
    assert last["ErrorCode"] == "30005"
    fetched = sdk.messages(lost.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("undelivered", 30005)
    assert fetched.error_message == "Unknown destination handset"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"do": "receipts_reversed"}, ["delivered", "sent", "queued", "accepted"]),
        (
            {"do": "receipts_doubled"},
            [s for s in ("accepted", "queued", "sent", "delivered") for _ in range(2)],
        ),
        ({"do": "receipts_late", "seconds": 1}, ["accepted", "queued", "sent", "delivered"]),
        ({"do": "receipts_never"}, []),
    ],
)
def test_receipts_go_astray_as_scripted_while_the_message_arrives(
    clinic: Clinic, sdk: Client, phones: ProviderClient, rule: dict[str, Any], told: list[str]
) -> None:
    phones.faults(rule)
    sid = sdk.messages.create(to=MARA, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status").sid
    until(lambda: sdk.messages(sid).fetch().status == "delivered")
    if rule["do"] == "receipts_late":
        assert clinic.posts == []
    until(lambda: len(clinic.posts) == len(told))
    time.sleep(0.1)
    assert clinic.statuses(sid) == told
    assert sdk.messages(sid).fetch().status == "delivered"


def test_a_slow_taker_of_receipts_keeps_no_other_message_waiting(clinic: Clinic, sdk: Client) -> None:
    clinic.answers["slow"] = lambda: (time.sleep(3), twiml(EMPTY))[1]
    for _ in range(10):
        sdk.messages.create(to=MARA, from_=CLINIC, body="x", status_callback=f"{clinic.url}/slow")
    quick = sdk.messages.create(to=JOE, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status")
    until(lambda: clinic.statuses(quick.sid)[-1:] == ["delivered"], seconds=2)
