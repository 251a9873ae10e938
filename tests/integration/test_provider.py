"""The stand-in provider through the real SDK and real HTTP, before a make-believe clinic."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, Response, request
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from smsbot import clock
from smsbot.simulator.provider import close_provider, create_provider, make_provider_server, serving
from smsbot.simulator.provider_client import ProviderClient

ACCOUNT, TOKEN = "AC" + "0" * 32, "a token of at least sixteen"
CLINIC, MARA, JOE = "+12025550100", "+12025550101", "+12025550102"
EMPTY = "<Response/>"


class StandInHttp(TwilioHttpClient):
    """The SDK's own client, with the provider's hosts exchanged for the stand-in."""

    def __init__(self, base_url: str, timeout: float = 5) -> None:
        super().__init__(timeout=timeout)
        self.base_url = base_url
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return super().request(method, f"{self.base_url}{parts.path}{query}", *args, **kwargs)


class Clinic:
    """A make-believe web app: keeps what is posted to it, and answers by path from `answers`."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.answers: dict[str, Callable[[], Response]] = {}
        self.url = ""

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.route("/<path:path>", methods=["GET", "POST"])
        def take(path: str) -> Response:
            self.posts.append((path, request.form.to_dict(), dict(request.headers)))
            return self.answers.get(path, lambda: twiml(EMPTY))()

        return app

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for at, form, _ in self.posts if at == path]

    def statuses(self, sid: str) -> list[str]:
        return [form["MessageStatus"] for form in self.forms("status") if form["MessageSid"] == sid]


def twiml(body: str, status: int = 200) -> Response:
    return Response(body, status, content_type="text/xml")


def until(condition: Callable[[], Any], seconds: float = 5) -> Any:
    """What the condition gives, once it holds."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


@contextmanager
def a_web_server(app: Flask) -> Iterator[str]:
    server = make_provider_server(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    clinic = Clinic()
    with a_web_server(clinic.app()) as clinic.url:
        yield clinic


@pytest.fixture
def provider_url(tmp_path: Path, clinic: Clinic) -> Iterator[str]:
    app = create_provider(
        tmp_path / "provider.db",
        account=ACCOUNT,
        token=TOKEN,
        numbers=[CLINIC],
        sms_url=f"{clinic.url}/sms",
        sms_fallback_url=f"{clinic.url}/fallback",
        status_delay=0.1,
    )
    with serving(app) as url:
        yield url


@pytest.fixture
def phones(provider_url: str) -> ProviderClient:
    return ProviderClient(provider_url, ACCOUNT, TOKEN)


@pytest.fixture
def sdk(provider_url: str) -> Iterator[Client]:
    with an_sdk(provider_url) as client:
        yield client


@contextmanager
def an_sdk(url: str, token: str = TOKEN, timeout: float = 5) -> Iterator[Client]:
    http = StandInHttp(url, timeout)
    yield Client(ACCOUNT, token, http_client=http)
    http.session.close()


def refused(call: Callable[[], Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call()
    return caught.value.status, caught.value.code


# The REST API


def test_the_account_is_fetched_with_its_token_and_with_no_other(sdk: Client, provider_url: str) -> None:
    assert sdk.api.accounts(ACCOUNT).fetch().status == "active"
    with an_sdk(provider_url, token="wrong") as stranger:
        assert refused(lambda: stranger.api.accounts(ACCOUNT).fetch()) == (401, 20003)
        assert refused(lambda: stranger.messages.create(to=MARA, from_=CLINIC, body="x")) == (401, 20003)
    assert refused(lambda: sdk.api.accounts("AC" + "1" * 32).fetch()) == (404, 20404)
    assert requests.get(f"{provider_url}/_control/ledger", timeout=5).status_code == 401
    other_name = ("AC" + "1" * 32, TOKEN)
    assert requests.get(f"{provider_url}/_control/ledger", auth=other_name, timeout=5).status_code == 401


def test_an_error_is_json_with_code_message_more_info_and_status(provider_url: str) -> None:
    answer = requests.get(f"{provider_url}/2010-04-01/Accounts/{ACCOUNT}.json", timeout=5)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }
    assert requests.get(f"{provider_url}/nowhere", timeout=5).json()["code"] == 20404


def test_a_message_is_created_fetched_and_deleted(sdk: Client, phones: ProviderClient) -> None:
    created = sdk.messages.create(to=MARA, from_=CLINIC, body="Your visit is at 3. ¿Sí?")
    assert created.sid.startswith("SM")
    assert (created.status, created.direction, created.num_segments) == ("queued", "outbound-api", "1")
    fetched = until(lambda: (m := sdk.messages(created.sid).fetch()).status == "delivered" and m)
    assert (fetched.to, fetched.from_, fetched.body) == (MARA, CLINIC, "Your visit is at 3. ¿Sí?")
    assert fetched.date_sent.tzinfo is not None
    assert fetched.error_code is None
    assert sdk.messages(created.sid).delete()
    assert refused(lambda: sdk.messages(created.sid).fetch()) == (404, 20404)
    assert sdk.messages.list() == []
    assert [message["sid"] for message in phones.thread(MARA)] == [created.sid]
    assert [line["sid"] for line in phones.ledger()] == [created.sid]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"to": "12025550101"}, 21211),
        ({"to": "+1202555"}, 21211),
        ({"to": "+0123456789"}, 21211),
        ({"to": ""}, 21604),
        ({"from_": "+12025550199"}, 21606),
        ({"to": CLINIC}, 21266),
        ({"body": ""}, 21602),
        ({"body": "a" * 1601}, 21617),
    ],
)
def test_a_message_that_cannot_go_out_is_refused_with_the_real_code(
    sdk: Client, phones: ProviderClient, wrong: dict[str, str], code: int
) -> None:
    order = {"to": MARA, "from_": CLINIC, "body": "hello"} | wrong
    assert refused(lambda: sdk.messages.create(**order)) == (400, code)
    assert phones.ledger() == []
    assert phones.messages() == []


def test_the_longest_body_and_a_picture_without_words_go_out(sdk: Client) -> None:
    sdk.messages.create(to=MARA, from_=CLINIC, body="a" * 1600)
    picture = sdk.messages.create(
        to=MARA, from_=CLINIC, media_url=["http://127.0.0.1/a.jpg", "http://127.0.0.1/b.jpg"]
    )
    assert picture.sid.startswith("MM")
    assert picture.num_media == "2"
    assert len(sdk.messages(picture.sid).media.list()) == 2


def test_a_message_through_a_service_begins_accepted_and_leaves_from_the_clinics_number(sdk: Client) -> None:
    service = "MG" + "0" * 32
    message = sdk.messages.create(to=MARA, messaging_service_sid=service, body="hello")
    assert (message.status, message.messaging_service_sid, message.from_) == ("accepted", service, CLINIC)
    assert refused(lambda: sdk.messages.create(to=MARA, body="hello")) == (400, 21603)


def test_the_list_is_filtered_by_the_two_numbers(sdk: Client, phones: ProviderClient) -> None:
    to_mara = sdk.messages.create(to=MARA, from_=CLINIC, body="1").sid
    to_joe = sdk.messages.create(to=JOE, from_=CLINIC, body="2").sid
    from_mara = phones.text(MARA, "3")["sid"]
    assert [m.sid for m in sdk.messages.list()] == [from_mara, to_joe, to_mara]
    assert [m.sid for m in sdk.messages.list(to=JOE)] == [to_joe]
    assert [m.sid for m in sdk.messages.list(from_=MARA)] == [from_mara]
    assert [m.sid for m in sdk.messages.list(to=CLINIC, from_=MARA)] == [from_mara]
    assert sdk.messages.list(to=CLINIC)[0].direction == "inbound"


def test_the_list_is_filtered_by_moment_and_by_day_both_ends_included(
    sdk: Client, phones: ProviderClient
) -> None:
    noon = datetime(2026, 11, 2, 12, 0, 0, tzinfo=UTC)
    sids = []
    for hours in (-24, 0, 24):
        with clock.stopped_at(noon + timedelta(hours=hours, milliseconds=600)):
            sids.append(phones.text(MARA, "x")["sid"])
    before, on, after = sids

    def listed(**filters: Any) -> list[str]:
        return [message.sid for message in sdk.messages.list(**filters)]

    assert listed(date_sent_after=noon) == [after, on]
    assert listed(date_sent_after=noon + timedelta(seconds=1)) == [after]
    assert listed(date_sent_before=noon) == [on, before]
    assert listed(date_sent_before=noon - timedelta(seconds=1)) == [before]
    assert listed(date_sent=date(2026, 11, 2)) == []  # the SDK makes midnight of it, and that is one second
    url = f"{sdk.http_client.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    for query, expected in (("DateSent=2026-11-02", [on]), ("DateSent>=2026-11-02", [after, on])):
        answer = requests.get(f"{url}?{query}", auth=(ACCOUNT, TOKEN), timeout=5).json()
        assert [message["sid"] for message in answer["messages"]] == expected
    answer = requests.get(f"{url}?DateSent=yesterday", auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_the_sdk_follows_the_pages_and_new_texts_do_not_shift_them(
    sdk: Client, phones: ProviderClient
) -> None:
    sids = [phones.text(MARA, str(n), deliver=False)["sid"] for n in range(7)][::-1]
    phones.text(JOE, "no", deliver=False)
    assert [m.sid for m in sdk.messages.list(from_=MARA, page_size=3)] == sids
    assert [m.sid for m in sdk.messages.list(from_=MARA, page_size=2, limit=3)] == sids[:3]
    page = sdk.messages.page(from_=MARA, page_size=4)
    first = [message.sid for message in page]
    phones.text(MARA, "just now", deliver=False)
    rest = page.next_page()
    assert first + [message.sid for message in rest] == sids
    assert rest.next_page() is None


def test_numbers_are_listed_fetched_and_pointed_elsewhere(
    sdk: Client, clinic: Clinic, phones: ProviderClient
) -> None:
    (number,) = sdk.incoming_phone_numbers.list(phone_number=CLINIC)
    assert number.sms_url == f"{clinic.url}/sms"
    assert sdk.incoming_phone_numbers.list(phone_number=JOE) == []
    sdk.incoming_phone_numbers(number.sid).update(
        sms_url=f"{clinic.url}/elsewhere", voice_url=f"{clinic.url}/voice"
    )
    again = sdk.incoming_phone_numbers(number.sid).fetch()
    assert (again.sms_url, again.voice_url) == (f"{clinic.url}/elsewhere", f"{clinic.url}/voice")
    assert again.sms_fallback_url == f"{clinic.url}/fallback"
    phones.text(MARA, "hello")
    assert len(clinic.forms("elsewhere")) == 1
    assert clinic.forms("sms") == []


# Texts from phones


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


# Receipts


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


# The fault script


def accepted(phones: ProviderClient) -> list[str]:
    return [line["body"] for line in phones.ledger()]


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        ({"do": "500"}, (500, 20500)),
        ({"do": "429"}, (429, 20429)),
        ({"do": "refuse", "code": 21408}, (400, 21408)),
        ({"do": "refuse"}, (400, 21612)),
    ],
)
def test_a_request_is_turned_away_so_many_times(
    sdk: Client, phones: ProviderClient, rule: dict[str, Any], answer: tuple[int, int]
) -> None:
    phones.faults(rule | {"times": 2})
    for _ in range(2):
        assert refused(lambda: sdk.messages.create(to=MARA, from_=CLINIC, body="lost")) == answer
    sdk.messages.create(to=MARA, from_=CLINIC, body="kept")
    assert accepted(phones) == ["kept"]
    assert (phones.faults()[0]["seen"], phones.faults()[0]["fired"]) == (2, 2)


@pytest.mark.parametrize(("do", "kept"), [("drop_after_accept", ["x"]), ("drop_before", [])])
def test_a_connection_is_cut_without_an_answer(
    sdk: Client, phones: ProviderClient, do: str, kept: list[str]
) -> None:
    phones.faults({"do": do, "match": {"method": "POST", "path": r"/Messages\.json"}})
    with pytest.raises(requests.ConnectionError):
        sdk.messages.create(to=MARA, from_=CLINIC, body="x")
    assert accepted(phones) == kept
    assert [message.body for message in sdk.messages.list()] == kept


def test_nonsense_is_an_answer_nobody_can_read(sdk: Client, phones: ProviderClient) -> None:
    phones.faults({"do": "nonsense", "times": 1}, {"do": "nonsense", "accept": True})
    for _ in range(2):
        with pytest.raises(json.JSONDecodeError):
            sdk.messages.create(to=MARA, from_=CLINIC, body="x")
    assert accepted(phones) == ["x"]


@pytest.mark.parametrize(("rule", "kept"), [({"do": "slow"}, ["x"]), ({"do": "hang"}, [])])
def test_a_slow_answer_comes_too_late_for_a_request_that_was_accepted_and_a_hung_one_never(
    provider_url: str, phones: ProviderClient, rule: dict[str, Any], kept: list[str]
) -> None:
    phones.faults(rule | {"seconds": 2, "times": 1})
    with an_sdk(provider_url, timeout=0.6) as sdk:
        with pytest.raises(requests.Timeout):
            sdk.messages.create(to=MARA, from_=CLINIC, body="x")
        assert accepted(phones) == kept
        sdk.messages.create(to=MARA, from_=CLINIC, body="next")


def test_a_slow_request_may_be_accepted_after_its_sender_gave_up(
    provider_url: str, phones: ProviderClient
) -> None:
    phones.faults({"do": "slow", "seconds": 1.2, "accept": False, "times": 1})
    with an_sdk(provider_url, timeout=0.3) as sdk, pytest.raises(requests.Timeout):
        sdk.messages.create(to=MARA, from_=CLINIC, body="x")
    assert accepted(phones) == []
    until(lambda: accepted(phones) == ["x"])


def test_the_list_fails_alone(sdk: Client, phones: ProviderClient) -> None:
    phones.faults({"do": "list_500"})
    sid = sdk.messages.create(to=MARA, from_=CLINIC, body="x").sid
    assert sdk.messages(sid).fetch().sid == sid
    with pytest.raises(Exception, match="Unable to fetch page"):
        sdk.messages.list()
    phones.clear_faults()
    assert [message.sid for message in sdk.messages.list()] == [sid]


def test_the_same_seed_fails_the_same_requests(sdk: Client, phones: ProviderClient) -> None:
    def run(seed: int) -> list[str]:
        phones.reset()
        phones.faults({"do": "500", "match": {"rate": 0.5, "method": "POST"}, "seed": seed})
        for number in range(30):
            try:
                sdk.messages.create(to=MARA, from_=CLINIC, body=str(number))
            except TwilioRestException:
                continue
        return accepted(phones)

    first = run(7)
    assert 5 < len(first) < 25
    assert run(7) == first
    assert run(8) != first


def test_the_nth_request_to_one_phone_fails(sdk: Client, phones: ProviderClient) -> None:
    phones.faults({"do": "429", "match": {"to": MARA, "nth": 2}})
    sdk.messages.create(to=MARA, from_=CLINIC, body="first")
    sdk.messages.create(to=JOE, from_=CLINIC, body="other")
    assert refused(lambda: sdk.messages.create(to=MARA, from_=CLINIC, body="second")) == (429, 20429)
    sdk.messages.create(to=MARA, from_=CLINIC, body="third")
    assert accepted(phones) == ["first", "other", "third"]


@pytest.mark.parametrize("rules", [{"do": "500"}, [{"do": "five hundred"}], ["500"], None])
def test_a_script_that_cannot_be_read_is_refused_as_a_whole(
    provider_url: str, phones: ProviderClient, rules: Any
) -> None:
    answer = requests.post(f"{provider_url}/_control/faults", json=rules, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert phones.faults() == []


# Calls


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


# Its own life


def test_reset_forgets_everything_but_the_numbers(
    clinic: Clinic, sdk: Client, phones: ProviderClient
) -> None:
    phones.text(MARA, "STOP", media=(("image/png", b"x"),))
    sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)
    phones.faults({"do": "list_500"})
    phones.reset()
    assert (phones.messages(), phones.calls(), phones.ledger(), phones.faults()) == ([], [], [], [])
    sdk.messages.create(to=MARA, from_=CLINIC, body="no longer blocked")
    assert sdk.incoming_phone_numbers.list()[0].sms_url == f"{clinic.url}/sms"


def test_the_messages_with_a_number_are_found_by_an_unescaped_plus_too(
    provider_url: str, phones: ProviderClient
) -> None:
    phones.text(MARA, "hello")
    phones.text(JOE, "hello")
    assert len(phones.messages()) == 2
    assert len(phones.messages(MARA)) == 1
    answer = requests.get(f"{provider_url}/_control/messages?with={MARA}", auth=(ACCOUNT, TOKEN), timeout=5)
    assert len(answer.json()) == 1


@pytest.mark.parametrize("order", [{}, {"from": MARA, "media": [{}]}, {"from": MARA, "media": "x"}, [], None])
def test_an_order_that_cannot_be_read_is_refused_and_keeps_nothing(
    provider_url: str, phones: ProviderClient, order: Any
) -> None:
    answer = requests.post(f"{provider_url}/_control/texts", json=order, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert phones.messages() == []


def test_thirty_two_senders_at_once_are_all_served_in_good_time(sdk: Client, phones: ProviderClient) -> None:
    def send_all(url: str) -> None:
        with an_sdk(url) as mine:
            for number in range(10):
                mine.messages.create(to=MARA, from_=CLINIC, body=str(number))

    senders = [threading.Thread(target=send_all, args=(sdk.http_client.base_url,)) for _ in range(32)]
    begun = time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    taken = time.monotonic() - begun
    assert len(phones.ledger()) == 320
    assert taken < 6.4  # 50 a second on a busy machine; several times that on a quiet one


class Process:
    """The stand-in as a process of its own, which can be killed and started again on the same file."""

    def __init__(self, state: Path, clinic: Clinic) -> None:
        self._command = [sys.executable, "-m", "smsbot.simulator.provider", "--state", str(state)]
        self._command += [
            "--account",
            ACCOUNT,
            "--token",
            TOKEN,
            "--number",
            CLINIC,
            "--sms-url",
            f"{clinic.url}/sms",
        ]
        self.start()

    def start(self, delay: float = 1.5) -> None:
        command = [*self._command, "--status-delay", str(delay)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        self.phones = ProviderClient(self.url, ACCOUNT, TOKEN)

    def end(self, number: int) -> str:
        """Send a signal and wait; what it wrote."""
        self.process.send_signal(number)
        output = "".join(self.process.communicate(timeout=5))
        return output


@pytest.fixture
def process(tmp_path: Path, clinic: Clinic) -> Iterator[Process]:
    process = Process(tmp_path / "provider.db", clinic)
    yield process
    if process.process.poll() is None:
        process.end(signal.SIGKILL)


def test_a_killed_provider_comes_back_with_everything_and_sends_what_it_owed(
    process: Process, clinic: Clinic
) -> None:
    with an_sdk(process.url) as sdk:
        sent = sdk.messages.create(
            to=MARA, from_=CLINIC, body="x", status_callback=f"{clinic.url}/status"
        ).sid
    process.phones.faults({"do": "429", "match": {"path": "Calls"}})
    process.phones.text(JOE, "STOP")
    owed = process.phones.text(MARA, "later", deliver=False)["sid"]
    process.phones.replay(owed, delay=1, wait=False)
    process.end(signal.SIGKILL)
    clinic_knew = clinic.statuses(sent)
    assert "delivered" not in clinic_knew
    process.start()
    assert [line["sid"] for line in process.phones.ledger()] == [sent]
    until(lambda: clinic.statuses(sent)[-1:] == ["delivered"])
    until(lambda: owed in [form["MessageSid"] for form in clinic.forms("sms")])
    with an_sdk(process.url) as sdk:
        assert refused(lambda: sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)) == (429, 20429)
        assert refused(lambda: sdk.messages.create(to=JOE, from_=CLINIC, body="x")) == (400, 21610)
        assert sdk.messages(sent).fetch().status == "delivered"


def test_sigterm_ends_it_within_a_second_even_while_a_webhook_hangs(process: Process, clinic: Clinic) -> None:
    clinic.answers["sms"] = lambda: (time.sleep(3), twiml(EMPTY))[1]
    process.phones.faults({"do": "hang", "match": {"path": "Calls"}})
    process.phones.text(MARA, "hello", wait=False)
    hung = threading.Thread(
        target=lambda: pytest.raises(requests.RequestException, call_somebody, process.url)
    )
    hung.start()
    until(lambda: clinic.forms("sms"))
    begun = time.monotonic()
    process.end(signal.SIGTERM)
    assert time.monotonic() - begun < 1
    assert process.process.returncode == 0
    hung.join()


def call_somebody(url: str) -> None:
    with an_sdk(url) as sdk:
        sdk.calls.create(to=MARA, from_=CLINIC, twiml=EMPTY)


def test_it_writes_no_number_and_no_word_of_anybody(process: Process, tmp_path: Path) -> None:
    process.phones.text(MARA, "canary words")
    process.phones.thread(MARA)
    with an_sdk(process.url) as sdk:
        sdk.messages.list(to=MARA)
    with sqlite3.connect(tmp_path / "provider.db") as db:
        db.execute("DROP TABLE media")  # now showing a thread fails
    db.close()
    with pytest.raises(requests.HTTPError):
        process.phones.thread(MARA)
    output = process.end(signal.SIGTERM)
    assert "OperationalError" in output
    assert not any(secret in output for secret in ("canary", MARA, MARA[1:], TOKEN))


def test_it_serves_in_process_too(tmp_path: Path) -> None:
    app = create_provider(
        tmp_path / "new" / "p.db", account=ACCOUNT, token=TOKEN, numbers=[CLINIC], opt_out="off"
    )
    web, path = app.test_client(), f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    sent = web.post(path, data={"To": MARA, "From": CLINIC, "Body": "hello"}, auth=(ACCOUNT, TOKEN))
    assert (sent.status_code, sent.json["status"]) == (201, "queued")
    web.post("/_control/faults", json=[{"do": "drop_before"}], auth=(ACCOUNT, TOKEN))
    with pytest.raises(ConnectionResetError):
        web.get(path, auth=(ACCOUNT, TOKEN))
    close_provider(app)


def test_the_phones_side_is_for_this_machine_alone(tmp_path: Path) -> None:
    app = create_provider(tmp_path / "p.db", account=ACCOUNT, token=TOKEN)
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert (
        app.test_client().get("/_control/ledger", auth=(ACCOUNT, TOKEN), environ_base=far).status_code >= 400
    )
    assert app.test_client().get("/_control/ledger", auth=(ACCOUNT, TOKEN)).status_code == 200
    close_provider(app)


def test_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smsbot.simulator.provider", "--state", str(tmp_path / "p.db")]
    command += ["--account", ACCOUNT, "--number", CLINIC]
    run = subprocess.run(command, capture_output=True, text=True, env={}, timeout=20)
    assert run.returncode == 2
    assert "TWILIO_AUTH_TOKEN" in run.stderr
