"""How a case ends: with a reason; an emergency with what became of it, said by somebody trained to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from smsbot import escalation, roles
from smsbot.desk.errors import CannotAct, NotYours
from smsbot.domain import Urgency
from smsbot.models import Case, CaseState, Staff

WHO_MAY = (
    "Only a nurse, a prescriber or an administrator can say how an emergency ended. "
    "Pass it on or assign it to one of them."
)


class Reason(StrEnum):
    """Why a case that is no emergency is done."""

    ANSWERED = "answered"
    BOOKED = "booked"
    NO_ACTION = "no_action"
    DUPLICATE = "duplicate"
    OTHER = "other"


class Outcome(StrEnum):
    """What became of an emergency."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CALLED_911 = "called_911"
    NOT_AN_EMERGENCY = "not_an_emergency"


REASONS = {
    Reason.ANSWERED: "Answered",
    Reason.BOOKED: "Visit booked",
    Reason.NO_ACTION: "No action needed",
    Reason.DUPLICATE: "Duplicate",
    Reason.OTHER: "Other",
}
OUTCOMES = {
    Outcome.REACHED: "Reached",
    Outcome.NOT_REACHED: "Not reached",
    Outcome.CALLED_911: "911 or welfare check",
    Outcome.NOT_AN_EMERGENCY: "Not an emergency",
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A case that was left as it is, and why."""

    code: str
    why: str


def resolve(session: Session, case: Case, staff: Staff, reason: str, note: str | None = None) -> None:
    """Resolve the case, which the caller has locked. One that is resolved already stays as it is.

    `reason` is one of REASONS, or of OUTCOMES for an emergency. Raises NotYours, CannotAct.
    """
    if case.state == CaseState.RESOLVED:
        return
    if case.urgency == Urgency.EMERGENCY:
        if not roles.may_resolve_emergency(staff.role):
            raise NotYours(WHO_MAY)
        if reason not in set(Outcome):
            raise CannotAct("Say how the emergency ended: choose one of the outcomes, then resolve it.")
    elif reason not in set(Reason):
        raise CannotAct("Say why it is done: choose one of the reasons, then resolve it.")
    escalation.resolve(session, case, staff.id, note, reason=reason)


def resolve_routine(
    session: Session,
    case: Case,
    staff: Staff,
    reason: str,
    *,
    version: int | None = None,
    seen_at: datetime | None = None,
) -> Skipped | None:
    """Resolve one of several routine cases; gives why not, for one that must be looked at by itself.

    What the person saw of it in the list is said by its `version`, or by when the list was shown.
    """
    if case.state == CaseState.RESOLVED:
        return None
    if case.urgency_rank > Urgency.ROUTINE.rank:
        return Skipped(case.code, f"It is an {case.urgency} case: open it and resolve it there.")
    if not (case.version == version or (seen_at is not None and case.changed_at <= seen_at)):
        return Skipped(case.code, "Something about it may be new to you: open it first.")
    resolve(session, case, staff, reason)
    return None
