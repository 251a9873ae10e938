"""What the inbox shows: queries in, plain view objects out. Views hold no SQL, templates no logic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot import attachments, audit, clock
from smsbot.models import (
    Attachment,
    Case,
    CaseState,
    Contact,
    Dispatch,
    Event,
    Message,
    Staff,
    TriageRecord,
)
from smsbot.web.case_people import People, read_people
from smsbot.web.parts import wiring

_LONGEST_LIST = 200
_PREVIEW_CHARACTERS = 140
_SEEN = "patients_seen"  # says no more to staff than that the case was looked at


@dataclass(frozen=True)
class Row:
    """A case in the list."""

    case: Case
    number: str
    preview: str
    last_at: datetime
    owner: str | None
    has_failure: bool
    wordless: str  # what stands there for a message without words


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; with `why`, what was read out of it."""

    text: str
    why: str = ""
    label: str = ""
    is_flag: bool = False  # a danger or a pressing matter, not only what is wanted


@dataclass(frozen=True)
class Text:
    """A message in the thread."""

    message: Message
    pieces: tuple[Piece, ...]
    triage: TriageRecord | None
    details: dict[str, Any]
    dispatch: Dispatch | None
    author: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class CasePage:
    """Everything the case page shows."""

    case: Case
    contact: Contact
    people: People
    owner: str | None
    texts: tuple[Text, ...]
    alerts: tuple[tuple[Dispatch, str], ...]
    events: tuple[tuple[Event, str], ...]
    notes: tuple[str, ...]


def case_by_code(session: Session, code: str, *, lock: bool) -> Case | None:
    """The case with this code; locked when it is about to be changed."""
    query = select(Case).where(Case.code == code.upper())
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def list_cases(session: Session, *, is_resolved: bool) -> list[Row]:
    """Open cases, the most urgent and soonest due first; or the resolved ones, the latest first."""
    query = select(Case, Contact, Staff).join(Contact, Contact.id == Case.contact_id)
    query = query.outerjoin(Staff, Staff.id == Case.owner_id)
    if is_resolved:
        query = query.where(Case.state == CaseState.RESOLVED).order_by(Case.resolved_at.desc())
        query = query.limit(_LONGEST_LIST)
    else:
        query = query.where(Case.state != CaseState.RESOLVED)
        query = query.order_by(Case.urgency_rank.desc(), Case.look_by, Case.opened_at)
    found = session.execute(query).all()
    ids = [row.Case.id for row in found]
    last, failed = _last_texts(session, ids), _with_failures(session, ids)
    rows = []
    for case, contact, owner in found:
        message = last.get(case.id)
        body = " ".join(message.body.split()) if message else ""
        rows.append(
            Row(
                case=case,
                number=contact.number,
                preview=body[:_PREVIEW_CHARACTERS] + ("…" if len(body) > _PREVIEW_CHARACTERS else ""),
                last_at=message.created_at if message else case.opened_at,
                owner=owner.name if owner else None,
                has_failure=case.id in failed,
                wordless="Missed call" if message and "missed_call" in message.marks else "(no words)",
            )
        )
    return rows


def read_case(session: Session, case: Case) -> CasePage:
    """The whole case. Whose record was on the screen is audited, beside `case_opened_by`."""
    contact = session.get_one(Contact, case.contact_id)
    people = read_people(session, contact, wiring().clinic, clock.now())
    if people.patient_ids:
        audit.record(
            session, _SEEN, case_id=case.id, staff_id=g.staff.id, patient_ids=list(people.patient_ids)
        )
    names = {person.id: person.name for person in session.scalars(select(Staff))}
    dispatches = list(
        session.scalars(select(Dispatch).where(Dispatch.case_id == case.id).order_by(Dispatch.created_at))
    )
    log = select(Event).where(Event.case_id == case.id, Event.kind != _SEEN)
    events = session.scalars(log.order_by(Event.at, Event.id))
    texts = _texts(session, case, dispatches, names)
    return CasePage(
        case=case,
        contact=contact,
        people=people,
        owner=names.get(case.owner_id or ""),
        texts=texts,
        alerts=tuple(
            (one, names.get(one.staff_id or "", "")) for one in dispatches if one.purpose == "alert"
        ),
        events=tuple((one, names.get(one.staff_id or "", "")) for one in events),
        notes=tuple(dict.fromkeys((*people.warnings, *_notes(texts)))),
    )


def _notes(texts: tuple[Text, ...]) -> Iterator[str]:
    return (note for text in texts for note in text.details.get("notes", ()))


def _texts(
    session: Session, case: Case, dispatches: list[Dispatch], names: dict[str, str]
) -> tuple[Text, ...]:
    messages = list(
        session.scalars(
            select(Message).where(Message.case_id == case.id).order_by(Message.created_at, Message.id)
        )
    )
    ids = [message.id for message in messages]
    query = select(TriageRecord).where(TriageRecord.message_id.in_(ids))
    triages = {record.message_id: record for record in session.scalars(query)}
    sent = {one.message_id: one for one in dispatches if one.purpose == "reply"}
    files = attachments.of_messages(session, ids)
    return tuple(
        _text(message, triages.get(message.id), sent.get(message.id), names, files[message.id])
        for message in messages
    )


def _text(
    message: Message,
    triage: TriageRecord | None,
    dispatch: Dispatch | None,
    names: dict[str, str],
    files: list[Attachment],
) -> Text:
    details: dict[str, Any] = json.loads(triage.details) if triage else {}
    return Text(
        message=message,
        pieces=highlight(message.body, details.get("evidence", [])),
        triage=triage,
        details=details,
        dispatch=dispatch,
        attachments=tuple(files),
        author={"patient": "Patient", "bot": "Automatic reply"}.get(
            message.author, names.get(message.author, "")
        ),
    )


def highlight(body: str, evidence: list[dict[str, Any]]) -> tuple[Piece, ...]:
    """Cut a body where evidence begins and ends; overlapping evidence is told together."""
    spans = [
        (max(0, one["start"]), min(len(body), one["end"]), one)
        for one in evidence
        if one["start"] < one["end"] and one["start"] < len(body)
    ]
    edges = sorted({0, len(body), *(edge for start, end, _ in spans for edge in (start, end))})
    pieces = []
    for start, end in zip(edges, edges[1:], strict=False):
        over = [one for first, last, one in spans if first <= start and end <= last]
        why = " ".join(dict.fromkeys(one["why"] for one in over))
        labels = dict.fromkeys(one["flag"] or one["intent"] or "" for one in over)
        is_flag = any(one["flag"] for one in over)
        pieces.append(Piece(body[start:end], why, ", ".join(label for label in labels if label), is_flag))
    return tuple(pieces)


def _last_texts(session: Session, case_ids: list[str]) -> dict[str, Message]:
    latest = (
        select(func.max(Message.id))
        .where(Message.case_id.in_(case_ids), Message.direction == "in")
        .group_by(Message.case_id)
    )
    messages = session.scalars(select(Message).where(Message.id.in_(latest)))
    return {message.case_id: message for message in messages if message.case_id}


def _with_failures(session: Session, case_ids: list[str]) -> set[str]:
    """Cases of which a reply did not arrive. A call that nobody answered is the ladder's matter."""
    query = select(Dispatch.case_id).where(
        Dispatch.case_id.in_(case_ids), Dispatch.state == "failed", Dispatch.purpose == "reply"
    )
    return {case_id for case_id in session.scalars(query) if case_id}
