"""The staff list: who works here."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.crypto import Vault
from smsbot.models import Staff, new_id
from smsbot.models.people import Role
from smsbot.people.sessions import end_all_sessions


class StaffError(Exception):
    """What was asked of the staff list cannot be done; the text says why."""


def find_by_email(session: Session, vault: Vault, email: str) -> Staff | None:
    """The staff member with this address, whatever the case of its letters."""
    index = vault.blind_index("email", email.strip().casefold())
    return session.scalars(select(Staff).where(Staff.email_index == index)).one_or_none()


def locked(session: Session, staff_id: str) -> Staff:
    """The staff member, read afresh and held until the end of the transaction."""
    return session.get_one(Staff, staff_id, with_for_update=True, populate_existing=True)


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
    end_all_sessions(session, staff.id)
    audit.record(session, "staff_disabled", staff_id=staff.id)
