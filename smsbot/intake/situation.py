"""What is known when a text arrives, read before anything is locked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from smsbot import clock, patients
from smsbot.clinic import Clinic
from smsbot.domain import (
    Consent,
    EarlierReply,
    EarlierText,
    Flag,
    Intent,
    OpenCase,
    Silence,
    Situation,
    Urgency,
)
from smsbot.models import Case, CaseState, Contact, Message

EARLIER_MINUTES = 10
REOPENS_WITHIN = timedelta(hours=12)  # of being resolved: later it is a new matter
_EARLIER_TEXTS = 10
_REPLIES_OF = timedelta(days=2)  # or as long as the office has been closed
_MOST_LATELY = 60
_HOUR = timedelta(hours=1)
_QUESTION_STANDS = timedelta(days=3)  # what comes later is no answer


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
    if not office.is_open:
        office = replace(office, closed_since=clinic.closed_since(now))
    behind = patients.behind(session, number_index)
    known = Situation(
        now=now,
        zone=clinic.zone.key,
        office=office,
        was_told=False,
        language=patients.language_of(behind),
        has_list=patients.has_list(session),
        patients=len(behind),
    )
    contact = session.scalars(select(Contact).where(Contact.number_index == number_index)).one_or_none()
    if contact is None:
        return Seen(known, 0)
    return Seen(_of_contact(session, contact, known, received_at), contact.version)


def _of_contact(session: Session, contact: Contact, known: Situation, received_at: datetime) -> Situation:
    """What is known of a contact that has texted before."""
    recent = _recent(session, contact.id)
    case = newest_open_case(session, contact.id)
    near = timedelta(minutes=EARLIER_MINUTES)
    return replace(
        known,
        earlier=tuple(
            EarlierText(text.body, text.created_at)
            for text in reversed(recent)
            if text.direction == "in" and abs(text.created_at - received_at) <= near
        ),
        question=_question(case, known.now),
        language=contact.language or known.language,
        set_language=contact.set_language,
        consent=Consent(contact.consent),
        open_case=None if case is None else _as_open(case),
        recent_case=None if case else _as_open(lately_resolved(session, contact.id, known.now)),
        sent=tuple(text.body for text in recent if text.direction == "out"),
        **_lately(session, contact.id, known),
        staff_asked=_staff_asked(recent, known.now),
        silence=Silence(contact.silence) if contact.silence else None,
        was_told=contact.notice_at is not None,
    )


def newest_open_case(session: Session, contact_id: str, *, lock: bool = False) -> Case | None:
    """The case that a further text joins; with `lock` nobody can resolve it meanwhile."""
    query = (
        select(Case)
        .where(Case.contact_id == contact_id, Case.state != CaseState.RESOLVED)
        .order_by(Case.opened_at.desc())
        .limit(1)
    )
    return session.scalars(_locked(query) if lock else query).first()


def _locked(query: Select[Case]) -> Select[Case]:
    """PostgreSQL asks again what it had to wait for: a case resolved meanwhile is not found open."""
    return query.with_for_update().execution_options(populate_existing=True)


def _recent(session: Session, contact_id: str) -> list[Message]:
    query = select(Message).where(Message.contact_id == contact_id).order_by(Message.created_at.desc())
    return list(session.scalars(query.limit(_EARLIER_TEXTS)))


def lately_resolved(session: Session, contact_id: str, now: datetime, *, lock: bool = False) -> Case | None:
    """The case that a further text opens again."""
    query = (
        select(Case)
        .where(Case.contact_id == contact_id, Case.resolved_at > now - REOPENS_WITHIN)
        .where(Case.state == CaseState.RESOLVED)
        .order_by(Case.resolved_at.desc())
        .limit(1)
    )
    return session.scalars(_locked(query) if lock else query).first()


def _lately(session: Session, contact_id: str, known: Situation) -> dict[str, Any]:
    """Who wrote when, as fields of the situation.

    What left is asked for by itself: a phone that sends hundreds of texts must not hide our few replies.
    """
    since = min(known.now - _REPLIES_OF, known.office.closed_since or known.now)
    wrote = Message.contact_id == contact_id
    left = session.execute(
        select(Message.created_at, Message.author, Message.reply_keys, Message.case_id)
        .where(wrote, Message.direction == "out", Message.created_at > since)
        .order_by(Message.created_at.desc())
        .limit(_MOST_LATELY)
    ).all()
    came = (
        select(Message.created_at)
        .where(wrote, Message.direction == "in", Message.created_at > known.now - _HOUR)
        .order_by(Message.created_at.desc())
        .limit(_MOST_LATELY)
    )
    by_bot = [row for row in reversed(left) if row.author == "bot"]
    return {
        "arrivals": tuple(session.scalars(came)),
        "replies": tuple(EarlierReply(row.created_at, tuple(row.reply_keys), row.case_id) for row in by_bot),
        "staff_wrote_at": next((row.created_at for row in left if row.author != "bot"), None),
    }


def _staff_asked(recent: list[Message], now: datetime) -> str | None:
    """What staff wrote last, if the patient has not written since."""
    newest = next((text for text in recent if text.author != "bot"), None)
    if newest is None or newest.direction == "in" or now - newest.created_at > _QUESTION_STANDS:
        return None
    return str(newest.body)


def _question(case: Case | None, now: datetime) -> str | None:
    if case is None or case.asked_at is None or now - case.asked_at > _QUESTION_STANDS:
        return None
    return case.asked


def _as_open(case: Case | None) -> OpenCase | None:
    if case is None:
        return None
    return OpenCase(
        id=case.id,
        urgency=Urgency(case.urgency),
        intents=tuple(Intent(intent) for intent in case.intents),
        flags=tuple(Flag(flag) for flag in case.flags),
        is_taken=case.state == CaseState.TAKEN,
        asked=case.asked,
        opened_at=case.opened_at,
    )
