"""What may be done with a case by the person at the screen: for `_acts.html` and `_resolve.html`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import roles
from smsbot.desk.resolving import OUTCOMES, REASONS, WHO_MAY
from smsbot.domain import Urgency
from smsbot.models import Case, CaseState, Staff


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a case can be assigned to."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Acts:
    """What is offered. `ends` are the reasons to choose from, or an emergency's outcomes."""

    is_open: bool
    is_mine: bool
    is_emergency: bool
    can_wait: bool
    may_resolve: bool
    who_may: str
    ends: tuple[tuple[str, str], ...]
    colleagues: tuple[Colleague, ...]


def read_acts(session: Session, case: Case, staff: Staff) -> Acts:
    """What this person may do with this case."""
    is_open, is_emergency = case.state != CaseState.RESOLVED, case.urgency == Urgency.EMERGENCY
    ends = OUTCOMES if is_emergency else REASONS
    return Acts(
        is_open=is_open,
        is_mine=case.owner_id == staff.id,
        is_emergency=is_emergency,
        can_wait=is_open and not is_emergency and case.state != CaseState.WAITING,
        may_resolve=not is_emergency or roles.may_resolve_emergency(staff.role),
        who_may=WHO_MAY,
        ends=tuple((str(value), words) for value, words in ends.items()),
        colleagues=_colleagues(session, case, staff) if is_open else (),
    )


def _colleagues(session: Session, case: Case, staff: Staff) -> tuple[Colleague, ...]:
    query = select(Staff).where(Staff.disabled_at.is_(None), Staff.id.not_in([staff.id, case.owner_id or ""]))
    people = [Colleague(one.id, one.name, one.role) for one in session.scalars(query)]
    return tuple(sorted(people, key=lambda one: one.name.casefold()))


def colleague(session: Session, staff_id: str) -> Staff | None:
    """The person with this id, if they still work here."""
    found = session.get(Staff, staff_id)
    return found if found is not None and found.disabled_at is None else None
