"""Texts that no webhook brought: found in the provider's list, taken in once, in order, marked late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from smsbot.domain import Outcome, Urgency
from smsbot.intake.decision import UNREAD, Decision
from smsbot.models import Case, Contact, Dispatch, DispatchState
from smsbot.reconcile import FURTHEST, OVERLAP, Counts
from smsbot.twilio import twiml
from smsbot.twilio.client import ProviderError
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Webhook
from tests.integration.reconcile.parts import EMERGENCY, FAX, kept, missed, polled, replies
from tests.system import NURSE, TEXT_LINE, new_sid
from tests.texts import WALT


def test_a_missed_text_is_taken_in_late_and_answered_at_once_by_rest(
    watched: Wiring, phones: Phones, time: Clock
) -> None:
    sent_at = time()
    sid = missed(phones, FAX)
    time.forward(seconds=90)
    assert polled(watched) == Counts(listed=1, taken_in=1)
    (message,) = kept(watched)
    assert (message.provider_sid, message.body, message.marks) == (sid, FAX, ["late"])
    assert message.created_at == sent_at
    (reply,) = replies(watched)
    assert (reply.route, reply.state, reply.lease_until) == ("rest", DispatchState.PENDING, None)
    watched.outbox.deliver(reply.id)
    assert [one["to"] for one in phones.client.ledger()] == [WALT]


def test_a_missed_emergency_alerts_staff(watched: Wiring, phones: Phones, time: Clock) -> None:
    missed(phones, EMERGENCY)
    time.forward(seconds=90)
    polled(watched)
    with watched.db.reading() as session:
        assert session.scalars(select(Case)).one().urgency == "emergency"
        (alert,) = session.scalars(select(Dispatch.id).where(Dispatch.purpose == "alert"))
    watched.outbox.deliver(alert)
    assert NURSE in [one["to"] for one in phones.client.ledger()]


def test_a_text_is_left_to_its_webhook_for_a_minute(watched: Wiring, phones: Phones, time: Clock) -> None:
    missed(phones, FAX)
    time.forward(seconds=59)
    assert polled(watched) == Counts()
    time.forward(seconds=2)
    assert polled(watched).taken_in == 1


def test_a_webhook_after_the_poll_gets_no_reply(
    watched: Wiring, phones: Phones, time: Clock, webhook: Webhook
) -> None:
    sid = missed(phones, FAX)
    time.forward(seconds=90)
    polled(watched)
    response = webhook.text(MessageSid=sid, Body=FAX)
    assert (response.status_code, response.text) == (200, twiml.NO_REPLY)
    assert len(kept(watched)) == len(replies(watched)) == 1


def test_a_poll_after_the_webhook_finds_nothing_missing(
    watched: Wiring, phones: Phones, time: Clock, webhook: Webhook
) -> None:
    sid = missed(phones, FAX)
    webhook.text(MessageSid=sid, Body=FAX)
    time.forward(seconds=90)
    assert polled(watched) == Counts(listed=1, known=1)
    assert kept(watched)[0].marks == []
    assert [one.route for one in replies(watched)] == ["twiml"]


def test_the_webhook_racing_the_poll_is_one_text(
    watched: Wiring, phones: Phones, time: Clock, webhook: Webhook
) -> None:
    sids = [missed(phones, FAX, f"+156155501{number:02}") for number in range(10)]
    time.forward(seconds=90)
    senders = {sid: f"+156155501{number:02}" for number, sid in enumerate(sids)}

    def post() -> None:
        for sid in sids:
            webhook.text(MessageSid=sid, From=senders[sid], Body=FAX)

    run_together(lambda: polled(watched), post, lambda: polled(watched))
    assert sorted(one.provider_sid or "" for one in kept(watched)) == sorted(sids)
    assert len(replies(watched)) == 10


def run_together(*work: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def guarded(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.parametrize("database", [{}], ids=["sqlite"])
def test_120_missed_texts_are_each_taken_in_once_and_in_order(
    watched: Wiring, phones: Phones, time: Clock
) -> None:
    # what is read in them is not the point here, and takes most of the time
    object.__setattr__(watched.intake, "deciding", lambda *_: Decision(UNREAD, Outcome(Urgency.NONE)))
    sids = []
    for number in range(120):
        sids.append(missed(phones, f"hello {number}", f"+1561555{100 + number % 100:04}"))
        if number % 7 == 0:
            time.forward(seconds=1)
    time.forward(minutes=2)
    counts = polled(watched)
    assert (counts.listed, counts.taken_in, counts.failed) == (120, 120, 0)
    assert [one.provider_sid for one in kept(watched)] == sids
    assert polled(watched).taken_in == 0


def test_texts_before_the_first_start_are_not_ours(wiring: Wiring, phones: Phones, time: Clock) -> None:
    missed(phones, FAX)
    time.forward(minutes=2)
    polled(wiring)
    time.forward(minutes=2)
    assert polled(wiring) == Counts()
    assert kept(wiring) == []


def test_the_mark_follows_with_an_overlap(watched: Wiring, phones: Phones, time: Clock) -> None:
    polled(watched)
    mark = watched.poll().mark()
    assert mark is not None
    assert timedelta(0) < time() - mark - OVERLAP <= timedelta(minutes=1)


def test_a_long_absence_is_made_up_for_seven_days(watched: Wiring, phones: Phones, time: Clock) -> None:
    missed(phones, "too long ago")
    time.forward(days=1)
    missed(phones, "long ago")
    time.at += FURTHEST - timedelta(hours=1)
    missed(phones, "just now")
    time.forward(minutes=2)
    assert polled(watched).taken_in == 2
    assert [one.body for one in kept(watched)] == ["long ago", "just now"]


def test_a_list_that_cannot_be_read_keeps_the_mark(watched: Wiring, phones: Phones, time: Clock) -> None:
    mark = watched.poll().mark()
    missed(phones, FAX)
    time.forward(minutes=2)
    phones.client.faults({"do": "429", "match": {"method": "GET", "path": r"/Messages\.json$"}, "times": 1})
    with pytest.raises(ProviderError):
        polled(watched)
    assert watched.poll().mark() == mark
    assert polled(watched).taken_in == 1


def test_a_text_that_cannot_be_taken_in_is_tried_again_and_holds_no_other(
    watched: Wiring, phones: Phones, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = missed(phones, "poison")
    time.forward(minutes=10)
    fine = missed(phones, "fine", "+15615550120")
    time.forward(minutes=10)
    write = watched.intake.writing.write

    def fail(session: Any, contact: Contact, one: Any, *rest: Any) -> Any:
        if one.body == "poison":
            raise RuntimeError
        return write(session, contact, one, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(type(watched.intake.writing), "write", lambda self, *rest: fail(*rest))
        assert polled(watched) == Counts(listed=2, taken_in=1, failed=1)
        assert [one.provider_sid for one in kept(watched)] == [fine]
    time.forward(minutes=10)
    assert polled(watched).taken_in == 1
    assert {one.provider_sid for one in kept(watched)} == {poison, fine}


def test_what_we_sent_and_what_others_got_is_not_taken_in(
    watched: Wiring, phones: Phones, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = watched.poll().provider
    provider.send_text(WALT, "from us", "http://localhost/status")
    monkeypatch.setattr(watched, "our_numbers", frozenset({"+15615550199"}))
    missed(phones, FAX)  # to a number of the account that is another system's
    time.forward(minutes=2)
    assert polled(watched) == Counts()
    monkeypatch.setattr(watched, "our_numbers", frozenset({TEXT_LINE, "+15615550199"}))
    assert polled(watched) == Counts(listed=1, taken_in=1)


def test_texts_to_any_number_of_our_messaging_service_are_ours(
    watched: Wiring, phones: Phones, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    ours, other = "MG" + "a" * 32, "MG" + "b" * 32
    monkeypatch.setattr(watched, "our_numbers", frozenset[str]())
    monkeypatch.setattr(watched, "account", replace(watched.account, messaging_service_sid=ours))
    for service in (ours, other):
        phones.client.change_settings(service_sid=service)
        missed(phones, service)
    time.forward(minutes=2)
    assert polled(watched).taken_in == 1
    assert [one.body for one in kept(watched)] == [ours]


def test_pictures_are_counted(watched: Wiring, phones: Phones, time: Clock) -> None:
    phones.client.text(WALT, "", media=(("image/png", b"x"), ("image/png", b"y")), deliver=False)
    time.forward(minutes=2)
    polled(watched)
    assert kept(watched)[0].media_count == 2


def test_the_sweep_polls_and_drains_beside_its_cycles(watched: Wiring, phones: Phones, time: Clock) -> None:
    from tests.system import eventually

    missed(phones, FAX)
    watched.spool.keep(spooled_form(watched), time())
    time.forward(minutes=2)
    stop = threading.Event()
    thread = threading.Thread(target=watched.sweep().run, args=(stop,))
    thread.start()
    try:
        eventually(lambda: len(kept(watched)) == 2)
        time.forward(seconds=5)
        eventually(lambda: phones.client.ledger())  # and the answer leaves
    finally:
        stop.set()
        thread.join()


def spooled_form(wiring: Wiring) -> tuple[tuple[bytes, bytes], ...]:
    from tests.system import inbound_form

    form = inbound_form(wiring.account.account_sid, "hello", "+15615550120", new_sid())
    return tuple((name.encode(), value.encode()) for name, value in form.items())
