"""Delivery receipts: they come late, doubled, reversed, or never. States go forward, never back.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.db import Database
from smsbot.models import Case, Dispatch, DispatchState, Event, Receipt, new_id
from smsbot.upsert import insert_if_new

_ACCEPTED = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})
_ARRIVED = frozenset({"delivered", "read"})
_LOST = frozenset({"failed", "undelivered", "canceled"})
KNOWN_STATUSES = _ACCEPTED | _ARRIVED | _LOST

# A dispatch in one of these states has its fate: no receipt changes it.
_FINAL = frozenset({DispatchState.DELIVERED, DispatchState.FAILED})

log = structlog.get_logger()


OnFailed = Callable[[Session, Dispatch], object]


def record_receipt(
    db: Database,
    provider_id: str,
    status: str,
    error_code: str | None,
    dispatch_id: str | None,
    on_failed: OnFailed | None = None,
) -> bool:
    """Keep one receipt and move its dispatch forward. False if it had come before or belongs to nothing.

    `on_failed` is told, in the same transaction, of a dispatch that turns out not to have arrived.
    """
    with db.writing() as session:
        if status in _LOST:
            _lock_case(session, provider_id, dispatch_id)
        is_new = insert_if_new(
            session,
            Receipt,
            {
                "id": new_id(),
                "provider_id": provider_id,
                "dispatch_id": dispatch_id,
                "status": status,
                "error_code": error_code,
                "received_at": clock.now(),
            },
        )
        if not is_new:
            return False
        dispatch = _dispatch_of(session, provider_id, dispatch_id)
        if dispatch is None:
            return False
        has_failed = _move_forward(session, dispatch, provider_id, status, error_code)
        if has_failed and on_failed is not None:
            session.flush()
            on_failed(session, dispatch)
    return True


def _lock_case(session: Session, provider_id: str, dispatch_id: str | None) -> None:
    """Whoever changes a case and its dispatches locks the case first."""
    query = select(Dispatch.case_id).where(
        or_(Dispatch.provider_id == provider_id, Dispatch.id == (dispatch_id or ""))
    )
    for case_id in sorted({found for found in session.scalars(query) if found}):
        session.get(Case, case_id, with_for_update=True)


def _dispatch_of(session: Session, provider_id: str, dispatch_id: str | None) -> Dispatch | None:
    by_provider = select(Dispatch).where(Dispatch.provider_id == provider_id).with_for_update()
    found = session.scalars(by_provider).one_or_none()
    if found is not None or dispatch_id is None:
        return found
    # The first receipt of a reply in TwiML, or one that overtook our own mark.
    dispatch = session.get(Dispatch, dispatch_id, with_for_update=True)
    return dispatch if dispatch is not None and dispatch.provider_id is None else None


def _move_forward(
    session: Session, dispatch: Dispatch, provider_id: str, status: str, error_code: str | None
) -> bool:
    """True if the dispatch is known, now, not to have arrived."""
    if dispatch.state in _FINAL:
        return False
    dispatch.provider_id = provider_id
    dispatch.provider_status = status
    dispatch.token = dispatch.lease_until = None  # it has left: no claim under way may touch it any more
    dispatch.sent_at = dispatch.sent_at or clock.now()
    if status in _ARRIVED:
        dispatch.state = DispatchState.DELIVERED
    elif status in _LOST:
        dispatch.state, dispatch.error = DispatchState.FAILED, error_code or status
        details = {"dispatch_id": dispatch.id, "code": dispatch.error}
        session.add(
            Event(
                id=new_id(), at=clock.now(), kind="not_delivered", case_id=dispatch.case_id, details=details
            )
        )
        log.warning("not_delivered", dispatch_id=dispatch.id, code=dispatch.error)
        return True
    else:
        dispatch.state = DispatchState.SENT
    return False
