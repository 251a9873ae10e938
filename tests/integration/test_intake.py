"""What one text leaves behind, on a real database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from smsbot import escalation
from smsbot.domain import Consent, Intent, Outcome, Reply, SenderKind, Triage, Urgency
from smsbot.intake.decision import Deciding
from smsbot.models import (
    Alert,
    AlertState,
    Base,
    Case,
    CaseState,
    Contact,
    Dispatch,
    Message,
    Staff,
    TriageRecord,
)
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"
ROUTINE = "whats your fax number"


def count(wiring: Wiring, table: type[Base], **where: str) -> int:
    with wiring.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table).filter_by(**where)) or 0


def only(wiring: Wiring, table: type[Base]):
    with wiring.db.reading() as session:
        return session.scalars(select(table)).one()


def take(wiring: Wiring, role: str = "nurse") -> str:
    with wiring.db.writing() as session:
        person = session.scalars(select(Staff).where(Staff.role == role)).one()
        wiring.ladder.take(session, session.scalars(select(Case)).one(), person.id)
        return person.id


def test_an_emergency_is_kept_answered_and_alerts_those_on_call(wiring: Wiring) -> None:
    answer = wiring.intake.receive(inbound(EMERGENCY))
    case = only(wiring, Case)
    assert (case.urgency, case.state, case.team) == ("emergency", "open", "nurse")
    assert "call 911" in answer
    with wiring.db.reading() as session:
        alert = session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).one()
        nurse = session.scalars(select(Staff).where(Staff.is_on_call)).one()
        assert alert.recipient == nurse.phone
        words = alert.body
    assert case.code in words
    assert "EMERGENCY" in words
    for secret in ("chest", "infusion", "5550110", "Delray", "Medicine", "Walt"):
        assert secret not in words


def test_the_body_is_kept_whole_and_sealed(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("q u e d a 🎂 \u202e ñ"))
    with wiring.db.reading() as session:
        message = session.scalars(select(Message).where(Message.direction == "in")).one()
        assert message.body == "q u e d a 🎂 \u202e ñ"
        assert b"q u e d a" not in message.body_sealed


def test_a_repeated_sid_gets_the_first_reply_word_for_word_and_nothing_else(
    wiring: Wiring, time: Clock
) -> None:
    text = inbound(EMERGENCY)
    first = wiring.intake.receive(text)
    before = [count(wiring, table) for table in (Message, Case, Alert, Dispatch, TriageRecord)]
    time.forward(hours=9)  # the office's hours differ by now: the words must not
    assert wiring.intake.receive(replace(text, received_at=time())) == first
    assert [count(wiring, table) for table in (Message, Case, Alert, Dispatch, TriageRecord)] == before


def test_a_further_text_joins_the_open_case(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(ROUTINE))
    wiring.intake.receive(inbound("can i come in tuesday"))
    assert count(wiring, Case) == 1


def resolve(wiring: Wiring) -> None:
    """Somebody takes the one case and resolves it."""
    staff_id = take(wiring)
    with wiring.db.writing() as session:
        escalation.resolve(session, session.scalars(select(Case)).one(), staff_id, None)


def test_a_text_soon_after_the_case_was_resolved_opens_it_again(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    resolve(wiring)
    time.forward(hours=11)
    wiring.intake.receive(inbound(ROUTINE))
    case = only(wiring, Case)
    assert (case.state, case.urgency, case.owner_id, case.resolved_at) == ("open", "routine", None, None)
    assert count(wiring, Message, direction="in") == 2


def test_an_emergency_after_the_case_was_resolved_alerts_anew(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(ROUTINE))
    resolve(wiring)
    wiring.intake.receive(inbound(EMERGENCY))
    assert only(wiring, Case).urgency == "emergency"
    assert count(wiring, Alert, state=AlertState.CLIMBING) == 1


def test_thanks_after_the_case_was_resolved_open_nothing(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(ROUTINE))
    resolve(wiring)
    wiring.intake.receive(inbound("thank you!"))
    assert only(wiring, Case).state == CaseState.RESOLVED


def test_a_text_long_after_the_case_was_resolved_opens_another(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound(ROUTINE))
    resolve(wiring)
    time.forward(hours=13)
    wiring.intake.receive(inbound(ROUTINE))
    assert count(wiring, Case) == 2


def test_urgency_rises_and_alerts_but_never_falls(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(ROUTINE))
    assert count(wiring, Alert) == 0
    wiring.intake.receive(inbound(EMERGENCY))
    wiring.intake.receive(inbound(ROUTINE))
    case = only(wiring, Case)
    assert case.urgency == "emergency"
    assert "chest_pain" in case.flags
    assert count(wiring, Alert) == 1


def test_thanks_neither_opens_nor_alerts_but_joins(wiring: Wiring) -> None:
    assert wiring.intake.receive(inbound("thank you!!")).endswith("<Response/>")
    assert count(wiring, Case) == 0
    wiring.intake.receive(inbound(ROUTINE))
    wiring.intake.receive(inbound("thank you!!"))
    with wiring.db.reading() as session:
        assert len(set(session.scalars(select(Message.case_id).where(Message.direction == "in")))) == 2


def test_a_further_emergency_in_a_taken_case_alerts_its_owner_alone(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    owner = take(wiring, "prescriber")
    wiring.intake.receive(inbound("i cant breathe"))
    with wiring.db.reading() as session:
        latest = session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).all()[-1]
        assert latest.staff_id == owner


def test_without_anyone_on_call_everybody_is_told(wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        for person in session.scalars(select(Staff)):
            person.is_on_call = False
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.reading() as session:
        told = set(session.scalars(select(Dispatch.staff_id).where(Dispatch.purpose == "alert")))
    assert len(told) == 4


def test_with_nobody_to_alert_the_text_is_kept_and_nothing_is_promised(wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        for person in session.scalars(select(Staff)):
            person.disabled_at = person.created_at
    answer = wiring.intake.receive(inbound(EMERGENCY))
    assert "alerting our team" not in answer
    assert only(wiring, Case).urgency == "emergency"


def test_stop_silences_us_and_start_undoes_it(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("STOP"))
    assert only(wiring, Contact).consent == Consent.OPTED_OUT
    assert wiring.intake.receive(inbound(ROUTINE)).endswith("<Response/>")
    wiring.intake.receive(inbound("START"))
    assert only(wiring, Contact).consent == Consent.OPTED_IN
    assert "We got your message" in wiring.intake.receive(inbound(ROUTINE))


def test_an_emergency_of_an_opted_out_contact_alerts_staff_with_a_note_to_call(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("STOP"))
    assert wiring.intake.receive(inbound(EMERGENCY)).endswith("<Response/>")
    assert count(wiring, Alert) == 1
    with wiring.db.reading() as session:
        records = session.scalars(select(TriageRecord).order_by(TriageRecord.created_at)).all()
        assert any("call" in record.details for record in records)


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("262966", SenderKind.SHORT_CODE),
        ("PHARMACY", SenderKind.ALPHANUMERIC),
        ("", SenderKind.STRANGE),
        ("whatsapp:+15615550110", SenderKind.STRANGE),
        ("+15614097296", SenderKind.OURSELVES),
    ],
)
def test_what_is_no_persons_number_is_kept_and_never_answered(
    wiring: Wiring, sender: str, kind: SenderKind
) -> None:
    answer = wiring.intake.receive(inbound("Your code is 123", sender, sender_kind=kind))
    assert answer.endswith("<Response/>")
    assert count(wiring, Message) == 1


def failing(wiring: Wiring, read) -> None:
    deciding = wiring.intake.deciding
    assert isinstance(deciding, Deciding)
    wiring.__dict__["intake"] = replace(wiring.intake, deciding=replace(deciding, read=read))


def test_a_triage_that_raises_puts_the_text_before_a_person(wiring: Wiring) -> None:
    def explode(*_: object) -> Triage:
        raise RuntimeError("a rule broke")

    failing(wiring, explode)
    answer = wiring.intake.receive(inbound("anything"))
    case = only(wiring, Case)
    assert case.urgency == "urgent"
    assert "We got your message" in answer
    assert only(wiring, TriageRecord).error == "RuntimeError"
    assert count(wiring, Alert) == 1


def test_a_triage_that_takes_too_long_does_not_hold_the_answer(wiring: Wiring) -> None:
    import time as real_time

    def sleep(*_: object) -> Triage:
        real_time.sleep(3)
        return Triage(Urgency.NONE, (Intent.SOCIAL,))

    failing(wiring, sleep)
    began = real_time.monotonic()
    wiring.intake.receive(inbound("anything"))
    assert real_time.monotonic() - began < 2.9
    assert only(wiring, TriageRecord).error == "too_slow"


def test_a_contact_that_changed_between_look_and_write_is_decided_again(wiring: Wiring) -> None:
    looks = []
    deciding = wiring.intake.deciding

    def racing(text, situation):
        looks.append(situation)
        if len(looks) == 1:
            wiring.__dict__["intake"].__class__.receive(plain, inbound("first"))
        return deciding(text, situation)

    plain = wiring.intake
    raced = replace(plain, deciding=racing)
    raced.receive(inbound("second"))
    assert len(looks) == 2
    assert [text.body for text in looks[1].earlier] == ["first"]


def test_every_dispatch_is_written_with_its_cause_or_not_at_all(wiring: Wiring) -> None:
    writing = wiring.intake.writing

    def explode(*_: object) -> str:
        raise RuntimeError("rendering broke")

    broken = replace(wiring.intake, writing=replace(writing, render=explode))
    with pytest.raises(RuntimeError):
        broken.receive(inbound(EMERGENCY))
    assert [count(wiring, table) for table in (Message, Case, Alert, Dispatch)] == [0, 0, 0, 0]


def test_resolving_is_only_done_by_a_person(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound(ROUTINE))
    time.forward(days=30)
    wiring.sweep().cycle()
    assert only(wiring, Case).state == CaseState.OPEN


def test_the_language_of_a_reply_is_that_of_the_text(wiring: Wiring) -> None:
    spanish = wiring.intake.receive(inbound("Quiero cambiar mi cita para el viernes por la tarde"))
    assert "Recibimos" in spanish
    assert only(wiring, Contact).language == "es"


def test_a_reply_that_says_nothing_leaves_no_dispatch(wiring: Wiring) -> None:
    silent = replace(wiring.intake, writing=replace(wiring.intake.writing, render=lambda *_: ""))
    silent.receive(inbound(ROUTINE))
    assert count(wiring, Dispatch) == 0


def test_outcomes_are_frozen() -> None:
    outcome = Outcome(Urgency.NONE, replies=(Reply("received.neutral"),))
    with pytest.raises(AttributeError):
        outcome.urgency = Urgency.URGENT  # type: ignore[misc]
