"""Calling a patient through the clinic's number: the staff member's own phone rings first.

Neither sees the other's number: both see the clinic's. Nothing is recorded, and the patient hears a person or
nobody, never a machine of ours.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.domain import SenderKind
from smsbot.models import Case, Contact, Dispatch, DispatchState, Staff, new_id
from smsbot.twilio.voice import is_withheld

PURPOSE = ROUTE = "bridge"
RINGS_FOR = timedelta(seconds=60)  # a call asked for again within this is the same call
STALE = timedelta(minutes=2)  # one that could not be placed by then is not wanted any more

_UNDER_WAY = (DispatchState.PENDING, DispatchState.SENDING, DispatchState.SENT)


class CannotCall(Exception):
    """The two cannot be joined; the text says why and what to do."""


def why_not(contact: Contact, person: Staff) -> str | None:
    """Why this person cannot be joined with this contact by telephone; None when they can."""
    if contact.kind != SenderKind.PHONE or is_withheld(contact.number):
        return "This sender is no ordinary phone: it cannot be called."
    if not person.phone or person.phone == contact.number:
        return "There is no phone of yours on file to ring first. Ask an administrator to enter it."
    return None


def ask_for_call(session: Session, case: Case, person: Staff) -> Dispatch:
    """Owe this person a call that joins them with the patient of the case. The caller commits and kicks.

    Asked again while their phone may still ring, gives the call under way. Raises CannotCall.
    """
    contact = session.get_one(Contact, case.contact_id)
    if problem := why_not(contact, person):
        raise CannotCall(problem)
    known = newest_call(session, case.id, person.id)
    if known is not None and is_ringing(known):
        return known
    now, dispatch_id = clock.now(), new_id()
    dispatch = Dispatch(
        id=dispatch_id,
        owed=f"bridge:{dispatch_id}",
        purpose=PURPOSE,
        route=ROUTE,
        case_id=case.id,
        contact_id=contact.id,
        staff_id=person.id,
        urgency_rank=case.urgency_rank,
        state=DispatchState.PENDING,
        due_at=now,
        created_at=now,
    )
    dispatch.recipient, dispatch.body = person.phone, ""
    session.add(dispatch)
    audit.record(session, "call_asked_for", case_id=case.id, staff_id=person.id, dispatch_id=dispatch.id)
    return dispatch


def newest_call(session: Session, case_id: str, staff_id: str) -> Dispatch | None:
    """The last call of this kind that the person asked for in the case."""
    query = select(Dispatch).where(
        Dispatch.case_id == case_id, Dispatch.staff_id == staff_id, Dispatch.purpose == PURPOSE
    )
    return session.scalars(query.order_by(Dispatch.id.desc()).limit(1)).one_or_none()


def is_ringing(dispatch: Dispatch) -> bool:
    """Whether the person's phone may ring now: asked for, not picked up yet, not given up."""
    is_before_answer = dispatch.provider_status in (None, "queued", "initiated", "ringing")
    is_fresh = dispatch.created_at > clock.now() - RINGS_FOR
    return dispatch.state in _UNDER_WAY and is_before_answer and is_fresh
