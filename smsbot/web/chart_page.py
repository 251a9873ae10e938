"""What a case puts into the practice's records, and whether it stands there: queries in, objects out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import attachments, patients
from smsbot.charting import Chart, ChartAct, ChartText, chart_text
from smsbot.models import Case, Contact, Dispatch, DispatchState, Event, Message, Staff
from smsbot.patients import Behind
from smsbot.web.case_before import how_ended
from smsbot.web.event_words import sentence
from smsbot.web.pages import plain, spoken_number, telling
from smsbot.wiring import Wiring

# What a record needs of the audit log; texts stand for themselves, and who looked is no part of the care.
_ACTS = (
    *("missed_call", "urgency_raised", "case_taken", "case_assigned", "note", "patient_called"),
    *("triage_corrected", "case_split", "case_resolved", "case_reopened"),
)
_FATES: dict[str, str] = {
    DispatchState.DELIVERED: "arrived",
    DispatchState.SENT: "sent, not confirmed by the phone",
    DispatchState.FAILED: "did not arrive",
    DispatchState.CANCELLED: "not sent",
}


@dataclass(frozen=True)
class Charted:
    """Whether the case stands in the records, and is newer than what stands there."""

    case: Case
    by: str
    is_older: bool  # something happened since


def read_charted(session: Session, case: Case) -> Charted:
    """What the case page says about it."""
    person = session.get(Staff, case.charted_by) if case.charted_by else None
    is_older = False
    if case.charted_at is not None:
        since = select(Message.id).where(Message.case_id == case.id, Message.created_at > case.charted_at)
        is_older = session.scalars(since.limit(1)).first() is not None
    return Charted(case, person.name if person else "", is_older)


def read_chart(session: Session, parts: Wiring, case: Case) -> str:
    """The whole case as text."""
    contact = session.get_one(Contact, case.contact_id)
    names = {person.id: person.name for person in session.scalars(select(Staff))}
    chart = Chart(
        clinic=parts.clinic.name,
        code=case.code,
        number=spoken_number(contact.number),
        patients=tuple(_patient(one) for one in patients.behind(session, contact.number_index)),
        urgency=case.urgency,
        read_as=tuple(plain(name) for name in (*case.flags, *telling(case.intents))),
        opened_at=case.opened_at,
        owner=names.get(case.owner_id or ""),
        texts=_texts(session, case, names),
        acts=_acts(session, case, names),
        outcome=how_ended(case) or None,
        resolved_at=case.resolved_at,
        resolver=names.get(case.resolved_by or ""),
    )
    return chart_text(chart, parts.clinic.local)


def _patient(one: Behind) -> str:
    born = f", born {one.patient.birth_date}" if one.patient.birth_date else ""
    return f"{one.patient.name}{born}, id {one.patient.clinic_id}"


def _texts(session: Session, case: Case, names: dict[str, str]) -> tuple[ChartText, ...]:
    query = select(Message).where(Message.case_id == case.id)
    messages = list(session.scalars(query.order_by(Message.created_at, Message.id)))
    ids = [message.id for message in messages]
    sent = select(Dispatch.message_id, Dispatch.state).where(Dispatch.message_id.in_(ids))
    fates = {row.message_id: _FATES.get(row.state, "") for row in session.execute(sent)}
    files = attachments.of_messages(session, ids)
    who = {"patient": "Patient", "bot": "Automatic reply"} | names
    return tuple(
        ChartText(
            at=one.created_at,
            who=who.get(one.author, "Staff"),
            words=one.body,
            fate=fates.get(one.id, "") if one.direction == "out" else "",
            attachments=len(files[one.id]),
        )
        for one in messages
    )


def _acts(session: Session, case: Case, names: dict[str, str]) -> tuple[ChartAct, ...]:
    query = select(Event).where(Event.case_id == case.id, Event.kind.in_(_ACTS))
    acts = (
        ChartAct(one.at, sentence(one, names.get(one.staff_id or "", "")), one.note or "")
        for one in session.scalars(query.order_by(Event.at, Event.id))
    )
    # who takes a case again has it already: said once
    first = {(one.words, one.note, one.at if one.note else None): one for one in reversed(list(acts))}
    return tuple(sorted(first.values(), key=lambda one: one.at))
