"""What is known when a text arrives, read before anything is locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.clinic import Clinic
from smsbot.domain import Consent, EarlierText, Flag, Intent, OpenCase, Situation, Urgency
from smsbot.models import Case, CaseState, Contact, Message

EARLIER_MINUTES = 10
_EARLIER_TEXTS = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """The situation, and the version of the contact it was read from (0: unknown contact)."""

    situation: Situation
    version: int


def read_situation(session: Session, number_index: str, clinic: Clinic, received_at: datetime) -> Seen:
    """Read what triage and handlers may know about a text received then.

    Its surroundings count from when it was sent to us: one that is taken in late belongs to its own minutes.
    """
    now = clock.now()
    office = clinic.office_at(now)
    contact = session.scalars(select(Contact).where(Contact.number_index == number_index)).one_or_none()
    if contact is None:
        return Seen(Situation(now=now, zone=clinic.zone.key, office=office), 0)
    recent = _recent(session, contact.id)
    near = timedelta(minutes=EARLIER_MINUTES)
    situation = Situation(
        now=now,
        zone=clinic.zone.key,
        earlier=tuple(
            EarlierText(text.body, text.created_at)
            for text in reversed(recent)
            if text.direction == "in" and abs(text.created_at - received_at) <= near
        ),
        language=contact.language,
        consent=Consent(contact.consent),
        open_case=_open_case(session, contact.id),
        office=office,
        last_reply=next((text.body for text in recent if text.direction == "out"), None),
    )
    return Seen(situation, contact.version)


def newest_open_case(session: Session, contact_id: str) -> Case | None:
    """The case that a further text joins; locked when the session writes."""
    query = (
        select(Case)
        .where(Case.contact_id == contact_id, Case.state != CaseState.RESOLVED)
        .order_by(Case.opened_at.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def _recent(session: Session, contact_id: str) -> list[Message]:
    query = select(Message).where(Message.contact_id == contact_id).order_by(Message.created_at.desc())
    return list(session.scalars(query.limit(_EARLIER_TEXTS)))


def _open_case(session: Session, contact_id: str) -> OpenCase | None:
    case = newest_open_case(session, contact_id)
    if case is None:
        return None
    return OpenCase(
        id=case.id,
        urgency=Urgency(case.urgency),
        intents=tuple(Intent(intent) for intent in case.intents),
        flags=tuple(Flag(flag) for flag in case.flags),
        is_taken=case.state == CaseState.TAKEN,
    )
