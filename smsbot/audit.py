"""The append-only audit log: who or what did what to which case. Ids and states only; notes are sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Event, new_id


def record(
    session: Session,
    kind: str,
    *,
    case_id: str | None = None,
    staff_id: str | None = None,
    note: str | None = None,
    **details: Any,
) -> None:
    """Write one line in the caller's transaction. `details` must hold no text, name or number of a person."""
    event = Event(id=new_id(), at=clock.now(), kind=kind, case_id=case_id, staff_id=staff_id, details=details)
    event.note = note
    session.add(event)
