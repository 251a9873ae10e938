"""A further text of a taken case that is no emergency: its owner has to act on it, whatever was done before.

It waits as an alert that is taken, has done no step and is the owner's: at `next_at` the owner is told, if
nothing was done, and after a few minutes the others. It is as urgent as what waits, not as the case was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.domain import Urgency
from smsbot.escalation import taking
from smsbot.models import Alert, AlertState, Case, Dispatch, new_id

if TYPE_CHECKING:
    from smsbot.escalation.ladder import Ladder

NEARLY_OVERDUE = timedelta(hours=1)  # this long before somebody must have looked, they are told


@dataclass(frozen=True, slots=True)
class _Times:
    """Of a further text: by when a person must look, when its owner is told, and whether that is now."""

    look_by: datetime
    due: datetime
    is_pressing: bool


def is_waiting(alert: Alert) -> bool:
    """Whether this alert is a further text that waits with the case's owner."""
    return alert.state == AlertState.TAKEN and alert.to_owner and alert.step == 0


def renew(ladder: Ladder, session: Session, case: Case, urgency: Urgency) -> list[Dispatch]:
    """Make the text wait with the owner; gives the dispatches owed at once.

    What cannot wait while the office is closed, when nobody looks at the inbox, is told to the owner now.
    """
    was_acted_on, alert = case.acted_at is not None, taking.standing(session, case.id)
    case.acted_at = None
    if alert is not None and alert.state == AlertState.CLIMBING:
        if Urgency(alert.urgency).rank >= urgency.rank:
            return []  # they are being told already
        return ladder.alert(session, case, "again", to_owner=True, urgency=urgency)
    times = _times(ladder, case, urgency)
    if was_acted_on or case.look_by is None or times.look_by < case.look_by:
        case.look_by = times.look_by
    if not was_acted_on:  # what came before it waits as well
        urgency = Urgency.highest(urgency, Urgency(case.urgency if alert is None else alert.urgency))
    if alert is not None and _is_soon_enough(case, alert, times):
        alert.urgency = Urgency.highest(Urgency(alert.urgency), urgency)
        return []
    if times.is_pressing:
        return ladder.alert(session, case, "again", to_owner=True, urgency=urgency)
    _wait(session, case, urgency, times.due)
    return []


def _times(ladder: Ladder, case: Case, urgency: Urgency) -> _Times:
    now = clock.now()
    is_open = ladder.clinic.office_at(now).is_open
    begins = ladder.clinic.ladder_begins(ladder.rule_at(case, urgency, now), now)
    look_by = ladder.clinic.look_by(urgency, begins) or begins
    due = look_by - min(NEARLY_OVERDUE, (look_by - begins) / 2)
    return _Times(look_by, due, urgency is Urgency.URGENT and not is_open and begins <= now)


def _is_soon_enough(case: Case, alert: Alert, times: _Times) -> bool:
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
