"""Server-side sessions: the cookie holds a random token, the database its fingerprint."""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import Response, g, request
from sqlalchemy import select, update

from smsbot import clock
from smsbot.models import Staff, StaffSession, new_id
from smsbot.web.parts import wiring

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
_NOTE_EVERY = timedelta(seconds=30)  # activity is not written down more often


def cookie_name() -> str:
    """`__Host-` binds the cookie to https and this host; plain http is localhost only."""
    return "__Host-session" if _is_https() else "smsbot-session"


def _is_https() -> bool:
    return wiring().settings.public_url.startswith("https://")


def start_session(response: Response, staff_id: str) -> None:
    """Sign a staff member in on this browser."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with wiring().db.writing() as session:
        session.add(
            StaffSession(
                id=new_id(),
                staff_id=staff_id,
                token_index=_fingerprint(token),
                created_at=now,
                active_at=now,
            )
        )
    response.set_cookie(
        cookie_name(), token, secure=_is_https(), httponly=True, samesite="Lax", path="/", max_age=LONGEST
    )


def end_session(response: Response) -> None:
    """Sign this browser out."""
    token = request.cookies.get(cookie_name())
    if token:
        with wiring().db.writing() as session:
            session.execute(
                update(StaffSession)
                .where(StaffSession.token_index == _fingerprint(token), StaffSession.ended_at.is_(None))
                .values(ended_at=clock.now())
            )
    response.delete_cookie(cookie_name(), path="/")


def signed_in_staff() -> Staff | None:
    """The staff member of this request, or None. A list that polls (`?poll=1`) does not count as activity."""
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    now = clock.now()
    query = (
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(
            StaffSession.token_index == _fingerprint(token),
            StaffSession.ended_at.is_(None),
            StaffSession.created_at > now - LONGEST,
            StaffSession.active_at > now - IDLE,
            Staff.disabled_at.is_(None),
        )
    )
    with wiring().db.reading() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        return None
    g.session_id = found.StaffSession.id
    if "poll" not in request.args and now - found.StaffSession.active_at > _NOTE_EVERY:
        _note_activity(found.StaffSession.id)
    staff: Staff = found.Staff
    return staff


def _note_activity(session_id: str) -> None:
    with wiring().db.writing() as session:
        session.execute(
            update(StaffSession).where(StaffSession.id == session_id).values(active_at=clock.now())
        )


def _fingerprint(token: str) -> str:
    return wiring().vault.blind_index("session", token)
