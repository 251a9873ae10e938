"""What becomes of a call to staff: how it is placed, how far it got, and how it ended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsbot.escalation import Rounds
from smsbot.models import CaseState, Dispatch, DispatchState, Receipt, new_id
from smsbot.receipts.calls import record_call_status
from smsbot.routes import Letter, RouteError
from smsbot.routes.call import CallRoute
from smsbot.simulator.provider_client import ProviderClient
from smsbot.wiring import Wiring, provider_of, voice_url
from tests.conftest import Clock
from tests.integration.conftest import Webhook, the_case
from tests.integration.voice.parts import (
    EMERGENCY,
    PRESCRIBER,
    an_alert_by_call,
    call_sid,
    events,
    everything,
    fate,
    post,
    press,
    ring,
)
from tests.system import NURSE, TEXT_LINE, eventually
from tests.texts import inbound


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
