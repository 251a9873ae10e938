"""A case changes hands, or waits for its patient: what a person at the screen decides, and what stays due.

An open emergency never stands without an owner who has opened it, or a due step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic
from smsbot.domain import Urgency
from smsbot.escalation import taking
from smsbot.models import AlertState, Case, CaseState, Dispatch, DispatchState, Staff

if TYPE_CHECKING:
    from smsbot.escalation.ladder import Ladder


def assign(ladder: Ladder, session: Session, case: Case, to: Staff, by: Staff, link: str) -> list[Dispatch]:
    """Give the case to a person, who is told by a text. Gives what else is owed at once.

    An emergency climbs on until that person opens or takes it; one that climbed no more begins anew, and its
    new owner has a few minutes alone. Anything less lapses if nothing follows.
    """
    if to.id == by.id:
        ladder.take(session, case, by.id)
        return []
    if case.owner_id == to.id and case.state == CaseState.TAKEN:
        return []
    case.state, case.owner_id, case.taken_at = CaseState.TAKEN, to.id, clock.now()
    case.owner_opened_at = case.acted_at = case.waiting_at = None
    case.version += 1
    taking.cancel_has_it(session, case.id)
    audit.record(session, "case_assigned", case_id=case.id, staff_id=by.id, to=to.id)
    _tell(ladder, session, case, to, by, link)
    if case.urgency != Urgency.EMERGENCY:
        taking.answer_for(session, ladder.clinic, case, "assigned")
        return []
    alert = taking.standing(session, case.id)
    is_pursued = alert is not None and alert.state == AlertState.CLIMBING
    if alert is None or not is_pursued or alert.urgency != case.urgency:  # or by steps of something lesser
        return ladder.alert(session, case, "assigned", to_owner=True)
    taking.is_about_all(case, alert)
    _cancel_nobody(session, case.id)
    return []


def hand_back(ladder: Ladder, session: Session, case: Case, staff_id: str) -> list[Dispatch]:
    """The owner gives the case back: a routine one waits in the list, for anything else people are told."""
    if case.owner_id != staff_id or case.state == CaseState.RESOLVED:
        return []
    if case.urgency_rank >= Urgency.URGENT.rank or taking.standing(session, case.id) is not None:
        owed = ladder.pass_on(session, case, staff_id)
        is_pursued = taking.is_climbing(session, case.id)
        return owed if is_pursued else [*owed, *ladder.alert(session, case, "handed_back")]
    case.state, case.owner_id, case.taken_at = CaseState.OPEN, None, None
    case.owner_opened_at = case.waiting_at = None
    case.version += 1
    taking.renew_look(ladder.clinic, case)
    audit.record(session, "case_released", case_id=case.id, staff_id=staff_id)
    return []


def set_waiting(session: Session, case: Case, staff_id: str) -> None:
    """The next move is the patient's: nothing is due until they text. Raises ValueError for an emergency.

    Who says so has the case, if nobody had it.
    """
    if case.urgency == Urgency.EMERGENCY or case.state == CaseState.RESOLVED:
        raise ValueError("an emergency does not wait, nor does what is resolved")
    now = clock.now()
    owner = session.get(Staff, case.owner_id) if case.owner_id else None
    if owner is None or owner.disabled_at is not None:
        case.owner_id, case.taken_at = staff_id, now
    case.state, case.waiting_at, case.look_by = CaseState.WAITING, now, None
    case.owner_opened_at, case.acted_at = case.owner_opened_at or now, now
    case.version += 1
    taking.end_alerts(session, case.id)
    audit.record(session, "case_waiting", case_id=case.id, staff_id=staff_id)


def wake(session: Session, clinic: Clinic, case: Case, reason: str) -> bool:
    """A case that waited for its patient waits no more: it is its owner's again, or anybody's.

    Whatever woke it says what is due now. False if it did not wait.
    """
    if case.state != CaseState.WAITING:
        return False
    owner = session.get(Staff, case.owner_id) if case.owner_id else None
    case.waiting_at = None
    if owner is not None and owner.disabled_at is None:
        case.state = CaseState.TAKEN
    else:
        case.state, case.owner_id, case.taken_at, case.owner_opened_at = CaseState.OPEN, None, None, None
    case.look_by = clinic.look_by(Urgency.ROUTINE, clock.now())
    case.version += 1
    audit.record(session, "waiting_ended", case_id=case.id, reason=reason)
    return True


def reopen(ladder: Ladder, session: Session, case: Case, staff_id: str, *, by: str = "staff") -> None:
    """A person opens a resolved case again, and has it; if nothing follows, that lapses.

    `by`: what else opens it, for the person who resolved it.
    """
    if case.state != CaseState.RESOLVED:
        return
    now = clock.now()
    case.state, case.owner_id, case.taken_at, case.owner_opened_at = CaseState.TAKEN, staff_id, now, now
    case.resolved_at = case.resolved_by = case.resolution = case.acted_at = None
    case.version += 1
    case.look_by = ladder.clinic.look_by(Urgency(case.urgency), now)
    who = staff_id if by == "staff" else None
    audit.record(session, "case_reopened", case_id=case.id, staff_id=who, urgency=case.urgency, by=by)
    taking.answer_for(session, ladder.clinic, case, "reopened")


def _tell(ladder: Ladder, session: Session, case: Case, to: Staff, by: Staff, link: str) -> None:
    """By text; by e-mail where texts are stopped."""
    words = f"{_first_name(by)} assigned {case.code} to you. {link}"
    owed = f"assigned:{case.id}:{case.version}:{to.id}"
    told = ladder.dispatching.notice(session, case, to, owed, words)
    if told is None and ladder.dispatching.has("email"):
        ladder.dispatching.notice(session, case, to, f"{owed}:email", words, "email")


def _first_name(person: Staff) -> str:
    return person.name.split()[0] if person.name.split() else "Somebody"


def _cancel_nobody(session: Session, case_id: str) -> None:
    """That nobody has it is not said any more, once somebody was chosen."""
    waits = Dispatch.state.in_((DispatchState.PENDING, DispatchState.UNKNOWN))
    session.execute(
        update(Dispatch)
        .where(Dispatch.case_id == case_id, Dispatch.owed.like("follow:%:nobody"), waits)
        .values(state=DispatchState.CANCELLED)
    )
