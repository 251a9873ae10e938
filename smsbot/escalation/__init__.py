"""The ladder: whom to tell that a case waits, until somebody takes it.

Today it has one step: everybody on call, by SMS. An alert text names no patient, no number, no words and no
kind of clinic: a code, the urgency, since when, and a link behind the sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.domain import Urgency
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Staff, new_id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ladder:
    """How this clinic alerts."""

    public_url: str
    zone: str

    def alert(self, session: Session, case: Case, reason: str) -> list[Dispatch]:
        """Start an alert for a case; gives the dispatches it owes. Ends one that climbs for less."""
        _end_climbing(session, case.id, AlertState.ENDED)
        alert = Alert(
            id=new_id(),
            case_id=case.id,
            state=AlertState.CLIMBING,
            urgency=case.urgency,
            step=1,
            created_at=clock.now(),
        )
        session.add(alert)
        session.flush()
        told = self._owner_or_on_call(session, case)
        dispatches = [self._dispatch(case, alert, person) for person in told]
        session.add_all(dispatches)
        audit.record(
            session, "alert_started", case_id=case.id, alert_id=alert.id, reason=reason, told=len(told)
        )
        if not told:
            audit.record(session, "nobody_to_alert", case_id=case.id, alert_id=alert.id)
            log.error("nobody_to_alert", case_id=case.id, alert_id=alert.id)
        return dispatches

    def _owner_or_on_call(self, session: Session, case: Case) -> list[Staff]:
        if case.owner_id is not None:
            owner = session.get(Staff, case.owner_id)
            if owner is not None and owner.disabled_at is None:
                return [owner]
        return on_call(session)

    def _dispatch(self, case: Case, alert: Alert, person: Staff) -> Dispatch:
        dispatch = Dispatch(
            id=new_id(),
            owed=f"alert:{alert.id}:{alert.step}:{person.id}",
            purpose="alert",
            route="sms",
            case_id=case.id,
            alert_id=alert.id,
            staff_id=person.id,
            urgency_rank=Urgency(case.urgency).rank,
            state=DispatchState.PENDING,
            due_at=clock.now(),
            created_at=clock.now(),
        )
        dispatch.recipient = person.phone
        dispatch.body = self.words(case.code, Urgency(case.urgency), clock.now())
        return dispatch

    def words(self, code: str, urgency: Urgency, since: datetime) -> str:
        """The alert text. The time is that of the clinic; a lock screen shows the age by itself."""
        at = since.astimezone(ZoneInfo(self.zone))
        return (
            f"{urgency.upper()} - case {code}, since {at:%-I:%M %p}. Open it: {self.public_url}/cases/{code}"
        )


def on_call(session: Session) -> list[Staff]:
    """Those who are told first: added with --on-call; without any, everybody."""
    everybody = list(session.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.id)))
    return [person for person in everybody if person.is_on_call] or everybody


def is_climbing(session: Session, case_id: str) -> bool:
    """Whether somebody is being pursued for this case right now."""
    query = select(Alert.id).where(Alert.case_id == case_id, Alert.state == AlertState.CLIMBING)
    return session.scalars(query.limit(1)).first() is not None


def take(session: Session, case: Case, staff_id: str) -> None:
    """A person takes the case: its alert stops at once, and what was still to leave for it does not."""
    case.state, case.owner_id, case.taken_at = CaseState.TAKEN, staff_id, clock.now()
    case.version += 1
    _end_climbing(session, case.id, AlertState.TAKEN)
    audit.record(session, "case_taken", case_id=case.id, staff_id=staff_id)


def note_opened(session: Session, case: Case, staff_id: str) -> None:
    """A person has the case on the screen. For its owner that answers an alert about a further text."""
    audit.record(session, "case_opened_by", case_id=case.id, staff_id=staff_id)
    if case.owner_id == staff_id and case.state == CaseState.TAKEN:
        _end_climbing(session, case.id, AlertState.TAKEN)


def resolve(session: Session, case: Case, staff_id: str, note: str | None) -> None:
    """A person says that the matter is done. Nothing else ever closes a case."""
    case.state, case.resolved_at = CaseState.RESOLVED, clock.now()
    case.version += 1
    _end_climbing(session, case.id, AlertState.ENDED)
    audit.record(session, "case_resolved", case_id=case.id, staff_id=staff_id, note=note or None)


def _end_climbing(session: Session, case_id: str, state: AlertState) -> None:
    session.execute(
        update(Alert)
        .where(Alert.case_id == case_id, Alert.state == AlertState.CLIMBING)
        .values(state=state, ended_at=clock.now(), next_at=None)
    )
    # One that is being sent right now may still arrive; the claim asks again for all others.
    session.execute(
        update(Dispatch)
        .where(
            Dispatch.case_id == case_id,
            Dispatch.purpose == "alert",
            Dispatch.state.in_((DispatchState.PENDING, DispatchState.UNKNOWN)),
        )
        .values(state=DispatchState.CANCELLED)
    )
