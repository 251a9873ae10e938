"""The parts of the stand-in provider that decide without acting."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from smsbot.simulator.provider_callbacks import plan_receipts
from smsbot.simulator.provider_calls import perform
from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_faults import REQUEST, Rule, Subject, fires, fits
from smsbot.simulator.provider_inbound import opt_out_type
from smsbot.simulator.provider_resources import segments
from smsbot.simulator.provider_webhooks import Answer, checked, sign

CREATE = Subject("/2010-04-01/Accounts/AC1/Messages.json", "POST", "+12025550101")
LIST = Subject("/2010-04-01/Accounts/AC1/Messages.json", "GET", "+12025550101")


@pytest.mark.parametrize(
    "form",
    [
        {"Body": "hello", "From": "+12025550101"},
        {"Body": "  spaces kept ", "FromCity": "", "b": "1", "B": "2"},
        {"Body": "can’t sleep 😴 & more=\n", "To": "+12025550100"},
    ],
)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/twilio/sms", "https://clinic.example/sms?x=1&y=a%20b"]
)
def test_the_signature_is_the_one_the_sdk_expects(url: str, form: dict[str, str]) -> None:
    signature = sign("token", url, form)
    assert RequestValidator("token").validate(url, form, signature)
    assert not RequestValidator("other").validate(url, form, signature)
    assert not RequestValidator("token").validate(url, form | {"Body": "changed"}, signature)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 307, 3),
        ("’" + "a" * 69, 1),
        ("’" + "a" * 70, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_the_carrier_bills_them(body: str, count: int) -> None:
    assert segments(body) == count


@pytest.mark.parametrize(
    ("body", "is_opted_out", "kind"),
    [
        ("STOP", False, "STOP"),
        (" stop\n", False, "STOP"),
        ("Revoke", False, "STOP"),
        ("stop it", False, None),
        ("START", True, "START"),
        ("yes", True, "START"),
        ("YES", False, None),
        ("help", False, "HELP"),
        ("help me", False, None),
        ("", False, None),
    ],
)
def test_only_a_whole_text_is_an_opt_out_word(body: str, is_opted_out: bool, kind: str | None) -> None:
    assert opt_out_type(body, is_opted_out=is_opted_out) == kind


def test_the_way_of_a_message_leads_from_accepted_to_delivered_within_the_delay() -> None:
    way = plan_receipts("SM1", 0.5, None, None)
    assert [step.payload["status"] for step in way] == ["accepted", "queued", "sent", "delivered"]
    assert [step.after for step in way] == sorted(step.after for step in way)
    assert way[-1].after == 0.5
    assert all(step.payload["tells"] and step.lane == "SM1" for step in way)


@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("receipts_never", []),
        (
            "receipts_doubled",
            ["accepted", "accepted", "queued", "queued", "sent", "sent", "delivered", "delivered"],
        ),
        ("receipts_reversed", ["delivered", "sent", "queued", "accepted"]),
        ("receipts_late", ["accepted", "queued", "sent", "delivered"]),
    ],
)
def test_each_receipt_fault_changes_what_is_told_and_never_what_happens(do: str, told: list[str]) -> None:
    way = plan_receipts("SM1", 0.5, Rule.read({"do": do, "seconds": 9}), None)
    way.sort(key=lambda step: step.after)
    receipts = [step for step in way if step.payload["tells"]]
    assert [step.payload["status"] for step in receipts] == told
    assert any(step.payload["status"] == "delivered" and step.after <= 0.5 for step in way)
    if do == "receipts_late":
        assert min(step.after for step in receipts) > 9


def test_an_undelivered_message_ends_with_its_code() -> None:
    way = plan_receipts("SM1", 0.5, None, Rule.read({"do": "undelivered", "code": 30005}))
    assert way[-1].payload == {"status": "undelivered", "error_code": 30005, "tells": True}


@pytest.mark.parametrize(
    ("rule", "subject", "does_fit"),
    [
        ({"do": "500"}, LIST, True),
        ({"do": "500", "match": {"method": "post"}}, CREATE, True),
        ({"do": "500", "match": {"method": "POST"}}, LIST, False),
        ({"do": "500", "match": {"path": "Calls"}}, CREATE, False),
        ({"do": "500", "match": {"to": "+12025550101"}}, CREATE, True),
        ({"do": "500", "match": {"to": "+12025550102"}}, CREATE, False),
        ({"do": "list_500"}, LIST, True),
        ({"do": "list_500"}, CREATE, False),
    ],
)
def test_a_rule_is_about_the_requests_it_names(rule: dict, subject: Subject, does_fit: bool) -> None:
    assert fits(Rule.read(rule), subject) is does_fit


def test_nth_strikes_that_request_alone() -> None:
    assert [fires(Rule.read({"do": "500", "match": {"nth": 2}}), seen) for seen in (1, 2, 3)] == [
        False,
        True,
        False,
    ]
    both = Rule.read({"do": "500", "match": {"nth": [1, 3]}})
    assert [fires(both, seen) for seen in (1, 2, 3)] == [True, False, True]


def test_a_rate_strikes_its_share_and_the_same_requests_for_the_same_seed() -> None:
    def struck(seed: int) -> list[bool]:
        return [fires(Rule.read({"do": "500", "match": {"rate": 0.2}, "seed": seed}), n) for n in range(1000)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 150 < sum(struck(1)) < 250


@pytest.mark.parametrize(
    "rule", [{"do": "5oo"}, {}, {"do": "500", "often": 3}, {"do": "500", "match": {"number": "+1"}}]
)
def test_a_rule_that_would_do_nothing_is_refused(rule: dict) -> None:
    with pytest.raises(ValueError, match="a rule has no|unknown fault"):
        Rule.read(rule)


def test_only_slow_and_drop_after_accept_do_their_work_first_unless_told_to() -> None:
    assert {do for do in REQUEST if Rule.read({"do": do}).accept} == {"slow", "drop_after_accept"}
    assert Rule.read({"do": "500", "accept": True}).accept


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer("u", 200, "<Response/>", "text/xml; charset=utf-8"), 0),
        (Answer("u", 200, "<Response/>", "application/xml"), 0),
        (Answer("u", 200, "", "text/xml"), 11200),
        (Answer("u", 200, "ok", "text/html"), 12300),
        (Answer("u", 200, "<Response>", "text/xml"), 12100),
        (Answer("u", 200, "<html/>", "text/xml"), 12100),
        (Answer("u", 500, "<Response/>", "text/xml", 11200), 11200),
    ],
)
def test_an_answer_that_cannot_be_used_has_the_providers_error(answer: Answer, code: int) -> None:
    assert checked(answer).error_code == code


@pytest.mark.parametrize(
    ("twiml", "digits", "onward", "heard"),
    [
        ("<Say>Hello</Say>", [], None, ["Hello"]),
        (
            '<Gather action="/next"><Say>Press 1</Say></Gather><Say>Bye</Say>',
            ["1"],
            ("/next", {"Digits": "1"}),
            ["Press 1"],
        ),
        ('<Gather action="/next"><Say>Press 1</Say></Gather><Say>Bye</Say>', [], None, ["Press 1", "Bye"]),
        ('<Gather numDigits="1" action="/n"/>', ["19"], ("/n", {"Digits": "1"}), []),
        ("<Redirect> /again </Redirect><Say>no</Say>", [], ("/again", {}), []),
        ("<Hangup/><Say>no</Say>", [], None, []),
    ],
)
def test_a_call_does_what_its_twiml_says(
    twiml: str, digits: list[str], onward: tuple[str, dict[str, str]] | None, heard: list[str]
) -> None:
    said: list[str] = []
    assert perform(Answer("u", body=f"<Response>{twiml}</Response>").verbs(), digits, said) == onward
    assert said == heard


def test_an_error_says_what_the_real_api_says() -> None:
    assert ApiError(21610).body() == {
        "code": 21610,
        "message": "Attempt to send to unsubscribed recipient",
        "more_info": "https://www.twilio.com/docs/errors/21610",
        "status": 400,
    }
