"""Who was told that a case waits, in sentences, and who is told next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.domain import Urgency
from smsbot.escalation import Ladder
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Staff

_WAS = {"sms": "was texted", "call": "was called", "email": "was e-mailed", "push": "got a push message"}
_CALLS = {
    **{"no-answer": "did not pick up", "busy": "the line was busy", "voicemail": "a voicemail answered"},
    **{"no-key": "picked up, but pressed no key", "failed": "the call did not go through"},
}
_STATES = {
    DispatchState.SENDING: "being sent",
    DispatchState.UNKNOWN: "not known yet whether it left",
    DispatchState.SENT: "not confirmed yet",
    DispatchState.DELIVERED: "it arrived",
}


@dataclass(frozen=True)
class Told:
    """Somebody was told: "Ana was called" at a time, and what came of it."""

    what: str
    at: datetime
    outcome: str
    is_lost: bool


@dataclass(frozen=True)
class Next:
    """What happens by itself, and when, as long as nobody does anything."""

    what: str
    at: datetime
    then: str = ""


def told(dispatch: Dispatch, name: str) -> Told | None:
    """What became of one alert; None for one that was not needed any more."""
    if dispatch.state == DispatchState.CANCELLED:
        return None
    who = "Everyone" if dispatch.route == "push" else name or "Somebody"
    if dispatch.state == DispatchState.PENDING and dispatch.first_tried_at is None:
        what = f"{who} {_WAS.get(dispatch.route, 'was told').replace('was ', 'is being ')}"
        return Told(what, dispatch.due_at, "", is_lost=False)
    what = f"{who} {_WAS.get(dispatch.route, 'was told')}"
    at = dispatch.first_tried_at or dispatch.created_at
    return Told(what, at, _outcome(dispatch), dispatch.state == DispatchState.FAILED)


def _outcome(dispatch: Dispatch) -> str:
    is_call = dispatch.route == "call"
    if dispatch.state == DispatchState.FAILED:
        lost = "the call did not go through" if is_call else "it did not arrive"
        return _CALLS.get(dispatch.error or "", lost) if is_call else lost
    if is_call and dispatch.state == DispatchState.DELIVERED:
        return "answered"
    if is_call and dispatch.state == DispatchState.SENT:
        return "it is ringing"
    return _STATES.get(DispatchState(dispatch.state), "")


def next_step(session: Session, ladder: Ladder, case: Case, owner: str | None) -> Next | None:
    """What the system does next about this case; None when nothing is due."""
    if case.state == CaseState.RESOLVED:
        return None
    query = select(Alert).where(Alert.case_id == case.id, Alert.state != AlertState.ENDED)
    alert = session.scalars(query.order_by(Alert.created_at.desc()).limit(1)).first()
    if alert is None or alert.next_at is None:
        return None
    if alert.state == AlertState.CLIMBING:
        return Next(f"Next: {_whom(session, ladder, case, alert)} at", alert.next_at)
    if alert.to_owner and alert.step == 0:
        return Next(f"A further text waits for {owner or 'somebody'}, who is told again at", alert.next_at)
    if case.owner_opened_at is None:
        return Next(f"{owner or 'Whoever took it'} has to open it by", alert.next_at, "else the next is told")
    return Next("A reply, a note or resolving has to follow by", alert.next_at, "else others are told")


def _whom(session: Session, ladder: Ladder, case: Case, alert: Alert) -> str:
    roster = ladder.roster(session, alert.next_at or clock.now())
    passed_by = alert.passed_by if ladder.has_higher(case, alert) else []
    people = roster.told(_meant(ladder, case, alert), case.owner_id, passed_by)
    return _named(people, roster.everyone)


def _meant(ladder: Ladder, case: Case, alert: Alert) -> tuple[str, ...]:
    if alert.to_owner and alert.step == 0:
        return ("owner",)
    rule = ladder.rule_at(case, Urgency(alert.urgency), alert.created_at)
    also = ("owner",) if case.state == CaseState.TAKEN else ()
    return (*rule.rung(alert.step - alert.to_owner).tell, *also)


def _named(people: list[Staff], everyone: list[Staff]) -> str:
    if len(people) > 1 and len(people) == len(everyone):
        return "everyone"
    names = [person.name for person in people] or ["nobody: the staff list is empty"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
