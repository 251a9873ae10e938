"""The staff list as the screen shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import abort
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Duty, Passkey, Staff, StaffSession
from smsbot.models.people import Role
from smsbot.shifts import is_kept, on_duty
from smsbot.wiring import Wiring

ROLE_WORDS = {
    Role.ADMINISTRATOR: "Administrator",
    Role.PRESCRIBER: "Prescriber",
    Role.NURSE: "Nurse",
    Role.FRONT_DESK: "Front desk",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the list. `second_factor` is None when there is none."""

    person: Staff
    role: str
    is_on_call_now: bool
    second_factor: str | None
    seen_at: datetime | None
    is_fallback: bool  # the address that the ladder turns to when nobody is on call

    @property
    def is_disabled(self) -> bool:
        """Whether they get no alerts and cannot sign in."""
        return self.person.disabled_at is not None


def read_rows(session: Session, parts: Wiring) -> list[Row]:
    """Everybody: the enabled first, by name."""
    everybody = list(session.scalars(select(Staff)))
    facts = _Facts(session, parts)
    rows = [facts.row(person) for person in everybody]
    return sorted(rows, key=lambda row: (row.is_disabled, row.person.name.casefold()))


def read_row(session: Session, parts: Wiring, staff_id: str) -> Row:
    """One of them; 404 if there is no such person."""
    return _Facts(session, parts).row(find_staff(session, staff_id))


def find_staff(session: Session, staff_id: str, *, lock: bool = False) -> Staff:
    """A person by id; 404 if there is none."""
    is_id = staff_id.isalnum()  # PostgreSQL takes no NUL, not even to look for
    person = session.get(Staff, staff_id, with_for_update=lock) if is_id else None
    if person is None:
        abort(404)
    return person


class _Facts:
    """What is known beside the rows, read once for all of them."""

    def __init__(self, session: Session, parts: Wiring) -> None:
        now = clock.now()
        if is_kept(session, Duty.ON_CALL):
            told = on_duty(session, parts.clinic.zone, now, Duty.ON_CALL)
        else:
            marked = select(Staff).where(Staff.is_on_call, Staff.disabled_at.is_(None))
            told = list(session.scalars(marked))
        self._on_call = {person.id for person in told}
        seen = select(StaffSession.staff_id, func.max(StaffSession.active_at)).group_by(StaffSession.staff_id)
        self._seen: dict[str, datetime] = {row[0]: row[1] for row in session.execute(seen)}
        keys = select(Passkey.staff_id).where(Passkey.revoked_at.is_(None)).distinct()
        self._trusted = set(session.scalars(keys))
        self._fallback = (parts.clinic.ladder.fallback or "").casefold()

    def row(self, person: Staff) -> Row:
        """Everything of one person."""
        ways = [
            *(["code app"] if person.totp_at is not None else []),
            *(["trusted device"] if person.id in self._trusted else []),
        ]
        return Row(
            person=person,
            role=ROLE_WORDS[Role(person.role)],
            is_on_call_now=person.id in self._on_call,
            second_factor=" and ".join(ways) or None,
            seen_at=self._seen.get(person.id),
            is_fallback=person.email.casefold() == self._fallback,
        )
