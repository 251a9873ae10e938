"""What became of a call that joins a staff member with a patient: the provider's callbacks, and the key.

Callbacks come doubled and out of order: each is kept once, and what they add to the case is added once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from smsbot import audit, clock, escalation
from smsbot.bridging import PURPOSE, STALE, why_not
from smsbot.db import Database
from smsbot.models import Case, CaseState, Contact, Dispatch, DispatchState, Staff
from smsbot.receipts.calls import (
    KNOWN_CALL_STATUSES,
    SETTLED,
    UNANSWERED,
    UNDER_WAY,
    bind,
    has_left,
    keep_receipt,
    note_progress,
)

CONNECT = "1"
_CONNECTED = "connected"  # the person pressed the key: the status of its receipt
_ENDED = "patient-"  # and how it went with the patient

Take = Callable[[Session, Case, str], object]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bridge:
    """A call under way, and the two whom it joins."""

    dispatch: Dispatch
    case: Case
    contact: Contact
    person: Staff


def find_bridge(session: Session, dispatch_id: str, phone: str, *, lock: bool) -> Bridge | None:
    """The call that an address names. None unless it is to this phone, and the two may still be joined."""
    found = session.get(Dispatch, dispatch_id)
    if found is None or found.purpose != PURPOSE or found.recipient != phone:
        return None
    # whoever changes a case and its dispatches locks the case first
    case = session.get_one(Case, found.case_id, with_for_update=lock or None, populate_existing=True)
    dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=lock or None, populate_existing=True)
    contact = session.get_one(Contact, case.contact_id)
    person = session.get_one(Staff, dispatch.staff_id)
    if person.disabled_at is not None or why_not(contact, person):
        return None
    return Bridge(dispatch, case, contact, person)


def may_connect(bridge: Bridge) -> bool:
    """Whether a key still joins the two: not hours later, by an address that somebody kept."""
    return bridge.dispatch.created_at > clock.now() - STALE


def note_connecting(session: Session, bridge: Bridge, call_sid: str, take: Take) -> None:
    """The person has pressed the key: whoever calls in a case that nobody has takes it by that."""
    if not keep_receipt(session, call_sid, bridge.dispatch.id, _CONNECTED):
        return
    bind(session, bridge.dispatch, call_sid)
    has_left(bridge.dispatch)
    bridge.dispatch.state, bridge.dispatch.error = DispatchState.DELIVERED, None
    bridge.dispatch.provider_status = "in-progress"
    if bridge.case.state == CaseState.OPEN:
        take(session, bridge.case, bridge.person.id)


def note_ended(session: Session, bridge: Bridge, call_sid: str, status: str, seconds: int) -> None:
    """How it went with the patient: `status` is the provider's DialCallStatus. Noted on the case, once."""
    if not keep_receipt(session, call_sid, bridge.dispatch.id, f"{_ENDED}{status}"[:24]):
        return
    if bridge.dispatch.provider_status in _OUTCOMES.values():
        return  # the first word counts: a call ends once
    outcome = _OUTCOMES.get(status, "failed")
    bridge.dispatch.provider_status = outcome
    words = _WORDS[outcome].format(length=spoken_length(seconds))
    if outcome in _NO_CALL:  # the patient's phone may not have rung: nothing has followed from it
        who = bridge.person.id
        audit.record(session, "patient_called", case_id=bridge.case.id, staff_id=who, note=words)
    else:
        escalation.note_acted(session, bridge.case, bridge.person.id, "patient_called", words)
    log.info("patient_called", dispatch_id=bridge.dispatch.id, outcome=outcome)


_OUTCOMES = {
    "completed": "answered",
    "answered": "answered",
    "busy": "busy",
    "no-answer": "no answer",
    "canceled": "given up",
    "failed": "failed",
}
_NO_CALL = ("given up", "failed")
_WORDS = {
    "answered": "Picked up, by a person or a voicemail: {length}.",
    "busy": "The line was busy.",
    "no answer": "Nobody picked up.",
    "given up": "Hung up before anybody picked up.",
    "failed": "The call could not be put through.",
}


def spoken_length(seconds: int) -> str:
    """`12 s`, `3 min 5 s`."""
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def record_bridge_status(db: Database, dispatch_id: str, call_sid: str, status: str) -> bool:
    """Keep one status of the call to the staff member. False for a repeat or what changes nothing."""
    if status not in KNOWN_CALL_STATUSES:
        return False
    with db.writing() as session:
        if not keep_receipt(session, call_sid, dispatch_id, status):
            return False
        found = session.get(Dispatch, dispatch_id)
        if found is None or found.purpose != PURPOSE:
            return False
        session.get(Case, found.case_id, with_for_update=True)
        dispatch = session.get_one(Dispatch, dispatch_id, with_for_update=True, populate_existing=True)
        if dispatch.state in SETTLED or not bind(session, dispatch, call_sid):
            return False
        if status in UNDER_WAY:
            note_progress(dispatch, status)
        else:
            _note_not_taken(session, dispatch, status)
    return True


def _note_not_taken(session: Session, dispatch: Dispatch, status: str) -> None:
    """The call to the person ended, and no key was pressed: the patient's phone never rang."""
    has_left(dispatch)
    dispatch.state, dispatch.provider_status = DispatchState.FAILED, status
    dispatch.error = UNANSWERED.get(status) or "no-key"
    audit.record(
        session,
        "call_not_begun",
        case_id=dispatch.case_id,
        staff_id=dispatch.staff_id,
        dispatch_id=dispatch.id,
        code=dispatch.error,
    )
