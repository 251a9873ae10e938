"""The stand-in's REST API through the real SDK: messages, lists and numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.rest import Client

from smsbot import clock
from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import ACCOUNT, CLINIC, JOE, MARA, TOKEN, Clinic, an_sdk, refused, until


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
