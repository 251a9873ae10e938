"""Delivery receipts: they come late, doubled, reversed, or never. States go forward, never back.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
"""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.db import Database
from smsbot.models import Dispatch, DispatchState, Event, Receipt, new_id
from smsbot.upsert import insert_if_new

_ACCEPTED = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})
_ARRIVED = frozenset({"delivered", "read"})
_LOST = frozenset({"failed", "undelivered", "canceled"})
KNOWN_STATUSES = _ACCEPTED | _ARRIVED | _LOST

# A dispatch in one of these states has its fate: no receipt changes it.
_FINAL = frozenset({DispatchState.DELIVERED, DispatchState.FAILED})

log = structlog.get_logger()


def record_receipt(
    db: Database, provider_id: str, status: str, error_code: str | None, dispatch_id: str | None
) -> bool:
    """Keep one receipt and move its dispatch forward. False if it had come before or belongs to nothing."""
    with db.writing() as session:
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
        _move_forward(session, dispatch, provider_id, status, error_code)
    return True


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
) -> None:
    if dispatch.state in _FINAL:
        return
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
    else:
        dispatch.state = DispatchState.SENT
