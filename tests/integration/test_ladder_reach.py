"""What an alert does when phones are off, texts are stopped, too many, or the machine was asleep."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from time import sleep

import pytest
from sqlalchemy import func, select

from smsbot.domain import Flag, Urgency
from smsbot.models import Dispatch, DispatchState, Staff
from smsbot.receipts.calls import record_call_status
from smsbot.receipts.texts import record_receipt
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import ALL, World, names

EMERGENCY, URGENT = Urgency.EMERGENCY, Urgency.URGENT


def at_night(time: Clock) -> None:
    time.at = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)


def refuse(world: World, code: str, *people: str, routes: tuple[str, ...] = ("sms", "call")) -> None:
    for name in people:
        for route in routes:
            world.refusals[(route, world.person(name).phone)] = code


def dispatches(world: World, purpose: str = "alert") -> list[Dispatch]:
    with world.db.reading() as session:
        query = (
            select(Dispatch).where(Dispatch.purpose == purpose).order_by(Dispatch.created_at, Dispatch.owed)
        )
        return list(session.scalars(query))


def test_a_staff_phone_that_texted_stop_is_called_instead(world: World, time: Clock) -> None:
    refuse(world, "21610", "nurse", routes=("sms",))
    world.text(EMERGENCY)
    world.deliver()
    assert world.told() == {("nurse", "call")}
    assert world.person("nurse").texts_stopped_at == time.at
    assert world.alert.next_at == time.at + timedelta(minutes=1)  # reached: no haste
    world.text(EMERGENCY, sender="+15615550120")  # from now on no text is even tried
    world.deliver()
    assert [one.route for one in dispatches(world) if one.staff_id == world.person("nurse").id][-1] == "call"
    assert sum(one.error == "21610" for one in dispatches(world)) == 1


def test_a_call_that_fails_is_followed_by_a_text(world: World, time: Clock) -> None:
    refuse(world, "21211", "nurse", routes=("call",))
    world.text(EMERGENCY)
    world.pass_time(time, 1)
    assert [one.route for one in dispatches(world)][:3] == ["sms", "call", "sms"]
    assert [one.at for one in world.sent if one.route == "sms"] == [time.at - timedelta(seconds=30), time.at]


@pytest.mark.parametrize("ending", ["no-answer", "busy", "completed"])
def test_a_call_that_nobody_answers_with_a_key_is_followed_by_a_text(
    world: World, time: Clock, ending: str
) -> None:
    world.text(EMERGENCY)
    world.pass_time(time, 1)
    call = next(one for one in dispatches(world) if one.route == "call")
    before = len(world.sent)
    for _ in range(2):  # receipts come doubled
        record_call_status(world.db, call.id, call.provider_id or "", ending, on_call_ended=world.on_failed)
    world.deliver()
    assert world.told(before) == {("nurse", "sms")}


def test_a_text_that_turns_out_lost_is_followed_by_a_call_once(world: World) -> None:
    world.text(EMERGENCY)
    world.deliver()
    text = dispatches(world)[0]
    for status in ("undelivered", "delivered", "undelivered", "failed", "sent"):
        record_receipt(world.db, text.provider_id or "", status, "30003", None, world.on_failed)
    world.deliver()
    assert sorted(one.route for one in dispatches(world)) == ["call", "sms"]


def test_when_a_whole_step_fails_the_next_one_comes_at_once(world: World, time: Clock) -> None:
    at_night(time)
    refuse(world, "30003", "nurse")
    world.text(EMERGENCY)
    world.deliver()
    assert world.told() == set()
    assert world.alert.next_at == time.at
    for _ in range(3):
        world.round()
    assert names(world.told()) == ALL - {"nurse"}
    assert time.at == world.alert.created_at


def test_while_one_of_a_step_can_be_reached_the_next_keeps_its_time(world: World) -> None:
    refuse(world, "30003", "nurse")
    world.text(EMERGENCY, Flag.HARM_TO_OTHERS)
    world.deliver()
    assert names(world.told()) == {"prescriber"}
    assert world.alert.next_at == world.alert.created_at + timedelta(minutes=2)


def test_when_nobody_can_be_reached_it_goes_on_without_a_storm(world: World, time: Clock) -> None:
    at_night(time)
    refuse(world, "30005", *ALL)
    world.text(EMERGENCY)
    world.pass_time(time, 60, every=0.5)
    steps = len(world.events("alert_step"))
    assert 6 <= steps <= 12
    assert world.alert.next_at is not None
    world.refusals.clear()
    world.pass_time(time, 10)
    assert names(world.told()) == ALL


def test_a_lost_reply_does_not_begin_a_climbing_ladder_anew(world: World, time: Clock) -> None:
    at_night(time)
    world.refusals[("rest", "+15615550110")] = "30006"
    for _ in range(6):  # each text owes a reply, and each reply is lost a minute later
        world.text(EMERGENCY, Flag.SUICIDE)
        world.pass_time(time, 2)
    assert world.case.reply_lost == "30006"
    assert names(world.told()) == ALL
    assert "Our text did not reach them" in world.sent[-1].body


def test_a_lost_reply_in_a_quiet_case_is_shown_on_it_and_wakes_nobody(world: World, time: Clock) -> None:
    world.refusals[("rest", "+15615550110")] = "30003"
    world.text(Urgency.ROUTINE)
    world.pass_time(time, 2)
    assert (world.case.reply_lost, world.case.urgency) == ("30003", "routine")
    assert world.told() == set()


def test_too_many_texts_become_one_and_calls_still_come(world: World, time: Clock) -> None:
    for number in range(9):
        world.text(URGENT, sender=f"+156155501{20 + number}")
    world.deliver()
    nurse = [one for one in world.sent if one.recipient == world.person("nurse").phone]
    assert len(nurse) == world.clinic.ladder.texts_an_hour
    digests = dispatches(world, "notice")
    assert len(digests) == 1
    assert digests[0].due_at == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    world.pass_time(time, 30, every=5)
    calls = [one for one in dispatches(world) if one.route == "call"]
    assert len(calls) >= 9


def test_the_limit_and_the_digest_never_hold_back_an_emergency(world: World) -> None:
    for number in range(9):
        world.text(URGENT, sender=f"+156155501{20 + number}")
    world.deliver()
    before = len(world.sent)
    for number in range(9):
        world.text(EMERGENCY, sender=f"+156155501{40 + number}")
    world.deliver()
    assert len(world.sent) - before == 9
    assert {one.body.split(" ")[0] for one in world.sent[before:]} == {"EMERGENCY"}


def test_a_phone_without_texts_gets_no_digest(world: World) -> None:
    refuse(world, "21610", "nurse", routes=("sms",))
    for number in range(9):
        world.text(URGENT, sender=f"+156155501{20 + number}")
        world.deliver()
    assert [one for one in dispatches(world, "notice") if one.staff_id == world.person("nurse").id] == []
    calls = {one.case_id for one in dispatches(world) if one.route == "call"}
    assert len(calls) == 9


@pytest.mark.parametrize("hours", [1, 9, 72])
def test_steps_that_come_late_do_not_come_all_at_once(world: World, time: Clock, hours: int) -> None:
    at_night(time)
    world.text(EMERGENCY)
    world.round()
    time.forward(hours=hours)  # the machine was off
    before = len(world.sent)
    for _ in range(20):
        world.round()
    assert names(world.told(before)) == {"nurse"}
    assert world.alert.step == 2
    world.pass_time(time, 1)  # half of what lies between this step and the next
    assert world.alert.step == 3
    world.pass_time(time, 2)
    assert names(world.told(before)) == ALL
    steps = world.alert.step
    world.pass_time(time, 60)
    assert world.alert.step <= steps + 6


def test_what_waited_to_leave_does_not_once_the_case_is_taken(world: World, time: Clock) -> None:
    at_night(time)
    world.text(EMERGENCY)
    assert {one.state for one in dispatches(world)} == {DispatchState.PENDING}
    world.take("nurse")
    world.deliver()
    assert world.told() == set()
    assert {one.state for one in dispatches(world)} == {DispatchState.CANCELLED}


def test_the_look_by_is_never_moved_for_a_ladder_that_begins_at_once(world: World, time: Clock) -> None:
    world.text(URGENT)
    look_by = world.case.look_by
    world.take("nurse")
    time.forward(minutes=30)
    world.pass_on("nurse")
    world.take("nurse")
    world.pass_time(time, 241, every=30)  # it lapses
    assert world.events("taking_ended")
    assert world.case.look_by == look_by


def test_a_resolved_case_owes_nobody_anything(world: World, time: Clock) -> None:
    from smsbot import escalation

    world.text(EMERGENCY)
    world.deliver()
    nurse = world.person("nurse").id
    world.act(lambda session, case: escalation.resolve(session, case, nurse, None))
    before = len(world.sent)
    world.pass_time(time, 120, every=5)
    assert world.told(before) == set()
    with world.db.reading() as session:
        query = select(func.count()).select_from(Dispatch).where(Dispatch.state == DispatchState.PENDING)
        assert session.scalar(query) == 0


def test_two_matters_that_owe_the_same_notice_at_once_owe_it_once(wiring: Wiring) -> None:
    dispatching, db = wiring.ladder.dispatching, wiring.db
    with db.writing() as session:
        person = session.scalars(select(Staff).limit(1)).one()
    inside = threading.Event()

    def owe_later() -> None:
        with db.writing() as session:
            inside.set()
            dispatching.notice(session, None, session.merge(person, load=False), "notice:same", "words")

    other = threading.Thread(target=owe_later)
    with db.writing() as session:
        assert dispatching.notice(session, None, person, "notice:same", "words") is not None
        other.start()
        inside.wait(0.5)  # SQLite lets no second writer in
        sleep(0.3)  # on PostgreSQL it has looked by now, and waits for us
    other.join(10)
    with db.reading() as session:
        query = select(func.count()).select_from(Dispatch).where(Dispatch.owed == "notice:same")
        assert session.scalar(query) == 1
