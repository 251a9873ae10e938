"""Passwords: argon2id, and as slow for a stranger's address as for a colleague's."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.orm import Session

from smsbot import audit
from smsbot.models import Staff
from smsbot.people.sessions import end_all_sessions
from smsbot.people.staff import StaffError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

_hasher = PasswordHasher()  # argon2id with the library's tuned profile (RFC 9106, low memory)
# Checked when there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_hex(8))


def set_password(session: Session, staff: Staff, password: str) -> None:
    """Set a password and end every session. Raises StaffError if it is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffError(f"Use at least {SHORTEST_PASSWORD} characters; a few words are easy to remember.")
    if len(password) > LONGEST_PASSWORD:
        raise StaffError(f"Use at most {LONGEST_PASSWORD} characters.")
    staff.password_hash = _hasher.hash(password)
    end_all_sessions(session, staff.id)
    audit.record(session, "password_set", staff_id=staff.id)


def remove_password(session: Session, staff: Staff) -> None:
    """Nobody signs in as them by a password until a one-time link sets a new one."""
    staff.password_hash = None
    audit.record(session, "password_removed", staff_id=staff.id)


def is_password(staff: Staff | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is no such person."""
    try:
        _hasher.verify((staff.password_hash if staff else None) or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return staff is not None and staff.password_hash is not None
