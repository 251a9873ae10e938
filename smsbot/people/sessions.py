"""Signed-in browsers. The cookie holds a random token, the table its fingerprint."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.crypto import Vault
from smsbot.models import Staff, StaffSession, new_id

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class SignedIn:
    """A session and whose it is. With `session.needs` it opens nothing but the next step of signing in."""

    session: StaffSession
    staff: Staff


def open_session(
    session: Session, vault: Vault, staff_id: str, *, device: str, how: str, needs: str | None
) -> str:
    """Sign somebody in; the token for the cookie."""
    token, now = secrets.token_urlsafe(32), clock.now()
    row = StaffSession(
        id=new_id(),
        staff_id=staff_id,
        token_index=vault.blind_index("session", token),
        created_at=now,
        active_at=now,
        device=device,
        how=how,
        needs=needs,
    )
    session.add(row)
    return token


def session_of(session: Session, vault: Vault, token: str) -> SignedIn | None:
    """The session of a cookie, if it holds: not ended, idle or too old, and its person not disabled."""
    query = (
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_index == vault.blind_index("session", token), *_holding())
    )
    found = session.execute(query).one_or_none()
    return None if found is None else SignedIn(found.StaffSession, found.Staff)


def sessions_of(session: Session, staff_id: str) -> Sequence[StaffSession]:
    """Where somebody is signed in now, the latest used first."""
    query = (
        select(StaffSession)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.staff_id == staff_id, *_holding())
        .order_by(StaffSession.active_at.desc())
    )
    return session.scalars(query).all()


def note_activity(session: Session, session_id: str) -> None:
    """Somebody did something: the idle time begins anew."""
    session.execute(update(StaffSession).where(StaffSession.id == session_id).values(active_at=clock.now()))


def demand(session: Session, session_id: str, needs: str) -> None:
    """From now on this session opens nothing but the step that it needs."""
    session.execute(update(StaffSession).where(StaffSession.id == session_id).values(needs=needs))


def end_token(session: Session, vault: Vault, token: str) -> None:
    """End the session of a cookie."""
    _end(session, StaffSession.token_index == vault.blind_index("session", token))


def end_session(session: Session, staff_id: str, session_id: str) -> bool:
    """End one session of this person; False if they have no such one."""
    return _end(session, StaffSession.staff_id == staff_id, StaffSession.id == session_id) > 0


def end_all_sessions(session: Session, staff_id: str, spare: str | None = None) -> int:
    """End every session of somebody but the one with the id `spare`; how many."""
    return _end(session, StaffSession.staff_id == staff_id, StaffSession.id != (spare or ""))


def _end(session: Session, *which: ColumnElement[bool]) -> int:
    done = session.execute(
        update(StaffSession).where(StaffSession.ended_at.is_(None), *which).values(ended_at=clock.now())
    )
    return cast(CursorResult[Any], done).rowcount


def _holding() -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return (
        StaffSession.ended_at.is_(None),
        StaffSession.created_at > now - LONGEST,
        StaffSession.active_at > now - IDLE,
        Staff.disabled_at.is_(None),
    )
