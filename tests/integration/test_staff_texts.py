"""Texts from staff phones: take, pass on, note, STOP; and never anybody else's number."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from smsbot.domain import Consent
from smsbot.escalation import Rounds
from smsbot.intake.writing import Late
from smsbot.models import (
    Alert,
    AlertState,
    Case,
    CaseState,
    Contact,
    Dispatch,
    Event,
    Message,
    Staff,
    TriageRecord,
)
from smsbot.wiring import Wiring
from tests.conftest import Clock, Phones
from tests.integration.conftest import Browser
from tests.system import new_sid
from tests.texts import WALT, inbound

NURSE, OTHERS = "+15615550150", "+15615550199"
EMERGENCY = "I took all my pills, i want to die"


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of an open emergency, of which the nurse on call was alerted."""
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


def from_nurse(wiring: Wiring, body: str, **changes: object) -> str:
    answer = wiring.intake.receive(inbound(body, NURSE, **changes))
    found = re.search(r"<Message[^>]*>(.*)</Message>", answer, re.DOTALL)
    return found[1] if found else ""


def case_of(wiring: Wiring, code: str) -> Case:
    with wiring.db.reading() as session:
        return session.scalars(select(Case).where(Case.code == code)).one()


def test_one_takes_the_case_and_stops_the_ladder(wiring: Wiring, code: str) -> None:
    answer = from_nurse(wiring, "1")
    assert code in answer and "Open it within 5 minutes" in answer and f"/cases/{code}" in answer
    case = case_of(wiring, code)
    assert case.state == CaseState.TAKEN and case.owner_opened_at is None
    with wiring.db.reading() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        assert case.owner_id == nurse.id
        assert session.scalars(select(Alert)).one().state == AlertState.TAKEN
        taken = session.scalars(select(Event).where(Event.kind == "case_taken")).one()
        assert taken.details["by"] == "text"


def test_the_same_text_twice_takes_once_and_is_answered_alike(wiring: Wiring, code: str) -> None:
    sid = new_sid()
    assert from_nurse(wiring, "1", provider_sid=sid) == from_nurse(wiring, "1", provider_sid=sid)
    with wiring.db.reading() as session:
        assert len(session.scalars(select(Event).where(Event.kind == "case_taken")).all()) == 1


def test_a_half_asleep_one_only_holds_the_ladder(wiring: Wiring, code: str, time: Clock) -> None:
    from_nurse(wiring, "1")
    time.forward(minutes=5, seconds=1)
    Rounds(wiring.db, wiring.ladder).go()
    case = case_of(wiring, code)
    assert case.state == CaseState.OPEN and case.owner_id is None
    with wiring.db.reading() as session:
        climbing = session.scalars(select(Alert).where(Alert.state == AlertState.CLIMBING)).one()
        assert climbing.reason == "not_opened"


def test_the_same_words_from_any_other_phone_are_a_patients(wiring: Wiring, code: str) -> None:
    wiring.intake.receive(inbound("1", OTHERS))
    wiring.intake.receive(inbound(f"1 {code}", OTHERS))
    assert case_of(wiring, code).state == CaseState.OPEN


def test_of_several_cases_one_must_be_named(wiring: Wiring, code: str) -> None:
    wiring.intake.receive(inbound("chest pain since the infusion", OTHERS))
    answer = from_nurse(wiring, "1")
    assert answer.startswith("2 cases are open. Reply 1 ") and code in answer
    assert case_of(wiring, code).state == CaseState.OPEN
    assert code in from_nurse(wiring, f"1 {code.lower()}")
    assert case_of(wiring, code).state == CaseState.TAKEN


def test_two_passes_it_on_at_once(wiring: Wiring, code: str) -> None:
    assert "goes to the next person now" in from_nurse(wiring, "2")
    with wiring.db.reading() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        alert = session.scalars(select(Alert)).one()
        assert alert.passed_by == [nurse.id] and alert.state == AlertState.CLIMBING
        told = session.scalars(select(Dispatch.staff_id).where(Dispatch.owed.like(f"alert:{alert.id}:1:%")))
        assert set(told) and nurse.id not in set(told)


def test_one_who_has_it_may_pass_it_on_again(wiring: Wiring, code: str) -> None:
    from_nurse(wiring, "1")
    from_nurse(wiring, f"2 {code}")
    case = case_of(wiring, code)
    assert case.state == CaseState.OPEN and case.owner_id is None


def test_what_is_no_command_is_a_note_on_the_open_alert(wiring: Wiring, code: str) -> None:
    answer = from_nurse(wiring, "her husband picked up, ambulance is on its way")
    assert answer.startswith(f"Noted on case {code}.") and "PATIENT" in answer
    with wiring.db.reading() as session:
        assert session.scalars(select(Event).where(Event.kind == "note")).one().note.startswith("her husband")
        assert session.scalars(select(TriageRecord.id)).all().__len__() == 1  # the patient's text alone


def test_a_text_without_an_open_alert_is_kept_and_says_that_nobody_read_it(wiring: Wiring) -> None:
    assert "went to nobody" in from_nurse(wiring, "is anybody there")
    with wiring.db.reading() as session:
        assert session.scalars(select(Message)).one().body == "is anybody there"
        assert session.scalars(select(Case)).first() is None


def test_patient_makes_it_a_patients_text(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(f"PATIENT {EMERGENCY}", NURSE))
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().urgency == "emergency"
        assert session.scalars(select(Message).where(Message.direction == "in")).one().body == EMERGENCY


def test_stop_from_a_staff_phone_is_told_and_calls_take_over(wiring: Wiring) -> None:
    assert from_nurse(wiring, "STOP") == ""  # the provider confirms
    with wiring.db.reading() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        assert nurse.texts_stopped_at is not None
        notice = session.scalars(select(Dispatch).where(Dispatch.purpose == "notice")).one()
        assert session.get_one(Staff, notice.staff_id).role == "administrator"
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.reading() as session:
        routes = session.scalars(
            select(Dispatch.route).where(Dispatch.purpose == "alert", Dispatch.staff_id == nurse.id)
        ).all()
        assert routes == ["call"]
    from_nurse(wiring, "START")
    with wiring.db.reading() as session:
        assert session.get_one(Staff, nurse.id).texts_stopped_at is None


def test_a_disabled_persons_phone_is_a_patients(wiring: Wiring, code: str) -> None:
    from smsbot import people

    with wiring.db.writing() as session:
        people.disable(session, session.scalars(select(Staff).where(Staff.role == "nurse")).one())
    wiring.intake.receive(inbound(f"1 {code}", NURSE))
    assert case_of(wiring, code).state == CaseState.OPEN


def test_taking_tells_the_others_who_were_alerted(wiring: Wiring, code: str, time: Clock) -> None:
    for _ in range(12):
        time.forward(minutes=1)
        Rounds(wiring.db, wiring.ladder).go()
    with wiring.db.writing() as session:  # as if all had left
        for dispatch in session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")):
            dispatch.first_tried_at = time.at
    from_nurse(wiring, "1")
    with wiring.db.reading() as session:
        notices = session.scalars(select(Dispatch).where(Dispatch.purpose == "notice")).all()
        assert {session.get_one(Staff, one.staff_id).role for one in notices} >= {
            "administrator",
            "prescriber",
        }
        assert all(one.body == f"Case {code}: Nadia has taken it." for one in notices)


def test_an_opt_out_word_from_staff_is_no_patients_opt_out(wiring: Wiring) -> None:
    from_nurse(wiring, "STOP")
    with wiring.db.reading() as session:
        assert session.scalars(select(Contact)).one().consent == Consent.UNKNOWN


def test_a_patient_is_not_told_about_staff_commands(wiring: Wiring) -> None:
    assert "Reply 1" not in wiring.intake.receive(inbound("?", WALT))


def test_the_simulators_staff_phones_text_and_answer_calls(
    wiring: Wiring, phones: Phones, browser: Browser, code: str, time: Clock
) -> None:
    time.forward(minutes=1, seconds=1)
    Rounds(wiring.db, wiring.ladder).go()
    time.forward(seconds=2)
    wiring.sweep().cycle()
    page = browser.get("/simulator").text
    assert "Ringing" in page and "Text 1: take it" in page
    (ringing,) = phones.client.calls()
    browser.submit("/simulator", "/simulator/staff", staff=NURSE, call=ringing["sid"], key="")
    assert phones.client.calls()[0]["status"] == "busy"
    browser.submit("/simulator", "/simulator/staff", staff=NURSE, body="1")
    texts = [one["body"] for one in phones.client.thread(NURSE) if one["direction"] == "inbound"]
    assert texts == ["1"]


def test_a_late_command_is_answered_by_a_text_of_its_own(
    wiring: Wiring, phones: Phones, code: str, time: Clock
) -> None:
    deliver_all(wiring)
    time.forward(minutes=1)
    late = inbound("1", NURSE, received_at=time())
    time.forward(minutes=2)
    assert "<Message" not in wiring.intake.receive(late, Late())
    assert case_of(wiring, code).state == CaseState.TAKEN
    with wiring.db.reading() as session:
        (answer,) = session.scalars(select(Dispatch).where(Dispatch.owed.like("late-answer:%")))
    assert answer.recipient == NURSE and f"You have case {code}" in answer.body
    assert "<Message" not in wiring.intake.receive(late)  # the webhook comes after all: once is enough


def test_a_late_one_takes_no_case_that_was_alerted_after_it_was_written(
    wiring: Wiring, phones: Phones, code: str, time: Clock
) -> None:
    late = inbound("1", NURSE, received_at=time())
    time.forward(minutes=2)
    deliver_all(wiring)
    wiring.intake.receive(late, Late())
    assert case_of(wiring, code).state == CaseState.OPEN


def deliver_all(wiring: Wiring) -> None:
    """Everything that is owed by now leaves."""
    with wiring.db.reading() as session:
        owed = list(session.scalars(select(Dispatch.id)))
    for one in owed:
        wiring.outbox.deliver(one)


def test_a_late_note_is_of_no_case_that_was_taken_after_it_was_written(
    wiring: Wiring, phones: Phones, code: str, time: Clock
) -> None:
    late = inbound("she sounds better", NURSE, received_at=time())
    time.forward(minutes=2)
    from_nurse(wiring, "1")
    wiring.intake.receive(late, Late())
    with wiring.db.reading() as session:
        (answer,) = session.scalars(select(Dispatch).where(Dispatch.owed.like("late-answer:%")))
        assert session.scalars(select(Event).where(Event.kind == "note")).all() == []
    assert "went to nobody" in answer.body
