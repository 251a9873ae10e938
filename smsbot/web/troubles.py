"""What is wrong with the system itself, in words that every screen shows in red."""

from __future__ import annotations

from flask import g
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Duty, Staff
from smsbot.shifts import is_kept, on_duty
from smsbot.watch import shown_ills
from smsbot.web.parts import wiring


def troubles() -> list[str]:
    """For signed-in staff. A page that says what broke must not break too: no database, no list."""
    if getattr(g, "staff", None) is None:
        return []
    try:
        with wiring().db.reading() as session:
            return [*shown_ills(session), *_unreachable(session), *_nobody_on_call(session)]
    except SQLAlchemyError:
        return []


def _unreachable(session: Session) -> list[str]:
    query = select(Staff).where(Staff.texts_stopped_at.is_not(None), Staff.disabled_at.is_(None))
    return [
        f"{person.name} gets no texts: the phone has sent STOP. Alerts call it until it texts START."
        for person in session.scalars(query)
    ]


def _nobody_on_call(session: Session) -> list[str]:
    parts = wiring()
    if not is_kept(session, Duty.ON_CALL) or on_duty(session, parts.clinic.zone, clock.now(), Duty.ON_CALL):
        return []
    told = ", ".join(person.name for person in parts.ladder.roster(session, clock.now()).on_call())
    return [f"Nobody is on call right now by the shifts. Alerts go to: {told}."]
