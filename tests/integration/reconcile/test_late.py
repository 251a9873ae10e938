"""A text that comes late: what it is answered, how it is read, what staff see of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from smsbot.models import Case, DispatchState
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Browser
from tests.integration.reconcile.parts import EMERGENCY, FAX, kept, missed, polled, replies
from tests.texts import inbound

NOTICE = "Texts are not private, and not for emergencies: for those, call 911."


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (2, f"We got your message for the office. We aim to read it by Tuesday 5 PM. {NOTICE}"),
        (20, f"We got your message late. We aim to read it by Tuesday 5 PM. {NOTICE}"),
        (241, None),
    ],
)
def test_the_answer_fits_the_age_of_the_text(
    watched: Wiring, phones: Phones, time: Clock, minutes: int, words: str | None
) -> None:
    missed(phones, FAX)
    time.forward(minutes=minutes)
    polled(watched)
    assert len(kept(watched)) == 1
    assert [one.body for one in replies(watched)] == ([words] if words else [])


def test_a_late_emergency_is_told_the_numbers_all_the_same(
    watched: Wiring, phones: Phones, time: Clock
) -> None:
    missed(phones, "I want to kill myself tonight")
    time.forward(minutes=30)
    polled(watched)
    (reply,) = replies(watched)
    assert reply.body.startswith("We got your message late. ")
    assert "988" in reply.body and "911" in reply.body


def test_a_late_reply_that_cannot_leave_grows_too_old_with_its_text(
    watched: Wiring, phones: Phones, time: Clock
) -> None:
    missed(phones, FAX)
    time.forward(hours=3)
    polled(watched)
    time.forward(minutes=61)
    (reply,) = replies(watched)
    watched.outbox.deliver(reply.id)
    assert replies(watched)[0].state == DispatchState.CANCELLED
    assert phones.client.ledger() == []


def test_the_minutes_around_a_late_text_are_its_own(watched: Wiring, phones: Phones, time: Clock) -> None:
    """What somebody wrote in several texts is read together, however late it is taken in."""
    seen: list[tuple[str, ...]] = []
    deciding = watched.intake.deciding

    def look(one: Any, situation: Any) -> Any:
        seen.append(tuple(text.body for text in situation.earlier))
        return deciding(one, situation)

    object.__setattr__(watched.intake, "deciding", look)
    missed(phones, "I took")
    time.forward(seconds=20)
    missed(phones, "all of them")
    time.forward(hours=2)
    watched.intake.receive(inbound("hello?"))
    time.forward(minutes=1)
    polled(watched)
    assert seen == [(), (), ("I took",)]


def test_staff_see_that_a_text_came_late(
    watched: Wiring, phones: Phones, time: Clock, browser: Browser
) -> None:
    missed(phones, EMERGENCY)
    time.forward(minutes=20)
    polled(watched)
    browser.sign_in()
    with watched.db.reading() as session:
        code = session.scalars(select(Case.code)).one()
    assert "reached us late" in browser.get(f"/cases/{code}").text
