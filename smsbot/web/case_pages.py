"""What the case page shows: queries in, plain view objects out. Views hold no SQL, templates no logic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock, patients, roles, viewing
from smsbot.correspondence import drafts
from smsbot.models import Case, Contact, Dispatch, Event, Staff
from smsbot.viewing import Here
from smsbot.web.case_before import Before, cases_before, how_ended
from smsbot.web.case_people import People, read_people
from smsbot.web.case_reading import Reading, read_reading
from smsbot.web.case_story import Line, read_story
from smsbot.web.case_texts import LONGEST_THREAD, Piece, Text, highlight, read_texts
from smsbot.web.case_told import Next, Told, next_step, told
from smsbot.web.parts import wiring

__all__ = ["CasePage", "Piece", "Text", "case_by_code", "highlight", "note_seen", "page_of", "read_case"]

_SEEN = "patients_seen"  # says no more to staff than that the case was looked at


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
    reading: Reading  # what was read out of all texts together
    told: tuple[Told, ...]  # the alerts as sentences
    next: Next | None  # what the system does next, and when
    story: tuple[Line, ...]  # the audit trail as sentences
    before: tuple[Before, ...]  # other cases of the contact
    ended: str  # the reason or outcome of a resolved case
    resolver: str | None
    charter: str | None
    here: tuple[Here, ...]  # who else has it on the screen
    draft: str | None  # what this person began to write
    seen: str  # the id of the newest message shown: a reply sends it back as `seen`
    is_cut: bool  # older texts are not shown
    now: datetime


def case_by_code(session: Session, code: str, *, lock: bool) -> Case | None:
    """The case with this code; locked when it is about to be changed."""
    query = select(Case).where(Case.code == code.upper())
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def read_case(session: Session, case: Case) -> CasePage:
    """The whole case, in a writing transaction: whose record was on the screen is audited."""
    note_seen(session, case)
    return page_of(session, case)


def note_seen(session: Session, case: Case) -> None:
    """Audit whose record is shown, beside `case_opened_by`."""
    contact = session.get_one(Contact, case.contact_id)
    ids = [one.patient.id for one in patients.behind(session, contact.number_index)]
    if ids:
        audit.record(session, _SEEN, case_id=case.id, staff_id=g.staff.id, patient_ids=ids)


def page_of(session: Session, case: Case) -> CasePage:
    """The whole case, for a transaction that only reads."""
    parts, me = wiring(), g.staff
    contact = session.get_one(Contact, case.contact_id)
    people = read_people(session, contact, parts.clinic, clock.now())
    names = {person.id: person.name for person in session.scalars(select(Staff))}
    owner = names.get(case.owner_id or "")
    query = select(Dispatch).where(Dispatch.case_id == case.id).order_by(Dispatch.created_at)
    dispatches = list(session.scalars(query))
    longest = None if "all" in request.args else LONGEST_THREAD
    texts = read_texts(session, case, dispatches, names, longest)
    alerts = [(one, names.get(one.staff_id or "", "")) for one in dispatches if one.purpose == "alert"]
    story = read_story(session, case, names)
    return CasePage(
        case=case,
        contact=contact,
        people=people,
        owner=owner,
        texts=texts,
        alerts=tuple(alerts),
        events=tuple((line.event, line.name) for line in story),
        notes=tuple(dict.fromkeys((*people.warnings, *_notes(texts)))),
        reading=read_reading(texts, contact),
        told=tuple(line for one, name in alerts if (line := told(one, name)) is not None),
        next=next_step(session, parts.ladder, case, owner),
        story=story,
        before=cases_before(session, case, names, roles.teams_seen(me.role, parts.clinic)),
        ended=how_ended(case),
        resolver=names.get(case.resolved_by or ""),
        charter=names.get(case.charted_by or ""),
        here=tuple(viewing.others_here(session, case.id, me.id)),
        draft=drafts.draft_of(session, case.id, me.id),
        seen=max((text.message.id for text in texts), default=""),
        is_cut=longest is not None and len(texts) == longest,
        now=clock.now(),
    )


def _notes(texts: tuple[Text, ...]) -> Iterator[str]:
    return (note for text in texts for note in text.details.get("notes", ()))
