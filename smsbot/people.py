"""Staff: adding them, their one-time links, their passwords."""

from __future__ import annotations

import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.crypto import Vault
from smsbot.models import SignInFailure, SignInLink, Staff, StaffSession, new_id
from smsbot.models.people import Role

LINK_LASTS = timedelta(hours=72)
SHORTEST_PASSWORD = 10
_FREE_TRIES = 3
_LONGEST_WAIT_SECONDS = 30.0

_hasher = PasswordHasher()  # argon2id with the library's tuned profile (RFC 9106, low memory)
# Checked when there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_hex(8))


class StaffError(Exception):
    """What was asked of the staff list cannot be done; the text says why."""


def find_by_email(session: Session, vault: Vault, email: str) -> Staff | None:
    """The staff member with this address, whatever the case of its letters."""
    index = vault.blind_index("email", email.strip().casefold())
    return session.scalars(select(Staff).where(Staff.email_index == index)).one_or_none()


def add_staff(
    session: Session, vault: Vault, *, email: str, name: str, phone: str, role: Role, is_on_call: bool
) -> Staff:
    """Add a staff member; `phone` as +1…. Raises StaffError if the address is taken."""
    if find_by_email(session, vault, email) is not None:
        raise StaffError(f"{email} is on the list already: `smsbot staff list` shows it.")
    staff = Staff(
        id=new_id(),
        email_index=vault.blind_index("email", email.strip().casefold()),
        phone_index=vault.blind_index("number", phone),
        role=role,
        is_on_call=is_on_call,
        created_at=clock.now(),
    )
    staff.email, staff.name, staff.phone = email.strip(), name.strip(), phone
    session.add(staff)
    session.flush()
    audit.record(session, "staff_added", staff_id=staff.id, role=role)
    return staff


def disable(session: Session, staff: Staff) -> None:
    """Take a staff member off the list: no alerts, no sign-in, every session ended."""
    staff.disabled_at = clock.now()
    _end_sessions(session, staff.id)
    audit.record(session, "staff_disabled", staff_id=staff.id)


def make_link(session: Session, vault: Vault, staff_id: str) -> str:
    """A one-time token for setting a password; earlier ones stop working."""
    now = clock.now()
    session.execute(
        update(SignInLink)
        .where(SignInLink.staff_id == staff_id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(24)
    session.add(
        SignInLink(
            id=new_id(),
            staff_id=staff_id,
            token_index=vault.blind_index("link", token),
            created_at=now,
            expires_at=now + LINK_LASTS,
        )
    )
    return token


def staff_of_link(session: Session, vault: Vault, token: str) -> tuple[SignInLink, Staff] | None:
    """Whose link this is, if it is still good."""
    query = (
        select(SignInLink, Staff)
        .join(Staff, Staff.id == SignInLink.staff_id)
        .where(
            SignInLink.token_index == vault.blind_index("link", token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > clock.now(),
            Staff.disabled_at.is_(None),
        )
        .with_for_update()
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found.SignInLink, found.Staff)


def use_link(link: SignInLink) -> None:
    """A link works once."""
    link.used_at = clock.now()


def set_password(session: Session, staff: Staff, password: str) -> None:
    """Set a password and end every session. Raises StaffError if it is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffError(f"Use at least {SHORTEST_PASSWORD} characters; a few words are easy to remember.")
    if len(password) > 200:
        raise StaffError("Use at most 200 characters.")
    staff.password_hash = _hasher.hash(password)
    _end_sessions(session, staff.id)
    audit.record(session, "password_set", staff_id=staff.id)


def is_password(staff: Staff | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is no such person."""
    try:
        _hasher.verify((staff.password_hash if staff else None) or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return staff is not None and staff.password_hash is not None


def seconds_to_wait(session: Session, key_indexes: list[str]) -> float:
    """How long the next try has to wait after failures: 1, 2, 4 … 30 s; never a lock-out."""
    waits = [0.0]
    for row in session.scalars(select(SignInFailure).where(SignInFailure.key_index.in_(key_indexes))):
        if row.failures < _FREE_TRIES:
            continue
        pause = min(2.0 ** (row.failures - _FREE_TRIES), _LONGEST_WAIT_SECONDS)
        waits.append(pause - (clock.now() - row.failed_at).total_seconds())
    return max(waits)


def note_failure(session: Session, key_indexes: list[str]) -> None:
    """Count a failed sign-in."""
    for key in key_indexes:
        row = session.get(SignInFailure, key, with_for_update=True)
        if row is None:
            session.add(SignInFailure(key_index=key, failures=1, failed_at=clock.now()))
        else:
            row.failures, row.failed_at = row.failures + 1, clock.now()


def forget_failures(session: Session, key_indexes: list[str]) -> None:
    """After a good sign-in."""
    for key in key_indexes:
        row = session.get(SignInFailure, key)
        if row is not None:
            session.delete(row)


def _end_sessions(session: Session, staff_id: str) -> None:
    session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
