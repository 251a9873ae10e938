"""Assigning, giving back, waiting for the patient, resolving with a reason, reopening."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from smsbot.domain import Urgency
from smsbot.escalation import handing
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, Event, Message, Staff
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import World
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound

EMERGENCY, URGENT, ROUTINE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE
LINK = "http://clinic/cases/X"


def assign(world: World, to: str, by: str = "nurse") -> None:
    one, other = world.person(to), world.person(by)
    world.act(lambda session, case: handing.assign(world.ladder, session, case, one, other, LINK))


def names(world: World, since: int = 0) -> set[str]:
    return {name for name, _ in world.told(since)}


def standing(world: World) -> list[Alert]:
    with world.db.reading() as session:
        return list(session.scalars(select(Alert).where(Alert.state != AlertState.ENDED)))


def only_case(wiring: Wiring) -> Case:
    with wiring.db.reading() as session:
        return session.scalars(select(Case)).one()


def case_of(wiring: Wiring, body: str, sender: str = WALT) -> Case:
    wiring.intake.receive(inbound(body, sender))
    with wiring.db.reading() as session:
        return session.scalars(select(Case).order_by(Case.id.desc()).limit(1)).one()


def send(browser: Browser, code: str, what: str, **fields: str) -> int:
    return browser.submit(f"/cases/{code}", f"/cases/{code}/{what}", **fields).status_code


def test_an_assigned_emergency_climbs_on_until_its_owner_opens_it(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.round()
    assign(world, "prescriber")
    world.deliver()
    assert any("Nadia assigned" in one.body and LINK in one.body for one in world.sent)
    assert (world.case.state, world.case.owner_opened_at) == (CaseState.TAKEN, None)
    before = len(world.sent)
    world.pass_time(time, 15)
    assert "prescriber" in names(world, before)
    world.open("prescriber")
    assert world.alert.state == AlertState.TAKEN
    before = len(world.sent)
    world.pass_time(time, 5)
    assert names(world, before) == set()


def test_an_emergency_in_hand_that_is_assigned_begins_to_climb_again(world: World, time: Clock) -> None:
    world.text(EMERGENCY)
    world.round()
    world.take("nurse")
    before = len(world.sent)
    assign(world, "prescriber")
    world.deliver()
    assert world.told(before) == {("prescriber", "sms")}
    world.pass_time(time, 4)
    assert names(world, before) > {"prescriber"}  # after a few minutes alone, the others too


def test_an_urgent_case_that_its_new_owner_leaves_lying_is_everybodys_again(
    world: World, time: Clock
) -> None:
    world.text(URGENT)
    world.round()
    assign(world, "prescriber")
    assert world.alert.state == AlertState.TAKEN and world.alert.next_at is not None
    before = len(world.sent)
    world.pass_time(time, 12 * 60, every=15)
    assert names(world, before)


def test_what_is_given_back_is_pursued_unless_it_is_routine(world: World, time: Clock) -> None:
    nurse = world.person("nurse").id
    world.text(ROUTINE)
    world.take("nurse")
    world.act(lambda session, case: handing.hand_back(world.ladder, session, case, nurse))
    assert (world.case.state, standing(world)) == (CaseState.OPEN, [])
    assert world.case.look_by is not None
    world.text(EMERGENCY)
    world.take("nurse")
    world.act(lambda session, case: handing.hand_back(world.ladder, session, case, nurse))
    assert (world.case.owner_id, world.alert.state) == (None, AlertState.CLIMBING)


def wait(world: World, who: str = "nurse") -> None:
    staff_id = world.person(who).id
    world.act(lambda session, case: handing.set_waiting(session, case, staff_id))


@pytest.mark.parametrize("said", [URGENT, ROUTINE])
def test_a_text_of_a_case_that_waits_comes_to_its_owner_like_any_further_one(
    world: World, time: Clock, said: Urgency
) -> None:
    world.text(ROUTINE)
    wait(world)
    assert (world.case.state, world.case.waiting_at, world.case.look_by) == ("waiting", time.at, None)
    world.pass_time(time, 3 * 24 * 60, every=60)
    assert world.told() == set()
    world.text(said)
    assert (world.case.state, world.case.owner_id) == (CaseState.TAKEN, world.person("nurse").id)
    assert world.case.waiting_at is None and world.case.look_by > time.at
    world.pass_time(time, 48 * 60, every=30)
    assert "nurse" in names(world)


def test_an_emergency_in_a_case_that_waits_alerts_at_once(world: World) -> None:
    world.text(ROUTINE)
    wait(world, "prescriber")
    world.text(EMERGENCY)
    world.round()
    assert world.alert.state == AlertState.CLIMBING
    assert names(world) >= {"nurse"}


def test_a_thank_you_ends_the_waiting_and_pages_nobody(world: World, time: Clock) -> None:
    world.text(ROUTINE)
    wait(world)
    world.text(Urgency.NONE)
    assert world.case.state == CaseState.TAKEN
    world.pass_time(time, 48 * 60, every=60)
    assert world.told() == set()


def test_a_case_that_waited_for_somebody_who_left_is_anybodys_and_pursued(world: World, time: Clock) -> None:
    world.text(ROUTINE)
    wait(world, "prescriber")
    world.disable("prescriber")
    world.text(ROUTINE)
    assert (world.case.state, world.case.owner_id) == (CaseState.OPEN, None)
    world.pass_time(time, 48 * 60, every=30)
    assert names(world)


def test_an_emergency_that_was_reopened_lapses_if_nothing_follows(world: World, time: Clock) -> None:
    from smsbot.escalation import resolve

    nurse = world.person("nurse").id
    world.text(EMERGENCY)
    world.act(lambda session, case: resolve(session, case, nurse, None, reason="reached"))
    assert (world.case.resolution, world.case.resolved_by) == ("reached", nurse)
    world.act(lambda session, case: handing.reopen(world.ladder, session, case, nurse))
    case = world.case
    assert (case.state, case.owner_id, case.resolution) == (CaseState.TAKEN, nurse, None)
    before = len(world.sent)
    world.pass_time(time, 60)
    assert names(world, before)


def test_an_emergency_wants_an_outcome(browser: Browser, wiring: Wiring) -> None:
    case = case_of(wiring, "chest tight since the infusion")
    browser.sign_in()
    assert send(browser, case.code, "resolve", note="rang") == 422
    assert send(browser, case.code, "resolve", reason="answered") == 422
    assert send(browser, case.code, "wait") == 409
    assert only_case(wiring).state == CaseState.OPEN
    assert send(browser, case.code, "resolve", reason="called_911") == 303
    assert only_case(wiring).resolution == "called_911"


def test_the_front_desk_does_not_resolve_an_emergency_and_is_told_who_does(
    browser: Browser, wiring: Wiring
) -> None:
    case = case_of(wiring, "chest tight since the infusion")
    browser.sign_in("desk@example.com")
    page = browser.get(f"/cases/{case.code}").text
    assert "Only a nurse, a prescriber or an administrator" in page
    answer = browser.submit(f"/cases/{case.code}", f"/cases/{case.code}/resolve", reason="reached")
    assert answer.status_code == 403 and "Only a nurse" in answer.text
    assert only_case(wiring).state == CaseState.OPEN


def test_a_text_that_came_meanwhile_is_read_before_the_case_is_resolved(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    case = case_of(wiring, "can I come in on Tuesday")
    browser.sign_in()
    seen = re.search(r'name="seen" value="([^"]+)"', browser.get(f"/cases/{case.code}").text)
    assert seen
    time.forward(minutes=1)
    wiring.intake.receive(inbound("or Wednesday, and what does it cost"))
    answer = browser.submit(
        f"/cases/{case.code}", f"/cases/{case.code}/resolve", reason="answered", seen=seen[1]
    )
    assert answer.status_code == 409 and "came in while you looked" in answer.text
    assert only_case(wiring).state != CaseState.RESOLVED


def test_everything_behind_more_works_from_the_page(browser: Browser, wiring: Wiring) -> None:
    case = case_of(wiring, "can I come in on Tuesday")
    with wiring.db.reading() as session:
        desk = next(one.id for one in session.scalars(select(Staff)) if one.role == "front_desk")
    browser.sign_in()
    page = browser.get(f"/cases/{case.code}").text
    assert 'data-key="a"' in page and 'data-key="e"' in page and "<details" in page
    assert send(browser, case.code, "assign", to="nobody") == 422
    assert send(browser, case.code, "assign", to=desk) == 303
    assert only_case(wiring).owner_id == desk
    assert send(browser, case.code, "take") == send(browser, case.code, "release") == 303
    assert only_case(wiring).state == CaseState.OPEN
    assert send(browser, case.code, "wait") == 303
    assert only_case(wiring).state == CaseState.WAITING
    assert send(browser, case.code, "resolve", reason="booked") == 303
    assert send(browser, case.code, "reopen") == 303
    assert only_case(wiring).state == CaseState.TAKEN
    with wiring.db.reading() as session:
        kinds = set(session.scalars(select(Event.kind)))
        notice = session.scalars(select(Dispatch).where(Dispatch.owed.like("assigned:%"))).one()
    assert {"case_assigned", "case_released", "case_waiting", "case_resolved", "case_reopened"} <= kinds
    assert case.code in notice.body and "561" not in notice.body  # no patient's number


def test_routine_cases_are_resolved_together_and_the_rest_is_named(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    routine = [case_of(wiring, "can I come in on Tuesday", f"+1561555012{n}") for n in range(3)]
    emergency = case_of(wiring, "chest tight since the infusion", "+15615550129")
    time.forward(minutes=1)
    wiring.intake.receive(inbound("and what does it cost", "+15615550122"))
    codes = [f"{one.code}.{one.version}" for one in (*routine, emergency)]
    browser.sign_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"/cases/{emergency.code}").text)
    assert token
    form = {"csrf_token": token[1], "reason": "booked", "code": codes}
    page = browser.client.post("/cases/resolve", data=form).text
    assert "2 cases resolved" in page
    left = page.partition("Left as they are")[2]
    assert routine[2].code in left and emergency.code in left and "emergency" in left
    with wiring.db.reading() as session:
        done = session.scalars(select(Case.code).where(Case.resolution == "booked"))
        assert set(done) == {routine[0].code, routine[1].code}


def test_what_the_list_did_not_say_it_showed_is_not_resolved(browser: Browser, wiring: Wiring) -> None:
    case = case_of(wiring, "can I come in on Tuesday")
    browser.sign_in()
    fields = {"code": case.code, "reason": "answered"}
    browser.submit(f"/cases/{case.code}", "/cases/resolve", **fields)
    assert only_case(wiring).state == CaseState.OPEN
    later = (only_case(wiring).changed_at + timedelta(seconds=1)).isoformat()
    browser.submit(f"/cases/{case.code}", "/cases/resolve", **fields, seen_at=later)
    assert only_case(wiring).state == CaseState.RESOLVED


def test_a_thank_you_keeps_a_case_from_being_resolved_unseen(wiring: Wiring) -> None:
    case = case_of(wiring, "can I come in on Tuesday")
    wiring.intake.receive(inbound("thank you"))
    assert only_case(wiring).version > case.version
    with wiring.db.reading() as session:
        assert len(set(session.scalars(select(Message.case_id).where(Message.direction == "in")))) == 1
