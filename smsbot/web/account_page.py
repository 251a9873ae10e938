"""What the page of one's own account shows: plain view objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from smsbot import people
from smsbot.models import Passkey, Staff, StaffSession
from smsbot.people import SignedIn
from smsbot.people.passkeys import passkeys_of

_ROLES = {
    "administrator": "Administrator",
    "prescriber": "Prescriber",
    "nurse": "Nurse",
    "front_desk": "Front desk",
}
_HOW = {
    "password": "by password",
    "totp": "by password and code",
    "recovery": "by password and recovery code",
    "passkey": "by passkey",
    "link": "by one-time link",
}
_FEW_CODES = 3


@dataclass(frozen=True)
class SessionView:
    """A browser that is signed in."""

    id: str
    device: str
    how: str
    since: datetime
    active_at: datetime
    is_this: bool


@dataclass(frozen=True)
class AccountPage:
    """One's own account."""

    person: Staff
    role: str
    has_app: bool
    app_since: datetime | None
    passkeys: Sequence[Passkey]
    codes_left: int
    sessions: list[SessionView]

    @property
    def has_factor(self) -> bool:
        """Whether the password alone does not sign in."""
        return self.has_app or bool(self.passkeys)

    @property
    def has_few_codes(self) -> bool:
        """Whether it is time for new recovery codes."""
        return self.has_factor and self.codes_left <= _FEW_CODES

    @property
    def has_others(self) -> bool:
        """Whether there is another session than this one."""
        return len(self.sessions) > 1


def read_account(session: Session, now: SignedIn) -> AccountPage:
    """Everything that the page shows."""
    person = session.get_one(Staff, now.staff.id)
    rows = people.sessions_of(session, person.id)
    views = [_view(row, now.session.id) for row in rows if row.needs is None]
    return AccountPage(
        person=person,
        role=_ROLES.get(person.role, person.role),
        has_app=person.totp_at is not None,
        app_since=person.totp_at,
        passkeys=passkeys_of(session, person.id),
        codes_left=people.recovery_codes_left(session, person.id),
        sessions=sorted(views, key=lambda view: not view.is_this),
    )


def _view(row: StaffSession, this_id: str) -> SessionView:
    return SessionView(
        id=row.id,
        device=row.device or "An unknown browser",
        how=_HOW.get(row.how, row.how),
        since=row.created_at,
        active_at=row.active_at,
        is_this=row.id == this_id,
    )
