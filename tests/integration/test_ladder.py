"""An alert climbs until a person has the case: who is told when, on a real database, in the clinic's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from smsbot import people
from smsbot.domain import Flag, Urgency
from smsbot.models import Case, CaseState, Duty, Shift, Staff, new_id
from smsbot.models.people import Role
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import ALL, World, names

EMERGENCY, URGENT, ROUTINE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE
HARM = Flag.HARM_TO_OTHERS


@pytest.fixture
def night(world: World, time: Clock) -> None:
    """Half past ten on Monday evening; the prescriber is the backup."""
    time.at = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    put_on(world, "prescriber", Duty.BACKUP, time.at)


def put_on(world: World, who: str, duty: Duty, since: datetime, hours: float = 48) -> None:
    shift = Shift(
        id=new_id(), staff_id=world.person(who).id, duty=duty, source="swap",
        starts_at=since, ends_at=since + timedelta(hours=hours), created_at=since,
    )  # fmt: skip
    with world.db.writing() as session:
        session.add(shift)


def both(*names: str) -> set[tuple[str, str]]:
    return {(name, route) for name in names for route in ("sms", "call")}


def at_minute(world: World, time: Clock, minute: float) -> set[tuple[str, str]]:
    """What has left by this minute of the alert, beyond what had before."""
    before = len(world.sent)
    world.pass_time(time, minute - (time.at - world.alert.created_at).total_seconds() / 60)
    return world.told(before)


def test_an_emergency_at_night_calls_at_once_and_reaches_everyone(
    world: World, time: Clock, night: None
) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.round()
    assert world.told() == both("nurse")
    assert at_minute(world, time, 3) == {("nurse", "call")}
    assert at_minute(world, time, 4) == both("prescriber")
    assert at_minute(world, time, 7.5) == set()
    assert at_minute(world, time, 8) == both(*ALL)
    for minute in (18, 28, 38, 48):  # again and again
        assert at_minute(world, time, minute - 0.5) == set()
        assert at_minute(world, time, minute) == both(*ALL)


def test_an_emergency_by_day_texts_first_and_reaches_everyone_in_four_minutes(
    world: World, time: Clock
) -> None:
    world.text(EMERGENCY)
    world.round()
    assert world.told() == {("nurse", "sms")}
    assert at_minute(world, time, 1) == {("nurse", "call")}
    assert at_minute(world, time, 2) == both("nurse")
    assert at_minute(world, time, 4) == both(*ALL)
    assert at_minute(world, time, 9) == both(*ALL)


def test_danger_to_others_tells_the_prescriber_at_once(world: World) -> None:
    world.text(EMERGENCY, HARM)
    world.round()
    assert world.told() == both("nurse", "prescriber")


@pytest.mark.parametrize("minutes", [0.5, 1.5])
def test_danger_to_others_that_comes_up_while_it_climbs_tells_the_prescriber_at_once(
    world: World, time: Clock, minutes: float
) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.pass_time(time, minutes)
    before, step = len(world.sent), world.alert.step
    world.text(EMERGENCY, HARM)
    world.deliver()
    assert world.told(before) == both("prescriber")
    assert world.alert.step == step  # the ladder goes on where it was
    world.text(EMERGENCY, HARM)
    world.deliver()
    assert len(world.sent) == before + 2  # and nobody hears it twice
    world.pass_time(time, 12)
    assert names(world.told(before)) == ALL


def test_a_further_danger_that_names_nobody_else_tells_nobody_else(world: World) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.round()
    before = len(world.sent)
    world.text(EMERGENCY, Flag.CHEST_PAIN)
    world.deliver()
    assert world.told(before) == set()


def test_danger_to_others_in_a_taken_case_that_climbs_again_tells_the_prescriber_at_once(
    world: World, time: Clock
) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.take("nurse")
    world.text(EMERGENCY, Flag.CHEST_PAIN)
    world.round()
    before = len(world.sent)
    world.text(EMERGENCY, HARM)
    world.deliver()
    assert world.told(before) == both("prescriber")


def test_urgent_at_night_waits_for_seven_and_its_look_by_with_it(
    world: World, time: Clock, night: None
) -> None:
    world.text(URGENT, Flag.RASH)
    seven = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert world.alert.next_at == seven
    assert world.case.look_by == seven + timedelta(hours=1)
    world.pass_time(time, 8.4 * 60, every=20)
    assert world.told() == set()
    time.at = seven
    world.round()
    assert world.told() == {("nurse", "sms")}


def test_urgent_at_night_with_a_flag_that_cannot_wait_is_texted_now(world: World, night: None) -> None:
    world.text(URGENT, Flag.PSYCHOSIS)
    world.round()
    assert world.told() == {("nurse", "sms")}


@pytest.mark.parametrize("flag", [Flag.PSYCHOSIS, Flag.RASH])
def test_a_further_text_that_cannot_wait_ends_the_waiting(world: World, night: None, flag: Flag) -> None:
    world.text(URGENT, Flag.RASH)
    with world.db.writing() as session:
        case = session.scalars(select(Case)).one()
        case.flags = [*case.flags, flag]
        case.look_by = case.opened_at + timedelta(hours=1)  # as a further text makes it
        world.ladder.further(session, case)
    world.round()
    assert bool(world.told()) == (flag is Flag.PSYCHOSIS)
    assert world.case.look_by >= (world.alert.next_at or world.case.look_by) or world.alert.step


def test_a_further_text_of_the_patient_that_cannot_wait_ends_the_waiting(world: World, night: None) -> None:
    world.text(URGENT, Flag.RASH)
    world.text(URGENT, Flag.PSYCHOSIS)
    world.round()
    assert world.told() == {("nurse", "sms")}


def test_a_routine_matter_tells_somebody_an_hour_before_it_must_be_looked_at(
    world: World, time: Clock
) -> None:
    world.text(ROUTINE)
    look_by = world.case.look_by
    assert look_by == datetime(2026, 11, 24, 22, 0, tzinfo=UTC)  # Tuesday, five o'clock
    time.at = look_by - timedelta(hours=1, minutes=1)
    world.round()
    assert world.told() == set()
    time.forward(minutes=1)
    world.round()
    assert world.told() == {("nurse", "sms")}
    assert at_minute(world, time, 60) == {(name, "sms") for name in ALL}


def test_the_owner_hears_first_of_a_further_emergency_then_the_others(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.take("prescriber")
    before = len(world.sent)
    world.text(EMERGENCY, Flag.SUICIDE)
    world.round()
    assert world.told(before) == {("prescriber", "sms")}
    assert at_minute(world, time, 2.5) == set()
    assert at_minute(world, time, 3) == {("prescriber", "sms"), ("nurse", "sms")}


def test_texts_that_keep_coming_do_not_keep_the_alert_at_the_owner(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.take("prescriber")
    before = len(world.sent)
    for _ in range(6):
        world.text(EMERGENCY, Flag.SUICIDE)
        world.pass_time(time, 2)
    assert names(world.told(before)) == ALL


@pytest.mark.parametrize("flags", [(Flag.CHEST_PAIN,), (Flag.SELF_HARM, Flag.SUICIDE)])
def test_everybody_whom_the_ladder_names_hears_at_once_of_a_new_danger(
    world: World, flags: tuple[Flag, ...]
) -> None:
    world.text(EMERGENCY, Flag.SUICIDE)
    world.take("prescriber")
    before = len(world.sent)
    world.text(EMERGENCY, *flags)
    world.round()
    assert world.told(before) == {("nurse", "sms"), ("prescriber", "sms")}


def test_an_act_said_again_and_again_does_not_begin_the_ladder_anew(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.OVERDOSE)
    world.take("prescriber")
    before = len(world.sent)
    for _ in range(10):
        world.text(EMERGENCY, Flag.OVERDOSE)
        world.pass_time(time, 0.5)
    assert names(world.told(before)) == ALL


def test_passing_on_brings_the_next_step_at_once_to_somebody_else(
    world: World, time: Clock, night: None
) -> None:
    world.text(EMERGENCY)
    world.round()
    before = len(world.sent)
    world.pass_on("nurse")
    world.deliver()
    assert names(world.told(before)) == ALL - {"nurse"}
    world.pass_time(time, 4)
    assert world.alert.step == 3  # the one after it came at its own time


def test_steps_that_came_early_leave_no_hole_behind_them(world: World, time: Clock, night: None) -> None:
    world.text(EMERGENCY)
    for who in ("nurse", "prescriber", "desk"):
        world.pass_on(who)  # everyone has been told, eight minutes early
    assert world.alert.next_at == time.at + timedelta(minutes=10)


def test_what_was_taken_and_passed_on_climbs_again(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.round()
    world.take("nurse")
    world.pass_time(time, 20)
    before = len(world.sent)
    world.pass_on("nurse")
    world.deliver()
    assert names(world.told(before)) == ALL - {"nurse"}
    assert (world.case.state, world.case.owner_id) == (CaseState.OPEN, None)
    world.pass_time(time, 6)
    assert world.alert.step >= 4


def test_when_everyone_has_passed_everyone_is_told_again(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    for name in sorted(ALL):
        world.pass_on(name)
    before = len(world.sent)
    world.pass_time(time, 6)
    assert names(world.told(before)) == ALL


def test_who_passed_it_on_is_asked_again_when_nobody_else_came(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.round()
    world.pass_on("nurse")
    assert "nurse" not in names(at_minute(world, time, 6))
    assert "nurse" in names(at_minute(world, time, 10))


def test_a_person_who_left_gets_no_second_route(world: World) -> None:
    world.refusals[("sms", world.person("nurse").phone)] = "30003"
    world.text(EMERGENCY)
    world.disable("nurse")
    world.deliver()
    world.round()
    assert "nurse" not in names(world.told())
    assert names(world.told()) == ALL - {"nurse"}


def test_with_nobody_on_duty_everyone_is_told(world: World) -> None:
    with world.db.writing() as session:
        session.get_one(Staff, world.person("nurse").id).is_on_call = False
    world.text(EMERGENCY)
    world.round()
    assert names(world.told()) == ALL


def test_an_address_of_nobody_is_no_dead_end(world: World) -> None:
    with world.db.reading() as session:
        told = world.ladder.roster(session, world.clinic.local(datetime.now(UTC))).told(
            ["left@example.com"], None, ()
        )
    assert len(told) == len(ALL)


def test_with_an_empty_list_it_goes_on_until_somebody_is_added(
    world: World, wiring: Wiring, time: Clock
) -> None:
    world.disable(*ALL)
    world.text(EMERGENCY)
    world.pass_time(time, 60, every=1)
    assert world.told() == set()
    assert len(world.events("nobody_to_alert")) > 10
    with world.db.writing() as session:
        people.add_staff(
            session, wiring.vault, email="new@example.com", name="Nora", phone="+15615550177",
            role=Role.NURSE, is_on_call=False,
        )  # fmt: skip
    world.pass_time(time, 6)
    assert world.told() == both("new")
