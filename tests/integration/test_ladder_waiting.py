"""A further text of a taken case that is no emergency: who has the case acts on it, or is told in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smsbot.domain import Flag, Urgency
from smsbot.escalation import note_acted, resolve
from smsbot.models import AlertState, CaseState
from tests.conftest import Clock
from tests.faults.climbing import ALL, World, names

EMERGENCY, URGENT, ROUTINE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE
HALF_AN_HOUR = timedelta(minutes=30)
TUESDAY_FOUR = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)  # an hour before the end of the next working day


def answered(world: World, urgency: Urgency = EMERGENCY, *flags: Flag) -> None:
    """A case that the prescriber has taken and acted on."""
    world.text(urgency, *flags)
    world.round()
    world.take("prescriber")
    act(world)


def act(world: World) -> None:
    staff_id = world.person("prescriber").id
    world.act(lambda session, case: note_acted(session, case, staff_id, "note", "rang them"))


def further(world: World, urgency: Urgency) -> None:
    world.act(lambda session, case: world.ladder.renew(session, case, urgency))
    world.deliver()


def test_an_urgent_text_is_told_to_the_owner_in_time_and_then_to_others(world: World, time: Clock) -> None:
    answered(world)
    further(world, URGENT)
    assert (world.case.acted_at, world.case.look_by) == (None, time.at + timedelta(hours=1))
    assert (world.alert.state, world.alert.next_at) == (AlertState.TAKEN, time.at + HALF_AN_HOUR)
    before = len(world.sent)
    world.pass_time(time, 29.5)
    assert world.told(before) == set()
    world.pass_time(time, 0.5)
    assert world.told(before) == {("prescriber", "sms")}
    assert world.sent[-1].body.startswith("URGENT - ")  # what waits is no emergency
    assert "A further text waits." in world.sent[-1].body
    assert world.case.state == CaseState.TAKEN
    world.pass_time(time, 3)
    assert names(world.told(before)) == {"prescriber", "nurse"}
    world.pass_time(time, 50)
    assert names(world.told(before)) == ALL


def test_a_routine_text_is_told_an_hour_before_somebody_must_have_looked(world: World, time: Clock) -> None:
    answered(world)
    further(world, ROUTINE)
    assert world.case.look_by == TUESDAY_FOUR + timedelta(hours=1)
    before = len(world.sent)
    time.at = TUESDAY_FOUR - timedelta(minutes=1)
    world.round()
    assert world.told(before) == set()
    time.at = TUESDAY_FOUR
    world.round()
    assert world.told(before) == {("prescriber", "sms")}
    assert world.sent[-1].body.startswith("ROUTINE - ")


def test_a_taken_case_that_never_alerted_is_pursued_too(world: World, time: Clock) -> None:
    world.text(ROUTINE)
    world.take("prescriber")
    act(world)
    further(world, ROUTINE)
    time.at = TUESDAY_FOUR
    world.round()
    assert world.told() == {("prescriber", "sms")}


@pytest.mark.parametrize("urgency", [URGENT, ROUTINE])
def test_who_acts_in_time_is_not_told(world: World, time: Clock, urgency: Urgency) -> None:
    answered(world)
    further(world, urgency)
    before = len(world.sent)
    world.pass_time(time, 20)
    act(world)
    world.pass_time(time, 48 * 60, every=30)
    assert world.told(before) == set()


def test_a_resolved_case_waits_for_nothing(world: World, time: Clock) -> None:
    answered(world)
    further(world, URGENT)
    before, staff_id = len(world.sent), world.person("prescriber").id
    world.act(lambda session, case: resolve(session, case, staff_id, None))
    world.pass_time(time, 120, every=5)
    assert world.told(before) == set()


def test_further_texts_neither_put_it_off_nor_make_it_less(world: World, time: Clock) -> None:
    answered(world)
    further(world, URGENT)
    due = world.alert.next_at
    world.pass_time(time, 10)
    further(world, ROUTINE)
    further(world, URGENT)
    assert (world.alert.next_at, world.alert.urgency) == (due, "urgent")


def test_an_urgent_text_brings_a_routine_one_forward(world: World, time: Clock) -> None:
    answered(world)
    further(world, ROUTINE)
    further(world, URGENT)
    assert (world.alert.next_at, world.alert.urgency) == (time.at + HALF_AN_HOUR, "urgent")


def test_an_emergency_text_while_one_waits_alerts_the_owner_at_once(world: World, time: Clock) -> None:
    answered(world, EMERGENCY, Flag.SUICIDE)
    further(world, ROUTINE)
    before = len(world.sent)
    world.text(EMERGENCY, Flag.SUICIDE)
    world.round()
    assert world.told(before) == {("prescriber", "sms")}
    world.pass_time(time, 10)
    assert names(world.told(before)) == ALL


def test_an_emergency_text_after_a_lapse_that_was_no_emergency_climbs_as_one(
    world: World, time: Clock
) -> None:
    answered(world, EMERGENCY, Flag.SUICIDE)
    further(world, URGENT)
    world.pass_time(time, 30)
    world.open("prescriber")
    world.pass_time(time, 241, every=5)  # it lapses: the case is anybody's, its alert an urgent one
    assert (world.case.state, world.alert.urgency) == (CaseState.OPEN, "urgent")
    before = len(world.sent)
    world.text(EMERGENCY, Flag.SUICIDE)
    world.deliver()
    assert world.sent[before].body.startswith("EMERGENCY - ")
    assert world.alert.urgency == "emergency"


@pytest.mark.parametrize("urgency", [URGENT, ROUTINE])
def test_the_lapse_of_an_emergency_that_nobody_acted_on_is_not_put_off(
    world: World, time: Clock, urgency: Urgency
) -> None:
    world.text(EMERGENCY)
    world.take("prescriber")
    lapses = world.alert.next_at
    further(world, urgency)
    assert (world.alert.next_at, world.alert.urgency) == (lapses, "emergency")


def test_a_hold_is_not_put_off_either(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("prescriber", "text")
    further(world, URGENT)
    world.pass_time(time, 5)
    assert world.case.state == CaseState.OPEN
    assert world.events("taking_ended")[-1].details == {"reason": "not_opened"}


def test_a_long_lapse_is_brought_forward_and_the_owner_is_told_first(world: World, time: Clock) -> None:
    world.text(URGENT)
    world.take("prescriber")
    further(world, URGENT)
    before = len(world.sent)
    world.pass_time(time, 30)
    assert world.told(before) == {("prescriber", "sms")}
    assert world.case.state == CaseState.TAKEN


def test_at_night_what_cannot_wait_is_told_to_the_owner_at_once(world: World, time: Clock) -> None:
    time.at = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    answered(world, URGENT, Flag.PSYCHOSIS)
    before = len(world.sent)
    further(world, URGENT)
    assert world.told(before) == {("prescriber", "sms")}
    world.pass_time(time, 3)
    assert names(world.told(before)) == {"prescriber", "nurse"}


def test_at_night_what_can_wait_is_told_in_the_morning(world: World, time: Clock) -> None:
    time.at = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    answered(world, URGENT, Flag.RASH)
    before = len(world.sent)
    further(world, URGENT)
    assert world.alert.next_at == datetime(2026, 11, 24, 12, 30, tzinfo=UTC)  # half past seven
    assert world.case.look_by == datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    world.pass_time(time, 8.9 * 60, every=20)
    assert world.told(before) == set()


def test_who_takes_it_over_answers_for_the_whole_case(world: World, time: Clock) -> None:
    answered(world)
    further(world, ROUTINE)
    world.take("nurse")
    assert (world.alert.urgency, world.alert.next_at) == ("emergency", time.at + HALF_AN_HOUR)
    world.pass_time(time, 30)
    assert world.case.state == CaseState.OPEN


def test_passing_on_a_case_in_which_a_text_waits_brings_its_whole_ladder(world: World, time: Clock) -> None:
    answered(world)
    further(world, ROUTINE)
    before = len(world.sent)
    world.pass_on("prescriber")
    world.deliver()
    assert names(world.told(before)) == {"nurse"}
    assert world.sent[-1].body.startswith("EMERGENCY - ")
    world.pass_time(time, 8)
    assert names(world.told(before)) == ALL - {"prescriber"}


def test_an_owner_who_leaves_takes_no_text_along(world: World, time: Clock) -> None:
    answered(world)
    further(world, ROUTINE)
    before = len(world.sent)
    world.disable("prescriber")
    world.round()
    assert names(world.told(before)) == {"nurse"}


def test_passing_on_what_waits_for_the_morning_wakes_nobody(world: World, time: Clock) -> None:
    time.at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 23:00 on Monday
    world.text(URGENT, Flag.SAME_DAY)
    world.round()
    begins = world.alert.next_at
    assert begins == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    world.take("nurse")
    world.pass_on("nurse")
    world.round()
    assert (world.told(), world.alert.next_at, world.alert.state) == (set(), begins, AlertState.CLIMBING)
    time.at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    world.round()
    assert names(world.told()) - {"nurse"}
