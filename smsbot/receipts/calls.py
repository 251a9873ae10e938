"""What became of a call to staff: the provider's callbacks, and the keys that were pressed.

A call that nobody answered with a key has not reached anybody, whoever or whatever picked up. A pressed key
is the strongest word: it stands whenever it comes; everything else moves a call forward, never back.
https://www.twilio.com/docs/voice/api/call-resource#statuscallbackevent
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock, escalation
from smsbot.db import Database
from smsbot.models import Case, CaseState, Dispatch, DispatchState, Receipt, new_id
from smsbot.twilio.voice import Standing
from smsbot.upsert import insert_if_new

TAKE, PASS_ON = "1", "2"
UNDER_WAY = ("queued", "initiated", "ringing", "in-progress")  # in order
UNANSWERED = {"busy": "busy", "no-answer": "no-answer", "failed": "failed", "canceled": "failed"}
KNOWN_CALL_STATUSES = frozenset({*UNDER_WAY, *UNANSWERED, "completed"})
SETTLED = (DispatchState.DELIVERED, DispatchState.FAILED, DispatchState.CANCELLED)

OnCallEnded = Callable[[Session, Dispatch], object]
Act = Callable[[Session, Case, str], object]

log = structlog.get_logger()


def record_call_status(
    db: Database,
    dispatch_id: str,
    provider_id: str,
    status: str,
    answered_by: str = "",
    on_call_ended: OnCallEnded | None = None,
) -> bool:
    """Keep one status of a call and move its dispatch forward. False for a repeat or what changes nothing.

    `answered_by` is what machine detection said. `on_call_ended` is called in the same transaction when the
    call has ended without reaching anybody.
    """
    if status not in KNOWN_CALL_STATUSES:
        return False
    with db.writing() as session:
        if not keep_receipt(session, provider_id, dispatch_id, status):
            return False
        dispatch = find_call(session, dispatch_id, lock=True)
        if dispatch is None or dispatch.state in SETTLED or not bind(session, dispatch, provider_id):
            return False
        if status in UNDER_WAY:
            note_progress(dispatch, status)
            return True
        _note_end(session, dispatch, status, answered_by)
        if on_call_ended is not None:
            on_call_ended(session, dispatch)
    return True


def press_key(
    session: Session, dispatch: Dispatch, case: Case, call_sid: str, key: str, take: Act, pass_on: Act
) -> Standing:
    """The person pressed 1 or 2 (`key`): act on it once, and give how the alert stands then.

    The same key of the same call again, a replay, acts no more. `dispatch` and `case` are locked.
    """
    staff_id, before = dispatch.staff_id or "", standing(session, dispatch, case)
    is_new = keep_receipt(session, call_sid, dispatch.id, f"key-{key}")
    if not is_new or before is not Standing.WAITS:
        after = _standing_again(before, key)
    elif key == TAKE:
        take(session, case, staff_id)
        after = Standing.YOURS
    else:
        pass_on(session, case, staff_id)
        after = Standing.PASSED_ON
    if is_new:
        _note_answered(session, dispatch, call_sid)
    return after


def standing(session: Session, dispatch: Dispatch, case: Case) -> Standing:
    """How the alert of this call stands for the person who is called."""
    if case.state == CaseState.RESOLVED:
        return Standing.OVER
    # asked of the case: a further text may have begun a new alert while this call rang
    if escalation.is_climbing(session, case.id):
        return Standing.WAITS
    if case.owner_id is None:
        return Standing.OVER
    return Standing.YOURS if case.owner_id == dispatch.staff_id else Standing.TAKEN


def find_call(session: Session, dispatch_id: str, *, lock: bool) -> Dispatch | None:
    """The dispatch of a call; locked after its case, in the order of all who lock both."""
    case_id = session.scalars(select(Dispatch.case_id).where(Dispatch.id == dispatch_id)).one_or_none()
    if case_id is not None and lock:
        session.get(Case, case_id, with_for_update=True, populate_existing=True)
    dispatch = session.get(Dispatch, dispatch_id, with_for_update=lock or None, populate_existing=True)
    return dispatch if dispatch is not None and dispatch.route == "call" else None


def _standing_again(before: Standing, key: str) -> Standing:
    if before is not Standing.WAITS:
        return before
    return Standing.PASSED_ON if key == PASS_ON else Standing.WAITS


def keep_receipt(session: Session, provider_id: str, dispatch_id: str, status: str) -> bool:
    """Keep what was said of a call; False for what was kept before."""
    values = {"id": new_id(), "provider_id": provider_id, "dispatch_id": dispatch_id, "status": status}
    return insert_if_new(session, Receipt, values | {"received_at": clock.now()})


def bind(session: Session, dispatch: Dispatch, provider_id: str) -> bool:
    """Note whose call this is. False for a second call of a dispatch: the one written down counts."""
    if dispatch.provider_id is not None:
        return dispatch.provider_id == provider_id
    _release(session, dispatch, provider_id)
    dispatch.provider_id = provider_id
    return True


def _release(session: Session, dispatch: Dispatch, provider_id: str) -> None:
    """Take a call from the dispatch that found it on the provider's list by mistake: that one is due again.

    The list does not say which alert a call was for; the address of its callback, signed, does.
    """
    mistaken = select(Dispatch).where(Dispatch.provider_id == provider_id, Dispatch.id != dispatch.id)
    other = session.scalars(mistaken.with_for_update()).one_or_none()
    if other is None:
        return
    other.provider_id = None
    if other.state == DispatchState.SENT:
        other.state, other.due_at = DispatchState.PENDING, clock.now()
    session.flush()
    log.warning("call_was_another", dispatch_id=other.id)


def note_progress(dispatch: Dispatch, status: str) -> None:
    """A call goes on: never back."""
    now = dispatch.provider_status
    if now not in UNDER_WAY or UNDER_WAY.index(status) > UNDER_WAY.index(now):
        dispatch.provider_status = status
    has_left(dispatch)
    dispatch.state = DispatchState.SENT


def _note_end(session: Session, dispatch: Dispatch, status: str, answered_by: str) -> None:
    is_machine = answered_by.startswith("machine") or answered_by == "fax"
    has_left(dispatch)
    dispatch.provider_status = status
    dispatch.state = DispatchState.FAILED
    dispatch.error = UNANSWERED.get(status) or ("voicemail" if is_machine else "no-key")
    audit.record(
        session,
        "call_not_answered",
        case_id=dispatch.case_id,
        staff_id=dispatch.staff_id,
        dispatch_id=dispatch.id,
        code=dispatch.error,
    )
    log.info("call_not_answered", dispatch_id=dispatch.id, code=dispatch.error)


def _note_answered(session: Session, dispatch: Dispatch, call_sid: str) -> None:
    bind(session, dispatch, call_sid)
    has_left(dispatch)
    dispatch.state, dispatch.error = DispatchState.DELIVERED, None


def has_left(dispatch: Dispatch) -> None:
    """The provider has it, whatever became of our own note of that."""
    dispatch.token = dispatch.lease_until = None  # no claim under way may touch it any more
    dispatch.sent_at = dispatch.sent_at or clock.now()
