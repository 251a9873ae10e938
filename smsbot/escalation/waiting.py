"""A further text of a taken case that is no emergency: its owner has to act on it, whatever was done before.

It waits as an alert that is taken, has done no step and is the owner's: at `next_at` the owner is told, if
nothing was done, and after a few minutes the others. It is as urgent as what waits, not as the case was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic, LadderRule
from smsbot.domain import Urgency
from smsbot.escalation import taking
from smsbot.models import Alert, AlertState, Case, new_id

NEARLY_OVERDUE = timedelta(hours=1)  # this long before somebody must have looked, they are told


@dataclass(frozen=True, slots=True)
class Times:
    """Of a further text: by when a person must look, when its owner is told, and whether that is now."""

    look_by: datetime
    due: datetime
    is_pressing: bool


def is_waiting(alert: Alert) -> bool:
    """Whether this alert is a further text that waits with the case's owner."""
    return alert.state == AlertState.TAKEN and alert.to_owner and alert.step == 0


def times_of(clinic: Clinic, rule: LadderRule, urgency: Urgency, now: datetime) -> Times:
    """When a further text of this urgency that came now (aware UTC) has to be seen, by this rule.

    What cannot wait while the office is closed, when nobody looks at the inbox, is pressing.
    """
    begins = clinic.ladder_begins(rule, now)
    look_by = clinic.look_by(urgency, begins) or begins
    due = look_by - min(NEARLY_OVERDUE, (look_by - begins) / 2)
    is_open = clinic.office_at(now).is_open
    return Times(look_by, due, urgency is Urgency.URGENT and not is_open and begins <= now)


def renew(session: Session, case: Case, urgency: Urgency, times: Times) -> Urgency | None:
    """Make the text wait with the owner; or give the urgency with which the owner must be told at once."""
    was_acted_on, alert = case.acted_at is not None, taking.standing(session, case.id)
    case.acted_at = None
    if alert is not None and alert.state == AlertState.CLIMBING:
        is_told_already = Urgency(alert.urgency).rank >= urgency.rank
        return None if is_told_already else urgency
    if was_acted_on or case.look_by is None or times.look_by < case.look_by:
        case.look_by = times.look_by
    if not was_acted_on:  # what came before it waits as well
        urgency = Urgency.highest(urgency, Urgency(case.urgency if alert is None else alert.urgency))
    if alert is not None and _is_soon_enough(case, alert, times):
        alert.urgency = Urgency.highest(Urgency(alert.urgency), urgency)
        return None
    if times.is_pressing:
        return urgency
    _wait(session, case, urgency, times.due)
    return None


def _is_soon_enough(case: Case, alert: Alert, times: Times) -> bool:
    """Whether the taken alert comes to something in time by itself; one that waits is brought forward."""
    if alert.next_at is None:
        return False
    if is_waiting(alert):
        alert.next_at = min(alert.next_at, times.due)
        return not times.is_pressing
    is_held = alert.urgency == Urgency.EMERGENCY and case.owner_opened_at is None
    return is_held or alert.next_at <= times.due


def _wait(session: Session, case: Case, urgency: Urgency, due: datetime) -> None:
    taking.end_alerts(session, case.id)
    alert = Alert(
        id=new_id(),
        case_id=case.id,
        state=AlertState.TAKEN,
        urgency=urgency,
        step=0,
        next_at=due,
        reason="further",
        to_owner=True,
        passed_by=[],
        created_at=clock.now(),
    )
    session.add(alert)
    audit.record(session, "text_waits", case_id=case.id, alert_id=alert.id, urgency=urgency)
