"""Telephone calls: alerts that staff take by a key, and people who call the text line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from smsbot.escalation import Rounds
from smsbot.models import (
    Alert,
    AlertState,
    Case,
    CaseState,
    Contact,
    Dispatch,
    DispatchState,
    Event,
    Message,
    Receipt,
    Refusal,
    Staff,
    new_id,
)
from smsbot.receipts_calls import record_call_status
from smsbot.routes import Letter, RouteError
from smsbot.routes.call import CallRoute
from smsbot.simulator.provider_client import ProviderClient
from smsbot.wiring import Wiring, provider_of, voice_url
from tests.conftest import MONDAY_MORNING, Clock, Phones
from tests.integration.conftest import Browser, Webhook
from tests.system import NURSE, TEXT_LINE, eventually
from tests.texts import WALT, inbound

EMERGENCY = "chest tight since the infusion"
PRESCRIBER = "+15615550151"
OFFICE = "+15615550100"
STRANGER = "+15615550177"


@pytest.fixture
def line(app: Flask, wiring: Wiring, phones: Phones, time: Clock) -> Iterator[ProviderClient]:
    """The web application, served where the stand-in provider looks for it; its phones."""
    time.at = datetime.now(UTC)  # the stand-in's own clock cannot be set
    server = make_server("127.0.0.1", wiring.settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    phones.client.change_settings(status_delay=0, ring_seconds=30)
    yield phones.client
    server.shutdown()
    server.server_close()
    thread.join()


def staff(wiring: Wiring, phone: str) -> str:
    index = wiring.vault.blind_index("number", phone)
    with wiring.db.reading() as session:
        return session.scalars(select(Staff.id).where(Staff.phone_index == index)).one()


def an_alert_by_call(wiring: Wiring, phone: str = NURSE) -> str:
    """An emergency, and the dispatch that calls this person about it; its id."""
    if not everything(wiring, Case):
        wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        alert = session.scalars(select(Alert).where(Alert.state == AlertState.CLIMBING)).one()
        person = session.get_one(Staff, staff(wiring, phone))
        query = select(Dispatch.id).where(Dispatch.route == "call", Dispatch.staff_id == person.id)
        if (known := session.scalars(query).first()) is not None:
            return known
        return wiring.ladder.dispatching.tell(session, case, alert, person, ("call",))[0].id


def ring(wiring: Wiring, line: ProviderClient, phone: str = NURSE) -> tuple[str, str]:
    """Place the call of an alert; the ids of dispatch and call."""
    dispatch_id = an_alert_by_call(wiring, phone)
    wiring.outbox.deliver(dispatch_id)
    return dispatch_id, str(line.calls()[-1]["sid"])


def everything(wiring: Wiring, table: Any) -> list[Any]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(table)))


def the_case(wiring: Wiring) -> Case:
    found = everything(wiring, Case)
    assert len(found) == 1
    return found[0]


def fate(wiring: Wiring, dispatch_id: str) -> tuple[str, str | None]:
    with wiring.db.reading() as session:
        dispatch = session.get_one(Dispatch, dispatch_id)
        return dispatch.state, dispatch.error


def events(wiring: Wiring, kind: str) -> list[Event]:
    return [event for event in everything(wiring, Event) if event.kind == kind]


# Calls to staff


def test_pressing_1_takes_the_case(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    placed = line.calls()[0]
    assert (placed["from"], placed["to"]) == (TEXT_LINE, NURSE)
    ended = line.answer(sid, "1")
    case = the_case(wiring)
    assert (case.state, case.owner_id) == (CaseState.TAKEN, staff(wiring, NURSE))
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)
    assert [(one["status_code"], one["error_code"]) for one in ended["posted"]] == [(200, 0)] * 2
    assert ended["heard"][-1].startswith(f"You have case {', '.join(case.code)}.")
    assert [event.details for event in events(wiring, "case_taken")] == [{"by": "call"}]


def test_a_call_says_urgency_and_code_and_nothing_about_the_patient(
    wiring: Wiring, line: ProviderClient
) -> None:
    _, sid = ring(wiring, line)
    ended = line.answer(sid)
    words = " ".join(ended["heard"])
    assert words.count(f"Emergency. Case {', '.join(the_case(wiring).code)}.") == 2
    for secret in ("chest", "infusion", "Walt", WALT, "555", wiring.clinic.name, "ketamine", "heart"):
        assert secret not in words


def test_taken_by_call_an_emergency_is_only_held_until_it_was_opened(
    wiring: Wiring, line: ProviderClient
) -> None:
    _, sid = ring(wiring, line)
    line.answer(sid, "1")
    alert = everything(wiring, Alert)[0]
    assert alert.state == AlertState.TAKEN
    assert alert.next_at is not None


def test_pressing_2_passes_it_on(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    ended = line.answer(sid, "2")
    alert = everything(wiring, Alert)[0]
    assert (the_case(wiring).state, alert.state) == (CaseState.OPEN, AlertState.CLIMBING)
    assert alert.passed_by == [staff(wiring, NURSE)]
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)
    assert "passed on" in ended["heard"][-1]


def test_another_key_asks_again(wiring: Wiring, line: ProviderClient) -> None:
    _, sid = ring(wiring, line)
    ended = line.answer(sid, "7", "1")
    assert "That key does nothing here." in ended["heard"]
    assert the_case(wiring).state == CaseState.TAKEN


def test_who_picks_up_and_presses_nothing_has_not_taken_it(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    line.answer(sid)
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, "no-key")
    assert the_case(wiring).state == CaseState.OPEN


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_call_that_is_not_answered_has_not_reached_anybody(
    wiring: Wiring, line: ProviderClient, status: str
) -> None:
    dispatch_id, sid = ring(wiring, line)
    line.decline(sid, status)
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, status)
    assert the_case(wiring).state == CaseState.OPEN


def test_voicemail_hears_nothing_and_has_not_taken_it(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    words = " ".join(line.answer(sid, answered_by="machine_start")["heard"])
    assert words.startswith("This is an automated call.")
    assert ", ".join(the_case(wiring).code) not in words and "mergency" not in words
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, "voicemail")


def test_a_person_taken_for_a_machine_can_still_take_the_case(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    line.answer(sid, "5", "1", answered_by="machine_start")
    assert the_case(wiring).state == CaseState.TAKEN
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)


def test_who_is_slow_to_speak_hears_the_alert(wiring: Wiring, line: ProviderClient) -> None:
    _, sid = ring(wiring, line)
    assert "Emergency." in line.answer(sid, answered_by="unknown")["heard"][0]


def test_a_call_about_a_case_that_somebody_else_took_says_so(wiring: Wiring, line: ProviderClient) -> None:
    _, sid = ring(wiring, line)
    with wiring.db.writing() as session:
        wiring.ladder.take(session, session.scalars(select(Case)).one(), staff(wiring, PRESCRIBER))
    assert "already taken. Thank you" in line.answer(sid, "1")["heard"][0]
    assert the_case(wiring).owner_id == staff(wiring, PRESCRIBER)


def test_a_key_pressed_after_somebody_else_took_the_case_changes_nothing(
    wiring: Wiring, webhook: Webhook
) -> None:
    dispatch_id = an_alert_by_call(wiring)
    with wiring.db.writing() as session:
        wiring.ladder.take(session, session.scalars(select(Case)).one(), staff(wiring, PRESCRIBER))
    assert "already taken" in press(webhook, dispatch_id, "1")
    assert "already taken" in press(webhook, dispatch_id, "2")
    assert the_case(wiring).owner_id == staff(wiring, PRESCRIBER)


def test_a_call_about_a_resolved_case_says_that_it_is_over(wiring: Wiring, webhook: Webhook) -> None:
    from smsbot import escalation

    dispatch_id = an_alert_by_call(wiring)
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        escalation.resolve(session, case, staff(wiring, PRESCRIBER), None)
    assert "is over" in press(webhook, dispatch_id, "1")
    assert the_case(wiring).state == CaseState.RESOLVED


# What the provider posts, by hand


def call_sid() -> str:
    return f"CA{uuid4().hex}"


def post(webhook: Webhook, path: str, signature: str | None = None, **fields: str) -> Any:
    form = {
        "AccountSid": webhook.wiring.account.account_sid,
        "CallSid": call_sid(),
        "From": TEXT_LINE,
        "To": NURSE,
        "CallStatus": "in-progress",
        **fields,
    }
    return webhook.post(urlencode(form).encode(), f"/twilio/voice/{path}", signature=signature)


def press(webhook: Webhook, dispatch_id: str, key: str, **fields: str) -> str:
    response = post(webhook, f"answer?dispatch={dispatch_id}", Digits=key, **fields)
    assert (response.status_code, response.mimetype) == (200, "text/xml")
    return str(response.text)


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


# What became of a call


def test_after_a_call_in_vain_the_ladder_goes_on_at_once(
    wiring: Wiring, webhook: Webhook, time: Clock
) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    time.forward(minutes=1)
    Rounds(wiring.db, wiring.ladder).go()  # the second step of an emergency by day: a call
    called = next(one for one in everything(wiring, Dispatch) if one.route == "call")
    before = {one.id for one in everything(wiring, Dispatch)}
    post(webhook, f"status?dispatch={called.id}", CallStatus="no-answer")
    owed = [one for one in everything(wiring, Dispatch) if one.id not in before]
    assert [(one.route, one.recipient, one.due_at) for one in owed] == [("sms", NURSE, time.at)]


def told(wiring: Wiring, dispatch_id: str, sid: str, status: str, answered_by: str = "") -> bool:
    return record_call_status(wiring.db, dispatch_id, sid, status, answered_by)


def test_statuses_move_a_call_forward_and_never_back(wiring: Wiring) -> None:
    dispatch_id, sid, states = an_alert_by_call(wiring), call_sid(), []
    for status in ("in-progress", "ringing", "queued", "completed", "in-progress", "busy", "no-answer"):
        told(wiring, dispatch_id, sid, status)
        states.append(fate(wiring, dispatch_id))
    assert states == [("sent", None)] * 3 + [("failed", "no-key")] * 4


def test_each_status_is_kept_once_and_unknown_ones_not_at_all(wiring: Wiring) -> None:
    dispatch_id, sid = an_alert_by_call(wiring), call_sid()
    came = [told(wiring, dispatch_id, sid, one) for one in ("ringing", "ringing", "nonsense", "busy", "busy")]
    assert came == [True, False, False, True, False]
    assert sorted(one.status for one in everything(wiring, Receipt)) == ["busy", "ringing"]
    assert len(events(wiring, "call_not_answered")) == 1


@pytest.mark.parametrize(
    ("status", "answered_by", "error"),
    [
        ("completed", "human", "no-key"),
        ("completed", "unknown", "no-key"),
        ("completed", "", "no-key"),
        ("completed", "machine_start", "voicemail"),
        ("completed", "machine_end_beep", "voicemail"),
        ("completed", "fax", "voicemail"),
        ("busy", "", "busy"),
        ("no-answer", "", "no-answer"),
        ("failed", "", "failed"),
        ("canceled", "", "failed"),
    ],
)
def test_every_end_without_a_key_is_a_failure_and_goes_on_once(
    wiring: Wiring, status: str, answered_by: str, error: str
) -> None:
    dispatch_id, sid, ended = an_alert_by_call(wiring), call_sid(), []
    for _ in range(2):
        record_call_status(
            wiring.db, dispatch_id, sid, status, answered_by, lambda _, one: ended.append(one.id)
        )
    assert fate(wiring, dispatch_id) == (DispatchState.FAILED, error)
    assert ended == [dispatch_id]


def test_the_end_of_a_call_that_was_taken_changes_nothing(wiring: Wiring, webhook: Webhook) -> None:
    dispatch_id, sid, ended = an_alert_by_call(wiring), call_sid(), []
    press(webhook, dispatch_id, "1", CallSid=sid)
    record_call_status(wiring.db, dispatch_id, sid, "completed", "human", lambda _, one: ended.append(one))
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)
    assert ended == []


def test_a_key_that_comes_after_the_end_of_the_call_counts(wiring: Wiring, webhook: Webhook) -> None:
    dispatch_id, sid = an_alert_by_call(wiring), call_sid()
    told(wiring, dispatch_id, sid, "completed", "human")
    press(webhook, dispatch_id, "1", CallSid=sid)
    assert the_case(wiring).state == CaseState.TAKEN
    assert fate(wiring, dispatch_id) == (DispatchState.DELIVERED, None)


def test_a_status_that_overtakes_our_own_mark_ends_the_claim(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id = an_alert_by_call(wiring)
    sid = call_sid()
    with wiring.db.writing() as session:
        row = session.get_one(Dispatch, dispatch_id)
        row.state, row.token = DispatchState.SENDING, new_id()
    told(wiring, dispatch_id, sid, "ringing")
    with wiring.db.reading() as session:
        row = session.get_one(Dispatch, dispatch_id)
        assert (row.state, row.provider_id, row.token) == (DispatchState.SENT, sid, None)


def test_a_call_that_another_alert_found_by_mistake_is_given_back(wiring: Wiring) -> None:
    mine, sid = an_alert_by_call(wiring), call_sid()
    other = an_alert_by_call(wiring, PRESCRIBER)
    with wiring.db.writing() as session:
        mistaken = session.get_one(Dispatch, other)
        mistaken.state, mistaken.provider_id = DispatchState.SENT, sid
    told(wiring, mine, sid, "ringing")
    assert fate(wiring, mine) == (DispatchState.SENT, None)
    assert fate(wiring, other) == (DispatchState.PENDING, None)  # its own call is still owed


# The route


def test_a_call_whose_answer_was_cut_off_is_found_and_not_placed_twice(
    wiring: Wiring, line: ProviderClient, time: Clock
) -> None:
    line.change_settings(status_delay=600)  # no callback tells us before we look
    line.faults({"do": "drop_after_accept", "match": {"path": "Calls"}, "times": 1})
    dispatch_id = an_alert_by_call(wiring)
    wiring.outbox.deliver(dispatch_id)
    assert fate(wiring, dispatch_id)[0] == DispatchState.UNKNOWN
    time.forward(seconds=3)
    wiring.outbox.deliver(dispatch_id)
    assert fate(wiring, dispatch_id) == (DispatchState.SENT, None)
    assert len(line.calls()) == 1


def test_an_earlier_call_to_the_same_phone_is_not_taken_for_this_one(
    wiring: Wiring, line: ProviderClient
) -> None:
    route, now = a_route(wiring), datetime.now(UTC)
    first = route.send(Letter(new_id(), NURSE, "", now))
    assert route.find(Letter(new_id(), NURSE, "", now), {first.provider_id}) is None
    assert route.find(Letter(new_id(), PRESCRIBER, "", now), set()) is None
    later = Letter(new_id(), NURSE, "", datetime.fromtimestamp(now.timestamp() + 60, UTC))
    assert route.find(later, set()) is None
    found = route.find(Letter(new_id(), NURSE, "", now), set())
    assert found is not None and found.provider_id == first.provider_id


def a_route(wiring: Wiring) -> CallRoute:
    return CallRoute(provider_of(wiring.account), voice_url(wiring.settings), TEXT_LINE)


def test_a_number_that_cannot_be_called_fails_for_good(wiring: Wiring, line: ProviderClient) -> None:
    with pytest.raises(RouteError) as raised:
        a_route(wiring).send(Letter(new_id(), "nobody", "", datetime.now(UTC)))
    assert (raised.value.code, raised.value.is_retryable, raised.value.is_doubtful) == ("21211", False, False)


def test_an_unreachable_provider_is_tried_again(wiring: Wiring) -> None:
    letter = Letter(new_id(), NURSE, "", datetime.now(UTC))
    with pytest.raises(RouteError) as raised:
        a_route(wiring).send(letter)
    assert (raised.value.is_retryable, raised.value.is_doubtful) == (True, False)
    with pytest.raises(RouteError) as raised:
        a_route(wiring).find(letter, set())
    assert (raised.value.is_retryable, raised.value.is_doubtful) == (True, True)


def test_a_call_rings_and_the_provider_tells_us(wiring: Wiring, line: ProviderClient) -> None:
    dispatch_id, sid = ring(wiring, line)
    eventually(lambda: [one for one in everything(wiring, Receipt) if one.status == "ringing"])
    receipt = everything(wiring, Receipt)[0]
    assert (receipt.provider_id, receipt.dispatch_id) == (sid, dispatch_id)


# People who call the text line


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
