"""Taking a case stops its ladder: for how long, and what ends that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsbot.domain import Flag, Urgency
from smsbot.escalation import note_acted
from smsbot.models import AlertState, CaseState
from tests.conftest import Clock
from tests.faults.climbing import ALL, World, names

EMERGENCY, URGENT = Urgency.EMERGENCY, Urgency.URGENT


def note(world: World, who: str) -> None:
    world.act(lambda session, case: note_acted(session, case, world.person(who).id, "note", "rang them"))


@pytest.mark.parametrize(("by", "minutes"), [("inbox", 30), ("link", 30), ("text", 5), ("call", 5)])
def test_taking_stops_the_ladder_until_the_hold_or_the_lapse_ends(
    world: World, time: Clock, by: str, minutes: int
) -> None:
    world.text(EMERGENCY)
    world.round()
    world.take("nurse", by)
    before = len(world.sent)
    world.pass_time(time, minutes - 0.5)
    assert world.told(before) == set()
    assert (world.case.state, world.alert.state) == (CaseState.TAKEN, AlertState.TAKEN)
    world.pass_time(time, 0.5)
    assert names(world.told(before)) == {"nurse"}
    assert world.case.owner_id is None
    assert world.events("taking_ended")[-1].details == {"reason": "lapsed" if minutes == 30 else "not_opened"}


def test_opening_within_the_hold_turns_it_into_the_lapse(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("nurse", "text")
    world.pass_time(time, 4)
    world.open("nurse")
    assert world.alert.next_at == time.at + timedelta(minutes=30)
    world.pass_time(time, 29)
    assert world.case.state == CaseState.TAKEN


def test_opening_by_somebody_else_does_not_end_the_hold(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("nurse", "call")
    world.open("admin")
    world.pass_time(time, 5)
    assert world.case.state == CaseState.OPEN


def test_a_second_one_neither_lengthens_the_hold_nor_forgets_that_it_was_opened(
    world: World, time: Clock
) -> None:
    world.text(EMERGENCY)
    world.take("nurse", "text")
    held_until = world.alert.next_at
    world.pass_time(time, 3)
    world.take("nurse", "text")
    assert world.alert.next_at == held_until
    world.open("nurse")
    note(world, "nurse")
    world.take("nurse", "call")
    assert (world.alert.next_at, world.case.owner_opened_at) == (None, time.at)


def test_who_takes_it_half_asleep_again_and_again_holds_up_nobody(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.round()
    for _ in range(4):
        world.take("nurse", "text")
        world.pass_time(time, 5)
    assert names(world.told()) == ALL


def test_a_note_stops_the_lapse(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.take("nurse")
    note(world, "nurse")
    assert world.alert.next_at is None
    before = len(world.sent)
    world.pass_time(time, 600, every=30)
    assert world.told(before) == set()


def test_a_note_of_somebody_else_or_before_opening_does_not(world: World) -> None:
    world.text(EMERGENCY)
    world.take("nurse", "text")
    note(world, "nurse")
    note(world, "admin")
    assert world.alert.next_at is not None


def test_a_taken_urgent_case_lapses_after_four_hours(world: World, time: Clock) -> None:
    world.text(URGENT)
    world.take("nurse")
    assert world.alert.next_at == time.at + timedelta(hours=4)


def test_taking_tells_those_who_were_alerted_and_nobody_else(world: World, time: Clock) -> None:
    world.text(EMERGENCY, Flag.HARM_TO_OTHERS)
    world.round()
    world.take("nurse")
    before = len(world.sent)
    world.round()
    told = [(one.recipient, one.route) for one in world.sent[before:]]
    assert told == [(world.person("prescriber").phone, "sms")]
    assert world.sent[-1].body == f"Case {world.case.code}: Nadia has taken it."


def test_an_owner_who_left_the_clinic_owns_nothing(world: World) -> None:
    world.text(EMERGENCY)
    world.take("prescriber")
    note(world, "prescriber")
    before = len(world.sent)
    world.disable("prescriber")
    world.round()
    assert names(world.told(before)) == {"nurse"}
    assert world.events("taking_ended")[-1].details == {"reason": "owner_gone"}
