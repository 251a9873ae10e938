"""The fault script of the stand-in: each fault as the SDK meets it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from smsbot.simulator.provider_client import ProviderClient
from tests.integration.provider.parts import ACCOUNT, CLINIC, JOE, MARA, TOKEN, an_sdk, refused, until


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
