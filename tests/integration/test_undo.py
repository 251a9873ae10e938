"""A reply can be taken back for ten seconds; then it leaves, once."""

from __future__ import annotations

import re

from sqlalchemy import select

from smsbot.models import Alert, CaseState, Dispatch, DispatchState, Event, Message
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Browser, the_case
from tests.texts import WALT, inbound

WORDS = "It is 561-555-0199"


def send(wiring: Wiring, browser: Browser, code: str, **fields: str) -> str:
    """Write a reply; the id of its dispatch."""
    browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words=WORDS, **fields)
    with wiring.db.reading() as session:
        query = select(Dispatch.id).where(Dispatch.route == "rest").order_by(Dispatch.id.desc())
        return session.scalars(query).first() or ""


def state(wiring: Wiring, dispatch_id: str) -> str:
    with wiring.db.reading() as session:
        return session.get_one(Dispatch, dispatch_id).state


def got(phones: Phones) -> list[str]:
    return [one["body"] for one in phones.client.thread(WALT) if one["to"] == WALT]


def test_a_reply_leaves_after_ten_seconds_and_no_kick_makes_it_leave_sooner(
    wiring: Wiring, browser: Browser, code: str, phones: Phones, time: Clock
) -> None:
    dispatch_id = send(wiring, browser, code)
    time.forward(seconds=9)
    wiring.outbox.deliver(dispatch_id)  # a kick that came early
    wiring.sweep().cycle(2.0)
    assert got(phones) == [] and state(wiring, dispatch_id) == DispatchState.PENDING
    time.forward(seconds=2.1)
    wiring.sweep().cycle(2.0)
    assert got(phones) == [WORDS]


def test_undo_cancels_it_and_gives_the_words_back(
    wiring: Wiring, browser: Browser, code: str, phones: Phones, time: Clock
) -> None:
    dispatch_id = send(wiring, browser, code)
    page = browser.get(f"/cases/{code}").text
    assert "Undo" in page and f"/replies/{dispatch_id}/undo" in page
    answer = browser.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo")
    assert answer.headers["Location"] == f"/cases/{code}"
    page = browser.get(f"/cases/{code}").text
    assert re.search(rf"<textarea[^>]*>{WORDS}</textarea>", page)
    assert "Undo" not in page
    time.forward(minutes=1)
    wiring.outbox.deliver(dispatch_id)
    assert got(phones) == [] and state(wiring, dispatch_id) == DispatchState.CANCELLED
    with wiring.db.reading() as session:  # nobody ever got it: nothing counts it as a text of ours
        assert not list(
            session.scalars(select(Message).where(Message.author != "patient", Message.author != "bot"))
        )
        assert "reply_undone" in set(session.scalars(select(Event.kind)))


def test_what_was_undone_can_be_sent_after_all(wiring: Wiring, browser: Browser, code: str) -> None:
    once = "a" * 32
    first = send(wiring, browser, code, once=once)
    browser.submit(f"/cases/{code}", f"/replies/{first}/undo")
    second = send(wiring, browser, code, once=once)  # the browser's Back button, then Send
    assert second != first and state(wiring, second) == DispatchState.PENDING


def test_undo_comes_too_late_once_it_is_leaving(
    wiring: Wiring, browser: Browser, code: str, phones: Phones, time: Clock
) -> None:
    dispatch_id = send(wiring, browser, code)
    time.forward(seconds=11)
    wiring.outbox.deliver(dispatch_id)
    answer = browser.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo")
    assert answer.status_code == 409 and "too late" in answer.text
    assert got(phones) == [WORDS]


def test_only_its_author_takes_a_reply_back(wiring: Wiring, browser: Browser, code: str) -> None:
    dispatch_id = send(wiring, browser, code)
    other = Browser(browser.client.application.test_client())
    other.sign_in("desk@example.com")
    assert "Undo" not in other.get(f"/cases/{code}").text
    assert other.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo").status_code == 404
    assert state(wiring, dispatch_id) == DispatchState.PENDING


def test_an_undone_reply_is_no_act_so_the_taken_case_lapses_as_before(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    wiring.intake.receive(inbound("chest tight since the infusion"))
    browser.sign_in()
    code = the_case(wiring).code
    dispatch_id = send(wiring, browser, code)
    with wiring.db.reading() as session:
        assert session.scalars(select(Alert)).one().next_at is None  # somebody has acted
    time.forward(seconds=5)
    browser.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo")
    case = the_case(wiring)
    assert case.state == CaseState.TAKEN and case.acted_at is None
    with wiring.db.reading() as session:
        assert session.scalars(select(Alert)).one().next_at is not None


def test_an_undone_reply_after_a_note_leaves_the_note_standing(
    wiring: Wiring, browser: Browser, code: str, time: Clock
) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/take")
    browser.submit(f"/cases/{code}", f"/cases/{code}/note", note="rang her")
    time.forward(seconds=1)
    dispatch_id = send(wiring, browser, code)
    browser.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo")
    assert the_case(wiring).acted_at is not None


def test_undoing_send_and_resolve_opens_the_case_again(wiring: Wiring, browser: Browser, code: str) -> None:
    dispatch_id = send(wiring, browser, code, resolve="1")
    assert the_case(wiring).state == CaseState.RESOLVED
    browser.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo")
    case = the_case(wiring)
    assert case.state == CaseState.TAKEN and case.resolved_at is None
