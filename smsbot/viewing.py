"""Who has a case on the screen right now, so that two people do not answer one patient.

A screen says so every few seconds; one that has been silent for ten seconds is no longer there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Staff, Viewing, new_id
from smsbot.upsert import insert_if_new

STALE = timedelta(seconds=10)
_NOTE_EVERY = timedelta(seconds=5)  # a screen asks more often than it has to be written down


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody else who has the case on the screen."""

    staff_id: str
    name: str
    is_writing: bool


def is_due(session: Session, case_id: str, staff_id: str, *, is_writing: bool) -> bool:
    """Whether `note_viewing` has something to say: spares a writing transaction at most polls."""
    query = select(Viewing).where(Viewing.case_id == case_id, Viewing.staff_id == staff_id)
    row = session.scalars(query).one_or_none()
    return row is None or row.is_writing != is_writing or clock.now() - row.seen_at >= _NOTE_EVERY


def note_viewing(session: Session, case_id: str, staff_id: str, *, is_writing: bool) -> None:
    """This person has the case on the screen, now."""
    now = clock.now()
    seen = {"seen_at": now, "is_writing": is_writing}
    mine = (Viewing.case_id == case_id, Viewing.staff_id == staff_id)
    row = {"id": new_id(), "case_id": case_id, "staff_id": staff_id, **seen}
    if not insert_if_new(session, Viewing, row):
        session.execute(update(Viewing).where(*mine).values(**seen))


def stop_viewing(session: Session, case_id: str, staff_id: str) -> None:
    """This person has left the case. Who left without a word is cleared away with it."""
    now = clock.now()
    is_over = (Viewing.staff_id == staff_id) | (Viewing.seen_at < now - STALE)
    session.execute(delete(Viewing).where(Viewing.case_id == case_id, is_over))


def others_here(session: Session, case_id: str, staff_id: str) -> list[Here]:
    """Who else has the case on the screen, who writes first."""
    query = (
        select(Viewing, Staff)
        .join(Staff, Staff.id == Viewing.staff_id)
        .where(Viewing.case_id == case_id, Viewing.staff_id != staff_id)
        .where(Viewing.seen_at > clock.now() - STALE)
    )
    found = [Here(row.Staff.id, row.Staff.name, row.Viewing.is_writing) for row in session.execute(query)]
    return sorted(found, key=lambda one: (not one.is_writing, one.name))
