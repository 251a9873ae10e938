"""What administrators change about staff, with who did it in the audit log.

Whoever keeps the list can never lock everybody out: the last administrator stays one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock, people
from smsbot.crypto import Vault
from smsbot.models import SignInLink, Staff
from smsbot.models.people import Role
from smsbot.people import StaffError
from smsbot.twilio.form import normal_number

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Given:
    """What a form says about a person, checked: `phone` is +1…."""

    name: str
    email: str
    phone: str
    role: Role
    is_on_call: bool


def read_given(*, name: str, email: str, phone: str, role: str, is_on_call: bool) -> Given:
    """Check what was typed. Raises StaffError with a line for each thing that is wrong."""
    number = normal_number(phone)
    found = {
        "Give a name, as colleagues read it.": not name.strip(),
        "Give an e-mail address: it is what they sign in with.": "@" not in email.strip("@ "),
        "This is no phone number: write it as +15615550123.": number is None,
        "Choose one of the roles.": role not in set(Role),
        f"Use at most {_LONGEST} characters.": max(len(name), len(email)) > _LONGEST,
    }
    wrong = [words for words, is_wrong in found.items() if is_wrong]
    if wrong or number is None:
        raise StaffError("\n".join(wrong))
    return Given(" ".join(name.split()), email.strip(), number, Role(role), is_on_call)


def add(session: Session, vault: Vault, given: Given, by: Staff) -> tuple[Staff, str]:
    """Add a person; gives them and the token of their one-time link. Raises StaffError."""
    if people.find_by_email(session, vault, given.email) is not None:
        raise StaffError("This e-mail address is on the list already, perhaps disabled: look below.")
    staff = people.add_staff(
        session,
        vault,
        email=given.email,
        name=given.name,
        phone=given.phone,
        role=given.role,
        is_on_call=given.is_on_call,
    )
    _record(session, staff, by, "added")
    return staff, people.make_link(session, vault, staff.id)


def change(session: Session, vault: Vault, staff: Staff, given: Given, by: Staff) -> tuple[str, ...]:
    """Write what differs; gives the names of the columns that did. Raises StaffError."""
    other = people.find_by_email(session, vault, given.email)
    if other is not None and other.id != staff.id:
        raise StaffError("Somebody else has this e-mail address: every person needs one of their own.")
    if staff.role == Role.ADMINISTRATOR and given.role != Role.ADMINISTRATOR:
        _must_not_lose(session, staff, by, "give yourself another role")
    columns = tuple(
        name
        for name in ("name", "email", "phone", "role", "is_on_call")
        if getattr(staff, name) != getattr(given, name)
    )
    for name in columns:
        setattr(staff, name, getattr(given, name))
    if "email" in columns:
        staff.email_index = vault.blind_index("email", given.email.casefold())
    if "phone" in columns:
        staff.phone_index = vault.blind_index("number", given.phone)
        staff.texts_stopped_at = None  # it was the old phone that sent STOP
    if columns:
        _record(session, staff, by, "details", columns=list(columns))
    return columns


def disable(session: Session, staff: Staff, by: Staff) -> None:
    """No alerts and no sign-in from now on; every session and open link ends. Raises StaffError."""
    if staff.disabled_at is not None:
        return
    _must_not_lose(session, staff, by, "disable yourself")
    people.disable(session, staff)
    open_links = (SignInLink.staff_id == staff.id, SignInLink.used_at.is_(None))
    session.execute(update(SignInLink).where(*open_links).values(used_at=clock.now()))
    _record(session, staff, by, "disabled")


def enable(session: Session, staff: Staff, by: Staff) -> None:
    """Back on the list: alerts come again, and the old password holds."""
    if staff.disabled_at is None:
        return
    staff.disabled_at = None
    _record(session, staff, by, "enabled")


def new_link(session: Session, vault: Vault, staff: Staff, by: Staff) -> str:
    """The token of a new one-time link; earlier ones stop working. Raises StaffError."""
    if staff.disabled_at is not None:
        raise StaffError("This person is disabled, so a link would not work: enable them first.")
    token = people.make_link(session, vault, staff.id)
    _record(session, staff, by, "link")
    return token


def reset_second_factor(session: Session, staff: Staff, by: Staff) -> None:
    """Whoever lost the phone signs in with the password alone, and sets a new one up."""
    people.reset_second_factor(session, staff)
    _record(session, staff, by, "second_factor")


def _must_not_lose(session: Session, staff: Staff, by: Staff, doing: str) -> None:
    """Raises StaffError if this would leave nobody who can undo it."""
    # locked, so that two administrators who take each other off at once do not both succeed
    query = select(Staff.id).where(Staff.role == Role.ADMINISTRATOR, Staff.disabled_at.is_(None))
    enabled = set(session.scalars(query.with_for_update()))
    if enabled == {staff.id}:
        raise StaffError("This is the only administrator: make somebody else one first.")
    if staff.id == by.id:
        raise StaffError(
            f"You cannot {doing}: ask another administrator, so that nobody locks themselves out."
        )


def _record(session: Session, staff: Staff, by: Staff, change: str, **details: Any) -> None:
    audit.record(session, "staff_changed", staff_id=by.id, of=staff.id, change=change, **details)
