"""What a review of the staff inbox found: words of a person that were lost, and undoing that left a hole."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from smsbot.bridging import ask_for_call
from smsbot.domain import Urgency
from smsbot.escalation import handing
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Event, new_id
from smsbot.outbox import REPLY_TOO_OLD, Outbox
from smsbot.receipts.bridge import find_bridge, note_ended
from smsbot.routes import RouteError
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import World
from tests.integration.conftest import Browser, the_case
from tests.integration.test_outbox import ScriptedRoute
from tests.texts import inbound

WORDS = "It is 561-555-0199"
EMERGENCY = "chest tight since the infusion"
UNREACHABLE = RouteError("30005", is_retryable=False)


def standing(wiring: Wiring) -> Alert | None:
    with wiring.db.reading() as session:
        return session.scalars(select(Alert).where(Alert.state != AlertState.ENDED)).one_or_none()


def send(wiring: Wiring, browser: Browser, code: str, **fields: str) -> str:
    """Write a reply; the id of its dispatch."""
    browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words=WORDS, **fields)
    with wiring.db.reading() as session:
        query = select(Dispatch.id).where(Dispatch.route == "rest").order_by(Dispatch.id.desc())
        return session.scalars(query).first() or ""


def undo(browser: Browser, code: str, dispatch_id: str) -> None:
    assert browser.submit(f"/cases/{code}", f"/replies/{dispatch_id}/undo").status_code == 303


def fail(wiring: Wiring, dispatch_id: str) -> None:
    route = ScriptedRoute(sends=[UNREACHABLE])
    Outbox(wiring.db, {"rest": route}, wiring.on_failed).deliver(dispatch_id)


def test_words_that_resolved_a_case_and_never_arrived_bring_it_back(
    wiring: Wiring, browser: Browser, code: str, time: Clock
) -> None:
    dispatch_id = send(wiring, browser, code, resolve="1")
    assert the_case(wiring).state == CaseState.RESOLVED
    time.forward(seconds=12)
    fail(wiring, dispatch_id)
    case = the_case(wiring)
    assert case.state == CaseState.TAKEN and case.reply_lost == "30005"
    assert case.acted_at is None and case.look_by is not None  # else nobody would be told of it


def test_an_emergency_resolved_with_words_that_never_arrived_is_pursued(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    browser.sign_in()
    code = the_case(wiring).code
    dispatch_id = send(wiring, browser, code, resolve="1", outcome="reached")
    assert the_case(wiring).state == CaseState.RESOLVED
    time.forward(seconds=12)
    fail(wiring, dispatch_id)
    alert = standing(wiring)
    assert alert is not None and alert.state == AlertState.CLIMBING and alert.next_at is not None
    assert alert.to_owner and the_case(wiring).state == CaseState.TAKEN  # who resolved it hears first


def test_an_automatic_reply_that_did_not_arrive_opens_no_resolved_case(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/resolve", reason="no_action")
    with wiring.db.writing() as session:
        reply = session.scalars(select(Dispatch).where(Dispatch.owed.startswith("reply:"))).one()
        reply.state, reply.error = DispatchState.FAILED, "30005"
        session.flush()
        wiring.on_failed(session, reply)
    assert the_case(wiring).state == CaseState.RESOLVED


def test_words_of_a_person_that_could_not_leave_for_hours_come_back_to_a_person(
    wiring: Wiring, browser: Browser, code: str, time: Clock
) -> None:
    dispatch_id = send(wiring, browser, code)
    time.forward(seconds=REPLY_TOO_OLD.total_seconds() + 60)
    route = ScriptedRoute()
    Outbox(wiring.db, {"rest": route}, wiring.on_failed).deliver(dispatch_id)
    with wiring.db.reading() as session:
        row = session.get_one(Dispatch, dispatch_id)
        assert (row.state, row.error) == (DispatchState.FAILED, "too_old")
    assert not route.sent and the_case(wiring).reply_lost == "too_old"
    assert standing(wiring) is not None


def test_a_case_does_not_wait_for_a_patient_whose_text_was_taken_back(
    wiring: Wiring, browser: Browser, code: str, time: Clock
) -> None:
    dispatch_id = send(wiring, browser, code)
    browser.submit(f"/cases/{code}", f"/cases/{code}/wait")
    assert the_case(wiring).state == CaseState.WAITING
    time.forward(seconds=3)
    undo(browser, code, dispatch_id)
    case = the_case(wiring)
    assert case.state == CaseState.TAKEN and case.acted_at is None and case.look_by is not None


def test_undoing_the_answer_to_a_further_emergency_text_leaves_it_due(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    browser.sign_in()
    code = the_case(wiring).code
    send(wiring, browser, code)
    time.forward(minutes=5)
    wiring.intake.receive(inbound("chest pain is worse now"))
    dispatch_id = send(wiring, browser, code)  # the page was opened: the owner has read it
    alert = standing(wiring)
    assert alert is not None and alert.next_at is None
    time.forward(seconds=3)
    undo(browser, code, dispatch_id)
    alert = standing(wiring)
    assert alert is not None and alert.next_at is not None
    assert the_case(wiring).acted_at is None


def test_two_replies_both_undone_leave_nothing_done(wiring: Wiring, browser: Browser, time: Clock) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    browser.sign_in()
    code = the_case(wiring).code
    first = send(wiring, browser, code)
    second = send(wiring, browser, code)
    undo(browser, code, first)
    assert the_case(wiring).acted_at is not None  # the second one still leaves
    undo(browser, code, second)
    alert = standing(wiring)
    assert the_case(wiring).acted_at is None and alert is not None and alert.next_at is not None


def test_what_was_undone_is_sent_once_by_a_double_click(wiring: Wiring, browser: Browser, code: str) -> None:
    once = "a" * 32
    first = send(wiring, browser, code, once=once)
    undo(browser, code, first)
    second = send(wiring, browser, code, once=once)
    assert second != first and send(wiring, browser, code, once=once) == second


def test_undo_keeps_what_was_begun_meanwhile(wiring: Wiring, browser: Browser, code: str) -> None:
    dispatch_id = send(wiring, browser, code)
    browser.submit(f"/cases/{code}", f"/cases/{code}/draft", words="And bring your card.")
    undo(browser, code, dispatch_id)
    page = browser.get(f"/cases/{code}").text
    assert WORDS in page and "And bring your card." in page


def test_an_emergency_assigned_while_something_lesser_climbs_is_pursued_as_an_emergency(
    wiring: Wiring, time: Clock
) -> None:
    world = World(wiring)
    world.text(Urgency.EMERGENCY)
    world.take("nurse", "inbox")
    with world.db.writing() as session:
        case = session.scalars(select(Case)).one()
        world.ladder.alert(session, case, "unanswered", to_owner=True, urgency=Urgency.ROUTINE)
    one, other = world.person("admin"), world.person("nurse")
    world.act(lambda session, case: handing.assign(world.ladder, session, case, one, other, "http://x"))
    alert = standing(wiring)
    assert alert is not None and alert.urgency == Urgency.EMERGENCY and alert.reason == "assigned"


@pytest.mark.parametrize(("status", "is_act"), [("no-answer", True), ("failed", False), ("canceled", False)])
def test_a_call_that_may_never_have_rung_is_noted_and_counts_as_nothing_done(
    wiring: Wiring, status: str, is_act: bool
) -> None:
    world = World(wiring)
    world.text(Urgency.EMERGENCY)
    world.take("nurse", "inbox")
    nurse = world.person("nurse")
    with world.db.writing() as session:
        dispatch_id = ask_for_call(session, session.scalars(select(Case)).one(), nurse).id
    with world.db.writing() as session:
        bridge = find_bridge(session, dispatch_id, nurse.phone, lock=True)
        assert bridge is not None
        note_ended(session, bridge, f"CA{new_id()}", status, 0)
    assert (world.case.acted_at is not None, world.alert.next_at is None) == (is_act, is_act)
    with world.db.reading() as session:
        assert session.scalars(select(Event).where(Event.kind == "patient_called")).one().note
