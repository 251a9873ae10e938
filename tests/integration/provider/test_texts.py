"""Texts from phones: what the stand-in posts to the webhook, what comes of the answer, and who opted out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import (
    ACCOUNT,
    CLINIC,
    EMPTY,
    JOE,
    MARA,
    TOKEN,
    Clinic,
    a_web_server,
    refused,
    twiml,
    until,
)


def test_a_text_reaches_the_webhook_as_the_provider_sends_it(clinic: Clinic, phones: ProviderClient) -> None:
    result = phones.text(MARA, "Hi, it’s Mara 🙂")
    ((path, form, headers),) = clinic.posts
    assert path == "sms"
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == result["sid"]
    assert (form["From"], form["To"], form["Body"]) == (MARA, CLINIC, "Hi, it’s Mara 🙂")
    assert (form["AccountSid"], form["NumMedia"], form["FromCountry"]) == (ACCOUNT, "0", "US")
    assert form["FromCity"] == ""
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["I-Twilio-Idempotency-Token"]
    assert RequestValidator(TOKEN).validate(f"{clinic.url}/sms", form, headers["X-Twilio-Signature"])
    assert (result["status_code"], result["body"], result["error_code"]) == (200, EMPTY, 0)
    assert result["messages"] == []


def test_each_message_of_the_answer_reaches_the_phone_and_is_followed_to_delivery(
    clinic: Clinic, phones: ProviderClient
) -> None:
    answer = '<Response><Message statusCallback="/status?d=1">One &amp; <!-- c -->two</Message>'
    answer += "<Message><Body>Three</Body></Message></Response>"
    clinic.answers["sms"] = lambda: twiml(answer)
    result = phones.text(MARA, "hello")
    assert [message["body"] for message in result["messages"]] == ["One & two", "Three"]
    assert {message["direction"] for message in result["messages"]} == {"outbound-reply"}
    sid = result["messages"][0]["sid"]
    until(lambda: len(clinic.statuses(sid)) == 4)
    thread = phones.thread(MARA)
    assert [(m["from"], m["body"]) for m in thread] == [
        (MARA, "hello"),
        (CLINIC, "One & two"),
        (CLINIC, "Three"),
    ]
    assert phones.ledger() == []
    assert len(clinic.forms("status")) == 4


def test_a_text_nobody_waits_for_is_answered_at_once_and_delivered_all_the_same(
    clinic: Clinic, phones: ProviderClient
) -> None:
    clinic.answers["sms"] = lambda: (time.sleep(0.3), twiml("<Response><Message>ok</Message></Response>"))[1]
    begun = time.monotonic()
    sids = [phones.text(MARA, f"text {n}", wait=False)["sid"] for n in range(20)]
    assert time.monotonic() - begun < 1.5
    until(
        lambda: len([m for m in phones.thread(MARA) if m["direction"] == "outbound-reply"]) == 20, seconds=3
    )
    assert {form["MessageSid"] for form in clinic.forms("sms")} == set(sids)


def test_a_missed_text_is_in_the_list_and_nowhere_else(
    clinic: Clinic, phones: ProviderClient, sdk: Client
) -> None:
    sid = phones.text(MARA, "are you there", deliver=False)["sid"]
    (message,) = sdk.messages.list(to=CLINIC)
    assert (message.sid, message.direction, message.status) == (sid, "inbound", "received")
    time.sleep(0.1)
    assert clinic.posts == []


def test_pictures_are_announced_listed_fetched_and_deleted(
    clinic: Clinic, phones: ProviderClient, sdk: Client, provider_url: str
) -> None:
    sent = (("image/jpeg", b"\xff\xd8 one"), ("image/png", b"two"))
    sid = phones.text(MARA, "", media=sent)["sid"]
    (form,) = clinic.forms("sms")
    assert sid.startswith("MM")
    assert (form["NumMedia"], form["MediaContentType0"], form["MediaContentType1"]) == (
        "2",
        "image/jpeg",
        "image/png",
    )
    for index, (content_type, data) in enumerate(sent):
        url = form[f"MediaUrl{index}"]
        assert url.startswith(provider_url)
        assert requests.get(url, timeout=5).status_code == 401
        picture = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5)
        assert (picture.content, picture.headers["Content-Type"]) == (data, content_type)
    media = sdk.messages(sid).media.list()
    assert {one.content_type for one in media} == {"image/jpeg", "image/png"}
    assert sdk.messages(sid).media(media[0].sid).fetch().parent_sid == sid
    other = phones.text(JOE, "hello")["sid"]
    assert refused(lambda: sdk.messages(other).media(media[0].sid).fetch()) == (404, 20404)
    assert sdk.messages(sid).media(media[0].sid).delete()
    assert len(sdk.messages(sid).media.list()) == 1


def test_a_redirected_picture_is_had_without_credentials_alone(
    clinic: Clinic, phones: ProviderClient, provider_url: str
) -> None:
    phones.text(MARA, "", media=(("image/png", b"png"),))
    phones.faults({"do": "redirect"})
    url = clinic.forms("sms")[0]["MediaUrl0"]
    answer = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=5, allow_redirects=False)
    assert answer.status_code == 307
    target = answer.headers["Location"].replace("localhost", "127.0.0.1")
    assert requests.get(target, timeout=5).content == b"png"
    assert requests.get(target, auth=(ACCOUNT, TOKEN), timeout=5).status_code == 400


def test_copies_of_a_webhook_are_the_same_request_and_race(clinic: Clinic, phones: ProviderClient) -> None:
    gate = threading.Barrier(3)
    sid = phones.text(MARA, "hello")["sid"]
    clinic.answers["sms"] = lambda: (gate.wait(5), twiml("<Response><Message>again</Message></Response>"))[1]
    deliveries = phones.replay(sid, copies=3)
    assert [one["status_code"] for one in deliveries] == [200] * 3
    assert all(one["messages"][0]["body"] == "again" for one in deliveries)
    first, *copies = [(form, headers["X-Twilio-Signature"]) for _, form, headers in clinic.posts]
    assert copies == [first] * 3
    tokens = {headers["I-Twilio-Idempotency-Token"] for _, _, headers in clinic.posts}
    assert len(tokens) == 1


def test_a_replay_may_come_later_and_unwatched(clinic: Clinic, phones: ProviderClient) -> None:
    sid = phones.text(MARA, "hello", deliver=False)["sid"]
    assert phones.replay(sid, copies=2, delay=0.5, wait=False) == []
    assert clinic.posts == []
    until(lambda: len(clinic.forms("sms")) == 2)
    with pytest.raises(requests.HTTPError):
        phones.replay("SM" + "0" * 32)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda: twiml("broken", 500), "11200"),
        (lambda: twiml("gone", 404), "11200"),
        (lambda: twiml(""), "11200"),
        (lambda: Response("hello", content_type="text/html"), "12300"),
        (lambda: twiml("<Response>"), "12100"),
    ],
)
def test_an_answer_that_cannot_be_used_leads_to_the_fallback_once(
    clinic: Clinic, phones: ProviderClient, answer: Callable[[], Response], code: str
) -> None:
    clinic.answers["sms"] = answer
    clinic.answers["fallback"] = lambda: twiml("<Response><Message>call us</Message></Response>")
    result = phones.text(MARA, "hello")
    assert len(clinic.forms("sms")) == 1
    (form,) = clinic.forms("fallback")
    assert (form["ErrorCode"], form["ErrorUrl"]) == (code, f"{clinic.url}/sms")
    assert form["MessageSid"] == result["sid"]
    headers = clinic.posts[-1][2]
    assert RequestValidator(TOKEN).validate(f"{clinic.url}/fallback", form, headers["X-Twilio-Signature"])
    assert [message["body"] for message in result["messages"]] == ["call us"]


def test_a_connection_that_fails_is_tried_once_more_before_the_fallback(
    clinic: Clinic, phones: ProviderClient, sdk: Client
) -> None:
    with a_breaking_server() as (url, connections):
        (number,) = sdk.incoming_phone_numbers.list()
        number.update(sms_url=f"{url}/sms")
        phones.text(MARA, "hello")
    assert len(connections) == 2
    assert [form["ErrorCode"] for form in clinic.forms("fallback")] == ["11205"]


@contextmanager
def a_breaking_server() -> Iterator[tuple[str, list[None]]]:
    """A server that hangs up on everybody, and who called."""
    connections: list[None] = []
    app = Flask(__name__)

    @app.post("/sms")
    def hang_up() -> Response:
        connections.append(None)
        request.get_data()  # the server would wait for the end of what was not read
        return Response(broken())

    def broken() -> Iterator[bytes]:
        raise ConnectionResetError
        yield b""

    with a_web_server(app) as url:
        yield url, connections


def test_nothing_is_ever_posted_beyond_this_machine(phones: ProviderClient, sdk: Client) -> None:
    (number,) = sdk.incoming_phone_numbers.list()
    number.update(sms_url="http://192.0.2.1/sms", sms_fallback_url="")
    begun = time.monotonic()
    assert phones.text(MARA, "hello")["error_code"] == 11205
    assert time.monotonic() - begun < 2


def test_texts_to_strange_numbers_and_with_used_sids_are_refused(phones: ProviderClient) -> None:
    sid = "SM" + "a" * 32
    assert phones.text(MARA, "hello", sid=sid)["sid"] == sid
    for wrong in ({"sid": sid}, {"to": JOE}):
        with pytest.raises(requests.HTTPError) as caught:
            phones.text(MARA, "hello", **wrong)
        assert caught.value.response.status_code == 400
    assert len(phones.thread(MARA)) == 1


def test_a_short_code_may_text_the_clinic(clinic: Clinic, phones: ProviderClient) -> None:
    clinic.answers["sms"] = lambda: twiml("<Response><Message>who are you</Message></Response>")
    result = phones.text("262966", "Your code is 1234")
    assert clinic.forms("sms")[0]["From"] == "262966"
    assert (result["messages"], result["refused"]) == ([], [21211])


# Opting out


def test_stop_blocks_this_phone_until_start(clinic: Clinic, phones: ProviderClient, sdk: Client) -> None:
    clinic.answers["sms"] = lambda: twiml("<Response><Message>you are out</Message></Response>")
    result = phones.text(MARA, " Stop ")
    assert (result["messages"], result["refused"]) == ([], [21610])
    assert "OptOutType" not in clinic.forms("sms")[0]
    assert phones.thread(MARA)[-1]["body"].startswith("You have successfully been unsubscribed")
    assert refused(lambda: sdk.messages.create(to=MARA, from_=CLINIC, body="x")) == (400, 21610)
    sdk.messages.create(to=JOE, from_=CLINIC, body="others still get theirs")
    phones.text(MARA, "START")
    sdk.messages.create(to=MARA, from_=CLINIC, body="welcome back")
    assert [line["to"] for line in phones.ledger()] == [JOE, MARA]


def test_the_advanced_kind_tells_the_webhook_what_was_meant(clinic: Clinic, phones: ProviderClient) -> None:
    phones.change_settings(opt_out="advanced")
    for body in ("STOP", "unstop", "HELP", "YES", "stop that noise"):
        phones.text(MARA, body)
    assert [form.get("OptOutType") for form in clinic.forms("sms")] == ["STOP", "START", "HELP", None, None]


def test_with_opt_out_off_the_network_leaves_it_to_the_account(phones: ProviderClient, sdk: Client) -> None:
    phones.change_settings(opt_out="off")
    phones.text(MARA, "STOP")
    sdk.messages.create(to=MARA, from_=CLINIC, body="one confirmation")
    assert [message["body"] for message in phones.thread(MARA)] == ["STOP", "one confirmation"]
