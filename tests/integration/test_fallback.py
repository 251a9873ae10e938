"""The fallback address: takes a text in as usual, or keeps it without any database and says what is true."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from smsbot.models import Case, Contact, Dispatch, Message
from smsbot.reconcile import Counts
from smsbot.spool import Kept
from smsbot.twilio import twiml
from smsbot.web import fallback
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Webhook
from tests.system import inbound_form, new_sid
from tests.texts import WALT

FALLBACK = "/twilio/sms/fallback"
EMERGENCY = "chest tight since the infusion"
TROUBLE = "our system is having trouble"
on_sqlite = pytest.mark.parametrize("database", [{}], ids=["sqlite"])  # the kind of database is not the point


def kept(wiring: Wiring, direction: str = "in") -> list[Message]:
    with wiring.db.reading() as session:
        query = select(Message).where(Message.direction == direction).order_by(Message.id)
        return list(session.scalars(query))


def rows(wiring: Wiring, table: type[Any]) -> list[Any]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(table)))


@contextmanager
def gone(wiring: Wiring) -> Iterator[None]:
    """The database loses its tables in mid-run, and gets them back."""
    rename(wiring, "messages", "hidden")
    try:
        yield
    finally:
        rename(wiring, "hidden", "messages")


def rename(wiring: Wiring, old: str, new: str) -> None:
    with wiring.db.engine.connect() as connection, connection.begin():
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


@contextmanager
def unreadable(wiring: Wiring) -> Iterator[None]:
    """The database file is not there any more for connections that are opened from now on."""
    path = Path(wiring.db.engine.url.database or "")
    wiring.db.close()
    away = path.with_name("away.db")
    path.rename(away)
    path.mkdir()  # a folder cannot be opened as a database, not even by root
    try:
        yield
    finally:
        wiring.db.close()
        path.rmdir()
        away.rename(path)


def test_while_all_is_well_it_answers_as_the_webhook_does(webhook: Webhook, wiring: Wiring) -> None:
    response = webhook.text(FALLBACK, Body=EMERGENCY, ErrorCode="11200", ErrorUrl="http://x")
    assert "/twilio/status?dispatch=" in response.text
    assert kept(wiring)[0].marks == []
    assert wiring.spool.waiting() == []


def test_without_the_database_a_text_is_kept_and_taken_in_later(
    webhook: Webhook, wiring: Wiring, time: Clock
) -> None:
    came_at = time()
    with gone(wiring):
        assert webhook.text(Body=EMERGENCY).status_code == 500  # so that the provider comes here
        response = webhook.text(FALLBACK, Body=EMERGENCY)
        assert response.status_code == 200 and "911" in response.text
        time.forward(minutes=20)
    assert wiring.poll().drain() == 1
    assert wiring.spool.waiting() == []
    (message,) = kept(wiring)
    assert (message.body, message.marks, message.created_at) == (EMERGENCY, ["late"], came_at)
    assert rows(wiring, Case)[0].urgency == "emergency"
    assert {one.purpose for one in rows(wiring, Dispatch)} == {"alert"}  # the patient has had an answer


@on_sqlite
def test_without_the_database_file_too(webhook: Webhook, wiring: Wiring) -> None:
    with unreadable(wiring):
        assert webhook.text(Body="hello there").status_code == 500
        assert TROUBLE in webhook.text(FALLBACK, Body="whats your fax number").text
        assert webhook.text(FALLBACK, Body="forged", AccountSid="AC" + "0" * 32).status_code == 403
    assert wiring.poll().drain() == 1
    assert [one.body for one in kept(wiring)] == ["whats your fax number"]


@on_sqlite
@pytest.mark.parametrize(
    ("body", "said", "unsaid"),
    [
        ("I want to kill myself tonight", ["call or text 988", "911 now"], ["trouble", "alerting"]),
        (EMERGENCY, ["If this is an emergency, call 911 now."], ["988", "trouble"]),
        ("I took 30 pills I want to die", ["911", "1-800-222-1222", "988"], ["trouble"]),
        ("quiero matarme esta noche no puedo mas", ["988", "911 ahora"], ["trouble", "problemas"]),
        ("mwen vle touye tet mwen aswe a", ["988", "911 kounye a"], ["trouble"]),
        ("whats your fax number", [TROUBLE, "(561)", "911"], ["988", "read texts"]),
        ("necesito una cita para la semana que viene", ["nuestro sistema tiene problemas", "911"], ["988"]),
        ("refill", ["Our system has trouble", "Nuestro sistema tiene problemas", "Sistèm nou an"], ["988"]),
    ],
)
def test_the_fixed_words_fit_the_danger_and_the_language(
    webhook: Webhook, wiring: Wiring, body: str, said: list[str], unsaid: list[str]
) -> None:
    with gone(wiring):
        answer = webhook.text(FALLBACK, Body=body).text
    assert [words for words in said if words not in answer] == []
    assert [words for words in unsaid if words in answer] == []


@on_sqlite
@pytest.mark.parametrize(
    "changes",
    [
        {"Body": "STOP"},
        {"Body": "please stop texting me"},
        {"Body": "STOP", "OptOutType": "STOP"},
        {"Body": "Liked “See you at 3”"},
        {"From": "262966", "Body": "your code is 4711"},
        {"From": "PHARMACY", "Body": "your refill is ready"},
    ],
)
def test_who_is_never_answered_is_not_answered_here(
    webhook: Webhook, wiring: Wiring, changes: dict[str, str]
) -> None:
    with gone(wiring):
        assert webhook.text(FALLBACK, **changes).text == twiml.NO_REPLY
    assert wiring.poll().drain() == 1
    assert len(kept(wiring)) == 1
    assert kept(wiring, "out") == []


def test_a_stop_counts_once_it_is_taken_in(webhook: Webhook, wiring: Wiring) -> None:
    with gone(wiring):
        webhook.text(FALLBACK, Body="STOP")
    wiring.poll().drain()
    assert rows(wiring, Contact)[0].consent == "opted_out"


def test_a_phone_that_may_be_watched_shows_nothing(webhook: Webhook, wiring: Wiring) -> None:
    with gone(wiring):
        answer = webhook.text(FALLBACK, Body="my husband is hitting me and wont let me leave").text
    assert "<Message>We got your message.</Message>" in answer


def test_what_was_said_stands_in_the_thread_and_is_the_first_answer(webhook: Webhook, wiring: Wiring) -> None:
    sid = new_sid()
    with gone(wiring):
        answer = webhook.text(FALLBACK, MessageSid=sid, Body="whats your fax number").text
    wiring.poll().drain()
    (out,) = kept(wiring, "out")
    assert out.body in answer
    assert out.created_at > kept(wiring)[0].created_at
    assert webhook.text(MessageSid=sid, Body="whats your fax number").text == answer


def test_a_signature_is_asked_for_without_the_database_too(webhook: Webhook, wiring: Wiring) -> None:
    raw = urlencode(inbound_form(wiring.account.account_sid, "forged")).encode()
    with gone_silently(wiring):
        assert webhook.post(raw, FALLBACK, signature="Zm9yZ2Vk").status_code == 403
        assert webhook.post(raw, FALLBACK, content_type="text/plain").status_code == 415
    assert wiring.spool.waiting() == []


@contextmanager
def gone_silently(wiring: Wiring) -> Iterator[None]:
    """Not even a turn to write comes."""
    turn = wiring.db._turn
    turn.acquire()
    import smsbot.db

    before, smsbot.db.SQLITE_BUSY_MS = smsbot.db.SQLITE_BUSY_MS, 50
    try:
        yield
    finally:
        smsbot.db.SQLITE_BUSY_MS = before
        turn.release()


def test_a_full_disk_is_never_a_false_200(
    webhook: Webhook, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with gone(wiring), monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert webhook.text(FALLBACK, Body=EMERGENCY).status_code == 500
    assert wiring.spool.waiting() == []


def test_a_full_disk_of_the_database_is_the_spools_hour(
    webhook: Webhook, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(wiring.intake.writing), "write", full)
        assert webhook.text(Body=EMERGENCY).status_code == 500
        assert "911" in webhook.text(FALLBACK, Body=EMERGENCY).text
    assert wiring.poll().drain() == 1


def test_a_database_that_hangs_does_not_hold_the_answer(
    webhook: Webhook, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    really = wiring.intake.receive

    def hang(one: Any, late: Any = None) -> str:
        goes_on.wait(10)
        return really(one, late)

    monkeypatch.setattr(fallback, "INTAKE_SECONDS", 0.2)
    object.__setattr__(wiring.intake, "receive", hang)
    answer = webhook.text(FALLBACK, Body="whats your fax number").text
    goes_on.set()
    assert TROUBLE in answer
    object.__delattr__(wiring.intake, "receive")
    wiring.poll().drain()
    assert len(kept(wiring)) == 1  # however the two raced


def test_the_same_text_kept_twice_is_taken_in_once(webhook: Webhook, wiring: Wiring) -> None:
    sid = new_sid()
    with gone(wiring):
        first = webhook.text(FALLBACK, MessageSid=sid, Body=EMERGENCY).text
        assert webhook.text(FALLBACK, MessageSid=sid, Body=EMERGENCY).text == first
    assert wiring.poll().drain() == 2
    assert len(kept(wiring)) == len(rows(wiring, Case)) == 1


def test_two_drains_at_once_take_each_text_in_once(webhook: Webhook, wiring: Wiring) -> None:
    with gone(wiring):
        for number in range(20):
            webhook.text(FALLBACK, Body=f"hello {number}", From=f"+156155501{number:02}")
    threads = [threading.Thread(target=wiring.poll().drain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept(wiring)) == 20
    assert wiring.spool.waiting() == []


def drain_and_die(wiring_settings: Any, engine: Any) -> None:
    """In a process of its own: killed right after the text was taken in, before its file is deleted."""
    from smsbot.wiring import build

    parts = build(wiring_settings, engine)
    poll = parts.poll()

    def take_in(one: Kept) -> None:
        poll._take_in_kept(one)
        os.kill(os.getpid(), signal.SIGKILL)

    parts.spool.drain(take_in)


def test_a_kill_between_taking_in_and_deleting_takes_it_in_once(
    webhook: Webhook, wiring: Wiring, engine: Any
) -> None:
    with gone(wiring):
        webhook.text(FALLBACK, Body=EMERGENCY)
    process = multiprocessing.get_context("fork").Process(
        target=drain_and_die, args=(wiring.settings, engine)
    )
    wiring.db.close()
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    assert len(wiring.spool.waiting()) == len(kept(wiring)) == 1
    assert wiring.poll().drain() == 1
    assert len(kept(wiring)) == len(rows(wiring, Case)) == 1
    assert wiring.spool.waiting() == []


def test_a_drain_that_meets_a_dead_database_keeps_everything(
    webhook: Webhook, wiring: Wiring, time: Clock
) -> None:
    with gone(wiring):
        for body in ("one", "two"):
            webhook.text(FALLBACK, Body=body, From=WALT)
            time.forward(seconds=1)
        with pytest.raises(SQLAlchemyError):
            wiring.poll().drain()
    assert wiring.poll().drain() == 2
    assert [one.body for one in kept(wiring)] == ["one", "two"]


def test_nothing_readable_lies_in_the_spool(webhook: Webhook, wiring: Wiring) -> None:
    with gone(wiring):
        webhook.text(FALLBACK, Body="canary-2290 hello", From="+15615550123")
    (path,) = wiring.spool.waiting()
    content = path.read_bytes()
    assert b"canary" not in content and b"5550123" not in content


def test_a_damaged_file_is_found_again_at_the_provider(
    webhook: Webhook, wiring: Wiring, phones: Phones, time: Clock
) -> None:
    wiring.poll().look()
    time.forward(minutes=10)
    sid = str(phones.client.text(WALT, EMERGENCY, deliver=False)["sid"])
    with gone(wiring):
        webhook.text(FALLBACK, MessageSid=sid, Body=EMERGENCY)
    (path,) = wiring.spool.waiting()
    path.write_bytes(b"damaged")
    assert wiring.poll().drain() == 0
    time.forward(minutes=2)
    assert wiring.poll().look() == Counts(listed=1, taken_in=1)
    assert (path.parent / "damaged" / path.name).exists()


def test_spooled_and_listed_is_one_text_with_one_answer(
    webhook: Webhook, wiring: Wiring, phones: Phones, time: Clock
) -> None:
    wiring.poll().look()
    time.forward(minutes=10)
    sid = str(phones.client.text(WALT, EMERGENCY, deliver=False)["sid"])
    with gone(wiring):
        webhook.text(FALLBACK, MessageSid=sid, Body=EMERGENCY)
    time.forward(minutes=2)
    assert wiring.poll().reconcile(time.at.replace(hour=0)) == Counts(listed=1, known=1, spooled=1)
    assert len(kept(wiring, "out")) == 1
    assert [one for one in rows(wiring, Dispatch) if one.purpose == "reply"] == []
