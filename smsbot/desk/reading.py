"""What each text of a case was read as: by a person if one corrected it, else by the system."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.clinic import Clinic
from smsbot.domain import Flag, Intent, Triage, Urgency
from smsbot.models import Case, Correction, Event, Message, TriageRecord
from smsbot.triage.conditions import night_conditions


@dataclass(frozen=True, slots=True)
class Reading:
    """One text of a patient, and what counts for it. A missed call is urgent and says nothing."""

    message: Message
    urgency: Urgency
    intents: tuple[Intent, ...]
    flags: tuple[Flag, ...]
    record: TriageRecord | None
    correction: Correction | None
    is_current: bool = True  # False: of an earlier time, before the case was resolved and opened by a text

    @property
    def triage(self) -> Triage:
        """As triage would have given it; labels alone."""
        return Triage(urgency=self.urgency, intents=self.intents, flags=self.flags)


def readings_of(session: Session, case: Case) -> list[Reading]:
    """The patient's texts of a case, in their order."""
    query = (
        select(Message, TriageRecord)
        .outerjoin(TriageRecord, TriageRecord.message_id == Message.id)
        .where(Message.case_id == case.id, Message.direction == "in", Message.author == "patient")
        .order_by(Message.created_at, Message.id)
    )
    rows = session.execute(query).all()
    corrections = newest_corrections(session, [message.id for message, _ in rows])
    events = _events(session, case)
    decided = {
        one.details.get("message_id"): Urgency(one.details["urgency"])
        for one in events
        if one.kind == "text_received"
    }
    began = _began(events)
    return [
        _reading(message, record, corrections.get(message.id), decided.get(message.id), began)
        for message, record in rows
    ]


def _events(session: Session, case: Case) -> list[Event]:
    cases = [case.id, *([case.split_from] if case.split_from else [])]
    kinds = ("text_received", "case_resolved", "case_reopened")
    query = select(Event).where(Event.case_id.in_(cases), Event.kind.in_(kinds))
    return list(session.scalars(query.order_by(Event.at, Event.id)))


def _began(events: list[Event]) -> str:
    """The id after which texts count: a case that a text opened again begins anew, as urgent as that text."""
    began = resolved = ""
    for one in events:
        if one.kind == "case_resolved":
            resolved = one.id
        elif one.kind == "case_reopened" and one.details.get("by") == "text":
            began = resolved
    return began


def newest_corrections(session: Session, message_ids: list[str]) -> dict[str, Correction]:
    """The correction that counts, of each message that has one."""
    query = select(Correction).where(Correction.message_id.in_(message_ids))
    return {one.message_id: one for one in session.scalars(query.order_by(Correction.at, Correction.id))}


def recompute_labels(
    clinic: Clinic, case: Case, readings: list[Reading], *, keeps_watch: bool = True
) -> None:
    """The case holds its texts' intents, flags and conditions, and goes to their team. Not its urgency."""
    watched = [Flag.DANGER_FROM_OTHERS] if Flag.DANGER_FROM_OTHERS in (case.flags or ()) else []
    case.intents = list(dict.fromkeys(str(one) for reading in readings for one in reading.intents))
    case.flags = list(dict.fromkeys(str(one) for reading in readings for one in reading.flags))
    if keeps_watch:  # it is about the phone, not the text
        case.flags = list(dict.fromkeys([*case.flags, *(str(one) for one in watched)]))
    case.conditions = list(dict.fromkeys(one for reading in readings for one in _conditions(clinic, reading)))
    case.team = clinic.team_for([Intent(name) for name in case.intents], Urgency(case.urgency))


def _conditions(clinic: Clinic, reading: Reading) -> tuple[str, ...]:
    at = reading.message.created_at
    opens_at = clinic.office_at(at).opens_at
    return night_conditions(reading.message.body, reading.triage, at, opens_at, clinic.zone)


def _reading(
    message: Message,
    record: TriageRecord | None,
    correction: Correction | None,
    decided: Urgency | None,
    began: str,
) -> Reading:
    counts = correction or record
    read = Urgency(counts.urgency) if counts else Urgency.URGENT
    if correction is None and decided is not None:
        read = Urgency.highest(read, decided)  # handlers may have found more in the situation
    return Reading(
        message=message,
        urgency=read,
        intents=tuple(Intent(name) for name in (counts.intents if counts else ())),
        flags=tuple(Flag(name) for name in (counts.flags if counts else ())),
        record=record,
        correction=correction,
        is_current=message.id > began,  # ids sort by the time they were made
    )
