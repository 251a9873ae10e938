"""Claim, send, mark: every fate of a dispatch, on a real database and the real stand-in provider."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from smsbot.domain import Urgency
from smsbot.models import Case, Dispatch, DispatchState, Event, Staff, new_id
from smsbot.outbox import LEASE, MAX_LOOK_UPS, RECEIPT_WAIT, REPLY_TOO_OLD, Outbox
from smsbot.routes import Letter, Posted, RouteError
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.system import NURSE
from tests.texts import WALT, inbound

EMERGENCY = "chest tight since the infusion"


class ScriptedRoute:
    """A route that does what the test says: what each send and each look comes to."""

    def __init__(self, sends: list[object] | None = None, looks: list[object] | None = None) -> None:
        self.sends, self.looks = sends or [], looks or []
        self.sent: list[Letter] = []
        self.during: Callable[[], None] = lambda: None

    def send(self, letter: Letter) -> Posted:
        self.during()
        fate = self.sends.pop(0) if self.sends else Posted(f"SM{new_id()}", "queued")
        if isinstance(fate, RouteError):
            raise fate
        self.sent.append(letter)
        assert isinstance(fate, Posted)
        return fate

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        fate = self.looks.pop(0) if self.looks else None
        if isinstance(fate, RouteError):
            raise fate
        assert fate is None or isinstance(fate, Posted)
        return fate


SILENT = RouteError("Timeout", is_retryable=True, is_doubtful=True)
BUSY = RouteError("20429", is_retryable=True)
REFUSED = RouteError("21211", is_retryable=False)


@pytest.fixture
def alert_id(wiring: Wiring) -> str:
    """The dispatch of an alert that is due."""
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.reading() as session:
        return session.scalars(select(Dispatch.id).where(Dispatch.purpose == "alert")).one()


def outbox(wiring: Wiring, route: ScriptedRoute) -> Outbox:
    return Outbox(wiring.db, {"sms": route, "rest": route})


def row(wiring: Wiring, dispatch_id: str) -> Dispatch:
    with wiring.db.reading() as session:
        return session.get_one(Dispatch, dispatch_id)


def test_a_delivered_alert_reaches_the_nurses_phone_once(
    wiring: Wiring, phones: Phones, alert_id: str
) -> None:
    wiring.outbox.deliver(alert_id)
    wiring.outbox.deliver(alert_id)
    assert [one["to"] for one in phones.client.ledger()] == [NURSE]
    assert row(wiring, alert_id).state == DispatchState.SENT


def test_a_claim_is_exclusive(wiring: Wiring, alert_id: str) -> None:
    route = ScriptedRoute()
    route.during = lambda: outbox(wiring, ScriptedRoute([REFUSED])).deliver(alert_id)
    outbox(wiring, route).deliver(alert_id)
    assert len(route.sent) == 1
    assert row(wiring, alert_id).state == DispatchState.SENT


def test_eight_deliveries_at_once_send_once(wiring: Wiring, alert_id: str) -> None:
    route = ScriptedRoute()
    box = outbox(wiring, route)
    threads = [threading.Thread(target=box.deliver, args=(alert_id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(route.sent) == 1


def test_refused_is_for_good(wiring: Wiring, alert_id: str, time: Clock) -> None:
    box = outbox(wiring, ScriptedRoute([REFUSED]))
    box.deliver(alert_id)
    time.forward(days=1)
    box.deliver(alert_id)
    dispatch = row(wiring, alert_id)
    assert (dispatch.state, dispatch.error, dispatch.attempts) == (DispatchState.FAILED, "21211", 1)


def test_busy_backs_off_and_tries_again_without_a_look(wiring: Wiring, alert_id: str, time: Clock) -> None:
    route = ScriptedRoute([BUSY], looks=[RouteError("must not look", is_retryable=False)])
    box = outbox(wiring, route)
    box.deliver(alert_id)
    assert row(wiring, alert_id).state == DispatchState.PENDING
    box.deliver(alert_id)
    assert not route.sent  # not yet
    time.forward(seconds=3)
    box.deliver(alert_id)
    assert len(route.sent) == 1


def test_silence_is_doubtful_and_looked_at_before_sending_again(
    wiring: Wiring, alert_id: str, time: Clock
) -> None:
    route = ScriptedRoute([SILENT], looks=[Posted("SM" + "a" * 32, "sent")])
    box = outbox(wiring, route)
    box.deliver(alert_id)
    assert row(wiring, alert_id).state == DispatchState.UNKNOWN
    time.forward(seconds=3)
    box.deliver(alert_id)
    assert not route.sent
    assert row(wiring, alert_id).provider_id == "SM" + "a" * 32


def test_what_the_provider_does_not_know_is_sent_again(wiring: Wiring, alert_id: str, time: Clock) -> None:
    route = ScriptedRoute([SILENT], looks=[None])
    box = outbox(wiring, route)
    box.deliver(alert_id)
    time.forward(seconds=3)
    box.deliver(alert_id)
    assert len(route.sent) == 1


def test_looking_is_bounded_a_second_text_beats_silence(wiring: Wiring, alert_id: str, time: Clock) -> None:
    route = ScriptedRoute([SILENT], looks=[SILENT] * 10)
    box = outbox(wiring, route)
    for _ in range(MAX_LOOK_UPS + 1):
        box.deliver(alert_id)
        time.forward(seconds=20)
    assert len(route.sent) == 1
    assert len(route.looks) == 10 - MAX_LOOK_UPS


def test_an_expired_lease_is_looked_at_first(wiring: Wiring, alert_id: str, time: Clock) -> None:
    def die() -> None:
        raise SystemExit  # the process dies after the provider accepted

    dying = ScriptedRoute()
    dying.during = die
    with pytest.raises(SystemExit):
        outbox(wiring, dying).deliver(alert_id)
    route = ScriptedRoute(looks=[Posted("SM" + "b" * 32, "sent")])
    box = outbox(wiring, route)
    box.deliver(alert_id)
    assert row(wiring, alert_id).state == DispatchState.SENDING  # the lease holds
    time.forward(seconds=LEASE.total_seconds() + 1)
    box.deliver(alert_id)
    assert not route.sent
    assert row(wiring, alert_id).state == DispatchState.SENT


def test_a_process_that_slept_through_its_lease_does_not_send(
    wiring: Wiring, alert_id: str, time: Clock
) -> None:
    class Freezing(ScriptedRoute):
        def find(self, letter: Letter, known: set[str]) -> Posted | None:
            time.forward(seconds=25)  # SIGSTOP, swapping, a slow look
            return None

    with wiring.db.writing() as session:
        session.get_one(Dispatch, alert_id).is_doubtful = True
    route = Freezing()
    outbox(wiring, route).deliver(alert_id)
    assert not route.sent


def test_an_overtaken_claim_changes_nothing(wiring: Wiring, alert_id: str, time: Clock) -> None:
    def overtake() -> None:
        time.forward(seconds=LEASE.total_seconds() + 1)
        other = ScriptedRoute([Posted("SM" + "c" * 32, "queued")])
        outbox(wiring, other).deliver(alert_id)

    slow = ScriptedRoute([REFUSED])
    slow.during = overtake
    outbox(wiring, slow).deliver(alert_id)
    dispatch = row(wiring, alert_id)
    assert (dispatch.state, dispatch.provider_id) == (DispatchState.SENT, "SM" + "c" * 32)


def test_taking_the_case_beats_a_due_alert(wiring: Wiring, alert_id: str) -> None:
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        wiring.ladder.take(session, session.scalars(select(Case)).one(), nurse.id)
    route = ScriptedRoute()
    outbox(wiring, route).deliver(alert_id)
    assert not route.sent
    assert row(wiring, alert_id).state == DispatchState.CANCELLED


def test_the_claim_itself_asks_whether_the_case_was_taken(wiring: Wiring, alert_id: str) -> None:
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        wiring.ladder.take(session, session.scalars(select(Case)).one(), nurse.id)
        dispatch = session.get_one(Dispatch, alert_id)
        dispatch.state = DispatchState.PENDING  # as if it had raced
    route = ScriptedRoute()
    outbox(wiring, route).deliver(alert_id)
    assert not route.sent
    assert row(wiring, alert_id).state == DispatchState.CANCELLED


def test_a_twiml_reply_without_a_receipt_goes_out_by_rest(
    wiring: Wiring, phones: Phones, time: Clock
) -> None:
    wiring.intake.receive(inbound("whats your fax number"))
    sweep = wiring.sweep()
    sweep.cycle()
    assert not phones.client.ledger()
    time.forward(seconds=RECEIPT_WAIT.total_seconds() + 1)
    sweep.cycle()
    assert [one["to"] for one in phones.client.ledger()] == [WALT]


def test_a_twiml_reply_the_provider_has_is_not_sent_again(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("whats your fax number"))
    time.forward(seconds=RECEIPT_WAIT.total_seconds() + 1)
    route = ScriptedRoute(looks=[Posted("SM" + "d" * 32, "delivered")])
    box = outbox(wiring, route)
    for dispatch_id in box.due_ids(10):
        box.deliver(dispatch_id)
    assert not route.sent


def test_an_acknowledgement_too_old_to_be_true_is_not_sent(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("whats your fax number"))
    time.forward(seconds=REPLY_TOO_OLD.total_seconds() + 1)
    route = ScriptedRoute()
    box = outbox(wiring, route)
    for dispatch_id in box.due_ids(10):
        box.deliver(dispatch_id)
    assert not route.sent


def test_what_is_due_comes_by_urgency_then_by_age(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("2 pills left", "+15615550120"))
    time.forward(seconds=5)
    wiring.intake.receive(inbound(EMERGENCY, "+15615550121"))
    time.forward(seconds=5)
    with wiring.db.reading() as session:
        urgencies = {one.id: one.urgency_rank for one in session.scalars(select(Dispatch))}
    ranks = [urgencies[one] for one in wiring.outbox.due_ids(10)]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] == Urgency.EMERGENCY.rank
    assert all(
        urgencies[one] == Urgency.EMERGENCY.rank for one in wiring.outbox.due_ids(10, Urgency.EMERGENCY)
    )


def test_the_kick_comes_before_the_sweep(wiring: Wiring, alert_id: str, time: Clock) -> None:
    assert alert_id not in wiring.outbox.due_ids(10)
    time.forward(seconds=1.5)
    assert alert_id in wiring.outbox.due_ids(10)


def test_a_row_that_raises_is_set_aside_and_its_case_put_before_a_person(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("whats your fax number"))
    time.forward(seconds=RECEIPT_WAIT.total_seconds() + 1)
    with wiring.db.writing() as session:
        reply = session.scalars(select(Dispatch)).one()
        reply.body_sealed = reply.recipient_sealed  # a value that was moved does not open
        reply_id = reply.id
    wiring.sweep().cycle()
    assert row(wiring, reply_id).state == DispatchState.FAILED
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().urgency == "urgent"
        assert session.scalars(select(Event).where(Event.kind == "dispatch_set_aside")).one()
        assert session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).one()


def calls(wiring: Wiring, *senders: str) -> list[str]:
    """Two matters, and a call to the nurse about each that is due."""
    for sender in senders:
        wiring.intake.receive(inbound(EMERGENCY, sender))
    with wiring.db.writing() as session:
        alerts = list(
            session.scalars(select(Dispatch).where(Dispatch.purpose == "alert").order_by(Dispatch.id))
        )
        for alert in alerts:
            alert.route = "call"
        return [alert.id for alert in alerts]


def test_a_call_waits_while_another_to_that_person_may_be_ringing(wiring: Wiring, time: Clock) -> None:
    first, second = calls(wiring, WALT, "+15615550111")
    ringing = Posted(f"CA{new_id()}", "ringing")
    route = ScriptedRoute([SILENT], looks=[ringing])
    box = Outbox(wiring.db, {"call": route})
    box.deliver(first)
    assert row(wiring, first).state == DispatchState.UNKNOWN
    box.deliver(second)  # to the list of calls it would be the one that rings
    assert row(wiring, second).state == DispatchState.PENDING
    time.forward(seconds=5)
    assert second not in box.due_ids(10)
    box.deliver(first)
    assert row(wiring, first).provider_id == ringing.provider_id
    box.deliver(second)
    assert [letter.dispatch_id for letter in route.sent] == [second]


def test_a_line_in_doubt_holds_up_the_next_call_for_a_minute_at_most(wiring: Wiring, time: Clock) -> None:
    first, second = calls(wiring, WALT, "+15615550111")
    box = Outbox(wiring.db, {"call": ScriptedRoute([SILENT])})
    box.deliver(first)
    time.forward(seconds=59)
    box.deliver(second)
    assert row(wiring, second).state == DispatchState.PENDING
    time.forward(seconds=2)
    box.deliver(second)
    assert row(wiring, second).state == DispatchState.SENT


def test_two_calls_in_doubt_do_not_wait_for_each_other(wiring: Wiring, time: Clock) -> None:
    first, second = calls(wiring, WALT, "+15615550111")
    box = Outbox(wiring.db, {"call": ScriptedRoute([SILENT, SILENT])})
    box.deliver(first)
    time.forward(seconds=61)
    box.deliver(second)
    assert {row(wiring, one).state for one in (first, second)} == {DispatchState.UNKNOWN}
    time.forward(seconds=2)
    box.deliver(first)
    box.deliver(second)
    assert {row(wiring, one).state for one in (first, second)} == {DispatchState.SENT}


def test_a_dispatch_is_owed_once(wiring: Wiring, alert_id: str) -> None:
    from sqlalchemy.exc import IntegrityError

    first = row(wiring, alert_id)
    with pytest.raises(IntegrityError), wiring.db.writing() as session:
        twin = Dispatch(
            id=new_id(), owed=first.owed, purpose="alert", route="sms", urgency_rank=3,
            due_at=first.due_at, created_at=first.due_at,
        )  # fmt: skip
        twin.recipient, twin.body = "x", "y"
        session.add(twin)


def test_the_sweep_says_that_it_lives(wiring: Wiring, time: Clock) -> None:
    from smsbot.web.health import SWEEP_IS_DEAD, is_sweep_alive

    assert not is_sweep_alive(wiring.db)
    wiring.sweep().cycle()
    assert is_sweep_alive(wiring.db)
    time.forward(seconds=(SWEEP_IS_DEAD + timedelta(seconds=1)).total_seconds())
    assert not is_sweep_alive(wiring.db)
