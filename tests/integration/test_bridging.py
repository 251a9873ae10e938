"""A call through the clinic's number: the staff member's own phone first, then the patient's."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from smsbot.models import CaseState, Contact, Dispatch, DispatchState, Event, Staff, new_id
from smsbot.receipts.bridge import record_bridge_status, spoken_length
from smsbot.simulator.provider_client import ProviderClient
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser, Webhook, the_case
from tests.system import NURSE, TEXT_LINE, eventually
from tests.texts import WALT


def bridges(wiring: Wiring) -> list[Dispatch]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Dispatch).where(Dispatch.purpose == "bridge")))


def noted(wiring: Wiring) -> list[str | None]:
    with wiring.db.reading() as session:
        return [one.note for one in session.scalars(select(Event).where(Event.kind == "patient_called"))]


def ring(wiring: Wiring, browser: Browser, code: str, line: ProviderClient) -> str:
    """Press Call; the id of the call at the provider."""
    browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    wiring.outbox.deliver(bridges(wiring)[-1].id)
    return str(line.calls()[-1]["sid"])


def test_a_key_joins_the_two_and_each_sees_the_clinics_number_alone(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str
) -> None:
    sid = ring(wiring, browser, code, line)
    assert "Your phone rings" in browser.get(f"/cases/{code}").text
    ended = line.answer(sid, "1")
    to_nurse, to_patient = line.calls()
    assert (to_nurse["from"], to_nurse["to"]) == (TEXT_LINE, NURSE)
    assert (to_patient["from"], to_patient["to"]) == (TEXT_LINE, WALT)
    assert not any(WALT[-4:] in said or "555" in said for said in ended["heard"])
    assert noted(wiring) == ["Picked up, by a person or a voicemail: 1 min 5 s."]
    case = the_case(wiring)
    assert case.state == CaseState.TAKEN and case.acted_at is not None
    assert bridges(wiring)[0].state == DispatchState.DELIVERED
    assert "Your phone rings" not in browser.get(f"/cases/{code}").text


@pytest.mark.parametrize(
    ("status", "note"), [("busy", "The line was busy."), ("no-answer", "Nobody picked up.")]
)
def test_a_patient_who_does_not_pick_up_is_noted_and_the_nurse_is_told(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str, status: str, note: str
) -> None:
    ended = line.answer(ring(wiring, browser, code, line), "1", status)
    assert noted(wiring) == [note]
    assert "noted on the case" in ended["heard"][-1]


def test_without_a_key_the_patients_phone_never_rings(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str
) -> None:
    sid = ring(wiring, browser, code, line)
    ended = line.answer(sid)
    assert len(line.calls()) == 1 and noted(wiring) == []
    assert "was not called" in ended["heard"][-1]
    eventually(lambda: bridges(wiring)[0].state == DispatchState.FAILED)
    assert bridges(wiring)[0].error == "no-key"
    assert the_case(wiring).state == CaseState.OPEN


def test_a_declined_call_rings_again_only_when_it_is_asked_for_again(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str
) -> None:
    line.decline(ring(wiring, browser, code, line), "busy")
    eventually(lambda: bridges(wiring)[0].error == "busy")
    wiring.sweep().cycle(2.0)
    assert len(line.calls()) == 1
    ring(wiring, browser, code, line)
    assert len(line.calls()) == 2


def test_a_double_click_rings_once(wiring: Wiring, browser: Browser, code: str) -> None:
    for _ in range(2):
        browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    assert len(bridges(wiring)) == 1


def test_a_provider_that_fails_is_not_asked_twice(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str
) -> None:
    line.faults({"do": "500", "match": {"path": "Calls"}, "times": 1})
    browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    for _ in range(2):
        wiring.outbox.deliver(bridges(wiring)[0].id)
    assert bridges(wiring)[0].state == DispatchState.FAILED
    assert line.calls() == []


def test_a_phone_that_rings_although_the_provider_did_not_say_so_still_joins_the_two(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str
) -> None:
    sid = ring(wiring, browser, code, line)
    with wiring.db.writing() as session:
        one = session.scalars(select(Dispatch).where(Dispatch.purpose == "bridge")).one()
        one.state, one.provider_id, one.provider_status = DispatchState.FAILED, None, None
    line.answer(sid, "1")
    assert len(noted(wiring)) == 1 and bridges(wiring)[0].state == DispatchState.DELIVERED


def test_a_claim_that_died_is_not_rung_again(
    wiring: Wiring, browser: Browser, line: ProviderClient, code: str
) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    with wiring.db.writing() as session:
        one = session.scalars(select(Dispatch).where(Dispatch.purpose == "bridge")).one()
        one.state, one.is_doubtful = DispatchState.UNKNOWN, True
    wiring.outbox.deliver(bridges(wiring)[0].id)
    assert bridges(wiring)[0].state == DispatchState.FAILED and line.calls() == []


@pytest.mark.parametrize(
    ("change", "says"),
    [("no phone", "no phone of yours"), ("short code", "cannot be called"), ("withheld", "cannot be called")],
)
def test_what_cannot_be_joined_is_refused_calmly(
    wiring: Wiring, browser: Browser, code: str, change: str, says: str
) -> None:
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        contact = session.scalars(select(Contact)).one()
        if change == "no phone":
            nurse.phone = ""
        elif change == "short code":
            contact.kind = "short_code"
        else:
            contact.number = "+266696687"
    answer = browser.submit("/", f"/cases/{code}/call")
    assert answer.status_code == 422 and says in answer.text
    assert bridges(wiring) == []


def test_the_front_desk_may_call_too(wiring: Wiring, browser: Browser, code: str) -> None:
    desk = Browser(browser.client.application.test_client())
    desk.sign_in("desk@example.com")
    assert desk.submit(f"/cases/{code}", f"/cases/{code}/call").status_code == 303
    assert bridges(wiring)[0].recipient == "+15615550152"


def say(
    webhook: Webhook, wiring: Wiring, path: str, to: str = NURSE, token: str | None = None, **more: str
) -> str:
    sid = more.pop("CallSid", "CA" + "0" * 32)
    form = {"CallSid": sid, "AccountSid": wiring.account.account_sid, "From": TEXT_LINE, "To": to, **more}
    answer = webhook.post(urlencode(form).encode(), f"/twilio/voice/bridge/{path}", token)
    return answer.text if answer.status_code == 200 else str(answer.status_code)


def test_the_patients_number_is_told_to_nobody_but_the_provider_for_this_call(
    wiring: Wiring, browser: Browser, code: str, webhook: Webhook, time: Clock
) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    path = f"{bridges(wiring)[0].id}/connect"
    assert WALT not in say(webhook, wiring, path, to="+15615550151", Digits="1")  # another's phone
    assert WALT not in say(webhook, wiring, path, Digits="2")
    assert WALT not in say(webhook, wiring, f"{new_id()}/connect", Digits="1")
    assert say(webhook, wiring, path, token="0" * 32, Digits="1") == "403"
    assert WALT in say(webhook, wiring, path, Digits="1")
    time.forward(minutes=3)
    assert "no longer wanted" in say(webhook, wiring, path, Digits="1")  # an address that somebody kept


def test_outcomes_that_come_doubled_are_noted_once(
    wiring: Wiring, browser: Browser, code: str, webhook: Webhook
) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    dispatch_id = bridges(wiring)[0].id
    say(webhook, wiring, f"{dispatch_id}/connect", Digits="1")
    for status in ("completed", "completed", "no-answer"):
        say(webhook, wiring, f"{dispatch_id}/ended", DialCallStatus=status, DialCallDuration="192")
    assert noted(wiring) == ["Picked up, by a person or a voicemail: 3 min 12 s."]
    assert not record_bridge_status(wiring.db, dispatch_id, "CA" + "0" * 32, "completed")
    assert bridges(wiring)[0].state == DispatchState.DELIVERED


def test_nothing_is_recorded(wiring: Wiring, browser: Browser, code: str, webhook: Webhook) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/call")
    twiml = say(webhook, wiring, f"{bridges(wiring)[0].id}/connect", Digits="1")
    assert 'record="do-not-record"' in twiml


def test_the_length_of_a_call_in_words() -> None:
    assert [spoken_length(one) for one in (0, 59, 60, 185)] == ["0 s", "59 s", "1 min 0 s", "3 min 5 s"]
