"""How many cases stand behind each tab: one grouped query over the open ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot.domain import Urgency
from smsbot.models import Case, CaseState

OPEN_STATES = (CaseState.OPEN, CaseState.TAKEN, CaseState.WAITING)


@dataclass(frozen=True, slots=True)
class Counts:
    """Cases behind each tab, for the team chosen; `teams`: open ones of each team, whichever is chosen."""

    open: int
    mine: int
    unassigned: int
    waiting: int
    resolved_today: int
    teams: dict[str, int]
    loose: int  # that nobody has, of whatever team the person may see
    loose_emergencies: int  # of these


def count_cases(
    session: Session,
    staff_id: str,
    seen: Collection[str] | None,
    team: str | None,
    today: datetime,
) -> Counts:
    """Count. `today`: when the clinic's day began."""
    query = (
        select(Case.team, Case.state, Case.owner_id, Case.urgency_rank, func.count())
        .where(Case.state.in_(OPEN_STATES))
        .group_by(Case.team, Case.state, Case.owner_id, Case.urgency_rank)
    )
    rows = [row for row in session.execute(query) if seen is None or row[0] in seen]
    chosen = [row for row in rows if team in (None, row[0])]
    teams: dict[str, int] = {}
    for name, _, _, _, count in rows:
        teams[name] = teams.get(name, 0) + count
    return Counts(
        open=sum(row[4] for row in chosen),
        mine=sum(row[4] for row in chosen if row[2] == staff_id),
        unassigned=sum(row[4] for row in chosen if row[1] == CaseState.OPEN),
        waiting=sum(row[4] for row in chosen if row[1] == CaseState.WAITING),
        resolved_today=_resolved_since(session, today, {team} if team else seen),
        teams=teams,
        loose=sum(row[4] for row in rows if row[1] == CaseState.OPEN),
        loose_emergencies=sum(
            row[4] for row in rows if row[1] == CaseState.OPEN and row[3] == Urgency.EMERGENCY.rank
        ),
    )


def _resolved_since(session: Session, moment: datetime, teams: Collection[str] | None) -> int:
    query = select(func.count()).where(Case.state == CaseState.RESOLVED, Case.resolved_at >= moment)
    if teams is not None:
        query = query.where(Case.team.in_(sorted(teams)))
    return session.scalars(query).one()
