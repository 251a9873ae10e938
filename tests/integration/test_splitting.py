"""A text that is a matter of its own gets a case of its own."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from smsbot.desk import CannotAct
from smsbot.desk.splitting import split
from smsbot.domain import Flag, Urgency
from smsbot.models import Alert, AlertState, Case, CaseState, Event, Message, Task
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import World
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY, ROUTINE = Urgency.EMERGENCY, Urgency.ROUTINE


def texts_of(world: World, case: Case) -> list[Message]:
    with world.db.reading() as session:
        query = select(Message).where(Message.case_id == case.id, Message.direction == "in")
        return list(session.scalars(query.order_by(Message.id)))


def split_off(world: World, case: Case, place: int) -> Case:
    """The text at this place gets a case of its own; that case."""
    nurse, message = world.person("nurse").id, texts_of(world, case)[place]
    with world.db.writing() as session:
        old = session.get_one(Case, case.id)
        new, _ = split(world.ladder, session, old, message.id, nurse)
        return new


def test_an_emergency_split_off_is_pursued_by_itself_and_the_old_case_keeps_its_urgency(
    world: World,
) -> None:
    world.text(ROUTINE)
    world.take("nurse")
    old = world.case
    world.text(EMERGENCY, Flag.CHEST_PAIN)
    new = split_off(world, old, 1)
    assert (new.urgency, new.state, new.split_from) == ("emergency", CaseState.OPEN, old.id)
    assert new.flags == ["chest_pain"]
    with world.db.reading() as session:
        alert = session.scalars(select(Alert).where(Alert.case_id == new.id)).one()
        left = session.get_one(Case, old.id)
        events = {event.kind: event.case_id for event in session.scalars(select(Event))}
    assert (alert.state, left.urgency, left.flags) == (AlertState.CLIMBING, "emergency", [])
    assert (events["case_split"], events["case_opened"]) == (old.id, new.id)


def test_a_routine_text_split_off_alerts_nobody(world: World) -> None:
    world.text(EMERGENCY)
    world.text(ROUTINE)
    old = world.case
    new = split_off(world, old, 1)
    assert (new.urgency, new.version) == ("routine", 1)
    with world.db.reading() as session:
        assert session.scalars(select(Alert).where(Alert.case_id == new.id)).all() == []
        assert session.get_one(Case, old.id).urgency == "emergency"


def test_the_automatic_reply_goes_with_its_text(world: World) -> None:
    world.text(ROUTINE)
    world.text(ROUTINE)
    new = split_off(world, world.case, 0)
    with world.db.reading() as session:
        directions = session.scalars(select(Message.direction).where(Message.case_id == new.id))
        assert sorted(directions) == ["in", "out"]


def test_a_phone_that_is_watched_is_watched_in_both_cases(world: World) -> None:
    world.text(EMERGENCY, Flag.DANGER_FROM_OTHERS)
    world.text(ROUTINE)
    old = world.case
    new = split_off(world, old, 1)
    with world.db.reading() as session:
        assert session.get_one(Case, old.id).flags == new.flags == ["danger_from_others"]


def test_the_only_text_of_a_case_stays(world: World) -> None:
    world.text(ROUTINE)
    with pytest.raises(CannotAct):
        split_off(world, world.case, 0)


def test_the_wish_for_a_visit_goes_with_its_text(world: World, wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("I have nausea from the zoloft"))
    time.forward(minutes=30)
    wiring.intake.receive(inbound("Can I come in on Tuesday at 3 pm?"))
    new = split_off(world, world.case, 1)
    assert (new.team, new.intents) == ("front_desk", ["appointment.request"])
    with wiring.db.reading() as session:
        assert session.scalars(select(Task)).one().done_at is not None  # it is the case itself now


def test_it_is_done_from_the_texts_own_page(browser: Browser, wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("can I come in on Tuesday"))
    time.forward(minutes=30)
    wiring.intake.receive(inbound("what is your fax number"))
    with wiring.db.reading() as session:
        old = session.scalars(select(Case)).one()
        texts = session.scalars(select(Message).where(Message.direction == "in").order_by(Message.id))
        message_id = list(texts)[1].id
    browser.sign_in()
    path = f"/cases/{old.code}/messages/{message_id}"
    answer = browser.submit(f"{path}/correct", f"{path}/split")
    assert answer.status_code == 303 and old.code not in answer.headers["Location"]
    page = browser.get(answer.headers["Location"]).text
    assert "fax number" in re.sub(r"<[^>]+>", "", page)  # the words that count are marked
    assert browser.submit(f"/cases/{old.code}", f"{path}/split").status_code == 409
